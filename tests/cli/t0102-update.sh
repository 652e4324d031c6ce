#!/bin/sh
# update and the one-word forms of it: fields, labels, metadata, status, parent, claim
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store && bdw create Was --id test-u -l keep --silent && bdw create Other --id test-o --silent
'
test_expect_success 'fields' '
	bdw update test-u --title Is -p 0 -d Desc --design Dsg --acceptance Acc --notes N1 --assignee zoe -t feature \
		--external-ref jira-1 -e 30 --due 2099-05-05 >out &&
	test_is "✓ Updated issue: test-u — Is" "$(cat out)" &&
	bdw update test-u --append-notes N2 --json >out &&
	test_has out "^\[$" "\"title\": \"Is\"" "\"notes\": \"N1.nN2\"" "\"issue_type\": \"feature\"" "\"priority\": 0" \
		"\"estimated_minutes\": 30" "\"due_at\": \"2099-05-05" &&
	test_lacks out dependency_count
'
test_expect_success 'labels: lists, repeats, removal, replacement' '
	bdw update test-u --add-label y,x --add-label z --json >out &&
	test_is "keep x y z" "$(bdw label list test-u --json | tr -d "[],\" \n" | sed "s/keepxyz/keep x y z/")" &&
	bdw update test-u --remove-label y && bdw label list test-u >out && test_lacks out "  - y" &&
	bdw update test-u --set-labels only && bdw label list test-u >out && test_has out "  - only" && test_lacks out keep &&
	bdw update test-u --set-labels "" && test_is "[]" "$(bdw label list test-u --json)"
'
test_expect_success 'metadata: merge, set typed, unset' '
	bdw update test-u --metadata "{\"k\":1,\"files\":[\"a\"]}" &&
	bdw update test-u --set-metadata team=core --set-metadata n=3 --set-metadata ok=true --unset-metadata files --json >out &&
	test_has out "\"k\": 1" "\"n\": 3" "\"ok\": true" "\"team\": \"core\"" && test_lacks out files &&
	test_code 1 bdw update test-u --set-metadata novalue 2>err && test_has err "expected key=value"
'
test_expect_success 'status keeps its dates' '
	bdw update test-u -s in_progress --json >out && test_has out started_at && test_lacks out closed_at &&
	bdw update test-u --status=closed --json >out && test_has out closed_at started_at &&
	bdw update test-u -s open --json >out && test_lacks out closed_at close_reason
'
test_expect_success 'closing by status obeys the guards' '
	bdw dep add test-u test-o &&
	test_code 1 bdw update test-u -s closed 2>err && test_has err "blocked by open issues .test-o." &&
	test_is open "$(test_field test-u status)" && bdw dep remove test-u test-o
'
test_expect_success 'what is refused changes nothing, of no id' '
	before=$(test_commits) &&
	test_code 1 bdw update test-o test-u -s bogus 2>err && test_has err "^Error: invalid status .bogus. .built-in: open, in_progress" &&
	test_code 1 bdw update test-u -p 9 2>err && test_has err "invalid priority" &&
	test_code 1 bdw update test-u --title " " 2>err && test_has err "^Error: title cannot be empty$" &&
	test_code 1 bdw update test-u --due not-a-date 2>err && test_has err "invalid --due format" &&
	test_code 1 bdw update test-o test-u -t nonsense 2>err && test_has err "invalid issue type: nonsense" &&
	test_code 1 bdw update test-u --stdin </dev/null 2>err && test_has err "requires --allow-empty-description" &&
	test_is "$before" "$(test_commits)"
'
test_expect_success 'a refused id is left whole, the others are changed' '
	bdw create E -t epic --id test-e --silent && bdw create C --parent test-e --silent &&
	bdw update test-e test-u -s closed --title New >out 2>err &&
	test_has err "^Error updating test-e: cannot close epic" && test_has out "test-u — New" &&
	test_is E "$(test_field test-e title)" && bdw reopen test-u
'
test_expect_success 'unknown ids: some is success, none is failure' '
	bdw update test-u test-none -p 1 >out 2>err &&
	test_has out "Updated issue: test-u" && test_has err "^Error resolving test-none: no issue found matching .test-none.$" &&
	test_code 1 bd update test-none -p 1 --json >out 2>err && test_empty out && test_has err "^Error resolving test-none" &&
	test_code 1 bdw update test-none -p 1 --json >out 2>err && test_has out "\"error\": " && test_has err "^Error resolving test-none"
'
test_expect_success 'nothing asked' '
	test_is "No updates specified" "$(bdw update test-u)"
'
test_expect_success 'parent: set, moved, taken away, no cycle' '
	bdw update test-u --parent test-e && bdw show test-u --json | grep "\"parent\": \"test-e\"" &&
	test_code 1 bdw update test-e --parent test-u 2>err && test_has err "cycle" &&
	test_code 1 bdw update test-u --parent test-zzz 2>err && test_has err "test-zzz" &&
	bdw update test-u --parent "" && ! bdw show test-u --json | grep "\"parent\""
'
test_expect_success 'claim is compare and swap' '
	bdw create W --id test-w --silent &&
	bdw --actor ann update test-w --claim >out && test_has out "✓ Updated issue: test-w" &&
	bdw --actor ann update test-w --claim --json >out && test_has out "\"assignee\": \"ann\"" "\"status\": \"in_progress\"" started_at &&
	test_code 1 bdw --actor bob update test-w --claim 2>err &&
	test_is "Error claiming test-w: issue already claimed by ann" "$(cat err)" &&
	bdw update test-w -s blocked --assignee "" &&
	test_code 1 bdw --actor bob update test-w --claim 2>err && test_has err "issue not claimable: status blocked"
'
test_expect_success 'of racing claims exactly one wins' '
	bdw create R --id test-r --silent && pids= &&
	for i in 1 2 3 4 5 6; do
		bdw --actor a$i update test-r --claim >out.$i 2>err.$i & pids="$pids $!"
	done; won=0; for p in $pids; do wait $p && won=$((won + 1)); done; test_is 1 $won &&
	test_is 5 "$(cat err.? | grep -c "already claimed by $(test_field test-r assignee)")"
'
test_expect_success 'last touched stands for a missing id' '
	bdw create L --id test-l --silent && bdw update -p 3 >out && test_has out "test-l" &&
	test_repo fresh && bdw init -p f -q && test_code 1 bdw update -p 1 2>err &&
	test_is "Error: no issue ID provided and no last touched issue" "$(cat err)" && cd ../repo
'
test_expect_success 'one-word forms' '
	test_is "✓ Assigned test-o — Other to dave" "$(bdw assign test-o dave)" &&
	test_is "✓ Set priority of test-o — Other to P1" "$(bdw priority test-o 1)" &&
	test_is "✓ Added label \"tagged\" to test-o — Other" "$(bdw tag test-o tagged)" &&
	test_is "✓ Note added to test-o — Other" "$(bdw note test-o more notes)" &&
	bdw show test-o --json | grep "\"notes\": \"more notes\"" &&
	test_is "* Deferred test-o" "$(bdw defer test-o --until 2099-05-05)" &&
	test_is deferred "$(test_field test-o status)" &&
	test_is "* Undeferred test-o (now open)" "$(bdw undefer test-o)" && test_is open "$(test_field test-o status)"
'
test_expect_success 'defer "" opens again' '
	bdw update test-o --defer 2099-01-01 && test_is deferred "$(test_field test-o status)" &&
	bdw update test-o --defer "" && test_is open "$(test_field test-o status)" && ! bdw show test-o --json | grep defer_until
'
test_expect_success 'edit goes through $EDITOR and takes no shell' '
	cat >"$TRASH/bin/ed.sh" <<-\END && chmod +x "$TRASH/bin/ed.sh" &&
	#!/bin/sh
	[ "$1" = "two words" ] && echo "new text" >"$2"
	END
	EDITOR="ed.sh \"two words\"" bdw edit test-o >out && test_has out "Updated description" &&
	bdw show test-o --json | grep "\"description\": \"new text.n\"" &&
	EDITOR=true bdw edit test-o >out && test_is "No changes made" "$(cat out)" &&
	test_code 1 env EDITOR=false bdw edit test-o 2>err && test_has err "nothing was changed" &&
	test_code 1 env EDITOR=no-such-editor bdw edit test-o 2>err && test_has err "no-such-editor"
'
test_done
