/* cmd/graph_html.c - the graph as one page of HTML with an SVG picture; see graph.h */
#include "cmd/cmd.h"
#include "cmd/graph.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/text.h"
#include "store/issue.h"

/* Pixels; columns are layers. */
enum {
	MARGIN = 20, BOX_WIDTH = 230, BOX_HEIGHT = 46, COLUMN = 310, ROW = 64, TITLE_COLUMNS = 32,
};

static void add_escaped(struct buf *out, const char *text)
{
	BUF_AUTO clean = BUF_INIT;

	render_clean(&clean, text);
	for (const char *s = clean.s; *s; s++) {
		switch (*s) {
		case '&': buf_adds(out, "&amp;"); break;
		case '<': buf_adds(out, "&lt;"); break;
		case '>': buf_adds(out, "&gt;"); break;
		case '"': buf_adds(out, "&quot;"); break;
		default: buf_addc(out, *s);
		}
	}
}

/* Where the box of each issue stands, by index in the board. */
struct places { size_t *row; size_t rows; };

static void find_places(struct ctx *c, const struct layout *p, struct places *at)
{
	size_t row = 0;

	at->row = arena_alloc(&c->arena, (p->l->b.n + 1) * sizeof(*at->row));
	at->rows = 0;
	for (size_t k = 0; k < p->order.n; k++) {
		row = k && p->layer[p->order.v[k]] == p->layer[p->order.v[k - 1]] ? row + 1 : 0;
		at->row[p->order.v[k]] = row;
		at->rows = row + 1 > at->rows ? row + 1 : at->rows;
	}
}

static size_t left_of(const struct layout *p, size_t i)
{
	return MARGIN + (size_t)p->layer[i] * COLUMN;
}

static size_t top_of(const struct places *at, size_t i)
{
	return MARGIN + at->row[i] * ROW;
}

/* From the right of one box to the left of the other, or down the right side of a column. */
static void add_edge(struct buf *out, const struct layout *p, size_t from, size_t to, bool family,
		     void *arg)
{
	size_t x = left_of(p, from) + BOX_WIDTH, y = top_of(arg, from) + BOX_HEIGHT / 2;
	size_t x2 = left_of(p, to), y2 = top_of(arg, to) + BOX_HEIGHT / 2,
		bend = (COLUMN - BOX_WIDTH) / 2;
	size_t before = x2 > bend ? x2 - bend : 0;

	if (p->layer[from] == p->layer[to]) {
		x2 += BOX_WIDTH;
		before = x2 + bend;
	}
	buf_addf(out, "<path class=\"%s\" d=\"M%zu %zu C%zu %zu %zu %zu %zu %zu\"/>\n",
		 family ? "family" : "blocks", x, y, x + bend, y, before, y2, x2, y2);
}

static void add_box(struct ctx *c, struct buf *out, const struct layout *p,
		    const struct places *at, size_t i)
{
	const struct issue *is = p->l->b.is[i];
	const struct graph_color *color = graph_color(is->status);
	size_t x = left_of(p, i), y = top_of(at, i);
	BUF_AUTO title = BUF_INIT;

	text_fit(&title, is->title, TITLE_COLUMNS, false);
	buf_adds(out, "<g><title>");
	add_escaped(out, is->title);
	buf_addf(out, "</title><rect x=\"%zu\" y=\"%zu\" width=\"%d\" height=\"%d\" rx=\"6\" "
		      "fill=\"%s\"/>\n", x, y,
		 BOX_WIDTH, BOX_HEIGHT, color->fill);
	buf_addf(out, "<text x=\"%zu\" y=\"%zu\" fill=\"%s\" class=\"id\">%s %s P%d</text>\n",
		 x + 8, y + 18, color->font, out_icon(c, is->status), is->id, is->priority);
	buf_addf(out, "<text x=\"%zu\" y=\"%zu\" fill=\"%s\">", x + 8, y + 36, color->font);
	add_escaped(out, title.s);
	buf_adds(out, "</text></g>\n");
}

void graph_html(struct ctx *c, struct buf *out, const struct layout *p)
{
	struct places at;

	find_places(c, p, &at);
	buf_adds(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<title>Dependency graph");
	if (p->root) {
		buf_adds(out, ": ");
		add_escaped(out, p->root->title);
	}
	buf_adds(out, "</title>\n<style>\nbody { font: 14px sans-serif; margin: 1em; background: "
		      "#fff; color: #1a1a1a }\n"
		 "svg text { font: 12px sans-serif } svg .id { font-weight: bold }\n"
		 "svg rect { stroke: #999 }\n"
		 "svg path { fill: none; stroke: #666; marker-end: url(#end) }\n"
		 "svg .family { stroke: #999; stroke-dasharray: 4 3 }\n</style>\n</head>\n"
		 "<body>\n");
	buf_addf(out, "<p>%zu issues in %zu layers: what stands further right waits for what "
		      "stands further left.</p>\n",
		 p->order.n, p->layers);
	buf_addf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"%zu\">\n"
		 "<defs><marker id=\"end\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" "
		 "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" "
		 "style=\"fill: #666; marker-end: none\"/></marker></defs>\n",
		 p->layers * COLUMN + MARGIN, at.rows * ROW + MARGIN);
	graph_edges(out, p, add_edge, &at);
	for (size_t k = 0; k < p->order.n; k++)
		add_box(c, out, p, &at, p->order.v[k]);
	buf_adds(out, "</svg>\n</body>\n</html>\n");
}
