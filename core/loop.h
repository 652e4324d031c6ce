/*
 * core/loop.h - waiting for what happens: time, signals, descriptors, files, work in other
 * threads
 *
 * A thin layer over libuv, which only loop.c includes. All callbacks come from loop_run(), one
 * at a time. They should record and return; what is to be decided is decided once per turn, in
 * the hook that runs before the loop sleeps. An idle loop does not wake up.
 */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H
#include <stdint.h>
struct err;

struct loop;
/* ERR_IO. *out is the caller's: loop_free(). */
int loop_new(struct loop **out, struct err *e);
/* Removes everything that is still set, without calling it; only work is waited for, its done()
 * called. NULL is fine. */
void loop_free(struct loop *l);
/* Until loop_stop(), or until nothing is left that could happen (signals alone do not count). */
void loop_run(struct loop *l);
/* loop_run() returns at the end of this turn. */
void loop_stop(struct loop *l);
/* Called once per turn, after all callbacks and before sleeping; what it sets up is honoured in
 * the same turn. NULL: none. */
void loop_before_sleep(struct loop *l, void (*fn)(void *arg), void *arg);

/* Anything set up below, until it is removed. arg is borrowed. */
struct loop_item;
/* Calls fn once at a time of clock_mono_ms(), at the next turn when that has passed; the item is
 * then removed by itself. */
struct loop_item *loop_at(struct loop *l, int64_t mono_ms, void (*fn)(void *arg), void *arg);
/* Moves a loop_at() that has not come yet. */
void loop_move(struct loop_item *timer, int64_t mono_ms);
/* Calls fn when a signal arrives. NULL and *e: the system refused. */
struct loop_item *loop_signal(struct loop *l, int sig, void (*fn)(void *arg, int sig), void *arg,
			      struct err *e);
/* Calls fn as long as fd is readable (or at its end). fd stays the caller's, must outlive the
 * item and becomes non-blocking. */
struct loop_item *loop_fd(struct loop *l, int fd, void (*fn)(void *arg, int fd), void *arg,
			  struct err *e);

enum loop_watch {
	LOOP_PLACED = 1 << 0,	/* a file was renamed into the folder, or closed after writing */
	LOOP_REMOVED = 1 << 1,	/* a file was removed or renamed away */
	LOOP_WRITTEN = 1 << 2,	/* bytes were written; wakes for every write */
};
/* Watches a folder (fn gets the name of a file in it) or a file (fn gets ""). A file that is
 * replaced by rename is followed by its folder only. name NULL: events were lost, look at
 * everything. */
struct loop_item *loop_watch(struct loop *l, const char *path, unsigned what,
			     void (*fn)(void *arg, const char *name), void *arg, struct err *e);
/* Never calls it again. NULL is fine; also from within its own callback. Not for a loop_at()
 * that was called. */
void loop_remove(struct loop_item *i);

/*
 * Something done at most once in ms, however often it is asked for: at once, or when ms have passed
 * since the last time. Nothing is set while nothing is asked for. Begin with the first four; it must
 * stay where it is as long as the loop.
 */
struct loop_pace {
	struct loop *loop;
	int ms;
	void (*fn)(void *arg);
	void *arg;
	int64_t next;		/* clock_mono_ms(): not before */
	struct loop_item *due;	/* NULL: nothing is asked for */
};
void loop_pace(struct loop_pace *p);
/* Does now what was asked for and is not done yet; nothing otherwise. */
void loop_pace_end(struct loop_pace *p);

/* Runs fn(arg) in another thread, then done(arg) in the loop. */
void loop_work(struct loop *l, void (*fn)(void *arg), void (*done)(void *arg), void *arg);

#endif
