/* core/runner_events.c - events.jsonl and status.json of a run (contract.md 4, 5) */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/rundir.h"
#include "core/runner_priv.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/mem.h"

/* What was told until now. Half a line goes, as a kill leaves it, and zeros, as a power cut does. */
static long last_seq(int fd, const char *path)
{
	BUF_AUTO text = BUF_INIT;
	const char *line;
	size_t whole;
	long seq = 0;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0)
		return 0;
	for (whole = text.len; whole && text.s[whole - 1] != '\n';)
		whole--;
	if (whole < text.len && ftruncate(fd, (off_t)whole) < 0)
		return 0;
	if (!whole)
		return 0;
	line = memrchr(text.s, '\n', whole - 1);
	line = strstr(line ? line : text.s, "\"seq\":");
	if (line)
		sscanf(line, "\"seq\":%ld", &seq);
	return seq;
}

int events_open(struct runner *r, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/events.jsonl", r->dir);
	AUTO_FREE char *control = xasprintf("%s/control", r->dir);
	int rc = fsx_mkdirs(AT_FDCWD, control, 0700, e);

	if (rc < 0)
		return rc;
	r->events_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (r->events_fd < 0)
		return err_errno(e, "cannot open '%s'", path);
	r->seq = last_seq(r->events_fd, path);
	return 0;
}

static void begin(struct runner *r, struct jsw *w, const char *kind)
{
	char t[CLOCK_TEXT];

	js_open(w, '{');
	js_put_int(w, "v", 1);
	js_put_int(w, "seq", ++r->seq);
	js_put_str(w, "t", clock_format_ms(clock_now_us(), t));
	js_put_int(w, "mono_ns", clock_mono_ns());
	js_put_str(w, "run", r->run);
	js_put_str(w, "event", kind);
}

static void end(struct runner *r, struct jsw *w)
{
	js_close(w, '}');
	if (r->o.event)
		r->o.event(r->o.arg, w->out->s, w->out->len);
	hooks_event(r, w->out->s, w->out->len);
	buf_addc(w->out, '\n');
	if (write(r->events_fd, w->out->s, w->out->len) < 0)
		r->seq--;	/* a full disk: the store's own commit will say so */
}

static void put_issue(struct runner *r, struct jsw *w, long issue)
{
	struct sched_state st;

	if (issue < 0)
		return;
	sched_state(r->sched, (size_t)issue, &st);
	js_put_str(w, "issue", st.id);
}

void events_note(struct runner *r, const struct sched_note *n)
{
	BUF_AUTO line = BUF_INIT;
	struct jsw w = JSW(&line, JS_COMPACT);
	char hex[OID_HEX];
	struct sched_state st;

	if (n->issue >= 0 && n->role >= 0) {
		sched_state(r->sched, (size_t)n->issue, &st);
		if (story_told(r, n->kind, st.id, role_name((enum role)n->role), n->n))
			return;
	}
	begin(r, &w, n->kind);
	put_issue(r, &w, n->issue);
	if (n->role >= 0)
		js_put_str(&w, "role", role_name((enum role)n->role));
	if (n->n)
		js_put_int(&w, "attempt", n->n);
	if (n->reviewer)
		js_put_int(&w, "reviewer", n->reviewer);
	if (n->wave)
		js_put_int(&w, "wave", n->wave);
	if (!strcmp(n->kind, "commit"))
		js_put_str(&w, "oid", oid_hex(&r->last_commit, hex));
	if (n->status)
		js_put_str(&w, "status", n->status);
	if (n->reason && *n->reason)
		js_put_str(&w, "reason", n->reason);
	if (n->evidence)
		js_put_str(&w, "evidence", n->evidence);
	end(r, &w);
}

void events_attempt(struct runner *r, const char *kind, const struct flight *f, int pid,
		    const char *status, const char *reason)
{
	BUF_AUTO line = BUF_INIT;
	struct jsw w = JSW(&line, JS_COMPACT);
	struct sched_state st;
	char hex[OID_HEX];

	sched_state(r->sched, f->issue, &st);
	if (story_told(r, kind, st.id, role_name(f->role), f->n))
		return;
	begin(r, &w, kind);
	js_put_str(&w, "issue", st.id);
	js_put_str(&w, "role", role_name(f->role));
	js_put_int(&w, "attempt", f->n);
	if (f->reviewer)
		js_put_int(&w, "reviewer", f->reviewer);
	if (st.wave)
		js_put_int(&w, "wave", st.wave);
	if (pid)
		js_put_int(&w, "pid", pid);
	if (!strcmp(kind, "spawn"))
		js_put_str(&w, "oid", oid_hex(&r->last_commit, hex));
	if (status)
		js_put_str(&w, "status", status);
	if (reason && *reason)
		js_put_str(&w, "reason", reason);
	end(r, &w);
}

void events_issue(struct runner *r, const char *kind, size_t issue, const char *oid,
		  const char *reason)
{
	BUF_AUTO line = BUF_INIT;
	struct jsw w = JSW(&line, JS_COMPACT);
	struct sched_state st;

	sched_state(r->sched, issue, &st);
	if (story_told(r, kind, st.id, oid, 0))
		return;
	begin(r, &w, kind);
	put_issue(r, &w, (long)issue);
	if (st.wave)
		js_put_int(&w, "wave", st.wave);
	js_put_str(&w, "oid", oid);
	if (reason)
		js_put_str(&w, "reason", reason);
	end(r, &w);
}

void events_simple(struct runner *r, const char *kind, const char *status, const char *reason)
{
	BUF_AUTO line = BUF_INIT;
	struct jsw w = JSW(&line, JS_COMPACT);

	begin(r, &w, kind);
	if (status)
		js_put_str(&w, "status", status);
	if (reason && *reason)
		js_put_str(&w, "reason", reason);
	end(r, &w);
}

static const char *mode_name(enum sched_mode m)
{
	static const char *const names[] = { "auto", "sequential", "parallel_waves",
					     "fully_parallel" };

	return names[m];
}

void events_plan(struct runner *r)
{
	AUTO_FREE char *why = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sched_count(r->sched); i++) {
		struct sched_state st;

		sched_state(r->sched, i, &st);
		n += st.launchable && !st.epic;
	}
	if (sched_mode(r->sched) == MODE_SEQUENTIAL || r->shared)
		why = xasprintf("%zu issue%s, one at a time", n, n == 1 ? "" : "s");
	else if (r->conf.max_parallel > 0)
		why = xasprintf("%zu issue%s, at most %d at once", n, n == 1 ? "" : "s",
				r->conf.max_parallel);
	else
		why = xasprintf("%zu issue%s, all at once", n, n == 1 ? "" : "s");
	events_simple(r, "plan", mode_name(sched_mode(r->sched)), why);
}

static void put_agents(struct runner *r, struct jsw *w)
{
	const struct sched_running *run;
	size_t n = sched_running(r->sched, &run);
	char t[CLOCK_TEXT];

	js_key(w, "agents");
	js_open(w, '[');
	for (size_t k = 0; k < n; k++) {
		struct flight *f = runner_flight(r, run[k].issue, run[k].role, run[k].n);
		struct sched_state st;

		sched_state(r->sched, run[k].issue, &st);
		js_open(w, '{');
		js_put_str(w, "issue", st.id);
		js_put_str(w, "role", role_name(run[k].role));
		js_put_int(w, "attempt", run[k].n);
		if (run[k].reviewer)
			js_put_int(w, "reviewer", run[k].reviewer);
		js_put_str(w, "status", run[k].cancelling ? "cancelling" :
			   f && f->submitted ? "running" : "starting");
		js_put_str(w, "started_at", clock_format_ms(run[k].since_us, t));
		if (f)
			js_put_str(w, "folder", f->dir);
		js_close(w, '}');
	}
	js_close(w, ']');
}

void runner_status(struct runner *r, struct buf *out)
{
	struct jsw w = JSW(out, JS_COMPACT);
	size_t count[STAGE_N] = { 0 }, unstarted = 0;

	for (size_t i = 0; i < sched_count(r->sched); i++) {
		struct sched_state st;

		sched_state(r->sched, i, &st);
		count[st.stage] += st.launchable || st.stage == STAGE_CLOSED;
		unstarted += st.launchable && !st.epic && !st.wave && st.stage == STAGE_WAIT;
	}
	js_open(&w, '{');
	js_put_int(&w, "v", 1);
	js_put_str(&w, "run", r->run);
	js_put_int(&w, "pid", getpid());
	js_put_str(&w, "mode", mode_name(sched_mode(r->sched)));
	js_put_int(&w, "slots", r->conf.max_parallel);
	js_put_int(&w, "wave", sched_wave(r->sched));
	js_put_int(&w, "waiting", (long long)count[STAGE_WAIT]);
	js_put_int(&w, "unstarted", (long long)unstarted);
	js_put_int(&w, "closed", (long long)count[STAGE_CLOSED]);
	js_put_int(&w, "failed", (long long)count[STAGE_FAILED]);
	js_put_int(&w, "human", (long long)count[STAGE_HUMAN]);
	js_put_int(&w, "commits", r->commits);
	js_put_int(&w, "wakeups", r->wakeups);
	js_put_int(&w, "polls", r->polls);
	js_put_int(&w, "active_ms", r->earlier_ms + clock_mono_ms() - r->started_ms);
	js_put_str(&w, "behind", r->behind.s);
	put_agents(r, &w);
	js_close(&w, '}');
}

void status_resume(struct runner *r)
{
	AUTO_FREE char *path = xasprintf("%s/status.json", r->dir);
	BUF_AUTO text = BUF_INIT;
	struct js *j;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0 || js_parse(&j, text.s, text.len, NULL) < 0)
		return;
	r->commits = (long)js_int(j, "commits", 0);
	r->wakeups = (long)js_int(j, "wakeups", 0);
	r->polls = (long)js_int(j, "polls", 0);
	r->earlier_ms = js_int(j, "active_ms", 0);
	js_free(j);
}

void status_write(struct runner *r)
{
	AUTO_FREE char *path = xasprintf("%s/status.json", r->dir);
	BUF_AUTO text = BUF_INIT;

	runner_status(r, &text);
	buf_addc(&text, '\n');
	/* derived: the next turn writes it again */
	fsx_write_atomic(AT_FDCWD, path, text.s, text.len, 0600, 0, NULL);
}
