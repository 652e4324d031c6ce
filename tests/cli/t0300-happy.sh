#!/bin/sh
# one issue from open to closed: order of roles, what an agent gets, what is left
. "$(dirname "$0")/lib-run.sh"

test_expect_success 'setup' '
	run_store && bdw config set beadwave.x y >/dev/null 2>&1; run_issue test-1 a.txt
'
test_expect_success 'run' '
	printf "ok a.txt\n" | run_script && run_bdw test-1 &&
	run_events && bdw show test-1 && cat "$(run_dir)/events.jsonl" && git log --oneline --graph && run_nothing_left
'
test_done
