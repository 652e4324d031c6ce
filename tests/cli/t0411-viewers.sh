#!/bin/sh
# What looks at the issues without asking a person: beads-ui (argv recorded from 0.12, spec/ecosystem.md 4), and bv with
# other readers of .beads/issues.jsonl
. "$(dirname "$0")/lib-run.sh"

# ui ARGV...: as beads-ui calls it: --sandbox in front, nothing on standard input
ui()
{
	bd --sandbox "$@" >out 2>err </dev/null
}
# watched COMMAND...: it is noticed by one who watches the folder .beads
watched()
{
	touch -d 2001-01-01 .beads/last-touched && "$@" >/dev/null </dev/null && [ -n "$(find .beads -name last-touched -newermt 2002-01-01)" ]
}

test_expect_success 'setup' '
	test_repo && bd init --prefix ui -q && test_has .beads/metadata.json "\"project_id\"" && test_is "" "$(git status --porcelain)"
'
test_expect_success 'beads-ui: lists' '
	for a in "list --json --tree=false" "epic status --json" "blocked --json" "ready --limit 1000 --json" \
		"list --json --tree=false --status in_progress" "list --json --tree=false --status closed --limit 1000"; do
		ui $a && test_is "[]" "$(cat out)" || return 1
	done
'
test_expect_success 'beads-ui: create, and what it says of it' '
	ui create "From UI" -t bug -p 1 -d "a text" && test_has out "Created issue: ui-" && ui create E -t epic && bd create A --id ui-a --silent &&
	bd create B --id ui-bb99 --silent && ui show ui-a --json && test_has out "^  \{$" "\"id\": \"ui-a\"" &&
	ui epic status --json && test_has out "\"epic\": \{" "\"total_children\": 0" "\"eligible_for_close\": false"
'
test_expect_success 'beads-ui: every change' '
	ui update ui-a --status in_progress && ui update ui-a --priority 3 && ui update ui-a --assignee ann && ui update ui-a --assignee "" &&
	ui update ui-a --title plain && ui update ui-a --description "two
lines" && ui update ui-a --description "" && ui update ui-a --acceptance-criteria ac && ui update ui-a --notes no && ui update ui-a --design de &&
	ui dep add ui-bb99 ui-a && test_code 1 ui dep add ui-a ui-bb99 && test_has err "would create a cycle" && ui dep remove ui-bb99 ui-a &&
	ui label add ui-a web && ui label remove ui-a web && ui update ui-a --status closed && ui update ui-a --status open &&
	test_code 1 ui update ui-none --status open && test_has err "no issue found matching" &&
	ui show ui-a --json && test_has out "\"acceptance_criteria\": \"ac\"" "\"priority\": 3" "\"status\": \"open\"" && test_lacks out assignee description
'
test_expect_success 'beads-ui: comments by the one who sits there' '
	ui comment ui-a "Hello
there" --author Ann && ui comments ui-a --json && test_has out "\"author\": \"Ann\"" "\"text\": \"Hello.nthere\""
'
test_expect_success 'beads-ui: delete' 'ui delete ui-bb99 --force && test_code 1 ui show ui-bb99 --json'
test_expect_success 'beads-ui: every change is seen by a watcher of .beads, a look at the issues is not' '
	watched bd create C --id ui-c && watched bd close ui-c && watched bd comment ui-c x && watched bdw dep add ui-c ui-a &&
	watched bdw config set output.title-length 80 && watched bdw q quick &&
	! watched bd list && ! watched bd show ui-c && ! watched bd ready --json && ! watched bd update ui-c
'
test_expect_success 'a folder .beads of somebody else gets no file' '
	test_repo plain && bdw init --prefix p -q && mkdir .beads && bdw create X -q && test_is "" "$(ls .beads)"
'
# argv of vscode-beads: BEADS_DIR set, --json in the midst
vs()
{
	BEADS_DIR=$TRASH/work/repo/.beads bd "$@" >out 2>err </dev/null
}
test_expect_success 'vscode-beads: asks for a server, finds none, and does all by command' '
	cd "$TRASH/work/repo" && vs dolt show --json && test_has out "\"embedded\": true" "\"mode\": \"embedded\"" && vs dolt status && test_has out "no server" &&
	vs version && vs list --all --limit 0 --json && test_has out "\"id\": \"ui-a\"" && vs info --json && test_has out "\"issue_count\"" &&
	vs create --title V --type task --priority 1 --label a --label b --json --description d --design e --acceptance c --assignee ann && test_has out "\"priority\": 1" &&
	vs show ui-a --json --include-dependents && test_has out "\"id\": \"ui-a\"" &&
	vs update ui-a --json --title t --status in_progress --priority 0 --estimate 30 --type bug --add-label p --remove-label web --external-ref x && test_has out "\"issue_type\": \"bug\"" &&
	vs update ui-a --json --set-labels one --set-labels two && test_has out "\"one\"" "\"two\"" &&
	vs dep add ui-a ui-c --type related --json && test_has out "\"added\"" && vs dep remove ui-a ui-c --json --type blocks && vs show ui-a --json && test_has out "\"dependency_type\": \"related\"" && vs dep remove ui-a ui-c --json --type related && test_has out "\"removed\"" &&
	vs comments add ui-a hi --json --author Ann && test_has out "\"author\": \"Ann\"" && vs comments ui-a --json && vs close ui-a --json --reason done &&
	test_code 1 vs close ui-none --json && test_has out "no issue found"
'
# bv: one issue a line, ids once, known members of known types; nothing else in the file
if command -v python3 >/dev/null; then
test_expect_success 'bv: every line of .beads/issues.jsonl is an issue to it' '
	test_repo bv && bd init --prefix bv -q && bd config set export.auto true -q && bd create One --id bv-1 -l x,y -t story -q &&
	bd create Two --id bv-2 --deps bv-1 --estimate 90 --external-ref gh-1 --due +2d -q && bd comment bv-1 "Hi
there" && bd close bv-2 --force -r done && bd remember keep --key k && bd create Three --defer +3d --metadata "{\"a\":1}" --silent &&
	python3 - .beads/issues.jsonl <<-\PY
	import json, sys, datetime
	text = open(sys.argv[1], "rb").read().decode("utf-8")
	assert text.endswith("\n") and "\n\n" not in text
	seen = set()
	time = lambda s: datetime.datetime.fromisoformat(s.replace("Z", "+00:00"))
	for line in text.splitlines():
	    i = json.loads(line)
	    assert i["_type"] == "issue" and i["id"] not in seen and i["title"] and i["issue_type"], line
	    assert i["status"] in "open in_progress blocked deferred draft pinned hooked review closed".split(), line
	    assert type(i["priority"]) is int and time(i["updated_at"]) >= time(i["created_at"]), line
	    assert type(i.get("estimated_minutes", 1)) is int and time(i.get("closed_at", i["updated_at"]))
	    for d in i.get("dependencies", []):
	        assert d["issue_id"] == i["id"] and d["depends_on_id"] and d["type"] and time(d["created_at"]), line
	    for c in i.get("comments", []):
	        assert type(c["id"]) is str and c["author"] and c["text"] and time(c["created_at"]), line
	    seen.add(i["id"])
	assert len(seen) == 3
	PY
'
else
	test_skip 'bv: every line of .beads/issues.jsonl is an issue to it' 'no python3'
fi
test_expect_success 'bv of 2025: numbers for comment ids, once and for good; they come back as they were' '
	test_repo old && bd init --prefix bv -q && bd create One --id bv-1 -q && bd comment bv-1 same && bd comment bv-1 same && bd comment bv-1 more &&
	bd export --auto --comment-ids=int && test_has .beads/issues.jsonl "\"comments\":\[\{\"id\":1,.*\{\"id\":2,.*\{\"id\":3," &&
	bd config set export.comment-ids int && bd config set export.auto true -q && bd update bv-1 -p 1 -q &&
	test_has .beads/issues.jsonl "\"priority\":1,.*\"comments\":\[\{\"id\":1," && was=$(git rev-parse beadwave) &&
	bd import .beads/issues.jsonl 2>err && test_is "$was" "$(git rev-parse beadwave)" && bd comments bv-1 --json >out && test_is 3 "$(grep -c "\"id\"" out)" &&
	bd export --comment-ids=string --jsonl >out && test_lacks out "\"id\":1,"
'
test_expect_success 'bv: the calls it makes by itself, and those that it proposes' '
	d=$PWD/.beads && (cd / && BEADS_DIR=$d bd export -o "$d/issues.jsonl") && test_has .beads/issues.jsonl bv-1 &&
	(cd / && BEADS_DIR=$d BEADS_DB=$d/beads.db BD_DB=$d/beads.db bd --db "$d/beads.db" show --json -- bv-1) >out && test_has out "\"id\": \"bv-1\"" &&
	bd --db "$d" update --json --add-label=ux -- bv-1 >out && test_has out "\"ux\"" && bd --db "$d" update --json --claim -- bv-1 >out &&
	test_has out in_progress && bd create Two --id bv-2 -q && bd --db "$d" dep add --json --type related -- bv-1 bv-2 >out &&
	test_has out "\"added\"" && bd --db "$d" dep remove --json -- bv-1 bv-2 >out && test_has out "\"removed\""
'
test_expect_success 'bv: in a linked work tree the file is that of the main one' '
	git worktree add -q ../linked && (cd ../linked && bd create Three --id bv-3 -q && [ ! -e .beads ]) && test_has .beads/issues.jsonl bv-3
'
test_expect_success 'a run is told there too' '
	run_store && mkdir .beads && bdw config set export.auto true -q && run_issue test-1 a.txt && printf "[* impl]\nrun sh -c \"echo 1 >a.txt\"\nverdict DONE\n[*]\nok\n" | run_script &&
	run_bdw >out && run_status test-1 closed && test_has .beads/issues.jsonl "\"id\":\"test-1\".*\"status\":\"closed\"" &&
	bdw export | cmp - .beads/issues.jsonl
'
test_done
