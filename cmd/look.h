/* cmd/look.h - all issues with what follows from their edges: the frame of commands that list */
#ifndef CMD_LOOK_H
#define CMD_LOOK_H
#include <stdbool.h>
#include <stddef.h>
#include "core/query.h"
#include "store/base/json.h"
struct ctx; struct opt; struct view;

/* Index i is the same issue in v and in b. */
struct look { struct view *v; struct board b; };
int look_open(struct ctx *c, struct look *l);	/* then look_close(), also after a failure */
void look_close(struct look *l);
/* Only the board, for a view the caller has set in l->v. */
void look_board(struct ctx *c, struct look *l);

/* Edges of type blocks that point at issue i. */
size_t look_dependents(const struct look *l, size_t i);
/* The ISSUE object of list, ready and search for a newer state of issue i: with the counts, the
 * parent and, when asked, raw edges. */
void look_json_as(struct jsw *w, const struct look *l, size_t i, const struct issue *is, bool edges,
		  bool labels);
/* Prints an array of them, of the issues as they are (--json). */
void look_print_json(struct ctx *c, const struct look *l, const struct board_list *list, bool edges,
		     bool labels);

/*
 * The flags that narrow a listing, shared by list, ready, count, search: bound to a query,
 * checked by filter_read().
 */
struct filter {
	struct query q;
	struct strs status, type, exclude_type;		/* as typed */
	const char *priority, *priority_min, *priority_max, *parent;
	const char *created_after, *created_before, *updated_after, *updated_before, *closed_after,
		*closed_before;
	const char *due_after, *due_before, *defer_after, *defer_before;
	const char *sort;
	bool reverse;
	long limit;
};
enum { FILTER_OPTS = 48 };
enum filter_part {
	FILTER_BASIC = 1 << 0,	/* type, priority, assignee, labels, metadata: every listing */
	FILTER_STATUS = 1 << 1,	/* -s, --all */
	FILTER_MORE = 1 << 2,	/* texts, times, parents, ids: list, count, search */
	FILTER_SORT = 1 << 3,	/* --sort (also -s without FILTER_STATUS), -r, -n */
};
void filter_init(struct filter *f);
/* Appends the options of these parts at table[*n]. */
void filter_opts(struct filter *f, unsigned parts, struct opt *table, int *n);
/* Checks what was given and completes f->q, prepared for the board. ERR_USAGE in bd's words;
 * ERR_NOTFOUND: no such parent. */
int filter_read(struct ctx *c, struct filter *f, const struct look *l);
/* bd's directory.labels: where no label was asked for, in a folder that it names, only what has
 * the label of that folder is listed. Before filter_read(). */
void filter_directory(struct ctx *c, struct filter *f);
void filter_release(struct filter *f);

#endif
