/* core/sched_infra.c - agents that cannot start, are over their limit, or cannot work at all (scheduling F004-11, -27) */
#include "core/sched_priv.h"

#include <string.h>

/* Probes in a row that could not even be started, before the run gives up: waiting will not mend that. */
enum { PROBES_MAX = 3 };

static void say(struct sched *s, enum breaker_state before, const char *why)
{
	if (s->breaker.state != before)
		sched_note(s, "breaker", -1, -1, 0, breaker_state_name(s->breaker.state), why);
}

/* May an attempt be started now? When not, the turn is set to wake up when that changes. */
bool infra_allows(struct sched *s)
{
	enum breaker_state before = s->breaker.state;
	bool yes = breaker_allows(&s->breaker, s->now_us);

	say(s, before, NULL);
	if (s->breaker.state == BREAKER_OPEN)
		sched_wake_at(s, s->breaker.until_us);
	return yes;
}

void infra_launched(struct sched *s, const struct sched_running *r)
{
	breaker_started(&s->breaker);
	if (s->breaker.probing)
		s->probe = *r;
}

/* Does its end count? While half open only that of the probe does: the others were started before. */
static bool counts(const struct sched *s, const struct sched_running *r)
{
	return s->breaker.state != BREAKER_HALF_OPEN ||
	       (s->breaker.probing && s->probe.issue == r->issue && s->probe.role == r->role && s->probe.n == r->n);
}

/* True: its end says nothing about the issue, which waits for another attempt. */
bool infra_ended(struct sched *s, const struct sched_running *r, const struct outcome *o)
{
	struct sissue *is = &s->issue.v[r->issue];
	enum breaker_state before = s->breaker.state;

	switch (o->kind) {
	case OUT_FATAL:
		s->halted = true;
		s->stop_reason = arena_strdup(&s->mem, *o->text ? o->text : "the agent cannot work");
		is->cancelled = true;
		sched_note(s, "alert", (long)r->issue, -1, 0, "fatal", o->text);
		return true;
	case OUT_LIMITED:
		breaker_trip(&s->breaker, &s->conf.breaker, s->now_us, o->until_us);
		sched_note(s, "breaker", (long)r->issue, -1, 0, "open", o->text);
		return true;
	case OUT_CANCELLED:
		if (counts(s, r))
			breaker_withdrawn(&s->breaker);
		return true;
	case OUT_PASS:
	case OUT_CONCERNS:
	case OUT_REJECT:
	case OUT_CANNOT_VERIFY:
	case OUT_NEEDS_CONTEXT:
	case OUT_BLOCKED:
	case OUT_FAIL:
	case OUT_MALFORMED:
	case OUT_CRASH:
	case OUT_TIMEOUT:
	case OUT_N:
		break;
	}
	s->not_started = 0;
	if (counts(s, r))
		breaker_success(&s->breaker, &s->conf.breaker);
	say(s, before, NULL);
	return false;
}

/* The attempt never was: the first time the run goes on one at a time (F001-04), several in a row open the breaker. */
void infra_not_started(struct sched *s, const struct sched_running *r, const char *text)
{
	struct sissue *is = &s->issue.v[r->issue];
	enum breaker_state before = s->breaker.state;

	is->not_before_us = s->now_us + s->conf.backoff.first_ms * 1000;
	if (!s->degraded) {
		s->degraded = true;
		s->max_parallel = 1;
		sched_note(s, "degraded", (long)r->issue, -1, 0, "sequential", text);
	}
	if (counts(s, r))
		breaker_failure(&s->breaker, &s->conf.breaker, s->now_us);
	say(s, before, text);
	if (++s->not_started < s->conf.breaker.failures + PROBES_MAX)
		return;
	s->halted = true;
	s->stop_reason = arena_strdup(&s->mem, text && *text ? text : "nothing can be started");
	is->cancelled = true;
	sched_note(s, "alert", (long)r->issue, -1, 0, "fatal", text);
}
