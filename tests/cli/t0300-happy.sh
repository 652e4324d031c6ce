#!/bin/sh
# one issue from open to closed: order of roles, what an agent gets, what is recorded, what is left
. "$(dirname "$0")/lib-run.sh"

test_expect_success 'setup' '
	run_store && git -C . config user.name >/dev/null &&
	run_issue test-1 a.txt && run_issue test-2 b.txt && echo SECRET-OF-2 | bdw comments add test-2 -f - >/dev/null &&
	cat <<-EOF | run_script
	dump $OUTSIDE/\${BDW_ISSUE}.\${BDW_ROLE}.\${BDW_ATTEMPT}
	run cp \${BDW_PROMPT_FILE} $OUTSIDE/prompt.\${BDW_ROLE}
	run sh -c "test -e \$BDW_RESULT && echo there >>$OUTSIDE/result || :"
	run sh -c "cp \$(dirname \$BDW_LOG)/attempt.json $OUTSIDE/record.\$BDW_ROLE"
	ok a.txt
	EOF
'
test_expect_success 'scenario 1: happy, pro: impl, spec, code; closed with commit, files and tests; exit 0' '
	MARK=leak FOO_SECRET=1 BDW_TIER=bogus run_bdw test-1 --set "role impl.model=sonnet" --set "role code.model=haiku" --set "run.test=true" --json >json.out &&
	test_is "test-1:impl#1 test-1:spec#1 test-1:code#1 test-1:test#1" "$(run_launches)" &&
	run_status test-1 closed &&
	test_has .beadwave/issue/*/test-1.md "^close_reason: .*Commit: [0-9a-f]{12} \| Files: 1 changed \(1\+/0-\) \| Tests: pass, exit 0" &&
	test_is "test-1 impl 1" "$(cat a.txt)" && test_is "" "$(git status --porcelain)"
'
test_expect_success 'scenario 1: the trail in the store: open, in_progress, closed' '
	git log --reverse --format=%H beadwave -- "$(cd .beadwave; ls issue/*/test-1.md)" | while read -r c; do
		git show "$c:$(cd .beadwave; ls issue/*/test-1.md)" | sed -n "s/^status: //p"
	done | uniq | tr "\n" " " >trail.out && test_is "open in_progress closed " "$(cat trail.out)"
'
test_expect_success 'scenario 1: metrics keys: impl, spec, code, no simplify; test-2 was not touched' '
	tail -1 json.out >last.out && test_has last.out "\"test-1.impl\":" "\"test-1.spec\":" "\"test-1.code\":" &&
	test_lacks last.out "code.1" simplify "test-2" && run_status test-2 open
'
test_expect_success 'contract 1: an agent runs in a work tree of its own, in its own process group' '
	f=$OUTSIDE/test-1.impl.1 && cwd=$(sed -n "s/^cwd //p" "$f") && test_is "$(sed -n "s/^pid //p" "$f")" "$(sed -n "s/^pgid //p" "$f")" &&
	case $cwd in "$PWD" | "$PWD"/*) false ;; "$XDG_STATE_HOME"/beadwave/tree/*) ;; *) false ;; esac
'
test_expect_success 'F001-03 no descriptor of the scheduler: stdin, stdout, stderr only' '
	grep "^fd " "$OUTSIDE/test-1.impl.1" | cut -d" " -f2 | sort -n | tr "\n" " " >fds.out &&
	test_is "0 1 2 " "$(cat fds.out)"
'
test_expect_success 'F001-03 F002-04 the environment is an allow-list, and nothing of other issues is seen' '
	test_lacks "$OUTSIDE/test-1.impl.1" "^env MARK=" "^env FOO_SECRET=" "bogus" "OUTSIDE=" &&
	test_has "$OUTSIDE/test-1.impl.1" "^env PATH=" "^env HOME=" && test_lacks "$OUTSIDE/prompt.impl" SECRET-OF-2
'
test_expect_success 'F001-12 contract 1: every variable, for implementer and reviewer' '
	i=$OUTSIDE/test-1.impl.1 c=$OUTSIDE/test-1.code.1 base=$(git rev-parse main~1^0) && d=$(run_dir) &&
	test_has "$i" "^env BDW_RUN=$(run_newest)$" "^env BDW_ISSUE=test-1$" "^env BDW_ROLE=impl$" "^env BDW_ATTEMPT=1$" \
		"^env BDW_WAVE=1$" "^env BDW_MODEL=sonnet$" "^env BDW_TIER=pro$" "^env BDW_BASE=$(git rev-parse main^1)$" \
		"^env BDW_PROMPT_FILE=$d/test-1.impl.1/prompt.md$" "^env BDW_RESULT=$d/test-1.impl.1/result.json$" \
		"^env BDW_LOG=$d/test-1.impl.1/stdout.log$" "^env BDW_DEADLINE=[0-9]{10}$" "^env BDW_ACTOR=Tess Agent$" &&
	test_lacks "$i" "^env BDW_REVIEWER" &&
	test_has "$c" "^env BDW_ROLE=code$" "^env BDW_REVIEWER=1$" "^env BDW_REVIEWERS=1$" "^env BDW_MODEL=haiku$" \
		"^env BDW_HEAD=$(git rev-parse main^2)$" && test ! -e "$OUTSIDE/result"
'
test_expect_success 'F001-13 the record of the attempt stands before the agent begins' '
	test_has "$OUTSIDE/record.impl" "\"issue\": *\"test-1\"" "\"role\": *\"impl\"" "\"cwd\""
'
test_expect_success 'F001-14 F001-20 spawn carries the store commit that precedes it; exit, verdict and commit follow' '
	e=$(run_dir)/events.jsonl && oid=$(sed -n "s/.*\"event\":\"spawn\",\"issue\":\"test-1\",\"role\":\"impl\".*\"oid\":\"\([0-9a-f]*\)\".*/\1/p" "$e") &&
	git merge-base --is-ancestor "$oid" beadwave &&
	git show "$oid:$(cd .beadwave; ls issue/*/test-1.md)" | grep -q "^status: in_progress" &&
	run_before "spawn test-1:impl#1" "exit test-1:impl#1" && run_before "exit test-1:impl#1" "verdict test-1:impl#1" &&
	run_before "verdict test-1:code#1" "commit test-1:-#-"
'
test_expect_success 'contract 4: every event has v, seq, t, mono_ns, run; seq counts up by one; run_start first, run_end last' '
	e=$(run_dir)/events.jsonl && n=$(grep -c . "$e") &&
	test_is "$n" "$(grep -cE "^\{\"v\":1,\"seq\":[0-9]+,\"t\":\"[-0-9T:.]{23}Z\",\"mono_ns\":[0-9]+,\"run\":\"$(run_newest)\",\"event\":\"[a-z_]+\"" "$e")" &&
	sed "s/.*\"seq\":\([0-9]*\),.*/\1/" "$e" >seq.out && seq 1 "$n" | cmp - seq.out &&
	head -1 "$e" | grep -q run_start && tail -1 "$e" | grep -q run_end &&
	echo "$(run_newest)" | grep -qE "^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$"
'
test_expect_success 'contract 5: run --json prints the events as recorded, then one object as the last line' '
	sed "\$d" json.out | cmp - "$(run_dir)/events.jsonl" && tail -1 json.out >last.out && test_lacks last.out "\"event\":" &&
	for k in run mode status exit_code waves_executed waves total_tasks passed_tasks failed_tasks blocking_failures \
		estimated_sequential_time actual_parallel_time speedup_achieved total_sequential_estimate total_parallel_actual \
		speedup_factor parallelized_tasks sequential_tasks total_waves max_concurrent avg_wave_time workers_spawned \
		workers_succeeded workers_failed workers_retried workers_cancelled makespan_ms bound_ms polls wakeups commits \
		errors metrics metrics_unavailable; do
		test_has last.out "\"$k\":" || return 1
	done &&
	test_has last.out "\"status\":\"success\",\"exit_code\":0" "\"total_tasks\":1" "\"workers_retried\":0"
'
test_expect_success 'metrics --json is the same object' '
	bdw metrics --run "$(run_newest)" --json >m.out && tr -d " \n" <m.out >m1.out && tr -d " " <last.out | tr -d "\n" >l1.out && cmp m1.out l1.out
'
test_expect_success 'nothing is left behind' run_nothing_left

test_expect_success 'setup three reviewers' '
	bdw delete test-2 --force >/dev/null; run_store two && run_issue test-1 a.txt && run_issue test-2 b.txt &&
	cat <<-\EOF | run_script
	[* impl]
	run sh -c "seq 1 ${BDW_ISSUE#test-}0 >/dev/null; seq 1 20 >${OUT}"
	verdict DONE
	[*]
	ok
	EOF
	sed -i "s/^run sh.*/run sh -c \"seq 1 20 >\$(test \$BDW_ISSUE = test-1 \&\& echo a || echo b).txt\"/" "$SCRIPT"
'
test_expect_success 'scenario 2: three reviewers; always one agg record by default' '
	run_bdw test-1 --tier max-5x --json >json.out && tail -1 json.out >last.out &&
	run_launches | grep -q "^test-1:impl#1 test-1:spec#1 test-1:code#" &&
	test_is "#1 #2 #3 " "$(run_launches | tr " " "\n" | sed -n "s/.*:code//p" | sort | tr "\n" " ")" &&
	test_has last.out "\"test-1.code.1\":" "\"test-1.code.3\":" "\"test-1.agg\":\{\"attempts\":1,\"total_tokens\":0" &&
	test_lacks last.out "\"test-1.code\":" && bdw show test-1 | grep -q "Reviewers: 3/3 approved"
'
test_expect_success 'scenario 2: aggregate=fastpath: no agg record; closed' '
	run_bdw test-2 --tier max-5x --set review.aggregate=fastpath --json >json.out && tail -1 json.out >last.out &&
	test_lacks last.out "test-2.agg" && run_status test-2 closed && run_nothing_left
'
for lines in 10 11; do
test_expect_success "scenario 3: a diff of $lines lines has $([ $lines = 10 ] && echo one reviewer || echo three reviewers)" '
	run_store "three$lines" && run_issue test-1 a.txt &&
	printf "[* impl]\nrun sh -c \"seq 1 $lines >a.txt\"\nverdict DONE\n[*]\nok\n" | run_script &&
	run_bdw --tier max-5x && test_is "$([ $lines = 10 ] && echo 1 || echo 3)" "$(run_events spawn | grep -c :code#)"
'
done
test_done
