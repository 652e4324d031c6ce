#!/bin/sh
# hooks, setup, worktree, kv, and the words of bd that are left out
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup' '
	git init -q . && git commit -q --allow-empty -m start && bdw init --prefix demo -q && bdw create One --id demo-a1 -q
'
test_expect_success 'hooks: a dry run changes nothing' '
	rm -rf .git/hooks && bdw hooks install --dry-run | grep -q "Would make" && [ ! -e .git/hooks ]
'
test_expect_success 'hooks: those that are there keep their text and run, once' '
	mkdir -p .git/hooks && printf "#!/bin/sh\necho mine >>ran\nexit 0\n" >.git/hooks/pre-commit &&
	chmod +x .git/hooks/pre-commit && cp .git/hooks/pre-commit was &&
	printf "#!/usr/bin/python3\n" >.git/hooks/pre-push && ln -s /nowhere .git/hooks/post-merge &&
	bdw hooks install >out 2>err && grep -q "pre-push: it is no shell script" err && grep -q "post-merge: it is a symbolic link" err &&
	bdw hooks install -q 2>/dev/null && test_is 1 "$(grep -c "BEGIN BEADWAVE" .git/hooks/pre-commit)" &&
	test_is "#!/usr/bin/python3" "$(cat .git/hooks/pre-push)" && [ -z "$(git config core.hooksPath)" ] &&
	bdw hooks list | grep -q "✓ pre-commit: installed (shim " && bdw hooks list | grep -q "✗ pre-push: not installed" &&
	bdw hooks list --json >out && test_is "Name Installed Version IsShim Outdated" "$(sed -n 4,8p out | tr -dc "A-Za-z:\n" |
		cut -d: -f1 | paste -sd" ")" && ! grep -q schema_version out
'
test_expect_success 'hooks: a commit runs both, and says who made it' '
	rm -f .git/hooks/pre-push && BD_ACTOR=zed git commit -q --allow-empty -m x && test_is mine "$(cat ran)" &&
	git log -1 --format=%B | grep -q "^Executed-By: zed"
'
test_expect_success 'hooks: they leave at once in a run, and where there is no store' '
	BDW_RUN=r bdw hooks run post-merge && (mkdir ../plain && cd ../plain && git init -q . && bdw hooks run pre-commit) &&
	! bdw hooks run 2>/dev/null
'
test_expect_success 'hooks: import.auto takes what git brought' '
	mkdir -p .beads && bdw export | sed "s/demo-a1/demo-i1/; s/One/Brought/" >.beads/issues.jsonl &&
	bdw hook post-merge && ! bdw show demo-i1 2>/dev/null && bdw config set import.auto true &&
	bdw hooks run post-merge && bdw show demo-i1 --short | grep -q Brought && bdw config unset import.auto
'
test_expect_success 'hooks: out again, as it was' '
	bdw hooks uninstall && cmp was .git/hooks/pre-commit && [ ! -e .git/hooks/prepare-commit-msg ]
'
test_expect_success 'hooks: a folder that others share is left alone' '
	mkdir ../shared && git config core.hooksPath "$TRASH/shared" && ! bdw hooks install 2>err && grep -q core.hooksPath err &&
	[ -z "$(ls ../shared)" ] && git config --unset core.hooksPath
'
test_expect_success 'setup: a block goes in once and out again' '
	printf "# Mine\n" >CLAUDE.md && cp CLAUDE.md was && ! bdw setup claude --check && bdw setup claude && bdw setup claude &&
	test_is 1 "$(grep -c "BEGIN BEADWAVE" CLAUDE.md)" && bdw setup claude --check && head -1 CLAUDE.md | grep -q Mine &&
	bdw setup claude --remove && cmp was CLAUDE.md && test_is "" "$(git diff --cached --name-only)"
'
test_expect_success 'setup: every recipe, from nothing to nothing' '
	rm CLAUDE.md && rm -rf ran was .beads && ls -A >before && for r in $(bdw setup --list | sed -n "s/^  \([a-z]*\) .*/\1/p"); do
		bdw setup $r -q && bdw setup $r --check && bdw setup $r --remove && ls -A | cmp - before || return 1
	done && rm before && bdw setup claude --print | grep -q "bdw prime" && test_is "" "$(git status --porcelain -- CLAUDE.md)"
'
test_expect_success 'setup: an unknown recipe, a bad flag, read-only' '
	! bdw setup claud 2>err && grep -q "did you mean .claude" err && ! bdw setup claude --nope 2>err &&
	! bdw setup claude --readonly 2>err && [ ! -e CLAUDE.md ]
'
test_expect_success 'setup: settings keep what is there, and get one hook' '
	mkdir .claude && printf "{\"a\":[1,{}],\"hooks\":{\"Stop\":[{\"hooks\":[]}],\"SessionStart\":[{\"matcher\":\"x\",\"hooks\":[{\"type\":\"command\",\"command\":\"bd prime\"},{\"type\":\"command\",\"command\":\"bd primer\"}]}]},\"b\":2}\n" >.claude/settings.json &&
	! bdw setup claude --check && bdw setup claude && bdw setup claude --check && cp .claude/settings.json once && bdw setup claude | grep -q "settings.json is up to date" &&
	cmp once .claude/settings.json && test_is 1 "$(grep -c "prime --hook-json" once)" && grep -q "bd primer" once && ! grep -q "bd prime\"" once && grep -q "\"Stop\"" once &&
	bdw setup claude --remove && ! grep -q "bdw prime" .claude/settings.json && grep -q "bd primer" .claude/settings.json && grep -q "\"b\": 2" .claude/settings.json &&
	cp .claude/settings.json once && bdw setup claude --remove | grep -q "nothing to remove in .claude" && cmp once .claude/settings.json
'
test_expect_success 'setup: settings that are no JSON stop everything' '
	rm -f CLAUDE.md && for text in "{" "[]" "{\"hooks\":[]}" "{\"hooks\":{\"SessionStart\":{}}} " "// mine
{}"; do
		printf "%s" "$text" >.claude/settings.json && ! bdw setup claude 2>err && grep -q "settings.json is left as it is" err &&
		test_is "$text" "$(cat .claude/settings.json)" && [ ! -e CLAUDE.md ] || return 1
	done; rm -rf .claude once
'
test_expect_success 'setup: a link inside of the project is followed, one that leads out is not' '
	echo mine >AGENTS.md && ln -s AGENTS.md CLAUDE.md && bdw setup claude -q && [ -L CLAUDE.md ] && grep -q "BEGIN BEADWAVE" AGENTS.md &&
	bdw setup claude --remove && test_is mine "$(cat AGENTS.md)" && [ -L CLAUDE.md ] && rm CLAUDE.md AGENTS.md &&
	mkdir ../away && ln -s ../away .claude && ! bdw setup claude 2>err && grep -q "leads out" err && [ ! -e CLAUDE.md ] && rm .claude &&
	echo x >../away/f && ln -s ../away/f CLAUDE.md && ! bdw setup claude 2>err && test_is x "$(cat ../away/f)" && rm CLAUDE.md
'
test_expect_success 'setup: --global is the hook alone, in the home folder' '
	bdw setup claude --global --stealth && grep -q "bdw prime --stealth --hook-json" "$HOME/.claude/settings.json" && [ ! -e CLAUDE.md ] &&
	! bdw setup claude --global --check && bdw setup claude --global && bdw setup claude --global --check && bdw setup claude --global --remove &&
	[ ! -e "$HOME/.claude" ] && ! bdw setup aider --global 2>err && grep -q "per project" err
'
test_expect_success 'worktree: made, listed, shares the issues, removed' '
	bdw worktree create ../tree --branch topic && (cd ../tree && bdw list --flat | grep -q demo-a1 && bdw worktree info | grep -q work/.beadwave) &&
	bdw worktree list | grep -q topic && bdw worktree list --json | grep -q "\"is_main\": true" &&
	: >../tree/new && ! bdw worktree remove ../tree 2>/dev/null && [ -e ../tree/new ] && bdw worktree remove ../tree --force &&
	[ ! -e ../tree ] && git rev-parse -q --verify topic
'
test_expect_success 'worktree: what cannot be' '
	! bdw worktree create 2>err && ! bdw worktree create -- -x 2>err && ! bdw worktree remove nowhere 2>err && [ -s err ] &&
	! bdw worktree create ../t2 --readonly 2>err && [ ! -e ../t2 ]
'
test_expect_success 'kv' '
	bdw kv set a "one two" && test_is "one two" "$(bdw kv get a)" && bdw kv list --json | grep -q "\"a\": \"one two\"" &&
	bdw kv clear a && ! bdw kv get a 2>err && ! bdw kv clear a 2>err && ! bdw kv set "" x 2>err && ! bdw kv set a 2>err &&
	! bdw kv set a b --readonly 2>err && bdw kv list | grep -q "No values"
'
test_expect_success 'words of bd that are left out say what to use' '
	for word in sql mol wisp gate vc jira compact federation formula daemon; do
		! bdw $word x 2>err && grep -q "left out: " err && test_is 1 "$(grep -c . err)" || return 1
	done
'
test_expect_success 'words of bd that need no doing' 'bdw dolt commit -m x && bdw dolt push && bdw dolt pull'
test_expect_success 'outside of a store' '
	cd .. && mkdir -p none && cd none && for words in "hooks install" "hooks list" "setup claude" "kv list" "worktree info"; do
		! bdw $words 2>err && [ -s err ] || return 1
	done; [ -z "$(ls -A | grep -v err)" ]
'
test_done
