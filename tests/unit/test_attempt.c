/* tests/unit/test_attempt.c - attempt folders: what is written is read back, and what a folder
 * says */
#include "tests/unit/keeper.h"

#include <stdio.h>
#include <sys/stat.h>

static int mode_of(const char *dir, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void check_spec(void **state)
{
	struct keeper *k = *state;
	char *argv[] = { "agent", "", "two words", "quote\" \\ \n tab\t \x01 <&> \xc3\xa9" },
		*env[] = { "A=", "B=x=y", "ABC=1" };
	struct attempt_spec in = {
		.run = "20261121T020000Z-1a2b3c4d", .issue = "e.1", .role = "impl", .n = 3,
		.argv = { argv, 4, 4 },
		.env = { env, 3, 3 }, .cwd = "/w", .stdin_file = "/p", .timeout_ms = 1800000,
		.grace_ms = 10000, .output_max = 1LL << 40, .idle_kill_ms = 5,
	}, out;
	AUTO_FREE char *prompt = NULL;

	assert_int_equal(attempt_write(k->attempt, &in, "do it\n", NULL), 0);
	assert_int_equal(attempt_read(k->attempt, &out, NULL), 0);
	assert_string_equal(out.run, in.run);
	assert_string_equal(out.issue, in.issue);
	assert_string_equal(out.role, in.role);
	assert_string_equal(out.cwd, in.cwd);
	assert_string_equal(out.stdin_file, in.stdin_file);
	assert_int_equal(out.n, 3);
	assert_int_equal(out.argv.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(out.argv.v[i], argv[i]);
	assert_int_equal(out.env.n, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(out.env.v[i], env[i]);
	assert_true(out.timeout_ms == in.timeout_ms && out.grace_ms == in.grace_ms);
	assert_true(out.output_max == in.output_max && out.idle_kill_ms == in.idle_kill_ms);
	assert_string_equal(attempt_env(&out, "A"), "");
	assert_string_equal(attempt_env(&out, "B"), "x=y");
	assert_null(attempt_env(&out, "AB"));
	attempt_release(&out);
	prompt = read_in(k->attempt, "prompt.md");
	assert_string_equal(prompt, "do it\n");
	assert_int_equal(mode_of(k->attempt, "."), 0700);
	/* it holds the environment */
	assert_int_equal(mode_of(k->attempt, "attempt.json"), 0600);
	assert_int_equal(mode_of(k->attempt, "prompt.md"), 0600);
}

static void check_refused(void **state)
{
	struct keeper *k = *state;
	char *argv[] = { "agent" }, *bad[] = { "K=\xff" };
	struct attempt_spec none = { .cwd = "/" }, nowhere = { .argv = { argv, 1, 1 } };
	struct attempt_spec bytes = { .argv = { argv, 1, 1 }, .env = { bad, 1, 1 }, .cwd = "/" };
	struct err e = ERR_INIT;

	assert_int_equal(attempt_write(k->attempt, &none, NULL, &e), ERR_USAGE);
	assert_int_equal(attempt_write(k->attempt, &nowhere, NULL, &e), ERR_USAGE);
	assert_int_equal(attempt_write(k->attempt, &bytes, NULL, &e), ERR_USAGE);
	assert_non_null(strstr(e.msg, "'K'"));
	assert_int_not_equal(access(k->attempt, F_OK), 0);
	assert_int_equal(attempt_read(k->attempt, &none, &e), ERR_NOTFOUND);
}

/* A file that is none of ours, or half of one, is said to be so. */
static void check_garbage(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "null", "{\"v\":2,\"end\":\"exit\"}",
					     "{\"v\":1}", "\0\0\0" };
	struct keeper *k = *state;
	AUTO_FREE char *path = xasprintf("%s/exit.json", k->attempt),
		*spec = xasprintf("%s/attempt.json", k->attempt);
	struct attempt_exit x;
	struct attempt_spec a;

	prepare(k, "");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put_file(path, texts[i]);
		assert_int_equal(attempt_exit_read(k->attempt, &x, NULL), ERR_PARSE);
		put_file(spec, texts[i]);
		assert_int_equal(attempt_read(k->attempt, &a, NULL), ERR_PARSE);
		attempt_release(&a);
	}
}

static void check_exit(void **state)
{
	struct keeper *k = *state;
	struct attempt_exit in = {
		.code = 3, .signal = 9, .wall_ms = 1LL << 40, .user_ms = 2, .sys_ms = 3,
		.maxrss_kb = 4, .started_us = 1795226400000000, .ended_us = 1795226400000001,
		.truncated = true, .reaped = 7,
	}, out;

	prepare(k, "");
	assert_int_equal(attempt_exit_read(k->attempt, &out, NULL), ERR_NOTFOUND);
	memcpy(in.error, "no \"x\" in '\xff'", 14);
	for (int end = 0; end < END_N; end++) {
		in.end = (enum attempt_end)end;
		assert_int_equal(attempt_exit_write(k->attempt, &in, NULL), 0);
		assert_int_equal(attempt_exit_read(k->attempt, &out, NULL), 0);
		assert_int_equal(out.end, end);
		assert_non_null(attempt_end_name(out.end));
	}
	assert_true(out.code == 3 && out.signal == 9 && out.wall_ms == in.wall_ms &&
		    out.user_ms == 2 && out.sys_ms == 3);
	assert_true(out.maxrss_kb == 4 && out.started_us == in.started_us &&
		    out.ended_us == in.ended_us);
	assert_true(out.truncated && out.reaped == 7);
	assert_string_equal(out.error, "no \"x\" in '?'");
}

static void check_started(void **state)
{
	struct keeper *k = *state;
	struct attempt_started in, out;

	prepare(k, "");
	assert_int_equal(attempt_started_read(k->attempt, &out, NULL), ERR_NOTFOUND);
	attempt_started_self(&in);
	assert_int_equal(in.pid, getpid());
	assert_true(in.start_time > 0);
	assert_int_equal(strlen(in.boot_id), 36);
	assert_int_equal(attempt_started_write(k->attempt, &in, NULL), 0);
	assert_int_equal(attempt_started_read(k->attempt, &out, NULL), 0);
	assert_int_equal(out.pid, in.pid);
	assert_true(out.start_time == in.start_time && out.at_us == in.at_us);
	assert_string_equal(out.boot_id, in.boot_id);
}

static enum attempt_state look(const struct keeper *k)
{
	enum attempt_state st;

	assert_int_equal(attempt_look(k->attempt, &st, NULL, NULL), 0);
	return st;
}

static int take_lock(const struct keeper *k)
{
	AUTO_FREE char *path = xasprintf("%s/lock", k->attempt);
	int fd;

	assert_int_equal(fsx_lock(AT_FDCWD, path, FSX_LOCK_EX, 0, &fd, NULL), 0);
	return fd;
}

/* The order of decisions A10: exit.json, started.json, lock, and exit.json again. */
static void check_look(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *started = xasprintf("%s/started.json", k->attempt);
	struct attempt_started s = { .pid = 1, .boot_id = "b" };
	struct attempt_exit x = { .end = END_EXIT };
	int lock;

	assert_int_equal(look(k), ATTEMPT_NEW);	/* not even a folder */
	prepare(k, "");
	assert_int_equal(look(k), ATTEMPT_NEW);
	lock = take_lock(k);
	assert_int_equal(look(k), ATTEMPT_NEW);
	assert_int_equal(attempt_bury(k->attempt, END_LOST, "x", NULL), ERR_BUSY);
	assert_int_equal(attempt_started_write(k->attempt, &s, NULL), 0);
	assert_int_equal(look(k), ATTEMPT_RUNNING);
	assert_int_equal(attempt_bury(k->attempt, END_LOST, "x", NULL), ERR_BUSY);
	close(lock);
	assert_int_equal(look(k), ATTEMPT_LOST);
	put_file(started, "");	/* after a power cut */
	assert_int_equal(look(k), ATTEMPT_LOST);
	lock = take_lock(k);
	assert_int_equal(attempt_exit_write(k->attempt, &x, NULL), 0);
	assert_int_equal(look(k), ATTEMPT_ENDED);
	close(lock);
	assert_int_equal(attempt_bury(k->attempt, END_LOST, "x", NULL), 0);
	assert_int_equal(exit_of(k).end, END_EXIT);	/* what was said stays */
}

/* A child with this environment, that waits for ever. */
static pid_t start_cat(char *const *env, int *in)
{
	char *const argv[] = { (char *)"cat", NULL };
	posix_spawn_file_actions_t fa;
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, ends[0], 0);
	assert_int_equal(posix_spawn(&pid, "/bin/cat", &fa, NULL, argv, env), 0);
	posix_spawn_file_actions_destroy(&fa);
	close(ends[0]);
	*in = ends[1];
	return pid;
}

static void check_bury(void **state)
{
	struct keeper *k = *state;
	struct attempt_started s = { .pid = 1, .boot_id = "b", .at_us = 5 };
	int in, in2;
	char *other[] = { xasprintf("BDW_LOG=%s/stdout.log2", k->attempt), NULL };
	pid_t agent, stranger;

	prepare(k, "");
	vec_add(&k->spec.env, NULL);
	agent = start_cat(k->spec.env.v, &in);
	k->spec.env.n--;
	stranger = start_cat(other, &in2);
	assert_int_equal(attempt_started_write(k->attempt, &s, NULL), 0);
	assert_int_equal(attempt_bury(k->attempt, END_LOST, "its keeper was killed", NULL), 0);
	assert_int_equal(exit_of(k).end, END_LOST);
	assert_int_equal(exit_of(k).reaped, 1);
	assert_int_equal(exit_of(k).started_us, 5);
	assert_string_equal(exit_of(k).error, "its keeper was killed");
	assert_int_equal(wait_child(agent), -SIGKILL);
	assert_int_equal(waitpid(stranger, NULL, WNOHANG), 0);	/* lives */
	close(in);
	close(in2);
	assert_int_equal(wait_child(stranger), 0);
	free(other[0]);
}

/* Also those that dropped the variable, as long as one above them has it; never ourselves. */
static void check_kill_tree(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *log = xasprintf("%s/stdout.log", k->attempt),
		*sh = xasprintf("env -i sleep 100 & echo; wait");
	char *argv[] = { "sh", "-c", sh, NULL }, line[8];
	posix_spawn_file_actions_t fa;
	int ends[2];
	pid_t pid;

	assert_int_equal(attempt_kill_tree(log), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, ends[1], 1);
	vec_add(&k->spec.env, NULL);
	assert_int_equal(posix_spawn(&pid, "/bin/sh", &fa, NULL, argv, k->spec.env.v), 0);
	k->spec.env.n--;
	posix_spawn_file_actions_destroy(&fa);
	close(ends[1]);
	assert_int_equal(read(ends[0], line, 1), 1);	/* the sleep is forked */
	setenv("BDW_LOG", log, 1);
	assert_int_equal(attempt_kill_tree(log), 2);
	unsetenv("BDW_LOG");
	assert_int_equal(read(ends[0], line, 1), 0);	/* nobody has the pipe any more */
	close(ends[0]);
	assert_int_equal(wait_child(pid), -SIGKILL);
}

/* ptree_below() and the children file agree on a child of ours. */
static void check_tree(void **state)
{
	char *env[] = { NULL };
	PTREE_AUTO below = { 0 };
	pid_t kids[8], pid;
	int in;

	(void)state;
	pid = start_cat(env, &in);
	assert_int_equal(ptree_children(kids, 8), 1);
	assert_int_equal(kids[0], pid);
	ptree_below(getpid(), &below);
	assert_int_equal(below.n, 1);
	assert_int_equal(below.v[0].pid, pid);
	assert_int_equal(below.v[0].parent, getpid());
	assert_true(below.v[0].start > 0);
	below.v[0].start++;	/* another process by now */
	assert_int_equal(ptree_signal(&below, SIGKILL, 100), 0);
	below.v[0].start--;
	assert_int_equal(ptree_signal(&below, SIGKILL, PATIENCE_MS), 1);
	assert_int_equal(wait_child(pid), -SIGKILL);
	close(in);
}

/* What the agent has printed so far ends in a line. */
static void expect_last(const struct keeper *k, const char *printed, size_t n, const char *line)
{
	AUTO_FREE char *path = xasprintf("%s/stdout.log", k->attempt);
	BUF_AUTO out = BUF_INIT;

	assert_int_equal(fsx_write_atomic(AT_FDCWD, path, printed, n, 0600, 0, NULL), 0);
	attempt_last_line(k->attempt, &out);
	assert_string_equal(out.s, line);
}

static void check_last_line(void **state)
{
	static const char say[] = "one\ntwo\n\033[31mred\033[0m\tand "
				  "\033]0;title\a\033(more\a\377\xc2\x9b" "2J\r\n\n";
	struct keeper *k = *state;
	BUF_AUTO out = BUF_INIT;
	BUF_AUTO wide = BUF_INIT;

	attempt_last_line(k->attempt, &out);
	assert_int_equal(out.len, 0);
	assert_int_equal(mkdir(k->attempt, 0700), 0);
	expect_last(k, "", 0, "");
	expect_last(k, "\n\r\n", 3, "");
	expect_last(k, "no newline", 10, "no newline");
	expect_last(k, "10%\r20%\r", 8, "20%");
	expect_last(k, say, sizeof(say) - 1, "red and more ? 2J");
	expect_last(k, "cut \033[3", 7, "cut ");
	/* the window on a long line begins inside a character */
	for (int i = 0; i < 400; i++)
		buf_adds(&wide, "\xe6\xbc\xa2");
	expect_last(k, wide.s, wide.len, wide.s + 3 * 230);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, keeper_up, keeper_down)
		T(check_spec), T(check_refused), T(check_garbage), T(check_exit), T(check_started),
			T(check_look),
		T(check_bury), T(check_kill_tree), T(check_tree), T(check_last_line),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
