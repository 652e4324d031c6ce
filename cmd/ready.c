/* cmd/ready.c - bdw ready: what nothing blocks */
#include "cmd/ready.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "cmd/write.h"
#include "store/issue.h"
#include "store/txn.h"

struct ready {
	struct filter f;
	bool claim, explain, plain, pretty, no_pager;
	struct look l;
	struct board_list list;
	size_t total;			/* before --limit */
};

static int find(struct ctx *c, struct ready *o)
{
	enum query_sort sort = SORT_DEFAULT;
	const char *parent = o->f.parent;
	int rc;

	if (o->f.sort && (rc = query_sort_parse(o->f.sort, true, &sort, &c->err)) < 0)
		return rc;
	o->f.q.ready = true;
	if ((rc = filter_read(c, &o->f, &o->l)) < 0)
		return rc;
	if (parent) {	/* all below it, not only its children */
		o->f.q.ancestor = o->f.q.parent;
		o->f.q.parent = NULL;
		query_release(&o->f.q);
		if ((rc = query_prepare(&o->f.q, &o->l.b, &c->err)) < 0)
			return rc;
	}
	query_run(&o->f.q, &o->l.b, &o->list);
	query_order(&o->l.b, &o->list, sort, o->f.reverse);
	o->total = o->list.n;
	if (o->f.limit > 0 && o->list.n > (size_t)o->f.limit)
		o->list.n = (size_t)o->f.limit;
	return 0;
}

static bool any_open(const struct board *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->is[i]->status, "open") || !strcmp(b->is[i]->status, "in_progress"))
			return true;
	return false;
}

static void add_plain(struct ctx *c, struct buf *out, const struct ready *o)
{
	buf_addf(out, "\n📋 Ready work (%zu issues with no active blockers):\n\n", o->list.n);
	for (size_t i = 0; i < o->list.n; i++) {
		const struct issue *is = o->l.b.is[o->list.v[i]];

		buf_addf(out, "%zu. [", i + 1);
		render_priority(c, out, is->priority);
		buf_addf(out, "] [%s] %s: ", is->type, is->id);
		render_title(out, is->title);
		buf_addc(out, '\n');
		if (is->estimate_minutes > 0)
			buf_addf(out, "   Estimate: %ld min\n", is->estimate_minutes);
		if (*is->assignee)
			buf_addf(out, "   Assignee: %s\n", is->assignee);
	}
	buf_addc(out, '\n');
}

static void add_lines(struct ctx *c, struct buf *out, const struct ready *o)
{
	for (size_t i = 0; i < o->list.n; i++) {
		const struct issue *is = o->l.b.is[o->list.v[i]];
		const char *parent = issue_parent(is);
		long above = parent ? board_index(&o->l.b, parent) : -1;

		render_short(c, out, is);
		if (above >= 0 && !strcmp(o->l.b.is[above]->type, "epic")) {
			buf_addf(out, " %s← ", out_paint(c, PAINT_DIM));
			render_title(out, o->l.b.is[above]->title);
			buf_adds(out, out_plain(c));
		}
		buf_addc(out, '\n');
	}
	render_footer(c, out, arena_printf(&c->arena, "Ready: %zu issues with no active blockers",
					   o->list.n));
}

static void print_text(struct ctx *c, const struct ready *o)
{
	BUF_AUTO out = BUF_INIT;

	if (!o->list.n)
		buf_adds(&out, any_open(&o->l.b) ?
			 "\n✨ No ready work found (all issues have blocking dependencies)\n\n" :
			 "\n✨ No open issues\n\n");
	else if (o->plain)
		add_plain(c, &out, o);
	else
		add_lines(c, &out, o);
	if (o->total > o->list.n)
		buf_addf(&out, "Showing %zu of %zu ready issues. Use -n to show more.\n\n",
			 o->list.n, o->total);
	render_print(c, &out, !o->no_pager);
}

static void print_json(struct ctx *c, const struct ready *o)
{
	look_print_json(c, &o->l, &o->list, true, true);
	if (o->total > o->list.n) {
		fflush(c->out);
		out_warn(c, "Showing %zu of %zu ready issues. Use --limit 0 for all, or --limit N "
			    "to raise the cap.",
			 o->list.n, o->total);
	}
}

/* Finding and claiming happen under the lock: of many that ask at once each gets another issue. */
static int claim(struct ctx *c, struct ready *o)
{
	const struct issue *is = NULL;
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	o->l.v = w.v;
	look_board(c, &o->l);
	if ((rc = find(c, o)) == 0 && o->list.n) {
		const char *id = o->l.b.is[o->list.v[0]]->id;

		rc = life_claim(&w.life, id, &c->err);
		is = rc == 0 ? write_result(c, &w, id) : NULL;
	}
	if (rc < 0)
		return write_abort(&w, rc);
	if (c->json) {
		struct json_doc d;

		json_start(&d, c);
		js_open(&d.w, '[');
		if (is)
			look_json_as(&d.w, &o->l, o->list.v[0], is, true, true);
		js_close(&d.w, ']');
		rc = is ? write_commit(c, &w, "claim %s", is->id) : write_abort(&w, 0);
		if (rc == 0)
			json_finish(&d, c);
		else
			buf_release(&d.text);
	} else if (!is) {
		write_abort(&w, 0);
		out_text(c, "○ No ready work to claim\n");
	} else if ((rc = write_commit(c, &w, "claim %s", is->id)) == 0) {
		out_made(c, "Claimed issue: %s\n", out_id_title(c, is->id, is->title));
	}
	if (rc == 0 && is)
		cmd_touch(c, is->id);
	return rc;
}

static int ready(struct ctx *c, struct ready *o)
{
	int rc;

	if (o->claim && c->readonly)
		return err_set(&c->err, ERR_REFUSED,
			       "operation 'ready --claim' is not allowed in read-only mode");
	if (o->claim)
		return claim(c, o);
	rc = look_open(c, &o->l);
	if (rc == 0)
		rc = find(c, o);
	if (rc < 0)
		return rc;
	if (o->explain)
		ready_explain(c, &o->l, &o->list);
	else if (c->json)
		print_json(c, o);
	else
		print_text(c, o);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct ready o = { .claim = false };
	const struct opt own[] = {
		{ 'u', "unassigned", OPT_BOOL, &o.f.q.no_assignee, NULL, "of nobody", 0 },
		{ 0, "no-assignee", OPT_BOOL, &o.f.q.no_assignee, NULL, "as --unassigned",
		  OPT_HIDDEN },
		{ 0, "parent", OPT_STR, &o.f.parent, "<id>", "all below this issue", 0 },
		{ 0, "include-deferred", OPT_BOOL, &o.f.q.include_deferred, NULL,
		  "those deferred to later too", 0 },
		{ 0, "include-ephemeral", OPT_BOOL, &o.f.q.include_ephemeral, NULL,
		  "ephemeral ones too", 0 },
		{ 0, "claim", OPT_BOOL, &o.claim, NULL,
		  "take the first: yours, and in progress", 0 },
		{ 0, "explain", OPT_BOOL, &o.explain, NULL, "why each is ready or blocked", 0 },
		{ 0, "plain", OPT_BOOL, &o.plain, NULL, "a numbered list", 0 },
		{ 0, "pretty", OPT_BOOL, &o.pretty, NULL, "as it is anyway", OPT_HIDDEN },
		{ 0, "no-pager", OPT_BOOL, &o.no_pager, NULL, "never start a pager", 0 },
	};
	struct opt opts[FILTER_OPTS + sizeof(own) / sizeof(own[0]) + 1] = { { 0 } };
	int n = 0, rc;

	filter_init(&o.f);
	o.f.limit = 100;
	filter_opts(&o.f, FILTER_BASIC | FILTER_SORT, opts, &n);
	memcpy(opts + n, own, sizeof(own));
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0) {
		filter_directory(c, &o.f);
		rc = ready(c, &o);
	}
	vec_free(&o.list);
	look_close(&o.l);
	filter_release(&o.f);
	return rc;
}

const struct cmd cmd_ready = {
	.name = "ready", .brief = "Show work that nothing blocks",
	.help = "Sort: priority (the default), oldest, or hybrid: what is newer than two days by "
		"priority, then\n"
		"the oldest.",
	.example = "ready\nready --parent demo-4f2a --json\nready --claim --json\nready --explain",
	.group = GROUP_ISSUES, .need = NEED_STORE, .run = run,
};
