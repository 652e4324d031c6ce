#!/bin/sh
# init: fresh, bare, again, outside a repository, as bd
. "$(dirname "$0")/lib.sh"

test_expect_success 'init says what it made and touches no branch' '
	test_repo Demo.repo && before=$(git rev-parse HEAD) && bdw init >../out &&
	test_is "Initialized beadwave in .beadwave/ (branch beadwave, prefix Demo_repo)" "$(cat ../out)" &&
	test_is "$before" "$(git rev-parse HEAD)" && test_is "" "$(git status --porcelain)" && git rev-parse -q --verify beadwave
'
test_expect_success 'again is refused, also below' '
	test_code 1 bdw init 2>err && test_has err "This workspace is already initialized" &&
	mkdir -p sub && (cd sub && test_code 1 bdw init --prefix x 2>err && test_has err "already initialized")
'
test_expect_success '--json' '
	test_repo json && bdw init -p j --json >out && test_has out "\"prefix\": \"j\"" "\"branch\": \"beadwave\"" "\"schema_version\": 1"
'
test_expect_success '--quiet says nothing' '
	test_repo quiet && bdw init -q >out && test_empty out
'
test_expect_success 'outside a repository git init is run and said' '
	mkdir ../plain && cd ../plain && bdw init -p p >out && test_has out "Git repository" "Initialized beadwave" &&
	test -d .git && bdw q x
'
test_expect_success 'as bd: the words scripts look for, a .beads folder, nothing tracked' '
	test_repo asbd && bd init --prefix test --skip-hooks --skip-agents --stealth --non-interactive >../out &&
	test_has ../out "bd initialized successfully!" "Issue prefix: test" && test -f .beads/metadata.json &&
	test_is "" "$(git status --porcelain)" && test_code 1 bd init 2>../err && test_has ../err "already initialized"
'
test_expect_success 'as bd: the export that is there is taken in, but not over a branch that was there' '
	test_repo withfile && mkdir .beads && echo "{\"id\":\"old-1\",\"title\":\"Old\"}" >.beads/issues.jsonl && bd init >../out &&
	test_has ../out "Issue prefix: old" "Imported 1 issues from .beads/issues.jsonl" && bd show old-1 --short &&
	bd delete old-1 --force && git commit -q --allow-empty -m start && git push -q . HEAD:refs/heads/x &&
	git clone -q . ../again && mkdir ../again/.beads && cp .beads/issues.jsonl ../again/.beads && cd ../again &&
	bd init -q && test_is 0 "$(bd count)" && test_repo badfile && mkdir .beads && echo "{" >.beads/issues.jsonl &&
	test_code 1 bd init 2>err && test_has err "issues.jsonl:1: " "^Hint: mend it" && ! git rev-parse -q --verify beadwave &&
	: >.beads/issues.jsonl && bd init -q
'
test_expect_success '--beads later makes the folder, once; not in a bare repository' '
	test_repo later && bdw init -p l -q && test_code 1 bdw export --auto 2>err && test_has err "bdw init --beads" &&
	bdw init --beads >../out && test_has ../out "^Made .beads/" && test -f .beads/metadata.json && bdw export --auto && test -f .beads/issues.jsonl &&
	rm err && test_is "" "$(git status --porcelain)" && test_code 1 bdw init --beads 2>../err && test_has ../err "already initialized" &&
	git clone -q --bare . ../later.git && cd ../later.git && bdw list && test_code 1 bdw init --beads 2>../err && test_has ../err "bare repository" && [ ! -e .beads ] &&
	cd ../later
'
test_expect_success 'a bad prefix is refused and makes nothing' '
	test_repo bad && test_code 1 bdw init --prefix "a b" 2>err && ! git rev-parse -q --verify beadwave
'
test_expect_success 'no store: commands say what to do, bd in its own words' '
	test_repo none && test_code 1 bdw update test-a -p 1 2>err && test_has err "^Error: " && test_has err "bdw init" &&
	test_code 1 bd create x 2>err && test_has err "^Error: no beads database found$" "^Hint: run .bd where."
'
test_expect_success 'a clone of one branch says how its issues are fetched, and takes them over then' '
	test_store up && bdw create A --id test-a --silent >/dev/null && cd .. && rm -rf one && git clone -q --depth 1 "file://$PWD/up" one 2>/dev/null &&
	cd one && test_code 1 bdw list 2>err.out && test_has err.out "a clone of some branches of .origin. only" &&
	how=$(sed -n "s/.*fetch its issues: \(.*\); if it has none.*/\1/p" err.out) && $how 2>/dev/null && bdw list >out.out && test_has out.out "test-a" &&
	bdw create B --id test-b --silent >/dev/null && bdw list >out.out && test_has out.out "test-b" && git fsck 2>/dev/null &&
	cd .. && rm -rf two && git clone -q --single-branch "file://$PWD/up" two 2>/dev/null && cd two &&
	bdw init >out.out 2>err.out && test_has out.out "^Initialized" && test_has err.out "some branches of .origin. only" &&
	cd .. && git init -q alone && cd alone && test_code 1 bdw list 2>err.out && test_lacks err.out fetch && git remote add o "$PWD/../up" &&
	test_code 1 bdw list 2>err.out && test_lacks err.out fetch && cd ../up
'
test_expect_success 'a clone takes the branch of its remote over' '
	cd .. && git clone -q Demo.repo clone 2>/dev/null && (cd Demo.repo && bdw create A --id Demo_repo-a --silent) &&
	cd clone && git fetch -q && bdw update Demo_repo-a -p 0 >out && test_has out "Demo_repo-a — A"
'
test_done
