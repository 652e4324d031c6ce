#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/base/text_count.h"

static void check(void **state)
{
	(void)state;
	assert_int_equal(text_count_words("", 0), 0);
	assert_int_equal(text_count_words(" two  words\n", 12), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
