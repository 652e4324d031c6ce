/* tests/unit/test_held.c - what a reviewer's words name (pipeline 5.3) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/held.h"
#include "store/base/arena.h"
#include "store/base/buf.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct row { const char *what, *text, *want; } rows[] = {
	{ "one", "src/b.c:init is missing", "src/b.c init;" },
	{ "in_quotes", "needs `src/b.c:init()`, (lib/x-y.h:X_2).", "src/b.c init;lib/x-y.h X_2;" },
	{ "a_line_is_no_symbol", "src/b.c:40 and b.c: init", "" },
	{ "a_word_is_no_path", "ISSUES:none VERDICT:FAIL", "" },
	{ "no_options", "--x/y:z", "" },
	{ "at_the_ends", ":a b.c:", "" },
	{ "nothing", "", "" },
	{ "two_colons", "a.c:b:c", "a.c b;" },
};

static void check(void **state)
{
	const struct row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct held_place *place;
	size_t n = held_places(r->text, &place, &a);

	for (size_t i = 0; i < n; i++)
		buf_addf(&got, "%s %s;", place[i].path, place[i].symbol);
	assert_string_equal(got.s, r->want);
}

int main(int argc, char **argv)
{
	struct CMUnitTest t[COUNT(rows)] = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		t[i] = (struct CMUnitTest){ rows[i].what, check, NULL, NULL, &rows[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
