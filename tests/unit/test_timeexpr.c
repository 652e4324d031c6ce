#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "core/timeexpr.h"
#include "store/base/clock.h"
#include "store/base/err.h"

/* All seen from Saturday 2026-11-21 10:30:00 UTC. want NULL: no time. */
static const struct row { const char *s, *want; } rows[] = {
	{ "+6h", "2026-11-21T16:30:00Z" },
	{ "6h", "2026-11-21T16:30:00Z" },
	{ "-1d", "2026-11-20T10:30:00Z" },
	{ "+2w", "2026-12-05T10:30:00Z" },
	{ "+1m", "2026-12-21T10:30:00Z" },
	{ "+3m", "2027-02-21T10:30:00Z" },
	{ "-1y", "2025-11-21T10:30:00Z" },
	{ "+1D", "2026-11-22T10:30:00Z" },
	{ "2025-01-15", "2025-01-15T00:00:00Z" },
	{ "2025-01-15 08:05", "2025-01-15T08:05:00Z" },
	{ "2025-01-15T08:05:09", "2025-01-15T08:05:09Z" },
	{ "2025-01-15T08:05:09Z", "2025-01-15T08:05:09Z" },
	{ "2025-01-15T08:05:09+02:00", "2025-01-15T06:05:09Z" },
	{ "now", "2026-11-21T10:30:00Z" },
	{ "today", "2026-11-21T10:30:00Z" },
	{ "tomorrow", "2026-11-22T10:30:00Z" },
	{ "Yesterday", "2026-11-20T10:30:00Z" },
	{ "monday", "2026-11-23T10:30:00Z" },
	{ "next monday", "2026-11-23T10:30:00Z" },
	{ "next Saturday", "2026-11-28T10:30:00Z" },
	{ "last saturday", "2026-11-14T10:30:00Z" },
	{ "last friday", "2026-11-20T10:30:00Z" },
	{ "next week", "2026-11-28T10:30:00Z" },
	{ "last month", "2026-10-21T10:30:00Z" },
	{ "next year", "2027-11-21T10:30:00Z" },
	{ "in 3 days", "2026-11-24T10:30:00Z" },
	{ "in a week", "2026-11-28T10:30:00Z" },
	{ "in two hours", "2026-11-21T12:30:00Z" },
	{ "in 90 minutes", "2026-11-21T12:00:00Z" },
	{ "2 hours ago", "2026-11-21T08:30:00Z" },
	{ "3 days from now", "2026-11-24T10:30:00Z" },
	{ "tomorrow at 9am", "2026-11-22T09:00:00Z" },
	{ "tomorrow at 12am", "2026-11-22T00:00:00Z" },
	{ "next monday at 17:30", "2026-11-23T17:30:00Z" },
	{ "friday at 5:15 pm", "2026-11-27T17:15:00Z" },
	{ "tomorrow at noon", "2026-11-22T12:00:00Z" },
	{ "", NULL },
	{ "x", NULL },
	{ "6", NULL },
	{ "6s", NULL },
	{ "+d", NULL },
	{ "6hh", NULL },
	{ "not-a-date", NULL },
	{ "2025-13-01", NULL },
	{ "2025-02-30", NULL },
	{ "2025-01-15x", NULL },
	{ "2025-01-15 8", NULL },
	{ "2025-01-15 25:00", NULL },
	{ "3 days", NULL },
	{ "in days", NULL },
	{ "next", NULL },
	{ "tomorrow at", NULL },
	{ "tomorrow at 13pm", NULL },
	{ "tomorrow maybe", NULL },
	{ "in 0 days", NULL },
	{ "a a a a a a a a a a", NULL },
	{ "999999999999999999999h", NULL },
};

static int64_t now(void)
{
	int64_t us;

	assert_int_equal(clock_parse("2026-11-21T10:30:00Z", &us), 0);
	return us;
}

static void check(void **state)
{
	const struct row *r = *state;
	char got[CLOCK_TEXT];
	int64_t t;
	int rc = timeexpr_parse(r->s, now(), &t);

	assert_int_equal(rc, r->want ? 0 : -1);
	if (r->want)
		assert_string_equal(clock_format_s(t, got), r->want);
}

static void bare_is_past_in_queries(void **state)
{
	int64_t t;

	(void)state;
	assert_int_equal(timeexpr_parse_past("7d", now(), &t), 0);
	assert_true(t == now() - 7 * 86400 * 1000000LL);
	assert_int_equal(timeexpr_parse_past("+7d", now(), &t), 0);
	assert_true(t == now() + 7 * 86400 * 1000000LL);
}

static void error_has_bds_words(void **state)
{
	struct err e = ERR_INIT;
	int64_t t;

	(void)state;
	assert_int_equal(timeexpr_flag("due", "x", now(), &t, &e), ERR_USAGE);
	assert_string_equal(e.msg, "invalid --due format \"x\". Examples: +6h, tomorrow, next "
				   "monday, 2025-01-15");
}

/* Days keep the clock on the wall, hours do not: summer time ends in Berlin on 2026-10-25 at
 * 03:00. */
static void days_follow_the_local_clock(void **state)
{
	int64_t t, before;
	char got[CLOCK_TEXT];

	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	assert_int_equal(clock_parse("2026-10-24T10:00:00Z", &before), 0);
	assert_int_equal(timeexpr_parse("tomorrow", before, &t), 0);
	assert_string_equal(clock_format_s(t, got), "2026-10-25T11:00:00Z");
	assert_int_equal(timeexpr_parse("+24h", before, &t), 0);
	assert_string_equal(clock_format_s(t, got), "2026-10-25T10:00:00Z");
	assert_int_equal(timeexpr_parse("2026-10-26", before, &t), 0);
	assert_string_equal(clock_format_s(t, got), "2026-10-25T23:00:00Z");
	setenv("TZ", "UTC", 1);
	tzset();
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N + 3] = {
		cmocka_unit_test(bare_is_past_in_queries),
		cmocka_unit_test(error_has_bds_words),
		cmocka_unit_test(days_follow_the_local_clock),
	};

	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < N; i++)
		t[3 + i] = (struct CMUnitTest){
			.name = *rows[i].s ? rows[i].s : "empty", .test_func = check,
			.initial_state = (void *)&rows[i],
		};
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
