/* tests/unit/test_files.c - the Files section, what conflicts, whose a changed path is
 * (spec/pipeline.md 3.1) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/files.h"
#include "store/base/buf.h"
#include "tests/unit/fuzz.h"

/* "Modify a.c|Create b.c", or "absent" */
static struct parse_row { const char *what, *body, *want; } parses[] = {
	{ "parse_heading", "Text.\n\n## Files\n- Create: `core/a.c`\n- Modify: `core/b.c:10-20`\n"
			   "- Test: `t/a_test.c`\n",
	  "Create core/a.c|Modify core/b.c|Test t/a_test.c" },
	{ "parse_bold_label", "**Files:**\n- Create: `a.c`\n\n**Steps:**\n- Modify: `not.c`\n",
	  "Create a.c" },
	{ "parse_plain_label", "Files:\n- Modify: `a.c`\n\nSome prose.\n- Modify: `not.c`\n",
	  "Modify a.c" },
	{ "parse_none", "## Goal\n- Create: `a.c`\n", "absent" },
	{ "parse_empty_section", "## Files\n\nNone.\n", "absent" },
	{ "parse_ends_at_heading", "## Files\n- Modify: `a`\n### Notes\n- Modify: `b`\n",
	  "Modify a" },
	{ "parse_two_sections", "## Files\n- Modify: `a`\n## X\n**Files:**\n- Test: `b`\n",
	  "Modify a|Test b" },
	{ "parse_line", "## Files\n- Modify: `a.c:7`\n", "Modify a.c" },
	{ "parse_line_list", "## Files\n- Modify: `a.c:7,9-12`\n", "Modify a.c" },
	{ "parse_no_range", "## Files\n- Modify: `a:b.c`\n", "Modify a:b.c" },
	{ "parse_dot_slash", "## Files\n- Modify: `././a//b/./c.c`\n", "Modify a/b/c.c" },
	{ "parse_folder", "## Files\n- Modify: `core/`\n", "Modify core/" },
	{ "parse_top", "## Files\n- Modify: `./`\n", "Modify " },
	{ "parse_glob", "## Files\n- Test: `tests/*.c`\n", "Test tests/*.c" },
	{ "parse_no_backticks", "## Files\n- Create: core/a.c (new)\n", "Create core/a.c" },
	{ "parse_several", "## Files\n- Modify: `a.c`, `b.c` and `c.c` (see `d.c`)\n",
	  "Modify a.c|Modify b.c|Modify c.c" },
	{ "parse_several_bare", "## Files\n- Modify: a.c, b.c\n", "Modify a.c|Modify b.c" },
	{ "parse_no_action", "## Files\n- `a.c`\n- src/b.c\n", "Modify a.c|Modify src/b.c" },
	{ "parse_prose_item", "## Files\n- Note: nothing else\n- Modify: `a.c`\n", "Modify a.c" },
	{ "parse_bold_action", "## Files\n- **Create:** `a.c`\n", "Create a.c" },
	{ "parse_inline", "**Files:** `a.c`, `b.c`\n", "Modify a.c|Modify b.c" },
	{ "parse_twice_once", "## Files\n- Create: `a.c`\n- Modify: `./a.c`\n", "Create a.c" },
	{ "parse_crlf", "## Files\r\n- Create: `a.c`\r\n", "Create a.c" },
	{ "parse_star_bullet", "## Files\n* Create: `a.c`\n", "Create a.c" },
	{ "parse_not_in_code", "```\n## Files\n- Create: `a.c`\n```\n", "absent" },
	{ "parse_file_structure_is_other", "## File Structure\n- Create: `a.c`\n", "absent" },
	{ "parse_lower_case_action", "## Files\n- create: `a.c`\n", "absent" },
};

static void check_parse(void **state)
{
	const struct parse_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct files f;

	files_parse(&f, r->body, strlen(r->body), &a);
	for (size_t i = 0; i < f.n; i++)
		buf_addf(&got, "%s%s %s", i ? "|" : "", files_action_name(f.v[i].action),
			 f.v[i].path);
	assert_string_equal(f.present ? got.s : "absent", r->want);
}

static struct pair_row { const char *what, *p, *q; bool want; } pairs[] = {
	{ "pair_equal", "a.c", "a.c", true },
	{ "pair_different", "a.c", "b.c", false },
	{ "pair_folder", "core/", "core/x/y.c", true },
	{ "pair_folder_without_slash", "core", "core/x.c", true },
	{ "pair_name_prefix", "core/a", "core/ab", false },
	{ "pair_folder_prefix", "core/", "core2/x.c", false },
	{ "pair_folders_nested", "core/", "core/sub/", true },
	{ "pair_top", "", "anything/at/all", true },
	{ "pair_glob", "core/*.c", "core/a.c", true },
	{ "pair_glob_no", "core/*.c", "core/a.h", false },
	{ "pair_glob_crosses_folders", "core/*", "core/x/y.c", true },
	{ "pair_globs_may_meet", "a/*.c", "a/x*", true },
	{ "pair_globs_suffix", "*.c", "*.md", false },
	{ "pair_globs_prefix", "a/*.c", "b/*.c", false },
	{ "pair_glob_in_folder", "core/*.c", "core/", true },
	{ "pair_glob_other_folder", "core/*.c", "cmd/", false },
	{ "pair_glob_any_folder", "*.c", "cmd/", true },
	{ "pair_class", "core/[ab].c", "core/b.c", true },
};

static void check_pair(void **state)
{
	const struct pair_row *r = *state;

	assert_int_equal(files_path_conflict(r->p, r->q), r->want);
	assert_int_equal(files_path_conflict(r->q, r->p), r->want);
}

static struct files parsed(const char *body, struct arena *a)
{
	struct files f;

	files_parse(&f, body, strlen(body), a);
	return f;
}

static void sets_conflict(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct files one = parsed("## Files\n- Modify: `m/index.ts:15-20`\n- Create: `x`\n", &a);
	struct files two = parsed("**Files:**\n- Modify: `jwt`\n", &a);
	struct files three = parsed("Files:\n- Modify: `m/index.ts`\n", &a);
	struct files none = parsed("no section", &a);
	const char *where;

	(void)state;
	assert_false(files_conflict(&one, &two, &where));
	assert_true(files_conflict(&one, &three, &where));
	assert_string_equal(where, "m/index.ts");
	assert_true(files_conflict(&none, &two, &where));
	assert_string_equal(where, "");
	assert_true(files_conflict(&two, &none, NULL));
	assert_true(files_conflict(&none, &none, NULL));
}

static void map_is_a_table(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct files one = parsed("## Files\n- Create: `a|b.c`\n- Test: `t.c`\n", &a);
	struct files none = parsed("", &a), top = parsed("## Files\n- Modify: `.`\n", &a);
	struct files_owner o[] = { { "e.1", &one }, { "e.2", &none }, { "e.3", &top } };

	(void)state;
	files_map_write(&o[1], 1, &out);
	assert_string_equal(out.s, "");
	files_map_write(o, 3, &out);
	assert_string_equal(out.s,
			    "| File | Owner | Action |\n|---|---|---|\n| a\\|b.c | e.1 | Create |\n"
				   "| t.c | e.1 | Test |\n| ./ | e.3 | Modify |\n");
}

static void scope_by_owner(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct files mine = parsed("## Files\n- Modify: `core/`\n- Test: `tests/*.c`\n- Modify: `both`\n", &a);
	struct files other = parsed("## Files\n- Modify: `cmd/`\n- Modify: `both`\n", &a);
	struct files none = parsed("", &a);
	struct files_owner others[] = { { "e.9", &none }, { "e.2", &other } };
	const char *paths[] = { "core/a/b.c", "tests/t.c", "both", "cmd/run.c", "README.md" };
	struct scope s;

	(void)state;
	files_scope(&s, &mine, others, 2, paths, 5, &a);
	assert_int_equal(s.nforeign, 1);
	assert_string_equal(s.foreign[0].path, "cmd/run.c");
	assert_string_equal(s.foreign[0].owner, "e.2");
	assert_int_equal(s.unlisted.n, 1);
	assert_string_equal(s.unlisted.v[0], "README.md");
	files_scope(&s, &none, others, 2, paths, 5, &a);
	assert_int_equal(s.nforeign + s.unlisted.n, 0);
}

static void any_bytes(const char *s, size_t n)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct files f;
	struct files_owner o = { "e.1", &f };

	files_parse(&f, s, n, &a);
	assert_int_equal(f.present, f.n > 0);
	files_map_write(&o, 1, &out);
	if (f.present)
		assert_true(files_conflict(&f, &f, NULL));
}

static void fuzz(void **state)
{
	static const char seed[] = "# T\n\n## Files\n- Create: `core/a.c`, `./b/*.c` and `c/`\n- Modify: core/x.c:10-20, y\n"
				   "* **Test:** `t.c:1,2`\n\n**Files:** `z`\n- Modify: `[q].c`\n\n"
				   "**Steps:**\n```c\nx\n```\n";

	(void)state;
	fuzz_bytes(seed, sizeof(seed) - 1, 3000, any_bytes);
}

int main(int argc, char **argv)
{
	enum { NPARSE = sizeof(parses) / sizeof(parses[0]),
	       NPAIR = sizeof(pairs) / sizeof(pairs[0]) };
	struct CMUnitTest t[NPARSE + NPAIR + 4] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < NPARSE; i++)
		t[n++] = (struct CMUnitTest){ parses[i].what, check_parse, NULL, NULL, &parses[i] };
	for (size_t i = 0; i < NPAIR; i++)
		t[n++] = (struct CMUnitTest){ pairs[i].what, check_pair, NULL, NULL, &pairs[i] };
	t[n++] = (struct CMUnitTest)cmocka_unit_test(sets_conflict);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(map_is_a_table);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(scope_by_owner);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(fuzz);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
