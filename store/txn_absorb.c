#include "store/txn_priv.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/handedit.h"
#include "store/repo.h"

struct absorption { struct txn *t; struct map head; size_t n; };

static int note_blob(void *arg, const char *path, const struct oid *blob, struct err *e)
{
	struct absorption *ab = arg;
	struct oid *copy = arena_alloc(&ab->t->a, sizeof(*copy));

	(void)e;
	*copy = *blob;
	map_put(&ab->head, arena_strdup(&ab->t->a, path), copy);
	return 0;
}

static bool is_as_committed(struct absorption *ab, const char *path)
{
	const struct oid *blob = map_get(&ab->head, path);
	BUF_AUTO file = BUF_INIT;
	struct oid id;

	return blob && fsx_read(ab->t->s->tree_fd, path, &file, NULL) == 0 &&
	       repo_blob_hash(ab->t->s->repo, file.s, file.len, &id, NULL) == 0 &&
		       oid_equal(&id, blob);
}

static int absorb_file(struct absorption *ab, const char *path, struct err *e)
{
	BUF_AUTO id = BUF_INIT;
	struct staged *st;
	int rc;

	if (!store_owns(path) || is_as_committed(ab, path))
		return 0;
	if (store_path_id(path, &id))
		rc = txn_look_issue(ab->t, id.s, &st, e);
	else
		rc = txn_look_file(ab->t, path, &st, e);
	if (rc == ERR_PARSE)
		return 0;	/* broken: it waits for whoever edits it (decisions A20) */
	if (rc == 0 && st->hand.s && !st->absorb) {
		st->absorb = true;
		ab->n++;
	}
	return rc;
}

/* dir: "" or with a slash at its end */
static int absorb_folder(struct absorption *ab, const char *dir, int depth, struct err *e)
{
	int fd = openat(ab->t->s->tree_fd, *dir ? dir : ".",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return 0;	/* no folder, no edits */
	}
	while (rc == 0 && (de = readdir(d))) {
		AUTO_FREE char *path = xasprintf("%s%s", dir, de->d_name);

		if (de->d_name[0] == '.')
			continue;
		if (depth && (de->d_type == DT_DIR || de->d_type == DT_UNKNOWN)) {
			AUTO_FREE char *sub = xasprintf("%s/", path);

			rc = absorb_folder(ab, sub, depth - 1, e);
		}
		if (rc == 0 && de->d_type != DT_DIR)
			rc = absorb_file(ab, path, e);
	}
	closedir(d);
	return rc;
}

int txn_absorb_all(struct txn *t, size_t *n, struct err *e)
{
	struct absorption ab = { .t = t, .head = MAP_INIT };
	int rc = store_repo(t->s, NULL, e);

	if (rc == 0)
		rc = repo_walk(t->s->repo, &t->head, "", note_blob, &ab, e);
	if (rc == 0)
		rc = absorb_folder(&ab, "", 2, e);
	map_release(&ab.head);
	*n = ab.n;
	return rc;
}
