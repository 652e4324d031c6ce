#!/bin/sh
# limits that hold over the whole run, what an answer goes on with, what a commit of the store says
# (pipeline.md 18.11, 13, 14; scheduling.md F001-37)
. "$(dirname "$0")/lib-run.sh"

UNTIL='n=0; until [ \$((n += 1)) -gt 200 ] ||'	# ten seconds at most
CAPACITY='verdict BLOCKED BLOCKER="there are multiple approaches"'
test_expect_success 'scenario 11: pro, standard: nothing is stronger than sonnet: one launch, then a person' '
	run_store && run_issue test-1 a && printf "[* impl]\n%s\n" "$CAPACITY" | run_script &&
	test_code 3 run_bdw --set "tier pro.impl.standard=sonnet" --set "tier pro.impl.complex=sonnet" &&
	test_is "test-1:impl#1" "$(run_launches)" && bdw show test-1 >s.out && test_has s.out "no stronger implementer"
'
test_expect_success 'scenario 11: max-5x, simple: haiku, sonnet, opus, then a person' '
	run_store && run_issue test-1 a && bdw label add test-1 complexity:simple >/dev/null &&
	printf "[* impl]\nrun sh -c \"echo \$BDW_MODEL >>$OUTSIDE/models\"\n%s\n" "$CAPACITY" | run_script &&
	test_code 3 run_bdw --tier max-5x --set "tier max-5x.impl.simple=haiku" --set "tier max-5x.impl.standard=sonnet" \
		--set "tier max-5x.impl.complex=opus" &&
	test_is "haiku sonnet opus" "$(tr "\n" " " <"$OUTSIDE/models" | sed "s/ $//")"
'

rejected()
{
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-EOF | run_script
	[test-1 spec 1]
	verdict FAIL ISSUES="1 (first reason)"
	[test-1 spec 2]
	ok
	[test-1 code 1]
	json {"status":"REJECT","findings":[{"severity":"important","file":"a","line":1,"text":"second reason"}]}
	[test-1 code 2]
	json {"status":"REJECT","findings":[{"severity":"important","file":"a","line":1,"text":"third reason"}]}
	[test-1 code 3]
	ok
	[test-1 impl]
	ok a
	[test-2 impl]
	ok b
	[*]
	ok
	EOF
}
test_expect_success 'scenario 13: the third rejection tells all three reasons and four options' '
	rejected && test_code 3 run_bdw && bdw show test-1 >s.out &&
	test_has s.out "1\. spec:" "first reason" "2\. code:" "second reason" "3\. code:" "third reason" \
		"continue with more rounds, take over, split the issue, make the requirements clearer"
'
test_expect_success 'scenario 13: answer retry after the run has ended resumes at the failed review, with fresh limits' '
	head=$(git rev-parse beadwave-work/test-1) && bdw answer test-1 retry && run_bdw && run_status test-1 closed &&
	test_is "test-1:code#3" "$(run_launches)" && git merge-base --is-ancestor "$head" HEAD && run_nothing_left
'
test_expect_success 'scenario 13: answer retry while the run goes on: the same' '
	rejected && cat >>"$SCRIPT" <<-EOF &&
	[test-2 code]
	run sh -c "cd $PWD && $UNTIL bdw show test-1 2>&1 | grep -q needs-human; do sleep 0.05; done; bdw answer test-1 retry"
	ok
	EOF
	run_bdw && run_status test-1 closed &&
	test_is "test-1:impl#3 test-1:code#2 test-1:code#3" "$(run_events spawn | grep test-1 | tail -3 | cut -d" " -f2 | tr "\n" " " | sed "s/ $//")"
'

# held WHAT: test-1's reviewer misses b:WHAT, which test-2 brings, or not
held()
{
	run_store && run_issue test-1 a.c && run_issue test-2 b.c && cat <<-EOF | run_script
	[test-1 spec 1]
	verdict CANNOT_VERIFY ISSUES="1 (b.c:$1 is not there)"
	[test-1 spec 2]
	ok
	[test-2 impl]
	run sh -c "$UNTIL grep -q CANNOT_VERIFY $PWD/.git/beadwave/run/*/events.jsonl; do sleep 0.05; done"
	write b.c int init(void);
	ok b.c
	[test-1 impl]
	ok a.c
	[*]
	ok
	EOF
}
test_expect_success 'scenario 14: held; the other issue closes and the symbol exists: PASS without relaunch, then code' '
	held init && run_bdw && run_status test-1 closed && test_is 1 "$(run_events spawn | grep -c test-1:spec)" &&
	run_before "commit test-2:-#-" "spawn test-1:code#1" && test_is 0 "$(run_events | grep -c "rejected")"
'
test_expect_success 'scenario 14: the symbol is absent: the review is launched again' '
	held initialise && run_bdw && run_status test-1 closed && test_is 2 "$(run_events spawn | grep -c test-1:spec)" &&
	run_before "commit test-2:-#-" "spawn test-1:spec#2"
'

test_expect_success 'F001-37 a commit of the store names issues and stages' '
	run_store && run_issue test-1 a && run_issue test-2 b && printf "[*]\nok\n" | run_script && run_bdw &&
	git log --format=%s beadwave >log.out &&
	test_has log.out ": test-1 started, test-2 started$" "test-1 (impl|collect) -> spec" "test-1 spec -> code" "test-1 closed" &&
	! grep -q progress log.out
'
test_expect_success 'F001-37 ... and stays short' '
	run_store && for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do run_issue test-with-a-long-name-$i f$i; done &&
	printf "[*]\nok\n" | run_script && run_bdw --mode fully_parallel -j 0 --set review.n=0 &&
	git log --format=%s beadwave >log.out && test_has log.out "started and [0-9]+ more" &&
	awk "length > 200 { bad = 1 } END { exit bad }" log.out
'

test_expect_success 'budget: launches are counted over a resume' '
	run_store && run_issue test-1 a && run_issue test-2 b && run_issue test-3 c && cat <<-EOF | run_script &&
	[test-2 impl 1]
	hang
	[test-2 impl 2]
	ok b
	[*]
	ok
	EOF
	{ run_bdw --set review.n=0 -j 1 --set budget.launches=3 >out.out 2>&1 & pid=$!
	until_has "$PWD/.git/beadwave/run/*/events.jsonl" "spawn.*test-2"
	kill -TERM $(sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p" .git/beadwave/run/*/run.json); wait $pid; test_is 143 $?; } &&
	test_code 7 bdw resume && test_is 3 "$(run_events spawn | wc -l | tr -d " ")" && run_status test-3 open &&
	test_is 1 "$(grep -c "launch budget spent: 3 of 3" "$(run_dir)/events.jsonl")"
'
test_done
