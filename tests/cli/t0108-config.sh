#!/bin/sh
# config: program settings in config.ini, bd's free keys in settings.json
. "$(dirname "$0")/lib.sh"

test_expect_success 'setup store' 'test_store && bdw create A --id test-a --silent'

test_expect_success 'free keys: set, get, list, unset' '
	bdw config set my.key "value one" >out 2>err && test_is "Set my.key = value one" "$(cat out)" && test_has err "not a recognized config key" &&
	test_is "value one" "$(bdw config get my.key)" && bdw config list >out && test_has out "^  my.key = value one$" "^  issue_prefix = test$" &&
	bdw config get my.key --json >out && test_has out "\"key\": \"my.key\"" "\"value\": \"value one\"" &&
	test_is "Unset my.key" "$(bdw config unset my.key)" && test_is "my.key (not set)" "$(bdw config get my.key)"
'
test_expect_success 'program settings are checked and go to config.ini' '
	bdw config set run.max_parallel 5 && grep "^max_parallel *= *5" .beadwave/config.ini && test_is 5 "$(bdw config get run.max_parallel)" &&
	before=$(test_commits) && test_code 1 bdw config set run.max_parallel many 2>err && test_is "$before" "$(test_commits)" &&
	bdw config set "role impl.agent" claude && test_is claude "$(bdw config get "role impl.agent")" &&
	bdw config unset run.max_parallel && ! grep max_parallel .beadwave/config.ini && test_is 3 "$(bdw config get run.max_parallel)"
'
test_expect_success 'set-many is one commit or none' '
	before=$(test_commits) && bdw config set-many custom.a=1 run.max_parallel=2 && test_is $((before + 1)) "$(test_commits)" &&
	test_code 1 bdw config set-many custom.b=1 run.max_parallel=x 2>err && test_is "custom.b (not set)" "$(bdw config get custom.b)"
'
test_expect_success 'show says where from, validate checks' '
	bdw config show >out && test_has out "run.max_parallel = 2 " && bdw config validate &&
	echo "[run]" >>.beadwave/config.ini && echo "nonsense=1" >>.beadwave/config.ini &&
	test_fails bdw config validate 2>err && test_has err "nonsense" && sed -i "/nonsense/d" .beadwave/config.ini
'
test_expect_success 'custom statuses and types' '
	test_code 1 bdw update test-a -s in_review 2>err && bdw config set status.custom "in_review:active,shelf:frozen" &&
	bdw update test-a -s in_review && test_is in_review "$(test_field test-a status)" &&
	bdw config set types.custom research && bdw create R -t research --silent &&
	test_code 1 bdw config set status.custom "open:active" 2>err && test_has err "built in" &&
	test_code 1 bdw config set status.custom "x:nonsense" 2>err
'
test_expect_success 'titles can be cut or hidden' '
	bdw config set output.title-length 3 && bdw update test-a -p 1 >out && bdw update test-a --title "Long title" >out && test_lacks out "Long title" &&
	bdw config set output.title-length 0 && test_is "✓ Updated issue: test-a" "$(bdw update test-a -p 2)" && bdw config unset output.title-length
'
test_expect_success 'allowed_prefixes and counter ids' '
	bdw config set allowed_prefixes "team-,other" && bdw create T --id team-1 --silent && bdw create O --id other-1 --silent &&
	bdw config set issue_id_mode counter && one=$(bdw q one) && two=$(bdw q two) &&
	test_is "test-$((${one#test-} + 1))" "$two"
'
test_expect_success 'agents of a run may read settings and not change them' '
	test_code 1 env BDW_RUN=r bdw config set custom.x 1 2>err && test_has err "BDW_RUN" && BDW_RUN=r bdw config get run.max_parallel
'
test_done
