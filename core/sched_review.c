/* core/sched_review.c - what reviewers said: spec, code x N, and the verdict of the round
 * (spec/pipeline.md 5.2-5.4, 7) */
#include "core/sched_priv.h"

#include <string.h>

#include "core/aggregate.h"
#include "store/base/buf.h"

static const char options[] = "retry, take over, accept the work as it is";

/* A reviewer that gave no usable answer: a fresh one once, then a person. */
static void lost_spec(struct sched *s, size_t i, const struct outcome *o)
{
	if (sched_count_up(s, i, "crash.spec") <= 1)
		stage_again(s, i, "restart", 1);
	else
		stage_human(s, i, sched_text(s, "the spec reviewer was lost twice: %s", o->text),
			    options, STAGE_SPEC);
}

/* It names code of another issue: held until that one has closed, then asked once more (pipeline
 * 5.3). */
static void hold(struct sched *s, size_t i, const struct outcome *o)
{
	if (sched_count_up(s, i, "held") > 1) {
		stage_human(s, i, sched_text(s, "the spec reviewer cannot verify it: %s", o->text),
			    options, STAGE_SPEC);
		return;
	}
	s->issue.v[i].feedback = arena_strdup(&s->mem, o->text);
	sched_enter(s, i, STAGE_HELD);
}

void review_on_spec(struct sched *s, size_t i, const struct outcome *o)
{
	if (o->kind == OUT_PASS || o->kind == OUT_CONCERNS || o->kind == OUT_REJECT)
		sched_count_clear(s, i, "crash.spec");	/* lost twice means: in one review */
	switch (o->kind) {
	case OUT_PASS:
	case OUT_CONCERNS:
		review_seats(s, i);
		break;
	case OUT_REJECT:
		sched_change(s, CHANGE_COMMENT, i,
			     sched_text(s, "[SPEC-REVIEW] %s wave-%d\n\nVERDICT: FAIL\n\n%s",
					s->issue.v[i].id, s->issue.v[i].wave, o->text), NULL);
		stage_reject(s, i, STAGE_SPEC, o->text);
		break;
	case OUT_CANNOT_VERIFY:
		hold(s, i, o);
		break;
	case OUT_MALFORMED:
		stage_malformed(s, i, ROLE_SPEC, o->text);
		break;
	case OUT_NEEDS_CONTEXT:
	case OUT_BLOCKED:
	case OUT_FAIL:
	case OUT_CRASH:
	case OUT_TIMEOUT:
		lost_spec(s, i, o);
		break;
	case OUT_CANCELLED:
	case OUT_LIMITED:
	case OUT_FATAL:
	case OUT_N:
		break;
	}
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_' || c == '-';
}

/* Does text name it, as a word of its own? "e.1" is not named by "e.10" nor by "the.1". */
static bool names(const char *text, const char *what)
{
	size_t len = strlen(what);

	for (const char *p = text; len && (p = strstr(p, what)); p++)
		if ((p == text || !is_word(p[-1])) && !is_word(p[len]))
			return true;
	return false;
}

/* Is an issue that the reviewer named, by id or by one of its files, still to come? */
static bool waits_for_named(const struct sched *s, size_t i)
{
	const char *text = s->issue.v[i].feedback;

	for (size_t k = 0; k < s->issue.n; k++) {
		const struct sissue *other = &s->issue.v[k];

		if (k == i || other->epic || !other->launchable || other->stage >= STAGE_CLOSED)
			continue;
		if (names(text, other->id))
			return true;
		for (size_t f = 0; f < other->files.n; f++)
			if (names(text, other->files.v[f].path))
				return true;
	}
	return false;
}

bool review_may_resume(const struct sched *s, size_t i)
{
	return s->issue.v[i].stage == STAGE_HELD && s->closed_now && !waits_for_named(s, i);
}

/* The spec reviewer is asked once more. */
void review_again(struct sched *s, size_t i)
{
	s->issue.v[i].due = true;
	s->issue.v[i].not_before_us = 0;
	s->issue.v[i].why = "held";
	sched_enter(s, i, STAGE_SPEC);
}

/* What it missed is there by now, which settles the one thing it could not verify; if not, it
 * must look again. */
void review_on_looked(struct sched *s, size_t i, bool found)
{
	if (!found) {
		review_again(s, i);
		return;
	}
	sched_note(s, "verdict", (long)i, ROLE_SPEC, 0, "passed", "what it named is there now");
	review_seats(s, i);
}

/* A new round: so many reviewers as the diff deserves. */
void review_seats(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];
	bool trivial = is->lines >= 0 && is->lines <= s->conf.trivial_lines;

	is->nseat = s->conf.reviews > 1 && trivial ? 1 : s->conf.reviews;
	is->seat = arena_alloc(&s->mem, (size_t)is->nseat * sizeof(*is->seat));
	work_count_set(&is->work, "reviewers", is->nseat, &s->mem);
	is->due = true;
	is->not_before_us = 0;
	is->feedback = is->why = "";
	sched_enter(s, i, STAGE_CODE);
}

/* What the end of its attempt means for a seat: a report, once more, or lost. */
void review_seat_report(const struct sched *s, struct seat *seat, const struct outcome *o)
{
	bool verdict = o->kind == OUT_PASS || o->kind == OUT_CONCERNS || o->kind == OUT_REJECT;

	seat->running = false;
	seat->why = NULL;
	if (verdict && o->review) {
		seat->reported = true;
	} else if (verdict || o->kind == OUT_MALFORMED) {
		if (seat->corrections++ < s->conf.malformed)
			seat->why = "correction";
		else if (o->review)
			/* text with findings: Important and No (pipeline 7.1.7) */
			seat->reported = true;
		else
			seat->lost = true;
	} else if (seat->crashes++ < 1) {
		seat->why = "restart";
	} else {
		seat->lost = true;
	}
	if (seat->reported)
		seat->review = o->review;
	if (seat->lost)
		seat->loss = o->summary;
}

void review_on_code(struct sched *s, size_t i, long n, const struct outcome *o)
{
	struct sissue *is = &s->issue.v[i];
	struct seat *seat = NULL;

	for (int k = 0; k < is->nseat; k++)
		if (is->seat[k].n == n)
			seat = &is->seat[k];
	if (!seat || seat->reported || seat->lost)
		return;
	review_seat_report(s, seat, o);
	if (seat->why) {
		stage_again(s, i, seat->why, !strcmp(seat->why, "restart"));
		is->why = "";	/* of this seat only */
	}
	review_settle(s, i);
}

/* The aggregation as an attempt of its own: in process, without tokens. */
static void record_agg(struct sched *s, size_t i, const char *verdict, bool pass)
{
	struct sissue *is = &s->issue.v[i];
	struct work_attempt *a =
		work_attempt_add(&is->work, "agg",
				 work_attempt_last(&is->work, "agg") + 1, &s->mem);

	a->outcome = "passed";
	a->verdict = arena_strdup(&s->mem, verdict);
	a->wave = is->wave;
	a->model = a->agent = a->run = "";
	a->head = is->work.head;
	a->started_at = s->now_us;
	a->ms = 0;
	a->usage = (struct usage){ .cost_usd = 0 };
	is->work_dirty = true;
	sched_note(s, "verdict", (long)i, ROLE_AGG, a->n, pass ? "passed" : "failed", verdict);
}

/* Does the round let the work through? review.block_on says from which severity on a finding
 * holds it back. */
static bool approved(const struct sched *s, const struct aggregate *g)
{
	long blocking = 0;

	for (int sev = s->conf.block_on; sev < SEV_N; sev++)
		blocking += g->count[sev];
	/* an objection that names nothing is no less an objection */
	return !blocking &&
		(g->word != AGGREGATE_NO || g->count[SEV_CRITICAL] + g->count[SEV_IMPORTANT]);
}

static void judge(struct sched *s, size_t i, const struct review *review, size_t n)
{
	struct sissue *is = &s->issue.v[i];
	BUF_AUTO text = BUF_INIT;
	struct aggregate g;
	bool pass;

	aggregate_reviews(&g, review, n, &s->turn_mem);
	aggregate_write(&g, &text);
	pass = approved(s, &g);
	if (n > 1 && !(s->conf.fastpath && aggregate_unanimous(review, n)))
		record_agg(s, i, aggregate_word(g.word), pass);
	sched_change(s, CHANGE_COMMENT, i,
		     sched_text(s, "[CODE-REVIEW-AGG] %s wave-%d\n\n%s", is->id, is->wave,
				text.s), NULL);
	if (pass)
		stage_reviewed(s, i);
	else
		stage_reject(s, i, STAGE_CODE, text.s);
}

/* When every seat has reported or is lost: the verdict of the round. */
void review_settle(struct sched *s, size_t i)
{
	const struct sissue *is = &s->issue.v[i];
	struct review *review = arena_alloc(&s->turn_mem, (size_t)is->nseat * sizeof(*review));
	size_t n = 0;

	for (int k = 0; k < is->nseat; k++) {
		if (!is->seat[k].reported && !is->seat[k].lost)
			return;
		if (is->seat[k].reported)
			review[n++] = *is->seat[k].review;
	}
	if (n)
		judge(s, i, review, n);
	else
		stage_human(s, i, sched_text(s, "every code reviewer was lost twice: %s",
					     is->seat[0].loss),
			    options, STAGE_CODE);
}
