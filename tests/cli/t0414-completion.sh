#!/bin/sh
# completion: what __complete answers, and that bash, zsh and fish really offer it
. "$(dirname "$0")/lib.sh"

# offers WORD...: what may stand for the last WORD, texts left out, in c
offers()
{
	bdw __complete "$@" >all 2>err && test_empty err && tail -1 all >rest && sed '$d' all | cut -f1 >c
}

test_expect_success 'setup' '
	test_store && bdw create "First one" --id test-a1 -l area:store,ui -a "Ann Lee" --silent && bdw create Second --id test-a2 --silent &&
	bdw create Third --id test-b1 -l ui-late --silent && bdw close test-b1 -q && bdw config set status.custom qa:wip -q && mkdir folder && : >plan.md
'
test_expect_success 'commands, and theirs' '
	offers sho && test_is show "$(cat c)" && test_is :4 "$(cat rest)" && grep -q "^show	Show issue details$" all &&
	offers dep "" && test_has c "^add$" "^tree$" "^cycles$" "^test-a1$" && offers label "" && test_has c "^add$" "^list-all$" && test_lacks c test &&
	offers shi && test_empty c && offers help sh && test_has c "^show$"
'
test_expect_success 'flags, those for everything too, hidden ones not' '
	offers list --sta && test_is --status "$(cat c)" && offers dep tree --dir && test_is "--direction
--directory" "$(cat c)" && offers list --sandb && test_empty c &&
	offers create -- -x && test_empty c && offers list "" && test_has c "^--status$"
'
test_expect_success 'ids with their titles, where an id may stand' '
	offers show test- && test_is "test-a1 test-a2 test-b1" "$(echo $(cat c))" && grep -q "^test-a1	First one$" all &&
	offers close "" && test_is "test-a1 test-a2" "$(echo $(cat c))" && offers reopen "" && test_is test-b1 "$(cat c)" &&
	offers dep add test-a1 test-a2 "" && test_lacks c test && offers create --parent test-b && test_is test-b1 "$(cat c)" &&
	offers create x --deps test-a1,blocks:test-b && test_is "test-a1,blocks:test-b1" "$(cat c)" && offers create "" && test_lacks c test &&
	offers --json update --status open test-a1 test-a && test_is "test-a1 test-a2" "$(echo $(cat c))" && offers run test-b && test_is test-b1 "$(cat c)"
'
test_expect_success 'labels, statuses, types, people, and other words' '
	offers list --label "" && test_is "area:store ui ui-late" "$(echo $(cat c))" && offers list -l ui,area && test_is ui,area:store "$(cat c)" &&
	offers label add test-a1 ui && test_is "ui ui-late" "$(echo $(cat c))" && offers tag test-a1 ar && test_is area:store "$(cat c)" &&
	offers list --status q && test_is qa "$(cat c)" && offers list --status=open,in && test_is "--status=open,in_progress" "$(cat c)" &&
	offers create -t st && test_is story "$(cat c)" && offers dep add a b --type conditional && test_is conditional-blocks "$(cat c)" &&
	offers update x --assignee A && test_is "Ann Lee" "$(cat c)" && offers update x -p "" && test_is "0 1 2 3 4" "$(echo $(cat c))" &&
	offers dep tree x --direction "" && test_is "down up both" "$(echo $(cat c))" && offers answer test-a1 s && test_is split "$(cat c)" &&
	offers run --agent cla && test_has c "^claude$"
'
test_expect_success 'files are the shell'\''s' '
	offers create --body-file "" && test_is :0 "$(cat rest)" && test_empty c && offers import "" && test_is :0 "$(cat rest)" &&
	offers -C "" && test_is :16 "$(cat rest)"
'
test_expect_success 'of the store that -C or --db names; without one there are still commands' '
	top=$PWD && ( cd "$HOME" && bdw __complete -C "$top" show test-b | grep -q "^test-b1" &&
	bdw __complete --db "$top/.beadwave" show test-b | grep -q "^test-b1" && bdw __complete sho | grep -q "^show" &&
	test_is :4 "$(bdw __complete show te)" )
'
test_expect_success 'any words will do' '
	bytes=$(printf "a\t\303\n\033[31m\001") && long=$(printf "%05000d" 0) &&
	for w in "" - -- --- --= -= =x --format --format= -pp -p -C -C=/x --db= "$bytes" "--label=$bytes" "$long" "--$long" "-$long=$long" , ,,, : "[" "<"; do
		for c in "" show "dep add" "create --deps" "list --label" "answer x" "label add x" "--json list -- x" "dep --blocks" "run --set"; do
			offers $c "$w" && grep -qE "^:(0|4|16)$" rest || { echo "bdw __complete $c $w"; return 1; }
		done
	done && bdw create "Title	with a
line and $(printf "\033[31m")" --id test-c1 --silent 2>/dev/null; offers show test-c1 && ! grep -q "$(printf "\033")" all &&
	bdw delete test-c1 --force -q && bdw __complete >all && test_has all "^show"
'
test_expect_success 'it writes nothing' '
	was=$(git rev-parse beadwave) && offers show "" && offers create --bogus "" && offers "" && test_is "$was" "$(git rev-parse beadwave)"
'

if command -v bash >/dev/null; then
# bash cuts words at = and : before it asks
cat >ask.bash <<'END'
source <(bdw completion bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_bdw "$1"
printf '%s\n' "${COMPREPLY[@]}"
END
in_bash()
{
	bash ask.bash "$@" >c 2>err && test_empty err
}
test_expect_success 'bash' '
	bdw completion bash | bash -n && in_bash bdw sho && test_is show "$(cat c)" && in_bash bd close test- && test_is "test-a1 test-a2" "$(echo $(cat c))" &&
	in_bash bdw list --status = op && test_is open "$(cat c)" && in_bash bdw list -l area : st && test_is store "$(cat c)" &&
	in_bash bdw list --label "" && test_is "area:store ui ui-late" "$(echo $(cat c))" && in_bash bdw update x --assignee An && test_is "Ann\\ Lee" "$(cat c)" &&
	in_bash bdw show test-a1 -- && test_has c "^--long$"
'
else
	test_skip bash 'no bash'
fi

# A shell with a keyboard: zsh's completion works only in one. in_zsh LINE: LINE with a Tab behind it, completed.
cat >ask.zsh <<'END'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1= PS2= RPS1=; autoload -Uz compinit; compinit -u -D; source <(bdw completion zsh)
_show() { print -r -- "LINE=$BUFFER" >>zsh.out; BUFFER=; zle accept-line }
zle -N _show; bindkey "^X" _show; bindkey "^I" complete-word; print REA""DY'
while zpty -r z line; do [[ $line == *READY* ]] && break; done
zpty -w -n z "$1"$'\t'$'\x18'
zpty -w z 'print DO""NE'
while zpty -r z line; do [[ $line == *DONE* ]] && break; done
zpty -w z exit
END
in_zsh()
{
	rm -f zsh.out && timeout 30 zsh -f ask.zsh "$1" >zsh.log 2>&1; sed -n 's/^LINE=//p' zsh.out >c
}
if command -v zsh >/dev/null; then
test_expect_success 'zsh' '
	bdw completion zsh | zsh -n && in_zsh "bdw sho" && test_is "bdw show" "$(sed "s/ *$//" c)" &&
	in_zsh "bdw show test-b" && test_is "bdw show test-b1" "$(sed "s/ *$//" c)" &&
	in_zsh "bd list --label are" && test_is "bd list --label area:store" "$(sed "s/ *$//" c)" &&
	in_zsh "bdw list --status=op" && test_is "bdw list --status=open" "$(sed "s/ *$//" c)" &&
	in_zsh "bdw update x --assignee An" && test_is "bdw update x --assignee Ann\\ Lee" "$(sed "s/ *$//" c)" &&
	in_zsh "bdw create --body-file pl" && test_is "bdw create --body-file plan.md" "$(sed "s/ *$//" c)"
'
else
	test_skip zsh 'no zsh'
fi

if command -v fish >/dev/null; then
in_fish()
{
	fish --no-config -c 'bdw completion fish | source; complete -C $argv[1]' "$1" >all 2>err && test_empty err && cut -f1 all >c
}
test_expect_success 'fish' '
	bdw completion fish | fish --no-config -n && in_fish "bdw sho" && test_is show "$(cat c)" && in_fish "bdw show " && test_is "test-a1 test-a2 test-b1" "$(echo $(cat c))" &&
	grep -q "^test-a1	First one$" all && in_fish "bd list --label " && test_is "area:store ui ui-late" "$(echo $(cat c))" &&
	in_fish "bdw list --status=op" && test_is "--status=open" "$(cat c)" && in_fish "bdw dep tree --dire" && test_has c "^--direction$" &&
	in_fish "bdw create --body-file pl" && test_is plan.md "$(cat c)" && in_fish "bdw -C fol" && test_is folder/ "$(cat c)" && in_fish "bdw show p" && test_empty c
'
else
	test_skip fish 'no fish'
fi
test_done
