/* core/sched_stage.c - the pipeline: what the end of a step means for its issue
 * (spec/pipeline.md 5) */
#include "core/sched_priv.h"

#include <string.h>

#include "store/base/buf.h"

/* Which stage a role's attempts belong to. */
static enum stage stage_of(enum role r)
{
	static const enum stage stage[ROLE_N] = {
		[ROLE_IMPL] = STAGE_IMPL, [ROLE_SPEC] = STAGE_SPEC, [ROLE_CODE] = STAGE_CODE,
		[ROLE_AGG] = STAGE_CODE, [ROLE_TEST] = STAGE_TEST, [ROLE_VERIFY] = STAGE_VERIFY,
	};

	return stage[r];
}

/* Lets the current stage's attempt start again, after a back-off that grows with the count. */
void stage_again(struct sched *s, size_t i, const char *why, long count)
{
	struct sissue *is = &s->issue.v[i];

	s->random = s->random * 6364136223846793005ull + 1442695040888963407ull;
	is->due = true;
	is->not_before_us = 0;
	if (count > 0)
		is->not_before_us = s->now_us +
				    1000 * backoff_ms(&s->conf.backoff, count,
						      (double)(s->random >> 33) / (double)(1u << 31));
	is->why = why;
	sched_note(s, "retry", (long)i, -1, 0, NULL, why);
}

/* Back to the implementer; what comes after it is kept, so that only the failed stage is
 * repeated. */
static void fix(struct sched *s, size_t i, enum stage then, const char *why, const char *text)
{
	struct sissue *is = &s->issue.v[i];

	stage_leave_queue(s, i);
	is->back = then;
	is->feedback = arena_strdup(&s->mem, text);
	is->why = why;
	is->due = true;
	is->not_before_us = 0;
	sched_enter(s, i, STAGE_IMPL);
}

void stage_reject(struct sched *s, size_t i, enum stage then, const char *text)
{
	stage_objection(s, i, then, text);
	if (sched_count_up(s, i, "reject") > s->conf.fix_rounds) {
		stage_human(s, i, sched_text(s, "rejected %s\n\n%s",
					     sched_times(s, s->conf.fix_rounds + 1),
					     s->issue.v[i].objections),
			    "continue with more rounds, take over, split the issue, make the "
			    "requirements clearer", then);
		return;
	}
	sched_note(s, "finding", (long)i, -1, 0, "rejected", text);
	fix(s, i, then, "fix", text);
}

static void close_done(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];
	const char *oid = *is->work.merge_oid ? is->work.merge_oid : is->work.head;

	stage_close(s, i,
		    sched_text(s, "Commit: %.12s | Files: %s | Tests: %s", *oid ? oid : "none",
			       is->changed ? is->changed : "none",
			       is->tested ? "pass, exit 0" : "none"));
}

/* Reviews are over: into the merge queue, or closed where there is nothing to merge. */
void stage_reviewed(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];

	is->feedback = is->why = "";
	is->due = false;	/* a round that ended in the first turn after a restart */
	if (s->conf.shared && s->conf.has_test && !is->empty) {
		is->due = true;
		sched_enter(s, i, STAGE_TEST);
	} else if (s->conf.shared || is->empty) {
		close_done(s, i);
	} else {
		sched_enter(s, i, STAGE_CANDIDATE);
		vec_add(&s->queue, i);
	}
}

static void to_spec(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];

	is->feedback = is->concerns ? is->concerns : "";
	is->why = "";
	is->due = true;
	is->not_before_us = 0;
	sched_enter(s, i, STAGE_SPEC);
}

void stage_malformed(struct sched *s, size_t i, enum role r, const char *what)
{
	const char *name = sched_text(s, "malformed.%s", role_name(r));

	if (sched_count_up(s, i, name) <= s->conf.malformed) {
		s->issue.v[i].feedback = arena_strdup(&s->mem, what);
		stage_again(s, i, "correction", 0);
	} else if (r == ROLE_IMPL) {
		stage_fail(s, i, sched_text(s, "the implementer's answer could not be accepted: "
					       "%s", what));
	} else {
		stage_human(s, i, sched_text(s, "the %s reviewer's answer could not be "
						"read: %s", role_name(r),
					     what), "retry, take over, accept the work as it is",
						     STAGE_SPEC);
	}
}

static bool has_word(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(text, *words))
			return true;
	return false;
}

/* NEEDS_CONTEXT and BLOCKED: once more with what helps, or a person (pipeline 5.1). */
static void redispatch(struct sched *s, size_t i, const struct outcome *o)
{
	static const char *const scope[] = { "restructuring", "too large", "beyond plan", NULL };
	static const char *const capacity[] = { "architectural decision", "multiple approaches",
						"uncertain", NULL };
	static const char *const context[] = { "need to understand", "can't find",
					       "cannot find", NULL };
	struct sissue *is = &s->issue.v[i];
	const char *options = "Break task into sub-issues / Revise plan / Take over manually";
	bool stronger = o->kind == OUT_BLOCKED && has_word(o->text, capacity);

	if (o->kind == OUT_BLOCKED && has_word(o->text, scope)) {
		stage_human(s, i, o->text, options, STAGE_N);
		return;
	}
	if (o->kind == OUT_BLOCKED && !stronger && !has_word(o->text, context)) {
		stage_human(s, i, *o->text ? o->text : "blocked, without a reason",
			    options, STAGE_N);
		return;
	}
	if (stronger &&
	    work_count_get(&is->work,
			   "strength") >= s->conf.steps[policy_complexity(is->complexity)]) {
		stage_human(s, i,
			    sched_text(s, "%s\n\nThere is no stronger implementer to give it to.",
				       o->text), options, STAGE_N);
		return;
	}
	if (sched_count_up(s, i, "redispatch") > s->conf.redispatch) {
		stage_human(s, i, sched_text(s, "asked for context %s: %s",
					     sched_times(s, s->conf.redispatch + 1), o->text), options,
			    STAGE_N);
		return;
	}
	if (stronger)
		sched_count_up(s, i, "strength");
	is->feedback = arena_strdup(&s->mem, o->text);
	stage_again(s, i, o->kind == OUT_BLOCKED ? "blocked" : "context", 0);
}

/* An implementer failed, crashed or ran out of time; what it left is committed and known by now. */
static void failed_impl(struct sched *s, size_t i, const struct collected *c)
{
	struct sissue *is = &s->issue.v[i];
	bool restart = is->after == OUT_CRASH || (is->after == OUT_TIMEOUT && c->progress);
	const char *name = restart ? "crash" : is->after == OUT_TIMEOUT ? "timeout" : "fail";
	int limit = restart ? s->conf.crash : s->conf.retry_max;
	long count = sched_count_up(s, i, name);

	if (count <= limit) {
		stage_again(s, i, c->progress ? "continue" : "restart", count);
		sched_enter(s, i, STAGE_IMPL);
	} else if (restart) {
		stage_human(s, i, sched_text(s, "the implementer %s %s: %s",
					     is->after == OUT_CRASH ? "crashed" :
					     "ran out of time", sched_times(s, count),
					     is->feedback), "retry, take over, split the issue", STAGE_N);
	} else {
		stage_fail(s, i, sched_text(s, "%s %s: %s", is->after == OUT_TIMEOUT ?
					    "timeout" : "failed", sched_times(s, count),
					    is->feedback));
	}
}

/* What its diff holds: not stored, so asked for again after a restart. */
static void know(struct sched *s, struct sissue *is, const struct collected *c)
{
	is->lines = c->lines;
	is->empty = c->empty;
	is->changed = arena_strdup(&s->mem, c->files);
}

static void on_collected(struct sched *s, size_t i, const struct collected *c)
{
	struct sissue *is = &s->issue.v[i];

	know(s, is, c);
	is->work.head = arena_strdup(&s->mem, c->head);
	is->work_dirty = true;
	if (is->after != OUT_PASS) {
		failed_impl(s, i, c);
		return;
	}
	if (*c->problem || (c->empty && !is->no_diff && !s->conf.empty_allowed)) {
		const char *why = *c->problem ? c->problem :
			"there is no change: nothing differs from the base";

		sched_note(s, "verdict", (long)i, ROLE_IMPL, 0, "not accepted", why);
		sched_enter(s, i, STAGE_IMPL);
		stage_malformed(s, i, ROLE_IMPL, why);
		return;
	}
	if (*c->scope) {
		sched_note(s, "verdict", (long)i, ROLE_IMPL, 0, "SCOPE VIOLATION", c->scope);
		stage_reject(s, i, STAGE_SPEC, sched_text(s, "SCOPE VIOLATION: these files belong "
							     "to other issues and must not "
						    "be touched:\n%s", c->scope));
		return;
	}
	if (!s->conf.reviews || is->back == STAGE_CANDIDATE || is->back == STAGE_TEST)
		stage_reviewed(s, i);
	else if (is->back == STAGE_CODE)
		review_seats(s, i);
	else
		to_spec(s, i);
}

static void on_impl(struct sched *s, size_t i, const struct outcome *o)
{
	struct sissue *is = &s->issue.v[i];

	switch (o->kind) {
	case OUT_PASS:
	case OUT_CONCERNS:
		is->concerns = o->kind == OUT_CONCERNS ? arena_strdup(&s->mem, o->text) : NULL;
		is->after = OUT_PASS;
		break;
	case OUT_NEEDS_CONTEXT:
	case OUT_BLOCKED:
		redispatch(s, i, o);
		return;
	case OUT_MALFORMED:
		stage_malformed(s, i, ROLE_IMPL, o->text);
		return;
	case OUT_CRASH:
	case OUT_TIMEOUT:
		is->after = o->kind;
		is->feedback = arena_strdup(&s->mem, o->text);
		break;
	case OUT_REJECT:
	case OUT_CANNOT_VERIFY:
	case OUT_FAIL:
		is->after = OUT_FAIL;
		is->feedback = arena_strdup(&s->mem, o->text);
		break;
	case OUT_CANCELLED:
	case OUT_LIMITED:
	case OUT_FATAL:
	case OUT_N:
		return;
	}
	sched_enter(s, i, STAGE_COLLECT);
	is->git_due = true;
}

static void to_merge(struct sched *s, size_t i)
{
	s->issue.v[i].git_due = true;
	sched_enter(s, i, STAGE_MERGE);
}

static void on_candidate(struct sched *s, size_t i, const struct candidate *c)
{
	struct sissue *is = &s->issue.v[i];
	bool known = false;

	if (*c->conflict) {
		sched_note(s, "conflict", (long)i, -1, 0, NULL, c->conflict);
		if (sched_count_up(s, i, "conflict") > 1) {
			stage_human(s, i, sched_text(s, "it conflicts with what was merged before "
							"it:\n%s", c->conflict),
				    "retry, take over, close", STAGE_CANDIDATE);
			return;
		}
		is->work.base = arena_strdup(&s->mem, c->tip);
		fix(s, i, STAGE_CANDIDATE, "conflict", c->conflict);
		return;
	}
	is->work.merge_oid = arena_strdup(&s->mem, c->oid);
	is->work_dirty = true;
	for (size_t k = 0; k < s->passed_tree.n; k++)
		known |= !strcmp(s->passed_tree.v[k], c->tree);
	is->tested = known;
	if (!s->conf.has_test || known) {
		to_merge(s, i);
		return;
	}
	is->feedback = arena_strdup(&s->mem, c->tree);	/* remembered when it passes */
	is->due = true;
	is->not_before_us = 0;
	sched_enter(s, i, STAGE_TEST);
}

static void on_test(struct sched *s, size_t i, const struct outcome *o)
{
	struct sissue *is = &s->issue.v[i];

	if (o->kind == OUT_PASS) {
		is->tested = true;
		if (s->conf.shared) {
			close_done(s, i);
			return;
		}
		if (*is->feedback)
			vec_add(&s->passed_tree, is->feedback);
		to_merge(s, i);
		return;
	}
	if (sched_count_up(s, i, "test") >= s->conf.test_rounds) {
		stage_human(s, i, sched_text(s, "the tests failed %s\n\n%s",
					     sched_times(s, s->conf.test_rounds), o->text),
			    "retry, take over, accept the work as it is", STAGE_CANDIDATE);
		return;
	}
	fix(s, i, s->conf.shared ? STAGE_TEST : STAGE_CANDIDATE, "test", o->text);
}

static void on_verify(struct sched *s, size_t i, const struct outcome *o)
{
	if (o->kind == OUT_PASS || o->kind == OUT_CONCERNS) {
		stage_close(s, i, *o->summary ? o->summary : "verified");
		return;
	}
	if (sched_count_up(s, i, "verify") < s->conf.verify_limit) {
		s->issue.v[i].feedback = arena_strdup(&s->mem, o->text);
		stage_again(s, i, o->kind == OUT_MALFORMED ? "correction" : "fix", 0);
		return;
	}
	s->verify_failed = true;
	stage_end(s, i, STAGE_WAIT, "final verification failed", false);
	s->issue.v[i].launchable = false;
	sched_change(s, CHANGE_STATUS, i, "open", NULL);
	sched_change(s, CHANGE_COMMENT, i, sched_text(s, "Final verification failed %s.\n\n"
							 "%s", sched_times(s, s->conf.verify_limit),
						      o->text), NULL);
}

/* Completes the record of an attempt, of which *was says how it ran; false when it is not one
 * that runs. */
static bool settle(struct sched *s, const struct sched_event *ev, struct sched_running *was)
{
	struct sissue *is = &s->issue.v[ev->issue];
	const struct outcome *o = &ev->outcome;
	struct work_attempt *a = work_attempt_get(&is->work, role_name(ev->role), ev->n);
	bool found = false;

	for (size_t k = 0; k < s->running.n; k++) {
		struct sched_running *r = &s->running.v[k];

		if (r->issue != ev->issue || r->role != ev->role || r->n != ev->n)
			continue;
		*was = *r;
		*r = s->running.v[--s->running.n];
		found = true;
		break;
	}
	if (!found || !a)
		return false;
	a->outcome = outcome_name(o->kind);
	a->verdict = arena_strdup(&s->mem, o->verdict);
	a->evidence = o->evidence ? arena_strdup(&s->mem, o->evidence) : "";
	a->ms = o->ms;
	a->user_ms = o->user_ms;
	a->sys_ms = o->sys_ms;
	a->maxrss_kb = o->maxrss_kb;
	a->exit_code = o->exit_code;
	a->signal = o->signal;
	a->usage = o->usage;
	if (ev->role == ROLE_IMPL && o->session && *o->session)	/* reviewers begin anew each time */
		is->work.session = arena_strdup(&s->mem, o->session);
	is->work_dirty = true;
	return true;
}

static void free_seat(struct sissue *is, enum role r, long n)
{
	for (int k = 0; k < is->nseat; k++)
		if (r == ROLE_CODE && is->seat[k].n == n)
			is->seat[k].running = false;
}

static void note_verdict(struct sched *s, const struct sched_event *ev,
			 const struct sched_running *was)
{
	const struct outcome *o = &ev->outcome;
	struct sched_note *n;

	sched_note(s, "verdict", (long)ev->issue, (int)ev->role, ev->n, outcome_name(o->kind),
		   *o->verdict ? o->verdict : o->summary);
	n = &s->turn.notes.v[s->turn.notes.n - 1];
	n->reviewer = was->reviewer;
	n->evidence = o->evidence ? arena_strdup(&s->turn_mem, o->evidence) : NULL;
}

static void on_ended(struct sched *s, const struct sched_event *ev)
{
	size_t i = ev->issue;
	struct sissue *is = &s->issue.v[i];
	const struct outcome *o = &ev->outcome;
	struct sched_running r;
	bool elsewhere;

	if (!settle(s, ev, &r))
		return;
	infra_count(s, o);
	note_verdict(s, ev, &r);
	free_seat(is, ev->role, ev->n);
	elsewhere = infra_ended(s, &r, o);
	if (is->stage != stage_of(ev->role))
		return;
	if (elsewhere) {
		is->due = true;
		return;
	}
	switch (ev->role) {
	case ROLE_IMPL: on_impl(s, i, o); break;
	case ROLE_SPEC: review_on_spec(s, i, o); break;
	case ROLE_CODE: review_on_code(s, i, ev->n, o); break;
	case ROLE_TEST: on_test(s, i, o); break;
	case ROLE_VERIFY: on_verify(s, i, o); break;
	case ROLE_AGG:
	case ROLE_N: break;
	}
}

/* Starting failed: the attempt never was, so it counts for nothing. */
static void on_not_started(struct sched *s, const struct sched_event *ev)
{
	struct sissue *is = &s->issue.v[ev->issue];
	struct sched_running r;
	struct sched_event gone = *ev;

	gone.outcome = (struct outcome){ .kind = OUT_CANCELLED, .verdict = "", .summary = "",
					 .text = ev->text, .usage = USAGE_NONE };
	if (!settle(s, &gone, &r))
		return;
	free_seat(is, ev->role, ev->n);
	if (is->stage == stage_of(ev->role))
		is->due = true;
	infra_not_started(s, &r, ev->text);
}

static void on_git_failed(struct sched *s, size_t i, const char *text)
{
	if (sched_count_up(s, i, "git") <= s->conf.retry_max) {
		s->issue.v[i].git_due = true;
		return;
	}
	stage_human(s, i, sched_text(s, "git could not do it: %s", text),
		    "retry, take over", STAGE_N);
}

static void on_git(struct sched *s, const struct sched_event *ev)
{
	size_t i = ev->issue;
	struct sissue *is = &s->issue.v[i];
	bool facts = is->facts_busy;

	is->git_busy = is->facts_busy = false;
	if (facts) {	/* failed, they stay unknown, and it counts as big */
		if (ev->kind == EVENT_COLLECTED)
			know(s, is, &ev->collected);
		return;
	}
	if (ev->kind != EVENT_GIT_FAILED)
		sched_count_clear(s, i, "git");
	if (ev->kind == EVENT_COLLECTED && is->stage == STAGE_COLLECT)
		on_collected(s, i, &ev->collected);
	else if (ev->kind == EVENT_CANDIDATE && is->stage == STAGE_CANDIDATE)
		on_candidate(s, i, &ev->candidate);
	else if (ev->kind == EVENT_MERGED && is->stage == STAGE_MERGE)
		close_done(s, i);
	else if (is->stage == STAGE_HELD)	/* where git fails, the reviewer has to look */
		review_on_looked(s, i, ev->kind == EVENT_LOOKED && ev->found);
	else if (ev->kind == EVENT_GIT_FAILED)
		on_git_failed(s, i, ev->text);
}

void stage_event(struct sched *s, const struct sched_event *ev)
{
	size_t i = ev->issue;
	struct sissue *is = i < s->issue.n ? &s->issue.v[i] : NULL;

	switch (ev->kind) {
	case EVENT_STOP:
		s->stopping = s->halted = true;
		break;
	case EVENT_CANCEL:
		sched_list(s, i);
		/* then it is done already */
		is->cancelled = is->stage < STAGE_CLOSED && is->stage != STAGE_MERGE;
		break;
	case EVENT_ENDED:
		on_ended(s, ev);
		break;
	case EVENT_NOT_STARTED:
		on_not_started(s, ev);
		break;
	case EVENT_COLLECTED:
	case EVENT_CANDIDATE:
	case EVENT_MERGED:
	case EVENT_LOOKED:
	case EVENT_GIT_FAILED:
		on_git(s, ev);
		break;
	}
}
