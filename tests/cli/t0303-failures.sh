#!/bin/sh
# what fails, and what then: questions, findings, lost reviewers, timeouts, crashes, retries, policies
# (pipeline.md 18.10, 12, 13, 17, 20; scheduling.md F001-16..23, 31-33, 37-39, 41, 54-57, F003-22..28)
. "$(dirname "$0")/lib-run.sh"

test_expect_success 'scenario 10: NEEDS_CONTEXT twice, then DONE: three launches, the addendum in prompts 2 and 3' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	[* impl 1]
	dump ${BDW_LOG}.dump
	usage 10 1 1
	verdict NEEDS_CONTEXT BLOCKER="where is the parser"
	[* impl 2]
	dump ${BDW_LOG}.dump
	expect The previous attempt returned NEEDS_CONTEXT
	expect where is the parser
	usage 10 1 1
	verdict NEEDS_CONTEXT BLOCKER="and the writer"
	[* impl 3]
	dump ${BDW_LOG}.dump
	expect and the writer
	usage 10 1 1
	ok a
	[*]
	ok
	EOF
	run_bdw --set "tier pro.impl.standard=sonnet" --set "tier pro.impl.complex=opus" --json >json.out &&
	tail -1 json.out >last.out && run_status test-1 closed &&
	test_is 3 "$(cat "$(run_dir)"/test-1.impl.*/stdout.log.dump | grep -c "^env BDW_MODEL=sonnet$")" &&
	test_has last.out "\"test-1.impl\":\{\"attempts\":3,\"total_tokens\":30," "\"workers_retried\":2"
'
test_expect_success 'scenario 10: three times: a person is needed, the sibling completes, exit 3, the last blocker is told' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-\EOF | run_script &&
	[test-1 impl]
	verdict NEEDS_CONTEXT BLOCKER="blocker ${BDW_ATTEMPT}"
	[*]
	ok
	[* impl]
	ok b
	EOF
	test_code 3 run_bdw && run_status test-1 blocked && run_status test-2 closed &&
	bdw show test-1 >s.out && test_has s.out "needs-human" "blocker 3" &&
	test_is 3 "$(run_events spawn | grep -c "test-1:impl")"
'
test_expect_success 'scenario 11: "too large" goes to a person at once, with options' '
	run_store && run_issue test-1 a && printf "[* impl]\nverdict BLOCKED BLOCKER=\"this is too large\"\n" | run_script &&
	test_code 3 run_bdw && test_is "test-1:impl#1" "$(run_launches)" && bdw show test-1 | grep -q "Break task into sub-issues"
'
test_expect_success 'scenario 12: spec FAIL, fix: impl, spec, impl#2, spec#2, code; findings told, base unchanged' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	[* spec 1]
	print ## Findings
	print - a: the second line is missing
	verdict FAIL ISSUES="1 (the second line is missing)"
	[* spec 2]
	expect-not orchestrator
	ok
	[* impl 1]
	ok a
	[* impl 2]
	expect the second line is missing
	ok a
	[*]
	ok
	EOF
	run_bdw && test_is "test-1:impl#1 test-1:spec#1 test-1:impl#2 test-1:spec#2 test-1:code#1" "$(run_launches)" &&
	test_has .beadwave/work/*/test-1.ini "^reject=1" "^base=$(git rev-parse main^1)" && test_is 2 "$(git show main:a | grep -c .)"
'
test_expect_success 'scenario 13: the third rejection: a person; impl 3, spec 2, code 2 launches; exit 3' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	[* impl]
	ok a
	[* spec 1]
	verdict FAIL ISSUES="1 (x)"
	[* spec 2]
	ok
	[* code]
	print - **Important** a:1 wrong
	verdict REJECT IMPORTANT=1
	EOF
	test_code 3 run_bdw && test_is 3 "$(run_events spawn | grep -c :impl#)" && test_is 2 "$(run_events spawn | grep -c :spec#)" &&
	test_is 2 "$(run_events spawn | grep -c :code#)" && bdw show test-1 | grep -q "rejected 3 times"
'
test_expect_success 'scenario 17: code reviewer 2 crashes: a fresh one; again: the two others are aggregated' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	[* code.2]
	signal KILL
	[* impl]
	run sh -c "seq 1 30 >a"
	verdict DONE
	[*]
	ok
	EOF
	run_bdw --set "tier pro.review.n=3" --json >json.out && test_is 4 "$(run_events spawn | grep -c :code#)" &&
	run_status test-1 closed && bdw show test-1 | grep -q "Reviewers: 2/2 approved" && tail -1 json.out >last.out &&
	test_has last.out "\"test-1.code.2\":\{\"attempts\":2," && run_nothing_left
'
test_expect_success 'scenario 17: two lost: the single report stands, no aggregation' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	[* code.2]
	signal KILL
	[* code.3]
	signal KILL
	[* impl]
	run sh -c "seq 1 30 >a"
	verdict DONE
	[*]
	ok
	EOF
	run_bdw --set "tier pro.review.n=3" --json >json.out && run_status test-1 closed && tail -1 json.out >last.out &&
	test_lacks last.out "test-1.agg"
'
test_expect_success 'scenario 17: all lost twice: a person, exit 3; lost launches are unavailable in the metrics' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	[* code]
	signal KILL
	[* impl]
	run sh -c "seq 1 30 >a"
	verdict DONE
	[*]
	ok
	EOF
	test_code 3 run_bdw --set "tier pro.review.n=3" --json >json.out && test_is 6 "$(run_events spawn | grep -c :code#)" &&
	run_status test-1 blocked && tail -1 json.out >last.out && test_has last.out "\"metrics_unavailable\":8" "\"status\":\"human\""
'
test_expect_success 'scenario 20: F003-24 F003-32 timeouts: deaf to SIGTERM, with a grandchild: TERM, grace, KILL, none left; then "continue"' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	[* impl 1]
	append a first
	commit half of it
	ignore TERM
	orphan 0
	hang
	[* impl 2]
	expect Continue from
	append a second
	verdict DONE
	[*]
	ok
	EOF
	run_bdw --set "timeout.impl=700ms" --set timeout.grace=200ms --json >json.out && test_is "" "$(run_processes)" &&
	run_before "timeout test-1:impl#1" "spawn test-1:impl#2" && run_events verdict | grep -q "test-1:impl#1 timeout" &&
	test_is 2 "$(git show main:a | grep -c .)" && tail -1 json.out >last.out &&
	test_has last.out "\"status\":\"timeout\"" "\"test-1.impl\":\{\"attempts\":2,\"duration_ms\":[1-9]" && run_nothing_left
'
test_expect_success 'scenario 20: the restart cap is 2, then a person; the work tree and partial log are kept' '
	run_store && run_issue test-1 a && printf "[* impl]\nappend a x\ncommit more\nprint partial\nhang\n" | run_script &&
	test_code 3 run_bdw --timeout 300ms --set retry.timeout_factor=1 && test_is 3 "$(run_events spawn | grep -c :impl#)" &&
	run_status test-1 blocked && test_has "$(run_dir)/test-1.impl.3/stdout.log" partial &&
	tree=$(git worktree list --porcelain | sed -n "s/^worktree //p" | sed -n 2p) && test -s "$tree/a" &&
	test_is refs/heads/beadwave-work/test-1 "$(git -C "$tree" symbolic-ref HEAD)"
'
test_expect_success 'a kept tree is taken over by the next run of the issue; after a good end nothing is left' '
	printf "[*]\nok\n[* impl]\nok a\n" | run_script && bdw answer test-1 retry >/dev/null && run_bdw --json >json.out &&
	run_status test-1 closed && run_nothing_left && tail -1 json.out >last.out && test_has last.out "\"workers_retried\":0"
'
test_expect_success 'F001-16 F001-17 deadlines are independent: three hung workers all end by their own' '
	run_store && for i in 1 2 3; do run_issue test-$i f$i || return 1; done && printf "hang\n" | run_script &&
	test_code 1 run_bdw --timeout 400ms --set retry.max=0 && test_is 3 "$(run_events timeout | grep -c :impl#1)" &&
	run_events spawn timeout | awk "\$1 == \"timeout\" { t = 1 } \$1 == \"spawn\" && t { exit 1 }"
'
test_expect_success 'F001-19 F001-20 what fails says how: signal, exit code; each with its own duration' '
	run_store && run_issue test-1 a && run_issue test-2 b && run_issue test-3 c && cat <<-\EOF | run_script &&
	[test-1 impl]
	signal KILL
	[test-2 impl]
	err it went wrong
	exit 7
	[test-3 impl]
	ok c
	[*]
	ok
	EOF
	test_code 1 run_bdw --set retry.max=0 --set retry.crash=0 --json >json.out && tail -1 json.out >last.out &&
	test_has last.out "\"issue\":\"test-1\",\"role\":\"impl\",\"attempt\":1,\"status\":\"crashed\",\"signal\":9" \
		"\"issue\":\"test-2\",\"role\":\"impl\",\"attempt\":1,\"status\":\"failed\",\"exit_code\":7" &&
	bdw show test-2 | grep -q "it went wrong"
'
test_expect_success 'F001-21 F001-57 one failure does not stop the others; F004-03 errors lists every failure' '
	run_status test-3 closed && test_is 2 "$(grep -o "\"issue\":\"test-[12]\",\"role\"" last.out | grep -c .)"
'
test_expect_success 'F001-22 the wave: all_passed false, failed_tasks' '
	test_has last.out "\"all_passed\":false,\"failed_tasks\":\[\"test-1\",\"test-2\"\]"
'
test_expect_success 'F001-31 failing once: a second attempt passes; F001-33 exit 0' '
	run_store && run_issue test-1 a && printf "[* impl 1]\nexit 1\n[* impl 2]\nok a\n[*]\nok\n" | run_script && run_bdw --json >json.out &&
	tail -1 json.out >last.out && test_has last.out "\"test-1.impl\":\{\"attempts\":2,"
'
test_expect_success 'F001-31 failing twice: failed, two launches, exit 1' '
	run_store && run_issue test-1 a && printf "exit 1\n" | run_script && test_code 1 run_bdw &&
	test_is "test-1:impl#1 test-1:impl#2" "$(run_launches)" && run_status test-1 blocked && bdw show test-1 | grep -q failed
'
test_expect_success 'F001-32 only what failed is repeated, both attempts are in the metrics' '
	run_store && run_issue test-1 a && run_issue test-2 b &&
	printf "[test-1 impl 1]\nexit 1\n[test-1 impl 2]\nok a\n[* impl]\nok b\n[*]\nok\n" | run_script && run_bdw &&
	test_is 2 "$(run_events spawn | grep -c "test-1:impl")" && test_is 1 "$(run_events spawn | grep -c "test-2:impl")" &&
	bdw metrics --json >m.out && test_has m.out "\"workers_retried\": ?1," "\"workers_failed\": ?1,"
'
test_expect_success 'F001-38 F001-39 dependents of a failed issue wait, the independent branch goes on' '
	run_store && for i in 1 2 3 4; do run_issue test-$i f$i || return 1; done && bdw dep add test-2 test-1 >/dev/null &&
	bdw dep add test-3 test-2 >/dev/null && printf "[test-1 impl]\nexit 1\n[* impl]\nok f4\n[*]\nok\n" | run_script &&
	test_code 1 run_bdw --set retry.max=0 --json >json.out && run_status test-1 blocked && run_status test-2 open &&
	run_status test-3 open && run_status test-4 closed && tail -1 json.out >last.out &&
	test_has last.out "\"blocking_failures\":\[\"test-1\"\]" && bdw blocked | grep -q test-2
'
test_expect_success 'F001-38 fail_policy=stop: nothing more is started' '
	run_store && for i in 1 2 3; do run_issue test-$i f$i || return 1; done &&
	printf "[test-1 impl]\nexit 1\n[* impl]\nok f\${BDW_ATTEMPT}\n[*]\nok\n" | run_script &&
	test_code 1 run_bdw -j1 --set retry.max=0 --set run.fail_policy=stop && run_status test-2 open && run_status test-3 open
'
test_expect_success 'F003-22 F004-02 --on-failure abort: siblings are cancelled' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-EOF | run_script &&
	[test-1 impl]
	wait $OUTSIDE/two
	exit 1
	[test-2 impl]
	touch $OUTSIDE/two
	hang
	EOF
	test_code 1 run_bdw --set retry.max=0 --on-failure abort && run_status test-2 open && test_is "" "$(run_processes)" &&
	run_events verdict | grep -q "test-2:impl#1 cancelled"
'
test_expect_success 'F003-22 --on-failure skip goes on, retry tries once more' '
	run_store && run_issue test-1 a && printf "[* impl 3]\nok a\n[* impl]\nexit 1\n[*]\nok\n" | run_script &&
	sed -i "1,2d" "$SCRIPT" && printf "[* impl 3]\nok a\n" >>"$SCRIPT" && run_bdw --on-failure retry && test_is 3 "$(run_events spawn | grep -c :impl)" &&
	run_store && run_issue test-1 a && run_issue test-2 b && printf "[test-1 impl]\nexit 1\n[* impl]\nok b\n[*]\nok\n" | run_script &&
	test_code 1 run_bdw --on-failure skip && run_status test-2 closed
'
test_expect_success 'F001-41 closed only on pass; a failure says why in a comment' '
	run_status test-1 blocked && bdw comments test-1 | grep -q "Failed: failed 2 times"
'
test_expect_success 'F001-54 a timeout is tried again with a longer deadline, in which half as much again fits' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	[* impl]
	sleep 1400
	ok a
	[*]
	ok
	EOF
	run_bdw --timeout 1s --json >json.out && d=$(run_dir) &&
	t1=$(sed -n "s/.*\"timeout_ms\": *\([0-9]*\).*/\1/p" "$d/test-1.impl.1/attempt.json") &&
	t2=$(sed -n "s/.*\"timeout_ms\": *\([0-9]*\).*/\1/p" "$d/test-1.impl.2/attempt.json") && test_is 1000 "$t1" && test_is 2000 "$t2" &&
	test_is "test-1:impl#1 test-1:impl#2 test-1:spec#1" "$(run_launches | cut -d" " -f1-3)"
'
test_expect_success 'F001-54 twice out of time without a commit: blocked' '
	run_store && run_issue test-1 a && printf "hang\n" | run_script && test_code 1 run_bdw --timeout 200ms && run_status test-1 blocked &&
	test_is 2 "$(run_events timeout | grep -c .)"
'
test_expect_success 'F001-55 a crash: logged, tried again, then a person; the wave goes on' '
	run_store && run_issue test-1 a && run_issue test-2 b &&
	printf "[test-1 impl]\nsignal SEGV\n[* impl]\nok b\n[*]\nok\n" | run_script && test_code 3 run_bdw &&
	test_is 3 "$(run_events verdict | grep -c "test-1:impl#. crashed")" && run_status test-2 closed
'
test_expect_success 'F001-04 F001-56 all of a wave fail: degraded, then one at a time' '
	run_store && for i in 1 2 3 4 5; do run_issue test-$i f$i || return 1; done && bdw dep add test-3 test-9 2>/dev/null
	printf "[test-1 impl]\nexit 1\n[test-2 impl]\nexit 1\n[* impl]\nsleep 30\nok f\${BDW_ATTEMPT}\n[*]\nok\n" | run_script &&
	test_code 1 run_bdw -j2 --barrier full --set run.wave_cap=2 --set retry.max=0 &&
	run_events | grep -q "^degraded" && run_events spawn exit degraded | awk "
		\$1 == \"degraded\" { on = 1; n = 0 } !on { next }
		\$1 == \"spawn\" && \$2 ~ /:impl/ { if (++n > 1) bad = 1 } \$1 == \"exit\" && \$2 ~ /:impl/ { n-- } 
		\$1 == \"spawn\" { started++ } END { exit bad || started < 2 }"
'
test_expect_success 'a work tree that an agent has locked goes with the others' '
	run_store && run_issue test-1 a && cat <<-EOF | run_script &&
	[test-1 impl]
	run sh -c "git worktree lock --reason mine ."
	write a 1
	result {"status":"pass"}
	EOF
	run_bdw --set review.n=0 && run_status test-1 closed && run_nothing_left
'
test_done
