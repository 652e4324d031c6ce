#include "store/base/clock_day.h"

int clock_day(int64_t us)
{
	const int64_t day = 86400000000;
	int64_t days = us / day - (us % day < 0);	/* rounded down, before the epoch too */

	return (int)(((days + 4) % 7 + 7) % 7);		/* 1 January 1970 was a Thursday */
}
