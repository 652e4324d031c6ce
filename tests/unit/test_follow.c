/*
 * test_follow.c - watching a run from another process, without polling. Of the parts that
 * scheduling.md F003-08 wants tested one by one this is the watcher of logs; the others:
 * orchestrate in test_sched.c, the executor in test_exec.c, state in test_store.c and
 * test_work.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "core/follow.h"
#include "core/rundir.h"
#include "store/base/clock.h"
#include "tests/unit/tmprepo.h"

#define RUN "20261121T020000Z-1a2b3c4d"
#define LOG "test-1.impl.1/stdout.log"
enum { PATIENCE_MS = 30000 };

/* What fn does at its first call; at the second one it has seen enough. */
enum act { ACT_NONE, ACT_STATUS, ACT_LOG, ACT_END, ACT_SIGNAL };

struct fix {
	char *dir;
	struct store *s;
	pid_t scheduler;
	int orders;		/* to the scheduler: a byte each; closed: it ends */
	enum act act;
	int calls;
	int pace_ms;
	int enough;		/* the call that answers true; 0: none */
};

static void place(struct store *s, const char *name)
{
	BUF_AUTO path = BUF_INIT;

	run_path(s, RUN, name, &path);
	if (fsx_write_atomic(AT_FDCWD, path.s, "x", 1, 0666, 0, NULL))
		abort();
}

static void log_line(struct store *s)
{
	BUF_AUTO path = BUF_INIT;
	int fd;

	run_path(s, RUN, LOG, &path);
	if (fsx_mkparent(AT_FDCWD, path.s, 0777, NULL))
		abort();
	fd = open(path.s, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, "line\n", 5) != 5)
		abort();
	close(fd);
}

/* A process that looks like the scheduler of RUN, and does what it is told to. */
static void be_scheduler(const char *dir, int orders, int ready)
{
	struct run_info info = { .run = RUN, .target = "main", .actor = "tess", .started_us = 1,
				 .pid = getpid(), .start_time = proc_start_time(getpid()) };
	struct store *s;
	int lock;
	char order;

	if (store_open(&s, dir, NULL, 0, NULL) < 0 || run_info_write(s, &info, NULL) < 0 ||
	    run_lock(s, &lock, NULL) < 0)
		_exit(1);
	run_lock_note(lock, RUN);
	log_line(s);
	if (write(ready, "", 1) != 1)
		_exit(1);
	while (read(orders, &order, 1) == 1)
		order == ACT_LOG ? log_line(s) : place(s, "status.json");
	_exit(0);
}

static int up(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));
	int orders[2], ready[2];
	char byte;

	f->dir = tmp_store("follow");
	assert_int_equal(store_open(&f->s, f->dir, NULL, 0, NULL), 0);
	assert_int_equal(pipe2(orders, O_CLOEXEC) | pipe2(ready, O_CLOEXEC), 0);
	f->scheduler = fork();
	if (!f->scheduler) {
		close(orders[1]);
		be_scheduler(f->dir, orders[0], ready[1]);
	}
	close(orders[0]);
	close(ready[1]);
	f->orders = orders[1];
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*state = f;
	return 0;
}

static void end_scheduler(struct fix *f)
{
	if (f->orders >= 0) {
		close(f->orders);
		f->orders = -1;
		waitpid(f->scheduler, NULL, 0);
	}
}

static int down(void **state)
{
	struct fix *f = *state;

	end_scheduler(f);
	store_close(f->s);
	fsx_remove_tree(AT_FDCWD, f->dir, NULL);
	free(f->dir);
	free(f);
	return 0;
}

static bool look(void *arg)
{
	struct fix *f = arg;
	char order = (char)f->act;

	if (++f->calls == f->enough)
		return true;
	if (f->calls > 1)
		return false;
	if (f->act == ACT_END)
		end_scheduler(f);
	else if (f->act == ACT_SIGNAL)
		raise(SIGTERM);
	else if (f->act != ACT_NONE)
		assert_int_equal(write(f->orders, &order, 1), 1);
	return false;
}

static int follow(struct fix *f, enum act act, int enough, int64_t timeout_ms, const char *file)
{
	f->act = act;
	f->calls = 0;
	f->enough = enough;
	return run_follow(f->s, RUN, timeout_ms, f->pace_ms, file, look, f, NULL);
}

static void looks_at_once(void **state)
{
	struct fix *f = *state;

	assert_int_equal(follow(f, ACT_NONE, 1, PATIENCE_MS, NULL), FOLLOW_DONE);
	assert_int_equal(f->calls, 1);
}

static void sees_a_new_status(void **state)
{
	struct fix *f = *state;

	assert_int_equal(follow(f, ACT_STATUS, 2, PATIENCE_MS, NULL), FOLLOW_DONE);
	assert_int_equal(f->calls, 2);
}

/* One that comes too soon after the last look is seen later, not lost. */
static void keeps_its_pace(void **state)
{
	struct fix *f = *state;
	int64_t began = clock_mono_ms();

	f->pace_ms = 60;
	assert_int_equal(follow(f, ACT_STATUS, 2, PATIENCE_MS, NULL), FOLLOW_DONE);
	assert_int_equal(f->calls, 2);
	assert_true(clock_mono_ms() - began >= 60);
}

/* F003-05: a log that grows is seen when it is asked for, and not otherwise. */
static void sees_a_log_grow(void **state)
{
	struct fix *f = *state;
	BUF_AUTO log = BUF_INIT;

	run_path(f->s, RUN, LOG, &log);
	assert_int_equal(follow(f, ACT_LOG, 2, PATIENCE_MS, log.s), FOLLOW_DONE);
	assert_int_equal(f->calls, 2);
	assert_int_equal(follow(f, ACT_LOG, 2, 100, NULL), FOLLOW_TIMEOUT);
	assert_int_equal(f->calls, 1);
}

static void time_is_up(void **state)
{
	assert_int_equal(follow(*state, ACT_NONE, 0, 1, NULL), FOLLOW_TIMEOUT);
}

/* What the scheduler wrote last is looked at once more when it has gone. */
static void scheduler_ends(void **state)
{
	struct fix *f = *state;

	assert_int_equal(follow(f, ACT_END, 0, PATIENCE_MS, NULL), FOLLOW_GONE);
	assert_int_equal(f->calls, 2);
	/* none is there */
	assert_int_equal(follow(f, ACT_NONE, 0, PATIENCE_MS, NULL), FOLLOW_GONE);
	assert_int_equal(f->calls, 1);
	assert_int_equal(follow(f, ACT_NONE, 1, PATIENCE_MS, NULL), FOLLOW_DONE);
}

static void interrupted(void **state)
{
	assert_int_equal(follow(*state, ACT_SIGNAL, 0, PATIENCE_MS, NULL), FOLLOW_SIGNAL);
}

#define T(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(looks_at_once), T(sees_a_new_status), T(keeps_its_pace),
			T(sees_a_log_grow), T(time_is_up),
		T(scheduler_ends), T(interrupted),
	};
	int rc;

	tmp_begin();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	tmp_end();
	return rc;
}
