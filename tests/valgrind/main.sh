#!/bin/sh
# The main paths of the command line under valgrind: no bad access, no use of what was never written, nothing lost. The
# keepers of a run's agents are watched too; git and the agents are not.
CLI_DIR=$(cd "$(dirname "$0")/../cli" && pwd)
. "$CLI_DIR/lib-run.sh"
command -v valgrind >/dev/null || { echo '1..0 # SKIP no valgrind'; exit 0; }
valgrind -q "$BDW" version >/dev/null 2>&1 || { echo '1..0 # SKIP valgrind cannot run it (sanitizers, another machine)'; exit 0; }

REPORTS=$TRASH/reports
mkdir "$REPORTS"
${CC:-cc} -shared -fPIC -O1 -o "$TRASH/preload.so" "$SOURCE_DIR/tests/valgrind/preload.c" -pthread -ldl || exit 1
rm "$TRASH/bin/bdw"
cat >"$TRASH/bin/bdw" <<END
#!/bin/sh
export LD_PRELOAD=$TRASH/preload.so
exec valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,possible \\
	--errors-for-leak-kinds=definite,possible --num-callers=20 --trace-children=yes \\
	--trace-children-skip='*/git,*/git-*,*/sh,*/true,*/fake/agent' --log-file=$REPORTS/%p "$BDW" "\$@"
END
chmod +x "$TRASH/bin/bdw"

# clean CODE COMMAND...: it ends with that code, and valgrind has nothing to say
clean()
{
	clean_code=$1
	shift
	rm -f "$REPORTS"/*
	test_code "$clean_code" bdw "$@" </dev/null || return 1
	clean_bad=$(find "$REPORTS" -type f -size +0)
	[ -z "$clean_bad" ] || { cat $clean_bad; return 1; }
}

export EDITOR=true PAGER=cat
test_expect_success 'setup' '
	test_repo && clean 0 init --prefix test -q && printf "[* impl]\nok\n[*]\nok\n" >"$SCRIPT" &&
	printf "{\"id\":\"test-i1\",\"title\":\"I1\",\"labels\":[\"a\"]}\n{\"id\":\"test-i2\",\"title\":\"I2\",\"dependencies\":\
[{\"issue_id\":\"test-i2\",\"depends_on_id\":\"test-i1\",\"type\":\"blocks\"}],\"comments\":[{\"id\":1,\"author\":\"a\",\
\"text\":\"t\",\"created_at\":\"2026-01-01T00:00:00Z\"}]}\n" >in.jsonl && printf "{\"id\":\n" >bad.jsonl &&
	printf "## One\n### Priority\n1\n## Two\n### Description\ntext\n" >many.md && cp "$SOURCE_DIR/contrib/demo/plan.md" plan.md &&
	printf "create Batch -p 1\nupdate test-a -p 0\n" >batch
'
# code|words: in this order
while IFS="|" read -r code words; do
	test_expect_success "bdw $words" "clean $code $words"
done <<'END'
0|create A --id test-a -t bug -p 1 -l x,y -d text --acceptance ok
0|create B --id test-b --deps test-a
0|create E --id test-e -t epic
0|create C --parent test-e --json
0|create -f many.md
0|q Quick
0|update test-a --title 'A again' --add-label z --metadata '{"k":1}' --json
0|dep add test-e.1 test-b
1|dep add test-a test-b
0|dep tree test-b
0|dep list test-b --json
0|dep cycles
0|comment test-a some words
0|comments test-a
0|label add test-a test-b w
0|label list-all
0|show test-a
0|show test-a --json
1|show test-none
0|list --json
0|list --all --sort priority
1|list --sort nothing
0|ready --json
0|ready --explain
0|blocked
0|search A --json
0|query "status=open AND priority<=2"
1|query "status=("
0|count --by-status
0|stats --json
0|stale
0|graph test-e
0|graph test-e --dot
0|epic status
0|swarm validate test-e
0|children test-e
0|history test-a
0|history test-a --json
0|defer test-b --until +1h
0|undefer test-b
0|edit test-a
0|note test-a more
0|rename test-b test-n
0|duplicate test-e.1 --of test-a
0|reopen test-e.1
0|config set custom.k v
0|config show
0|kv set a b
0|remember "a memory" --key k
0|memories
0|prime
0|doctor
0|import in.jsonl
0|import in.jsonl
1|import bad.jsonl
0|import plan.md
0|export
0|export --format csv
0|export test-e --format tasks.json -o tasks.json
0|import --format tasks.json tasks.json --dry-run
0|plan test-a test-i1
0|plan --json
0|prompt test-a
0|run test-a --dry-run
2|run test-a --no-such-flag
0|hooks list
0|trust
0|where
0|context
0|status
1|frobnicate
0|completion bash
0|help create
0|delete test-i2 --force
0|close test-n --force --reason done
END
test_expect_success 'bdw --batch' 'rm -f "$REPORTS"/* && bdw --batch <batch && test_is "" "$(find "$REPORTS" -type f -size +0)"'
test_expect_success 'bdw run' '
	printf "[test-a impl]\nexit 1\n[test-a impl]\nok\n[*]\nok\n" >"$SCRIPT" && rm -f "$REPORTS"/* && git add -A && git commit -qm files &&
	bdw update test-a --status open -q && run_bdw --set retry.max=1 test-a test-i1 --json >run.out &&
	test_is closed "$(test_field test-a status)" && test_is "" "$(find "$REPORTS" -type f -size +0 -exec cat {} +)"
'
while IFS="|" read -r code words; do
	test_expect_success "after it: bdw $words" "clean $code $words"
done <<'END'
0|status
0|status --json
0|metrics
0|metrics test-a --json
0|logs test-a
0|watch
0|wait
0|resume
1|answer test-a retry
END
# the agent itself interrupts the run
cat >"$TRASH/bin/interrupt" <<'END'
#!/bin/sh
kill -INT $(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "${BDW_LOG%/*/*}/run.json")
END
chmod +x "$TRASH/bin/interrupt"
test_expect_success 'an interrupted run, resume' '
	printf "[* impl]\ntry $TRASH/bin/interrupt\nhang\n[*]\nok\n" >"$SCRIPT" && run_issue test-h h.txt && rm -f "$REPORTS"/* &&
	test_code 130 run_bdw test-h && printf "[*]\nok\n" >"$SCRIPT" && bdw resume &&
	test_is closed "$(test_field test-h status)" && test_is "" "$(find "$REPORTS" -type f -size +0 -exec cat {} +)"
'
test_done
