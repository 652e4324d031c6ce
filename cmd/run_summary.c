/* cmd/run_summary.c - what is said when a run is over */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/run_session.h"
#include "core/metrics.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/view.h"

static void show_ids(struct ctx *c, const struct metrics *m, bool human)
{
	for (size_t i = 0; i < m->nissue; i++)
		if (human ? m->issue[i].human : m->issue[i].failed)
			out_text(c, "  %s  %s\n", m->issue[i].id, out_title(c, m->issue[i].title));
}

static void show_tokens(struct ctx *c, const struct usage *u)
{
	if (u->total_tokens >= 1000)
		out_text(c, "%lldk tokens, ", (long long)(u->total_tokens + 500) / 1000);
	else if (u->total_tokens >= 0)
		out_text(c, "%lld tokens, ", (long long)u->total_tokens);
	if (u->cost_usd >= 0)
		out_text(c, "%s, ", out_dollars(c, u->cost_usd));
}

static void show_stopped(struct ctx *c, const char *why)
{
	if (!strcmp(why, "budget"))
		out_text(c, "Stopped: the budget is spent.  With a higher one ([budget] in the "
			    "settings) go on with: bdw run\n");
	else if (*why)
		out_text(c, "Stopped: %.*s.  When that is mended, go on with: bdw run\n",
			 (int)strcspn(why, "\n"), why);
}

static void show_summary(const struct session *s, const struct metrics *m, const struct ending *end)
{
	struct ctx *c = s->c;
	char took[CLOCK_TEXT], serial[CLOCK_TEXT];

	if (!m->nissue) {
		out_text(c, "Nothing to run: no issue is ready or can become so.\n%s",
			 s->info.exit_code == 4 ?
				 "What is open waits for others: bdw blocked\n" : "");
		return;
	}
	out_text(c, "%zu closed, %zu failed, %zu waiting for you.  %s", m->passed,
		 m->failed, m->human, clock_format_duration(m->makespan_ms, took));
	if (m->busy_ms > m->makespan_ms && m->makespan_ms)
		out_text(c, " instead of %s (%.1fx)", clock_format_duration(m->busy_ms, serial),
			 (double)m->busy_ms / (double)m->makespan_ms);
	out_text(c, ".  ");
	show_tokens(c, &m->usage);
	out_text(c, "%zu launch%s", m->spawned, m->spawned == 1 ? "" : "es");
	if (m->retried)
		out_text(c, ", %zu repeated", m->retried);
	out_text(c, ".\n");
	if (m->unavailable && m->usage.total_tokens >= 0)
		out_text(c, "Tokens are a known minimum: %zu launches told none.\n",
			 m->unavailable);
	else if (m->unavailable)
		out_text(c, "Tokens are unavailable: no agent told any.\n");
	show_stopped(c, end->stopped);
	if (m->failed) {
		out_text(c, "Failed (bdw show ID; try again with bdw answer ID retry):\n");
		show_ids(c, m, false);
	}
	if (m->human) {
		out_text(c, "Waiting for you (bdw show ID, then bdw answer ID ...):\n");
		show_ids(c, m, true);
	}
	if (*end->behind)
		out_text(c, "%s did not follow: %s\n"
			    "Take the work over with: git merge beadwave-run/%s\n", s->info.target,
			 end->behind, s->info.run);
	else if (*s->info.target && m->passed)
		out_text(c, "%s holds everything.  Details: bdw metrics --run %s\n", s->info.target,
			 s->info.run);
}

void session_summary(const struct session *s, const struct ending *end)
{
	struct ctx *c = s->c;
	struct metrics m;
	struct view *v;

	if (view_open(&v, c->store, VIEW_QUICK, NULL) < 0)
		return;
	if (metrics_load(&m, c->store, v, s->info.run, clock_now_us(), NULL) == 0) {
		if (c->json) {
			BUF_AUTO o = BUF_INIT;
			struct jsw w = JSW(&o, JS_COMPACT);

			/* one that was interrupted may go on, but this scheduler's part is over */
			m.info.ended_us = m.end_us;
			m.info.exit_code = s->info.exit_code;
			m.status = metrics_status(m.info.exit_code, m.passed);
			js_open(&w, '{');
			metrics_write(&m, &w);
			js_close(&w, '}');
			out_text(c, "%s\n", o.s);
		} else {
			show_summary(s, &m, end);
		}
	}
	metrics_release(&m);
	view_close(v);
}
