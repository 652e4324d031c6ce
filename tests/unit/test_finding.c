/* tests/unit/test_finding.c - severities, categories, places, and reading a report */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/finding.h"
#include "store/base/buf.h"
#include "tests/unit/fuzz.h"

static struct guess_row { const char *text, *want; } guesses[] = {
	{ "secret logged", "security" },
	{ "SQL injection in query", "security" },
	{ "the author is missing from the name", "requirement" },
	{ "no null check", "error-handling" },
	{ "unlink may lose data; data loss on crash", "data-loss" },
	{ "file is truncated on ENOSPC", "data-loss" },
	{ "race between readers", "concurrency" },
	{ "trace output is odd", "other" },
	{ "no test for the empty list", "test-gap" },
	{ "requirement 3 is not met", "requirement" },
	{ "quadratic loop", "performance" },
	{ "name", "style" },
	{ "", "other" },
};

static void check_guess(void **state)
{
	const struct guess_row *r = *state;

	assert_string_equal(category_guess(r->text), r->want);
}

/* text|file|line */
static struct place_row { const char *what, *in, *want; } places[] = {
	{ "place_em_dash", "no null check \u2014 a.c:40", "no null check|a.c|40" },
	{ "place_hyphen", "no null check - core/a.c:40", "no null check|core/a.c|40" },
	{ "place_double_hyphen", "x -- a.c:4-9", "x|a.c|4" },
	{ "place_backticks", "x \u2014 `core/a.c:40`", "x|core/a.c|40" },
	{ "place_no_line", "x \u2014 core/a.c", "x|core/a.c|0" },
	{ "place_column", "x \u2014 a.c:40:7", "x|a.c|40" },
	{ "place_brackets", "x (a.c:40)", "x|a.c|40" },
	{ "place_in_front", "`a.c:40` \u2014 no check", "no check|a.c|40" },
	{ "place_in_front_colon", "a.c:40: no check", "no check|a.c|40" },
	{ "place_bold_front", "**a.c:40** no check", "no check|a.c|40" },
	{ "place_none", "nothing to see", "nothing to see||0" },
	{ "place_prose_dash", "first - then second", "first - then second||0" },
	{ "place_url", "see - https://x.org/a:80", "see - https://x.org/a:80||0" },
	{ "place_dot_slash", "x - ./a.c:1", "x|a.c|1" },
	{ "place_huge_line", "x - a.c:99999999999999999999", "x|a.c|999999999" },
	{ "place_empty", "", "||0" },
};

static void check_place(void **state)
{
	const struct place_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct finding f = { 0 };

	finding_place(&f, r->in, strlen(r->in), &a);
	buf_addf(&got, "%s|%s|%ld", f.text, f.file, f.line);
	assert_string_equal(got.s, r->want);
}

/* One "severity category file:line text (fix)" a line, then lists. */
static struct report_row { const char *what, *in, *want; } reports[] = {
	{ "report_sections",
	  "## Strengths\n- clear\n- (none)\n\n## Issues\n### Critical\n(none)\n### Important\n"
	  "- no null check \u2014 a.c:40\n"
	  "### Minor\n- name \u2014 a.c:90\n## Uncovered Paths\n- a.c: empty input\n"
	  "## Not Checked\n- None\n- tty code\n",
	  "Important error-handling a.c:40 no null check ()\nMinor style a.c:90 name ()\n+clear\n"
	  "?a.c: empty input\n!tty code\n" },
	{ "report_tags",
	  "## Findings\n- [Critical] [security] token in log - a.c:1\n- **Minor:** typo - b.c:2\n"
	  "- untagged - c.c:3\n",
	  "Critical security a.c:1 token in log ()\nMinor style b.c:2 typo ()\n" },
	{ "report_details",
	  "### Important Issues\n1. Loses the error\n   - **File:line:** `core/x.c:12`\n"
	  "   - What: it is dropped\n"
	  "   - How to fix: return it\n   - Category: error_handling\n2. Other \u2014 y.c:3\n",
	  "Important error-handling core/x.c:12 Loses the error (return it)\n"
	  "Important other y.c:3 Other ()\n" },
	{ "report_plural", "### Criticals\n- a - x.c:1\n", "Critical other x.c:1 a ()\n" },
	{ "report_none_words", "### Minor\n- None.\n- none found\n- N/A\n", "" },
	{ "report_in_code", "```\n### Critical\n- x - a.c:1\n```\n", "" },
	{ "report_prose", "All tests pass. I think it is critical to be careful.\n"
			  "- Critical thinking helps\n", "" },
	{ "report_ends", "### Critical\n- a - x.c:1\n## Assessment\n- b - x.c:2\n",
	  "Critical other x.c:1 a ()\n" },
	{ "report_deeper_heading", "### Critical\n#### The lexer\n- a - x.c:1\n",
	  "Critical other x.c:1 a ()\n" },
};

static void check_report(void **state)
{
	const struct report_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct report p;

	report_parse(&p, r->in, strlen(r->in), -1, &a);
	for (size_t i = 0; i < p.nfinding; i++)
		buf_addf(&got, "%s %s %s:%ld %s (%s)\n", severity_name(p.finding[i].severity),
			 p.finding[i].category, p.finding[i].file, p.finding[i].line,
			 p.finding[i].text, p.finding[i].fix);
	for (size_t i = 0; i < p.strengths.n; i++)
		buf_addf(&got, "+%s\n", p.strengths.v[i]);
	for (size_t i = 0; i < p.uncovered.n; i++)
		buf_addf(&got, "?%s\n", p.uncovered.v[i]);
	for (size_t i = 0; i < p.not_checked.n; i++)
		buf_addf(&got, "!%s\n", p.not_checked.v[i]);
	assert_string_equal(got.s, r->want);
}

static void untagged_items(void **state)
{
	static const char in[] = "## Findings\n- the flag is missing - cmd/run.c\n- [Minor] name\n";
	ARENA_AUTO a = ARENA_INIT;
	struct report p;

	(void)state;
	report_parse(&p, in, sizeof(in) - 1, -1, &a);
	assert_int_equal(p.nfinding, 1);
	report_parse(&p, in, sizeof(in) - 1, SEV_IMPORTANT, &a);
	assert_int_equal(p.nfinding, 2);
	assert_int_equal(p.finding[0].severity, SEV_IMPORTANT);
	assert_string_equal(p.finding[0].file, "cmd/run.c");
}

static void severities(void **state)
{
	(void)state;
	assert_int_equal(severity_parse("CRITICAL", 8), SEV_CRITICAL);
	assert_int_equal(severity_parse("suggestions", 11), SEV_SUGGESTION);
	assert_int_equal(severity_parse("minority", 8), -1);
	assert_int_equal(severity_parse("blocker", 7), -1);
	assert_int_equal(severity_parse("minor", 3), -1);
}

static void categories(void **state)
{
	ARENA_AUTO a = ARENA_INIT;

	(void)state;
	assert_string_equal(category_normal(" Error_Handling ", 16, &a), "error-handling");
	assert_string_equal(category_normal("Naming", 6, &a), "style");
	assert_string_equal(category_normal("Build System", 12, &a), "build-system");
	assert_true(category_protected("data-loss"));
	assert_false(category_protected("style"));
}

static void any_bytes(const char *s, size_t n)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct report p;

	report_parse(&p, s, n, (int)(n % 3) - 1, &a);
	findings_write(p.finding, p.nfinding, &out);
	assert_true(!p.nfinding || out.len);
}

static void fuzz(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		fuzz_bytes(reports[i].in, strlen(reports[i].in), 1500, any_bytes);
}

int main(int argc, char **argv)
{
	enum {
		NG = sizeof(guesses) / sizeof(guesses[0]), NP = sizeof(places) / sizeof(places[0]),
		NR = sizeof(reports) / sizeof(reports[0]),
	};
	struct CMUnitTest t[NG + NP + NR + 4] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < NG; i++)
		t[n++] = (struct CMUnitTest){ guesses[i].text, check_guess, NULL, NULL,
					      &guesses[i] };
	for (size_t i = 0; i < NP; i++)
		t[n++] = (struct CMUnitTest){ places[i].what, check_place, NULL, NULL, &places[i] };
	for (size_t i = 0; i < NR; i++)
		t[n++] = (struct CMUnitTest){ reports[i].what, check_report, NULL, NULL,
					      &reports[i] };
	t[n++] = (struct CMUnitTest)cmocka_unit_test(untagged_items);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(severities);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(categories);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(fuzz);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
