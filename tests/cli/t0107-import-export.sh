#!/bin/sh
# import and export: JSONL both ways, Markdown plans, create -f, create --graph
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup stores' '
	test_store one && bdw create A --id test-a -l x -d "a<b" --silent && bdw create B --id test-b --deps test-a --silent &&
	bdw comments add test-b note && bdw close test-a -r why && test_store two
'
test_expect_success 'export: bd fields in order, counts, file or stdout' '
	cd ../one && bdw export -o out.jsonl 2>err && test_is "Exported 2 issues to out.jsonl" "$(cat err)" &&
	bdw export | cmp - out.jsonl &&
	test_has out.jsonl "^.\"_type\":\"issue\",\"id\":\"test-a\",\"title\":\"A\",\"description\":\"a.u003cb\"" \
		"\"dependency_count\":1,\"dependent_count\":0,\"comment_count\":1.$"
'
test_expect_success 'import into another store and out again loses nothing' '
	cd ../two && bdw import ../one/out.jsonl 2>err && test_is "Imported 2 issues from ../one/out.jsonl" "$(cat err)" &&
	bdw export | test_cmp ../one/out.jsonl -
'
test_expect_success 'importing the same again changes nothing' '
	before=$(test_commits) && bdw import ../one/out.jsonl && test_is "$before" "$(test_commits)"
'
test_expect_success 'older lines are stale, newer ones replace, comments here stay' '
	bdw comments add test-b local &&
	printf "%s\n" "{\"id\":\"test-b\",\"title\":\"Old\",\"created_at\":\"2020-01-01T00:00:00Z\",\"updated_at\":\"2020-01-01T00:00:00Z\"}" >old.jsonl &&
	bdw import old.jsonl --json >out && test_has out "\"stale_skipped_ids\"" "\"created\": 0" && test_is B "$(test_field test-b title)" &&
	sed "s/Old/New/; s/updated_at\":\"2020/updated_at\":\"2099/" old.jsonl | bdw import - && test_is New "$(test_field test-b title)" &&
	bdw comments test-b | grep local
'
test_expect_success 'tombstones, memories, missing ids, odd comment ids, unknown fields, dead targets' '
	cat >odd.jsonl <<-\END &&
	{"id":"test-gone","title":"Gone","status":"tombstone"}
	{"_type":"memory","key":"k","value":"v"}
	{"title":"No id","priority":3}
	{"id":"test-y","title":"New","wisp":false,"x_new":{"a":1},"comments":[{"id":7,"issue_id":"test-y","author":"a","text":"t","created_at":"2025-01-01T00:00:00Z"}]}
	{"id":"test-z","title":"Dep","dependencies":[{"issue_id":"test-z","depends_on_id":"test-nowhere","type":"blocks"},{"issue_id":"test-z","depends_on_id":"other-1","type":"blocks"}]}
	{"id":"test-y.7","title":"Child","dependencies":[{"issue_id":"test-y.7","depends_on_id":"test-y","type":"parent-child"}]}
	END
	bdw import odd.jsonl --json >out &&
	test_has out "\"created\": 4" "\"memories\": 1" "test-z -.u003e test-nowhere: target not found" &&
	bdw export --all >all && test_lacks all test-gone test-nowhere &&
	test_has all "other-1" "\"x_new\":.\"a\":1." "\"key\":\"k\",\"value\":\"v\"" "\"title\":\"No id\"" &&
	test_is test-y.8 "$(bdw create K --parent test-y --silent)"
'
test_expect_success 'a bad line imports nothing and is named' '
	before=$(test_commits) &&
	printf "%s\n" "{\"id\":\"test-ok\",\"title\":\"ok\"}" "nope" >bad.jsonl &&
	test_code 1 bdw import bad.jsonl 2>err && test_has err "^Error: failed to parse JSONL line: bad.jsonl:2:" &&
	printf "%s\n" "{\"id\":\"test-ok\",\"title\":\"ok\",\"status\":\"nonsense\"}" >bad.jsonl &&
	test_code 1 bdw import bad.jsonl 2>err && test_has err "bad.jsonl:1:.*invalid status" &&
	printf "%s\n" "{\"id\":\"../../x\",\"title\":\"ok\"}" "{\"id\":\"\",\"title\":\"\"}" >bad.jsonl &&
	test_code 1 bdw import bad.jsonl 2>err &&
	test_code 1 bdw import nope.jsonl 2>err && test_has err "^Error: cannot read nope.jsonl" &&
	test_is "$before" "$(test_commits)"
'
test_expect_success '--dry-run and --dedup' '
	before=$(test_commits) && echo "{\"title\":\"No id\"}" >dup.jsonl &&
	bdw import dup.jsonl --dry-run 2>err && test_is "Would import 1 issues and 0 memories from dup.jsonl" "$(cat err)" &&
	bdw import dup.jsonl --dedup --json >out && test_has out "\"skipped\": 1" && test_is "$before" "$(test_commits)"
'
test_expect_success 'a Markdown plan becomes an epic with children' '
	cat >plan.md <<-\END &&
	# Parser plan

	## Success Criteria
	- [ ] It parses

	### Task 1: Reject NUL bytes
	**Depends on:** None
	**Complexity:** simple
	**Files:**
	- Modify: `core/parse.c`

	Text of one.

	### Task 2: Config lines
	**Depends on:** Task 1
	**Complexity:** standard
	**Files:**
	- Modify: `store/config.c`
	END
	bdw import plan.md --dry-run >out && test_has out "^Would create epic Parser plan with 2 issues from plan.md" &&
	bdw import plan.md >out && test_has out "^✓ Created epic test-[0-9a-z]+ with 2 issues from plan.md$" &&
	epic=$(sed -n "s/.*epic \(test-[0-9a-z]*\) .*/\1/p" out) && bdw export >all &&
	test_has all "\"id\":\"$epic\",\"title\":\"Parser plan\".*\"issue_type\":\"epic\"" \
		"\"issue_id\":\"$epic.2\",\"depends_on_id\":\"$epic.1\",\"type\":\"blocks\"" "\"labels\":..*complexity:simple" &&
	before=$(test_commits) && bdw import plan.md --json >out && test_has out "\"epic\": \"$epic\"" "\"created\": 0" "\"unchanged\": 3" &&
	test_is "$before" "$(test_commits)"
'
# after FIELD TITLE: of the issue with that title
after()
{
	bdw list --all --json >all.json && python3 -c "
import json, sys
print([i for i in json.load(open('all.json')) if i['title'] == sys.argv[2]][0].get(sys.argv[1], ''))" "$1" "$2"
}
command -v python3 >/dev/null && test_expect_success 'a plan imported again: what changed in its text is taken over, and nothing else' '
	epic=$(after id "Parser plan") && n=$(bdw count) && bdw close "$epic.1" >/dev/null && bdw update "$epic.2" --title "Mine" -a ann --add-label ui >/dev/null &&
	sed -i "s/Text of one/Text of one, in other words/; s/^### Task 2: Config lines/### Task 2: Between\n\nNew.\n\n### Task 3: Config lines/; s/complexity:\*\* standard/complexity:** complex/I" plan.md &&
	bdw import plan.md --dry-run >out && test_has out "^Would update epic $epic from plan.md: 1 new, 2 changed, 1 as before$" && test_is "$n" "$(bdw count)" &&
	bdw import plan.md >out && test_has out "^✓ Updated epic $epic from plan.md: 1 new, 2 changed, 1 as before$" && test_is $((n + 1)) "$(bdw count)" &&
	test_is closed "$(test_field "$epic.1" status)" && bdw show "$epic.1" >out && test_has out "in other words" &&
	bdw show "$epic.2" --json >out && test_has out "\"title\": \"Mine\"" "\"assignee\": \"ann\"" "\"ui\"" "complexity:complex" && test_lacks out "complexity:standard" &&
	test_is "$epic.3" "$(after id Between)" && before=$(test_commits) && bdw import plan.md -q && test_is "$before" "$(test_commits)"
'
command -v python3 >/dev/null && test_expect_success 'what a person wrote stays while the plan says the same; edges of the plan follow it' '
	bdw update "$epic.1" -d "by hand" >/dev/null && bdw update "$epic.2" -d "by hand too" >/dev/null && bdw dep add "$epic.3" "$epic.2" >/dev/null &&
	sed -i "s/^\*\*Depends on:\*\* Task 1/**Depends on:** Task 2/; s/Task 3: Config lines/Task 3: Config line/" plan.md && bdw import plan.md >out 2>err &&
	test_has out "0 new, 1 changed, 3 as before" && test_has err "Warning: .*cycle" && bdw show "$epic.1" --json >out && test_has out "by hand" && bdw dep remove "$epic.3" "$epic.2" >/dev/null &&
	bdw show "$epic.2" --json >out && test_lacks out "by hand too" && test_has out "\"title\": \"Config line\"" &&
	sed -i "/^### Task 2: Between/,/^New/d" plan.md && bdw import plan.md >out 2>err && test_has err "Warning: $epic.3 is no longer in plan.md: left as it is" &&
	test_is open "$(test_field "$epic.3" status)"
'
test_expect_success 'a number that was given to other work does not stand for what is done' '
	printf "# Small\n\n### Task 1: Wash the car\n\nx\n" >small.md && bdw import small.md --json >out && epic=$(sed -n "s/.*\"epic\": \"\(.*\)\".*/\1/p" out) &&
	bdw close "$epic.1" >/dev/null && printf "# Small\n\n### Task 1: Wash the cars\n\nx\n" >small.md && bdw import small.md >out && test_has out "0 new, 1 changed" &&
	printf "# Small\n\n### Task 1: Feed the cat\n\nx\n" >small.md && bdw import small.md >out && test_has out "1 new, 0 changed" &&
	test_is "Wash the cars" "$(test_field "$epic.1" title)" && test_is open "$(test_field "$epic.2" status)"
'
test_expect_success 'create -f: all or nothing, in bd form' '
	printf "## Parser\n### Priority\n1\n### Type\nfeature\n### Labels\ncore, p\n\n## Docs\nJust text.\n### Dependencies\ntest-b\n" >many.md &&
	bdw create -f many.md >out && test_has out "^✓ Created 2 issues from many.md:$" "^  test-[0-9a-z]+: Parser .P1, feature.$" &&
	printf "## Good\n\n## Bad\n### Type\nnonsense\n" >bad.md && before=$(test_commits) &&
	test_code 1 bdw create -f bad.md 2>err && test_has err "bad.md" nonsense && test_is "$before" "$(test_commits)" &&
	test_code 1 bdw create Title -f many.md 2>err && test_has err "cannot specify both"
'
test_expect_success 'create --graph: keys become ids, all or nothing' '
	echo "{\"nodes\":[{\"key\":\"r\",\"title\":\"R\",\"type\":\"epic\"},{\"key\":\"a\",\"title\":\"A\",\"parent_key\":\"r\"},{\"key\":\"b\",\"title\":\"B\",\"parent_key\":\"r\"}],\"edges\":[{\"from_key\":\"b\",\"to_key\":\"a\"}]}" >g.json &&
	bdw create --graph g.json --json >out && test_has out "^  \"ids\": ." "\"a\": \"test-" &&
	sed "s/\"to_key\":\"a\"/\"to_key\":\"zz\"/" g.json >g2.json && before=$(test_commits) &&
	test_code 1 bdw create --graph g2.json 2>err && test_has err "unknown to_key" && test_is "$before" "$(test_commits)"
'
test_expect_success 'export.auto keeps .beads/issues.jsonl' '
	test_repo three && bd init --prefix test -q && bd create A --id test-a --silent && ! test -e .beads/issues.jsonl &&
	bd config set export.auto true && bd create B --id test-b --silent &&
	test_is 2 "$(grep -c . .beads/issues.jsonl)" && test_is "" "$(git status --porcelain)" && cp .beads/issues.jsonl ../from-bd.jsonl
'
test_expect_success 'init --from-jsonl takes what bd left' '
	test_repo four && mkdir .beads && cp ../from-bd.jsonl .beads/issues.jsonl && bdw init -p test --from-jsonl >out &&
	test_has out "Imported 2 issues" && test_is B "$(test_field test-b title)"
'
test_done
