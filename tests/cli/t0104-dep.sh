#!/bin/sh
# dep add, remove, relate, unrelate, dep A --blocks B, link; the guards
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store &&
	for i in 1 2 3; do bdw create T$i --id test-t$i --silent || return 1; done &&
	bdw create E1 -t epic --id test-e1 --silent && bdw create E2 -t epic --id test-e2 --silent &&
	bdw create Kid --parent test-e1 --silent && bdw create Grandkid --parent test-e1.1 --silent
'
test_expect_success 'add says it, again is no change' '
	test_is "✓ Added dependency: test-t2 (T2) depends on test-t1 (T1) (blocks)" "$(bdw dep add test-t2 test-t1)" &&
	before=$(test_commits) && bdw dep add test-t2 test-t1 >out && test_has out "Added dependency" &&
	test_is "$before" "$(test_commits)"
'
test_expect_success 'add --json, flags for the second id' '
	bdw dep add test-t3 --blocked-by test-t2 --json >out &&
	test_has out "\"depends_on_id\": \"test-t2\"" "\"issue_id\": \"test-t3\"" "\"status\": \"added\"" "\"type\": \"blocks\"" &&
	test_code 1 bdw dep add test-t3 test-t1 --depends-on test-t2 2>err
'
test_expect_success 'guards change nothing' '
	before=$(test_commits) &&
	test_code 1 bdw dep add test-t1 test-t3 2>err && test_is "Error: adding dependency would create a cycle" "$(cat err)" &&
	test_code 1 bdw dep add test-t1 test-t1 2>err &&
	test_is "Error: cannot add self-dependency: test-t1 cannot depend on itself" "$(cat err)" &&
	test_code 1 bdw dep add test-t2 test-t1 -t related 2>err && test_has err "already exists with type .blocks. .requested .related.." &&
	test_code 1 bdw dep add test-e1 test-t1 2>err && test_is "Error: epics can only block other epics, not tasks" "$(cat err)" &&
	test_code 1 bdw dep add test-t1 test-e1 2>err && test_is "Error: tasks can only block other tasks, not epics" "$(cat err)" &&
	test_code 1 bdw dep add test-e1.1 test-e1 2>err && test_has err "test-e1.1 is already a child of test-e1. Children inherit" &&
	test_code 1 bdw dep add test-e1.1.1 test-e1 2>err && test_has err "already a child of" &&
	test_code 1 bdw dep add test-none test-t1 2>err && test_is "Error: resolving issue ID test-none: no issue found matching \"test-none\"" "$(cat err)" &&
	test_code 1 bdw dep add test-t1 test-none 2>err && test_has err "^Error: resolving dependency ID test-none: resolving issue ID" &&
	test_code 1 bdw dep add test-t1 nonexistent-id 2>err &&
	test_code 1 bdw dep add test-e1 test-e1.1 -t parent-child 2>err && test_has err "cycle" &&
	test_is "$before" "$(test_commits)"
'
test_expect_success 'a cycle through a parent is one too' '
	bdw dep add test-e1 test-e2 && bdw create Of2 --parent test-e2 --silent &&
	test_code 1 bdw dep add test-e2 test-e1.1 -t conditional-blocks 2>err && test_has err "cycle" && bdw dep remove test-e1 test-e2
'
test_expect_success 'the advice names the program as it was called' '
	bdw dep add test-t2 test-t3 -t tracks && test_code 1 bdw dep add test-t2 test-t3 2>err && test_has err "with .bdw dep remove. then" &&
	test_code 1 bd dep add test-t2 test-t3 2>err && test_has err "with .bd dep remove. then" && bdw dep remove test-t2 test-t3 &&
	test_code 1 bdw update test-t2 -s nonsense 2>err && test_has err "via .bdw config set status.custom"
'
test_expect_success 'external targets and free types are taken' '
	bdw dep add test-t1 external:proj:cap && bdw dep add test-t1 test-t3 -t tracks &&
	bdw dep remove test-t1 external:proj:cap && bdw export >all && test_lacks all external
'
test_expect_success 'a second parent is possible' '
	bdw dep add test-t1 test-e1 -t parent-child && bdw show test-t1 --json | grep "\"parent\": \"test-e1\""
'
test_expect_success 'dep A --blocks B' '
	test_is "✓ Added dependency: test-e1.1 (Kid) blocks test-t1 (T1)" "$(bdw dep test-e1.1 --blocks test-t1)" &&
	test_code 1 bdw dep 2>err && test_code 1 bdw dep frob 2>err
'
test_expect_success 'remove says it, whether there was one or not' '
	test_is "✓ Removed dependency: test-t2 (T2) no longer depends on test-t1 (T1)" "$(bdw dep remove test-t2 test-t1)" &&
	bdw dep rm test-t2 test-t1 --json >out && test_has out "\"status\": \"removed\"" &&
	test_code 1 bdw dep remove test-none test-t1 2>err
'
test_expect_success 'relate goes both ways' '
	test_is "✓ Linked test-t1 ↔ test-t2" "$(bdw dep relate test-t1 test-t2)" &&
	bdw export >all && test_is 2 "$(grep -o "relates-to" all | wc -l | tr -d " ")" &&
	test_is "✓ Unlinked test-t1 ↔ test-t2" "$(bdw dep unrelate test-t1 test-t2)" &&
	bdw export >all && test_lacks all relates-to && test_code 1 bdw dep relate test-t1 test-t1 2>err
'
test_expect_success 'link' '
	test_is "✓ Linked: test-t2 (T2) depends on test-t1 (T1) (related)" "$(bdw link test-t2 test-t1 --type related)"
'
test_expect_success 'edges from a file: all or none' '
	printf "{\"from\":\"test-t2\",\"to\":\"test-e1.1\"}\n{\"from\":\"test-t2\",\"to\":\"test-none\"}\n" >edges.jsonl &&
	before=$(test_commits) && test_code 1 bdw dep add --file edges.jsonl 2>err && test_has err "edges.jsonl:2" &&
	test_is "$before" "$(test_commits)" && sed -i 2d edges.jsonl && bdw dep add --file edges.jsonl >out && test_has out "1 dep"
'
test_expect_success 'partial ids' '
	bdw dep add t3 e1.1.1 >out && test_has out "test-t3 .T3. depends on test-e1.1.1"
'
test_done
