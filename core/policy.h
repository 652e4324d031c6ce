/*
 * core/policy.h - who does an attempt, with which model, for how long, and when to stop trying.
 * Functions of settings, data and a given time: no clock, no dice, no I/O (spec/pipeline.md 3.2,
 * 5-7; spec/scheduling.md 4, 5).
 */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H
#include <stdbool.h>
#include <stdint.h>
struct buf; struct config;

enum { POLICY_COMPLEXITIES = 3 };

/* Roles are the words of contract.md 1. complexity is "simple", "standard" or "complex"; others,
 * "" and NULL count as "standard". What is answered is borrowed from c. */

/* 0 simple, 1 standard, 2 complex. */
int policy_complexity(const char *word);

/* [role ROLE] agent, else run.agent; run.agent from a higher place (--agent over a file's role)
 * stands over it. "" when none is set. */
const char *policy_agent(const struct config *c, const char *role);

/*
 * [role ROLE] model, else what the tier says; "" when neither does, or when the tier's built-in
 * names mean nothing to the agent (aliases: struct agent.tier_models). strength: steps above
 * what the complexity asks for (a blocker that speaks of capacity, pipeline 5.1); more steps
 * than there are give the strongest. refine is an implementer.
 */
const char *policy_model(const struct config *c, const char *role, const char *complexity,
			 int strength, bool aliases);
/* How many steps up an implementer's model, or its effort (by_tier), can go; 0: a person is
 * asked at once. */
int policy_strengths(const struct config *c, const char *complexity, bool aliases, bool by_tier);
/* [role ROLE] effort, else the tier's when the agent goes by effort (by_tier: struct
 * agent.tier_effort), one step up with strength; "" when none. For a model of the "fable" family
 * never above "high". */
const char *policy_effort(const struct config *c, const char *role, const char *complexity,
			  int strength, const char *model, bool by_tier);

/* Code reviewers of a diff: review.n, else the tier's; 0: no reviews at all. */
int policy_reviews(const struct config *c);

/*
 * Deadline of an attempt: the role's, or for an implementer with an estimate clamp(factor *
 * estimate, floor, cap). [role ROLE] timeout, and timeout.ROLE from the command line or the
 * environment, stand over an estimate. Each earlier timeout multiplies by retry.timeout_factor,
 * cap or not: a retry with the same time would fail the same way (scheduling F001-54).
 * estimate_min -1: none. 0: no deadline.
 */
int64_t policy_timeout_ms(const struct config *c, const char *role, long estimate_min,
			  int timeouts);
/* Pauses before retry k (1, 2, ...): first * multiplier^(k-1), at most max, then +-jitter by
 * dice in [0,1). */
struct backoff { int64_t first_ms, max_ms; double multiplier, jitter; };
struct backoff policy_backoff(const struct config *c);
int64_t backoff_ms(const struct backoff *b, long k, double dice);

/* From when on a person hears that attempts go badly (F004-16); 0: never. */
struct alert_conf { double failure_rate, timeout_rate; int64_t avg_ms; };
struct alert_conf policy_alert(const struct config *c);

struct usage;
/* What tokens cost by [price MODEL], dollars for a million of a kind; -1: no price, or a kind
 * that was used has none, or the kinds are not known (a total alone is no price: pipeline 9). */
double policy_cost(const struct config *c, const char *model, const struct usage *u);

/* How many issues of each complexity there are. */
struct policy_mix { long simple, standard, complex; };
void policy_mix_add(struct policy_mix *m, const char *complexity);
/* wave_cap=auto: max(1, min(floor(budget / average weight), 10)), at most the tier's wave_cap
 * and, when somebody set it, run.max_parallel (decisions B18). Budget 9, or 15 with
 * run.context=extended. */
int policy_wave_cap(const struct config *c, const struct policy_mix *m);
/* An explicit wave cap, brought into 1..10 as upstream does; *clamped says that it was not. */
int policy_wave_cap_clamp(long asked, bool *clamped);

/* What a run may use (0: no limit), or has used so far. */
struct budget { int64_t tokens, launches, wall_ms; double cost_usd; };
struct budget policy_budget(const struct config *c);
/* Is there a limit at all? */
bool budget_limits(const struct budget *limit);
/* Is one reached? Appends "token budget spent: 41200 of 40000". New launches stop, running ones
 * finish. */
bool budget_spent(const struct budget *limit, const struct budget *used, struct buf *why);

/*
 * A circuit breaker, one per executor or agent (scheduling F004-11, -27): after so many
 * infrastructure failures in a row nothing is started for a while, then one probe at a time, and
 * enough good probes close it. "Tests fail" is no infrastructure failure.
 */
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
struct breaker_conf { int failures, successes; int64_t reset_us; };
struct breaker {
	enum breaker_state state;
	int failures;		/* in a row, while closed */
	int successes;		/* of probes, while half open */
	bool probing;		/* a probe is out */
	int64_t until_us;	/* open until then */
};
struct breaker_conf policy_breaker(const struct config *c);
const char *breaker_state_name(enum breaker_state s);	/* "closed" "open" "half-open" */
/* May something be started now? An open breaker whose time is over becomes half open. */
bool breaker_allows(struct breaker *b, int64_t now_us);
/* Something was started; half open, that is the probe. */
void breaker_started(struct breaker *b);
/* It ended well, failed by the infrastructure's fault, or was withdrawn and says nothing. */
void breaker_success(struct breaker *b, const struct breaker_conf *conf);
void breaker_failure(struct breaker *b, const struct breaker_conf *conf, int64_t now_us);
void breaker_withdrawn(struct breaker *b);
/* A quota is used up: open at once, until then when that is known (0: unknown). */
void breaker_trip(struct breaker *b, const struct breaker_conf *conf, int64_t now_us,
		  int64_t until_us);

#endif
