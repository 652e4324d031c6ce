/* tests/unit/test_id.c - what may be an id, what its file is called, what a new one looks like */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/id.h"
#include "tests/unit/fuzz.h"

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10

/* why: what the message holds; NULL when the id is good */
static struct check_row { const char *what, *id, *why; } checks[] = {
	{ "check_plain", "demo-4f2a", NULL },
	{ "check_child", "demo-4f2a.1.12", NULL },
	{ "check_long_prefix", "my-long-prefix-4f2a", NULL },
	{ "check_colon", "FEAT-005:DEC-003", NULL },
	{ "check_utf8", "gr\xc3\xbc\xc3\x9f-1", NULL },
	{ "check_slash", "a-b/c", NULL },
	{ "check_200_bytes", "x-" X50 X50 X50 X10 X10 X10 X10 "xxxxxxxx", NULL },
	{ "check_201_bytes", "x-" X50 X50 X50 X10 X10 X10 X10 "xxxxxxxxx", "too long" },
	{ "check_long_name",
	  "x-////////////////////////////////////////////////////////////////////////////////",
	  "too long" },
	{ "check_empty", "", "cannot be empty" },
	{ "check_no_hyphen", "nodash",
	  "invalid ID format 'nodash' (expected format: prefix-hash or prefix-hash.number, "
	  "e.g., 'bd-a3f8e9' or 'bd-a3f8e9.1')" },
	{ "check_hyphen_first", "-a-b", "invalid ID format" },
	{ "check_hyphen_last", "a-", "invalid ID format" },
	{ "check_blank", "a b-c", "white space" },
	{ "check_newline", "a-b\n", "white space" },
	{ "check_nul_like", "a-\x01", "white space" },
	{ "check_delete", "a-\x7f", "white space" },
	{ "check_c1_control", "a-\xc2\x85", "white space" },
	{ "check_no_break_space", "a-\xc2\xa0", "white space" },
	{ "check_wide_space", "a-\xe3\x80\x80", "white space" },
	{ "check_invisible", "a-\xe2\x80\x8b", "white space" },
	{ "check_line_separator", "a-\xe2\x80\xa8", "white space" },
	{ "check_bom", "\xef\xbb\xbf" "a-b", "white space" },
	{ "check_bad_utf8", "a-\xff", "UTF-8" },
};

static void check_id(void **state)
{
	const struct check_row *r = *state;
	struct err e = ERR_INIT;

	if (!r->why) {
		assert_int_equal(id_check(r->id, &e), 0);
		return;
	}
	assert_int_equal(id_check(r->id, &e), ERR_USAGE);
	if (!strstr(e.msg, r->why))
		fail_msg("'%s' instead of '%s'", e.msg, r->why);
}

static struct name_row { const char *what, *id, *name; } names[] = {
	{ "name_plain", "demo-4f2a.1", "demo-4f2a.1" },
	{ "name_colon", "FEAT-005:DEC-003", "FEAT-005%3ADEC-003" },
	{ "name_slash", "a-b/c", "a-b%2Fc" },
	{ "name_percent", "a-%41", "a-%2541" },
	{ "name_leading_dot", ".a-b", "%2Ea-b" },
	{ "name_trailing_dot", "a-b.", "a-b%2E" },
	{ "name_two_dots", "a-b..c", "a-b.%2Ec" },
	{ "name_three_dots", "a-b...c", "a-b.%2E%2Ec" },
	{ "name_lock", "a-b.lock", "a-b%2Elock" },
	{ "name_lock_inside", "a-b.locks", "a-b.locks" },
	{ "name_utf8", "\xc3\xbc-1", "%C3%BC-1" },
	{ "name_shell", "a-$(x)", "a-%24%28x%29" },
};

static void check_name(void **state)
{
	const struct name_row *r = *state;
	BUF_AUTO name = BUF_INIT;
	BUF_AUTO id = BUF_INIT;

	buf_adds(&name, ">");
	id_file_name(r->id, &name);
	assert_string_equal(name.s + 1, r->name);
	buf_adds(&id, ">");
	assert_true(id_from_file_name(r->name, strlen(r->name), &id));
	assert_string_equal(id.s + 1, r->id);
}

/* File names that are no id's: another spelling would be a second home of the same issue. */
static struct no_name_row { const char *what, *name; } no_names[] = {
	{ "no_name_empty", "" }, { "no_name_hidden", ".a-b" }, { "no_name_temp", ".tmp.1.2" },
	{ "no_name_swap", ".a-b.swp" },
	{ "no_name_no_hyphen", "README" }, { "no_name_cut_escape", "a-b%2" },
	{ "no_name_lower_hex", "a-b%2fc" },
	{ "no_name_needless_escape", "a-%62" }, { "no_name_nul", "a-b%00" },
	{ "no_name_bad_utf8", "a-%FF" },
	{ "no_name_blank", "a-b c" }, { "no_name_blank_escaped", "a-b%20c" },
	{ "no_name_lock", "a-b.lock" },
	{ "no_name_backup", "a-b~" },
};

static void check_no_name(void **state)
{
	const struct no_name_row *r = *state;
	BUF_AUTO id = BUF_INIT;

	buf_adds(&id, ">");
	assert_false(id_from_file_name(r->name, strlen(r->name), &id));
	assert_string_equal(id.s, ">");
}

/* 0xf71b80ce and 0x508f0545: clones must agree on these for ever. */
static void check_paths(void **state)
{
	BUF_AUTO out = BUF_INIT;

	(void)state;
	id_issue_path("demo-4f2a", &out);
	buf_addc(&out, ' ');
	id_work_path("a-b/c", &out);
	assert_string_equal(out.s, "issue/ce/demo-4f2a.md work/45/a-b%2Fc.ini");
	assert_int_equal(id_shard("a"), 0x2c);	/* 0xe40c292c */
}

static struct part_row { const char *what, *id; size_t prefix,
			 parent; unsigned long child; } parts[] = {
	{ "part_top", "demo-4f2a", 4, 0, 0 },
	{ "part_child", "demo-4f2a.3", 4, 9, 3 },
	{ "part_grandchild", "demo-4f2a.3.12", 4, 11, 12 },
	{ "part_long_prefix", "my-proj-4f2a.1", 7, 12, 1 },
	{ "part_dotted_prefix", "a.b-c", 3, 0, 0 },
	{ "part_none", "demo", 0, 0, 0 },
	{ "part_zero", "demo-1.0", 4, 0, 0 },
	{ "part_leading_zero", "demo-1.01", 4, 0, 0 },
	{ "part_word", "demo-1.x", 4, 0, 0 },
	{ "part_dot_last", "demo-1.", 4, 0, 0 },
	{ "part_huge", "demo-1.99999999999999999999", 4, 0, 0 },
};

static void check_part(void **state)
{
	const struct part_row *r = *state;

	assert_int_equal(id_prefix_len(r->id), r->prefix);
	assert_int_equal(id_parent_len(r->id), r->parent);
	assert_int_equal(id_child_number(r->id), r->child);
}

/* In order; every pair is compared both ways. */
static const char *const ordered[] = {
	"demo-1", "demo-1.1", "demo-1.2", "demo-1.2.1", "demo-1.2.10", "demo-1.2.x", "demo-1.10",
	"demo-1.010", "demo-1.1a",
	"demo-1.a", "demo-10", "demo-2", "demp-1",
};

static void check_order(void **state)
{
	int n = sizeof(ordered) / sizeof(ordered[0]);

	(void)state;
	for (int i = 0; i < n; i++)
		for (int k = 0; k < n; k++) {
			int diff = id_compare_natural(ordered[i], ordered[k]);

			if ((diff > 0) - (diff < 0) != (i > k) - (i < k))
				fail_msg("%s against %s: %d", ordered[i], ordered[k], diff);
		}
}

static struct len_row { const char *what; size_t n; int min, max; double prob; int want; } lens[] = {
	{ "len_none", 0, 3, 8, 0.25, 3 }, { "len_163", 163, 3, 8, 0.25, 3 },
	{ "len_164", 164, 3, 8, 0.25, 4 }, { "len_983", 983, 3, 8, 0.25, 4 },
	{ "len_984", 984, 3, 8, 0.25, 5 }, { "len_5898", 5898, 3, 8, 0.25, 5 },
	{ "len_5899", 5899, 3, 8, 0.25, 6 }, { "len_35389", 35389, 3, 8, 0.25, 6 },
	{ "len_35390", 35390, 3, 8, 0.25, 7 }, { "len_huge", (size_t)1 << 40, 3, 8, 0.25, 8 },
	{ "len_minimum", 1, 6, 8, 0.25, 6 }, { "len_maximum", 5899, 3, 4, 0.25, 4 },
	{ "len_no_more_than_8", (size_t)1 << 40, 3, 99, 0.25, 8 },
	{ "len_rarely", 5, 3, 8, 0.0001, 4 }, { "len_often", 400, 3, 8, 0.99, 3 },
};

static void check_len(void **state)
{
	const struct len_row *r = *state;

	assert_int_equal(id_hash_len(r->n, r->min, r->max, r->prob), r->want);
}

static void new_id(const char *title, unsigned nonce, struct buf *out)
{
	buf_reset(out);
	id_new("my-p", title, "d", "a", 1000000, 5, nonce, out);
}

static void check_new(void **state)
{
	BUF_AUTO one = BUF_INIT;
	BUF_AUTO two = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	setenv("BDW_SEED", "7", 1);
	new_id("t", 0, &one);
	new_id("t", 0, &two);
	assert_string_equal(one.s, two.s);
	new_id("t", 1, &two);
	assert_string_not_equal(one.s, two.s);
	new_id("u", 0, &two);
	assert_string_not_equal(one.s, two.s);
	setenv("BDW_SEED", "8", 1);
	new_id("t", 0, &two);
	assert_string_not_equal(one.s, two.s);
	unsetenv("BDW_SEED");
	new_id("t", 0, &two);
	new_id("t", 0, &one);
	assert_string_not_equal(one.s, two.s);
	assert_int_equal(one.len, 10);
	assert_int_equal(strspn(one.s + 5, "0123456789abcdefghijklmnopqrstuvwxyz"), 5);
	assert_int_equal(id_check(one.s, &e), 0);
}

static void check_uuid(void **state)
{
	char one[37], two[37];

	(void)state;
	setenv("BDW_SEED", "7", 1);
	id_new_uuid(1795226400000000, 1, one);
	id_new_uuid(1795226400000000, 1, two);
	assert_string_equal(one, two);
	assert_int_equal(strlen(one), 36);
	assert_memory_equal(one, "01a1fbd4-f500-7", 15);
	assert_non_null(strchr("89ab", one[19]));
	id_new_uuid(1795226400000000, 2, two);
	assert_string_not_equal(one, two);
	unsetenv("BDW_SEED");
	id_new_uuid(1795226400000000, 1, one);
	id_new_uuid(1795226400000000, 1, two);
	assert_string_not_equal(one, two);
}

static struct prefix_row { const char *what, *dir, *want; } prefixes[] = {
	{ "prefix_plain", "demo", "demo" },
	{ "prefix_case", "My.Proj_x", "My_Proj_x" },
	{ "prefix_path", "/home/a b/my-proj/", "my-proj" },
	{ "prefix_utf8", "gr\xc3\xbc\xc3\x9f", "gr__" },
	{ "prefix_hyphens", "--a-b--", "a-b" },
	{ "prefix_empty", "", "issue" },
	{ "prefix_root", "/", "issue" },
	{ "prefix_only_hyphens", "---", "issue" },
	{ "prefix_long", X50 X50 X50, X50 X50 },
};

static void check_prefix(void **state)
{
	const struct prefix_row *r = *state;
	BUF_AUTO out = BUF_INIT;

	id_prefix_from_dir(r->dir, &out);
	assert_string_equal(out.s, r->want);
}

/* Any bytes are a file name or not; those that are one read back to the same bytes. */
static void one_name(const char *s, size_t n)
{
	BUF_AUTO id = BUF_INIT;
	BUF_AUTO again = BUF_INIT;

	if (!id_from_file_name(s, n, &id))
		return;
	id_file_name(id.s, &again);
	assert_int_equal(again.len, n);
	assert_memory_equal(again.s, s, n);
	assert_int_equal(id_check(id.s, NULL), 0);
}

static void check_fuzz(void **state)
{
	(void)state;
	fuzz_bytes("a-b%2Ec%C3%BC..x.lock%25", 24, 5000, one_name);
}

#define ROWS(rows, check) \
	for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
		t[n++] = (struct CMUnitTest){ .name = (rows)[i].what, .test_func = check, .initial_state = &(rows)[i] }

int main(int argc, char **argv)
{
	struct CMUnitTest t[128] = {
		cmocka_unit_test(check_paths), cmocka_unit_test(check_order),
		cmocka_unit_test(check_new), cmocka_unit_test(check_uuid),
		cmocka_unit_test(check_fuzz),
	};
	size_t n = 5;

	ROWS(checks, check_id);
	ROWS(names, check_name);
	ROWS(no_names, check_no_name);
	ROWS(parts, check_part);
	ROWS(lens, check_len);
	ROWS(prefixes, check_prefix);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return _cmocka_run_group_tests("id", t, n, NULL, NULL);
}
