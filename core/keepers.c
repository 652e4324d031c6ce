#include "core/keepers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/vec.h"

extern char **environ;

enum { PATIENCE_S = 30 };	/* for a start and a fork: longer is a process that was stopped */

/* Our environment for a shim, but for the crash point: that names a step of this process. And
 * its functions are looked up once, not in each. The strings are borrowed. */
static void shim_env(struct strs *out)
{
	vec_add(out, (char *)"LD_BIND_NOW=1");
	for (char **p = environ; *p; p++)
		if (strncmp(*p, "BDW_CRASH_AT=", 13))
			vec_add(out, *p);
	vec_add(out, NULL);
}

/* posix_spawn and not uv_spawn, which forks: its cost grows with our memory (measured with libuv
 * 1.44). */
static int spawn(const char *program, int in, pid_t *pid)
{
	char *const argv[] = { (char *)"bdw", (char *)"shim", (char *)"-", NULL };
	posix_spawn_file_actions_t fa;
	struct strs env = { 0 };
	posix_spawnattr_t at;
	sigset_t set;
	int rc;

	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	posix_spawn_file_actions_adddup2(&fa, in, 0);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&fa, 1, 2);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	posix_spawnattr_setsigmask(&at, &set);
	sigfillset(&set);
	posix_spawnattr_setsigdefault(&at, &set);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
				 POSIX_SPAWN_SETSIGMASK);
	shim_env(&env);
	rc = posix_spawn(pid, program, &fa, &at, argv, env.v);
	vec_free(&env);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	return rc;
}

static int failed(struct err *e, int why, const char *program)
{
	errno = why;
	err_errno(e, "cannot start '%s shim'", program);
	return why == EAGAIN || why == ENOMEM || why == EMFILE || why == ENFILE ? ERR_BUSY : ERR_IO;
}

static int start(struct keepers *k, const char *program, struct err *e)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int ends[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return failed(e, errno, program);
	rc = spawn(program, ends[1], &pid);
	close(ends[1]);
	if (rc) {
		close(ends[0]);
		return failed(e, rc, program);
	}
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	k->fd = ends[0];
	k->pidfd = pidfd_open(pid, 0);
	return 0;
}

/* The answer is a pid, or an error number below zero. */
static int ask(const struct keepers *k, const char *dir, int *answer)
{
	if (send(k->fd, dir, strlen(dir), MSG_NOSIGNAL) < 0 ||
	    recv(k->fd, answer, sizeof(*answer), 0) != sizeof(*answer))
		return -1;
	return 0;
}

/* Whatever became of the process: by its pidfd, for somebody may have waited for it already. It
 * has no state, and a fork that was under way is found by its folder. */
void keepers_end(struct keepers *k)
{
	siginfo_t si;

	if (k->pidfd >= 0) {
		pidfd_send_signal(k->pidfd, SIGKILL, NULL, 0);
		waitid(P_PIDFD, (id_t)k->pidfd, &si, WEXITED);
		close(k->pidfd);
	}
	if (k->fd >= 0)
		close(k->fd);
	*k = (struct keepers)KEEPERS_INIT;
}

int keepers_fork(struct keepers *k, const char *program, const char *dir, pid_t *pid,
		 struct err *e)
{
	int answer = -EIO;

	for (int tries = 0; tries < 2; tries++) {
		int rc = k->fd < 0 ? start(k, program, e) : 0;

		if (rc < 0)
			return rc;
		if (ask(k, dir, &answer) == 0)
			break;
		keepers_end(k);		/* somebody has killed it: once more */
	}
	if (answer < 0)
		return failed(e, -answer, program);
	*pid = answer;
	return 0;
}

/* A child of our parent. Not by fork(), which cannot do that: this process has no other threads
 * and no handlers that would have to hear of it. */
static pid_t fork_sibling(void)
{
#ifdef __s390__
	return (pid_t)syscall(SYS_clone, 0UL, CLONE_PARENT | SIGCHLD, 0UL, 0UL, 0UL);
#else
	return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0UL, 0UL, 0UL, 0UL);
#endif
}

int keepers_serve(int (*keep)(const char *dir))
{
	char dir[PATH_MAX];
	ssize_t n;

	while ((n = recv(0, dir, sizeof(dir) - 1, 0)) > 0) {
		int pid;

		dir[n] = 0;
		pid = fork_sibling();
		if (pid == 0) {
			setsid();
			close(0);
			_exit(keep(dir));	/* nothing waits to be flushed */
		}
		if (pid < 0)
			pid = -errno;
		if (send(0, &pid, sizeof(pid), MSG_NOSIGNAL) < 0)
			break;
	}
	return n < 0;
}
