/* core/plan.h - what a run would do, before anything is spent: the scheduler itself under a
 * virtual clock */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H
#include <stddef.h>
#include <stdint.h>
#include "core/sched.h"
struct err;

/* A simulated run: how long each attempt takes and what comes of it. */
struct sim {
	/* Duration of an attempt in microseconds of virtual time. */
	int64_t (*duration_us)(void *arg, const struct sched *s, const struct sched_act *act);
	/* What comes of it: *out is zeroed with kind OUT_PASS and empty strings. NULL: always
	 * that. */
	void (*outcome)(void *arg, const struct sched *s, const struct sched_running *r,
			struct outcome *out);
	/* Every turn as it is decided (NULL: nobody looks). */
	void (*turn)(void *arg, const struct sched *s, const struct sched_turn *t, int64_t now_us);
	/* Other events: collected and candidate may be changed before they are delivered (NULL:
	 * no). */
	void (*git)(void *arg, const struct sched *s, struct sched_event *ev);
	void *arg;
};
/* Runs s to its end from now_us on; the virtual time at the end. Deterministic. */
int64_t sim_run(struct sched *s, const struct sim *sim, int64_t now_us);

struct plan_issue {
	size_t index;			/* in the items given */
	/* 1..: depth with file conflicts; 0: not started (closed, not launchable) */
	int wave;
	int64_t start_ms, end_ms;	/* predicted */
	/* why it is not in the first wave: "waits for e.1 e.4 and shares core/x.c with e.2"; "" */
	const char *after;
	bool critical;			/* on the critical path */
};
struct plan_conflict { size_t a, b; const char *path; };	/* "" : one has no Files section */
struct plan {
	struct arena mem;
	enum sched_mode mode;
	int nwaves;
	struct plan_issue *issue;	/* in order of predicted start */
	size_t nissue;
	struct plan_conflict *conflict;
	size_t nconflict;
	size_t *critical;		/* indices along the critical path */
	size_t ncritical;
	int64_t work_ms, critical_ms;	/* sum of all; longest path */
	int64_t bound_ms;		/* max(critical, work / slots): nothing can be faster */
	int64_t predicted_ms;
	size_t launches;		/* agents that would be started when all goes well */
};
/* items: as for sched_add. default_min: minutes of an issue without an estimate. ERR_REFUSED: a
 * cycle. */
int plan_make(struct plan *out, const struct sched_conf *conf,
	      const struct sched_item *item, size_t n, long default_min, struct err *e);
void plan_release(struct plan *p);

#endif
