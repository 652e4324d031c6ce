#!/bin/sh
# Random words for every command: never a crash, and a command that fails has changed nothing.
#	tests/fuzz/argv.sh [rounds [seed]]	BDW=program, best one built with the sanitizers
set -u
BDW=${BDW:-build/bdw}
case $BDW in /*) ;; *) BDW=$PWD/$BDW ;; esac
rounds=${1:-300} seed=${2:-$$}
top=$(mktemp -d "${TMPDIR:-/tmp}/bdw-argv.XXXXXX") || exit 1
trap 'cd /; rm -rf "$top"' EXIT
trap 'exit 130' INT TERM HUP
HOME=$top/home XDG_STATE_HOME=$top/home GIT_CONFIG_NOSYSTEM=1 EDITOR=true PAGER=cat LC_ALL=C.UTF-8
export HOME XDG_STATE_HOME GIT_CONFIG_NOSYSTEM EDITOR PAGER LC_ALL
unset BDW_RUN GIT_DIR GIT_INDEX_FILE
mkdir -p "$HOME" "$top/work" && cd "$top/work" || exit 1
git init -q . && git config user.name Fuzz && git config user.email f@example.com
git commit -q --allow-empty -m start && "$BDW" init --prefix demo -q || exit 1
{ "$BDW" create Epic -t epic --id demo-e1 -q && "$BDW" create One --id demo-a1 -q &&
	"$BDW" create Child --parent demo-e1 -q && "$BDW" create Two --id demo-a2 --deps demo-a1 -l x -q; } >out || exit 1
echo '{"id":"demo-z1","title":"z"}' >in.jsonl

# the lines of the program: seed, number; awk picks words and quotes them for eval
words()
{
	awk -v seed="$1" -v n="$2" 'BEGIN {
		srand(seed * 100003 + n)
		nc = split("assign blocked children close comment comments config count create defer delete dep doctor dolt " \
			"duplicate epic export forget graph help history hooks human import info init kv label link lint list " \
			"memories metrics note onboard orphans ping plan prime priority prompt q query ready recall remember " \
			"rename reopen search setup show stale stats status statuses supersede swarm tag todo types undefer update " \
			"version where worktree config/set config/get config/unset dep/add dep/remove dep/tree dep/list label/add " \
			"label/remove kv/set kv/get kv/clear epic/status swarm/validate comments/add hooks/list hooks/run sql mol", c, " ")
		nw = split("demo-a1 demo-a2 demo-e1 demo-a1.1 a1 e demo-none demo- - -- --json --force -f --all --flat --status " \
			"--priority -p 0 9 -1 99999999999999999999 open closed bogus --parent --deps --type epic --limit --sort " \
			"--title --id demo-n1 --reason --to --add-label --set-labels --metadata {} {\"a\":1} [ --due tomorrow " \
			"2026-13-45 --dry-run --help --format csv dot --direction up --readonly --quiet --actor --batch in.jsonl " \
			"nope.jsonl /etc ../.. --file --body-file --estimate --by-status --label x,y,,, blocks:demo-a1 foo:bar " \
			"status=open AND priority<= %s%n%n --nope=1 -abc --limit=x --no-such \"\" \" \" \\t 💥 \303\050 $(id) `id` ; | * " \
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", w, " ")
		line = c[1 + int(rand() * nc)]
		gsub("/", "\047 \047", line)
		line = "\047" line "\047"
		k = int(rand() * 6)
		for (i = 0; i < k; i++)
			line = line " \047" w[1 + int(rand() * nw)] "\047"
		print line
	}'
}

bad=0 n=0
while [ $n -lt "$rounds" ]; do
	n=$((n + 1))
	line=$(words "$seed" $n)
	before=$(git rev-parse beadwave)
	eval "timeout 20 \"\$BDW\" $line" </dev/null >out 2>err
	rc=$?
	if [ $rc -ge 124 ] || grep -q -e 'ERROR: .*Sanitizer' -e 'runtime error' err; then
		echo "not ok - crashed ($rc): bdw $line"
		sed 's/^/# /' err | head -20
		bad=1
	elif [ $rc -ne 0 ] && [ "$before" != "$(git rev-parse beadwave)" ]; then
		echo "not ok - failed ($rc) and changed something: bdw $line: $(git log -1 --format=%s beadwave)"
		bad=1
	fi
	[ -z "$(find .beadwave -name '.tmp.*' 2>/dev/null)" ] || { echo "not ok - a temporary file stays: bdw $line"; bad=1; }
done
"$BDW" doctor >out 2>&1 || { echo "not ok - doctor complains afterwards"; sed 's/^/# /' out; bad=1; }
[ $bad -ne 0 ] || echo "ok - $rounds lines, seed $seed"
exit $bad
