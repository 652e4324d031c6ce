#!/bin/sh
# settings of a run: what is not built yet is said, prices, alerts, the agent that stands in, reports, poll mode
# (contract.md 3; scheduling.md F003-09..17, 23, 25, 31, F004-16, 28; decisions B8)
. "$(dirname "$0")/lib-run.sh"

all_ok()
{
	run_store && run_issue test-1 a && printf "[*]\nok\n[* impl]\nok a\n" | run_script
}
test_expect_success 'what would change a run and is not built is refused: exit 2, named, nothing started' '
	all_ok && for set in sandbox.mode=bwrap sandbox.network=none run.executor=slurm "phase one.gate=hard" "artifact x.from=test-1"; do
		test_code 2 run_bdw --set "$set" 2>err.out && test_has err.out "$set is not supported yet" || return 1
	done && test_is "" "$(ls .git/beadwave/run 2>/dev/null)" && run_status test-1 open
'
test_expect_success 'what changes nothing is said, and the run goes on; its built-in value is no word worth' '
	run_bdw --set gate.threshold=0.5 --set sandbox.mode=none 2>err.out && run_status test-1 closed &&
	test_has err.out "warning: gate.threshold=0.5 has no effect yet" && test_lacks err.out sandbox
'
test_expect_success '--timeout speaks of no setting that nobody named' '
	all_ok && run_bdw --timeout 10m 2>err.out && test_empty err.out && run_status test-1 closed && all_ok &&
	run_bdw --timeout 10m --set timeout.gate=3m 2>err.out && test_is 1 "$(grep -c . err.out)" && test_has err.out "timeout.gate=3m has no effect"
'
test_expect_success 'config set says it too' '
	bdw config set sync.push never 2>err.out && test_has err.out "no effect yet" &&
	bdw config show >show.out && test_has show.out "sync.push = never .*no effect yet" && test_lacks show.out "max_parallel.*no effect" &&
	bdw config set run.max_parallel 2 2>err.out && test_is "" "$(cat err.out)"
'

test_expect_success 'price: tokens become dollars, by kind; a total alone does not' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-\EOF | run_script &&
	[test-1 impl]
	write a 1
	json {"status":"DONE","usage":{"input_tokens":1000000,"output_tokens":100000,"cache_read_input_tokens":2000000}}
	[test-2 impl]
	write b 1
	json {"status":"DONE","usage":{"total_tokens":500}}
	EOF
	run_bdw --json --set review.n=0 --set "role impl.model=m.1" --set "price m.1.input=3" --set "price m.1.output=15" \
		--set "price m.1.cache_read=0.5" >json.out && tail -1 json.out >last.out &&
	test_has last.out "\"test-1.impl\":[{][^}]*\"cost_usd\":5.5[,0]" && test_lacks last.out "\"test-2.impl\":[{][^}]*cost_usd"
'
test_expect_success 'price: the cost budget counts them' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-\EOF | run_script &&
	[* impl]
	run sh -c "echo 1 >\$BDW_ISSUE"
	json {"status":"DONE","usage":{"input_tokens":1000000,"output_tokens":0}}
	EOF
	test_code 7 run_bdw --set review.n=0 --set "role impl.model=m" --set "price m.input=3" --set budget.cost_usd=2 -j 1 --mode sequential --set run.empty=allow &&
	run_status test-2 open && grep -q "cost budget spent" "$(run_dir)/events.jsonl"
'
test_expect_success 'F004-16 alerts come once each, and alert.command hears of them' '
	run_store && for i in 1 2 3 4 5 6 7; do run_issue test-$i f$i; done && cat <<-\EOF | run_script &&
	[test-1 impl]
	exit 1
	[test-2 impl]
	hang
	[test-3 impl]
	exit 1
	[*]
	ok
	EOF
	test_code 1 run_bdw --set review.n=0 --set retry.max=0 --timeout 300ms -j 7 --set "alert.avg_duration=1ms" \
		--set "alert.command=sh -c \"cat >>$OUTSIDE/alerts\"" &&
	test_is 3 "$(run_events alert | grep -cE "failure_rate|timeout_rate|avg_duration")" &&
	test_is 3 "$(grep -cE "failure_rate|timeout_rate|avg_duration" "$OUTSIDE/alerts")"
'
limited()
{
	run_store && run_issue test-1 a && run_issue test-2 b && cat >"$OUTSIDE/limited.sh" <<-EOF
	cat >/dev/null
	echo "429 Too Many Requests: rate limit exceeded" >&2
	exit 1
	EOF
	printf "[*]\nok\n" | run_script
}
test_expect_success 'F004-28 breaker.fallback names an agent: it does the work while the breaker is open' '
	limited && run_bdw --agent-command "sh $OUTSIDE/limited.sh" --set "agent spare.command=$FAKE_AGENT --script $SCRIPT" \
		--set breaker.fallback=spare --set review.n=0 -j 1 && run_status test-1 closed && run_status test-2 closed &&
	test_has .beadwave/work/*/test-1.ini "^agent=spare" && test_is 1 "$(run_events breaker | grep -c open)"
'
test_expect_success 'F004-28 an agent that is not there is refused' '
	limited && test_code 2 run_bdw --set breaker.fallback=no-such-agent 2>err.out && test_has err.out no-such-agent
'

test_expect_success 'F003-25 F003-31 F003-32 progress: while nothing happens, lines report so often as the settings say' '
	run_store && run_issue test-1 a && run_issue test-2 b && bdw dep add test-2 test-1 >/dev/null &&
	printf "[* impl]\nprint half way\nsleep 900\nok\n[*]\nok\n" | run_script &&
	run_bdw --set review.n=0 --set watch.report_log=200ms test-1 test-2 >out.out &&
	test $(grep -c "Wave 1 Progress" out.out) -ge 2 && test_has out.out "test-1 .*IN PROGRESS" "test-2 .*PENDING - waiting for test-1" &&
	test_lacks out.out "Polling in"
'
test_expect_success 'F003-02 F003-14 on a terminal: a table, redrawn in place' '
	all_ok && if ! command -v script >/dev/null; then echo "no script(1)"; return 0; fi &&
	printf "%s\n" "$BDW run --agent-command \"$FAKE_AGENT --script $SCRIPT\" --set review.n=0" >"$OUTSIDE/go.sh" &&
	TERM=xterm script -qec "sh $OUTSIDE/go.sh" /dev/null </dev/null >pty.out && run_status test-1 closed &&
	test_has pty.out "Progress" "SUCCESS" && grep -q "$(printf "\033")" pty.out
'

test_expect_success 'F003-09 F003-10 F003-17 poll mode: requests, results and new issues are found; the trailer, polls counted' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-EOF | run_script &&
	[test-1 impl]
	hang
	[test-2 impl]
	run sh -c "cd $PWD && env -u BDW_RUN bdw cancel test-1 && bdw create late --id test-3 --silent"
	write b 1
	result {"status":"pass"}
	hang
	[test-3 impl]
	ok c
	EOF
	test_code 4 run_bdw --set review.n=0 --set watch.mode=poll --set watch.interval=100ms --set watch.report_log=200ms \
		--set run.complete_on=result >out.out && run_status test-2 closed && run_status test-3 closed && run_status test-1 open &&
	test_has out.out "^Polling in " && test_has "$(run_dir)/status.json" "\"polls\":[1-9]"
'
test_expect_success 'F003-15 F003-23 event mode polls nothing' '
	all_ok && run_bdw >/dev/null && test_has "$(run_dir)/status.json" "\"polls\":0"
'

test_expect_success 'B8 a repository without a commit: the first issue runs shared' '
	rm -rf "$TRASH/born" && mkdir "$TRASH/born" && cd "$TRASH/born" && git init -q && bdw init --prefix test >/dev/null 2>&1 &&
	run_issue test-1 a && run_issue test-2 b && printf "[*]\nok\n[test-1 impl]\nok a\n[test-2 impl]\nok b\n" | run_script &&
	run_bdw && run_status test-1 closed && run_status test-2 closed && test_is "" "$(git status --porcelain)" &&
	test_is 2 "$(git ls-tree --name-only HEAD | grep -c "^[ab]$")"
'
test_done
