/* core/metrics.h - what a run did and cost, computed from what is recorded (contract.md 5;
 * beadwave-json(5)) */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/rundir.h"
#include "store/base/arena.h"
#include "store/work.h"
struct err; struct jsw; struct store; struct view;

struct metrics_issue {
	const char *id, *title;
	const char *status;	/* of the issue now */
	const char *reason;	/* close reason, "" */
	bool epic, failed, human;
	bool bad;		/* failed, or waits for a person, and is not closed since */
	bool blocks;		/* bad, and something open waits for it */
	int wave;		/* of its newest attempt of the run; 0 none */
	const struct work *work;
	/* first start and last end of its attempts of the run; 0 none */
	int64_t start_us, end_us;
	int64_t busy_ms;	/* sum of its attempts */
};

struct metrics_wave {
	int wave;
	size_t tasks, passed, workers;
	int64_t start_us, end_us;
};

struct metrics {
	struct arena mem;
	struct run_info info;
	struct metrics_issue *issue;	/* that the run worked on, by natural order of ids */
	size_t nissue;
	struct metrics_wave *wave;
	size_t nwave;
	size_t tasks, passed, failed, human, parallelized;	/* epics not counted */
	size_t unstarted;		/* are in the run, but it never came to them */
	size_t spawned, succeeded, failed_workers, retried, cancelled, running, unavailable;
	int max_concurrent;
	int64_t start_us, end_us;	/* end: now, while it runs */
	int64_t busy_ms, makespan_ms, critical_ms, longest_ms;
	struct usage usage;		/* sum of what was reported */
	bool alive;			/* a scheduler works on it */
	/* success partial blocked human failed cancelled budget running interrupted */
	const char *status;
	long commits, wakeups, polls;	/* of the scheduler, from status.json; -1 unknown */
	int slots;			/* max_parallel it ran with; 0 unknown */
	const char *mode;
};
/* Reads the run's record and every work file that names it. now_us: the end of what still runs.
 * ERR_NOTFOUND. */
int metrics_load(struct metrics *m, struct store *s, const struct view *v, const char *run,
		 int64_t now_us, struct err *e);
void metrics_release(struct metrics *m);
/* The word for how a run ended, by its exit code and whether it closed anything. */
const char *metrics_status(int exit_code, bool any_passed);
/* Writes the run object's members (between its braces, which are the caller's). */
void metrics_write(const struct metrics *m, struct jsw *w);
/* Only metrics{"ISSUE.ROLE": {...}}, as the value of a key that was written. issue NULL: all. */
void metrics_write_roles(const struct metrics *m, const char *issue, struct jsw *w);

/* Sums of one key "ISSUE.ROLE". */
struct metrics_sum { long attempts, unavailable; int64_t duration_ms, user_ms, sys_ms,
		     maxrss_kb; struct usage usage; };
/* role "impl", "code" (all reviewers) or with a reviewer's number >= 1. */
void metrics_sum(const struct work *w, const char *run, const char *role, long reviewer,
		 struct metrics_sum *out);

#endif
