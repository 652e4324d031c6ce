#!/bin/sh
# list, children: filters, orders, forms, limits
. "$(dirname "$0")/lib.sh"

# make ID TIME ARGS...
make()
{
	id=$1 at=$2
	shift 2
	BDW_NOW=$at bdw create "$@" --id "$id" --silent >/dev/null
}
# the ids of a listing, in its order, on one line
ids()
{
	bdw list --flat "$@" | sed 's/^[^ ]* \([^ ]*\) .*/\1/' | tr '\n' ' ' | sed 's/ $//'
}

test_expect_success 'setup store' '
	test_store &&
	make test-a 2026-01-01T00:00:00Z Alpha -p 2 -l back,urgent -a ann -d "Has text" --metadata "{\"k\":1}" &&
	make test-b 2026-01-02T00:00:00Z Beta -p 0 -t bug -l back &&
	make test-c 2026-01-03T00:00:00Z gamma -p 2 -t feature --notes "see Beta" --deps test-a &&
	make test-e 2026-01-04T00:00:00Z Epic -p 1 -t epic --spec-id S/1 &&
	BDW_NOW=2026-01-05T00:00:00Z bdw create "Kid one" --parent test-e --silent &&
	BDW_NOW=2026-01-06T00:00:00Z bdw create "Kid two" --parent test-e -p 0 --deps test-e.1 --silent &&
	BDW_NOW=2026-01-07T00:00:00Z bdw create "Grandkid" --parent test-e.1 --due 2026-02-01 --silent &&
	make test-d 2026-01-08T00:00:00Z Deferred --defer 2099-01-01 &&
	make test-z 2026-01-09T00:00:00Z Closed && BDW_NOW=2026-01-10T00:00:00Z bdw close test-z >/dev/null
'

# what, wanted ids, flags
table='
default order: priority, newest, id|test-e.2 test-b test-e test-d test-e.1.1 test-e.1 test-c test-a|
closed are hidden unless asked for|test-z|--status closed
all|test-z|--all --title closed
several status|test-z test-d|--status closed,deferred
status repeated|test-z test-d|--status closed --status deferred
type|test-b|--type bug
type alias|test-c|--type feat
exclude type|test-b test-e test-c|--exclude-type task
priority|test-e.2 test-b|--priority 0
priority P|test-e|-pP1
priority range|test-e|--priority-min 1 --priority-max 1
assignee|test-a|--assignee ann
no assignee, labelled|test-b|--no-assignee --label back
all labels|test-a|-l back,urgent
any label|test-b test-a|--label-any urgent,back
excluded label|test-b|--label back --exclude-label urgent
label pattern|test-a|--label-pattern u*t
label regex|test-b test-a|--label-regex ^ba
parent: children only|test-e.2 test-e.1|--parent test-e
parent by part of its id|test-e.1.1|--parent e.1
no parent, priority 1|test-e|--no-parent -p 1
ids|test-a test-b|--id test-b,test-a,test-none --sort id
title|test-e.2 test-e.1.1 test-e.1|--title KID
description|test-a|--desc-contains TEXT
notes|test-c|--notes-contains beta
empty description, bug|test-b|--empty-description --type bug
created after|test-d test-e.1.1|--created-after 2026-01-06T12:00:00Z
created before|test-a|--created-before 2026-01-01T12:00:00Z
closed after|test-z|--all --closed-after 2026-01-09
due before|test-e.1.1|--due-before 2027-01-01
overdue|test-e.1.1|--overdue
deferred|test-d|--deferred
ready below|test-e.1 test-e.1.1|--ready --parent test-e
metadata|test-a|--metadata-field k=1
metadata key|test-a|--has-metadata-key k
spec|test-e|--spec S/
sort id|test-a test-b test-c test-d test-e test-e.1 test-e.1.1 test-e.2|--sort id
sort created|test-d test-e.1.1 test-e.2 test-e.1 test-e test-c test-b test-a|--sort created
reverse|test-a test-b test-c test-e test-e.1 test-e.2 test-e.1.1 test-d|--sort created -r
sort title|test-a test-b test-d test-e test-c test-e.1.1 test-e.1 test-e.2|--sort title
'
old=$IFS
IFS='
'
for line in $table; do
	IFS='|' read -r what want flags <<-END
	$line
	END
	IFS=$old
	test_expect_success "filter: $what" "test_is '$want' \"\$(ids $(printf '%s' "$flags" | sed "s/[*^]/\\\\&/g"))\""
	IFS='
'
done
IFS=$old

test_expect_success 'bad values are named, with what would do' '
	test_code 1 bdw list --status bogus 2>err &&
	test_has err "^Error: invalid status \"bogus\" \(valid: open, in_progress, blocked, deferred, closed, pinned, hooked\)$" &&
	test_code 1 bdw list --type bogus 2>err && test_has err "invalid issue type \"bogus\" \(valid: bug, feature" &&
	test_code 1 bdw list --sort bogus 2>err && test_has err "invalid sort field \"bogus\" \(valid: priority, created" &&
	test_code 1 bdw list -p 9 2>err && test_has err "invalid priority \"9\"" &&
	test_code 1 bdw list --created-after nope 2>err && test_has err "invalid --created-after format \"nope\"" &&
	test_code 1 bdw list --label-regex "(" 2>err && test_has err "^Error: " &&
	test_code 1 bdw list --limit -1 2>err && test_has err "^Error: "
'
test_expect_success 'the tree' '
	bdw list --no-parent --type epic >out && test_has out "^○ test-e ● P1 \[epic\] Epic$" &&
	bdw list --parent test-e >out &&
	cat >want <<-\END &&
	○ test-e ● P1 [epic] Epic
	├── ○ test-e.2 ● P0 Kid two
	└── ○ test-e.1 ● P2 Kid one
	    └── ○ test-e.1.1 ● P2 Grandkid

	--------------------------------------------------------------------------------
	Total: 4 issues (4 open, 0 in progress)

	Status: ○ open  ◐ in_progress  ● blocked  ✓ closed  ❄ deferred
	END
	test_cmp want out
'
test_expect_success 'an issue whose parent is filtered out stands at the left' '
	bdw list --type task --title Grandkid >out && test_has out "^○ test-e.1.1 ● P2 Grandkid$"
'
test_expect_success 'parents of each other are shown, once' '
	test_repo ring && bdw init --prefix test -q &&
	bdw create A --id test-a --silent && bdw create B --id test-b --parent test-a --silent 2>/dev/null ||
	bdw create B --id test-b --silent &&
	for i in a b; do
		f=$(ls .beadwave/issue/*/test-$i.md) && o=$(echo $i | tr ab ba) &&
		sed "/^parent:/d; s/^title:/parent: test-$o\ntitle:/" "$f" >t && cat t >"$f" || return 1
	done &&
	bdw list >out && test_is 2 "$(grep -c "test-[ab] " out)" && cd ../repo
'
test_expect_success 'children are all of them, closed too' '
	bdw close test-e.1.1 >/dev/null && bdw children test-e.1 >out && test_has out "✓ test-e.1.1 ● P2 task Grandkid" &&
	bdw children test-e.1 --json >out && test_has out "\"status\": \"closed\"" && bdw reopen test-e.1.1 >/dev/null &&
	test_is "No issues found." "$(bdw children test-a)"
'
test_expect_success 'flat lines say what blocks and what is blocked' '
	bdw list --flat --id test-a,test-c,test-e.2 >out &&
	test_has out "^○ test-a \[● P2\] \[task\] @ann \[back urgent\] - Alpha \(blocks: test-c\)$" \
		"^● test-c \[● P2\] \[feature\] - gamma \(blocked by: test-a\)$" \
		"^● test-e.2 \[● P0\] \[task\] - Kid two \(parent: test-e, blocked by: test-e.1\)$"
'
test_expect_success 'what is closed does not block' '
	bdw close test-a >/dev/null && bdw list --flat --all --id test-a,test-c >out &&
	test_has out "^○ test-c \[● P2\] \[feature\] - gamma$" "^✓ test-a \[P2\] \[task\] @ann \[back urgent\] - Alpha$" &&
	bdw reopen test-a >/dev/null
'
test_expect_success 'BD_AGENT_MODE shortens the lines' '
	test_is "test-c: gamma (blocked by: test-a)" "$(BD_AGENT_MODE=1 bdw list --flat --id test-c)"
'
test_expect_success 'a limit is said on stderr, the data stays data' '
	bdw list --flat -n 2 >out 2>err && test_is 2 "$(grep -c . out)" &&
	test_has err "^Showing 2 issues; more results matched but were hidden by --limit. Use --limit 0" &&
	bdw list --json -n 1 >out 2>err && test_is 1 "$(grep -c "\"id\":" out)" && test_has err "^Showing 1 issues" &&
	bdw list --flat -n 0 >out 2>err && test_empty err && bdw list --flat -n 8 2>err && test_empty err
'
test_expect_success 'JSON: raw edges, counts, parent; empty is []' '
	bdw list --json --id test-e.2 >out &&
	test_has out "\"depends_on_id\": \"test-e.1\"" "\"metadata\": \"\{\}\"" "\"dependency_count\": 1" \
		"\"dependent_count\": 0" "\"comment_count\": 0" "\"parent\": \"test-e\"" &&
	test_is "[]" "$(bdw list --json --id test-none)" &&
	bdw list --json --id test-a --skip-labels >out && test_lacks out "\"labels\"" &&
	bdw list --format json --id test-a >out2 && test_has out2 "\"labels\""
'
test_expect_success 'templates' '
	test_is "test-b open P0 bug Beta" "$(bdw list --format "{{.ID}} {{ .Status }} P{{.Priority}} {{.Type}} {{.Title}}" --id test-b)" &&
	test_is "back,urgent" "$(bdw list --format "{{.Labels}}" --id test-a)" &&
	test_code 1 bdw list --format "{{.Nope}}" 2>err && test_has err "unknown field .\.Nope." &&
	test_code 1 bdw list --format "{{.ID" 2>err && test_has err "without"
'
test_expect_success 'dot and digraph name the edges between what is listed' '
	bdw list --format dot --parent test-e >out &&
	test_has out "^digraph dependencies \{$" "^  \"test-e.2\" -> \"test-e.1\" \[label=\"blocks\", color=red, style=bold\];$" &&
	test_lacks out "\"test-e\" \[" &&
	bdw list --format digraph --parent test-e >out && test_is "test-e.2 test-e.1" "$(cat out)"
'
test_expect_success '--long with --flat' '
	bdw list --flat --long --id test-a >out &&
	test_has out "^Found 1 issues:$" "^test-a \[● P2\] \[task\] open$" "^  Alpha$" "^  Assignee: ann$" "^  Labels: \[back urgent\]$"
'
test_expect_success 'custom frozen statuses are hidden by default' '
	bdw config set status.custom "in_review:active,shelf:frozen" >/dev/null && bdw update test-b --status shelf >/dev/null &&
	test_lacks /dev/null x && bdw list --flat >out && test_lacks out test-b && test_is test-b "$(ids --status shelf)" &&
	test_code 1 bdw list --status nope 2>err && test_has err "hooked, in_review, shelf\)"
'
test_done
