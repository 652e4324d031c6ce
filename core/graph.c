#include "core/graph.h"

#include <stdlib.h>

#include "store/base/mem.h"
#include "store/base/vec.h"

void graph_init(struct graph *g, size_t n)
{
	*g = (struct graph){ .n = n };
}

static void links_release(struct graph_links *l)
{
	free(l->at);
	free(l->to);
	*l = (struct graph_links){ 0 };
}

void graph_release(struct graph *g)
{
	vec_free(&g->edge);
	links_release(&g->before);
	links_release(&g->after);
}

void graph_add(struct graph *g, size_t before, size_t after)
{
	vec_add(&g->edge, (struct graph_edge){ (uint32_t)before, (uint32_t)after });
}

/* The edges sorted into rows by one end, by counting; the order within a row is that of the
 * edges. */
static void links_fill(struct graph_links *l, const struct graph *g, bool by_after)
{
	l->at = xcalloc(g->n + 2, sizeof(*l->at));
	l->to = xcalloc(g->edge.n + 1, sizeof(*l->to));
	for (size_t i = 0; i < g->edge.n; i++)
		l->at[(by_after ? g->edge.v[i].after : g->edge.v[i].before) + 2]++;
	for (size_t i = 2; i <= g->n + 1; i++)
		l->at[i] += l->at[i - 1];
	for (size_t i = 0; i < g->edge.n; i++) {
		const struct graph_edge *x = &g->edge.v[i];

		/* at[i + 1] moves from the start of row i to its end, which is the start of the
		 * next */
		l->to[l->at[(by_after ? x->after : x->before) + 1]++] = by_after ?
			x->before : x->after;
	}
}

/* Puts the edges into the order of rows read one after the other, twins left out. */
static void edges_from(struct graph *g, const struct graph_links *l)
{
	g->edge.n = 0;
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = l->at[i]; k < l->at[i + 1]; k++)
			if (k == l->at[i] || l->to[k] != l->to[k - 1])
				g->edge.v[g->edge.n++] = (struct graph_edge){ i, l->to[k] };
}

void graph_build(struct graph *g)
{
	struct graph_links l;

	/* two sorts by counting, by one end and then by the other, leave rows ascending */
	links_fill(&l, g, true);
	g->edge.n = 0;
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t k = l.at[i]; k < l.at[i + 1]; k++)
			g->edge.v[g->edge.n++] = (struct graph_edge){ l.to[k], i };
	links_release(&l);
	links_fill(&l, g, false);
	edges_from(g, &l);
	links_release(&l);
	links_fill(&g->after, g, false);
	links_fill(&g->before, g, true);
}

static const uint32_t *row(const struct graph_links *l, size_t i, size_t *n)
{
	*n = l->at[i + 1] - l->at[i];
	return l->to + l->at[i];
}

const uint32_t *graph_before(const struct graph *g, size_t i, size_t *n)
{
	return row(&g->before, i, n);
}

const uint32_t *graph_after(const struct graph *g, size_t i, size_t *n)
{
	return row(&g->after, i, n);
}

/* Kahn: takes away what waits for nothing, until nothing more can be. */
size_t graph_depth(const struct graph *g, uint32_t *depth)
{
	AUTO_FREE uint32_t *queue = xcalloc(g->n + 1, sizeof(*queue));
	AUTO_FREE uint32_t *wait = xcalloc(g->n + 1, sizeof(*wait));
	size_t done = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		wait[i] = g->before.at[i + 1] - g->before.at[i];
		depth[i] = wait[i] ? GRAPH_NEVER : 0;
		if (!wait[i])
			queue[done++] = i;
	}
	for (size_t at = 0; at < done; at++) {
		uint32_t i = queue[at];

		for (uint32_t k = g->after.at[i]; k < g->after.at[i + 1]; k++) {
			uint32_t to = g->after.to[k];

			/* first in, first out: the last one taken away is the deepest */
			if (!--wait[to]) {
				depth[to] = depth[i] + 1;
				queue[done++] = to;
			}
		}
	}
	return done ? depth[queue[done - 1]] + 1 : 0;
}

/* A depth-first walk along "waits for" that remembers the way it came. */
struct walk {
	const struct graph *g;
	uint32_t *way, *next;		/* nodes on the way, and the edge to try next at each */
	uint32_t *place;		/* of a node on the way, + 1; 0: not on it */
	bool *done;
	size_t len;
};

static int found(const struct walk *w, uint32_t from, graph_cycle_fn fn, void *arg)
{
	size_t start = w->place[from] - 1, n = w->len - start, least = 0;
	uint32_t *cycle = xmalloc(n * sizeof(*cycle));
	int rc;

	for (size_t i = 1; i < n; i++)
		if (w->way[start + i] < w->way[start + least])
			least = i;
	for (size_t i = 0; i < n; i++)
		cycle[i] = w->way[start + (least + i) % n];
	rc = fn(arg, cycle, n);
	free(cycle);
	return rc;
}

static void enter(struct walk *w, uint32_t node)
{
	w->way[w->len] = node;
	w->next[w->len] = w->g->before.at[node];
	w->place[node] = (uint32_t)++w->len;
	w->done[node] = true;
}

static int walk_from(struct walk *w, uint32_t root, graph_cycle_fn fn, void *arg)
{
	const struct graph_links *l = &w->g->before;

	enter(w, root);
	while (w->len) {
		uint32_t node = w->way[w->len - 1], to;

		if (w->next[w->len - 1] == l->at[node + 1]) {
			w->place[node] = 0;
			w->len--;
			continue;
		}
		to = l->to[w->next[w->len - 1]++];
		if (w->place[to]) {
			int rc = found(w, to, fn, arg);

			if (rc)
				return rc;
		} else if (!w->done[to]) {
			enter(w, to);
		}
	}
	return 0;
}

int graph_cycles(const struct graph *g, graph_cycle_fn fn, void *arg)
{
	struct walk w = {
		.g = g,
		.way = xcalloc(g->n + 1, sizeof(*w.way)),
		.next = xcalloc(g->n + 1, sizeof(*w.next)),
		.place = xcalloc(g->n + 1, sizeof(*w.place)),
		.done = xcalloc(g->n + 1, sizeof(*w.done)),
	};
	int rc = 0;

	for (uint32_t i = 0; i < g->n && !rc; i++)
		if (!w.done[i])
			rc = walk_from(&w, i, fn, arg);
	free(w.way);
	free(w.next);
	free(w.place);
	free(w.done);
	return rc;
}

void graph_spread(const struct graph *g, bool *live)
{
	AUTO_FREE uint32_t *queue = xcalloc(g->n + 1, sizeof(*queue));
	size_t tail = 0;

	for (uint32_t i = 0; i < g->n; i++)
		if (live[i])
			queue[tail++] = i;
	for (size_t head = 0; head < tail; head++) {
		uint32_t i = queue[head];

		for (uint32_t k = g->after.at[i]; k < g->after.at[i + 1]; k++)
			if (!live[g->after.to[k]]) {
				live[g->after.to[k]] = true;
				queue[tail++] = g->after.to[k];
			}
	}
}
