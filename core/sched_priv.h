/* core/sched_priv.h - what the files of the scheduler share; nobody else includes it */
#ifndef CORE_SCHED_PRIV_H
#define CORE_SCHED_PRIV_H
#include "core/policy.h"
#include "core/sched.h"

/* One code reviewer of the current round. */
struct seat {
	long n;				/* its newest attempt */
	int crashes, corrections;	/* of this round */
	const char *why;		/* for its next prompt; NULL: as the issue's */
	bool running, lost, reported;
	const char *loss;		/* when lost: how */
	const struct review *review;	/* when reported */
};

struct sissue {
	const char *id, *title, *complexity;
	int priority;
	long estimate_min;
	bool epic, no_diff, launchable;
	struct files files;
	const char **blocker_id;
	size_t nblocker_id;
	const char *parent_id;
	/* graph, made by sched_link() */
	size_t *succ, nsucc, succ_cap;
	size_t nblock;			/* blockers not closed: 0 is ready */
	long parent;			/* index of its epic, -1 */
	size_t nchild, nopen_child;	/* of an epic: children of the run, and those not closed */
	int64_t rank;			/* longest path to the end, by estimate */
	/* state */
	enum stage stage, back;
	int wave;
	bool told;			/* closed, and in a summary */
	bool member;			/* of the wave that a barrier holds together */
	bool due;			/* the stage's attempt has to be started */
	bool git_due;			/* the stage's git work has to be started */
	bool git_busy;			/* ... and is under way */
	/* after a restart: what its diff holds has to be looked at again */
	bool facts_due, facts_busy;
	bool withdrawn;			/* given back: open, but not for this run */
	bool cancelled;			/* by a person: back to open when its attempts have ended */
	int64_t not_before_us;		/* back-off */
	enum outcome_kind after;	/* COLLECT: how the attempt before it ended */
	const char *feedback, *why;	/* for the next prompt */
	const char *concerns;		/* for the spec reviewer */
	/* of reviewers, for a person; NULL: none since the run went on */
	const char *objections;
	const char *reason;
	const char *changed;		/* "3 files changed" */
	long lines;
	bool empty;
	bool tested;			/* its candidate's tree passed the tests */
	struct seat *seat;
	int nseat;
	struct work work;
	bool work_dirty;
	size_t pos;			/* in the order of admission */
	bool listed;			/* among the active */
};

struct sched {
	struct sched_conf conf;
	struct arena mem;		/* what lives as long as s */
	struct arena turn_mem;		/* what *out of sched_turn points to */
	VEC(struct sissue) issue;
	VEC(struct sched_running) running;
	VEC(struct sched_event) inbox;
	VEC(size_t) order;		/* indices in the order of admission */
	size_t order_head;		/* everything before has ended */
	/* what a turn is about: at work, or just changed; in that order */
	VEC(size_t) active;
	size_t nepic;
	bool resumed;			/* the first turn is over */
	VEC(size_t) queue;		/* merge queue */
	/* in the candidate, test or merge stage: index of the issue whose candidate is in work,
	 * -1 */
	long merging;
	VEC(const char *) passed_tree;	/* trees whose tests passed */
	struct sched_turn turn;
	int64_t now_us, started_us;
	enum sched_mode mode;
	int wave;
	int max_parallel;		/* conf's, or 1 when degraded */
	bool stopping;			/* a person stops the run: end what runs */
	/* start nothing at all: stopping, budget, an agent that cannot work */
	bool halted;
	bool draining;			/* admit nothing more */
	bool degraded, verify_failed;
	bool closed_now;		/* an issue closed in this turn */
	const char *stop_reason;
	int failures, humans;
	struct breaker breaker;
	struct sched_running probe;	/* the attempt that a half open breaker let through */
	int64_t stand_in_us;		/* the agent that stands in is not asked before */
	/* of attempts, for alerts */
	struct tally { long ended, failed, late; int64_t ms; bool told[3]; } tally;
	int not_started;		/* in a row */
	uint64_t random;
};

/* sched.c */
const char *sched_text(struct sched *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *sched_times(struct sched *s, long n);	/* "once", "3 times" */
void sched_change(struct sched *s, enum change_kind kind, size_t i, const char *text,
		  const char *label);
void sched_note(struct sched *s, const char *kind, long i, int role, long n, const char *status,
		const char *reason);
void sched_list(struct sched *s, size_t i);
void sched_enter(struct sched *s, size_t i, enum stage stage);
long sched_count_up(struct sched *s, size_t i, const char *name);
void sched_count_clear(struct sched *s, size_t i, const char *name);
/* Is the run at work on it? */
static inline bool sched_active(const struct sissue *is)
{
	return is->stage > STAGE_WAIT && is->stage < STAGE_CLOSED;
}
void sched_act(struct sched *s, enum act_kind kind, size_t i, bool keep);
void sched_wake_at(struct sched *s, int64_t us);
bool sched_any_due(const struct sched *s);
size_t sched_running_of(const struct sched *s, size_t i);

/* sched_launch.c */
void launch_due(struct sched *s);

/* sched_graph.c */
void graph_resolve(struct sched *s);

/* sched_resume.c: where a run that was interrupted goes on */
void resume_work(struct sched *s, struct work *to, const struct work *from);
void resume_issue(struct sched *s, struct sissue *is, const struct sched_item *item);
void resume_queue(struct sched *s);

/* sched_infra.c: what the ends of attempts say about the agents, not about the work */
bool infra_allows(struct sched *s);
bool infra_stands_in(const struct sched *s);
void infra_count(struct sched *s, const struct outcome *o);
void infra_launched(struct sched *s, const struct sched_running *r);
bool infra_ended(struct sched *s, const struct sched_running *r, const struct outcome *o);
void infra_not_started(struct sched *s, const struct sched_running *r, const char *text);

/* sched_end.c: how an issue leaves the run */
void stage_leave_queue(struct sched *s, size_t i);
void stage_end(struct sched *s, size_t i, enum stage stage, const char *reason, bool keep);
void stage_objection(struct sched *s, size_t i, enum stage then, const char *text);
void stage_close(struct sched *s, size_t i, const char *reason);
void stage_fail(struct sched *s, size_t i, const char *why);
void stage_human(struct sched *s, size_t i, const char *why, const char *options, enum stage again);
void stage_give_back(struct sched *s, size_t i);

/* sched_stage.c: what an event means for its issue */
void stage_event(struct sched *s, const struct sched_event *ev);
void stage_again(struct sched *s, size_t i, const char *why, long count);
void stage_reject(struct sched *s, size_t i, enum stage then, const char *text);
void stage_malformed(struct sched *s, size_t i, enum role r, const char *what);
void stage_reviewed(struct sched *s, size_t i);

/* sched_review.c: reviewers */
void review_on_spec(struct sched *s, size_t i, const struct outcome *o);
void review_on_code(struct sched *s, size_t i, long n, const struct outcome *o);
void review_seats(struct sched *s, size_t i);
void review_settle(struct sched *s, size_t i);
void review_seat_report(const struct sched *s, struct seat *seat, const struct outcome *o);
bool review_may_resume(const struct sched *s, size_t i);
void review_again(struct sched *s, size_t i);
void review_on_looked(struct sched *s, size_t i, bool found);

/* sched_wave.c: who may start, and in which wave */
void wave_admit(struct sched *s);
void wave_resume(struct sched *s);
void wave_ended(struct sched *s, size_t i);
void wave_left(struct sched *s, size_t i);
void wave_cut(struct sched *s);
const char *wave_waits_for(const struct sched *s, size_t i);

#endif
