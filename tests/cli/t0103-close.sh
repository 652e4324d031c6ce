#!/bin/sh
# close, done, reopen, duplicate, supersede
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store &&
	bdw create Epic -t epic --id test-e --silent &&
	bdw create First --parent test-e --silent && bdw create Second --parent test-e --deps test-e.1 --silent
'
test_expect_success 'an open blocker is a guard, text even with --json' '
	test_code 1 bdw close test-e.2 >out 2>err && test_empty out &&
	test_is "cannot close test-e.2: blocked by open issues [test-e.1] (use --force to override)" "$(cat err)" &&
	test_code 1 bd close test-e.2 --json >out 2>err && test_empty out && test_has err "^cannot close" &&
	test_code 1 bdw close test-e.2 --json >out 2>err && test_has out "\"error\": " && test_has err "^cannot close"
'
test_expect_success 'so are open children of an epic, and pinned' '
	test_code 1 bdw close test-e 2>err &&
	test_is "cannot close epic test-e: 2 open child issue(s); close children first or use --force to override" "$(cat err)" &&
	bdw create P --id test-p --silent && bdw update test-p -s pinned &&
	test_code 1 bdw close test-p 2>err && test_has err "cannot modify pinned issue test-p" && bdw close test-p --force
'
test_expect_success 'in one call the order counts' '
	bdw close test-e.1 test-e.2 -r "Commit: abc" >out &&
	test_has out "^✓ Closed test-e.1 — First: Commit: abc$" "^✓ Closed test-e.2 — Second: Commit: abc$" &&
	bdw close test-e --json >out && test_has out "\"close_reason\": \"Closed\"" closed_at
'
test_expect_success 'a closed one keeps its reason and date' '
	bdw show test-e.1 --json | grep close >before && bdw close test-e.1 -r other >out &&
	test_has out "Commit: abc" && bdw show test-e.1 --json | grep close >after && test_cmp before after
'
test_expect_success 'an unknown id closes nothing' '
	bdw create X --id test-x --silent && before=$(test_commits) &&
	test_code 1 bdw close test-x test-none 2>err &&
	test_is "Error: resolving ID test-none: no issue found matching \"test-none\"" "$(cat err)" &&
	test_is "$before" "$(test_commits)" && test_is open "$(test_field test-x status)" &&
	test_code 1 bdw close test-none --json >out 2>err && test_has out "\"error\": \"resolving ID test-none"
'
test_expect_success 'a refusal of one of several is said, the rest closes' '
	bdw create A --id test-a --silent && bdw create B --id test-b --deps test-a --silent &&
	bdw close test-b test-x >out 2>err && test_has err "^cannot close test-b" && test_has out "Closed test-x"
'
test_expect_success 'reasons: one for all, one each, not another number' '
	bdw create Y --id test-y --silent && bdw create Z --id test-z --silent &&
	test_code 1 bdw close test-a test-y test-z -r a -r b 2>err && test_has err "^Error: got 2 close reasons for 3 issue IDs" &&
	bdw close test-y test-z -r one -r two >out && test_has out "test-y — Y: one" "test-z — Z: two" &&
	echo "from a file" >why && bdw reopen test-y && bdw close test-y --reason-file why >out && test_has out ": from a file$"
'
test_expect_success 'done takes the last word as reason' '
	bdw reopen test-y && bdw done test-y "because reasons" >out && test_has out "Closed test-y — Y: because reasons"
'
test_expect_success 'suggest-next names what became free' '
	bdw close test-a --suggest-next >out && test_has out "^Newly unblocked:$" "^  • test-b — B .P2.$" &&
	bdw reopen test-a && bdw close test-a --suggest-next --json >out &&
	test_has out "^  \"closed\": \[" "^  \"unblocked\": \[" "\"schema_version\": 1"
'
test_expect_success 'claim-next takes the next ready one' '
	bdw create N --id test-n -p 0 --silent && bdw create M --id test-m --silent &&
	bdw close test-m --claim-next --json >out && test_has out "^  \"claimed\": " &&
	test_is in_progress "$(test_field test-n status)"
'
test_expect_success 'reopen takes the closing fields away' '
	bdw create R --id test-r --silent && bdw close test-r -r why &&
	test_is "↻ Reopened test-r: again" "$(bdw reopen test-r --reason again)" &&
	bdw show test-r --json >out && test_lacks out close && test_is open "$(test_field test-r status)" &&
	bdw reopen test-r >out 2>err && test_empty out && test_is "test-r is already open" "$(cat err)" &&
	test_code 1 bdw reopen test-none 2>err && test_has err "^Error resolving test-none"
'
test_expect_success 'duplicate and supersede close and link' '
	bdw create D --id test-d --silent && bdw create S --id test-s --silent &&
	test_is "✓ Marked test-d as duplicate of test-r (closed)" "$(bdw duplicate test-d --of test-r)" &&
	bdw supersede test-s --with test-r --json >out && test_has out "\"replacement\": \"test-r\"" "\"superseded\": \"test-s\"" &&
	bdw export >all && test_has all "\"issue_id\":\"test-d\",\"depends_on_id\":\"test-r\",\"type\":\"duplicates\"" \
		"\"issue_id\":\"test-s\",\"depends_on_id\":\"test-r\",\"type\":\"supersedes\"" &&
	test_code 1 bdw duplicate test-r --of test-r 2>err && test_has err "itself"
'
test_expect_success 'CLAUDE_SESSION_ID is kept' '
	CLAUDE_SESSION_ID=s-1 bdw close test-r --json >out && test_has out "\"closed_by_session\": \"s-1\""
'
test_expect_success 'validation.on-close: a reason that says nothing is warned about, or refused' '
	bdw create V --id test-v --silent && bdw config set validation.on-close error >out 2>err && test_empty err &&
	test_code 1 bdw close test-v --reason "  done  " 2>err && test_has err "at least 20 characters" && test_is open "$(test_field test-v status)" &&
	test_code 1 bdw close test-v 2>err && bdw close test-v --reason "what was done, and how" 2>err && test_empty err &&
	bdw reopen test-v && bdw close test-v --force && bdw reopen test-v && bdw config set validation.on-close warn &&
	bdw close test-v --reason done 2>err && test_has err "^Warning: the close reason is terse" && bdw config unset validation.on-close
'
test_expect_success 'reopen takes what is in progress back, too' '
	bdw create W --id test-w --silent && bdw update test-w --claim && test_is "↻ Reopened test-w" "$(bdw reopen test-w)" &&
	test_is open "$(test_field test-w status)"
'
test_done
