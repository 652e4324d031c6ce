#include "core/follow.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "core/loop.h"
#include "core/rundir.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/store.h"

struct follow {
	struct loop *loop;
	bool (*fn)(void *arg);
	void *arg;
	int end;
	/* one turn of the loop may bring more than one reason; the first one counts */
	bool over;
	struct loop_pace pace;
};

static void finish(struct follow *f, int end)
{
	if (!f->over)
		f->end = end;
	f->over = true;
	loop_stop(f->loop);
}

static void look(void *arg)
{
	struct follow *f = arg;

	if (!f->over && f->fn(f->arg))
		finish(f, FOLLOW_DONE);
}

static void on_change(void *arg, const char *name)
{
	struct follow *f = arg;

	(void)name;
	loop_pace(&f->pace);
}

static void on_gone(void *arg, int fd)
{
	struct follow *f = arg;

	(void)fd;
	if (!f->over)
		finish(f, f->fn(f->arg) ? FOLLOW_DONE : FOLLOW_GONE);
}

static void on_time(void *arg)
{
	finish(arg, FOLLOW_TIMEOUT);
}

static void on_signal(void *arg, int sig)
{
	(void)sig;
	finish(arg, FOLLOW_SIGNAL);
}

/* A descriptor that is readable when the scheduler has ended; -1: it has. */
static int scheduler_fd(struct store *s, const char *run)
{
	struct run_info info;
	BUF_AUTO who = BUF_INIT;
	int fd = -1;

	if (!run_alive(s, &who) || strcmp(who.s, run) || run_info_read(s, run, &info, NULL) < 0)
		return -1;
	fd = pidfd_open(info.pid, 0);
	/* the number is somebody else's by now */
	if (fd >= 0 && proc_start_time(info.pid) != info.start_time) {
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	run_info_release(&info);
	return fd;
}

static int set_up(struct follow *f, const char *dir, const char *file, int pidfd,
		  int64_t timeout_ms, struct err *e)
{
	if (!loop_watch(f->loop, dir, LOOP_PLACED, on_change, f, e) ||
	    !loop_fd(f->loop, pidfd, on_gone, f, e) ||
	    (file && !loop_watch(f->loop, file, LOOP_WRITTEN, on_change, f, e)) ||
	    !loop_signal(f->loop, SIGINT, on_signal, f, e) ||
	    !loop_signal(f->loop, SIGTERM, on_signal, f, e))
		return ERR_IO;
	if (timeout_ms)
		loop_at(f->loop, clock_mono_ms() + timeout_ms, on_time, f);
	return 0;
}

int run_follow(struct store *s, const char *run, int64_t timeout_ms, int pace_ms, const char *file,
	       bool (*fn)(void *arg), void *arg, struct err *e)
{
	struct follow f = { .fn = fn, .arg = arg, .end = FOLLOW_GONE };
	int pidfd = scheduler_fd(s, run), rc;
	BUF_AUTO dir = BUF_INIT;

	if (pidfd < 0)
		return fn(arg) ? FOLLOW_DONE : FOLLOW_GONE;
	run_path(s, run, NULL, &dir);
	if ((rc = loop_new(&f.loop, e)) == 0) {
		rc = set_up(&f, dir.s, file, pidfd, timeout_ms, e);
		f.pace = (struct loop_pace){ .loop = f.loop, .ms = pace_ms, .fn = look, .arg = &f };
		if (rc == 0) {
			loop_pace(&f.pace);
			if (!f.over)
				loop_run(f.loop);
			rc = f.end;
		}
		loop_free(f.loop);
	}
	close(pidfd);
	return rc;
}
