#!/bin/sh
# rows of scheduling.md and pipeline.md that no other script has: an idle scheduler, what is committed, results that count
# before the exit, what is unavailable (F001-27, F003-13, 22, 29, 32; scenario 20)
. "$(dirname "$0")/lib-run.sh"

test_expect_success 'F001-27 F003-09 F003-32 non-blocking: a scheduler whose agents are at work sleeps, it does not poll' '
	run_store && run_issue test-1 a && cat >"$OUTSIDE/look.sh" <<-EOF && printf "[* impl]\nrun sh $OUTSIDE/look.sh\nok a\n" | run_script &&
	pid=\$(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p" $PWD/.git/beadwave/run/*/run.json)
	switches() { sed -n "s/^voluntary_ctxt_switches:[^0-9]*//p" /proc/\$pid/status; }
	sleep 0.3
	before=\$(switches); sleep 1; echo \$((\$(switches) - before)) >$OUTSIDE/switches
	EOF
	run_bdw --set review.n=0 && test "$(cat "$OUTSIDE/switches")" -le 3 &&
	test_has "$(run_dir)/status.json" "\"polls\":0"
'
test_expect_success 'F003-13 complete is a commit: one for each issue that closes, found by git log' '
	run_store && run_issue test-1 a && run_issue test-2 b && printf "[*]\nok\n[test-1 impl]\nok a\n[test-2 impl]\nexit 1\n" | run_script &&
	test_code 1 run_bdw --set retry.max=0 && git log --format=%s beadwave >log.out &&
	test_is 1 "$(grep -c "test-1 closed" log.out)" && test_is 1 "$(grep -c "test-2 failed" log.out)"
'
test_expect_success 'F003-29 F003-30 F003-32 a wave completes by the result file, the next one starts by itself' '
	run_store && run_issue test-1 a && run_issue test-2 b && bdw dep add test-2 test-1 >/dev/null && cat <<-\EOF | run_script &&
	[test-1 impl]
	write a 1
	result {"status":"success","summary":"done"}
	hang
	[test-2 impl]
	ok b
	EOF
	run_bdw --set review.n=0 --set run.complete_on=result && run_before "result test-1:impl#1" "spawn test-2:impl#1" &&
	run_before "commit test-1:-#-" "spawn test-2:impl#1" && run_status test-2 closed && test_is "" "$(run_processes)"
'
test_expect_success 'F003-22 --on-failure ask: the failed one waits for a person, the others go on' '
	run_store && run_issue test-1 a && run_issue test-2 b && printf "[test-1 impl]\nexit 1\n[test-2 impl]\nok b\n[*]\nok\n" | run_script &&
	test_code 1 run_bdw --on-failure ask && run_status test-1 blocked && run_status test-2 closed &&
	bdw show test-1 >s.out && test_has s.out "bdw answer test-1 retry"
'
test_expect_success 'F003-28 scenario 20: the duration of a timeout is recorded, its tokens are unavailable, the summary says so' '
	run_store && bdw create Epic --id test-9 -t epic --silent >/dev/null &&
	bdw create One --parent test-9 -d "## Files
- Modify: \`a\`" --silent >/dev/null && cat <<-\EOF | run_script &&
	[* impl 1]
	append a first
	hang
	[* impl 2]
	usage 100 3 5
	ok a
	[*]
	usage 10 1 1
	ok
	EOF
	run_bdw --set timeout.impl=300ms --json >json.out && tail -1 json.out >last.out &&
	test_has last.out "\"test-9.1.impl\":[{]\"attempts\":2,\"total_tokens\":100,.*\"metrics_unavailable\":1" &&
	test_has .beadwave/work/*/test-9.1.ini "^outcome=timeout" && bdw show test-9 >s.out &&
	test_has s.out "Metrics: 3 measured, 1 unavailable" "Known minimum: 120 tokens"
'
test_expect_success 'F003-32 correlation: every line of an attempt names issue, role and attempt; its folder has the same name' '
	test "$(run_events spawn | wc -l)" -ge 4 && for line in $(run_events spawn | cut -d" " -f2); do
		test -s "$(run_dir)/$(echo "$line" | sed "s/:/./; s/#/./")/exit.json" || { echo "$line"; return 1; }
	done
'
test_done
