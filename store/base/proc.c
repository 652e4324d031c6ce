#include "store/base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/vec.h"

extern char **environ;

struct pipes { int in[2], out[2], err[2]; };

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		close_fd(&p->in[i]);
		close_fd(&p->out[i]);
		close_fd(&p->err[i]);
	}
}

static int spawn(const struct proc *p, struct pipes *io, pid_t *pid, struct err *e)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t none;
	int rc;

	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&at, &none);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_adddup2(&fa, io->in[0], 0);
	posix_spawn_file_actions_adddup2(&fa, io->out[1], 1);
	posix_spawn_file_actions_adddup2(&fa, io->err[1], 2);
	if (p->cwd)
		posix_spawn_file_actions_addchdir_np(&fa, p->cwd);
	rc = posix_spawnp(pid, p->argv[0], &fa, &at, p->argv, p->env ? p->env : environ);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	if (!rc)
		return 0;
	errno = rc;
	return rc == ENOENT ?
		err_set(e, ERR_NOTFOUND, "cannot run '%s': no such program", p->argv[0])
			    : err_errno(e, "cannot run '%s'", p->argv[0]);
}

/* Reads what is there; false at the end of the stream. */
static bool drain(int fd, struct buf *out)
{
	char chunk[16384];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0 && out)
		buf_add(out, chunk, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

/* Feeds and drains until both output streams end; false when the time is up. */
static bool pump(const struct proc *p, struct pipes *io, struct buf *out, struct buf *errout)
{
	int64_t until = p->timeout_ms ? clock_mono_ms() + p->timeout_ms : INT64_MAX;
	size_t fed = 0;

	while (io->out[0] >= 0 || io->err[0] >= 0) {
		struct pollfd f[3] = {
			{ .fd = io->out[0], .events = POLLIN },
			{ .fd = io->err[0], .events = POLLIN },
			{ .fd = io->in[1], .events = POLLOUT },
		};
		int64_t left = p->timeout_ms ? until - clock_mono_ms() : -1;

		if (p->timeout_ms && left <= 0)
			return false;
		if (poll(f, 3, (int)left) < 0 && errno != EINTR)
			return false;
		if (f[0].revents && !drain(io->out[0], out))
			close_fd(&io->out[0]);
		if (f[1].revents && !drain(io->err[0], errout))
			close_fd(&io->err[0]);
		if (f[2].revents) {
			ssize_t n = write(io->in[1], p->in + fed, p->in_len - fed);

			fed += n > 0 ? (size_t)n : 0;
			if (fed == p->in_len || (n < 0 && errno != EAGAIN && errno != EINTR))
				close_fd(&io->in[1]);
		}
	}
	return true;
}

static int open_pipes(const struct proc *p, struct pipes *io, struct err *e)
{
	if (pipe2(io->out, O_CLOEXEC) || pipe2(io->err, O_CLOEXEC))
		return err_errno(e, "cannot make a pipe");
	if (!p->in) {
		io->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return io->in[0] < 0 ? err_errno(e, "cannot open /dev/null") : 0;
	}
	if (pipe2(io->in, O_CLOEXEC))
		return err_errno(e, "cannot make a pipe");
	fcntl(io->in[1], F_SETFL, O_NONBLOCK);
	if (!p->in_len)
		close_fd(&io->in[1]);
	return 0;
}

int proc_run(const struct proc *p, struct buf *out, struct buf *errout, struct err *e)
{
	struct pipes io = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
	sigset_t pipe_set, old;
	int status, rc;
	pid_t pid;
	bool whole;

	rc = open_pipes(p, &io, e);
	if (!rc)
		rc = spawn(p, &io, &pid, e);
	if (rc < 0) {
		close_all(&io);
		return rc;
	}
	close_fd(&io.in[0]);
	close_fd(&io.out[1]);
	close_fd(&io.err[1]);
	/* a child that does not read its input must not end us; main() ignores SIGPIPE nowhere
	 * else */
	sigemptyset(&pipe_set);
	sigaddset(&pipe_set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_set, &old);
	whole = pump(p, &io, out, errout);
	close_all(&io);
	while (sigtimedwait(&pipe_set, NULL, &(struct timespec){ 0 }) > 0)
		;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!whole)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!whole)
		return err_set(e, ERR_BUSY, "'%s' did not end within %d ms", p->argv[0],
			       p->timeout_ms);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void proc_git_env(struct strs *out)
{
	static const char *const local[] = {	/* git 2.39: git rev-parse --local-env-vars */
		"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS",
			"GIT_CONFIG_COUNT",
		"GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE",
		"GIT_GRAFT_FILE",
		"GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX",
		"GIT_SHALLOW_FILE", "GIT_COMMON_DIR", "GIT_INTERNAL_SUPER_PREFIX",
		"GIT_TERMINAL_PROMPT",
	};

	for (char **p = environ; *p; p++) {
		size_t n = strcspn(*p, "="), i = 0;

		while (i < sizeof(local) / sizeof(local[0]) &&
		       (strlen(local[i]) != n || strncmp(local[i], *p, n)))
			i++;
		if (i == sizeof(local) / sizeof(local[0]))
			strs_add(out, *p);
	}
	strs_add(out, "GIT_TERMINAL_PROMPT=0");
	vec_add(out, NULL);
}

unsigned long long proc_start_time(int pid)
{
	char path[64], text[1024], *p;
	unsigned long long start = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = 0;
	p = strrchr(text, ')');	/* the name before it may hold anything */
	if (!p || p[1] != ' ' || p[2] == 'Z' || p[2] == 'X')
		return 0;
	p += 2;
	for (int field = 3; field < 22 && p; field++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	if (p)
		sscanf(p, "%llu", &start);
	return start;
}
