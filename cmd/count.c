/* cmd/count.c - bdw count: how many, and how many of each kind */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "store/base/map.h"
#include "store/issue.h"

/* What to group by; a label counts for each label an issue has. */
struct grouping { bool status, priority, type, assignee, label; };

struct group { const char *name; size_t n; };
struct groups { VEC(struct group) list; struct map at; };	/* at: name -> index + 1 */

static void add(struct groups *g, const char *name)
{
	size_t i = (size_t)map_get(&g->at, name);

	if (!i) {
		vec_add(&g->list, (struct group){ name, 0 });
		i = g->list.n;
		map_put(&g->at, name, (void *)i);
	}
	g->list.v[i - 1].n++;
}

static void add_issue(struct groups *g, const struct grouping *by, const struct issue *is)
{
	static const char *const priorities[] = { "P0", "P1", "P2", "P3", "P4" };

	if (by->status)
		add(g, is->status);
	else if (by->priority)
		add(g, priorities[is->priority]);
	else if (by->type)
		add(g, is->type);
	else if (by->assignee)
		add(g, *is->assignee ? is->assignee : "(unassigned)");
	else if (by->label && !is->nlabels)
		add(g, "(no labels)");
	for (size_t i = 0; by->label && i < is->nlabels; i++)
		add(g, is->labels[i]);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

static void print_groups(struct ctx *c, const struct groups *g, size_t total)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	if (!c->json) {
		out_text(c, "Total: %zu\n\n", total);
		for (size_t i = 0; i < g->list.n; i++)
			out_text(c, "%s: %zu\n", g->list.v[i].name, g->list.v[i].n);
		return;
	}
	js_open(&w, '{');
	js_put_int(&w, "total", (long long)total);
	js_key(&w, "groups");
	js_open(&w, '[');
	for (size_t i = 0; i < g->list.n; i++) {
		js_open(&w, '{');
		js_put_str(&w, "group", g->list.v[i].name);
		js_put_int(&w, "count", (long long)g->list.v[i].n);
		js_close(&w, '}');
	}
	js_close(&w, ']');
	js_close(&w, '}');
	json_print(c, o.s);
}

static int count(struct ctx *c, struct filter *f, const struct grouping *by)
{
	struct groups g = { .at = MAP_INIT };
	struct board_list list = { 0 };
	struct look l;
	int rc = look_open(c, &l);

	if (rc == 0 && !f->status.n)
		f->q.all = true;
	f->q.include_gates = f->q.include_templates = f->q.include_infra = true;
	if (rc == 0 && (rc = filter_read(c, f, &l)) == 0) {
		query_run(&f->q, &l.b, &list);
		for (size_t i = 0; i < list.n; i++)
			add_issue(&g, by, l.b.is[list.v[i]]);
		if (g.list.n > 1)
			qsort(g.list.v, g.list.n, sizeof(*g.list.v), by_name);
		if (by->status || by->priority || by->type || by->assignee || by->label)
			print_groups(c, &g, list.n);
		else if (c->json)
			json_print(c, arena_printf(&c->arena, "{\"count\":%zu}", list.n));
		else
			out_text(c, "%zu\n", list.n);
	}
	vec_free(&list);
	vec_free(&g.list);
	map_release(&g.at);
	look_close(&l);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct grouping by = { .status = false };
	struct filter f;
	const struct opt own[] = {
		{ 0, "by-status", OPT_BOOL, &by.status, NULL, "how many of each status", 0 },
		{ 0, "by-priority", OPT_BOOL, &by.priority, NULL, "of each priority", 0 },
		{ 0, "by-type", OPT_BOOL, &by.type, NULL, "of each type", 0 },
		{ 0, "by-assignee", OPT_BOOL, &by.assignee, NULL, "of each person", 0 },
		{ 0, "by-label", OPT_BOOL, &by.label, NULL, "with each label", 0 },
	};
	struct opt opts[FILTER_OPTS + sizeof(own) / sizeof(own[0]) + 1] = { { 0 } };
	int n = 0, rc;

	filter_init(&f);
	filter_opts(&f, FILTER_STATUS | FILTER_BASIC | FILTER_MORE, opts, &n);
	memcpy(opts + n, own, sizeof(own));
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0) {
		if (by.status + by.priority + by.type + by.assignee + by.label > 1)
			rc = err_set(&c->err, ERR_USAGE, "only one --by-* flag can be used");
		else
			rc = count(c, &f, &by);
	}
	filter_release(&f);
	return rc;
}

const struct cmd cmd_count = {
	.name = "count", .brief = "Count issues",
	.example = "count --status open\ncount --by-label --parent demo-4f2a",
	.group = GROUP_VIEWS, .need = NEED_STORE, .run = run,
};
