/* tests/unit/test_aggregate.c - joining reviews: spec/pipeline.md 7.1, scenarios 15 and 16 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "core/aggregate.h"
#include "store/base/buf.h"
#include "tests/unit/fuzz.h"

/* A reviewer in one line: "1 APPROVE C0 I1 | I error-handling a.c 40 no null check | ~not
 * checked | +strength" */
static void reviewer(struct review *r, const char *spec, struct arena *a)
{
	static const char letters[] = "SMIC";
	char *copy = arena_strdup(a, spec), *save, *part = strtok_r(copy, "|", &save), *inner;
	char *word = strtok_r(part, " ", &inner);
	struct finding *f = NULL;

	review_init(r, atoi(word), REVIEW_UNREADABLE);
	while ((word = strtok_r(NULL, " ", &inner))) {
		if (strchr(letters, *word) && word[1] >= '0' && word[1] <= '9')
			r->count[strchr(letters, *word) - letters] = atol(word + 1);
		else
			r->word = !strcmp(word, "APPROVE") ? REVIEW_APPROVE :
				  !strcmp(word, "REJECT") ? REVIEW_REJECT :
				  !strcmp(word, "WITH_FIXES") ? REVIEW_WITH_FIXES :
					  REVIEW_UNREADABLE;
	}
	while ((part = strtok_r(NULL, "|", &save))) {
		struct finding x = { .fix = "" };
		int skip = 0;
		char sev, category[40], file[40];

		part += strspn(part, " ");
		part[strcspn(part, "\n")] = 0;
		if (*part == '~') {
			list_add(a, r->not_checked.v, r->not_checked.n, part + 1);
			continue;
		}
		if (*part == '+') {
			list_add(a, r->strengths.v, r->strengths.n, part + 1);
			continue;
		}
		assert_int_equal(sscanf(part, "%c %39s %39s %ld %n", &sev, category, file, &x.line,
					&skip), 4);
		x.severity = (enum severity)(strchr(letters, sev) - letters);
		x.category = arena_strdup(a, category);
		x.file = strcmp(file, "-") ? arena_strdup(a, file) : "";
		x.text = part + skip;
		list_add(a, f, r->nfinding, x);
	}
	r->finding = f;
}

static struct row { const char *what, *r[4], *want; } rows[] = {
	{ "scenario_15",
	  { "1 REJECT|I error-handling a.c 40 no null check|M security a.c 10 secret logged",
			   "2 WITH_FIXES|M error-handling a.c 44 no null check",
			   "3 WITH_FIXES|M style a.c 90 name" },
	  "NO C0 I1 M1 S1 0/3\nImportant no null check [1,2] a.c:40\n"
	  "Minor secret logged [1] a.c:10\n"
	  "Suggestion name [3] a.c:90\n" },
	{ "lines_40_45_50",
	  { "1 REJECT|I other a.c 40 x|I other a.c 50 x", "2 REJECT|I other a.c 45 x" },
	  "NO C0 I2 M0 S0 0/2\nImportant x [1,2] a.c:40\nImportant x [1] a.c:50\n" },
	{ "with_fixes_minor_only", { "1 WITH_FIXES|M style a.c 1 x", "2 WITH_FIXES|M style a.c 2 x",
				     "3 WITH_FIXES|M style a.c 9 y" },
	  "WITH_FIXES C0 I0 M1 S1 0/3\nMinor x [1,2] a.c:1\nSuggestion y [3] a.c:9\n" },
	{ "counts_beat_words", { "1 APPROVE I1", "2 APPROVE", "3 APPROVE" },
	  "NO C0 I1 M0 S0 2/3\nImportant 1 counted, not described [1] \n" },
	{ "counts_not_doubled", { "1 APPROVE I1|I other a.c 1 x" },
	  "NO C0 I1 M0 S0 0/1\nImportant x [1] a.c:1\n" },
	{ "two_empty_rejects", { "1 APPROVE", "2 REJECT", "3 REJECT" }, "NO C0 I0 M0 S0 1/3\n" },
	{ "one_empty_reject", { "1 APPROVE", "2 REJECT", "3 APPROVE" }, "YES C0 I0 M0 S0 2/3\n" },
	{ "no_majority_of_two", { "1 APPROVE", "2 WITH_FIXES" }, "WITH_FIXES C0 I0 M0 S0 1/2\n" },
	{ "empty_reject_of_two", { "1 APPROVE", "2 REJECT" }, "NO C0 I0 M0 S0 1/2\n" },
	{ "all_approve", { "1 APPROVE C0 I0 M0", "2 APPROVE", "3 APPROVE" },
	  "YES C0 I0 M0 S0 3/3\n" },
	{ "majority_with_minor",
	  { "1 APPROVE|M style a.c 1 x", "2 APPROVE", "3 WITH_FIXES|M style a.c 1 x" },
	  "YES C0 I0 M1 S0 2/3\nMinor x [1,3] a.c:1\n" },
	{ "lone_critical_stays", { "1 REJECT|C other a.c 1 x", "2 APPROVE" },
	  "NO C1 I0 M0 S0 1/2\nCritical x [1] a.c:1\n" },
	{ "lone_data_loss_stays", { "1 WITH_FIXES|M data-loss a.c 1 x", "2 APPROVE", "3 APPROVE" },
	  "YES C0 I0 M1 S0 2/3\nMinor x [1] a.c:1\n" },
	{ "single_stands", { "2 WITH_FIXES|M style a.c 1 x" },
	  "WITH_FIXES C0 I0 M1 S0 0/1\nMinor x [2] a.c:1\n" },
	{ "unreadable_is_important", { "1 APPROVE", "2 APPROVE", "3 ?|M style a.c 1 x" },
	  "NO C0 I1 M0 S0 2/3\nImportant x [3] a.c:1\n" },
	{ "unreadable_is_no", { "1 APPROVE", "2 ?" }, "NO C0 I0 M0 S0 1/2\n" },
	{ "highest_severity", { "1 WITH_FIXES|S style a.c 1 x", "2 REJECT|C style a.c 3 y" },
	  "NO C1 I0 M0 S0 0/2\nCritical y; x [1,2] a.c:1\n" },
	{ "other_category_apart", { "1 REJECT|I security a.c 1 x", "2 REJECT|I style a.c 1 x" },
	  "NO C0 I2 M0 S0 0/2\nImportant x [1] a.c:1\nImportant x [2] a.c:1\n" },
	{ "other_file_apart", { "1 REJECT|I style a.c 1 x", "2 REJECT|I style b.c 1 x" },
	  "NO C0 I2 M0 S0 0/2\nImportant x [1] a.c:1\nImportant x [2] b.c:1\n" },
	{ "no_line_same_text",
	  { "1 REJECT|I other a.c 0 x", "2 REJECT|I style a.c 0 x", "3 REJECT|I other a.c 0 y" },
	  "NO C0 I2 M0 S0 0/3\nImportant x [1,2] a.c:0\nImportant y [3] a.c:0\n" },
	{ "no_file_same_text", { "1 REJECT|I other - 0 x", "2 REJECT|I other - 0 x" },
	  "NO C0 I1 M0 S0 0/2\nImportant x [1,2] \n" },
	{ "twice_by_one_is_lone",
	  { "1 WITH_FIXES|M style a.c 1 x|M style a.c 3 y", "2 APPROVE", "3 APPROVE" },
	  "YES C0 I0 M0 S1 2/3\nSuggestion x; y [1] a.c:1\n" },
	{ "not_checked_security",
	  { "1 APPROVE|~Security of the parser", "2 APPROVE", "3 WITH_FIXES" },
	  "WITH_FIXES C0 I0 M0 S0 1/3\n" },
	{ "not_checked_other", { "1 APPROVE|~Windows builds", "2 APPROVE", "3 WITH_FIXES" },
	  "YES C0 I0 M0 S0 2/3\n" },
	{ "nobody", { NULL }, "NO C0 I0 M0 S0 0/0\n" },
};

static void describe(const struct aggregate *g, struct buf *out)
{
	buf_addf(out, "%s C%ld I%ld M%ld S%ld %d/%d\n", aggregate_word(g->word),
		 g->count[SEV_CRITICAL], g->count[SEV_IMPORTANT], g->count[SEV_MINOR],
		 g->count[SEV_SUGGESTION], g->approved, g->reviewers);
	for (size_t i = 0; i < g->nfinding; i++) {
		const struct joined *j = &g->finding[i];

		buf_addf(out, "%s %s [", severity_name(j->f.severity), j->f.text);
		for (size_t k = 0; k < j->nreviewer; k++)
			buf_addf(out, "%s%d", k ? "," : "", j->reviewer[k]);
		buf_adds(out, "] ");
		if (*j->f.file)
			buf_addf(out, "%s:%ld", j->f.file, j->f.line);
		buf_addc(out, '\n');
	}
}

static void check(void **state)
{
	const struct row *row = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct review r[4];
	struct aggregate g;
	size_t n = 0;

	for (; n < 4 && row->r[n]; n++)
		reviewer(&r[n], row->r[n], &a);
	aggregate_reviews(&g, r, n, &a);
	describe(&g, &got);
	assert_string_equal(got.s, row->want);
}

static const char *const text_15 =
	"## Strengths\n- small functions\n- tests\n\n## Issues\n### Critical\n(none)\n\n"
	"### Important\n- no null check [Reviewers: 1, 2] \u2014 a.c:40\n\n"
	"### Minor\n- secret logged [Reviewer: 1, security] \u2014 a.c:10\n\n"
	"### Suggestion\n- name [Reviewer: 3, downgraded from Minor] \u2014 a.c:90\n\n"
	"## Uncovered Paths\n(none)\n\n## Not Checked\n(none)\n\n"
	"## Assessment\nReady to merge: No\nReviewers: 0/3 approved, 3 requested changes\n";

/* Scenario 15: the same bytes for all six orders of the reviewers, and for findings given
 * backwards. */
static void text_is_stable(void **state)
{
	static const int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
					  { 2, 0, 1 }, { 2, 1, 0 } };
	static const char *const spec[2][3] = {
		{ "1 REJECT|I error-handling a.c 40 no null check|M security a.c 10 secret "
		  "logged|+small functions",
		  "2 WITH_FIXES|M error-handling a.c 44 no null check|+Small functions.|+tests",
		  "3 WITH_FIXES|M style a.c 90 name" },
		{ "1 REJECT|M security a.c 10 secret logged|+small functions|I error-handling a.c "
		  "40 no null check",
		  "2 WITH_FIXES|+Small functions.|+tests|M error-handling a.c 44 no null check",
		  "3 WITH_FIXES|M style a.c 90 name" },
	};
	ARENA_AUTO a = ARENA_INIT;

	(void)state;
	for (int i = 0; i < 12; i++) {
		BUF_AUTO out = BUF_INIT;
		struct aggregate g;
		struct review r[3];

		for (int k = 0; k < 3; k++)
			reviewer(&r[k], spec[i / 6][orders[i % 6][k]], &a);
		aggregate_reviews(&g, r, 3, &a);
		aggregate_write(&g, &out);
		assert_string_equal(out.s, text_15);
	}
}

static void fast_path(void **state)
{
	static const struct { const char *r[3]; bool want; } cases[] = {
		{ { "1 APPROVE", "2 APPROVE C0 I0 M2", "3 APPROVE|S style a.c 1 x" }, true },
		{ { "1 APPROVE", "2 APPROVE", "3 WITH_FIXES" }, false },
		{ { "1 APPROVE", "2 APPROVE", "3 APPROVE I1" }, false },
		{ { "1 APPROVE", "2 APPROVE|C other a.c 1 x", "3 APPROVE" }, false },
	};
	ARENA_AUTO a = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct review r[3];

		for (int k = 0; k < 3; k++)
			reviewer(&r[k], cases[i].r[k], &a);
		assert_int_equal(aggregate_unanimous(r, 3), cases[i].want);
	}
	assert_false(aggregate_unanimous(NULL, 0));
}

static void copies_deeply(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct arena b = ARENA_INIT;
	struct review r, *copy;

	(void)state;
	reviewer(&r, "7 REJECT C2|I other a.c 4 x|~area|+good", &b);
	copy = review_copy(&r, &a);
	arena_release(&b);
	assert_int_equal(copy->reviewer, 7);
	assert_string_equal(copy->finding[0].text, "x");
	assert_string_equal(copy->not_checked.v[0], "area");
	assert_string_equal(copy->strengths.v[0], "good");
	assert_int_equal(review_count(copy, SEV_CRITICAL), 2);
	assert_int_equal(review_count(copy, SEV_IMPORTANT), 1);
}

/* Random reviews: counts agree with the list, and any order gives the same bytes. */
static void random_orders(void **state)
{
	static const char *const files[] = { "", "a.c", "b/c.c" },
		*const texts[] = { "x", "y", "secret" };
	static const char *const categories[] = { "security", "style", "other" };
	uint64_t seed = 42;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		ARENA_AUTO a = ARENA_INIT;
		BUF_AUTO one = BUF_INIT;
		BUF_AUTO two = BUF_INIT;
		struct review r[5], swapped[5];
		struct aggregate g;
		size_t n = 1 + fuzz_next(&seed) % 5;
		long total = 0;

		for (size_t i = 0; i < n; i++) {
			struct finding *f = NULL;

			review_init(&r[i], (int)i + 1, (enum review_word)(fuzz_next(&seed) % 4));
			for (uint32_t k = fuzz_next(&seed) % 6; k; k--) {
				struct finding x = { (enum severity)(fuzz_next(&seed) % SEV_N),
						     categories[fuzz_next(&seed) % 3],
						     files[fuzz_next(&seed) % 3],
							     fuzz_next(&seed) % 15,
								     texts[fuzz_next(&seed) % 3],
									     "" };

				list_add(&a, f, r[i].nfinding, x);
			}
			r[i].finding = f;
		}
		for (size_t i = 0; i < n; i++)
			swapped[(i + (size_t)round) % n] = r[i];
		aggregate_reviews(&g, r, n, &a);
		aggregate_write(&g, &one);
		for (int s = 0; s < SEV_N; s++)
			total += g.count[s];
		assert_int_equal(total, g.nfinding);
		if (g.count[SEV_CRITICAL] || g.count[SEV_IMPORTANT])
			assert_int_equal(g.word, AGGREGATE_NO);
		aggregate_reviews(&g, swapped, n, &a);
		aggregate_write(&g, &two);
		assert_string_equal(one.s, two.s);
	}
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	const struct CMUnitTest more[] = {
		cmocka_unit_test(text_is_stable), cmocka_unit_test(fast_path),
		cmocka_unit_test(copies_deeply),
		cmocka_unit_test(random_orders),
	};
	struct CMUnitTest t[N + sizeof(more) / sizeof(more[0])];

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ rows[i].what, check, NULL, NULL, &rows[i] };
	memcpy(&t[N], more, sizeof(more));
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
