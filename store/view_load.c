#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/id.h"
#include "store/record.h"
#include "store/repo.h"
#include "store/scan.h"
#include "store/store_priv.h"
#include "store/view_priv.h"

enum { LOAD_DAMAGED = 2 };	/* of load_all(): the table cannot be trusted */

static int read_whole(int fd, size_t size, struct buf *out)
{
	ssize_t n;

	buf_grow(out, size + 1);
	while ((n = read(fd, out->s + out->len, out->cap - out->len - 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		out->len += (size_t)n;
		buf_grow(out, 1024);
	}
	out->s[out->len] = 0;
	return 0;
}

static int parse(struct view *v, const char *id, const char *path, const struct buf *text,
		 struct issue **out, struct err *e)
{
	struct issue *is = arena_alloc(&v->arena, sizeof(*is));
	int rc = record_parse(is, text->s, text->len, path, &v->arena, e);

	if (rc < 0)
		return rc;
	if (!*is->id)
		is->id = arena_strdup(&v->arena, id);
	if (strcmp(is->id, id))
		return err_set(e, ERR_PARSE, "%s:2: id '%s' is not the one the file is named after",
			       path, is->id);
	*out = is;
	return 0;
}

int view_read_file(struct view *v, const char *id, struct laid *out, struct err *e)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct issue *is;
	struct stat st;
	int fd, rc;

	id_issue_path(id, &path);
	fd = v->store->tree_fd < 0 ? -1 :
		openat(v->store->tree_fd, path.s, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return v->store->tree_fd < 0 || errno == ENOENT ? 0 :
			err_errno(e, "cannot open '%s'", path.s);
	out->look.read_ns = clock_coarse_ns();
	rc = fstat(fd, &st) < 0 || read_whole(fd, (size_t)st.st_size, &text) < 0 ?
		     err_errno(e, "cannot read '%s'", path.s) : 0;
	close(fd);
	if (!rc)
		rc = parse(v, id, path.s, &text, &is, e);
	if (rc < 0)
		return rc;
	out->id = is->id;
	out->issue = is;
	file_stat_from(&out->look.st, &st);
	return 1;
}

static const struct issue *from_blob(struct view *v, struct repo *r, const char *id,
				     const char *path, const struct oid *blob)
{
	BUF_AUTO text = BUF_INIT;
	struct issue *is;

	return repo_blob_read(r, blob, &text,
			      NULL) < 0 || parse(v, id, path, &text, &is, NULL) < 0 ? NULL : is;
}

static bool last_good(struct view *v, const char *id, uint32_t row, bool missing, struct laid *out)
{
	bool in_table = row != NO_ROW && snapshot_check(v->sn, row), in_ref = true;
	BUF_AUTO path = BUF_INIT;
	struct oid head, blob;
	struct repo *r;

	*out = (struct laid){ .id = arena_strdup(&v->arena, id), .row = row };
	if ((missing || !in_table) && !store_repo(v->store, &r, NULL) &&
	    !store_head(v->store, &head, NULL)) {
		int rc;

		id_issue_path(id, &path);
		rc = repo_find(r, &head, path.s, &blob, NULL);
		in_ref = rc != ERR_NOTFOUND;
		if (!rc && !in_table)
			out->issue = from_blob(v, r, id, path.s, &blob);
	}
	if (in_ref && in_table)
		out->issue = snapshot_issue(v->sn, row);
	return out->issue;
}

/* No file, and it cannot be put back: the ref says whether there is such an issue. */
static void lay_missing(struct view *v, const char *id, uint32_t row)
{
	struct laid l;

	if (last_good(v, id, row, true, &l) || row != NO_ROW)
		vec_add(&v->laid, l);
	v->stale = true;
}

/* Reads a file that differs from the table (or is new) and lays it over. */
static void lay_file(struct view *v, const char *id, uint32_t row)
{
	struct err e = ERR_INIT;
	struct laid l = { .row = row };
	int rc = view_read_file(v, id, &l, &e);

	if (!rc) {
		lay_missing(v, id, row);
		return;
	}
	if (rc < 0) {
		strs_add(&v->warning, e.msg);
		if (!last_good(v, id, row, false, &l) && row == NO_ROW) {
			/* no row will lead here: the folder has to be listed again */
			if (v->shards)
				v->shards[id_shard(id)] = (struct file_look){ 0 };
			return;
		}
	}
	vec_add(&v->laid, l);
}

void view_forget(struct view *v)
{
	view_forget_order(v);
	snapshot_unmap(v->sn);
	v->sn = NULL;
	free(v->shards);
	v->shards = NULL;
	vec_free(&v->laid);
	strs_free_all(&v->warning);
	arena_release(&v->arena);
	v->n = 0;
	v->checked = v->stale = false;
}

struct walk {
	struct view *v;
	struct { struct laid *v; size_t n, cap; } fresh;
};

static int walk_blob(void *arg, const char *path, const struct oid *blob, struct err *e)
{
	struct walk *w = arg;
	struct view *v = w->v;
	const char *name = strrchr(path, '/');
	size_t n = name ? strlen(++name) : 0;
	struct laid l = { .row = NO_ROW };
	BUF_AUTO id = BUF_INIT;
	struct repo *r;
	int rc;

	if (n <= 3 || strcmp(name + n - 3, ".md") || !id_from_file_name(name, n - 3, &id) ||
	    (v->sn && snapshot_find(v->sn, id.s) >= 0) || view_laid_find(v, id.s) >= 0)
		return 0;
	rc = store_repo(v->store, &r, e);
	if (rc < 0)
		return rc;
	l.issue = from_blob(v, r, id.s, path, blob);
	l.id = l.issue ? l.issue->id : NULL;
	if (l.issue)
		vec_add(&w->fresh, l);
	return 0;
}

int view_lay_from_ref(struct view *v, struct err *e)
{
	struct walk w = { .v = v };
	struct repo *r;
	int rc;

	view_sort_laid(v);
	if ((rc = store_repo(v->store, &r, e)) < 0)
		return rc;
	rc = repo_walk(r, &v->commit, "issue", walk_blob, &w, e);
	for (size_t i = 0; i < w.fresh.n; i++)
		vec_add(&v->laid, w.fresh.v[i]);
	vec_free(&w.fresh);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static bool has_file(const struct view *v, const char *id)
{
	BUF_AUTO path = BUF_INIT;

	id_issue_path(id, &path);
	return v->store->tree_fd >= 0 &&
		!faccessat(v->store->tree_fd, path.s, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* What should be there and is not: rows, and noted issues that the table does not know yet. */
struct missing {
	struct strs noted;	/* ids */
	struct { uint32_t *v; size_t n, cap; } rows;
};

static void find_missing(struct view *v, const struct scan *sc, struct missing *m)
{
	size_t rows = v->sn ? snapshot_count(v->sn) : 0, n = 0;

	for (size_t i = 0; i < rows; i++)
		if (!sc->seen[i])
			vec_add(&m->rows, (uint32_t)i);
	if (!v->sn || recent_since(v->store, snapshot_mark(v->sn), &m->noted, NULL) < 0)
		return;
	for (size_t i = 0; i < m->noted.n; i++) {
		if (snapshot_find(v->sn, m->noted.v[i]) >= 0 || has_file(v, m->noted.v[i]))
			free(m->noted.v[i]);
		else
			m->noted.v[n++] = m->noted.v[i];
	}
	m->noted.n = n;
}

static void lay_all(struct view *v, const struct scan *sc, const struct missing *m)
{
	for (int t = 0; t < SCAN_THREADS; t++)
		for (size_t i = 0; i < sc->change[t].n; i++) {
			const struct scan_change *c = &sc->change[t].v[i];

			lay_file(v, c->id, c->row < 0 ? NO_ROW : (uint32_t)c->row);
		}
	for (size_t i = 0; i < m->rows.n; i++)
		lay_missing(v, snapshot_id(v->sn, m->rows.v[i]), m->rows.v[i]);
	for (size_t i = 0; i < m->noted.n; i++)
		lay_missing(v, m->noted.v[i], NO_ROW);
}

/* Every file is looked at. unsure: the table does not tell which issues there are, so the ref
 * has to. */
static int load_all(struct view *v, bool unsure, bool restored, struct err *e)
{
	bool may_restore = view_may_restore(v) && !restored;
	struct missing m = { 0 };
	struct scan sc;
	int rc;

	if (unsure && may_restore)
		return VIEW_LOAD_RESTORE;
	rc = scan_run(&sc, v->store->tree_fd, v->sn, e);
	if (!rc)
		find_missing(v, &sc, &m);
	if (!rc && sc.damaged)
		rc = LOAD_DAMAGED;
	if (!rc && (m.rows.n || m.noted.n) && may_restore)
		rc = VIEW_LOAD_RESTORE;
	if (!rc) {
		v->shards = xmalloc(sizeof(sc.shard));
		memcpy(v->shards, sc.shard, sizeof(sc.shard));
		lay_all(v, &sc, &m);
		v->checked = true;
		if (unsure && !restored)
			rc = view_lay_from_ref(v, e);
	}
	vec_free(&m.rows);
	strs_free_all(&m.noted);
	scan_release(&sc);
	return rc;
}

/* Only what was noted since the table was written. false: the notes do not tell, or are too
 * many. */
static int load_quick(struct view *v, bool restored, bool *done)
{
	STRS_AUTO ids = { 0 };

	*done = recent_since(v->store, snapshot_mark(v->sn), &ids, NULL) == 0 &&
		ids.n <= VIEW_LAID_MAX;
	for (size_t i = 0; *done && i < ids.n; i++) {
		long row = snapshot_find(v->sn, ids.v[i]);

		if (!restored && view_may_restore(v) && !has_file(v, ids.v[i]))
			return VIEW_LOAD_RESTORE;
		lay_file(v, ids.v[i], row < 0 ? NO_ROW : (uint32_t)row);
	}
	return 0;
}

int view_load(struct view *v, bool restored, struct err *e)
{
	bool unsure, done = false;
	int rc = 0;

	view_forget(v);
	if (!(v->flags & VIEW_COLD))
		snapshot_map(&v->sn, v->store, NULL);
	/* a table of another life of the notes may hold issues that were deleted, and lack some */
	unsure = !v->sn || v->mark.life != snapshot_mark(v->sn)->life;
	if ((v->flags & VIEW_QUICK) && !unsure)
		rc = load_quick(v, restored, &done);
	if (!rc && !done) {
		v->stale = unsure || (v->flags & VIEW_QUICK);
		rc = load_all(v, unsure, restored, e);
	}
	if (rc == LOAD_DAMAGED) {
		view_forget(v);
		v->stale = true;
		rc = load_all(v, true, restored, e);
	}
	if (!rc)
		view_arrange(v);
	return rc;
}
