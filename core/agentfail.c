/* What a failing agent's words mean: the class, and when a limit ends. The other half of
 * core/agentout.h */
#include "core/agentout.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/md.h"

static const char *const classes[AGENT_N] = {
	[AGENT_OK] = "ok", [AGENT_ERROR] = "agent_error", [AGENT_RATE_LIMITED] = "rate_limited",
	[AGENT_USAGE_LIMITED] = "usage_limited", [AGENT_OVERLOADED] = "overloaded",
	[AGENT_AUTH] = "auth", [AGENT_CONTEXT_FULL] = "context_full",
	[AGENT_MAX_TURNS] = "max_turns", [AGENT_BUDGET] = "budget", [AGENT_TIMEOUT] = "timeout",
	[AGENT_KILLED] = "killed", [AGENT_SPAWN_FAILED] = "spawn_failed",
	[AGENT_NO_RESULT] = "no_result",
};

const char *agent_class_name(enum agent_class c)
{
	return classes[c];
}

bool agent_class_waits(enum agent_class c)
{
	return c == AGENT_RATE_LIMITED || c == AGENT_USAGE_LIMITED || c == AGENT_OVERLOADED;
}

bool agent_class_fatal(enum agent_class c)
{
	return c == AGENT_AUTH || c == AGENT_SPAWN_FAILED;
}

enum agent_class agent_class_of_status(long status)
{
	switch (status) {
	case 401:
	case 403:
		return AGENT_AUTH;
	case 429:
		return AGENT_RATE_LIMITED;
	case 500:
	case 502:
	case 503:
	case 504:
	case 529:
		return AGENT_OVERLOADED;
	}
	return AGENT_ERROR;
}

/* The order matters: a used-up subscription also answers 429, a rejected key also says
 * "request". */
static const struct { const char *words; enum agent_class class; } phrases[] = {
	{ "usage limit", AGENT_USAGE_LIMITED },
	{ "session limit", AGENT_USAGE_LIMITED },
	{ "weekly limit", AGENT_USAGE_LIMITED },
	{ "5-hour limit", AGENT_USAGE_LIMITED },
	{ "hit your limit", AGENT_USAGE_LIMITED },
	{ "exceeded your current quota", AGENT_USAGE_LIMITED },
	{ "prompt is too long", AGENT_CONTEXT_FULL },
	{ "context window", AGENT_CONTEXT_FULL },
	{ "context length", AGENT_CONTEXT_FULL },
	{ "contextwindowexceeded", AGENT_CONTEXT_FULL },
	{ "maximum context", AGENT_CONTEXT_FULL },
	{ "credit balance", AGENT_AUTH },
	{ "invalid api key", AGENT_AUTH },
	{ "invalid_api_key", AGENT_AUTH },
	{ "incorrect api key", AGENT_AUTH },
	{ "not logged in", AGENT_AUTH },
	{ "please run /login", AGENT_AUTH },
	{ "authenticationerror", AGENT_AUTH },
	{ "unauthenticated", AGENT_AUTH },
	{ "unauthorized", AGENT_AUTH },
	{ "permission_denied", AGENT_AUTH },
	{ "401", AGENT_AUTH },
	{ "rate limit", AGENT_RATE_LIMITED },
	{ "rate_limit", AGENT_RATE_LIMITED },
	{ "ratelimiterror", AGENT_RATE_LIMITED },
	{ "too many requests", AGENT_RATE_LIMITED },
	{ "resource_exhausted", AGENT_RATE_LIMITED },
	{ "429", AGENT_RATE_LIMITED },
	{ "overloaded", AGENT_OVERLOADED },
	{ "high demand", AGENT_OVERLOADED },
	{ "serviceunavailable", AGENT_OVERLOADED },
	{ "service unavailable", AGENT_OVERLOADED },
	{ "internal server error", AGENT_OVERLOADED },
	{ "internalservererror", AGENT_OVERLOADED },
	{ "bad gateway", AGENT_OVERLOADED },
	{ "529", AGENT_OVERLOADED },
	{ "503", AGENT_OVERLOADED },
	{ "maximum number of turns", AGENT_MAX_TURNS },
	{ "maximum budget", AGENT_BUDGET },
};

/* A number must stand alone: "1429 lines" speaks of no status. */
static bool says(const char *msg, const char *words)
{
	size_t n = strlen(words);
	bool digits = isdigit((unsigned char)*words);

	for (const char *p = msg; (p = strcasestr(p, words)); p++)
		if (!digits || words[1] == '-' ||
		    ((p == msg || !isalnum((unsigned char)p[-1])) && !isalnum((unsigned char)p[n])))
			return true;
	return false;
}

enum agent_class agent_class_of_message(const char *msg)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (says(msg, phrases[i].words))
			return phrases[i].class;
	return AGENT_ERROR;
}

/* Seconds of "3 hours 5 minutes", "20s", "1.5 m"; 0 when s does not begin so. */
static double duration(const char *s)
{
	static const struct { const char *unit; double seconds; } units[] = {
		{ "ms", 0.001 }, { "s", 1 }, { "sec", 1 }, { "secs", 1 }, { "second", 1 },
		{ "seconds", 1 },
		{ "m", 60 }, { "min", 60 }, { "mins", 60 }, { "minute", 60 }, { "minutes", 60 },
		{ "h", 3600 }, { "hr", 3600 }, { "hrs", 3600 }, { "hour", 3600 }, { "hours", 3600 },
		{ "d", 86400 }, { "day", 86400 }, { "days", 86400 },
	};
	double sum = 0;

	for (;;) {
		size_t n = 0, i = 0;
		char *end;
		double v;

		while (isspace((unsigned char)*s) || *s == ',')
			s++;
		if (!strncasecmp(s, "and ", 4))
			s += 4;
		if (!isdigit((unsigned char)*s))
			return sum;
		v = strtod(s, &end);
		for (s = end; isspace((unsigned char)*s);)
			s++;
		while (isalpha((unsigned char)s[n]))
			n++;
		while (i < sizeof(units) / sizeof(units[0]) && !md_is(s, n, units[i].unit))
			i++;
		if (i == sizeof(units) / sizeof(units[0]) || v > 1e6)
			return sum;
		sum += v * units[i].seconds;
		s += n;
	}
}

/* Days since the epoch of a date of the Gregorian calendar (H. Hinnant, days_from_civil). */
static int64_t days_of(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* "Feb 3rd, 2026 " at *s: its day; moves *s behind it. -1: no date. */
static int64_t date(const char **s)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	const char *p = *s;
	long d, y;
	char *end;
	int m = 0;

	while (m < 12 && strncasecmp(p, months + 3 * m, 3))
		m++;
	if (m == 12)
		return -1;
	while (isalpha((unsigned char)*p))
		p++;
	d = strtol(p, &end, 10);
	if (end == p || d < 1 || d > 31)
		return -1;
	for (p = end; isalpha((unsigned char)*p) || *p == ',';)
		p++;
	y = strtol(p, &end, 10);
	if (end == p || y < 2000 || y > 9999)
		return -1;
	for (p = end; isspace((unsigned char)*p) || *p == ',';)
		p++;
	*s = p;
	return days_of(y, m + 1, (int)d);
}

/* "8pm", "10:26 PM", "22:15" at *s: seconds of the day; moves *s behind it. -1: none. */
static long time_of_day(const char **s)
{
	const char *p = *s;
	char *end;
	long h, m = 0;
	bool colon;

	if (!isdigit((unsigned char)*p))
		return -1;
	h = strtol(p, &end, 10);
	p = end;
	colon = *p == ':' && isdigit((unsigned char)p[1]);
	if (colon) {
		m = strtol(p + 1, &end, 10);
		p = end;
	}
	while (*p == ' ')
		p++;
	if (md_starts_word(p, strlen(p), "pm") || md_starts_word(p, strlen(p), "am")) {
		if (h < 1 || h > 12)
			return -1;
		h = h % 12 + (tolower((unsigned char)*p) == 'p' ? 12 : 0);
		p += 2;
	} else if (!colon) {
		return -1;
	}
	if (h > 23 || m > 59)
		return -1;
	*s = p;
	return h * 3600 + m * 60;
}

/* A moment at s: "[at] [Feb 3rd, 2026] 10:26 PM [(UTC)]". 0: none. */
static int64_t moment(const char *s, const struct agent_clock *clock)
{
	long offset = clock->utc_offset_s, seconds;
	int64_t now = clock->now_us / 1000000, day, at;

	while (isspace((unsigned char)*s))
		s++;
	if (!strncasecmp(s, "at ", 3))
		s += 3;
	day = date(&s);
	seconds = time_of_day(&s);
	if (seconds < 0)
		return 0;
	while (*s == ' ' || *s == '(')
		s++;
	if (!strncmp(s, "UTC", 3) || !strncmp(s, "GMT", 3))
		offset = 0;
	at = (day >= 0 ? day * 86400 : (now + offset) / 86400 * 86400) + seconds - offset;
	if (day < 0 && at <= now)
		at += 86400;
	return at * 1000000;
}

int64_t agent_until(const char *msg, const struct agent_clock *clock)
{
	static const char *const before_moment[] = { "resets ", "try again ", "available again ",
						     "reset " };
	const char *p = strrchr(msg, '|');
	long long stamp = p ? strtoll(p + 1, NULL, 10) : 0;
	int64_t at;

	/* "usage limit reached|1760000000": seconds between 2001 and 2286 */
	if (stamp >= 1000000000LL && stamp < 10000000000LL)
		return stamp * 1000000;
	for (p = msg; (p = strcasestr(p, "in ")); p += 3) {
		double seconds = p == msg || !isalnum((unsigned char)p[-1]) ? duration(p + 3) : 0;

		if (seconds > 0)
			return clock->now_us + (int64_t)(seconds * 1e6);
	}
	for (size_t i = 0; i < sizeof(before_moment) / sizeof(before_moment[0]); i++)
		for (p = msg; (p = strcasestr(p, before_moment[i])); p++)
			if ((at = moment(p + strlen(before_moment[i]), clock)))
				return at;
	return 0;
}
