#!/bin/sh
# create, new, q: ids, fields, edges, refusals
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' 'test_store'

test_expect_success 'create prints the id, the title, priority and status' '
	bdw create "First task" >out &&
	test_has out "^✓ Created issue: test-[0-9a-z]{3} — First task$" "^  Priority: P2$" "^  Status: open$"
'
test_expect_success 'one command is one commit' '
	before=$(test_commits) &&
	bdw create "Two" --parent "$(bdw q parent)" -l a --silent >id &&
	test_is $((before + 2)) "$(test_commits)" &&
	git log -1 --format=%s beadwave | grep "create $(cat id): Two"
'
test_expect_success 'all fields reach the JSON object, keys sorted' '
	bdw create Full --id test-f -p P1 -t feat -l b,a --labels c -d "D <b>" --design DS --acceptance AC --notes N \
		-a alice -e 90 --external-ref gh-9 --spec-id S1 --metadata "{\"k\": 1}" --due 2099-01-02 --json >out &&
	test_has out "\"acceptance_criteria\": \"AC\"" "\"assignee\": \"alice\"" "\"created_by\": \"Tess Agent\"" \
		"\"description\": \"D .u003cb.u003e\"" "\"due_at\": \"2099-01-02T00:00:00Z\"" "\"estimated_minutes\": 90" \
		"\"issue_type\": \"feature\"" "\"owner\": \"tess@example.com\"" "\"schema_version\": 1" "\"k\": 1" &&
	sed -n "s/^  \"\([a-z_]*\)\":.*/\1/p" out >keys && sort keys | cmp - keys
'
test_expect_success 'description from a file, stdin and -' '
	printf "## Goal\n\nText\n" >body.md &&
	bdw create F --id test-b1 --body-file body.md --silent &&
	printf "piped\n" | bdw create S --id test-b2 --stdin --silent &&
	printf "dash\n" | bdw create D --id test-b3 -d - --silent &&
	bdw show test-b1 --json | grep "\"description\": \"## Goal.n.nText.n\"" &&
	bdw show test-b2 --json | grep "\"description\": \"piped.n\"" &&
	bdw show test-b3 --json | grep "\"description\": \"dash.n\""
'
test_expect_success 'two descriptions that differ are refused, equal ones are not' '
	test_code 1 bdw create X -d a --body b 2>err &&
	test_has err "^Error: cannot specify both --description and --body with different values" &&
	test_code 1 bdw create X -d a --body-file body.md 2>err && test_has err "cannot specify both" &&
	bdw create X -d a --body a --silent
'
test_expect_success 'children get the next number, which never comes back' '
	bdw create P --id test-p -l x,y --silent &&
	test_is test-p.1 "$(bdw create K --parent test-p --silent)" &&
	test_is test-p.2 "$(bdw create K --parent test-p --silent)" &&
	bdw delete test-p.2 --force &&
	test_is test-p.3 "$(bdw create K --parent test-p --silent)" &&
	bdw create Nine --id test-p.9 --silent &&
	test_is test-p.10 "$(bdw create K --parent test-p --silent)" &&
	test_is test-p.1.1 "$(bdw create G --parent test-p.1 --silent)"
'
test_expect_success 'children inherit labels unless told not to' '
	bdw create K --parent test-p -l z --json >out && test_has out "\"x\"" "\"y\"" "\"z\"" &&
	bdw create K --parent test-p --no-inherit-labels --json >out && test_lacks out labels
'
test_expect_success 'deps: plain, depends-on, blocks the other way, other types, external' '
	bdw create A --id test-d1 --silent &&
	bdw create B --id test-d2 --deps test-d1,related:test-p --silent &&
	bdw create C --id test-d3 --deps depends-on:test-d2 --deps blocks:test-d1,external:proj:cap --silent &&
	bdw export >all &&
	test_has all "\"issue_id\":\"test-d2\",\"depends_on_id\":\"test-d1\",\"type\":\"blocks\"" \
		"\"issue_id\":\"test-d2\",\"depends_on_id\":\"test-p\",\"type\":\"related\"" \
		"\"issue_id\":\"test-d3\",\"depends_on_id\":\"external:proj:cap\"" \
		"\"issue_id\":\"test-d3\",\"depends_on_id\":\"test-d2\",\"type\":\"blocks\"" &&
	test_lacks all "\"issue_id\":\"test-d1\"" # d1 -> d3 would have closed a cycle
'
test_expect_success 'a missing target only warns' '
	bdw create Dangling --id test-dg --deps test-zzz >out 2>err &&
	test_has err "^Warning: failed to add dependency test-dg -> test-zzz: issue test-zzz not found$"
'
test_expect_success 'waits-for keeps its gate' '
	bdw create W --id test-w --waits-for test-p --waits-for-gate any-children --silent &&
	bdw export | grep "\"id\":\"test-w\"" | grep "any-children" &&
	test_code 1 bdw create W --waits-for test-p --waits-for-gate some 2>err && test_has err "waits-for-gate"
'
test_expect_success 'refusals create nothing' '
	before=$(bdw export | grep -c .) &&
	test_code 1 bdw create 2>err && test_has err "^Error: title required" &&
	test_code 1 bdw create "" 2>err && test_has err "title is required" &&
	test_code 1 bdw create -- -x 2>err && test_has err "looks like a flag" &&
	test_code 1 bdw create T -t bogus 2>err && test_has err "^Error: validation failed for issue : invalid issue type: bogus" &&
	test_code 1 bdw create T -p 5 2>err && test_has err "invalid priority .5. .expected 0-4 or P0-P4, not words" &&
	test_code 1 bdw create T --title U 2>err && test_has err "cannot specify different titles" &&
	test_code 1 bdw create T --id test-x --parent test-p 2>err && test_has err "cannot specify both --id and --parent" &&
	test_code 1 bdw create T --id other-1 2>err && test_has err "^Error: prefix mismatch: database uses .test-." &&
	test_code 1 bdw create T --id nodash 2>err && test_has err "invalid ID format .nodash." &&
	test_code 1 bdw create T --id test-p 2>err && test_has err "issue test-p already exists" &&
	test_code 1 bdw create T --deps foo:test-p 2>err && test_has err "unknown dependency type .foo.; valid types: approved-by" &&
	test_code 1 bdw create T --parent test-zzz 2>err && test_has err "^Error: parent issue test-zzz not found$" &&
	test_code 1 bdw create "$(printf %0501d 0)" 2>err && test_has err "title must be 500 characters or less .got 501." &&
	test_code 1 bdw create T --metadata "[1]" 2>err && test_has err "metadata" &&
	test_code 1 bdw create T --due not-a-date 2>err && test_has err "invalid --due format" &&
	test_code 1 bdw create T -t bug --validate 2>err && test_has err "## Steps to Reproduce" &&
	test_code 1 bdw create "$(printf "bad \377")" 2>err && test_has err "UTF-8" &&
	test_is "$before" "$(bdw export | grep -c .)"
'
test_expect_success '--force takes another prefix, --silent prints the id alone' '
	test_is other-1 "$(bdw create O --id other-1 --force --silent)"
'
test_expect_success 'defer puts it off' '
	bdw create L --id test-l --defer 2099-01-02 --json >out &&
	test_has out "\"defer_until\": \"2099-01-02T00:00:00Z\"" "\"status\": \"deferred\""
'
test_expect_success 'dry run creates nothing' '
	before=$(test_commits) &&
	bdw create Dry -p 3 --dry-run >out && test_has out "DRY RUN" "^  ID: .will be generated.$" "^  Priority: P3$" &&
	bdw create Dry --dry-run --json >out && test_has out "\"id\": \"\"" "0001-01-01T00:00:00Z" &&
	test_is "$before" "$(test_commits)"
'
test_expect_success 'errors with --json: an object on stdout, the text on stderr; as bd: only on stderr' '
	test_code 1 bdw create T -p 9 --json >out 2>err &&
	test_has out "^  \"error\": \"invalid priority" "\"schema_version\": 1" && test_has err "^Error: invalid priority" &&
	test_code 1 bd create T -p 9 --json >out 2>err &&
	test_empty out && test_has err "^  \"error\": \"invalid priority"
'
test_expect_success 'q prints only the id' '
	bdw q "Quick one" -p 1 -l quick >out && test_has out "^test-[0-9a-z]{3}$" && test_is 1 "$(grep -c . out)"
'
test_expect_success 'validation.on-create warns' '
	bdw config set validation.on-create warn &&
	bdw create T -t bug --silent 2>err && test_has err "^Warning: missing required sections for bug"
'
test_done
