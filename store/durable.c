#include "store/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/ref.h"

enum { EACH_MAX = 24 };		/* beyond that many, the whole file system is quicker */

static int sync_path(const char *path, bool folder)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | (folder ? O_DIRECTORY : 0)), rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	rc = fsync(fd);
	if (rc < 0 && folder && errno == EINVAL)
		rc = 0;		/* some file systems cannot, and need not */
	close(fd);
	return rc;
}

static int sync_file_system(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = fd < 0 ? -1 : syncfs(fd);

	if (fd >= 0)
		close(fd);
	return rc;
}

/* Only begins: so the wait for the first of many files is a wait for all of them. */
static void start_write(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		close(fd);
	}
}

/* A file, then the folder it stands in. path is changed. */
static int sync_with_folder(char *path)
{
	int rc = sync_path(path, false);

	*strrchr(path, '/') = 0;
	return rc ? rc : sync_path(path, true);
}

static char *object_path(const char *objects, const struct oid *object)
{
	char hex[OID_HEX];

	oid_hex(object, hex);
	return xasprintf("%s/%.2s/%s", objects, hex, hex + 2);
}

int durable_objects(const char *commondir, const struct oid *object, size_t n, struct err *e)
{
	AUTO_FREE char *objects = xasprintf("%s/objects", commondir);
	int rc = 0;

	if (n > EACH_MAX) {
		rc = sync_file_system(objects);
	} else {
		for (size_t i = 0; i < n; i++) {
			AUTO_FREE char *path = object_path(objects, &object[i]);

			start_write(path);
		}
		for (size_t i = 0; i < n && rc == 0; i++) {
			AUTO_FREE char *path = object_path(objects, &object[i]);

			rc = sync_with_folder(path);
		}
		if (n && rc == 0)
			rc = sync_path(objects, true);
	}
	return rc < 0 ? err_errno(e, "cannot sync '%s'", objects) : 0;
}

int durable_ref(const char *commondir, const char *ref)
{
	AUTO_FREE char *path = xasprintf("%s/%s", commondir, ref);

	return sync_with_folder(path);
}
