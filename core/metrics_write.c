/* core/metrics_write.c - a run's metrics as JSON; see metrics.h */
#include <string.h>

#include "core/metrics.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/json.h"

static void put_known(struct jsw *w, const char *key, int64_t v)
{
	if (v >= 0)
		js_put_int(w, key, v);
}

static void put_usage(struct jsw *w, const struct usage *u)
{
	put_known(w, "total_tokens", u->total_tokens);
	put_known(w, "input_tokens", u->input_tokens);
	put_known(w, "output_tokens", u->output_tokens);
	put_known(w, "cache_creation_input_tokens", u->cache_creation_input_tokens);
	put_known(w, "cache_read_input_tokens", u->cache_read_input_tokens);
	put_known(w, "tool_uses", u->tool_uses);
	if (u->cost_usd >= 0)
		js_put_real(w, "cost_usd", u->cost_usd);
}

static void put_sum(struct jsw *w, const char *issue, const char *role, long reviewer,
		    const struct metrics_sum *sum)
{
	BUF_AUTO key = BUF_INIT;

	if (!sum->attempts)
		return;
	buf_addf(&key, "%s.%s", issue, role);
	if (reviewer)
		buf_addf(&key, ".%ld", reviewer);
	js_key(w, key.s);
	js_open(w, '{');
	js_put_int(w, "attempts", sum->attempts);
	put_usage(w, &sum->usage);
	js_put_int(w, "duration_ms", sum->duration_ms);
	js_put_int(w, "user_ms", sum->user_ms);
	js_put_int(w, "sys_ms", sum->sys_ms);
	js_put_int(w, "maxrss_kb", sum->maxrss_kb);
	if (sum->unavailable)
		js_put_int(w, "metrics_unavailable", sum->unavailable);
	js_close(w, '}');
}

static long reviewers(const struct work *w, const char *run)
{
	long n = 0;

	for (size_t k = 0; k < w->nattempt; k++)
		if (!strcmp(w->attempt[k].run, run) && w->attempt[k].reviewer > n)
			n = w->attempt[k].reviewer;
	return n;
}

void metrics_write_roles(const struct metrics *m, const char *issue, struct jsw *w)
{
	static const char *const roles[] = { "impl", "spec", "code", "agg", "test", "verify" };

	js_open(w, '{');
	for (size_t i = 0; i < m->nissue; i++) {
		const struct metrics_issue *x = &m->issue[i];
		long n = reviewers(x->work, m->info.run);
		struct metrics_sum sum;

		if (issue && strcmp(issue, x->id))
			continue;
		for (size_t k = 0; k < sizeof(roles) / sizeof(roles[0]); k++) {
			bool each = !strcmp(roles[k], "code") && n > 1;

			for (long r = each ? 1 : 0; r <= (each ? n : 0); r++) {
				metrics_sum(x->work, m->info.run, roles[k], r, &sum);
				put_sum(w, x->id, roles[k], r, &sum);
			}
		}
	}
	js_close(w, '}');
}

enum which { ALL, BAD, BLOCKING };

static void put_ids(struct jsw *w, const char *key, const struct metrics *m, int wave,
		    enum which which)
{
	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < m->nissue; i++)
		if (!m->issue[i].epic && (!wave || m->issue[i].wave == wave) &&
		    (which == ALL || (which == BAD ? m->issue[i].bad : m->issue[i].blocks)))
			js_add_str(w, m->issue[i].id);
	js_close(w, ']');
}

static void put_waves(struct jsw *w, const struct metrics *m)
{
	char t[CLOCK_TEXT];

	js_key(w, "waves");
	js_open(w, '[');
	for (size_t k = 0; k < m->nwave; k++) {
		const struct metrics_wave *x = &m->wave[k];

		js_open(w, '{');
		js_put_int(w, "wave", x->wave);
		put_ids(w, "tasks", m, x->wave, ALL);
		js_put_str(w, "rationale", x->tasks > 1 ? "ready together, no shared files" :
			   "alone: nothing else was ready");
		js_put_int(w, "total_workers", (long long)x->workers);
		js_put_str(w, "started_at", clock_format_ms(x->start_us, t));
		js_put_int(w, "total_duration_ms", (x->end_us - x->start_us) / 1000);
		js_put_bool(w, "all_passed", x->passed == x->tasks);
		put_ids(w, "failed_tasks", m, x->wave, BAD);
		js_close(w, '}');
	}
	js_close(w, ']');
}

/* Every attempt that did not pass, not only the first (F004-03). */
static void put_errors(struct jsw *w, const struct metrics *m)
{
	js_key(w, "errors");
	js_open(w, '[');
	for (size_t i = 0; i < m->nissue; i++)
		for (size_t k = 0; k < m->issue[i].work->nattempt; k++) {
			const struct work_attempt *a = &m->issue[i].work->attempt[k];

			if (strcmp(a->run, m->info.run) || !strcmp(a->outcome, "passed") ||
			    !strcmp(a->outcome, "running"))
				continue;
			js_open(w, '{');
			js_put_str(w, "issue", m->issue[i].id);
			js_put_str(w, "role", a->role);
			js_put_int(w, "attempt", a->n);
			js_put_str(w, "status", a->outcome);
			if (*a->verdict)
				js_put_str(w, "verdict", a->verdict);
			if (a->signal)
				js_put_int(w, "signal", a->signal);
			else if (a->exit_code)
				js_put_int(w, "exit_code", a->exit_code);
			js_close(w, '}');
		}
	js_close(w, ']');
}

static double minutes(int64_t ms)
{
	return (double)(ms / 10) / 6000;
}

static void put_times(struct jsw *w, const struct metrics *m)
{
	double speedup = m->makespan_ms > 0 ? (double)(m->busy_ms * 100 / m->makespan_ms) / 100 : 0;
	int64_t share = m->slots > 0 ? m->busy_ms / m->slots : 0, waves = 0;

	for (size_t k = 0; k < m->nwave; k++)
		waves += (m->wave[k].end_us - m->wave[k].start_us) / 1000;
	js_put_real(w, "estimated_sequential_time", minutes(m->busy_ms));
	js_put_real(w, "actual_parallel_time", minutes(m->makespan_ms));
	js_put_real(w, "speedup_achieved", speedup);
	js_put_real(w, "total_sequential_estimate", minutes(m->busy_ms));
	js_put_real(w, "total_parallel_actual", minutes(m->makespan_ms));
	js_put_real(w, "speedup_factor", speedup);
	js_put_int(w, "parallelized_tasks", (long long)m->parallelized);
	js_put_int(w, "sequential_tasks", (long long)(m->tasks - m->parallelized));
	js_put_int(w, "total_waves", (long long)m->nwave);
	js_put_int(w, "max_concurrent", m->max_concurrent);
	js_put_real(w, "avg_wave_time", m->nwave ? minutes(waves / (int64_t)m->nwave) : 0);
	js_put_int(w, "makespan_ms", m->makespan_ms);
	js_put_int(w, "bound_ms", share > m->critical_ms ? share : m->critical_ms);
}

void metrics_write(const struct metrics *m, struct jsw *w)
{
	js_put_str(w, "run", m->info.run);
	js_put_str(w, "mode", m->mode);
	js_put_str(w, "status", m->status);
	if (m->info.ended_us)
		js_put_int(w, "exit_code", m->info.exit_code);
	js_put_int(w, "waves_executed", (long long)m->nwave);
	put_waves(w, m);
	js_put_int(w, "total_tasks", (long long)(m->tasks + m->unstarted));
	js_put_int(w, "passed_tasks", (long long)m->passed);
	put_ids(w, "failed_tasks", m, 0, BAD);
	put_ids(w, "blocking_failures", m, 0, BLOCKING);
	put_times(w, m);
	js_put_int(w, "workers_spawned", (long long)m->spawned);
	js_put_int(w, "workers_succeeded", (long long)m->succeeded);
	js_put_int(w, "workers_failed", (long long)m->failed_workers);
	js_put_int(w, "workers_retried", (long long)m->retried);
	js_put_int(w, "workers_cancelled", (long long)m->cancelled);
	put_known(w, "polls", m->polls);
	put_known(w, "wakeups", m->wakeups);
	put_known(w, "commits", m->commits);
	put_errors(w, m);
	js_key(w, "metrics");
	metrics_write_roles(m, NULL, w);
	js_put_int(w, "metrics_unavailable", (long long)m->unavailable);
}
