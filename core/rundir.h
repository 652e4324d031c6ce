/* core/rundir.h - the private folder of a run, PRIV/run/RUN/: how commands and a running
 * scheduler talk (decisions B2, B3) */
#ifndef CORE_RUNDIR_H
#define CORE_RUNDIR_H
#include <stdbool.h>
#include <stdint.h>
#include "store/base/vec.h"
struct buf; struct err; struct js; struct store;

/*
 * run.json     what the run is: written before anything else, rewritten when it ends
 * config       every setting it uses, as config_dump() writes them
 * prompt/      ROLE.md: the templates that were approved when it began
 * status.json  the picture of now, renamed once a turn (beadwave-json(5))
 * events.jsonl contract.md 4
 * control/     requests, one file each, removed when done
 * log          output of a detached run
 * ISSUE.ROLE.N/  attempts (store/attempt.h)
 */
struct run_info {
	char *run;
	struct strs ids;	/* what was asked for: issues, epics; empty: everything ready */
	char *target;		/* branch merged into; "" with isolation=shared */
	char *actor;
	int64_t started_us, ended_us;	/* ended 0: still running, or interrupted */
	int exit_code;		/* when ended */
	int pid;		/* of the scheduler */
	unsigned long long start_time;	/* of that process */
};
void run_info_release(struct run_info *r);
int run_info_write(struct store *s, const struct run_info *r, struct err *e);
/* ERR_NOTFOUND */
int run_info_read(struct store *s, const char *run, struct run_info *out, struct err *e);

/* "20261121T020000Z-1a2b3c4d"; sorts behind every run there is. */
void run_id_new(struct store *s, int64_t now_us, struct buf *out);
/* Removes what is left of runs that were killed before they had a record. Only under the lock of
 * run_lock(). */
void run_sweep(struct store *s);
/* Run ids, oldest first; appends copies. */
void run_list(struct store *s, struct strs *out);
/* The run a command means: an id or the beginning of one, NULL: the newest. ERR_NOTFOUND.
 * Appends. */
int run_find(struct store *s, const char *run, struct buf *out, struct err *e);
/* PRIV/run/RUN[/name]. Appends. */
void run_path(struct store *s, const char *run, const char *name, struct buf *out);
/* PRIV/run/RUN/ISSUE.ROLE.N, the issue escaped as a file name. Appends. */
void run_attempt_path(struct store *s, const char *run, const char *issue, const char *role, long n,
		      struct buf *out);

/* The lock that makes a scheduler the only one of the clone, held for its life. ERR_BUSY names
 * run and pid. */
int run_lock(struct store *s, int *fd, struct err *e);
/* Writes who holds it into the lock file. */
void run_lock_note(int fd, const char *run);
/* Is a scheduler at work now? *run (may be NULL) gets its run. */
bool run_alive(struct store *s, struct buf *run);

/* Asks the scheduler for something: verb "cancel" with an issue, "stop". ERR_NOTFOUND: no such
 * run. */
int run_request(struct store *s, const char *run, const char *verb, const char *issue,
		struct err *e);
typedef void (*run_request_fn)(void *arg, const char *verb, const char *issue);
/* The scheduler's side: hands every request to fn, then removes its file. */
void run_requests_take(struct store *s, const char *run, run_request_fn fn, void *arg);

#endif
