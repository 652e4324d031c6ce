/* cmd/watch.c - bdw watch, bdw wait: following a run from outside it */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/progress.h"
#include "cmd/runs.h"
#include "core/follow.h"
#include "core/rundir.h"
#include "store/base/clock.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/view.h"

struct watching {
	struct ctx *c;
	const char *run;
	bool redraw;
	struct screen screen;
	struct progress *progress;
	int events;		/* events.jsonl */
	bool told;		/* any of them */
	struct buf line;	/* its end, when that was no whole line */
	/* wait */
	const char *issue;	/* NULL: the run */
	long wave;		/* 0: none */
	int code;
};

/* One line an event, of those that have come since the last look. */
static void show_events(struct watching *w)
{
	char chunk[16384];
	size_t from = 0, n;
	ssize_t got;

	while ((got = read(w->events, chunk, sizeof(chunk))) > 0)
		buf_add(&w->line, chunk, (size_t)got);
	for (; (n = strcspn(w->line.s + from, "\n")) < w->line.len - from; from += n + 1,
	     w->told = true)
		progress_event(w->progress, w->line.s + from, n);
	memmove(w->line.s, w->line.s + from, w->line.len - from);
	buf_cut(&w->line, w->line.len - from);
}

static bool show(void *arg)
{
	struct watching *w = arg;
	BUF_AUTO text = BUF_INIT;
	struct metrics m;
	bool ended;

	if (runs_load(w->c, w->run, &m) < 0)
		return true;
	ended = m.info.ended_us != 0;
	if (w->c->json) {
		runs_json(w->c, &m);
	} else if (w->redraw) {
		runs_picture(w->c, &m, out_width(w->c) - 1, &text);
		out_redraw(w->c, &w->screen, text.s);
	} else {
		show_events(w);
	}
	fflush(w->c->out);
	metrics_release(&m);
	return ended;
}

/* What goes on is drawn again every second on a terminal, in which times pass; elsewhere, and
 * told as JSON, changes. */
static int watch(struct watching *w)
{
	int rc;

	do
		rc = run_follow(w->c->store, w->run, w->redraw ? 1000 : 0, w->redraw ? 100 : 0,
				NULL, show, w, &w->c->err);
	while (rc == FOLLOW_TIMEOUT);
	if (rc == FOLLOW_GONE)
		out_warn(w->c, "The scheduler of run %s has gone. Go on with: %s resume", w->run,
			 w->c->prog);
	return rc == FOLLOW_SIGNAL ? 130 : rc < 0 ? rc : 0;
}

/* A picture of how things stand, then one line an event, then how it ended. */
static int watch_lines(struct watching *w)
{
	BUF_AUTO path = BUF_INIT;
	int rc;

	run_path(w->c->store, w->run, "events.jsonl", &path);
	if ((w->events = open(path.s, O_RDONLY | O_CLOEXEC)) < 0)
		return err_errno(&w->c->err, "cannot open '%s'", path.s);
	lseek(w->events, 0, SEEK_END);
	w->progress = progress_new(w->c, PROGRESS_LINES);
	if (runs_show_status(w->c, w->run, &rc) && rc == 0)
		rc = watch(w);
	if (rc == 0 && w->told)
		runs_show_status(w->c, w->run, &rc);
	progress_free(w->progress);
	buf_release(&w->line);
	close(w->events);
	return rc;
}

static int find(struct ctx *c, const char *run, struct buf *id)
{
	return run_find(c->store, run, id, &c->err);
}

static int run_watch(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	struct watching w = { .c = c, .line = BUF_INIT };
	BUF_AUTO id = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = find(c, argc ? argv[0] : NULL, &id)) < 0)
		return rc;
	w.run = id.s;
	w.redraw = isatty(fileno(c->out)) && getenv("TERM") && strcmp(getenv("TERM"), "dumb");
	return w.redraw || c->json ? watch(&w) : watch_lines(&w);
}

const struct cmd cmd_watch = {
	.name = "watch", .args = "[<run>]", .brief = "Show a run as it goes on",
	.help = "Redraws on a terminal; elsewhere prints one line an event. Ends with the run.",
	.example = "watch", .group = GROUP_RUN, .need = NEED_STORE, .flags = CMD_OWN, .max_args = 1,
	.run = run_watch,
};

/* Was the issue cancelled and given back? The run does not come to it again. */
static bool given_back(const struct metrics *m, const struct metrics_issue *x)
{
	const struct work_attempt *last = NULL;

	for (size_t k = 0; k < x->work->nattempt; k++) {
		const struct work_attempt *a = &x->work->attempt[k];

		if (!strcmp(a->run, m->info.run) &&
		    (!last || a->started_at >= last->started_at))
			last = a;
	}
	return !strcmp(x->status, "open") && last && !strcmp(last->outcome, "cancelled");
}

static bool issue_over(const struct metrics *m, const char *id, int *code)
{
	for (size_t i = 0; i < m->nissue; i++) {
		const struct metrics_issue *x = &m->issue[i];
		bool closed = !strcmp(x->status, "closed");

		if (strcmp(x->id, id))
			continue;
		*code = closed ? 0 : x->human ? 3 : given_back(m, x) ? 4 : 1;
		return closed || *code == 4 || !strcmp(x->status, "blocked");
	}
	return false;
}

static bool wave_over(const struct metrics *m, long wave, int *code)
{
	bool open = true;

	for (size_t k = 0; k < m->nwave; k++) {
		if (m->wave[k].wave != wave)
			continue;
		*code = m->wave[k].passed < m->wave[k].tasks;
		open = false;
	}
	for (size_t i = 0; i < m->nissue && !open; i++)
		open = m->issue[i].wave == wave && strcmp(m->issue[i].status, "closed") &&
		       strcmp(m->issue[i].status, "blocked") && !given_back(m, &m->issue[i]);
	return !open;
}

/* Has what is waited for ended? Sets the exit code. */
static bool over(void *arg)
{
	struct watching *w = arg;
	struct metrics m;
	bool done;

	if (runs_load(w->c, w->run, &m) < 0)
		return true;
	done = w->issue ? issue_over(&m, w->issue, &w->code) :
		w->wave ? wave_over(&m, w->wave, &w->code) : false;
	if (!done && m.info.ended_us) {
		w->code = m.info.exit_code;
		done = true;
	}
	metrics_release(&m);
	return done;
}

/* An issue id, a run id, "wave N" as a number, or nothing: the newest run. */
static int what(struct ctx *c, struct watching *w, const char *arg, struct buf *id)
{
	const struct issue *is;
	struct view *v;
	long long n;
	int rc;

	if (arg && text_int(arg, 1, 100000, &n) == 0) {
		w->wave = (long)n;
		arg = NULL;
	}
	if (!arg || run_find(c->store, arg, id, NULL) == 0)
		return arg ? 0 : find(c, NULL, id);
	if ((rc = cmd_view(c, VIEW_QUICK, &v)) < 0 || (rc = cmd_resolve(c, v, arg, &is)) < 0)
		return rc;
	w->issue = is->id;
	return find(c, NULL, id);
}

static int run_wait(struct ctx *c, int argc, char **argv)
{
	const char *timeout = NULL;
	const struct opt opts[] = {
		{ 't', "timeout", OPT_STR, &timeout, "<time>",
		  "give up after so long (exit 124); 90, 10m, 2h", 0 },
		{ 0 },
	};
	struct watching w = { .c = c, .line = BUF_INIT };
	BUF_AUTO id = BUF_INIT;
	int64_t ms = 0;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (timeout && clock_parse_duration(timeout, &ms) < 0)
		return err_set(&c->err, ERR_USAGE,
			       "--timeout wants a time like 90, 10m or 2h, not '%s'", timeout);
	if ((rc = what(c, &w, argc ? argv[0] : NULL, &id)) < 0)
		return rc;
	w.run = id.s;
	switch ((rc = run_follow(c->store, id.s, ms, 0, NULL, over, &w, &c->err))) {
	case FOLLOW_DONE:
		return w.code;
	case FOLLOW_TIMEOUT:
		return 124;
	case FOLLOW_SIGNAL:
		return 130;
	case FOLLOW_GONE:
		err_set(&c->err, ERR_NOTFOUND, "run %s was interrupted", id.s);
		err_hint(&c->err, "go on with 'bdw resume'");
		return ERR_NOTFOUND;
	default:
		return rc;
	}
}

const struct cmd cmd_wait = {
	.name = "wait", .args = "[<issue>|<wave>|<run>]",
	.brief = "Wait until a run, a wave or an issue has ended",
	.help = "Answers what the run answered: 0 when it went well, 1 failed, 3 waiting for a "
		"person; 124: time is up.",
	.example = "wait demo-77aa.3 --timeout 10m", .group = GROUP_RUN, .need = NEED_STORE,
	.flags = CMD_OWN, .max_args = 1, .run = run_wait,
};
