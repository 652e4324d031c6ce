# tests/cli/lib-run.sh - what tests of `bdw run` share: . "$(dirname "$0")/lib-run.sh" instead of lib.sh
#
# The agent is tests/fake/agent (FAKE_AGENT), which plays the script of the test; see tests/fake/README.md. Order and
# counts are looked at, never milliseconds.
. "${CLI_DIR:-$(dirname "$0")}/lib.sh"

FAKE_AGENT=${FAKE_AGENT:-$SOURCE_DIR/build/tests/fake/agent}
case $FAKE_AGENT in /*) ;; *) FAKE_AGENT=$SOURCE_DIR/$FAKE_AGENT ;; esac
[ -x "$FAKE_AGENT" ] || { echo "1..0 # SKIP no scripted agent at $FAKE_AGENT"; exit 0; }
SCRIPT=$TRASH/script
OUTSIDE=$TRASH/outside	# where agents leave traces: no work tree
export OUTSIDE
mkdir -p "$OUTSIDE"
echo '*.out' >"$HOME/ignored"	# what tests write beside the issues' files
git config --global core.excludesFile "$HOME/ignored"
# RUN_WATCH=poll: every run looks for changes as one that gets no events (t0314)
[ "${RUN_WATCH-}" != poll ] || { git config --global beadwave.watch.mode poll && git config --global beadwave.watch.interval 20ms; }

# run_script: stdin is what the agents play
run_script()
{
	cat >"$SCRIPT"
}

# run_bdw [FLAG...] [ID...]: a run with the scripted agent, quick to repeat; one reviewer unless told otherwise
run_bdw()
{
	bdw run --agent-command "$FAKE_AGENT --script $SCRIPT" --set retry.backoff=1ms --set timeout.grace=300ms \
		--set "tier pro.review.n=1" "$@"
}

# run_store: a new repository with a store
run_store()
{
	rm -rf "$OUTSIDE" "$XDG_STATE_HOME" && mkdir "$OUTSIDE" && test_store "$@"
}

# run_issue ID [FILE]... : an issue that names its files
run_issue()
{
	run_id=$1
	shift
	run_body=
	for run_file; do
		run_body="$run_body
- Modify: \`$run_file\`"
	done
	[ -z "$run_body" ] || run_body="## Files
$run_body"
	bdw create "Task $run_id" --id "$run_id" -d "$run_body" --silent >/dev/null
}

# run_newest: id of the newest run; run_dir: its folder
run_newest()
{
	for run_file in .git/beadwave/run/*T*; do
		:
	done
	basename "$run_file"
}
run_dir()
{
	echo "$PWD/.git/beadwave/run/$(run_newest)"
}

# run_pid: of the newest run's scheduler; run_kill: kills that; run_resume [FLAG...]: as soon as it has gone
run_pid()
{
	sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$(run_dir)/run.json"
}
run_kill()
{
	kill -KILL "$(run_pid)"
}
run_resume()
{
	while bdw resume "$@" >run.out 2>&1; run_rc=$?; [ $run_rc -eq 75 ]; do :; done
	return $run_rc
}

# run_events [EVENT...]: one line an event: EVENT ISSUE:ROLE#ATTEMPT STATUS, with "-" for what it does not have
run_events()
{
	awk -v want=" $* " '
	function get(key,  s) {
		if (match($0, "\"" key "\":(\"([^\"\\\\]|\\\\.)*\"|[-0-9.]+)") == 0)
			return "-"
		s = substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
		gsub(/^"|"$/, "", s)
		return s
	}
	{
		e = get("event")
		if (want == "  " || index(want, " " e " "))
			print e, get("issue") ":" get("role") "#" get("attempt"), get("status")
	}' "$(run_dir)/events.jsonl"
}

# run_launches: what was started, in order: "ID:role#n ..."
run_launches()
{
	run_events spawn | awk '{ printf "%s%s", sep, $2; sep = " " } END { print "" }'
}

# run_at EVENT WHAT: line number of the first such event (0: none); run_before A B: A came before B ("EVENT WHAT")
run_at()
{
	run_events | awk -v e="$1" -v w="$2" '$1 == e && $2 == w { print NR; found = 1; exit } END { if (!found) print 0 }'
}
run_before()
{
	# shellcheck disable=SC2086
	set -- "$1" "$2" "$(run_at $1)" "$(run_at $2)"
	[ "$3" -gt 0 ] && [ "$4" -gt 0 ] && [ "$3" -lt "$4" ] && return 0
	echo "'$1' (line $3) is not before '$2' (line $4):"
	run_events
	return 1
}

# run_most [ROLE]: how many attempts ran at once at most, by the order of events
run_most()
{
	run_events spawn exit timeout | awk -v role="${1-}" '
	role != "" && index($2, ":" role "#") == 0 { next }
	$1 == "spawn" { if (++n > max) max = n; next }
	{ n-- }
	END { print max + 0 }'
}

# run_status ID WANTED: of an issue
run_status()
{
	test_is "$2" "$(test_field "$1" status)"
}

# run_processes: processes of any run of this store, by their environment
run_processes()
{
	for run_p in /proc/[0-9]*; do
		[ "$run_p" = "/proc/$$" ] && continue
		{ tr '\0' '\n' <"$run_p/environ" | grep -q "^BDW_LOG=$TRASH/" &&
			echo "${run_p#/proc/} $(tr '\0' ' ' <"$run_p/cmdline")"; } 2>/dev/null
	done
}

# run_nothing_left: after a good end: no process, work tree, branch, lock or temp file; git finds nothing wrong
run_nothing_left()
{
	run_rest=$({
		run_processes
		git worktree list --porcelain | grep '^worktree ' | sed 1d
		ls .git/worktrees 2>/dev/null
		git for-each-ref --format='%(refname)' refs/heads/beadwave-work refs/heads/beadwave-run
		find .git "$XDG_STATE_HOME" \( -name '*.lock' -o -name '.tmp.*' -o -name '*.owner' \) \
			! -path '*/beadwave/run.lock' ! -path '*/run/*/*.*.*/lock' 2>/dev/null
		find .beadwave -name '.tmp.*'
		git fsck --strict --no-dangling 2>&1 | grep -v '^notice:'
	})
	[ -z "$run_rest" ] && return 0
	echo "left behind:"
	echo "$run_rest"
	return 1
}

# until_has FILE PATTERN: waits until a line is there, for 30 s at most; FILE may be a pattern
until_has()
{
	until_n=0
	until grep -qsE "$2" $1; do
		until_n=$((until_n + 1))
		[ $until_n -lt 600 ] || { echo "no $2 in $1"; cat $1; return 1; }
		sleep 0.05
	done
}
