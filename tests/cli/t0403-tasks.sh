#!/bin/sh
# tasks.json and context-summary.json of versions 2.0, 3.0 and 4.0: read, written back, and what changed in between
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || { test_skip 'tasks.json' 'no python3'; test_done; }

# same_json A B: the same value, whatever the order of members
same_json() { python3 -c 'import json,sys; sys.exit(json.load(open(sys.argv[1])) != json.load(open(sys.argv[2])))' "$1" "$2"; }
# at FILE EXPRESSION: of the document d, and t, its tasks by id
at() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); t=d["tasks"]
if isinstance(t,list): t={x["id"]:x for x in t}
print(json.dumps(eval(sys.argv[2])))' "$1" "$2"; }

cat >v2.json <<'EOF'
{"version":"2.0","spec":"password-reset","spec_path":".agent-os/specs/password-reset","created":"2026-01-02T03:04:05Z",
"updated":"2026-01-02T03:04:05.123Z","execution_strategy":{"mode":"parallel_waves","waves":[{"wave_id":1,"tasks":["1","2"],
"rationale":"no shared files","estimated_duration_minutes":30}],"estimated_parallel_speedup":1.67,"max_concurrent_workers":2,
"total_sequential_minutes":90,"total_parallel_minutes":54},"tasks":[
{"id":"1","type":"parent","parent":null,"description":"Token store\n\nWith a <ttl> & \"quotes\"","status":"in_progress",
"subtasks":["1.1","1.2"],"progress_percent":50,"attempts":1,"started_at":"2026-01-02T03:05:00Z","completed_at":null,
"duration_minutes":null,"notes":"mind the clock\n","blocker":null,"parallelization":{"wave":1,"can_parallel_with":["2"],
"blocked_by":[],"blocks":["3"],"shared_files":[],"isolation_score":1.0},"artifacts":{"files_modified":["src/token.ts"],
"files_created":["src/ttl.ts"],"functions_created":["makeToken"],"exports_added":["makeToken"],"test_files":["test/token.test.ts"]}},
{"id":"1.1","type":"subtask","parent":"1","description":"Write tests","status":"pass","attempts":0,"completed_at":"2026-01-02T04:00:00Z"},
{"id":"1.2","type":"subtask","parent":"1","description":"","status":"pending"},
{"id":"2","type":"parent","description":"Mail","status":"pending","subtasks":[],"parallelization":{"wave":1,"blocked_by":[]}},
{"id":"3","type":"parent","description":"Route","status":"blocked","blocker":"no SMTP host","subtasks":[],"parallelization":{"wave":2,
"can_parallel_with":[],"blocked_by":["1","2"],"shared_files":["src/token.ts"],"isolation_score":0.25}}],
"summary":{"total_tasks":5,"parent_tasks":3,"subtasks":2,"completed":1,"in_progress":1,"blocked":1,"pending":2,
"overall_percent":20,"parallel_waves":2,"max_parallelism":2}}
EOF
cat >context.json <<'EOF'
{"version":"2.0","source_hashes":{"spec.md":"ab12"},"global_context":{"product_pitch":"p","tech_stack":["ts"],"branch_name":"reset"},
"tasks":{"1":{"summary":"Tokens","spec_sections":["2.1"],"relevant_files":["src/a.ts"],"codebase_refs":{"functions":["login()"],
"imports":["x"],"schemas":[]},"standards":{"patterns":["repository"],"testing":["jest"]},"dependencies":[],"estimated_tokens":1200,
"parallel_context":{"wave":1,"concurrent_tasks":["2"],"conflict_risk":"low","shared_resources":[],"prerequisite_outputs":[],
"worker_instructions":"one\ntwo"}},"2":{"summary":"Mail"},"9":{"summary":"of a task that is not in tasks.json","n":1.5}}}
EOF
sed 's/"version":"2.0"/"version":"3.0"/; s/"description":"Mail"/"description":"Mail","predecessor_artifacts":{"1":{"exports_added":["makeToken"]}}/' v2.json >v3.json
cat >v4.json <<'EOF'
{"version":"4.0","spec":"login","tasks":[
{"id":"1","type":"parent","task_type":"implementation","description":"Form","status":"skipped","depends_on":[],"complexity":"HIGH",
"subtask_execution":{"mode":"parallel_groups","groups":[["1.1"]]},"checkpoint":{"git_commit":"0123abc","files":[]}},
{"id":"2","type":"parent","task_type":"verification","description":"Check","status":"pending","depends_on":["1"],"complexity":"MEDIUM",
"predecessor_artifacts":{},"big":9007199254740993,"small":1e-7,"none":null,"empty":""}],
"computed":{"waves":[{"depth":0,"tasks":["1"],"label":"a","parallel":false}],"dependency_graph":{"2":["1"]},"max_concurrent_workers":1,
"estimated_parallel_speedup":1.0},"future_tasks":[{"id":"F1","description":"later"}],"summary":{"total_tasks":2}}
EOF

test_expect_success 'setup' 'git init -q . && bdw init --prefix demo -q'
for v in 2 3 4; do
	test_expect_success "version $v: what was read is written" '
		bdw import v$v.json --context context.json --json >out && epic=$(at out "t" 2>/dev/null || sed -n "s/.*\"epic\": \"\(.*\)\".*/\1/p" out) &&
		bdw export --format tasks.json $epic --context back-context.json -o back.json && same_json v$v.json back.json &&
		same_json context.json back-context.json && bdw import back.json --context back-context.json -q
	'
done
test_expect_success 'setup another store for changes' '
	rm -rf .beadwave .git && git init -q . && bdw init --prefix demo -q && bdw import v2.json --context context.json -q &&
	epic=$(bdw list -t epic --json | sed -n "s/.*\"id\": \"\(.*\)\",/\1/p")
'
test_expect_success 'the whole context reaches the body' '
	bdw show $epic.1 >out && test_has out "Modify: .src/token.ts" "Create: .src/ttl.ts" "login\(\)" "repository" "2\.1" "mind the clock"
'
test_expect_success 'status, title, notes and edges as they are now; the rest as it was' '
	bdw close $epic.1.2 -q && bdw update $epic.2 --title "Send mail" --notes "use the queue" -q && bdw dep remove $epic.3 $epic.1 -q &&
	bdw dep add $epic.2 $epic.1 -q && bdw export --format tasks.json -o now.json &&
	test_is "\"pass\"" "$(at now.json "t[\"1.2\"][\"status\"]")" && test_is 100 "$(at now.json "t[\"1\"][\"progress_percent\"]")" &&
	test_is "[\"Send mail\", \"use the queue\", [\"1\"]]" "$(at now.json "[t[\"2\"][k] for k in (\"description\",\"notes\")]+[t[\"2\"][\"parallelization\"][\"blocked_by\"]]")" &&
	test_is "[[\"2\"], 0.25, \"no SMTP host\"]" "$(at now.json "[t[\"3\"][\"parallelization\"][\"blocked_by\"],t[\"3\"][\"parallelization\"][\"isolation_score\"],t[\"3\"][\"blocker\"]]")" &&
	test_is "[2, 1, 40, 2, 3]" "$(at now.json "[d[\"summary\"][k] for k in (\"completed\",\"pending\",\"overall_percent\",\"max_parallelism\",\"parent_tasks\")]")" &&
	test_is true "$(at now.json "d[\"execution_strategy\"][\"estimated_parallel_speedup\"]==1.67")"
'
test_expect_success 'a task that came later stands in both files' '
	printf "Text\n\n## Files\n\n- Create: \`src/new.ts\`\n" | bdw create Extra --parent $epic --deps $epic.1 --stdin -q &&
	bdw export --format tasks.json --context now-context.json >now.json && id=$epic.4 &&
	test_is "[\"parent\", \"pending\", [\"1\"], 6, 4]" "$(at now.json "[t[\"$id\"][k] for k in (\"type\",\"status\",\"depends_on\")]+[d[\"summary\"][k] for k in (\"total_tasks\",\"parent_tasks\")]")" &&
	test_is "[[\"src/new.ts\"], [\"1\"], \"Mail\", 1.5]" "$(at now-context.json "[t[\"$id\"][\"relevant_files\"],t[\"$id\"][\"dependencies\"],t[\"2\"][\"summary\"],t[\"9\"][\"n\"]]")"
'
test_expect_success 'an epic of our own becomes version 4.0 with a summary of version 2.0' '
	bdw create Own -t epic --id demo-own -q && bdw create First --parent demo-own -q && bdw create Second --parent demo-own --deps demo-own.1 -q &&
	bdw export --format tasks.json demo-own --context own-context.json -o own.json &&
	test_is "[\"4.0\", [\"demo-own.1\"]]" "$(at own.json "[d[\"version\"],t[\"demo-own.2\"][\"depends_on\"]]")" &&
	test_is "[\"2.0\", \"Second\"]" "$(at own-context.json "[d[\"version\"],t[\"demo-own.2\"][\"summary\"]]")"
'
test_expect_success 'a bad context leaves nothing behind; --context needs tasks.json' '
	before=$(git rev-parse beadwave) && echo "{\"tasks\":" >bad.json && ! bdw import v2.json --context bad.json 2>err && grep -q context err &&
	! bdw import v2.json --context nowhere 2>err && test_is "$before" "$(git rev-parse beadwave)" &&
	! bdw export --context x 2>err && grep -q "tasks.json" err && [ ! -e x ]
'
test_done
