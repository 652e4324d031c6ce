/* cmd/complete.c - bdw __complete WORD...: what may stand in place of the last word. The shells'
 * scripts of cmd/completion.c ask it, and so do those that bd (cobra) makes: a line
 * "word<TAB>text" each, then ":" and a number that says what the shell may add. */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/types.h"
#include "core/lifecycle.h"
#include "core/preset.h"
#include "core/rundir.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/view.h"

/* cobra's numbers */
enum directive { SHELL_FILES = 0, SHELL_NOTHING = 4, SHELL_FOLDERS = 16 };

struct completing {
	struct ctx *c;
	const struct cmd *cmd, *top;	/* that the words name, "add" of "dep"; NULL: none yet */
	const struct opt *opts;		/* its own options, in c->arena */
	struct opt globals[GLOBAL_OPTS];
	size_t operands;		/* in front of the last word */
	bool ended;			/* "--" stands there */
	const struct opt *value_of;	/* the last word is the value of this one */
	/* the last word: what is kept of it ("--status=", "a,"), what is to be completed */
	const char *before, *cur;
	struct buf out;
	bool ids;			/* are among it: "<id>|<epic>" means them once */
	enum directive files;
};

static void offer(void *arg, const char *word, const char *text)
{
	struct completing *o = arg;

	if (!text_starts(word, o->cur) || strpbrk(word, "\t\n"))
		return;
	buf_addf(&o->out, "%s%s%s", o->before, word, *text ? "\t" : "");
	for (; *text; text++)
		buf_addc(&o->out, (unsigned char)*text < ' ' ? ' ' : *text);
	buf_addc(&o->out, '\n');
}

/* The commands and options that the words in front name */

static void take_options(struct ctx *c, const struct opt *opts, void *arg)
{
	struct completing *o = arg;
	size_t n = 1;

	for (const struct opt *x = opts; x->letter || x->name; x++)
		n++;
	o->opts = memcpy(arena_alloc(&c->arena, n * sizeof(*opts)), opts, n * sizeof(*opts));
}

static void enter(struct completing *o, const struct cmd *cmd)
{
	static const struct opt none[] = { { 0 } };
	struct ctx *c = o->c;
	char *argv[] = { NULL };

	o->cmd = cmd;
	o->top = o->top ? o->top : cmd;
	o->opts = none;
	c->describe = take_options;
	c->describe_arg = o;
	if (cmd->run)
		cmd->run(c, 0, argv);
	c->describe = NULL;
}

static const struct opt *option(const struct completing *o, const char *word, bool *next)
{
	const struct opt *tables[] = { o->opts, o->globals };

	return opt_named(tables, 2, word, next);
}

/* -C and --db say which store the ids are from. */
static void note_place(struct completing *o, const struct opt *x, const char *value)
{
	if (x->value == &o->c->dir)
		o->c->dir = value;
	if (x->value == &o->c->db)
		o->c->db = value;
}

static void read_words(struct completing *o, int argc, char **argv)
{
	const struct cmd *const *list = cmd_table;

	for (int i = 0; i < argc - 1; i++) {
		const char *word = argv[i];
		const struct cmd *sub = list && !o->operands && !o->ended ?
			cmd_find(list, word) : NULL;
		const struct opt *x;
		bool next;

		if (o->ended || word[0] != '-' || !word[1]) {
			if (sub) {
				enter(o, sub);
				list = sub->subs;
			} else {
				o->operands++;
			}
		} else if (!strcmp(word, "--")) {
			o->ended = true;
		} else if ((x = option(o, word, &next)) && next) {
			if (++i == argc - 1)
				o->value_of = x;
			else
				note_place(o, x, argv[i]);
		}
	}
}

/* The words of one kind */

static void offer_ids(struct completing *o)
{
	bool closed = o->cmd && !strcmp(o->cmd->name, "reopen"), open = o->cmd &&
		!strcmp(o->cmd->name, "close");
	struct view *v;

	if (o->ids || !o->c->store || cmd_view(o->c, VIEW_QUICK, &v) < 0)
		return;
	o->ids = true;
	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);
		bool is_closed = !strcmp(is->status, "closed");

		if (!(closed && !is_closed) && !(open && is_closed))
			offer(o, is->id, is->title);
	}
}

/* Labels, or people, each once. */
static void offer_members(struct completing *o, bool people)
{
	STRS_AUTO all = { 0 };
	struct view *v;

	if (!o->c->store || cmd_view(o->c, VIEW_QUICK, &v) < 0)
		return;
	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);

		for (size_t k = 0; !people && k < is->nlabels; k++)
			strs_add(&all, is->labels[k]);
		if (people && *is->assignee)
			strs_add(&all, is->assignee);
		if (people && *is->created_by)
			strs_add(&all, is->created_by);
	}
	strs_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		if (!i || strcmp(all.v[i], all.v[i - 1]))
			offer(o, all.v[i], "");
}

static void offer_agents(struct completing *o)
{
	const struct preset *list;
	size_t n = preset_list(&list);

	for (size_t i = 0; i < n; i++)
		offer(o, list[i].name, "");
}

static void offer_runs(struct completing *o)
{
	STRS_AUTO runs = { 0 };

	if (o->c->store)
		run_list(o->c->store, &runs);
	for (size_t i = runs.n; i-- > 0; )
		offer(o, runs.v[i], "");
}

static void offer_commands(struct completing *o, const struct cmd *const *list)
{
	for (; list && *list; list++)
		if (!((*list)->flags & CMD_HIDDEN))
			offer(o, (*list)->name, (*list)->brief);
}

static void offer_flags(struct completing *o)
{
	const struct opt *tables[] = { o->opts, o->globals };

	for (size_t t = 0; t < 2; t++)
		for (const struct opt *x = tables[t]; x->letter || x->name; x++)
			if (x->name && !(x->flags & OPT_HIDDEN))
				offer(o, arena_printf(&o->c->arena, "--%s", x->name),
				      x->help ? x->help : "");
}

static bool is_one_of(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; n && (at = strstr(at, word)); at++)
		if ((at == words || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

static void offer_types(struct completing *o)
{
	const char *const *edge = life_dep_types();

	if (!is_one_of("dep link", o->top->name))
		types_each(o->c, offer, o);
	else
		for (; *edge; edge++)
			offer(o, *edge, "");
}

static void offer_priorities(struct completing *o)
{
	static const char *const names[] = { "critical", "high", "medium", "low", "some day" };

	for (char p[] = "0"; *p < '5'; ++*p)
		offer(o, p, names[*p - '0']);
}

/* What stands behind the last of these bytes is completed: an item of a list, an id behind its
 * "TYPE:". */
static void begin_after(struct completing *o, char sep)
{
	const char *at = strrchr(o->cur, sep);

	if (!at)
		return;
	o->before = arena_printf(&o->c->arena, "%s%.*s", o->before, (int)(at + 1 - o->cur), o->cur);
	o->cur = at + 1;
}

/* By what usage calls it: "id", "label", "status,", "type:id,". name is the option's, "" for an
 * operand. */
static void offer_kind(struct completing *o, const char *kind, const char *name)
{
	char word[40];
	size_t n = strcspn(kind, ",:");

	if (n >= sizeof(word))
		return;
	memcpy(word, kind, n);
	word[n] = 0;
	if (strchr(kind, ','))
		begin_after(o, ',');
	if (kind[n] == ':')
		begin_after(o, ':');
	if (is_one_of("session spec-id", name))
		return;
	if (is_one_of("id issue epic parent old-id depends-on-id", word) || kind[n] == ':')
		offer_ids(o);
	else if (!strcmp(word, "label") || !strcmp(kind, "a,b"))
		offer_members(o, false);
	else if (!strcmp(word, "status"))
		statuses_each(o->c, offer, o);
	else if (!strcmp(word, "type"))
		offer_types(o);
	else if (!strcmp(word, "0-4"))
		offer_priorities(o);
	else if (!strcmp(name, "agent"))
		offer_agents(o);
	else if (!strcmp(word, "name") && (!*name || is_one_of("assignee author actor", name)))
		offer_members(o, true);
	else if (!strcmp(word, "run"))
		offer_runs(o);
	else if (!strcmp(word, "command"))
		offer_commands(o, cmd_table);
	else if (!strcmp(word, "dir"))
		o->files = SHELL_FOLDERS;
	else if (is_one_of("file path plan.md plan.json edges.jsonl", word))
		o->files = SHELL_FILES;
}

/*
 * What usage says of a place: "<id>", "[id...]", "[<id>|<epic>]...": kinds; "<up|down>",
 * "retry|split|<text>...": also the words themselves.
 */
static void offer_token(struct completing *o, const char *token, const char *name)
{
	const char *s = token + strspn(token, "[");
	bool words = s[strcspn(s, "|>")] == '|' && !strstr(s, "|-");	/* "[file|-]" is a kind */
	STRS_AUTO parts = { 0 };

	text_split(words && *s == '<' ? s + 1 : s, '|', &parts);
	for (size_t i = 0; i < parts.n; i++) {
		const char *part = parts.v[i] + (*parts.v[i] == '<');
		const char *clean = arena_strndup(&o->c->arena, part,
						  strcspn(part, words ? ">]" : ">.]"));

		if (words && *parts.v[i] != '<')
			offer(o, clean, "");
		else
			offer_kind(o, clean, name);
	}
}

static void offer_operand(struct completing *o)
{
	STRS_AUTO tokens = { 0 };
	bool repeats = false;

	text_split(o->cmd->args ? o->cmd->args : "", ' ', &tokens);
	for (size_t i = 0; i < tokens.n; i++) {
		if (text_starts(tokens.v[i], "--"))
			break;
		/* "<id>... <label>": what follows a repeated one may stand in any place behind
		 * the first */
		if (i == o->operands || (repeats && i <= o->operands) ||
		    (i < o->operands && strstr(tokens.v[i], "...")))
			offer_token(o, tokens.v[i], "");
		repeats = repeats || strstr(tokens.v[i], "...");
	}
}

static void offer_all(struct completing *o)
{
	const struct opt *x;
	bool next;

	if (o->value_of) {
		offer_token(o, o->value_of->arg ? o->value_of->arg : "", o->value_of->name);
	} else if (*o->cur == '-' && !o->ended) {
		const char *eq = strchr(o->cur, '=');

		if (!eq) {
			offer_flags(o);
		} else if ((x = option(o, o->cur, &next)) && x->arg) {
			o->before = arena_strndup(&o->c->arena, o->cur, (size_t)(eq + 1 - o->cur));
			o->cur = eq + 1;
			offer_token(o, x->arg, x->name);
		}
	} else if (!o->cmd) {
		offer_commands(o, o->operands ? NULL : cmd_table);
	} else {
		if (!o->operands && !o->ended)
			offer_commands(o, o->cmd->subs);
		if (o->cmd->run)
			offer_operand(o);
		if (!o->out.len && !*o->cur && o->files == SHELL_NOTHING)
			offer_flags(o);
	}
}

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt none[] = { { 0 } };
	struct completing o = { .c = c, .opts = none, .before = "", .out = BUF_INIT,
				.files = SHELL_NOTHING };
	const struct cmd *self = c->cmd;
	int zero = 0, rc;

	if (c->describe)
		return cmd_begin(c, none, &argc, argv);
	cmd_global_opts(c, o.globals);
	o.cur = argc > 0 ? argv[argc - 1] : "";
	read_words(&o, argc, argv);
	c->cmd = self;
	if ((rc = cmd_begin(c, none, &zero, argv)) == 0) {
		offer_all(&o);
		fprintf(c->out, "%s:%d\n", o.out.s, (int)o.files);
	}
	buf_release(&o.out);
	return rc;
}

const struct cmd cmd_complete = {
	.name = "__complete", .aliases = "__completeNoDesc", .args = "<word>...",
	.brief = "What may stand in place of the last word", .group = GROUP_SETUP,
	.need = NEED_STORE_MAYBE, .flags = CMD_HIDDEN, .max_args = -1, .run = run,
};
