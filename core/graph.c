#include "core/graph.h"

#include <stdlib.h>
#include <string.h>

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

/* Kahn: takes away what waits for nothing, until nothing more can be. queue[n]; how many went. */
static size_t peel(const struct graph *g, uint32_t *queue, uint32_t *depth)
{
	uint32_t *wait = xcalloc(g->n + 1, sizeof(*wait));
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
	free(wait);
	return done;
}

size_t graph_depth(const struct graph *g, uint32_t *depth)
{
	AUTO_FREE uint32_t *queue = xcalloc(g->n + 1, sizeof(*queue));
	size_t done = peel(g, queue, depth);

	return done ? depth[queue[done - 1]] + 1 : 0;
}

size_t graph_order(const struct graph *g, uint32_t *order)
{
	AUTO_FREE uint32_t *depth = xcalloc(g->n + 1, sizeof(*depth));
	AUTO_FREE uint32_t *at = xcalloc(g->n + 2, sizeof(*at));
	size_t done = peel(g, order, depth);

	for (size_t i = 0; i < g->n; i++)
		if (depth[i] != GRAPH_NEVER)
			at[depth[i] + 1]++;
	for (size_t i = 1; i <= g->n; i++)
		at[i] += at[i - 1];
	for (uint32_t i = 0; i < g->n; i++)
		if (depth[i] != GRAPH_NEVER)
			order[at[depth[i]]++] = i;
	return done;
}

static bool any_weight(const int64_t *weight, size_t n)
{
	for (size_t i = 0; weight && i < n; i++)
		if (weight[i] > 0)
			return true;
	return false;
}

int64_t graph_bottom(const struct graph *g, const int64_t *weight, int64_t *bottom)
{
	AUTO_FREE uint32_t *order = xcalloc(g->n + 1, sizeof(*order));
	bool weighed = any_weight(weight, g->n);
	size_t n = graph_order(g, order);
	int64_t top = 0;

	for (size_t i = 0; i < g->n; i++)
		bottom[i] = -1;
	while (n--) {
		uint32_t i = order[n];
		int64_t most = 0;

		/* what stands behind a cycle has no bottom and counts for nothing */
		for (uint32_t k = g->after.at[i]; k < g->after.at[i + 1]; k++)
			if (bottom[g->after.to[k]] > most)
				most = bottom[g->after.to[k]];
		bottom[i] = most + (!weighed ? 1 : weight[i] > 0 ? weight[i] : 0);
		if (bottom[i] > top)
			top = bottom[i];
	}
	return top;
}

size_t graph_critical(const struct graph *g, const int64_t *bottom, uint32_t *path)
{
	size_t n = 0, best = g->n;

	for (size_t i = 0; i < g->n; i++)
		if (g->before.at[i] == g->before.at[i + 1] && bottom[i] >= 0 &&
		    (best == g->n || bottom[i] > bottom[best]))
			best = i;
	while (best != g->n) {
		size_t from = best;

		path[n++] = (uint32_t)from;
		best = g->n;
		for (uint32_t k = g->after.at[from]; k < g->after.at[from + 1]; k++) {
			uint32_t to = g->after.to[k];

			if (bottom[to] >= 0 && (best == g->n || bottom[to] > bottom[best]))
				best = to;
		}
	}
	return n;
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
		.next = xcalloc(g->n + 1, sizeof(*w.next)), .place =
		xcalloc(g->n + 1, sizeof(*w.place)), .done = xcalloc(g->n + 1, sizeof(*w.done)),
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

size_t graph_path(const struct graph *g, size_t a, size_t b, uint32_t *path)
{
	AUTO_FREE uint32_t *queue = xcalloc(g->n + 1, sizeof(*queue));
	/* + 1; 0: not reached */
	AUTO_FREE uint32_t *toward = xcalloc(g->n + 1, sizeof(*toward));
	size_t n = 0, head = 0, tail = 0;

	/* from b against the edges, so that the steps toward b come out in order */
	toward[b] = (uint32_t)b + 1;
	queue[tail++] = (uint32_t)b;
	while (head < tail && !toward[a]) {
		uint32_t i = queue[head++];

		for (uint32_t k = g->after.at[i]; k < g->after.at[i + 1]; k++)
			if (!toward[g->after.to[k]]) {
				toward[g->after.to[k]] = i + 1;
				queue[tail++] = g->after.to[k];
			}
	}
	if (!toward[a])
		return 0;
	for (path[n++] = (uint32_t)a; a != b; path[n++] = (uint32_t)a)
		a = toward[a] - 1;
	return n;
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
