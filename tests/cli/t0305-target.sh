#!/bin/sh
# from an agent's work tree to the target branch: checked out or not, clean or dirty, moved meanwhile, in conflict
# (decisions A2, A3, A12, B7, B15, B23)
. "$(dirname "$0")/lib-run.sh"

one()
{
	run_store && run_issue test-1 a.txt && printf '[*]\nok\n[* impl]\nok a.txt\n' | run_script
}

test_expect_success 'target checked out and clean: it follows, files and index too' '
	one && run_bdw && test_is "test-1 impl 1" "$(cat a.txt)" && test_is "" "$(git status --porcelain)" && run_nothing_left
'
test_expect_success 'B7 always a merge commit with subject and trailers' '
	test_is "test-1: Task test-1" "$(git log -1 --format=%s main)" && test_is 2 "$(git log -1 --format=%p main | wc -w)" &&
	git log -1 --format=%B main >b.out && test_has b.out "^Beadwave-Issue: test-1$" "^Beadwave-Run: $(run_newest)$"
'
test_expect_success 'B23 what an agent left uncommitted is committed in its place; the committer is the user' '
	git log -1 --format="%cn <%ce>" main^2 >who.out && test_has who.out "Tess Agent <tess@example.com>" &&
	git log -1 --format=%B main^2 >b.out && test_has b.out "^Beadwave-Issue: test-1$"
'
test_expect_success 'target checked out with unrelated changes: it follows, they are kept' '
	one && echo dirty >>README && echo new >untracked && run_bdw && test_is "test-1 impl 1" "$(cat a.txt)" &&
	test_is " M README
?? untracked" "$(git status --porcelain)" && tail -1 README | grep -q dirty && run_nothing_left
'
test_expect_success 'target checked out with a change in the way: issues close, exit 3, how to go on; nothing is lost' '
	one && echo mine >a.txt && test_code 3 run_bdw >out.out 2>&1 && run_status test-1 closed && test_is mine "$(cat a.txt)" &&
	test_has out.out "git merge beadwave-run/$(run_newest)" && rm a.txt && git merge -q "beadwave-run/$(run_newest)" &&
	test_is "test-1 impl 1" "$(cat a.txt)"
'
test_expect_success 'target not checked out anywhere: moved by itself, the tree of the user is untouched' '
	one && git checkout -q -b elsewhere && echo x >>README && run_bdw --target main && test_is " M README" "$(git status --porcelain)" &&
	test ! -e a.txt && test_is "test-1 impl 1" "$(git show main:a.txt)" && test_is elsewhere "$(git symbolic-ref --short HEAD)" && run_nothing_left
'
test_expect_success 'target checked out in another work tree: that one follows' '
	one && git checkout -q -b elsewhere && git worktree add -q ../side main && run_bdw --target main && test_is "test-1 impl 1" "$(cat ../side/a.txt)" &&
	test_is "" "$(git -C ../side status --porcelain)" && git worktree remove ../side && run_nothing_left
'
test_expect_success 'the user commits on the target during the run: both are there' '
	run_store && run_issue test-1 a.txt && cat <<-EOF | run_script &&
	[* impl]
	run env -i PATH=\${PATH} HOME=\${HOME} git -C $PWD commit -q --allow-empty -m empty
	run env -i PATH=\${PATH} HOME=\${HOME} sh -c "cd $PWD && echo mine >mine && git add mine && git commit -q -m mine"
	ok a.txt
	[*]
	ok
	EOF
	run_bdw && test_is mine "$(cat mine)" && test_is "test-1 impl 1" "$(cat a.txt)" && test_is "" "$(git status --porcelain)" &&
	git log --format=%s main | grep -qx mine && run_nothing_left
'
conflict()
{
	run_store && seq 1 5 >f && git add f && git commit -qm f && bdw create One --id test-1 -l no-files -d "## Files
- Modify: \`f1\`" --silent >/dev/null && bdw create Two --id test-2 -d "## Files
- Modify: \`f2\`" --silent >/dev/null
}
test_expect_success 'a merge conflict goes back to the implementer with both sides, who resolves it' '
	conflict && cat <<-EOF | run_script &&
	[test-1 impl]
	run sed -i s/3/one/ f
	touch $OUTSIDE/one
	verdict DONE
	[test-2 impl 1]
	run sed -i s/3/two/ f
	wait $OUTSIDE/merged
	verdict DONE
	[test-2 impl 2]
	expect onflict
	expect f
	run sh -c "grep -q \"<<<<<<<\" f && printf \"1\\\\n2\\\\none and two\\\\n4\\\\n5\\\\n\" >f"
	verdict DONE
	[*]
	ok
	EOF
	run_bdw --on-event "sh -c \"! grep -q .event.:.merge. || touch $OUTSIDE/merged\"" && test_is "one and two" "$(sed -n 3p f)" &&
	run_events | grep -q "^conflict test-2" && run_status test-2 closed && test_is "" "$(git status --porcelain)" && run_nothing_left
'
test_expect_success 'conflict markers left in the files are not accepted; a second conflict goes to a person; exit 3' '
	conflict && cat <<-EOF | run_script &&
	[test-1 impl]
	run sed -i s/3/one/ f
	verdict DONE
	[test-2 impl 1]
	run sed -i s/3/two/ f
	wait $OUTSIDE/merged
	verdict DONE
	[test-2 impl]
	verdict DONE
	[*]
	ok
	EOF
	rc=0; run_bdw --on-event "sh -c \"! grep -q .event.:.merge. || touch $OUTSIDE/merged\"" || rc=$?; test $rc -eq 1 -o $rc -eq 3 &&
	run_status test-2 blocked && test_is one "$(sed -n 3p f)" && test_lacks f "<<<<" && test_is "" "$(git status --porcelain)"
'
test_expect_success 'the test command runs once, on the merged tree, before the target moves; failing it goes back' '
	run_store && run_issue test-1 a.txt && cat <<-\EOF | run_script &&
	[* impl 1]
	append a.txt bad
	verdict DONE
	[* impl 2]
	expect tests fail
	expect it is bad
	write a.txt good
	verdict DONE
	[*]
	ok
	EOF
	run_bdw --set "run.test=sh -c \"! grep bad a.txt || { echo it is bad; exit 4; }\"" &&
	test_is "test-1:impl#1 test-1:spec#1 test-1:code#1 test-1:test#1 test-1:impl#2 test-1:test#2" "$(run_launches)" &&
	test_is good "$(cat a.txt)" && test_is 1 "$(git log --first-parent --merges --format=%s main | grep -c .)" && run_nothing_left
'
test_expect_success 'scenario 19: tests that fail three times: a person; the claim of an agent counts for nothing' '
	run_store && run_issue test-1 a.txt && printf "[* impl]\nappend a.txt x\nverdict DONE TESTS=\"12/12 pass, exit 0\"\n[*]\nok\n" | run_script &&
	test_code 3 run_bdw --set run.test=false && test_is 3 "$(run_events spawn | grep -c :test#)" && test_is "" "$(git show main:a.txt 2>/dev/null)" &&
	run_status test-1 blocked
'
test_expect_success 'B15 a spike may change nothing: closed without a merge' '
	run_store && bdw create S --id test-1 -t spike --silent >/dev/null && printf "[*]\nok\n[* impl]\nverdict DONE\n" | run_script && run_bdw &&
	run_status test-1 closed && test_is 0 "$(git log --merges --format=%s main | grep -c .)" && run_nothing_left
'
test_expect_success 'A12 hooks of the repository do not run for what bdw commits and merges' '
	one && mkdir -p .git/hooks && for h in pre-commit post-commit post-merge post-checkout; do
		printf "#!/bin/sh\necho $h >>$OUTSIDE/hooks\nexit 1\n" >.git/hooks/$h && chmod +x .git/hooks/$h || return 1
	done && run_bdw && test ! -e "$OUTSIDE/hooks" && run_status test-1 closed
'
test_expect_success 'B20 ignored build output survives from one issue to the next, other rests do not' '
	run_store && echo build/ >.gitignore && git add .gitignore && git commit -qm ignore && run_issue test-1 a && run_issue test-2 b &&
	run_issue test-3 c && bdw dep add test-2 test-1 >/dev/null && bdw dep add test-3 test-2 >/dev/null && cat <<-\EOF | run_script &&
	[test-1 impl]
	write build/kept yes
	ok a
	[* spec]
	write stray no
	ok
	[test-2 impl]
	run test ! -e stray
	ok b
	[test-3 impl]
	run sh -c "test -e build/kept && test ! -e stray"
	ok c
	[*]
	ok
	EOF
	run_bdw -j1 && run_status test-3 closed && run_nothing_left
'
test_expect_success 'B19 what a reviewer changes is thrown away' '
	one && printf "[* spec]\nwrite a.txt REVIEWER\nwrite other x\nok\n[* code]\nexpect-not REVIEWER\nrun grep -q impl a.txt\nok\n[* impl]\nok a.txt\n" | run_script &&
	run_bdw && test_is "test-1 impl 1" "$(cat a.txt)" && test ! -e other
'
test_expect_success 'isolation=shared: one at a time, commits on the checked-out branch, no merge' '
	run_store && run_issue test-1 a && run_issue test-2 b && printf "[*]\nok\n[* impl]\nok \${BDW_ISSUE}.txt\n" | run_script &&
	run_bdw --set run.isolation=shared && test_is 1 "$(run_most impl)" && test_is 0 "$(git log --merges --format=%s | grep -c .)" &&
	test_is "" "$(git status --porcelain)" && test -e test-1.txt && test -e test-2.txt && run_nothing_left
'
test_expect_success 'isolation=shared: changes that are not committed are refused: exit 2, nothing is touched' '
	run_store && run_issue test-1 a && echo mine >>README && printf "ok\n" | run_script && test_code 2 run_bdw --set run.isolation=shared 2>err.out &&
	test_has err.out "not committed" && test_is " M README" "$(git status --porcelain)" && run_status test-1 open
'
test_expect_success 'a bare repository' '
	run_store && git clone -q --bare . ../bare.git && cd ../bare.git && bdw init --prefix test -q >/dev/null && bdw create A --id test-1 --silent >/dev/null &&
	printf "[*]\nok\n[* impl]\nok a.txt\n" | run_script && run_bdw --target main && test_is "test-1 impl 1" "$(git show main:a.txt)" && cd ../repo
'
test_done
