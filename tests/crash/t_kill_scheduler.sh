#!/bin/sh
# kill -9 of the scheduler, at random moments and at every step that makes something durable: `bdw resume` ends the
# run as if nothing had happened (decisions A9-A11, C6; pipeline.md 18.21)
#
#	KILLS=200 tests/crash/t_kill_scheduler.sh	random kills (default 40); SEED=N repeats a series
#	STEPS=1 tests/crash/t_kill_scheduler.sh		kill at every N-th durable step (default: every 9th)
CLI_DIR=$(dirname "$0")/../cli
. "$CLI_DIR/lib-run.sh"
KILLS=${KILLS:-40} STEPS=${STEPS:-9} SEED=${SEED:-$(date +%s)}
echo "# SEED=$SEED KILLS=$KILLS STEPS=$STEPS"

# random N: 0..N-1
random()
{
	SEED=$(((SEED * 1103515245 + 12345) % 2147483648))
	random_value=$((SEED / 65536 % $1))
}

# twelve N: N issues, a third of them waiting for others, two sharing a file
issues()
{
	run_store && for i in $(seq 1 "$1"); do
		case $i in
		5) run_issue test-5 f4 ;;
		*) run_issue "test-$i" "f$i" ;;
		esac || return 1
	done
	[ "$1" -lt 12 ] || { bdw dep add test-9 test-1 && bdw dep add test-10 test-9 && bdw dep add test-11 test-2 &&
		bdw dep add test-12 test-3; } >/dev/null || return 1
	cat >"$OUTSIDE/start" <<-EOF2 &&
	echo \$BDW_ISSUE.\$BDW_ROLE.\$BDW_ATTEMPT >>$OUTSIDE/starts
	n=\${BDW_ISSUE#test-}
	[ \$n != 5 ] || n=4
	[ \$BDW_ROLE != impl ] || echo \$BDW_ISSUE >>f\$n
	EOF2
	run_script <<-EOF2
	[* impl]
	run sh $OUTSIDE/start
	sleep 30
	verdict DONE
	[*]
	run sh $OUTSIDE/start
	sleep 20
	ok
	EOF2
}

# told N: events.jsonl has every start, end and verdict once, and one close of each of N issues; its lines count up by one
told()
{
	told_n=0
	while read -r told_name; do
		told_issue=${told_name%%.*} told_role=${told_name#*.}
		told_role=${told_role%.*}
		for told_event in '"spawn"' '("exit"|"timeout")' '"verdict"'; do
			test_is 1 "$(grep -cE "\"event\":$told_event,\"issue\":\"$told_issue\",\"role\":\"$told_role\",\"attempt\":${told_name##*.}," \
				.git/beadwave/run/*/events.jsonl)" || { echo "$told_event of $told_name"; return 1; }
		done
	done <"$OUTSIDE/starts"
	for told_n in $(seq 1 "$1"); do
		test_is 1 "$(grep -cE "\"event\":\"commit\",\"issue\":\"test-$told_n\".*\"closed\"" .git/beadwave/run/*/events.jsonl)" &&
			test_is 1 "$(grep -cE "\"event\":\"merge\",\"issue\":\"test-$told_n\"" .git/beadwave/run/*/events.jsonl)" ||
			{ echo "close of test-$told_n"; return 1; }
	done
	test_is "" "$(sed 's/.*"seq":\([0-9]*\).*/\1/' .git/beadwave/run/*/events.jsonl | awk '$1 != NR { print NR; exit }')"
}

# whole N: after the end: all closed and merged once, nothing ran twice, nothing is left
whole()
{
	test_is "$1" "$(bdw list --all --json | grep -c '"status": "closed"')" || { bdw list --all; return 1; }
	test_is "" "$(sort "$OUTSIDE/starts" | uniq -d)" && told "$1" &&
	# what was recorded as ended by itself was started once, and what was started has an end
	for whole_exit in .git/beadwave/run/*/*.*.*/exit.json; do
		whole_name=$(basename "$(dirname "$whole_exit")")
		case $whole_name in *.test.*) continue ;; esac
		grep -q '"end": *"exit"' "$whole_exit" || continue
		test_is 1 "$(grep -cx "$whole_name" "$OUTSIDE/starts")" || { echo "$whole_name"; return 1; }
	done &&
	while read -r whole_name; do
		test -e .git/beadwave/run/*/"$whole_name/exit.json" || { echo "$whole_name has no end"; return 1; }
	done <"$OUTSIDE/starts" &&
	for whole_i in $(seq 1 "$1"); do
		test_is 1 "$(git log --first-parent --format=%s main | grep -c "^test-$whole_i: ")" || { echo "test-$whole_i"; return 1; }
		git show "main:f$([ "$whole_i" = 5 ] && echo 4 || echo "$whole_i")" | grep -qx "test-$whole_i" || return 1
	done &&
	test_is "$1" "$(grep -h "^close_reason: " .beadwave/issue/*/*.md | grep -c "Files: 1 changed .* Tests: pass")" &&
	test_is "" "$(git status --porcelain)" && test_is 1 "$(find .git/beadwave/run -name run.json | grep -c .)" &&
	bdw resume >resume.out && test_has resume.out "Nothing to resume" && run_nothing_left
}

# Has a run begun? A folder without its record is none.
began()
{
	ls .git/beadwave/run/*/run.json >/dev/null 2>&1
}

# kill_some_time COMMAND...: in the background, killed after a random time unless it ends before
kill_some_time()
{
	"$@" >>"$OUTSIDE/log" 2>&1 &
	kill_pid=$!
	random 900
	sleep "0.$(printf %03d "$random_value")"
	! grep -qs "^State:.[RSDT]" "/proc/$kill_pid/status" || ! kill -9 $kill_pid 2>/dev/null || killed=$((killed + 1))
	wait $kill_pid 2>/dev/null || :
}

killed=0 series=0
while [ $killed -lt "$KILLS" ]; do
	series=$((series + 1))
	series_seed=$SEED before=$killed
	test_expect_success "scenario 21, F001-37, F001-42: kill -9 at random, series $series (SEED=$series_seed)" '
		issues 12 &&
		kill_some_time bdw run --agent-command "$FAKE_AGENT --script $SCRIPT" --set "tier pro.review.n=1" \
			--set retry.backoff=1ms --set run.test=true -j4 &&
		rounds=0 && while [ $rounds -lt 8 ] && began && ! grep -q ended_at .git/beadwave/run/*/run.json; do
			rounds=$((rounds + 1))
			kill_some_time bdw resume
		done
		if began; then bdw resume >>"$OUTSIDE/log" 2>&1
		else run_bdw -j4 --set run.test=true >>"$OUTSIDE/log" 2>&1; fi; rc=$?
		test_is 0 $rc && whole 12 || { tail -8 "$OUTSIDE/log"; false; }
	'
	[ $killed -gt $before ] || killed=$((killed + 1))	# a machine so fast that nothing is hit must not go on for ever
done
echo "# killed $killed times"

# at a step: the run dies there, and is resumed
at_step()
{
	issues 2 && { BDW_CRASH_AT=$1 run_bdw --set run.test=true >"$OUTSIDE/log" 2>&1; step_rc=$?; }
	[ $step_rc -eq 137 ] || { test_is 0 $step_rc && whole 2; return; }
	if [ -e .git/beadwave/run/*T*/run.json ]; then bdw resume >>"$OUTSIDE/log" 2>&1
	else run_bdw --set run.test=true >>"$OUTSIDE/log" 2>&1; fi
	test_is 0 $? && whole 2 || { tail -8 "$OUTSIDE/log"; false; }
}
for name in place intent ref tree commit write rename exchange take merged prepared decided submitted git-done finishing finished; do
	test_expect_success "killed at the first '$name'" 'at_step $name'
done
step=1 step_rc=137
while [ $step_rc -eq 137 ] && [ $step -lt 2000 ]; do
	test_expect_success "killed at step $step" 'at_step $step'
	step=$((step + STEPS))
done
echo "# $step steps"
test_done
