/* core/graph.h - what waits for what: order, cycles, waves, the longest path. Pure; every walk
 * is linear. */
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

/* Fills order[n] so that each node stands behind all it waits for; among the free ones the
 * smaller depth, then the smaller index, first. Answers how many have a place: fewer than n when
 * there is a cycle (then those on or behind one are left out). */
size_t graph_order(const struct graph *g, uint32_t *order);

#define GRAPH_NEVER UINT32_MAX
/* depth[n]: the wave of each node: 0 waits for nothing, else one more than the deepest it waits
 * for. GRAPH_NEVER on or behind a cycle. The number of waves. */
size_t graph_depth(const struct graph *g, uint32_t *depth);

/* bottom[n]: weight of the heaviest path from a node to an end, itself included: take the
 * greatest first. weight NULL, or all of it 0: each node counts 1 (hops). Negative weights count
 * 0. -1 on or behind a cycle. The greatest bottom. */
int64_t graph_bottom(const struct graph *g, const int64_t *weight, int64_t *bottom);
/* path[n]: the heaviest path from a node that waits for nothing to an end, in order, by the
 * bottom levels; smaller indices where two are the same. Its length in nodes. */
size_t graph_critical(const struct graph *g, const int64_t *bottom, uint32_t *path);

/* Calls fn for cycles: nodes in the order of waiting (each waits for the next, the last for the
 * first), the smallest index first), always the same ones for the same graph. Every set of nodes
 * that wait for each other is named by at least one; not every way round is listed (there may be
 * 2^n). Stops when fn answers other than 0, and answers that. Linear but for the lengths of the
 * cycles. */
typedef int (*graph_cycle_fn)(void *arg, const uint32_t *node, size_t n);
int graph_cycles(const struct graph *g, graph_cycle_fn fn, void *arg);

/* path[n]: the shortest way from a to b along "waits for", both included: 1 node when a == b, 0
 * when a does not wait for b. An edge "b waits for a" would close a cycle when there is one. */
size_t graph_path(const struct graph *g, size_t a, size_t b, uint32_t *path);

/* live[n] in/out: switches on every node that waits, by any number of steps, for one that is on. */
void graph_spread(const struct graph *g, bool *live);

#endif
