#!/bin/sh
# bdw result: what an agent gives back, held against the contract (F001-52, contract.md 2)
. "$(dirname "$0")/lib-run.sh"


test_expect_success 'F001-52 a result that keeps to the contract, outside any repository' '
	cat >result.json <<-\EOF &&
	{"status": "DONE", "summary": "did it", "files_modified": ["a.c"], "files_created": [],
	 "test_results": {"ran": 3, "passed": 3, "failed": 0}, "blocker": null, "duration_minutes": 1.5,
	 "usage": {"total_tokens": 1000}, "colour": "green"}
	EOF
	bdw result check result.json >out.out && test_is "✓ result.json: impl says DONE: passed" "$(cat out.out)" &&
	bdw result check - --json <result.json >out.out && test_has out.out "\"ok\": true" "\"class\": \"passed\"" "\"wrong\": \[\]"
'
test_expect_success 'F001-52 what is wrong is named, all of it, and answers 1' '
	echo "{\"status\": \"pass\", \"files_modified\": \"a.c\", \"test_results\": {\"ran\": \"3\"}, \"score\": 90}" >result.json &&
	test_code 1 bdw result check result.json 2>out.out && test_is 3 "$(wc -l <out.out)" &&
	test_has out.out "^bdw: result.json: files_modified wants a list of texts, and is \"a.c\"" "test_results.ran wants" \
		"score wants a number from 0 to 1, and is 90" &&
	test_code 1 bdw result check result.json --json >out.out 2>err.out && test_has out.out "\"ok\": false" "test_results.ran wants" &&
	echo "{\"status\": \"APPROVE\"}" >result.json && test_code 1 bdw result check result.json 2>out.out &&
	test_has out.out "is no word of impl" && bdw result check result.json --role code >out.out &&
	test_has out.out "code says APPROVE: passed" && printf "{\"status\": \"pa" >result.json &&
	test_code 1 bdw result check result.json 2>out.out && test_has out.out "is no JSON"
'
test_expect_success 'a no is a result as good as a yes' '
	echo "{\"status\": \"FAIL\", \"findings\": [{\"severity\": \"important\", \"text\": \"no test\"}]}" >result.json &&
	bdw result check result.json --role spec >out.out && test_has out.out "spec says FAIL: rejected"
'
test_expect_success 'nothing named, no such file, no such role' '
	test_code 2 bdw result check 2>err.out && test_has err.out "no file is named, and BDW_RESULT is not set" &&
	test_code 1 bdw result check none.json 2>err.out && test_has err.out "none.json" &&
	test_code 2 bdw result check result.json --role cook 2>err.out && test_has err.out "role .cook. gives no result"
'
test_expect_success 'F001-52 an agent asks about its own, by its environment' '
	run_store && run_issue test-1 f && cat >"$OUTSIDE/own" <<-EOF &&
	echo x >f
	echo "{\"status\":\"pass\"" >\$BDW_RESULT
	$BDW result check 2>$OUTSIDE/torn; echo \$? >>$OUTSIDE/torn
	echo "{\"status\":\"pass\"}" >\$BDW_RESULT
	$BDW result check >$OUTSIDE/whole; echo \$? >>$OUTSIDE/whole
	EOF
	run_script <<-EOF &&
	[* impl]
	run sh $OUTSIDE/own
	print nothing
	[*]
	ok
	EOF
	run_bdw >run.out && run_status test-1 closed && test_has "$OUTSIDE/torn" "is no JSON" "^1\$" &&
	test_has "$OUTSIDE/whole" "impl says pass: passed" "^0\$"
'
test_expect_success 'the schema is JSON, and has the words of the role' '
	bdw result schema >out.out && test_has out.out "\"DONE_WITH_CONCERNS\"" "\"files_modified\"" "\"required\"" &&
	bdw result schema --role code >out.out && test_has out.out "\"WITH_FIXES\"" && test_lacks out.out "NEEDS_CONTEXT"
'
if python3 -c 'import json' 2>/dev/null; then
	test_expect_success 'the schema is what a reader of JSON takes' '
		bdw result schema | python3 -c "
import json, sys
s = json.load(sys.stdin)
assert s[\"properties\"][\"findings\"][\"items\"][\"properties\"][\"line\"][\"type\"] == [\"integer\", \"null\"]
assert \"pass\" in s[\"properties\"][\"status\"][\"enum\"]"
	'
fi
test_done
