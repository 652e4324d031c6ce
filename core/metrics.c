#include "core/metrics.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/agentout.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/vec.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/view.h"

static bool of_run(const struct work_attempt *a, const char *run)
{
	return !strcmp(a->run, run);
}

static int64_t end_of(const struct work_attempt *a, int64_t now_us)
{
	return a->ms < 0 ? now_us : a->started_at + a->ms * 1000;
}

void metrics_sum(const struct work *w, const char *run, const char *role, long reviewer,
		 struct metrics_sum *out)
{
	*out = (struct metrics_sum){ .usage = USAGE_NONE };
	for (size_t k = 0; k < w->nattempt; k++) {
		const struct work_attempt *a = &w->attempt[k];

		if (!of_run(a, run) || strcmp(a->role, role) ||
		    (reviewer && a->reviewer != reviewer))
			continue;
		out->attempts++;
		out->unavailable += a->usage.total_tokens < 0;
		out->duration_ms += a->ms > 0 ? a->ms : 0;
		out->user_ms += a->user_ms;
		out->sys_ms += a->sys_ms;
		if (a->maxrss_kb > out->maxrss_kb)
			out->maxrss_kb = a->maxrss_kb;
		usage_add(&out->usage, &a->usage);
	}
}

static void count_attempt(struct metrics *m, const struct work_attempt *a)
{
	m->spawned += strcmp(a->role, "agg") != 0;
	if (!strcmp(a->role, "agg"))
		return;
	m->unavailable += a->usage.total_tokens < 0 && strcmp(a->role, "test");
	if (!strcmp(a->outcome, "running"))
		m->running++;
	else if (!strcmp(a->outcome, "passed"))
		m->succeeded++;
	else if (!strcmp(a->outcome, "cancelled"))
		m->cancelled++;
	else
		m->failed_workers++;
	usage_add(&m->usage, &a->usage);
	if (a->ms > m->longest_ms)
		m->longest_ms = a->ms;
}

/* Is there an earlier attempt of the run for the same issue, role and reviewer? */
static bool repeats(const struct work *w, size_t k)
{
	const struct work_attempt *a = &w->attempt[k];

	for (size_t i = 0; i < w->nattempt && strcmp(a->role, "agg"); i++) {
		const struct work_attempt *b = &w->attempt[i];

		if (of_run(b, a->run) && !strcmp(b->role, a->role) && b->reviewer == a->reviewer &&
		    b->n < a->n)
			return true;
	}
	return false;
}

/* An issue's record; false when the run did nothing for it. */
static bool load_issue(struct metrics *m, struct store *s, const struct issue *is, int64_t now_us,
		       struct metrics_issue *out)
{
	struct work *w = arena_alloc(&m->mem, sizeof(*w));
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	bool any = false;

	id_work_path(is->id, &path);
	if (store_read(s, path.s, &text, NULL) < 0 ||
	    work_parse(w, text.s, text.len, path.s, &m->mem, NULL) < 0)
		return false;
	*out = (struct metrics_issue){
		.id = arena_strdup(&m->mem, is->id), .title = arena_strdup(&m->mem, is->title),
		.status = arena_strdup(&m->mem, is->status),
		.reason = arena_strdup(&m->mem, is->close_reason),
		.epic = !strcmp(is->type, "epic"), .failed = issue_has_label(is, "failed"),
		.human = issue_has_label(is, "needs-human"), .work = w,
	};
	out->bad = (out->failed || out->human) && strcmp(is->status, "closed");
	for (size_t k = 0; k < w->nattempt; k++) {
		const struct work_attempt *a = &w->attempt[k];

		if (!of_run(a, m->info.run))
			continue;
		any = true;
		count_attempt(m, a);
		m->retried += repeats(w, k);
		out->wave = a->wave > out->wave ? (int)a->wave : out->wave;
		out->busy_ms += a->ms > 0 ? a->ms : 0;
		if (!out->start_us || a->started_at < out->start_us)
			out->start_us = a->started_at;
		if (end_of(a, now_us) > out->end_us)
			out->end_us = end_of(a, now_us);
	}
	return any || (!strcmp(w->run, m->info.run) && strcmp(is->status, "open"));
}

/* Does anything open wait for issue at? */
static bool holds_back(const struct view *v, size_t at)
{
	const char *id = view_at(v, at)->id;
	size_t n;
	const uint32_t *from = view_dependents(v, at, &n);

	for (size_t k = 0; k < n; k++) {
		const struct issue *is = view_at(v, from[k]);

		for (size_t d = 0; d < is->ndeps && strcmp(is->status, "closed"); d++)
			if (!strcmp(is->deps[d].target, id) &&
			    strcmp(is->deps[d].type, "parent-child") &&
			    dep_type_blocking(is->deps[d].type))
				return true;
	}
	return false;
}

static void count_issue(struct metrics *m, const struct metrics_issue *i)
{
	m->busy_ms += i->busy_ms;
	if (i->epic)
		return;
	m->tasks++;
	m->passed += !strcmp(i->status, "closed");
	m->failed += i->failed && strcmp(i->status, "closed");
	m->human += i->human && strcmp(i->status, "closed");
}

static int by_id(const void *a, const void *b)
{
	return id_compare_natural(((const struct metrics_issue *)a)->id,
				  ((const struct metrics_issue *)b)->id);
}

/* How many attempts ran at once at most, and which issues overlapped another. */
struct edge { int64_t at; int step; size_t issue; };

static int by_time(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->at != y->at ? x->at < y->at ? -1 : 1 : x->step - y->step;
}

static void overlaps(struct metrics *m, int64_t now_us)
{
	VEC(struct edge) edges = { 0 };
	bool *parallel = xcalloc(m->nissue, sizeof(*parallel));
	long *open = xcalloc(m->nissue, sizeof(*open)), issues = 0, running = 0;

	for (size_t i = 0; i < m->nissue; i++)
		for (size_t k = 0; k < m->issue[i].work->nattempt; k++) {
			const struct work_attempt *a = &m->issue[i].work->attempt[k];

			if (!of_run(a, m->info.run) || end_of(a, now_us) <= a->started_at)
				continue;
			vec_add(&edges, (struct edge){ a->started_at, 1, i });
			vec_add(&edges, (struct edge){ end_of(a, now_us), -1, i });
		}
	if (edges.n)
		qsort(edges.v, edges.n, sizeof(*edges.v), by_time);
	for (size_t k = 0; k < edges.n; k++) {
		const struct edge *x = &edges.v[k];

		running += x->step;
		if (running > m->max_concurrent)
			m->max_concurrent = (int)running;
		if (x->step > 0)
			issues += !open[x->issue]++;
		else
			issues -= !--open[x->issue];
		/* at least 1 ms side by side (F001-60) */
		if (issues > 1 && k + 1 < edges.n && edges.v[k + 1].at - x->at >= 1000)
			for (size_t i = 0; i < m->nissue; i++)
				parallel[i] |= open[i] > 0;
	}
	for (size_t i = 0; i < m->nissue; i++)
		m->parallelized += parallel[i] && !m->issue[i].epic;
	vec_free(&edges);
	free(parallel);
	free(open);
}

static void load_waves(struct metrics *m)
{
	int max = 0;

	for (size_t i = 0; i < m->nissue; i++)
		if (m->issue[i].wave > max)
			max = m->issue[i].wave;
	m->wave = arena_alloc(&m->mem, ((size_t)max + 1) * sizeof(*m->wave));
	for (int n = 1; n <= max; n++) {
		struct metrics_wave *w = &m->wave[m->nwave];

		*w = (struct metrics_wave){ .wave = n };
		for (size_t i = 0; i < m->nissue; i++) {
			const struct metrics_issue *x = &m->issue[i];

			if (x->wave != n || x->epic)
				continue;
			w->tasks++;
			w->passed += !strcmp(x->status, "closed");
			for (size_t k = 0; k < x->work->nattempt; k++)
				w->workers += of_run(&x->work->attempt[k], m->info.run) &&
					      strcmp(x->work->attempt[k].role, "agg");
			if (!w->start_us || x->start_us < w->start_us)
				w->start_us = x->start_us;
			if (x->end_us > w->end_us)
				w->end_us = x->end_us;
		}
		m->nwave += w->tasks > 0;
	}
}

/* What the scheduler counted itself stands in status.json. */
static void load_counters(struct metrics *m, struct store *s)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct js *j;

	m->commits = m->wakeups = m->polls = -1;
	m->mode = "";
	run_path(s, m->info.run, "status.json", &path);
	if (fsx_read(AT_FDCWD, path.s, &text, NULL) < 0 || js_parse(&j, text.s, text.len, NULL) < 0)
		return;
	m->commits = (long)js_int(j, "commits", -1);
	m->wakeups = (long)js_int(j, "wakeups", -1);
	m->polls = (long)js_int(j, "polls", -1);
	m->slots = (int)js_int(j, "slots", 0);
	m->unstarted = (size_t)js_int(j, "unstarted", 0);
	if (js_str(j, "mode"))
		m->mode = arena_strdup(&m->mem, js_str(j, "mode"));
	js_free(j);
}

const char *metrics_status(int exit_code, bool any_passed)
{
	switch (exit_code) {
	case 0: return "success";
	case 3: return "human";
	case 4: return "blocked";
	case 7: return "budget";
	case 130:
	case 143: return "cancelled";
	default: return any_passed ? "partial" : "failed";
	}
}

static const char *overall(const struct metrics *m)
{
	if (!m->info.ended_us)
		return m->alive ? "running" : "interrupted";
	return metrics_status(m->info.exit_code, m->passed);
}

/* When the scheduler of an interrupted run wrote last: nothing of it goes on since. */
static int64_t last_sign(struct store *s, const struct metrics *m, int64_t now_us)
{
	BUF_AUTO path = BUF_INIT;
	struct stat st;
	int64_t at;

	run_path(s, m->info.run, "status.json", &path);
	if (stat(path.s, &st) < 0)
		return now_us;
	at = st.st_mtim.tv_sec * 1000000LL + st.st_mtim.tv_nsec / 1000;
	return at > m->info.started_us && at < now_us ? at : now_us;
}

int metrics_load(struct metrics *m, struct store *s, const struct view *v, const char *run,
		 int64_t now_us, struct err *e)
{
	BUF_AUTO alive = BUF_INIT;
	size_t n = view_count(v);
	int rc;

	*m = (struct metrics){ .usage = USAGE_NONE };
	if ((rc = run_info_read(s, run, &m->info, e)) < 0)
		return rc;
	m->alive = run_alive(s, &alive) && !strcmp(alive.s, run);
	if (m->info.ended_us)
		now_us = m->info.ended_us;
	else if (!m->alive)
		now_us = last_sign(s, m, now_us);
	m->issue = arena_alloc(&m->mem, (n + 1) * sizeof(*m->issue));
	for (size_t i = 0; i < n; i++)
		if (load_issue(m, s, view_at(v, i), now_us, &m->issue[m->nissue])) {
			m->issue[m->nissue].blocks = m->issue[m->nissue].bad && holds_back(v, i);
			count_issue(m, &m->issue[m->nissue++]);
		}
	qsort(m->issue, m->nissue, sizeof(*m->issue), by_id);
	m->start_us = m->info.started_us;
	m->end_us = now_us;
	m->makespan_ms = (now_us - m->start_us) / 1000;
	for (size_t i = 0; i < m->nissue; i++)
		if (m->issue[i].busy_ms > m->critical_ms)
			m->critical_ms = m->issue[i].busy_ms;
	overlaps(m, now_us);
	load_waves(m);
	load_counters(m, s);
	m->status = overall(m);
	return 0;
}

void metrics_release(struct metrics *m)
{
	run_info_release(&m->info);
	arena_release(&m->mem);
}
