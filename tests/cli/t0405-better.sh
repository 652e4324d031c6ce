#!/bin/sh
# What bd gets wrong and is right here (spec/cli.md 10, the last list), and that exit 0 means committed
. "$(dirname "$0")/lib.sh"

# unchanged COMMAND...: it fails, and nothing is committed
unchanged()
{
	test_before=$(git rev-parse beadwave) && test_fails "$@" && test_is "$test_before" "$(git rev-parse beadwave)"
}
# committed ID COMMAND...: it succeeds, and the file of the issue on disk is the one of the last commit, which is new
committed()
{
	test_id=$1 && shift && test_before=$(git rev-parse beadwave) && "$@" >/dev/null && [ "$test_before" != "$(git rev-parse beadwave)" ] &&
	test_file=$(cd .beadwave && ls issue/*/"$test_id".md) && git show "beadwave:$test_file" | cmp - ".beadwave/$test_file"
}

test_expect_success 'setup' 'test_store && bdw create One --id test-1 -l a >/dev/null && bdw create Two --id test-2 --deps test-1 >/dev/null'
test_expect_success 'exit 0 means committed, and on disk' '
	committed test-3 bdw create Three --id test-3 && committed test-3 bdw update test-3 -p 0 && committed test-3 bdw label add test-3 x && committed test-3 bdw comment test-3 hello &&
	committed test-3 bdw dep add test-3 test-2 && committed test-3 bdw dep remove test-3 test-2 && committed test-3 bdw update test-3 --claim && committed test-3 bdw close test-3 &&
	committed test-3 bdw reopen test-3 && committed test-3 bdw defer test-3 --until +1d && committed test-3 bdw undefer test-3 && committed test-4 bdw rename test-3 test-4 &&
	committed test-4 bdw note test-4 more && committed test-4 bdw tag test-4 y && committed test-4 bdw assign test-4 ann && committed test-4 bdw priority test-4 3 &&
	committed test-4 bdw duplicate test-4 --of test-1 && committed test-5 sh -c "printf \"create Five --id test-5\nupdate test-5 -p 1\n\" | bdw --batch"
'
test_expect_success 'an id that exists is not overwritten, by whatever way' '
	unchanged bdw create Other --id test-1 && unchanged bdw create Other --id TEST-1 && unchanged bdw rename test-2 test-1 && test_is One "$(test_field test-1 title)"
'
test_expect_success 'nothing is created when an argument is bad' '
	unchanged bdw create X --deps bogus:test-1 && unchanged bdw create X -t nope && unchanged bdw create X -p 9 && unchanged bdw create X --due nonsense && unchanged bdw create X --parent test-99 &&
	unchanged bdw create X --metadata "{" && unchanged bdw create X --estimate -5 && unchanged bdw create "$(printf "x%.0s" $(seq 501))" && unchanged bdw create X --waits-for test-1 --waits-for-gate no &&
	printf "## Good\n## Bad\n### Type\nnope\n" >plan.md && unchanged bdw create -f plan.md && echo "{\"nodes\":[{\"key\":\"a\",\"title\":\"A\"}],\"edges\":[{\"from_key\":\"a\",\"to_key\":\"z\"}]}" >g.json &&
	unchanged bdw create --graph g.json && unchanged sh -c "printf \"create Six --id test-6\ncreate Bad -t nope\n\" | bdw --batch" && unchanged bdw show test-6
'
test_expect_success 'importing the same again is no error and no commit' '
	bdw export -o all.jsonl 2>/dev/null && before=$(git rev-parse beadwave) && bdw import all.jsonl -q && bdw import all.jsonl -q && test_is "$before" "$(git rev-parse beadwave)"
'
test_expect_success 'closing again keeps the first reason and its time' '
	bdw close test-4 -r again >/dev/null && test_is "Duplicate of test-1" "$(test_field test-4 close_reason)" && at=$(test_field test-4 closed_at) && bdw close test-4 -f -r third >/dev/null &&
	test_is "$at" "$(test_field test-4 closed_at)"
'
test_expect_success 'update --status closed asks what close asks' '
	unchanged bdw update test-2 --status closed 2>err && bdw create Epic -t epic --id test-e >/dev/null && bdw create Kid --parent test-e >/dev/null && unchanged bdw update test-e -s closed
'
test_expect_success 'lint answers 1 where there are warnings, with --json too (but as bd)' '
	bdw create Bug -t bug --id test-b >/dev/null && test_code 1 bdw lint test-b && test_code 1 bdw lint test-b --json && bd lint test-b --json && bdw create Chore -t chore --id test-c >/dev/null && bdw lint test-c --json
'
test_expect_success 'an error is on stderr as text and on stdout as JSON, whatever the command' '
	for words in "show test-99" "create" "update test-99 -p 1" "close test-99" "delete test-99 -f" "dep add test-1 test-99" "comments test-99" "label add test-99 x" "reopen test-99" "rename test-99 test-98" "import nowhere.jsonl" "ready --parent test-99 --sort x"; do
		test_fails bdw $words --json >out 2>err && grep -q "\"error\": " out && [ -s err ] && ! grep -q "\"error\"" err || { echo "$words"; return 1; }
	done
'
test_expect_success 'issues of a plan and of a graph have author, owner and labels like others' '
	printf "## From plan\n### Labels\nx, y\n" >plan.md && bdw create -f plan.md --json >out && test_has out "\"created_by\": \"Tess Agent\"" "\"owner\": \"tess@example.com\"" "\"y\"" &&
	echo "{\"nodes\":[{\"key\":\"a\",\"title\":\"From graph\"}]}" >g.json && bdw create --graph g.json >/dev/null && bdw list --json --title "From graph" >out && test_has out "\"created_by\": \"Tess Agent\"" "\"owner\""
'
test_expect_success 'the issue that was claimed is shown as it is then' '
	bdw create Next -p 0 --id test-n >/dev/null && bdw close test-c --claim-next --json >out && sed -n "/\"claimed\"/,/}/p" out >claimed && test_has claimed "\"id\": \"test-n\"" "\"status\": \"in_progress\"" "\"assignee\": \"Tess Agent\""
'
test_expect_success 'edges come in one order; issues of one second come newest first' '
	bdw create Many --id test-m --deps test-2,test-1,test-b >/dev/null && bdw show test-m --json | sed -n "s/.*\"id\": \"\(test-[12b]\)\",/\1/p" | tr "\n" " " >out && test_is "test-1 test-2 test-b " "$(cat out)" &&
	for i in 1 2 3; do bdw create "Tie $i" -p 4 --id test-t$i >/dev/null || return 1; done && test_is "test-t3 test-t2 test-t1 " "$(bdw list --flat -p 4 | sed "s/^[^ ]* \(test-t.\).*/\1/" | grep test-t | tr "\n" " ")"
'
test_expect_success 'what is deferred returns when its time comes: ready, claimed, planned' '
	bdw create Later --id test-d --defer +2h >/dev/null && test_is deferred "$(test_field test-d status)" && bdw ready | test_lacks /dev/stdin "test-d " && unchanged bdw update test-d --claim &&
	bdw plan test-d --json >out 2>&1; test_lacks out "\"tasks\": \[$" && sed -i "s/^defer_until: .*/defer_until: 2020-01-01T00:00:00Z/" .beadwave/issue/*/test-d.md &&
	bdw ready | grep -q "test-d " && bdw plan --json | grep -q "test-d" && committed test-d bdw update test-d --claim && test_is in_progress "$(test_field test-d status)"
'
test_expect_success 'custom statuses that are active are ready' '
	bdw config set status.custom "in_review:active,hold:frozen" >/dev/null && bdw create R --id test-r >/dev/null && bdw update test-r -s in_review >/dev/null && bdw ready | grep -q "test-r " &&
	bdw update test-r -s hold >/dev/null && bdw ready | test_lacks /dev/stdin "test-r "
'
test_expect_success 'no escape codes in a pipe' '
	for words in list "list --flat" ready blocked "show test-2" "dep tree test-2" "graph --all" stats "history test-2" "epic status" "swarm validate test-e" "search o" doctor help; do
		bdw $words >out && ! grep -q "$(printf "\033")" out || return 1
	done
'
test_expect_success 'info, q, rename and the preview of delete honour --json' '
	for words in info "q Quick" "rename test-t1 test-u1" "delete test-u1" doctor "delete test-u1 --force"; do
		bdw $words --json >out && head -1 out | grep -q "^[[{]" && { ! command -v python3 >/dev/null || python3 -m json.tool <out >/dev/null; } || { echo "$words"; return 1; }
	done
'
test_expect_success 'errors carry what to do next; the nearest word is suggested' '
	test_fails bdw crate x 2>err && test_has err "create" && test_fails bdw list --statsu open 2>err && test_has err "status" && test_fails bdw show test- 2>err && test_has err "disambiguate|ambiguous" &&
	test_fails bdw config sett a b 2>err && test_has err "config set" && test_fails bdw close test-2 2>err && test_has err "force" && cd "$HOME" && test_fails bdw list 2>err && test_has err "init"
'
test_expect_success 'bytes that no reader would take are not committed' '
	cd "$TRASH/work" && test_store bytes && bdw create A --id test-a --silent && bdw create B --id test-b --silent && bad=$(printf "\377") && before=$(test_commits) &&
	for words in "dep add test-a test-b --type=$bad" "dep add test-a external:$bad" "comments add test-a hi --actor=$bad" "close test-a --session $bad" "create C --deps external:$bad" "update test-a --claim --actor=$bad"; do
		test_code 1 bdw $words 2>err && test_has err "valid UTF-8" || return 1
	done && test_is $before "$(test_commits)" && bdw show test-a test-b >out
'
test_done
