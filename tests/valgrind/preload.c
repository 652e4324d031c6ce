/*
 * tests/valgrind/preload.c - what older versions of valgrind (3.19) do not know: pidfd_open(),
 * here a pipe that a thread closes when the process has ended, and that /proc/self/exe is not
 * valgrind itself. Preloaded by main.sh alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024 };

static pid_t pid_of[MOST];	/* by descriptor */

static void *wait_for(void *arg)
{
	int out = (int)((intptr_t)arg & 0xffff);
	pid_t pid = (pid_t)((intptr_t)arg >> 16);
	siginfo_t si;

	/* not a child of ours (one that was adopted): looked at every 10 ms */
	while (waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT) < 0 &&
	       (errno == EINTR || !kill(pid, 0)))
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	close(out);
	return NULL;
}

int pidfd_open(pid_t pid, unsigned flags)
{
	pthread_attr_t attr;
	pthread_t thread;
	int fd[2];

	(void)flags;
	if (kill(pid, 0) < 0 || pipe2(fd, O_CLOEXEC) < 0)
		return -1;
	pid_of[fd[0] % MOST] = pid;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_create(&thread, &attr, wait_for, (void *)((intptr_t)pid << 16 | fd[1]));
	pthread_attr_destroy(&attr);
	return fd[0];
}

int pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned flags)
{
	(void)info, (void)flags;
	return kill(pid_of[pidfd % MOST], sig);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	int (*real)(pid_t *, const char *, const posix_spawn_file_actions_t *,
		    const posix_spawnattr_t *, char *const[],
		    char *const[]) = (__typeof__(real))dlsym(RTLD_NEXT, "posix_spawn");
	char self[PATH_MAX] = "";

	if (!strcmp(path, "/proc/self/exe") && readlink(path, self, sizeof(self) - 1) > 0)
		path = self;
	return real(pid, path, actions, attr, argv, envp);
}
