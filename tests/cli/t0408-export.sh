#!/bin/sh
# export: what was edited by hand is in it and becomes history, and nothing is read twice to know that
. "$(dirname "$0")/lib.sh"

lines() {
	i=0
	while [ $((i += 1)) -le 90 ]; do
		printf '{"id":"test-%d","title":"Issue %d","description":"%01500d","created_at":"2025-01-01T00:00:00Z","updated_at":"2025-01-01T00:00:00Z"}\n' $i $i $i
	done
}
file() { echo .beadwave/issue/*/"$1.md"; }
# what stands there is no longer young: its times tell all
age() { touch -d 2020-01-01 .beadwave/issue/*/*.md; }

test_expect_success 'setup' '
	test_store && lines >../in.jsonl && bdw import ../in.jsonl -q && age && bdw list -q >/dev/null && bdw export >../one &&
	test_is 90 "$(grep -c . ../one)"
'
test_expect_success 'to a file, a link, a pipe: the same' '
	bdw export -o ../two 2>err && cmp ../one ../two && test_has err "^Exported 90 issues to ../two" && bdw export -q -o /dev/stdout | cmp ../one - &&
	ln -s two ../link && bdw export -q -o ../link && [ -L ../link ] && cmp ../one ../two
'
test_expect_success 'what cannot be written leaves what was there, and nothing beside it' '
	echo old >../three && test_fails bdw export --format tasks.json nope -o ../three 2>err && test_is old "$(cat ../three)" &&
	test_fails bdw export -o ../none/x 2>err && test_has err "none/x" && test_fails bdw export -o .. 2>err && test_is "" "$(ls -A .. | grep tmp)"
'
[ -w /dev/full ] && test_expect_success 'a full disk is told' '
	test_fails bdw export -o /dev/full 2>err && test_has err "/dev/full" && test_fails bdw export >/dev/full 2>err && test_has err "cannot write"
'
test_expect_success 'nothing was edited: no commit' '
	before=$(test_commits) && bdw export -q >/dev/null && test_is "$before" "$(test_commits)"
'
command -v flock >/dev/null && test_expect_success 'and nobody is waited for' '
	flock .git/beadwave/lock timeout 20 bdw export | cmp ../one -
'
test_expect_success 'an edit by hand is exported, and committed once' '
	before=$(test_commits) && sed -i "s/^title: .*/title: By hand/" $(file test-7) && bdw export >two && test_is 1 "$(diff ../one two | grep -c "^>")" &&
	grep -q "\"id\":\"test-7\",\"title\":\"By hand\"" two && test_is $((before + 1)) "$(test_commits)" &&
	git log -1 --format=%s beadwave | grep -q "edited by hand: test-7" && bdw export | cmp two - && test_is $((before + 1)) "$(test_commits)"
'
test_expect_success 'so is one that readers have seen before' '
	before=$(test_commits) && sed -i "s/^title: .*/title: Again/" $(file test-8) && age && rm .git/beadwave/snapshot && bdw list -q >/dev/null && bdw list -q >/dev/null &&
	bdw export | grep -q "\"id\":\"test-8\",\"title\":\"Again\"" && test_is $((before + 1)) "$(test_commits)" &&
	bdw export -q >/dev/null && bdw export -q >/dev/null && test_is $((before + 1)) "$(test_commits)"
'
test_expect_success 'and an issue whose file was made by hand; --auto does the same' '
	mkdir .beads && path=$(file test-12) && cp "$path" made && bdw delete test-12 -f -q >/dev/null && before=$(test_commits) &&
	mkdir -p "${path%/*}" && cp made "$path" && bdw export | grep -q "\"id\":\"test-12\"" && test_is $((before + 1)) "$(test_commits)" &&
	sed -i "s/^title: .*/title: Auto/" $(file test-9) && bdw export --auto && grep -q "\"title\":\"Auto\"" .beads/issues.jsonl &&
	test_is $((before + 2)) "$(test_commits)" && bdw export | cmp .beads/issues.jsonl -
'
test_expect_success '--readonly: exported, not committed' '
	before=$(test_commits) && sed -i "s/^title: .*/title: Read only/" $(file test-10) && bdw --readonly export | grep -q "Read only" && test_is "$before" "$(test_commits)"
'
test_expect_success 'a broken file: told once, the last good version is exported, the others are committed' '
	before=$(test_commits) && sed -i "s/^title: .*/titel: x/" $(file test-11) && bdw export >two 2>err && test_is 1 "$(grep -c test-11.md err)" &&
	grep -q "\"id\":\"test-11\",\"title\":\"Issue 11\"" two && grep -q "Read only" two && test_is $((before + 1)) "$(test_commits)"
'
test_done
