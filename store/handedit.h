/* store/handedit.h - files of the store that people changed: what they mean (decisions A1, A20);
 * private to store/ */
#ifndef STORE_HANDEDIT_H
#define STORE_HANDEDIT_H
#include <stdbool.h>
#include <stdint.h>
#include "store/text3.h"
struct arena; struct buf; struct err; struct issue;

/* Is this path (below .beadwave/) a file of the store? Everything else there is neither read nor
 * touched. */
bool store_owns(const char *path);
/* The id of "issue/HH/NAME.md"; false for other paths. Appends. */
bool store_path_id(const char *path, struct buf *id);

/* An issue file in whatever form, with the id of its path. ERR_PARSE "path:line: what", also for
 * an empty file, NUL bytes, no title, and an id that is not the path's. *out is in a. */
int handedit_parse(const char *path, struct text file, struct arena *a, struct issue **out,
		   struct err *e);

/* What the editor of an issue left to us: updated_at is the file's time when it was not touched,
 * a closing time comes and goes with the status. was NULL: a new file, made by actor. */
void handedit_settle(struct issue *is, const struct issue *was, int64_t mtime_us, const char *actor,
		     struct arena *a);

/* A file of the store that was changed by hand (theirs, at mtime) while base became ours: both
 * changes, appended to out in canonical form. base.s NULL: not known. A text that conflicts
 * stays as it was edited by hand; git keeps the other. ERR_PARSE: the edit is broken. */
int handedit_merge(const char *path, struct text base, struct text ours, struct text theirs,
		   int64_t mtime_us, struct buf *out, struct err *e);

#endif
