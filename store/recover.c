/* What a killed process, a power loss or another git left: put right under the lock, by whoever
 * comes next */
#include "store/checkout.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/base/trace.h"
#include "store/handedit.h"
#include "store/id.h"
#include "store/intent.h"
#include "store/issue.h"
#include "store/promisor.h"
#include "store/record.h"
#include "store/repo.h"
#include "store/snapshot.h"

#define PRIV_RESCUED "rescued"		/* bytes that nobody could place: a person may look at them */

enum { HISTORY_MAX = 10000 };

static const char temp_prefix[] = ".tmp.";

/* What is known while the files are brought to head. */
struct recovery {
	struct store *s;
	struct oid head, stamp;		/* stamp zero: none, or its commit is gone */
	bool distrust;			/* no stamp, or files of another boot: look at every one */
};

static int read_blob(struct store *s, const struct oid *blob, struct buf *out, struct text *t,
		     struct err *e)
{
	int rc = repo_blob_read(s->repo, blob, out, e);

	*t = (struct text){ out->s, out->len };
	return rc;
}

/* ---- roll forward ---- */

static int roll_one(void *arg, const char *path, const struct oid *from, const struct oid *to,
		    struct err *e)
{
	struct recovery *r = arg;
	BUF_AUTO was = BUF_INIT, now = BUF_INIT;
	struct text expect = { NULL, 0 }, data = { NULL, 0 };
	int rc = 0;

	if (!store_owns(path))
		return 0;
	if (from && (rc = read_blob(r->s, from, &was, &expect, e)) == ERR_NOTFOUND) {
		expect.s = NULL;	/* pruned since: then it cannot help */
		rc = 0;
	}
	if (rc == 0 && to)
		rc = read_blob(r->s, to, &now, &data, e);
	return rc < 0 ? rc : checkout_put(r->s, path, expect, data, e);
}

static void rescue(struct store *s, const char *path, struct text what)
{
	AUTO_FREE char *flat = xstrdup(path);
	AUTO_FREE char *name = NULL;

	for (char *p = flat; *p; p++)
		if (*p == '/')
			*p = '~';
	name = xasprintf("%s/%s.%lld", PRIV_RESCUED, flat, (long long)clock_now_us());
	if (fsx_mkparent(s->priv_fd, name, 0700, NULL) == 0)
		fsx_write_atomic(s->priv_fd, name, what.s, what.n, 0600, 0, NULL);
}

/* After a power loss a file may be empty, full of NULs, or an older version: none of that is an
 * edit. */
static bool is_damage(struct store *s, const char *path, struct text file)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO id = BUF_INIT;
	struct issue *is;
	struct oid blob;

	if (!file.n || memchr(file.s, 0, file.n))
		return true;
	if (repo_blob_hash(s->repo, file.s, file.n, &blob, NULL) == 0 && repo_has(s->repo, &blob))
		return true;
	if (!store_path_id(path, &id) || handedit_parse(path, file, &a, &is, NULL) == 0)
		return false;
	rescue(s, path, file);
	return true;
}

/* updated_at of an issue file; 0 when it is none. */
static int64_t updated_at(const char *path, struct text file)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issue *is;

	return handedit_parse(path, file, &a, &is, NULL) == 0 ? is->updated_at : 0;
}

/* Which committed version a file was edited from, when no stamp says it: the last one with the
 * same updated_at. */
static int base_in_history(struct recovery *r, const char *path, struct text file, struct oid *base)
{
	struct oid commit = r->head, blob, last = { 0 };
	int64_t want = updated_at(path, file);

	for (int i = 0; want && i < HISTORY_MAX; i++) {
		BUF_AUTO was = BUF_INIT;
		struct text text;

		if (repo_find(r->s->repo, &commit, path, &blob, NULL) < 0)
			break;
		if (!oid_equal(&blob, &last) && read_blob(r->s, &blob, &was, &text, NULL) == 0 &&
		    updated_at(path, text) == want) {
			*base = blob;
			return 0;
		}
		last = blob;
		if (repo_commit_parent(r->s->repo, &commit, &commit, NULL) < 0)
			break;
	}
	return ERR_NOTFOUND;
}

/* The file of a path was edited by hand: what it was edited from, NULL text when that is still
 * current or unknown. */
static int base_of_edit(struct recovery *r, const char *path, const struct oid *blob,
			struct text file, struct buf *was, struct text *base, struct err *e)
{
	struct oid from;

	if (repo_find(r->s->repo, &r->stamp, path, &from, NULL) < 0 &&
	    base_in_history(r, path, file, &from) < 0)
		return 0;
	return oid_equal(&from, blob) ? 0 : read_blob(r->s, &from, was, base, e);
}

/* A file of head's tree, looked at whatever the stamp says. */
static int verify_one(void *arg, const char *path, const struct oid *blob, struct err *e)
{
	struct recovery *r = arg;
	BUF_AUTO disk = BUF_INIT, was = BUF_INIT, now = BUF_INIT;
	struct text expect = { NULL, 0 }, data, file;
	struct oid id;
	int rc;

	if (!store_owns(path))
		return 0;
	rc = fsx_read(r->s->tree_fd, path, &disk, e);
	file = (struct text){ disk.s, disk.len };
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	if (rc == 0) {
		if (repo_blob_hash(r->s->repo, disk.s, disk.len, &id, NULL) == 0 &&
		    oid_equal(&id, blob))
			return 0;
		if (is_damage(r->s, path, file))
			expect = file;
		else if ((rc = base_of_edit(r, path, blob, file, &was, &expect, e)) < 0 ||
			 !expect.s)
			return rc;	/* an edit of what is current waits like any other */
	}
	rc = read_blob(r->s, blob, &now, &data, e);
	return rc < 0 ? rc : checkout_put(r->s, path, expect, data, e);
}

/* ---- temp files: one may hold an edit that came out of an exchange and was not merged yet ---- */

struct torn { struct recovery *r; const char *dir; struct text bytes; bool found; };

/* Is it the beginning of what was to be written into its folder? */
static int torn_one(void *arg, const char *path, const struct oid *from, const struct oid *to,
		    struct err *e)
{
	struct torn *t = arg;
	size_t n = strlen(t->dir);
	BUF_AUTO blob = BUF_INIT;

	(void)from, (void)e;
	if (!to || strncmp(path, t->dir, n) || strchr(path + n, '/') ||
	    repo_blob_read(t->r->s->repo, to, &blob, NULL) < 0)
		return 0;
	t->found = t->bytes.n <= blob.len && !memcmp(blob.s, t->bytes.s, t->bytes.n);
	return t->found;
}

/* An issue file that was caught between two names goes where its id says, merged with what
 * stands there. */
static bool reinstate(struct recovery *r, const char *dir, struct text bytes)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO path = BUF_INIT, disk = BUF_INIT, was = BUF_INIT, merged = BUF_INIT;
	struct text base = { NULL, 0 }, now;
	struct issue head;
	struct oid blob;

	issue_init(&head);
	if (record_parse(&head, bytes.s, bytes.n, "", &a, NULL) < 0 || !*head.id)
		return false;
	id_issue_path(head.id, &path);
	if (strncmp(path.s, dir, strlen(dir)) || fsx_read(r->s->tree_fd, path.s, &disk, NULL) < 0)
		return false;
	if (repo_find(r->s->repo, &r->stamp, path.s, &blob, NULL) == 0 &&
	    read_blob(r->s, &blob, &was, &base, NULL) < 0)
		return false;
	now = (struct text){ disk.s, disk.len };
	if (handedit_merge(path.s, base, now, bytes, clock_now_us(), &merged, NULL) < 0)
		return false;
	return checkout_put(r->s, path.s, now, (struct text){ merged.s, merged.len }, NULL) == 0;
}

/* path: "issue/4f/.tmp.12.0" */
static void settle_temp(struct recovery *r, const char *dir, const char *path)
{
	BUF_AUTO bytes = BUF_INIT;
	struct torn t = { r, dir, { NULL, 0 }, false };
	struct oid blob;

	if (fsx_read(r->s->tree_fd, path, &bytes, NULL) < 0)
		return;
	t.bytes = (struct text){ bytes.s, bytes.len };
	if (!bytes.len || (repo_blob_hash(r->s->repo, bytes.s, bytes.len, &blob, NULL) == 0 &&
			   repo_has(r->s->repo, &blob)))
		t.found = true;
	else
		repo_diff(r->s->repo, &r->stamp, &r->head, torn_one, &t, NULL);
	if (!t.found && !reinstate(r, dir, t.bytes))
		rescue(r->s, path, t.bytes);
	unlinkat(r->s->tree_fd, path, 0);
}

/* dir: "" or with a slash at its end. Only writers that hold the lock make temp files here, and
 * we hold it. */
static void sweep_folder(struct recovery *r, const char *dir, int depth)
{
	int fd = openat(r->s->tree_fd, *dir ? dir : ".",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((de = readdir(d))) {
		AUTO_FREE char *path = xasprintf("%s%s", dir, de->d_name);

		if (text_starts(de->d_name, temp_prefix)) {
			settle_temp(r, dir, path);
		} else if (depth && de->d_name[0] != '.' &&
			   (de->d_type == DT_DIR || de->d_type == DT_UNKNOWN)) {
			AUTO_FREE char *sub = xasprintf("%s/", path);

			sweep_folder(r, sub, depth - 1);
		}
	}
	closedir(d);
}

/* ---- all of it ---- */

/* A branch that was deleted comes back: like a missing file, that is never meant (`rm -r
 * .git/beadwave` is). */
static int revive_branch(struct store *s, const struct stamp *st, struct oid *head, struct err *e)
{
	int rc = store_repo(s, NULL, e);

	if (rc < 0)
		return rc;
	if (!repo_has(s->repo, &st->commit))
		return err_set(e, ERR_NOTFOUND, "branch '%s' is gone, and its last commit too",
			       s->p.ref);
	rc = repo_ref_cas(s->repo, s->p.ref, &st->commit, NULL, "bdw: restored", e);
	if (rc == 0)
		rc = repo_ref_sync(s->repo, s->p.ref, e);
	if (rc == 0)
		*head = st->commit;
	return rc;
}

static int bring_forward(struct recovery *r, struct err *e)
{
	int rc = 0;

	if (r->distrust)
		rc = repo_walk(r->s->repo, &r->head, "", verify_one, r, e);
	if (rc == 0 && !oid_is_zero(&r->stamp))
		rc = repo_diff(r->s->repo, &r->stamp, &r->head, roll_one, r, e);
	if (rc == 0)
		sweep_folder(r, "", 2);
	return rc;
}

static int recover_files(struct store *s, const struct oid *head, const struct stamp *st,
			 bool distrust, struct err *e)
{
	struct recovery r = { .s = s, .head = *head, .distrust = distrust };
	int rc = store_repo(s, NULL, e);

	if (rc < 0)
		return rc;
	trace("store.recover", "\"distrust\":%s", distrust ? "true" : "false");
	if (st && repo_has(s->repo, &st->commit))
		r.stamp = st->commit;
	else
		r.distrust = true;
	promisor_fetch(s, r.distrust ? &(struct oid){ { 0 } } : &r.stamp, head);
	rc = bring_forward(&r, e);
	if (rc < 0)
		return err_wrap(e, rc, "cannot bring '%s' up to date", s->p.tree);
	snapshot_drop(s);
	return stamp_write(s, head, e);
}

int checkout_recover(struct store *s, struct err *e)
{
	bool left = intent_left(s), stamped, other_boot = false;
	struct stamp st;
	struct oid head;
	char boot[40];
	int rc;

	fsx_sweep_temp(s->priv_fd, ".");
	if (left)
		intent_recover(s);
	stamped = stamp_read(s, &st, NULL) == 0;
	rc = ref_read(s->p.common, s->p.ref, &head, e);
	if (rc == ERR_NOTFOUND && stamped)
		rc = revive_branch(s, &st, &head, e);
	if (rc < 0)
		return rc;
	if (stamped) {
		fsx_boot_id(boot);
		other_boot = strcmp(boot, st.boot) != 0;
	}
	if (left || !stamped || other_boot || !oid_equal(&head, &st.commit))
		rc = recover_files(s, &head, stamped ? &st : NULL, !stamped || other_boot, e);
	if (rc == 0 && left)
		intent_clear(s);
	return rc;
}

static int restore_one(void *arg, const char *path, const struct oid *blob, struct err *e)
{
	struct store *s = arg;
	BUF_AUTO data = BUF_INIT;
	int rc;

	if (!store_owns(path) || !faccessat(s->tree_fd, path, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	rc = repo_blob_read(s->repo, blob, &data, e);
	if (rc == 0)
		rc = fsx_mkparent(s->tree_fd, path, 0777, e);
	if (rc == 0)
		rc = fsx_write_atomic(s->tree_fd, path, data.s, data.len, 0666, FSX_NEW, e);
	return rc == ERR_EXISTS ? 0 : rc;
}

int checkout_restore(struct store *s, struct err *e)
{
	struct oid head;
	int rc = ref_read(s->p.common, s->p.ref, &head, e);

	if (rc == 0)
		rc = store_repo(s, NULL, e);
	if (rc == 0)
		/* a crash in here leaves temp files: let it be known */
		rc = intent_begin(s, &head, e);
	if (rc == 0)
		rc = repo_walk(s->repo, &head, "", restore_one, s, e);
	intent_clear(s);
	return rc;
}

/* ---- locks ---- */

static int busy(struct err *e)
{
	err_set(e, ERR_BUSY, "the store is busy: another command is writing to it");
	err_hint(e, "try again in a moment");
	return ERR_BUSY;
}

int store_writable(const struct store *s, struct err *e)
{
	if (s->disk_ro)
		return err_set(e, ERR_REFUSED, "the store is read-only: '%s' cannot be written",
			       s->p.priv);
	return store_read_only(s) ? err_set(e, ERR_REFUSED, "the store is read-only") : 0;
}

int store_lock(struct store *s, int wait_ms, int *fd, struct err *e)
{
	int rc;

	*fd = -1;
	if ((rc = store_writable(s, e)) < 0)
		return rc;
	rc = fsx_lock(s->priv_fd, PRIV_LOCK, FSX_LOCK_EX, wait_ms, fd, e);
	if (rc < 0)
		return rc == ERR_BUSY ? busy(e) : rc;
	rc = checkout_recover(s, e);
	if (rc < 0) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}

/* Are the files those of the ref? Then there is nothing to roll forward. */
static bool in_step(struct store *s)
{
	struct stamp st;
	struct oid head;

	return stamp_read(s, &st, NULL) == 0 && ref_read(s->p.common, s->p.ref, &head, NULL) == 0 &&
	       oid_equal(&head, &st.commit);
}

/* Lets the writers' lock, held for the recovery, become a readers' lock: another writer may get
 * in between. */
static int recover_then_share(struct store *s, int wait_ms, int *fd, struct err *e)
{
	int rc = store_lock(s, wait_ms, fd, e);

	if (rc < 0)
		return rc;
	close(*fd);
	rc = fsx_lock(s->priv_fd, PRIV_LOCK, FSX_LOCK_SH, wait_ms, fd, e);
	return rc == ERR_BUSY ? busy(e) : rc;
}

int store_lock_shared(struct store *s, int wait_ms, int *fd, struct err *e)
{
	int rc;

	if (s->lock_fd >= 0) {
		*fd = fcntl(s->lock_fd, F_DUPFD_CLOEXEC, 0);
		return *fd < 0 ? err_errno(e, "cannot keep the lock") : 0;
	}
	rc = fsx_lock(s->priv_fd, PRIV_LOCK, FSX_LOCK_SH, wait_ms, fd, e);
	if (rc == ERR_NOTFOUND && !store_read_only(s))
		return recover_then_share(s, wait_ms, fd, e);
	if (rc < 0)
		return rc == ERR_BUSY ? busy(e) : rc;
	for (int i = 0; i < 10 && !in_step(s) && !store_read_only(s); i++) {
		close(*fd);
		if ((rc = recover_then_share(s, wait_ms, fd, e)) < 0)
			return rc;
	}
	return 0;
}

int store_restore(struct store *s, struct err *e)
{
	int fd, rc;

	if (s->lock_fd >= 0)
		return checkout_restore(s, e);
	rc = store_lock(s, 30000, &fd, e);
	if (rc < 0)
		return rc;
	rc = checkout_restore(s, e);
	close(fd);
	return rc;
}
