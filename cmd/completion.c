/* cmd/completion.c - bdw completion: shell completion, written from the command table as it is now */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "store/base/text.h"

typedef void (*leaf_fn)(struct ctx *c, const char *path, const struct cmd *cmd, const struct opt *opts, void *arg);

struct walk {
	leaf_fn fn;
	void *arg;
	const char *path;		/* of the command under way: "dep add" */
	const struct cmd *cmd;
	bool described;
};

static void on_describe(struct ctx *c, const struct opt *opts, void *arg)
{
	struct walk *w = arg;

	w->described = true;
	w->fn(c, w->path, w->cmd, opts, w->arg);
}

/* Calls fn for every command that is not hidden, its parents first. */
static void each_command(struct ctx *c, const struct cmd *const *list, const char *above, leaf_fn fn, void *arg)
{
	static const struct opt none[] = { { 0 } };
	char *argv[] = { NULL };

	for (; list && *list; list++) {
		struct walk w = { .fn = fn, .arg = arg, .cmd = *list };

		if ((*list)->flags & CMD_HIDDEN)
			continue;
		w.path = *above ? arena_printf(&c->arena, "%s %s", above, (*list)->name) : (*list)->name;
		c->describe = on_describe;
		c->describe_arg = &w;
		if ((*list)->run)
			(*list)->run(c, 0, argv);
		c->describe = NULL;
		if (!w.described)
			fn(c, w.path, *list, none, arg);
		each_command(c, (*list)->subs, w.path, fn, arg);
	}
}

/* The words that may follow a command: its own commands, then its flags and the global ones. */
static void add_words(struct ctx *c, const struct cmd *cmd, const struct opt *opts, struct buf *out)
{
	struct opt globals[GLOBAL_OPTS];
	STRS_AUTO words = { 0 };

	cmd_global_opts(c, globals);
	for (const struct cmd *const *s = cmd ? cmd->subs : cmd_table; s && *s; s++)
		if (!((*s)->flags & CMD_HIDDEN))
			strs_add(&words, (*s)->name);
	opt_words(opts, &words);
	opt_words(globals, &words);
	for (size_t i = 0; i < words.n; i++)
		buf_addf(out, "%s%s", i ? " " : "", words.v[i]);
}

static void add_case(struct ctx *c, const char *path, const struct cmd *cmd, const struct opt *opts, void *arg)
{
	struct buf *out = arg;

	buf_addf(out, "\t'%s') echo '", path);
	add_words(c, cmd, opts, out);
	buf_adds(out, "' ;;\n");
}

static void add_pattern(struct ctx *c, const char *path, const struct cmd *cmd, const struct opt *opts, void *arg)
{
	struct buf *out = arg;

	(void)c, (void)cmd, (void)opts;
	buf_addf(out, "%s'%s'", text_ends(out->s, "(") ? "" : "|", path);
}

/* What bash and zsh share: the words that follow a path of commands, and which paths there are. */
static void add_tables(struct ctx *c, struct buf *out)
{
	static const struct opt none[] = { { 0 } };

	buf_adds(out, "_bdw_words() {\n\tcase \"$1\" in\n");
	add_case(c, "", NULL, none, out);
	each_command(c, cmd_table, "", add_case, out);
	buf_adds(out, "\tesac\n}\n_bdw_known() {\n\tcase \"$1\" in\n\t(");
	each_command(c, cmd_table, "", add_pattern, out);
	buf_adds(out, ") return 0 ;;\n\tesac\n\treturn 1\n}\n"
		 "# ids of issues, where a word is no flag\n"
		 "_bdw_ids() { \"$1\" list --limit 0 --all --format '{{.ID}}' 2>/dev/null; }\n"
		 "# the command that the words so far name\n"
		 "_bdw_path() {\n"
		 "\tlocal path= word\n"
		 "\tfor word in \"$@\"; do\n"
		 "\t\tif _bdw_known \"${path:+$path }$word\"; then path=\"${path:+$path }$word\"; fi\n"
		 "\tdone\n"
		 "\techo \"$path\"\n"
		 "}\n");
}

static void write_bash(struct ctx *c, struct buf *out)
{
	buf_adds(out, "# bash completion for bdw and bd: source <(bdw completion bash)\n");
	add_tables(c, out);
	buf_adds(out, "_bdw() {\n"
		 "\tlocal cur=\"${COMP_WORDS[COMP_CWORD]}\" path words\n"
		 "\tpath=\"$(_bdw_path \"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\"\n"
		 "\twords=\"$(_bdw_words \"$path\")\"\n"
		 "\tcase \"$path:$cur\" in\n"
		 "\t:*|*:-*) ;;\n"
		 "\t*) words=\"$words $(_bdw_ids \"$1\")\" ;;\n"
		 "\tesac\n"
		 "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		 "}\n"
		 "complete -o default -F _bdw bdw bd\n");
}

static void write_zsh(struct ctx *c, struct buf *out)
{
	buf_adds(out, "#compdef bdw bd\n# zsh completion for bdw and bd: source <(bdw completion zsh)\n");
	add_tables(c, out);
	buf_adds(out, "_bdw() {\n"
		 "\tlocal cur=\"${words[CURRENT]}\" prog=\"${words[1]}\" at\n"
		 "\tat=\"$(_bdw_path \"${(@)words[2,CURRENT-1]}\")\"\n"
		 "\tcompadd -- ${(z)\"$(_bdw_words \"$at\")\"}\n"
		 "\tif [[ -n $at && $cur != -* ]]; then compadd -- ${(f)\"$(_bdw_ids \"$prog\")\"}; fi\n"
		 "}\n"
		 "compdef _bdw bdw bd\n");
}

/* fish quotes with '...', in which \ and ' are escaped. */
static void add_fish_text(struct buf *out, const char *s)
{
	buf_addc(out, '\'');
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
	buf_addc(out, '\'');
}

static void add_fish_opts(struct buf *out, const char *condition, const struct opt *opts)
{
	for (; opts->name; opts++) {
		if (opts->flags & OPT_HIDDEN)
			continue;
		buf_addf(out, "complete -c $prog %s -l %s", condition, opts->name);
		if (opts->letter)
			buf_addf(out, " -s %c", opts->letter);
		buf_adds(out, opts->arg ? " -r -d " : " -d ");
		add_fish_text(out, opts->help ? opts->help : "");
		buf_addc(out, '\n');
	}
}

static void add_fish(struct ctx *c, const char *path, const struct cmd *cmd, const struct opt *opts, void *arg)
{
	struct buf *out = arg;
	const char *name = strrchr(path, ' '), *condition;
	char *above = arena_strndup(&c->arena, path, name ? (size_t)(name - path) : 0);

	condition = *above ? arena_printf(&c->arena, "-n '__fish_seen_subcommand_from %s'", above) :
		    "-n __fish_use_subcommand";
	buf_addf(out, "complete -c $prog %s -a %s -d ", condition, cmd->name);
	add_fish_text(out, cmd->brief);
	buf_addc(out, '\n');
	condition = arena_printf(&c->arena, "-n '__fish_seen_subcommand_from %s'", cmd->name);
	add_fish_opts(out, condition, opts);
	if (cmd->args && strstr(cmd->args, "<id>"))
		buf_addf(out, "complete -c $prog %s -a "
			 "\"($prog list --limit 0 --all --format '{{.ID}}' 2>/dev/null)\"\n", condition);
}

static void write_fish(struct ctx *c, struct buf *out)
{
	struct opt globals[GLOBAL_OPTS];

	cmd_global_opts(c, globals);
	buf_adds(out, "# fish completion for bdw and bd: bdw completion fish | source\nfor prog in bdw bd\n");
	buf_adds(out, "complete -c $prog -f\n");
	add_fish_opts(out, "", globals);
	each_command(c, cmd_table, "", add_fish, out);
	buf_adds(out, "end\n");
}

static int print(struct ctx *c, int argc, char **argv, void (*write)(struct ctx *, struct buf *))
{
	const struct opt opts[] = { { 0 } };
	BUF_AUTO out = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	write(c, &out);
	fwrite(out.s, 1, out.len, c->out);
	return 0;
}

static int run_bash(struct ctx *c, int argc, char **argv)
{
	return print(c, argc, argv, write_bash);
}

static int run_zsh(struct ctx *c, int argc, char **argv)
{
	return print(c, argc, argv, write_zsh);
}

static int run_fish(struct ctx *c, int argc, char **argv)
{
	return print(c, argc, argv, write_fish);
}

static const struct cmd bash = {
	.name = "bash", .brief = "Completion for bash", .example = "completion bash", .group = GROUP_SETUP,
	.run = run_bash,
}, zsh = {
	.name = "zsh", .brief = "Completion for zsh", .example = "completion zsh", .group = GROUP_SETUP,
	.run = run_zsh,
}, fish = {
	.name = "fish", .brief = "Completion for fish", .example = "completion fish | source", .group = GROUP_SETUP,
	.run = run_fish,
};
static const struct cmd *const shells[] = { &bash, &fish, &zsh, NULL };

const struct cmd cmd_completion = {
	.name = "completion", .brief = "Print shell completion", .example = "completion bash", .group = GROUP_SETUP,
	.subs = shells,
};
