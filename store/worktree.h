/* store/worktree.h - the pool of work trees that agents get: reset rather than made anew
 * (decisions A16, B20) */
#ifndef STORE_WORKTREE_H
#define STORE_WORKTREE_H
#include <stdbool.h>
#include <stddef.h>
struct err; struct pool; struct repo; struct store_paths; struct strs;

/* dir: setting worktree.dir; "" is $XDG_STATE_HOME/beadwave/tree/REPO-HASH, or
 * COMMON/beadwave/pool where HOME cannot be written. Nothing is made yet. *out is the caller's:
 * pool_close(). */
int pool_open(struct pool **out, const struct store_paths *p, const char *dir, struct err *e);
void pool_close(struct pool *p);	/* NULL is fine */

/* A tree for owner ("RUN ISSUE" or "RUN ISSUE code.3"; one line): the one it has already, the
 * one that an earlier run kept of the issue, an idle one, or the path of a new one. Recorded in
 * a file beside the tree, so that a crash leaves a known list. *path is borrowed until
 * pool_close(). Fast: no git is run. */
int pool_take(struct pool *p, const char *owner, const char **path, struct err *e);
/* The tree an owner has; NULL none. Borrowed. */
const char *pool_of(const struct pool *p, const char *owner);
/* Makes the tree what it must be: at commit, on branch (NULL: detached), no untracked files
 * (ignored ones stay unless clean_all). Blocking (tens of ms to seconds): safe to call in a
 * thread, for different paths at the same time. */
int pool_prepare(const struct pool *p, const char *path, const char *commit, const char *branch,
		 bool clean_all, struct err *e);
/* Lets go of the branch that a tree has checked out, so that another tree can have it and nobody
 * misses it when it is deleted; index and files stay. Blocking, safe in a thread. */
void pool_detach(const char *path);
/* The tree at path is known to be clean and at commit (hex); NULL: nothing is known of it, as
 * after somebody worked in it. What makes pool_switch() and pool_let_go() possible. */
void pool_note_clean(struct pool *p, const char *path, const char *commit);
/* As pool_prepare() for a tree that is known to be clean at commit already: only a new branch is
 * made there, without a git process. false: it takes pool_prepare(). */
bool pool_switch(struct pool *p, struct repo *r, const char *path, const char *commit,
		 const char *branch);
/* Takes the branch away again from such a tree, in which nothing was changed. false: it takes
 * pool_detach() and git. */
bool pool_let_go(struct pool *p, struct repo *r, const char *path, const char *branch);
/* As pool_detach() for a tree whose branch is at commit: one file, no git; false when it could
 * not be done. */
bool pool_stay(const char *path, const char *commit);
/* The owner is done with it: kept (keep) for a person to look at, or idle again, with what
 * earlier runs kept of it. */
void pool_release(struct pool *p, const char *owner, bool keep);
/* Marks every tree idle whose owner does not begin with "RUN " (other runs that were killed). */
void pool_reclaim(struct pool *p, const char *run);
/* Removes idle trees but `size` of them. Blocking. */
int pool_trim(struct pool *p, size_t size, struct err *e);

#endif
