#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/lint.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/issue.h"

static const struct row { const char *what, *type, *description, *acceptance, *missing; } rows[] = {
	{ "bug_needs_two", "bug", "", "", "Steps to Reproduce, Acceptance Criteria" },
	{ "acceptance_field_counts", "bug", "", "works", "Steps to Reproduce" },
	{ "heading_in_description", "bug", "## steps to REPRODUCE\n1.", "works", "" },
	{ "heading_without_hashes", "epic", "success criteria: none", "", "" },
	{ "epic_acceptance_field", "epic", "", "all done", "" },
	{ "epic_bare", "epic", "text", "", "Success Criteria" },
	{ "task_bare", "task", "", "", "Acceptance Criteria" },
	{ "story_bare", "story", "", "", "Acceptance Criteria" },
	{ "feature_heading", "feature", "a\n## Acceptance Criteria\nb", "", "" },
	{ "decision_partly", "decision", "## Rationale", "", "Decision, Alternatives Considered" },
	{ "spike_by_acceptance_text", "spike", "## Goal", "Findings", "" },
	{ "chore_needs_nothing", "chore", "", "", "" },
	{ "milestone_needs_nothing", "milestone", "", "", "" },
	{ "custom_needs_nothing", "research", "", "", "" },
};

static void issue_of(const struct row *r, struct issue *is)
{
	*is = (struct issue){ .type = r->type, .description = r->description,
			      .acceptance = r->acceptance };
}

static void check(void **state)
{
	const struct row *r = *state;
	const struct lint_section *missing[LINT_MAX];
	BUF_AUTO got = BUF_INIT;
	struct issue is;
	struct err e = ERR_INIT;
	size_t n;

	issue_of(r, &is);
	n = lint_missing(&is, missing);
	for (size_t i = 0; i < n; i++)
		buf_addf(&got, "%s%s", i ? ", " : "", missing[i]->heading);
	assert_string_equal(got.s, r->missing);
	assert_int_equal(lint_check(&is, &e), n ? ERR_USAGE : 0);
}

static void message_lists_hints(void **state)
{
	struct issue is;
	struct err e = ERR_INIT;

	(void)state;
	issue_of(&rows[0], &is);
	assert_int_equal(lint_check(&is, &e), ERR_USAGE);
	assert_string_equal(e.msg, "missing required sections for bug:\n"
			    "  - ## Steps to Reproduce (Describe how to reproduce the bug)\n"
			    "  - ## Acceptance Criteria (Define criteria to verify the fix)");
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N + 1] = { cmocka_unit_test(message_lists_hints) };

	for (size_t i = 0; i < N; i++)
		t[1 + i] = (struct CMUnitTest){
			.name = rows[i].what, .test_func = check, .initial_state = (void *)&rows[i],
		};
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
