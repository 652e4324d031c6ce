/* core/runner.h - a run for real: the scheduler over the store, the executor, git and the clock */
#ifndef CORE_RUNNER_H
#define CORE_RUNNER_H
#include <stdbool.h>
#include <stdint.h>
#include "core/sched.h"
#include "store/base/vec.h"
struct buf; struct config; struct err; struct store; struct runner;

struct runner_opts {
	struct store *store;		/* borrowed, open for writing */
	const struct config *config;	/* borrowed: what this run was started with */
	const char *run;		/* id; its run.json is written */
	const struct strs *ids;		/* issues and epics asked for; empty: everything ready */
	const char *actor, *email;
	const char *target;		/* branch merged into; "" with isolation=shared */
	bool resume;
	/* Every line of events.jsonl once it is written (no newline); after each turn; the picture
	 * for people after turns, at most ten a second (F003-14). May be NULL. */
	void (*event)(void *arg, const char *line, size_t n);
	void (*turn)(void *arg, struct runner *r);
	void (*draw)(void *arg, struct runner *r);
	/* also call draw() so often: a table that shows elapsed time; 0: never */
	int tick_ms;
	void *arg;
};

/* Prepares everything that can fail before anything is started: items, graph (ERR_REFUSED: a
 * cycle), work trees, run branch. *out is the caller's: runner_free(). */
int runner_new(struct runner **out, const struct runner_opts *o, struct err *e);
/* Runs to the end, or until a signal (SIGINT, SIGTERM, SIGHUP) has stopped it. The exit code of
 * decisions B9, 130 or 143, or an error when the run itself broke; what happened until then is
 * recorded either way. */
int runner_run(struct runner *r, struct err *e);
void runner_free(struct runner *r);	/* NULL is fine */

/* Looking at it, from the hooks. Borrowed. */
const struct sched *runner_sched(const struct runner *r);
int64_t runner_started_us(const struct runner *r);
/* The run's own time: its start plus what the monotonic clock counted since. A clock that is
 * set, or fixed by BDW_NOW, moves no deadline. */
int64_t runner_now_us(const struct runner *r);
/* The last line that the issue's newest attempt printed, for people; nothing when there is none.
 * Appends. */
void runner_last_line(const struct runner *r, size_t issue, struct buf *out);
/* Why nothing more was started: "budget", or what no agent can work without; "". */
const char *runner_stop_reason(const struct runner *r);
/* "" or why the target could not follow the run branch. */
const char *runner_behind(const struct runner *r);
/* watch.mode=poll: the pause until the store and the results are looked at again; 0: nothing is
 * polled. */
int64_t runner_poll_ms(const struct runner *r);
/* status.json: counts, counters and agents[] as of now, one JSON object without a newline. */
void runner_status(struct runner *r, struct buf *out);

#endif
