#include "core/policy.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/mem.h"
#include "store/config.h"
#include "store/work.h"

enum {
	/* roles contract.md 3 gives no time: simplify, preflight, monitor */
	OTHER_TIMEOUT_MS = 600000,
	TIMEOUT_LIMIT_MS = 7 * 24 * 3600 * 1000,
	CAP_LIMIT = 10,
	BUDGET_STANDARD = 9, BUDGET_EXTENDED = 15,
};

static const char *const complexities[POLICY_COMPLEXITIES] = { "simple", "standard", "complex" };
enum { SIMPLE, STANDARD, COMPLEX };

int policy_complexity(const char *word)
{
	if (word && !strcmp(word, "simple"))
		return SIMPLE;
	return word && !strcmp(word, "complex") ? COMPLEX : STANDARD;
}

/* A refinement is the implementer's work, and a simplifier edits code too. */
static const char *base_role(const char *role)
{
	return !strcmp(role, "refine") || !strcmp(role, "simplify") ? "impl" : role;
}

/* A value of the chosen tier and where it came from; NULL when unset. */
static const char *tier_value(const struct config *c, const char *key, enum config_origin *origin)
{
	const char *tier = config_str(c, "run.tier");

	*origin = config_named_origin(c, "tier", tier, key);
	return config_named(c, "tier", tier, key);
}

const char *policy_agent(const struct config *c, const char *role)
{
	const char *agent = config_named(c, "role", role, "agent"),
		*all = config_str(c, "run.agent");
	bool over = *all &&
		config_origin(c, "run.agent") > config_named_origin(c, "role", role, "agent");

	return agent && *agent && !over ? agent : all;
}

/* The more general key wins only when it comes from a higher place: the user's impl.* over a
 * built-in impl.simple. */
static const char *tier_model(const struct config *c, const char *role, int complexity,
			      bool aliases)
{
	AUTO_FREE char *exact = NULL, *any = NULL;
	enum config_origin from, from_any;
	const char *model, *any_model;

	if (strcmp(role, "impl") && strcmp(role, "spec")) {
		model = tier_value(c, role, &from);
	} else {
		exact = xasprintf("%s.%s", role, complexities[complexity]);
		any = xasprintf("%s.*", role);
		model = tier_value(c, exact, &from);
		any_model = tier_value(c, any, &from_any);
		if (any_model && (!model || from_any > from)) {
			model = any_model;
			from = from_any;
		}
	}
	return model && (aliases || from != ORIGIN_BUILTIN) ? model : "";
}

/* Up the tier's implementer models from *complexity, counting only changes; answers the steps
 * that were there. */
static int climb(const struct config *c, int *complexity, int steps, bool aliases)
{
	const char *now = tier_model(c, "impl", *complexity, aliases);
	int done = 0;

	for (int i = *complexity + 1; i < POLICY_COMPLEXITIES && done < steps; i++) {
		const char *next = tier_model(c, "impl", i, aliases);

		if (!strcmp(now, next))
			continue;
		now = next;
		*complexity = i;
		done++;
	}
	return done;
}

const char *policy_model(const struct config *c, const char *role, const char *complexity,
			 int strength, bool aliases)
{
	const char *model = config_named(c, "role", role, "model");
	const char *base = base_role(role);
	int level = policy_complexity(complexity);

	if (model)
		return model;
	if (!strcmp(base, "impl"))
		climb(c, &level, strength, aliases);
	return tier_model(c, base, level, aliases);
}

const char *policy_effort(const struct config *c, const char *role, const char *complexity,
			  int strength, const char *model, bool by_tier)
{
	const char *effort = config_named(c, "role", role, "effort");
	bool impl = !strcmp(role, "impl") || !strcmp(role, "refine");
	enum config_origin from;

	if (!effort && by_tier) {
		AUTO_FREE char *key = impl ?
			xasprintf("effort.impl.%s", complexities[policy_complexity(complexity)])
					   : xasprintf("effort.%s", role);

		effort = tier_value(c, key, &from);
		if (effort && impl && strength > 0 && !strcmp(effort, "medium"))
			effort = "high";
	}
	if (!effort)
		return "";
	if (strstr(model, "fable") && (!strcmp(effort, "xhigh") || !strcmp(effort, "max")))
		return "high";
	return effort;
}

int policy_strengths(const struct config *c, const char *complexity, bool aliases, bool by_tier)
{
	int level = policy_complexity(complexity);
	int steps = config_named(c, "role", "impl", "model") ? 0 :
		climb(c, &level, POLICY_COMPLEXITIES, aliases);

	if (!steps && strcmp(policy_effort(c, "impl", complexity, 0, "", by_tier),
			     policy_effort(c, "impl", complexity, 1, "", by_tier)))
		return 1;
	return steps;
}

int policy_reviews(const struct config *c)
{
	enum config_origin from;
	const char *n;

	if (config_int(c, "review.n") >= 0)
		return (int)config_int(c, "review.n");
	n = tier_value(c, "review.n", &from);
	return n ? (int)strtol(n, NULL, 10) : 1;
}

/* What a [role] or a flag says of a role's time; false when only defaults do. */
static bool own_timeout(const struct config *c, const char *role, const char *name, int64_t *ms)
{
	const char *v = config_named(c, "role", role, "timeout");

	if (v)
		return !clock_parse_duration(v, ms);
	*ms = name ? config_ms(c, name) : OTHER_TIMEOUT_MS;
	return name && config_origin(c, name) >= ORIGIN_ENV;
}

/* "timeout.impl", or NULL for a role that has no such setting. */
static const char *timeout_name(const char *role)
{
	static const char *const names[] = {
		"timeout.impl", "timeout.refine", "timeout.spec", "timeout.code", "timeout.gate",
		"timeout.agg",
		"timeout.verify", "timeout.test",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(strchr(names[i], '.') + 1, role))
			return names[i];
	return NULL;
}

int64_t policy_timeout_ms(const struct config *c, const char *role, long estimate_min, int timeouts)
{
	int64_t ms, floor_ms = config_ms(c, "timeout.floor"), cap = config_ms(c, "timeout.cap");
	double factor = config_num(c, "timeout.estimate_factor"), scaled;

	if (!own_timeout(c, role, timeout_name(role), &ms) && estimate_min >= 0 && factor > 0 &&
	    (!strcmp(role, "impl") || !strcmp(role, "refine"))) {
		scaled = factor * 60000 * (double)estimate_min;
		ms = scaled > (double)cap ? cap : (int64_t)scaled;
		if (ms < floor_ms)
			ms = floor_ms;
	}
	scaled = (double)ms;
	for (int i = 0; i < timeouts && scaled < TIMEOUT_LIMIT_MS; i++)
		scaled *= config_num(c, "retry.timeout_factor");
	return scaled < TIMEOUT_LIMIT_MS ? (int64_t)scaled : TIMEOUT_LIMIT_MS;
}

struct backoff policy_backoff(const struct config *c)
{
	return (struct backoff){
		.first_ms = config_ms(c, "retry.backoff"),
		.max_ms = config_ms(c, "retry.backoff_max"),
		.multiplier = config_num(c, "retry.multiplier"),
		.jitter = config_num(c, "retry.jitter"),
	};
}

int64_t backoff_ms(const struct backoff *b, long k, double dice)
{
	double ms = (double)b->first_ms, max = (double)b->max_ms;

	for (long i = 1; i < k && ms < max; i++)
		ms *= b->multiplier;
	if (ms > max)
		ms = max;
	ms *= 1 + b->jitter * (2 * dice - 1);
	return (int64_t)(ms + 0.5);
}

struct alert_conf policy_alert(const struct config *c)
{
	return (struct alert_conf){
		.failure_rate = config_num(c, "alert.failure_rate"),
		.timeout_rate = config_num(c, "alert.timeout_rate"),
		.avg_ms = config_ms(c, "alert.avg_duration"),
	};
}

double policy_cost(const struct config *c, const char *model, const struct usage *u)
{
	const struct { const char *key; int64_t tokens; } kinds[] = {
		{ "input", u->input_tokens }, { "output", u->output_tokens },
		{ "cache_read", u->cache_read_input_tokens },
		{ "cache_write", u->cache_creation_input_tokens },
	};
	double sum = 0;

	if (u->input_tokens < 0 || u->output_tokens < 0)
		return -1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *price = config_named(c, "price", model, kinds[i].key);

		if (kinds[i].tokens > 0 && !price)
			return -1;
		if (kinds[i].tokens > 0)
			sum += strtod(price, NULL) * (double)kinds[i].tokens / 1e6;
	}
	return sum;
}

void policy_mix_add(struct policy_mix *m, const char *complexity)
{
	switch (policy_complexity(complexity)) {
	case SIMPLE:
		m->simple++;
		break;
	case COMPLEX:
		m->complex++;
		break;
	default:
		m->standard++;
	}
}

int policy_wave_cap(const struct config *c, const struct policy_mix *m)
{
	long n = m->simple + m->standard + m->complex,
		weight = m->simple + 2 * m->standard + 3 * m->complex;
	long budget = strcmp(config_str(c, "run.context"), "extended") ? BUDGET_STANDARD :
		BUDGET_EXTENDED;
	long cap = n ? budget * n / weight : budget / 2, limit;
	enum config_origin from;
	const char *tier = tier_value(c, "wave_cap", &from);

	if (cap > CAP_LIMIT)
		cap = CAP_LIMIT;
	limit = tier ? strtol(tier, NULL, 10) : 0;
	if (limit > 0 && cap > limit)
		cap = limit;
	limit = config_is_set(c, "run.max_parallel") ? config_int(c, "run.max_parallel") : 0;
	if (limit > 0 && cap > limit)
		cap = limit;
	return cap > 0 ? (int)cap : 1;
}

int policy_wave_cap_clamp(long asked, bool *clamped)
{
	*clamped = asked < 1 || asked > CAP_LIMIT;
	if (asked < 1)
		return 1;
	return asked > CAP_LIMIT ? CAP_LIMIT : (int)asked;
}

struct budget policy_budget(const struct config *c)
{
	return (struct budget){
		.tokens = config_int(c, "budget.tokens"),
		.launches = config_int(c, "budget.launches"),
		.wall_ms = config_ms(c, "budget.wall"),
		.cost_usd = config_num(c, "budget.cost_usd"),
	};
}

bool budget_limits(const struct budget *limit)
{
	return limit->tokens > 0 || limit->launches > 0 || limit->wall_ms > 0 ||
		limit->cost_usd > 0;
}

bool budget_spent(const struct budget *limit, const struct budget *used, struct buf *why)
{
	char spent[CLOCK_TEXT], of[CLOCK_TEXT];

	if (limit->tokens > 0 && used->tokens >= limit->tokens)
		buf_addf(why, "token budget spent: %lld of %lld", (long long)used->tokens,
			 (long long)limit->tokens);
	else if (limit->cost_usd > 0 && used->cost_usd >= limit->cost_usd)
		buf_addf(why, "cost budget spent: $%.2f of $%.2f", used->cost_usd, limit->cost_usd);
	else if (limit->wall_ms > 0 && used->wall_ms >= limit->wall_ms)
		buf_addf(why, "time budget spent: %s of %s",
			 clock_format_duration(used->wall_ms, spent),
			 clock_format_duration(limit->wall_ms, of));
	else if (limit->launches > 0 && used->launches >= limit->launches)
		buf_addf(why, "launch budget spent: %lld of %lld", (long long)used->launches,
			 (long long)limit->launches);
	else
		return false;
	return true;
}
