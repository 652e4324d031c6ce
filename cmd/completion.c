/* cmd/completion.c - bdw completion: the scripts for the shells */
#include "cmd/cmd.h"
#include "cmd/opt.h"

/* The scripts only ask `__complete` (cmd/complete.c), so that they are right for every version
 * of the program. */
static const char in_bash[] =
	"# bash completion for bdw and bd: source <(bdw completion bash)\n"
	"_bdw() {\n"
	"\tlocal word line glue= rest=4\n"
	"\tlocal -a words=()\n"
	"\t# bash cuts words at = and :\n"
	"\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
	"\t\tif [[ ${#words[@]} -gt 0 && ( -n $glue || $word == [=:]* ) ]]; then\n"
	"\t\t\twords[${#words[@]}-1]+=$word\n"
	"\t\telse\n"
	"\t\t\twords+=(\"$word\")\n"
	"\t\tfi\n"
	"\t\tif [[ $word == [=:]* ]]; then glue=1; else glue=; fi\n"
	"\tdone\n"
	"\tword=${words[${#words[@]}-1]}\n"
	"\tword=${word%\"${word##*[=:]}\"}\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tcase $line in\n"
	"\t\t:*) rest=${line#:} ;;\n"
	"\t\t*)\n"
	"\t\t\tline=${line%%$'\\t'*}\n"
	"\t\t\tline=${line#\"$word\"}\n"
	"\t\t\tif [[ $line == *' '* ]]; then printf -v line %q \"$line\"; fi\n"
	"\t\t\tCOMPREPLY+=(\"$line\")\n"
	"\t\t\t;;\n"
	"\t\tesac\n"
	"\tdone < <(\"$1\" __complete \"${words[@]}\" 2>/dev/null)\n"
	"\tcase $rest in\n"
	"\t0) compopt -o default 2>/dev/null ;;\n"
	"\t16) compopt -o dirnames 2>/dev/null ;;\n"
	"\tesac\n"
	"\treturn 0\n"
	"}\n"
	"complete -F _bdw bdw bd\n";

static const char in_zsh[] =
	"#compdef bdw bd\n"
	"# zsh completion for bdw and bd: source <(bdw completion zsh), or as _bdw in a folder of "
	"fpath\n"
	"_bdw() {\n"
	"\tlocal line rest=4\n"
	"\tlocal -a values\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tcase $line in\n"
	"\t\t:*) rest=${line#:} ;;\n"
	"\t\t*$'\\t'*) values+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
	"\t\t*) values+=(\"${line//:/\\\\:}\") ;;\n"
	"\t\tesac\n"
	"\tdone < <(${(Q)words[1]/#\\~\\//$HOME/} __complete \"${(@Q)words[2,CURRENT]}\" "
	"2>/dev/null)\n"
	"\t(( $#values )) && _describe -t values bdw values\n"
	"\tcase $rest in\n"
	"\t0) _files ;;\n"
	"\t16) _files -/ ;;\n"
	"\tesac\n"
	"}\n"
	"if [[ $funcstack[1] == _bdw ]]; then _bdw \"$@\"; else compdef _bdw bdw bd; fi\n";

static const char in_fish[] =
	"# fish completion for bdw and bd: bdw completion fish | source\n"
	"function __bdw_complete\n"
	"\tset -l words (commandline -opc)\n"
	"\tset -l word (commandline -ct)\n"
	"\tfor line in ($words[1] __complete $words[2..-1] \"$word\" 2>/dev/null)\n"
	"\t\tswitch $line\n"
	"\t\t\tcase ':0'\n"
	"\t\t\t\t__fish_complete_path \"$word\"\n"
	"\t\t\tcase ':16'\n"
	"\t\t\t\t__fish_complete_directories \"$word\"\n"
	"\t\t\tcase ':*'\n"
	"\t\t\tcase '*'\n"
	"\t\t\t\tprintf '%s\\n' $line\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"for prog in bdw bd\n"
	"\tcomplete -c $prog -e\n"
	"\tcomplete -c $prog -f -a '(__bdw_complete)'\n"
	"end\n";

static int print(struct ctx *c, int argc, char **argv, const char *script)
{
	const struct opt opts[] = { { 0 } };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0)
		fputs(script, c->out);
	return rc;
}

static int run_bash(struct ctx *c, int argc, char **argv)
{
	return print(c, argc, argv, in_bash);
}

static int run_zsh(struct ctx *c, int argc, char **argv)
{
	return print(c, argc, argv, in_zsh);
}

static int run_fish(struct ctx *c, int argc, char **argv)
{
	return print(c, argc, argv, in_fish);
}

static const struct cmd bash = {
	.name = "bash", .brief = "Completion for bash", .example = "completion bash",
	.group = GROUP_SETUP, .run = run_bash,
}, zsh = {
	.name = "zsh", .brief = "Completion for zsh", .example = "completion zsh",
	.group = GROUP_SETUP, .run = run_zsh,
}, fish = {
	.name = "fish", .brief = "Completion for fish", .example = "completion fish | source",
	.group = GROUP_SETUP, .run = run_fish,
};
static const struct cmd *const shells[] = { &bash, &fish, &zsh, NULL };

const struct cmd cmd_completion = {
	.name = "completion", .brief = "Print shell completion", .example = "completion bash",
	.group = GROUP_SETUP, .subs = shells,
};
