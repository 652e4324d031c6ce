/* store/repo.h - objects and refs of one git repository, through libgit2 loaded at first use
 * (decisions B24) */
#ifndef STORE_REPO_H
#define STORE_REPO_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/ref.h"
struct buf; struct err; struct repo;

/* Loads libgit2 and opens the repository whose git (common) dir this is. sha256, reftable and a
 * foreign owner get a sentence that says so. *out is the caller's: repo_close(). ERR_IO,
 * ERR_NOTFOUND. fsync: objects, and refs after them, are on the disk when they are said to be
 * written. */
int repo_open(struct repo **out, const char *gitdir, bool fsync, struct err *e);
void repo_close(struct repo *r);	/* NULL is fine */

/* Puts on the disk what was written since the last time, as one pack; until then only this
 * process sees it. */
int repo_flush(struct repo *r, struct err *e);
/* repo_flush(), then moves ref from old to new by compare-and-swap; old NULL or zero: it must
 * not exist. A power loss can undo it, to the old value, until repo_ref_sync(). ERR_CONFLICT: it
 * had moved. ERR_BUSY: "REF.lock" is held. */
int repo_ref_cas(struct repo *r, const char *ref, const struct oid *new_oid, const struct oid *old,
		 const char *log, struct err *e);
int repo_ref_sync(struct repo *r, const char *ref, struct err *e);
/* A ref that was not there, for work that can begin anew: not waited for. ERR_CONFLICT,
 * ERR_BUSY, ERR_IO. */
int repo_branch_new(struct repo *r, const char *ref, const struct oid *to, struct err *e);
/* ERR_REFUSED: only git can, see ref_delete(). */
int repo_ref_delete(struct repo *r, const char *ref, const struct oid *old, struct err *e);

/* Gives the ref a reflog from now on, in bare repositories too: what it pointed to stays alive
 * (A21). */
int repo_ref_keep_log(struct repo *r, const char *ref, struct err *e);

/* Is there an object with this id? */
bool repo_has(struct repo *r, const struct oid *object);
int repo_blob_write(struct repo *r, const void *data, size_t n, struct oid *out, struct err *e);
int repo_blob_read(struct repo *r, const struct oid *blob, struct buf *out, struct err *e);
/* The oid a blob of these bytes would have; writes nothing. */
int repo_blob_hash(struct repo *r, const void *data, size_t n, struct oid *out, struct err *e);

/* The blob at a path of a commit's tree. ERR_NOTFOUND. A zero commit is an empty tree. */
int repo_find(struct repo *r, const struct oid *commit, const char *path, struct oid *blob,
	      struct err *e);
/* Calls fn for every blob below dir ("" for all), sorted by path; stops when it answers other
 * than 0, and so does this. */
typedef int (*repo_walk_fn)(void *arg, const char *path, const struct oid *blob, struct err *e);
int repo_walk(struct repo *r, const struct oid *commit, const char *dir, repo_walk_fn fn, void *arg,
	      struct err *e);
/* Calls fn for every path that differs between two commits; a or b is NULL where it is missing
 * on that side. Walks only trees that differ. */
typedef int (*repo_diff_fn)(void *arg, const char *path, const struct oid *a, const struct oid *b,
			    struct err *e);
int repo_diff(struct repo *r, const struct oid *from, const struct oid *to, repo_diff_fn fn,
	      void *arg, struct err *e);

struct repo_change { const char *path; const struct oid *blob; };	/* blob NULL: remove */
/* The tree of base (zero: empty) with the changes. ERR_IO. */
int repo_tree_update(struct repo *r, const struct oid *base_commit,
		     const struct repo_change *c, size_t n, struct oid *tree, struct err *e);
struct repo_sig { const char *name, *email; int64_t when_us; };
/* Writes a commit object; no ref is moved. */
int repo_commit_write(struct repo *r, const struct oid *tree, const struct oid *const *parents,
		      size_t nparents, const struct repo_sig *author,
		      const struct repo_sig *committer, const char *message, struct oid *out,
			      struct err *e);
int repo_commit_tree(struct repo *r, const struct oid *commit, struct oid *tree, struct err *e);
/* First parent; ERR_NOTFOUND for a root commit. */
int repo_commit_parent(struct repo *r, const struct oid *commit, struct oid *parent, struct err *e);
/* user.name and user.email as git sees them in this repository; "" when unset. Append. */
void repo_user_name(struct repo *r, struct buf *out);
void repo_user_email(struct repo *r, struct buf *out);

/* The commit a linked work tree is at, and whether nothing in it differs from that, untracked
 * files included. May be called in any thread, for different work trees at the same time. */
int repo_look_tree(struct repo *r, const char *worktree, struct oid *head, bool *clean,
		   struct err *e);

#endif
