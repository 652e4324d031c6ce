/* core/runner_priv.h - what the files of the runner share; nobody else includes it */
#ifndef CORE_RUNNER_PRIV_H
#define CORE_RUNNER_PRIV_H
#include "core/exec.h"
#include "core/loop.h"
#include "core/runner.h"
#include "core/select.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/arena.h"
#include "store/base/map.h"
#include "store/ref.h"
#include "store/worktree.h"

struct txn;

/* An attempt between its decision and its end. */
struct flight {
	struct runner *r;
	size_t issue;
	enum role role;
	long n;
	int reviewer;
	char *dir;		/* its folder */
	char *tree;		/* its work tree */
	char *owner;		/* whose tree that is in the pool; NULL: the repository's own */
	char *commit;		/* what the tree must be at; NULL: as it is */
	char *branch;		/* NULL: detached */
	char *merge;		/* commit to merge into it without committing; NULL: none */
	bool clean_all, submitted, cancelled, failed;
	struct err err;		/* failed: why the tree could not be made */
	int64_t spawned_ms;	/* clock_mono_ms */
	int64_t timeout_ms;	/* its deadline, after spawned_ms; 0: none */
	struct loop_item *silence, *result, *overdue;	/* launch_watch.c; NULL: none */
	struct monitor *monitor;	/* NULL: none */
	bool late;		/* its keeper did not end it in time, so we did */
	size_t warned;		/* how many of timeout.idle_warn have passed */
};

/* The commit that an implementer said it made; "": none. Its end is known, its work not collected
 * yet. */
struct claim { size_t issue; long n; char *commit; };

/* Git work in a thread. */
struct job {
	struct runner *r;
	enum act_kind kind;
	size_t issue;
	char *head, *oid, *message, *tree, *base, *claimed, *id;
	struct sched_event ev;	/* the answer, strings in mem */
	struct arena mem;
	bool failed;
	struct err err;
};

struct runner {
	struct runner_opts o;
	char *run;
	/* where git runs: the main work tree, or the bare repository */
	const char *repo;
	bool shared, keep_failed;
	struct selection sel;
	struct sched_conf conf;
	struct sched *sched;
	struct loop *loop;
	struct executor *exec;
	struct pool *pool;
	/* the store's, borrowed; for threads only what may be called there */
	struct repo *objects;
	VEC(struct flight *) flights;
	int jobs;			/* that are out in threads */
	int monitors;			/* that have not ended yet */
	/* for prompts; NULL: not opened, or others have written since */
	struct view *view;
	struct arena mem;		/* what work records point to */
	char *dir;			/* PRIV/run/RUN */
	int events_fd;
	long seq;
	struct map told;		/* runner_story.c */
	int64_t started_us, started_ms;
	struct oid last_commit;		/* what our own last transaction made */
	struct oid seen;		/* up to here others' commits have been looked at */
	/* what commands have not heard of yet */
	VEC(struct hook_due { const char *command; char *line; }) hooks;
	bool hook_busy;
	int64_t poll_ms, printed;	/* runner_poll.c */
	/* by issue: its work record differs from the committed one; must be in the next commit; it
	 * may have a feedback file; its stage as committed */
	struct pen { bool dirty, due, told; enum stage stage; } *pen;
	size_t npen;
	VEC(struct claim) claims;	/* at most one an issue */
	const struct sched_turn *pending;	/* decided, not yet committed */
	bool prepared;			/* ... its attempt folders are written */
	int commit_wait_ms;		/* how long to wait before trying the lock again; grows */
	struct loop_item *wake, *retry;
	struct loop_pace draw;
	/* what could not be read: said at the start, looked at later */
	struct strs unread;
	/* runner_unread.c; put: in this commit */
	VEC(struct late { struct sched_change change; bool put; }) late;
	bool finished;
	int signal;			/* that stops the run, 0 none */
	bool broken;			/* the store cannot be written: err says why */
	struct err err;
	struct buf behind;		/* why the target cannot follow */
	struct buf tip;			/* of the run branch, hex */
	long commits, wakeups, polls;	/* of all schedulers of the run */
	int64_t earlier_ms;		/* how long those before this one worked */
};

/* runner.c */
void runner_event(struct runner *r, const struct sched_event *ev);
struct flight *runner_flight(struct runner *r, size_t issue, enum role role, long n);
void runner_end_flight(struct runner *r, struct flight *f);

/* runner_commit.c: what the store says of every issue is noted, once the scheduler has them all */
void runner_commit_begin(struct runner *r);
/* The turn's one commit. ERR_BUSY: someone else is writing. */
int runner_commit(struct runner *r, const struct sched_turn *t, struct err *e);
/* Is an issue's work record part of it? */
bool runner_is_due(const struct runner *r, size_t issue);

/* runner_news.c: from now on signals, requests in the control folder and others' commits are
 * events */
int runner_listen(struct runner *r, struct err *e);
/* Looks at everything that a watch would have told of. */
void runner_look(struct runner *r);
/* Has somebody else written to the store since it was looked at last? What is new is taken in. */
bool runner_news(struct runner *r);
/* The view is opened anew for the next prompt. */
void runner_drop_view(struct runner *r);
/* runner_commit.c: one change of an issue, staged. ERR_NOTFOUND, ERR_PARSE: its file is gone, or
 * cannot be read. */
int runner_put_change(struct runner *r, struct txn *t, const struct sched_change *c, struct err *e);

/* runner_events.c */
int events_open(struct runner *r, struct err *e);
void events_note(struct runner *r, const struct sched_note *n);
/* "spawn" (with the commit that precedes it), "exit", "worktree_acquire", ... of one attempt. */
void events_attempt(struct runner *r, const char *kind, const struct flight *f, int pid,
		    const char *status, const char *reason);
/* "merge" of an issue, with the commit it is. */
void events_issue(struct runner *r, const char *kind, size_t issue, const char *oid,
		  const char *reason);
/* What the run goes about: its mode, how many issues, how many at once. */
void events_plan(struct runner *r);
void events_simple(struct runner *r, const char *kind, const char *status, const char *reason);
void status_write(struct runner *r);
/* What earlier schedulers of the run counted goes on from where they wrote it last. */
void status_resume(struct runner *r);

/* runner_story.c: what a turn is going to print is put aside before its commit; a restart prints
 * what is missing, and knows what was told of attempts ("what": the role, or of a merge the
 * commit). */
void story_put_aside(struct runner *r, const struct sched_turn *t);
void story_resume(struct runner *r);
bool story_told(struct runner *r, const char *kind, const char *issue, const char *what, long n);

/* runner_message.c: what a commit of the store is about: "run R: b-1 impl -> spec, b-2 started".
 * Appends. */
void commit_message(struct runner *r, const struct sched_turn *t, struct buf *out);

/* launch.c: from a decision to a folder that a shim can run, before the commit; and the start
 * after it */
int launch_prepare(struct runner *r, const struct sched_act *a, struct err *e);
void launch_start(struct runner *r, struct flight *f);
/* launch_prompt.c: what the agent is told. Appends. */
int launch_prompt(struct runner *r, const struct flight *f, const struct sched_act *a,
		  struct buf *out, struct err *e);
/*
 * runner_unread.c: changes of issues whose file cannot be read just now, or is gone. The run
 * goes on; what could not be written is as soon as the file can be read, which each commit and
 * the end of the run try. unread_end(): true when something is left.
 */
void unread_refused(struct runner *r, const struct sched_change *c, const struct err *why);
void unread_put(struct runner *r, struct txn *t);
void unread_committed(struct runner *r);
bool unread_end(struct runner *r);
/* runner_hooks.c */
void hooks_event(struct runner *r, const char *line, size_t n);
bool hooks_idle(const struct runner *r);
void hooks_finish(struct runner *r);	/* the last ones, without a loop */
/* runner_poll.c */
bool poll_mode(const struct runner *r);
void poll_look(void *arg);
void launch_look(struct flight *f);
/* launch_monitor.c */
void monitor_start(struct runner *r, struct flight *f);
void monitor_end(struct flight *f);
/* launch_watch.c: looks after one attempt while it runs: a result that counts before the exit,
 * silence. */
void launch_watch(struct runner *r, struct flight *f);
/* After a restart: what launch_start() needs, from the attempt's folder. ERR_NOTFOUND: it has
 * none. */
/* How the output of its agent is read (enum agent_format). */
int launch_format(struct runner *r, const struct flight *f);
int launch_restore(struct runner *r, struct flight *f);
/* Whose tree an attempt works in: "RUN ISSUE" for implementers, "RUN ISSUE ROLE.N" for the
 * others. Appends. */
void launch_owner(struct runner *r, const struct flight *f, struct buf *out);
const char *runner_issue_owner(struct runner *r, size_t issue, struct buf *out);

/* outcome.c: what an attempt's folder says */
void outcome_read(struct runner *r, struct flight *f, struct outcome *out, struct arena *a);
/* The commit that the issue's last implementer says it made, "" none. The caller's to free(). */
char *outcome_claimed(struct runner *r, size_t issue);
void outcome_keep_feedback(struct runner *r, size_t issue);
void outcome_load_feedback(struct runner *r, size_t issue);

/* recover.c: after a restart */
void recover_attempts(struct runner *r);
/* The size of an issue's change is not in the store: it decides how many reviewers there are,
 * and stands in the close reason. */
void recover_measure(struct runner *r, size_t issue);

/* jobs.c: collect, candidate, merge, release */
void job_start(struct runner *r, const struct sched_act *a);

#endif
