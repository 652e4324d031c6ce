#include "core/plan.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/map.h"
#include "store/base/vec.h"

/* The simulated executor */

struct pending { int64_t at; size_t order; struct sched_running run; };

struct sim_state {
	VEC(struct pending) pending;
	size_t started;
};

static void start(struct sim_state *st, const struct sim *sim, const struct sched *s,
		  const struct sched_act *a, int64_t now)
{
	vec_add(&st->pending, (struct pending){
		.at = now + sim->duration_us(sim->arg, s, a), .order = st->started++,
		.run = { .issue = a->issue, .role = a->role, .n = a->n,
			 .reviewer = a->reviewer } });
}

static void git_event(const struct sim *sim, struct sched *s, struct sched_event *ev)
{
	if (sim->git)
		sim->git(sim->arg, s, ev);
	sched_event(s, ev);
}

static void cancel(struct sim_state *st, const struct sched_act *a, int64_t now)
{
	for (size_t k = 0; k < st->pending.n; k++) {
		struct pending *p = &st->pending.v[k];

		if (p->run.issue == a->issue && p->run.role == a->role && p->run.n == a->n) {
			p->at = now;
			p->run.cancelling = true;
		}
	}
}

/* Carries out one action; true when it answered at once. */
static bool perform(struct sim_state *st, const struct sim *sim, struct sched *s,
		    const struct sched_act *a, int64_t now)
{
	struct sched_event ev = { .issue = a->issue };

	switch (a->kind) {
	case ACT_SPAWN:
		start(st, sim, s, a, now);
		return false;
	case ACT_CANCEL:
		cancel(st, a, now);
		return false;
	case ACT_RELEASE:
		return false;
	case ACT_COLLECT:
		ev.kind = EVENT_COLLECTED;
		ev.collected = (struct collected){
			.head = "1111111111111111111111111111111111111111", .lines = 100,
			.files = "1 changed", .progress = true,
		};
		break;
	case ACT_CANDIDATE:
		ev.kind = EVENT_CANDIDATE;
		ev.candidate = (struct candidate){
			.oid = "2222222222222222222222222222222222222222", .tree = "",
			.tip = "3333333333333333333333333333333333333333",
		};
		break;
	case ACT_MERGE:
		ev.kind = EVENT_MERGED;
		break;
	case ACT_LOOK:
		ev.kind = EVENT_LOOKED;
		break;
	}
	git_event(sim, s, &ev);
	return true;
}

static long earliest(const struct sim_state *st)
{
	long best = -1;

	for (size_t k = 0; k < st->pending.n; k++)
		if (best < 0 || st->pending.v[k].at < st->pending.v[best].at ||
		    (st->pending.v[k].at == st->pending.v[best].at &&
		     st->pending.v[k].order < st->pending.v[best].order))
			best = (long)k;
	return best;
}

static void deliver(struct sim_state *st, const struct sim *sim, struct sched *s, long k)
{
	struct pending p = st->pending.v[k];
	struct sched_event ev = { .kind = EVENT_ENDED, .issue = p.run.issue, .role = p.run.role,
				  .n = p.run.n };

	st->pending.v[k] = st->pending.v[--st->pending.n];
	ev.outcome = (struct outcome){ .kind = p.run.cancelling ? OUT_CANCELLED : OUT_PASS,
				       .usage = USAGE_NONE, .verdict = "", .text = "",
				       .summary = "", .commit = "", .session = "" };
	if (sim->outcome && !p.run.cancelling)
		sim->outcome(sim->arg, s, &p.run, &ev.outcome);
	sched_event(s, &ev);
}

int64_t sim_run(struct sched *s, const struct sim *sim, int64_t now)
{
	struct sim_state st = { 0 };

	for (;;) {
		const struct sched_turn *t = sched_turn(s, now);
		size_t n = t->acts.n;
		struct sched_act *acts = xmalloc((n + 1) * sizeof(*acts));
		int64_t wake = t->wake_us;
		bool done = t->done, again = false;
		long next;

		if (n)
			memcpy(acts, t->acts.v, n * sizeof(*acts));
		if (sim->turn)
			sim->turn(sim->arg, s, t, now);
		for (size_t k = 0; k < n; k++)
			again |= perform(&st, sim, s, &acts[k], now);
		free(acts);
		if (done)
			break;
		if (again)
			continue;
		next = earliest(&st);
		if (next < 0 && !wake)
			/* would wait for ever: done said otherwise, which the tests catch */
			break;
		if (next >= 0 && (!wake || st.pending.v[next].at <= wake)) {
			now = st.pending.v[next].at > now ? st.pending.v[next].at : now;
			do
				deliver(&st, sim, s, next);
			while ((next = earliest(&st)) >= 0 && st.pending.v[next].at <= now);
		} else {
			now = wake;
		}
	}
	vec_free(&st.pending);
	return now;
}

/* The plan */

enum { PAIRS_MAX = 2000 };	/* issues among which conflicts are looked for */

struct before { size_t *v, n; };	/* blockers of an issue */

struct planner {
	struct plan *plan;
	const struct sched_item *item;
	struct plan_issue *by_index;
	struct before *before;
	long default_min;
	bool waves;		/* this simulation is for the waves, not for the times */
};

static int64_t item_ms(const struct planner *p, size_t i)
{
	return (p->item[i].estimate_min > 0 ? p->item[i].estimate_min : p->default_min) * 60000;
}

static int64_t plan_duration(void *arg, const struct sched *s, const struct sched_act *a)
{
	(void)s;
	return a->role == ROLE_IMPL ? item_ms(arg, a->issue) * 1000 : 0;
}

static void plan_turn(void *arg, const struct sched *s, const struct sched_turn *t, int64_t now_us)
{
	struct planner *p = arg;
	struct sched_state st;

	for (size_t k = 0; k < t->acts.n; k++) {
		const struct sched_act *a = &t->acts.v[k];
		struct plan_issue *pi = &p->by_index[a->issue];

		if (a->kind != ACT_SPAWN || a->role != ROLE_IMPL)
			continue;
		if (p->waves) {
			sched_state(s, a->issue, &st);
			pi->wave = st.wave;
			if (st.wave > p->plan->nwaves)
				p->plan->nwaves = st.wave;
		} else {
			pi->start_ms = now_us / 1000;
			pi->end_ms = pi->start_ms + item_ms(p, a->issue);
		}
	}
}

static int simulate(struct planner *p, const struct sched_conf *conf, size_t n, struct err *e)
{
	struct sim sim = { .duration_us = plan_duration, .turn = plan_turn, .arg = p };
	struct sched *s = sched_new(conf, 0);
	int64_t end;
	int rc;

	for (size_t i = 0; i < n; i++) {
		struct sched_item item = p->item[i];

		item.work = NULL;
		sched_add(s, &item);
	}
	rc = sched_link(s, e);
	if (!rc) {
		end = sim_run(s, &sim, 0);
		if (!p->waves)
			p->plan->predicted_ms = end / 1000;
		else
			p->plan->mode = sched_mode(s);
	}
	sched_free(s);
	return rc;
}

static int by_start(const void *a, const void *b)
{
	const struct plan_issue *x = a, *y = b;

	if (x->wave != y->wave && (!x->wave || !y->wave))
		return x->wave ? -1 : 1;
	if (x->start_ms != y->start_ms)
		return x->start_ms < y->start_ms ? -1 : 1;
	if (x->wave != y->wave)
		return x->wave - y->wave;
	return x->index < y->index ? -1 : 1;
}

/* Ids to indices, once. A blocker that is not among the items holds nobody back here. */
static void link_items(struct planner *p, size_t n)
{
	MAP_AUTO ids = MAP_INIT;

	p->before = arena_alloc(&p->plan->mem, (n + 1) * sizeof(*p->before));
	for (size_t i = 0; i < n; i++)
		map_put(&ids, p->item[i].id, (void *)(i + 1));
	for (size_t i = 0; i < n; i++) {
		struct before *to = &p->before[i];

		to->v = arena_alloc(&p->plan->mem, (p->item[i].nblockers + 1) * sizeof(*to->v));
		for (size_t k = 0; k < p->item[i].nblockers; k++) {
			size_t at = (size_t)map_get(&ids, p->item[i].blockers[k]);

			if (at)
				to->v[to->n++] = at - 1;
		}
	}
}

/* Longest path that ends with issue i, and the step before it. The graph has no cycle: the
 * simulation said so. */
static int64_t longest(const struct planner *p, size_t i, int64_t *memo, long *from)
{
	int64_t best = 0;

	if (memo[i] >= 0)
		return memo[i];
	for (size_t k = 0; k < p->before[i].n; k++) {
		size_t b = p->before[i].v[k];
		int64_t len = p->by_index[b].wave ? longest(p, b, memo, from) : 0;

		if (len > best) {
			best = len;
			from[i] = (long)b;
		}
	}
	return memo[i] = best + item_ms(p, i);
}

static void critical_path(struct planner *p, size_t n)
{
	struct plan *plan = p->plan;
	int64_t *memo = xmalloc((n + 1) * sizeof(*memo));
	long *from = xmalloc((n + 1) * sizeof(*from)), end = -1, k;

	for (size_t i = 0; i < n; i++)
		memo[i] = from[i] = -1;
	for (size_t i = 0; i < n; i++) {
		if (!p->by_index[i].wave)
			continue;	/* the simulation did not come to it */
		plan->work_ms += item_ms(p, i);
		if (longest(p, i, memo, from) > plan->critical_ms) {
			plan->critical_ms = memo[i];
			end = (long)i;
		}
	}
	for (k = end; k >= 0; k = from[k])
		plan->ncritical++;
	plan->critical = arena_alloc(&plan->mem, (plan->ncritical + 1) * sizeof(*plan->critical));
	k = end;
	for (size_t at = plan->ncritical; at-- > 0; k = from[k]) {
		plan->critical[at] = (size_t)k;
		p->by_index[k].critical = true;
	}
	free(memo);
	free(from);
}

/* Sets of issues, a row of bits each. */
struct bits { uint64_t *v; size_t words; };

static bool bits_has(const struct bits *b, size_t row, size_t i)
{
	return b->v[row * b->words + i / 64] >> (i % 64) & 1;
}

/* Everything that must be closed before issue i begins. The bit of i itself says that its row is
 * made. */
static void gather_before(const struct planner *p, struct bits *all, size_t i)
{
	uint64_t *row = all->v + i * all->words;

	if (bits_has(all, i, i))
		return;
	row[i / 64] |= 1ull << (i % 64);
	for (size_t k = 0; k < p->before[i].n; k++) {
		size_t b = p->before[i].v[k];

		gather_before(p, all, b);
		for (size_t w = 0; w < all->words; w++)
			row[w] |= all->v[b * all->words + w];
	}
}

/* Pairs that could run side by side but for a file. */
static void find_conflicts(struct planner *p, size_t n)
{
	struct plan *plan = p->plan;
	struct files *files = arena_alloc(&plan->mem, (n + 1) * sizeof(*files));
	VEC(struct plan_conflict) found = { 0 };
	/* more than that nobody reads, and it is quadratic */
	size_t pairs = n <= PAIRS_MAX ? n : 0;
	struct bits all = { .words = (pairs + 63) / 64 };

	all.v = xcalloc(pairs * all.words + 1, sizeof(*all.v));
	for (size_t i = 0; i < pairs; i++)
		gather_before(p, &all, i);
	for (size_t i = 0; i < n; i++)
		files_parse(&files[i], p->item[i].body, strlen(p->item[i].body), &plan->mem);
	for (size_t a = 0; a < pairs; a++)
		for (size_t b = a + 1; b < pairs; b++) {
			const char *path = "";

			if (!p->by_index[a].wave || !p->by_index[b].wave || p->item[a].no_diff ||
			    p->item[b].no_diff || !files[a].present || !files[b].present ||
			    bits_has(&all, a, b) || bits_has(&all, b, a) ||
			    !files_conflict(&files[a], &files[b], &path))
				continue;
			vec_add(&found,
				(struct plan_conflict){ a, b, arena_strdup(&plan->mem, path) });
		}
	plan->nconflict = found.n;
	plan->conflict = arena_alloc(&plan->mem, (found.n + 1) * sizeof(*plan->conflict));
	if (found.n)
		memcpy(plan->conflict, found.v, found.n * sizeof(*found.v));
	vec_free(&found);
	free(all.v);
	for (size_t i = 0; i < n; i++)
		if (p->by_index[i].wave && !files[i].present && !p->item[i].no_diff &&
		    !p->item[i].epic)
			p->by_index[i].after = "runs alone: no Files section";
}

static void add_reason(struct buf *b, const char *what)
{
	buf_addf(b, "%s%s", b->len ? " and " : "", what);
}

/* "waits for e.1 e.4 and shares core/x.c with e.2" */
static void explain(struct planner *p, size_t i)
{
	struct plan *plan = p->plan;
	struct plan_issue *pi = &p->by_index[i];
	BUF_AUTO why = BUF_INIT;

	for (size_t k = 0; k < p->before[i].n; k++) {
		size_t b = p->before[i].v[k];

		if (!p->item[b].closed)
			buf_addf(&why, "%s %s", why.len ? "" : "waits for", p->item[b].id);
	}
	for (size_t k = 0; k < plan->nconflict; k++) {
		const struct plan_conflict *c = &plan->conflict[k];
		size_t other = c->a == i ? c->b : c->a;

		if ((c->a != i && c->b != i) || p->by_index[other].start_ms >= pi->start_ms)
			continue;
		add_reason(&why, arena_printf(&plan->mem, "shares %s with %s", c->path,
					      p->item[other].id));
	}
	if (pi->after)
		add_reason(&why, pi->after);
	pi->after = arena_strdup(&plan->mem, why.s);
}

int plan_make(struct plan *out, const struct sched_conf *conf,
	      const struct sched_item *item, size_t n, long default_min, struct err *e)
{
	struct planner p = { .plan = out, .item = item, .default_min = default_min, .waves = true };
	struct sched_conf quick = *conf, wide;
	int64_t share;
	int rc;

	*out = (struct plan){ 0 };
	p.by_index = out->issue = arena_alloc(&out->mem, (n + 1) * sizeof(*out->issue));
	out->nissue = n;
	for (size_t i = 0; i < n; i++)
		out->issue[i].index = i;
	quick.reviews = quick.verify_limit = 0;
	quick.has_test = false;
	quick.budget = (struct budget){ 0 };
	wide = quick;
	wide.barrier = BARRIER_FULL;
	wide.max_parallel = wide.wave_cap = 0;
	if (wide.mode == MODE_SEQUENTIAL)
		/* the waves are those of the graph; how wide they run is the times' business */
		wide.mode = MODE_AUTO;
	if ((rc = simulate(&p, &wide, n, e)) < 0)
		return rc;
	p.waves = false;
	if ((rc = simulate(&p, &quick, n, e)) < 0)
		return rc;
	if (conf->mode != MODE_AUTO)
		out->mode = conf->mode;
	link_items(&p, n);
	critical_path(&p, n);
	find_conflicts(&p, n);
	for (size_t i = 0; i < n; i++) {
		explain(&p, i);
		if (out->issue[i].wave)
			out->launches += (size_t)(1 + (conf->reviews ? 1 + conf->reviews : 0));
		else if (item[i].epic && item[i].launchable && conf->verify_limit)
			out->launches++;
	}
	share = conf->max_parallel > 0 ? out->work_ms / conf->max_parallel : 0;
	out->bound_ms = share > out->critical_ms ? share : out->critical_ms;
	qsort(out->issue, n, sizeof(*out->issue), by_start);
	return 0;
}

void plan_release(struct plan *p)
{
	arena_release(&p->mem);
}
