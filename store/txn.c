#include "store/txn_priv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/handedit.h"
#include "store/id.h"
#include "store/record.h"
#include "store/repo.h"
#include "store/view.h"

int txn_begin(struct txn **out, struct store *s, const struct txn_opts *o, struct err *e)
{
	struct txn *t;
	int fd, rc;

	if (s->lock_fd >= 0)
		return err_set(e, ERR_BUSY, "a transaction is open already");
	rc = store_lock(s, o->wait_ms, &fd, e);
	if (rc < 0)
		return rc;
	t = xcalloc(1, sizeof(*t));
	t->s = s;
	t->lock_fd = s->lock_fd = fd;
	t->actor = arena_strdup(&t->a, o->actor && *o->actor ? o->actor : "unknown");
	rc = store_head(s, &t->head, e);
	if (rc < 0)
		txn_free(t);
	else
		*out = t;
	return rc;
}

void txn_free(struct txn *t)
{
	view_close(t->view);
	t->s->lock_fd = -1;
	close(t->lock_fd);
	map_release(&t->by_path);
	map_release(&t->created);
	vec_free(&t->list);
	arena_release(&t->a);
	free(t);
}

void txn_abort(struct txn *t)
{
	if (t)
		txn_free(t);
}

struct arena *txn_arena(struct txn *t)
{
	return &t->a;
}

int txn_view(struct txn *t, struct view **out, struct err *e)
{
	int rc = t->view ? 0 : view_open(&t->view, t->s, VIEW_QUICK | VIEW_LOCKED, e);

	*out = t->view;
	return rc;
}

/* ---- looking ---- */

static struct text keep(struct txn *t, const struct buf *b)
{
	return (struct text){ arena_strndup(&t->a, b->s, b->len), b->len };
}

/* The file as it is; *out stays the txn's. A file that is not there is an entry without disk and
 * blob. ERR_IO. */
static int look(struct txn *t, const char *path, struct staged **out, struct err *e)
{
	struct staged *st = map_get(&t->by_path, path);
	BUF_AUTO disk = BUF_INIT;
	int rc;

	*out = st;
	if (st)
		return 0;
	rc = fsx_read(t->s->tree_fd, path, &disk, e);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	st = arena_alloc(&t->a, sizeof(*st));
	if (rc == 0)
		st->disk = keep(t, &disk);
	if ((rc = store_repo(t->s, NULL, e)) < 0)
		return rc;
	rc = repo_find(t->s->repo, &t->head, path, &st->blob, e);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	st->path = arena_strdup(&t->a, path);
	map_put(&t->by_path, st->path, st);
	vec_add(&t->list, st);
	*out = st;
	return 0;
}

/* Is what stands on disk what head has? */
static bool is_committed(struct txn *t, const struct staged *st)
{
	struct oid id;

	return st->disk.s && repo_blob_hash(t->s->repo, st->disk.s, st->disk.n, &id, NULL) == 0 &&
	       oid_equal(&id, &st->blob);
}

static int head_text(struct txn *t, const struct staged *st, struct text *out, struct err *e)
{
	BUF_AUTO b = BUF_INIT;
	int rc = repo_blob_read(t->s->repo, &st->blob, &b, e);

	if (rc == 0)
		*out = keep(t, &b);
	return rc;
}

static struct text canonical(struct txn *t, const struct issue *is)
{
	BUF_AUTO b = BUF_INIT;

	record_write(is, &b);
	return keep(t, &b);
}

static int64_t file_time_us(struct txn *t, const char *path)
{
	struct stat st;

	if (fstatat(t->s->tree_fd, path, &st, 0) < 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
}

/* The committed issue of a path, NULL when head has none (that parses). */
static int committed_issue(struct txn *t, struct staged *st, struct issue **out, struct err *e)
{
	struct text text;
	int rc;

	*out = NULL;
	if (oid_is_zero(&st->blob))
		return 0;
	rc = head_text(t, st, &text, e);
	return rc < 0 ? rc : handedit_parse(st->path, text, &t->a, out, e);
}

static int look_at_edit(struct txn *t, struct staged *st, struct err *e)
{
	struct issue *was, *is;
	int rc = committed_issue(t, st, &was, NULL);

	if (rc < 0 && rc != ERR_PARSE)
		return err_set(e, rc, "cannot read the last version of '%s'", st->path);
	rc = handedit_parse(st->path, st->disk, &t->a, &is, e);
	if (rc < 0) {
		if (was)
			st->seen = was;
		err_hint(e, "mend or remove the file; the last good version comes back when it is "
			    "gone");
		return rc;
	}
	handedit_settle(is, was, file_time_us(t, st->path), t->actor, &t->a);
	st->seen = is;
	st->found = canonical(t, is);
	st->hand = st->found;
	return 0;
}

int txn_look_issue(struct txn *t, const char *id, struct staged **out, struct err *e)
{
	BUF_AUTO path = BUF_INIT;
	struct issue *is = NULL;
	int rc;

	id_issue_path(id, &path);
	rc = look(t, path.s, out, e);
	if (rc < 0 || (*out)->found.s)
		return rc;
	(*out)->id = arena_strdup(&t->a, id);
	if (!(*out)->disk.s)	/* swept away: it is still an issue, and the commit puts it back */
		rc = committed_issue(t, *out, &is, e);
	else if (is_committed(t, *out))
		rc = handedit_parse((*out)->path, (*out)->disk, &t->a, &is, e);
	else
		return look_at_edit(t, *out, e);
	if (rc == 0 && is) {
		(*out)->seen = is;
		(*out)->found = canonical(t, is);
	}
	return rc;
}

int txn_look_file(struct txn *t, const char *path, struct staged **out, struct err *e)
{
	struct staged *st;
	int rc = look(t, path, &st, e);

	*out = st;
	if (rc < 0 || st->found.s)
		return rc;
	if (!st->disk.s)
		return oid_is_zero(&st->blob) ? 0 : head_text(t, st, &st->found, e);
	st->found = st->disk;
	if (!is_committed(t, st))
		st->hand = st->disk;
	return 0;
}

/* ---- issues ---- */

static int no_issue(const char *id, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "no issue found matching \"%s\"", id);
}

int txn_edit(struct txn *t, const char *id, struct issue **out, struct err *e)
{
	struct staged *st;
	int rc = txn_look_issue(t, id, &st, e);

	if (rc < 0)
		return rc;
	if (st->gone || (!st->is && !st->seen))
		return no_issue(id, e);
	if (!st->is)
		st->is = issue_copy(st->seen, &t->a);
	st->write = true;
	*out = st->is;
	return 0;
}

static const char *small_letters(struct txn *t, const char *id)
{
	char *small = arena_strdup(&t->a, id);

	for (char *s = small; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s += 'a' - 'A';
	return small;
}

/* An id that some file system or tool would take for the new one; NULL when there is none. */
static const char *same_but_case(struct txn *t, const char *id, const char *small)
{
	const struct staged *st = map_get(&t->created, small);
	struct view *v;

	if (st && !st->gone)
		return st->id;
	if (txn_view(t, &v, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < view_count(v); i++) {
		const char *other = view_id(v, i);

		if (!strcasecmp(other, id) && strcmp(other, id))
			return other;
	}
	return NULL;
}

int txn_create(struct txn *t, const char *id, struct issue **out, struct err *e)
{
	const char *twin, *small;
	struct staged *st;
	int rc = id_check(id, e);

	if (rc == 0)
		rc = txn_look_issue(t, id, &st, e);
	if (rc == ERR_PARSE)
		return err_set(e, ERR_EXISTS,
			       "there is a file for issue %s already, and it is broken", id);
	if (rc < 0)
		return rc;
	if (!st->gone && (st->is || st->seen))
		return err_set(e, ERR_EXISTS, "issue %s already exists", id);
	small = small_letters(t, id);
	twin = same_but_case(t, id, small);
	if (twin)
		return err_set(e, ERR_EXISTS,
			       "issue %s already exists, and '%s' differs only in case", twin, id);
	st->is = arena_alloc(&t->a, sizeof(*st->is));
	issue_init(st->is);
	st->is->id = st->id;
	map_put(&t->created, small, st);
	st->write = true;
	st->gone = false;
	*out = st->is;
	return 0;
}

const struct issue *txn_get(struct txn *t, const char *id)
{
	struct staged *st;

	if (id_check(id, NULL) < 0)
		return NULL;
	if (txn_look_issue(t, id, &st, NULL) < 0 && !(st && st->seen))
		return NULL;
	return st->gone ? NULL : st->is ? st->is : st->seen;
}

static int remove_file(struct txn *t, const char *path, struct err *e)
{
	struct staged *st;
	int rc = txn_look_file(t, path, &st, e);

	if (rc == 0 && (st->found.s || st->write)) {
		st->write = st->gone = true;
		st->data = (struct text){ NULL, 0 };
	}
	return rc;
}

int txn_delete(struct txn *t, const char *id, struct err *e)
{
	BUF_AUTO work = BUF_INIT;
	struct staged *st;
	int rc = txn_look_issue(t, id, &st, e);

	if (rc < 0)
		return rc;	/* a file broken by hand holds what is nowhere else */
	if (st->gone || (!st->is && !st->seen))
		return no_issue(id, e);
	st->is = NULL;
	st->write = st->gone = true;
	id_work_path(id, &work);
	return remove_file(t, work.s, e);
}

int txn_rename(struct txn *t, const char *from, const char *to, struct err *e)
{
	BUF_AUTO old_work = BUF_INIT, new_work = BUF_INIT, text = BUF_INIT;
	struct issue *is, *made;
	const char *id;
	int rc = txn_edit(t, from, &is, e);

	if (rc < 0 || (rc = txn_create(t, to, &made, e)) < 0)
		return rc;
	id = made->id;
	*made = *is;
	made->id = id;
	id_work_path(from, &old_work);
	id_work_path(to, &new_work);
	rc = txn_read(t, old_work.s, &text, e);
	if (rc == 0)
		rc = txn_put(t, new_work.s, text.s, text.len, e);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	return txn_delete(t, from, e);
}

/* ---- other files ---- */

static int check_path(const char *path, struct err *e)
{
	return store_owns(path) ? 0 : err_set(e, ERR_USAGE, "'%s' is no file of the store", path);
}

int txn_read(struct txn *t, const char *path, struct buf *out, struct err *e)
{
	BUF_AUTO id = BUF_INIT;
	struct staged *st;
	int rc = check_path(path, e);

	if (rc < 0)
		return rc;
	if (store_path_id(path, &id)) {
		const struct issue *is = txn_get(t, id.s);

		if (is)
			record_write(is, out);
		return is ? 0 : no_issue(id.s, e);
	}
	rc = txn_look_file(t, path, &st, e);
	if (rc < 0)
		return rc;
	if (st->write ? !st->data.s : !st->found.s)
		return err_set(e, ERR_NOTFOUND, "no file '%s'", path);
	if (st->write)
		buf_add(out, st->data.s, st->data.n);
	else
		buf_add(out, st->found.s, st->found.n);
	return 0;
}

int txn_put(struct txn *t, const char *path, const char *data, size_t n, struct err *e)
{
	struct staged *st;
	int rc = check_path(path, e);

	if (rc == 0 && text_starts(path, "issue/"))
		rc = err_set(e, ERR_USAGE, "'%s' is an issue: it is edited, not put", path);
	if (rc == 0 && !data)
		return remove_file(t, path, e);
	if (rc == 0)
		rc = txn_look_file(t, path, &st, e);
	if (rc < 0)
		return rc;
	st->data = (struct text){ arena_strndup(&t->a, data, n), n };
	st->write = true;
	st->gone = false;
	return 0;
}
