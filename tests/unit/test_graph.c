#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/graph.h"
#include "store/base/buf.h"

enum { MAX = 40 };

/* Edges "a<b": a waits for b; nodes are letters. */
static void graph_from(struct graph *g, size_t n, const char *edges)
{
	graph_init(g, n);
	for (const char *p = edges; *p; p += p[3] ? 4 : 3)
		graph_add(g, (size_t)(p[2] - 'a'), (size_t)(p[0] - 'a'));
	graph_build(g);
}

static void text_of(struct buf *out, const uint32_t *node, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, (char)('a' + node[i]));
}

static int note_cycle(void *arg, const uint32_t *node, size_t n)
{
	struct buf *out = arg;

	text_of(out, node, n);
	buf_addc(out, ' ');
	return 0;
}

static struct row {
	const char *what;
	size_t n;
	const char *edges, *depth, *cycles;
} rows[] = {
	{ "empty", 0, "", "", "" },
	{ "no_edges", 3, "", "000", "" },
	{ "chain", 4, "a<b b<c c<d", "3210", "" },
	{ "diamond", 4, "d<b d<c b<a c<a", "0112", "" },
	{ "twin_edges", 2, "b<a b<a b<a", "01", "" },
	{ "self", 2, "a<a", "-0", "a " },
	{ "two_cycle", 3, "a<b b<a c<a", "---", "ab " },
	{ "cycle_starts_at_least", 4, "d<b b<c c<d a<c", "----", "bcd " },
	{ "shared_node", 3, "a<b b<a a<c c<a", "---", "ab ac " },
	{ "free_beside_cycle", 4, "a<b b<a d<c", "--01", "ab " },
	{ "layers_by_index", 5, "a<e b<e c<b", "11200", "" },
};

static void check_row(void **state)
{
	const struct row *r = *state;
	uint32_t depth[MAX];
	BUF_AUTO got = BUF_INIT;
	struct graph g;

	graph_from(&g, r->n, r->edges);
	graph_depth(&g, depth);
	for (size_t i = 0; i < r->n; i++)
		buf_addc(&got, depth[i] == GRAPH_NEVER ? '-' : (char)('0' + depth[i]));
	assert_string_equal(got.s, r->depth);
	buf_reset(&got);
	assert_int_equal(graph_cycles(&g, note_cycle, &got), 0);
	assert_string_equal(got.s, r->cycles);
	graph_release(&g);
}

static int stop_at_once(void *arg, const uint32_t *node, size_t n)
{
	(void)node, (void)n;
	return ++*(int *)arg * 7;
}

static void cycles_can_be_stopped(void **state)
{
	struct graph g;
	int calls = 0;
	(void)state;

	graph_from(&g, 4, "a<b b<a c<d d<c");
	assert_int_equal(graph_cycles(&g, stop_at_once, &calls), 7);
	assert_int_equal(calls, 1);
	graph_release(&g);
}

static unsigned rnd(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 8) % below;
}

/* Warshall: who waits for whom, by any number of steps. */
static void closure(bool r[MAX][MAX], size_t n)
{
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				r[i][j] = r[i][j] || (r[i][k] && r[k][j]);
}

struct cycle_check { bool (*edge)[MAX]; bool in_cycle[MAX]; };

static int check_cycle(void *arg, const uint32_t *node, size_t n)
{
	struct cycle_check *c = arg;

	for (size_t i = 0; i < n; i++) {
		assert_true(c->edge[node[i]][node[(i + 1) % n]]);
		assert_true(node[i] >= node[0]);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(node[k], node[i]);
		c->in_cycle[node[i]] = true;
	}
	return 0;
}

static void check_random(unsigned seed, bool acyclic)
{
	static bool edge[MAX][MAX], waits[MAX][MAX];
	size_t n = 1 + rnd(&seed, MAX - 1), edges = rnd(&seed, (unsigned)n * 2 + 1);
	uint32_t depth[MAX];
	struct cycle_check c = { .edge = edge };
	struct graph g;

	memset(edge, 0, sizeof(edge));
	graph_init(&g, n);
	for (size_t i = 0; i < edges; i++) {
		size_t a = rnd(&seed, (unsigned)n), b = rnd(&seed, (unsigned)n);

		if (acyclic && a <= b)
			continue;
		edge[a][b] = true;
		graph_add(&g, b, a);
	}
	graph_build(&g);
	memcpy(waits, edge, sizeof(edge));
	closure(waits, n);

	graph_depth(&g, depth);
	for (size_t i = 0; i < n; i++) {
		uint32_t deepest = 0;
		bool stuck = waits[i][i];

		for (size_t j = 0; j < n; j++) {
			stuck = stuck || (waits[i][j] && waits[j][j]);
			if (edge[i][j] && depth[j] != GRAPH_NEVER && depth[j] + 1 > deepest)
				deepest = depth[j] + 1;
		}
		assert_int_equal(depth[i], stuck ? GRAPH_NEVER : deepest);
	}

	graph_cycles(&g, check_cycle, &c);
	for (size_t i = 0; i < n; i++) {
		bool named = false;

		/* of each set that waits for each other, somebody is named; of the others nobody */
		for (size_t j = 0; j < n; j++)
			named = named ||
				(c.in_cycle[j] && ((waits[i][j] && waits[j][i]) || i == j));
		assert_int_equal(named, waits[i][i]);
	}
	graph_release(&g);
}

static void random_dags(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 150; seed++)
		check_random(seed, true);
}

static void random_graphs(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 150; seed++)
		check_random(seed * 77, false);
}

static void spread_reaches_all_waiters(void **state)
{
	bool live[5] = { [1] = true };
	struct graph g;
	(void)state;

	graph_from(&g, 5, "a<b c<a d<c b<e");
	graph_spread(&g, live);
	assert_true(live[0] && live[1] && live[2] && live[3] && !live[4]);
	graph_release(&g);
}

int main(int argc, char **argv)
{
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[ROWS + 4] = {
		[ROWS] = cmocka_unit_test(cycles_can_be_stopped), cmocka_unit_test(random_dags),
		cmocka_unit_test(random_graphs), cmocka_unit_test(spread_reaches_all_waiters),
	};

	for (size_t i = 0; i < ROWS; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].what, .test_func = check_row,
					    .initial_state = &rows[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
