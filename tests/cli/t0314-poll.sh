#!/bin/sh
# what agents give back and what fails, once more where no events come: the same tests pass in poll mode
# (scheduling.md F003-09, 10)
RUN_WATCH=poll
export RUN_WATCH
. "$(dirname "$0")/lib-run.sh"

test_expect_success 'setup runs poll here' '
	run_store && run_issue test-1 a && printf "[*]\nok\n[* impl]\nok a\n" | run_script && run_bdw >out.out && run_status test-1 closed &&
	test_has "$(run_dir)/status.json" "\"polls\":[1-9]"
'
for script in t0301-results t0303-failures; do
	test_expect_success "F003-09 F003-10 $script in poll mode" '
		(cd "$TEST_DIR" && sh "./$script.sh") >out.out 2>&1 || { grep -A60 "^not ok" out.out; return 1; }
		test_has out.out "^1\.\.[1-9]" && test_lacks out.out "SKIP"
	'
done
test_done
