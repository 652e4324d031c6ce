#include "store/refmove.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"

/* "refs/heads/a" and "refs/heads/a/b" cannot both be files. Where one of them is, the file
 * system says so. */
static bool has_packed_in_the_way(const char *commondir, const char *ref)
{
	AUTO_FREE char *path = xasprintf("%s/packed-refs", commondir);
	AUTO_FREE char *below = xasprintf(" %s/", ref);
	BUF_AUTO text = BUF_INIT;
	bool found;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0)
		return false;
	found = strstr(text.s, below);
	for (const char *slash = strchr(ref, '/'); slash && !found;
	     slash = strchr(slash + 1, '/')) {
		AUTO_FREE char *above = xasprintf(" %.*s\n", (int)(slash - ref), ref);

		found = strstr(text.s, above);
	}
	return found;
}

static bool is_packed(const char *commondir, const char *ref)
{
	AUTO_FREE char *path = xasprintf("%s/packed-refs", commondir);
	AUTO_FREE char *line = xasprintf(" %s\n", ref);
	BUF_AUTO text = BUF_INIT;

	return fsx_read(AT_FDCWD, path, &text, NULL) == 0 && strstr(text.s, line);
}

static int check_old(const char *commondir, const char *ref, const struct oid *old, struct err *e)
{
	struct oid now;
	int rc = ref_read(commondir, ref, &now, e);

	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	if (!old && rc == ERR_NOTFOUND && has_packed_in_the_way(commondir, ref))
		return err_set(e, ERR_CONFLICT, "there is a ref that '%s' would be a folder of, "
						"or the other way round", ref);
	if (old ? rc == 0 && oid_equal(&now, old) : rc == ERR_NOTFOUND)
		return 0;
	return err_set(e, ERR_CONFLICT, "'%s' was moved by another process", ref);
}

/* git removes a folder that becomes empty, perhaps between our making it and using it. */
static int open_lock(const char *lock, struct err *e)
{
	int fd = -1, tries = 3;

	while (fd < 0 && tries-- > 0) {
		if (fsx_mkparent(AT_FDCWD, lock, 0777, e) < 0)
			return ERR_IO;
		fd = open(lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != ENOENT)
			break;
	}
	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_BUSY, "'%s' is held by another git process", lock);
	return fd < 0 ? err_errno(e, "cannot create '%s'", lock) : fd;
}

static int write_lock(int fd, const char *lock, const struct oid *new_oid, bool sync, struct err *e)
{
	char line[OID_HEX];
	int rc = 0;

	oid_hex(new_oid, line);
	line[OID_HEX - 1] = '\n';
	if (write(fd, line, OID_HEX) != OID_HEX || (sync && fsync(fd) < 0))
		rc = err_errno(e, "cannot write '%s'", lock);
	/* begun at least: an empty ref after a power loss would be worse than none */
	else if (!sync)
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (close(fd) < 0 && rc == 0)
		rc = err_errno(e, "cannot write '%s'", lock);
	return rc;
}

static int put_in_place(const char *lock, const char *path, struct err *e)
{
	if (!rename(lock, path))
		return 0;
	/* an empty folder that git left */
	if ((errno == EISDIR || errno == ENOTEMPTY || errno == EEXIST) && !rmdir(path) &&
	    !rename(lock, path))
		return 0;
	return err_errno(e, "cannot rename to '%s'", path);
}

/* Best effort: the log is a help for people. */
static void add_log(const char *commondir, const char *ref, const struct oid *from,
		    const struct oid *to, const char *who, const char *log)
{
	AUTO_FREE char *path = xasprintf("%s/logs/%s", commondir, ref);
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	char a[OID_HEX], b[OID_HEX];

	if (fd < 0)
		return;
	dprintf(fd, "%s %s %s %lld +0000\t%.*s\n", oid_hex(from, a), oid_hex(to, b), who,
		(long long)(clock_now_us() / 1000000), (int)strcspn(log, "\n"), log);
	close(fd);
}

int ref_move(const char *commondir, const char *ref, const struct oid *new_oid,
	     const struct oid *old, const char *who, const char *log, bool sync, const char *first,
		     struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/%s", commondir, ref);
	AUTO_FREE char *lock = xasprintf("%s.lock", path);
	static const struct oid none;
	int fd = open_lock(lock, e), rc;

	if (fd < 0)
		return fd;
	if (old && oid_is_zero(old))
		old = NULL;
	rc = check_old(commondir, ref, old, e);
	if (rc < 0)
		close(fd);
	else
		rc = write_lock(fd, lock, new_oid, sync, e);
	fsx_crash_point("ref-lock");
	if (rc == 0 && sync && first)
		rc = fsx_sync(first, e);
	if (rc == 0)
		rc = put_in_place(lock, path, e);
	if (rc < 0) {
		unlink(lock);
		return rc;
	}
	add_log(commondir, ref, old ? old : &none, new_oid, who, log);
	return 0;
}

/* What is not there is as good as removed. */
static int remove_loose(const char *commondir, const char *ref, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/%s", commondir, ref);
	AUTO_FREE char *log = xasprintf("%s/logs/%s", commondir, ref);

	if (unlink(log) < 0 && errno != ENOENT && errno != ENOTDIR)
		return err_errno(e, "cannot remove '%s'", log);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(e, "cannot remove '%s'", path);
	return 0;
}

int ref_delete(const char *commondir, const char *ref, const struct oid *old, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/%s", commondir, ref);
	AUTO_FREE char *lock = xasprintf("%s.lock", path);
	struct oid now;
	int fd, rc = ref_read(commondir, ref, &now, e);

	if (rc < 0)
		return rc;
	/* a second name of what goes anyway locks as well as a file that is made for it */
	if (link(path, lock) < 0) {
		if ((fd = open_lock(lock, e)) < 0)
			return fd;
		close(fd);
	}
	rc = check_old(commondir, ref, old, e);
	if (rc == 0 && is_packed(commondir, ref))
		rc = err_set(e, ERR_REFUSED, "'%s' is packed", ref);
	if (rc == 0)
		rc = remove_loose(commondir, ref, e);
	unlink(lock);
	return rc;
}

int ref_sync(const char *commondir, const char *ref, struct err *e)
{
	AUTO_FREE char *dir = xasprintf("%s/%.*s", commondir, (int)(strrchr(ref, '/') - ref), ref);

	return fsx_sync(dir, e);
}
