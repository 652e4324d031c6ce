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

/* A point in time taken apart, UTC. libc's calendar does the same under a lock and ten times
 * slower, and every issue file holds several times. */
struct civil { int year, month, day, hour, min, sec, frac; };

/* Days since the epoch of a date in the proleptic Gregorian calendar; years are counted from
 * March, so that the day a leap year adds comes last
 * (http://howardhinnant.github.io/date_algorithms.html). */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = floor_div(y, 400);
	int64_t of_era = y - era * 400,
		of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t clock_second(int64_t us)
{
	return floor_div(us, 1000000);
}

static struct civil utc(int64_t us)
{
	int64_t s = clock_second(us), days = floor_div(s, 86400), z = days + 719468;
	int64_t era = floor_div(z, 146097), of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = (int)(of_era - (365 * y + y / 4 - y / 100)), m = (5 * of_year + 2) / 153;
	int of_day = (int)(s - days * 86400);

	return (struct civil){
		.year = (int)(y + era * 400 + (m >= 10)), .month = m < 10 ? m + 3 : m - 9,
		.day = of_year - (153 * m + 2) / 5 + 1, .hour = of_day / 3600,
		.min = of_day / 60 % 60, .sec = of_day % 60, .frac = (int)(us - s * 1000000),
	};
}

static char *put(char *p, int v, int digits)
{
	for (int i = digits; i-- > 0; v /= 10)
		p[i] = (char)('0' + v % 10);
	return p + digits;
}

/* "2026-11-21T02:00:00"; returns its end. Years are four digits: RFC 3339 knows no others. */
static char *put_civil(char *p, const struct civil *c)
{
	p = put(p, c->year < 0 ? 0 : c->year > 9999 ? 9999 : c->year, 4);
	*p++ = '-';
	p = put(p, c->month, 2);
	*p++ = '-';
	p = put(p, c->day, 2);
	*p++ = 'T';
	p = put(p, c->hour, 2);
	*p++ = ':';
	p = put(p, c->min, 2);
	*p++ = ':';
	return put(p, c->sec, 2);
}

char *clock_format_s(int64_t us, char out[CLOCK_TEXT])
{
	struct civil c = utc(us);

	memcpy(put_civil(out, &c), "Z", 2);
	return out;
}

char *clock_format_ms(int64_t us, char out[CLOCK_TEXT])
{
	struct civil c = utc(us);
	char *p = put_civil(out, &c);

	*p++ = '.';
	memcpy(put(p, c.frac / 1000, 3), "Z", 2);
	return out;
}

char *clock_format_us(int64_t us, char out[CLOCK_TEXT])
{
	struct civil c = utc(us);
	char *p = put_civil(out, &c);

	if (c.frac) {
		*p++ = '.';
		p = put(p, c.frac, 6);
		while (p[-1] == '0')
			p--;
	}
	memcpy(p, "Z", 2);
	return out;
}

char *clock_format_stamp(int64_t us, char out[CLOCK_TEXT])
{
	struct civil c = utc(us);
	char *p = put(put(put(out, c.year, 4), c.month, 2), c.day, 2);

	*p++ = 'T';
	memcpy(put(put(put(p, c.hour, 2), c.min, 2), c.sec, 2), "Z", 2);
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

/* The offset of "Z", "z", "+hh:mm" or "-hh:mm" in seconds; false when it is none, or text
 * follows. */
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

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

int clock_parse(const char *s, int64_t *us)
{
	struct civil c = { 0 };
	int scale = 100000, offset;

	if ((c.year = digits(&s, 4)) < 0 || !eat(&s, '-') ||
	    (c.month = digits(&s, 2)) < 1 || c.month > 12 || !eat(&s, '-') ||
	    (c.day = digits(&s, 2)) < 1 || c.day > days_in(c.year, c.month))
		return -1;
	if (!eat(&s, 'T') && !eat(&s, 't') && !eat(&s, ' '))
		return -1;
	if ((c.hour = digits(&s, 2)) < 0 || c.hour > 23 || !eat(&s, ':') ||
	    (c.min = digits(&s, 2)) < 0 || c.min > 59 || !eat(&s, ':') ||
	    (c.sec = digits(&s, 2)) < 0 || c.sec > 60)
		return -1;
	if (eat(&s, '.')) {
		if (!isdigit((unsigned char)*s))
			return -1;
		for (; isdigit((unsigned char)*s); s++, scale /= 10)
			c.frac += scale * (*s - '0');
	}
	if (!parse_zone(s, &offset))
		return -1;
	*us = (days_of(c.year, c.month, c.day) * 86400 + c.hour * 3600 + c.min * 60 + c.sec -
	       offset) * 1000000 +
	      c.frac;
	if (offset)
		c = utc(*us);	/* the zone may lead out of the years that there are */
	return c.year < 0 || c.year > 9999 ? -1 : 0;
}

int clock_parse_duration(const char *s, int64_t *ms)
{
	static const struct { const char *unit; int64_t ms; } units[] = {
		{ "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 },
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
