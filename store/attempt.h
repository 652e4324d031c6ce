/* store/attempt.h - the folder of one attempt: run/<run>/<issue>.<role>.<n>/ (DESIGN 3, decisions A10) */
#ifndef STORE_ATTEMPT_H
#define STORE_ATTEMPT_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "store/base/vec.h"
struct buf; struct err;

/* attempt.json: what the shim needs to start and keep the agent. Strings are malloc'ed; attempt_release(). */
struct attempt_spec {
	char *run, *issue, *role;
	long n;
	struct strs argv;		/* already expanded */
	struct strs env;		/* "K=V", complete: nothing is inherited */
	char *cwd;
	char *stdin_file;		/* path, or NULL: /dev/null */
	int64_t timeout_ms;		/* 0: none */
	int64_t grace_ms;
	int64_t output_max;		/* bytes kept of stdout and of stderr each; 0: all */
	int64_t idle_kill_ms;		/* no new output for so long: end it; 0: off */
};
void attempt_release(struct attempt_spec *a);
/* Makes the folder (0700) and writes attempt.json and prompt.md into it, last attempt.json by rename. */
int attempt_write(const char *dir, const struct attempt_spec *a, const char *prompt, struct err *e);
int attempt_read(const char *dir, struct attempt_spec *a, struct err *e);

/* started.json */
struct attempt_started { pid_t pid; unsigned long long start_time; char boot_id[40]; int64_t at_us; };
int attempt_started_write(const char *dir, const struct attempt_started *s, struct err *e);
int attempt_started_read(const char *dir, struct attempt_started *s, struct err *e);	/* ERR_NOTFOUND */

/* exit.json: written last, by rename. */
enum attempt_end { END_EXIT, END_SIGNAL, END_TIMEOUT, END_IDLE, END_CANCELLED, END_SPAWN_FAILED, END_LOST };
struct attempt_exit {
	enum attempt_end end;
	int code, signal;		/* of the agent itself */
	int64_t wall_ms, user_ms, sys_ms, maxrss_kb;
	int64_t started_us, ended_us;
	bool truncated;			/* output was cut */
	int reaped;			/* descendants that had to be killed */
	char error[256];		/* END_SPAWN_FAILED: why */
};
const char *attempt_end_name(enum attempt_end end);
int attempt_exit_write(const char *dir, const struct attempt_exit *x, struct err *e);
int attempt_exit_read(const char *dir, struct attempt_exit *x, struct err *e);	/* ERR_NOTFOUND: not ended */

/* What a folder says, looked at in the order of A10. */
enum attempt_state { ATTEMPT_NEW, ATTEMPT_RUNNING, ATTEMPT_ENDED, ATTEMPT_LOST };
int attempt_look(const char *dir, enum attempt_state *out, struct attempt_started *s, struct err *e);

/* Kills (SIGKILL) every process whose environment holds BDW_LOG=<log>, until none is left (A9); never one of init's
 * or our own. Returns how many were killed. */
int attempt_kill_tree(const char *log);

#endif
