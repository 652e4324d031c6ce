#!/bin/sh
# bd's settings: BD_* variables, its YAML files, what stands over what, and that nobody pays for them who has none
. "$(dirname "$0")/lib.sh"

yaml() { mkdir -p .beads && cat >.beads/config.yaml; }
no_yaml() { rm -rf .beads "$HOME/.config/bd" "$HOME/.beads"; }

test_expect_success 'setup store' 'test_store && bdw create A --id test-a --silent'

test_expect_success 'a variable for a key: upper case, . and - are _' '
	test_code 1 env BD_CREATE_REQUIRE_DESCRIPTION=true bdw create X 2>err &&
	test_is "Error: description is required (set create.require-description: false in config.yaml to disable)" "$(cat err)" &&
	BD_CREATE_REQUIRE_DESCRIPTION=1 bdw create X -d why --silent && BD_CREATE_REQUIRE_DESCRIPTION=false bdw create X --silent &&
	test_code 1 env BD_VALIDATION_ON_CREATE=error bdw create X -t bug 2>err && test_has err "missing required sections" &&
	BD_VALIDATION_ON_CREATE=warn bdw create X -t bug --silent 2>err && test_has err "^Warning: missing" &&
	test_code 1 env BD_VALIDATION_ON_CLOSE=error bdw close test-a --reason ok 2>err && test_has err "validation.on-close" &&
	test_is "✓ Updated issue: test-a" "$(BD_OUTPUT_TITLE_LENGTH=0 bdw update test-a -p 1)" &&
	BD_TYPES_CUSTOM=research bdw create R -t research --id test-r --silent && BD_TYPES_CUSTOM=research BD_STATUS_CUSTOM=qa:wip bdw update test-r -s qa >out &&
	bdw delete test-r --force >out && one=$(BD_ISSUE_ID_MODE=counter bdw q N) && test_is "test-$((${one#test-} + 1))" "$(BD_ISSUE_ID_MODE=counter bdw q N)"
'
test_expect_success 'json, readonly and the envelope, as variables and in files' '
	test_is "[]" "$(BD_JSON=true bdw label list test-a)" && echo "json: true" | yaml && test_is "[]" "$(bdw label list test-a)" &&
	bdw label list test-a --json=false >out && test_has out "no labels" && BD_JSON=0 bdw label list test-a >out && test_has out "no labels" &&
	printf "json: true\njson-envelope: true\n" | yaml && bdw label list test-a >out && test_has out "\"data\": \[\]" &&
	echo "readonly: true" | yaml && test_code 1 bdw update test-a -p 2 2>err && test_has err "not allowed in read-only mode" &&
	test_code 1 bdw --batch 2>err </dev/null && test_has err "read-only" && bdw show test-a >out &&
	bdw update test-a -p 2 --readonly=false >out && BD_READONLY=false bdw update test-a -p 1 >out; rc=$?; no_yaml; return $rc
'
test_expect_success 'actor: the variables, then the files, then git' '
	who() { "$@" create X --json | sed -n "s/^  \"created_by\": \"\(.*\)\",/\1/p"; } && echo "actor: filed" | yaml && test_is filed "$(who bdw)" &&
	test_is b "$(BD_ACTOR=b who bdw)" && test_is a "$(BEADS_ACTOR=a BD_ACTOR=b who bdw)" && test_is flag "$(BD_ACTOR=b who bdw --actor flag)" &&
	no_yaml && test_is "Tess Agent" "$(who bdw)"
'
test_expect_success 'flag, variable, .env, config.local.yaml, config set, config.yaml, the user, his home, what is built in' '
	title() { bdw config get output.title-length; } && test_is 255 "$(title)" &&
	mkdir -p "$HOME/.beads" "$HOME/.config/bd" .beads && echo "output: {}" >"$HOME/.beads/config.yaml" && test_is 255 "$(title)" &&
	printf "output:\n  title-length: 1\n" >"$HOME/.beads/config.yaml" && test_is 1 "$(title)" &&
	printf "output:\n  title-length: 2\n" >"$HOME/.config/bd/config.yaml" && test_is 2 "$(title)" &&
	echo "output.title-length: 3" | yaml && test_is 3 "$(title)" &&
	bdw config set output.title-length 4 2>err && test_empty err && test_is 4 "$(title)" &&
	echo "output.title-length: \"5\"" >.beads/config.local.yaml && test_is 5 "$(title)" &&
	printf "# ours\nexport BD_OUTPUT_TITLE_LENGTH=\"6\" # six\nPATH=/none\nnonsense\n" >.beads/.env && test_is 6 "$(title)" &&
	test_is 7 "$(BD_OUTPUT_TITLE_LENGTH=7 title)" && test_is 6 "$(BD_OUTPUT_TITLE_LENGTH= title)"
'
test_expect_success 'set and unset say when something else holds' '
	bdw config set output.title-length 8 2>err && test_is "Warning: output.title-length stays 6: env: .beads/.env takes precedence" "$(cat err)" &&
	bdw config unset output.title-length 2>err && test_has err "stays 6" && rm .beads/.env .beads/config.local.yaml &&
	bdw config unset output.title-length 2>err && test_has err "stays 3: config.yaml" && no_yaml
'
test_expect_success 'what is for one person goes to his config.yaml, and not to all' '
	test_code 1 bdw config set json true 2>err && test_has err "no .beads folder" "^Hint: .*init --beads" && printf "# mine\nactor : old\nexport:\n  auto: false" | yaml && before=$(test_commits) &&
	test_is "Set actor = Ann Other (in config.yaml)" "$(bd config set actor "Ann Other")" && test_is "Ann Other" "$(bdw config get actor)" && bdw config set json true >out && test_is "[]" "$(bdw label list test-a)" &&
	test_is "# mine
actor: Ann Other
export:
  auto: false
json: \"true\"" "$(cat .beads/config.yaml)" && bdw config unset json >out && bdw config unset actor 2>err >out && test_empty err && test_lacks .beads/config.yaml "actor|json" && bdw config get actor --json=false >out && test_has out "not set" &&
	test_is $before "$(test_commits)" && bdw config set-many custom.x=1 readonly=true 2>err && test_code 1 bdw config set custom.x 2 2>err && bdw config unset readonly --readonly=false && bdw config unset custom.x &&
	test_code 1 bdw config set-many run.max_parallel=x actor=me 2>err && test_lacks .beads/config.yaml "^actor"; rc=$?; no_yaml; return $rc
'
test_expect_success 'list and show tell where a value comes from' '
	printf "export:\n  auto: false\ncustom:\n  who: cares\n" | yaml && bdw config set custom.k stored && BD_CUSTOM_K=over BD_JSON=0 bdw config list >out &&
	test_has out "^  custom.k = stored$" "^Also set in config.yaml \(not shown above\):$" "^  export.auto = false$" \
		"^⚠ Environment variable overrides detected:$" "^  custom.k: DB has \"stored\", but BD_CUSTOM_K=\"over\" takes precedence$" "^  json: env BD_JSON=\"0\" overrides config$" &&
	test_lacks out cares && BD_CUSTOM_K=over bdw config show >out &&
	test_has out "^  custom.k = over  \(env: BD_CUSTOM_K\)$" "^  export.auto = false  \(config.yaml\)$" "^  validation.on-create = none  \(default\)$" "^  run.max_parallel = 3  \(builtin\)$" &&
	BD_CUSTOM_K=over bdw config show --source env --json >out && test_has out "\"key\": \"custom.k\"" "\"value\": \"over\"" "\"source\": \"env: BD_CUSTOM_K\"" && test_lacks out export.auto &&
	test_is over "$(BD_CUSTOM_K=over bdw config get custom.k)" && bdw config unset custom.k && no_yaml
'
test_expect_success 'as bd: keys of its config.yaml say so' '
	test_is "Set export.path = x.jsonl (in config.yaml)" "$(bd config set export.path x.jsonl)" && bd config get export.path --json >out && test_has out "\"location\": \"config.yaml\"" &&
	test_is "Unset export.path (in config.yaml)" "$(bd config unset export.path)" && test_is issues.jsonl "$(bd config get export.path)" &&
	test_is "sync.remote (not set in config.yaml)" "$(bd config get sync.remote)"
'
test_expect_success 'a linked work tree, --db and BEADS_DIR: the files of the store that is used' '
	git commit -q --allow-empty -m one && git worktree add -q ../tree 2>/dev/null && echo "actor: main-tree" | yaml && mkdir -p ../tree/.beads ../else/.beads &&
	echo "actor: elsewhere" >../tree/.beads/config.yaml && echo "actor: elsewhere" >../else/.beads/config.yaml &&
	test_is main-tree "$(cd ../tree && bdw config get actor)" && test_is main-tree "$(cd ../else && bdw --db "$TRASH/work/repo" config get actor)" &&
	test_is main-tree "$(cd ../else && BEADS_DIR="$TRASH/work/repo/.beads" bdw config get actor)" && no_yaml && rm -rf ../else
'
test_expect_success 'a broken file: its name and line, and nothing done' '
	printf "json: false\nactor tess\n" | yaml && before=$(test_commits) && test_code 1 bdw update test-a -p 3 2>err &&
	test_is "Error: $PWD/.beads/config.yaml:2: a line '\''key: value'\'' is needed" "$(cat err)" && test_is "$before" "$(test_commits)" &&
	test_code 1 bdw config list 2>err && test_has err "config.yaml:2" && no_yaml && mkdir -p "$HOME/.config/bd" && printf "a:\n\tb: 1\n" >"$HOME/.config/bd/config.yaml" &&
	test_code 1 bdw list 2>err && test_has err "$HOME/.config/bd/config.yaml:2: a tab"
'
test_expect_success 'a session begins all the same, with a warning' '
	bdw prime >out 2>err && test_has err "^warning: .*config.yaml:2: " && test_has out "Core Rules" && bdw version >out 2>err && test_empty err && no_yaml
'
test_expect_success 'keys of others, and what else YAML knows, are no error' '
	yaml <<-\END &&
	# Beads Configuration File
	sync:
	  remote: "git+ssh://host/x"   # not for us
	directory:
	  labels: {"packages/a": a}
	routing: &r
	  mode: auto
	repos:
	  additional:
	    - path: ~/x
	      mode: ro
	note: |
	  json: true
	types:
	  custom:
	    - research
	    - "spike-2"
	END
	bdw create R -t spike-2 --id test-s --silent 2>err && test_empty err && bdw types >out && test_has out research && test_is "research,spike-2" "$(bdw config get types.custom)" && bdw delete test-s --force >out && no_yaml
'
test_expect_success 'directory.labels: a folder has its label' '
	printf "directory:\n  labels:\n    packages/ui: ui\n    packages: any\n    \"packages/ui/deep\": deep\n" | yaml && mkdir -p packages/ui/src packages/uix && bdw create U --id test-u -l ui --silent && bdw create P --id test-p -l any --silent &&
	in_ui() { (cd packages/ui/src && "$@" | grep -o "test-[a-z0-9]*" | sort -u | tr "\n" " "); } && test_is "test-u " "$(in_ui bdw list --flat)" && test_is "test-u " "$(in_ui bdw ready --plain)" && test_is "test-p " "$(in_ui bdw list --flat -l any)" &&
	test_is "test-p " "$(cd packages/uix && bdw list --flat | grep -o "test-[a-z0-9]*" | tr "\n" " ")" && in_ui bdw list --flat --skip-labels >out && test_has out "test-a .*test-p .*test-u " && bdw list --flat >out && test_has out "test-a"; rc=$?; no_yaml; return $rc
'
test_expect_success 'init takes issue-prefix' '
	mkdir ../fresh && cd ../fresh && git init -q && echo "issue-prefix: \"mine\"" | yaml && bdw init -q && bdw q x >out && test_has out "^mine-" &&
	mkdir ../fresh2 && cd ../fresh2 && git init -q && BD_ISSUE_PREFIX=env bdw init -q && bdw q x >out && test_has out "^env-" && cd "$TRASH/work/repo" &&
	BD_ISSUE_PREFIX=env bdw q x >out && test_has out "^test-"
'
test_expect_success 'new ids: min_hash_length, max_hash_length, max_collision_prob' '
	digits() { id=$("$@" q x) && id=${id#test-} && echo ${#id}; } && test_is 3 "$(digits bdw)" && test_is 6 "$(BD_MIN_HASH_LENGTH=6 digits bdw)" &&
	test_is 8 "$(BD_MIN_HASH_LENGTH=99 digits bdw)" && test_is 4 "$(BD_MAX_COLLISION_PROB=0.0005 digits bdw)" &&
	test_is 3 "$(BD_MAX_COLLISION_PROB=0.0005 BD_MAX_HASH_LENGTH=3 digits bdw)" && test_is 3 "$(BD_MAX_COLLISION_PROB=2 BD_MIN_HASH_LENGTH=x digits bdw)"
'
test_expect_success 'export.path and import.path stay inside of .beads' '
	printf "export:\n  auto: true\n  path: viewer.jsonl\n" | yaml && bdw update test-a --title "Into the file" >out && test_has .beads/viewer.jsonl "Into the file" && [ -e .beads/export-state.json ] &&
	[ ! -e .beads/issues.jsonl ] && bdw import -q && printf "{\"id\":\"test-in\",\"title\":\"In\"}\n" >.beads/in.jsonl && BD_IMPORT_PATH=in.jsonl bdw import -q && bdw show test-in >out &&
	BD_EXPORT_PATH=../out.jsonl bdw update test-a -p 1 2>err >out && test_has err "warning: export.auto: export.path = .../out.jsonl. leads out of .beads" && [ ! -e out.jsonl ] &&
	test_code 1 env BD_EXPORT_PATH=/tmp/x.jsonl bdw export --auto 2>err && test_has err "leads out" && test_code 1 env BD_IMPORT_PATH=../x bdw import 2>err && test_has err "leads out"; rc=$?; no_yaml; return $rc
'
test_expect_success 'pre-commit: what is staged below .beads is brought up to date, and goes along with export.git-add' '
	mkdir ../tracked && cd ../tracked && git init -q && bdw init -q --prefix tk && mkdir -p sub && printf "export:\n  auto: true\n" | yaml && bdw create One --id tk-1 --silent &&
	git add .beads/issues.jsonl && git commit -q -m one && bdw hooks install -q && bdw config set export.auto false && bdw update tk-1 --title Two >out && bdw config unset export.auto &&
	git commit -q --allow-empty -m none && test_lacks .beads/issues.jsonl Two && echo "x: 1" >>.beads/config.yaml && git add .beads/config.yaml && git commit -q -m two &&
	test_has .beads/issues.jsonl Two && test_is " M .beads/issues.jsonl" "$(git status --porcelain -uno)" &&
	git add -u && bdw config set export.auto false && bdw update tk-1 --title Three >out && bdw config unset export.auto && (cd sub && BD_EXPORT_GIT_ADD=true git commit -q -m three) &&
	test_is "" "$(git status --porcelain -uno)" && git show HEAD:.beads/issues.jsonl >out && test_has out Three &&
	BD_EXPORT_GIT_ADD=true bdw update tk-1 --title Four >out && test_is "M  .beads/issues.jsonl" "$(git status --porcelain -uno)" &&
	BD_NO_GIT_OPS=1 BD_EXPORT_GIT_ADD=true bdw update tk-1 --title Five >out && test_is "MM .beads/issues.jsonl" "$(git status --porcelain -uno)" && BD_EXPORT_GIT_ADD=true git commit -q -a -m five && test_is "" "$(git status --porcelain -uno)"; rc=$?
	cd "$TRASH/work/repo"; return $rc
'
test_expect_success 'prepare-commit-msg: one Executed-By, whoever was first' '
	cd ../tracked && BD_ACTOR=zed git commit -q --allow-empty -m by && BD_ACTOR=amy git commit -q --amend --allow-empty --no-edit && git log -1 --format=%B >out &&
	test_is "Executed-By: zed" "$(grep Executed out)" && git commit -q --allow-empty -m none && git log -1 --format=%B >out && test_lacks out Executed; rc=$?; cd "$TRASH/work/repo"; return $rc
'
# as bd 1.0.5 writes it, less the ways round a missing timeout(1)
bd_hook()
{
	cat <<-END
	#!/usr/bin/env sh
	echo mine >>"$TRASH/ran"
	# --- BEGIN BEADS INTEGRATION v1.0.5 ---
	# This section is managed by beads. Do not remove these markers.
	if command -v bd >/dev/null 2>&1; then
	  export BD_GIT_HOOK=1
	  _bd_timeout=\${BEADS_HOOK_TIMEOUT:-300}
	  timeout "\$_bd_timeout" bd hooks run $1 "\$@"
	  _bd_exit=\$?
	  if [ \$_bd_exit -eq 124 ]; then _bd_exit=0; fi
	  if [ \$_bd_exit -eq 3 ]; then _bd_exit=0; fi
	  if [ \$_bd_exit -ne 0 ]; then exit \$_bd_exit; fi
	fi
	# --- END BEADS INTEGRATION v1.0.5 ---
	echo after >>"$TRASH/ran"
	END
}
test_expect_success 'hooks that bd installed work, count as installed, and are taken over' '
	mkdir ../moved && cd ../moved && git init -q && bdw init -q --prefix mv && mkdir .beads .beads/hooks && git config core.hooksPath .beads/hooks && for hook in pre-commit pre-push post-merge post-checkout prepare-commit-msg; do
		bd_hook $hook >.beads/hooks/$hook && chmod +x .beads/hooks/$hook || return 1
	done && BD_ACTOR=zed git commit -q --allow-empty -m x && git log -1 --format=%B >out && test_has out "^Executed-By: zed" && test_is "mine after mine after" "$(tr "\n" " " <"$TRASH/ran" | sed "s/ $//")" &&
	bd hooks list >out && test_is 5 "$(grep -c ": installed" out)" && bdw hooks install -q && test_has .beads/hooks/pre-push "BEGIN BEADWAVE" "^echo after" "^echo mine" && test_lacks .beads/hooks/pre-push "BEADS INTEGRATION|bd hooks run" &&
	BD_ACTOR=amy git commit -q --allow-empty -m x && git log -1 --format=%B >out && test_is "Executed-By: amy" "$(grep Exec out)" && bd_hook pre-push >.beads/hooks/pre-push && bd hooks uninstall -q &&
	printf "#!/usr/bin/env sh\necho mine >>\"$TRASH/ran\"\necho after >>\"$TRASH/ran\"\n" >want && test_cmp want .beads/hooks/pre-push && test_cmp want .beads/hooks/pre-commit; rc=$?; cd "$TRASH/work/repo"; return $rc
'
test_expect_success 'BD_GIT_HOOK: what a hook of the user changes is not exported again' '
	echo "export.auto: true" | yaml && bdw update test-a --title First >out && BD_GIT_HOOK=1 bdw update test-a --title Second >out && test_has .beads/issues.jsonl First && test_lacks .beads/issues.jsonl Second; rc=$?; no_yaml; return $rc
'
if strace true 2>/dev/null; then
	test_expect_success 'who has none of these files pays four looks for them, and version none' '
		calls() { strace -f -o trace "$@" >/dev/null; grep -cE "config\.(local\.)?yaml|\.beads/\.env" trace; } &&
		test_is 4 "$(calls bdw ready)" && test_is 0 "$(calls bdw version)"
	'
fi
test_done
