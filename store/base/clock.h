/* store/base/clock.h - wall time in microseconds (settable by BDW_NOW), monotonic time, RFC 3339 */
#ifndef STORE_BASE_CLOCK_H
#define STORE_BASE_CLOCK_H
#include <stdint.h>

/* Microseconds since the epoch, UTC. BDW_NOW (RFC 3339) fixes it: tests and golden output. */
int64_t clock_now_us(void);
/* Monotonic, never affected by BDW_NOW or by the wall clock being set. */
int64_t clock_mono_ns(void);
int64_t clock_mono_ms(void);

enum { CLOCK_TEXT = 40 };	/* room for any time below */
/* "2026-11-21T02:00:00Z"; a fraction is cut. Returns out. */
char *clock_format_s(int64_t us, char out[CLOCK_TEXT]);
/* With milliseconds, always three digits: "2026-11-21T02:00:00.123Z". */
char *clock_format_ms(int64_t us, char out[CLOCK_TEXT]);
/* With the fraction it has (up to 6 digits, no trailing zeros): what issue files hold. */
char *clock_format_us(int64_t us, char out[CLOCK_TEXT]);
/* "20261121T020000Z": run ids. */
char *clock_format_stamp(int64_t us, char out[CLOCK_TEXT]);
/* RFC 3339 with any offset and fraction (cut to microseconds). 0, or -1 when s is no such time. */
int clock_parse(const char *s, int64_t *us);
/* Whole seconds since the epoch, what clock_format_s() shows of it. */
int64_t clock_second(int64_t us);
/* "90", "90s", "500ms", "10m", "2h", "1d" to milliseconds; a bare number is seconds. 0, or -1. */
int clock_parse_duration(const char *s, int64_t *ms);
/* "4m 12s", "2h 04m", "850ms": for people. Returns out. */
char *clock_format_duration(int64_t ms, char out[CLOCK_TEXT]);

#endif
