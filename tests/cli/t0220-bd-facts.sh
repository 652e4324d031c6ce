#!/bin/sh
# facts of spec/cli.md that no recorded call shows
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store && bdw create Epic -t epic --id test-e --silent && bdw create One --parent test-e --silent &&
	bdw create Two --parent test-e --silent && bdw create Plain --id test-p --external-ref GH-17 --silent
'
test_expect_success 'create: a title of blanks is none' '
	test_fails bd create "  " 2>err && test_has err "title is required" && test_fails bd q " " && test_is 4 "$(bd count)"
'
test_expect_success 'create: a pipe is as good as a file' '
	id=$(printf "from a pipe\n" | bd create Piped --body-file /dev/stdin --silent) &&
	bd show "$id" --json >out && test_has out "\"description\": \"from a pipe.n\"" &&
	test_fails bd create X --body-file . 2>err && test_has err "Is a directory" && bd delete "$id" --force
'
test_expect_success 'create --graph: ties to nodes further down' '
	cat >g.json <<-\END &&
	{"nodes":[{"key":"k","title":"GKid","parent_key":"r","metadata":{"n":1},"metadata_refs":{"root":"r","self":"k"}},
		{"key":"r","title":"GRoot","type":"epic"}]}
	END
	bd create --graph g.json >out && kid=$(sed -n "s/^k → //p" out) root=$(sed -n "s/^r → //p" out) &&
	bd show "$kid" >out && test_has out "^  n: 1$" "^  root: $root$" "^  self: $kid$" "^  ↑ ○ $root: "
'
test_expect_success 'what is made together keeps its order' '
	printf "## F1\n## F2\n## F3\n## F4\n## F5\n" >plan.md && bd create -f plan.md >/dev/null &&
	test_is "F5 F4 F3 F2 F1" "$(bd list --flat --title F | grep -o "F[1-5]" | paste -sd" ")" &&
	test_is "F1 F2 F3 F4 F5" "$(bd ready --sort oldest --plain -n 0 | grep -o "F[1-5]" | paste -sd" ")"
'
test_expect_success 'create --graph: nothing is made when a tie leads nowhere' '
	n=$(bd count) && for refs in "\"metadata_refs\":{\"a\":\"zz\"}" "\"metadata_refs\":{\"a\":1}" "\"parent_key\":\"zz\""; do
		echo "{\"nodes\":[{\"key\":\"k\",\"title\":\"K\",$refs}]}" >g.json &&
		test_fails bd create --graph g.json 2>err && test_has err "graph: " && test_is "$n" "$(bd count)" || return 1
	done
'
test_expect_success 'list: waits-for holds back only as long as its gate is shut' '
	bd create Any --id test-w1 --waits-for test-e --waits-for-gate any-children --silent &&
	bd create All --id test-w2 --waits-for test-e --silent && bd list --flat --id test-w1,test-w2 >out &&
	test_has out "Any \(blocked by: test-e\)" "All \(blocked by: test-e\)" && bd close test-e.1 &&
	bd list --flat --id test-w1,test-w2,test-e >out && test_has out "Any$" "All \(blocked by: test-e\)" "blocks: test-w2\)"
'
test_expect_success 'list, search: what bd looks for' '
	bd list -t mr && bd list -t merge-request --json >out && test_is "[]" "$(cat out)" &&
	bd search Plain --external-contains gh-1 | grep -q test-p &&
	bd search Plain --external-contains gh-2 | grep -q "No issues found" &&
	test_fails bd list --metadata-field x 2>err && test_has err "expected key=value, got .x."
'
test_expect_success 'status --assigned counts only mine' '
	bd update test-p --assignee "Tess Agent" && bd status --assigned --json >out && test_has out "\"total_issues\": 1" \
		"\"ready_issues\": 1"
'
test_expect_success '-q: only what went wrong, and ids that were made' '
	bd create Quiet --id test-q1 -q | grep -q "Created issue: test-q1" && bd ready --label none -q &&
	for words in "update test-q1 -p 1" "label add test-q1 x" "label remove test-q1 x" "comments add test-q1 hi" "comment test-q1 ho" \
		"dep add test-q1 test-p" "dep remove test-q1 test-p" "defer test-q1" "undefer test-q1" "assign test-q1 me" \
		"priority test-q1 2" "tag test-q1 t" "note test-q1 n" "close test-q1" "reopen test-q1" "config set custom.a b" \
		"config unset custom.a" "kv set a b" "kv clear a" "remember words --key k" "forget k" "rename test-q1 test-q2" \
		"delete test-q2 --force"; do
		bd $words -q >out && test_empty out || { echo "$words"; return 1; }
	done && test_fails bd close test-none -q 2>err && test_has err "no issue found"
'
test_expect_success 'flags and words that are left out say what to use' '
	for words in "create X --repo ../other" "create X --mol-type swarm" "create X --event-actor a" "ready --gated" \
		"show test-p --thread" "list --wisp-type x"; do
		test_fails bd $words 2>err && test_has err "^Error: unknown flag: --" "^Hint: it is left out: " || return 1
	done
	for words in "swarm create test-e" "swarm list" "dolt remote add x y" "config drift" "mol pour"; do
		test_fails bd $words 2>err && test_has err "^Error: .bd [a-z ]*. is left out: " || return 1
	done
'
test_expect_success 'update --status closed names the session, and what may be done when it is refused' '
	bd create Ses --id test-ses --silent && bd update test-ses --session S7 --status closed --json >out &&
	test_has out "\"closed_by_session\": \"S7\"" && bd reopen test-ses -q &&
	CLAUDE_SESSION_ID=S8 bd update test-ses -s closed --json >out && test_has out "\"closed_by_session\": \"S8\"" &&
	test_fails bd update test-e --status closed 2>err && test_has err "1 open child" "use close --force" && bd delete test-ses --force -q
'
test_expect_success 'create -f, --graph: --silent prints ids and nothing else, a dry run makes none up' '
	printf "## S1\n## S2\n" >plan.md && bd create -f plan.md --silent >out && test_is 2 "$(grep -cx "test-[a-z0-9]*" out)" &&
	test_is 2 "$(grep -c . out)" && bd delete --from-file out --force -q &&
	echo "{\"nodes\":[{\"key\":\"k\",\"title\":\"GS\"},{\"key\":\"l\",\"title\":\"GT\"}]}" >g.json &&
	bd create --graph g.json --silent >out && test_is 2 "$(grep -cx "test-[a-z0-9]*" out)" && test_is 2 "$(grep -c . out)" &&
	test_is GT "$(bd show --current --json | sed -n "s/.*\"title\": \"\(.*\)\".*/\1/p")" && bd delete --from-file out --force -q &&
	n=$(bd count) && bd create -f plan.md --dry-run >out && test_has out "^. .DRY RUN. Would create 2 issues from plan.md:" \
		"^  .will be generated.: S1 .P2, task.$" && test_lacks out "test-" && bd create --graph g.json --dry-run >out &&
	test_has out "^. .DRY RUN. Would create 2 issues from g.json:" "^  k: GS$" && test_lacks out "test-" && test_is "$n" "$(bd count)"
'
test_expect_success 'create --graph: a priority that is none makes nothing' '
	n=$(bd count) && for p in 9 "\"high\"" 1.5; do
		echo "{\"nodes\":[{\"key\":\"k\",\"title\":\"K\",\"priority\":$p}]}" >g.json &&
		test_fails bd create --graph g.json 2>err && test_has err "priority" && test_is "$n" "$(bd count)" || return 1
	done
'
test_expect_success 'the beginning of a word, and a word in the place of a subcommand, are understood' '
	test_fails bd swarm vali test-e 2>err && test_has err "bd swarm validate" && test_fails bd qui 2>err && test_has err "bd quickstart" &&
	test_fails bd dep ad test-e test-p 2>err && test_has err "bd dep add" && test_fails bd comments ad test-e hi 2>err &&
	test_has err "bd comments add" && test_fails bd human lst 2>err && test_has err "bd human list" &&
	test_fails bd todo ad hi 2>err && test_has err "bd todo add"
'
test_expect_success 'a title of several lines is one line wherever titles are' '
	bd create "$(printf "Two\nlines\tand")" --id test-two >out && test_has out "test-two — Two lines and$" && bd update test-p --title Plain -q &&
	bd dep add test-two test-p >out && test_has out "\(Two lines and\)" &&
	for words in "list --flat" list ready "ready --plain" "show test-two" "show test-two --short" "blocked" "search Two" "dep tree test-two" "history test-two" \
		"lint test-two" "graph test-two" "ready --explain" "dep list test-p --direction up" "show test-p" "list --flat --long" "update test-two -p 1"; do
		bd $words >out || :; ! grep -q "^lines" out || { echo "$words"; return 1; }
	done && bd show test-two --json >out && test_has out "Two.nlines.tand" && bd delete test-two --force -q
'
test_expect_success '--json: stdout is JSON also where there is nothing to do' '
	bd update test-p --json >out 2>err && test_is "[]" "$(cat out)" && test_has err "No updates specified" &&
	test_is "No updates specified" "$(bd update test-p 2>/dev/null)" && bd config validate --json >out && test_has out "\"valid\": true"
'
test_expect_success 'worktree create: a repository without a commit has none to stand on' '
	mkdir ../unborn && (cd ../unborn && bd init -q && test_fails bd worktree create ../wt 2>err &&
		test_has err "^Hint: .*first commit" && [ ! -e ../wt ])
'
test_expect_success 'a label and an assignee are one line, by whatever way they come' '
	nl=$(printf "a\nb") && n=$(bd count) && for f in -l -a; do test_fails bd create X $f "$nl" 2>err && test_has err "one line" || return 1; done &&
	for f in --add-label --set-labels --assignee; do test_fails bd update test-p $f "$nl" 2>err && test_has err "one line" || return 1; done &&
	test_fails bd q X -l "$nl" 2>err && test_has err "one line" && test_fails bd tag test-p "$nl" && test_fails bd assign test-p "$nl" &&
	test_fails bd label add test-p "$nl" && test_is "$n" "$(bd count)" &&
	test_fails bd stale -d 999999999 2>err && test_has err "at most 100000"
'
test_expect_success 'init: what cannot be had is refused' '
	mkdir "$TRASH/inits" && for words in --server "--remote x" "--backend dolt" "--database d" --contributor --team "--server-port 1"; do
		(cd "$TRASH/inits" && test_fails bd init $words 2>err && test_has err "^Hint: it is left out: " && [ ! -e .beadwave ] && [ ! -e .git ]) || return 1
	done && (cd "$TRASH/inits" && bd init -q --role maintainer --stealth --skip-hooks --skip-agents --setup-exclude --non-interactive && [ -d .beadwave ])
'
test_expect_success 'a redirect is followed where there is no store' '
	top=$PWD && mkdir -p "$TRASH/other/.beads" "$TRASH/other/sub" && cd "$TRASH/other" && git init -q . &&
	echo "$top/.beads" >.beads/redirect && test_is "$(cd "$top" && bd count)" "$(cd sub && bd count)" &&
	echo ../work/repo/.beads >.beads/redirect && bd show test-p --short && echo ../nowhere >.beads/redirect &&
	test_fails bd count && echo "$top" >.beads/redirect && bdw init -p own -q && test_is 0 "$(bd count)" && cd "$top"
'
test_done
