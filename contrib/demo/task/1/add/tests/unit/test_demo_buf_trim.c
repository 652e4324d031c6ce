#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/buf_trim.h"

static void check(void **state)
{
	(void)state;
	BUF_AUTO b = BUF_INIT;

	buf_trim(&b);
	assert_int_equal(b.len, 0);
	buf_adds(&b, " a b \r\n\n");
	buf_trim(&b);
	assert_string_equal(b.s, " a b");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
