/* store/txn.h - staged changes -> one commit -> files (DESIGN 2 Writing; decisions A1-A8,
 * A20-A22) */
#ifndef STORE_TXN_H
#define STORE_TXN_H
#include <stdbool.h>
#include <stddef.h>
#include "store/issue.h"
#include "store/ref.h"
struct err; struct store; struct txn; struct view; struct buf; struct strs;

/*
 * txn_begin -> txn_edit / txn_create / txn_delete / txn_put -> txn_commit (or txn_abort). Holds
 * the store lock from begin to the end. A crash before the ref moves leaves nothing; after it
 * the next command rolls the files forward.
 */
struct txn_opts {
	const char *actor;	/* name of author and committer */
	/* for the lock; 30000 for commands, 0 in the scheduler's loop (ERR_BUSY) */
	int wait_ms;
};
/* Takes the lock, recovers what a killed process left (stale ref lock, files behind the ref). */
int txn_begin(struct txn **out, struct store *s, const struct txn_opts *o, struct err *e);

/* Where to allocate what goes into edited issues; lives as long as the txn. */
struct arena *txn_arena(struct txn *t);
/* All issues as of now, staged changes not. As writers look only at the files they name (DESIGN
 * 2 Reading), an edit by hand that no reader has come across yet is seen by txn_get() and
 * txn_edit(), not here. The txn's. */
int txn_view(struct txn *t, struct view **out, struct err *e);
/* A mutable copy, staged: what it is at commit time is written. Staged already: the same pointer
 * again. A hand edit of its file is committed first under the actor's name. ERR_NOTFOUND;
 * ERR_PARSE: its file is broken by hand. */
int txn_edit(struct txn *t, const char *id, struct issue **out, struct err *e);
/* A new issue, issue_init()ed with this id, staged. ERR_EXISTS (also when ids differ only in
 * case). */
int txn_create(struct txn *t, const char *id, struct issue **out, struct err *e);
/* Staged or on disk; NULL when there is none or it is staged for deletion. */
const struct issue *txn_get(struct txn *t, const char *id);
int txn_delete(struct txn *t, const char *id, struct err *e);
/* Renames an issue's files (its edges and mentions are the caller's business). */
int txn_rename(struct txn *t, const char *from, const char *to, struct err *e);

/* Other files of the store: "config.ini", "settings.json", "memory/KEY.md", "work/4f/x.ini",
 * "workflow/NAME.ini". txn_read gives the staged or the current bytes. ERR_NOTFOUND. data NULL
 * in txn_put: remove. */
int txn_read(struct txn *t, const char *path, struct buf *out, struct err *e);
int txn_put(struct txn *t, const char *path, const char *data, size_t n, struct err *e);
/* Commits hand edits of every file of the store, as `run`, `sync` and `doctor` do. Their number in
 * *n. */
int txn_absorb_all(struct txn *t, size_t *n, struct err *e);
/* The same for these issues only, as `export` does: those that its view does not know to be
 * committed. */
int txn_absorb(struct txn *t, const struct strs *ids, size_t *n, struct err *e);

/* One commit of all that is staged, then the files; *oid (may be NULL) gets the commit, or the
 * ref's when nothing changed (no empty commits). Issues whose bytes changed get updated_at = now
 * unless the caller changed it. A file saved by hand since it was read here is merged with ours;
 * the merged file is committed like any other hand edit, by who writes next. Frees t in any
 * case. On failure nothing changed: after the commit point there is none, and files that could
 * not be put in place (a full disk) are brought forward by the next command. ERR_CONFLICT:
 * another git changed the same files on the branch meanwhile. */
int txn_commit(struct txn *t, const char *message, struct oid *oid, struct err *e);
void txn_abort(struct txn *t);	/* NULL is fine */

/* Reads a file of the store without a transaction (settings.json, memory/...): the file on disk.
 * ERR_NOTFOUND. */
int store_read(struct store *s, const char *path, struct buf *out, struct err *e);

#endif
