/* tests/unit/keeper.h - attempt folders, real shims and real agents for tests; the program
 * itself is the shim */
#ifndef TESTS_UNIT_KEEPER_H
#define TESTS_UNIT_KEEPER_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/attempt.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/ptree.h"

enum { PATIENCE_MS = 10000 };	/* a test that waits so long has failed */

struct keeper {
	char *dir;		/* removed by keeper_down() */
	char *attempt;		/* DIR/e.1.impl.1 */
	char *agent;		/* the scripted agent */
	struct attempt_spec spec;
};

static inline char *in_dir(const struct keeper *k, const char *name)
{
	return xasprintf("%s/%s", k->dir, name);
}

static inline int keeper_up(void **state)
{
	struct keeper *k = xcalloc(1, sizeof(*k));
	const char *tmp = getenv("TMPDIR"), *agent = getenv("FAKE_AGENT");
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	k->dir = xasprintf("%s/bdw-keeper-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (n <= 0 || !mkdtemp(k->dir))
		return -1;
	self[n] = 0;
	*strrchr(self, '/') = 0;
	k->agent = agent ? xstrdup(agent) : xasprintf("%s/fake/agent", self);
	k->attempt = in_dir(k, "e.1.impl.1");
	if (access(k->agent, X_OK)) {
		print_message("build tests/fake/agent first, or name it in FAKE_AGENT\n");
		return -1;
	}
	k->spec.cwd = xstrdup(k->dir);
	k->spec.grace_ms = 50;
	k->spec.timeout_ms = 30000;
	strs_add(&k->spec.argv, k->agent);
	strs_add(&k->spec.argv, "--script");
	vec_add(&k->spec.argv, in_dir(k, "script"));
	strs_add(&k->spec.env, "PATH=/usr/local/bin:/usr/bin:/bin");
	vec_add(&k->spec.env, xasprintf("BDW_LOG=%s/stdout.log", k->attempt));
	vec_add(&k->spec.env, xasprintf("D=%s", k->dir));
	*state = k;
	return 0;
}

static inline int keeper_down(void **state)
{
	struct keeper *k = *state;
	AUTO_FREE char *log = xasprintf("%s/stdout.log", k->attempt);
	int left = attempt_kill_tree(log);

	fsx_remove_tree(AT_FDCWD, k->dir, NULL);
	attempt_release(&k->spec);
	free(k->dir);
	free(k->attempt);
	free(k->agent);
	free(k);
	return left ? -1 : 0;	/* every test must leave nothing alive */
}

static inline void put_file(const char *path, const char *text)
{
	assert_int_equal(fsx_write_atomic(AT_FDCWD, path, text, strlen(text), 0600, 0, NULL), 0);
}

/* The folder of an attempt whose agent plays this script. */
static inline void prepare(struct keeper *k, const char *script)
{
	AUTO_FREE char *path = in_dir(k, "script");
	struct err e = ERR_INIT;

	put_file(path, script);
	if (attempt_write(k->attempt, &k->spec, "the prompt\n", &e) < 0)
		fail_msg("%s", e.msg);
}

static inline pid_t start_shim(const char *dir)
{
	char *const argv[] = { (char *)"bdw", (char *)"shim", (char *)(uintptr_t)dir, NULL };
	extern char **environ;
	pid_t pid;

	assert_int_equal(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ), 0);
	return pid;
}

/* The exit code of a child, or minus the signal that ended it. */
static inline int wait_child(pid_t pid)
{
	struct pollfd f = { .fd = pidfd_open(pid, 0), .events = POLLIN };
	int status;

	assert_int_equal(poll(&f, 1, PATIENCE_MS), 1);
	close(f.fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void wait_file(const char *path)
{
	AUTO_FREE char *dir = xstrdup(path);
	struct pollfd f = { .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .events = POLLIN };
	char junk[4096];

	*strrchr(dir, '/') = 0;
	inotify_add_watch(f.fd, dir, IN_CREATE | IN_MOVED_TO);
	while (access(path, F_OK)) {
		assert_int_equal(poll(&f, 1, PATIENCE_MS), 1);
		while (read(f.fd, junk, sizeof(junk)) > 0)
			;
	}
	close(f.fd);
}

/* Waits for a file that the agent touches: "ready" in the test's folder. */
static inline void wait_ready(const struct keeper *k)
{
	AUTO_FREE char *path = in_dir(k, "ready");

	wait_file(path);
}

static inline struct attempt_exit exit_of(const struct keeper *k)
{
	struct attempt_exit x;
	struct err e = ERR_INIT;

	if (attempt_exit_read(k->attempt, &x, &e) < 0)
		fail_msg("%s", e.msg);
	return x;
}

/* From beginning to end. */
static inline struct attempt_exit keep(struct keeper *k, const char *script)
{
	prepare(k, script);
	assert_int_equal(wait_child(start_shim(k->attempt)), 0);
	return exit_of(k);
}

/* A file of the attempt's folder; the caller's to free. */
static inline char *read_in(const char *dir, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;

	if (fsx_read(AT_FDCWD, path, &b, &e) < 0)
		fail_msg("%s", e.msg);
	return buf_detach(&b);
}

/* How many processes of the attempt live. */
static inline size_t alive(const struct keeper *k)
{
	AUTO_FREE char *entry = xasprintf("BDW_LOG=%s/stdout.log", k->attempt);
	PTREE_AUTO t = { 0 };

	ptree_by_env(entry, &t);
	return t.n;
}

#endif
