/* core/sched_infra.c - agents that cannot start, are over their limit, or cannot work at all
 * (scheduling F004-11, -27) */
#include "core/sched_priv.h"

/* Probes in a row that could not even be started, before the run gives up: waiting will not mend
 * that. */
enum { PROBES_MAX = 3 };

/* From here on one at a time (F001-04). */
static void degrade(struct sched *s, long issue, const char *why)
{
	if (s->degraded)
		return;
	s->degraded = true;
	s->max_parallel = 1;
	sched_note(s, "degraded", issue, -1, 0, "sequential", why);
}

static void say(struct sched *s, enum breaker_state before, const char *why)
{
	if (s->breaker.state == before)
		return;
	sched_note(s, "breaker", -1, -1, 0, breaker_state_name(s->breaker.state), why);
	if (s->breaker.state == BREAKER_OPEN && s->conf.fallback == FALLBACK_SEQUENTIAL)
		degrade(s, -1, "the breaker has opened");
}

/* Is an attempt that starts now one for the agent that stands in? */
bool infra_stands_in(const struct sched *s)
{
	bool closed = s->breaker.state == BREAKER_CLOSED ||
		(s->breaker.state == BREAKER_HALF_OPEN && !s->breaker.probing);

	return s->conf.fallback == FALLBACK_AGENT && !closed && s->now_us >= s->stand_in_us;
}

/* May an attempt be started now? When not, the turn is set to wake up when that changes. */
bool infra_allows(struct sched *s)
{
	enum breaker_state before = s->breaker.state;
	bool yes = breaker_allows(&s->breaker, s->now_us);

	say(s, before, NULL);
	if (s->breaker.state == BREAKER_OPEN)
		sched_wake_at(s, s->breaker.until_us);
	if (!yes && s->conf.fallback == FALLBACK_AGENT)
		sched_wake_at(s, s->stand_in_us);
	return yes || infra_stands_in(s);
}

void infra_launched(struct sched *s, const struct sched_running *r)
{
	if (r->fallback)
		return;
	breaker_started(&s->breaker);
	if (s->breaker.probing)
		s->probe = *r;
}

/* Does its end count? While half open only that of the probe does: the others were started
 * before. */
static bool counts(const struct sched *s, const struct sched_running *r)
{
	if (r->fallback)
		return false;
	return s->breaker.state != BREAKER_HALF_OPEN ||
	       (s->breaker.probing && s->probe.issue == r->issue && s->probe.role == r->role &&
		s->probe.n == r->n);
}

/* True: its end says nothing about the issue, which waits for another attempt. */
bool infra_ended(struct sched *s, const struct sched_running *r, const struct outcome *o)
{
	struct sissue *is = &s->issue.v[r->issue];
	enum breaker_state before = s->breaker.state;

	switch (o->kind) {
	case OUT_FATAL:
		s->halted = true;
		s->stop_reason = arena_strdup(&s->mem, *o->text ? o->text :
					      "the agent cannot work");
		is->cancelled = true;
		sched_note(s, "alert", (long)r->issue, -1, 0, "fatal", o->text);
		return true;
	case OUT_LIMITED:
		if (r->fallback) {	/* it has a limit of its own */
			s->stand_in_us = o->until_us > s->now_us ? o->until_us :
				s->now_us + s->conf.breaker.reset_us;
			return true;
		}
		breaker_trip(&s->breaker, &s->conf.breaker, s->now_us, o->until_us);
		sched_note(s, "breaker", (long)r->issue, -1, 0, "open", o->text);
		if (s->conf.fallback == FALLBACK_SEQUENTIAL)
			degrade(s, -1, "the breaker has opened");
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

/* The attempt never was: the first time the run goes on one at a time (F001-04), several in a
 * row open the breaker. */
void infra_not_started(struct sched *s, const struct sched_running *r, const char *text)
{
	struct sissue *is = &s->issue.v[r->issue];
	enum breaker_state before = s->breaker.state;

	is->not_before_us = s->now_us + s->conf.backoff.first_ms * 1000;
	degrade(s, (long)r->issue, text);
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

enum { ENOUGH = 5 };	/* attempts before a rate says anything */

static void alert(struct sched *s, int which, bool over, const char *name, const char *text)
{
	if (!over || s->tally.told[which])
		return;
	s->tally.told[which] = true;
	sched_note(s, "alert", -1, -1, 0, name, text);
}

/* How attempts go, over the whole run; each alert comes once (F004-16). */
void infra_count(struct sched *s, const struct outcome *o)
{
	struct tally *t = &s->tally;
	const struct alert_conf *c = &s->conf.alert;

	if (o->kind == OUT_CANCELLED || o->kind == OUT_LIMITED)
		return;
	t->ended++;
	t->ms += o->ms;
	t->late += o->kind == OUT_TIMEOUT;
	t->failed += o->kind == OUT_TIMEOUT || o->kind == OUT_FAIL || o->kind == OUT_CRASH ||
		o->kind == OUT_MALFORMED ||
		     o->kind == OUT_FATAL;
	if (t->ended < ENOUGH)
		return;
	alert(s, 0, c->failure_rate > 0 && (double)t->failed > c->failure_rate * (double)t->ended,
	      "failure_rate", sched_text(s, "%ld of %ld attempts failed, more than %.0f%%",
					 t->failed, t->ended, c->failure_rate * 100));
	alert(s, 1, c->timeout_rate > 0 && (double)t->late > c->timeout_rate * (double)t->ended,
	      "timeout_rate", sched_text(s, "%ld of %ld attempts ran out of time, more than %.0f%%",
					 t->late, t->ended,
			 c->timeout_rate * 100));
	alert(s, 2, c->avg_ms > 0 && t->ms > c->avg_ms * t->ended, "avg_duration",
	      sched_text(s, "attempts take %lld s on average, more than %lld s",
			 (long long)(t->ms / t->ended / 1000), (long long)(c->avg_ms / 1000)));
}
