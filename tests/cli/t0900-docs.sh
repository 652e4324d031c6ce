#!/usr/bin/env bash
# What is documented is what there is: -h, man pages and README against the program itself.
. "$(dirname "$0")/lib.sh"
PAGES=$SOURCE_DIR/cmd
README=$SOURCE_DIR/README.md

# commands "create", "dep", ... of the overview, those of $1 ("dep add", ...)
commands()
{
	bdw help | sed -n '/^Available Commands:/,/^Flags:/s/^  \([a-z][a-z-]*\)  *[A-Z].*/\1/p'
}
subcommands()
{
	bdw $1 -h | sed -n '/^Available Commands:/,/^[A-Z].*:$/s/^  \([a-z][a-z-]*\)  *[A-Z].*/'"$1"' \1/p'
}
every_command()
{
	commands | while read -r c; do
		echo "$c"
		subcommands "$c"
	done
}

# A usage line as words: brackets, dashes and dots aside. "close [id...]" -> "close id"
words()
{
	tr -c 'A-Za-z0-9_=\n-' ' ' | sed 's/ --*/ /g; s/ flags\>//; s/  */ /g; s/^ //; s/ $//'
}

# The synopses of all pages, a command a line, as words: macros go, and what they stand for stays
synopses()
{
	awk '
	FNR == 1 { on = 0 }
	/^\.Sh/ { if (line != "") print line; line = ""; on = /SYNOPSIS/; next }
	!on { next }
	/^\.Nm/ { if (line != "") print line; line = ""; next }
	{ sub(/^\./, ""); line = line " " $0 }' "$PAGES"/bdw-*.1 |
	sed 's/ \(Op\|Ar\|Cm\|Fl\|No\|Ns\|Nm\|Oo\|Oc\)\>/ /g; s/ \(Op\|Ar\|Cm\|Fl\)\>/ /g' | words | sort
}

# The settings of the table: "section.key" of every one that is set or built in
every_setting()
{
	sed -n '/const struct config_key config_keys/,/^};/p' "$SOURCE_DIR/store/config_table.c" |
	sed -n 's/^\t\([A-Z]*(\|{ \)"\([^"]*\)", "\([^"]*\)".*/\2 \3/p'
}

test_expect_success 'setup the list of commands' '
	every_command >"$TRASH/commands" &&
	test "$(wc -l <"$TRASH/commands")" -gt 100 &&
	test_has "$TRASH/commands" "^dep add$" "^run$" "^config set$" &&
	synopses >"$TRASH/synopses" &&
	every_setting >"$TRASH/settings" &&
	test "$(wc -l <"$TRASH/settings")" -gt 120
'

test_expect_success 'every command answers -h with usage and an example' '
	bad= &&
	while read -r c; do
		bdw $c -h >"$TRASH/h" 2>"$TRASH/e" && test ! -s "$TRASH/e" &&
		grep -q "^  bdw $c" "$TRASH/h" && sed -n "/^Examples:/,/^\$/p" "$TRASH/h" | grep -q "^  bdw ${c%% *}" &&
		head -1 "$TRASH/h" | grep -q "^[A-Z].*[^.]$" ||
		bad="$bad, $c"
	done <"$TRASH/commands" &&
	test_is "" "$bad"
'

test_expect_success 'its synopsis stands in a man page, and agrees with its usage' '
	bad= &&
	while read -r c; do
		bdw $c -h | sed -n "/^Usage:/,/^\$/s/^  bdw \(.*\)/\1/p" | grep -v "\[command\]" | words >"$TRASH/usage"
		while read -r line; do
			grep -qxF -e "$line" "$TRASH/synopses" || bad="$bad
$line"
		done <"$TRASH/usage"
	done <"$TRASH/commands" &&
	test_is "" "$bad"
'

test_expect_success 'and so does each of its flags' '
	bad= &&
	while read -r c; do
		page=$(grep -lx "\.It Cm $c" "$PAGES"/bdw-*.1) || { bad="$bad, $c"; continue; }
		bdw $c -h | sed -n "/^Flags:/,/^\$/s/^ *\(-., \)\{0,1\}--\([a-z-]*\).*/\2/p" >"$TRASH/flags"
		awk -v c=".It Cm $c" "\$0 == c { on = 1; next } /^\.It Cm / { on = 0 } on" "$page" >"$TRASH/entry"
		while read -r f; do
			grep -qE "Fl Fl $f( |\$)" "$TRASH/entry" || bad="$bad, $c --$f"
		done <"$TRASH/flags"
	done <"$TRASH/commands" &&
	test_is "" "$bad"
'

test_expect_success 'no man page speaks of a command that is none' '
	bad= &&
	sed -n "s/^\.It Cm \([a-z][a-z -]*\)$/\1/p" "$PAGES"/bdw-*.1 >"$TRASH/told" &&
	while read -r c; do
		bdw $c -h >/dev/null 2>&1 || bad="$bad, $c"
	done <"$TRASH/told" &&
	test_is "" "$bad"
'

test_expect_success 'every setting stands in beadwave-config(5), with its default' '
	bad= &&
	while read -r s k; do
		awk -v s="$s" "/^\.Ss \[/ { on = index(\$0, \"[\" s \"]\") || index(\$0, \"[\" s \" NAME]\") } on" \
			"$PAGES/beadwave-config.5" >"$TRASH/section"
		grep -qF -e ".It Cm $k = " "$TRASH/section" || { bad="$bad, $s.$k"; continue; }
		v=$(bdw config show 2>/dev/null | sed -n "s/^  $s\.$k = \(.*\)  (builtin)$/\1/p")
		[ -z "${v# }" ] || grep -A6 -F -e ".It Cm $k = " "$TRASH/section" | tr "\n" " " | grep -qF "default $v" ||
			bad="$bad, $s.$k=$v"
	done <"$TRASH/settings" &&
	test_is "" "$bad"
'

test_expect_success 'and nothing else does' '
	awk "/^\.Ss \[/ { s = \$2; gsub(/[][]/, \"\", s) } /^\.It Cm .* = / { print s, \$3 }" \
		"$PAGES/beadwave-config.5" | sort >"$TRASH/told" &&
	sort "$TRASH/settings" >"$TRASH/there" &&
	test_cmp "$TRASH/there" "$TRASH/told"
'

test_expect_success 'the README names every command, and only commands' '
	bad= &&
	sed -n "/^## Commands/,/^Exit codes/s/^| \(\`.*\`\) | .*/\1/p" "$README" | tr -d "\`|" | tr " " "\n" |
		sed "/^$/d" | sort >"$TRASH/told" &&
	commands | sort >"$TRASH/there" &&
	test_cmp "$TRASH/there" "$TRASH/told" &&
	grep -oE "(^\\$ |\`)bdw [a-z]+" "$README" | sed "s/.*bdw //" | sort -u >"$TRASH/used" &&
	while read -r c; do
		[ "$c" = sync ] || bdw "$c" -h >/dev/null 2>&1 || bad="$bad, $c"
	done <"$TRASH/used" &&
	test_is "" "$bad"
'

test_expect_success 'the README speaks of files and targets that are there' '
	bad= &&
	for f in $(grep -oE "\`(contrib|tests|hooks|cmd)/[a-zA-Z0-9_./-]*\`" "$README" | tr -d "\`"); do
		[ -e "$SOURCE_DIR/$f" ] || bad="$bad, $f"
	done &&
	for t in $(grep -oE "(^    |&& (sudo )?|\`)make [a-z]+" "$README" | sed "s/.* //"); do
		grep -qE "^$t:|^\.PHONY:.* $t( |\$)" "$SOURCE_DIR/Makefile" || bad="$bad, make $t"
	done &&
	for p in $(grep -oE "\`(bdw|beadwave)(-[a-z]+)?\([157]\)\`" "$README" | tr -d "\`)" | tr "(" .); do
		[ -e "$PAGES/$p" ] || bad="$bad, $p"
	done &&
	test_is "" "$bad"
'

if command -v mandoc >/dev/null; then
	test_expect_success 'the man pages are clean, and point at pages that are there' '
		mandoc -Tlint -Wwarning "$PAGES"/*.[157] &&
		for x in $(sed -n "s/^\.Xr \(b[a-z-]*\) \([0-9]\).*/\1.\2/p" "$PAGES"/*.[157] | sort -u); do
			test -e "$PAGES/$x" || { echo "no $x"; false; } || break
		done
	'
else
	test_skip 'the man pages are clean' 'no mandoc'
fi

test_expect_success 'make install puts program, names and pages in place' '
	mkdir "$TRASH/build" && cp "$BDW" "$TRASH/build/bdw" &&
	make -s -C "$SOURCE_DIR" -o "$TRASH/build/bdw" O="$TRASH/build" DESTDIR="$TRASH/dest" PREFIX=/usr install &&
	"$TRASH/dest/usr/bin/bdw" version &&
	test_is bdw "$(readlink "$TRASH/dest/usr/bin/bd")" &&
	for f in "$PAGES"/*.[157]; do
		cmp "$f" "$TRASH/dest/usr/share/man/man${f##*.}/${f##*/}" || break
	done &&
	bdw completion fish | cmp - "$TRASH/dest/usr/share/fish/vendor_completions.d/bd.fish" &&
	bdw completion bash | cmp - "$TRASH/dest/usr/share/bash-completion/completions/bd" &&
	head -1 "$TRASH/dest/usr/share/zsh/site-functions/_bdw" | grep -q "^#compdef bdw bd$" &&
	make -s -C "$SOURCE_DIR" DESTDIR="$TRASH/dest" PREFIX=/usr uninstall &&
	test_is "" "$(find "$TRASH/dest" -type f -o -type l)"
'

test_done
