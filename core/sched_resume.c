/* core/sched_resume.c - a run goes on where an earlier scheduler stopped (decisions A3, A10,
 * A11) */
#include "core/sched_priv.h"

#include <string.h>

#include "store/base/buf.h"

/* A copy of what earlier runs recorded, strings in our arena. */
void resume_work(struct sched *s, struct work *to, const struct work *from)
{
	BUF_AUTO text = BUF_INIT;

	work_init(to);
	if (!from)
		return;
	work_write(from, &text);
	work_parse(to, text.s, text.len, "work", &s->mem, NULL);
}

/* The seats of a review round that was under way, from its attempts. */
static void resume_seats(struct sched *s, struct sissue *is)
{
	is->nseat = (int)work_count_get(&is->work, "reviewers");
	is->seat = arena_alloc(&s->mem, (size_t)(is->nseat + 1) * sizeof(*is->seat));
	for (size_t k = 0; k < is->work.nattempt; k++) {
		const struct work_attempt *a = &is->work.attempt[k];
		struct seat *seat;

		if (strcmp(a->role, "code") || a->started_at < is->work.since || a->reviewer < 1 ||
		    a->reviewer > is->nseat)
			continue;
		seat = &is->seat[a->reviewer - 1];
		seat->n = a->n;
		/* the other ends come by sched_replay() */
		seat->crashes += !strcmp(a->outcome, "crashed") || !strcmp(a->outcome, "timeout");
		seat->lost = seat->crashes > 1;
	}
}

/* How the last implementer ended: what its collected work means. */
static enum outcome_kind last_impl(const struct work *w)
{
	long n = work_attempt_last(w, "impl");
	const struct work_attempt *a = NULL;

	for (size_t k = 0; k < w->nattempt; k++)
		if (!strcmp(w->attempt[k].role, "impl") && w->attempt[k].n == n)
			a = &w->attempt[k];
	if (!a || !strcmp(a->outcome, "passed"))
		return OUT_PASS;
	return !strcmp(a->outcome, "crashed") ? OUT_CRASH :
		!strcmp(a->outcome, "timeout") ? OUT_TIMEOUT : OUT_FAIL;
}

/* The wave of its newest attempt: what closed before the restart is in the summary of a wave
 * that still goes on. */
static void resume_wave(struct sched *s, struct sissue *is)
{
	int64_t newest = 0;

	for (size_t k = 0; k < is->work.nattempt; k++) {
		const struct work_attempt *a = &is->work.attempt[k];

		if (a->started_at < newest || strcmp(a->run, is->work.run))
			continue;
		newest = a->started_at;
		is->wave = (int)a->wave;
	}
	if (sched_active(is) && !is->epic) {
		is->wave = is->wave > 0 ? is->wave : 1;
		is->member = true;
	}
	if (is->wave > s->wave)
		s->wave = is->wave;
}

/* Where a run that was interrupted goes on with an issue. Adopted attempts then clear due again. */
static void resume_stage(struct sched *s, struct sissue *is)
{
	if (!*is->work.run && is->stage == STAGE_CANDIDATE)
		return;		/* accepted by a person: there is no run that it goes on with */
	is->facts_due = is->stage == STAGE_SPEC || is->stage == STAGE_CODE ||
		is->stage == STAGE_HELD ||
			is->stage == STAGE_CANDIDATE || is->stage == STAGE_TEST ||
				is->stage == STAGE_MERGE;
	switch (is->stage) {
	case STAGE_COLLECT:
		is->after = last_impl(&is->work);
		is->git_due = true;
		break;
	case STAGE_CODE:
		resume_seats(s, is);
		is->due = true;
		break;
	case STAGE_MERGE:
		is->git_due = true;
		break;
	case STAGE_IMPL:
	case STAGE_SPEC:
	case STAGE_TEST:
	case STAGE_VERIFY:
		is->due = true;
		break;
	case STAGE_WAIT:
	case STAGE_HELD:
	case STAGE_CANDIDATE:
	case STAGE_CLOSED:
	case STAGE_FAILED:
	case STAGE_HUMAN:
	case STAGE_N:
		break;
	}
}

void resume_issue(struct sched *s, struct sissue *is, const struct sched_item *item)
{
	resume_work(s, &is->work, item->work);
	if (item->closed) {
		is->stage = STAGE_CLOSED;
		is->told = item->told;
		is->reason = item->reason ? arena_strdup(&s->mem, item->reason) : "";
	} else if (item->work) {
		enum stage st = stage_parse(item->work->stage, &is->back);
		bool ours = s->conf.run && !strcmp(item->work->run, s->conf.run);

		if (item->launchable && st < STAGE_CLOSED)
			is->stage = st;
		else if (!item->launchable && st > STAGE_CLOSED && ours)
			/* ended before the restart: it counts in what the run comes to */
			is->stage = st;
		resume_stage(s, is);
	}
	if (*is->work.run)
		resume_wave(s, is);
}

/* The merge queue of an interrupted run: one issue holds it, the others wait in it. */
void resume_queue(struct sched *s)
{
	if (s->queue.n || s->merging >= 0)
		return;
	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];

		if (is->stage == STAGE_MERGE ||
		    (is->stage == STAGE_TEST && !s->conf.shared && sched_running_of(s, k)))
			s->merging = (long)k;
	}
	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];

		if (is->stage == STAGE_TEST && !s->conf.shared && s->merging != (long)k) {
			is->due = false;	/* the run branch may have moved: made anew */
			is->feedback = is->why = "";
			sched_enter(s, k, STAGE_CANDIDATE);
		}
		if (is->stage == STAGE_CANDIDATE)
			vec_add(&s->queue, k);
	}
}

void sched_adopt(struct sched *s, size_t i, enum role role, long n)
{
	const struct work_attempt *a = work_attempt_get(&s->issue.v[i].work, role_name(role), n);
	int reviewer = a ? (int)a->reviewer : 0;

	vec_add(&s->running,
		(struct sched_running){ .issue = i, .role = role, .n = n, .reviewer = reviewer,
						     .since_us = a ? a->started_at : s->now_us });
	if (role != ROLE_CODE)
		/* other seats of the round may still have to be started */
		s->issue.v[i].due = false;
	if (role == ROLE_CODE && reviewer > 0 && reviewer <= s->issue.v[i].nseat) {
		s->issue.v[i].seat[reviewer - 1].n = n;
		s->issue.v[i].seat[reviewer - 1].running = true;
	}
}

void sched_set_change(struct sched *s, size_t i, const char *files, long lines, bool empty)
{
	struct sissue *is = &s->issue.v[i];

	is->changed = arena_strdup(&s->mem, files);
	is->lines = lines;
	is->empty = empty;
	/* nothing gets that far without passing */
	is->tested = is->stage == STAGE_MERGE && s->conf.has_test;
}

void sched_set_feedback(struct sched *s, size_t i, const char *why, const char *feedback)
{
	s->issue.v[i].why = arena_strdup(&s->mem, why);
	s->issue.v[i].feedback = arena_strdup(&s->mem, feedback);
}

void sched_replay(struct sched *s, size_t i, enum role role, long n, const struct outcome *o)
{
	struct sissue *is = &s->issue.v[i];
	const struct work_attempt *a = work_attempt_get(&is->work, role_name(role), n);

	struct outcome copy = *o;

	if (role != ROLE_CODE || !a || a->reviewer < 1 || a->reviewer > is->nseat)
		return;
	copy.review = o->review ? review_copy(o->review, &s->mem) : NULL;
	review_seat_report(s, &is->seat[a->reviewer - 1], &copy);
}
