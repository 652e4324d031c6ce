#!/usr/bin/env bash
# Every command where it cannot work, or only with care: no repository, no store, a disk that is full or read-only, bare
# and linked and foreign repositories, standard streams that are closed or full, an environment that is empty.
# What fails says why in a line or two, and has changed nothing.
. "$(dirname "$0")/lib-hard.sh"
STORE_REF=.git/refs/heads/beadwave

test_expect_success 'setup' '
	test_store model &&
	bdw create A --id test-a --silent && bdw create B --id test-b --silent &&
	bdw create E --id test-e -t epic --silent && bdw create H --id test-h --labels human --silent &&
	bdw remember "a memory" --key custom.k && bdw kv set custom.k v && bdw config set custom.k v &&
	{ bdw run test-h --agent-command false --set retry.max=0; test $? -eq 1; } && bdw logs test-h &&
	echo "{\"id\":\"test-i\",\"title\":\"I\"}" >in.jsonl && printf "*.jsonl\n*.out\n" >>.git/info/exclude &&
	hard_list && printf "%s\n" "run --set retry.max=0 --agent-command false|<id>" "export -o x.out|" "config set run.max_parallel 2|" \
		"run --dry-run|<id>" "logs test-h|" "wait test-h|" "import --dry-run in.jsonl|" >>"$TRASH/commands"
'

# fresh: a copy of the model to spoil, and be in it
fresh()
{
	cd "$TRASH/work" && rm -rf repo new && cp -a model repo && cd repo
}

results[wait]=1 results[wait test-h]=1 results["run --set retry.max=0 --agent-command false"]=1

# what each does where nothing is wrong: its words, its code, what it prints, whether it writes, and whether it
# works where it may not
declare -A words code prints writes reads
usual()
{
	words[$name]=${full[*]}
	hard_try "${full[@]}"
	[ $rc -eq 0 ] || [ "${good[*]}" = "${full[*]}" ] || { words[$name]=${good[*]}; hard_try "${good[@]}"; }
	code[$name]=$rc prints[$name]=$out writes[$name]=
	hard_head
	[ "$head" = "$hard_before" ] || writes[$name]=yes
	hard_try --readonly ${words[$name]}
	[ $rc -ne ${code[$name]} ] || [ "$name" = "export -o x.out" ] || reads[$name]=yes
	[ ${code[$name]} -eq 0 ] || echo "code ${code[$name]}: $name"
	fresh
}
test_expect_success 'where nothing is wrong' 'fresh && each usual'

# call: the same words again
call()
{
	hard_try ${words[$name]}
}
# refused REGEX: it must not succeed, and say so
refused()
{
	if [ $rc -eq 0 ]; then
		hard_bad "exit code 0" ${words[$name]}
	elif [[ ! $err =~ $1 ]]; then
		hard_bad "no word of $1" ${words[$name]}
	fi
}

# --- where no issues are

# what works everywhere
homeless=' completion bash completion fish completion zsh help version quickstart onboard prime statuses types human dolt commit dolt pull dolt push dolt show dolt status hook hooks run shim result check result schema '
nowhere()
{
	[ "$name" != init ] || return 0
	call
	case $homeless in *" $name "*) return 0 ;; esac
	refused "$1"
}
test_expect_success 'no repository' '
	mkdir "$TRASH/nowhere" && cd "$TRASH/nowhere" && echo "{\"id\":\"test-i\",\"title\":\"I\"}" >in.jsonl &&
	each nowhere "repository|No active" && test_is in.jsonl "$(ls -A)"
'
test_expect_success 'a repository without issues' '
	test_repo bare && echo "{\"id\":\"test-i\",\"title\":\"I\"}" >in.jsonl &&
	each nowhere "init" && test_is "?? in.jsonl" "$(git status --porcelain)" && test_is "" "$(ls -d .beadwave .git/beadwave 2>/dev/null)"
'

# foreign: the repository's format is one that nothing here can read
foreign()
{
	call
	case $homeless in *" $name "*) return 0 ;; esac
	refused "$1"
	[ -z "$out" ] || hard_bad "output" ${words[$name]}
}
test_expect_success 'a sha256 repository' '
	rm -rf "$TRASH/work/foreign" && git init -q --object-format=sha256 "$TRASH/work/foreign" && cd "$TRASH/work/foreign" &&
	each foreign "sha256|SHA-256|No active" && test_is "" "$(git status --porcelain; ls -d .git/beadwave 2>/dev/null)"
'
test_expect_success 'a repository with reftables' '
	test_repo foreign && git config core.repositoryformatversion 1 && git config extensions.refstorage reftable &&
	each foreign "reftable|No active" && test_is "" "$(ls -d .beadwave .git/beadwave 2>/dev/null)"
'
test_expect_success 'a folder that is gone' '
	mkdir "$TRASH/gone" && cd "$TRASH/gone" && rmdir "$TRASH/gone" && each foreign "folder|directory|No active"; rc=$?; cd "$TRASH/work"
	test_is 0 $rc
'

# --- where they are, elsewhere

# same: it ends as ever, and has done the same
same()
{
	call
	hard_head
	if [ $rc -ne ${code[$name]} ]; then
		hard_bad "exit code $rc, not ${code[$name]}" ${words[$name]}
	elif [ -n "${writes[$name]}" ] && [ "$head" = "$hard_before" ]; then
		hard_bad "no change" ${words[$name]}
	fi
	case "${writes[$name]}$name" in yes* | worktree* | setup* | hooks*) fresh ;; esac
}
test_expect_success 'a linked work tree' '
	(fresh() {
		cd "$TRASH/work" && rm -rf main repo new && cp -a model main && git -C main worktree add -q ../repo && cd repo &&
		cp ../main/in.jsonl .
	}
	STORE_REF=../main/.git/refs/heads/beadwave
	fresh && each same)
'
test_expect_success 'a bare repository' '
	(fresh() { cd "$TRASH/work" && rm -rf repo new && cp -a bare.git repo && cd repo; }
	STORE_REF=refs/heads/beadwave
	code[worktree info]=1	# there is none here
	git clone -q --bare model bare.git && cd bare.git && bdw init -q && cp ../model/in.jsonl . && bdw answer test-h retry &&
	test_code 1 bdw run test-h --agent-command false --set retry.max=0 && fresh && each same)
'

# --- disks

# what writes is refused and says why; what reads does not notice
no_write()
{
	call
	if [ -n "${writes[$name]}" ]; then
		refused "$1"
	elif [ $rc -ne ${code[$name]} ]; then
		[ -z "${reads[$name]-}" ] || hard_bad "code $rc" ${words[$name]}
		refused "$1"
	fi
}
if [ -n "${HARD_MOUNTS-}" ]; then
	cd "$TRASH/work" && mkdir disk
	test_expect_success 'a read-only disk' '
		mount --bind model disk && mount -o remount,ro,bind disk && cd disk &&
		{ each no_write "[Rr]ead-only"; rc=$?; bdw run --agent-command true 2>../err.out; cd .. ; umount disk; } && test_is 0 $rc &&
		test_has err.out "the store is read-only"
	'
	test_expect_success 'a full disk' '
		mount -t tmpfs -o size=3m none disk && cp -a model disk/repo && cd disk/repo &&
		{ dd if=/dev/zero of=../rest bs=4k status=none 2>/dev/null; each no_write "No space left|couldn.t write"; rc=$?; } &&
		rm ../rest && git fsck && bdw doctor && test_is "" "$(git status --porcelain; find .beadwave .git -name ".tmp.*")" &&
		bdw update test-a -p 1; test_is "0 0" "$? $rc"
	'
	cd "$TRASH/work" && umount disk 2>/dev/null
	test_expect_success 'a disk with room for no file more' '
		mount -t tmpfs -o size=3m,nr_inodes=300 none disk && cp -a model disk/repo && cd disk/repo &&
		{ i=0; while : >../rest$i; do i=$((i + 1)); done; } 2>/dev/null;
		{ each no_write "No space left"; rc=$?; } &&
		rm ../rest* && git fsck && bdw doctor && test_is "" "$(git status --porcelain; find .beadwave .git -name ".tmp.*")" &&
		bdw update test-a -p 1; test_is "0 0" "$? $rc"
	'
	cd "$TRASH/work" && umount disk 2>/dev/null
else
	test_skip 'a read-only disk' 'no mounts here'
	test_skip 'a full disk' 'no mounts here'
	test_skip 'a disk with room for no file more' 'no mounts here'
fi

# --- streams and surroundings

fresh
closed_in()
{
	timeout 20 "$BDW" "$@" >"$TRASH/o" 2>"$TRASH/e" <&-
}
test_expect_success 'no standard input' '
	(hard_run() { closed_in "$@"; }
	fresh && each same)
'
closed_err()
{
	timeout 20 "$BDW" "$@" >"$TRASH/o" 2>&- </dev/null
	rc=$?
	: >"$TRASH/e"
	return $rc
}
test_expect_success 'no standard error' '
	(hard_run() { closed_err "$@"; }
	hard_message() { :; }
	fresh && each same)
'
empty_env()
{
	env -i PATH="$PATH" LC_ALL=C EDITOR=true GIT_CONFIG_NOSYSTEM=1 timeout 20 "$BDW" "$@" >"$TRASH/o" 2>"$TRASH/e" </dev/null
}
test_expect_success 'no HOME, no TERM, no language' '
	(hard_run() { empty_env "$@"; }
	fresh && each same)
'
# what needs git, an editor or an agent says that there is none
no_programs()
{
	call
	[ $rc -eq ${code[$name]} ] || [ "$name" = doctor ] || refused "'git'|'true'|'false'"
	[ -z "${writes[$name]}" ] || fresh
}
no_path()
{
	PATH=/nonexistent /usr/bin/timeout 20 "$BDW" "$@" >"$TRASH/o" 2>"$TRASH/e" </dev/null
}
test_expect_success 'no programs' '
	(hard_run() { no_path "$@"; }
	results[doctor]=1
	fresh && each no_programs)
'

# what cannot be printed is an error, whatever was done
unprinted()
{
	hard_head
	hard_before=$head
	"$1" ${words[$name]}
	rc=$?
	err=
	IFS= read -r -d '' err <"$TRASH/e"
	if [ -n "${prints[$name]}" ]; then
		[ $rc -ne 0 ] || hard_bad "exit code 0" ${words[$name]}
		hard_message ${words[$name]}
	fi
	hard_head
	case "$([ "$head" = "$hard_before" ] || echo yes)$name" in yes* | worktree* | setup* | hooks*) fresh ;; esac
}
closed_out()
{
	timeout 20 "$BDW" "$@" >&- 2>"$TRASH/e" </dev/null
}
test_expect_success 'no standard output' '
	fresh && each unprinted closed_out && bdw doctor && test_is "" "$(git status --porcelain)"
'
full_out()
{
	timeout 20 "$BDW" "$@" >/dev/full 2>"$TRASH/e" </dev/null
}
if [ -w /dev/full ]; then
	test_expect_success 'no room on standard output' '
		fresh && each unprinted full_out && bdw doctor && test_is "" "$(git status --porcelain)"
	'
else
	test_skip 'no room on standard output' 'no /dev/full'
fi

test_done
