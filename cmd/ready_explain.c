/* cmd/ready_explain.c - bdw ready --explain */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/out.h"
#include "cmd/ready.h"
#include "cmd/render.h"
#include "store/issue.h"

struct explain {
	struct ctx *c;
	const struct look *l;
	const struct board_list *ready;
	struct board_list blocked;
	size_t ncycles;
	struct buf cycles;		/* JSON [[ids]] or text, as the output is */
};

/* Blockers of issue i that are closed, as ids in out; how many. */
static size_t resolved(const struct explain *x, size_t i, struct strs *out)
{
	const struct issue *is = x->l->b.is[i];

	for (size_t d = 0; d < is->ndeps; d++) {
		long to = dep_type_blocking(is->deps[d].type) ?
			board_index(&x->l->b, is->deps[d].target) : -1;

		if (to >= 0 && strcmp(is->deps[d].type, "parent-child") != 0 &&
		    board_is_over(&x->l->b, (size_t)to))
			strs_add(out, is->deps[d].target);
	}
	return out->n;
}

static const char *reason(const struct explain *x, size_t n)
{
	return n ? arena_printf(&x->c->arena, "%zu blocker(s) resolved", n) :
		"no blocking dependencies";
}

static int add_cycle(void *arg, const uint32_t *node, size_t n)
{
	struct explain *x = arg;
	bool json = x->c->json;

	x->ncycles++;
	buf_adds(&x->cycles, json ? (x->cycles.len ? ",[" : "[") : "  ");
	for (size_t i = 0; i < n; i++)
		buf_addf(&x->cycles, json ? "%s\"%s\"" : "%s%s", i ? (json ? "," : " → ") : "",
			 x->l->b.is[node[i]]->id);
	if (json)
		buf_addc(&x->cycles, ']');
	else
		buf_addf(&x->cycles, " → %s\n", x->l->b.is[node[0]]->id);
	return 0;
}

static void gather(struct explain *x)
{
	const struct board *b = &x->l->b;
	struct graph g;

	for (size_t i = 0; i < b->n; i++)
		if (board_is_blocked(b, i))
			vec_add(&x->blocked, (uint32_t)i);
	query_order(b, &x->blocked, SORT_DEFAULT, false);
	board_graph(b, false, &g);
	graph_cycles(&g, add_cycle, x);
	graph_release(&g);
}

static void add_head(struct explain *x, struct buf *out, const struct issue *is)
{
	buf_addf(out, "  %s [", is->id);
	render_priority(x->c, out, is->priority);
	buf_adds(out, "] ");
	render_title(out, is->title);
	buf_addc(out, '\n');
}

static void add_ready(struct explain *x, struct buf *out, size_t i)
{
	STRS_AUTO over = { 0 };
	size_t frees = look_dependents(x->l, i);

	add_head(x, out, x->l->b.is[i]);
	buf_addf(out, "    Reason: %s\n", reason(x, resolved(x, i, &over)));
	for (size_t k = 0; k < over.n; k++)
		buf_addf(out, "%s%s%s", k ? ", " : "    Resolved: ", over.v[k],
			 k + 1 == over.n ? "\n" : "");
	if (frees)
		buf_addf(out, "    Unblocks: %zu issue(s)\n", frees);
	buf_addc(out, '\n');
}

static void add_blocked(struct explain *x, struct buf *out, size_t i)
{
	struct board_ids by = { 0 };

	add_head(x, out, x->l->b.is[i]);
	board_blockers(&x->l->b, i, &by);
	for (size_t k = 0; k < by.n; k++) {
		const struct issue *is = x->l->b.is[board_index(&x->l->b, by.v[k])];

		buf_addf(out, "    ← blocked by %s: ", is->id);
		render_title(out, is->title);
		buf_addf(out, " [%s]\n", is->status);
	}
	buf_addc(out, '\n');
	vec_free(&by);
}

static void print_text(struct explain *x)
{
	struct ctx *c = x->c;
	BUF_AUTO out = BUF_INIT;

	buf_adds(&out, "\n📊 Ready Work Explanation\n\n");
	if (x->ready->n)
		buf_addf(&out, "%s●%s Ready (%zu issues):\n\n", out_paint(c, PAINT_GREEN),
			 out_plain(c), x->ready->n);
	for (size_t i = 0; i < x->ready->n; i++)
		add_ready(x, &out, x->ready->v[i]);
	if (x->blocked.n)
		buf_addf(&out, "%s●%s Blocked (%zu issues):\n\n", out_paint(c, PAINT_RED),
			 out_plain(c), x->blocked.n);
	for (size_t i = 0; i < x->blocked.n; i++)
		add_blocked(x, &out, x->blocked.v[i]);
	if (x->ncycles)
		buf_addf(&out, "%s●%s Cycles (%zu):\n\n%s\n", out_paint(c, PAINT_YELLOW),
			 out_plain(c), x->ncycles, x->cycles.s);
	buf_addf(&out, "─ Summary: %zu ready, %zu blocked", x->ready->n, x->blocked.n);
	if (x->ncycles)
		buf_addf(&out, ", %zu cycle(s)", x->ncycles);
	buf_adds(&out, "\n\n");
	render_print(c, &out, 1);
}

struct at { struct explain *x; size_t i; };

static void write_ready(struct jsw *w, const struct issue *is, void *arg)
{
	struct at *at = arg;
	STRS_AUTO over = { 0 };
	size_t n = resolved(at->x, at->i, &over);

	js_put_str(w, "reason", reason(at->x, n));
	js_key(w, "resolved_blockers");
	if (n)
		js_open(w, '[');
	else
		js_add_null(w);
	for (size_t k = 0; k < n; k++)
		js_add_str(w, over.v[k]);
	if (n)
		js_close(w, ']');
	size_t needs = 0;

	for (size_t d = 0; d < is->ndeps; d++)
		needs += !strcmp(is->deps[d].type, "blocks");
	js_put_int(w, "dependency_count", (long long)needs);
	js_put_int(w, "dependent_count", (long long)look_dependents(at->x->l, at->i));
	if (issue_parent(is))
		js_put_str(w, "parent", issue_parent(is));
}

static void write_blocked(struct jsw *w, const struct issue *is, void *arg)
{
	struct at *at = arg;
	const struct board *b = &at->x->l->b;
	struct board_ids by = { 0 };

	(void)is;
	board_blockers(b, at->i, &by);
	js_key(w, "blocked_by");
	js_open(w, '[');
	for (size_t k = 0; k < by.n; k++) {
		const struct issue *holder = b->is[board_index(b, by.v[k])];

		js_open(w, '{');
		js_put_str(w, "id", holder->id);
		js_put_str(w, "title", holder->title);
		js_put_str(w, "status", holder->status);
		js_put_int(w, "priority", holder->priority);
		js_close(w, '}');
	}
	js_close(w, ']');
	js_put_int(w, "blocked_by_count", (long long)by.n);
	vec_free(&by);
}

static void write_list(struct explain *x, struct jsw *w, const struct board_list *list,
		       void (*more)(struct jsw *, const struct issue *, void *))
{
	js_open(w, '[');
	for (size_t i = 0; i < list->n; i++) {
		struct at at = { x, list->v[i] };

		json_issue(w, x->l->b.is[list->v[i]],
			   &(struct json_extra){ .more = more, .arg = &at });
	}
	js_close(w, ']');
}

static void print_json(struct explain *x)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_key(&w, "ready");
	write_list(x, &w, x->ready, write_ready);
	js_key(&w, "blocked");
	write_list(x, &w, &x->blocked, write_blocked);
	if (x->ncycles) {
		js_key(&w, "cycles");
		js_add_raw(&w, arena_printf(&x->c->arena, "[%s]", x->cycles.s));
	}
	js_key(&w, "summary");
	js_open(&w, '{');
	js_put_int(&w, "total_ready", (long long)x->ready->n);
	js_put_int(&w, "total_blocked", (long long)x->blocked.n);
	js_put_int(&w, "cycle_count", (long long)x->ncycles);
	js_close(&w, '}');
	js_close(&w, '}');
	json_print(x->c, o.s);
}

void ready_explain(struct ctx *c, const struct look *l, const struct board_list *list)
{
	struct explain x = { .c = c, .l = l, .ready = list, .cycles = BUF_INIT };

	gather(&x);
	if (c->json)
		print_json(&x);
	else
		print_text(&x);
	vec_free(&x.blocked);
	buf_release(&x.cycles);
}
