/* tests/unit/test_exec.c - the local executor with real shims: each attempt is reported once,
 * whatever happens to its shim */
#include "tests/unit/keeper.h"

#include <dirent.h>

#include "core/exec.h"
#include "core/exec_local.h"
#include "core/shim.h"

enum { MANY = 40 };

/* next: submitted by the callback */
struct seen { struct strs dirs; struct executor *x; const char *next; };

static void on_ended(void *arg, const char *dir)
{
	struct seen *s = arg;

	strs_add(&s->dirs, dir);
	if (s->next)
		assert_int_equal(s->x->submit(s->x, s->next, NULL), 0);
	s->next = NULL;
}

static struct executor *new_executor(struct seen *s, int slots)
{
	struct executor *x = exec_local_new(slots, NULL);

	x->ended = on_ended;
	x->arg = s;
	s->x = x;
	return x;
}

/* Until n attempts were reported. */
static void collect_until(struct executor *x, struct seen *s, size_t n)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (s->dirs.n < n) {
		struct pollfd f = { .fd = x->fd(x), .events = POLLIN };

		assert_true(clock_mono_ms() < until);
		poll(&f, 1, 1000);
		x->collect(x);
	}
}

/* Until the executor has nothing to do at once. */
static void collect_now(struct executor *x)
{
	struct pollfd f = { .fd = x->fd(x), .events = POLLIN };

	while (poll(&f, 1, 0) > 0)
		x->collect(x);
}

static pid_t shim_of(const struct keeper *k)
{
	struct attempt_started s;

	assert_int_equal(attempt_started_read(k->attempt, &s, NULL), 0);
	return s.pid;
}

static void done(struct executor *x, struct seen *s)
{
	collect_now(x);
	x->free(x);
	strs_free_all(&s->dirs);
	/* shims and orphans are all reaped */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void check_submit(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 1);
	struct exec_job job = { .dir = k->attempt };
	AUTO_FREE char *go = in_dir(k, "go");

	prepare(k, "wait ${D}/go\nexit 9");
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	assert_int_equal(x->submit(x, k->attempt, NULL), ERR_BUSY);	/* one slot */
	x->slots = 2;
	assert_int_equal(x->submit(x, k->attempt, NULL), ERR_EXISTS);
	assert_int_equal(x->list(x, &job, 1, NULL), 0);
	assert_int_equal(job.state, EXEC_RUNNING);
	put_file(go, "");
	collect_until(x, &s, 1);
	assert_string_equal(s.dirs.v[0], k->attempt);
	assert_int_equal(exit_of(k).code, 9);
	assert_int_equal(x->list(x, &job, 1, NULL), 0);
	assert_int_equal(job.state, EXEC_UNKNOWN);
	assert_int_equal(x->cancel(x, k->attempt, NULL), ERR_NOTFOUND);
	done(x, &s);
	assert_int_equal(s.dirs.n, 0);
}

static int open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Many at once; the slot is free when ended() is called. */
static void check_many(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, MANY);
	int files = open_files();
	AUTO_FREE char *last = in_dir(k, "last");

	prepare(k, "exit 0");
	for (int i = 0; i < MANY; i++) {
		AUTO_FREE char *name = xasprintf("many.%d", i), *dir = in_dir(k, name);

		assert_int_equal(attempt_write(dir, &k->spec, NULL, NULL), 0);
		assert_int_equal(x->submit(x, dir, NULL), 0);
	}
	assert_int_equal(attempt_write(last, &k->spec, NULL, NULL), 0);
	s.next = last;
	collect_until(x, &s, MANY + 1);
	assert_int_equal(s.dirs.n, MANY + 1);
	strs_sort(&s.dirs);
	for (size_t i = 1; i < s.dirs.n; i++)
		assert_string_not_equal(s.dirs.v[i - 1], s.dirs.v[i]);
	assert_int_equal(open_files(), files + 2);	/* to what forks the shims */
	done(x, &s);
}

/* A scheduler went away while the attempt ran; the next one takes over. */
static void check_adopt_running(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);
	AUTO_FREE char *go = in_dir(k, "go");

	prepare(k, "touch ${D}/ready\nwait ${D}/go\nexit 9");
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	wait_ready(k);
	x->free(x);
	x = new_executor(&s, 0);
	assert_int_equal(x->adopt(x, k->attempt, NULL), 0);
	assert_int_equal(x->adopt(x, k->attempt, NULL), ERR_EXISTS);
	collect_now(x);
	assert_int_equal(s.dirs.n, 0);
	put_file(go, "");
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).code, 9);
	done(x, &s);
}

static void check_adopt_ended(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);

	keep(k, "exit 2");
	assert_int_equal(x->adopt(x, k->attempt, NULL), 0);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).code, 2);
	done(x, &s);
}

static void check_adopt_new(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);

	prepare(k, "exit 3");
	assert_int_equal(x->adopt(x, k->attempt, NULL), 0);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).code, 3);
	done(x, &s);
}

/* The shim was killed while nobody looked. */
static void check_adopt_lost(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);
	pid_t shim;

	prepare(k, "ignore TERM\norphan 0\ntouch ${D}/ready\nhang");
	shim = start_shim(k->attempt);
	wait_ready(k);
	kill(shim, SIGKILL);
	assert_int_equal(wait_child(shim), -SIGKILL);
	assert_int_equal(x->adopt(x, k->attempt, NULL), 0);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).end, END_LOST);
	assert_int_equal(alive(k), 0);
	done(x, &s);
}

/* The shim is killed while we watch. */
static void check_lost(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);

	prepare(k, "ignore TERM\norphan 0\norphan 0\ntouch ${D}/ready\nhang");
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	wait_ready(k);
	kill(shim_of(k), SIGKILL);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).end, END_LOST);
	assert_int_equal(exit_of(k).reaped, 3);
	assert_int_equal(alive(k), 0);
	done(x, &s);
}

/* Somebody else keeps it: our shim leaves at once, the other one is watched. */
static void check_submit_kept(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);
	AUTO_FREE char *go = in_dir(k, "go"), *ran = NULL;
	pid_t other;

	prepare(k, "append ${D}/ran x\ntouch ${D}/ready\nwait ${D}/go\nexit 9");
	other = start_shim(k->attempt);
	wait_ready(k);
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	for (struct pollfd f = { .fd = x->fd(x), .events = POLLIN }; poll(&f, 1, PATIENCE_MS) != 1;)
		;
	collect_now(x);
	assert_int_equal(s.dirs.n, 0);
	put_file(go, "");
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).code, 9);
	ran = read_in(k->dir, "ran");
	assert_string_equal(ran, "x\n");
	waitpid(other, NULL, 0);
	done(x, &s);
}

/* Nobody started it, but somebody holds the lock: it is asked again, not buried. */
static void check_lock_before_start(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);
	AUTO_FREE char *lock = xasprintf("%s/lock", k->attempt);
	struct pollfd f = { .fd = x->fd(x), .events = POLLIN };
	int fd;

	prepare(k, "exit 9");
	assert_int_equal(fsx_lock(AT_FDCWD, lock, FSX_LOCK_EX, 0, &fd, NULL), 0);
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(poll(&f, 1, PATIENCE_MS), 1);
		x->collect(x);
	}
	assert_int_equal(s.dirs.n, 0);
	close(fd);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).end, END_SPAWN_FAILED);	/* whoever held it never began */
	done(x, &s);
}

static void check_cancel(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);

	prepare(k, "orphan 0\ntouch ${D}/ready\nhang");
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	wait_ready(k);
	assert_int_equal(x->cancel(x, k->attempt, NULL), 0);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).end, END_CANCELLED);
	assert_int_equal(alive(k), 0);
	done(x, &s);
}

/* Cancelled before the shim has come to anything: it hears of it all the same. */
static void check_cancel_early(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);

	prepare(k, "hang");
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	assert_int_equal(x->cancel(x, k->attempt, NULL), 0);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).end, END_CANCELLED);
	done(x, &s);
}

static void check_cancel_adopted(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);

	prepare(k, "touch ${D}/ready\nhang");
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	wait_ready(k);
	x->free(x);
	x = new_executor(&s, 0);
	assert_int_equal(x->adopt(x, k->attempt, NULL), 0);
	assert_int_equal(x->cancel(x, k->attempt, NULL), 0);	/* not looked at yet */
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).end, END_CANCELLED);
	done(x, &s);
}

/* One that never began ends cancelled, without an agent. */
static void check_cancel_new(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);
	AUTO_FREE char *ran = in_dir(k, "ran");

	prepare(k, "touch ${D}/ran");
	assert_int_equal(x->adopt(x, k->attempt, NULL), 0);
	assert_int_equal(x->cancel(x, k->attempt, NULL), 0);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).end, END_CANCELLED);
	assert_int_not_equal(access(ran, F_OK), 0);
	done(x, &s);
}

static void check_cancel_frozen(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);

	prepare(k, "touch ${D}/ready\nhang");
	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	wait_ready(k);
	kill(shim_of(k), SIGSTOP);
	assert_int_equal(x->cancel(x, k->attempt, NULL), 0);
	collect_until(x, &s, 1);
	assert_int_equal(exit_of(k).end, END_CANCELLED);
	done(x, &s);
}

/* A program that is no shim, or not there. */
static void check_no_shim(void **state)
{
	static const char *const program[] = { "/bin/true", "/nonexistent" };
	struct keeper *k = *state;

	for (size_t i = 0; i < 2; i++) {
		struct seen s = { 0 };
		struct executor *x = exec_local_new(0, program[i]);

		prepare(k, "");
		assert_int_equal(x->submit(x, k->attempt, NULL), ERR_IO);
		done(x, &s);
	}
}

/* What forks the shims is killed: another one does. */
static void check_forker_killed(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);
	pid_t pids[8];

	for (size_t i = 1; i < 3; i++) {
		prepare(k, "exit 3");
		assert_int_equal(x->submit(x, k->attempt, NULL), 0);
		collect_until(x, &s, i);
		assert_int_equal(exit_of(k).code, 3);
		fsx_remove_tree(AT_FDCWD, k->attempt, NULL);
		assert_int_equal(ptree_children(pids, 8), 1);	/* it alone */
		kill(pids[0], SIGKILL);
	}
	done(x, &s);
}

/* A shim that dies between any two steps: the next scheduler gets one end, and the agent ran
 * once at most. */
static void check_crash_points(void **state)
{
	static const struct { const char *at; enum attempt_end end; const char *ran; } rows[] = {
		{ "1", END_EXIT, "x\n" },	/* before started.json: started again */
		{ "2", END_LOST, "" },		/* before the agent */
		{ "3", END_LOST, "x\n" },	/* before exit.json */
		{ "4", END_EXIT, "x\n" },
	};
	struct keeper *k = *state;
	AUTO_FREE char *path = in_dir(k, "ran");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen s = { 0 };
		struct executor *x = new_executor(&s, 0);
		AUTO_FREE char *ran = NULL;

		put_file(path, "");
		prepare(k, "append ${D}/ran x");
		setenv("BDW_CRASH_AT", rows[i].at, 1);
		assert_int_equal(wait_child(start_shim(k->attempt)), -SIGKILL);
		if (rows[i].end == END_LOST)
			/* we write then; otherwise it must not reach the second shim */
			unsetenv("BDW_CRASH_AT");
		assert_int_equal(x->adopt(x, k->attempt, NULL), 0);
		collect_until(x, &s, 1);
		unsetenv("BDW_CRASH_AT");
		assert_int_equal(exit_of(k).end, rows[i].end);
		ran = read_in(k->dir, "ran");
		assert_string_equal(ran, rows[i].ran);
		fsx_remove_tree(AT_FDCWD, k->attempt, NULL);
		done(x, &s);
	}
}

/* The folder goes away: still reported. */
static void check_folder_gone(void **state)
{
	struct keeper *k = *state;
	struct seen s = { 0 };
	struct executor *x = new_executor(&s, 0);

	assert_int_equal(x->submit(x, k->attempt, NULL), 0);
	collect_until(x, &s, 1);
	done(x, &s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, keeper_up, keeper_down)
		T(check_submit), T(check_many), T(check_adopt_running), T(check_adopt_ended),
			T(check_adopt_new),
		T(check_adopt_lost), T(check_lost), T(check_submit_kept),
		T(check_lock_before_start), T(check_cancel), T(check_cancel_early),
		T(check_cancel_adopted), T(check_cancel_new), T(check_cancel_frozen),
		T(check_no_shim), T(check_forker_killed), T(check_crash_points), T(check_folder_gone),
	};

	if (argc == 3 && !strcmp(argv[1], "shim"))
		return shim_main(argv[2]);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
