/* cmd/search.c - bdw search, query: finding issues by words and by conditions */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "core/qexpr.h"
#include "core/settings.h"
#include "store/issue.h"

/* "ID [P2] [bug] open @ann [a b] - Title" */
static void add_hit(struct buf *out, const struct issue *is)
{
	buf_addf(out, "%s [P%d] [%s] %s", is->id, is->priority, is->type, is->status);
	render_tags(out, is);
	buf_adds(out, " - ");
	render_title(out, is->title);
	buf_addc(out, '\n');
}

/* Sorts, cuts; how many were there. */
static int arrange(struct ctx *c, const struct filter *f, const struct look *l,
		   struct board_list *list)
{
	enum query_sort sort = SORT_DEFAULT;
	int rc = f->sort ? query_sort_parse(f->sort, false, &sort, &c->err) : 0;

	if (rc < 0)
		return rc;
	query_order(&l->b, list, sort, f->reverse);
	if (f->limit > 0 && list->n > (size_t)f->limit)
		list->n = (size_t)f->limit;
	return 0;
}

/* search */

static int search(struct ctx *c, struct filter *f, bool full)
{
	struct board_list list = { 0 };
	struct look l;
	BUF_AUTO out = BUF_INIT;
	int rc = look_open(c, &l);

	if (rc == 0 && (rc = filter_read(c, f, &l)) == 0) {
		query_run(&f->q, &l.b, &list);
		rc = arrange(c, f, &l, &list);
	}
	if (rc < 0) {
		/* said by main */
	} else if (c->json) {
		look_print_json(c, &l, &list, false, true);
	} else if (!list.n) {
		out_text(c, "No issues found matching '%s'\n", f->q.text);
	} else {
		buf_addf(&out, "Found %zu issues matching '", list.n);
		render_clean(&out, f->q.text);
		buf_addf(&out, "':\n%s", full ? "\n" : "");
		for (size_t i = 0; i < list.n; i++)
			if (full)
				render_long(c, &out, l.b.is[list.v[i]]);
			else
				add_hit(&out, l.b.is[list.v[i]]);
		render_print(c, &out, 1);
	}
	vec_free(&list);
	look_close(&l);
	return rc;
}

/* Help, as bd does it: on stdout, before the error. */
static int no_words(struct ctx *c, const struct opt *opts)
{
	BUF_AUTO help = BUF_INIT;

	if (!c->json) {
		help_command(c, c->cmd, opts, &help);
		fputs(help.s, c->out);
		fflush(c->out);
	}
	return err_set(&c->err, ERR_USAGE, "search query is required");
}

static int run_search(struct ctx *c, int argc, char **argv)
{
	struct filter f;
	bool full = false;
	const struct opt own[] = {
		{ 0, "query", OPT_STR, &f.q.text, "<words>",
		  "what to look for, in title and id", 0 },
		{ 0, "long", OPT_BOOL, &full, NULL, "some lines each", 0 },
	};
	struct opt opts[FILTER_OPTS + sizeof(own) / sizeof(own[0]) + 1] = { { 0 } };
	int n = 0, rc;

	filter_init(&f);
	filter_opts(&f, FILTER_STATUS | FILTER_BASIC | FILTER_MORE | FILTER_SORT, opts, &n);
	memcpy(opts + n, own, sizeof(own));
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0) {
		if (argc)
			f.q.text = argv[0];
		for (int i = 1; i < argc; i++)
			f.q.text = arena_printf(&c->arena, "%s %s", f.q.text, argv[i]);
		if (f.q.text && *f.q.text) {
			rc = search(c, &f, full);
		} else {
			rc = no_words(c, opts);
		}
	}
	filter_release(&f);
	return rc;
}

/* query */

struct asked { bool all, full, parse_only; };

static int ask(struct ctx *c, const char *text, struct filter *f, const struct asked *o)
{
	struct vocab vocab = settings_vocab(cmd_settings(c));
	struct board_list list = { 0 };
	BUF_AUTO out = BUF_INIT;
	struct qexpr *q;
	struct look l;
	bool closed_too;
	int rc = qexpr_parse(&q, text, c->now_us, &vocab, &c->arena, &c->err);

	if (rc < 0)
		return rc;
	if (o->parse_only) {
		qexpr_print(q, &out);
		out_text(c, "Parsed query: %s\n", out.s);
		return 0;
	}
	closed_too = o->all || qexpr_names_status(q);
	rc = look_open(c, &l);
	for (size_t i = 0; rc == 0 && i < l.b.n; i++)
		if ((closed_too || strcmp(l.b.is[i]->status, "closed") != 0) &&
		    qexpr_match(q, l.b.is[i]))
			vec_add(&list, (uint32_t)i);
	if (rc == 0)
		rc = arrange(c, f, &l, &list);
	if (rc == 0 && c->json) {
		look_print_json(c, &l, &list, true, true);
	} else if (rc == 0 && !list.n) {
		out_text(c, "No issues found matching query: %s\n", text);
	} else if (rc == 0) {
		buf_addf(&out, o->full ? "\nFound %zu issues:\n\n" : "Found %zu issues:\n", list.n);
		for (size_t i = 0; i < list.n; i++)
			if (o->full) {
				render_long(c, &out, l.b.is[list.v[i]]);
			} else {
				render_flat(c, &out, l.b.is[list.v[i]], NULL);
				buf_addc(&out, '\n');
			}
		render_print(c, &out, 1);
	}
	vec_free(&list);
	look_close(&l);
	return rc;
}

static int run_query(struct ctx *c, int argc, char **argv)
{
	struct asked o = { .all = false };
	struct filter f;
	const struct opt opts[] = {
		{ 'a', "all", OPT_BOOL, &o.all, NULL, "closed ones too", 0 },
		{ 'n', "limit", OPT_INT, &f.limit, "<n>", "at most so many (0: all)", 0 },
		{ 0, "sort", OPT_STR, &f.sort, "<field>", "order by", 0 },
		{ 'r', "reverse", OPT_BOOL, &f.reverse, NULL, "the other way round", 0 },
		{ 0, "long", OPT_BOOL, &o.full, NULL, "some lines each", 0 },
		{ 0, "parse-only", OPT_BOOL, &o.parse_only, NULL,
		  "say how the query is understood", 0 },
		{ 0 },
	};
	const char *text;
	int rc;

	filter_init(&f);
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0) {
		text = argv[0];
		for (int i = 1; i < argc; i++)
			text = arena_printf(&c->arena, "%s %s", text, argv[i]);
		rc = ask(c, text, &f, &o);
	}
	filter_release(&f);
	return rc;
}

const struct cmd cmd_search = {
	.name = "search", .args = "[<words>...]", .brief = "Search issues by title and id",
	.help = "Closed issues are left out; --status all looks at them too.",
	.example = "search \"login broken\"\nsearch login --status all --sort updated\n"
		   "search --query login --json",
	.group = GROUP_ISSUES, .need = NEED_STORE, .max_args = -1, .run = run_search,
};
const struct cmd cmd_query = {
	.name = "query", .args = "<expression>", .brief = "Find issues by conditions",
	.help =
	"FIELD OP VALUE with = != < <= > >=, joined by AND, OR, NOT and brackets. Fields: status\n"
		"priority type assignee owner label title description design notes acceptance "
		"created updated\n"
		"started closed due deferred id spec parent pinned ephemeral template "
		"metadata.KEY\n"
		"has_metadata_key. A time may be 7d (ago), a date, or \"last monday\"; none is "
		"empty; * and ?\n"
		"match in id, label, assignee, owner, parent, spec.",
	.example = "query 'status=open AND priority<=1'\n"
		   "query 'label=urgent OR (type=bug AND created>7d)' --json",
	.group = GROUP_ISSUES, .need = NEED_STORE, .min_args = 1, .max_args = -1, .run = run_query,
};
