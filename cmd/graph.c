/* cmd/graph.c - bdw graph: issues in layers, as text, dot, Mermaid or JSON; graph check */
#include "cmd/graph.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/issue.h"
#include "store/view.h"

long graph_blocks(const struct layout *p, const struct dep *d)
{
	long to = -1;

	if (dep_type_blocking(d->type) && strcmp(d->type, "parent-child") != 0)
		to = board_index(&p->l->b, d->target);
	return to >= 0 && p->in[to] ? to : -1;
}

static void meet(struct layout *p, size_t i)
{
	if (p->in[i])
		return;
	p->in[i] = true;
	vec_add(&p->list, (uint32_t)i);
}

/* Everything that edges that hold back, or family, connect with issue i: breadth first. */
static void gather(struct layout *p, size_t from)
{
	const struct board *b = &p->l->b;

	meet(p, from);
	for (size_t at = 0; at < p->list.n; at++) {
		size_t i = p->list.v[at], n;
		const uint32_t *holder = view_dependents(p->l->v, i, &n);

		for (size_t k = 0; k < n; k++)
			for (size_t d = 0; d < b->is[holder[k]]->ndeps; d++)
				if (!strcmp(b->is[holder[k]]->deps[d].target, b->is[i]->id) &&
				    dep_type_blocking(b->is[holder[k]]->deps[d].type))
					meet(p, holder[k]);
		for (size_t d = 0; d < b->is[i]->ndeps; d++) {
			const struct dep *dep = &b->is[i]->deps[d];
			long to = dep_type_blocking(dep->type) ? board_index(b, dep->target) : -1;

			if (to >= 0)
				meet(p, (size_t)to);
		}
	}
}

/* The depth of each among those in the picture; what is on a cycle stands in the first layer. */
static void find_layers(struct ctx *c, struct layout *p)
{
	const struct board *b = &p->l->b;
	struct graph g;

	graph_init(&g, b->n);
	for (size_t k = 0; k < p->list.n; k++) {
		const struct issue *is = b->is[p->list.v[k]];

		for (size_t d = 0; d < is->ndeps; d++) {
			long to = graph_blocks(p, &is->deps[d]);

			if (to < 0)
				continue;
			graph_add(&g, (size_t)to, p->list.v[k]);
			p->edges++;
		}
	}
	graph_build(&g);
	p->layer = arena_alloc(&c->arena, (b->n + 1) * sizeof(*p->layer));
	graph_depth(&g, p->layer);
	graph_release(&g);
	for (size_t k = 0; k < p->list.n; k++) {
		uint32_t *layer = &p->layer[p->list.v[k]];

		if (*layer == GRAPH_NEVER)
			*layer = 0;
		if (*layer >= p->layers)
			p->layers = *layer + 1;
	}
}

/* By layer, within it by id: a counting sort of what is sorted by id. */
static void find_order(struct layout *p)
{
	struct board_list sorted = { 0 };
	size_t *start = xcalloc(p->layers + 1, sizeof(*start));

	for (size_t k = 0; k < p->list.n; k++) {
		vec_add(&sorted, p->list.v[k]);
		vec_add(&p->order, 0);
		start[p->layer[p->list.v[k]] + 1]++;
	}
	for (size_t layer = 1; layer < p->layers; layer++)
		start[layer] += start[layer - 1];
	query_order(&p->l->b, &sorted, SORT_ID, false);
	for (size_t k = 0; k < sorted.n; k++)
		p->order.v[start[p->layer[sorted.v[k]]]++] = sorted.v[k];
	vec_free(&sorted);
	free(start);
}

/* Lays out what hangs together with the issue, or all that is not closed. */
static int lay_out(struct ctx *c, const char *id, struct look *l, struct layout *p)
{
	int rc = look_open(c, l);

	if (rc < 0 || (id && (rc = cmd_resolve(c, l->v, id, &p->root)) < 0))
		return rc;
	p->l = l;
	p->in = arena_alloc(&c->arena, (l->b.n + 1) * sizeof(*p->in));
	if (p->root)
		gather(p, (size_t)board_index(&l->b, p->root->id));
	for (size_t i = 0; !p->root && i < l->b.n; i++)
		if (!board_is_over(&l->b, i))
			meet(p, i);
	find_layers(c, p);
	find_order(p);
	return 0;
}

static void put_node(struct jsw *w, const struct layout *p, size_t i, size_t position)
{
	const struct issue *is = p->l->b.is[i];
	bool any = false;

	js_key(w, is->id);
	js_open(w, '{');
	js_key(w, "DependsOn");
	for (size_t d = 0; d < is->ndeps; d++) {
		if (graph_blocks(p, &is->deps[d]) < 0)
			continue;
		if (!any)
			js_open(w, '[');
		any = true;
		js_add_str(w, is->deps[d].target);
	}
	if (any)
		js_close(w, ']');
	else
		js_add_null(w);
	js_key(w, "Issue");
	json_issue(w, is, NULL);
	js_put_int(w, "Layer", p->layer[i]);
	js_put_int(w, "Position", (long long)position);
	js_close(w, '}');
}

static void put_layout(struct jsw *w, const struct layout *p)
{
	size_t position = 0;

	js_key(w, "layout");
	js_open(w, '{');
	js_put_str(w, "RootID", p->root ? p->root->id : "");
	js_put_int(w, "MaxLayer", p->layers ? (long long)p->layers - 1 : 0);
	js_key(w, "Layers");
	js_open(w, '[');
	for (size_t k = 0, layer = 0; layer < p->layers; layer++) {
		js_open(w, '[');
		for (; k < p->order.n && p->layer[p->order.v[k]] == layer; k++)
			js_add_str(w, p->l->b.is[p->order.v[k]]->id);
		js_close(w, ']');
	}
	js_close(w, ']');
	js_key(w, "Nodes");
	js_open(w, '{');
	for (size_t k = 0; k < p->order.n; k++) {
		position = k && p->layer[p->order.v[k]] == p->layer[p->order.v[k - 1]] ?
			position + 1 : 0;
		put_node(w, p, p->order.v[k], position);
	}
	js_close(w, '}');
	js_close(w, '}');
}

static void print_json(struct ctx *c, const struct layout *p)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	if (p->root) {
		js_key(&w, "root");
		json_issue(&w, p->root, NULL);
	}
	js_key(&w, "issues");
	js_open(&w, '[');
	for (size_t k = 0; k < p->list.n; k++)
		json_issue(&w, p->l->b.is[p->list.v[k]], NULL);
	js_close(&w, ']');
	put_layout(&w, p);
	js_close(&w, '}');
	json_print(c, o.s);
}

struct form { bool compact, box, dot, mermaid, html, all; };

static void print_text(struct ctx *c, const struct layout *p, const struct form *f)
{
	BUF_AUTO out = BUF_INIT;

	if (f->dot)
		graph_dot(c, &out, p);
	else if (f->mermaid)
		graph_mermaid(c, &out, p);
	else if (f->html)
		graph_html(c, &out, p);
	else if (f->box)
		graph_boxes(c, &out, p);
	else
		graph_layers(c, &out, p, f->compact);
	render_print(c, &out, 1);
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct form f = { .compact = false };
	const struct opt opts[] = {
		{ 0, "compact", OPT_BOOL, &f.compact, NULL,
		  "layers, with the children under each line", 0 },
		{ 0, "box", OPT_BOOL, &f.box, NULL, "a box for each issue", 0 },
		{ 0, "dot", OPT_BOOL, &f.dot, NULL, "Graphviz", 0 },
		{ 0, "mermaid", OPT_BOOL, &f.mermaid, NULL, "a Mermaid flowchart", 0 },
		{ 0, "html", OPT_BOOL, &f.html, NULL, "a page to look at in a browser", 0 },
		{ 0, "all", OPT_BOOL, &f.all, NULL, "all open issues", 0 },
		{ 0 },
	};
	struct look l = { .v = NULL };
	struct layout p = { .layers = 0 };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && !argc && !f.all)
		rc = err_set(&c->err, ERR_USAGE,
			     "issue ID required (or use --all for all open issues)");
	if (rc == 0 && (rc = lay_out(c, argc ? argv[0] : NULL, &l, &p)) == 0) {
		if (c->json)
			print_json(c, &p);
		else
			print_text(c, &p, &f);
	}
	vec_free(&p.list);
	vec_free(&p.order);
	look_close(&l);
	return rc;
}

/* graph check */

struct cycles { const struct board *b; struct buf text; struct jsw *w; size_t n; };

static int add_cycle(void *arg, const uint32_t *node, size_t n)
{
	struct cycles *x = arg;

	js_open(x->w, '[');
	buf_adds(&x->text, "    ");
	for (size_t i = 0; i < n; i++) {
		js_add_str(x->w, x->b->is[node[i]]->id);
		buf_addf(&x->text, "%s → ", x->b->is[node[i]]->id);
	}
	js_close(x->w, ']');
	buf_addf(&x->text, "%s\n", x->b->is[node[0]]->id);
	x->n++;
	return 0;
}

static void print_check(struct ctx *c, const struct cycles *x, const char *list)
{
	if (c->json)
		json_print(c, arena_printf(&c->arena,
					    "{\"clean\":%s,\"cycles\":%s,\"summary\":{\"cycle_count\":%zu}}",
					    x->n ? "false" : "true", x->n ? list : "null", x->n));
	else if (x->n)
		out_text(c, "\n✗ Graph integrity check failed\n\n  ✗ Dependency cycles (%zu):\n"
			    "%s\n", x->n,
			 x->text.s);
	else
		out_text(c, "\n✓ Graph integrity check passed\n\n  ✓ No dependency cycles\n\n");
}

static int run_check(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	struct cycles x = { .text = BUF_INIT };
	BUF_AUTO list = BUF_INIT;
	struct jsw w = JSW(&list, JS_COMPACT);
	struct look l = { .v = NULL };
	struct graph g;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && (rc = look_open(c, &l)) == 0) {
		x.b = &l.b;
		x.w = &w;
		js_open(&w, '[');
		board_graph(&l.b, true, &g);
		graph_cycles(&g, add_cycle, &x);
		graph_release(&g);
		js_close(&w, ']');
		print_check(c, &x, list.s);
		rc = x.n ? 1 : 0;
	}
	buf_release(&x.text);
	look_close(&l);
	return rc;
}

static const struct cmd graph_check = {
	.name = "check", .brief = "Look for dependency cycles", .example = "graph check --json",
	.group = GROUP_DEPS, .need = NEED_STORE, .run = run_check,
};
static const struct cmd *const subs[] = { &graph_check, NULL };

const struct cmd cmd_graph = {
	.name = "graph", .args = "[<id>]", .brief = "Show issues in layers: what can be done when",
	.example = "graph demo-77aa\ngraph --all --dot | dot -Tsvg > graph.svg\n"
		   "graph demo-77aa --html > graph.html\n"
		   "graph check", .group = GROUP_DEPS,
	.need = NEED_STORE, .max_args = 1, .run = run, .subs = subs,
};
