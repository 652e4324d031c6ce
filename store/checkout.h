/* store/checkout.h - the files of .beadwave/ follow the ref; private to store/ (decisions A1,
 * A5, A8) */
#ifndef STORE_CHECKOUT_H
#define STORE_CHECKOUT_H
#include "store/store_priv.h"
#include "store/text3.h"

/* The stamp says that the files of this commit are in place. After the files, and last of all. */
int stamp_write(struct store *s, const struct oid *commit, struct err *e);

/*
 * Puts data (s NULL: no file) where expect (s NULL: no file, or not known) stands, under the
 * writers' lock. What comes out is looked at: an edit that was saved by hand in between is
 * merged with data and stands there afterwards, to be committed like any other hand edit; a
 * broken one, and one of a file that is to go, is put back as it was. A missing file counts as
 * expected. Path must be one that store_owns(). ERR_IO.
 */
int checkout_put(struct store *s, const char *path, struct text expect, struct text data,
		 struct err *e);

/* Brings the files to the ref's commit and the stamp after them; removes what a killed writer
 * left. Under the writers' lock. Nothing but a few system calls when all is in order. */
int checkout_recover(struct store *s, struct err *e);
/* Puts back what is missing on disk, under the writers' lock. */
int checkout_restore(struct store *s, struct err *e);

#endif
