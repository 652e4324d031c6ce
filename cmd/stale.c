/* cmd/stale.c - bdw stale: what nobody has touched for long */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/render.h"
#include "store/issue.h"

#define DAY_US (INT64_C(86400) * 1000000)

static void print_json(struct ctx *c, const struct board *b, const struct board_list *list)
{
	struct json_doc d;

	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < list->n; i++)
		json_issue(&d.w, b->is[list->v[i]], NULL);
	js_close(&d.w, ']');
	json_finish(&d, c);
}

static void print_text(struct ctx *c, const struct board *b, const struct board_list *list,
		       long days)
{
	BUF_AUTO out = BUF_INIT;

	if (list->n)
		buf_addf(&out, "\n⏰ Stale issues (%zu not updated in %ld+ days):\n\n",
			 list->n, days);
	else
		buf_adds(&out, "\n✨ No stale issues found (all active)\n\n");
	for (size_t i = 0; i < list->n; i++) {
		const struct issue *is = b->is[list->v[i]];

		buf_addf(&out, "%zu. [", i + 1);
		render_priority(c, &out, is->priority);
		buf_addf(&out, "] %s: ", is->id);
		render_title(&out, is->title);
		buf_addf(&out, "\n   Status: %s, Last updated: %lld days ago\n", is->status,
			 (long long)((c->now_us - is->updated_at) / DAY_US));
		if (*is->assignee)
			buf_addf(&out, "   Assignee: %s\n", is->assignee);
		buf_addc(&out, '\n');
	}
	render_print(c, &out, 1);
}

static int run(struct ctx *c, int argc, char **argv)
{
	long days = 30;
	struct filter f;
	const struct opt own[] = {
		{ 'd', "days", OPT_INT, &days, "<n>", "not touched for so many days (30)", 0 },
		{ 'n', "limit", OPT_INT, &f.limit, "<n>", "at most so many (50; 0: all)", 0 },
	};
	struct opt opts[FILTER_OPTS + sizeof(own) / sizeof(own[0]) + 1] = { { 0 } };
	struct board_list list = { 0 };
	struct look l = { .v = NULL };
	int n = 0, rc;

	filter_init(&f);
	filter_opts(&f, FILTER_STATUS, opts, &n);
	memcpy(opts + n, own, sizeof(own));
	rc = cmd_begin(c, opts, &argc, argv);
	if (rc == 0 && (days < 1 || days > 100000))
		rc = err_set(&c->err, ERR_USAGE, days < 1 ? "--days must be at least 1" :
			     "--days must be at most 100000");
	if (rc == 0)
		rc = look_open(c, &l);
	if (rc == 0)
		f.q.updated.before = c->now_us - days * DAY_US;
	if (rc == 0 && (rc = filter_read(c, &f, &l)) == 0) {
		query_run(&f.q, &l.b, &list);
		query_order(&l.b, &list, SORT_UPDATED, true);	/* the longest forgotten first */
		if (f.limit > 0 && list.n > (size_t)f.limit)
			list.n = (size_t)f.limit;
		if (c->json)
			print_json(c, &l.b, &list);
		else
			print_text(c, &l.b, &list, days);
	}
	vec_free(&list);
	look_close(&l);
	filter_release(&f);
	return rc;
}

const struct cmd cmd_stale = {
	.name = "stale", .brief = "Show open issues nobody has touched for long",
	.example = "stale\nstale --days 14 --status in_progress", .group = GROUP_VIEWS,
	.need = NEED_STORE, .run = run,
};
