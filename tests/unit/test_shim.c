/* tests/unit/test_shim.c - the real shim with real agents: whatever these do, the folder says it
 * and nobody is left */
#include "tests/unit/keeper.h"

#include <stdio.h>
#include <time.h>

#include "core/shim.h"
#include "store/base/proc.h"

/* How an agent's end is recorded. */
static const struct end_row {
	const char *what, *script;
	int64_t timeout_ms, idle_ms;
	enum attempt_end end;
	int code, signal, reaped;
} ends[] = {
	{ "exit 0", "print x", 0, 0, END_EXIT, 0, 0, 0 },
	{ "exit 3", "exit 3", 0, 0, END_EXIT, 3, 0, 0 },
	{ "exit 255", "exit 255", 0, 0, END_EXIT, 255, 0, 0 },
	{ "killed", "signal KILL", 0, 0, END_SIGNAL, 0, SIGKILL, 0 },
	{ "segv", "signal SEGV", 0, 0, END_SIGNAL, 0, SIGSEGV, 0 },
	{ "leaves one behind", "orphan 0\nexit 4", 0, 0, END_EXIT, 4, 0, 1 },
	{ "leaves deaf ones behind", "ignore TERM\norphan 0\norphan 0\norphan 0", 0, 0, END_EXIT,
	  0, 0, 3 },
	{ "late result is none", "result-late 0 {}\nexit 5", 0, 0, END_EXIT, 5, 0, -1 },
	{ "timeout", "hang", 100, 0, END_TIMEOUT, 0, SIGTERM, 0 },
	{ "deaf timeout", "ignore TERM\nhang", 100, 0, END_TIMEOUT, 0, SIGKILL, 0 },
	{ "deaf tree", "ignore TERM\norphan 0\norphan 0\nhang", 150, 0, END_TIMEOUT, 0,
	  SIGKILL, 2 },
	{ "frozen agent", "signal STOP", 100, 0, END_TIMEOUT, 0, SIGTERM, 0 },
	{ "frozen and deaf", "ignore TERM\nsignal STOP\nhang", 100, 0, END_TIMEOUT, 0, SIGKILL, 0 },
	{ "silent", "print x\nhang", 0, 100, END_IDLE, 0, SIGTERM, 0 },
	{ "never silent long", "lines 8 30 x", 0, 150, END_EXIT, 0, 0, 0 },
};

static void check_end(void **state)
{
	struct keeper *k = *state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const struct end_row *r = &ends[i];
		int64_t began = clock_mono_ms();
		struct attempt_exit x;

		k->spec.timeout_ms = r->timeout_ms ? r->timeout_ms : 30000;
		k->spec.idle_kill_ms = r->idle_ms;
		x = keep(k, r->script);
		print_message("# %s: %s %d %d, %d reaped, %lld ms\n", r->what,
			      attempt_end_name(x.end), x.code, x.signal, x.reaped,
			      (long long)(clock_mono_ms() - began));
		assert_int_equal(x.end, r->end);
		assert_int_equal(x.code, r->code);
		assert_int_equal(x.signal, r->signal);
		if (r->reaped >= 0)
			assert_int_equal(x.reaped, r->reaped);
		assert_int_equal(alive(k), 0);
		if (r->timeout_ms)
			assert_true(x.wall_ms >= r->timeout_ms);
		fsx_remove_tree(AT_FDCWD, k->attempt, NULL);
	}
}

/* What cannot be started is said, never run elsewhere. */
static void check_spawn_failed(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *missing = in_dir(k, "missing"),
		*attempt_json = xasprintf("%s/attempt.json", k->attempt);
	struct attempt_exit x;

	free(k->spec.cwd);
	k->spec.cwd = xstrdup(missing);
	x = keep(k, "touch ran");
	assert_int_equal(x.end, END_SPAWN_FAILED);
	assert_non_null(strstr(x.error, missing));
	fsx_remove_tree(AT_FDCWD, k->attempt, NULL);

	free(k->spec.cwd);
	k->spec.cwd = xstrdup("/");
	free(k->spec.argv.v[0]);
	k->spec.argv.v[0] = xstrdup("no-such-agent");
	x = keep(k, "");
	assert_int_equal(x.end, END_SPAWN_FAILED);
	assert_non_null(strstr(x.error, "no-such-agent"));
	fsx_remove_tree(AT_FDCWD, k->attempt, NULL);

	free(k->spec.argv.v[0]);
	k->spec.argv.v[0] = in_dir(k, "script");	/* not executable */
	x = keep(k, "");
	assert_int_equal(x.end, END_SPAWN_FAILED);
	fsx_remove_tree(AT_FDCWD, k->attempt, NULL);

	prepare(k, "");
	put_file(attempt_json, "{\"v\":1,\"argv\":[");
	assert_int_equal(wait_child(start_shim(k->attempt)), 0);
	assert_int_equal(exit_of(k).end, END_SPAWN_FAILED);
	assert_int_equal(wait_child(start_shim(missing)), 1);
}

/* The program is looked for in the agent's PATH, not in ours. */
static void check_path(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *tool = in_dir(k, "only-there");

	assert_int_equal(symlink(k->agent, tool), 0);
	free(k->spec.argv.v[0]);
	k->spec.argv.v[0] = xstrdup("only-there");
	free(k->spec.env.v[0]);
	k->spec.env.v[0] = xasprintf("PATH=:rel:/nowhere:%s", k->dir);
	assert_int_equal(keep(k, "exit 7").code, 7);
}

static bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *s = text; (s = strstr(s, line)); s++)
		if ((s == text || s[-1] == '\n') && s[n] == '\n')
			return true;
	return false;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *s = text; (s = strstr(s, what)); s++)
		n++;
	return n;
}

/* Only what the spec says is inherited: descriptors, environment, folder, signals; its own group
 * in our session. */
static void check_inherited(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *dump = NULL, *line = NULL, *out = NULL;
	struct attempt_started s;
	int leak = open("/dev/null", O_RDONLY);	/* not close-on-exec */
	unsigned long ignored;
	pid_t pid = 0;

	k->spec.stdin_file = xasprintf("%s/prompt.md", k->attempt);
	signal(SIGHUP, SIG_IGN);
	keep(k, "dump ${D}/dump\nrun grep ^Sig /proc/self/status\necho-prompt\nerr oops");
	signal(SIGHUP, SIG_DFL);
	close(leak);
	dump = read_in(k->dir, "dump");
	line = xasprintf("cwd %s", k->dir);
	assert_true(has_line(dump, line));
	assert_int_equal(count(dump, "\nfd "), 3);
	assert_int_equal(count(dump, "\nenv "), 3);
	assert_int_equal(sscanf(dump, "pid %d", &pid), 1);
	free(line);
	line = xasprintf("pgid %d", (int)pid);
	assert_true(has_line(dump, line));
	assert_int_equal(attempt_started_read(k->attempt, &s, NULL), 0);
	free(line);
	line = xasprintf("sid %d", (int)s.pid);
	assert_true(has_line(dump, line));
	out = read_in(k->attempt, "stdout.log");
	assert_true(has_line(out, "SigBlk:\t0000000000000000"));
	assert_int_equal(sscanf(strstr(out, "SigIgn:"), "SigIgn: %lx", &ignored), 1);
	assert_int_equal(ignored & 0x7fffffff, 0);	/* above are the C library's own */
	assert_true(has_line(out, "the prompt"));
	free(out);
	out = read_in(k->attempt, "stderr.log");
	assert_string_equal(out, "oops\n");
}

/* BDW_LOG is how a tree is found again: the shim sees to it. */
static void check_log_variable(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *dump = NULL, *line = NULL;

	free(k->spec.env.v[1]);
	k->spec.env.v[1] = k->spec.env.v[--k->spec.env.n];
	keep(k, "dump ${D}/dump");
	dump = read_in(k->dir, "dump");
	line = xasprintf("env BDW_LOG=%s/stdout.log", k->attempt);
	assert_true(has_line(dump, line));
}

static void check_double_start(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *go = in_dir(k, "go"), *ran = NULL;
	pid_t first;

	prepare(k, "append ${D}/ran x\ntouch ${D}/ready\nwait ${D}/go\nexit 2");
	first = start_shim(k->attempt);
	wait_ready(k);
	assert_int_equal(wait_child(start_shim(k->attempt)), 0);
	put_file(go, "");
	assert_int_equal(wait_child(first), 0);
	assert_int_equal(wait_child(start_shim(k->attempt)), 0);
	assert_int_equal(exit_of(k).code, 2);
	ran = read_in(k->dir, "ran");
	assert_string_equal(ran, "x\n");
}

/* A killed shim: the attempt is lost, and a second shim ends what is left instead of starting
 * again. */
static void check_killed_shim(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *ran = NULL;
	enum attempt_state st;
	pid_t shim;

	prepare(k, "append ${D}/ran x\nignore TERM\norphan 0\ntouch ${D}/ready\nhang");
	shim = start_shim(k->attempt);
	wait_ready(k);
	assert_int_equal(attempt_look(k->attempt, &st, NULL, NULL), 0);
	assert_int_equal(st, ATTEMPT_RUNNING);
	kill(shim, SIGKILL);
	assert_int_equal(wait_child(shim), -SIGKILL);
	assert_int_equal(attempt_look(k->attempt, &st, NULL, NULL), 0);
	assert_int_equal(st, ATTEMPT_LOST);
	assert_int_equal(alive(k), 2);
	assert_int_equal(wait_child(start_shim(k->attempt)), 0);
	assert_int_equal(alive(k), 0);
	assert_int_equal(exit_of(k).end, END_LOST);
	assert_int_equal(exit_of(k).reaped, 2);
	ran = read_in(k->dir, "ran");
	assert_string_equal(ran, "x\n");
}

static void check_cancel(void **state)
{
	struct keeper *k = *state;
	struct attempt_exit x;
	pid_t shim;

	prepare(k, "orphan 0\ntouch ${D}/ready\nhang");
	shim = start_shim(k->attempt);
	wait_ready(k);
	kill(shim, SIGTERM);
	assert_int_equal(wait_child(shim), 0);
	x = exit_of(k);
	assert_int_equal(x.end, END_CANCELLED);
	assert_int_equal(x.signal, SIGTERM);
	assert_int_equal(alive(k), 0);
}

/* The second SIGTERM skips the grace. */
static void check_cancel_twice(void **state)
{
	struct keeper *k = *state;
	struct attempt_exit x;
	pid_t shim;

	k->spec.grace_ms = 60000;
	prepare(k, "ignore TERM\norphan 0\ntouch ${D}/ready\nhang");
	shim = start_shim(k->attempt);
	wait_ready(k);
	kill(shim, SIGTERM);
	kill(shim, SIGINT);	/* another number, so that the two do not become one */
	assert_int_equal(wait_child(shim), 0);
	x = exit_of(k);
	assert_int_equal(x.end, END_CANCELLED);
	assert_int_equal(x.signal, SIGKILL);
	assert_true(x.wall_ms < 25000);	/* not its 30 s deadline */
}

/* A frozen shim holds up nobody, and goes on where it was. */
static void check_frozen_shim(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *go = in_dir(k, "go"), *done = in_dir(k, "done");
	pid_t shim;

	prepare(k, "touch ${D}/ready\nwait ${D}/go\ntouch ${D}/done\nexit 6");
	shim = start_shim(k->attempt);
	wait_ready(k);
	kill(shim, SIGSTOP);
	put_file(go, "");
	wait_file(done);
	kill(shim, SIGCONT);
	assert_int_equal(wait_child(shim), 0);
	assert_int_equal(exit_of(k).end, END_EXIT);
	assert_int_equal(exit_of(k).code, 6);
}

/* Output is cut in the middle: the verdict at its end stays. */
static void check_output_max(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *out = NULL;
	struct attempt_exit x;

	k->spec.output_max = 4096;
	x = keep(k, "print first\nflood 1000000\nverdict DONE");
	out = read_in(k->attempt, "stdout.log");
	assert_true(x.truncated);
	assert_true(strlen(out) <= 4096 && strlen(out) > 2048);
	assert_memory_equal(out, "first\n", 6);
	assert_true(has_line(out, "[bdw: output cut here]"));
	assert_true(has_line(out, "VERDICT: DONE"));
	fsx_remove_tree(AT_FDCWD, k->attempt, NULL);
	x = keep(k, "print short");
	assert_false(x.truncated);
	free(out);
	out = read_in(k->attempt, "stdout.log");
	assert_string_equal(out, "short\n");
}

static void check_usage(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *self = realpath("/proc/self/exe", NULL),
		*script = xasprintf("run %s burn", self);
	struct attempt_exit x = keep(k, script);

	assert_int_equal(x.code, 0);
	assert_true(x.user_ms + x.sys_ms >= 25);	/* the agent's child's time */
	assert_true(x.wall_ms >= 25);
	assert_true(x.maxrss_kb > 100);
	assert_true(x.ended_us >= x.started_us);
}

/* A process that forks and leaves, over and over, faster than any list of processes. */
static void check_comet(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *self = realpath("/proc/self/exe", NULL),
		*script = xasprintf("run %s comet", self);
	struct attempt_exit x = keep(k, script);

	assert_int_equal(x.end, END_EXIT);
	assert_int_equal(alive(k), 0);
	assert_int_equal(x.error[0], 0);
}

static int burn(void)
{
	struct timespec t;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	while (t.tv_sec == 0 && t.tv_nsec < 30000000);
	return 0;
}

static int comet(void)
{
	if (fork())
		return 0;
	setsid();
	for (;;)
		if (fork() > 0)
			_exit(0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, keeper_up, keeper_down)
		T(check_end), T(check_spawn_failed), T(check_path), T(check_inherited),
			T(check_log_variable),
		T(check_double_start), T(check_killed_shim), T(check_cancel), T(check_cancel_twice),
		T(check_frozen_shim), T(check_output_max), T(check_usage), T(check_comet),
	};

	if (argc == 3 && !strcmp(argv[1], "shim"))
		return shim_main(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "burn"))
		return burn();
	if (argc == 2 && !strcmp(argv[1], "comet"))
		return comet();
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
