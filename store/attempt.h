/* store/attempt.h - the folder of one attempt: run/<run>/<issue>.<role>.<n>/ (DESIGN 3,
 * decisions A10) */
#ifndef STORE_ATTEMPT_H
#define STORE_ATTEMPT_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "store/base/vec.h"
struct buf; struct err;

/* attempt.json: what the shim needs to start and keep the agent. Strings are malloc'ed;
 * attempt_release(). */
struct attempt_spec {
	char *run, *issue, *role;
	long n;
	/* already expanded; argv[0] is looked up in the PATH of env */
	struct strs argv;
	/* "K=V", complete: nothing is inherited. The shim adds BDW_LOG when it lacks */
	struct strs env;
	char *cwd;
	char *stdin_file;		/* path, or NULL: /dev/null */
	int64_t timeout_ms;		/* 0: none */
	int64_t grace_ms;		/* between SIGTERM and SIGKILL */
	/* bytes kept of stdout and of stderr each, beginning and end; 0: all */
	int64_t output_max;
	int64_t idle_kill_ms;		/* no new output for so long: end it; 0: off */
};
void attempt_release(struct attempt_spec *a);
/* Makes the folder (0700) and writes prompt.md (prompt NULL: none), then attempt.json by rename.
 * ERR_USAGE: no argv or cwd, or text that is not UTF-8. */
int attempt_write(const char *dir, const struct attempt_spec *a, const char *prompt, struct err *e);
/* *a is zeroed first and the caller's also after an error. ERR_NOTFOUND, ERR_PARSE, ERR_IO. */
int attempt_read(const char *dir, struct attempt_spec *a, struct err *e);
/* The value of a variable in a->env; NULL. Borrowed. */
const char *attempt_env(const struct attempt_spec *a, const char *name);
/* The value of BDW_LOG by which the agent's processes are found: what env says, else
 * DIR/stdout.log with the whole path. The caller's to free. */
char *attempt_log(const char *dir, const struct attempt_spec *a);

/* started.json: which shim keeps the attempt. */
struct attempt_started { pid_t pid; unsigned long long start_time; char boot_id[40]; int64_t at_us; };
/* What the calling process writes there. */
void attempt_started_self(struct attempt_started *s);
int attempt_started_write(const char *dir, const struct attempt_started *s, struct err *e);
/* ERR_NOTFOUND */
int attempt_started_read(const char *dir, struct attempt_started *s, struct err *e);

/* exit.json: written last, by rename, fsync'ed. */
enum attempt_end { END_EXIT, END_SIGNAL, END_TIMEOUT, END_IDLE, END_CANCELLED, END_SPAWN_FAILED,
		   END_LOST, END_N };
struct attempt_exit {
	enum attempt_end end;		/* why; a timeout stays one however the agent then left */
	/* of the agent itself: exit code, or the signal that ended it (code is then 0) */
	int code, signal;
	int64_t wall_ms;		/* start to end of the agent */
	/* with all its descendants; maxrss_kb: the largest of them */
	int64_t user_ms, sys_ms, maxrss_kb;
	int64_t started_us, ended_us;
	bool truncated;			/* output was cut */
	/* descendants that outlived the agent and had to be killed */
	int reaped;
	char error[256];		/* END_SPAWN_FAILED, END_LOST: why */
};
/* "exit" "signal" "timeout" "idle" "cancelled" ... */
const char *attempt_end_name(enum attempt_end end);
int attempt_exit_write(const char *dir, const struct attempt_exit *x, struct err *e);
/* ERR_NOTFOUND: not ended */
int attempt_exit_read(const char *dir, struct attempt_exit *x, struct err *e);

/* Appends the end of what the agent has printed so far: its last line, of a long one the last
 * bytes, as text_plain() makes it. Nothing when it has printed nothing. */
void attempt_last_line(const char *dir, struct buf *out);

/* What a folder says, looked at in the order of A10. NEW: no shim has begun. *s (may be NULL) is
 * filled for RUNNING and LOST. LOST: begun, but nobody keeps it any more; attempt_bury() it. */
enum attempt_state { ATTEMPT_NEW, ATTEMPT_RUNNING, ATTEMPT_ENDED, ATTEMPT_LOST };
int attempt_look(const char *dir, enum attempt_state *out, struct attempt_started *s,
		 struct err *e);

/* Ends an attempt whose keeper is gone: takes its lock, kills what is left of the agent (A9) and
 * writes exit.json with end and why. Nothing to do when exit.json is there. ERR_BUSY: somebody
 * keeps it after all. */
int attempt_bury(const char *dir, enum attempt_end end, const char *why, struct err *e);

/* Kills (SIGKILL) every process whose environment holds BDW_LOG=<log>, and what stands below
 * such, until none is left (A9), or for 2 s when some do not die. Never pid 1 nor the caller.
 * Returns how many were killed. */
int attempt_kill_tree(const char *log);

#endif
