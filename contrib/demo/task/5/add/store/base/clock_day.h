/* store/base/clock_day.h - days of the week */
#ifndef STORE_BASE_CLOCK_DAY_H
#define STORE_BASE_CLOCK_DAY_H
#include <stdint.h>

/* Day of the week in UTC of a time in microseconds since the epoch: 0 is Sunday, 6 is Saturday. */
int clock_day(int64_t us);

#endif
