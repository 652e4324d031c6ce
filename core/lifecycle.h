/*
 * core/lifecycle.h - what may be done to issues: create, change, claim, close, link, delete
 * (spec/cli.md 4 and 5)
 *
 * Every rule stands here once, for the commands and for the scheduler. All of it happens inside
 * a transaction that the caller commits; nothing is printed. A refusal is ERR_REFUSED (or
 * ERR_USAGE, ERR_NOTFOUND) in bd's words and has staged nothing. Ids are exact: view_resolve()
 * comes first.
 */
#ifndef CORE_LIFECYCLE_H
#define CORE_LIFECYCLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/issue.h"
#include "store/base/vec.h"
struct arena; struct err; struct settings; struct txn; struct view;

/* Who acts, when, and by which vocabulary. Everything is borrowed. */
struct life {
	struct txn *t;
	const char *actor;		/* created_by, claimant, author of comments and edges */
	const char *owner;		/* owner of new issues; "" none */
	const char *prog;		/* what the program is called: "bdw", "bd" */
	const char *session;		/* closed_by_session; "" none */
	/* moved on by each issue made, so that no two are of one time */
	int64_t now_us;
	const struct settings *settings;
	unsigned seq;			/* comments made so far: keeps their ids apart */
};

/* --- lifecycle.c: one issue */

struct life_new {
	/* what to copy: title, texts, labels, status, ...; id "" makes one up */
	const struct issue *fields;
	const char *parent;		/* NULL: none */
	/* "ID", "TYPE:ID", "blocks:ID" (ID waits for the new one), ... */
	const char *const *deps;
	size_t ndeps;
	const char *waits_for;		/* NULL: none */
	const char *waits_gate;		/* "all-children" or "any-children" */
	bool no_inherit;		/* do not take the parent's labels */
	bool force;			/* any prefix */
};
/* All of it is checked before anything is staged; only an edge whose other end is missing or
 * that a rule refuses is left out and said in warnings (as bd does). *out is staged and may be
 * edited on. */
int life_create(struct life *l, const struct life_new *n, struct issue **out, struct strs *warnings,
		struct err *e);
/* Title, priority, status, type, prefix of an id, the --deps words: as life_create would,
 * staging nothing. */
int life_check_new(struct life *l, const struct life_new *n, struct err *e);

/* Is what an edit left of an issue still valid (title, priority, status, type)? */
int life_check(const struct life *l, const struct issue *is, struct err *e);
/* Sets the status with what hangs on it: started_at once, closed_at, close_reason. To closed
 * only where life_close() would let it. */
int life_status(struct life *l, const char *id, const char *status, struct err *e);
/* Compare and swap: open and nobody's (or mine) -> in_progress and mine. Mine already: fine. */
int life_claim(struct life *l, const char *id, struct err *e);
/* reason "" is "Closed". A closed one keeps its reason: no change. */
int life_close(struct life *l, const char *id, const char *reason, bool force, struct err *e);
/* *was_open (may be NULL) says that there was nothing to do. */
int life_reopen(struct life *l, const char *id, const char *reason, bool *was_open, struct err *e);
/* until 0: for good. */
int life_defer(struct life *l, const char *id, int64_t until, struct err *e);
int life_undefer(struct life *l, const char *id, struct err *e);
/* *out (may be NULL) is the comment as it will be stored. */
int life_comment(struct life *l, const char *id, const char *author, const char *text,
		 const struct comment **out, struct err *e);
/* Closes id and links it to other: type "duplicates" or "supersedes". */
int life_replace(struct life *l, const char *id, const char *other, const char *type,
		 struct err *e);
/* Replaces every "from" in texts of is that is a whole id; the title too when asked. True when
 * something changed. */
bool life_replace_mentions(struct issue *is, const char *from, const char *to, bool title,
			   struct arena *a);

/* --- life_edges.c: between two issues */

/* Adds "from depends on to" (or is linked to it). Guards: itself, cycle, epic and task, own
 * ancestor, same pair with another type, unknown target. The same edge again is no change.
 * check_cycle false: --no-cycle-check. */
int life_dep_add(struct life *l, const char *from, const char *to, const char *type,
		 bool check_cycle, struct err *e);
/* The edges from -> to of this type, NULL: of any; none there is no error. */
int life_dep_remove(struct life *l, const char *from, const char *to, const char *type,
		    struct err *e);
/* "relates-to" both ways. */
int life_relate(struct life *l, const char *a, const char *b, struct err *e);
int life_unrelate(struct life *l, const char *a, const char *b, struct err *e);
/* Replaces the parent; parent "" takes it away. */
int life_set_parent(struct life *l, const char *id, const char *parent, struct err *e);
/* Ids of open issues that hold id back through blocks or conditional-blocks edges, sorted;
 * appends. */
void life_blockers(struct life *l, const struct issue *is, struct strs *out);
/* Children that are not closed. */
size_t life_open_children(struct life *l, const char *id);
/* Splits an item of --deps. *reverse: the other end waits for us. ERR_USAGE: unknown type.
 * Borrowed from item and from a. */
int life_parse_dep(const char *item, const char **type, const char **target, bool *reverse,
		   struct err *e);
/* The types that it takes, sorted; ends with NULL. */
const char *const *life_dep_types(void);
/* An id of another project ("external:proj:cap"): not looked up, never blocks. */
bool life_external(const char *id);

/* --- life_remove.c */

struct life_deletion {
	/* what goes, sorted; with cascade everything that hung on it */
	struct strs ids;
	struct strs edges;		/* "a -> b (blocks)", "c -> a (inbound)" as bd lists them */
	/* ids of linked issues whose texts speak of one that goes */
	struct strs mentioned;
	size_t nedges, nlabels;
};
void life_deletion_release(struct life_deletion *d);
/* What deleting ids would do; nothing is staged. ERR_NOTFOUND: "issue X not found". */
int life_plan_delete(struct life *l, const char *const *ids, size_t n, bool cascade,
		     struct life_deletion *out, struct err *e);
int life_delete(struct life *l, const struct life_deletion *d, struct err *e);
/* Renames an issue: its files, every edge, every mention. ERR_EXISTS: "issue X already exists". */
int life_rename(struct life *l, const char *from, const char *to, struct err *e);

#endif
