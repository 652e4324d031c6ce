#!/bin/sh
# a hand edit that does not parse, before a run and in its midst (decisions A20): the run goes on without that issue
. "$(dirname "$0")/lib-run.sh"

file_of()
{
	ls .beadwave/issue/*/"$1.md"
}
# spoil ID, mend ID
spoil()
{
	sed -i 's/^priority: 2$/priority: [2/' "$(file_of "$1")"
}
mend()
{
	sed -i 's/^priority: \[2$/priority: 2/' "$(file_of "$1")"
}
three()
{
	run_store && run_issue test-1 a && run_issue test-2 b && run_issue test-3 c && bdw dep add test-3 test-2 >/dev/null
}

test_expect_success 'before the run: it is not begun, nor what waits for it; the others are; its file is as it was' '
	three && spoil test-2 && cp "$(file_of test-2)" before.out && printf "ok\n" | run_script &&
	test_code 4 run_bdw >run.out 2>/dev/null && test_has run.out "alert.*test-2.md:[0-9]+: priority" &&
	test_lacks run.out "test-2: IN" "test-3: IN" &&
	run_status test-1 closed 2>/dev/null && test_cmp before.out "$(file_of test-2)" && run_nothing_left
'
test_expect_success 'named, it is refused with the line: exit 2' '
	test_code 2 run_bdw test-2 2>err.out && test_has err.out "test-2.md:[0-9]+: priority" &&
	test_code 0 bdw plan >p.out 2>/dev/null && test_lacks p.out "^Wave"
'
test_expect_success 'corrected, it runs, and what waits for it' '
	mend test-2 && run_bdw >/dev/null && run_status test-2 closed && run_status test-3 closed
'
test_expect_success 'spoiled while its agent works: merged; closed once it can be read, before the run ends' '
	three && cat <<-EOF | run_script &&
	[test-2 impl]
	run sh -c "sed -i \"s/^priority: 2/priority: [2/\" $PWD/.beadwave/issue/*/test-2.md"
	ok b
	[test-3 impl]
	run sh -c "sed -i \"s/^priority: .2/priority: 2/\" $PWD/.beadwave/issue/*/test-2.md"
	ok c
	[*]
	ok
	EOF
	run_bdw >run.out 2>/dev/null && test_has run.out "alert.*test-2.md" && run_status test-2 closed && run_status test-3 closed &&
	test_is 2 "$(git show main:b main:c | grep -c .)"
'
test_expect_success 'spoiled to the end: exit 1, and it is said what to do' '
	three && cat <<-EOF | run_script &&
	[test-2 impl]
	run sh -c "sed -i \"s/^priority: 2/priority: [2/\" $PWD/.beadwave/issue/*/test-2.md"
	ok b
	[*]
	ok
	EOF
	test_code 1 run_bdw >run.out 2>/dev/null && test_has run.out "test-2 - merged, but not closed.*bdw close test-2" &&
	mend test-2 && bdw close test-2 >/dev/null && run_status test-2 closed && run_nothing_left
'
test_done
