#!/bin/sh
# history, orphans, doctor: what git and the files know
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store && bdw create Alpha --id test-a -l x --silent && bdw create Beta --id test-b --silent
'
test_expect_success 'history: each change by field, newest first' '
	bdw update test-a --status in_progress -p 0 --add-label y >/dev/null && bdw comments add test-a "A word" >/dev/null &&
	bdw dep add test-a test-b >/dev/null && bdw close test-a --force --reason Done >/dev/null &&
	bdw history test-a >out &&
	test_has out "^📜 History for test-a \(5 entries\)$" "^  Author: Tess Agent$" "^    status: open -> in_progress$" \
		"^    priority: 2 -> 0$" "^    labels: y$" "^    comments: A word$" "^    dependencies: blocks test-b$" \
		"^    close_reason: Done$" "^    title: Alpha$" &&
	test_is "    status: in_progress -> closed" "$(grep -m1 "    status" out)"
'
test_expect_success 'history: JSON, limit' '
	bdw history test-a -n 1 --json >out && test_is 1 "$(grep -c "\"commit\"" out)" &&
	test_has out "\"field\": \"close_reason\"" "\"new_value\": \"Done\"" "\"issue\": \{"
'
test_expect_success 'history goes on through a rename, and after deletion' '
	bdw rename test-b test-bb >/dev/null && bdw history test-bb >out && test_has out "title: Beta" &&
	bdw delete test-bb --force >/dev/null && bdw history test-bb >out && test_has out "^  deleted$" "title: Beta" &&
	test_code 1 bdw history test-none 2>err && test_has err "no issue found matching \"test-none\""
'
test_expect_success 'history knows hand edits' '
	f=$(ls .beadwave/issue/*/test-a.md) && sed "s/^title: .*/title: By hand/" "$f" >t && cat t >"$f" &&
	bdw doctor >out && test_has out "✓ Hand edits: 1 file" && bdw history test-a -n 1 >out && test_has out "title: Alpha -> By hand" &&
	bdw doctor >out && test_has out "no unrecorded edits"
'
test_expect_success 'orphans: open issues that commits name' '
	bdw create Done --id test-o1 --silent && bdw create Open --id test-o2 --silent &&
	test_is "✓ No orphaned issues found" "$(bdw orphans)" &&
	git commit -q --allow-empty -m "Fix it (test-o1)" && git commit -q --allow-empty -m "More" -m "Closes test-o2." && bdw close test-o1 >/dev/null &&
	bdw orphans >out && test_has out "^⚠ Found 1 orphaned issue" "^1\. test-o2: Open$" "^   Latest commit: [0-9a-f]+ - More$" &&
	bdw orphans --json >out && test_has out "\"issue_id\": \"test-o2\""
'
test_expect_success 'orphans in a repository without a commit' '
	mkdir ../empty && cd ../empty && git init -q . && bdw init --prefix test -q && bdw orphans >out && test_has out "No orphaned" && cd ../repo
'
test_expect_success 'doctor names issue files that lie where nobody reads them, and says where they belong' '
	right=$(cd .beadwave; ls issue/*/test-a.md) && sed "s/^id: test-a/id: test-stray/" ".beadwave/$right" >stray.md && mkdir -p .beadwave/issue/zz .beadwave/issue/00 &&
	cp stray.md .beadwave/issue/test-stray.md && cp stray.md .beadwave/issue/zz/ && cp ".beadwave/$right" .beadwave/issue/zz/test-a.md && echo x >.beadwave/issue/00/README.md &&
	test_code 1 bdw show test-stray 2>err && bdw doctor >out && test_has out "⚠ Places: 2 file" "issue/test-stray.md belongs at issue/[0-9a-f]{2}/test-stray.md" \
		"issue/zz/test-a.md belongs at $right" "Fix: move" && test_lacks out README &&
	place=$(sed -n "s/.*test-stray.md belongs at //p" out) && mkdir -p ".beadwave/${place%/*}" && mv .beadwave/issue/test-stray.md ".beadwave/$place" &&
	rm -r .beadwave/issue/zz stray.md && bdw show test-stray >out && bdw doctor >out && test_has out "✓ Places" && bdw delete test-stray --force >/dev/null
'
test_expect_success 'doctor: all well, as JSON, one check' '
	bdw doctor --json >out && test_has out "\"overall_ok\": true" "\"name\": \"Cycles\"" &&
	bdw doctor --check git >out && test_is 1 "$(grep -c "✓" out)" && bdw doctor --check=validate --json >out && test_has out overall_ok &&
	test_code 1 bdw doctor --check nope 2>err && test_has err "no check \"nope\"" &&
	bdw doctor --check conventions >out && test_has out "⚠ Sections: "
'
test_expect_success 'doctor: a text in the snapshot that has changed by itself is found, and the snapshot made anew' '
	bdw doctor >out && bdw list --json >before && at=$(grep -abo "\"title\": \"" .git/beadwave/snapshot | head -1 | cut -d: -f1) && [ -n "$at" ] &&
	printf "#" | dd of=.git/beadwave/snapshot bs=1 seek=$((at + 10)) conv=notrunc 2>/dev/null &&
	bdw doctor >out && test_has out "⚠ Snapshot: was damaged, and is made anew" && bdw list --json >after && test_cmp before after &&
	bdw doctor >out && test_has out "✓ Snapshot"
'
test_expect_success 'doctor: a broken file is named, the rest goes on' '
	f=$(ls .beadwave/issue/*/test-o2.md) && cp "$f" keep && echo "not a record" >"$f" &&
	test_code 1 bdw doctor >out 2>err && test_has out "✗ Files: 1 file" "test-o2.md" && bdw list --flat 2>err | grep test-o2 && test_has err "test-o2.md" &&
	cp keep "$f" && bdw doctor >/dev/null
'
test_expect_success 'doctor: dangling edges and odd values are warnings' '
	f=$(ls .beadwave/issue/*/test-o2.md) && sed "s/^status: .*/&\ndepends_on:\n- test-gone/" "$f" >t && cat t >"$f" &&
	test_code 0 bdw doctor >out && test_has out "⚠ Dependencies: 1 dep" "test-o2 -> test-gone \(blocks\)"
'
test_expect_success 'doctor --fix takes edges to nothing away, once' '
	test_code 1 bdw doctor --fix --readonly 2>err && test_has err "read-only" && bdw doctor --fix --yes >out &&
	test_has out "✓ Dependencies: 1 .*now removed" "test-o2 -> test-gone" && bdw doctor >out && test_has out "every dependency has its issue" &&
	bdw show test-o2 --json >out && test_lacks out test-gone
'
test_expect_success 'doctor: the branch checked out somewhere' '
	git worktree add -q ../wt beadwave && bdw doctor >out && test_has out "⚠ Branch: " && git worktree remove --force ../wt
'
test_done
