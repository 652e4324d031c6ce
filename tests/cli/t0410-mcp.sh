#!/bin/sh
# The calls of beads-mcp 1.3.2 (spec/ecosystem.md 4), recorded from its tools, and what its models need of each answer:
# argv as given, --actor and --json last, standard input closed, exit 0 and one JSON value or exit 1 and a text on stderr
# (but where bd itself says it on stdout alone, to the letter)
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "1..0 # SKIP no python3"; exit 0; }

# mcp ARGV...: as the server calls it; answers in out and err
mcp()
{
	bd "$@" --actor mcp-agent --json >out 2>err </dev/null
}
# json KIND [EXPRESSION]: out is one JSON value of that kind and EXPRESSION (v: the value) holds
json()
{
	python3 - "$@" <<'PY' || { cat out err; return 1; }
import json, sys
v = json.load(open("out"))
kind, text = sys.argv[1], (sys.argv + ["True"])[2]
def issue(x):
    ok = x["id"] and x["title"] and x["status"] and x["priority"] in range(5) and x["issue_type"]
    return ok and x["created_at"].endswith("Z") and x["updated_at"].endswith("Z") and isinstance(x.get("labels", []), list)
ok = type(v).__name__ == {"issues": "list", "issue": "dict"}.get(kind, kind)
if kind == "issues": ok = ok and all(issue(x) for x in v)
if kind == "issue": ok = ok and issue(v)
ok = ok and bool(eval(text))
sys.exit(0 if ok else "not so: %s %s" % (kind, text))
PY
}
# refused WORDS: exit 1, and stderr, which is all that the server passes on, says why
refused()
{
	want=$1
	shift
	test_code 1 mcp "$@" && grep -q -e "$want" err || { cat out err; return 1; }
}

# as_bd WORDS: exit 1, and why is in the object on stdout and nowhere else, as bd has it (its recorded session)
as_bd()
{
	want=$1
	shift
	test_code 1 mcp "$@" && test_has out "\"error\": .*$want" && test_empty err
}

test_expect_success 'setup: a repository, and init as the context tool calls it' '
	test_repo && bd init --prefix mc --actor mcp-agent >out </dev/null && test_has out "initialized successfully" &&
	bd version </dev/null | grep -Eq "[1-9][0-9]*\.[0-9]+\.[0-9]+"
'
test_expect_success 'nothing there yet' '
	mcp stats && json dict "v[\"summary\"][\"total_issues\"] == 0 and v[\"summary\"][\"average_lead_time_hours\"] == 0" &&
	mcp ready --limit 10 && json issues "v == []" && mcp list --limit 20 && json issues "v == []" &&
	mcp blocked && json issues "v == []"
'
test_expect_success 'create' '
	mcp create First -p 1 -t bug -d "d <b>" --design D --acceptance A --external-ref gh-1 --assignee al -l x -l y --id mc-a &&
	json issue "v[\"id\"] == \"mc-a\" and v[\"schema_version\"] == 1" && mcp create Second -p 2 -t task --id mc-b && json issue &&
	mcp create Third -p 2 -t epic --id mc-c && json issue "v[\"issue_type\"] == \"epic\"" &&
	mcp create Fourth -p 2 -t task --id mc-d --deps discovered-from:mc-a && json issue
'
test_expect_success 'dep add says it in words' '
	bd dep add mc-b mc-a --type blocks --actor mcp-agent >out </dev/null && test_has out "^✓ Added dependency: mc-b" &&
	bd dep add mc-d mc-c --type parent-child --actor mcp-agent </dev/null &&
	bd dep add mc-d mc-b --type related --actor mcp-agent </dev/null &&
	test_code 1 bd dep add mc-a mc-b --type blocks --actor mcp-agent 2>err </dev/null && test_has err "would create a cycle"
'
test_expect_success 'show: dependencies are issues' '
	mcp show mc-b && json issues "v[0][\"dependencies\"][0][\"title\"] == \"First\" and v[0][\"dependencies\"][0][\"dependency_type\"] == \"blocks\"" &&
	refused "no issue found matching .mc-none" show mc-none
'
test_expect_success 'ready, list, blocked with their filters' '
	mcp ready --limit 10 --type bug --assignee al --label x --label y && json issues "[x[\"id\"] for x in v] == [\"mc-a\"]" &&
	mcp ready --limit 10 --priority 2 --label-any x --unassigned --sort oldest && json issues "v == []" &&
	mcp list --title Sec --limit 20 && json issues "[x[\"id\"] for x in v] == [\"mc-b\"]" &&
	mcp list --priority 1 --type bug --assignee al --label x --label-any y --limit 20 && json issues "len(v) == 1" &&
	mcp list --no-assignee --limit 2 && json issues "len(v) == 2 and \"assignee\" not in v[0]" &&
	mcp list --status open --limit 20 && json issues "len(v) == 4 and v[0].get(\"labels\") == [\"x\", \"y\"]" &&
	mcp blocked && json issues "v[0][\"blocked_by\"] == [\"mc-a\"] and v[0][\"blocked_by_count\"] == 1"
'
test_expect_success 'claim' '
	mcp update mc-d --claim && json issues "v[0][\"status\"] == \"in_progress\" and v[0][\"assignee\"] == \"mcp-agent\"" &&
	refused "already claimed by al" update mc-a --claim && refused "no issue found" update mc-none --claim
'
test_expect_success 'update' '
	mcp update mc-b --status in_progress --priority 0 --assignee bo --title 2nd --description dd --design de --acceptance ac \
		--notes no --external-ref e2 && json issues "v[0][\"acceptance_criteria\"] == \"ac\" and v[0][\"priority\"] == 0" &&
	as_bd "invalid status" update mc-b --status bogus
'
test_expect_success 'comment, comments, note' '
	bd comment mc-a "hello --there" --actor mcp-agent >out </dev/null && test_has out "Comment added to mc-a" &&
	mcp comments mc-a && json list "v[0][\"author\"] == \"mcp-agent\" and v[0][\"text\"] == \"hello --there\" and v[0][\"id\"]" &&
	mcp comments mc-b && json list "v == []" && bd note mc-a "a note" --actor mcp-agent </dev/null
'
test_expect_success 'close, refused with a reason on stderr' '
	refused "blocked by open issues" close mc-b --reason no && as_bd "no issue found matching ..mc-none" close mc-none --reason x &&
	mcp close mc-a --reason done && json issues "v[0][\"close_reason\"] == \"done\"" && mcp close mc-a --reason again && json issues "len(v) == 1"
'
test_expect_success 'reopen is how its update tool sets open, from whatever status' '
	mcp reopen mc-a mc-b --reason r && json issues "[x[\"status\"] for x in v] == [\"open\", \"open\"]" &&
	mcp reopen mc-a --reason Reopened && json issues "v[0][\"status\"] == \"open\"" && test_has err "^mc-a is already open" &&
	refused "no issue found" reopen mc-none --reason Reopened
'
test_expect_success 'stats, doctor, info' '
	mcp stats && json dict "{\"total_issues\", \"open_issues\", \"in_progress_issues\", \"closed_issues\", \"blocked_issues\", \"ready_issues\"} <= v[\"summary\"].keys()" &&
	mcp doctor --check=validate && json dict "v[\"overall_ok\"]" && mcp doctor --check=validate --fix --yes && json dict "v[\"overall_ok\"]" &&
	mcp info --schema && json dict && refused "no check ..pollution" doctor --check=pollution && refused "left out" migrate --inspect && refused "doctor --fix" repair-deps
'
test_expect_success 'quickstart' 'bd quickstart </dev/null | grep -q "bd create"'
test_done
