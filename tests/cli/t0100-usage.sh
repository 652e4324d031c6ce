#!/bin/sh
# every writing command: bad flag, missing operand, unknown id, no store, read-only store, -h with an example
. "$(dirname "$0")/lib.sh"

# name, its smallest good call (ID stands for an issue, U for an unknown one), U-call or -, too few operands or -
commands='
create|create x|create x --parent U|create
q|q x|-|q
update|update ID -p 1|update U -p 1|-
close|close ID|close U|-
reopen|reopen ID|reopen U|reopen
delete|delete ID --force|delete U --force|delete
dep add|dep add ID ID2|dep add U ID|dep add ID
dep remove|dep remove ID ID2|dep remove U ID|dep remove ID
dep relate|dep relate ID ID2|dep relate U ID|dep relate ID
dep unrelate|dep unrelate ID ID2|dep unrelate U ID|dep unrelate ID
label add|label add ID x|label add U x|label add ID
label remove|label remove ID x|label remove U x|label remove ID
label propagate|label propagate ID x|label propagate U x|label propagate ID
comments add|comments add ID x|comments add U x|comments add
comment|comment ID x|comment U x|comment
assign|assign ID ann|assign U ann|assign ID
priority|priority ID 1|priority U 1|priority ID
tag|tag ID x|tag U x|tag ID
note|note ID x|note U x|note
link|link ID ID2|link U ID|link ID
defer|defer ID|defer U|defer
undefer|undefer ID|undefer U|undefer
rename|rename ID test-new|rename U test-new|rename ID
duplicate|duplicate ID --of ID2|duplicate U --of ID|duplicate ID
supersede|supersede ID --with ID2|supersede U --with ID|supersede ID
config set|config set custom.k v|-|config set k
config unset|config unset custom.k|-|config unset
import|import in.jsonl|-|-
edit|edit ID|edit U|edit
'

fill()
{
	printf '%s' "$1" | sed 's/\bID2\b/test-b/g; s/\bID\b/test-a/g; s/\bU\b/test-none/g'
}

test_expect_success 'setup store' '
	test_store &&
	bdw create A --id test-a --silent &&
	bdw create B --id test-b --silent &&
	echo "{\"id\":\"test-i\",\"title\":\"I\"}" >in.jsonl &&
	mkdir ../none
'
export EDITOR=true

old=$IFS
IFS='
'
for line in $commands; do
	IFS='|' read -r name good unknown few <<-END
	$line
	END
	IFS=$old
	good=$(fill "$good") unknown=$(fill "$unknown") few=$(fill "$few")

	test_expect_success "$name: -h shows usage, flags and an example, without a store" "
		(cd ../none && test_code 0 bdw $name -h >out 2>err && test_empty err) &&
		test_has ../none/out '^Usage:' 'bdw $name' '^Examples:' '^  bdw ${name%% *}' '^Global Flags:'
	"
	test_expect_success "$name: an unknown flag is refused and changes nothing" "
		before=\$(test_commits) &&
		test_code 1 bdw $good --no-such-flag >out 2>err &&
		test_has err '^Error: unknown flag: --no-such-flag' '^Usage:' && test_empty out &&
		test_is \"\$before\" \"\$(test_commits)\"
	"
	test_expect_success "$name: no store" "
		(cd ../none && cp ../repo/in.jsonl . && test_code 1 bdw $good >out 2>err && test_has err '^Error: ')
	"
	test_expect_success "$name: refused with --readonly" "
		before=\$(test_commits) &&
		test_code 1 bdw $good --readonly >out 2>err &&
		test_has err \"^Error: operation '$name' is not allowed in read-only mode\" &&
		test_is \"\$before\" \"\$(test_commits)\"
	"
	[ "$unknown" = - ] || test_expect_success "$name: an unknown id is named" "
		before=\$(test_commits) &&
		test_code 1 bdw $unknown >out 2>err &&
		test_has err 'test-none' && test_empty out && test_is \"\$before\" \"\$(test_commits)\"
	"
	[ "$few" = - ] || test_expect_success "$name: too few operands" "
		before=\$(test_commits) &&
		test_code 1 bdw $few >out 2>err </dev/null &&
		test_has err '^Error: ' && test_empty out && test_is \"\$before\" \"\$(test_commits)\"
	"
	IFS='
'
done
IFS=$old

test_expect_success 'nothing of it changed an issue' '
	test_is 2 "$(bdw export | grep -c .)"
'
test_done
