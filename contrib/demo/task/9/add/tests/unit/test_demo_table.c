#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/buf_repeat.h"
#include "store/base/buf_trim.h"
#include "store/base/clock_day.h"
#include "store/base/map.h"
#include "store/base/map_keys.h"
#include "store/base/strs_order.h"
#include "store/base/text_count.h"
#include "store/base/vec.h"

static void check(void **state)
{
	(void)state;
	MAP_AUTO m = MAP_INIT;
	STRS_AUTO keys = { 0 };
	BUF_AUTO table = BUF_INIT;

	map_put(&m, "monday", &m);
	map_put(&m, "friday", &m);
	map_keys(&m, &keys);
	strs_reverse(&keys);
	for (size_t i = 0; i < keys.n; i++)
		buf_addf(&table, "%s %d  \n", keys.v[i], clock_day(0));
	buf_trim(&table);
	assert_int_equal(text_count_lines(table.s, table.len), 2);
	assert_int_equal(text_count_words(table.s, table.len), 4);
	assert_int_equal(text_longest_line(table.s, table.len), 10);
	buf_addc(&table, 10);
	buf_repeat(&table, "-", 10);
	assert_string_equal(table.s, "monday 4  \nfriday 4\n----------");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
