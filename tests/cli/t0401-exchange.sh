#!/bin/sh
# what other programs read and write: issues.jsonl of bd, CSV, tasks.json
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup' '
	git init -q . && bdw init --beads --prefix demo -q && bdw create "One, \"two\"" --id demo-a1 -l x,y -q &&
	bdw create Two --id demo-a2 --deps demo-a1 -q && bdw comment demo-a1 hello -q && bdw comment demo-a1 again -q
'
test_expect_success 'an export that comes back changes nothing' '
	bdw export -o out.jsonl && before=$(git rev-parse beadwave) && bdw import out.jsonl --json | grep -q "\"unchanged\": 2" &&
	test_is "$before" "$(git rev-parse beadwave)"
'
test_expect_success 'a file that is a link keeps being one, a pipe is written to' '
	echo old >real && ln -s real link && bdw export -o link 2>/dev/null && [ -L link ] && cmp real out.jsonl && mkfifo pipe && { cat pipe >got & } && bdw export -o pipe 2>/dev/null && wait $! &&
	[ -p pipe ] && cmp got out.jsonl && bdw export -o /dev/stdout 2>/dev/null | cmp - out.jsonl && ! bdw export -o . 2>/dev/null && rm link real pipe got
'
test_expect_success 'of the same second: the line is taken; older: it is not' '
	sed "s/\"title\":\"Two\"/\"title\":\"Two again\"/" out.jsonl >in.jsonl && bdw import in.jsonl -q &&
	bdw show demo-a2 --short | grep -q "Two again" &&
	sed "s/\"title\":\"Two\"/\"title\":\"Old\"/; s/\"updated_at\":\"2/\"updated_at\":\"1/" out.jsonl >in.jsonl &&
	bdw import in.jsonl --json | grep -q stale && bdw show demo-a2 --short | grep -q "Two again"
'
test_expect_success 'numbers for comment ids' '
	bdw export --comment-ids=int >out && grep -q "\"comments\":\[{\"id\":1,.*{\"id\":2," out &&
	! bdw export --comment-ids=roman 2>err && grep -q "roman" err
'
test_expect_success 'CSV' '
	bdw export --format csv >out && test_is 3 "$(grep -c . out)" && head -1 out | grep -q "^id,title,status," &&
	grep -q "^demo-a1,\"One, \"\"two\"\"\",open,2,task,,x y,,," out && grep -q "^demo-a2,.*,demo-a1," out &&
	! bdw export --format xml 2>err && grep -q xml err
'
test_expect_success 'export --auto and export.auto keep .beads/issues.jsonl fresh' '
	rm -f .beads/issues.jsonl && bdw export --auto && bdw export | cmp - .beads/issues.jsonl &&
	grep -q "\"issues\":2" .beads/export-state.json && bdw config set export.auto true && bdw create Three --id demo-a0 -q &&
	bdw export | cmp - .beads/issues.jsonl && test_is demo-a0 "$(head -1 .beads/issues.jsonl | sed "s/.*\"id\":\"\(demo-a.\)\".*/\1/")" &&
	printf "create x --id demo-b1\nclose demo-b1\n" | bdw --batch -q && bdw export | cmp - .beads/issues.jsonl &&
	bdw config set export.auto false
'
test_expect_success 'export.auto: fresh after every kind of change' '
	mkdir ../auto && ( cd ../auto && git init -q . && bdw init --beads --prefix t -q && bdw config set export.auto true >/dev/null && bdw create A --id t-1 >/dev/null && bdw create B --id t-2 >/dev/null &&
	printf "## P\n" >many.md && printf "# Plan\n\n### Task 1: x\n\ntext\n" >plan.md && echo "{\"nodes\":[{\"key\":\"a\",\"title\":\"G\"}]}" >g.json && echo "{\"tasks\":[{\"id\":\"1\",\"description\":\"x\"}]}" >tasks.json &&
	echo "{\"id\":\"t-7\",\"title\":\"J\"}" >in.jsonl && printf "create Z\n" >batch && printf "#!/bin/sh\nsed -i \"s/^priority:.*/priority: 0/\" \"\$1\"\n" >ed && chmod +x ed && EDITOR=$PWD/ed && export EDITOR &&
	while read -r words; do
		bdw $words >/dev/null </dev/null || { echo "$words"; exit 1; }
		bdw export | cmp - .beads/issues.jsonl || { echo "stale after: $words"; exit 1; }
	done <<-end
		create E --id t-e -t epic
		create K --parent t-e
		q Quick
		update t-2 -p 0
		label add t-2 x
		comment t-2 hello
		dep add t-2 t-1
		dep remove t-2 t-1
		update t-2 --claim
		close t-2
		reopen t-2
		defer t-2 --until +1d
		undefer t-2
		rename t-2 t-3
		note t-3 more
		assign t-3 ann
		link t-3 t-1
		label propagate t-e z
		close t-e.1
		epic close-eligible
		supersede t-3 --with t-e.1
		delete t-3 -f
		todo add x
		ready --claim
		edit t-1
		create -f many.md
		create --graph g.json
		import plan.md
		import tasks.json
		import in.jsonl
	end
	bdw --batch <batch >/dev/null && bdw export | cmp - .beads/issues.jsonl && sed -i "s/^title: .*/title: Hand/" .beadwave/issue/*/t-1.md && bdw doctor >/dev/null && grep -q Hand .beads/issues.jsonl )
'
test_expect_success 'init --from-beads takes over issues and prefix' '
	mkdir -p ../other/.beads ../other/sub && cp .beads/issues.jsonl ../other/.beads/ && (
	cd ../other && git init -q . && cd sub && bdw init --from-beads >out && grep -q "prefix demo" out &&
	bdw export | cmp - ../.beads/issues.jsonl )
'
test_expect_success 'init --from-beads without such a file, or with a bad one, sets nothing up' '
	mkdir ../empty && (cd ../empty && git init -q . && ! bdw init --from-beads 2>err && grep -q "bd export" err &&
	[ ! -e .beadwave ] && ! bdw init nothing 2>err && [ ! -e .beadwave ] && mkdir .beads &&
	for bad in "{\"id\":" "{\"id\":\"x-2\",\"title\":\"\"}" "{\"id\":\"X-1\",\"title\":\"twin\"}" \
		"{\"id\":\"x-2\",\"title\":\"two\",\"status\":\"No such\"}" "{\"_type\":\"memory\",\"key\":\"$(printf "%0101d" 1)\"}"; do
		printf "{\"id\":\"x-1\",\"title\":\"one\"}\n\n%s\n" "$bad" >.beads/issues.jsonl &&
		! bdw init --from-beads 2>err && grep -q "issues.jsonl:3: " err && [ ! -e .beadwave ] && [ ! -e .git/beadwave ] &&
		test_is "" "$(git branch -a)" && ! grep -q beadwave .git/info/exclude || return 1
	done )
'
test_expect_success 'init --from-beads learns the statuses and types of the project' '
	mkdir ../words && ( cd ../words && git init -q . && printf "%s\n" \
		"{\"id\":\"w-1\",\"title\":\"one\",\"status\":\"in_review\",\"issue_type\":\"agent\"}" \
		"{\"id\":\"w-2\",\"title\":\"two\",\"status\":\"qa\"}" >in.jsonl && bdw init --from-beads in.jsonl -q &&
	test_is in_review,qa "$(bdw config get status.custom)" && bdw update w-2 -s in_review -q && bdw types | grep -q agent )
'

cat >tasks.json <<'EOF'
{"version":"4.0","spec":"user-auth","odd":{"a":[1,2.5,null,"<é>"]},"tasks":[
{"id":"1.1","type":"subtask","parent":"1","description":"test","status":"pass","completed_at":"2026-01-02T00:00:00Z"},
{"id":"1","type":"parent","description":"Build <it>","status":"pending","subtasks":["1.1"],"complexity":"LOW","depends_on":[],"artifacts":{"files_modified":["src/a.c"]},"future":true},
{"id":"2","type":"parent","description":"Use it","status":"blocked","blocker":"no idea","parallelization":{"wave":2,"blocked_by":["1"]}}],
"summary":{"total_tasks":3,"completed":1,"blocked":1,"pending":1,"parallel_waves":2},"future_tasks":[]}
EOF
echo '{"tasks":{"1":{"summary":"S","codebase_refs":{"functions":["login()"]}}}}' >context.json
same_json() { python3 -c 'import json,sys; sys.exit(json.load(open(sys.argv[1])) != json.load(open(sys.argv[2])))' "$1" "$2"; }

test_expect_success 'tasks.json in: epic, children, edges, files' '
	bdw import tasks.json --dry-run && test_is 0 "$(bdw list -t epic --json | grep -c "\"id\"")" &&
	bdw import tasks.json --context context.json -q && epic=$(bdw list -t epic --json | sed -n "s/.*\"id\": \"\(.*\)\",/\1/p") &&
	bdw show $epic.1 >out && grep -q "Modify: .src/a.c" out && grep -q "login()" out && grep -q complexity:simple out &&
	bdw show $epic.1.1 --short | grep -q "✓" && bdw dep list $epic.2 | grep -q "$epic.1"
'
command -v python3 >/dev/null && test_expect_success 'tasks.json out: the same, then with what was done since' '
	bdw export --format tasks.json -o back.json && same_json tasks.json back.json &&
	bdw close $epic.1 -r done -q && bdw export --format tasks.json $epic >back.json &&
	grep -q "\"completed\": 2" back.json && grep -q "\"parallel_waves\": 2" back.json && grep -q "\"future\": true" back.json
'
test_expect_success 'tasks.json that cannot be: nothing is left behind' '
	before=$(git rev-parse beadwave) &&
	for tasks in "[{}]" "[{\"id\":\"1\",\"parent\":\"9\"}]" "[{\"id\":\"1\",\"depends_on\":[\"7\"]}]" "[{\"id\":\"1\"},{\"id\":\"1\"}]" \
		"[{\"id\":\"1\",\"depends_on\":[\"2\"]},{\"id\":\"2\",\"depends_on\":[\"1\"]}]"; do
		echo "{\"tasks\":$tasks}" >bad.json && ! bdw import bad.json 2>err && [ -s err ] || return 1
	done; test_is "$before" "$(git rev-parse beadwave)"
'
test_done
