/* cmd/stats.c - bdw stats: how many issues of what */
#include "cmd/stats.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "store/issue.h"

struct stats {
	size_t total, open, in_progress, closed, blocked, deferred, ready, pinned, eligible;
	double lead_hours;		/* from creation to closing, on average */
};

static bool is_eligible(const struct board *b, size_t i)
{
	size_t n, open = 0;
	const uint32_t *child = board_children(b, i, &n);

	if (strcmp(b->is[i]->type, "epic") != 0 || board_is_over(b, i))
		return false;
	for (size_t k = 0; k < n; k++)
		open += strcmp(b->is[child[k]]->status, "closed") != 0;
	return n && !open;
}

static int ready_count(struct ctx *c, const struct board *b, const char *assignee, size_t *out)
{
	struct board_list list = { 0 };
	struct query q;
	int rc;

	query_init(&q);
	q.ready = true;
	q.assignee = assignee;
	if ((rc = query_prepare(&q, b, &c->err)) == 0)
		query_run(&q, b, &list);
	*out = list.n;
	query_release(&q);
	vec_free(&list);
	return rc;
}

static int gather(struct ctx *c, const struct board *b, const char *assignee, struct stats *s)
{
	size_t timed = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct issue *is = b->is[i];

		if (assignee && strcmp(is->assignee, assignee) != 0)
			continue;
		s->total++;
		s->open += !strcmp(is->status, "open");
		s->in_progress += !strcmp(is->status, "in_progress");
		s->closed += !strcmp(is->status, "closed");
		s->deferred += !strcmp(is->status, "deferred");
		s->pinned += issue_flag(is, "pinned") || !strcmp(is->status, "pinned");
		s->blocked += board_is_blocked(b, i);
		s->eligible += is_eligible(b, i);
		if (is->closed_at > is->created_at && is->created_at) {
			s->lead_hours += (double)(is->closed_at - is->created_at) / 3.6e9;
			timed++;
		}
	}
	if (timed)
		s->lead_hours /= (double)timed;
	return ready_count(c, b, assignee, &s->ready);
}

static void print_json(struct ctx *c, const struct stats *s)
{
	const struct { const char *name; size_t n; } counts[] = {
		{ "total_issues", s->total }, { "open_issues", s->open },
		{ "in_progress_issues", s->in_progress },
		{ "closed_issues", s->closed }, { "blocked_issues", s->blocked },
		{ "deferred_issues", s->deferred }, { "ready_issues", s->ready },
		{ "pinned_issues", s->pinned },
		{ "epics_eligible_for_closure", s->eligible },
	};
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_key(&w, "summary");
	js_open(&w, '{');
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		js_put_int(&w, counts[i].name, (long long)counts[i].n);
	if (s->lead_hours > 0)
		js_put_real(&w, "average_lead_time_hours", s->lead_hours);
	else
		js_put_int(&w, "average_lead_time_hours", 0);
	js_close(&w, '}');
	js_close(&w, '}');
	json_print(c, o.s);
}

static void print_text(struct ctx *c, const struct stats *s)
{
	out_text(c, "\n📊 Issue Database Status\n\nSummary:\n"
		 "  Total Issues:           %zu\n"
		 "  Open:                   %zu\n"
		 "  In Progress:            %zu\n"
		 "  Blocked:                %zu\n"
		 "  Closed:                 %zu\n"
		 "  Ready to Work:          %zu\n",
		 s->total, s->open, s->in_progress, s->blocked, s->closed, s->ready);
	if (s->eligible)
		out_text(c, "  Epics Ready to Close:   %zu\n", s->eligible);
	if (s->lead_hours > 0)
		out_text(c, "  Avg Lead Time:          %.1f hours\n", s->lead_hours);
	out_text(c, "\nFor more details, use '%s list' to see individual issues.\n\n", c->prog);
}

int stats_run(struct ctx *c, int argc, char **argv)
{
	bool mine = false, no_activity = false, all = false;
	const struct opt opts[] = {
		{ 0, "assigned", OPT_BOOL, &mine, NULL, "only issues assigned to you", 0 },
		{ 0, "no-activity", OPT_BOOL, &no_activity, NULL, "as it is anyway", OPT_HIDDEN },
		{ 0, "all", OPT_BOOL, &all, NULL, "as it is anyway", OPT_HIDDEN },
		{ 0 },
	};
	struct stats s = { .total = 0 };
	struct look l = { .v = NULL };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0)
		rc = look_open(c, &l);
	if (rc == 0)
		rc = gather(c, &l.b, mine ? cmd_actor(c) : NULL, &s);
	if (rc == 0 && c->json)
		print_json(c, &s);
	else if (rc == 0)
		print_text(c, &s);
	look_close(&l);
	return rc;
}

const struct cmd cmd_stats = {
	.name = "stats", .brief = "Show how many issues there are of what",
	.example = "stats\nstats --json", .group = GROUP_VIEWS, .need = NEED_STORE,
	.run = stats_run,
};
