#!/usr/bin/env bash
# Every command with words it cannot use: a flag there is none of, too few and too many operands, ids that are none.
# It says what is wrong in a line or two, answers a code other than 0, and has changed nothing.
. "$(dirname "$0")/lib-hard.sh"
STORE_REF=.git/refs/heads/beadwave

test_expect_success 'setup' '
	test_store &&
	bdw create A --id test-a --silent &&
	bdw create B --id test-b --silent &&
	bdw create E --id test-e -t epic --silent &&
	bdw create A1 --id test-a1 --silent &&
	echo "{\"id\":\"test-i\",\"title\":\"I\"}" >in.jsonl &&
	hard_list
'

# wrong REGEX WORD...: as hard_try, and it must fail with those words
wrong()
{
	wrong_pattern=$1
	shift
	hard_try "$@"
	if [ $rc -eq 0 ]; then
		hard_bad "exit code 0" "$@"
	elif [[ ! $err =~ $wrong_pattern ]]; then
		hard_bad "no word of $wrong_pattern" "$@"
	fi
}

bad_flag()
{
	wrong 'unknown flag: --no-such-flag' "${good[@]}" --no-such-flag
	[ -z "$out" ] || hard_bad "output" "${good[@]}" --no-such-flag
	wrong 'unknown shorthand flag' "${good[@]}" -%
	wrong 'unknown flag' "${good[@]}" --json --no-such-flag
	[[ $out == '{'*'"error": '*'}'$'\n' ]] || hard_bad "no JSON: $out" "${good[@]}" --json --no-such-flag
}
test_expect_success 'a flag that is none' 'each bad_flag'

too_few()
{
	[ "${#good[@]}" -gt "$(set -- $name; echo $#)" ] || return 0
	unset "good[-1]"
	wrong . "${good[@]}"
	[ -z "$out" ] || hard_bad "output" "${good[@]}"
}
test_expect_success 'an operand missing' 'each too_few'

too_many()
{
	case $name in dolt*) return 0 ;; esac	# means nothing here: whatever stands behind it
	case $operands in *...*) return 0 ;; esac
	for _ in $operands; do
		good+=(w)
	done
	wrong . "${good[@]}" w
	[ -z "$out" ] || hard_bad "output" "${good[@]}"
}
test_expect_success 'an operand too many' 'each too_many'

long=$(printf '%0300d' 0)
ids=(test-none ../x ../../README . '' ' ' "$long" $'a\nb' $'\x1b[31m' $'\xff' '%s%n' test- 'test-a.md' '💥')

# each place of an id, given or left out, with each of the ids
bad_id()
{
	local -a words=($name) kinds=() must=()
	local w i n=0 at
	for w in ${words[@]}; do kinds+=(fixed) must+=(1); done
	for w in $operands; do
		hard_operand "$w" "$name" || return
		[[ $hard_word = test-a && " ${words[*]} " = *' test-a '* ]] && hard_word=test-b
		words+=("$hard_word") kinds+=($hard_kind)
		case $w in '['*) must+=('') ;; *) must+=(1) ;; esac
	done
	for at in "${!words[@]}"; do
		[ "${kinds[at]}" = id ] || continue
		for i in "${ids[@]}"; do
			local -a with=()
			for n in "${!words[@]}"; do
				if [ $n -eq $at ]; then
					with+=("$i")
				elif [ -n "${must[n]}" ]; then
					with+=("${words[n]}")
				fi
			done
			[ "$name" = update ] && with+=(-p 1)	# nothing to change: nothing is looked at, as bd
			wrong . "${with[@]}"
			[ "$i" != test-none ] && continue
			wrong . "${with[@]}" --json
			[[ $out == '{'*'"error": '*'}'$'\n' ]] || hard_bad "no JSON: $out" "${with[@]}" --json
		done
	done
}
test_expect_success 'an id of no issue' 'each bad_id'

# the issues again that a call took away
again()
{
	local i
	for i in a b e; do
		[ -f .beadwave/issue/*/test-$i.md ] || bdw create $i --id test-$i -t "$([ $i = e ] && echo epic || echo task)" --silent
	done
}

texts=('' ' ' "$long" $'a\nb' $'\x1b[31m' $'\xc2\x9b31m' $'\xc3\x28' $'\xff' '%s%n' -1 99999999999999999999 / 💥)
bad_text()
{
	local w t
	local -a words=($name)
	for w in $operands; do
		hard_operand "$w" "$name" || return
		[[ $hard_word = test-a && " ${words[*]} " = *' test-a '* ]] && hard_word=test-b
		words+=("$hard_word")
		[ $hard_kind = text ] || continue
		for t in "${texts[@]}"; do
			words[-1]=$t
			hard_try "${words[@]}"
			again
		done
		words[-1]=$hard_word
	done
}
test_expect_success 'a text of any bytes' 'each bad_text && bdw doctor >out'

turn=0
bad_value()
{
	local t
	while read -r flag; do
		[ "$name $flag" = 'list --format' ] && continue	# a form of the caller's own, printed as it is
		for _ in 1 2 3; do
			turn=$(((turn + 1) % ${#texts[@]}))
			hard_try "${good[@]}" "$flag=${texts[turn]}"
			again
		done
	done < <(sed -n "s/^$name|\(--[a-z-]*\) <.*/\1/p" "$TRASH/flags")
}
# each flag of each command with some of the texts, in turn
test_expect_success 'a flag with a value of any bytes' 'each bad_value && bdw doctor >out'

# every text of an issue as a hostile clone may have it: a sequence that clears the screen, one of a single byte's kind
evil='E\u001b[2J\u009b2J\u0007\b\u007f'
evil_issue()
{
	printf '{"id":"test-%s","title":"%s","description":"%s","design":"%s","acceptance_criteria":"%s","notes":"%s",' \
		"$1" "$evil" "$evil" "$evil" "$evil" "$evil"
	printf '"issue_type":"%s","priority":1,"status":"%s","assignee":"%s","owner":"%s","created_by":"%s",' \
		"$2" "$3" "$evil" "$evil" "$evil"
	printf '"external_ref":"%s-%s","labels":["%s"],"metadata":{"k":"%s"},"close_reason":"%s","x":"%s",' \
		"$evil" "$1" "$evil" "$evil" "$evil" "$evil"
	printf '"comments":[{"id":"%s","author":"%s","text":"%s","created_at":"2026-01-01T00:00:00Z"}]' "$1" "$evil" "$evil"
	printf '%s}\n' "$4"
}
evil_issues()
{
	evil_issue e epic open ''
	evil_issue a task open ',"dependencies":[{"issue_id":"test-a","depends_on_id":"test-e","type":"parent-child"}]'
	evil_issue b bug open ',"dependencies":[{"issue_id":"test-b","depends_on_id":"test-a","type":"blocks"}]'
	evil_issue c chore closed ''
}
test_expect_success 'setup issues full of control characters' '
	test_store evil && evil_issues >issues.jsonl && bdw import issues.jsonl -q &&
	cp issues.jsonl in.jsonl && bdw show test-b --json >out && test_has out "title.*u001b" &&
	bdw config set custom.evil "$(printf "$evil")" >out && bdw remember "$(printf "$evil")" --key evil >out &&
	bdw kv set evil "$(printf "$evil")" >out
'

# each command with these, as it is and with each of its flags that take no value
evil()
{
	local flag
	[ "$name" != export ] || return 0	# what it writes is data, as with --json
	hard_try "${good[@]}"
	while read -r flag; do
		case $flag in --watch | --follow) continue ;; esac	# these do not end
		[ -f .beadwave/issue/*/test-a.md ] && [ -f .beadwave/issue/*/test-b.md ] && [ -f .beadwave/issue/*/test-e.md ] ||
			bdw import issues.jsonl -q >"$TRASH/o"
		hard_try "${good[@]}" "$flag"
	done < <(sed -n "s/^$name|\(--[a-z-]*\)$/\1/p" "$TRASH/flags")
}
test_expect_success 'none of them is printed' 'each evil'

test_done
