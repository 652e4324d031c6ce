#!/usr/bin/env bash
# Random words for every command: never a crash, and a command that fails has changed nothing. Commands and flags are
# the program's own.
#	tests/fuzz/argv.sh [rounds [seed]]	BDW=program, best one built with the sanitizers
set -u
cd "$(dirname "$0")/../.." || exit 1
BDW=${BDW:-${O:-build}/bdw}
case $BDW in /*) ;; *) BDW=$PWD/$BDW ;; esac
[ -x "$BDW" ] || { echo "1..0 # SKIP no program at $BDW"; exit 0; }
rounds=${1:-150} seed=${2:-1} SOURCE_DIR=$PWD
top=$(mktemp -d "${TMPDIR:-/tmp}/bdw-argv.XXXXXX") || exit 1
trap 'cd /; rm -rf "$top"' EXIT
trap 'exit 130' INT TERM HUP
for v in $(env | sed -n 's/^\(\(BDW\|BD\|BEADS\|GIT\|XDG\)_[A-Z_0-9]*\)=.*/\1/p'); do unset "$v"; done
export HOME=$top/home XDG_STATE_HOME=$top/home GIT_CONFIG_NOSYSTEM=1 EDITOR=true PAGER=cat LC_ALL=C.UTF-8
mkdir -p "$HOME" "$top/a/b/work" && cd "$top/a/b/work" || exit 1
{
	git init -q . && git config user.name Fuzz && git config user.email f@example.com &&
	git commit -q --allow-empty -m start && "$BDW" init --prefix demo -q &&
	"$BDW" create Epic -t epic --id demo-e1 -q && "$BDW" create One --id demo-a1 -q &&
	"$BDW" create Child --parent demo-e1 -q && "$BDW" create Two --id demo-a2 --deps demo-a1 -l x -q
} >out 2>&1 || { echo "not ok - setup"; cat out; exit 1; }
echo '{"id":"demo-z1","title":"z"}' >in.jsonl
printf 'update demo-a1 -p 1\ncreate x\n' >batch

# a command a line: its words, "|", its flags. Without those that leave this folder, or that do not end.
. "$SOURCE_DIR/tests/cli/lib-words.sh"
words_list "$top" || { echo "not ok - the commands of $BDW"; exit 1; }
awk -F'|' '
	FNR == NR { split($2, w, " "); sub(/\[no-\]/, "no-", w[1]); if (w[1] !~ /^--(watch|follow|detach)$/) flags[$1] = flags[$1] " " w[1]; next }
	$1 != "init" && $1 != "shim" && !seen[$1]++ {
		print $1 "|" flags[$1] " --json --quiet -q --verbose --readonly --actor --help --batch"
	}' "$top/flags" "$top/commands" >"$top/list"

# the words of one line: a command, then its flags and other words, half of each
odd=(demo-a1 demo-a2 demo-e1 demo-e1.1 a1 e demo-none demo- - -- 0 9 -1 99999999999999999999 open closed bogus epic blocks:demo-a1
	foo:bar tomorrow 2026-13-45 +6h csv dot tasks.json up in.jsonl batch nope.jsonl .. .git x,y,,, a=b custom.k run.max_parallel=x
	'status=open AND priority<=' '{}' '{"a":1}' '[' '%s%n%n' '{{.ID}}' --nope=1 -abc --no-such '' ' ' $'\t' 💥 $'\303\050' $'\033[31m'
	$'a\nb' '$(id)' '`id`' ';' '*' "$(printf '%0300d' 0)")
mapfile -t commands <"$top/list"
RANDOM=$seed
pick()
{
	local line=${commands[RANDOM % ${#commands[@]}]} k
	local -a flags=(${line#*|})
	words=(${line%%|*})
	for ((k = RANDOM % 7; k > 0; k--)); do
		case $((RANDOM % 6)) in
		0 | 1) words+=("${flags[RANDOM % ${#flags[@]}]}") ;;
		2) words+=("${flags[RANDOM % ${#flags[@]}]}=${odd[RANDOM % ${#odd[@]}]}") ;;
		*) words+=("${odd[RANDOM % ${#odd[@]}]}") ;;
		esac
	done
}
complain()
{
	printf 'not ok - %s (seed %s, round %s): bdw' "$1" "$seed" "$n"
	printf ' %q' "${words[@]}"
	printf '\n'
	sed 's/^/# /' err | head -20
	bad=1
}

bad=0
for ((n = 1; n <= rounds; n++)); do
	pick
	before=$(git rev-parse beadwave)
	timeout 30 "$BDW" "${words[@]}" <batch >out 2>err
	rc=$?
	if [ $rc -ge 124 ] || grep -q -e 'ERROR: .*Sanitizer' -e 'runtime error: ' err; then
		complain "exit code $rc"
	elif [ $rc -ne 0 ] && [ "$before" != "$(git rev-parse beadwave)" ]; then
		case ${words[0]} in run | resume) ;; *) complain "failed ($rc) and changed something" ;; esac
	fi
	[ -z "$(find .beadwave -name '.tmp.*' 2>/dev/null)" ] || complain "a temporary file stays"
done
"$BDW" doctor >out 2>&1 || { words=(doctor); cp out err; complain "doctor complains afterwards"; }
[ $bad -ne 0 ] || echo "ok 1 - $rounds lines, seed $seed"
echo 1..1
exit $bad
