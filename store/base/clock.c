#include "store/base/clock.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t clock_now_us(void)
{
	const char *fixed = getenv("BDW_NOW");
	struct timespec t;
	int64_t us;

	if (fixed && !clock_parse(fixed, &us))
		return us;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_mono_ms(void)
{
	return clock_mono_ns() / 1000000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Seconds part of us as a UTC calendar time; *frac gets the microseconds left. */
static struct tm utc(int64_t us, int *frac)
{
	time_t s = (time_t)floor_div(us, 1000000);
	struct tm tm;

	*frac = (int)(us - (int64_t)s * 1000000);
	gmtime_r(&s, &tm);
	return tm;
}

char *clock_format_s(int64_t us, char out[CLOCK_TEXT])
{
	int frac;
	struct tm tm = utc(us, &frac);

	strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return out;
}

char *clock_format_ms(int64_t us, char out[CLOCK_TEXT])
{
	int frac;
	struct tm tm = utc(us, &frac);
	size_t n = strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);

	snprintf(out + n, CLOCK_TEXT - n, ".%03dZ", frac / 1000);
	return out;
}

char *clock_format_us(int64_t us, char out[CLOCK_TEXT])
{
	int frac;
	struct tm tm = utc(us, &frac);
	size_t n = strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);

	if (frac) {
		n += (size_t)snprintf(out + n, CLOCK_TEXT - n, ".%06d", frac);
		while (out[n - 1] == '0')
			n--;
	}
	snprintf(out + n, CLOCK_TEXT - n, "Z");
	return out;
}

char *clock_format_stamp(int64_t us, char out[CLOCK_TEXT])
{
	int frac;
	struct tm tm = utc(us, &frac);

	strftime(out, CLOCK_TEXT, "%Y%m%dT%H%M%SZ", &tm);
	return out;
}

/* Exactly n digits at *s as a number; -1 when there are fewer. Moves *s. */
static int digits(const char **s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -1;
		v = v * 10 + (**s - '0');
	}
	return v;
}

static bool eat(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* The offset of "Z", "z", "+hh:mm" or "-hh:mm" in seconds; false when it is none, or text follows. */
static bool parse_zone(const char *s, int *offset)
{
	int sign, h, m;

	*offset = 0;
	if (*s == 'Z' || *s == 'z')
		return s[1] == 0;
	if (*s != '+' && *s != '-')
		return false;
	sign = *s++ == '-' ? -1 : 1;
	if ((h = digits(&s, 2)) < 0 || h > 23 || !eat(&s, ':') || (m = digits(&s, 2)) < 0 || m > 59)
		return false;
	*offset = sign * (h * 3600 + m * 60);
	return *s == 0;
}

int clock_parse(const char *s, int64_t *us)
{
	struct tm tm = { 0 };
	int64_t frac = 0, scale = 100000;
	int y, mon, offset;

	if ((y = digits(&s, 4)) < 0 || !eat(&s, '-') || (mon = digits(&s, 2)) < 1 || mon > 12 ||
	    !eat(&s, '-') || (tm.tm_mday = digits(&s, 2)) < 1 || tm.tm_mday > 31)
		return -1;
	if (!eat(&s, 'T') && !eat(&s, 't') && !eat(&s, ' '))
		return -1;
	if ((tm.tm_hour = digits(&s, 2)) < 0 || tm.tm_hour > 23 || !eat(&s, ':') ||
	    (tm.tm_min = digits(&s, 2)) < 0 || tm.tm_min > 59 || !eat(&s, ':') ||
	    (tm.tm_sec = digits(&s, 2)) < 0 || tm.tm_sec > 60)
		return -1;
	if (eat(&s, '.')) {
		if (!isdigit((unsigned char)*s))
			return -1;
		for (; isdigit((unsigned char)*s); s++, scale /= 10)
			frac += scale * (*s - '0');
	}
	if (!parse_zone(s, &offset))
		return -1;
	tm.tm_year = y - 1900;
	tm.tm_mon = mon - 1;
	mon = tm.tm_mday;
	*us = ((int64_t)timegm(&tm) - offset) * 1000000 + frac;
	return tm.tm_mday == mon ? 0 : -1;	/* timegm turns 31 February into March */
}

int clock_parse_duration(const char *s, int64_t *ms)
{
	static const struct { const char *unit; int64_t ms; } units[] = {
		{ "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};
	char *end;
	double v;

	if (!isdigit((unsigned char)*s))
		return -1;
	v = strtod(s, &end);
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		if (v * (double)units[i].ms > 9e15)
			return -1;
		*ms = (int64_t)(v * (double)units[i].ms + 0.5);
		return 0;
	}
	return -1;
}

char *clock_format_duration(int64_t ms, char out[CLOCK_TEXT])
{
	int64_t s = ms / 1000;

	if (ms < 1000)
		snprintf(out, CLOCK_TEXT, "%dms", (int)ms);
	else if (s < 60)
		snprintf(out, CLOCK_TEXT, "%d.%ds", (int)s, (int)(ms % 1000 / 100));
	else if (s < 3600)
		snprintf(out, CLOCK_TEXT, "%dm %02ds", (int)(s / 60), (int)(s % 60));
	else
		snprintf(out, CLOCK_TEXT, "%dh %02dm", (int)(s / 3600), (int)(s / 60 % 60));
	return out;
}
