#!/bin/sh
# what the scheduler does for keepers that fail, and the story that events.jsonl tells over restarts
# (contract.md 4; pipeline.md 18.20, 21; decisions A9, A10)
. "$(dirname "$0")/lib-run.sh"

EVENTS=".git/beadwave/run/*/events.jsonl"
pid_of_spawn()
{
	sed -n "s/.*\"event\":\"spawn\",\"issue\":\"$1\",\"role\":\"$2\".*\"pid\":\([0-9]*\).*/\1/p" $EVENTS | tail -1
}
test_expect_success 'contract 4: spawn names the pid of the keeper' '
	run_store && run_issue test-1 a && printf "[* impl]\nhang\n" | run_script &&
	{ run_bdw --timeout 500ms --set retry.max=0 >out.out 2>&1 & run=$!; until_has "$EVENTS" "\"spawn\"" &&
	until_has ".git/beadwave/run/*/test-1.impl.1/started.json" . &&
	test_has .git/beadwave/run/*/test-1.impl.1/started.json "\"pid\": *$(pid_of_spawn test-1 impl)[,}]"; rc=$?; wait $run; test $rc = 0; }
'
test_expect_success 'scenario 20: a keeper that is stopped: the scheduler ends it past deadline and grace; a timeout, nothing left' '
	run_store && run_issue test-1 a && printf "[* impl]\nhang\n" | run_script &&
	{ run_bdw --timeout 500ms --set retry.max=0 >out.out 2>&1 & run=$!; until_has "$EVENTS" "\"spawn\"" &&
	until_has ".git/beadwave/run/*/test-1.impl.1/started.json" . && kill -STOP "$(pid_of_spawn test-1 impl)"; wait $run; test_is 1 $?; } &&
	run_events stall timeout >ev.out && test_has ev.out "^stall test-1:impl#1 overdue" "^timeout test-1:impl#1 timeout" &&
	run_status test-1 blocked && test_is "" "$(run_processes)"
'
test_done
