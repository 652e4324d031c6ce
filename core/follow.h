/* core/follow.h - watching a run from another process, without polling (decisions B2) */
#ifndef CORE_FOLLOW_H
#define CORE_FOLLOW_H
#include <stdbool.h>
#include <stdint.h>
struct err; struct store;

enum follow_end {
	FOLLOW_DONE,		/* fn said so */
	FOLLOW_GONE,		/* no scheduler works on the run (any more) */
	FOLLOW_TIMEOUT,
	FOLLOW_SIGNAL,		/* Ctrl-C */
};
/* Calls fn at once and after every change of the run's folder, but at most once in pace_ms, until
 * it answers true, the scheduler is gone (fn is called once more then), or timeout_ms have passed
 * (0: no limit). file: also look at writes to this file (a log that grows); NULL: none. enum
 * follow_end or an error. */
int run_follow(struct store *s, const char *run, int64_t timeout_ms, int pace_ms, const char *file,
	       bool (*fn)(void *arg), void *arg, struct err *e);

#endif
