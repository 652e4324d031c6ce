#!/bin/sh
# every reading command: bad flag, missing operand, unknown id, no store, read-only store, -h with an example
. "$(dirname "$0")/lib.sh"

# name, its smallest good call (ID stands for an issue, E for an epic, U for an unknown one), U-call or -, too few
# operands or -, what it needs: store or nothing
commands='
show|show ID|show U|show|store
list|list|list --parent U|-|store
children|children ID|children U|children|store
ready|ready|ready --parent U|-|store
blocked|blocked|blocked --parent U|-|store
search|search A|search A --parent U|search|store
query|query status=open|-|query|store
count|count|count --parent U|-|store
stats|stats|-|-|store
status|status|-|-|store
stale|stale|-|-|store
lint|lint test-c|lint U|-|store
types|types|-|-|nothing
statuses|statuses|-|-|nothing
dep list|dep list ID|dep list U|dep list|store
dep tree|dep tree ID|dep tree U|dep tree|store
dep cycles|dep cycles|-|-|store
graph|graph ID|graph U|graph|store
graph check|graph check|-|-|store
epic status|epic status|-|-|store
swarm validate|swarm validate E|swarm validate U|swarm validate|store
swarm status|swarm status E|swarm status U|swarm status|store
history|history ID|history U|history|store
orphans|orphans|-|-|store
doctor|doctor|-|-|store
where|where|-|-|store
info|info|-|-|store
context|context|-|-|store
ping|ping|-|-|store
human|human|-|-|nothing
human list|human list|-|-|store
todo|todo|-|-|store
prime|prime|-|-|nothing
quickstart|quickstart|-|-|nothing
onboard|onboard|-|-|nothing
completion bash|completion bash|-|-|nothing
completion zsh|completion zsh|-|-|nothing
completion fish|completion fish|-|-|nothing
'

# doctor says in other words that it must not look for hand edits
same()
{
	sed "/Hand edits/d" "$1" >one && sed "/Hand edits/d" "$2" >two && test_cmp one two
}
fill()
{
	printf '%s' "$1" | sed 's/\bID\b/test-a/g; s/\bE\b/test-e/g; s/\bU\b/test-none/g'
}

test_expect_success 'setup store' '
	test_store &&
	bdw create A --id test-a --silent &&
	bdw create E --id test-e -t epic --silent &&
	bdw create C --id test-c -t chore --silent &&
	mkdir ../none
'

old=$IFS
IFS='
'
for line in $commands; do
	IFS='|' read -r name good unknown few need <<-END
	$line
	END
	IFS=$old
	good=$(fill "$good") unknown=$(fill "$unknown") few=$(fill "$few")

	test_expect_success "$name: works, read-only too, and changes nothing" "
		before=\$(test_commits) &&
		test_code 0 bdw $good >out 2>err && test_empty err &&
		test_code 0 bdw --readonly $good >out2 2>err && test_empty err && same out out2 &&
		test_is \"\$before\" \"\$(test_commits)\"
	"
	test_expect_success "$name: -h shows usage, flags and an example, without a store" "
		(cd ../none && test_code 0 bdw $name -h >out 2>err && test_empty err) &&
		test_has ../none/out '^Usage:' 'bdw $name' '^Examples:' '^  bdw ${name%% *}' '^Global Flags:'
	"
	test_expect_success "$name: an unknown flag is refused" "
		test_code 1 bdw $good --no-such-flag >out 2>err &&
		test_has err '^Error: unknown flag: --no-such-flag' '^Usage:' && test_empty out
	"
	[ "$need" = nothing ] || test_expect_success "$name: no store" "
		(cd ../none && test_code 1 bdw $good >out 2>err && test_has err '^Error: ' && test_empty out)
	"
	[ "$need" = store ] || test_expect_success "$name: works without a store" "
		(cd ../none && test_code 0 bdw $good >out 2>err && test_empty err)
	"
	[ "$unknown" = - ] || test_expect_success "$name: an unknown id is named" "
		test_code 1 bdw $unknown >out 2>err && test_has err 'test-none' && test_empty out
	"
	[ "$few" = - ] || test_expect_success "$name: too few operands" "
		test_code 1 bdw $few >out 2>err </dev/null && test_has err '^Error: '
	"
	IFS='
'
done
IFS=$old

# a JSON value and nothing else: what the program itself takes as metadata
json_check()
{
	{ printf '{"v":'; cat; printf '}'; } >meta.json && bdw update test-c --metadata @meta.json
}
# every one of them with --json: one JSON value on stdout, or a text that is no data
for name in 'show test-a' 'list' 'children test-a' ready 'ready --explain' blocked 'search A' 'query status=open' count \
	'count --by-type' stats stale 'lint --type chore' types statuses 'dep list test-a' 'dep tree test-a' 'dep cycles' 'graph test-a' \
	'graph check' 'epic status' 'epic close-eligible --dry-run' 'swarm validate test-e' 'swarm status test-e' \
	'history test-a' orphans doctor where info context ping 'human list' todo; do
	test_expect_success "$name --json prints JSON" "
		bdw $name --json >out 2>err && test_empty err && bdw $name --json | json_check
	"
done

test_expect_success 'the check of JSON can fail' '
	echo "[1,]" >bad && test_fails json_check <bad
'
test_done
