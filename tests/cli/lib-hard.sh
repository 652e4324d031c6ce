# tests/cli/lib-hard.sh - what the tests that go over every command share: . "$(dirname "$0")/lib-hard.sh"
#
# Which commands there are, what follows them and which flags they take comes from the program: the table, -h. A
# command that is new is tested without a line here; an operand of a new kind is asked for (hard_operand).

# Mounts that nobody else sees, and that go with the script (not with -i, which keeps the folder). Where there are none,
# it works more slowly, and on disks that are fine.
case " $* " in *' -i '*) HARD_MOUNTS= ;; esac
[ -n "${HARD_MOUNTS+set}" ] || ! unshare -rm mount -t tmpfs none /mnt 2>/dev/null ||
	HARD_MOUNTS=yes exec unshare -rm "$0" "$@"
. "$(dirname "$0")/lib.sh"
. "$SOURCE_DIR/tests/cli/lib-words.sh"
[ -z "${HARD_MOUNTS-}" ] || { mount -t tmpfs none "$TRASH/work" && cd "$TRASH/work"; } || exit 1
hard_clean_up()
{
	cd / && { [ -z "${HARD_MOUNTS-}" ] || umount -l "$TRASH/work"; }
	test_clean_up
}
trap hard_clean_up EXIT
GIT_TEMPLATE_DIR=$TRASH/empty	# nothing that makes a repository larger
mkdir "$GIT_TEMPLATE_DIR"
LC_ALL=C	# bytes are looked at, not characters
EDITOR=true PAGER=cat
export GIT_TEMPLATE_DIR EDITOR PAGER

# hard_list: $TRASH/commands and $TRASH/flags, see lib-words.sh
hard_list()
{
	words_list "$TRASH" && test "$(wc -l <"$TRASH/commands")" -gt 100 &&
	test_has "$TRASH/commands" "^dep add.<id> <depends-on-id>$" "^run." "^shim."
}

# hard_operand WORD COMMAND: a good word in its place, in $hard_word; hard_kind is id, text or fixed
hard_operand()
{
	hard_kind=id
	case $1 in
	*'<epic>'* | *'<parent>'*) hard_word=test-e ;;
	*'<depends-on-id>'*) hard_word=test-b ;;
	*'<id>'* | *'[id'* | *'<issue>'* | *'<old-id>'*) hard_word=test-a ;;
	*) hard_kind=text ;;
	esac
	[ $hard_kind = text ] || return 0
	case $1 in
	--*) hard_kind=fixed hard_word=$1 ;;
	*'<text>'* | *'<title>'* | *'<word'* | '[title]' | '[text'* | '[words'* | *'<label>'* | *'<value>'*) hard_word=w ;;
	*'<new-id>'*) hard_word=test-n ;;
	'<name>') [ "$2" = assign ] && hard_word=ann || hard_word=post-commit ;;
	'<key>') hard_word=custom.k ;;
	'<key=value>'*) hard_word=custom.k=v ;;
	'<expression>') hard_word=status=open ;;
	'<0-4>') hard_word=1 ;;
	'<path>') hard_word=../new ;;
	'[<path>]'*) hard_word=config.ini ;;
	'<folder>') hard_word=/nonexistent ;;
	'[<arg>]'*) hard_word=x ;;
	'[<file>]' | '[file|-]') hard_word=in.jsonl ;;
	'[command]') hard_word=list ;;
	'[<recipe>]') hard_word=none ;;
	'[<run>]') hard_word=20200101T000000Z-00000000 ;;
	*) echo "hard_operand: what is '$1' of $2?"; return 1 ;;
	esac
}
# hard_good COMMAND OPERANDS: the words of its smallest good call, in the array good; in full those with all operands
hard_good()
{
	good=($1) full=($1)
	for hard_w in $2; do
		hard_operand "$hard_w" "$1" || return 1
		[[ $hard_word = test-a && " ${full[*]} " = *' test-a '* ]] && hard_word=test-b
		full+=("$hard_word")
		case $hard_w in '['*) ;; *) good+=("$hard_word") ;; esac
	done
}

# each FUNCTION [ARG...]: calls it for every command; its array good is set
each()
{
	hard_count=0
	while IFS='|' read -r name operands <&3; do
		hard_good "$name" "$operands" || { hard_count=$((hard_count + 1)); continue; }
		"$@"
	done 3<"$TRASH/commands"
	hard_end
}

# hard_head: the commit of the store, in $head
hard_head()
{
	head=
	[ ! -f "$STORE_REF" ] || read -r head <"$STORE_REF"
}
# hard_run WORD...: how it is run; a test may put another one here
hard_run()
{
	timeout 20 "$BDW" "$@" >"$TRASH/o" 2>"$TRASH/e" </dev/null
}
# hard_try WORD...: runs bdw; sets rc, out, err. Complains when it is killed, when a sanitizer speaks, when it failed
# and says nothing useful or has changed something.
hard_try()
{
	hard_head
	hard_before=$head
	hard_run "$@"
	rc=$?
	hard_calls=$((hard_calls + 1))
	IFS= read -r -d '' out <"$TRASH/o"	# no sub-shell: there are thousands
	IFS= read -r -d '' err <"$TRASH/e"
	[ $rc -lt 124 ] || hard_bad "exit code $rc" "$@"
	case $err in
	*'ERROR: '*Sanitizer* | *'runtime error: '*) hard_bad "sanitizer" "$@" ;;
	esac
	hard_text=$out$err
	hard_text=${hard_text//[$'\n\t']/}
	case $hard_text in
	*[$'\x01'-$'\x1f']*) hard_bad "control bytes" "$@" ;;
	*$'\xc2'[$'\x80'-$'\x9f']* | *$'\x7f'*)
		[[ "$*" = *json* ]] || hard_bad "control bytes" "$@" ;;
	esac
	[ $rc -ne 0 ] || return 0
	[ "$rc" != "${results[$name]-}" ] || return 0
	hard_head
	[ "$head" = "$hard_before" ] || hard_bad "failed and changed something" "$@"
	hard_message "$@"
}
# what it failed with is a line, perhaps a second one with a hint, perhaps the usage after it
hard_message()
{
	case $err in
	'Error: '?* | 'Error '[a-z]*ing\ ?* | 'bdw: '?*) ;;
	*) hard_bad "no message" "$@"; return ;;
	esac
	hard_text=${err//$'a\nb'/}	# a word it quotes
	hard_text=${hard_text%%$'\n'Usage:*}
	hard_text=${hard_text%%$'\n'Run \'*}
	hard_text=${hard_text//[!$'\n']/}
	[ ${#hard_text} -le 3 ] || hard_bad "more than two lines" "$@"
}
hard_bad()
{
	hard_count=$((hard_count + 1))
	printf '%s: bdw' "$1"
	shift
	printf ' %q' "$@"
	printf '\n'
	sed 's/^/    /' "$TRASH/e" | head -${HARD_LINES:-3}
}
# hard_end: what a test ends with
hard_end()
{
	[ "$hard_count" -eq 0 ] && echo "$hard_calls calls"
}
hard_count=0 hard_calls=0
declare -A results	# by command: a code that is no failure but what it found out
results[lint]=1
