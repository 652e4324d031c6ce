#include "store/base/fsx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/text.h"

static const char tmp_prefix[] = ".tmp.";

/* "dir/.tmp.PID.N" beside name, never the same twice in a process. */
static char *temp_name(const char *name)
{
	static atomic_uint n;	/* uniqueness only; carries no state between calls */
	const char *slash = strrchr(name, '/');
	int dir = slash ? (int)(slash - name + 1) : 0;

	return xasprintf("%.*s%s%d.%u", dir, name, tmp_prefix, (int)getpid(),
			 atomic_fetch_add(&n, 1));
}

static int write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t k = write(fd, data, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		data += k;
		n -= (size_t)k;
	}
	return 0;
}

static int open_temp(int dirfd, const char *tmp, const char *name, mode_t mode, struct err *e)
{
	int fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	return fd < 0 ? err_errno(e, "cannot write '%s'", name) : fd;
}

/* Closes the temp file for name, after what had rc; a failure removes it. */
static int close_temp(int fd, int dirfd, const char *tmp, const char *name, int rc, unsigned flags,
		      struct err *e)
{
	if (!rc && flags & (FSX_SYNC | FSX_SYNC_FILE))
		rc = fsync(fd);
	else if (!rc && flags & FSX_SYNC_BEGIN)
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (rc)
		err_errno(e, "cannot write '%s'", name);
	if (close(fd) < 0 && !rc)
		rc = err_errno(e, "cannot write '%s'", name);
	if (rc)
		unlinkat(dirfd, tmp, 0);
	return rc ? ERR_IO : 0;
}

static int write_temp(int dirfd, const char *tmp, const char *name, const char *data, size_t n,
		      mode_t mode, unsigned flags, struct err *e)
{
	int fd = open_temp(dirfd, tmp, name, mode, e);

	return fd < 0 ? fd :
		close_temp(fd, dirfd, tmp, name, write_all(fd, data, n), flags, e);
}

static int sync_at(int dirfd, const char *path, struct err *e)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return err_errno(e, "cannot open '%s'", path);
	rc = fsync(fd);
	if (rc < 0 && errno == EINVAL)	/* some file systems cannot sync a folder and need not */
		rc = 0;
	if (rc < 0)
		err_errno(e, "cannot sync '%s'", path);
	close(fd);
	return rc < 0 ? ERR_IO : 0;
}

int fsx_sync(const char *path, struct err *e)
{
	return sync_at(AT_FDCWD, path, e);
}

static int sync_parent(int dirfd, const char *name, struct err *e)
{
	const char *slash = strrchr(name, '/');
	AUTO_FREE char *dir = slash ? xstrndup(name, (size_t)(slash - name + 1)) : xstrdup(".");

	return sync_at(dirfd, dir, e);
}

static int rename_temp(int dirfd, const char *tmp, const char *name, unsigned flags, struct err *e)
{
	int rc;

	fsx_crash_point("write");
	if (flags & FSX_NEW) {
		rc = renameat2(dirfd, tmp, dirfd, name, RENAME_NOREPLACE);
		if (rc < 0 && errno == EINVAL) {	/* no such flag on this file system */
			rc = linkat(dirfd, tmp, dirfd, name, 0);
			if (!rc)
				unlinkat(dirfd, tmp, 0);
		}
	} else {
		rc = renameat(dirfd, tmp, dirfd, name);
	}
	if (rc < 0) {
		rc = errno == EEXIST ? err_set(e, ERR_EXISTS, "'%s' is there already", name)
				     : err_errno(e, "cannot rename to '%s'", name);
		unlinkat(dirfd, tmp, 0);
		return rc;
	}
	fsx_crash_point("rename");
	return flags & FSX_SYNC ? sync_parent(dirfd, name, e) : 0;
}

int fsx_write_atomic(int dirfd, const char *name, const char *data, size_t n, mode_t mode,
		     unsigned flags, struct err *e)
{
	AUTO_FREE char *tmp = temp_name(name);
	int rc = write_temp(dirfd, tmp, name, data, n, mode, flags, e);

	return rc < 0 ? rc : rename_temp(dirfd, tmp, name, flags, e);
}

int fsx_begin(struct fsx_file *f, int dirfd, const char *name, mode_t mode, struct err *e)
{
	*f = (struct fsx_file){ .dirfd = dirfd, .name = xstrdup(name), .tmp = temp_name(name) };
	f->fd = open_temp(dirfd, f->tmp, name, mode, e);
	if (f->fd >= 0)
		return 0;
	free(f->name);
	free(f->tmp);
	return ERR_IO;
}

void fsx_add(struct fsx_file *f, const char *data, size_t n)
{
	if (!f->error && write_all(f->fd, data, n) < 0)
		f->error = errno;
}

int fsx_end(struct fsx_file *f, bool keep, struct err *e)
{
	int rc;

	errno = f->error;
	rc = close_temp(f->fd, f->dirfd, f->tmp, f->name, f->error ? -1 : 0, 0, e);
	if (!rc && keep)
		rc = rename_temp(f->dirfd, f->tmp, f->name, 0, e);
	else if (!rc)
		unlinkat(f->dirfd, f->tmp, 0);
	free(f->name);
	free(f->tmp);
	return rc;
}

/* A second name for what stands there, or a copy where the file system has no links; 1 when
 * nothing stands there. */
static int keep_aside(int dirfd, const char *name, const char *aside, mode_t mode, struct err *e)
{
	BUF_AUTO was = BUF_INIT;
	int rc;

	if (!linkat(dirfd, name, dirfd, aside, 0))
		return 0;
	if (errno == ENOENT)
		return 1;
	rc = fsx_read(dirfd, name, &was, e);
	if (rc < 0)
		return rc == ERR_NOTFOUND ? 1 : rc;
	return write_temp(dirfd, aside, name, was.s, was.len, mode, 0, e);
}

/* Without RENAME_EXCHANGE: keep what stands there under a second name, then rename over it. */
static int swap_plain(int dirfd, const char *name, const char *tmp, mode_t mode, char **aside,
		      struct err *e)
{
	char *second = temp_name(name);
	int rc = keep_aside(dirfd, name, second, mode, e);

	if (rc >= 0 && renameat(dirfd, tmp, dirfd, name) < 0) {
		if (!rc)
			unlinkat(dirfd, second, 0);
		rc = err_errno(e, "cannot rename to '%s'", name);
	}
	if (rc == 0)
		*aside = second;
	else
		free(second);
	return rc < 0 ? rc : 0;
}

/* What is there already is tried first: that is nearly every time. */
static int swap_in(int dirfd, const char *name, char *tmp, mode_t mode, char **aside, struct err *e)
{
	for (int tries = 0; tries < 100; tries++) {
		if (!renameat2(dirfd, tmp, dirfd, name, RENAME_EXCHANGE)) {
			*aside = xstrdup(tmp);
			fsx_crash_point("exchange");
			return 0;
		}
		if (errno == ENOENT && !renameat2(dirfd, tmp, dirfd, name, RENAME_NOREPLACE)) {
			fsx_crash_point("rename");
			return 0;
		}
		if (errno == EINVAL)
			return swap_plain(dirfd, name, tmp, mode, aside, e);
		if (errno != EEXIST)	/* it came between the two: try as old again */
			break;
	}
	return err_errno(e, "cannot exchange '%s'", name);
}

int fsx_swap(int dirfd, const char *name, const char *data, size_t n, mode_t mode, char **aside,
	     struct err *e)
{
	AUTO_FREE char *tmp = temp_name(name);
	int rc;

	*aside = NULL;
	if (!data) {
		if (renameat(dirfd, name, dirfd, tmp) < 0)
			return errno == ENOENT ? 0 : err_errno(e, "cannot remove '%s'", name);
		*aside = xstrdup(tmp);
		fsx_crash_point("take");
		return 0;
	}
	rc = write_temp(dirfd, tmp, name, data, n, mode, 0, e);
	if (rc < 0)
		return errno == ENOENT ? ERR_NOTFOUND : rc;
	fsx_crash_point("write");
	rc = swap_in(dirfd, name, tmp, mode, aside, e);
	if (rc < 0)
		unlinkat(dirfd, tmp, 0);
	return rc;
}

int fsx_read(int dirfd, const char *name, struct buf *out, struct err *e)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t k;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ?
			err_set(e, ERR_NOTFOUND, "no file '%s'", name)
							   : err_errno(e, "cannot open '%s'", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, ERR_IO, "'%s' is not a regular file", name);
	}
	buf_grow(out, (size_t)st.st_size + 1);
	for (;;) {
		buf_grow(out, 4096);
		k = read(fd, out->s + out->len, out->cap - out->len - 1);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		out->len += (size_t)k;
		out->s[out->len] = 0;
		if (out->len == (size_t)st.st_size)
			/* saves the read() that says 0; a file that grows is read again by its
			 * owner */
			break;
	}
	if (k < 0)
		err_errno(e, "cannot read '%s'", name);
	close(fd);
	return k < 0 ? ERR_IO : 0;
}

int fsx_mkdirs(int dirfd, const char *path, mode_t mode, struct err *e)
{
	AUTO_FREE char *p = xstrdup(path);

	if (!mkdirat(dirfd, p, mode) || errno == EEXIST)
		return 0;
	for (char *s = p + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = 0;
		if (mkdirat(dirfd, p, mode) < 0 && errno != EEXIST)
			return err_errno(e, "cannot make folder '%s'", p);
		*s = '/';
	}
	if (mkdirat(dirfd, p, mode) < 0 && errno != EEXIST)
		return err_errno(e, "cannot make folder '%s'", p);
	return 0;
}

int fsx_mkparent(int dirfd, const char *name, mode_t mode, struct err *e)
{
	const char *slash = strrchr(name, '/');
	AUTO_FREE char *dir = NULL;

	if (!slash || slash == name)
		return 0;
	dir = xstrndup(name, (size_t)(slash - name));
	return fsx_mkdirs(dirfd, dir, mode, e);
}

static int remove_children(int fd, struct err *e)
{
	DIR *d = fdopendir(fd);
	struct dirent *de;
	int rc = 0;

	if (!d) {
		close(fd);
		return err_errno(e, "cannot read folder");
	}
	while (!rc && (de = readdir(d)))
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			rc = fsx_remove_tree(dirfd(d), de->d_name, e);
	closedir(d);
	return rc;
}

int fsx_remove_tree(int dirfd, const char *path, struct err *e)
{
	int fd, rc;

	if (!unlinkat(dirfd, path, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return err_errno(e, "cannot remove '%s'", path);
	fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, "cannot open '%s'", path);
	if ((rc = remove_children(fd, e)) < 0)
		return rc;
	return unlinkat(dirfd, path, AT_REMOVEDIR) && errno != ENOENT ?
		err_errno(e, "cannot remove '%s'", path) : 0;
}

void fsx_sweep_temp(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d)
		return;
	while ((de = readdir(d))) {
		int pid;

		if (!text_starts(de->d_name, tmp_prefix))
			continue;
		pid = atoi(de->d_name + sizeof(tmp_prefix) - 1);
		if (pid > 0 && pid != getpid() && kill(pid, 0) < 0 && errno == ESRCH)
			unlinkat(fd, de->d_name, 0);
	}
	closedir(d);
}

int fsx_lock(int dirfd, const char *name, enum fsx_lock how, int wait_ms, int *fd, struct err *e)
{
	int op = (how == FSX_LOCK_EX ? LOCK_EX : LOCK_SH) | LOCK_NB;
	int flags = how == FSX_LOCK_EX ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC;
	int64_t until = clock_mono_ms() + wait_ms;
	long pause_us = 200;

	*fd = openat(dirfd, name, flags, 0666);	/* a repository may be shared by a group */
	if (*fd < 0)
		return errno == ENOENT ? err_set(e, ERR_NOTFOUND, "no lock file '%s'", name)
				       : err_errno(e, "cannot open lock '%s'", name);
	while (flock(*fd, op) < 0) {
		struct timespec t = { .tv_nsec = pause_us * 1000 };

		if (errno != EWOULDBLOCK && errno != EINTR) {
			err_errno(e, "cannot lock '%s'", name);
			close(*fd);
			return ERR_IO;
		}
		if (clock_mono_ms() >= until) {
			close(*fd);
			return err_set(e, ERR_BUSY, "'%s' is locked by another process", name);
		}
		nanosleep(&t, NULL);
		if (pause_us < 10000)
			/* a writer holds it for milliseconds: near at first, then polite */
			pause_us *= 2;
	}
	return 0;
}

void fsx_crash_point(const char *name)
{
	static atomic_int count;	/* test aid: which durable step this is */
	const char *at = getenv("BDW_CRASH_AT");

	if (!at || !*at)
		return;
	if (at[0] >= '0' && at[0] <= '9' ? atomic_fetch_add(&count, 1) + 1 == atoi(at) :
	    !strcmp(at, name))
		kill(getpid(), SIGKILL);
}

void fsx_boot_id(char out[40])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, 36);

	out[n == 36 ? 36 : 0] = 0;
	if (fd >= 0)
		close(fd);
}
