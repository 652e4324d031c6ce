#include "store/base/ptree.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/vec.h"

void ptree_release(struct ptree *t)
{
	vec_free(t);
}

/* Fills parent and start of p->pid; false when it is gone or a zombie. */
static bool look(struct ptree_proc *p)
{
	char path[64], text[1024], state;
	const char *rest;
	ssize_t n;
	int fd, parent;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)p->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	rest = strrchr(text, ')');	/* the name before it may hold anything */
	if (!rest || sscanf(rest + 1, " %c %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
				      "%*s %*s %*s %*s %llu",
			    &state, &parent, &p->start) != 3)
		return false;
	p->parent = parent;
	return state != 'Z' && state != 'X';
}

static void look_at_all(struct ptree *out)
{
	DIR *d = opendir("/proc");
	struct dirent *de;

	if (!d)
		return;
	while ((de = readdir(d))) {
		struct ptree_proc p = { .pid = atoi(de->d_name) };

		if (p.pid > 0 && look(&p))
			vec_add(out, p);
	}
	closedir(d);
}

static bool has(const struct ptree *t, pid_t pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].pid == pid)
			return true;
	return false;
}

static void add_children(const struct ptree *all, pid_t pid, struct ptree *out)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].parent == pid && !has(out, all->v[i].pid))
			vec_add(out, all->v[i]);
}

void ptree_below(pid_t pid, struct ptree *out)
{
	PTREE_AUTO all = { 0 };
	size_t i = out->n;

	look_at_all(&all);
	add_children(&all, pid, out);
	for (; i < out->n; i++)
		add_children(&all, out->v[i].pid, out);
}

static bool env_has(pid_t pid, const char *entry)
{
	BUF_AUTO env = BUF_INIT;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	if (fsx_read(AT_FDCWD, path, &env, NULL) < 0)
		return false;
	for (const char *p = env.s; p < env.s + env.len; p += strlen(p) + 1)
		if (!strcmp(p, entry))
			return true;
	return false;
}

void ptree_by_env(const char *entry, struct ptree *out)
{
	PTREE_AUTO all = { 0 };
	size_t first = out->n, kept = out->n;

	look_at_all(&all);
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].pid != 1 && all.v[i].pid != getpid() && env_has(all.v[i].pid, entry))
			vec_add(out, all.v[i]);
	for (size_t i = first; i < out->n; i++)
		add_children(&all, out->v[i].pid, out);
	for (size_t i = first; i < out->n; i++)
		if (out->v[i].pid != 1 && out->v[i].pid != getpid())
			out->v[kept++] = out->v[i];
	out->n = kept;
}

/* The pidfd of a process that was told, or -1. */
static int tell(const struct ptree_proc *p, int sig)
{
	struct ptree_proc now = { .pid = p->pid };
	int fd = pidfd_open(p->pid, 0);

	if (fd >= 0 &&
	    (!look(&now) || now.start != p->start || pidfd_send_signal(fd, sig, NULL, 0) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int ptree_signal(const struct ptree *t, int sig, int wait_ms)
{
	int64_t until = clock_mono_ms() + wait_ms;
	int *fds = xcalloc(t->n, sizeof(*fds)), told = 0;

	for (size_t i = 0; i < t->n; i++) {
		fds[i] = tell(&t->v[i], sig);
		told += fds[i] >= 0;
	}
	for (size_t i = 0; i < t->n; i++) {
		struct pollfd f = { .fd = fds[i], .events = POLLIN };
		int64_t left = until - clock_mono_ms();

		if (fds[i] < 0)
			continue;
		if (wait_ms)
			poll(&f, 1, left > 0 ? (int)left : 0);
		close(fds[i]);
	}
	free(fds);
	return told;
}

size_t ptree_children(pid_t *out, size_t max)
{
	PTREE_AUTO below = { 0 };
	char path[64];
	size_t n = 0;
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (f) {
		while (fscanf(f, "%d", &pid) == 1)
			if (n++ < max)
				out[n - 1] = pid;
		fclose(f);
		return n;
	}
	look_at_all(&below);	/* a kernel without that file */
	for (size_t i = 0; i < below.n; i++)
		if (below.v[i].parent == getpid() && n++ < max)
			out[n - 1] = below.v[i].pid;
	return n;
}
