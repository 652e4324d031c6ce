/* store/view.h - an immutable picture of all issues at one moment: snapshot (mmap) + files that
 * differ (decisions A4, A13) */
#ifndef STORE_VIEW_H
#define STORE_VIEW_H
#include <stdbool.h>
#include <stddef.h>
#include "store/issue.h"
#include "store/issue_json.h"
struct err; struct oid; struct store; struct view;

enum view_flags {
	/* Do not stat every file: trust the snapshot plus the ids written since it was made. For
	 * `show` and writers, which look at the files they name through view_fresh(). */
	VIEW_QUICK = 1 << 0,
	/* The caller holds the writers' lock: none is taken, so missing files are not restored;
	 * what the ref's tree has of them stands. */
	VIEW_LOCKED = 1 << 1,
};

/* Takes no lock as long as nobody writes all the time; sees whole transactions only. Restores
 * missing files. Files that do not parse keep their last good record; each is named by
 * view_warning(). *out is the caller's. */
int view_open(struct view **out, struct store *s, unsigned flags, struct err *e);
/* All issues as a commit of their branch has them, through libgit2; nothing on disk is looked
 * at, and view_fresh() is not for such a view. */
int view_open_at(struct view **out, struct store *s, const struct oid *commit, struct err *e);
void view_close(struct view *v);

size_t view_count(const struct view *v);
/* Issues sorted bytewise by id; fields are filled at first use. Borrowed until view_close(). */
const struct issue *view_at(const struct view *v, size_t i);
/* The members of issue i as issue_json_members() writes them with VIEW_JSON_FLAGS, JS_PRETTY,
 * VIEW_JSON_DEPTH deep: an object in an array, as listings print it. NULL: not at hand, because the
 * issue changed since the snapshot was made. Borrowed. */
enum { VIEW_JSON_FLAGS = ISSUE_JSON_LABELS | ISSUE_JSON_EDGES, VIEW_JSON_DEPTH = 2 };
const char *view_json(const struct view *v, size_t i, size_t *n);
/* Issue i will be asked for soon. In a listing the rows come in no order, and each would be waited
 * for. */
void view_prefetch(const struct view *v, size_t i);
/* Only the id, without filling in the rest: for walks over all of them. */
const char *view_id(const struct view *v, size_t i);
/* Exact id; NULL when there is none. */
const struct issue *view_get(const struct view *v, const char *id);
long view_index(const struct view *v, const char *id);		/* -1 when there is none */
/* As view_get, but the file itself is looked at: a hand edit since the snapshot is seen, also
 * one that made the issue (indices may shift then; pointers stay good). A file that does not
 * parse: the last good record, and a warning more. ERR_NOTFOUND; ERR_PARSE: a new file that does
 * not parse. */
int view_fresh(struct view *v, const char *id, const struct issue **out, struct err *e);
/* The issue a partial id means: exact, else the only one that ends with or contains it as bd
 * matches (spec/cli.md 1). ERR_NOTFOUND: no issue found matching "ID"; ERR_USAGE: ambiguous,
 * with the list. */
int view_resolve(const struct view *v, const char *part, const struct issue **out, struct err *e);
/* Index of what edge k of issue i points to: view_index() of its target, without a search where the
 * table knows it. -1. */
long view_edge(const struct view *v, size_t i, size_t k);
/* Edges that point at issue i: the issues that hold them. Built at first use, borrowed. */
const uint32_t *view_dependents(const struct view *v, size_t i, size_t *n);
/* "issue/4f/x.md:3: ..." of files that do not parse; NULL when i is past the last. */
const char *view_warning(const struct view *v, size_t i);

/* Is issue i, as it is here, known to be what was committed? false: its file has changed since
 * somebody looked, by hand or not. */
bool view_committed(const struct view *v, size_t i);
/* Somebody has looked: all issues of v were found to be what was committed. Where that was not
 * known of many, the snapshot is written anew, so that later views know. Best effort. */
void view_note_committed(struct view *v);

/* Is every byte of the snapshot what was written, those too that no reader checks? 0, also when there
 * is none; ERR_PARSE. */
int view_verify(struct store *s, struct err *e);
/* Rewrites the snapshot from what is on disk now. Under the lock or not: it goes by rename. */
int view_rebuild(struct store *s, struct err *e);

#endif
