#!/usr/bin/env bash
# Every file that bdw reads, cut and changed at random, under the commands that read it: never a crash, and an import
# that fails has imported nothing. The files are the store's own (issues, settings, what is private to a clone, the
# folder of a run), git's, and what users and agents hand in.
#	tests/fuzz/files.sh [rounds [seed]]	BDW=program, best one built with the sanitizers; O=build folder
set -u
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}
case $O in /*) ;; *) O=$PWD/$O ;; esac
BDW=${BDW:-$O/bdw} MUTATE=$O/tests/fuzz/mutate
case $BDW in /*) ;; *) BDW=$PWD/$BDW ;; esac
[ -x "$BDW" ] && [ -x "$MUTATE" ] || { echo "1..0 # SKIP no program at $BDW, or none at $MUTATE"; exit 0; }
rounds=${1:-60} seed=${2:-1} source=$PWD
top=$(mktemp -d "${TMPDIR:-/tmp}/bdw-files.XXXXXX") || exit 1
trap 'cd /; rm -rf "$top"' EXIT
trap 'exit 130' INT TERM HUP
for v in $(env | sed -n 's/^\(\(BDW\|BD\|BEADS\|GIT\|XDG\)_[A-Z_0-9]*\)=.*/\1/p'); do unset "$v"; done
export HOME=$top/home XDG_STATE_HOME=$top/home GIT_CONFIG_NOSYSTEM=1 GIT_TEMPLATE_DIR=$top/home/none EDITOR=true PAGER=cat
export LC_ALL=C
mkdir -p "$HOME/none" "$top/model" && cd "$top/model" || exit 1

# --- what is spoiled

# agent: writes a result file for implementers, a verdict for reviewers
cat >"$top/agent" <<END
#!/bin/sh
case \$BDW_ROLE in
impl | refine) echo "\$BDW_ISSUE" >>file; cat "$top/in/result.json" >"\$BDW_RESULT" ;;
spec) sed s/APPROVE/PASS/ "$top/in/verdict.txt" ;;
*) cat "$top/in/verdict.txt" ;;
esac
END
chmod +x "$top/agent"
mkdir "$top/in" && cat >"$top/in/result.json" <<'END'
{"status":"pass","summary":"done","files_modified":["file"],"usage":{"total_tokens":12,"tool_uses":1,"duration_ms":5},
"findings":[{"severity":"minor","file":"file","line":1,"text":"t"}],"test_results":{"ran":1,"passed":1,"failed":0}}
END
printf 'Looked at it.\n\nVERDICT: APPROVE\nCRITICAL: 0\nIMPORTANT: 0\n- [minor] file:1: t\n\n<usage>total_tokens: 5\n</usage>\n' \
	>"$top/in/verdict.txt"
cp "$source/contrib/demo/plan.md" "$top/in/plan.md"
cat >"$top/in/many.md" <<'END'
## One
### Priority
1
### Labels
a, b
### Description
Text
## Two
### Dependencies
test-a
END
echo '{"nodes":[{"key":"a","title":"A","type":"task"},{"key":"b","title":"B","parent":"a"}],"edges":[{"from":"b","to":"a"}]}' \
	>"$top/in/graph.json"
printf 'create "One" -p 1 -l x\nupdate test-a --title "x y" -p 0\nclose test-b -r "no longer"\ndep add test-a test-b\n' \
	>"$top/in/batch"
echo '{"k":[1,{"a":"b"}]}' >"$top/in/meta.json"
IN=$top/in

run()
{
	"$BDW" run --agent-command "$top/agent" --set retry.backoff=1ms --set timeout.grace=300ms --set retry.max=0 \
		--set "tier pro.review.n=1" "$@"
}
{
	git init -q . && git config user.name Fuzz && git config user.email f@example.com &&
	git commit -q --allow-empty -m start && "$BDW" init --prefix test -q &&
	"$BDW" create A --id test-a -d '## Files
- Modify: `file`' --acceptance x -l a,b -q && "$BDW" create B --id test-b -q && "$BDW" create E -t epic --id test-e -q &&
	"$BDW" dep add test-b test-a && "$BDW" comment test-a hi && "$BDW" remember "a memory" --key k && "$BDW" kv set a b &&
	"$BDW" config set custom.k v && "$BDW" config set run.max_parallel 2 &&
	mkdir -p .beadwave/workflow && printf '[run]\nworkflow=fast\n' >>.beadwave/config.ini &&
	printf '[retry]\nmax=1\n' >.beadwave/workflow/fast.ini &&
	run test-a && "$BDW" export -o "$top/in/issues.jsonl" && "$BDW" export test-e --format tasks.json -o "$top/in/tasks.json" &&
	git pack-refs --all
} >"$top/out" 2>&1 </dev/null || { echo "not ok - setup"; cat "$top/out"; exit 1; }
cp .beadwave/issue/*/test-a.md "$top/in/issue.md"

# --- what reads it: for the store's files, for each of the others

reads=('list --json' 'list' 'show test-a' 'show test-a --json' 'ready' 'update test-a -p 1' 'doctor' 'export' 'status' \
	'metrics --json' 'logs test-a' 'plan' 'resume' 'config show' 'recall k' 'kv list' 'trust' 'history test-a' 'prompt test-b' \
	'run --dry-run' 'create New' 'dep tree test-b' 'watch' 'wait' 'label list-all' 'where' 'context' 'worktree list' 'ping' \
	'close test-b' 'count --by-type' 'cancel')
reader()
{
	case $1 in
	issues.jsonl | plan.md | issue.md) "$BDW" import "$IN/$1" ;;
	tasks.json) "$BDW" import --format tasks.json "$IN/$1" ;;
	many.md) "$BDW" create -f "$IN/$1" ;;
	graph.json) "$BDW" create --graph "$IN/$1" ;;
	batch) "$BDW" --batch <"$IN/$1" ;;
	meta.json) "$BDW" update test-a --metadata "@$IN/$1" ;;
	result.json | verdict.txt) run test-b ;;
	esac
}

bad=0
# look RC WHAT...: did it crash?
look()
{
	local rc=$1
	shift
	if [ "$rc" -ge 124 ] || grep -qE 'ERROR: .*Sanitizer|runtime error: ' "$top/out"; then
		echo "not ok - exit code $rc: $* (seed $seed, round $n)"
		sed 's/^/# /' "$top/out" | head -30
		bad=1
	fi
}

mapfile -t files < <(find .git/beadwave .beadwave .git/config .git/HEAD .git/packed-refs -type f -size +0 ! -name '*.log' | sort)
mapfile -t inputs < <(ls "$IN")
RANDOM=$seed
export BDW
for ((n = 1; n <= rounds; n++)); do
	cd "$top" && rm -rf work && cp -a model work && cd work || exit 1
	if ((n % 2)); then
		f=${files[RANDOM % ${#files[@]}]}
		"$MUTATE" $((seed * 100003 + n)) <"../model/$f" >"$f"
		for k in 1 2 3 4; do
			words=${reads[RANDOM % ${#reads[@]}]}
			timeout 30 "$BDW" $words >"$top/out" 2>&1 </dev/null
			look $? "bdw $words, with $f changed"
		done
	else
		f=${inputs[n / 2 % ${#inputs[@]}]}
		cp "$IN/$f" "$top/whole"
		"$MUTATE" $((seed * 100003 + n)) <"$top/whole" >"$IN/$f"
		before=$(git rev-parse beadwave)
		reader "$f" >"$top/out" 2>&1 </dev/null
		rc=$?
		look $rc "$f"
		case $f in
		result.json | verdict.txt) ;;
		*)	[ $rc -eq 0 ] || [ "$before" = "$(git rev-parse beadwave)" ] ||
				{ echo "not ok - $f failed and changed something (seed $seed, round $n)"; bad=1; } ;;
		esac
		timeout 30 "$BDW" doctor >"$top/out" 2>&1 </dev/null
		rc=$?
		look $rc "doctor after $f"
		[ $rc -eq 0 ] || { echo "not ok - doctor complains after $f (seed $seed, round $n)"; cat "$top/out"; bad=1; }
		cp "$top/whole" "$IN/$f"
	fi
done
[ $bad -ne 0 ] || echo "ok 1 - $rounds files, seed $seed"
echo 1..1
exit $bad
