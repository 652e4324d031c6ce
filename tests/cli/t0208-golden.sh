#!/bin/sh
# bd's recorded session and script tests, where they are at hand; tests/data/golden-differences.md says what may differ
. "$(dirname "$0")/lib.sh"

GOLDEN=${BDW_GOLDEN:-$SOURCE_DIR/../shared/golden/bd}
[ -f "$GOLDEN/record.py" ] || { echo "1..0 # SKIP no recordings at $GOLDEN"; exit 0; }
command -v python3 >/dev/null || { echo "1..0 # SKIP no python3"; exit 0; }
EXPECTED=$SOURCE_DIR/tests/data/golden-differences.md

# the names in the first column, one a line
allowed()
{
	sed -n 's/^| \([^|]*\) |.*/\1/p' "$EXPECTED" | tr ',' '\n' | sed 's/ //g' | grep -v -e '^call$' -e '^---$'
}
# may_differ NAME
may_differ()
{
	while read -r pattern; do
		# shellcheck disable=SC2254
		case $1 in $pattern) return 0 ;; esac
	done <allowed
	return 1
}
# lines in any order, without the comma that moves with them
lines()
{
	sed 's/^ *//; s/,$//' "$1" | sort
}

test_expect_success 'setup: play the session' '
	allowed >allowed && [ "$(grep -c . allowed)" -gt 40 ] &&
	python3 "$GOLDEN/record.py" "$BDW" mine >log 2>&1 && [ "$(ls mine/*.txt | grep -c .)" -gt 390 ]
'
test_expect_success 'what differs is named and has a reason' '
	bad= same=0 &&
	for want in "$GOLDEN"/real/*.txt; do
		file=$(basename "$want") name=$(basename "$want" .txt | sed "s/^[0-9]*-//")
		if cmp -s "$want" "mine/$file"; then
			same=$((same + 1))
		elif grep -qx "$name" "$GOLDEN/unstable.txt" && [ "$(lines "$want")" = "$(lines "mine/$file")" ]; then
			same=$((same + 1))
		elif ! may_differ "$name"; then
			bad="$bad $name"
			diff -u "$want" "mine/$file" | sed -n "3,30p"
		fi
	done &&
	echo "$same the same" && test_is "" "$bad" && [ $same -gt 280 ]
'
for script in "$GOLDEN"/scripts/*.txt; do
	name=$(basename "$script" .txt)
	test_expect_success "script: $name" '
		python3 "$GOLDEN/run_scripttests.py" "$BDW" "$GOLDEN/scripts" '"$name"'
	'
done
test_done
