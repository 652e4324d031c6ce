#!/bin/sh
# search, query, count, stats, stale
. "$(dirname "$0")/lib.sh"

make()
{
	id=$1 at=$2
	shift 2
	BDW_NOW=$at bdw create "$@" --id "$id" --silent >/dev/null
}
query()
{
	BDW_NOW=2026-03-01T00:00:00Z bdw query "$@" | sed -n 's/^[^ ]* \(test-[^ ]*\) .*/\1/p' | tr '\n' ' ' | sed 's/ $//'
}

test_expect_success 'setup store' '
	test_store &&
	make test-a1 2026-01-01T00:00:00Z "Login broken" -t bug -p 1 -l ui,urgent -a ann &&
	make test-b2 2026-02-01T00:00:00Z Other -d "login in the body" -p 3 &&
	make test-c3 2026-02-20T00:00:00Z "Login page" --metadata "{\"team\":\"core\"}" &&
	BDW_NOW=2026-02-25T00:00:00Z bdw close test-c3 >/dev/null
'
test_expect_success 'search looks at titles and ids, not at closed issues' '
	bdw search LOGIN >out && printf "Found 1 issues matching \047LOGIN\047:\ntest-a1 [P1] [bug] open @ann [ui urgent] - Login broken\n" >want &&
	test_cmp want out &&
	bdw search test-b >out && test_has out "^test-b2 \[P3\] \[task\] open - Other$" &&
	bdw search login --status all >out && test_has out "^Found 2 issues" "test-c3 .* closed" &&
	bdw search --query login --type bug --json >out && test_has out "\"id\": \"test-a1\"" && test_lacks out "\"dependencies\"" &&
	test_is "No issues found matching '\''nope'\''" "$(bdw search nope)" && test_is "[]" "$(bdw search nope --json)" &&
	bdw search page login --status all >out && test_has out "^No issues found" &&
	bdw search login page --status all >out && test_has out "^Found 1 issues"
'
test_expect_success 'search without words shows help, exit 1' '
	test_code 1 bdw search --type task >out 2>err && test_has out "^Usage:" && test_is "Error: search query is required" "$(cat err)"
'
test_expect_success 'query: conditions' '
	test_is "test-a1" "$(query "type=bug AND priority<=1")" &&
	test_is "test-a1 test-b2" "$(query "label=ui OR description=login")" &&
	test_is "test-c3" "$(query "status=closed")" && test_is "test-a1 test-c3 test-b2" "$(query --all "NOT title=nothing")" &&
	test_is "test-b2" "$(query "created>30d")" && test_is "test-a1" "$(query "created<2026-01-15")" &&
	test_is "test-b2" "$(query assignee=none AND status=open)" &&
	test_is "test-c3" "$(query --all metadata.team=core)"
'
test_expect_success 'query: forms' '
	bdw query "type=bug" >out && test_has out "^Found 1 issues:$" "^○ test-a1 \[● P1\] \[bug\] @ann \[ui urgent\] - Login broken$" &&
	test_is "Parsed query: (type=bug AND NOT (priority>1))" "$(bdw query --parse-only "type=bug and not priority>1")" &&
	test_is "No issues found matching query: type=epic" "$(bdw query "type=epic")" && test_is "[]" "$(bdw query type=epic --json)" &&
	bdw query type=bug --long >out && test_has out "^  Assignee: ann$"
'
test_expect_success 'query: errors say where' '
	test_code 1 bdw query "status=open priority=1" 2>err && test_has err "parsing query: expected AND or OR at column 13" &&
	test_code 1 bdw query "stauts=open" 2>err && test_has err "unknown field \"stauts\"" "did you mean \"status\"" &&
	test_code 1 bdw query "status=opn" 2>err && test_has err "invalid status \"opn\""
'
test_expect_success 'count: all, filtered, grouped' '
	test_is 3 "$(bdw count)" && test_is 2 "$(bdw count --status open)" && test_is 1 "$(bdw count -l ui)" &&
	bdw count --by-status >out && printf "Total: 3\n\nclosed: 1\nopen: 2\n" >want && test_cmp want out &&
	bdw count --by-priority >out && test_has out "^P1: 1$" "^P2: 1$" "^P3: 1$" &&
	bdw count --by-assignee >out && test_has out "^\(unassigned\): 2$" "^ann: 1$" &&
	bdw count --by-label >out && test_has out "^\(no labels\): 2$" "^ui: 1$" "^urgent: 1$" &&
	bdw count --by-type --json >out && test_has out "\"group\": \"bug\"" "\"total\": 3" &&
	test_code 1 bdw count --by-type --by-label 2>err && test_has err "only one --by"
'
test_expect_success 'stats: numbers, lead time' '
	bdw stats >out && test_has out "Total Issues: +3" "Open: +2" "Closed: +1" "Ready to Work: +2" "Avg Lead Time: +120.0 hours" &&
	bdw stats --json >out && test_has out "\"average_lead_time_hours\": 120,?$" "\"ready_issues\": 2" "\"schema_version\": 1" &&
	bd status >out && test_has out "Total Issues: +3"
'
test_expect_success 'stale: the longest forgotten first' '
	BDW_NOW=2026-03-15T00:00:00Z bdw stale >out &&
	test_has out "^⏰ Stale issues \(2 not updated in 30\+ days\):$" "^1\. \[● P1\] test-a1: Login broken$" \
		"^   Status: open, Last updated: 73 days ago$" "^2\. .*test-b2" &&
	BDW_NOW=2026-03-15T00:00:00Z bdw stale --days 60 --json >out && test_has out test-a1 && test_lacks out test-b2 &&
	BDW_NOW=2026-01-02T00:00:00Z bdw stale >out && test_has out "No stale issues found" &&
	test_code 1 bdw stale --days 0 2>err && test_has err "at least 1"
'
test_done
