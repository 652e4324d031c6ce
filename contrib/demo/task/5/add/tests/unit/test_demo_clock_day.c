#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/base/clock_day.h"

static void check(void **state)
{
	(void)state;
	assert_int_equal(clock_day(0), 4);
	assert_int_equal(clock_day(INT64_C(86400000000) * 3), 0);
	assert_int_equal(clock_day(-1), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
