#!/bin/sh
# the presets claude and codex in a whole run: stand-ins that take the real programs' arguments and print what was
# recorded of them, with the answer of the role in the place of the recorded one
. "$(dirname "$0")/lib-run.sh"

DATA=$SOURCE_DIR/tests/data/agents
# stand_in NAME RECORDING: a program NAME on PATH; $OUTSIDE/argv tells how it was called, $OUTSIDE/prompt.* what it was told
stand_in()
{
	cat >"$TRASH/bin/$1" <<-EOF && chmod +x "$TRASH/bin/$1"
	#!/bin/sh
	echo "\$BDW_ISSUE:\$BDW_ROLE $1 \$*" >>$OUTSIDE/argv
	cat >$OUTSIDE/prompt.\$BDW_ISSUE.\$BDW_ROLE
	case \$BDW_ROLE in
	impl) echo "\$BDW_ATTEMPT" >\$BDW_ISSUE.txt && git add . && git commit -q -m work && answer="It is done.\\\\\\\\n\\\\\\\\nTASK COMPLETE" ;;
	code) answer="VERDICT: APPROVE" ;;
	*) answer="VERDICT: PASS" ;;
	esac
	sed "s/VERDICT: APPROVED/\$answer/g" $DATA/$2
	EOF
}

test_expect_success 'claude implements, codex reviews: arguments, prompts, answers, tokens and cost of a whole run' '
	run_store && bdw create One --id test-1 -d "## Files
- Create: \`test-1.txt\`" --silent >/dev/null && stand_in claude claude-2.1.329-ok.jsonl && stand_in codex codex-0.169.0-ok.jsonl &&
	bdw run --agent claude --set "role code.agent=codex" --set "tier pro.review.n=1" >run.out && run_status test-1 closed &&
	test_is 1 "$(cat test-1.txt)" && test_has run.out "^1 closed, .* 4k tokens, .0\.0118, 3 launches\.$" &&
	test_has "$OUTSIDE/argv" "^test-1:impl claude -p --output-format stream-json .*--model sonnet" "^test-1:spec claude -p .*--model haiku" \
		"^test-1:code codex exec --json .* -$" &&
	test_has "$OUTSIDE/prompt.test-1.impl" "test-1" "One" && bdw metrics >metrics.out && test_has metrics.out "^Tokens: 4126$" \
		"^Cost: .0\.0118, as far" && test_is "0.0059 0.0059" "$(bdw metrics --json | sed -n "s/.*\"cost_usd\": \([0-9.]*\),*/\1/p" | tr "\n" " " | sed "s/ $//")" &&
	bdw prompt test-1 --role code >code.out && test_has code.out "VERDICT"
'
test_expect_success 'a claude whose credit has run out: its own words reach the person, and nothing was changed' '
	run_store && bdw create One --id test-1 --silent >/dev/null && before=$(git rev-parse HEAD) &&
	printf "#!/bin/sh\ncat >/dev/null\ncat %s\nexit 1\n" "$DATA/claude-2.1.329-400credit.jsonl" >"$TRASH/bin/claude" &&
	chmod +x "$TRASH/bin/claude" && test_code 2 bdw run --agent claude --set retry.backoff=1ms >run.out 2>&1 &&
	test_has run.out "^0 closed, .* 1 launch\.$" \
		"^Stopped: auth: Credit balance is too low\.  When that is mended, go on with: bdw run$" &&
	test_is "$before" "$(git rev-parse HEAD)" && run_status test-1 open
'
test_done
