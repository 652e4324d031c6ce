/* core/sched_priv.h - what the files of the scheduler share; nobody else includes it */
#ifndef CORE_SCHED_PRIV_H
#define CORE_SCHED_PRIV_H
#include "core/sched.h"

/* One code reviewer of the current round. */
struct seat {
	long n;				/* its newest attempt */
	int crashes, corrections;	/* of this round */
	bool running, lost, reported;
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
	bool member;			/* of the wave that a barrier holds together */
	bool due;			/* the stage's attempt has to be started */
	bool git_due;			/* the stage's git work has to be started */
	bool git_busy;			/* ... and is under way */
	bool cancelled;			/* by a person: back to open when its attempts have ended */
	int64_t not_before_us;		/* back-off */
	enum outcome_kind after;	/* COLLECT: how the attempt before it ended */
	const char *feedback, *why;	/* for the next prompt */
	const char *concerns;		/* for the spec reviewer */
	const char *reason;
	const char *changed;		/* "3 files changed" */
	int strength;
	long lines;
	bool empty;
	bool tested;			/* its candidate's tree passed the tests */
	struct seat *seat;
	int nseat;
	struct work work;
	bool work_dirty;
};

struct sched {
	struct sched_conf conf;
	struct arena mem;		/* what lives as long as s */
	struct arena turn_mem;		/* what *out of sched_turn points to */
	VEC(struct sissue) issue;
	VEC(struct sched_running) running;
	VEC(struct sched_event) inbox;
	size_t *order;			/* indices in the order of admission */
	VEC(size_t) queue;		/* merge queue */
	long merging;			/* in the candidate, test or merge stage: index of the issue whose candidate is in work, -1 */
	VEC(const char *) passed_tree;	/* trees whose tests passed */
	struct sched_turn turn;
	int64_t now_us, started_us;
	enum sched_mode mode;
	int wave;
	int max_parallel;		/* conf's, or 1 when degraded */
	bool stopping;			/* a person stops the run: end what runs */
	bool halted;			/* start nothing at all: stopping, budget, an agent that cannot work */
	bool draining;			/* admit nothing more */
	bool degraded, verify_failed;
	bool closed_now;		/* an issue closed in this turn */
	const char *stop_reason;
	int failures, humans, launches;
	int infra_failures;		/* in a row */
	int64_t breaker_until_us;	/* open until then; 0 closed */
	bool breaker_probe;		/* half open: one attempt is out */
	uint64_t random;
};

/* sched.c */
const char *sched_issue_id(const void *s, size_t i);
const char *sched_text(struct sched *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void sched_change(struct sched *s, enum change_kind kind, size_t i, const char *text, const char *label);
void sched_note(struct sched *s, const char *kind, long i, int role, long n, const char *status,
		const char *reason);
void sched_enter(struct sched *s, size_t i, enum stage stage);
long sched_count_up(struct sched *s, size_t i, const char *name);
void sched_act(struct sched *s, enum act_kind kind, size_t i, bool keep);
size_t sched_running_of(const struct sched *s, size_t i);

/* sched_stage.c: what an event means for its issue */
void stage_event(struct sched *s, const struct sched_event *ev);
void stage_close(struct sched *s, size_t i, const char *reason);
void stage_fail(struct sched *s, size_t i, const char *why);
void stage_human(struct sched *s, size_t i, const char *why, const char *options);
void stage_give_back(struct sched *s, size_t i);
void stage_code_seats(struct sched *s, size_t i);
void stage_code_settle(struct sched *s, size_t i);

/* sched_wave.c: who may start, and in which wave */
void wave_admit(struct sched *s);
void wave_ended(struct sched *s, size_t i);
bool wave_holds_files(const struct sissue *is);
const char *wave_waits_for(const struct sched *s, size_t i);

#endif
