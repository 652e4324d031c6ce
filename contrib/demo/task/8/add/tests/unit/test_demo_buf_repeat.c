#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/buf_repeat.h"

static void check(void **state)
{
	(void)state;
	BUF_AUTO b = BUF_INIT;

	buf_repeat(&b, "=-", 3);
	buf_repeat(&b, "x", -1);
	assert_string_equal(b.s, "=-=-=-");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(check) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
