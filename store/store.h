/* store/store.h - where a repository's issues are: finding, setting up, opening */
#ifndef STORE_STORE_H
#define STORE_STORE_H
#include <stdbool.h>
#include <stddef.h>
#include "store/ref.h"
struct err; struct repo; struct buf; struct strs;

/* Paths are absolute, without a trailing slash; borrowed from the store. */
struct store_paths {
	const char *common;	/* the git common dir */
	const char *priv;	/* COMMON/beadwave: this clone's own state */
	/* .beadwave/ of the main work tree, or COMMON/beadwave/tree when bare */
	const char *tree;
	const char *worktree;	/* top of the main work tree; "" when bare */
	const char *ref;	/* "refs/heads/beadwave" */
};

/* A file below priv that every transaction, at its end, renames into place: who watches for it
 * misses none. */
#define STORE_STAMP "checkout"

struct store;

enum store_flags {
	/* --readonly: take no lock, write nothing, not even what is derived */
	STORE_READ_ONLY = 1 << 0,
	/* do not set up from origin/beadwave: answer ERR_NOTFOUND */
	STORE_NO_SETUP = 1 << 1,
};

/* Finds the store that path (a folder, NULL: the current one) belongs to, as git finds .git: up
 * to the repository, then its common dir, then COMMON/beadwave/store (decisions A7). env_dir:
 * BEADS_DIR or --db, NULL when unset (a .beads, .beadwave or its parent). Without either, and
 * without a store here, bd's `.beads/redirect` is followed, once. A clone that has the branch
 * from a remote is set up first (B11). Never loads libgit2 for a store that is in order. *out is
 * the caller's: store_close(). ERR_NOTFOUND: no repository, no store (each with what to do);
 * ERR_IO; ERR_PARSE: a newer format. */
int store_open(struct store **out, const char *path, const char *env_dir, unsigned flags,
	       struct err *e);
void store_close(struct store *s);	/* NULL is fine */

/* Borrowed until store_close(). */
const struct store_paths *store_paths(const struct store *s);
int store_tree_fd(const struct store *s);	/* an open folder of paths->tree; borrowed */
/* Files below issue/ that are named as an issue's and lie where none is looked for, so that nobody
 * reads them (put there by hand): "issue/00/demo-4f2a.md belongs at issue/4f/demo-4f2a.md".
 * Appends, sorted. */
void store_misplaced(const struct store *s, struct strs *out);
int store_priv_fd(const struct store *s);	/* of paths->priv; borrowed */
bool store_read_only(const struct store *s);	/* by flag, or because the disk is */
/* 0, or ERR_REFUSED: it is read-only */
int store_writable(const struct store *s, struct err *e);
/* libgit2's view of the repository, opened at the first call; borrowed. out may be NULL. */
int store_repo(struct store *s, struct repo **out, struct err *e);
/* What the ref points to now. ERR_NOTFOUND. */
int store_head(struct store *s, struct oid *out, struct err *e);

struct store_init {
	const char *prefix;	/* NULL: from the folder's name */
	const char *branch;	/* NULL: git config beadwave.branch, else "beadwave" */
	const char *actor;	/* who the first commit is by */
	bool beads;		/* also make .beads/ with metadata.json (argv0 bd, --beads; B11) */
	bool quiet;
};
struct store_inited {		/* what init did; strings are the caller's to free() */
	char *tree, *branch, *prefix;
	char *narrow;		/* a remote whose branch nobody fetched, so it may have one; or NULL */
	bool made_repo;		/* `git init` was run */
	bool adopted;		/* a remote's (or an existing local) branch was taken over */
};
void store_inited_release(struct store_inited *i);
/* Sets a store up in the repository of path (NULL: here); outside one it runs `git init` first.
 * ERR_EXISTS: there is one already. */
int store_init(const char *path, const struct store_init *o, struct store_inited *out,
	       struct err *e);
/* What init's beads would have made. ERR_EXISTS: it did, or bd did. ERR_REFUSED: a bare
 * repository. */
int store_make_beads(struct store *s, struct err *e);

/* Private one-line values: last-touched. ERR_NOTFOUND when unset; set is best effort and never
 * fails a command. */
int store_note_get(struct store *s, const char *name, struct buf *out, struct err *e);
void store_note_set(struct store *s, const char *name, const char *value);

#endif
