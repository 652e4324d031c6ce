#include "core/timeexpr.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/base/clock.h"
#include "store/base/err.h"

enum { MAX_WORDS = 8, MAX_TEXT = 64, MAX_COUNT = 100000 };
#define US 1000000LL

enum unit { UNIT_NONE, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };

/* The words of an expression in lower case, and how many of them are used up. */
struct words {
	char text[MAX_TEXT];
	char *w[MAX_WORDS];
	int n, at;
};

/* Hours and shorter are exact; days and longer keep the clock on the wall, also over a change to
 * summer time. */
static int64_t shift(int64_t now_us, long n, enum unit unit)
{
	time_t sec = (time_t)(now_us / US);
	struct tm tm;

	localtime_r(&sec, &tm);
	switch (unit) {
	case UNIT_NONE:
		break;
	case UNIT_MINUTE:
		return now_us + n * 60 * US;
	case UNIT_HOUR:
		return now_us + n * 3600 * US;
	case UNIT_DAY:
		tm.tm_mday += (int)n;
		break;
	case UNIT_WEEK:
		tm.tm_mday += (int)n * 7;
		break;
	case UNIT_MONTH:
		tm.tm_mon += (int)n;
		break;
	case UNIT_YEAR:
		tm.tm_year += (int)n;
		break;
	}
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * US + now_us % US;
}

/* [+-]N[hdwmy]; bare is the sign of a number without one. */
static int parse_short(const char *s, int64_t now_us, int bare, int64_t *out)
{
	static const char letters[] = "hdwmy";
	static const enum unit units[] = { UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };
	const char *letter;
	char *end;
	long n;
	int sign = bare;

	if (*s == '+' || *s == '-')
		sign = *s++ == '-' ? -1 : 1;
	if (!isdigit((unsigned char)*s))
		return -1;
	n = strtol(s, &end, 10);
	if (n > MAX_COUNT || !*end || end[1] ||
	    !(letter = strchr(letters, tolower((unsigned char)*end))))
		return -1;
	*out = shift(now_us, sign * n, units[letter - letters]);
	return 0;
}

/* YYYY-MM-DD, with or without a time of day, in the local time zone. */
static int parse_date(const char *s, int64_t *out)
{
	struct tm tm = { .tm_isdst = -1 };
	int used = 0, clock = 0, seconds = 0;
	time_t t;

	if (strlen(s) < 10 || s[4] != '-' || s[7] != '-' ||
	    sscanf(s, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3 ||
	    used != 10)
		return -1;
	s += used;
	if (*s && (*s != ' ' && *s != 'T' && *s != 't'))
		return -1;
	if (*s && (sscanf(s + 1, "%2d:%2d%n:%2d%n", &tm.tm_hour, &tm.tm_min, &clock, &tm.tm_sec,
			  &seconds) < 2 ||
		   s[1 + (seconds ? seconds : clock)] || !clock))
		return -1;
	if (tm.tm_year < 1 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
	    tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	int day = tm.tm_mday;

	t = mktime(&tm);
	if (tm.tm_mday != day)	/* February 30 */
		return -1;
	*out = (int64_t)t * US;
	return 0;
}

static int split(struct words *w, const char *s)
{
	size_t len = strlen(s);

	*w = (struct words){ .n = 0 };
	if (len >= MAX_TEXT)
		return -1;
	for (size_t i = 0; i < len; i++)
		w->text[i] = (char)tolower((unsigned char)s[i]);
	for (char *save, *t = strtok_r(w->text, " \t", &save); t;
	     t = strtok_r(NULL, " \t", &save)) {
		if (w->n == MAX_WORDS)
			return -1;
		w->w[w->n++] = t;
	}
	return w->n ? 0 : -1;
}

/* Takes the next word when it is this one. */
static bool take(struct words *w, const char *word)
{
	if (w->at == w->n || strcmp(w->w[w->at], word) != 0)
		return false;
	w->at++;
	return true;
}

static enum unit take_unit(struct words *w)
{
	static const struct { const char *name; enum unit unit; } units[] = {
		{ "minute", UNIT_MINUTE }, { "hour", UNIT_HOUR }, { "day", UNIT_DAY },
		{ "week", UNIT_WEEK }, { "month", UNIT_MONTH }, { "year", UNIT_YEAR },
	};
	size_t len;

	if (w->at == w->n)
		return UNIT_NONE;
	len = strlen(w->w[w->at]);
	if (len > 3 && w->w[w->at][len - 1] == 's')
		len--;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (len == strlen(units[i].name) && !strncmp(w->w[w->at], units[i].name, len)) {
			w->at++;
			return units[i].unit;
		}
	return UNIT_NONE;
}

/* 0 (Sunday) to 6, or -1. */
static int take_weekday(struct words *w)
{
	static const char *const days[] = {
		"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	};

	for (int i = 0; w->at < w->n && i < 7; i++) {
		size_t len = strlen(w->w[w->at]);

		if (len >= 3 && !strncmp(days[i], w->w[w->at], len)) {
			w->at++;
			return i;
		}
	}
	return -1;
}

/* "3", "a", "an", "one" .. "ten". 0 when the next word is none of these. */
static long take_count(struct words *w)
{
	static const char *const names[] = {
		"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
	};
	char *end;
	long n;

	if (w->at == w->n)
		return 0;
	if (take(w, "a") || take(w, "an"))
		return 1;
	for (long i = 1; i <= 10; i++)
		if (take(w, names[i]))
			return i;
	n = strtol(w->w[w->at], &end, 10);
	if (*end || n < 1 || n > MAX_COUNT)
		return 0;
	w->at++;
	return n;
}

/* Days from now to a weekday: the coming one, never today. direction -1: the last one. */
static int64_t to_weekday(int64_t now_us, int day, int direction)
{
	time_t sec = (time_t)(now_us / US);
	struct tm tm;
	int ahead;

	localtime_r(&sec, &tm);
	ahead = (day - tm.tm_wday + 7) % 7;
	if (direction > 0 && ahead == 0)
		ahead = 7;
	if (direction < 0)
		ahead -= 7;
	return shift(now_us, ahead, UNIT_DAY);
}

/* "next monday", "last week", "monday", "in 3 days", "2 hours ago", "tomorrow" */
static int take_day(struct words *w, int64_t now_us, int64_t *out)
{
	int direction = take(w, "next") ? 1 : take(w, "last") ? -1 : 0, day = take_weekday(w);
	bool in = false;
	enum unit unit;
	long n = 1;

	if (day >= 0) {
		*out = to_weekday(now_us, day, direction ? direction : 1);
		return 0;
	}
	if (!direction) {
		static const struct { const char *word; int days; } near[] = {
			{ "now", 0 }, { "today", 0 }, { "tomorrow", 1 }, { "yesterday", -1 },
		};

		for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
			if (take(w, near[i].word)) {
				*out = shift(now_us, near[i].days, UNIT_DAY);
				return 0;
			}
		in = take(w, "in");
		n = take_count(w);
	}
	if (!n || (unit = take_unit(w)) == UNIT_NONE)
		return -1;
	if (!direction)
		direction = in ? 1 : take(w, "ago") ? -1 :
			take(w, "from") && take(w, "now") ? 1 : 0;
	*out = shift(now_us, direction * n, unit);
	return direction ? 0 : -1;
}

/* "at 9am", "at 17:30", "at 5:15 pm", "at noon": the time of day of *t. */
static int take_clock(struct words *w, int64_t *t)
{
	int hour = 12, minute = 0, used = 0;
	time_t sec = (time_t)(*t / US);
	const char *half = "";
	struct tm tm;

	if (!take(w, "at") || w->at == w->n)
		return -1;
	if (take(w, "midnight")) {
		hour = 0;
	} else if (!take(w, "noon")) {
		const char *s = w->w[w->at++];

		if (sscanf(s, "%2d%n:%2d%n", &hour, &used, &minute, &used) < 1)
			return -1;
		half = s[used] || w->at == w->n ? s + used : w->w[w->at++];
		if (*half &&
		    ((strcmp(half, "am") != 0 && strcmp(half, "pm") != 0) || hour < 1 || hour > 12))
			return -1;
		if (*half)
			hour = hour % 12 + (*half == 'p' ? 12 : 0);
	}
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return -1;
	localtime_r(&sec, &tm);
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	*t = (int64_t)mktime(&tm) * US;
	return 0;
}

static int parse_english(const char *s, int64_t now_us, int64_t *out)
{
	struct words w;
	int64_t t;

	if (split(&w, s) < 0 || take_day(&w, now_us, &t) < 0 ||
	    (w.at < w.n && take_clock(&w, &t) < 0) || w.at < w.n)
		return -1;
	*out = t;
	return 0;
}

static int parse(const char *s, int64_t now_us, int bare, int64_t *out)
{
	if (!parse_short(s, now_us, bare, out) || !clock_parse(s, out) || !parse_date(s, out))
		return 0;
	return parse_english(s, now_us, out);
}

int timeexpr_parse(const char *s, int64_t now_us, int64_t *out)
{
	return parse(s, now_us, 1, out);
}

int timeexpr_parse_past(const char *s, int64_t now_us, int64_t *out)
{
	return parse(s, now_us, -1, out);
}

int timeexpr_flag(const char *flag, const char *s, int64_t now_us, int64_t *out, struct err *e)
{
	if (!timeexpr_parse(s, now_us, out))
		return 0;
	return err_set(e, ERR_USAGE, "invalid --%s format \"%s\". Examples: +6h, tomorrow, next "
				     "monday, 2025-01-15",
		       flag, s);
}
