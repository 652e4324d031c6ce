#include "cmd/runs.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "core/rundir.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/view.h"

int runs_load(struct ctx *c, const char *run, struct metrics *m)
{
	BUF_AUTO id = BUF_INIT;
	struct view *v;
	int rc;

	if ((rc = run_find(c->store, run, &id, &c->err)) < 0)
		return rc;
	/* each look anew: a watch lives longer than a view */
	if ((rc = view_open(&v, c->store, VIEW_QUICK, &c->err)) < 0)
		return rc;
	rc = metrics_load(m, c->store, v, id.s, clock_now_us(), &c->err);
	view_close(v);
	if (rc < 0)
		metrics_release(m);
	return rc;
}

/* status.json of a run: counts and agents; NULL when there is none. js_free(). */
static struct js *read_status(struct ctx *c, const char *run)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct js *j;

	run_path(c->store, run, "status.json", &path);
	if (fsx_read(AT_FDCWD, path.s, &text, NULL) < 0 || js_parse(&j, text.s, text.len, NULL) < 0)
		return NULL;
	return j;
}

static int64_t elapsed_ms(const struct js *agent)
{
	int64_t at;

	if (!js_str(agent, "started_at") || clock_parse(js_str(agent, "started_at"), &at) < 0)
		return 0;
	return (clock_now_us() - at) / 1000;
}

static const char *str(const struct js *j, const char *key)
{
	return js_str(j, key) ? js_str(j, key) : "";
}

/* What status.json says is as of the last decision: an agent that has started since is running. */
static const char *agent_status(const struct js *a, bool alive)
{
	struct attempt_started started;

	if (!alive)
		return "unknown";
	if (!strcmp(str(a, "status"), "starting") &&
	    attempt_started_read(str(a, "folder"), &started, NULL) == 0)
		return "running";
	return str(a, "status");
}

static void put_agent(struct jsw *w, const struct js *a, bool alive)
{
	struct attempt_started started;
	BUF_AUTO line = BUF_INIT;
	AUTO_FREE char *log = xasprintf("%s/stdout.log", str(a, "folder"));
	AUTO_FREE char *result = xasprintf("%s/result.json", str(a, "folder"));

	js_open(w, '{');
	js_put_str(w, "issue", str(a, "issue"));
	js_put_str(w, "role", str(a, "role"));
	js_put_int(w, "attempt", js_int(a, "attempt", 0));
	if (js_has(a, "reviewer"))
		js_put_int(w, "reviewer", js_int(a, "reviewer", 0));
	if (attempt_started_read(str(a, "folder"), &started, NULL) == 0)
		js_put_int(w, "pid", started.pid);
	js_put_str(w, "status", agent_status(a, alive));
	js_put_int(w, "elapsed_ms", elapsed_ms(a));
	js_put_str(w, "log", log);
	js_put_str(w, "result", result);
	attempt_last_line(str(a, "folder"), &line);
	js_put_str(w, "last_line", line.s);
	js_close(w, '}');
}

void runs_json(struct ctx *c, const struct metrics *m)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_PRETTY);
	struct js *st = read_status(c, m->info.run);

	js_open(&w, '{');
	metrics_write(m, &w);
	js_key(&w, "agents");
	js_open(&w, '[');
	for (size_t i = 0; st && !m->info.ended_us && i < js_len(js_get(st, "agents")); i++)
		put_agent(&w, js_at(js_get(st, "agents"), i), m->alive);
	js_close(&w, ']');
	js_close(&w, '}');
	out_text(c, "%s\n", o.s);
	js_free(st);
}

static void picture_agent(const struct js *a, int width, struct buf *out)
{
	char t[CLOCK_TEXT];
	BUF_AUTO line = BUF_INIT;
	BUF_AUTO said = BUF_INIT;

	attempt_last_line(str(a, "folder"), &said);
	buf_addf(&line, "  %s: %s", str(a, "issue"), str(a, "role"));
	if (js_has(a, "reviewer"))
		buf_addf(&line, " %lld", js_int(a, "reviewer", 0));
	buf_addf(&line, ", attempt %lld, %s (%s)%s%s", js_int(a, "attempt", 0),
		 agent_status(a, true), clock_format_duration(elapsed_ms(a), t), said.len ? "  " :
			 "", said.s);
	text_fit(out, line.s, width ? width : INT_MAX, false);
	buf_addc(out, '\n');
}

void runs_picture(struct ctx *c, const struct metrics *m, int width, struct buf *out)
{
	struct js *st = read_status(c, m->info.run);
	char t[CLOCK_TEXT];
	size_t agents = js_len(js_get(st, "agents"));

	buf_addf(out, "Run %s: %s, %s\n", m->info.run, m->status,
		 clock_format_duration(m->makespan_ms, t));
	buf_addf(out, "%zu closed, %zu failed, %zu waiting for you, of %zu; wave %zu, %zu "
		      "launches\n", m->passed,
		 m->failed, m->human, m->tasks + m->unstarted, m->nwave, m->spawned);
	if (m->alive)
		for (size_t i = 0; i < agents; i++)
			picture_agent(js_at(js_get(st, "agents"), i), width, out);
	for (size_t i = 0; i < m->nissue; i++) {
		const struct metrics_issue *x = &m->issue[i];

		if (!x->epic && (x->failed || x->human) && strcmp(x->status, "closed"))
			buf_addf(out, "  %s: %s  (bdw answer %s retry)\n", x->id,
				 x->human ? "waiting for you" : "failed", x->id);
	}
	if (!strcmp(m->status, "interrupted"))
		buf_adds(out, "Go on with: bdw resume\n");
	js_free(st);
}

bool runs_show_status(struct ctx *c, const char *run, int *rc)
{
	struct metrics m;
	BUF_AUTO text = BUF_INIT;

	*rc = runs_load(c, run, &m);
	if (*rc == ERR_NOTFOUND && !run)
		return false;
	if (*rc < 0)
		return true;
	if (c->json) {
		runs_json(c, &m);
	} else {
		runs_picture(c, &m, 0, &text);
		out_text(c, "%s", text.s);
	}
	metrics_release(&m);
	return true;
}
