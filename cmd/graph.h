/* cmd/graph.h - what graph.c and graph_text.c share: issues in layers */
#ifndef CMD_GRAPH_H
#define CMD_GRAPH_H
#include "cmd/look.h"
struct buf; struct ctx;

/* Issues that hang together, each in the layer behind the deepest it waits for. */
struct layout {
	struct look *l;
	const struct issue *root;	/* NULL: all issues */
	/* as found: the root first, then its neighbours, and so on */
	struct board_list list;
	struct board_list order;	/* by layer, then by id */
	uint32_t *layer;		/* per issue of the board; UINT32_MAX: not in the picture */
	size_t layers, edges;		/* edges: that hold somebody back */
	bool *in;			/* per issue of the board: is it in the picture */
};

/* Layers of lines; family: with the children under each line. */
void graph_layers(struct ctx *c, struct buf *out, const struct layout *p, bool family);
/* A box each, layer under layer. */
void graph_boxes(struct ctx *c, struct buf *out, const struct layout *p);
void graph_dot(struct ctx *c, struct buf *out, const struct layout *p);
void graph_mermaid(struct ctx *c, struct buf *out, const struct layout *p);
/* A page that needs nothing from elsewhere, with the picture as SVG. */
void graph_html(struct ctx *c, struct buf *out, const struct layout *p);

/* How an issue of this status looks in a picture; of an unknown one as an open one. */
struct graph_color { const char *status, *fill, *font; };
const struct graph_color *graph_color(const char *status);
/* Calls fn for every edge of the picture, from what comes first to what comes after; family:
 * child to parent. */
typedef void (*graph_edge_fn)(struct buf *out, const struct layout *p, size_t from, size_t to,
			      bool family, void *arg);
void graph_edges(struct buf *out, const struct layout *p, graph_edge_fn fn, void *arg);

/* Does the edge hold its issue back, with its other end in the picture? Answers its index, -1
 * when not. */
long graph_blocks(const struct layout *p, const struct dep *d);

#endif
