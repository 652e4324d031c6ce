#!/bin/sh
# bdw --batch: commands from standard input, all of them or none
. "$(dirname "$0")/lib.sh"

count() { git rev-list --count beadwave; }

test_expect_success 'setup' 'git init -q . && bdw init --prefix demo -q'
test_expect_success 'many commands are one commit, and each sees what the ones before it did' '
	before=$(count) &&
	bdw --batch >out <<-\EOF &&
	# the comment and the empty line are skipped

	create "First one" --id demo-a1 -p 1
	create '"'"'Second one'"'"' --id demo-a2 --deps demo-a1
	update demo-a1 --claim
	comment demo-a1 two words
	label add demo-a2 x
	kv set phase one
	remember "a text" --key k
	close demo-a1 --reason "done it"
	EOF
	test_is $((before + 1)) "$(count)" &&
	test_is "create demo-a1: First one" "$(git log -1 --format=%b beadwave | head -1)" &&
	sed -n 1p out | grep -q "Created issue: demo-a1" && tail -1 out | grep -q "Closed demo-a1" &&
	bdw list --all --flat | grep -q "demo-a2.*x.*Second" && test_is one "$(bdw kv get phase)" &&
	test_is "a text" "$(bdw recall k)" && bdw ready --flat 2>&1 | grep -q demo-a2 || bdw ready | grep -q demo-a2
'
test_expect_success 'one that fails undoes all, says nothing of success and names the line' '
	before=$(git rev-parse beadwave) && touched=$(bdw show --current --short) &&
	! printf "create ok --id demo-b1\nupdate demo-b1 --claim\nupdate demo-none --claim\n" | bdw --batch >out 2>err &&
	test_is "" "$(cat out)" && grep -q "line 3" err && test_is "$before" "$(git rev-parse beadwave)" &&
	! bdw show demo-b1 && test_is "$touched" "$(bdw show --current --short)" && [ -z "$(find .beadwave -name "*b1*")" ]
'
test_expect_success 'a cycle made by two lines is refused' '
	! printf "create c --id demo-c1\ncreate d --id demo-c2 --deps demo-c1\ndep add demo-c1 demo-c2\n" |
		bdw --batch 2>err && grep -q "line 3.*cycle" err
'
for line in 'show demo-a1' 'list' 'frobnicate' 'create' 'create x --nope' '"open' '--version' 'init' \
	'-C / create x' 'import nope.jsonl' '--batch' '""' 'create x --stdin' 'create x -d -' 'import -' 'run' 'resume' \
	'answer demo-a2 retry' 'cancel' 'trust' 'edit demo-a2' 'hooks install' 'worktree create ../wt'; do
	test_expect_success "refused in a batch: $line" '
		printf "create ok --id demo-r1\n%s\n" '"'$line'"' >in && before=$(git rev-parse beadwave) &&
		! bdw --batch <in >out 2>err && grep -q "line 2" err && test_is "$before" "$(git rev-parse beadwave)"
	'
done
test_expect_success 'what is said of a line names its words' '
	! echo "create \"open" | bdw --batch 2>err && grep -q "quote is not closed in .create \"open." err && [ ! -e ../wt ] &&
	! echo "create x --stdin" | bdw --batch 2>err && grep -q "line 1.*standard input holds the commands" err
'
test_expect_success 'update without an id means the one before it' '
	printf "create t --id demo-t1\nupdate --title other\n" | bdw --batch && bdw show demo-t1 --short | grep -q other
'
test_expect_success '--json prints every answer in order' '
	printf "create one --id demo-j1\ncreate two --id demo-j2\n" | bdw --batch --json >out &&
	test_is "2" "$(grep -c "\"id\": \"demo-j[12]\"" out)"
'
test_expect_success 'nothing to do is fine; a command beside --batch, a read-only store and no store are not' '
	bdw --batch </dev/null && ! bdw --batch create x </dev/null 2>err && grep -q "standard input" err &&
	! echo "create x" | bdw --batch --readonly 2>err && grep -q read-only err &&
	mkdir ../none && ! echo "create x" | bdw -C ../none --batch 2>err && [ -s err ]
'
test_done
