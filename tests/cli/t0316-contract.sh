#!/bin/sh
# sentences of contract.md that nothing else asks for: what is told of an attempt, and what counts as its result
. "$(dirname "$0")/lib-run.sh"

# verdict ACTION: an implementer that changes its file and does that; prints its verdict event
verdict()
{
	run_store && run_issue test-1 a.txt && printf '[* impl]\nappend a.txt line\n%s\n[*]\nok\n' "$1" >"$SCRIPT" || return 1
	run_bdw --set retry.malformed=0 --set retry.max=0 >run.out 2>&1
	grep '"event":"verdict".*"role":"impl"' "$(run_dir)/events.jsonl"
}

test_expect_success 'contract 2: what stands at BDW_RESULT and is no file is unparsed, too' '
	for make in "mkdir \$BDW_RESULT" "mkfifo \$BDW_RESULT" "ln -s /dev/zero \$BDW_RESULT" ": >\$BDW_RESULT"; do
		verdict "run sh -c \"$make\"
verdict DONE" >"$TRASH/v.out" && test_has "$TRASH/v.out" "\"status\":\"unparsed\",\"reason\":\"result is empty, or cannot be read\"" || return 1
	done
'
test_expect_success 'contract 2: a result file may begin with a byte order mark and have CRLF' '
	verdict "run sh -c \"printf \\\\\\\\357\\\\\\\\273\\\\\\\\277{\\\\\\\"status\\\\\\\":\\\\\\\"pass\\\\\\\"}\\\\\\\\r\\\\\\\\n >\$BDW_RESULT\"" >"$TRASH/v.out" &&
	test_has "$TRASH/v.out" "\"status\":\"passed\"" "\"evidence\":\"result-file\""
'
test_expect_success 'contract 2: a verdict says what it rests on, in the event and in the work file' '
	verdict "print TASK COMPLETE" >"$TRASH/v.out" && test_has "$TRASH/v.out" "\"evidence\":\"marker\"" &&
	test_has ".beadwave/work/"*/test-1.ini "^evidence=marker$" "^evidence=verdict$" &&
	verdict "json {\"status\":\"pass\"}" >"$TRASH/v.out" && test_has "$TRASH/v.out" "\"evidence\":\"fence\"" &&
	verdict "print nothing at all" >"$TRASH/v.out" && test_lacks "$TRASH/v.out" evidence
'
test_expect_success 'contract 4: the verdict of a code reviewer says which one it is' '
	run_store && run_issue test-1 a.txt && echo ok | run_script &&
	run_bdw --set review.n=2 --set review.trivial_lines=0 >run.out && run_status test-1 closed &&
	grep "\"event\":\"verdict\".*\"role\":\"code\"" "$(run_dir)/events.jsonl" >"$TRASH/v.out" &&
	test_has "$TRASH/v.out" "\"reviewer\":1,.*APPROVE" "\"reviewer\":2,.*APPROVE" && test_has run.out "VERDICT - code 2, attempt "
'
test_expect_success 'contract 4: the plan is an event: mode, how many issues, how many at once' '
	test_is "plan -:-#- sequential" "$(run_events plan)" && test_is "run_start plan" "$(run_events | head -2 | cut -d" " -f1 | xargs)" &&
	run_store && run_issue test-1 a.txt && run_issue test-2 b.txt && echo ok | run_script && run_bdw --json >run.out &&
	test_has run.out "\"event\":\"plan\",\"status\":\"fully_parallel\",\"reason\":\"2 issues, at most 3 at once\""
'
if command -v flock >/dev/null; then
test_expect_success 'contract 4: a run that waits for the lock of the store says so, once' '
	run_store && run_issue test-1 a.txt && mkfifo "$OUTSIDE/go" &&
	printf "[* impl]\nwait %s\nok a.txt\n[*]\nok\n" "$OUTSIDE/go" | run_script &&
	run_bdw --detach >run.out && until_has ".git/beadwave/run/*/events.jsonl" "\"event\":\"spawn\"" &&
	{
		flock 9 && echo >"$OUTSIDE/go" &&
		until_has "$(run_dir)/events.jsonl" "\"event\":\"lock_wait\""
	} 9>>.git/beadwave/lock && bdw wait --timeout 60 && run_status test-1 closed &&
	test_is 1 "$(run_events lock_wait | wc -l)"
'
fi
test_expect_success 'contract 1, pipeline 8.5: an epic is verified from where its first issue began, with all children closed' '
	run_store && bdw create Epic --id test-e -t epic --silent >/dev/null && base=$(git rev-parse main) &&
	for f in a b; do bdw create "Task $f" --parent test-e -d "## Files
- Modify: \`$f\`" --silent >/dev/null || return 1; done &&
	bdw dep add test-e.2 test-e.1 >/dev/null &&
	printf "dump %s/\${BDW_ROLE}.\${BDW_ISSUE}\nrun cp \${BDW_PROMPT_FILE} %s/prompt.\${BDW_ROLE}\nok\n" "$OUTSIDE" "$OUTSIDE" | run_script &&
	run_bdw test-e >run.out && run_status test-e closed &&
	test_has "$OUTSIDE/verify.test-e" "^env BDW_BASE=$base$" "^env BDW_HEAD=$(git rev-parse main)$" &&
	test_has "$OUTSIDE/impl.test-e.2" "^env BDW_BASE=$(git rev-parse main~1)$" &&
	test_has "$OUTSIDE/prompt.verify" "git diff $base $(git rev-parse main)" "^test-e.1 Task a: Commit: " "^test-e.2 Task b: Commit: "
'
test_expect_success 'contract 1, scenario 1: any command finds the model the tier chose in BDW_MODEL' '
	run_store && run_issue test-1 a.txt && printf "dump %s/\${BDW_ROLE}\nok a.txt\n" "$OUTSIDE" | run_script &&
	run_bdw >run.out && test_has "$OUTSIDE/impl" "^env BDW_MODEL=sonnet$" &&
	test_has "$OUTSIDE/spec" "^env BDW_MODEL=haiku$" && test_has "$OUTSIDE/code" "^env BDW_MODEL=haiku$"
'
test_expect_success 'contract 2: an exit code or a signal beats the word, and the verdict says so' '
	verdict "verdict DONE
exit 3" >"$TRASH/v.out" && test_has "$TRASH/v.out" "\"status\":\"failed\",\"reason\":\"exit code 3\"" && test_lacks "$TRASH/v.out" evidence &&
	test_has .git/beadwave/run/*/events.jsonl "\"event\":\"blocked\".*failed once: exit code 3" &&
	verdict "err it hurts
exit 3" >"$TRASH/v.out" && test_has "$TRASH/v.out" "\"reason\":\"exit code 3: it hurts\""
'
test_expect_success 'contract 2: a reviewer that fails it in an object: its summary and notes reach the implementer' '
	run_store && run_issue test-1 a.txt && printf "[* spec 1]\nprint noise\nresult {\"status\":\"fail\",\"summary\":\"no tests\",\"notes\":\"see README\"}\n[* spec 2]\nok\n[*]\nok\n" | run_script &&
	run_bdw >run.out && run_status test-1 closed &&
	test_has "$(run_dir)/test-1.impl.2/prompt.md" "^no tests$" "^see README$" && test_lacks "$(run_dir)/test-1.impl.2/prompt.md" noise
'
test_expect_success 'scenario 22: what is not accepted is told, with the reason' '
	run_store && run_issue test-1 a.txt && printf "[* impl]\nverdict DONE\n[*]\nok\n" | run_script && test_code 1 run_bdw >run.out &&
	test_has run.out "VERDICT - impl: not accepted - there is no change" "FAILED - the implementer.s answer could not be accepted: there is no change"
'
test_expect_success 'scenario 17: reviewers that were lost: a person reads how' '
	run_store && run_issue test-1 a.txt && printf "[* code]\nexit 9\n[*]\nok\n" | run_script && test_code 3 run_bdw >run.out &&
	bdw show test-1 >show.out && test_has show.out "every code reviewer was lost twice: exit code 9"
'
test_expect_success 'contract 5: run --json ends with the result, also where nothing can proceed' '
	run_store && run_issue test-1 && run_issue test-2 && bdw dep add test-1 test-2 >/dev/null && bdw update test-2 --status blocked >/dev/null &&
	printf "ok\n" | run_script && test_code 4 run_bdw --json >run.out 2>err.out && test_empty err.out &&
	tail -1 run.out >last.out && test_has last.out "^{\"run\":.*\"status\":\"blocked\",\"exit_code\":4"
'
test_expect_success 'contract 5: plan --json has all its members, also with a cycle' '
	for key in mode waves order edges conflicts critical_path work_ms critical_ms bound_ms predicted_ms cycle; do
		bdw plan --json >plan.out && test_has plan.out "^  \"$key\":" || return 1
	done &&
	sed -i "s/^created_at/depends_on:\n- test-1\ncreated_at/" .beadwave/issue/*/test-2.md && bdw update test-2 --status open >/dev/null &&
	for key in mode waves order edges conflicts critical_path work_ms critical_ms bound_ms predicted_ms cycle; do
		test_code 4 bdw plan --json >plan.out && test_has plan.out "^  \"$key\":" || return 1
	done
'
test_expect_success 'DESIGN 4: wrong words and branches are exit 2; what is closed already is 0' '
	run_store && run_issue test-1 a.txt && printf "ok\n" | run_script && bdw create D --id test-2 -t decision --silent >/dev/null &&
	for words in "--target none" "--timeout soon" "--role-command =x" "--role-command impl=" "--agent-command=" test-2; do
		test_code 2 run_bdw $words 2>err.out || { echo "$words"; return 1; }
	done &&
	bdw close test-1 >/dev/null && run_bdw test-1 >run.out && test_has run.out "^Nothing to run" && bdw resume --json >out.out && test_has out.out "^{"
'
test_expect_success 'contract 5: all tasks of a run are counted; blocking failures are those that something waits for; run_end has its status' '
	run_store && for i in 1 2 3 4; do run_issue test-$i f$i || return 1; done && bdw dep add test-2 test-1 >/dev/null &&
	printf "[test-1 impl]\nexit 1\n[test-3 impl]\nexit 1\n[* impl]\nok f4\n[*]\nok\n" | run_script &&
	test_code 1 run_bdw --set retry.max=0 --json >run.out && tail -1 run.out >last.out &&
	test_has last.out "\"total_tasks\":4,\"passed_tasks\":1,\"failed_tasks\":\[\"test-1\",\"test-3\"\],\"blocking_failures\":\[\"test-1\"\]" &&
	test_is "run_end -:-#- partial" "$(run_events run_end)" && bdw status >run.out && test_has run.out "1 closed, 2 failed, 0 waiting for you, of 4"
'
test_expect_success 'DESIGN 4: wait for an issue answers for that issue, whatever became of the run' '
	bdw wait test-4 && test_code 1 bdw wait test-1 && test_code 1 bdw wait test-2 && test_code 1 bdw wait
'
test_expect_success 'DESIGN 4: ... and ends for one that was cancelled and given back, while the run goes on' '
	run_store && run_issue test-1 a && run_issue test-2 b && mkfifo "$OUTSIDE/go" &&
	printf "[test-1 impl]\nwait %s\nok a\n[test-2 impl]\nhang\n[*]\nok\n" "$OUTSIDE/go" | run_script && run_bdw --detach >run.out &&
	until_has ".git/beadwave/run/*/events.jsonl" "\"event\":\"spawn\",\"issue\":\"test-2\"" && bdw cancel test-2 >out.out &&
	test_code 4 bdw wait test-2 --timeout 60 && echo >"$OUTSIDE/go" && bdw wait test-1 --timeout 60 && test_code 4 bdw wait --timeout 60 &&
	test_is 0 "$(bdw wait test-1 >/dev/null; echo $?)"
'
test_expect_success 'logs: an issue the run has not come to, and a role that there is not' '
	run_issue test-3 c && test_code 1 bdw logs test-3 2>err.out && test_has err.out "has not worked on .test-3" &&
	test_code 2 bdw logs test-1 --role critic 2>err.out && test_has err.out "impl, spec, code, test or verify"
'
test_expect_success 'answer accept needs something to accept' '
	run_store && run_issue test-1 a && printf "[* impl]\nverdict BLOCKED BLOCKER=\"too large\"\n" | run_script && test_code 3 run_bdw >run.out &&
	test_code 1 bdw answer test-1 accept 2>err.out && test_has err.out "nothing to accept" "^hint: .*retry" && run_status test-1 blocked
'
test_expect_success 'trust: a path that is not there is refused; --revoke takes the paths that approve' '
	printf "[run]\ntest = true\n" >>.beadwave/config.ini && test_code 1 bdw trust nosuch 2>err.out && test_has err.out "no .nosuch. is there" &&
	bdw trust .beadwave/config.ini >out.out 2>err.out && test_has out.out "^Approved config.ini" &&
	bdw trust --revoke .beadwave/config.ini >out.out && test_has out.out "^No longer approved: config.ini" &&
	bdw trust --list >out.out && test_has out.out "^not approved *config.ini"
'
test_expect_success 'contract 3: settings of named sections, from git and the environment' '
	git config beadwave.tier.pro.review.n 2 && BDW_ROLE__SPEC__MODEL=tiny bdw config show >out.out &&
	test_has out.out "tier pro.review.n = 2  \(git\)" "role spec.model = tiny  \(env\)"
'
test_expect_success 'contract 5: the result of a run that was interrupted says so: cancelled, 143' '
	run_store && run_issue test-1 a && printf "hang\n" | run_script &&
	{ run_bdw --json >run.out & } && run_pid=$! && until_has run.out "\"event\":\"spawn\"" &&
	kill -TERM "$(run_pid)" && { wait $run_pid; test_is 143 $?; } &&
	tail -1 run.out >last.out && test_has last.out "\"status\":\"cancelled\",\"exit_code\":143" && test_is "run_end -:-#- cancelled" "$(run_events run_end)" &&
	bdw status >run.out && test_has run.out ": interrupted, "
'
test_expect_success 'DESIGN 4: an interrupted run that is given up leaves no agent behind' '
	run_store && run_issue test-1 a && run_issue test-2 b && printf "[test-1]\nhang\n[test-2]\nignore TERM\nhang\n" | run_script && run_bdw --detach >run.out &&
	until_has ".git/beadwave/run/*/events.jsonl" "\"event\":\"spawn\",\"issue\":\"test-1\"" &&
	until_has ".git/beadwave/run/*/events.jsonl" "\"event\":\"spawn\",\"issue\":\"test-2\"" &&
	run_kill && bdw wait; bdw cancel >out.out &&
	test_has out.out "^Gave up run .*; 2 issues are open again" && test_is "" "$(run_processes)" && run_status test-1 open && run_status test-2 open
'
test_expect_success 'contract 2: output=exit: the exit code of a code reviewer is its verdict, too' '
	run_store && run_issue test-1 a && printf "[* impl]\nappend a line\n[test-1 code 1]\nexit 1\n[test-1 code 2]\nprint VERDICT: REJECT\n[*]\nprint VERDICT: REJECT\n" | run_script &&
	run_bdw --set "agent command.output=exit" >run.out && run_status test-1 closed &&
	test_is "test-1:impl#1 test-1:spec#1 test-1:code#1 test-1:code#2" "$(run_launches)" &&
	test_has "$(run_dir)/events.jsonl" "\"role\":\"code\",\"attempt\":2.*\"APPROVE\",\"evidence\":\"exit\""
'
test_done
