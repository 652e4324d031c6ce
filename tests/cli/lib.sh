# tests/cli/lib.sh - what every tests/cli/tNNNN-what.sh starts with: . "$(dirname "$0")/lib.sh"
#
#	tests/cli/t0101-create.sh -v		show what each test prints
#	tests/cli/t0101-create.sh -x		trace the shell
#	tests/cli/t0101-create.sh -i		stop at the first failure, keep the folder
#	tests/cli/t0101-create.sh create	only tests with that word in their name (set-up tests: name them "setup ...")
#
# A test:	test_expect_success 'what holds' 'commands joined by &&'
# $BDW is the program under test (default build/bdw). Every script runs in a throwaway folder ($TRASH) with a HOME of
# its own, no git configuration but its own, a fixed author and time zone. Output is TAP.
set -u
LC_ALL=C.UTF-8 TZ=UTC
export LC_ALL TZ

TEST_DIR=$(cd "$(dirname "$0")" && pwd)
SOURCE_DIR=$(cd "$TEST_DIR/../.." && pwd)
BDW=${BDW:-$SOURCE_DIR/build/bdw}
case $BDW in /*) ;; *) BDW=$PWD/$BDW ;; esac
[ -x "$BDW" ] || { echo "1..0 # SKIP no program at $BDW"; exit 0; }

test_verbose= test_immediate= test_only= test_number=0 test_failures=0
while [ $# -gt 0 ]; do
	case $1 in
	-v) test_verbose=1 ;;
	-x) test_verbose=1; set -x ;;
	-i) test_immediate=1 ;;
	*) test_only=$1 ;;
	esac
	shift
done

# nothing of the caller's may be seen by the program: neither settings nor an agent's variables
for test_variable in $(env | sed -n 's/^\(\(BDW\|BD\|BEADS\|GIT\|CLAUDE\|XDG\|BEADWAVE\)_[A-Z_0-9]*\)=.*/\1/p'); do
	unset "$test_variable"
done
unset NO_COLOR CLICOLOR CLICOLOR_FORCE EDITOR VISUAL PAGER COLUMNS 2>/dev/null

TRASH=$(mktemp -d "${TMPDIR:-/tmp}/bdw-cli.XXXXXX") || exit 1
HOME=$TRASH/home
XDG_STATE_HOME=$TRASH/home/state
GIT_CONFIG_GLOBAL=$HOME/.gitconfig GIT_CONFIG_NOSYSTEM=1
PATH=$TRASH/bin:$PATH
export HOME XDG_STATE_HOME GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM PATH BDW
mkdir -p "$HOME" "$TRASH/bin" "$TRASH/work"
ln -s "$BDW" "$TRASH/bin/bdw"
ln -s "$BDW" "$TRASH/bin/bd"
printf '[user]\n\tname = Tess Agent\n\temail = tess@example.com\n[init]\n\tdefaultBranch = main\n' >"$GIT_CONFIG_GLOBAL"
cd "$TRASH/work" || exit 1

test_clean_up()
{
	cd / && { [ -n "${test_keep-}" ] || { chmod -R u+w "$TRASH" 2>/dev/null; rm -rf "$TRASH"; }; }
}
trap test_clean_up EXIT
trap 'exit 130' INT TERM HUP PIPE

# a function of its own, so that "return 1" in a test ends that test and not its report
test_eval()
{
	eval "$1"
}

# test_expect_success NAME COMMANDS: ok when the commands, joined by &&, succeed
test_expect_success()
{
	case $1 in
	*"$test_only"* | setup*) ;;
	*) return 0 ;;
	esac
	test_number=$((test_number + 1))
	test_name=$1
	if test_eval "$2" >"$TRASH/test.out" 2>&1; then
		echo "ok $test_number - $test_name"
		[ -z "$test_verbose" ] || sed 's/^/# /' "$TRASH/test.out"
	else
		test_failures=$((test_failures + 1))
		echo "not ok $test_number - $test_name"
		printf '%s\n' "$2" | sed 's/^/#   /'
		sed 's/^/# /' "$TRASH/test.out"
		[ -z "$test_immediate" ] || { test_keep=1; echo "# kept $TRASH"; exit 1; }
	fi
}

# test_skip NAME WHY
test_skip()
{
	test_number=$((test_number + 1))
	echo "ok $test_number - $1 # SKIP $2"
}

test_done()
{
	echo "1..$test_number"
	[ "$test_failures" -eq 0 ]
	exit
}

# --- what tests say; each complains on its output, which is shown when the test fails

# test_code N COMMAND...: it ends with exit code N
test_code()
{
	test_wanted=$1
	shift
	"$@"
	test_got=$?
	[ $test_got -eq "$test_wanted" ] && return 0
	echo "exit code $test_got, not $test_wanted: $*"
	return 1
}

# test_fails COMMAND...: it ends with another exit code than 0, and is not killed
test_fails()
{
	"$@"
	test_got=$?
	[ $test_got -gt 0 ] && [ $test_got -lt 128 ] && return 0
	echo "exit code $test_got: $*"
	return 1
}

# test_cmp WANTED GOT: the files are the same
test_cmp()
{
	diff -u "$1" "$2"
}

# test_is WANTED GOT: the strings are the same
test_is()
{
	[ "$1" = "$2" ] && return 0
	printf 'wanted: %s\n   got: %s\n' "$1" "$2"
	return 1
}

# test_has FILE REGEX..., test_lacks FILE REGEX...: a line of it matches; none does (grep -E)
test_has()
{
	test_file=$1
	shift
	for test_regex; do
		grep -qE -e "$test_regex" "$test_file" && continue
		echo "no line of $test_file matches: $test_regex"
		cat "$test_file"
		return 1
	done
}
test_lacks()
{
	test_file=$1
	shift
	for test_regex; do
		grep -qE -e "$test_regex" "$test_file" || continue
		echo "a line of $test_file matches: $test_regex"
		cat "$test_file"
		return 1
	done
}

# test_empty FILE
test_empty()
{
	[ ! -s "$1" ] && return 0
	echo "$1 is not empty:"
	cat "$1"
	return 1
}

# --- things to test with

# test_repo [DIR]: a new repository with one commit in DIR (default: repo), and go there
test_repo()
{
	rm -rf "$TRASH/work/${1:-repo}" &&
	mkdir -p "$TRASH/work/${1:-repo}" &&
	cd "$TRASH/work/${1:-repo}" &&
	git init -q . &&
	echo hello >README &&
	git add README &&
	git commit -q -m start
}

# test_store [DIR]: test_repo with a store of prefix test
test_store()
{
	test_repo "$@" && bdw init --prefix test -q
}

# field ID NAME: a member of the issue's JSON as plain text (first line of it)
test_field()
{
	bdw show "$1" --json | sed -n "s/^    \"$2\": \"\{0,1\}\(.*[^,\"]\)\"\{0,1\},\{0,1\}\$/\1/p" | head -1
}

# commits: how many commits the store has
test_commits()
{
	git rev-list --count beadwave
}
