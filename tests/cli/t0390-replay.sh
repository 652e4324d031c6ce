#!/bin/sh
# the last 25 commits of a history become issues with their real files; agents apply one patch each, in work trees of
# their own; the merged tree must be the original's, byte for byte and mode for mode
. "$(dirname "$0")/lib-run.sh"
COMMITS=25

# history: edits that overlap, renames, removals, modes, binary files, links, folders; each step one commit
step()
{
	git add -A && git commit -q -m "$1"
}
history()
{
	run_store && mkdir -p core cmd doc && seq 1 60 >core/parse.c && seq 100 160 >core/write.c && echo '#!/bin/sh' >cmd/go &&
	for f in a b c d e; do seq 1 20 >"doc/$f.md"; done && step base &&
	sed -i 's/^1$/one/' core/parse.c && step 'edit the beginning' &&
	sed -i 's/^60$/sixty/' core/parse.c && step 'edit the end of the same file' &&
	chmod +x cmd/go && step 'a mode alone' &&
	git mv doc/a.md doc/first.md && step 'a rename' &&
	head -c 5000 /dev/urandom >core/blob.bin && step 'a binary file' &&
	git rm -q doc/b.md && step 'a removal' &&
	sed -i 's/^130$/middle/' core/write.c && echo more >>doc/c.md && step 'two files' &&
	ln -s ../core/parse.c doc/link && step 'a link' &&
	git mv doc/first.md core/first.md && sed -i 's/^5$/five/' core/first.md && step 'renamed and edited' &&
	head -c 300 /dev/urandom | cat core/blob.bin - >t.out && mv t.out core/blob.bin && step 'binary again' &&
	printf 'no newline' >doc/tail && step 'no newline at the end' &&
	: >doc/empty && step 'an empty file' &&
	sed -i 's/^30$/thirty/' core/parse.c && step 'the middle of the same file' &&
	git mv doc doc2 && step 'a folder renamed' &&
	printf '\tspaces  \n' >'cmd/with space' && step 'a name with a space' &&
	rm doc2/link && ln -s ../core/write.c doc2/link && step 'a link that points elsewhere' &&
	chmod -x cmd/go && echo 'exit 0' >>cmd/go && step 'mode and content' &&
	printf 'a\r\nb\r\n' >doc2/crlf && step 'carriage returns' &&
	cp core/parse.c core/copy.c && step 'a copy' &&
	git rm -q core/write.c && step 'the link dangles' &&
	printf '\303\244\n' >"doc2/$(printf '\303\244').txt" && step 'a name beyond ASCII' &&
	rm core/copy.c && mkdir core/copy.c && echo x >core/copy.c/x && step 'a file becomes a folder' &&
	echo y >>core/copy.c/x && sed -i 's/^five$/5/' core/first.md && step 'undo a part' &&
	git mv core/first.md doc2/a.md && step 'renamed back' &&
	seq 1 300 >doc2/long.md && step 'a long one'
}

test_expect_success 'setup a history' '
	history && test_is $((COMMITS + 1 + 1)) "$(git rev-list --count main)"
'
test_expect_success 'setup its commits are issues, in a graph: each waits for the last before it that touched its files' '
	git branch original && mkdir -p "$OUTSIDE/patch" && n=0 &&
	git config core.quotePath false &&
	for c in $(git rev-list --reverse "main~$COMMITS..main"); do
		n=$((n + 1))
		git show --binary --full-index --no-renames --format= "$c" >"$OUTSIDE/patch/test-$n" &&
		git diff-tree --no-commit-id --name-only --no-renames -r "$c" >"$OUTSIDE/files.$n" &&
		{ echo "## Files"; sed "s/.*/- Modify: \`&\`/" "$OUTSIDE/files.$n"; } >body.out &&
		bdw create "$(git log -1 --format=%s "$c")" --id "test-$n" --body-file body.out --silent >/dev/null || return 1
		for k in $(seq 1 $((n - 1))); do
			! awk "NR == FNR { f[\$0]; next } \$0 in f || /copy.c/ { hit = 1 } END { exit !hit }" \
				"$OUTSIDE/files.$k" "$OUTSIDE/files.$n" && continue
			bdw dep add "test-$n" "test-$k" >/dev/null || return 1
		done
	done &&
	git reset -q --hard "main~$COMMITS" && test_is 0 "$(git status --porcelain | grep -c .)" &&
	run_script <<-EOF
	[* impl]
	run git apply --binary --index $OUTSIDE/patch/\${BDW_ISSUE}
	verdict DONE
	[*]
	ok
	EOF
'
test_expect_success 'the run closes all of them' '
	run_bdw -j4 >run.out && test_is $COMMITS "$(bdw list --all --json | grep -c "\"status\": \"closed\"")" || { cat run.out; false; }
'
test_expect_success 'the merged tree equals the original' '
	test_is "$(git rev-parse "original^{tree}")" "$(git rev-parse "main^{tree}")" || { git diff --stat original main; false; }
'
test_expect_success 'git status is clean' 'test_is "" "$(git status --porcelain)"'
test_expect_success 'every issue is one merge, its commit names it' '
	test_is $COMMITS "$(git log --first-parent --merges --format=%s main | grep -c "^test-")" &&
	test_is $COMMITS "$(git log --merges --format=%B main | grep -c "^Beadwave-Issue: test-")"
'
test_expect_success 'issues ran side by side, never two on one file' '
	test "$(run_most impl)" -gt 1 && echo "at most $(run_most impl) at once"
'
test_expect_success 'nothing is left behind' run_nothing_left
test_done
