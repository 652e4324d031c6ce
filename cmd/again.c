#include "cmd/again.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/store.h"

/* Until a transaction has put its stamp in place. CMD_DONE: nobody reads any more. */
static int wait_for_change(struct ctx *c, int fd)
{
	_Alignas(struct inotify_event) char block[4096];

	for (;;) {
		struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = fileno(c->out) } };
		ssize_t n = poll(p, 2, -1);

		if (n > 0 && p[1].revents)
			return CMD_DONE;
		if (n > 0)
			n = read(fd, block, sizeof(block));
		if (n < 0 && errno != EINTR)
			return err_errno(&c->err, "cannot wait for changes");
		for (char *at = block; n > 0 && at < block + n;) {
			const struct inotify_event *e = (void *)at;

			if ((e->mask & IN_Q_OVERFLOW) || (e->len && !strcmp(e->name, STORE_STAMP)))
				return 0;
			at += sizeof(*e) + e->len;
		}
	}
}

/* 0 in the child; otherwise its exit code, or an error. *parent says which of the two it is. */
static int print_once(struct ctx *c, int fd, bool *parent)
{
	int status = 0;
	pid_t pid;

	if (render_columns(c))
		out_text(c, "\033[H\033[2J");
	fflush(c->out);
	pid = fork();
	*parent = pid != 0;
	if (!pid) {
		close(fd);
		return setenv("BD_NO_PAGER", "1", 1) < 0 ? err_errno(&c->err, "setenv") : 0;
	}
	if (pid < 0)
		return err_errno(&c->err, "cannot start a process");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_errno(&c->err, "cannot wait for a process");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int again(struct ctx *c)
{
	int fd, rc = 0;
	bool parent;

	if (c->json)
		return err_set(&c->err, ERR_USAGE, "--watch is for people: leave --json out");
	fd = inotify_init1(IN_CLOEXEC);
	if (fd < 0 || inotify_add_watch(fd, store_paths(c->store)->priv, IN_MOVED_TO) < 0) {
		if (fd >= 0)
			close(fd);
		return err_errno(&c->err, "cannot watch '%s'", store_paths(c->store)->priv);
	}
	do {
		rc = print_once(c, fd, &parent);
		if (!parent)
			return rc;
		if (rc == 0)
			rc = wait_for_change(c, fd);
	} while (rc == 0);
	close(fd);
	return rc;
}
