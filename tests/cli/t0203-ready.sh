#!/bin/sh
# ready, blocked: what counts, in which order, why, and taking the first
. "$(dirname "$0")/lib.sh"

make()
{
	id=$1 at=$2
	shift 2
	BDW_NOW=$at bdw create "$@" --id "$id" --silent >/dev/null
}
ids()
{
	bdw ready --plain "$@" | sed -n 's/^[0-9]*\. \[[^]]*\] \[[^]]*\] \([^ ]*\): .*/\1/p' | tr '\n' ' ' | sed 's/ $//'
}

test_expect_success 'setup store' '
	test_store &&
	test_is "✨ No open issues" "$(bdw ready | sed -n 2p)" &&
	make test-a 2026-01-01T00:00:00Z Alpha -e 90 -a ann &&
	make test-b 2026-01-02T00:00:00Z Beta --deps test-a -p 0 &&
	make test-e 2026-01-03T00:00:00Z Epic -t epic -p 1 &&
	BDW_NOW=2026-01-04T00:00:00Z bdw create Kid --parent test-e --silent &&
	BDW_NOW=2026-01-05T00:00:00Z bdw create Grandkid --parent test-e.1 -l x --silent &&
	make test-w 2026-01-06T00:00:00Z Working && bdw update test-w --status in_progress &&
	make test-g 2026-01-07T00:00:00Z Gate -t gate &&
	make test-d 2026-01-08T00:00:00Z Later --defer 2099-01-01
'
test_expect_success 'the list: epic of a child named, footer' '
	bdw ready >out &&
	test_has out "^○ test-e.1 ● P2 Kid ← Epic$" "^○ test-e.1.1 ● P2 Grandkid$" "^Ready: 4 issues with no active blockers$" "^Status: ○ open" &&
	test_lacks out "test-b |test-w |test-g |test-d "
'
test_expect_success 'orders' '
	test_is "test-e test-e.1.1 test-e.1 test-a" "$(ids)" &&
	test_is "test-a test-e test-e.1 test-e.1.1" "$(ids --sort oldest)" &&
	BDW_NOW=2026-01-05T12:00:00Z && export BDW_NOW &&
	test_is "test-e.1 test-e.1.1 test-a test-e" "$(ids --sort hybrid)" && unset BDW_NOW &&
	test_code 1 bdw ready --sort bogus 2>err &&
	test_has err "^Error: invalid sort policy .bogus.\. Valid values: hybrid, priority, oldest$"
'
test_expect_success 'filters' '
	test_is "test-e.1.1 test-e.1" "$(ids --parent test-e)" &&
	test_is "test-e.1.1" "$(ids -l x)" && test_is test-e "$(ids -p 1)" && test_is test-e "$(ids -t epic)" &&
	test_is "test-a" "$(ids --assignee ann)" && test_is "test-e test-e.1.1 test-e.1" "$(ids -u)" &&
	test_is "test-g" "$(ids -t gate)" && test_is "test-e.1.1 test-e.1 test-a" "$(ids --exclude-type epic)" &&
	test_is "test-e test-d test-e.1.1 test-e.1 test-a" "$(ids --include-deferred)"
'
test_expect_success 'plain form with estimate and assignee' '
	bdw ready --plain --assignee ann >out &&
	test_has out "^📋 Ready work \(1 issues with no active blockers\):$" "^1\. \[● P2\] \[task\] test-a: Alpha$" \
		"^   Estimate: 90 min$" "^   Assignee: ann$"
'
test_expect_success 'limits: on stdout for people, on stderr for programs' '
	bdw ready -n 2 >out 2>err && test_has out "^Showing 2 of 4 ready issues. Use -n to show more.$" && test_empty err &&
	bdw ready -n 2 --json >out 2>err && test_is 2 "$(grep -c "^    \"id\"" out)" &&
	test_has err "^Showing 2 of 4 ready issues. Use --limit 0 for all, or --limit N to raise the cap.$"
'
test_expect_success 'blocked: direct, inherited, below a parent' '
	test_is "✨ No blocked issues" "$(bdw blocked --parent test-e | sed -n 2p)" &&
	bdw create Blocker -t epic --id test-eb --silent && bdw dep add test-e test-eb >/dev/null &&
	bdw blocked --parent test-e --json >out && test_is 2 "$(grep -c "blocked_by_count\": 1" out)" &&
	test_has out "^      \"test-e\"$" "^      \"test-e.1\"$" &&
	bdw blocked >out && test_has out "^🚫 Blocked issues \(4\):$" "^\[● P0\] test-b: Beta$" \
		"^  Blocked by 1 open dependencies: \[test-a\]$" &&
	test_is "test-eb test-a" "$(ids)" && bdw close test-eb >/dev/null && test_is "test-e test-e.1.1 test-e.1 test-a" "$(ids)"
'
test_expect_success '--explain says why' '
	bdw ready --explain >out &&
	test_has out "^● Ready \(4 issues\):$" "^  test-a \[● P2\] Alpha$" "^    Unblocks: 1 issue\(s\)$" \
		"^    Reason: 1 blocker\(s\) resolved$" "^● Blocked \(1 issues\):$" \
		"^    ← blocked by test-a: Alpha \[open\]$" "^─ Summary: 4 ready, 1 blocked$" &&
	bdw ready --explain --json >out && test_has out "\"total_ready\": 4" "\"resolved_blockers\": null" "\"schema_version\": 1"
'
test_expect_success '--explain names cycles' '
	bdw create C1 --id test-c1 --silent && bdw create C2 --id test-c2 --deps test-c1 --silent &&
	bdw dep add test-c1 test-c2 --no-cycle-check >/dev/null &&
	bdw ready --explain >out && test_has out "^● Cycles \(1\):$" "^  test-c1 → test-c2 → test-c1$" "2 cycle|1 cycle" &&
	bdw ready --explain --json >out && test_has out "\"cycle_count\": 1" && bdw delete test-c1 test-c2 --force >/dev/null
'
test_expect_success 'nothing ready' '
	test_is "✨ No ready work found (all issues have blocking dependencies)" "$(bdw ready -l none | sed -n 2p)" &&
	test_is "[]" "$(bdw ready -l none --json)"
'
test_expect_success '--claim takes the first, once' '
	test_is "✓ Claimed issue: test-e — Epic" "$(bdw ready --claim)" &&
	test_is in_progress "$(test_field test-e status)" && test_is "Tess Agent" "$(test_field test-e assignee)" &&
	bdw ready --claim --json >out && test_has out "\"id\": \"test-e.1.1\"" "\"status\": \"in_progress\"" &&
	test_is "○ No ready work to claim" "$(bdw ready --claim -l none)" && test_is "[]" "$(bdw ready --claim -l none --json)" &&
	test_code 1 bdw ready --claim --readonly 2>err && test_has err "read-only"
'
test_expect_success 'many that claim at once get different issues' '
	for i in 1 2 3 4 5 6; do bdw q "Race $i" -l race >/dev/null || return 1; done &&
	for i in 1 2 3 4 5 6; do bdw --actor "a$i" ready --claim -l race --json >claim.$i & done && wait &&
	test_is 6 "$(cat claim.[1-6] | sed -n "s/^    \"id\": //p" | sort -u | grep -c .)"
'
test_done
