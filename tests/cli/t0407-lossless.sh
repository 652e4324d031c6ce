#!/bin/sh
# random issues of every dialect: in, out, in elsewhere, out again; nothing is lost on the way (lossless.py)
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { test_skip 'lossless' 'no python3'; test_done; }

store() { test_store "$1" && bdw config set status.custom qa >/dev/null && bdw config set types.custom docs,agent,gate >/dev/null; }
lossless() { PYTHONIOENCODING=utf-8 python3 "$TEST_DIR/lossless.py" "$@"; }

for seed in 1 2 3 4 5 6; do
	test_expect_success "seed $seed: the second export is the first, which has all that was imported" '
		store one && lossless make $seed 60 >../in.jsonl && bdw import ../in.jsonl -q && bdw export --all >../first &&
		store two && bdw import ../first -q && bdw export --all | cmp ../first - && lossless check ../in.jsonl ../first
	'
	test_expect_success "seed $seed: what is imported again changes nothing" '
		cd ../one && before=$(git rev-parse beadwave) && bdw import ../first -q && bdw import ../in.jsonl -q &&
		test_is "$before" "$(git rev-parse beadwave)"
	'
done
test_done
