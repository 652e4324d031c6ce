/* core/sched_graph.c - who waits for whom, and in which order the ready ones are taken
 * (spec/scheduling.md 5, 7) */
#include "core/sched_priv.h"

#include <stdlib.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/map.h"
#include "store/id.h"

static void add_succ(struct sissue *is, size_t to)
{
	if (is->nsucc == is->succ_cap) {
		is->succ_cap = is->succ_cap ? is->succ_cap * 2 : 4;
		is->succ = xrealloc(is->succ, is->succ_cap * sizeof(*is->succ));
	}
	is->succ[is->nsucc++] = to;
}

/* Ids to indices: blockers that are open, parents. A blocker that is no issue of the run holds
 * until sched_set_closed() names the issue itself: it must have been added as not launchable. */
void graph_resolve(struct sched *s)
{
	MAP_AUTO ids = MAP_INIT;

	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];

		map_put(&ids, is->id, (void *)(k + 1));
		is->nsucc = is->nblock = is->nopen_child = is->nchild = 0;
		is->parent = -1;
	}
	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];
		size_t at = is->parent_id ? (size_t)map_get(&ids, is->parent_id) : 0;

		if (at) {
			is->parent = (long)at - 1;
			s->issue.v[at - 1].nchild++;
			s->issue.v[at - 1].nopen_child += is->stage != STAGE_CLOSED;
		}
		for (size_t j = 0; j < is->nblocker_id; j++) {
			at = (size_t)map_get(&ids, is->blocker_id[j]);
			if (!at || s->issue.v[at - 1].stage == STAGE_CLOSED)
				continue;
			add_succ(&s->issue.v[at - 1], k);
			is->nblock++;
		}
	}
}

/* Kahn's algorithm, and the longest path to the end along the way back. False: a cycle is left,
 * and wait says how many blockers each issue still has. */
static bool rank(struct sched *s, size_t *topo, size_t *wait)
{
	size_t n = s->issue.n, done = 0;

	for (size_t k = 0; k < n; k++)
		if (!(wait[k] = s->issue.v[k].nblock))
			topo[done++] = k;
	for (size_t k = 0; k < done; k++)
		for (size_t j = 0; j < s->issue.v[topo[k]].nsucc; j++)
			if (!--wait[s->issue.v[topo[k]].succ[j]])
				topo[done++] = s->issue.v[topo[k]].succ[j];
	for (size_t k = done; k-- > 0;) {
		struct sissue *is = &s->issue.v[topo[k]];
		int64_t longest = 0;

		for (size_t j = 0; j < is->nsucc; j++)
			if (s->issue.v[is->succ[j]].rank > longest)
				longest = s->issue.v[is->succ[j]].rank;
		/* without estimates every step weighs the same: hop count (scheduling.md 7.15) */
		is->rank = longest + (is->estimate_min > 0 ? is->estimate_min : 10);
	}
	return done == n;
}

/* A blocker of issue i that is on or behind a cycle too: wait counts are left over from rank(). */
static size_t stuck_blocker(const struct sched *s, const size_t *wait, size_t i)
{
	for (size_t k = 0; k < s->issue.n; k++)
		for (size_t j = 0; j < s->issue.v[k].nsucc; j++)
			if (s->issue.v[k].succ[j] == i && wait[k])
				return k;
	return i;
}

/* Walks from blocker to blocker until an issue comes again: that is a cycle. */
static int name_cycle(const struct sched *s, const size_t *wait, struct err *e)
{
	size_t *seen = xcalloc(s->issue.n, sizeof(*seen)), at = 0, first, step = 0;
	BUF_AUTO text = BUF_INIT;

	while (!wait[at])
		at++;
	for (; !seen[at]; at = stuck_blocker(s, wait, at))
		seen[at] = ++step;
	free(seen);
	first = at;
	do {
		buf_addf(&text, "%s -> ", s->issue.v[at].id);
		at = stuck_blocker(s, wait, at);
	} while (at != first);
	err_set(e, ERR_REFUSED, "circular dependency: %s%s", text.s, s->issue.v[first].id);
	err_hint(e, "break it with: bdw dep remove %s %s", s->issue.v[first].id,
		 s->issue.v[stuck_blocker(s, wait, first)].id);
	return ERR_REFUSED;
}

static int by_order(const void *a, const void *b, void *arg)
{
	const struct sched *s = arg;
	const struct sissue *x = &s->issue.v[*(const size_t *)a],
		*y = &s->issue.v[*(const size_t *)b];

	if (!s->conf.fifo && x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	if (!s->conf.fifo && x->priority != y->priority)
		return x->priority - y->priority;
	return id_compare_natural(x->id, y->id);
}

/* auto: a chain is sequential, an edgeless set fully parallel (F001-09). */
static enum sched_mode shape(const struct sched *s)
{
	size_t edges = 0, open = 0, forks = 0, starts = 0;

	for (size_t k = 0; k < s->issue.n; k++) {
		const struct sissue *is = &s->issue.v[k];

		if (is->epic || is->stage == STAGE_CLOSED)
			continue;
		open++;
		edges += is->nblock;
		forks += is->nsucc > 1;
		starts += !is->nblock;
	}
	if (!edges && open > 1)
		return MODE_FULLY;
	return open <= 1 || (!forks && starts == 1 && edges == open - 1) ? MODE_SEQUENTIAL :
		MODE_WAVES;
}

int sched_link(struct sched *s, struct err *e)
{
	size_t *topo = xcalloc(s->issue.n, sizeof(*topo)),
		*wait = xcalloc(s->issue.n, sizeof(*wait));
	int rc;

	graph_resolve(s);
	rc = rank(s, topo, wait) ? 0 : name_cycle(s, wait, e);
	free(topo);
	free(wait);
	s->order_head = 0;
	if (s->order.n)
		qsort_r(s->order.v, s->order.n, sizeof(*s->order.v), by_order, s);
	for (size_t k = 0; k < s->order.n; k++)
		s->issue.v[s->order.v[k]].pos = k;
	s->mode = s->conf.mode == MODE_AUTO ? shape(s) : s->conf.mode;
	return rc;
}
