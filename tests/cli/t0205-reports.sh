#!/bin/sh
# epic, lint, types, statuses, dep list/tree/cycles, graph, swarm
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' '
	test_store &&
	bdw create Epic -t epic --id test-e --silent &&
	bdw create one --parent test-e --silent && bdw create two --parent test-e --silent &&
	bdw create three --parent test-e --deps test-e.1,test-e.2 --silent &&
	bdw create Bug -t bug --id test-b --silent
'
test_expect_success 'epic status and close-eligible' '
	bdw epic status >out && test_has out "^○ test-e Epic$" "^   Progress: 0/3 children closed \(0%\)$" &&
	test_is "No epics eligible for closure" "$(bdw epic close-eligible)" && test_is "[]" "$(bdw epic status --eligible-only --json)" &&
	bdw create E2 -t epic --id test-e2 --silent && bdw create k --parent test-e2 --silent && bdw close test-e2.1 >/dev/null &&
	bdw epic status --eligible-only >out && test_has out "^✓ test-e2 E2$" "^   Eligible for closure$" && test_lacks out "test-e " &&
	before=$(test_commits) && bdw epic close-eligible --dry-run >out && test_has out "^Would close 1 epic" "test-e2: E2" &&
	test_is "$before" "$(test_commits)" &&
	bdw epic close-eligible --json >out && test_has out "\"count\": 1" "\"test-e2\"" && test_is closed "$(test_field test-e2 status)"
'
test_expect_success 'lint: sections by type, exit codes' '
	test_code 1 bdw lint test-b >out && test_has out "^Template warnings \(1 issues, 2 warnings\):$" "^test-b \[bug\]: Bug$" \
		"^  ⚠ Missing: ## Steps to Reproduce$" &&
	test_code 0 bd lint test-b --json >out && test_code 1 bdw lint test-b --json >out && test_has out "\"total\": 2" && test_lacks out schema_version &&
	bdw update test-b -d "## steps to reproduce" --acceptance x >/dev/null &&
	test_is "✓ No template warnings found (1 issues checked)" "$(bdw lint test-b)" &&
	test_code 1 bdw lint --type epic >out && test_has out "test-e " && test_lacks out test-e2 &&
	test_code 1 bdw lint --type epic --status all >out && test_has out "test-e2 "
'
test_expect_success 'types and statuses, with custom ones' '
	bdw types >out && test_has out "^  task +General work item" "^No custom types" &&
	bdw config set types.custom research,probe >/dev/null && bdw types >out && test_has out "^  research$" "^  probe$" &&
	bdw types --json >out && test_has out "\"custom_types\"" "\"research\"" &&
	bdw config set status.custom "qa:wip,shelf:frozen" >/dev/null && bdw statuses >out && test_has out "^  . qa +\[wip\]$" &&
	bdw statuses --json >out && test_has out "\"category\": \"frozen\"" "\"name\": \"qa\""
'
test_expect_success 'dep list, both ways, by type' '
	bdw dep list test-e.3 >out && test_has out "^  test-e.1: one \[P2\] \(open\) via blocks$" "^  test-e: Epic \[P2\] \(open\) via parent-child$" &&
	bdw dep list test-e.3 -t parent-child >out && test_lacks out blocks &&
	bdw dep list test-e.1 --direction up >out && test_has out "^  test-e.3: three" &&
	bdw dep list test-b >out && test_has out "^test-b has no dependencies$" &&
	bdw dep list test-e.3 --json >out && test_has out "\"dependency_type\": \"blocks\"" &&
	test_code 1 bdw dep list test-b --direction left 2>err && test_has err "invalid direction"
'
test_expect_success 'dep tree: text, depth, both ways, Mermaid, JSON' '
	bdw dep tree test-e.3 >out &&
	printf "\n🌲 Dependency tree for test-e.3:\n\ntest-e.3: three [P2] (open) [BLOCKED]\n    ├── test-e: Epic [P2] (open) [parent-child]\n    ├── test-e.1: one [P2] (open) [blocks]\n    └── test-e.2: two [P2] (open) [blocks]\n\n" >want &&
	test_cmp want out &&
	bdw dep tree test-e --direction up >out &&
	test_has out "^test-e: Epic \[P2\] \(open\) \[READY\]$" "^    ├── test-e.1: one" "^    │   └── test-e.3: three .* \[blocks\]$" "^    └── test-e.2: two" &&
	test_is 1 "$(grep -c test-e.3 out)" &&
	bdw dep tree test-e --direction up --show-all-paths >out && test_is 3 "$(grep -c test-e.3 out)" &&
	bdw dep tree test-e --direction up -d 1 >out && test_has out "test-e.1: one .* \.\.\.$" &&
	bdw dep tree test-e --direction up -d 1 --json >out && test_has out "\"truncated\": true" "\"parent_id\": \"test-e\"" "\"depth\": 1" &&
	bdw dep tree test-e.1 --direction both --json >out && test_is 1 "$(grep -c "\"depth\": 0" out)" &&
	bdw dep tree test-e.3 --format mermaid >out && test_has out "^flowchart TD$" "^  test-e.3 --> test-e.1$" &&
	test_code 1 bdw dep tree test-e.3 --format png 2>err && test_has err "invalid format"
'
test_expect_success 'cycles: none, one' '
	bdw dep cycles >out && test_has out "^✓ No dependency cycles detected$" && test_is "[]" "$(bdw dep cycles --json)" &&
	bdw graph check >out && test_has out "passed" &&
	bdw create X --id test-x --silent && bdw create Y --id test-y --deps test-x --silent &&
	bdw dep add test-x test-y --no-cycle-check >/dev/null &&
	bdw dep cycles >out && test_has out "Found 1 dependency cycles" "^   - test-x: X$" &&
	test_code 1 bdw graph check >out && test_has out "test-x → test-y → test-x" &&
	test_code 1 bdw graph check --json >out && test_has out "\"clean\": false" "\"cycle_count\": 1" &&
	test_code 1 bdw doctor >out && test_has out "✗ Cycles: 1 dependency cycle" && bdw delete test-x test-y --force >/dev/null
'
test_expect_success 'doctor names what the agents of a run lack' '
	bdw doctor --check agents >out && test_has out "✓ Agents: none is configured" &&
	git config beadwave.run.agent codex && OPENAI_API_KEY= bdw doctor --check agents >out &&
	test_has out "⚠ Agents" "codex: OPENAI_API_KEY is not set" && git config --unset beadwave.run.agent
'
test_expect_success 'graph: layers, boxes, dot, Mermaid, JSON' '
	bdw graph test-e.1 >out &&
	test_has out "^  LAYER 0 \(ready\)$" "^  LAYER 1$" "^  └── ○ test-e.3 ● P2 three \(needs test-e.1, test-e.2\)$" \
		"^  Dependencies: 2 blocking relationships$" "^  Total: 4 issues across 2 layers$" &&
	bdw graph test-e --compact >out && test_has out "^  │   ├── ○ test-e.1 ● P2 one$" &&
	bdw graph test-e --box >out && test_has out "^  │ blocks:1 +│$" "^  │ needs:2 +│$" &&
	bdw graph test-e --dot >out && test_has out "^digraph" "^  \"test-e.1\" -> \"test-e.3\" \[style=solid" "^  \"test-e\" -> \"test-e.1\" \[style=dashed" &&
	bdw graph test-e --mermaid >out && test_has out "^flowchart LR$" "^  test-e.1 --> test-e.3$" &&
	bdw graph test-e --json >out && test_has out "\"MaxLayer\": 1" "\"RootID\": \"test-e\"" &&
	bdw graph --all >out && test_has out "test-b " && test_lacks out "test-e2 " &&
	test_code 1 bdw graph 2>err && test_has err "issue ID required"
'
test_expect_success 'swarm validate: waves' '
	bdw swarm validate test-e >out &&
	test_has out "^   Wave 1: 2 issues$" "^   Wave 2: 1 issues$" "^      • test-e.3: three$" "^   Max parallelism: 2$" "^✓ Swarmable: YES$" &&
	bdw swarm validate test-e --json >out && test_has out "\"swarmable\": true" "\"wave\": 1" "\"warnings\": null" &&
	test_code 1 bdw swarm validate test-b 2>err && test_has err "is not an epic or molecule \(type: bug\)"
'
test_expect_success 'swarm validate: what is wrong' '
	bdw create W -t epic --id test-w --silent && bdw create a --parent test-w --silent && bdw create b --parent test-w --deps test-w.1,test-b --silent &&
	bdw swarm validate test-w >out && test_has out "test-w.2 depends on test-b \(outside epic\)" &&
	bdw dep add test-w.1 test-w.2 --no-cycle-check >/dev/null &&
	test_code 1 bdw swarm validate test-w >out && test_has out "^✗ Swarmable: NO" "test-w.1 -> test-w.2 -> test-w.1" &&
	test_code 1 bdw swarm validate test-w --json >out && test_has out "\"swarmable\": false" "\"ready_fronts\": null"
'
test_expect_success 'swarm status' '
	bdw update test-e.1 --claim >/dev/null && bdw swarm status test-e >out &&
	test_has out "^Active: +◐ test-e.1 \[Tess Agent\]$" "^Ready: +○ test-e.2$" "^Blocked: +◌ test-e.3 \(needs test-e.1, test-e.2\)$" "^Completed: +\(none\)$" &&
	bdw close test-e.1 test-e.2 >/dev/null && bdw swarm status test-e --json >out &&
	test_has out "\"progress_percent\": 66" "\"ready_count\": 1" "\"blocked_count\": 0"
'
test_done
