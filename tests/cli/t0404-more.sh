#!/bin/sh
# show --as-of, list and show --watch, graph --html, duplicates, and what bd has and this program leaves out
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup' '
	test_store && bdw create First --id test-1 -d old -q >/dev/null && bdw create Kid --parent test-1 >/dev/null && bdw create Third --id test-3 --deps test-1 >/dev/null &&
	bdw update test-1 --title Now -d "new text" -s in_progress >/dev/null && bdw delete test-1.1 -f >/dev/null
'

# --- --as-of
test_expect_success 'as of a commit: texts, children and dependents of then' '
	bdw show test-1 --as-of beadwave~2 >out && test_has out "First" "^old$" "OPEN" "test-1.1" "test-3" && test_lacks out Now "new text" &&
	bdw show test-1.1 --as-of beadwave~2 --short | grep -q Kid && bdw show test-1 --as-of beadwave~3 >out && test_lacks out "test-3" &&
	bdw show test-1 --as-of "$(git rev-parse --short beadwave~2)" --json >out && test_has out "\"title\": \"First\"" "\"dependent_count\": 2"
'
test_expect_success 'as of a time' '
	bdw show test-1 --as-of now | grep -q "Now" && test_code 1 bdw show test-1 --as-of 2001-01-01 2>err && test_has err "as of .2001-01-01." "^Hint: .*history"
'
test_expect_success 'as of what is no state of the issues' '
	for when in HEAD --all -x "" beadwave: no-such; do test_code 1 bdw show test-1 --as-of "$when" 2>err && test_has err "no state of the issues" || return 1; done &&
	test_code 1 bdw show test-9 --as-of beadwave~2 2>err && test_has err "no issue found matching"
'
test_expect_success 'as of then touches nothing' '
	bdw update test-3 -p 1 >/dev/null && before=$(git rev-parse beadwave) && bdw show test-1 --as-of beadwave~3 >/dev/null && test_is "$before" "$(git rev-parse beadwave)" &&
	bdw show --current --short | grep -q test-3 && bdw doctor >/dev/null
'

# --- --watch: it prints, waits without polling, prints again; a fifo tells when
for words in "list --flat" "show test-1 --short"; do
	test_expect_success "watch: $words" '
		rm -f pipe && mkfifo pipe && { bdw $words -w >pipe & } && pid=$! && exec 3<pipe && read -r line <&3 && while case $line in *test-1*) false ;; esac; do read -r line <&3; done &&
		bdw update test-1 --title "Seen by $pid" >/dev/null && while read -r line <&3 && case $line in *"Seen by $pid"*) false ;; esac; do :; done;
		case $line in *"Seen by"*) ok=0 ;; *) ok=1 ;; esac; kill $pid; wait $pid 2>/dev/null; exec 3<&-; return $ok
	'
done
test_expect_success 'watch: it ends when nobody reads any more' 'bdw list --flat -w | head -1 | grep -q test-'
test_expect_success 'watch: an unknown id ends it, and so does --json' '
	test_code 1 bdw show test-9 --watch 2>err && test_has err "no issue found" && test_code 1 bdw list -w --json >out 2>err && test_has err "leave --json out"
'

# --- graph --html
test_expect_success 'a page of HTML that holds nothing from elsewhere and nothing of a title as markup' '
	bdw create "<script>alert(1)</script> & \"x\"" --id test-h --deps test-3 >/dev/null && bdw graph test-h --html >out && test_has out "^<!DOCTYPE html>" "</html>" "&lt;script&gt;" "test-3" &&
	test_lacks out "<script" "src=" "href=" && test_is 2 "$(grep -c "class=\"blocks\"" out)" &&
	if command -v python3 >/dev/null; then python3 -c "import sys,xml.dom.minidom as m; t=open(\"out\").read(); m.parseString(t[t.index(\"<svg\"):t.index(\"</svg>\")+6])"; fi
'
test_expect_success 'Mermaid and DOT quote what their languages read' '
	bdw graph test-h --mermaid >out && test_has out "#lt;script#gt;" "#quot;x#quot;" && bdw graph test-h --dot >out && test_has out "\\\\\"x\\\\\""
'

# --- duplicates
test_expect_success 'duplicates: the same text under the same parent; closed ones and other types are none' '
	test_store dup && bdw duplicates | grep -q "No duplicates" && test_is "" "$(bdw duplicates --json | grep title)" && bdw create Epic --id test-e -t epic >/dev/null &&
	for id in a b c d; do bdw create Same -d x --id test-$id >/dev/null || return 1; done && bdw close test-d >/dev/null && bdw create Same -d x -t bug --id test-g >/dev/null &&
	bdw create Same -d x --parent test-e >/dev/null && bdw create Same -d "x " --id test-f >/dev/null && bdw create Other --deps test-b >/dev/null &&
	bdw duplicates >out && test_has out "Found 1 groups" "^→ .*test-b" "duplicate test-a --of test-b" "duplicate test-c --of test-b" && test_lacks out "test-d|test-e|test-f|test-g" &&
	bdw duplicates --json >out && test_has out "\"suggested_target\": \"test-b\"" "\"duplicate_groups\": 1"
'
test_expect_success 'duplicates: merged in one commit, again is nothing' '
	before=$(test_commits) && test_fails bdw duplicates --auto-merge --readonly && bdw duplicates --auto-merge --dry-run >/dev/null && test_is $before $(test_commits) &&
	bdw duplicates --auto-merge >out && test_has out "Closed 2 duplicates" && test_is $((before + 1)) $(test_commits) && bdw dep list test-a | grep -q "test-b.*duplicates" &&
	test_is closed "$(test_field test-c status)" && bdw duplicates --auto-merge | grep -q "No duplicates" && test_is $((before + 1)) $(test_commits)
'

# --- what is left out
test_expect_success 'commands and flags of bd that are left out: what to use, and nothing done' '
	before=$(test_commits) && for words in find-duplicates diff preflight batch rename-prefix rules init-safety "config apply" "swarm list"; do
		test_code 1 bdw $words >out 2>err && test_empty out && test_is 1 "$(grep -c . err)" && test_has err "is left out: " || return 1
	done && for words in "ready --mol test-a" "ready --mol-type=swarm" "create x --agent-rig r" "create --role-type=a x" "list --rig r"; do
		test_code 1 bdw $words >out 2>err && test_empty out && test_has err "^Hint: it is left out: " || return 1
	done && test_is $before $(test_commits)
'
test_done
