/* store/setup.h - making a clone's store: init, and first use where a branch is there already;
 * private to store/ */
#ifndef STORE_SETUP_H
#define STORE_SETUP_H
#include "store/store_priv.h"
struct err; struct found; struct place;

/* Sets a clone up from the branch that it or one of its remotes has (decisions B11). *at is the
 * caller's. ERR_NOTFOUND: there is no such branch, or flags forbid it. */
int setup_first_use(const struct found *f, struct place *at, unsigned flags, struct err *e);

/* An empty struct store for these paths, and its folders opened. store_close() it. */
struct store *store_new(const char *common, const struct place *at, unsigned flags);
int store_open_dirs(struct store *s, struct err *e);

#endif
