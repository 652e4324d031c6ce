/* tests/unit/test_loop.c - what happens reaches its callback, once, and nothing else wakes the
 * loop */
#include "tests/unit/keeper.h"

#include "core/loop.h"

struct test {
	struct loop *l;
	char *dir;
	struct buf log;		/* what was called, in order */
	int turns, stop_at;	/* stop_at: loop_stop() at that turn */
	int64_t at;
	struct loop_item *other;
};

static int up(void **state)
{
	struct test *t = xcalloc(1, sizeof(*t));
	const char *tmp = getenv("TMPDIR");

	t->log = (struct buf)BUF_INIT;
	t->dir = xasprintf("%s/bdw-loop-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	*state = t;
	return mkdtemp(t->dir) && loop_new(&t->l, NULL) == 0 ? 0 : -1;
}

static int down(void **state)
{
	struct test *t = *state;

	loop_free(t->l);
	fsx_remove_tree(AT_FDCWD, t->dir, NULL);
	buf_release(&t->log);
	free(t->dir);
	free(t);
	return 0;
}

static void on_a(void *arg)
{
	buf_addc(&((struct test *)arg)->log, 'a');
}

static void on_b(void *arg)
{
	buf_addc(&((struct test *)arg)->log, 'b');
}

static void on_late(void *arg)
{
	struct test *t = arg;

	assert_true(clock_mono_ms() >= t->at);	/* never early */
	buf_addc(&t->log, 'l');
}

static void on_stop(void *arg)
{
	loop_stop(((struct test *)arg)->l);
}

static void on_give_up(void *arg)
{
	(void)arg;
	fail_msg("waited too long");
}

static void on_turn(void *arg)
{
	struct test *t = arg;

	t->turns++;
	if (t->stop_at && t->turns >= t->stop_at)
		loop_stop(t->l);
}

static void check_timers(void **state)
{
	struct test *t = *state;
	int64_t now = clock_mono_ms();
	struct loop_item *gone, *moved;

	t->at = now + 40;
	loop_at(t->l, t->at, on_late, t);
	moved = loop_at(t->l, now + 1, on_a, t);
	loop_move(moved, now + 60);
	loop_at(t->l, now + 20, on_b, t);
	gone = loop_at(t->l, now + 30, on_a, t);
	loop_at(t->l, 0, on_b, t);	/* long past */
	loop_remove(gone);
	loop_run(t->l);	/* ends by itself: nothing is left */
	assert_string_equal(t->log.s, "bbla");
	loop_run(t->l);
	assert_string_equal(t->log.s, "bbla");
}

/* The hook runs once per turn, after the callbacks; what it sets up is not slept over. */
static void check_before_sleep(void **state)
{
	struct test *t = *state;
	int64_t now = clock_mono_ms();

	loop_before_sleep(t->l, on_turn, t);
	loop_at(t->l, 0, on_a, t);
	loop_at(t->l, 0, on_b, t);
	loop_at(t->l, now + 50, on_a, t);
	loop_run(t->l);
	assert_string_equal(t->log.s, "aba");
	assert_in_range(t->turns, 2, 4);	/* not one for every millisecond */
	t->turns = 0;
	t->stop_at = 1;
	loop_at(t->l, clock_mono_ms() + PATIENCE_MS, on_give_up, t);
	loop_run(t->l);
	assert_int_equal(t->turns, 1);
}

/* A burst is done once at its start and once at its end, never less than that; nothing wakes the
 * loop afterwards. */
static void check_pace(void **state)
{
	struct test *t = *state;
	struct loop_pace p = { .loop = t->l, .ms = 50, .fn = on_a, .arg = t };
	int64_t began = clock_mono_ms();

	for (int i = 0; i < 20; i++)
		loop_pace(&p);
	assert_string_equal(t->log.s, "a");
	loop_run(t->l);	/* ends by itself: nothing is left */
	assert_string_equal(t->log.s, "aa");
	assert_true(clock_mono_ms() - began >= 50);
	loop_run(t->l);
	assert_string_equal(t->log.s, "aa");
	buf_reset(&t->log);

	/* what is still due is done at the end, and only that */
	p.next = clock_mono_ms() + PATIENCE_MS;
	loop_pace(&p);
	assert_string_equal(t->log.s, "");
	loop_pace_end(&p);
	loop_pace_end(&p);
	assert_string_equal(t->log.s, "a");
	loop_run(t->l);
	assert_string_equal(t->log.s, "a");
}

/* Stopped before it ever ran; down() frees it, and nothing is left of it. */
static void check_stopped_early(void **state)
{
	struct test *t = *state;

	loop_at(t->l, clock_mono_ms() + PATIENCE_MS, on_give_up, t);
	loop_stop(t->l);
}

static void on_sig(void *arg, int sig)
{
	struct test *t = arg;

	buf_addf(&t->log, "%d", sig);
	loop_stop(t->l);
}

static void check_signals(void **state)
{
	struct test *t = *state;
	struct loop_item *i = loop_signal(t->l, SIGUSR1, on_sig, t, NULL);

	assert_non_null(i);
	loop_run(t->l);	/* a signal alone does not keep the loop */
	loop_at(t->l, clock_mono_ms() + PATIENCE_MS, on_give_up, t);
	kill(getpid(), SIGUSR1);
	loop_run(t->l);
	assert_int_equal(atoi(t->log.s), SIGUSR1);
	loop_remove(i);
	assert_null(loop_signal(t->l, SIGKILL, on_sig, t, NULL));
}

static void on_fd(void *arg, int fd)
{
	struct test *t = arg;
	char c;
	ssize_t n = read(fd, &c, 1);

	buf_addc(&t->log, n == 1 ? c : '.');
	if (n == 1)
		return;
	loop_remove(t->other);	/* from its own callback */
	loop_stop(t->l);
}

static void check_fd(void **state)
{
	struct test *t = *state;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	t->other = loop_fd(t->l, ends[0], on_fd, t, NULL);
	assert_non_null(t->other);
	assert_int_equal(write(ends[1], "xy", 2), 2);
	close(ends[1]);
	loop_run(t->l);
	assert_string_equal(t->log.s, "xy.");
	close(ends[0]);
	assert_null(loop_fd(t->l, -1, on_fd, t, NULL));
}

static void on_name(void *arg, const char *name)
{
	struct test *t = arg;

	buf_addf(&t->log, "%s;", name ? name : "?");
}

static void on_name_too(void *arg, const char *name)
{
	struct test *t = arg;

	buf_addf(&t->log, "+%s;", name);
	loop_remove(t->other);
}

/* Lets the loop take in what has happened. */
static void settle(struct test *t)
{
	loop_at(t->l, clock_mono_ms() + 5, on_stop, t);
	loop_run(t->l);
}

static void check_watch(void **state)
{
	struct test *t = *state;
	AUTO_FREE char *a = xasprintf("%s/a", t->dir), *b = xasprintf("%s/b", t->dir);
	struct loop_item *i = loop_watch(t->l, t->dir, LOOP_PLACED | LOOP_REMOVED, on_name, t,
					 NULL), *file;
	struct err e = ERR_INIT;
	int fd;

	assert_non_null(i);
	put_file(a, "1");	/* the temp file is closed, renamed */
	settle(t);
	assert_non_null(strstr(t->log.s, "a;"));
	buf_reset(&t->log);
	unlink(a);
	settle(t);
	assert_string_equal(t->log.s, "a;");
	buf_reset(&t->log);

	/* the same folder again: both hear it; one removes itself while being called */
	t->other = loop_watch(t->l, t->dir, LOOP_PLACED, on_name_too, t, NULL);
	fd = open(b, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	settle(t);
	assert_string_equal(t->log.s, "+b;b;");
	buf_reset(&t->log);
	unlink(b);
	settle(t);
	assert_string_equal(t->log.s, "b;");
	buf_reset(&t->log);
	loop_remove(i);

	/* a file: every write, no name */
	fd = open(b, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	file = loop_watch(t->l, b, LOOP_WRITTEN, on_name, t, NULL);
	assert_int_equal(write(fd, "x", 1), 1);
	settle(t);
	assert_string_equal(t->log.s, ";");
	close(fd);
	loop_remove(file);
	loop_run(t->l);	/* nothing is left */
	assert_null(loop_watch(t->l, a, LOOP_PLACED, on_name, t, &e));
	assert_non_null(strstr(e.msg, a));
}

static void work(void *arg)
{
	on_a(arg);	/* the loop touches it only after done */
}

static void work_done(void *arg)
{
	on_b(arg);
}

static void check_work(void **state)
{
	struct test *t = *state;

	loop_work(t->l, work, work_done, t);
	loop_run(t->l);
	assert_string_equal(t->log.s, "ab");
	loop_work(t->l, work, work_done, t);	/* waited for by loop_free() */
}

/* All kinds of things are set and nothing happens: the loop sleeps once. */
static void check_idle(void **state)
{
	struct test *t = *state;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	loop_signal(t->l, SIGUSR1, on_sig, t, NULL);
	loop_watch(t->l, t->dir, LOOP_PLACED | LOOP_REMOVED | LOOP_WRITTEN, on_name, t, NULL);
	t->other = loop_fd(t->l, ends[0], on_fd, t, NULL);
	loop_at(t->l, clock_mono_ms() + PATIENCE_MS, on_give_up, t);
	loop_before_sleep(t->l, on_turn, t);
	loop_at(t->l, clock_mono_ms() + 200, on_stop, t);
	loop_run(t->l);
	assert_in_range(t->turns, 1, 3);
	loop_remove(t->other);
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
		T(check_timers), T(check_before_sleep), T(check_pace), T(check_stopped_early),
		T(check_signals), T(check_fd), T(check_watch), T(check_work), T(check_idle),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
