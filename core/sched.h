/*
 * core/sched.h - the scheduler as a function of data and a given time: events in, decisions out.
 * No clock, no I/O.
 *
 * The driver (core/runner.c, or a simulation) records what happened with sched_event(), then
 * once per turn of its loop calls sched_turn(), commits the changes it answers, and only then
 * carries out the actions. So nothing is started before the commit that says so (DESIGN 1.3).
 *
 * Per issue: impl -> spec -> code x N -> aggregate -> candidate -> test -> merge -> closed; an
 * epic: verify -> closed.
 */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/aggregate.h"
#include "core/files.h"
#include "core/finding.h"
#include "core/policy.h"
#include "store/base/arena.h"
#include "store/base/vec.h"
#include "store/work.h"
struct err;

/* Where an issue stands. The names (stage_name) are what work/HH/ID.ini holds. */
enum stage {
	STAGE_WAIT,		/* not admitted: waits for blockers, files, a slot */
	STAGE_IMPL,		/* an implementer runs, or is due */
	STAGE_COLLECT,		/* what it left is committed, diffed and checked */
	STAGE_SPEC,
	STAGE_CODE,
	STAGE_HELD,		/* CANNOT_VERIFY: waits for another issue to close */
	STAGE_CANDIDATE,	/* in the merge queue: merged onto the run branch, not yet tested */
	STAGE_TEST,
	STAGE_MERGE,		/* recorded; the run branch may have moved */
	STAGE_VERIFY,		/* an epic: its verifier runs, or is due */
	STAGE_CLOSED,
	STAGE_FAILED,		/* status blocked, label failed */
	STAGE_HUMAN,		/* status blocked, label needs-human */
	STAGE_N
};
const char *stage_name(enum stage s);
/* The stage of a work file ("impl.code": an implementer whose work goes on to code); STAGE_WAIT
 * for others. *back (may be NULL) gets the part behind the dot, or STAGE_N. */
enum stage stage_parse(const char *name, enum stage *back);

enum role { ROLE_IMPL, ROLE_SPEC, ROLE_CODE, ROLE_AGG, ROLE_TEST, ROLE_VERIFY, ROLE_N };
const char *role_name(enum role r);	/* "impl", "spec" ...: the words of contract.md 1 */
int role_parse(const char *name);	/* -1: none of these */

enum sched_mode { MODE_AUTO, MODE_SEQUENTIAL, MODE_WAVES, MODE_FULLY };
enum sched_barrier { BARRIER_NONE, BARRIER_REVIEWS, BARRIER_FULL };
enum sched_policy { FAIL_BLOCK_DEPENDENTS, FAIL_KEEP_GOING, FAIL_FAST, FAIL_STOP };

enum sched_fallback { FALLBACK_QUEUE, FALLBACK_SEQUENTIAL, FALLBACK_AGENT };

struct sched_conf {
	int max_parallel;	/* implementers at once; 0: no limit */
	int review_slots;	/* spec, code and verify attempts at once; 0: no limit */
	int wave_cap;		/* issues admitted and not ended; 0: no limit */
	enum sched_mode mode;
	/* asked for by the user: fully_parallel then ignores missing Files sections (B17) */
	bool mode_explicit;
	enum sched_barrier barrier;
	bool fifo;		/* order=fifo: by id only, instead of critical path */
	enum sched_policy fail_policy;
	int max_failures;	/* stop admitting after so many; 0: off */
	bool shared;		/* isolation=shared: one implementer at a time, no merge stages */
	bool empty_allowed;	/* run.empty=allow */
	bool has_test;		/* run.test is set */
	bool fastpath;		/* review.aggregate=fastpath */
	enum severity block_on;	/* review.block_on: findings of this or a higher severity reject */
	int reviews;		/* N code reviewers; 0: no reviews at all */
	int trivial_lines;	/* a diff of at most so many lines gets one code reviewer */
	int retry_max, fix_rounds, redispatch, crash, malformed, test_rounds, verify_rounds;
	/* how far an implementer's strength can rise, by complexity */
	int steps[POLICY_COMPLEXITIES];
	struct backoff backoff;
	struct breaker_conf breaker;
	enum sched_fallback fallback;	/* while the breaker is open */
	struct alert_conf alert;
	struct budget budget;
	/* its id: the budget counts all attempts of it, an earlier scheduler's too; "" unknown */
	const char *run;
	int64_t earlier_ms;	/* how long earlier schedulers worked on it */
	uint64_t seed;		/* of the jitter */
	int verify_limit;	/* 0: epics are not verified by an agent (no reviews asked for) */
};

/* An issue as the scheduler needs it. Strings are copied. */
struct sched_item {
	const char *id, *title, *type;
	int priority;
	long estimate_min;		/* -1: none */
	const char *complexity;		/* "simple" "standard" "complex" */
	const char *body;		/* description: its Files section is read from it */
	bool no_diff;			/* label no-diff or type spike: may pass without a change */
	/* only verified, when its last child of the run has closed */
	bool epic;
	const char *parent;		/* id of its epic, or NULL */
	const char *const *blockers;	/* ids it waits for: of the run, or others that are open */
	size_t nblockers;
	/* already closed when the run began: only a resolved blocker */
	bool closed;
	const char *reason;		/* closed: why; NULL: not said */
	/* closed, and a [WAVE-SUMMARY] has said so */
	bool told;
	/* false: it is in the graph, but the run must not start it (blocked, claimed) */
	bool launchable;
	const struct work *work;	/* what earlier runs recorded, or NULL */
};

/* What came of an attempt. */
enum outcome_kind {
	OUT_PASS,		/* DONE, PASS, APPROVE, exit 0 of the test command */
	OUT_CONCERNS,		/* DONE_WITH_CONCERNS */
	OUT_REJECT,		/* FAIL of a reviewer or of the tests */
	OUT_CANNOT_VERIFY,
	OUT_NEEDS_CONTEXT,
	OUT_BLOCKED,
	OUT_FAIL,		/* the agent failed: exit code, status failed */
	OUT_MALFORMED,		/* ended well, said nothing that can be read */
	OUT_CRASH,		/* signal, lost */
	OUT_TIMEOUT,
	OUT_CANCELLED,		/* by us: does not count */
	OUT_LIMITED,		/* rate or usage limit, overloaded: wait, does not count */
	OUT_FATAL,		/* the agent cannot work at all: not found, not logged in */
	OUT_N
};
/* the word work files and events use: passed, failed, ... */
const char *outcome_name(enum outcome_kind k);

struct outcome {
	enum outcome_kind kind;
	const char *verdict;	/* the agent's word, "" none */
	/* what the word was read from (evidence_name); NULL: from nothing */
	const char *evidence;
	/* findings, blocker, failing output: goes into the next prompt and into comments */
	const char *text;
	const char *summary;	/* one line for people, "" none */
	const struct review *review;	/* a code reviewer's, for the aggregation; NULL none */
	const char *commit;	/* what the implementer says it committed, "" none */
	int64_t until_us;	/* OUT_LIMITED: when it may work again; 0 unknown */
	int64_t ms, user_ms, sys_ms, maxrss_kb;
	int exit_code, signal;
	struct usage usage;
	const char *session;	/* agent session, "" none */
};

enum event_kind {
	EVENT_ENDED,		/* attempt: see outcome */
	/* attempt could not be started (tree, fork): outcome.text says why; does not count */
	EVENT_NOT_STARTED,
	EVENT_COLLECTED,	/* see collected */
	EVENT_CANDIDATE,	/* see candidate */
	/* run branch holds merge_oid; text: "" or why the target cannot follow */
	EVENT_MERGED,
	EVENT_LOOKED,		/* found */
	EVENT_GIT_FAILED,	/* collect, candidate, merge or look could not be done: text */
	EVENT_STOP,		/* a person stops the run: cancel all, start nothing */
	EVENT_CANCEL,		/* a person cancels one issue */
};

struct collected {
	const char *head;	/* commit, hex */
	bool empty;		/* nothing differs from base */
	const char *problem;	/* false evidence: "commit abc does not exist", "" none */
	const char *scope;	/* paths that belong to other issues, one a line, "" none */
	const char *files;	/* "3 files changed": for the close reason */
	long lines;		/* insertions + deletions; -1 when a binary file changed */
	bool progress;		/* commits or changes since base (after a crash or a timeout) */
};

struct candidate {
	const char *oid;	/* merge commit, hex; "" when it conflicts */
	const char *tree;	/* its tree, hex: one that passed is not tested again */
	const char *tip;	/* of the run branch it was made on, hex */
	const char *conflict;	/* what both sides did, "" none */
};

/* Recorded by the driver; what pointers name is copied. */
struct sched_event {
	enum event_kind kind;
	size_t issue;
	enum role role;
	long n;
	struct outcome outcome;
	struct collected collected;
	struct candidate candidate;
	bool found;		/* everything that a held review named is there */
	const char *text;
};

/* What the driver must do, after the commit of the same turn. Strings live until the next turn. */
enum act_kind {
	ACT_SPAWN,		/* start the attempt (its folder is written before the commit) */
	ACT_CANCEL,		/* end a running attempt */
	/* git work; answered by the event of the same name */
	ACT_COLLECT, ACT_CANDIDATE, ACT_MERGE,
	/* is what feedback names ("src/b.c:init") on the run branch by now? EVENT_LOOKED */
	ACT_LOOK,
	ACT_RELEASE,		/* the issue ended: give its trees back; keep: it failed */
};
struct sched_act {
	enum act_kind kind;
	size_t issue;
	enum role role;
	long n;			/* attempt */
	int reviewer, reviewers;
	int wave;
	/* model steps above what complexity asks for (capacity escalation) */
	int strength;
	int timeouts;		/* earlier timeouts of this stage: the deadline grows */
	const char *feedback;	/* findings, blocker, conflict: for the prompt; "" none */
	/* addendum kind: "" first, fix, context, correction, continue, conflict, test */
	const char *why;
	bool keep;
	bool fallback;		/* by the agent that stands in while the breaker is open */
};

/* What must be in the store before the actions start. */
enum change_kind {
	CHANGE_STATUS,		/* text: in_progress, open */
	CHANGE_CLOSE,		/* text: reason */
	CHANGE_BLOCK,		/* status blocked; label: failed or needs-human; text: comment */
	CHANGE_COMMENT,		/* text: comment */
	CHANGE_WORK,		/* sched_work() of the issue differs from what is stored */
};
struct sched_change {
	enum change_kind kind;
	size_t issue;
	const char *text, *label;
};

/* What happened, for events.jsonl and for people. kind is a word of contract.md 4. */
struct sched_note {
	const char *kind;
	long issue;		/* -1: none */
	int role;		/* -1: none */
	long n;
	int reviewer, wave;
	const char *status, *reason;
	/* of a verdict: what it rests on (evidence_name), NULL else */
	const char *evidence;
};

struct sched_turn {
	VEC(struct sched_change) changes;
	VEC(struct sched_act) acts;
	VEC(struct sched_note) notes;
	int64_t wake_us;	/* call again at this time even if nothing happens; 0: no need */
	bool done;		/* nothing runs and nothing can start */
};

struct sched;
/* c is copied, the strings in it are borrowed. The caller's: sched_free(). */
struct sched *sched_new(const struct sched_conf *c, int64_t now_us);
void sched_free(struct sched *s);
/* Adds an issue, also while the run goes on (then sched_link() again). Its index. */
size_t sched_add(struct sched *s, const struct sched_item *item);
/* Resolves ids, builds the graph, ranks. ERR_REFUSED names a cycle: "e.1 -> e.2 -> e.1". */
int sched_link(struct sched *s, struct err *e);
/* Someone else changed the store: an issue is closed; or one that failed, waits for a person or
 * was never launchable may be started (bdw answer), with fresh limits and at the stage that
 * item->work names. */
void sched_set_closed(struct sched *s, size_t issue);
void sched_reopen(struct sched *s, size_t issue, const struct sched_item *item);
/* After a restart: an attempt of the current stage that was running and is (adopted), or that
 * ended and is consumed. */
void sched_adopt(struct sched *s, size_t issue, enum role role, long n);
void sched_replay(struct sched *s, size_t issue, enum role role, long n, const struct outcome *o);
/* What its collected work is, measured again: see struct collected. Copied. */
void sched_set_change(struct sched *s, size_t issue, const char *files, long lines, bool empty);
/* What sched_state() said of an issue before the restart. Copied. */
void sched_set_feedback(struct sched *s, size_t issue, const char *why, const char *feedback);

/* What has happened, for the next sched_turn(); nothing is decided here. Copied. */
void sched_event(struct sched *s, const struct sched_event *ev);
/* Decides. *out borrows from s until the next call. */
const struct sched_turn *sched_turn(struct sched *s, int64_t now_us);

/* Looking at it; all borrowed. */
size_t sched_count(const struct sched *s);
long sched_index(const struct sched *s, const char *id);	/* -1: none */
struct sched_state {		/* of one issue, for progress, prompts, reports */
	const char *id, *title, *complexity;
	enum stage stage, back;
	bool epic, launchable;
	bool withdrawn;		/* given back: open, but not for this run */
	int wave;		/* 0: not admitted */
	long epic_index;	/* -1: none */
	const struct files *files;
	const char *reason;	/* why it failed, waits for a person, or was closed */
	int64_t since_us;	/* in this stage */
	long lines;		/* of its diff; -1 unknown */
	long estimate_min;	/* -1 none */
	/* what the next prompt must hold: kept by the driver over a restart */
	const char *feedback, *why;
};
void sched_state(const struct sched *s, size_t issue, struct sched_state *out);
/* Id of an issue's first open blocker, or of the holder of its files; "" none. Looks at all
 * issues. */
const char *sched_waits_for(const struct sched *s, size_t issue);
struct work *sched_work(struct sched *s, size_t issue);
struct sched_running {
	size_t issue;
	enum role role;
	long n;
	int reviewer;		/* 0: no code review */
	int64_t since_us;
	bool cancelling;	/* its end was asked for */
	bool fallback;		/* by the agent that stands in */
};
size_t sched_running(const struct sched *s, const struct sched_running **out);
enum sched_mode sched_mode(const struct sched *s);	/* what auto became */
int sched_wave(const struct sched *s);			/* the newest wave */
const char *sched_stop_reason(const struct sched *s);	/* "budget", "fatal: ...", "" */
/* Exit code of the run (decisions B9) as things stand. */
int sched_exit_code(const struct sched *s);

#endif
