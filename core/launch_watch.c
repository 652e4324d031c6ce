/* core/launch_watch.c - one attempt while it runs: a result that counts before the exit,
 * warnings about silence */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/runner_priv.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/config.h"

enum { LATE_MS = 1000 };	/* what a keeper that is well may need beyond deadline and grace */

/* Milliseconds since anything was printed. */
static int64_t silent_ms(const struct flight *f)
{
	static const char *const logs[] = { "stdout.log", "stderr.log" };
	int64_t newest = f->spawned_ms, now = clock_mono_ms();
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	for (int i = 0; i < 2; i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", f->dir, logs[i]);
		struct stat st;
		int64_t age;

		if (stat(path, &st) || !st.st_size)
			continue;
		age = (int64_t)(wall.tv_sec - st.st_mtim.tv_sec) * 1000 +
			(wall.tv_nsec - st.st_mtim.tv_nsec) / 1000000;
		if (now - age > newest)
			newest = now - age;
	}
	return now - newest;
}

/* The k-th of "10m,20m,30m" in milliseconds, 0 past the end. */
static int64_t warn_at(const struct runner *r, size_t k)
{
	STRS_AUTO parts = { 0 };
	int64_t ms = 0;

	text_split(config_str(r->o.config, "timeout.idle_warn"), ',', &parts);
	if (k < parts.n)
		clock_parse_duration(parts.v[k], &ms);
	return ms;
}

static void on_silence(void *arg)
{
	struct flight *f = arg;
	int64_t limit = warn_at(f->r, f->warned), silent = silent_ms(f);
	char text[CLOCK_TEXT], reason[80];

	f->silence = NULL;
	if (silent >= limit) {
		snprintf(reason, sizeof(reason), "no output for %s",
			 clock_format_duration(silent, text));
		events_attempt(f->r, "stall", f, 0, NULL, reason);
		limit = warn_at(f->r, ++f->warned);
	}
	if (limit > 0)
		f->silence = loop_at(f->r->loop, clock_mono_ms() +
				     (limit > silent ? limit - silent : 1), on_silence, f);
}

/* Is the result file whole, and does it say how it ended? "running" and the like are progress
 * (F003-12). */
static bool terminal(const struct flight *f)
{
	AUTO_FREE char *path = xasprintf("%s/result.json", f->dir);
	BUF_AUTO text = BUF_INIT;
	struct js *j;
	const char *status;
	bool end;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0 || js_parse(&j, text.s, text.len, NULL) < 0)
		return false;
	status = js_str(j, "status");
	end = status && strcmp(status, "running") && strcmp(status, "pending") &&
		strcmp(status, "in_progress");
	js_free(j);
	return end;
}

static void on_result(void *arg, const char *name)
{
	struct flight *f = arg;

	if ((name && strcmp(name, "result.json")) || !terminal(f))
		return;
	events_attempt(f->r, "result", f, 0, NULL, NULL);
	/* its work is done: what lingers is ended */
	f->r->exec->cancel(f->r->exec, f->dir, NULL);
}

/*
 * Deadline and grace are over, so its keeper does not do its work: stopped, or starved. It is
 * told to, and SIGCONT comes with that; a second call leaves no more grace.
 */
static void on_overdue(void *arg)
{
	struct flight *f = arg;
	int64_t grace = config_ms(f->r->o.config, "timeout.grace");

	if (!f->late)
		events_attempt(f->r, "stall", f, 0, "overdue",
			       "its deadline and grace are over: ended by the scheduler");
	f->late = true;
	f->r->exec->cancel(f->r->exec, f->dir, NULL);
	f->overdue = loop_at(f->r->loop, clock_mono_ms() + grace + LATE_MS, on_overdue, f);
}

void launch_look(struct flight *f)
{
	if (f->submitted && !strcmp(config_str(f->r->o.config, "run.complete_on"), "result") &&
	    f->role != ROLE_TEST)
		on_result(f, NULL);
}

void launch_watch(struct runner *r, struct flight *f)
{
	int64_t first = warn_at(r, 0);

	monitor_start(r, f);
	if (f->timeout_ms)
		f->overdue = loop_at(r->loop, f->spawned_ms + f->timeout_ms +
				     config_ms(r->o.config, "timeout.grace") +
						      LATE_MS, on_overdue, f);
	if (first > 0)
		f->silence = loop_at(r->loop, clock_mono_ms() + first, on_silence, f);
	if (!poll_mode(r) && !strcmp(config_str(r->o.config, "run.complete_on"), "result") &&
	    f->role != ROLE_TEST)
		f->result = loop_watch(r->loop, f->dir, LOOP_PLACED, on_result, f, NULL);
}
