#include "core/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/caplog.h"
#include "core/keepers.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/ptree.h"
#include "store/base/trace.h"

static const int64_t never = INT64_MAX;

enum {
	/* what was told to end may finish so long after the agent itself has */
	LINGER_MS = 100,
	RETRY_MS = 20,		/* between two rounds of killing */
	/* for processes that do not even die of SIGKILL: another user's, a dead disk */
	GIVE_UP_MS = 5000,
};

struct stream {
	const char *name;	/* file in the folder */
	int pipe;		/* read end when the output goes through us, else -1 */
	struct caplog log;
};

struct shim {
	const char *dir;
	int dirfd, signals;
	struct attempt_spec spec;
	struct attempt_exit x;
	struct stream out[2];
	pid_t agent;		/* 0: ended */
	bool stopping;		/* x.end says why */
	bool asked;		/* SIGTERM came before */
	int64_t began_ns, deadline, heard, kill_at;	/* monotonic; all but the first in ms */
};

/* Only 0, 1 and 2 are open afterwards, and they are, so that no file of ours gets these numbers. */
static void tidy_descriptors(void)
{
	int fd;

	trace_on = 0;	/* its descriptor goes too */
	close_range(3, ~0U, 0);
	while ((fd = open("/dev/null", O_RDWR | O_CLOEXEC)) >= 0 && fd < 3)
		fcntl(fd, F_SETFD, 0);
	close(fd);
}

/* From here on these arrive by descriptor only. */
static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A pipe whose read end we keep, or the file itself. *child is the agent's end. */
static int open_stream(struct shim *s, struct stream *o, int *child, struct err *e)
{
	bool through = s->spec.output_max || s->spec.idle_kill_ms;
	int mode = through ? O_RDWR : O_WRONLY | O_APPEND;
	int file = openat(s->dirfd, o->name, mode | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), ends[2];

	*child = file;
	if (file < 0)
		return err_errno(e, "cannot create '%s/%s'", s->dir, o->name);
	caplog_init(&o->log, file, s->spec.output_max);
	if (!through)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, "cannot make a pipe");
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	o->pipe = ends[0];
	*child = ends[1];
	return 0;
}

static int open_input(const struct shim *s, struct err *e)
{
	const char *path = s->spec.stdin_file ? s->spec.stdin_file : "/dev/null";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);	/* a FIFO must not hold us up */

	if (fd < 0)
		return err_errno(e, "cannot open '%s'", path);
	fcntl(fd, F_SETFL, 0);
	return fd;
}

/* The file to run, the caller's to free: posix_spawnp() would look in our PATH, not in the
 * agent's. */
static char *find_program(const struct attempt_spec *a)
{
	const char *path = attempt_env(a, "PATH"), *name = a->argv.v[0];

	if (strchr(name, '/'))
		return xstrdup(name);
	for (path = path ? path : "/usr/local/bin:/usr/bin:/bin"; *path; path += *path == ':') {
		size_t len = strcspn(path, ":");
		char *file = xasprintf("%.*s/%s", (int)len, path, name);

		if (*path == '/' && !access(file, X_OK))
			return file;
		free(file);
		path += len;
	}
	return NULL;
}

static int spawn(struct shim *s, const char *program, const int fd[3], int cwd)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t set;
	int rc;

	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	for (int i = 0; i < 3; i++)
		posix_spawn_file_actions_adddup2(&fa, fd[i], i);
	posix_spawn_file_actions_addfchdir_np(&fa, cwd);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&at, &set);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&at, &set);
	posix_spawnattr_setpgroup(&at, 0);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn(&s->agent, program, &fa, &at, s->spec.argv.v, s->spec.env.v);
	if (rc)
		s->agent = 0;
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	return rc;
}

static int start_with(struct shim *s, int fd[3], int *cwd, struct err *e)
{
	AUTO_FREE char *program = find_program(&s->spec);
	int rc;

	*cwd = open(s->spec.cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*cwd < 0)
		return err_errno(e, "cannot enter work folder '%s'", s->spec.cwd);
	if (!program)
		return err_set(e, ERR_NOTFOUND, "no program '%s' in PATH", s->spec.argv.v[0]);
	if ((fd[0] = open_input(s, e)) < 0 ||
	    (rc = open_stream(s, &s->out[0], &fd[1], e)) < 0 ||
		    (rc = open_stream(s, &s->out[1], &fd[2], e)) < 0)
		return ERR_IO;
	s->began_ns = clock_mono_ns();
	s->x.started_us = clock_now_us();
	errno = spawn(s, program, fd, *cwd);
	return errno ? err_errno(e, "cannot start '%s' in '%s'", program, s->spec.cwd) : 0;
}

static int start(struct shim *s, struct err *e)
{
	int fd[3] = { -1, -1, -1 }, cwd = -1, rc = start_with(s, fd, &cwd, e);

	for (int i = 0; i < 3; i++)
		if (fd[i] >= 0 && (!i || fd[i] != s->out[i - 1].log.fd))
			close(fd[i]);
	if (cwd >= 0)
		close(cwd);
	return rc;
}

/* What the exec of the agent needs NULL-terminated; the NULLs are no elements. */
static void finish_vectors(struct shim *s)
{
	if (!attempt_env(&s->spec, "BDW_LOG")) {
		AUTO_FREE char *log = attempt_log(s->dir, &s->spec);

		vec_add(&s->spec.env, xasprintf("BDW_LOG=%s", log));
	}
	vec_add(&s->spec.env, NULL);
	s->spec.env.n--;
	vec_add(&s->spec.argv, NULL);
	s->spec.argv.n--;
}

static void agent_ended(struct shim *s, int status)
{
	int64_t now = clock_mono_ns();

	s->agent = 0;
	s->x.ended_us = clock_now_us();
	s->x.wall_ms = (now - s->began_ns) / 1000000;
	s->x.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	s->x.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	now /= 1000000;
	if (!s->stopping) {
		s->x.end = s->x.signal ? END_SIGNAL : END_EXIT;
		s->kill_at = now;
	} else if (s->kill_at > now + LINGER_MS) {
		s->kill_at = now + LINGER_MS;
	}
}

/* Takes in whoever has ended; false when nobody is left. As a subreaper we are the parent of
 * every orphan of the tree, so no children means no descendants. */
static bool reap(struct shim *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0) {
		if (pid == s->agent)
			agent_ended(s, status);
		else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
			 clock_mono_ms() >= s->kill_at)
			s->x.reaped++;
	}
	return pid == 0;
}

/* Kills our children; theirs are ours then, for the next round. A process with a pending SIGKILL
 * cannot fork, so this comes to an end. */
static void kill_children(void)
{
	pid_t pids[256];
	size_t n = ptree_children(pids, sizeof(pids) / sizeof(*pids));

	for (size_t i = 0; i < n && i < sizeof(pids) / sizeof(*pids); i++)
		kill(pids[i], SIGKILL);
}

/* SIGTERM to all, and SIGCONT: who is stopped could not act on it. */
static void stop(struct shim *s, enum attempt_end why)
{
	PTREE_AUTO tree = { 0 };

	s->stopping = true;
	s->x.end = why;
	s->kill_at = clock_mono_ms() + s->spec.grace_ms;
	ptree_below(getpid(), &tree);
	ptree_signal(&tree, SIGTERM, 0);
	ptree_signal(&tree, SIGCONT, 0);
}

static void on_signals(struct shim *s)
{
	struct signalfd_siginfo si;

	while (read(s->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD || !s->agent)
			continue;
		if (s->asked)
			s->kill_at = clock_mono_ms();
		else if (!s->stopping)
			stop(s, END_CANCELLED);
		s->asked = true;
	}
}

/* One read of what the agent printed; false at the end or when there is nothing now. */
static bool pump(struct stream *o)
{
	char chunk[65536];
	ssize_t n = read(o->pipe, chunk, sizeof(chunk));

	if (n > 0)
		caplog_add(&o->log, chunk, (size_t)n);
	if (n == 0) {
		close(o->pipe);
		o->pipe = -1;
	}
	return n > 0;
}

static void wait_until(struct shim *s, int64_t when)
{
	int64_t left = when - clock_mono_ms();
	struct pollfd f[3] = {
		{ .fd = s->signals, .events = POLLIN },
		{ .fd = s->out[0].pipe, .events = POLLIN },
		{ .fd = s->out[1].pipe, .events = POLLIN },
	};

	if (poll(f, 3, when == never || left > INT_MAX ? -1 : left < 0 ? 0 : (int)left) <= 0)
		return;
	for (int i = 0; i < 2; i++)
		if (f[i + 1].revents && pump(&s->out[i]))
			s->heard = clock_mono_ms();
	if (f[0].revents)
		on_signals(s);
}

/* What is due at this time; answers when to look again. */
static int64_t act(struct shim *s, int64_t now)
{
	int64_t silent = s->spec.idle_kill_ms ? s->heard + s->spec.idle_kill_ms : never;

	if (now >= s->kill_at) {
		kill_children();
		return now + RETRY_MS;
	}
	if (s->stopping)
		return s->kill_at;
	if (now >= s->deadline)
		stop(s, END_TIMEOUT);
	else if (now >= silent)
		stop(s, END_IDLE);
	else
		return s->deadline < silent ? s->deadline : silent;
	return s->kill_at;
}

/* Until no process is left. */
static void keep(struct shim *s)
{
	s->heard = s->began_ns / 1000000;
	s->deadline = s->spec.timeout_ms ? s->heard + s->spec.timeout_ms : never;
	s->kill_at = never;
	while (reap(s)) {
		int64_t now = clock_mono_ms();

		if (s->kill_at != never && now >= s->kill_at + GIVE_UP_MS) {
			snprintf(s->x.error, sizeof(s->x.error),
				 "some of its processes cannot be killed");
			if (s->agent)
				agent_ended(s, SIGKILL);
			break;
		}
		wait_until(s, act(s, now));
	}
}

static void sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0) {
		fdatasync(fd);
		close(fd);
	}
}

/* The rest of the output, then the sums. What a verdict is read from must be on disk before
 * exit.json is. */
static void conclude(struct shim *s)
{
	const char *result = attempt_env(&s->spec, "BDW_RESULT");
	struct rusage ru;

	for (int i = 0; i < 2; i++) {
		struct stream *o = &s->out[i];

		for (int k = 0; k < 64 && o->pipe >= 0 && pump(o); k++)
			;	/* bounded: somebody outside of the tree may hold the other end */
		s->x.truncated |= o->log.cut;
	}
	getrusage(RUSAGE_CHILDREN, &ru);
	s->x.user_ms = ru.ru_utime.tv_sec * 1000 + ru.ru_utime.tv_usec / 1000;
	s->x.sys_ms = ru.ru_stime.tv_sec * 1000 + ru.ru_stime.tv_usec / 1000;
	s->x.maxrss_kb = ru.ru_maxrss;
	if (lseek(s->out[0].log.fd, 0, SEEK_END) > 0)
		fdatasync(s->out[0].log.fd);
	if (result)
		sync_file(result);
}

static int run(struct shim *s)
{
	struct attempt_started self;
	struct err e = ERR_INIT;
	int rc = attempt_read(s->dir, &s->spec, &e);

	if (!rc) {
		finish_vectors(s);
		attempt_started_self(&self);
		rc = attempt_started_write(s->dir, &self, &e);
	}
	if (!rc)
		rc = start(s, &e);
	if (!rc) {
		keep(s);
		conclude(s);
	} else {
		s->x.end = END_SPAWN_FAILED;
		s->x.started_us = s->x.ended_us = clock_now_us();
		snprintf(s->x.error, sizeof(s->x.error), "%.*s",
			 (int)sizeof(s->x.error) - 1, e.msg);
	}
	attempt_release(&s->spec);
	return attempt_exit_write(s->dir, &s->x, NULL) < 0;
}

static int keep_folder(const char *dir)
{
	struct shim s = { .dir = dir, .out = { { .name = "stdout.log", .pipe = -1 },
					       { .name = "stderr.log", .pipe = -1 } } };
	int lock, rc;

	tidy_descriptors();
	s.signals = take_signals();
	s.dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.dirfd < 0 || s.signals < 0)
		return 1;
	if ((rc = fsx_lock(s.dirfd, "lock", FSX_LOCK_EX, 0, &lock, NULL)) < 0)
		return rc == ERR_BUSY ? 0 : 1;
	if (!faccessat(s.dirfd, "exit.json", F_OK, 0))
		return 0;
	if (!faccessat(s.dirfd, "started.json", F_OK, 0)) {
		close(lock);
		rc = attempt_bury(dir, END_LOST, "its keeper was killed", NULL);
		return rc < 0 && rc != ERR_BUSY;
	}
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return run(&s);
}

int shim_main(const char *dir)
{
	return !strcmp(dir, "-") ? keepers_serve(keep_folder) : keep_folder(dir);
}
