#!/bin/sh
# label, comments, comment
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store && bdw create A --id test-a --silent && bdw create B --id test-b --silent
'
test_expect_success 'label add and remove, idempotent' '
	test_is "✓ Added label '\''x'\'' to test-a" "$(bdw label add test-a x)" &&
	before=$(test_commits) && bdw label add test-a x >out && test_is "$before" "$(test_commits)" &&
	test_is "✓ Removed label '\''x'\'' from test-a" "$(bdw label remove test-a x)" &&
	bdw label remove test-a x
'
test_expect_success 'several issues, JSON' '
	bdw label add test-a test-b shared --json >out &&
	test_has out "^\[$" "\"issue_id\": \"test-a\"" "\"issue_id\": \"test-b\"" "\"label\": \"shared\"" "\"status\": \"added\""
'
test_expect_success 'list and list-all' '
	bdw label list test-a >out && test_has out "Labels for test-a:" "^  - shared$" &&
	bdw label list-all >out && test_has out "All labels .1 unique.:" "^  shared  .2 issues.$" &&
	bdw label list-all --json >out && test_has out "\"count\": 2" &&
	bdw create C --id test-c --silent && bdw label list test-c >out && test_has out "^test-c has no labels$"
'
test_expect_success 'propagate to children' '
	bdw create K --parent test-a --no-inherit-labels --silent && bdw label propagate test-a down >out &&
	test_has out "test-a.1" && bdw label list test-a.1 --json | grep down
'
test_expect_success 'a label of several lines is refused' '
	test_code 1 bdw label add test-a "$(printf "a\nb")" 2>err && test_code 1 bdw label add test-a "" 2>err
'
test_expect_success 'comments: none, one, from a file, by others' '
	test_is "No comments on test-a" "$(bdw comments test-a)" && test_is "[]" "$(bdw comments test-a --json)" &&
	test_is "Comment added to test-a" "$(bdw comments add test-a one)" &&
	printf "two\nlines\n" >c.md && bdw comments add test-a -f c.md --json >out &&
	test_has out "\"text\": \"two.nlines.n\"" "\"issue_id\": \"test-a\"" "\"schema_version\": 1" \
		"\"id\": \"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-" &&
	bdw comments add test-a three --author zed &&
	test_is "✓ Comment added to test-a — A" "$(bdw comment test-a four words)" &&
	echo five | bdw comment test-a --stdin && echo six | bdw comments add test-a -f - &&
	bdw comments test-a >out &&
	test_has out "^Comments on test-a:$" "^.Tess Agent. at 20[0-9-]+ [0-9:]+$" "^  two$" "^  lines$" "^.zed. at " "^  four words$" &&
	test_is "one two three four five six" "$(sed -n "s/^  \([a-z]*\).*/\1/p" out | grep -v lines | tr "\n" " " | sed "s/ $//")"
'
test_expect_success 'comment text is kept as it is' '
	printf "%s\n" "---" "<!-- beadwave: notes -->" "\\\\---" "  indented" "" "end" >odd.md &&
	bdw comments add test-b -f odd.md && bdw comments test-b --json >out &&
	test_has out "\"text\": \"---.n.u003c!-- beadwave: notes" && bdw comments test-b >text &&
	test_has text "^  ---$" "^    indented$" "^  end$"
'
test_expect_success 'refusals' '
	test_code 1 bdw comments add test-a 2>err && test_is "Error: comment text required (use -f to read from file)" "$(cat err)" &&
	test_code 1 bdw comments add test-a "  " 2>err && test_code 1 bdw comments add test-a -f nope 2>err && test_has err nope &&
	test_code 1 bdw comments test-none 2>err && test_is "Error: resolving test-none: no issue found matching \"test-none\"" "$(cat err)" &&
	test_code 1 bdw comments test-none --json >out 2>err && test_has out "\"error\": \"resolving test-none" &&
	test_code 1 bdw comments list test-a 2>err && test_has err "comments list. is not valid"
'
test_expect_success 'a text that begins like a list is a text' '
	bdw create L --id test-l1 --silent && bdw comment test-l1 "- one
- two" && bdw comments add test-l1 "- three" && bdw note test-l1 "- four" && bdw update test-l1 --design "- five" &&
	bdw comments test-l1 >out && test_has out "^  - one$" "^  - two$" "^  - three$" && bdw show test-l1 --json >out && test_has out "\"notes\": \"- four" "\"design\": \"- five" &&
	test_code 1 bdw comment test-l1 "-x" 2>err && test_has err "unknown shorthand flag"
'
test_done
