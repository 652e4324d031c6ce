#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/base/map.h"
#include "store/base/map_keys.h"
#include "store/base/vec.h"

static void check(void **state)
{
	(void)state;
	MAP_AUTO m = MAP_INIT;
	STRS_AUTO keys = { 0 };

	map_put(&m, "b", &m);
	map_put(&m, "a", &m);
	map_keys(&m, &keys);
	assert_int_equal(keys.n, 2);
	assert_string_equal(keys.v[0], "a");
	assert_string_equal(keys.v[1], "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
