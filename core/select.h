/* core/select.h - which issues a run is about, and what the scheduler is told of them (decisions
 * B5) */
#ifndef CORE_SELECT_H
#define CORE_SELECT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/sched.h"
#include "store/base/arena.h"
struct config; struct err; struct store; struct strs; struct view;

struct selection {
	struct arena mem;
	struct sched_item *item;
	size_t n;
	size_t launchable;	/* how many of them may be started */
};
struct select_opts {
	const struct strs *ids;	/* issues and epics; empty: everything ready */
	const char *actor;
	int64_t now_us;		/* what was deferred until now is open again */
	/* resume: issues in progress whose work names this run are launchable too; NULL: a new
	 * run */
	const char *run;
};
/* Issues named, the descendants of epics named, or all; with whatever they wait for (not
 * launchable). Reads their work files. ERR_NOTFOUND: no such issue; ERR_USAGE: one that can
 * never be started was named. */
int select_issues(struct selection *out, struct store *s, const struct view *v,
		  const struct select_opts *o, struct err *e);
void selection_release(struct selection *sel);

/* What the settings say to the scheduler. explicit mode: the user asked for it. */
void select_conf(struct sched_conf *out, const struct config *c, const struct selection *sel);

#endif
