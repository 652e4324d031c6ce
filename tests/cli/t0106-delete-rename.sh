#!/bin/sh
# delete: preview, links, mentions, cascade; rename
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store && bdw create A --id test-a --silent &&
	bdw create B --id test-b --deps test-a -d "See test-a, test-a.1 and (test-a)." --silent &&
	bdw create C --id test-c -d "test-a too, but not linked" --silent
'
test_expect_success 'without --force a preview, and nothing is changed' '
	before=$(test_commits) && bdw delete test-a >out &&
	test_has out "DELETE PREVIEW" "^  test-a: A$" "^Dependency links to remove: 1$" "^  test-b → test-a .inbound.$" \
		"^  test-b: B$" "^To proceed, run: bdw delete test-a --force$" &&
	bdw delete test-a --force --dry-run >out && test_has out "DELETE PREVIEW" &&
	bdw delete test-a --json >out && test_has out "\"would_delete\": " &&
	test_is "$before" "$(test_commits)"
'
test_expect_success 'with --force it goes, links and mentions with it' '
	bdw delete test-a --force >out &&
	test_has out "^✓ Deleted test-a$" "^  Removed 1 dependency link" "^  Updated text references in 1 issue" &&
	test_code 1 bdw show test-a 2>err &&
	bdw show test-b --json >out && test_has out "See .deleted:test-a., test-a.1 and ..deleted:test-a..." && test_lacks out depends_on &&
	bdw show test-c --json | grep "test-a too" && test_is 0 "$(ls .beadwave/issue/*/test-a.md 2>/dev/null | grep -c .)"
'
test_expect_success 'JSON of one and of several' '
	bdw delete test-b --force --json >out && test_has out "\"deleted\": \"test-b\"" "\"references_updated\": 0" &&
	bdw create X --id test-x --silent && bdw create Y --id test-y --silent &&
	bdw delete test-x test-y --force --json >out && test_has out "\"deleted_count\": 2" "\"test-x\"" "\"test-y\""
'
test_expect_success 'cascade takes children and dependents' '
	bdw create E -t epic --id test-e --silent && bdw create K --parent test-e --silent && bdw create G --parent test-e.1 --silent &&
	bdw create R --id test-r --deps related:test-e --silent && bdw create W --id test-w --deps test-e.1 --silent &&
	bdw delete test-e --cascade --force >out && test_has out "^✓ Deleted 4 issue" &&
	bdw export >all && test_has all "\"id\":\"test-r\"" && test_lacks all "\"id\":\"test-(e|e.1|w)\""
'
test_expect_success 'ids from a file' '
	bdw create F --id test-f --silent && printf "# these go\ntest-f\n\n" >ids && bdw delete --from-file ids --force >out &&
	test_has out "Deleted test-f"
'
test_expect_success 'refusals change nothing' '
	before=$(test_commits) &&
	test_code 1 bdw delete test-c test-none --force 2>err && test_is "Error: issue test-none not found" "$(cat err)" &&
	test_code 1 bdw delete 2>err && test_has err "no issue IDs provided" "^Usage:" &&
	test_is "$before" "$(test_commits)"
'
test_expect_success 'rename: file, edges and mentions follow' '
	bdw create P --id test-p --silent && bdw create K --parent test-p -d "below test-p, not test-px" --silent &&
	bdw create D --id test-d --deps test-p --silent && bdw comments add test-p note &&
	test_is "Renamed test-p -> test-renamed" "$(bdw rename test-p test-renamed)" &&
	bdw export >all &&
	test_has all "\"id\":\"test-renamed\"" "\"issue_id\":\"test-d\",\"depends_on_id\":\"test-renamed\"" \
		"\"issue_id\":\"test-p.1\",\"depends_on_id\":\"test-renamed\",\"type\":\"parent-child\"" "below test-renamed, not test-px" &&
	bdw comments test-renamed | grep note && test_code 1 bdw delete test-p --force 2>err
'
test_expect_success 'rename refuses a taken or impossible id' '
	test_code 1 bdw rename test-d test-renamed 2>err && test_has err "^Error: issue test-renamed already exists$" &&
	test_code 1 bdw rename test-d nodash 2>err && test_code 1 bdw rename test-d "a b-c" 2>err &&
	bdw rename test-d test-dd --json >out && test_has out "\"new_id\": \"test-dd\""
'
test_done
