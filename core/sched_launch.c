/* core/sched_launch.c - who gets a slot: attempts that are due, and the seats of a review round */
#include "core/sched_priv.h"

#include <string.h>

/* How often in a row this attempt ran out of time, so that the next gets more (F001-54). */
static int timeouts(const struct work *w, const char *role, int reviewer)
{
	int n = 0;

	for (size_t k = 0; k < w->nattempt; k++) {	/* by role, then number */
		const struct work_attempt *a = &w->attempt[k];

		if (strcmp(a->role, role) || a->reviewer != reviewer ||
		    !strcmp(a->outcome, "cancelled"))
			continue;
		n = strcmp(a->outcome, "timeout") ? 0 : n + 1;
	}
	return n;
}

static void launch(struct sched *s, size_t i, enum role role, int seat)
{
	struct sissue *is = &s->issue.v[i];
	long n = work_attempt_last(&is->work, role_name(role)) + 1;
	int reviewer = role == ROLE_CODE ? seat + 1 : 0,
		late = timeouts(&is->work, role_name(role), reviewer);
	struct work_attempt *a = work_attempt_add(&is->work, role_name(role), n, &s->mem);
	bool stand_in = role != ROLE_TEST && infra_stands_in(s);
	const char *why = role == ROLE_CODE && is->seat[seat].why ? is->seat[seat].why : is->why;

	a->outcome = "running";
	a->verdict = a->model = a->agent = a->run = "";
	a->reviewer = reviewer;
	a->wave = is->wave;
	a->started_at = s->now_us;
	a->ms = -1;
	a->head = is->work.head;
	is->work_dirty = true;
	vec_add(&s->running,
		(struct sched_running){ .issue = i, .role = role, .n = n, .reviewer = reviewer,
						     .since_us = s->now_us, .fallback = stand_in });
	infra_launched(s, &s->running.v[s->running.n - 1]);
	vec_add(&s->turn.acts, (struct sched_act){
		.kind = ACT_SPAWN, .issue = i, .role = role, .n = n, .reviewer = reviewer,
		.reviewers = role == ROLE_CODE ? is->nseat : 0, .wave = is->wave,
		.strength = (int)work_count_get(&is->work, "strength"),
		.fallback = stand_in, .timeouts = late, .feedback = is->feedback, .why = why });
}

static int running_roles(const struct sched *s, bool impl)
{
	int n = 0;

	for (size_t k = 0; k < s->running.n; k++) {
		enum role r = s->running.v[k].role;

		n += impl ? r == ROLE_IMPL : r == ROLE_SPEC || r == ROLE_CODE || r == ROLE_VERIFY;
	}
	return n;
}

static bool slot_free(struct sched *s, enum stage stage)
{
	if (!infra_allows(s))
		return false;
	if (stage == STAGE_IMPL)
		return !s->max_parallel || running_roles(s, true) < s->max_parallel;
	return stage == STAGE_TEST || !s->conf.review_slots ||
		running_roles(s, false) < s->conf.review_slots;
}

/* Starts as many of the round's reviewers as there are slots. */
static void launch_seats(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];
	bool left = false, out = false;

	for (int k = 0; k < is->nseat; k++) {
		struct seat *seat = &is->seat[k];

		out |= seat->running;
		if (seat->running || seat->reported || seat->lost)
			continue;
		if (!slot_free(s, STAGE_CODE)) {
			left = true;
			break;
		}
		launch(s, i, ROLE_CODE, k);
		seat->n = s->running.v[s->running.n - 1].n;
		seat->running = out = true;
	}
	is->due = left;
	if (!left && !out)
		review_settle(s, i);	/* resumed, and all had reported */
}

void launch_due(struct sched *s)
{
	static const enum role role_of[STAGE_N] = {
		[STAGE_IMPL] = ROLE_IMPL, [STAGE_SPEC] = ROLE_SPEC, [STAGE_CODE] = ROLE_CODE,
		[STAGE_TEST] = ROLE_TEST, [STAGE_VERIFY] = ROLE_VERIFY,
	};

	if (!sched_any_due(s) || !infra_allows(s))
		return;
	for (size_t k = 0; k < s->active.n; k++) {
		size_t i = s->active.v[k];
		struct sissue *is = &s->issue.v[i];

		if (!is->due || is->cancelled || s->halted)
			continue;
		if (is->not_before_us > s->now_us) {
			sched_wake_at(s, is->not_before_us);
			continue;
		}
		if (!slot_free(s, is->stage))
			continue;
		if (is->stage == STAGE_CODE) {
			launch_seats(s, i);
			continue;
		}
		is->due = false;
		launch(s, i, role_of[is->stage], 0);
	}
}
