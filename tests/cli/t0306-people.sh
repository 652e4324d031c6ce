#!/bin/sh
# people and a run: answer, status, watch, wait, logs -f, metrics; prompts in every way an agent takes them
# (decisions B27; scheduling.md F001-05, 15, 18, 28, 30, 37, 42, 53; F002-06, F003-05, 08..21, 26, 34)
. "$(dirname "$0")/lib-run.sh"

# stuck: test-1 waits for a person, its work is committed; then agents are good
stuck()
{
	run_store && run_issue test-1 a && printf '[* impl]\nappend a done\nverdict DONE\n[* spec]\nverdict FAIL ISSUES="1 (no)"\n' | run_script &&
	test_code 3 run_bdw >/dev/null && printf '[*]\nok\n[* impl]\nok a\n' | run_script
}

test_expect_success 'answer retry: open again, the label gone, the next run closes it with fresh limits' '
	stuck && bdw answer test-1 retry >out.out && run_status test-1 open && bdw show test-1 >s.out && test_lacks s.out "^Labels:.*needs-human" &&
	run_bdw && run_status test-1 closed && run_nothing_left
'
test_expect_success 'answer TEXT: a comment for the next attempt, and a retry' '
	stuck && bdw answer test-1 use the existing parser >/dev/null && run_status test-1 open &&
	printf "[* impl]\nexpect use the existing parser\nok a\n[*]\nok\n" | run_script && run_bdw && run_status test-1 closed
'
test_expect_success 'answer accept: what is there is merged as it is, nobody is asked again' '
	stuck && bdw answer test-1 accept >out.out && test_has out.out "start one" && run_bdw && run_status test-1 closed &&
	test_field test-1 close_reason >out.out && test_has out.out "Files: 1 changed" && test_is "" "$(run_launches)" &&
	test_is done "$(git show main:a | head -1)" && run_nothing_left
'
test_expect_success 'answer takeover: in_progress and mine; a run leaves it alone; the work tree is kept' '
	stuck && bdw answer test-1 takeover >/dev/null && run_status test-1 in_progress && test_is "Tess Agent" "$(test_field test-1 assignee)" &&
	run_bdw >/dev/null; run_status test-1 in_progress && git rev-parse -q --verify beadwave-work/test-1 >/dev/null
'
test_expect_success 'answer split: blocked until it is split; close: closed' '
	stuck && bdw answer test-1 split >out.out && test_lacks out.out "start one" && run_status test-1 blocked && bdw answer test-1 close >/dev/null && run_status test-1 closed
'
test_expect_success 'answer to an issue that asks nothing is refused' '
	run_issue test-2 b && test_fails bdw answer test-2 retry 2>err.out && test_has err.out "does not wait for an answer"
'
test_expect_success 'answer during a run: it goes on with it' '
	run_store && run_issue test-1 a && run_issue test-2 b && cat <<-EOF | run_script &&
	[test-1 impl 1]
	verdict BLOCKED BLOCKER="which one?"
	[test-1 impl 2]
	ok a
	[test-2 impl]
	wait $OUTSIDE/go
	ok b
	[*]
	ok
	EOF
	id=$(run_bdw --detach) && until_has "$PWD/.git/beadwave/run/*/events.jsonl" "\"event\":\"human\"" && bdw answer test-1 the first one >/dev/null &&
	until_has "$PWD/.git/beadwave/run/*/events.jsonl" "\"commit\".*test-1" && touch "$OUTSIDE/go" && bdw wait "$id" --timeout 60 && run_status test-1 closed &&
	run_nothing_left
'

test_expect_success 'setup a run at work' '
	run_store && run_issue test-1 a && run_issue test-2 b && bdw dep add test-2 test-1 >/dev/null && cat <<-EOF | run_script &&
	[test-1 impl]
	print first line
	touch $OUTSIDE/up
	wait $OUTSIDE/go
	print last line
	ok a
	[test-2 impl]
	ok b
	[*]
	ok
	EOF
	id=$(run_bdw --detach) && until_has "$PWD/.git/beadwave/run/*/test-1.impl.1/stdout.log" "first line"
'
test_expect_success 'F001-05 F001-28 status --json lists every attempt with state, elapsed, log and last line' '
	bdw status --json | tr -d " \n" >s.out && test_has s.out "\"agents\":\[\{\"issue\":\"test-1\",\"role\":\"impl\",\"attempt\":1,\"pid\":[0-9]+,\"status\":\"running\",\"elapsed_ms\":[0-9]+,\"log\":\"[^\"]*/test-1.impl.1/stdout.log\"" \
		"\"last_line\":\"firstline\"" "\"run\":\"$id\"" && test_lacks s.out "\"issue\":\"test-2\",\"role\""
'
test_expect_success 'F002-25 the store can be read and written while it works' '
	bdw create "Meanwhile" --id test-m -t decision --silent && bdw list >/dev/null
'
test_expect_success 'F001-18 wait: 124 when time is up' 'test_code 124 bdw wait test-1 --timeout 200ms && test_code 124 bdw wait "$id" --timeout 100ms'
test_expect_success 'F003-05 logs -f follows to the end; watch ends with the run; wait 0' '
	{ bdw logs test-1 -f >log.out & logs=$!; bdw watch >watch.out & watch=$!; bdw wait test-1 >/dev/null & w=$!
	bdw logs test-2 -f --role impl >later.out & later=$!; until_has log.out "first line" && until_has watch.out "running" && touch "$OUTSIDE/go"
	wait $logs; a=$?; wait $w; b=$?; wait $watch; c=$?; wait $later; d=$?; } && test_is "0 0 0 0" "$a $b $c $d" &&
	test_has log.out "first line" "last line" && test_has later.out "^VERDICT: DONE" && bdw wait "$id" && test_code 0 bdw wait 1 &&
	test_has watch.out "^Run .*: running" "test-2: IN PROGRESS - impl, attempt 1" "^Run .*: success" &&
	test_is 1 "$(grep -c "test-1: SUCCESS" watch.out)" && bdw watch >watch.out && test_is 2 "$(grep -c . watch.out)"
'
test_expect_success 'F001-30 the run is over when all have ended: no process, run.json says so' '
	test_has ".git/beadwave/run/$id/run.json" "\"ended_at\"" "\"exit_code\": *0" && test_is "" "$(run_processes)" && run_nothing_left
'
test_expect_success 'F001-15 F001-22 the waves of status and metrics are those of the events' '
	bdw metrics --json | tr -d " \n" >m.out && test_has m.out "\"total_waves\":2" "\"wave\":1,\"tasks\":\[\"test-1\"\]" "\"total_workers\":3,\"started_at\":\"" &&
	test_is "$(run_events spawn | grep -c .)" "$(sed "s/.*\"workers_spawned\":\([0-9]*\).*/\1/" m.out)" && test_is 2 "$(run_events wave_open | grep -c .)"
'
test_expect_success 'F001-37 F002-17 each completion is one commit, before its dependents start' '
	c=$(git log --format=%s beadwave | grep -c "closed") && test_is 2 "$c" && git fsck --no-dangling 2>f.out && test_empty f.out
'
test_expect_success 'F003-16 F003-21 ends are reported in the order they happen, each state once' '
	run_store && for i in 1 2 3; do run_issue test-$i f$i || return 1; done && cat <<-EOF | run_script &&
	[test-1 impl]
	wait $OUTSIDE/2
	ok f1
	[test-2 impl]
	wait $OUTSIDE/3
	run sh -c "sleep 0.1"
	ok f2
	[test-3 impl]
	ok f3
	[test-3 spec]
	touch $OUTSIDE/3
	ok
	[test-2 spec]
	touch $OUTSIDE/2
	ok
	[*]
	ok
	EOF
	run_bdw && run_before "exit test-3:impl#1" "exit test-2:impl#1" && run_before "exit test-2:impl#1" "exit test-1:impl#1" &&
	test_is "" "$(run_events spawn exit verdict | sort | uniq -d)"
'
test_expect_success 'F003-17 F003-18 progress rows: id, state, text' '
	run_store && run_issue test-1 a && printf "[*]\nok\n[* impl]\nok a\n" | run_script && LC_ALL=C run_bdw >out.out && test_has out.out "^Wave 1" \
		"^\[.*\] test-1: IN PROGRESS - impl" "^\[.*\] test-1: SUCCESS - Commit" && test_is "" "$(LC_ALL=C grep -n "[^ -~]" out.out)"
'
for how in stdin file arg; do
	test_expect_success "F003-34 the prompt by $how" '
		run_store && run_issue test-1 a && cat >"$TRASH/bin/way" <<-\EOF &&
		#!/bin/sh
		[ "$BDW_ROLE" = impl ] || { echo "VERDICT: $([ $BDW_ROLE = spec ] && echo PASS || echo APPROVE)"; exit; }
		cat >in.tmp; { cat in.tmp; [ ! -f "$1" ] || cat "$1"; echo "$1"; } | grep -q "Execute Task test-1" || exit 5
		[ -s in.tmp ] && echo stdin >a || { [ -f "$1" ] && echo file >a || echo arg >a; }
		rm in.tmp; echo "VERDICT: DONE"
		EOF
		chmod +x "$TRASH/bin/way" &&
		bdw run --agent way --set "agent way.command=way$(case $how in file) echo " {prompt_file}" ;; esac)" \
			--set "agent way.prompt=$how" --set "tier pro.review.n=1" --set retry.max=0 && test_is $how "$(git show main:a)"
	'
done
test_expect_success 'F001-53 F001-54 the prompt asks for the result object and names the marker' '
	run_store && run_issue test-1 a && printf "[*]\nok\n[* impl]\nok a\n" | run_script && run_bdw && p=$(run_dir)/test-1.impl.1/prompt.md &&
	test_has "$p" "Execute Task test-1" "VERDICT|status" "TASK COMPLETE"
'
test_expect_success 'F002-19 an agent that floods: the scheduler reads tails only, the log is kept' '
	run_store && run_issue test-1 a && printf "[*]\nok\n[* impl]\nflood 30000000\nprint\nok a\n" | run_script && run_bdw && run_status test-1 closed
'
test_done
