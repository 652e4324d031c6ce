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

test_expect_success 'F003-19 F003-20 F003-26 F003-27 a monitor beside each attempt: its log, result and deadline; SIGTERM when the attempt ends' '
	run_store && run_issue test-1 a && cat >"$OUTSIDE/monitor.sh" <<-EOF && cat <<-EOF2 | run_script &&
	trap "echo told >>$OUTSIDE/monitor.end; exit 0" TERM
	cat >"$OUTSIDE/monitor.prompt"
	env | grep ^BDW_ | sort >"$OUTSIDE/monitor.env.tmp"; pwd >"$OUTSIDE/monitor.pwd"
	mv "$OUTSIDE/monitor.env.tmp" "$OUTSIDE/monitor.env"
	echo "I see \$BDW_ISSUE"
	while :; do sleep 0.05; done
	EOF
	[* impl]
	dump $OUTSIDE/agent.dump
	wait $OUTSIDE/monitor.env
	ok a
	EOF2
	run_bdw --set review.n=0 --role-command "monitor=sh $OUTSIDE/monitor.sh" >out.out && run_status test-1 closed &&
	test_has "$OUTSIDE/monitor.env" "^BDW_ISSUE=test-1$" "^BDW_ROLE=monitor$" "^BDW_DEADLINE=[0-9]+$" &&
	for name in BDW_ISSUE BDW_LOG BDW_RESULT BDW_DEADLINE BDW_ATTEMPT; do
		grep -qF "$(grep "^$name=" "$OUTSIDE/monitor.env")" "$OUTSIDE/agent.dump" || { echo "$name differs"; return 1; }
	done &&
	test_is "$(run_dir)/test-1.impl.1" "$(cat "$OUTSIDE/monitor.pwd")" && test_has "$OUTSIDE/monitor.prompt" "stdout.log" &&
	test_is told "$(cat "$OUTSIDE/monitor.end")" && test_has "$(run_dir)/test-1.impl.1/monitor.log" "I see test-1" &&
	test_is "test-1:impl#1" "$(run_launches)" && run_nothing_left
'
test_expect_success 'F003-19 a monitor deaf to SIGTERM is killed after the grace' '
	run_store && run_issue test-1 a && printf "trap : TERM\necho \$\$ >%s\nwhile :; do sleep 0.05; done\n" "$OUTSIDE/pid" >"$OUTSIDE/deaf.sh" &&
	printf "[* impl]\nwait $OUTSIDE/pid\nok a\n" | run_script &&
	run_bdw --set review.n=0 --role-command "monitor=sh $OUTSIDE/deaf.sh" >out.out && ! kill -0 "$(cat "$OUTSIDE/pid")" 2>/dev/null
'
test_expect_success 'F003-19 a monitor that does not exist is refused' '
	run_store && run_issue test-1 a && test_code 2 run_bdw --role-command monitor=no-such-monitor 2>err.out && test_has err.out no-such-monitor
'
test_expect_success 'a power cut: events.jsonl has lost its end, or holds zeros there, and the run goes on' '
	for tail in none zeros half long; do
		run_store && run_issue test-1 a && run_issue test-2 b && bdw dep add test-2 test-1 >/dev/null &&
		printf "[test-1 impl]\nok a\n[test-2 impl]\nwait $OUTSIDE/go\nok b\n[*]\nok\n" | run_script &&
		run_bdw --detach --set review.n=0 >/dev/null && until_has "$EVENTS" "\"spawn\",\"issue\":\"test-2\"" &&
		run_kill && log=$(run_dir)/events.jsonl && n=$(grep -c . "$log") && : >"$(run_dir)/notes.json" &&
		case $tail in
		none) sed -i "3,\$d" "$log" && n=2 ;;
		zeros) head -c 9000 /dev/zero >>"$log" ;;
		half) printf "{\"v\":1,\"seq\":9%05000d" 0 >>"$log" ;;
		long) n=$((n + 1)) && printf "{\"v\":1,\"seq\":%d,\"event\":\"alert\",\"reason\":\"%05000d\"}\n" $n 0 >>"$log" ;;
		esac && touch "$OUTSIDE/go" && run_resume &&
		run_status test-2 closed && test_is "" "$(sed "s/.*\"seq\":\([0-9]*\).*/\1/" "$log" | awk "\$1 != NR { print NR; exit }")" &&
		test_is 0 "$(tr -d "\0" <"$log" | cmp - "$log" 2>&1 | grep -c .)" && test "$(grep -c . "$log")" -gt $n &&
		test_is 1 "$(grep -c "\"commit\",\"issue\":\"test-2\".*closed" "$log")" || { echo "$tail"; return 1; }
	done
'
test_done
