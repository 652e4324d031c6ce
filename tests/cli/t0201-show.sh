#!/bin/sh
# show: the sheet, its blocks, JSON, ids
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store &&
	bdw create Epic -t epic -p 1 --id test-e --silent &&
	bdw create Kid --parent test-e -d Body --design Plan --acceptance Done --notes Careful -l one,two -a ann \
		-e 90 --metadata "{\"team\":\"core\",\"n\":[1,2]}" --external-ref gh-9 --spec-id S1 --silent &&
	bdw create Later --id test-l -t bug --deps test-e.1 --silent &&
	bdw create Found --id test-f --deps discovered-from:test-e.1 --silent &&
	bdw create Rel --id test-r --silent && bdw dep relate test-r test-e.1 &&
	bdw dep add test-e.1 external:proj:cap &&
	bdw --actor bob comments add test-e.1 "Line one
line two"
'

test_expect_success 'the whole sheet' '
	bdw show test-e.1 | sed "s/20[0-9][0-9]-[0-9-]*\( [0-9:]*\)*/DATE/g" >got &&
	cat >want <<-\END &&
	○ test-e.1 · Kid   [● P2 · OPEN]
	Owner: Tess Agent · Assignee: ann · Type: task
	Created: DATE· Updated: DATE
	External: gh-9
	Spec: S1

	DESCRIPTION
	Body

	DESIGN
	Plan

	NOTES
	Careful

	ACCEPTANCE CRITERIA
	Done

	LABELS: one, two

	METADATA
	  n: [1,2]
	  team: core

	PARENT
	  ↑ ○ test-e: (EPIC) Epic ● P1

	DEPENDS ON
	  → external:proj:cap (external)

	BLOCKS
	  ← ○ test-l: (BUG) Later ● P2

	RELATED
	  ↔ ○ test-r: Rel ● P2

	DISCOVERED
	  ◊ ○ test-f: Found ● P2

	COMMENTS
	  DATEbob
	    Line one
	    line two

	END
	sed "s/DATE */DATE/g" got >got2 && test_cmp want got2
'
test_expect_success 'who cannot read icons gets words' '
	LC_ALL=C bdw show test-e.1 >out && test_has out "^Status: open$" "^Priority: P2$" && LC_ALL= LANG= LC_CTYPE= bdw show test-e >out &&
	test_has out "^Status: open$" && bdw show test-e.1 >out && test_lacks out "^Status"
'
test_expect_success 'a relation held by both sides is shown once' '
	test_is 1 "$(bdw show test-e.1 | grep -c "↔")"
'
test_expect_success 'the other end of a discovery' '
	bdw show test-f >out && test_has out "^DISCOVERED FROM$" "^  ◊ ○ test-e.1: Kid ● P2$"
'
test_expect_success 'an epic counts its children' '
	bdw show test-e >out && test_has out "^  ◐ 0/1 complete \(0%\)$" &&
	bdw close test-e.1 --force >/dev/null && bdw show test-e >out &&
	test_has out "^  ✓ 1/1 complete \(100%\)$" "^  ↳ ✓ test-e.1: Kid ● P2$" && bdw reopen test-e.1
'
test_expect_success '--long adds the estimate' '
	bdw show test-e.1 --long >out && test_has out "^EXTENDED DETAILS$" "^  Estimated: 90 minutes$"
'
test_expect_success '--short, one line each' '
	bdw show test-l test-e --short >out &&
	printf "○ test-l ● P2 [bug] Later\n○ test-e ● P1 [epic] Epic\n" >want && test_cmp want out
'
test_expect_success 'two issues are parted by a rule' '
	bdw show test-l test-f >out && test_is 1 "$(grep -c "^────*$" out)" &&
	bdw show test-l >out && test_lacks out "^───"
'
test_expect_success '--children and --refs, as text and as JSON' '
	bdw show test-e --children >out && test_has out "^↳ Children of test-e \(1\):$" "^  ↳ ○ test-e.1: Kid ● P2$" &&
	bdw show test-e.1 --refs >out && test_has out "^  🚫 blocks \(1\):$" "^    test-l: Later \[P2 - open\]$" &&
	bdw show test-f --refs >out && test_has out "^test-f: No references found$" &&
	bdw show test-e --children --json >out && test_has out "\"test-e\": \["
'
test_expect_success 'JSON: full dependencies, counts, parent; more when asked' '
	bdw show test-e.1 --json >out &&
	test_has out "^\[$" "\"dependency_type\": \"parent-child\"" "\"parent\": \"test-e\"" "\"dependent_count\": 3" \
		"\"dependency_count\": 2" "\"comment_count\": 1" &&
	test_lacks out "\"comments\"" "\"dependents\"" &&
	bdw show test-e.1 --json --include-comments >out && test_has out "\"text\": \"Line one.nline two\"" &&
	bdw show test-e --json --include-dependents >out &&
	test_has out "\"dependents\"" "\"epic_total_children\": 1" "\"epic_closeable\": false" "0001-01-01T00:00:00Z"
'
test_expect_success 'partial ids; ambiguous ones list the choices' '
	test_is "○ test-l ● P2 [bug] Later" "$(bdw show l --short)" &&
	bdw create X --id test-xy1 --silent && bdw create X --id test-xy2 --silent &&
	test_code 1 bdw show xy --short 2>err && test_has err "ambiguous ID \"xy\" matches 2 issues" "Use more characters"
'
test_expect_success 'one of two unknown: shown, complained, exit 0; none known: exit 1' '
	test_code 0 bdw show test-l test-none >out 2>err && test_has out "Later" &&
	test_has err "^Error fetching test-none: no issue found matching \"test-none\"$" &&
	test_code 1 bdw show test-none --json >out 2>err &&
	test_has out "\"error\": \"no issues found matching the provided IDs\""
'
test_expect_success '--current is the issue last touched or shown' '
	bdw show test-f --short && test_is "○ test-f ● P2 Found" "$(bdw show --current --short)" &&
	bdw create New --id test-new --silent && test_is "○ test-new ● P2 New" "$(bdw show --current --short)"
'
test_expect_success 'a hand edit is seen at once' '
	f=$(ls .beadwave/issue/*/test-l.md) && sed "s/^title: .*/title: By hand/" "$f" >t && cat t >"$f" &&
	bdw show test-l --short | grep "By hand" && bdw list --flat | grep "test-l.*By hand"
'
test_expect_success 'control characters do not reach the terminal' '
	bdw create "$(printf "red \033[31mtitle")" --id test-esc --silent &&
	bdw show test-esc >out && bdw list >>out && bdw list --flat >>out && bdw ready >>out &&
	! grep "$(printf "\033")" out && test_has out "red \[31mtitle"
'
test_expect_success 'show works without the git program and without the git library' '
	mkdir -p empty && (PATH=$PWD/empty:$TRASH/bin BDW_ACTOR=x "$BDW" show test-e --short) >out && test_has out Epic
'
test_expect_success 'what waits stands oldest first, children by number' '
	bdw create First --id test-o1 -t epic --silent && bdw create Zed --id test-oz --deps discovered-from:test-o1 --silent &&
	bdw create Ann --id test-oa --deps discovered-from:test-o1 --silent &&
	for i in 1 2 3 4 5 6 7 8 9 10; do bdw create "Kid $i" --parent test-o1 --silent || return 1; done >/dev/null &&
	test_is "test-o1.2 test-o1.9 test-o1.10 test-oz test-oa" "$(bdw show test-o1 |
		grep -o "test-o[a-z1][.0-9]*: " | grep -e "1.2:" -e "1.9:" -e "1.10:" -e "oz:" -e "oa:" | tr -d ":\n" | sed "s/ $//")"
'
test_done
