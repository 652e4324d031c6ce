/* cmd/write.h - the frame of every command that changes issues: lock, rules, one commit */
#ifndef CMD_WRITE_H
#define CMD_WRITE_H
#include "core/lifecycle.h"
#include "store/base/vec.h"
struct batch; struct ctx; struct issue; struct txn; struct view;

/*
 * 	struct write w;
 * 	if ((rc = write_begin(c, &w)) < 0) return rc;
 * 	if ((rc = write_resolve(c, &w, argv[0], &id)) < 0 || (rc = life_close(&w.life, id, ...)) < 0)
 * 		return write_abort(&w, rc);
 * 	return write_commit(c, &w, "close %s", id);
 * Success is printed after write_commit() has answered 0.
 */
struct write { struct txn *t; struct view *v; struct life life; struct batch *batch; };
int write_begin(struct ctx *c, struct write *w);
/* The exact id of what the user typed; lives in c->arena. ERR_NOTFOUND, ERR_USAGE (ambiguous) as
 * view_resolve. */
int write_resolve(struct ctx *c, struct write *w, const char *part, const char **id);
/* A copy in c->arena of the issue as it stands in the transaction: for printing after the
 * commit. */
const struct issue *write_result(struct ctx *c, struct write *w, const char *id);
/* The message is the subject of the store's commit. */
int write_commit(struct ctx *c, struct write *w, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));
/* Ends it with nothing written; answers rc. */
int write_abort(struct write *w, int rc);
/* The same when none of several ids could be done: each has said why, as text, which is all that
 * bd says. As bdw the last reason is on stdout for programs, too. Answers 1. */
int write_none(struct ctx *c, struct write *w);

/*
 * The whole of a command on one issue: resolves part, has fn change it, commits "VERB ID". *out
 * (may be NULL) is the issue as it was written, in c->arena. Errors of resolving read "resolving
 * PART: ...".
 */
typedef int (*write_fn)(struct ctx *c, struct write *w, const char *id, const void *arg);
int write_one(struct ctx *c, const char *part, const char *verb, write_fn fn, const void *arg,
	      const struct issue **out);
/* The ids to work on: the operands, or the one last touched. ERR_USAGE when there is neither. */
int write_targets(struct ctx *c, int argc, char **argv, struct strs *out);

/* Makes what was edited by hand part of the history (decisions A13): in any file of the store, or
 * (ids not NULL) in these issues; *n files. c->err on failure. */
int write_absorb(struct ctx *c, const struct strs *ids, size_t *n);

/* "close demo-1, demo-2 and 5 more"; lives in c->arena. */
const char *write_subject(struct ctx *c, const char *verb, const struct strs *ids);
/* --json of update, close, reopen: an array of the issues. */
void write_print_issues(struct ctx *c, const struct issue *const *list, size_t n);

#endif
