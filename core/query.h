/* core/query.h - which issues a filter asks for, and in what order (spec/cli.md 5). Pure;
 * linear. */
#ifndef CORE_QUERY_H
#define CORE_QUERY_H
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/board.h"
#include "store/base/vec.h"
struct err;

/* A filter. Everything given must hold; empty lists and NULLs ask for nothing. Strings and lists
 * are the caller's. */

struct query_span { int64_t after, before; };		/* us, neither included; 0: open */
enum query_tri { QUERY_ANY, QUERY_YES, QUERY_NO };

struct query {
	/* Status. None of these: what `list` hides by default is hidden (closed, pinned, custom
	 * done and frozen). */
	struct strs status;		/* one of */
	bool all;			/* every status */
	bool ready;			/* as `ready` lists it, whatever the fields above say */
	bool include_deferred, include_ephemeral;	/* with ready: those too */
	bool blocked;			/* only blocked(i) */
	/* Kinds that are hidden unless named by type or included: gates; is_template; agent,
	 * role, rig, message. */
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
	const char *title, *description, *notes, *external;	/* contains, in any case */
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
/* Compiles what is slow to ask each time. Unknown parent or ancestor: nothing matches.
 * ERR_USAGE: bad regex. */
int query_prepare(struct query *q, const struct board *b, struct err *e);
void query_release(struct query *q);	/* only what query_prepare() made */
/* After query_prepare() with the same board. Appends the indices that match, in order of id. */
void query_run(const struct query *q, const struct board *b, struct board_list *out);

/* Order. Ties: priority, newest first, id. */

enum query_sort {
	SORT_DEFAULT,		/* priority, then newest, then id: bd's order of list and ready */
	SORT_PRIORITY, SORT_CREATED, SORT_UPDATED, SORT_CLOSED, SORT_STATUS, SORT_ID, SORT_TITLE,
	SORT_TYPE,
	/* list: times newest first, never closed last; ids .2 before .10; titles in any case */
	SORT_ASSIGNEE,
	SORT_OLDEST,		/* ready: oldest first */
	/* ready: of the last 48 h by priority, then the rest oldest first */
	SORT_HYBRID,
};
/* Word of `list --sort` or `ready --sort` (priority, oldest, hybrid). ERR_USAGE in bd's words. */
int query_sort_parse(const char *word, bool ready, enum query_sort *out, struct err *e);
void query_order(const struct board *b, struct board_list *list, enum query_sort sort,
		 bool reverse);

#endif
