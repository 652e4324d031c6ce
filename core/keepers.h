/* core/keepers.h - shims without an exec each: one small process that forks them */
#ifndef CORE_KEEPERS_H
#define CORE_KEEPERS_H
#include <sys/types.h>
struct err;

/*
 * Loading a program costs half of what a whole attempt of `true` does, a fork of one that is
 * loaded hardly anything. So `program shim -` is started once, with the first shim, and forks one
 * for each folder it is told. These are our children, not its: waitpid() and pidfd_open() work as
 * if we had started them ourselves. It ends with us.
 */
struct keepers {
	int fd;			/* -1: not started yet, or it has died */
	int pidfd;
};
#define KEEPERS_INIT { -1, -1 }

/* *pid is a new shim that keeps the attempt in dir. SIGTERM and SIGINT start out blocked, so a
 * cancel that comes before the shim has set itself up waits for it. ERR_BUSY: no room for a
 * process now; ERR_IO. */
int keepers_fork(struct keepers *k, const char *program, const char *dir, pid_t *pid,
		 struct err *e);

/* Shims live on. */
void keepers_end(struct keepers *k);

/* What `program shim -` does, with the other end as its stdin: keep(dir) is the work of a shim,
 * whose result its child exits with. Returns an exit status. */
int keepers_serve(int (*keep)(const char *dir));

#endif
