/* store/store_priv.h - what the files of store/ share about an open store; nobody else includes
 * it */
#ifndef STORE_STORE_PRIV_H
#define STORE_STORE_PRIV_H
#include <stdbool.h>
#include <stddef.h>
#include "store/ref.h"
#include "store/store.h"
struct err; struct repo;

struct store {
	struct store_paths p;	/* owned, in spite of the const */
	int tree_fd;		/* folder p.tree; -1: not there and cannot be made (read-only) */
	int priv_fd;		/* folder p.priv */
	unsigned flags;		/* enum store_flags */
	bool disk_ro;		/* p.priv cannot be written */
	bool fsync;		/* store.fsync is not off; known after store_repo() */
	struct repo *repo;	/* NULL until store_repo() */
	/* the writers' lock while a txn of this store holds it, else -1; the txn's */
	int lock_fd;
};

/* Names below p.priv. */
#define PRIV_DIR "beadwave"	/* p.priv, below the common dir */
#define PRIV_STORE "store"		/* where things are: format, ref, tree (decisions A7) */
#define PRIV_LOCK "lock"
#define PRIV_STAMP STORE_STAMP
#define PRIV_INTENT "intent"		/* the commit a writer is about to point the ref at */

/* The commit whose files stand in p.tree, and the boot under which they were put there: after
 * another boot file data may be lost, so nothing on disk is taken for a hand edit unseen
 * (decisions A8). */
struct stamp { struct oid commit; char boot[40]; };

/* ERR_NOTFOUND when there is none or it is unreadable. */
int stamp_read(struct store *s, struct stamp *out, struct err *e);

/* The writers' lock. With it held, recovers what a killed process left: a stale ref lock, files
 * behind the ref, temp files. *fd is the caller's to close. ERR_BUSY after wait_ms; ERR_REFUSED:
 * the store is read-only. */
int store_lock(struct store *s, int wait_ms, int *fd, struct err *e);
/* Inside a txn of the same store the three below work under its lock: nothing waits for itself. */
/* The readers' lock: no writer is at work while it is held. Rolls the files forward first when
 * the stamp is not the ref's commit and the store can be written. *fd is the caller's to close.
 * ERR_BUSY, ERR_NOTFOUND (no lock file). */
int store_lock_shared(struct store *s, int wait_ms, int *fd, struct err *e);
/* Puts back every file of the ref's tree that is missing on disk, under a lock it takes itself;
 * files that exist are never touched (decisions A1). Not for callers that hold a lock. */
int store_restore(struct store *s, struct err *e);

#endif
