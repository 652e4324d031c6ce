/* cmd/list.c - bdw list, children */
#include "cmd/list.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/again.h"
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/issue.h"

struct listing {
	struct filter f;
	bool flat, tree, pretty, full, no_pager, skip_labels, pinned, watch;
	const char *format;		/* dot, digraph or a template; NULL */
	struct look l;
	struct board_list list;
	size_t hidden;			/* cut off by --limit */
};

static bool is_tree(struct ctx *c, const struct listing *o)
{
	return !c->json && !o->flat && !o->format;
}

/* Keeps priorities together and what stands in them as it stood. */
static void group_by_priority(const struct board *b, struct board_list *list)
{
	uint32_t *sorted = xmalloc((list->n + 1) * sizeof(*sorted));
	size_t n = 0;

	for (int p = 0; p <= 4; p++)
		for (size_t i = 0; i < list->n; i++)
			if (b->is[list->v[i]]->priority == p)
				sorted[n++] = list->v[i];
	if (n)
		memcpy(list->v, sorted, n * sizeof(*sorted));
	free(sorted);
}

/* A tree without another wish is ordered by priority and id: who looks for an issue finds it. */
static int order(struct ctx *c, struct listing *o)
{
	enum query_sort sort = SORT_DEFAULT;
	int rc;

	if (o->f.sort && (rc = query_sort_parse(o->f.sort, false, &sort, &c->err)) < 0)
		return rc;
	if (!o->f.sort && (is_tree(c, o) || o->f.q.ready)) {
		query_order(&o->l.b, &o->list, SORT_ID, o->f.reverse);
		group_by_priority(&o->l.b, &o->list);
	} else {
		query_order(&o->l.b, &o->list, sort, o->f.reverse);
	}
	return 0;
}

/* A tree of children shows all descendants, below their parent. */
static int find(struct ctx *c, struct listing *o)
{
	struct query *q = &o->f.q;
	bool below = o->f.parent && (is_tree(c, o) || q->ready);
	int rc;

	if (below) {
		q->ancestor = q->parent;
		q->parent = NULL;
		query_release(q);
		if ((rc = query_prepare(q, &o->l.b, &c->err)) < 0)
			return rc;
	}
	query_run(q, &o->l.b, &o->list);
	if ((rc = order(c, o)) < 0)
		return rc;
	if (o->f.limit > 0 && o->list.n > (size_t)o->f.limit) {
		o->hidden = o->list.n - (size_t)o->f.limit;
		o->list.n = (size_t)o->f.limit;
	}
	if (below && is_tree(c, o) && o->list.n)
		vec_add(&o->list, (uint32_t)board_index(&o->l.b, q->ancestor));
	return 0;
}

static void add_tree(struct ctx *c, struct listing *o, struct buf *out)
{
	size_t open = 0, active = 0;

	if (!o->list.n) {
		buf_adds(out, "No issues found.\n");
		return;
	}
	for (size_t i = 0; i < o->list.n; i++) {
		const char *status = o->l.b.is[o->list.v[i]]->status;

		open += !strcmp(status, "open");
		active += !strcmp(status, "in_progress");
	}
	list_forest(c, out, &o->l, &o->list);
	render_footer(c, out,
		      arena_printf(&c->arena, "Total: %zu issues (%zu open, %zu in progress)",
					   o->list.n, open, active));
}

static int print(struct ctx *c, struct listing *o)
{
	BUF_AUTO text = BUF_INIT;
	int rc = 0;

	if (c->json)
		look_print_json(c, &o->l, &o->list, true, !o->skip_labels);
	else if (o->format && (!strcmp(o->format, "dot") || !strcmp(o->format, "graphviz")))
		list_dot(&text, &o->l, &o->list);
	else if (o->format && !strcmp(o->format, "digraph"))
		list_digraph(&text, &o->l, &o->list);
	else if (o->format)
		rc = list_template(&text, &o->l, &o->list, o->format, &c->err);
	else if (o->flat)
		list_flat(c, &text, &o->l, &o->list, o->full);
	else
		add_tree(c, o, &text);
	if (rc < 0)
		return rc;
	render_print(c, &text, !o->no_pager);
	if (o->hidden) {
		fflush(c->out);
		out_warn(c, "\nShowing %ld issues; more results matched but were hidden by "
			    "--limit. Use --limit 0 for "
			 "all, or --limit N to raise the cap.", o->f.limit);
	}
	return 0;
}

static int list(struct ctx *c, struct listing *o)
{
	int rc;

	if (c->format && strcmp(c->format, "json") != 0)
		o->format = c->format;
	if (o->pinned)
		o->f.q.pinned = QUERY_YES;
	rc = look_open(c, &o->l);
	if (rc == 0)
		rc = filter_read(c, &o->f, &o->l);
	if (rc == 0)
		rc = find(c, o);
	if (rc == 0)
		rc = print(c, o);
	vec_free(&o->list);
	look_close(&o->l);
	return rc;
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	struct listing o = { .flat = false };
	const struct opt own[] = {
		{ 0, "ready", OPT_BOOL, &o.f.q.ready, NULL, "only what nothing blocks", 0 },
		{ 0, "deferred", OPT_BOOL, &o.f.q.deferred, NULL, "only deferred ones", 0 },
		{ 0, "overdue", OPT_BOOL, &o.f.q.overdue, NULL,
		  "only those past their due date", 0 },
		{ 0, "pinned", OPT_BOOL, &o.pinned, NULL, "only pinned ones", 0 },
		{ 0, "include-gates", OPT_BOOL, &o.f.q.include_gates, NULL, "gates too",
		  OPT_HIDDEN },
		{ 0, "include-templates", OPT_BOOL, &o.f.q.include_templates, NULL, "templates too",
		  OPT_HIDDEN },
		{ 0, "include-infra", OPT_BOOL, &o.f.q.include_infra, NULL,
		  "messages and agents too", OPT_HIDDEN },
		{ 0, "flat", OPT_BOOL, &o.flat, NULL, "one line each", 0 },
		{ 0, "tree", OPT_BOOL, &o.tree, NULL,
		  "children below their parents (the default)", 0 },
		{ 0, "pretty", OPT_BOOL, &o.pretty, NULL, "as --tree", OPT_HIDDEN },
		{ 0, "long", OPT_BOOL, &o.full, NULL, "with --flat: some lines each", 0 },
		{ 0, "skip-labels", OPT_BOOL, &o.skip_labels, NULL,
		  "with --json: without labels; and none by config directory.labels", 0 },
		{ 0, "no-pager", OPT_BOOL, &o.no_pager, NULL, "never start a pager", 0 },
		{ 'w', "watch", OPT_BOOL, &o.watch, NULL, "print it again when issues change", 0 },
		{ 0, "format", OPT_STR, &c->format, "<form>",
		  "json, dot, digraph, or text with {{.ID}} ...", 0 },
	};
	struct opt opts[FILTER_OPTS + sizeof(own) / sizeof(own[0]) + 1] = { { 0 } };
	int n = 0, rc;

	filter_init(&o.f);
	filter_opts(&o.f, FILTER_STATUS | FILTER_BASIC | FILTER_MORE | FILTER_SORT, opts, &n);
	memcpy(opts + n, own, sizeof(own));
	rc = cmd_begin(c, opts, &argc, argv);
	if (rc == 0 && !o.skip_labels)
		filter_directory(c, &o.f);
	if (rc == 0 && o.watch)
		rc = again(c);
	if (rc == 0)
		rc = list(c, &o);
	filter_release(&o.f);
	return rc;
}

/* children P is list --parent P --status all. */
static int run_children(struct ctx *c, int argc, char **argv)
{
	struct listing o = { .flat = false };
	const struct opt opts[] = {
		{ 0, "flat", OPT_BOOL, &o.flat, NULL, "one line each", 0 },
		{ 0, "pretty", OPT_BOOL, &o.pretty, NULL, "as a tree (the default)", OPT_HIDDEN },
		{ 0, "no-pager", OPT_BOOL, &o.no_pager, NULL, "never start a pager", 0 },
		{ 0 },
	};
	int rc;

	filter_init(&o.f);
	o.f.q.all = true;
	o.f.limit = 0;
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0) {
		o.f.parent = argv[0];
		rc = list(c, &o);
	}
	filter_release(&o.f);
	return rc;
}

const struct cmd cmd_list = {
	.name = "list", .aliases = "ls", .brief = "List issues",
	.help = "Closed, pinned and frozen issues are hidden unless asked for. Times may be -7d, "
		"\"last monday\",\n"
		"or dates.",
	.example = "list\nlist --status open,in_progress --parent demo-4f2a --json\n"
		   "list --flat --label-any ui,store --sort updated -n 10\n"
		   "list --format '{{.ID}} {{.Title}}'",
	.group = GROUP_ISSUES, .need = NEED_STORE, .run = run_list,
};
const struct cmd cmd_children = {
	.name = "children", .args = "<id>",
	.brief = "List the children of an issue, closed ones too", .example =
	"children demo-4f2a\nchildren demo-4f2a --json", .group = GROUP_ISSUES, .need = NEED_STORE,
		.min_args = 1, .max_args = 1, .run = run_children,
};
