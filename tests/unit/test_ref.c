#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/ref.h"
#include "tests/unit/tmprepo.h"

#define A "1111111111111111111111111111111111111111"
#define B "2222222222222222222222222222222222222222"
#define MAIN "refs/heads/main"

static struct row {
	const char *what, *loose, *packed, *ref;
	int want;
	const char *hex;
} rows[] = {
	{ "loose", A "\n", NULL, MAIN, 0, A },
	{ "loose_without_newline", A, NULL, MAIN, 0, A },
	{ "packed", NULL, "# pack-refs with: peeled\n" A " refs/heads/main\n", MAIN, 0, A },
	{ "packed_among_others", NULL,
	  B " refs/heads/mai\n" B " refs/heads/main2\n" A " refs/heads/main\n^" B "\n",
	  MAIN, 0, A },
	{ "packed_last_line_cut", NULL, A " refs/heads/main", MAIN, 0, A },
	{ "loose_wins", A "\n", B " refs/heads/main\n", MAIN, 0, A },
	{ "missing", NULL, NULL, MAIN, ERR_NOTFOUND, NULL },
	{ "packed_has_another", NULL, A " refs/heads/other\n", MAIN, ERR_NOTFOUND, NULL },
	{ "symbolic", "ref: refs/heads/other\n", A " refs/heads/other\n", MAIN, 0, A },
	{ "symbolic_to_itself", "ref: refs/heads/main\n", NULL, MAIN, ERR_PARSE, NULL },
	{ "empty_file", "", NULL, MAIN, ERR_PARSE, NULL },
	{ "garbage", "not a hash\n", NULL, MAIN, ERR_PARSE, NULL },
	{ "a_folder_is_no_ref", A "\n", NULL, "refs/heads", ERR_NOTFOUND, NULL },
	{ "upper_case_hex", "ABCDEFabcdef1111111111111111111111111111\n", NULL, MAIN, 0,
	  "abcdefabcdef1111111111111111111111111111" },
};

static void check(void **state)
{
	const struct row *r = *state;
	char *dir = tmp_path(r->what), hex[OID_HEX];
	struct err e = ERR_INIT;
	struct oid oid;

	if (r->loose)
		file_write(dir, MAIN, r->loose);
	if (r->packed)
		file_write(dir, "packed-refs", r->packed);
	assert_int_equal(ref_read(dir, r->ref, &oid, &e), r->want);
	if (r->hex)
		assert_string_equal(oid_hex(&oid, hex), r->hex);
	else
		assert_true(*e.msg);
	free(dir);
}

static void oid_text(void **state)
{
	struct oid a, b;
	char hex[OID_HEX];

	(void)state;
	assert_int_equal(oid_parse(&a, "0123456789abcdef0123456789abcdef01234567 rest"), 0);
	assert_string_equal(oid_hex(&a, hex), "0123456789abcdef0123456789abcdef01234567");
	assert_int_equal(oid_parse(&b, "0123456789abcdef0123456789abcdef0123456"), -1);
	assert_int_equal(oid_parse(&b, ""), -1);
	assert_int_equal(oid_parse(&b, "g123456789abcdef0123456789abcdef01234567"), -1);
	b = a;
	assert_true(oid_equal(&a, &b));
	b.b[19] ^= 1;
	assert_false(oid_equal(&a, &b));
	assert_false(oid_is_zero(&a));
	assert_true(oid_is_zero(&(struct oid){ 0 }));
}

/* What git itself writes, before and after pack-refs. */
static void as_git_writes(void **state)
{
	char *dir = tmp_repo("real"), *git = tmp_path("real/.git"), hex[OID_HEX];
	struct buf want = BUF_INIT;
	struct oid oid;

	(void)state;
	assert_int_equal(git_run(dir, NULL, "commit", "-q", "--allow-empty", "-m", "x", NULL), 0);
	assert_int_equal(git_run(dir, &want, "rev-parse", "HEAD", NULL), 0);
	for (int packed = 0; packed < 2; packed++) {
		assert_int_equal(ref_read(git, MAIN, &oid, NULL), 0);
		assert_memory_equal(oid_hex(&oid, hex), want.s, 40);
		assert_int_equal(ref_read(git, "HEAD", &oid, NULL), 0);
		assert_memory_equal(oid_hex(&oid, hex), want.s, 40);
		assert_int_equal(git_run(dir, NULL, "pack-refs", "--all", NULL), 0);
	}
	buf_release(&want);
	free(dir);
	free(git);
}

int main(int argc, char **argv)
{
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[ROWS + 2] = {
		[ROWS] = cmocka_unit_test(oid_text), [ROWS + 1] = cmocka_unit_test(as_git_writes),
	};
	int rc;

	for (size_t i = 0; i < ROWS; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].what, .test_func = check,
					    .initial_state = &rows[i] };
	tmp_begin();
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = cmocka_run_group_tests(t, NULL, NULL);
	tmp_end();
	return rc;
}
