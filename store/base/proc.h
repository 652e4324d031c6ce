/* store/base/proc.h - run a program and wait for it; posix_spawn, never a shell */
#ifndef STORE_BASE_PROC_H
#define STORE_BASE_PROC_H
#include <stddef.h>
struct buf; struct strs; struct err;

struct proc {
	char *const *argv;	/* NULL-terminated; argv[0] is looked up in PATH */
	char *const *env;	/* NULL: the caller's environment */
	const char *cwd;	/* NULL: the caller's */
	const char *in;		/* what it reads on stdin; NULL: /dev/null */
	size_t in_len;
	/* 0: none; after it the child gets SIGKILL and ERR_BUSY is answered */
	int timeout_ms;
};

/* Runs it to its end. out and errout (may be NULL: discarded) get what it printed. Returns its
 * exit code (0..255), 128+signal when one ended it, or ERR_NOTFOUND (no such program), ERR_IO,
 * ERR_BUSY (timeout). A code other than 0 is not an error here. */
int proc_run(const struct proc *p, struct buf *out, struct buf *errout, struct err *e);

/* The environment for a git child: the caller's without the variables of `git rev-parse
 * --local-env-vars` (a hook exports GIT_DIR and GIT_INDEX_FILE: decisions A12), plus
 * GIT_TERMINAL_PROMPT=0. Appends "K=V" copies and, as the last element, NULL. */
void proc_git_env(struct strs *out);

/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat), 0 when it is
 * gone or a zombie. */
unsigned long long proc_start_time(int pid);

#endif
