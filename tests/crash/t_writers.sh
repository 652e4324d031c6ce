#!/bin/sh
# 16 processes make WRITES changes in all through the command line while a reader loops: what was reported is there,
# the history is one line, and the reader never sees half a transaction (decisions A4; F002-16)
#
#	WRITES=1000 tests/crash/t_writers.sh	(default: 1008)
CLI_DIR=$(dirname "$0")/../cli
. "$CLI_DIR/lib.sh"
WRITES=${WRITES:-1008} WRITERS=16
each=$((WRITES / WRITERS / 3))

# writer N: three kinds of change each time; a line in done.N for every one that was reported
writer()
{
	for k in $(seq 1 $each); do
		bdw update "test-w$1" --notes "note $k" >/dev/null 2>>"err.$1.out" && echo "note $k" >>"done.$1.out"
		id=$(bdw create "Made by $1, $k" --silent 2>>"err.$1.out") && echo "made $id" >>"done.$1.out"
		# both at once: the reader must never see one moved without the other
		bdw update test-a test-b --priority $((k % 5)) >/dev/null 2>>"err.$1.out" && echo "moved" >>"done.$1.out"
	done
}

# reader: every look must be whole
reader()
{
	looks=0
	while [ ! -e stop.out ]; do
		bdw list --all --limit 0 --json >look.out 2>>reader-err.out || { echo "list failed" >>torn.out; continue; }
		awk '
		/^    "id": / { id = $2 }
		/^    "priority": / { p[id] = $2 }
		END {
			if (p["\"test-a\","] != p["\"test-b\","]) print "a " p["\"test-a\","] " b " p["\"test-b\","]
		}' look.out >>torn.out
		tail -c 2 look.out | grep -q "[]}]" || echo "cut" >>torn.out
		looks=$((looks + 1))
		echo $looks >looks.out
	done
}

test_expect_success 'setup store' '
	echo "*.out" >"$HOME/ignored" && git config --global core.excludesFile "$HOME/ignored" && test_store &&
	for n in $(seq 1 $WRITERS) ; do bdw create "W $n" --id "test-w$n" --silent || return 1; done >/dev/null &&
	bdw create A --id test-a -p 0 --silent && bdw create B --id test-b -p 0 --silent
'
test_expect_success "$((each * 3 * WRITERS)) changes by $WRITERS processes at once: all are reported as done" '
	before=$(test_commits) && : >torn.out &&
	{ reader & reader_pid=$!
	writers=
	for n in $(seq 1 $WRITERS); do writer $n & writers="$writers $!"; done
	wait $writers; touch stop.out; wait $reader_pid; } &&
	cat err.*.out reader-err.out 2>/dev/null >errs.out && test_empty errs.out &&
	test_is $((each * 3 * WRITERS)) "$(cat done.*.out | grep -c .)"
'
test_expect_success 'everything that was reported is there' '
	bdw list --all --limit 0 --json >all.out &&
	test_is $((each * WRITERS)) "$(grep -c "\"title\": \"Made by" all.out)" &&
	cat done.*.out | sed -n "s/^made //p" | while read -r id; do
		grep -q "\"id\": \"$id\"" all.out || { echo "$id is gone"; exit 1; }
	done &&
	for n in $(seq 1 $WRITERS); do test_is "note $each" "$(test_field "test-w$n" notes)" || return 1; done
'
test_expect_success 'F002-16 the history is linear: one commit a change, none lost' '
	test_is "" "$(git rev-list --merges beadwave)" &&
	test_is $((before + $(cat done.*.out | grep -c .))) "$(test_commits)" ||
	{ git log --format=%s beadwave | sort | uniq -c | sort -rn | head; false; }
'
test_expect_success 'the reader never saw half a transaction' '
	test_empty torn.out && test "$(cat looks.out)" -gt 0 && echo "$(cat looks.out) looks"
'
test_expect_success 'nothing is left, git finds nothing wrong' '
	test_is "" "$(find .git .beadwave \( -name "*.lock" -o -name ".tmp.*" \) ! -path "*/beadwave/run.lock")" &&
	git fsck --strict --no-dangling 2>fsck.out && test_empty fsck.out && bdw doctor >/dev/null
'
test_done
