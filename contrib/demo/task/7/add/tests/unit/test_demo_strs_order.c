#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/base/strs_order.h"
#include "store/base/vec.h"

static void check(void **state)
{
	(void)state;
	STRS_AUTO list = { 0 };

	strs_reverse(&list);
	strs_add(&list, "a");
	strs_add(&list, "b");
	strs_add(&list, "c");
	strs_reverse(&list);
	assert_string_equal(list.v[0], "c");
	assert_string_equal(list.v[1], "b");
	assert_string_equal(list.v[2], "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
