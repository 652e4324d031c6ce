#include "store/txn_priv.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/trace.h"
#include "store/base/vec.h"
#include "store/checkout.h"
#include "store/commit.h"
#include "store/intent.h"
#include "store/record.h"
#include "store/repo.h"
#include "store/snapshot.h"

/* how often another git may move the branch under us before we say so */
enum { HEAD_MOVES = 5 };

/* The changes of the two commits: what people did by hand, then what the command does. */
struct plan {
	VEC(struct repo_change) hand, own;
};

static bool text_equal(struct text a, struct text b)
{
	return a.s && b.s ? a.n == b.n && !memcmp(a.s, b.s, a.n) : a.s == b.s;
}

/* The bytes of an edited issue: with a new updated_at if anything else is new. */
static struct text issue_bytes(struct txn *t, struct staged *st, int64_t now)
{
	BUF_AUTO b = BUF_INIT;
	int64_t had = st->seen ? st->seen->updated_at : 0;

	if (!st->is->created_at)
		st->is->created_at = now;
	record_write(st->is, &b);
	if (st->is->updated_at == had && !text_equal((struct text){ b.s, b.len }, st->found)) {
		st->is->updated_at = now > had ? now : had;
		buf_reset(&b);
		record_write(st->is, &b);
	}
	return (struct text){ arena_strndup(&t->a, b.s, b.len), b.len };
}

/* What each file shall hold in the end; those that stay as they are drop out. ERR_USAGE: bytes
 * that no reader would take (an actor's name, the type of a dependency). */
static int settle_data(struct txn *t, struct err *e)
{
	int64_t now = clock_now_us();

	for (size_t i = 0; i < t->list.n; i++) {
		struct staged *st = t->list.v[i];

		if (!st->write && !st->absorb)
			continue;
		if (st->gone)
			st->data = (struct text){ NULL, 0 };
		else if (!st->write)
			st->data = st->hand;
		else if (st->id)
			st->data = issue_bytes(t, st, now);
		if (st->id && st->write && st->data.s &&
		    text_utf8_bad(st->data.s, st->data.n) >= 0)
			return err_set(e, ERR_USAGE, "issue %s: not valid UTF-8", st->id);
		if (!st->hand.s && text_equal(st->data, st->found))
			st->write = false;
	}
	return 0;
}

static int add_change(struct txn *t, struct plan *p, const char *path, struct text data,
		      bool by_hand, struct err *e)
{
	struct oid *blob = NULL;
	int rc = 0;

	if (data.s) {
		blob = arena_alloc(&t->a, sizeof(*blob));
		rc = repo_blob_write(t->s->repo, data.s, data.n, blob, e);
	}
	if (rc == 0 && by_hand)
		vec_add(&p->hand, (struct repo_change){ path, blob });
	else if (rc == 0)
		vec_add(&p->own, (struct repo_change){ path, blob });
	return rc;
}

static int write_blobs(struct txn *t, struct plan *p, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < t->list.n && rc == 0; i++) {
		struct staged *st = t->list.v[i];

		if (!st->write && !st->absorb)
			continue;
		if (st->hand.s)
			rc = add_change(t, p, st->path, st->hand, true, e);
		if (rc == 0 && st->write && !text_equal(st->data, st->found))
			rc = add_change(t, p, st->path, st->data, false, e);
	}
	return rc;
}

/* "edited by hand: demo-1, config.ini and 3 more" */
static void hand_subject(struct txn *t, struct buf *out)
{
	size_t named = 0, more = 0;

	buf_adds(out, "edited by hand:");
	for (size_t i = 0; i < t->list.n; i++) {
		const struct staged *st = t->list.v[i];

		if (!st->hand.s || (!st->write && !st->absorb))
			continue;
		if (named++ < 3)
			buf_addf(out, "%s %s", named > 1 ? "," : "", st->id ? st->id : st->path);
		else
			more++;
	}
	if (more)
		buf_addf(out, " and %zu more", more);
}

/* Commit objects on parent; *out is parent itself when there is nothing to commit. */
static int write_commits(struct txn *t, const struct plan *p, const struct oid *parent,
			 const char *message, struct oid *out, struct err *e)
{
	BUF_AUTO subject = BUF_INIT;
	struct oid tree, old;
	int rc = 0;

	*out = *parent;
	if (p->hand.n) {
		hand_subject(t, &subject);
		/* an edit that says the same in other words changes the file, not the history */
		rc = repo_tree_update(t->s->repo, out, p->hand.v, p->hand.n, &tree, e);
		if (rc == 0)
			rc = repo_commit_tree(t->s->repo, out, &old, e);
		if (rc == 0 && !oid_equal(&tree, &old))
			rc = commit_make(t->s, parent, p->hand.v, p->hand.n, t->actor,
					 subject.s, out, e);
	}
	if (rc == 0 && p->own.n) {
		struct oid first = *out;

		rc = commit_make(t->s, &first, p->own.v, p->own.n, t->actor, message, out, e);
	}
	return rc;
}

/* Another git moved the branch: fine, as long as it left our files alone. */
static int check_untouched(struct txn *t, const struct oid *head, struct err *e)
{
	for (size_t i = 0; i < t->list.n; i++) {
		const struct staged *st = t->list.v[i];
		struct oid blob = { 0 };
		int rc;

		if (!st->write && !st->absorb)
			continue;
		rc = repo_find(t->s->repo, head, st->path, &blob, e);
		if (rc < 0 && rc != ERR_NOTFOUND)
			return rc;
		if (!oid_equal(&blob, &st->blob)) {
			err_set(e, ERR_CONFLICT, "'%s' was changed on the branch by another "
						 "process; nothing was done",
				st->path);
			err_hint(e, "run the command again");
			return ERR_CONFLICT;
		}
	}
	return 0;
}

/* The commit point. *base is the commit that ours stands on. */
static int move_ref(struct txn *t, const struct plan *p, const char *message, struct oid *base,
		    struct oid *out, struct err *e)
{
	int rc = ERR_CONFLICT;

	*base = t->head;
	for (int i = 0; rc == ERR_CONFLICT && i < HEAD_MOVES; i++) {
		if (i > 0 && ((rc = store_head(t->s, base, e)) < 0 ||
			      (rc = check_untouched(t, base, e)) < 0))
			return rc;
		rc = write_commits(t, p, base, message, out, e);
		if (rc < 0)
			return rc;
		if (oid_equal(base, out))
			return 0;
		rc = intent_move_ref(t->s, out, base, message, e);
	}
	return rc;
}

static int put_files(struct txn *t, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < t->list.n && rc == 0; i++) {
		const struct staged *st = t->list.v[i];

		if ((st->write || st->absorb) && (st->disk.s || st->data.s) &&
		    !text_equal(st->disk, st->data))
			rc = checkout_put(t->s, st->path, st->disk, st->data, e);
	}
	return rc;
}

static void note_changes(struct txn *t)
{
	VEC(const char *) ids = { 0 };
	bool drop = false;

	for (size_t i = 0; i < t->list.n; i++) {
		const struct staged *st = t->list.v[i];

		if (!st->id || (!st->write && !st->absorb))
			continue;
		drop = drop || st->gone;
		vec_add(&ids, st->id);
	}
	if (drop)
		snapshot_drop(t->s);
	else if (ids.n)
		snapshot_note(t->s, ids.v, ids.n);
	vec_free(&ids);
}

/*
 * After the commit point nothing can fail any more: what does not work out here (a full disk,
 * say) leaves stamp and intent as they are, and the next command brings the files forward.
 */
static void follow(struct txn *t, const struct oid *base, const struct oid *commit)
{
	struct err e = ERR_INIT;
	int rc;

	note_changes(t);
	if (!oid_equal(base, &t->head)) {
		/* others' commits lie in between: their files have to come forward too */
		rc = checkout_recover(t->s, &e);
	} else {
		rc = put_files(t, &e);
		if (rc == 0)
			rc = stamp_write(t->s, commit, &e);
		if (rc == 0)
			intent_clear(t->s);
	}
	if (rc < 0)
		trace("txn.behind", "\"why\":\"%s\"", e.msg);
}

/* Programs made for beads watch the folder .beads, where nothing of ours changes: the time of a
 * file that bd keeps there tells them to ask again. Without such a file nobody watches. */
static void tell_watchers(const struct store *s)
{
	AUTO_FREE char *file = xasprintf("%s/.beads/last-touched", s->p.worktree);

	if (*s->p.worktree)
		utimensat(AT_FDCWD, file, NULL, AT_SYMLINK_NOFOLLOW);
}

static bool has_work(const struct txn *t)
{
	for (size_t i = 0; i < t->list.n; i++)
		if (t->list.v[i]->write || t->list.v[i]->absorb)
			return true;
	return false;
}

static int commit(struct txn *t, const char *message, struct oid *out, struct err *e)
{
	struct plan p = { { 0 }, { 0 } };
	struct oid base;
	int rc = settle_data(t, e);

	*out = t->head;
	if (rc < 0 || !has_work(t))
		return rc;
	rc = store_repo(t->s, NULL, e);
	if (rc == 0)
		rc = write_blobs(t, &p, e);
	if (rc == 0)
		rc = move_ref(t, &p, message, &base, out, e);
	if (rc == 0) {
		follow(t, &base, out);
		tell_watchers(t->s);
	}
	vec_free(&p.hand);
	vec_free(&p.own);
	return rc;
}

int txn_commit(struct txn *t, const char *message, struct oid *oid, struct err *e)
{
	struct oid out;
	int rc = commit(t, message, &out, e);

	if (rc == 0 && oid)
		*oid = out;
	txn_free(t);
	return rc;
}
