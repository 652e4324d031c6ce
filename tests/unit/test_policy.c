/* tests/unit/test_policy.c - the tables of spec/pipeline.md 3.2, 6, 7 and spec/scheduling.md 4,
 * 5 as rows */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/policy.h"
#include "store/base/buf.h"
#include "store/config.h"
#include "store/work.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Settings: "a.b=c|d.e=f", on top of the built-in ones. */
static struct config *settings(const char *pairs)
{
	struct config *c = config_builtin();
	char *copy = strdup(pairs), *save = NULL;

	for (char *p = strtok_r(copy, "|", &save); p; p = strtok_r(NULL, "|", &save))
		assert_int_equal(config_set_pair(c, p, NULL), 0);
	free(copy);
	return c;
}

static struct model_row { const char *what, *set, *role,
			  *complexity; int strength; const char *want; } models[] = {
	/* pipeline 6 */
	{ "max20x_impl_simple", "run.tier=max-20x", "impl", "simple", 0, "haiku" },
	{ "max20x_impl_standard", "run.tier=max-20x", "impl", "standard", 0, "sonnet" },
	{ "max20x_impl_complex", "run.tier=max-20x", "impl", "complex", 0, "opus" },
	{ "max20x_spec_simple", "run.tier=max-20x", "spec", "simple", 0, "haiku" },
	{ "max20x_spec_standard", "run.tier=max-20x", "spec", "standard", 0, "haiku" },
	{ "max20x_spec_complex", "run.tier=max-20x", "spec", "complex", 0, "sonnet" },
	{ "max20x_code", "run.tier=max-20x", "code", "complex", 0, "sonnet" },
	{ "max20x_verify", "run.tier=max-20x", "verify", "standard", 0, "opus" },
	{ "max5x_impl_simple", "run.tier=max-5x", "impl", "simple", 0, "haiku" },
	{ "max5x_impl_standard", "run.tier=max-5x", "impl", "standard", 0, "sonnet" },
	{ "max5x_impl_complex", "run.tier=max-5x", "impl", "complex", 0, "opus" },
	{ "max5x_spec_simple", "run.tier=max-5x", "spec", "simple", 0, "haiku" },
	{ "max5x_spec_standard", "run.tier=max-5x", "spec", "standard", 0, "haiku" },
	{ "max5x_spec_complex", "run.tier=max-5x", "spec", "complex", 0, "sonnet" },
	{ "max5x_code", "run.tier=max-5x", "code", "simple", 0, "sonnet" },
	{ "max5x_verify", "run.tier=max-5x", "verify", "standard", 0, "opus" },
	{ "pro_impl_simple", "run.tier=pro/api", "impl", "simple", 0, "haiku" },
	{ "pro_impl_standard", "run.tier=pro-api", "impl", "standard", 0, "sonnet" },
	{ "pro_impl_complex", "", "impl", "complex", 0, "sonnet" },
	{ "pro_spec_simple", "", "spec", "simple", 0, "haiku" },
	{ "pro_spec_standard", "", "spec", "standard", 0, "haiku" },
	{ "pro_spec_complex", "", "spec", "complex", 0, "haiku" },
	{ "pro_code", "", "code", "complex", 0, "haiku" },
	{ "pro_verify", "", "verify", "standard", 0, "sonnet" },
	{ "agg_none", "run.tier=max-5x", "agg", "standard", 0, "" },
	{ "no_complexity", "", "impl", "", 0, "sonnet" },
	{ "null_complexity", "", "impl", NULL, 0, "sonnet" },
	{ "odd_complexity", "", "impl", "huge", 0, "sonnet" },
	{ "refine_as_impl", "run.tier=max-5x", "refine", "complex", 0, "opus" },
	{ "test_has_none", "", "test", "standard", 0, "" },
	/* pipeline 5.1: capacity, capped by the tier */
	{ "up_once", "run.tier=max-5x", "impl", "simple", 1, "sonnet" },
	{ "up_twice", "run.tier=max-5x", "impl", "simple", 2, "opus" },
	{ "up_no_further", "run.tier=max-5x", "impl", "simple", 3, "opus" },
	{ "up_from_standard", "run.tier=max-5x", "impl", "standard", 1, "opus" },
	{ "pro_ceiling", "", "impl", "simple", 2, "sonnet" },
	{ "pro_ceiling_standard", "", "impl", "standard", 1, "sonnet" },
	{ "spec_never_up", "run.tier=max-5x", "spec", "simple", 2, "haiku" },
	/* settings */
	{ "role_wins", "role impl.model=own", "impl", "simple", 2, "own" },
	{ "role_may_be_empty", "role code.model=", "code", "simple", 0, "" },
	{ "own_any", "tier pro.impl.*=big", "impl", "simple", 0, "big" },
	{ "own_exact_over_any", "tier pro.impl.*=big|tier pro.impl.simple=small", "impl", "simple",
	  0, "small" },
	{ "own_any_no_steps", "tier pro.impl.*=big", "impl", "simple", 2, "big" },
	{ "own_tier", "tier mine.spec.*=s|run.tier=mine", "spec", "complex", 0, "s" },
	{ "own_tier_unset", "tier mine.spec.*=s|run.tier=mine", "impl", "complex", 0, "" },
};

static void check_model(void **state)
{
	const struct model_row *r = *state;
	struct config *c = settings(r->set);

	assert_string_equal(policy_model(c, r->role, r->complexity, r->strength, true), r->want);
	config_free(c);
}

/* An agent that does not know the built-in aliases gets only what somebody wrote down. */
static void no_aliases(void **state)
{
	struct config *c = settings("tier pro.code=gpt|role spec.model=mini");

	(void)state;
	assert_string_equal(policy_model(c, "impl", "simple", 0, false), "");
	assert_string_equal(policy_model(c, "code", "simple", 0, false), "gpt");
	assert_string_equal(policy_model(c, "spec", "simple", 0, false), "mini");
	assert_int_equal(policy_strengths(c, "simple", false, false), 0);
	config_free(c);
}

static struct steps_row { const char *what, *set, *complexity; int want; } steps[] = {
	{ "steps_max_simple", "run.tier=max-5x", "simple", 2 },
	{ "steps_max_standard", "run.tier=max-5x", "standard", 1 },
	{ "steps_max_complex", "run.tier=max-5x", "complex", 0 },
	{ "steps_pro_simple", "", "simple", 1 },
	{ "s11_steps_pro_standard", "", "standard", 0 },
	{ "steps_fixed_model", "role impl.model=x", "simple", 0 },
};

static void check_steps(void **state)
{
	const struct steps_row *r = *state;
	struct config *c = settings(r->set);

	assert_int_equal(policy_strengths(c, r->complexity, true, false), r->want);
	config_free(c);
}

static struct effort_row {
	const char *what, *set, *role,
		*complexity; int strength; const char *model; bool by_tier; const char *want;
} efforts[] = {
	{ "effort_max_simple", "run.tier=max-5x", "impl", "simple", 0, "", true, "medium" },
	{ "effort_max_standard", "run.tier=max-5x", "impl", "standard", 0, "", true, "high" },
	{ "effort_max_complex", "run.tier=max-20x", "impl", "complex", 0, "", true, "high" },
	{ "effort_pro_simple", "", "impl", "simple", 0, "", true, "medium" },
	{ "effort_pro_standard", "", "impl", "standard", 0, "", true, "medium" },
	{ "effort_pro_complex", "", "refine", "complex", 0, "", true, "high" },
	{ "effort_spec", "", "spec", "simple", 0, "", true, "xhigh" },
	{ "effort_code", "", "code", "simple", 0, "", true, "xhigh" },
	{ "effort_verify", "", "verify", "simple", 0, "", true, "xhigh" },
	{ "effort_agg", "", "agg", "simple", 0, "", true, "medium" },
	{ "effort_simplify", "", "simplify", "simple", 0, "", true, "high" },
	{ "effort_up", "", "impl", "simple", 1, "", true, "high" },
	{ "effort_up_stays", "", "impl", "complex", 2, "", true, "high" },
	{ "effort_not_by_tier", "", "impl", "simple", 0, "haiku", false, "" },
	{ "effort_role", "role impl.effort=low", "impl", "simple", 1, "haiku", false, "low" },
	{ "effort_fable", "", "code", "simple", 0, "fable-5", true, "high" },
	{ "effort_fable_low", "role code.effort=low", "code", "simple", 0, "fable-5", true, "low" },
};

static void check_effort(void **state)
{
	const struct effort_row *r = *state;
	struct config *c = settings(r->set);

	assert_string_equal(policy_effort(c, r->role, r->complexity, r->strength, r->model,
					  r->by_tier), r->want);
	config_free(c);
}

static struct review_row { const char *what, *set; int want; } reviews[] = {
	{ "reviews_max", "run.tier=max-5x", 3 },
	{ "reviews_pro", "", 1 }, { "reviews_none", "tier pro.review.n=0", 0 },
	{ "reviews_flag", "review.n=5", 5 },
	{ "reviews_flag_zero", "run.tier=max-5x|review.n=0", 0 },
	{ "reviews_own_tier", "tier mine.code=x|run.tier=mine", 1 },
};

static void check_reviews(void **state)
{
	const struct review_row *r = *state;
	struct config *c = settings(r->set);

	assert_int_equal(policy_reviews(c), r->want);
	config_free(c);
}

static struct timeout_row {
	const char *what, *set, *role; long estimate; int timeouts; int64_t want_s;
} timeouts[] = {
	{ "time_impl", "", "impl", -1, 0, 1800 }, { "time_refine", "", "refine", -1, 0, 1800 },
	{ "time_spec", "", "spec", -1, 0, 600 }, { "time_code", "", "code", -1, 0, 600 },
	{ "time_gate", "", "gate", -1, 0, 600 }, { "time_agg", "", "agg", -1, 0, 300 },
	{ "time_verify", "", "verify", -1, 0, 600 }, { "time_test", "", "test", -1, 0, 600 },
	{ "time_other", "", "preflight", -1, 0, 600 },
	{ "time_estimate", "", "impl", 20, 0, 2400 }, { "time_floor", "", "impl", 0, 0, 60 },
	{ "time_cap", "", "impl", 45, 0, 3600 }, { "time_huge", "", "impl", 2000000000, 0, 3600 },
	{ "time_estimate_not_reviews", "", "code", 20, 0, 600 },
	{ "time_retry", "", "impl", -1, 1, 3600 },
	{ "time_retry_over_cap", "", "impl", 45, 1, 7200 },
	{ "time_retry_many", "", "impl", -1, 1000, 7 * 24 * 3600 },
	{ "time_factor_off", "timeout.estimate_factor=0", "impl", 20, 0, 1800 },
	{ "time_flag_over_estimate", "timeout.impl=1s", "impl", 20, 0, 1 },
	{ "time_role_over_estimate", "role impl.timeout=5m", "impl", 20, 0, 300 },
	{ "time_role_other", "role monitor.timeout=5m", "monitor", -1, 0, 300 },
	{ "time_none", "timeout.impl=0", "impl", -1, 3, 0 },
};

static void check_timeout(void **state)
{
	const struct timeout_row *r = *state;
	struct config *c = settings(r->set);

	assert_int_equal(policy_timeout_ms(c, r->role, r->estimate, r->timeouts), r->want_s * 1000);
	config_free(c);
}

/* A file's timeout.impl is what holds without an estimate; it does not stand over one. */
static void timeout_of_file(void **state)
{
	struct config *c = config_builtin();

	(void)state;
	config_set(c, "timeout.impl", "5m", ORIGIN_PROJECT, NULL);
	assert_int_equal(policy_timeout_ms(c, "impl", -1, 0), 300000);
	assert_int_equal(policy_timeout_ms(c, "impl", 20, 0), 2400000);
	config_free(c);
}

static struct backoff_row { const char *what; int k; double dice; int64_t want_ms; } backoffs[] = {
	{ "backoff_1", 1, 0.5, 1000 }, { "backoff_2", 2, 0.5, 2000 }, { "backoff_3", 3, 0.5, 4000 },
	{ "backoff_6", 6, 0.5, 32000 }, { "backoff_7_max", 7, 0.5, 60000 },
	{ "backoff_1000", 1000, 0.5, 60000 },
	{ "backoff_low", 1, 0.0, 900 }, { "backoff_high", 1, 1.0, 1100 },
	{ "backoff_max_low", 9, 0.0, 54000 },
};

static void check_backoff(void **state)
{
	const struct backoff_row *r = *state;
	struct config *c = settings("");

	struct backoff b = policy_backoff(c);

	assert_int_equal(backoff_ms(&b, r->k, r->dice), r->want_ms);
	config_free(c);
}

/* pipeline 3.2's table and scenario 7; two of a kind each, so that averages are what the table's
 * heads say */
static struct cap_row { const char *what, *set; struct policy_mix mix; int want; } caps[] = {
	{ "cap_std_simple", "run.tier=max-5x", { 2, 0, 0 }, 9 },
	{ "cap_std_simple_standard", "run.tier=max-5x", { 2, 2, 0 }, 6 },
	{ "cap_std_standard", "run.tier=max-5x", { 0, 2, 0 }, 4 },
	{ "cap_std_standard_complex", "run.tier=max-5x", { 0, 2, 2 }, 3 },
	{ "cap_std_complex", "run.tier=max-5x", { 0, 0, 2 }, 3 },
	{ "cap_ext_simple", "run.tier=max-5x|run.context=extended", { 2, 0, 0 }, 10 },
	{ "cap_ext_simple_standard", "run.tier=max-5x|run.context=extended", { 2, 2, 0 }, 10 },
	{ "cap_ext_standard", "run.tier=max-5x|run.context=extended", { 0, 2, 0 }, 7 },
	{ "cap_ext_standard_complex", "run.tier=max-5x|run.context=extended", { 0, 2, 2 }, 6 },
	{ "cap_ext_complex", "run.tier=max-5x|run.context=extended", { 0, 0, 2 }, 5 },
	{ "cap_std_no_labels", "run.tier=max-20x", { 0, 0, 0 }, 4 },
	{ "cap_ext_no_labels", "run.tier=max-20x|run.context=extended", { 0, 0, 0 }, 7 },
	{ "cap_ten_ext", "run.tier=max-20x|run.context=extended", { 0, 10, 0 }, 7 },
	{ "cap_ten_std", "run.tier=max-20x", { 0, 10, 0 }, 4 },
	{ "cap_ten_pro", "run.context=extended", { 0, 10, 0 }, 3 },
	{ "cap_one_slot", "run.tier=max-20x|run.max_parallel=1", { 0, 10, 0 }, 1 },
	{ "cap_no_slot_limit", "run.tier=max-20x|run.max_parallel=0", { 0, 10, 0 }, 4 },
};

static void check_cap(void **state)
{
	const struct cap_row *r = *state;
	struct config *c = settings(r->set);

	assert_int_equal(policy_wave_cap(c, &r->mix), r->want);
	config_free(c);
}

static void mix_and_clamp(void **state)
{
	struct policy_mix m = { 0 };
	bool clamped;

	(void)state;
	policy_mix_add(&m, "simple");
	policy_mix_add(&m, "complex");
	policy_mix_add(&m, "standard");
	policy_mix_add(&m, NULL);
	policy_mix_add(&m, "odd");
	assert_true(m.simple == 1 && m.standard == 3 && m.complex == 1);
	assert_int_equal(policy_wave_cap_clamp(12, &clamped), 10);
	assert_true(clamped);
	assert_int_equal(policy_wave_cap_clamp(0, &clamped), 1);
	assert_true(clamped);
	assert_int_equal(policy_wave_cap_clamp(7, &clamped), 7);
	assert_false(clamped);
}

static void agents(void **state)
{
	struct config *c = settings("role spec.agent=codex|run.agent=claude");

	(void)state;
	assert_string_equal(policy_agent(c, "impl"), "claude");
	assert_string_equal(policy_agent(c, "spec"), "codex");
	config_free(c);
	c = settings("run.agent=claude");	/* --agent is for every role */
	config_set(c, "role spec.agent", "codex", ORIGIN_PROJECT, NULL);
	assert_string_equal(policy_agent(c, "spec"), "claude");
	config_free(c);
	c = settings("");
	config_set(c, "run.agent", "claude", ORIGIN_USER, NULL);
	config_set(c, "role spec.agent", "codex", ORIGIN_PROJECT, NULL);
	assert_string_equal(policy_agent(c, "spec"), "codex");
	config_free(c);
	c = settings("");
	assert_string_equal(policy_agent(c, "impl"), "");
	config_free(c);
}

static struct cost_row { const char *what, *set; struct usage u; double want; } costs[] = {
	{ "cost_by_kind", "price m.input=3|price m.output=15",
	  { 100, 1000000, 100000, -1, -1, -1, -1 }, 4.5 },
	{ "cost_with_cache",
	  "price m.input=3|price m.output=15|price m.cache_read=0.5|price m.cache_write=4",
	  { 100, 0, 0, 1000000, 2000000, -1, -1 }, 5 },
	{ "cost_cache_without_price", "price m.input=3|price m.output=15",
	  { 100, 10, 10, -1, 5, -1, -1 }, -1 },
	{ "cost_total_alone", "price m.input=3|price m.output=15",
	  { 100, -1, -1, -1, -1, -1, -1 }, -1 },
	{ "cost_other_model", "price x.input=3|price x.output=15",
	  { 100, 10, 10, -1, -1, -1, -1 }, -1 },
};

static void check_cost(void **state)
{
	const struct cost_row *r = *state;
	struct config *c = settings(r->set);

	assert_float_equal(policy_cost(c, "m", &r->u), r->want, 1e-9);
	config_free(c);
}

static struct budget_row { const char *what,
			   *set; struct budget used; const char *want; } budgets[] = {
	{ "budget_none", "", { 1000000, 1000, 100000000, 900 }, "" },
	{ "budget_left", "budget.tokens=40000", { .tokens = 39999 }, "" },
	{ "budget_tokens", "budget.tokens=40000", { .tokens = 41200 },
	  "token budget spent: 41200 of 40000" },
	{ "budget_cost", "budget.cost_usd=2.5", { .cost_usd = 2.5 },
	  "cost budget spent: $2.50 of $2.50" },
	{ "budget_wall", "budget.wall=1h", { .wall_ms = 3600000 },
	  "time budget spent: 1h 00m of 1h 00m" },
	{ "budget_launches", "budget.launches=5", { .launches = 5 },
	  "launch budget spent: 5 of 5" },
};

static void check_budget(void **state)
{
	const struct budget_row *r = *state;
	struct config *c = settings(r->set);
	BUF_AUTO why = BUF_INIT;

	struct budget limit = policy_budget(c);

	assert_int_equal(budget_limits(&limit), *r->set != 0);
	assert_int_equal(budget_spent(&limit, &r->used, &why), *r->want != 0);
	assert_string_equal(why.s, r->want);
	config_free(c);
}

/*
 * A breaker driven by letters, a second apart each: f failure and s success of something started
 * before, + may start (and does), - may not, w the probe is withdrawn, q quota (until unknown),
 * Q quota for 100 s, . 59 more seconds.
 */
static struct breaker_row { const char *what, *script; enum breaker_state want; } breakers[] = {
	{ "breaker_four", "+f+f+f+f+", BREAKER_CLOSED },
	{ "breaker_success_resets", "+f+f+f+f+s+f+f+f+f+", BREAKER_CLOSED },
	{ "breaker_five", "+f+f+f+f+f-", BREAKER_OPEN },
	{ "breaker_sixth_in_time", "fffff-.+", BREAKER_HALF_OPEN },
	{ "breaker_one_probe", "fffff.+-", BREAKER_HALF_OPEN },
	{ "breaker_two_successes", "fffff.+s+s", BREAKER_CLOSED },
	{ "breaker_one_success", "fffff.+s+-", BREAKER_HALF_OPEN },
	{ "breaker_probe_fails", "fffff.+f-", BREAKER_OPEN },
	{ "breaker_second_probe_fails", "fffff.+s+f-.+", BREAKER_HALF_OPEN },
	{ "breaker_withdrawn", "fffff.+w+", BREAKER_HALF_OPEN },
	{ "breaker_late_results", "fffffsf-", BREAKER_OPEN },
	{ "breaker_closed_counts_anew", "fffff.+s+sffff+", BREAKER_CLOSED },
	{ "breaker_quota_at_once", "q-", BREAKER_OPEN },
	{ "breaker_quota_ends", "q.+", BREAKER_HALF_OPEN },
	{ "breaker_quota_known", "Q.-.+", BREAKER_HALF_OPEN },
	{ "breaker_quota_never_shorter", "Qq.-.+", BREAKER_HALF_OPEN },
};

static void check_breaker(void **state)
{
	const struct breaker_row *r = *state;
	struct config *c = settings("");
	struct breaker_conf conf = policy_breaker(c);
	struct breaker b = { 0 };
	int64_t now = 1000000;

	for (const char *p = r->script; *p; p++, now += 1000000) {
		switch (*p) {
		case 'f':
			breaker_failure(&b, &conf, now);
			break;
		case 's':
			breaker_success(&b, &conf);
			break;
		case 'w':
			breaker_withdrawn(&b);
			break;
		case 'q':
		case 'Q':
			breaker_trip(&b, &conf, now, *p == 'Q' ? now + 100000000 : 0);
			break;
		case '.':
			now += 59000000;
			break;
		case '+':
			assert_true(breaker_allows(&b, now));
			breaker_started(&b);
			break;
		case '-':
			assert_false(breaker_allows(&b, now));
			break;
		default:
			fail_msg("no such letter: %c", *p);
		}
	}
	assert_string_equal(breaker_state_name(b.state), breaker_state_name(r->want));
	config_free(c);
}

#define ROWS(rows, fn) \
	for (size_t i = 0; i < COUNT(rows); i++) \
		t[n++] = (struct CMUnitTest){ rows[i].what, fn, NULL, NULL, &rows[i] }

int main(int argc, char **argv)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(no_aliases), cmocka_unit_test(timeout_of_file),
		cmocka_unit_test(mix_and_clamp), cmocka_unit_test(agents),
	};
	struct CMUnitTest t[COUNT(models) + COUNT(steps) + COUNT(efforts) + COUNT(reviews) +
			    COUNT(timeouts) +
			    COUNT(backoffs) + COUNT(caps) + COUNT(budgets) + COUNT(costs) +
				    COUNT(breakers) + COUNT(plain)] = { 0 };
	size_t n = 0;

	ROWS(models, check_model);
	ROWS(steps, check_steps);
	ROWS(efforts, check_effort);
	ROWS(reviews, check_reviews);
	ROWS(timeouts, check_timeout);
	ROWS(backoffs, check_backoff);
	ROWS(caps, check_cap);
	ROWS(budgets, check_budget);
	ROWS(costs, check_cost);
	ROWS(breakers, check_breaker);
	for (size_t i = 0; i < COUNT(plain); i++)
		t[n++] = plain[i];
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
