#include "store/txn_priv.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/vec.h"
#include "store/handedit.h"
#include "store/id.h"
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

/* blob: what head has; NULL: nothing */
static bool is_as_committed(struct txn *t, const char *path, const struct oid *blob)
{
	BUF_AUTO file = BUF_INIT;
	struct oid id;

	return blob && fsx_read(t->s->tree_fd, path, &file, NULL) == 0 &&
	       repo_blob_hash(t->s->repo, file.s, file.len, &id, NULL) == 0 &&
	       oid_equal(&id, blob);
}

/* What txn_look*() made of an edit. */
static int absorb(struct absorption *ab, struct staged *st, int rc)
{
	if (rc == ERR_PARSE)
		return 0;	/* broken: it waits for whoever edits it (decisions A20) */
	if (rc == 0 && st->hand.s && !st->absorb) {
		st->absorb = true;
		ab->n++;
	}
	return rc;
}

static int absorb_file(struct absorption *ab, const char *path, struct err *e)
{
	BUF_AUTO id = BUF_INIT;
	struct staged *st;
	int rc;

	if (!store_owns(path) || is_as_committed(ab->t, path, map_get(&ab->head, path)))
		return 0;
	rc = store_path_id(path, &id) ? txn_look_issue(ab->t, id.s, &st, e) :
					txn_look_file(ab->t, path, &st, e);
	return absorb(ab, st, rc);
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

static int absorb_issue(struct absorption *ab, const char *id, struct err *e)
{
	BUF_AUTO path = BUF_INIT;
	struct staged *st;
	struct oid blob;
	int rc;

	id_issue_path(id, &path);
	rc = repo_find(ab->t->s->repo, &ab->t->head, path.s, &blob, e);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	if (is_as_committed(ab->t, path.s, rc == 0 ? &blob : NULL))
		return 0;
	rc = txn_look_issue(ab->t, id, &st, e);
	return absorb(ab, st, rc);
}

int txn_absorb(struct txn *t, const struct strs *ids, size_t *n, struct err *e)
{
	struct absorption ab = { .t = t, .head = MAP_INIT };
	int rc = store_repo(t->s, NULL, e);

	for (size_t i = 0; rc == 0 && i < ids->n; i++)
		rc = absorb_issue(&ab, ids->v[i], e);
	*n = ab.n;
	return rc;
}
