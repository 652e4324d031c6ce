/*
 * core/query.h - which issues are ready, blocked, or what a filter asks for (spec/cli.md 4 and 5)
 *
 * Pure: issues, a filter and a time in, indices out. 10 000 issues take about a millisecond.
 */
#ifndef CORE_QUERY_H
#define CORE_QUERY_H
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/graph.h"
#include "store/base/vec.h"
#include "store/issue.h"
struct err; struct view;

/* --- All issues, and what follows from their edges. */

struct board {
	const struct issue **is;	/* borrowed, sorted bytewise by id */
	size_t n;
	int64_t now_us;
	struct vocab vocab;
	struct graph family;		/* a child comes after its parents */
	unsigned char *state;		/* per issue, enum board_state */
};
enum board_state {
	BOARD_OVER = 1 << 0,		/* closed, pinned, or of a custom status that is done: holds nobody back */
	BOARD_HELD = 1 << 1,		/* has open blockers of its own */
	BOARD_BLOCKED = 1 << 2,		/* held, or below a parent that is blocked */
};

/* is: n issues sorted by id; the issues and what vocab (may be NULL) points to must outlive b. b is the caller's:
 * board_release(). */
void board_init(struct board *b, const struct issue *const *is, size_t n, const struct vocab *vocab, int64_t now_us);
/* All issues of a view, which must outlive b. */
void board_init_view(struct board *b, const struct view *v, const struct vocab *vocab, int64_t now_us);
void board_release(struct board *b);

long board_index(const struct board *b, const char *id);	/* -1 when there is none */
/* Closed, pinned, or of a custom status of the category done. */
bool board_is_over(const struct board *b, size_t i);
/* blocked(i) of spec/cli.md 4: open blockers of its own, or of a parent up the tree. Never what is over. */
bool board_is_blocked(const struct board *b, size_t i);
/* Appends the ids bd shows as blocked_by: the open blockers, or the blocked parents when only they hold it back. The
 * ids are borrowed from the issues; nothing is appended when i is not blocked. */
struct board_ids { const char **v; size_t n, cap; };
void board_blockers(const struct board *b, size_t i, struct board_ids *out);
/* Does the edge (of issue i) hold it back now? Never parent-child. */
bool board_edge_blocks(const struct board *b, size_t i, const struct dep *d);
/* Direct children by index, ascending; borrowed. */
const uint32_t *board_children(const struct board *b, size_t i, size_t *n);
/* live[b->n]: all below i, by any number of steps; not i itself unless it is its own ancestor. */
void board_descendants(const struct board *b, size_t i, bool *live);
/* Issues that wait for i and that nothing else holds back: what becomes ready when i closes. Appends indices. */
struct board_list { uint32_t *v; size_t n, cap; };
void board_freed_by(const struct board *b, size_t i, struct board_list *out);
/* What waits for what, for cycles and layers: blocks, conditional-blocks and waits-for, among issues that exist;
 * parents: parent-child too (a child waits for its parent). g is the caller's; it is built. */
void board_graph(const struct board *b, bool parents, struct graph *g);

/* --- A filter. All zero but for query_init(); strings and lists are borrowed. Empty lists and NULLs ask for nothing. */

struct query_span { int64_t after, before; };		/* us, neither included; 0: open */
enum query_tri { QUERY_ANY, QUERY_YES, QUERY_NO };

struct query {
	/* Status. None of these: what `list` hides by default is hidden (closed, pinned, custom done and frozen). */
	struct strs status;		/* one of */
	bool all;			/* every status */
	bool ready;			/* as `ready` lists it, whatever the fields above say */
	bool include_deferred, include_ephemeral;	/* with ready: those too */
	bool blocked;			/* only blocked(i) */
	/* Kinds that are hidden unless named by type or included: gates; is_template; agent, role, rig, message. */
	bool include_gates, include_templates, include_infra;

	struct strs type, exclude_type;	/* canonical words; one of, none of */
	int priority, priority_min, priority_max;	/* -1: any */
	const char *assignee;		/* exactly */
	bool no_assignee;
	struct strs label_all, label_any, label_none;
	const char *label_pattern;	/* shell pattern: at least one label */
	const char *label_regex;	/* POSIX extended: at least one label */
	bool no_labels;
	const char *parent;		/* direct children of this id */
	const char *ancestor;		/* all below this id */
	bool no_parent;
	struct strs ids;
	const char *text;		/* in title or id, in any case (search) */
	const char *title, *description, *notes;	/* contains, in any case */
	bool empty_description;
	struct query_span created, updated, closed, due, defer;
	bool deferred;			/* has a defer date, or status deferred */
	bool overdue;			/* due in the past and not over */
	struct strs metadata;		/* "key=value": top-level member, value as text */
	struct strs has_metadata;	/* "key" */
	enum query_tri pinned;
	const char *spec;		/* prefix of spec_id */

	/* by query_prepare() */
	regex_t regex;
	bool has_regex;
	bool *below;			/* of ancestor, per index */
};
/* Fields that are not "off" when zero. */
void query_init(struct query *q);
/* Compiles what is slow to ask each time. Unknown parent or ancestor: nothing matches. ERR_USAGE: bad regex. */
int query_prepare(struct query *q, const struct board *b, struct err *e);
void query_release(struct query *q);	/* only what query_prepare() made */
/* After query_prepare() with the same board. */
bool query_match(const struct query *q, const struct board *b, size_t i);
/* Appends the indices that match, in order of id. */
void query_run(const struct query *q, const struct board *b, struct board_list *out);

/* --- Order. Ties: priority, newest first, id. */

enum query_sort {
	SORT_DEFAULT,		/* priority, then newest, then id: bd's order of list and ready */
	SORT_PRIORITY, SORT_CREATED, SORT_UPDATED, SORT_CLOSED, SORT_STATUS, SORT_ID, SORT_TITLE, SORT_TYPE,
	SORT_ASSIGNEE,		/* list: times newest first, never closed last; ids .2 before .10; titles in any case */
	SORT_OLDEST,		/* ready: oldest first */
	SORT_HYBRID,		/* ready: of the last 48 h by priority, then the rest oldest first */
};
/* Word of `list --sort` or `ready --sort` (priority, oldest, hybrid). ERR_USAGE in bd's words. */
int query_sort_parse(const char *word, bool ready, enum query_sort *out, struct err *e);
void query_order(const struct board *b, struct board_list *list, enum query_sort sort, bool reverse);

#endif
