/* store/view_priv.h - what the files of a view share: view.c looks things up, view_open.c sees
 * to it that what is seen is one moment, view_load.c gets it, view_order.c puts it in order.
 * Nobody else includes it. */
#ifndef STORE_VIEW_PRIV_H
#define STORE_VIEW_PRIV_H
#include <stdbool.h>
#include "store/base/vec.h"
#include "store/snapshot.h"
#include "store/view.h"

enum {
	/* records laid over the table; past it the table is written anew */
	VIEW_LAID_MAX = 64,
	VIEW_COLD = 1 << 8,		/* take no table, write one (view_rebuild) */
};
#define NO_ROW UINT32_MAX

/* A record that comes from its file (or, where that cannot be read, from the ref) and not from
 * the table. */
struct laid {
	const char *id;
	const struct issue *issue;	/* NULL: the issue is gone */
	uint32_t row;			/* it stands for this row; NO_ROW: new */
	size_t index;			/* in the view */
	struct file_look look;		/* ino 0: nothing was read, try again next time */
};

struct dependents { uint32_t *v; size_t n; bool known; };

struct view {
	struct store *store;
	unsigned flags;
	struct snapshot *sn;		/* NULL: everything is laid over nothing */
	bool checked;			/* every row in use passed snapshot_check() */
	/* taken before the first file was looked at; life 0: none */
	struct recent_mark mark;
	struct oid commit;
	struct file_look *shards;	/* the folders when they were listed; NULL: they were not */
	bool hopeless;			/* missing files cannot be put back */
	bool stale;			/* the table has to be written anew */
	struct arena arena;
	size_t n;
	const struct issue **at;	/* by index; NULL until filled */
	uint32_t *row;			/* index -> row, and */
	/* row -> index (NO_ROW: gone); both NULL while they are the same */
	uint32_t *index;
	bool *over;			/* by index: laid over */
	struct { struct laid *v; size_t n, cap; } laid;	/* by id */
	struct dependents *dependents;	/* by index; NULL until asked */
	struct strs warning;
};

/* view_open.c */
/* May missing files be put back, and the table be written? */
bool view_may_restore(const struct view *v);

/* view_load.c */
/* Fills the view from table and files, v->mark being set. restored: missing files have been put
 * back already, as far as they could be. 0, VIEW_LOAD_RESTORE, or an error. */
enum { VIEW_LOAD_RESTORE = 1 };	/* files are missing: put them back and load again */
int view_load(struct view *v, bool restored, struct err *e);
/* Lays over the issues that the tree of v->commit has and the view does not. */
int view_lay_from_ref(struct view *v, struct err *e);
/* Reads and parses an issue's file. 1: *out is filled in (id, issue, look); 0: no such file;
 * ERR_PARSE with "path:line: what"; ERR_IO. */
int view_read_file(struct view *v, const char *id, struct laid *out, struct err *e);
/* Empty again; all that was handed out is gone. */
void view_forget(struct view *v);

/* view_order.c */
void view_sort_laid(struct view *v);
/* Index of a laid record, by id, once they are sorted; -1. */
long view_laid_find(const struct view *v, const char *id);
/* Makes the order of the view out of rows and laid records. */
void view_arrange(struct view *v);
void view_forget_order(struct view *v);
/* Puts one more record into an arranged view, or another in the place of the one it has. l->row
 * is filled in. */
void view_lay(struct view *v, struct laid *l);

#endif
