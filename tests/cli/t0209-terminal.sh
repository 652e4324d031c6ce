#!/bin/sh
# colours and the pager: only where somebody looks
. "$(dirname "$0")/lib.sh"

esc=$(printf '\033')

test_expect_success 'setup store' '
	test_store && for i in 1 2 3 4 5 6 7 8 9; do bdw q "Issue $i" -p 0 >/dev/null || return 1; done
'
test_expect_success 'no colours into a pipe, unless forced' '
	bdw list >out && bdw show "$(bdw list --format "{{.ID}}" -n 1 2>/dev/null)" >>out && ! grep -q "$esc" out &&
	CLICOLOR_FORCE=1 bdw list >out && grep -q "$esc\[31m" out &&
	NO_COLOR=1 CLICOLOR_FORCE=1 bdw list >out && ! grep -q "$esc" out &&
	CLICOLOR_FORCE=0 bdw list >out && ! grep -q "$esc" out
'
test_expect_success 'with --json never, whatever is forced' '
	CLICOLOR_FORCE=1 bdw list --json >out && CLICOLOR_FORCE=1 bdw ready --explain --json >>out && ! grep -q "$esc" out
'
if ! command -v script >/dev/null; then
	test_skip 'on a terminal' 'no script(1)'
	test_done
fi

# on_terminal ROWS COMMAND: what it prints on a terminal so high
on_terminal()
{
	TERM=xterm script -qec "stty rows $1 cols 80; $2" /dev/null </dev/null | tr -d '\r'
}
test_expect_success 'colours on a terminal; NO_COLOR and a dumb one turn them off' '
	on_terminal 50 "bdw list" >out && grep -q "$esc\[31m" out &&
	on_terminal 50 "NO_COLOR=1 bdw list" >out && ! grep -q "$esc" out &&
	on_terminal 50 "TERM=dumb bdw list" >out && ! grep -q "$esc" out
'
test_expect_success 'a pager when the text is higher than the terminal' '
	on_terminal 5 "PAGER=\"sed s/^/PAGED:/\" bdw list" >out && test_has out "^PAGED:" &&
	on_terminal 50 "PAGER=\"sed s/^/PAGED:/\" bdw list" >out && test_lacks out "^PAGED:" &&
	on_terminal 5 "BD_PAGER=\"sed s/^/MINE:/\" PAGER=false bdw list" >out && test_has out "^MINE:"
'
test_expect_success 'no pager when it is not wanted, is cat, or cannot be started' '
	for how in "BD_NO_PAGER=1 PAGER=\"sed s/^/PAGED:/\" bdw list" "PAGER=\"sed s/^/PAGED:/\" bdw list --no-pager" \
		"PAGER=cat bdw list" "PAGER=no-such-program bdw list"; do
		on_terminal 5 "$how" >out && test_lacks out "^PAGED:" && test_has out "Issue 9" "^Total: 9 issues" || return 1
	done
'
test_expect_success 'a pager that leaves early is no error' '
	on_terminal 5 "PAGER=\"head -1\" bdw list; echo code \$?" >out && test_has out "^code 0$"
'
test_done
