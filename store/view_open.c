#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/trace.h"
#include "store/store_priv.h"
#include "store/view_priv.h"

enum {
	/* then the lock: writers without a pause would starve us (decisions A4) */
	TRIES = 3,
	/* times that what was written meanwhile is read before all is read again */
	CATCH_UP = 8,
	SETTLE_MS = 50,		/* a commit's files are exchanged in less; then the lock */
	LOCK_WAIT_MS = 30000,
};

bool view_may_restore(const struct view *v)
{
	return !store_read_only(v->store) && !(v->flags & VIEW_LOCKED) && !v->hopeless;
}

/* Puts missing files back; where that cannot be, the ref is asked for them from now on. */
static bool restore(struct view *v)
{
	v->hopeless = store_restore(v->store, NULL) < 0;
	return !v->hopeless;
}

/* Before is_settled(): then all that was noted up to the mark stands on disk. */
static void look_at_notes(struct view *v)
{
	if (recent_mark(v->store, !store_read_only(v->store), &v->mark, NULL) < 0)
		v->mark.life = 0;
}

/* Does what stands on disk belong to the commit the ref points to? */
static bool is_settled(const struct view *v, struct oid *commit)
{
	struct stamp st;

	return !ref_read(v->store->p.common, v->store->p.ref, commit, NULL) &&
		!stamp_read(v->store, &st, NULL) &&
	       oid_equal(&st.commit, commit);
}

static bool wait_settled(const struct view *v, struct oid *commit)
{
	int64_t until = clock_mono_ms() + SETTLE_MS;

	while (!is_settled(v, commit)) {
		if (clock_mono_ms() > until)
			return false;
		nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
	}
	return true;
}

/* Reads again what was noted since the mark. false: that does not tell all. */
static bool catch_up(struct view *v)
{
	STRS_AUTO ids = { 0 };

	if (!v->mark.life || recent_since(v->store, &v->mark, &ids, NULL) < 0 ||
	    ids.n > VIEW_LAID_MAX)
		return false;
	for (size_t i = 0; i < ids.n; i++) {
		struct laid l = { 0 };

		if (view_read_file(v, ids.v[i], &l, NULL) != 1)
			return false;
		view_lay(v, &l);
	}
	return true;
}

/*
 * Without a lock: good when nothing was committed meanwhile. A full look takes longer than a
 * commit, so where writers do not pause it never is; but what they wrote they noted, and reading
 * that again takes far less than a commit. ERR_BUSY: no luck.
 */
static int open_unlocked(struct view *v, struct err *e)
{
	bool restored = false;
	struct oid now;

	for (int tries = 0; tries < TRIES; tries++) {
		int rc;

		look_at_notes(v);
		if (!wait_settled(v, &v->commit))
			break;
		rc = view_load(v, restored, e);
		for (int i = 0; i < CATCH_UP; i++) {
			if (!wait_settled(v, &now))
				return ERR_BUSY;
			if (oid_equal(&now, &v->commit) && rc != VIEW_LOAD_RESTORE)
				return rc;
			if (rc || !catch_up(v))
				break;
			v->commit = now;
		}
		if (rc == VIEW_LOAD_RESTORE && oid_equal(&now, &v->commit))
			restored = restore(v);
	}
	return ERR_BUSY;
}

/* Nothing on disk can be trusted or changed: the ref's tree, through libgit2. */
static int open_from_ref(struct view *v, struct err *e)
{
	int rc;

	view_forget(v);
	v->mark.life = 0;
	rc = store_head(v->store, &v->commit, e);
	if (!rc)
		rc = view_lay_from_ref(v, e);
	if (!rc)
		view_arrange(v);
	return rc;
}

static int open_locked(struct view *v, struct err *e)
{
	bool restored = false;
	int fd, rc;

	for (;;) {
		if (store_lock_shared(v->store, LOCK_WAIT_MS, &fd, NULL) < 0)
			return open_from_ref(v, e);
		look_at_notes(v);
		if (is_settled(v, &v->commit))
			rc = view_load(v, restored, e);
		else
			rc = open_from_ref(v, e);
		close(fd);
		if (rc != VIEW_LOAD_RESTORE)
			return rc;
		restored = restore(v);
	}
}

static int save(struct view *v, struct err *e)
{
	struct snapshot_item *items;
	size_t l = 0;
	int rc;

	if (store_read_only(v->store) || !v->mark.life || !v->shards)
		return err_set(e, ERR_REFUSED, "'%s' cannot be written", v->store->p.priv);
	items = xcalloc(v->n + 1, sizeof(*items));
	for (size_t i = 0; i < v->n; i++) {
		items[i].issue = view_at(v, i);
		items[i].committed = view_committed(v, i);
		while (l < v->laid.n && (!v->laid.v[l].issue || v->laid.v[l].index < i))
			l++;
		if (v->over[i])
			items[i].look = v->laid.v[l].look;
		else
			snapshot_stat(v->sn, v->row ? v->row[i] : i, &items[i].look.st);
	}
	rc = snapshot_write(v->store, v->sn, items, v->n, v->shards, &v->commit, &v->mark, e);
	trace("snapshot.write", "\"issues\":%zu,\"read\":%zu,\"rc\":%d", v->n, v->laid.n, rc);
	free(items);
	return rc;
}

static bool is_worn(const struct view *v)
{
	size_t read = 0;

	for (size_t i = 0; i < v->laid.n; i++)
		read += v->laid.v[i].look.st.ino != 0;
	return v->stale || read > VIEW_LAID_MAX;
}

void view_note_committed(struct view *v)
{
	size_t unknown = 0;
	bool *row;

	if (!v->sn || !v->checked)
		return;
	row = xcalloc(snapshot_count(v->sn) + 1, sizeof(*row));
	for (size_t i = 0; i < v->n; i++)
		if (!v->over[i]) {
			row[v->row ? v->row[i] : i] = true;
			unknown += !view_committed(v, i);
		}
	if (unknown > VIEW_LAID_MAX)
		snapshot_note_committed(v->store, v->sn, row, NULL);
	free(row);
}

static int open_view(struct view **out, struct store *s, unsigned flags, struct err *e)
{
	struct view *v = xcalloc(1, sizeof(*v));
	int rc;

	v->store = s;
	v->flags = flags;
	if (flags & VIEW_LOCKED) {
		look_at_notes(v);
		rc = store_head(s, &v->commit, e);
		if (!rc)
			rc = view_load(v, false, e);
	} else {
		rc = open_unlocked(v, e);
		if (rc == ERR_BUSY)
			rc = open_locked(v, e);
	}
	if (rc < 0) {
		view_close(v);
		return rc;
	}
	*out = v;
	return 0;
}

int view_open(struct view **out, struct store *s, unsigned flags, struct err *e)
{
	int rc = open_view(out, s, flags, e);

	if (!rc && is_worn(*out) && (*out)->mark.life)
		/* derived data: without it the next reader only takes longer */
		save(*out, NULL);
	return rc;
}

void view_close(struct view *v)
{
	if (!v)
		return;
	view_forget(v);
	free(v);
}

int view_verify(struct store *s, struct err *e)
{
	struct snapshot *sn;
	int rc = snapshot_map(&sn, s, e);

	if (rc < 0)
		return rc == ERR_NOTFOUND ? 0 : rc;
	rc = snapshot_verify(sn, e);
	snapshot_unmap(sn);
	return rc;
}

int view_rebuild(struct store *s, struct err *e)
{
	struct view *v;
	int rc = open_view(&v, s, VIEW_COLD, e);

	if (rc < 0)
		return rc;
	rc = save(v, e);
	view_close(v);
	return rc;
}
