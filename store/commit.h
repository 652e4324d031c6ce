/* store/commit.h - a commit of the store: tree, who, message; private to store/ */
#ifndef STORE_COMMIT_H
#define STORE_COMMIT_H
#include <stddef.h>
#include "store/ref.h"
struct err; struct repo_change; struct store;

/* Writes a commit on parent (zero: a root commit) with the changes, by actor with the configured
 * e-mail, else actor@host (decisions A19). No ref moves. store_repo() was called. */
int commit_make(struct store *s, const struct oid *parent, const struct repo_change *c, size_t n,
		const char *actor, const char *message, struct oid *out, struct err *e);

#endif
