/*
 * core/exec.h - an executor runs attempts somewhere and says when they ended
 *
 * The scheduler does not know which one it has. An attempt is named by its folder (an absolute
 * path, copied): the folder is the truth and the engine's word a hint, so results are always
 * read from there (store/attempt.h). What an executor starts is only ever a shim, as `bdw shim
 * FOLDER` or by core/keepers.h, and the lock in the folder makes a second start of the same
 * attempt harmless.
 *
 * An executor has no loop of its own. Its user waits until fd is readable and then calls
 * collect().
 */
#ifndef CORE_EXEC_H
#define CORE_EXEC_H
#include <stdbool.h>
#include <stddef.h>
struct err;

/* The engine's word about an attempt. */
enum exec_state {
	/* it does not know the attempt: never given to it, ended, or forgotten */
	EXEC_UNKNOWN,
	EXEC_QUEUED,		/* taken, not started */
	EXEC_RUNNING,
	EXEC_HELD,		/* the engine will not start it by itself */
};

/* of its keeper on this machine, 0: unknown */
struct exec_job { const char *dir; enum exec_state state; int pid; };

struct executor {
	const char *name;	/* "local", or the NAME of [executor NAME] */
	int slots;		/* attempts at once; 0: no limit of its own */

	/* Called from collect() only, once per attempt that was submitted or adopted and not
	 * forgotten. dir is valid until it returns; it may submit, cancel and adopt. When the
	 * folder has no exit.json even now (a full disk), the attempt counts as lost. */
	void (*ended)(void *arg, const char *dir);
	void *arg;		/* borrowed */

	/* Starts the shim of an attempt whose folder is written. 0: ended() will follow.
	 * ERR_BUSY: no slot, or the machine has no room (EAGAIN, ENOMEM, descriptors): try again
	 * later. Others: it will never work. */
	int (*submit)(struct executor *x, const char *dir, struct err *e);
	/* What the engine says of n attempts, one question for all; fills state and pid. */
	int (*list)(struct executor *x, struct exec_job *jobs, size_t n, struct err *e);
	/* A descriptor that is readable when collect() has something to do; -1: call it from
	 * time to time. */
	int (*fd)(struct executor *x);
	/* Looks what has ended. Never waits, but for the moment it takes to kill the tree of a
	 * lost attempt. */
	void (*collect)(struct executor *x);
	/* Asks an attempt to end: SIGTERM to its shim, which gives the agent its grace. A second
	 * call skips the grace. ended() follows as ever. ERR_NOTFOUND: not one of ours, or
	 * ended. */
	int (*cancel)(struct executor *x, const char *dir, struct err *e);
	/* Takes over an attempt that an earlier scheduler submitted, whatever became of it:
	 * running, ended, lost, or never started (it is started then). 0: ended() will follow. */
	int (*adopt)(struct executor *x, const char *dir, struct err *e);
	/* Forgets all attempts, which run on, and frees x. */
	void (*free)(struct executor *x);
};

#endif
