/* core/graph.h - what waits for what: waves, cycles. Pure; every walk is linear. */
#ifndef CORE_GRAPH_H
#define CORE_GRAPH_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct graph_edge { uint32_t before, after; };
struct graph_links { uint32_t *at, *to; };	/* of node i: to[at[i]] .. to[at[i + 1] - 1] */

/* Nodes are 0..n-1. An edge says that `after` waits for `before`. */
struct graph {
	size_t n;
	struct { struct graph_edge *v; size_t n, cap; } edge;
	struct graph_links before, after;	/* by graph_build() */
};

void graph_init(struct graph *g, size_t n);	/* the caller's: graph_release() */
void graph_release(struct graph *g);
/* The same edge twice is one; an edge from a node to itself is a cycle of one. Not after
 * graph_build(). */
void graph_add(struct graph *g, size_t before, size_t after);
/* Once, after the last edge; all below need it. */
void graph_build(struct graph *g);

/* What node i waits for, and what waits for it: ascending, each once. Borrowed. */
const uint32_t *graph_before(const struct graph *g, size_t i, size_t *n);
const uint32_t *graph_after(const struct graph *g, size_t i, size_t *n);

#define GRAPH_NEVER UINT32_MAX
/* depth[n]: the wave of each node: 0 waits for nothing, else one more than the deepest it waits
 * for. GRAPH_NEVER on or behind a cycle. The number of waves. */
size_t graph_depth(const struct graph *g, uint32_t *depth);

/* Calls fn for cycles: nodes in the order of waiting (each waits for the next, the last for the
 * first), the smallest index first, always the same ones for the same graph. Every set of nodes
 * that wait for each other is named by at least one; not every way round is listed (there may be
 * 2^n). Stops when fn answers other than 0, and answers that. Linear but for the lengths of the
 * cycles. */
typedef int (*graph_cycle_fn)(void *arg, const uint32_t *node, size_t n);
int graph_cycles(const struct graph *g, graph_cycle_fn fn, void *arg);

/* live[n] in/out: switches on every node that waits, by any number of steps, for one that is on. */
void graph_spread(const struct graph *g, bool *live);

#endif
