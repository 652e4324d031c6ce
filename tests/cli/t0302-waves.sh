#!/bin/sh
# who runs beside whom: overlap, conflicts, missing Files, caps, order, dependencies, modes, barriers
# (pipeline.md 18.4-9, scheduling.md F001-01..11, F001-36, F001-49)
. "$(dirname "$0")/lib-run.sh"

fifty()
{
	printf '[* impl]\nsleep 50\nok ${BDW_ISSUE}.txt\n[*]\nok\n' | run_script
}
# together N: implementers wait for each other until N have begun
together()
{
	cat <<-EOF
	[* impl]
	run sh -c "touch $OUTSIDE/here.\$BDW_ISSUE; i=0; while [ \$i -lt 1000 ] && [ \$(ls $OUTSIDE | grep -c here) -lt $1 ]; do i=\$((i+1)); sleep 0.02; done"
	ok \${BDW_ISSUE}.txt
	[*]
	ok
	EOF
}
wave_of()
{
	bdw metrics --json | tr -d ' \n' | sed 's/.*"waves":\[//; s/\],"total_tasks".*//' | tr '{' '\n' |
		sed -n 's/^"wave":\([0-9]*\),"tasks":\[\([^]]*\)\].*/\1:\2/p' | tr -d '"' | tr '\n' ' '
}

test_expect_success 'scenario 4: a review starts while other implementers still run; code never before PASS' '
	run_store && for i in 1 2 3; do run_issue test-$i f$i || return 1; done &&
	cat <<-EOF | run_script &&
	[test-1 impl]
	touch $OUTSIDE/one
	wait $OUTSIDE/spec2
	ok f1
	[test-2 impl]
	wait $OUTSIDE/one
	wait $OUTSIDE/three
	ok f2
	[test-3 impl]
	touch $OUTSIDE/three
	wait $OUTSIDE/spec2
	ok f3
	[test-2 spec]
	touch $OUTSIDE/spec2
	ok
	[*]
	ok
	EOF
	run_bdw && run_before "spawn test-2:spec#1" "exit test-1:impl#1" && run_before "spawn test-2:spec#1" "exit test-3:impl#1" &&
	for i in 1 2 3; do run_before "verdict test-$i:spec#1" "spawn test-$i:code#1" || return 1; done
'
test_expect_success 'F001-10 F003-03 every worker of a wave is started without waiting for another' '
	for i in 1 2 3; do run_before "spawn test-$i:impl#1" "exit test-1:impl#1" || return 1; done
'
test_expect_success 'scenario 5: a file conflict defers: the third starts only after the first is closed, and stayed open' '
	run_store && run_issue test-1 m/index.ts:15-20 && run_issue test-2 jwt && run_issue test-3 m/index.ts &&
	cat <<-EOF | run_script &&
	[test-1 impl]
	run sh -c "git -C $PWD show beadwave:issue/\$(cd $PWD/.beadwave/issue; ls */test-3.md) | grep ^status: >$OUTSIDE/status3"
	ok m/index.ts
	[test-2 impl]
	ok jwt
	[test-3 impl]
	ok m/index.ts
	[*]
	ok
	EOF
	run_bdw && run_before "commit test-1:-#-" "spawn test-3:impl#1" && test_is "status: open" "$(cat "$OUTSIDE/status3")" &&
	p=$(run_dir)/test-1.impl.1/prompt.md && test_has "$p" "m/index.ts.*test-1" "jwt.*test-2" && test_lacks "$p" "test-3"
'
test_expect_success 'F001-02 a shared path: never at the same time; without it: at the same time' '
	run_store && run_issue test-1 a && run_issue test-2 a && printf "[* impl]\nok a\n[*]\nok\n" | run_script && run_bdw &&
	run_before "commit test-1:-#-" "spawn test-2:impl#1" &&
	run_store && run_issue test-1 a && run_issue test-2 b && together 2 | run_script && run_bdw &&
	test_is 2 "$(run_most impl)"
'
test_expect_success 'scenario 6: without Files an issue runs alone: {1,3} then 2' '
	run_store && run_issue test-1 a && run_issue test-2 && run_issue test-3 c && together 2 | run_script && run_bdw &&
	run_before "spawn test-3:impl#1" "exit test-1:impl#1" && run_before "commit test-1:-#-" "spawn test-2:impl#1" && run_before "commit test-3:-#-" "spawn test-2:impl#1"
'
test_expect_success 'scenario 6: the first without Files: 1 alone, then {2,3}' '
	run_store && run_issue test-1 && run_issue test-2 b && run_issue test-3 c &&
	{ printf "[test-1 impl]\nok\n" && together 2; } | run_script && run_bdw &&
	run_before "commit test-1:-#-" "spawn test-2:impl#1" && run_before "commit test-1:-#-" "spawn test-3:impl#1" &&
	test_is 2 "$(run_most impl)"
'
test_expect_success 'scenario 6: **Files:** and Files: count as present' '
	run_store && bdw create A --id test-1 -d "**Files:**
- Create: \`a\`" --silent >/dev/null && bdw create B --id test-2 -d "Files:
- Test: \`b\`" --silent >/dev/null && together 2 | run_script && run_bdw && test_is 2 "$(run_most impl)"
'
test_expect_success 'scenario 6: all share one file: one after the other, in order' '
	run_store && for i in 1 2 3; do run_issue test-$i same || return 1; done && printf "[* impl]\nok same\n[*]\nok\n" | run_script &&
	run_bdw && run_before "commit test-1:-#-" "spawn test-2:impl#1" && run_before "commit test-2:-#-" "spawn test-3:impl#1" &&
	test_is 3 "$(git show main:same | grep -c .)"
'
for case in "--set=run.wave_cap=auto --set=run.context=extended --tier=max-5x:7" "--set=run.wave_cap=auto --tier=max-5x:4" \
	"--set=run.wave_cap=auto --tier=pro:3" "--wave-cap=12:10" "-j1:1"; do
	flags=${case%:*} want=${case##*:}
	test_expect_success "scenario 7: cap with ${flags}: $want at once" '
		run_store && for i in 1 2 3 4 5 6 7 8 9 10 11; do run_issue test-$i f$i || return 1; done &&
		together $want | run_script && more=; case $flags in *auto*) more=-j20 ;; esac &&
		run_bdw $more $flags --set review.n=0 2>err.out &&
		test_is $want "$(run_most impl)" && case $flags in *12*) test_has err.out "outside 1..10" ;; esac
	'
done
test_expect_success 'scenario 8: order .1 .2 .10; issues of another epic are not touched' '
	run_store && bdw create E --id test-e -t epic --silent >/dev/null && bdw create X --id test-x -t epic --silent >/dev/null &&
	for i in 10 1 2; do bdw create "c $i" --id "test-e.$i" --silent >/dev/null || return 1
		bdw dep add "test-e.$i" test-e --type parent-child >/dev/null 2>&1; done &&
	bdw create other --id test-x.1 --silent >/dev/null && bdw dep add test-x.1 test-x --type parent-child >/dev/null 2>&1
	printf "[*]\nok\n[* impl]\nok \${BDW_ISSUE}.txt\n" | run_script && run_bdw test-e -j1 --json >json.out &&
	test_is "test-e.1 test-e.2 test-e.10" "$(run_events spawn | sed -n "s/^spawn \(.*\):impl#1.*/\1/p" | tr "\n" " " | sed "s/ $//")" &&
	run_status test-x.1 open && tail -1 json.out >last.out &&
	test_has last.out "\"test-e.1.impl\":\{\"attempts\":1," "\"test-e.10.impl\":\{\"attempts\":1,"
'
test_expect_success 'scenario 8: the epic is verified when its last child has closed, and closed' '
	run_before "commit test-e.10:-#-" "spawn test-e:verify#1" && run_status test-e closed && run_status test-x open
'
dag()
{
	run_store && bdw create E --id test-e -t epic --silent >/dev/null &&
	for i in 1 2 3 4; do bdw create "c $i" --id "test-e.$i" -d "## Files
- Modify: \`f$i\`" --silent >/dev/null && { bdw dep add "test-e.$i" test-e --type parent-child >/dev/null 2>&1 || :; } || return 1; done &&
	bdw dep add test-e.3 test-e.1 >/dev/null && bdw dep add test-e.4 test-e.2 >/dev/null && bdw dep add test-e.4 test-e.3 >/dev/null
}
test_expect_success 'scenario 9: barrier off: 3 starts while 2 still runs, 4 after 2 and 3' '
	dag && cat <<-EOF | run_script &&
	[test-e.2 impl]
	wait $OUTSIDE/three
	ok f2
	[test-e.3 impl]
	touch $OUTSIDE/three
	ok f3
	[* impl]
	ok f\${BDW_ATTEMPT}
	[test-e.1 impl]
	ok f1
	[test-e.4 impl]
	ok f4
	[*]
	ok
	EOF
	run_bdw test-e && run_before "spawn test-e.3:impl#1" "exit test-e.2:impl#1" &&
	run_before "commit test-e.2:-#-" "spawn test-e.4:impl#1" && run_before "commit test-e.3:-#-" "spawn test-e.4:impl#1"
'
test_expect_success 'scenario 9: every closed id is in exactly one WAVE-SUMMARY' '
	bdw comments test-e >c.out && for i in 1 2 3 4; do test_is 1 "$(grep -c "^ *- test-e.$i: Commit" c.out)" || { cat c.out; return 1; }; done
'
test_expect_success 'scenario 9: F001-07 barrier full: {1,2},{3},{4}' '
	dag && cat <<-EOF | run_script &&
	[test-e.2 impl]
	wait $OUTSIDE/closed
	ok f2
	[* impl]
	run sh -c "echo x >>f\$(echo \$BDW_ISSUE | cut -d. -f2)"
	verdict DONE
	[*]
	ok
	EOF
	{ run_bdw test-e --barrier full >run.out 2>&1 & run=$!
	until_has ".git/beadwave/run/*/events.jsonl" "\"commit\",\"issue\":\"test-e.1\".*closed" && touch "$OUTSIDE/closed"; wait $run; test_is 0 $?; } &&
	test_is "1:test-e.1,test-e.2 2:test-e.3 3:test-e.4" "$(wave_of)" && run_before "commit test-e.1:-#-" "exit test-e.2:impl#1" &&
	run_before "commit test-e.2:-#-" "spawn test-e.3:impl#1" && run_before "commit test-e.3:-#-" "spawn test-e.4:impl#1"
'
EVENTS=".git/beadwave/run/*/events.jsonl"
test_expect_success 'scenario 9: ... and so it is after kill -9, when nothing of the wave is left at work' '
	run_store && bdw create Epic --id test-e -t epic --silent >/dev/null && for i in 1 2 3; do
		bdw create "T$i" --parent test-e -d "## Files
- Create: \`f$i\`" --silent >/dev/null || return 1
	done && cat <<-EOF | run_script &&
	[test-e.1]
	ok f1
	[test-e.3 impl]
	wait $OUTSIDE/go3
	ok f3
	[test-e.2 impl]
	wait $OUTSIDE/go
	ok f2
	[*]
	ok
	EOF
	run_bdw --detach test-e --barrier full -j1 --set review.n=0 --set run.order=fifo >/dev/null && until_has "$EVENTS" "\"spawn\",\"issue\":\"test-e.2\"" &&
	run_kill && test_is 0 "$(run_events wave_close | wc -l)" && bdw close test-e.2 >/dev/null && touch "$OUTSIDE/go" &&
	run_resume --detach && until_has "$EVENTS" "\"spawn\",\"issue\":\"test-e.3\"" && run_kill && touch "$OUTSIDE/go3" && run_resume &&
	run_status test-e.3 closed && bdw comments test-e >c.out &&
	test_has c.out "Closed: test-e.1, test-e.2\$" "Closed: test-e.3\$" "^ *- test-e.1: Commit: " && test_is 2 "$(grep -c WAVE-SUMMARY c.out)" &&
	test_is 2 "$(run_events wave_close | wc -l)"
'
test_expect_success 'F001-07 barrier reviews: wave 2 implements while wave 1 is reviewed, not while it is implemented' '
	dag && cat <<-EOF | run_script &&
	[test-e.1 spec]
	ok
	[test-e.2 spec]
	wait $OUTSIDE/three
	ok
	[test-e.3 impl]
	touch $OUTSIDE/three
	ok f3
	[* impl]
	run sh -c "echo x >>f\$(echo \$BDW_ISSUE | cut -d. -f2)"
	verdict DONE
	[*]
	ok
	EOF
	run_bdw test-e --barrier reviews && run_before "exit test-e.2:impl#1" "spawn test-e.3:impl#1" &&
	run_before "spawn test-e.3:impl#1" "exit test-e.2:spec#1"
'
test_expect_success 'F001-06 mode sequential: never two at once' '
	run_store && for i in 1 2 3; do run_issue test-$i f$i || return 1; done && fifty && run_bdw --mode sequential &&
	test_is 1 "$(run_most)" && test_is 3 "$(git log --first-parent --merges --format=%s main | grep -c .)"
'
test_expect_success 'F001-08 mode fully_parallel: all at once, also without Files' '
	run_store && for i in 1 2 3 4 5 6; do run_issue test-$i || return 1; done &&
	together 6 | run_script && run_bdw --mode fully_parallel -j0 && test_is 6 "$(run_most impl)"
'
test_expect_success 'F001-09 mode auto: a chain is sequential, no edges fully parallel, else waves' '
	mode() { bdw plan --json | sed -n "s/.*\"mode\": *\"\([a-z_]*\)\".*/\1/p"; } &&
	run_store && for i in 1 2 3; do run_issue test-$i f$i || return 1; done && test_is fully_parallel "$(mode)" &&
	bdw dep add test-2 test-1 >/dev/null && test_is parallel_waves "$(mode)" &&
	bdw dep add test-3 test-2 >/dev/null && test_is sequential "$(mode)"
'
test_expect_success 'F001-01 the seed graph: wave 1 is {1,2}, wave 2 is {3}; the run has the same waves' '
	run_store && for i in 1 2 3; do run_issue test-$i f$i || return 1; done && bdw dep add test-3 test-1 >/dev/null &&
	bdw dep add test-3 test-2 >/dev/null && fifty && bdw plan --json | tr -d " \n" >p.out &&
	test_has p.out "\"waves\":\[\{\"wave\":1,\"tasks\":\[\"test-1\",\"test-2\"\],[^}]*\},\{\"wave\":2,\"tasks\":\[\"test-3\"\],[^}]*\}\]" &&
	run_bdw && test_is "1:test-1,test-2 2:test-3" "$(wave_of)"
'
test_expect_success 'F001-11 an issue edited between waves: the next prompt shows the edit' '
	run_store && run_issue test-1 a && run_issue test-2 b && bdw dep add test-2 test-1 >/dev/null &&
	cat <<-EOF | run_script &&
	[test-1 impl]
	run env -i PATH=\${PATH} HOME=\${HOME} bdw -C $PWD update test-2 --notes EDITED-MEANWHILE
	ok a
	[test-2 impl]
	expect EDITED-MEANWHILE
	ok b
	[*]
	ok
	EOF
	run_bdw
'
test_expect_success 'F002-25 an issue made during the run joins it' '
	run_store && run_issue test-1 a && cat <<-EOF | run_script &&
	[test-1 impl]
	run env -i PATH=\${PATH} HOME=\${HOME} bdw -C $PWD create Joined --id test-9 --silent
	ok a
	[*]
	ok
	EOF
	run_bdw && run_status test-9 closed
'
test_expect_success 'F002-17 the close of a predecessor is an ancestor of the commit that its dependent'\''s spawn names' '
	run_store && run_issue test-1 a && run_issue test-2 b && bdw dep add test-2 test-1 >/dev/null && fifty && run_bdw &&
	oid=$(sed -n "s/.*\"event\":\"spawn\",\"issue\":\"test-2\",\"role\":\"impl\".*\"oid\":\"\([0-9a-f]*\)\".*/\1/p" "$(run_dir)/events.jsonl") &&
	git show "$oid:$(cd .beadwave; ls issue/*/test-1.md)" | grep -q "^status: closed"
'
test_done
