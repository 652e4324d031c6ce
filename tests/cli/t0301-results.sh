#!/bin/sh
# what an agent says and what it counts for: result files, fences, verdict lines, markers, evidence (contract 2)
. "$(dirname "$0")/lib-run.sh"

# says STATUS SCRIPT [FLAG...]: an implementer that makes a change and plays SCRIPT ends as STATUS; reviewers agree
says()
{
	says_status=$1 says_script=$2
	shift 2
	run_store says >/dev/null && run_issue test-1 a.txt || return 1
	printf '[* impl]\nappend a.txt line\n%s\n[*]\nok\n' "$says_script" >"$SCRIPT"
	run_bdw --set retry.malformed=0 --set retry.max=0 "$@" >run.out 2>&1
	test_is "$says_status" "$(run_events verdict | sed -n "s/^verdict test-1:impl#1 //p")"
}

test_expect_success 'F001-52 result 1: the file at BDW_RESULT wins over the text' '
	says passed "result {\"status\":\"pass\",\"files_modified\":[\"a.txt\"],\"odd\":1}
verdict BLOCKED BLOCKER=x" && run_status test-1 closed
'
test_expect_success 'F003-12 success and failed are the same as pass and fail' '
	says passed "result {\"status\":\"success\"}" && says failed "result {\"status\":\"failed\"}"
'
test_expect_success 'F001-26 result 1: a result file that is no JSON is unparsed: no fall-through to the text' '
	says unparsed "result {\"status\":\"pa
verdict DONE" && run_status test-1 blocked
'
test_expect_success 'result 2: a json fence in the final message' '
	says passed "json {\"status\":\"pass\"}"
'
test_expect_success 'F001-24 the last complete fence wins, not an echoed template' '
	says passed "echo-prompt
json {\"status\":\"pass|fail|blocked\"}
json {\"status\":\"fail\"}
json {\"status\":\"pass\"}"
'
test_expect_success 'F001-26 a torn fence is unparsed, the raw output is kept' '
	says unparsed "raw \`\`\`json\n{\"status\":\"pa" && bdw logs test-1 --role impl | grep -q "status" &&
	test_has "$(run_dir)/test-1.impl.1/stdout.log" "status"
'
test_expect_success 'result 3: the last VERDICT block' '
	says passed "verdict BLOCKED BLOCKER=x
verdict DONE"
'
test_expect_success 'F001-25 result 4: the marker alone on a line, with and without stars' '
	says passed "print **TASK COMPLETE**" && says passed "print TASK COMPLETE" &&
	says unparsed "print I say TASK COMPLETE here"
'
test_expect_success 'F001-25 the marker can be switched off' '
	says unparsed "print TASK COMPLETE" --set result.accept_marker=false
'
test_expect_success 'F001-25 result 5: the echoed prompt alone is unparsed' '
	says unparsed "echo-prompt"
'
test_expect_success 'result 5: exit code other than 0 is failed, whatever the text says' '
	says failed "verdict DONE
exit 3" && run_status test-1 blocked
'
test_expect_success 'F001-23 an unknown status is not passed' '
	says unparsed "result {\"status\":\"ok\"}"
'
test_expect_success 'F001-55 a signal is a crash' '
	says crashed "verdict DONE
signal SEGV" --set retry.crash=0
'
test_expect_success 'F001-58 a result written in two halves is one clean result' '
	says passed "result-torn 150 {\"status\":\"pass\",\"summary\":\"whole\"}" --set run.complete_on=result
'
test_expect_success 'F003-06 complete_on=result: what lingers after its result is ended' '
	says passed "result {\"status\":\"pass\"}
ignore HUP
hang" --set run.complete_on=result && run_status test-1 closed && test_is "" "$(run_processes)"
'
test_expect_success 'F003-12 a result that says running is progress, not an end' '
	says passed "result {\"status\":\"running\"}
sleep 100
result {\"status\":\"success\"}
hang" --set run.complete_on=result
'
test_expect_success 'F003-11 the alias of the result file; one of an old run does not count' '
	says passed "write .log/\${BDW_ISSUE}-result.json {\"status\":\"success\"}
run touch -d +2sec .log/\${BDW_ISSUE}-result.json" --set "result.alias=.log/{id}-result.json" &&
	run_store says && run_issue test-1 a.txt && mkdir .log && echo "{\"status\":\"success\"}" >.log/test-1-result.json &&
	git add -f .log && git commit -qm old && touch -d 2001-01-01 .log/test-1-result.json &&
	printf "[* impl]\nappend a.txt line\nrun touch -d 2001-01-01 .log/test-1-result.json\nprint nothing\n[*]\nok\n" | run_script &&
	test_code 1 run_bdw --set "result.alias=.log/{id}-result.json" --set retry.malformed=0 &&
	test_is unparsed "$(run_events verdict | head -1 | cut -d" " -f3)"
'
test_expect_success 'usage: a block in the text is summed up; nothing reported is unavailable, not 0' '
	says passed "usage 1200 7 5000
verdict DONE" && bdw metrics --json >m.out && test_has m.out "\"total_tokens\": ?1200" "\"tool_uses\": ?7" &&
	test_has m.out "\"metrics_unavailable\": ?2"
'

test_expect_success 'scenario 18: prose only: one correction, then failed; never closed' '
	run_store mal && run_issue test-1 a.txt &&
	printf "[* impl 1]\nappend a.txt x\nprint all tests pass\nwrite report.md done\n[* impl 2]\nexpect VERDICT\nprint still prose\n" | run_script &&
	test_code 1 run_bdw && test_is "test-1:impl#1 test-1:impl#2" "$(run_launches)" && run_status test-1 blocked &&
	test_has "$(run_dir)/test-1.impl.2/prompt.md" "could not be read|final response must contain only"
'
test_expect_success 'scenario 18: a word of another role is malformed' '
	run_store mal && run_issue test-1 a.txt &&
	printf "[* impl 1]\nappend a.txt x\nverdict PASS\n[* impl 2]\nappend a.txt y\nverdict DONE\n[*]\nok\n" | run_script &&
	run_bdw && run_launches | grep -q "^test-1:impl#1 test-1:impl#2 test-1:spec#1"
'
test_expect_success 'scenario 22: a commit that does not exist is not accepted' '
	run_store false && run_issue test-1 a.txt &&
	printf "[* impl 1]\nappend a.txt x\nverdict DONE COMMIT=deadbeef\n[* impl 2]\nverdict DONE\n[*]\nok\n" | run_script &&
	run_bdw && run_launches | grep -q "^test-1:impl#1 test-1:impl#2 test-1:spec#1" &&
	test_has "$(run_dir)/test-1.impl.2/prompt.md" "deadbeef does not exist"
'
test_expect_success 'scenario 22: a commit of another branch is not accepted' '
	run_store false && run_issue test-1 a.txt && git checkout -q -b other && git commit -q --allow-empty -m other &&
	git checkout -q main && o=$(git rev-parse other) &&
	printf "[* impl 1]\nappend a.txt x\nverdict DONE COMMIT=$o\n[* impl 2]\nverdict DONE\n[*]\nok\n" | run_script &&
	run_bdw && run_launches | grep -q "^test-1:impl#1 test-1:impl#2 test-1:spec#1"
'
test_expect_success 'scenario 22: DONE without a change is not accepted, twice is failed' '
	run_store false && run_issue test-1 a.txt && printf "verdict DONE\n" | run_script && test_code 1 run_bdw &&
	test_is "test-1:impl#1 test-1:impl#2" "$(run_launches)" && run_status test-1 blocked
'
test_expect_success 'scenario 22: an empty commit is no change either' '
	run_store false && run_issue test-1 a.txt &&
	printf "run git commit -q --allow-empty -m nothing\nverdict DONE COMMIT=\${HEAD}\n" | run_script && test_code 1 run_bdw &&
	run_status test-1 blocked
'
test_expect_success 'scenario 22: another issue'\''s file: SCOPE VIOLATION by the diff, back with the list; the other is unharmed' '
	run_store scope && run_issue test-1 a.txt && run_issue test-2 b.txt &&
	cat <<-\EOF | run_script &&
	[test-1 impl]
	append a.txt one
	append b.txt stray
	verdict DONE SCOPE=CLEAN
	[test-1 impl]
	run git rm -q --cached b.txt
	remove b.txt
	verdict DONE SCOPE=CLEAN
	[test-2 impl]
	append b.txt two
	verdict DONE
	[*]
	ok
	EOF
	run_bdw --set review.n=0 && run_events verdict | grep -q "test-1:impl#. SCOPE" && test_has "$(run_dir)/test-1.impl.2/prompt.md" "b.txt. \(test-2\)" &&
	run_status test-1 closed && run_status test-2 closed && test_is two "$(git show main:b.txt)"
'
# bad bytes, and half a character where the text is cut
test_expect_success 'bytes that are no text reach no issue, and no line of events' '
	says blocked "$(printf "verdict BLOCKED BLOCKER=which\\377parser\\303")" && run_status test-1 blocked && bdw doctor &&
	bdw comments test-1 >out && test_has out "which\\?parser\\?" && test_lacks "$(run_dir)/events.jsonl" "$(printf "\\377")"
'
test_done
