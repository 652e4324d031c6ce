/* cmd/graph_text.c - layers as lines, boxes, dot, Mermaid */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/graph.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/text.h"
#include "store/issue.h"

static const struct issue *issue_at(const struct layout *p, size_t k)
{
	return p->l->b.is[p->order.v[k]];
}

static size_t layer_at(const struct layout *p, size_t k)
{
	return p->layer[p->order.v[k]];
}

static const char *subject(struct ctx *c, const struct layout *p)
{
	return p->root ? p->root->id : arena_printf(&c->arena, "%zu open issues", p->order.n);
}

/* layers and compact */

static void add_line(struct ctx *c, struct buf *out, const struct issue *is)
{
	buf_addf(out, "%s %s ", out_icon(c, is->status), is->id);
	render_priority(c, out, is->priority);
	buf_addc(out, ' ');
	render_title(out, is->title);
}

/* " (needs a, b)" */
static void add_needs(struct buf *out, const struct layout *p, const struct issue *is)
{
	bool any = false;

	for (size_t d = 0; d < is->ndeps; d++)
		if (graph_blocks(p, &is->deps[d]) >= 0) {
			buf_addf(out, "%s%s", any ? ", " : " (needs ", is->deps[d].target);
			any = true;
		}
	buf_adds(out, any ? ")" : "");
}

/* Children that are in the picture, by priority and id, as their lines under a line. */
static void add_below(struct ctx *c, struct buf *out, const struct layout *p, size_t i,
		      struct buf *prefix, int depth)
{
	struct board_list kids = { 0 };
	size_t n, was = prefix->len;
	const uint32_t *child = board_children(&p->l->b, i, &n);

	for (size_t k = 0; k < n && depth < 64; k++)
		if (p->in[child[k]])
			vec_add(&kids, child[k]);
	query_order(&p->l->b, &kids, SORT_ID, false);
	for (size_t priority = 0, left = kids.n; priority <= 4 && left; priority++)
		for (size_t k = 0; k < kids.n; k++) {
			const struct issue *is = p->l->b.is[kids.v[k]];

			if ((size_t)is->priority != priority)
				continue;
			left--;
			buf_addf(out, "%s%s", prefix->s, left ? "├── " : "└── ");
			add_line(c, out, is);
			buf_addc(out, '\n');
			buf_adds(prefix, left ? "│   " : "    ");
			add_below(c, out, p, kids.v[k], prefix, depth + 1);
			buf_cut(prefix, was);
		}
	vec_free(&kids);
}

static void add_totals(struct buf *out, const struct layout *p)
{
	buf_addf(out, "  Dependencies: %zu blocking relationships\n"
		      "  Total: %zu issues across %zu layers\n\n",
		 p->edges, p->order.n, p->layers);
}

void graph_layers(struct ctx *c, struct buf *out, const struct layout *p, bool family)
{
	BUF_AUTO prefix = BUF_INIT;

	buf_addf(out, "\n📊 Dependency graph for %s (%zu issues, %zu layers)\n\n", subject(c, p),
		 p->order.n, p->layers);
	render_legend(c, out, 2);
	buf_adds(out, "\n\n");
	for (size_t k = 0; k < p->order.n; k++) {
		bool last = k + 1 == p->order.n || layer_at(p, k + 1) != layer_at(p, k);

		if (!k || layer_at(p, k - 1) != layer_at(p, k))
			buf_addf(out, "  LAYER %zu%s\n", layer_at(p, k), k ? "" : " (ready)");
		buf_addf(out, "  %s", last ? "└── " : "├── ");
		add_line(c, out, issue_at(p, k));
		if (!family)
			add_needs(out, p, issue_at(p, k));
		buf_addc(out, '\n');
		buf_adds(&prefix, last ? "      " : "  │   ");
		if (family)
			add_below(c, out, p, p->order.v[k], &prefix, 0);
		buf_reset(&prefix);
		buf_adds(out, last ? "\n" : "");
	}
	if (!family)
		add_totals(out, p);
}

/* boxes */

/* How many of the picture node i waits for, and how many wait for it. */
static void count_edges(const struct layout *p, size_t i, size_t *needs, size_t *blocks)
{
	*needs = *blocks = 0;
	for (size_t k = 0; k < p->order.n; k++) {
		const struct issue *is = issue_at(p, k);

		for (size_t d = 0; d < is->ndeps; d++) {
			long to = graph_blocks(p, &is->deps[d]);

			*needs += to >= 0 && p->order.v[k] == i;
			*blocks += to == (long)i;
		}
	}
}

static const char *edge_note(struct ctx *c, const struct layout *p, size_t i)
{
	size_t needs, blocks;

	count_edges(p, i, &needs, &blocks);
	if (blocks && needs)
		return arena_printf(&c->arena, "blocks:%zu needs:%zu", blocks, needs);
	if (blocks || needs)
		return arena_printf(&c->arena, blocks ? "blocks:%zu" : "needs:%zu",
				    blocks ? blocks : needs);
	return "";
}

static void add_row(struct buf *out, const char *text, int width)
{
	buf_adds(out, "  │ ");
	render_clean(out, text);
	for (int i = text_width(text); i < width; i++)
		buf_addc(out, ' ');
	buf_adds(out, " │\n");
}

static void add_edge_of_box(struct buf *out, const char *left, const char *right, int width)
{
	buf_addf(out, "  %s", left);
	for (int i = 0; i < width + 2; i++)
		buf_adds(out, "─");
	buf_addf(out, "%s\n", right);
}

static const char *box_title(struct ctx *c, const struct issue *is)
{
	BUF_AUTO text = BUF_INIT;

	buf_addf(&text, "%s ", out_icon(c, is->status));
	text_fit(&text, is->title, 40, false);
	return arena_strndup(&c->arena, text.s, text.len);
}

void graph_boxes(struct ctx *c, struct buf *out, const struct layout *p)
{
	int width = 18;

	for (size_t k = 0; k < p->order.n; k++) {
		int title = text_width(box_title(c, issue_at(p, k))),
			id = text_width(issue_at(p, k)->id);

		width = title > width ? title : width;
		width = id > width ? id : width;
	}
	buf_addf(out, "\n📊 Dependency graph for %s:\n\n", subject(c, p));
	buf_adds(out, "  Status: ○ open  ◐ in_progress  ● blocked  ✓ closed\n\n");
	for (size_t k = 0; k < p->order.n; k++) {
		const char *note = edge_note(c, p, p->order.v[k]);
		bool first = !k || layer_at(p, k - 1) != layer_at(p, k);

		if (first)
			buf_addf(out, "%s  Layer %zu%s\n", k ? "      │\n      ▼\n\n" : "",
				 layer_at(p, k), k ? "" : " (ready)");
		add_edge_of_box(out, "┌", "┐", width);
		add_row(out, box_title(c, issue_at(p, k)), width);
		add_row(out, issue_at(p, k)->id, width);
		if (*note)
			add_row(out, note, width);
		add_edge_of_box(out, "└", "┘", width);
	}
	buf_addc(out, '\n');
	add_totals(out, p);
}

/* dot and Mermaid */

static const struct graph_color colors[] = {
	{ "open", "#e8f4fd", "#1a1a1a" }, { "in_progress", "#fff3cd", "#664d03" },
	{ "blocked", "#f8d7da", "#842029" }, { "closed", "#d1e7dd", "#0f5132" },
	{ "deferred", "#e2e3e5", "#41464b" },
};

const struct graph_color *graph_color(const char *status)
{
	for (size_t i = 1; i < sizeof(colors) / sizeof(colors[0]); i++)
		if (!strcmp(colors[i].status, status))
			return &colors[i];
	return &colors[0];
}

/* Text of a title: the characters of `from` are written as `to` has them, control characters not
 * at all. */
static void add_quoted(struct buf *out, const char *text, const char *from, const char *const *to)
{
	BUF_AUTO clean = BUF_INIT;

	render_clean(&clean, text);
	for (const char *s = clean.s; *s; s++) {
		const char *at = strchr(from, *s);

		if (at)
			buf_adds(out, to[at - from]);
		else
			buf_addc(out, *s == '\n' || *s == '\t' ? ' ' : *s);
	}
}

void graph_edges(struct buf *out, const struct layout *p, graph_edge_fn fn, void *arg)
{
	for (size_t k = 0; k < p->order.n; k++) {
		const struct issue *is = issue_at(p, k);

		for (size_t d = 0; d < is->ndeps; d++) {
			bool family = !strcmp(is->deps[d].type, "parent-child");
			long to = family ? board_index(&p->l->b, is->deps[d].target) :
				graph_blocks(p, &is->deps[d]);

			if (to >= 0 && p->in[to])
				fn(out, p, (size_t)to, p->order.v[k], family, arg);
		}
	}
}

static void dot_edge(struct buf *out, const struct layout *p, size_t from, size_t to, bool family,
		     void *arg)
{
	(void)arg;
	buf_addf(out, "  \"%s\" -> \"%s\" [%s];\n", p->l->b.is[from]->id,
		 p->l->b.is[to]->id, family ?
		 "style=dashed, arrowhead=empty, color=\"#999999\"" :
			 "style=solid, arrowhead=normal");
}

void graph_dot(struct ctx *c, struct buf *out, const struct layout *p)
{
	buf_adds(out, "digraph beads {\n  rankdir=LR;\n"
		 "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", "
		 "fontsize=11];\n"
		 "  edge [color=\"#666666\"];\n\n");
	for (size_t k = 0; k < p->order.n; k++) {
		const struct issue *is = issue_at(p, k);
		const struct graph_color *color = graph_color(is->status);

		if (!k || layer_at(p, k - 1) != layer_at(p, k))
			buf_addf(out, "%s  subgraph cluster_layer_%zu {\n    style=invis;\n"
				      "    rank=same;\n",
				 k ? "  }\n" : "", layer_at(p, k));
		buf_addf(out, "    \"%s\" [label=\"%s %s\\nP%d | ", is->id,
			 out_icon(c, is->status), is->id, is->priority);
		add_quoted(out, is->title, "\"\\", (const char *const[]){ "\\\"", "\\\\" });
		buf_addf(out, "\", fillcolor=\"%s\", fontcolor=\"%s\"];\n", color->fill,
			 color->font);
	}
	buf_adds(out, p->order.n ? "  }\n\n" : "");
	graph_edges(out, p, dot_edge, NULL);
	buf_adds(out, "}\n");
}

static void mermaid_edge(struct buf *out, const struct layout *p, size_t from, size_t to,
			 bool family, void *arg)
{
	(void)arg;
	buf_addf(out, "  %s %s %s\n", p->l->b.is[from]->id, family ? "-.->" : "-->",
		 p->l->b.is[to]->id);
}

void graph_mermaid(struct ctx *c, struct buf *out, const struct layout *p)
{
	buf_adds(out, "flowchart LR\n");
	for (size_t k = 0; k < p->order.n; k++) {
		const struct issue *is = issue_at(p, k);

		buf_addf(out, "  %s[\"%s %s: ", is->id, out_icon(c, is->status), is->id);
		add_quoted(out, is->title, "\"#<>",
			   (const char *const[]){ "#quot;", "#35;", "#lt;", "#gt;" });
		buf_adds(out, "\"]\n");
	}
	buf_addc(out, '\n');
	graph_edges(out, p, mermaid_edge, NULL);
}
