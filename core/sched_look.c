/* core/sched_look.c - looking at a run: for progress, prompts, reports and the exit code */
#include "core/sched_priv.h"

#include <string.h>

size_t sched_count(const struct sched *s)
{
	return s->issue.n;
}

long sched_index(const struct sched *s, const char *id)
{
	for (size_t k = 0; k < s->issue.n; k++)
		if (!strcmp(s->issue.v[k].id, id))
			return (long)k;
	return -1;
}

struct work *sched_work(struct sched *s, size_t i)
{
	return &s->issue.v[i].work;
}

/* The first thing an issue waits for: an open blocker, or who holds its files. */
const char *sched_waits_for(const struct sched *s, size_t i)
{
	const struct sissue *is = &s->issue.v[i];

	if (is->stage != STAGE_WAIT)
		return "";
	for (size_t k = 0; k < s->issue.n && is->nblock; k++)
		for (size_t j = 0; j < s->issue.v[k].nsucc; j++)
			if (s->issue.v[k].succ[j] == i && s->issue.v[k].stage != STAGE_CLOSED)
				return s->issue.v[k].id;
	return wave_waits_for(s, i);
}

void sched_state(const struct sched *s, size_t i, struct sched_state *out)
{
	const struct sissue *is = &s->issue.v[i];

	*out = (struct sched_state){
		.id = is->id, .title = is->title, .complexity = is->complexity, .stage = is->stage,
		.back = is->back, .epic = is->epic, .launchable = is->launchable,
		.withdrawn = is->withdrawn, .wave = is->wave,
		.epic_index = is->parent, .files = &is->files, .reason = is->reason,
		.since_us = is->work.since, .lines = is->lines, .estimate_min = is->estimate_min,
		.feedback = is->feedback, .why = is->why,
	};
}

size_t sched_running(const struct sched *s, const struct sched_running **out)
{
	*out = s->running.v;
	return s->running.n;
}

enum sched_mode sched_mode(const struct sched *s)
{
	return s->mode;
}

int sched_wave(const struct sched *s)
{
	return s->wave;
}

const char *sched_stop_reason(const struct sched *s)
{
	return s->stop_reason;
}

int sched_exit_code(const struct sched *s)
{
	size_t open = 0, failed = 0, human = 0;

	for (size_t k = 0; k < s->issue.n; k++) {
		const struct sissue *is = &s->issue.v[k];

		failed += is->stage == STAGE_FAILED;
		human += is->stage == STAGE_HUMAN;
		open += (is->launchable || is->withdrawn) && is->stage < STAGE_CLOSED;
	}
	if (*s->stop_reason && strcmp(s->stop_reason, "budget"))
		return 2;
	if (*s->stop_reason && open)
		return 7;
	if (s->verify_failed)
		return 5;
	return failed ? 1 : human ? 3 : open ? 4 : 0;
}
