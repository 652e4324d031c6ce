#!/bin/sh
# prime, quickstart, onboard, human, todo, where, info, context, ping
. "$(dirname "$0")/lib.sh"

test_expect_success 'prime without a store prints nothing and never fails' '
	mkdir none && cd none && bdw prime >out 2>err && test_empty out && test_empty err &&
	test_is "{\"hookSpecificOutput\":{\"hookEventName\":\"SessionStart\",\"additionalContext\":\"\"}}" "$(bdw prime --hook-json)" && cd ..
'
test_expect_success 'setup store' '
	test_repo && bd init --prefix test -q && bdw create Alpha --id test-a --silent
'
test_expect_success 'prime names the program it was called by' '
	bdw prime >out && test_has out "bdw ready" "bdw close <id1> <id2>" "Do NOT use .bdw edit" && test_lacks out "@" &&
	bd prime >out && test_has out "bd ready" && test_lacks out "bdw" &&
	bdw prime --mcp >short && [ "$(grep -c . short)" -lt 20 ] && bdw prime --hook-json >out && test_has out "^\{\"hookSpecificOutput\":.*additionalContext\":\"\[bdw prime\]"
'
test_expect_success 'prime shows memories' '
	test_is "Remembered [checks]: Always run make check" "$(bdw remember "Always run make check" --key checks)" &&
	bdw prime >out && test_has out "^## Persistent Memories \(1\)$" "^### checks$" "^Always run make check$" &&
	bdw prime --mcp >out && test_has out "^- \*\*checks\*\*: Always run make check$" &&
	bdw prime --memories-only >out && test_has out "^### checks$" && test_lacks out "Core Rules"
'
test_expect_success 'remember, memories, recall, forget' '
	bdw remember "Use tabs, always! And never more than eighty columns of text in a line" --json >out &&
	test_has out "\"action\": \"remembered\"" "\"key\": \"use-tabs-always-and-never-more-than-eighty-columns-of-text\"" &&
	bdw remember "Other text" --key use-tabs >/dev/null && test_is "Updated [use-tabs]: Tabs" "$(bdw remember Tabs --key use-tabs)" &&
	test_is Tabs "$(bdw recall use-tabs)" && bdw memories >out && test_has out "^Memories \(3\):$" "^  checks$" "^    Tabs$" &&
	bdw memories EIGHTY --json >out && test_has out "use-tabs-always" && test_lacks out checks &&
	test_is "Forgot [use-tabs]: Tabs" "$(bdw forget use-tabs)" && test_code 1 bdw recall use-tabs 2>err && test_has err "no memory with key .use-tabs." &&
	test_code 1 bdw forget use-tabs 2>err && test_code 1 bdw remember "!!" 2>err && test_has err "cannot be empty" &&
	test_code 1 bdw remember x --readonly 2>err && test_has err "read-only" &&
	bdw remember x --key "../a b" >/dev/null && test_is x "$(bdw recall "../a b")" && [ ! -e .beadwave/a* ] && bdw forget "../a b" >/dev/null &&
	bdw forget use-tabs-always-and-never-more-than-eighty-columns-of-text >/dev/null
'
test_expect_success 'words of bd that need no doing' '
	before=$(test_commits) && test_is "Nothing to commit." "$(bd dolt commit)" && bd dolt push && bd dolt pull && test_is "$before" "$(test_commits)"
'
test_expect_success 'PRIME.md replaces the text, --export does not' '
	echo mine >.beads/PRIME.md && test_is mine "$(bdw prime)" && mkdir -p sub && (cd sub && test_is mine "$(bdw prime)") &&
	bdw prime --export >out && test_has out "Core Rules" && rm .beads/PRIME.md &&
	mkdir -p "$HOME/.config/beads" && echo home >"$HOME/.config/beads/PRIME.md" && test_is home "$(bdw prime)" && rm "$HOME/.config/beads/PRIME.md"
'
test_expect_success 'quickstart, onboard, human name only commands that exist' '
	for text in quickstart onboard human prime; do
		bdw $text | grep -oE "(^|[^a-z])bdw [a-z]+" | sed "s/.*bdw //" | sort -u
	done | sort -u >names && [ "$(grep -c . names)" -gt 15 ] &&
	while read -r name; do
		case $name in formula | mol | preflight) continue ;; esac	# named as what is not here
		bdw $name -h >/dev/null 2>&1 || { echo "no command $name"; return 1; }
	done <names
'
test_expect_success 'human: list, respond, dismiss' '
	bdw create Ask --id test-h1 -l human --silent && bdw create Ask2 --id test-h2 -l needs-human --silent &&
	bdw comments add test-h2 "Which way?" >/dev/null && bdw human list >out && test_has out "test-h1" "test-h2" "Which way" && test_lacks out test-a &&
	test_is "✓ Answered test-h1" "$(bdw human respond test-h1 -r "This way")" && test_is closed "$(test_field test-h1 status)" &&
	bdw comments test-h1 | grep "This way" && test_is "✓ Dismissed test-h2" "$(bdw human dismiss test-h2)" &&
	test_is "No issues wait for a person" "$(bdw human list)" && test_is "[]" "$(bdw human list --json)" &&
	test_code 1 bdw human respond test-a -r x 2>err && test_has err "does not wait for a person" &&
	test_code 1 bdw human respond test-h1 2>err && test_has err "an answer is required"
'
test_expect_success 'todo: add, list, done' '
	bdw todo add "Call back" -p 1 >out && id=$(sed "s/Created \([^:]*\):.*/\1/" out) && bdw todo >out && test_has out "$id ● P1 Call back" &&
	bdw todo done "$id" >out && test_has out "^✓ Closed $id — Call back$" && bdw todo >out && test_lacks out "Call back" &&
	bdw todo list --all >out && test_has out "Call back"
'
test_expect_success 'where, info, context, ping' '
	top=$(pwd -P) && bdw where >out && test_has out "^$top/.beadwave$" "^  prefix: test$" && bd where --json >out && test_has out "\"path\": \"$top/.beads\"" "\"prefix\": \"test\"" &&
	(cd ../none && test_code 1 bdw where --json >out && test_has out "\"error\": \"no_beads_directory\"") &&
	bdw info >out && test_has out "^Issue Count: [0-9]+$" && bdw info --json >out && test_has out "\"issue_count\": [0-9]" &&
	bdw context >out && test_has out "^branch +beadwave$" "^actor +Tess Agent$" && test_is pong "$(bdw ping)"
'
test_done
