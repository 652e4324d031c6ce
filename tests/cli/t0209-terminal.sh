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

# on_terminal ROWS COMMAND [COLUMNS]: what it prints on a terminal so high
on_terminal()
{
	TERM=xterm script -qec "stty rows $1 cols ${3:-80}; $2" /dev/null </dev/null | tr -d '\r'
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
test_expect_success 'which pager: BDW_PAGER, BD_PAGER, GIT_PAGER, PAGER; an empty one is none; LESS for less' '
	for name in PAGER GIT_PAGER BD_PAGER BDW_PAGER; do
		all="${all-} $name=\"sed s/^/$name:/\"" && on_terminal 5 "env $all bdw list" >out && test_has out "^$name:" || return 1
	done &&
	on_terminal 5 "GIT_PAGER= PAGER=\"sed s/^/PAGED:/\" bdw list" >out && test_lacks out "^PAGED:" && test_has out "Issue 9" &&
	printf "#!/bin/sh\necho LESS=\$LESS\n" >"$TRASH/bin/less" && chmod +x "$TRASH/bin/less" &&
	on_terminal 5 "bdw list" >out && test_has out "^LESS=FRX$" && on_terminal 5 "LESS=x bdw list" >out && test_has out "^LESS=x$" &&
	rm "$TRASH/bin/less"
'
test_expect_success 'Ctrl-C belongs to the pager' '
	printf "#!/bin/sh\ntrap : INT\nkill -INT \$PPID\ncat\n" >"$TRASH/bin/p" && chmod +x "$TRASH/bin/p" &&
	on_terminal 5 "PAGER=p bdw list; echo code \$?" >out && test_has out "Issue 9" "^code 0$"
'

# widest FILE: columns of its widest line, East Asian characters and emoji as two
widest()
{
	python3 -c 'import sys,unicodedata as u
print(max(sum(0 if u.combining(c) else 2 if u.east_asian_width(c) in "WF" else 1 for c in l.rstrip("\n")) for l in open(sys.argv[1])))' "$1"
}
test_expect_success 'issues with wide titles' '
	test_store wide && bdw create "日本語のとても長いタイトルがここにあります、端末の幅を超えるはずです" --id test-a1 >/dev/null &&
	bdw create "Emoji 🎉🚀 party with a very long title that goes on and on until it is wider than eighty columns" --id test-a2 -t epic >/dev/null &&
	bdw create "é combining $(printf "x%.0s" $(seq 150))" --parent test-a2 --deps test-a1 >/dev/null
'
command -v python3 >/dev/null && test_expect_success 'lines are fitted to the terminal, wide characters too; what follows a title stays' '
	for columns in 60 80 200; do
		for words in list ready "ready --plain" blocked "graph test-a2" "dep tree test-a2.1" children\ test-a2 "search e" "show --short test-a1"; do
			on_terminal 90 "NO_COLOR=1 bdw $words" $columns | grep -v "^🌲\|^📊" >out && [ -s out ] &&
			[ "$(widest out)" -le $columns ] || { echo "$columns: $words"; cat out; return 1; }
		done
	done && on_terminal 90 "NO_COLOR=1 bdw list --flat" 60 >out && test_has out "…  *\(blocked by: test-a1|… \(parent: test-a2, blocked by: test-a1\)" &&
	bdw list | test_lacks /dev/stdin "…" && on_terminal 90 "NO_COLOR=1 bdw list" 30 | sed -n "/^Status/,\$p" >out && [ "$(widest out)" -le 30 ] &&
	test_has out "^Status: ○ open  ◐ in_progress\$" "^        ● blocked  ✓ closed\$" "^        ❄ deferred\$"
'
test_expect_success 'the body is rendered on a terminal, and is what it is elsewhere' '
	printf "# Head\n\nSome **bold** and \`code\` and one very long line that goes on and on and on.\n- an item that is longer than the terminal is wide\n\n\`\`\`\nint x; /* **no** and a line that is kept as long as it is */\n\`\`\`\n" >body &&
	bdw create Body --id test-b1 --body-file body >/dev/null && on_terminal 90 "bdw show test-b1" 40 >out &&
	grep -qF "$esc[1mbold$esc[0m" out && grep -qF "$esc[36mcode$esc[0m" out && grep -qF "$esc[1m# Head$esc[0m" out && test_has out "^• an item" "^  terminal is wide$" &&
	grep -qF "int x; /* **no** and a line that is kept as long as it is */" out &&
	on_terminal 90 "NO_COLOR=1 bdw show test-b1" 40 >out && test_has out "[*][*]bold[*][*]" "^(very )?(long )?line that goes" && ! grep -q "$esc" out &&
	bdw show test-b1 >out && grep -qxF -- "- an item that is longer than the terminal is wide" out
'
test_expect_success 'control characters of titles and bodies do not reach the terminal, C1 neither' '
	bdw create "$(printf "T\033[31m\302\233x")" -d "$(printf "b\033]0;x\007\302\220y")" --id test-c1 >/dev/null &&
	on_terminal 90 "NO_COLOR=1 bdw show test-c1; NO_COLOR=1 bdw list" >out && ! grep -q "$esc" out && ! grep -q "$(printf "\302\233")" out &&
	bdw list >out && ! grep -q "$(printf "\302\233")" out && ! grep -q "$(printf "[\001\002]")" out
'
test_expect_success 'a terminal of the C locale gets ASCII for icons, fitted; a pipe does not' '
	for words in "list --flat -n 5" "show test-a2" "ready" "dep tree test-a2.1" "graph test-a2" "graph test-a2 --box" "priority test-a2 3" blocked stale; do
		on_terminal 90 "LC_ALL=C NO_COLOR=1 bdw $words" 40 | sed "s/日.*//; s/🎉//; s/🚀//; s/é//" >out && [ -s out ] && ! LC_ALL=C grep -n "[^ -~[:space:]]" out || { echo "$words"; cat out; return 1; }
	done && on_terminal 90 "LC_ALL=C NO_COLOR=1 bdw list" 40 >out && test_has out "^o test-a2 [*] P[23] \[epic\] Emoji.*\.\.\.$" "^.-- o test-a2.1" && LC_ALL=C bdw list | grep -q "○ test-a2"
'
test_expect_success 'setup back' 'cd "$TRASH/work/repo"'
test_expect_success 'a pager that leaves early is no error' '
	on_terminal 5 "PAGER=\"head -1\" bdw list; echo code \$?" >out && test_has out "^code 0$"
'
test_expect_success 'what an agent printed cannot do anything to a terminal, and is whole in a pipe' '
	bdw create T --id test-t --silent >/dev/null &&
	printf "#!/bin/sh\nprintf \"a\\\\033[2Jb\\\\033]0;title\\\\007c\\\\302\\\\233d\\\\233e\\\\000f \\\\033[31mred\\n\"\n" >agent && chmod +x agent &&
	test_code 1 bdw run test-t --agent-command "$PWD/agent" --set retry.max=0 >/dev/null && bdw logs test-t >out &&
	printf "a\033[2Jb\033]0;title\007c\302\233d\233e\000f \033[31mred\n" >want && cmp want out &&
	on_terminal 50 "bdw logs test-t" >out && printf "a[2Jb]0;titlecd?e?f \033[31mred\n\033[0m" >want && cmp want out &&
	on_terminal 50 "NO_COLOR=1 bdw logs test-t --follow" >out && test_is "a[2Jb]0;titlecd?e?f [31mred" "$(cat out)"
'
test_expect_success 'a colour and a character that are read in halves stay whole' '
	x=$(printf "%016382d" 0) && printf "#!/bin/sh\nprintf \"$x\\\\033[31mred\"\n" >agent && bdw answer test-t retry >/dev/null &&
	test_code 1 bdw run test-t --agent-command "$PWD/agent" --set retry.max=0 >/dev/null &&
	on_terminal 50 "bdw logs test-t" >out && printf "$x\033[31mred\033[0m" >want && cmp want out &&
	printf "#!/bin/sh\nprintf \"${x}0\\\\303\\\\251e\"\n" >agent && bdw answer test-t retry >/dev/null &&
	test_code 1 bdw run test-t --agent-command "$PWD/agent" --set retry.max=0 >/dev/null &&
	on_terminal 50 "bdw logs test-t" >out && printf "${x}0\303\251e\033[0m" >want && cmp want out
'
test_done
