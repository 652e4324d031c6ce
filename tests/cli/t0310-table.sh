#!/bin/sh
# the table of a run, as a terminal shows it: what is drawn stays on the screen and in its columns
. "$(dirname "$0")/lib-run.sh"

command -v script >/dev/null || { test_skip 'a run on a terminal' 'no script(1)'; test_done; }
esc=$(printf '\033')

# on_terminal ROWS COLUMNS COMMAND: the bytes a terminal of that size gets
on_terminal()
{
	TERM=xterm script -qec "stty rows $1 cols $2; $3" /dev/null </dev/null | tr -d '\r'
}

# drawn FILE: its text without what moves the cursor or paints
drawn()
{
	sed "s/$esc\\[[0-9;]*[A-Za-z]//g" "$1"
}

# most_columns FILE: columns of the widest line; the characters of these tests beyond ASCII: … and · take one, others two
most_columns()
{
	drawn "$1" | sed 's/[…✓⏸]/x/g; s/[^ -~]/xx/g' | LC_ALL=C awk '{ n = length > n ? length : n } END { print n }'
}

test_expect_success 'setup thirty issues' '
	run_store && for i in $(seq 1 30); do
		printf "{\"id\":\"test-%d\",\"title\":\"作業 number %d with a title that is longer than fits\",\"status\":\"open\",\"priority\":2,\"issue_type\":\"task\",\"description\":\"## Files\\\\n- Create: \`f%d\`\"}\n" \
			$i $i $i
	done >issues.out && bdw import issues.out && test_is 30 "$(bdw count)" &&
	run_script <<-\EOF &&
	ok
	EOF
	run="bdw run --agent-command \"$FAKE_AGENT --script $SCRIPT\" --set \"tier pro.review.n=1\""
'
test_expect_success 'a table never moves up further than the terminal is high' '
	on_terminal 12 80 "$run test-1 test-2 test-3 test-4 test-5 test-6 test-7 test-8 test-9 test-10 test-11 test-12" >out &&
	test_has out "${esc}\[11A" && test_lacks out "${esc}\[(1[2-9]|[2-9][0-9])A" && drawn out >text.out &&
	test_has text.out "^Wave 1 Progress +0/12 closed  \[-+\]" "^\+ [0-9]+ waiting" "^\+ 4 ended$" "^12 closed, 0 failed"
'
test_expect_success 'F003-14 it is drawn ten times a second at most, and as it was at the end' '
	sed -n "s/.*\"mono_ns\":\([0-9]*\).*/\1/p" "$(run_dir)/events.jsonl" | sed -n "1p;\$p" >when.out &&
	ms=$(($(awk "NR == 2 { printf \"%.0f\", \$1 - b } { b = \$1 }" when.out) / 1000000)) &&
	draws=$(grep -o "^Wave 1 Progress" text.out | wc -l) && echo "$draws draws in $ms ms" &&
	test "$draws" -ge 2 && test "$draws" -le $((ms / 100 + ms / 1000 + 3)) &&
	test_has text.out "^Wave 1 Progress +12/12 closed"
'
test_expect_success 'no line is wider than the terminal, the summary apart' '
	on_terminal 40 40 "$run test-13 test-14" >out && sed "/ closed, .* failed/,\$d" out >table.out &&
	most_columns table.out >n.out && test "$(cat n.out)" -le 39 && test_has table.out "Wave 1 0/2 closed" &&
	on_terminal 40 200 "$run test-15 test-16" >out && drawn out >text.out &&
	test_has text.out "number 15 with a title that is longer than fits +IN PROGRESS - impl 1"
'
test_expect_success 'what was closed before the run has no row' '
	bdw create Epic --id test-e -t epic --silent >/dev/null && bdw create Old --parent test-e --silent >/dev/null &&
	bdw create New --parent test-e --silent >/dev/null && bdw close test-e.1 >/dev/null &&
	on_terminal 40 100 "$run test-e" >out && drawn out >text.out && test_has text.out "^\[✓\]  test-e.2 +New" "^\[✓\]  test-e  +Epic" &&
	test_lacks text.out "test-e.1"
'
test_expect_success 'a title cannot paint or move anything' '
	bdw create "$(printf "evil \033[2J\033[31mtitle")" --id test-evil -d "## Files
- Create: \`e\`" --silent >/dev/null && on_terminal 40 100 "NO_COLOR=1 $run test-evil" >out && test_has out "evil title" &&
	test_lacks out "$esc\[2J" "$esc\[31m"
'
test_expect_success 'columns stand below each other, whatever the widths of ids and icons' '
	bdw reopen test-9 >/dev/null &&
	on_terminal 40 100 "$run test-9 test-17 test-18" >out && drawn out >text.out &&
	test_has text.out "^\[⏳\] test-9   作業" "^\[⏳\] test-17  作業" "^\[✓\]  test-9   作業"
'
test_done
