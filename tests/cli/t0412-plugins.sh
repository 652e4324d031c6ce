#!/bin/sh
# The command lines that agents' plugins and skills for bd hold (spec/cli.md 8, by rank), with just these flags
. "$(dirname "$0")/lib.sh"

# calls: each line of standard input is a command line; all must answer 0, those with --json one array or object
calls()
{
	while IFS= read -r line; do
		eval "bd $line" >out 2>err </dev/null || { echo "exit $?: bd $line"; cat err; return 1; }
		case $line in
		*--json*) head -c1 out | grep -q '[[{]' && tail -1 out | grep -q '^[]}]' || [ "$(cat out)" = '[]' ] ||
			{ echo "no JSON: bd $line"; cat out; return 1; } ;;
		esac
	done
}
# json EXPRESSION: of out's value v
json()
{
	python3 -c 'import json,sys; v=json.load(open("out")); sys.exit(not eval(sys.argv[1]))' "$1" || { cat out; return 1; }
}

test_expect_success 'init as set-up scripts call it' '
	test_repo && bd init --prefix p --quiet --stealth --skip-hooks --skip-agents --setup-exclude --non-interactive >out </dev/null &&
	test_empty out && rm out && test_is "" "$(git status --porcelain)" && [ ! -e AGENTS.md ] && test_code 1 bd init --prefix p --non-interactive
'
test_expect_success 'create: --silent prints the id and nothing else; an agent reads it back' '
	printf "## Goal\n- one\n" >body.md && E=$(bd create "Epic" -t epic --silent) && echo "$E" | grep -qE "^p-[0-9a-z]{3,8}$" &&
	A=$(bd create "Task A" --parent "$E" --body-file body.md -p 1 -t task -l x,y --silent) && test_is "$E.1" "$A" &&
	B=$(bd create --title "Task B" -d "- text" --acceptance "- it works" --design d --parent "$E" --deps "$A" --assignee ann --external-ref gh-7 --silent) &&
	bd create C --id p-c1 --json >out && grep -q "\"id\": \"p-c1\"" out && echo "$E $A $B" >ids
'
test_expect_success 'every one of them' '
	read -r E A B <ids && calls <<-END
	ready --json
	ready --limit 5 --assignee ann --priority 1 --type task --parent $E --label x --label-any y --sort oldest --json
	ready --unassigned --sort hybrid
	show $E --json
	show $A --long
	show $A $B --json
	update $A --status in_progress
	update $A --status=open
	update p-c1 --claim
	update $A --notes n -p 0 --title "Task A2" --acceptance ok --assignee bo --description d --design d2 --external-ref gh-8 --json
	update $A --body-file body.md
	list --status open,in_progress --json
	list --json --parent $E --label x --priority 0 --type task --limit 3
	list --priority-max 2 --no-assignee --title Epic
	list --status in_progress --json
	list --all --limit 0 --json
	dep add p-c1 $A --type related
	dep tree $B
	dep tree $B --reverse
	dep tree $B --json
	dep cycles --json
	dep list $B --json
	dep remove p-c1 $A
	comments add $A -f body.md
	comments add $A "- [impl] done"
	comments $A
	comments $A --json
	blocked --json
	blocked --parent $E
	prime
	prime --hook-json
	prime --memories-only
	label add $A zz
	label list $A
	config set custom.k v
	config get custom.k
	search Task
	search --query Task --status open --type task --sort priority --label x --json
	version --json
	quickstart
	stats --json
	status
	graph $E
	doctor --check=validate --json
	stale --days 7 --json
	info
	human
	remember "a fact" --key fact
	memories fact
	dolt commit
	dolt push
	export -o out.jsonl
	import out.jsonl
	lint --status all --json
	count --by-label --parent $E --json
	epic status --json
	swarm validate $E --json
	close p-c1 --reason "Commit: abc" --json
	reopen p-c1 --reason again --json
	close p-c1 $A --reason=done
	END
'
# superpowers-bd's hooks and skills, to the letter
if command -v python3 >/dev/null; then
test_expect_success 'hooks: what jq counts' '
	read -r E A B <ids && bd list --status in_progress --json >out && json "len(v) == 0" &&
	bd list --parent "$E" --status open,in_progress --json >out && json "[i[\"id\"] for i in v] == [\"$B\"]" &&
	(bd dolt commit 2>/dev/null || true) && bd comments "$A" --json >out && json "[c[\"text\"] for c in v][1] == \"- [impl] done\"" &&
	bd show "$A" --json >out && json "v[0][\"status\"] == \"closed\" and v[0][\"close_reason\"] == \"done\" and v[0][\"labels\"] == [\"x\", \"y\", \"zz\"]" &&
	bd blocked --json >out && json "v == []" && bd ready --json >out && json "sorted(i[\"id\"] for i in v) == [\"$E\", \"$B\"]" &&
	bd prime --hook-json >out && json "v[\"hookSpecificOutput\"][\"hookEventName\"] == \"SessionStart\""
'
else
	test_skip 'hooks: what jq counts' 'no python3'
fi
test_expect_success 'agents read the text of show, ready and blocked' '
	read -r E A B <ids && bd show "$E" >out && test_has out "^CHILDREN$" "^  ↳ ✓ $A: Task A2 ● P0$" "^  ↳ ○ $B: Task B ● P2$" &&
	bd ready >out && test_has out "^○ $B ● P2 Task B ← Epic$" && bd reopen "$A" && bd blocked >out && test_has out "^\[● P2\] $B: Task B$" "Blocked by 1 open dependencies: \[$A\]"
'
test_expect_success 'outside of a store a session-start hook is not broken' '
	mkdir "$TRASH/none" && cd "$TRASH/none" && bd prime >out 2>err && test_empty out && test_empty err && bd prime --hook-json >out && test_has out "SessionStart"
'
test_done
