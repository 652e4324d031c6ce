/* store/refmove.h - moves a git ref without libgit2, so that only what has to be on the disk is
 * waited for; private to store/ */
#ifndef STORE_REFMOVE_H
#define STORE_REFMOVE_H
#include <stdbool.h>
#include "store/ref.h"
struct err;

/*
 * By git's own rules: REF.lock made exclusively, the old value compared under it, the new one
 * written there, renamed. old NULL or zero: the ref must not exist, nor one that it is a folder
 * of or the other way round. A reflog that is there gets a line: who is "NAME <EMAIL>", log its
 * message. sync: what the ref will say, and then the names in the folder first (NULL: none), are
 * on the disk before it moves; that it has moved is after ref_sync(). ERR_CONFLICT: it has
 * another value. ERR_BUSY: the lock is held. ERR_IO.
 */
int ref_move(const char *commondir, const char *ref, const struct oid *new_oid,
	     const struct oid *old, const char *who, const char *log, bool sync, const char *first,
		     struct err *e);
/* By the same rules; not waited for. ERR_NOTFOUND. ERR_CONFLICT: it has another value than old.
 * ERR_BUSY. ERR_REFUSED: it is packed, which only git rewrites. */
int ref_delete(const char *commondir, const char *ref, const struct oid *old, struct err *e);
int ref_sync(const char *commondir, const char *ref, struct err *e);

#endif
