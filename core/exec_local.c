#include "core/exec_local.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/exec.h"
#include "core/keepers.h"
#include "store/attempt.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/base/trace.h"
#include "store/base/vec.h"

enum {
	RETRY_MS = 20,		/* until a folder is looked at again; doubles */
	RETRIES = 8,		/* after so many errors (5 s) an attempt is given up */
	EVENTS = 64,
};

struct job {
	char *dir;
	int pidfd;		/* of the shim; -1: the folder must be looked at */
	pid_t pid;		/* of the shim; 0: not started by us */
	bool spawned;		/* by us: a folder without started.json is not started again */
	bool cancelled;		/* passed on as soon as there is a shim to tell */
	int looks;		/* since there was a pidfd */
};

struct local {
	struct executor x;
	char *program;
	struct keepers keepers;
	VEC(struct job *) jobs;
	int epoll;		/* the shims' pidfds and the timer, as one descriptor */
	int timer;		/* rings when jobs without a pidfd are to be looked at */
};

static struct local *local_of(struct executor *x)
{
	return (struct local *)x;	/* x is its first member */
}

static struct job *find(const struct local *l, const char *dir)
{
	for (size_t i = 0; i < l->jobs.n; i++)
		if (!strcmp(l->jobs.v[i]->dir, dir))
			return l->jobs.v[i];
	return NULL;
}

static struct job *add(struct local *l, const char *dir)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->dir = xstrdup(dir);
	j->pidfd = -1;
	vec_add(&l->jobs, j);
	return j;
}

/* Out of the set first: a child that another thread is just starting may hold a copy, so close()
 * alone need not do it. */
static void unwatch(struct local *l, struct job *j)
{
	if (j->pidfd < 0)
		return;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, j->pidfd, NULL);
	close(j->pidfd);
	j->pidfd = -1;
	j->looks = 0;
}

static void drop(struct local *l, struct job *j)
{
	for (size_t i = 0; i < l->jobs.n; i++)
		if (l->jobs.v[i] == j)
			l->jobs.v[i--] = l->jobs.v[--l->jobs.n];
	unwatch(l, j);
	free(j->dir);
	free(j);
}

/* Has collect() called again after so long. */
static void ring(struct local *l, int ms)
{
	struct itimerspec t = { .it_value = { ms / 1000, ms % 1000 * 1000000 + 1 } };

	timerfd_settime(l->timer, 0, &t, NULL);
}

static void tell(const struct job *j)
{
	pidfd_send_signal(j->pidfd, SIGTERM, NULL, 0);
	pidfd_send_signal(j->pidfd, SIGCONT, NULL, 0);	/* a frozen one would not hear it */
}

/* Takes the descriptor over. */
static int watch(struct local *l, struct job *j, int pidfd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = j };

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, pidfd, &ev) < 0) {
		close(pidfd);
		return -1;
	}
	j->pidfd = pidfd;
	if (j->cancelled)
		tell(j);
	return 0;
}

/* Starts the shim of a job and watches it. */
static int launch(struct local *l, struct job *j, struct err *e)
{
	pid_t pid;
	int fd, rc = keepers_fork(&l->keepers, l->program, j->dir, &pid, e);

	if (rc < 0)
		return rc;
	j->spawned = true;
	j->pid = pid;
	fd = pidfd_open(pid, 0);
	if (fd < 0 || watch(l, j, fd) < 0)
		ring(l, RETRY_MS);	/* no descriptor left: found again by its folder */
	return 0;
}

static int local_submit(struct executor *x, const char *dir, struct err *e)
{
	struct local *l = local_of(x);
	struct job *j;
	int rc;

	if (x->slots && l->jobs.n >= (size_t)x->slots)
		return err_set(e, ERR_BUSY, "all %d slots are taken", x->slots);
	if (find(l, dir))
		return err_set(e, ERR_EXISTS, "'%s' was submitted before", dir);
	j = add(l, dir);
	rc = launch(l, j, e);
	if (rc < 0)
		drop(l, j);
	return rc;
}

static int local_adopt(struct executor *x, const char *dir, struct err *e)
{
	struct local *l = local_of(x);

	if (find(l, dir))
		return err_set(e, ERR_EXISTS, "'%s' was submitted before", dir);
	add(l, dir);
	ring(l, 0);
	return 0;
}

static int local_cancel(struct executor *x, const char *dir, struct err *e)
{
	struct job *j = find(local_of(x), dir);

	if (!j)
		return err_set(e, ERR_NOTFOUND, "'%s' does not run here", dir);
	j->cancelled = true;
	if (j->pidfd >= 0)
		tell(j);
	return 0;
}

static int local_list(struct executor *x, struct exec_job *jobs, size_t n, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < n; i++) {
		const struct job *j = find(local_of(x), jobs[i].dir);

		jobs[i].state = !j ? EXEC_UNKNOWN : j->pidfd >= 0 ? EXEC_RUNNING : EXEC_QUEUED;
		jobs[i].pid = j ? j->pid : 0;
	}
	return 0;
}

static int local_fd(struct executor *x)
{
	return local_of(x)->epoll;
}

/* The shim that holds the lock, or -1 when it is not to be found by its pid (it has just ended,
 * or runs elsewhere). */
static int open_shim(const struct attempt_started *s)
{
	char boot[40];
	int fd;

	fsx_boot_id(boot);
	if (strcmp(boot, s->boot_id))
		return -1;
	fd = pidfd_open(s->pid, 0);
	if (fd >= 0 && proc_start_time(s->pid) != s->start_time) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* True when the attempt is over: buried, or not to be buried for too long. */
static bool bury(struct job *j, enum attempt_end end, const char *why)
{
	int rc = attempt_bury(j->dir, end, why, NULL);

	trace("exec.lost", "\"dir\":\"%s\",\"rc\":%d", j->dir, rc);
	/* NOTFOUND: no folder */
	return rc == 0 || rc == ERR_NOTFOUND || (rc != ERR_BUSY && j->looks > RETRIES);
}

/* A job without a pidfd: what the folder says decides (A10). True when it has ended. */
static bool settle(struct local *l, struct job *j)
{
	struct attempt_started s;
	enum attempt_state state;
	int fd;

	if (attempt_look(j->dir, &state, &s, NULL) < 0)
		return ++j->looks > RETRIES;
	j->looks++;
	switch (state) {
	case ATTEMPT_ENDED:
		return true;
	case ATTEMPT_RUNNING:
		if ((fd = open_shim(&s)) >= 0)
			watch(l, j, fd);
		return false;
	case ATTEMPT_LOST:
		return bury(j, END_LOST, "its keeper was killed");
	case ATTEMPT_NEW:
		if (j->spawned)
			return bury(j, j->cancelled ? END_CANCELLED : END_SPAWN_FAILED,
				    "its keeper could not start");
		if (j->cancelled)
			return bury(j, END_CANCELLED, "cancelled before it began");
		return launch(l, j, NULL) == ERR_IO &&
			bury(j, END_SPAWN_FAILED, "its keeper could not be started");
	}
	return true;
}

static void finish(struct local *l, struct job *j)
{
	char *dir = xstrdup(j->dir);

	drop(l, j);	/* first, so that ended() finds the slot free */
	l->x.ended(l->x.arg, dir);
	free(dir);
}

/* Looks at all jobs without a pidfd; rings again while there are any. */
static void settle_all(struct local *l)
{
	VEC(struct job *) open = { 0 };
	int next = 0;

	for (size_t i = 0; i < l->jobs.n; i++)
		if (l->jobs.v[i]->pidfd < 0)
			vec_add(&open, l->jobs.v[i]);
	for (size_t i = 0; i < open.n; i++) {
		struct job *j = open.v[i];
		int wait = RETRY_MS << (j->looks < RETRIES ? j->looks : RETRIES - 1);

		if (settle(l, j))
			finish(l, j);
		else if (j->pidfd < 0 && (!next || wait < next))
			next = wait;
	}
	vec_free(&open);
	if (next)
		ring(l, next);
}

static void local_collect(struct executor *x)
{
	struct local *l = local_of(x);
	struct epoll_event ev[EVENTS];
	int n = epoll_wait(l->epoll, ev, EVENTS, 0);
	bool look = false;
	uint64_t rings;

	for (int i = 0; i < n; i++) {
		struct job *j = ev[i].data.ptr;

		look = true;
		if (j)
			unwatch(l, j);
		else if (read(l->timer, &rings, sizeof(rings)) < 0 && errno != EAGAIN)
			trace("exec.timer", "\"errno\":%d", errno);
	}
	if (look)
		settle_all(l);
	/* shims, and what killed shims left to us; only this thread's children: others wait for
	 * theirs */
	while (look && waitpid(-1, NULL, WNOHANG | __WNOTHREAD) > 0)
		;
}

static void local_free(struct executor *x)
{
	struct local *l = local_of(x);

	while (l->jobs.n)
		drop(l, l->jobs.v[0]);
	vec_free(&l->jobs);
	keepers_end(&l->keepers);
	close(l->epoll);
	close(l->timer);
	free(l->program);
	free(l);
}

struct executor *exec_local_new(int slots, const char *program)
{
	struct local *l = xcalloc(1, sizeof(*l));
	struct epoll_event ev = { .events = EPOLLIN };

	l->x = (struct executor){
		.name = "local", .slots = slots, .submit = local_submit, .list = local_list,
		.fd = local_fd, .collect = local_collect, .cancel = local_cancel,
		.adopt = local_adopt, .free = local_free,
	};
	l->keepers = (struct keepers)KEEPERS_INIT;
	l->program = xstrdup(program ? program : "/proc/self/exe");
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->timer, &ev);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return &l->x;
}
