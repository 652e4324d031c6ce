/*
 * core/integrate.h - from an agent's work tree to the target branch (DESIGN 3 Isolation and
 * merging; decisions A2, A3, B7)
 *
 * Every call blocks while git runs and touches nothing but its arguments: made to run in a
 * thread.
 */
#ifndef CORE_INTEGRATE_H
#define CORE_INTEGRATE_H
#include <stdbool.h>
#include <stddef.h>
#include "store/base/buf.h"
#include "store/base/vec.h"
#include "store/gitcmd.h"
struct err; struct repo;

/* "refs/heads/beadwave-run/RUN" and "beadwave-work/ID" (ids escaped as file names). Append. */
void integrate_run_ref(const char *run, struct buf *out);
void integrate_work_branch(const char *id, struct buf *out);

/* Makes the run branch at the target's tip unless it is there (resume). ERR_USAGE: no target,
 * no commit. */
int integrate_begin(const char *repo, const char *run, const char *target, struct err *e);
/* The run branch's tip, 40 hex. */
int integrate_tip(const char *repo, const char *run, struct buf *out, struct err *e);
/* The branch checked out in repo ("main"); ERR_REFUSED for a detached HEAD. Appends. */
int integrate_head_branch(const char *repo, struct buf *out, struct err *e);

/* Is HEAD of a branch that has no commit yet? */
bool integrate_unborn(const char *repo);
/* Gives it one that holds nothing: what an issue's change is measured against. */
int integrate_first_commit(const char *repo, const struct git_who *who, struct err *e);
/* Of a work tree: the commit HEAD is at, 40 hex, appended; does anything differ from it? */
int integrate_look(const char *repo, struct buf *head, bool *dirty, struct err *e);

struct collect {
	/* in; borrowed */
	struct repo *objects;		/* for a look without a git process; NULL: none */
	const char *tree;		/* the work tree */
	const char *base;		/* hex */
	const char *claimed;		/* what the agent says it committed, "" nothing */
	const char *message;		/* of the commit of what it left uncommitted */
	struct git_who author;
	/* out; collect_release() */
	struct buf head, problem, summary;
	bool empty, progress;
	long lines;			/* -1: a binary file changed */
	struct strs paths;		/* changed against base */
};
/* Commits what the agent left, checks that its commits exist and descend from base, computes the
 * diff. */
int integrate_collect(struct collect *c, struct err *e);
/* Only what lies between base and a head that was collected before: summary, empty, lines,
 * paths. */
int integrate_measure(struct collect *c, const char *head, struct err *e);
void collect_release(struct collect *c);

struct merge_try {
	/* in; borrowed */
	const char *repo, *run, *target, *head, *message;
	struct git_who who;
	/* out; merge_try_release() */
	struct buf oid, tree, tip, conflict;
};
/* Merges head onto the run branch without a work tree and without moving it (a target that a
 * person moved is merged into the run branch first). conflict is not empty when it does not
 * merge. */
int integrate_candidate(struct merge_try *m, struct err *e);
void merge_try_release(struct merge_try *m);

/* Moves the run branch to oid (from tip) unless it holds it already, then lets the target
 * follow: by compare-and-swap where nobody has it checked out, else by `git merge --ff-only` in
 * that tree. behind gets why it cannot follow. */
int integrate_merge(const char *repo, const char *run, const char *target, const char *oid,
		    struct buf *behind, struct err *e);
/* Does the run branch hold oid? 1, 0 or an error. */
int integrate_holds(const char *repo, const char *run, const char *oid, struct err *e);
/* Deletes the work branch of an issue when the run branch (or the target) holds it; keeps it
 * otherwise. */
void integrate_drop_work(const char *repo, const char *run, const char *target, const char *id);
/* At the end: deletes the run branch when the target holds it. 1: deleted, 0: it stays, or an
 * error. */
int integrate_finish(const char *repo, const char *run, const char *target, struct err *e);
/* Leaves the conflict in the work tree for the implementer to resolve: merges commit into it
 * without committing. */
int integrate_start_merge(const char *tree, const char *commit, const struct git_who *who,
			  struct err *e);

#endif
