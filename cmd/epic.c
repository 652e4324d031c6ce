/* cmd/epic.c - bdw epic status, close-eligible */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "cmd/write.h"
#include "store/issue.h"

struct epic { const struct issue *is; size_t total, closed; bool eligible; };
struct epics { VEC(struct epic) list; };

/* Epics that are not closed, newest first. */
static void find_epics(const struct look *l, bool eligible_only, struct epics *out)
{
	const struct board *b = &l->b;
	struct board_list order = { 0 };

	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->is[i]->type, "epic") && strcmp(b->is[i]->status, "closed") != 0)
			vec_add(&order, (uint32_t)i);
	query_order(b, &order, SORT_CREATED, false);
	for (size_t k = 0; k < order.n; k++) {
		struct epic e = { .is = b->is[order.v[k]] };
		const uint32_t *child = board_children(b, order.v[k], &e.total);

		for (size_t i = 0; i < e.total; i++)
			e.closed += !strcmp(b->is[child[i]]->status, "closed");
		e.eligible = e.total && e.closed == e.total;
		if (e.eligible || !eligible_only)
			vec_add(&out->list, e);
	}
	vec_free(&order);
}

static void print_json(struct ctx *c, const struct epics *all)
{
	struct json_doc d;

	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < all->list.n; i++) {
		const struct epic *e = &all->list.v[i];

		js_open(&d.w, '{');
		js_key(&d.w, "epic");
		json_issue(&d.w, e->is, &(struct json_extra){ .no_labels = true });
		js_put_int(&d.w, "total_children", (long long)e->total);
		js_put_int(&d.w, "closed_children", (long long)e->closed);
		js_put_bool(&d.w, "eligible_for_close", e->eligible);
		js_close(&d.w, '}');
	}
	js_close(&d.w, ']');
	json_finish(&d, c);
}

static void print_status(struct ctx *c, const struct epics *all)
{
	BUF_AUTO out = BUF_INIT;

	if (!all->list.n)
		buf_adds(&out, "No open epics found\n");
	for (size_t i = 0; i < all->list.n; i++) {
		const struct epic *e = &all->list.v[i];

		buf_addf(&out, "%s %s%s%s ", e->eligible ? "✓" : "○", out_paint(c, PAINT_BOLD),
			 e->is->id, out_plain(c));
		render_title(&out, e->is->title);
		buf_addf(&out, "\n   Progress: %zu/%zu children closed (%zu%%)\n%s\n",
			 e->closed, e->total, e->total ? e->closed * 100 / e->total : 0,
			 e->eligible ? "   Eligible for closure\n" : "");
	}
	render_print(c, &out, 1);
}

static int run_status(struct ctx *c, int argc, char **argv)
{
	bool eligible = false;
	const struct opt opts[] = {
		{ 0, "eligible-only", OPT_BOOL, &eligible, NULL,
		  "only those whose children are all closed", 0 },
		{ 0 },
	};
	struct epics all = { .list = { 0 } };
	struct look l = { .v = NULL };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && (rc = look_open(c, &l)) == 0) {
		find_epics(&l, eligible, &all);
		if (c->json)
			print_json(c, &all);
		else
			print_status(c, &all);
	}
	vec_free(&all.list);
	look_close(&l);
	return rc;
}

static void print_list(struct ctx *c, const struct epics *all, const char *what)
{
	out_text(c, "%s %zu epic(s):\n", what, all->list.n);
	for (size_t i = 0; i < all->list.n; i++)
		out_text(c, "  - %s: %s\n", all->list.v[i].is->id, out_title(c, all->list.v[i].is->title));
}

static int close_all(struct ctx *c, const struct epics *all)
{
	STRS_AUTO ids = { 0 };
	struct write w;
	int rc = all->list.n ? write_begin(c, &w) : 0;

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < all->list.n; i++) {
		strs_add(&ids, all->list.v[i].is->id);
		if ((rc = life_close(&w.life, ids.v[i], "All children completed", false,
				     &c->err)) < 0)
			return write_abort(&w, rc);
	}
	if (ids.n && (rc = write_commit(c, &w, "%s", write_subject(c, "close", &ids))) < 0)
		return rc;
	if (c->json) {
		BUF_AUTO o = BUF_INIT;
		struct jsw j = JSW(&o, JS_COMPACT);

		js_open(&j, '{');
		js_put_strs(&j, "closed", &ids);
		js_put_int(&j, "count", (long long)ids.n);
		js_close(&j, '}');
		json_print(c, o.s);
	} else {
		print_list(c, all, "✓ Closed");
	}
	return 0;
}

static int run_close(struct ctx *c, int argc, char **argv)
{
	bool dry = false;
	const struct opt opts[] = {
		{ 0, "dry-run", OPT_BOOL, &dry, NULL, "only say what would be closed", 0 },
		{ 0 },
	};
	struct epics all = { .list = { 0 } };
	struct look l = { .v = NULL };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && (rc = look_open(c, &l)) == 0) {
		find_epics(&l, true, &all);
		if (c->json && (dry || !all.list.n))
			print_json(c, &all);
		else if (!all.list.n)
			out_text(c, "No epics eligible for closure\n");
		else if (dry)
			print_list(c, &all, "Would close");
		else
			rc = close_all(c, &all);
	}
	vec_free(&all.list);
	look_close(&l);
	return rc;
}

static const struct cmd epic_status = {
	.name = "status", .brief = "Show how far open epics are", .example = "epic status --json",
	.group = GROUP_DEPS, .need = NEED_STORE, .run = run_status,
}, epic_close = {
	.name = "close-eligible", .brief = "Close epics whose children are all closed",
	.example = "epic close-eligible --dry-run", .group = GROUP_DEPS,
	.need = NEED_STORE | NEED_WRITE, .run = run_close,
};
static const struct cmd *const subs[] = { &epic_close, &epic_status, NULL };

const struct cmd cmd_epic = {
	.name = "epic", .brief = "Look after epics", .example = "epic status", .group = GROUP_DEPS,
	.subs = subs,
};
