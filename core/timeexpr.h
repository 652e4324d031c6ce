/* core/timeexpr.h - times as people write them: +6h, tomorrow, next monday, 2025-01-15
 * (spec/cli.md 3) */
#ifndef CORE_TIMEEXPR_H
#define CORE_TIMEEXPR_H
#include <stdint.h>
struct err;

/*
 * s as a time in microseconds since the epoch, seen from now_us; calendar words are read in the
 * local time zone. One of: [+-]N[hdwmy] (m is months, a bare N is in the future), YYYY-MM-DD
 * (midnight), YYYY-MM-DD[ T]HH:MM[:SS], RFC 3339, or English: now, today, tomorrow, yesterday,
 * monday, next friday, last week, in 3 days, 2 hours ago, each but "now" with "at 9am", "at
 * 17:30" behind it. Letter case does not matter. 0, or -1 when s is no time.
 */
int timeexpr_parse(const char *s, int64_t now_us, int64_t *out);

/* As timeexpr_parse, but a bare "7d" lies in the past: what the query language means by
 * `updated>7d`. */
int timeexpr_parse_past(const char *s, int64_t now_us, int64_t *out);

/* As timeexpr_parse; ERR_USAGE in bd's words, naming the flag ("due" without its dashes). */
int timeexpr_flag(const char *flag, const char *s, int64_t now_us, int64_t *out, struct err *e);

#endif
