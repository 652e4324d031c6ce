/* cmd/metrics.c - bdw metrics: what a run did and cost */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/runs.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/issue.h"
#include "store/view.h"

static void show_tokens(struct ctx *c, const struct usage *u)
{
	if (u->total_tokens >= 0)
		out_text(c, "%10lld", (long long)u->total_tokens);
	else
		out_text(c, "%10s", "n/a");
}

static void show_role(struct ctx *c, const struct metrics *m, const struct metrics_issue *x,
		      const char *role)
{
	struct metrics_sum sum;
	char t[CLOCK_TEXT];

	metrics_sum(x->work, m->info.run, role, 0, &sum);
	if (!sum.attempts)
		return;
	out_text(c, "  %-7s %4ld  %9s", role, sum.attempts,
		 clock_format_duration(sum.duration_ms, t));
	show_tokens(c, &sum.usage);
	if (sum.usage.tool_uses >= 0)
		out_text(c, "  %lld tools", (long long)sum.usage.tool_uses);
	if (sum.unavailable && sum.usage.total_tokens >= 0)
		out_text(c, "  (%ld unavailable)", sum.unavailable);
	out_text(c, "\n");
}

static void show_text(struct ctx *c, const struct metrics *m, const char *issue)
{
	static const char *const roles[] = { "impl", "spec", "code", "agg", "test", "verify" };
	char t[CLOCK_TEXT];

	out_text(c, "Run %s: %s, %s\n\n", m->info.run, m->status,
		 clock_format_duration(m->makespan_ms, t));
	out_text(c, "  role    runs       time    tokens\n");
	for (size_t i = 0; i < m->nissue; i++) {
		if (issue && strcmp(issue, m->issue[i].id))
			continue;
		out_text(c, "%s  %s  (%s)\n", m->issue[i].id, out_title(c, m->issue[i].title),
			 m->issue[i].status);
		for (size_t k = 0; k < sizeof(roles) / sizeof(roles[0]); k++)
			show_role(c, m, &m->issue[i], roles[k]);
	}
	if (issue)
		return;
	out_text(c, "\n%zu issue%s: %zu closed, %zu failed, %zu waiting for you. %zu wave%s, at "
		    "most %d at once.\n", m->tasks,
		 m->tasks == 1 ? "" : "s", m->passed, m->failed, m->human, m->nwave,
		 m->nwave == 1 ? "" : "s", m->max_concurrent);
	out_text(c, "%zu launch%s: %zu succeeded, %zu failed, %zu cancelled. Work %s", m->spawned,
		 m->spawned == 1 ? "" : "es", m->succeeded, m->failed_workers, m->cancelled,
		 clock_format_duration(m->busy_ms, t));
	if (m->makespan_ms > 0 && m->busy_ms > m->makespan_ms)
		out_text(c, ", %.1fx as quick as one after another",
			 (double)m->busy_ms / (double)m->makespan_ms);
	out_text(c, ".\n");
	if (m->usage.total_tokens >= 0)
		out_text(c, "Tokens: %lld%s\n", (long long)m->usage.total_tokens,
			 m->unavailable ? " (known minimum)" : "");
	if (m->usage.cost_usd >= 0)
		out_text(c, "Cost: %s, as far as agents or prices tell\n",
			 out_dollars(c, m->usage.cost_usd));
	if (m->unavailable)
		out_text(c, "Tokens of %zu attempt%s are unavailable.\n", m->unavailable,
			 m->unavailable == 1 ? "" : "s");
}

static int run(struct ctx *c, int argc, char **argv)
{
	const char *run_id = NULL;
	const struct opt opts[] = {
		{ 0, "run", OPT_STR, &run_id, "<run>", "of this run (default: the newest)", 0 },
		{ 0 },
	};
	const struct issue *is = NULL;
	struct metrics m;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (argc &&
	    ((rc = cmd_view(c, VIEW_QUICK, &v)) < 0 || (rc = cmd_resolve(c, v, argv[0], &is)) < 0))
		return rc;
	if ((rc = runs_load(c, run_id, &m)) < 0)
		return rc;
	if (c->json) {
		BUF_AUTO o = BUF_INIT;
		struct jsw w = JSW(&o, JS_PRETTY);

		if (is) {
			metrics_write_roles(&m, is->id, &w);
		} else {
			js_open(&w, '{');
			metrics_write(&m, &w);
			js_close(&w, '}');
		}
		out_text(c, "%s\n", o.s);
	} else {
		show_text(c, &m, is ? is->id : NULL);
	}
	metrics_release(&m);
	return 0;
}

const struct cmd cmd_metrics = {
	.name = "metrics", .args = "[<issue>]",
	.brief = "Show attempts, times and tokens by issue and role", .example = "metrics --json",
	.group = GROUP_RUN, .need = NEED_STORE, .flags = CMD_OWN, .max_args = 1, .run = run,
};
