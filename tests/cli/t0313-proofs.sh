#!/bin/sh
# what rows of scheduling.md ask to be seen from outside, where a status alone would prove nothing: whose duration, whose
# deadline, what a kill leaves, what waits and what does not (F001-12, 15, 17, 19, 28, 37, 41, 52; F003-01, 06, 17, 18;
# pipeline.md 18.1, 3, 5)
. "$(dirname "$0")/lib-run.sh"

EVENTS=".git/beadwave/run/*/events.jsonl"
# ms_of ID FILE: the implementer's time, as the result object of FILE has it
ms_of()
{
	sed "s/.*\"$1.impl\":{[^}]*\"duration_ms\":\([0-9]*\).*/\1/" "$2"
}

test_expect_success 'scenario 1: the whole of it: an epic of one issue, tier pro: who is launched with which model; all closed' '
	run_store && bdw create Epic --id test-e -t epic --silent >/dev/null && bdw create One --parent test-e -d "## Files
- Modify: \`a\`" --silent >/dev/null && printf "[*]\nok\n[* impl]\nok a\n" | run_script &&
	cat >"$TRASH/bin/claude" <<-EOF && chmod +x "$TRASH/bin/claude" &&
	#!/bin/sh
	[ "\$BDW_MODEL" = "\$(echo "\$*" | sed -n "s/.*--model \([a-z]*\).*/\1/p")" ] || exit 9
	echo \$BDW_ISSUE:\$BDW_ROLE@\$BDW_MODEL >>$OUTSIDE/launches
	exec $FAKE_AGENT --script $SCRIPT
	EOF
	bdw run test-e --agent claude --set "agent claude.output=text" --json >json.out && tail -1 json.out >last.out &&
	test_is "test-e.1:impl@sonnet test-e.1:spec@haiku test-e.1:code@haiku test-e:verify@sonnet " "$(tr "\n" " " <"$OUTSIDE/launches")" &&
	run_status test-e.1 closed && run_status test-e closed && test_lacks last.out "test-e.1.agg" "simplify" &&
	test_is "" "$(git status --porcelain)" && test_has .beadwave/issue/*/test-e.1.md \
		"^close_reason: .*Commit: [0-9a-f]{12} \| Files: 1 changed \(1\+/0-\) \| Tests: "
'
test_expect_success 'scenario 3: a large commit of a sibling from the same base does not make a diff less trivial' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-EOF | run_script &&
	[test-1 impl]
	wait $OUTSIDE/merged
	run sh -c "seq 1 10 >a"
	verdict DONE
	[test-2 impl]
	run sh -c "seq 1 500 >b"
	verdict DONE
	[*]
	ok
	EOF
	{ run_bdw --tier max-5x >run.out 2>&1 & run=$!; until_has "$EVENTS" "\"commit\",\"issue\":\"test-2\".*closed" && touch "$OUTSIDE/merged"
	wait $run; test_is 0 $?; } && run_before "commit test-2:-#-" "exit test-1:impl#1" &&
	test_is "1 3" "$(run_events spawn | grep -c "test-1:code#") $(run_events spawn | grep -c "test-2:code#")"
'
test_expect_success 'scenario 5: with a barrier what was deferred waits for the whole wave' '
	run_store && run_issue test-1 m && run_issue test-2 jwt && run_issue test-3 m && cat <<-EOF | run_script &&
	[test-2 impl]
	wait $OUTSIDE/closed
	ok jwt
	[* impl]
	ok m
	[*]
	ok
	EOF
	{ run_bdw --barrier full >run.out 2>&1 & run=$!; until_has "$EVENTS" "\"commit\",\"issue\":\"test-1\".*closed" && touch "$OUTSIDE/closed"
	wait $run; test_is 0 $?; } && run_before "commit test-1:-#-" "exit test-2:impl#1" && run_before "commit test-2:-#-" "spawn test-3:impl#1"
'

test_expect_success 'F001-12 the variables of an agent'\''s command are words of its own' '
	run_store && run_issue test-1 a && cat >"$OUTSIDE/words.sh" <<-EOF &&
	cat >/dev/null
	printf "%s\n" "\$@" >"$OUTSIDE/words.\$BDW_ROLE"
	tr "\0" " " </proc/\$\$/cmdline >"$OUTSIDE/title.\$BDW_ROLE"
	echo x >a
	echo "VERDICT: DONE"
	EOF
	bdw run --agent-command "sh $OUTSIDE/words.sh {id} {role}-{attempt} {run}" --set review.n=0 &&
	test_is "test-1 impl-1 $(run_newest)" "$(tr "\n" " " <"$OUTSIDE/words.impl" | sed "s/ $//")" &&
	test_has "$OUTSIDE/title.impl" "words.sh test-1 impl-1 $(run_newest)"
'
test_expect_success 'F001-17 the deadlines of five that hang do not add up' '
	run_store && for i in 1 2 3 4 5; do run_issue test-$i f$i || return 1; done && printf "hang\n" | run_script &&
	test_code 1 run_bdw -j5 --timeout 500ms --set retry.max=0 && test_is 5 "$(run_events timeout | grep -c :impl#1)" &&
	for i in 1 2 3 4 5; do
		test_has "$(run_dir)/test-$i.impl.1/attempt.json" "\"timeout_ms\": *500\b" &&
		ms=$(sed -n "s/.*\"event\":\"exit\",\"issue\":\"test-$i\".*\"duration_ms\":\([0-9]*\).*/\1/p" "$(run_dir)/events.jsonl") &&
		[ -z "$ms" ] || [ "$ms" -lt 30000 ] || { echo "test-$i: $ms ms"; return 1; }
	done && test_is 5 "$(run_most impl)"
'
test_expect_success 'F001-19 the fast one next to a slow one has its own time, not the one when both were collected' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-EOF | run_script &&
	[test-1 impl]
	wait $OUTSIDE/fast
	sleep 400
	ok a
	[test-2 impl]
	ok b
	EOF
	{ run_bdw --set review.n=0 --json >json.out 2>err.out & run=$!; until_has "$EVENTS" "\"exit\",\"issue\":\"test-2\"" && touch "$OUTSIDE/fast"
	wait $run; test_is 0 $?; } && tail -1 json.out >last.out && slow=$(ms_of test-1 last.out) && fast=$(ms_of test-2 last.out) &&
	test "$slow" -ge 400 && test $((fast + 400)) -le "$slow"
'
test_expect_success 'F001-15 F001-22 waves of status: id, tasks, workers and start; the total time holds that of each worker' '
	bdw status --json | tr -d " \n" >s.out && test_has s.out "\"wave\":1,\"tasks\":\[\"test-1\",\"test-2\"\],\"rationale\":\"[^\"]+\",\"total_workers\":2,\"started_at\":\"20[-0-9T:.]+Z\"" &&
	total=$(sed "s/.*\"total_duration_ms\":\([0-9]*\).*/\1/" last.out) && test "$total" -ge "$slow" &&
	test_has last.out "\"all_passed\":true,\"failed_tasks\":\[\]"
'
test_expect_success 'F001-28 a run at work tells of each attempt: what has ended how, what runs' '
	run_store && for i in 1 2 3; do run_issue test-$i f$i || return 1; done && cat <<-EOF | run_script &&
	[test-1 impl]
	ok f1
	[test-2 impl]
	exit 3
	[test-3 impl]
	wait $OUTSIDE/go
	ok f3
	EOF
	id=$(run_bdw --detach --set review.n=0 --set retry.max=0) && until_has "$EVENTS" "\"commit\",\"issue\":\"test-1\".*closed" &&
	until_has "$EVENTS" "\"verdict\",\"issue\":\"test-2\"" && bdw status --json | tr -d " \n" >s.out
	touch "$OUTSIDE/go"; test_code 1 bdw wait "$id" --timeout 60 && test_has s.out "\"issue\":\"test-3\",\"role\":\"impl\",\"attempt\":1,\"pid\":[0-9]+,\"status\":\"running\"" \
		"\"errors\":\[\{\"issue\":\"test-2\",\"role\":\"impl\",\"attempt\":1,\"status\":\"failed\",\"exit_code\":3" "\"passed_tasks\":1"
'
test_expect_success 'F001-37 killed while others work: what has ended is in the history already' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-EOF | run_script &&
	[test-1 impl]
	ok a
	[test-2 impl]
	wait $OUTSIDE/go
	ok b
	EOF
	run_bdw --detach --set review.n=0 >/dev/null && until_has "$EVENTS" "\"commit\",\"issue\":\"test-1\".*closed" &&
	run_kill && bdw watch >watch.out 2>&1 && test_has watch.out "has gone\. Go on with: bdw resume$" && git show "beadwave:$(cd .beadwave; ls issue/*/test-1.md)" >i.out && test_has i.out "^status: closed" &&
	git log --format=%s beadwave >log.out && test_has log.out "test-1 closed" && test_is "test-1 impl 1" "$(cat a)" &&
	touch "$OUTSIDE/go" && run_resume && run_status test-2 closed && test_is 2 "$(run_events spawn | grep -c :impl#1)" &&
	run_nothing_left
'
test_expect_success 'F001-41 written back: status, when it was closed, how long it took, why not' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-\EOF | run_script &&
	[test-1 impl]
	err no such header
	exit 1
	[test-2 impl]
	ok b
	EOF
	test_code 1 run_bdw --set review.n=0 --set retry.max=0 && test_has .beadwave/issue/*/test-2.md "^status: closed" "^closed_at: 20" &&
	test_has .beadwave/issue/*/test-1.md "^status: blocked" "no such header" && test_lacks .beadwave/issue/*/test-1.md "^closed_at: 20" &&
	test_has .beadwave/work/*/test-2.ini "^\[impl.1\]" "^ms=[0-9]+" && test_has .beadwave/work/*/test-1.ini "^outcome=failed" &&
	bdw show test-2 --json >json.out && test_has json.out "\"closed_at\": \"20" &&
	for i in 1 2; do git show "beadwave:$(cd .beadwave; ls issue/*/test-$i.md)" | cmp - .beadwave/issue/*/test-$i.md || return 1; done
'
test_expect_success 'F001-52 a result with every field of the contract, and one of its own, which is kept' '
	run_store && run_issue test-1 a && cat <<-\EOF | run_script &&
	append a x
	result {"status":"pass","files_modified":["a"],"files_created":[],"test_results":{"ran":12,"passed":12,"failed":0},"blocker":null,"notes":"as asked","duration_minutes":3,"my_key":{"x":1}}
	EOF
	run_bdw --set review.n=0 && run_status test-1 closed && test_has "$(run_dir)/test-1.impl.1/result.json" "\"my_key\":\{\"x\":1\}" &&
	p=$(run_dir)/test-1.impl.1/prompt.md && test_has "$p" "status" "BLOCKER|blocker" "TASK COMPLETE"
'

test_expect_success 'F003-01 --detach: a session of its own, nothing of the terminal is held, its HUP does not reach it' '
	run_store && run_issue test-1 a && printf "[* impl]\nwait $OUTSIDE/go\nok a\n" | run_script &&
	run_bdw --detach --set review.n=0 >/dev/null && pid=$(run_pid) && until_has "$EVENTS" "\"spawn\"" &&
	session=$(sed "s/.*) //" "/proc/$pid/stat" | cut -d" " -f4) && tty=$(sed "s/.*) //" "/proc/$pid/stat" | cut -d" " -f5) &&
	fds=$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" "/proc/$pid/fd/2" | tr "\n" " "); touch "$OUTSIDE/go"
	bdw wait --timeout 60 && run_status test-1 closed && test_is 0 "$tty" && test "$session" != "$(sed "s/.*) //" /proc/$$/stat | cut -d" " -f4)" &&
	test_is "/dev/null $(run_dir)/log $(run_dir)/log " "$fds"
'
test_expect_success 'F003-06 by default a result is no end: dependents start at the exit, and a bad exit counts more' '
	run_store && run_issue test-1 a && run_issue test-2 b && bdw dep add test-2 test-1 >/dev/null && cat <<-EOF | run_script &&
	[test-1 impl]
	write a 1
	result {"status":"pass"}
	wait $OUTSIDE/seen
	touch $OUTSIDE/lingered
	[test-2 impl]
	run test -e $OUTSIDE/lingered
	ok b
	EOF
	{ run_bdw --set review.n=0 >run.out 2>&1 & run=$!; until_has ".git/beadwave/run/*/test-1.impl.1/result.json" pass &&
	bdw create "a turn of the scheduler" --id test-3 -t decision --silent && touch "$OUTSIDE/seen"; wait $run; }
	run_status test-2 closed && run_before "exit test-1:impl#1" "spawn test-2:impl#1" &&
	run_store && run_issue test-1 a && printf "write a 1\nresult {\"status\":\"pass\"}\nexit 3\n" | run_script &&
	test_code 1 run_bdw --set review.n=0 --set retry.max=0 && run_status test-1 blocked
'

# rows FILE: the last block of rows, with times as T
rows()
{
	awk '/^Wave 1 Progress/ { block = "" } /^Wave 1 Progress|^====|^\[/ { block = block $0 "\n" }
		/: TIMEOUT - / { exit } END { printf "%s", block }' "$1" |
		sed 's/([0-9.]*m*s)/(T)/; s/[0-9][0-9]:[0-9][0-9]/TT:TT/g; /: TIMEOUT - /d'
}
states()
{
	run_store && for i in 1 2 3 4; do run_issue test-$i f$i || return 1; done && bdw dep add test-4 test-2 >/dev/null &&
	cat <<-\EOF | run_script
	[test-1 impl]
	hang
	[test-2 impl]
	exit 3
	[test-3 impl]
	verdict BLOCKED BLOCKER="this is too large"
	EOF
}
test_expect_success 'F003-17 F003-18 the layout of a report, and a row for each state, in ASCII' '
	states && cat >wanted.out <<-\EOF &&
	Wave 1 Progress   0/4 closed  [----------]  1 running   TT:TT  ETA TT:TT
	===============================================================================
	[>] test-1  Task test-1                 IN PROGRESS - impl 1 (T)
	[-] test-4  Task test-4                 PENDING - waiting for test-2
	[x] test-2  Task test-2                 FAILED - failed once: exit code 3
	[?] test-3  Task test-3                 NEEDS YOU - this is too large
	EOF
	LC_ALL=C test_code 1 run_bdw -j3 --set review.n=0 --set retry.max=0 --set timeout.impl=2s --set watch.report_log=200ms >out.out &&
	rows out.out >rows.out && test_cmp wanted.out rows.out && test_has out.out "^\[t\] test-1: TIMEOUT - impl, attempt 1" \
		"^\[x\] test-1: FAILED - timeout" "^0 closed, 2 failed, 1 waiting for you"
'
test_expect_success 'F003-18 ... and where the terminal knows more characters' '
	states && printf "[test-2 impl]\nok f2\n" >>"$SCRIPT" && sed -i "/^\[test-2 impl\]$/{N;s/.*exit 3//}" "$SCRIPT" &&
	test_code 1 run_bdw -j3 --set review.n=0 --set retry.max=0 --set timeout.impl=500ms >out.out &&
	test_has out.out "^\[⏳\] test-2: IN PROGRESS - impl, attempt 1" "^\[✓\] test-2: SUCCESS - Commit" "^\[✗\] test-1: FAILED - timeout"
'
test_done
