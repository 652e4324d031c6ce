/*
 * tests/sim/sim.h - what stands around the scheduler in sim_runs.c: made-up issues and settings,
 * attempts and git work with random ends, and what can be known of an issue without asking the
 * scheduler. All of it from one seed.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sched.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/mem.h"

enum { ISSUES = 60, ATTEMPTS = 4000, RUNS = 6000, IDEAL = 300 };
#define MINUTE 60000000ll
#define START 1000000000ll

/* What is known of an issue without asking the scheduler. */
struct seen {
	bool need_impl, collected, spec_ok, reviewing, candidate, tested;
	int approved, objected;		/* of this round of reviews */
	long last[ROLE_N];		/* attempt */
};

/* What a repository, its processes and its users are to the scheduler. */
struct issue {
	char id[16], body[256], status[16];
	struct sched_item item;
	const char *blocker[ISSUES];
	size_t blocks[ISSUES];		/* indices of the blockers */
	unsigned files;			/* set of paths; 0: no section */
	int64_t duration;
	struct buf work;		/* as committed */
	struct buf feedback;
	char why[32];
	struct seen now, committed;
	bool cancelled;
	int summaries;
};

struct attempt {
	size_t issue;
	enum role role;
	long n;
	int reviewer;
	int64_t end;
	bool started, cancelled, live;
	struct outcome o;
	struct review review;
	struct finding finding;
};

struct job { size_t issue; enum act_kind kind; int64_t end; };

struct sim {
	uint64_t random, seed;
	struct sched_conf conf;
	struct issue issue[ISSUES];
	size_t n;
	struct attempt *attempt;
	size_t nattempt;
	VEC(struct job) jobs;
	struct sched *sched;
	int64_t now;
	int fault;		/* of 100 attempts so many end badly */
	int kill;		/* of 1000 turns so many are the scheduler's last */
	int people;		/* of 1000 turns in so many a person cancels or stops something */
	/* nothing goes wrong, git takes no time, no files: what theory speaks of */
	bool ideal;
	bool stopped, drained, halted, told;
	int merging;		/* issue between candidate and merged, -1 */
	int turns, starts, kills;
	uint64_t hash;		/* of everything that was decided */
	struct arena mem;
};

static int tests, failures;
static long seen_kills, seen_turns;

static uint32_t dice(struct sim *s, uint32_t n)
{
	uint64_t z = (s->random += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (uint32_t)((z ^ (z >> 31)) >> 32) % n;
}

static void fail(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->halted && failures > 20)
		exit(1);
	failures++;
	printf("# seed %llu, minute %lld, turn %d: ", (unsigned long long)s->seed,
	       (long long)((s->now - START) / MINUTE), s->turns);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

static void tell(struct sim *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tell(struct sim *s, const char *fmt, ...)
{
	BUF_AUTO b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < b.len; i++)
		s->hash = (s->hash ^ (unsigned char)b.s[i]) * 1099511628211ull;
	s->hash ^= (uint64_t)s->now;
	if (s->told)
		printf("# %4lld %s\n", (long long)((s->now - START) / MINUTE), b.s);
}

/* Making one up */

static void random_conf(struct sim *s)
{
	s->conf = (struct sched_conf){
		.max_parallel = (int)dice(s, 5), .review_slots = (int)dice(s, 6),
		.wave_cap = (int)dice(s, 6), .mode = (enum sched_mode)dice(s, 4),
		.mode_explicit = dice(s, 2), .barrier = dice(s, 2) ? BARRIER_NONE :
		(enum sched_barrier)dice(s, 3), .fifo = dice(s, 4) == 0, .fail_policy = dice(s, 2) ?
			FAIL_BLOCK_DEPENDENTS : (enum sched_policy)dice(s, 4),
		.max_failures = dice(s, 6) ? 0 : 2, .shared = dice(s, 6) == 0,
		.has_test = dice(s, 2), .empty_allowed = dice(s, 2), .fastpath = dice(s, 2),
		.block_on = SEV_IMPORTANT, .reviews = (int)dice(s, 4), .trivial_lines = 10,
		.retry_max = (int)dice(s, 3), .fix_rounds = (int)dice(s, 3), .redispatch = 2,
		.crash = 2, .malformed = 1, .test_rounds = 3, .verify_rounds = 3,
		.backoff = { 30000, 120000, 2, 0.1 }, .breaker = { 4, 2, 600 * 1000000ll },
		.budget = { .launches = dice(s, 12) ? 0 : 10, .wall_ms = dice(s, 12) ? 0 :
			    90 * 60000 },
		.fallback = dice(s, 4) ? FALLBACK_QUEUE : (enum sched_fallback)dice(s, 3),
		.alert = { 0.2, 0.1, 60000 },
		.steps = { 2, (int)dice(s, 3), 0 },
		.verify_limit = dice(s, 2) ? 3 : 0, .seed = s->seed,
	};
}

static void random_files(struct sim *s, struct issue *is)
{
	size_t at = 0;

	is->files = dice(s, 12) ? 1u << dice(s, 10) | (dice(s, 3) ? 0 : 1u << dice(s, 10)) : 0;
	is->body[0] = 0;
	if (is->files)
		at += (size_t)snprintf(is->body, sizeof(is->body), "## Files\n");
	for (int f = 0; f < 10; f++)
		if (is->files >> f & 1)
			at += (size_t)snprintf(is->body + at, sizeof(is->body) - at,
					       "- Modify: `src/%d.c`\n", f);
}

static void random_issue(struct sim *s, size_t i, size_t epics)
{
	struct issue *is = &s->issue[i];

	snprintf(is->id, sizeof(is->id), "s.%zu", i);
	strcpy(is->status, "open");
	is->work = is->feedback = (struct buf)BUF_INIT;
	is->committed.need_impl = true;
	is->duration = (1 + dice(s, 20)) * MINUTE;
	random_files(s, is);
	is->item = (struct sched_item){
		.id = is->id, .title = is->id, .type = "task", .priority = (int)dice(s, 5),
		.complexity = "standard", .estimate_min = dice(s, 3) ? is->duration / MINUTE : -1,
		.body = is->body, .no_diff = dice(s, 20) == 0, .epic = i < epics,
		.blockers = is->blocker,
	};
	if (i && epics && dice(s, 3))
		is->item.parent = s->issue[i < epics ? 0 : dice(s, (uint32_t)epics)].id;
	for (size_t k = epics; i >= epics && k < i; k++)
		if (dice(s, (uint32_t)i) < 2) {
			is->blocks[is->item.nblockers] = k;
			is->blocker[is->item.nblockers++] = s->issue[k].id;
		}
}

static void make_up(struct sim *s, uint64_t seed)
{
	size_t epics;

	s->random = s->seed = seed;
	s->hash = 14695981039346656037ull;
	s->merging = -1;
	s->now = START;
	s->attempt = xcalloc(ATTEMPTS, sizeof(*s->attempt));
	random_conf(s);
	s->n = 2 + dice(s, 22);
	epics = dice(s, 3) && s->n > 4 ? dice(s, 3) : 0;
	s->fault = dice(s, 3) ? (int)dice(s, 60) : 0;
	s->kill = dice(s, 2) ? (int)dice(s, 80) : 0;
	s->people = dice(s, 4) ? 0 : (int)dice(s, 40);
	for (size_t i = 0; i < s->n; i++)
		random_issue(s, i, epics);
}

static void forget(struct sim *s)
{
	for (size_t i = 0; i < s->n; i++) {
		buf_release(&s->issue[i].work);
		buf_release(&s->issue[i].feedback);
	}
	vec_free(&s->jobs);
	free(s->attempt);
	sched_free(s->sched);
	arena_release(&s->mem);
}

/* What attempts and git come to */

static const char *const texts[] = { "", "need to understand", "multiple approaches", "too large",
				     "src/3.c", "s.4" };

static void decide(struct sim *s, struct attempt *a)
{
	static const enum outcome_kind bad[] = {
		OUT_REJECT, OUT_CANNOT_VERIFY, OUT_NEEDS_CONTEXT, OUT_BLOCKED, OUT_FAIL,
		OUT_MALFORMED, OUT_CRASH, OUT_TIMEOUT, OUT_LIMITED, OUT_REJECT, OUT_CONCERNS,
		OUT_CANCELLED, OUT_N,
	};
	struct outcome *o = &a->o;

	*o = (struct outcome){ .kind = OUT_PASS, .verdict = "", .text = "", .summary = "",
			       .commit = "", .session = "",
			       .usage = { 100, 50, 50, 0, 0, 3, 0.1 } };
	if ((int)dice(s, 100) < s->fault) {
		o->kind = bad[dice(s, sizeof(bad) / sizeof(bad[0]))];
		o->text = texts[dice(s, sizeof(texts) / sizeof(texts[0]))];
		if (dice(s, 400) == 0)
			o->kind = OUT_FATAL;
	}
	if (o->kind == OUT_LIMITED && dice(s, 2))
		o->until_us = s->now + dice(s, 60) * MINUTE;
	if (a->role != ROLE_CODE ||
	    (o->kind != OUT_PASS && o->kind != OUT_REJECT && o->kind != OUT_CONCERNS &&
				     (o->kind != OUT_MALFORMED || dice(s, 2))))
		return;
	review_init(&a->review, a->reviewer, o->kind == OUT_PASS ? REVIEW_APPROVE : REVIEW_REJECT);
	if (o->kind != OUT_PASS) {
		a->finding = (struct finding){ .severity = SEV_IMPORTANT, .category = "other",
					       .file = "a.c", .line = 1, .text = "wrong",
					       .fix = "" };
		a->review.finding = &a->finding;
		a->review.nfinding = 1;
	}
	o->review = &a->review;
}

static void answer_git(struct sim *s, const struct job *j)
{
	struct sched_event ev = { .issue = j->issue };
	bool bad = (int)dice(s, 100) < s->fault / 3;
	struct issue *is = &s->issue[j->issue];
	struct sched_state st;
	int what;

	if (bad && dice(s, 4) == 0) {
		ev.kind = EVENT_GIT_FAILED;
		ev.text = "disk full";
	} else if (j->kind == ACT_COLLECT) {
		ev.kind = EVENT_COLLECTED;
		ev.collected =
			(struct collected){ .head = "1111111111111111111111111111111111111111",
						   .lines = dice(s, 40), .progress = dice(s, 2),
						   .files = "1 changed" };
		what = bad ? (int)dice(s, 4) : 0;
		ev.collected.empty = what == 1;
		ev.collected.problem = what == 2 ? "no such commit" : "";
		ev.collected.scope = what == 3 ? "src/9.c\n" : "";
		sched_state(s->sched, j->issue, &st);
		/* else only facts are asked for, after a restart */
		if (st.stage == STAGE_COLLECT && is->now.collected) {
			is->now.need_impl |= ev.collected.empty || *ev.collected.problem ||
				*ev.collected.scope;
			is->now.spec_ok &= !*ev.collected.scope;
		}
	} else if (j->kind == ACT_CANDIDATE) {
		ev.kind = EVENT_CANDIDATE;
		ev.candidate =
			(struct candidate){ .oid = "2222222222222222222222222222222222222222",
					    .tree = "",
						   .tip =
						   "3333333333333333333333333333333333333333",
							   .conflict = bad ?
							   "both changed it" : "" };
		ev.candidate.tree = arena_printf(&s->mem, "%040u", dice(s, 50));
		is->now.candidate = !bad;
		is->now.tested = false;
		if (bad) {
			s->merging = -1;
			is->now.need_impl = true;
		}
	} else if (j->kind == ACT_LOOK) {
		ev.kind = EVENT_LOOKED;
		ev.found = dice(s, 2);
		is->now.spec_ok |= ev.found;
	} else {
		ev.kind = EVENT_MERGED;
	}
	sched_event(s->sched, &ev);
}

/* What the sim knows of an issue after an attempt's end, without asking the scheduler. */
static void learn(struct sim *s, const struct attempt *a)
{
	struct issue *is = &s->issue[a->issue];
	enum outcome_kind k = a->o.kind;
	bool pass = k == OUT_PASS || k == OUT_CONCERNS;

	if (k == OUT_LIMITED || k == OUT_CANCELLED || k == OUT_FATAL)
		return;
	switch (a->role) {
	case ROLE_IMPL:
		is->now.collected = pass;
		is->now.need_impl = !pass;
		break;
	case ROLE_SPEC:
		is->now.spec_ok |= pass;
		is->now.need_impl |= k == OUT_REJECT;
		break;
	case ROLE_CODE:
		is->now.approved += a->o.review && k == OUT_PASS;
		is->now.objected += a->o.review && (k == OUT_REJECT || k == OUT_CONCERNS);
		is->now.need_impl |= a->o.review && k != OUT_PASS;
		break;
	case ROLE_TEST:
		is->now.tested = k == OUT_PASS;
		is->now.need_impl |= !is->now.tested;
		if (!is->now.tested && s->merging == (int)a->issue)
			s->merging = -1;
		break;
	case ROLE_VERIFY:
	case ROLE_AGG:
	case ROLE_N:
		break;
	}
}

static void end_attempt(struct sim *s, struct attempt *a)
{
	struct sched_event ev = { .kind = EVENT_ENDED, .issue = a->issue, .role = a->role,
				  .n = a->n };

	a->live = false;
	if (a->cancelled)
		a->o = (struct outcome){ .kind = OUT_CANCELLED, .verdict = "", .text = "",
					 .usage = USAGE_NONE };
	if (a->o.kind == OUT_N) {	/* it could not be started */
		ev.kind = EVENT_NOT_STARTED;
		ev.text = "no more processes";
	} else {
		learn(s, a);
	}
	tell(s, "  end %s:%s#%ld %s", s->issue[a->issue].id, role_name(a->role), a->n,
	     a->o.kind == OUT_N ? "not started" : outcome_name(a->o.kind));
	ev.outcome = a->o;
	sched_event(s->sched, &ev);
}

#endif
