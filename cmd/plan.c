/* cmd/plan.c - bdw plan */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/plan.h"
#include "cmd/run_setup.h"
#include "core/plan.h"
#include "core/select.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/view.h"

enum { DEFAULT_MIN = 10 };	/* minutes of an issue that nobody estimated */

static const char *const modes[] = { "auto", "sequential", "parallel_waves", "fully_parallel" };

struct showing {
	struct ctx *c;
	struct selection sel;
	struct sched_conf conf;
	struct plan plan;
	const char *epic;	/* ids below it are shortened to ".1"; "" none */
};

static const char *short_id(const struct showing *s, size_t i)
{
	const char *id = s->sel.item[i].id;
	size_t n = strlen(s->epic);

	return n && !strncmp(id, s->epic, n) && id[n] == '.' ? id + n : id;
}

static void put_ids(const struct showing *s, struct jsw *w, int wave)
{
	js_open(w, '[');
	for (size_t k = 0; k < s->plan.nissue; k++)
		if (s->plan.issue[k].wave && (!wave || s->plan.issue[k].wave == wave))
			js_add_str(w, s->sel.item[s->plan.issue[k].index].id);
	js_close(w, ']');
}

/* Ids in a text, too. */
static void add_short(const struct showing *s, const char *text, struct buf *out)
{
	AUTO_FREE char *prefix = xasprintf(" %s.", s->epic);
	const char *at;

	for (; *s->epic && (at = strstr(text, prefix)); text = at + strlen(prefix) - 1) {
		buf_add(out, text, (size_t)(at - text));
		buf_addc(out, ' ');
	}
	buf_adds(out, text);
}

static const char *rationale(const struct showing *s, int wave, struct buf *out)
{
	for (size_t k = 0; k < s->plan.nissue; k++) {
		const struct plan_issue *pi = &s->plan.issue[k];

		if (pi->wave != wave || !pi->after || !*pi->after)
			continue;
		buf_addf(out, "%s%s ", out->len ? "; " : "", short_id(s, pi->index));
		add_short(s, pi->after, out);
	}
	if (!out->len)
		buf_adds(out, "no shared files");
	return out->s;
}

static void put_waves(const struct showing *s, struct jsw *w)
{
	js_key(w, "waves");
	js_open(w, '[');
	for (int n = 1; n <= s->plan.nwaves; n++) {
		BUF_AUTO why = BUF_INIT;

		js_open(w, '{');
		js_put_int(w, "wave", n);
		js_key(w, "tasks");
		put_ids(s, w, n);
		js_put_str(w, "rationale", rationale(s, n, &why));
		js_close(w, '}');
	}
	js_close(w, ']');
}

static void put_edges(const struct showing *s, struct jsw *w)
{
	js_key(w, "edges");
	js_open(w, '[');
	for (size_t i = 0; i < s->sel.n; i++)
		for (size_t k = 0; k < s->sel.item[i].nblockers && !s->sel.item[i].closed; k++) {
			js_open(w, '{');
			js_put_str(w, "from", s->sel.item[i].blockers[k]);
			js_put_str(w, "to", s->sel.item[i].id);
			js_close(w, '}');
		}
	js_close(w, ']');
}

static void put_conflicts(const struct showing *s, struct jsw *w)
{
	js_key(w, "conflicts");
	js_open(w, '[');
	for (size_t k = 0; k < s->plan.nconflict; k++) {
		const struct plan_conflict *x = &s->plan.conflict[k];

		js_open(w, '{');
		js_put_str(w, "a", s->sel.item[x->a].id);
		js_put_str(w, "b", s->sel.item[x->b].id);
		js_put_str(w, "path", x->path);
		js_close(w, '}');
	}
	js_close(w, ']');
}

/* cycle: "a -> b -> a", or "". */
static void put_cycle(struct jsw *w, const char *cycle)
{
	js_key(w, "cycle");
	js_open(w, '[');
	while (*cycle) {
		size_t n = strcspn(cycle, " ");

		js_add_strn(w, cycle, n);
		cycle += n;
		cycle += strncmp(cycle, " -> ", 4) ? strlen(cycle) : 4;
	}
	js_close(w, ']');
}

static void show_json(const struct showing *s, const char *cycle)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_PRETTY);

	js_open(&w, '{');
	js_put_str(&w, "mode", modes[s->plan.mode]);
	put_waves(s, &w);
	js_key(&w, "order");
	put_ids(s, &w, 0);
	put_edges(s, &w);
	put_conflicts(s, &w);
	js_key(&w, "critical_path");
	js_open(&w, '[');
	for (size_t k = 0; k < s->plan.ncritical; k++)
		js_add_str(&w, s->sel.item[s->plan.critical[k]].id);
	js_close(&w, ']');
	js_put_int(&w, "work_ms", s->plan.work_ms);
	js_put_int(&w, "critical_ms", s->plan.critical_ms);
	js_put_int(&w, "bound_ms", s->plan.bound_ms);
	js_put_int(&w, "predicted_ms", s->plan.predicted_ms);
	js_put_int(&w, "launches", (long long)s->plan.launches);
	put_cycle(&w, cycle);
	js_close(&w, '}');
	out_text(s->c, "%s\n", o.s);
}

static void show_wave(const struct showing *s, int wave, int ids_width)
{
	BUF_AUTO ids = BUF_INIT;
	BUF_AUTO why = BUF_INIT;

	for (size_t k = 0; k < s->plan.nissue; k++)
		if (s->plan.issue[k].wave == wave)
			buf_addf(&ids, "%s%s", ids.len ? " " : "",
				 short_id(s, s->plan.issue[k].index));
	while (text_width(ids.s) < ids_width)
		buf_addc(&ids, ' ');
	out_text(s->c, "Wave %-2d  %s   %s\n", wave, ids.s, rationale(s, wave, &why));
}

static int ids_width(const struct showing *s)
{
	int max = 0;

	for (int n = 1; n <= s->plan.nwaves; n++) {
		int width = -1;

		for (size_t k = 0; k < s->plan.nissue; k++)
			if (s->plan.issue[k].wave == n)
				width += 1 + text_width(short_id(s, s->plan.issue[k].index));
		max = width > max ? width : max;
	}
	return max > 40 ? 40 : max;
}

static void show_text(const struct showing *s)
{
	const struct plan *p = &s->plan;
	int width = ids_width(s);

	if (!p->nwaves) {
		out_text(s->c, "Nothing to run: no issue is ready or can become so.\n");
		return;
	}
	for (int n = 1; n <= p->nwaves; n++)
		show_wave(s, n, width);
	out_text(s->c, "Critical path ");
	for (size_t k = 0; k < p->ncritical; k++)
		out_text(s->c, "%s%s", k ? " -> " : "", short_id(s, p->critical[k]));
	out_text(s->c, ": %lld of %lld min. ", (long long)p->critical_ms / 60000,
		 (long long)p->work_ms / 60000);
	if (s->conf.max_parallel)
		out_text(s->c, "With %d slots ", s->conf.max_parallel);
	out_text(s->c, "%lld min predicted, lower bound %lld. About %zu agent launches.\n",
		 (long long)p->predicted_ms / 60000, (long long)p->bound_ms / 60000, p->launches);
	if (s->sel.n && p->mode != MODE_AUTO)
		out_text(s->c, "Mode %s.\n", modes[p->mode]);
}

/* A cycle is an answer too: its ids, and exit code 4. */
static int show_cycle(const struct showing *s)
{
	const struct err *e = &s->c->err;
	const char *list = strchr(e->msg, ':');

	if (s->c->json)
		show_json(s, list ? list + 2 : "");
	else
		out_warn(s->c, "bdw: %s\nhint: %s", e->msg, e->hint);
	return 4;
}

int plan_show(struct ctx *c, const struct run_flags *f, int argc, char **argv)
{
	struct showing s = { .c = c, .epic = argc == 1 ? argv[0] : "" };
	STRS_AUTO ids = { 0 };
	struct config *cfg;
	struct view *v;
	int rc;

	for (int i = 0; i < argc; i++)
		strs_add(&ids, argv[i]);
	for (size_t i = 0; i < f->issues.n; i++)
		strs_add(&ids, f->issues.v[i]);
	if ((rc = run_config(c, f, &cfg)) < 0)
		return rc;
	if ((rc = cmd_view(c, 0, &v)) == 0 &&
	    (rc = select_issues(&s.sel, c->store, v,
				&(struct select_opts){ .ids = &ids, .actor = cmd_actor(c),
						       .now_us = c->now_us },
				&c->err)) == 0) {
		select_conf(&s.conf, cfg, &s.sel);
		rc = plan_make(&s.plan, &s.conf, s.sel.item, s.sel.n, DEFAULT_MIN, &c->err);
		if (rc == ERR_REFUSED)
			rc = show_cycle(&s);
		else if (rc == 0 && c->json)
			show_json(&s, "");
		else if (rc == 0)
			show_text(&s);
		plan_release(&s.plan);
		selection_release(&s.sel);
	}
	config_free(cfg);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct run_flags f = RUN_FLAGS_INIT;
	struct opt opts[RUN_OPTS];
	int rc;

	run_opts(&f, opts);
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0)
		rc = plan_show(c, &f, argc, argv);
	run_flags_release(&f);
	return rc;
}

const struct cmd cmd_plan = {
	.name = "plan", .args = "[<id>|<epic>]...",
	.brief = "Show waves, order and critical path of a run",
	.help = "Nothing is started or changed. Times are estimates: 10 minutes for an issue "
		"without one.",
	.example = "plan demo-77aa", .group = GROUP_RUN, .need = NEED_STORE, .flags = CMD_OWN,
	.max_args = -1, .run = run,
};
