/* store/issue.h - one issue in memory: every field bd knows, and what others added */
#ifndef STORE_ISSUE_H
#define STORE_ISSUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/base/arena.h"
struct err; struct buf;

/* An edge. The issue that holds it depends on (or is linked to) target. */
struct dep {
	const char *target;	/* id; may be of another repository: then it never blocks */
	const char *type;	/* "blocks", "parent-child", "related", ... */
	int64_t created_at;	/* us; 0 unknown */
	const char *created_by;	/* "" unknown */
	const char *metadata;	/* JSON text as bd keeps it in a string; "" none */
	const char *thread_id;	/* "" none */
	const char *extra;	/* JSON object of members we do not know; "" none */
};

struct comment {
	const char *id;		/* UUID, or an integer in decimal */
	bool int_id;		/* written as a JSON number */
	const char *author;
	const char *text;
	int64_t created_at;	/* us */
	const char *extra;	/* JSON object of members we do not know; "" none */
};

/* A field of bd's that we only keep, or an unknown one: front matter `x_NAME: JSON`. */
struct extra {
	const char *name;
	const char *json;	/* compact JSON text */
};

/*
 * Strings are never NULL; "" is absent. Times are microseconds since the epoch, 0 is absent.
 * Everything an issue points to lives in an arena named by whoever made it: a view's, a txn's,
 * the caller's. "const struct issue *" is borrowed until that arena goes.
 */
struct issue {
	const char *id, *title;
	const char *status;		/* "open", "in_progress", ..., or a custom one */
	const char *type;		/* "task", ... */
	int priority;			/* 0 (critical) .. 4 */
	const char *assignee, *owner;	/* owner: e-mail of the creator */
	const char *description, *design, *acceptance, *notes;	/* Markdown, exact bytes */
	const char *spec_id, *external_ref, *source_system;
	const char *metadata;		/* JSON object text, compact, or "" */
	long estimate_minutes;		/* -1 none */
	int64_t created_at, updated_at, started_at, closed_at, due_at, defer_until;
	const char *created_by, *close_reason, *closed_by_session;
	long last_child;		/* highest child number ever given; 0 none */
	const char **labels;		/* sorted bytewise, unique */
	size_t nlabels;
	struct dep *deps;		/* sorted by (type == parent-child first, target, type) */
	size_t ndeps;
	struct comment *comments;	/* by created_at, then id */
	size_t ncomments;
	struct extra *extras;		/* sorted by name */
	size_t nextras;
	/* front matter lines we do not know, exact bytes; "" none */
	const char *unknown;
};

/* Defaults: status open, type task, priority 2, no estimate, all strings "". */
void issue_init(struct issue *is);
/* A deep copy in a. */
struct issue *issue_copy(const struct issue *is, struct arena *a);

/* Editing: a is where the new array or string goes. Sets stay sorted; adding what is there is no
 * change. Each returns true when something changed. */
bool issue_label_add(struct issue *is, const char *label, struct arena *a);
bool issue_label_remove(struct issue *is, const char *label);
bool issue_has_label(const struct issue *is, const char *label);
/* same target+type: no change */
bool issue_dep_add(struct issue *is, const struct dep *d, struct arena *a);
bool issue_dep_remove(struct issue *is, const char *target, const char *type);	/* type NULL: any */
/* type NULL: any */
const struct dep *issue_dep_find(const struct issue *is, const char *target, const char *type);
/* c->extra may be NULL: "". */
void issue_comment_add(struct issue *is, const struct comment *c, struct arena *a);
/* json NULL: remove */
void issue_extra_set(struct issue *is, const char *name, const char *json, struct arena *a);
const char *issue_extra(const struct issue *is, const char *name);	/* JSON text or NULL */
/* extra that is `true` (pinned, ephemeral) */
bool issue_flag(const struct issue *is, const char *name);
/* Deferred to a time that has come: it counts as open (spec/cli.md 10). */
bool issue_is_back(const struct issue *is, int64_t now_us);
/* The first parent-child target, or NULL. */
const char *issue_parent(const struct issue *is);
/* "complexity:simple" for key "complexity" -> "simple"; NULL when no such label. */
const char *issue_label_value(const struct issue *is, const char *key);
/* Restores the order that the struct comment promises (after bulk filling). */
void issue_sort(struct issue *is);

/* The order of edges in an issue; 0 for the same target and type. */
int dep_compare(const struct dep *a, const struct dep *b);
/* The order of comments; 0 when they are the same in all. */
int comment_compare(const struct comment *a, const struct comment *b);

/* Does the edge type hold its issue back (blocks, conditional-blocks, waits-for, parent-child)? */
bool dep_type_blocking(const char *type);

/* Vocabulary (spec/cli.md 3). extra: comma lists from settings, may be NULL. */
/* "in_review:active,qa:wip"; "molecule,x" */
struct vocab { const char *custom_status; const char *custom_types; };
enum status_class { STATUS_UNKNOWN, STATUS_ACTIVE, STATUS_WIP, STATUS_DONE, STATUS_FROZEN };
enum status_class status_class(const char *status, const struct vocab *v);
/* The type an alias stands for ("feat" -> "feature"), or the word itself. */
const char *type_canonical(const char *word);
bool type_known(const char *type, const struct vocab *v);
/* "2", "P2", "p2" -> 2. ERR_USAGE in bd's words. */
int priority_parse(const char *s, int *out, struct err *e);
/* Title not empty, at most 500 characters; priority range; known status and type; text valid UTF-8.
 * ERR_USAGE with bd's words. */
int issue_check(const struct issue *is, const struct vocab *v, struct err *e);

#endif
