#include "core/lint.h"

#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/issue.h"

static const char acceptance[] = "Acceptance Criteria", success[] = "Success Criteria";

static const struct template {
	const char *type;
	struct lint_section section[LINT_MAX + 1];	/* ends with a heading of NULL */
} templates[] = {
	{ "bug", { { "Steps to Reproduce", "Describe how to reproduce the bug" },
		   { acceptance, "Define criteria to verify the fix" } } },
	{ "task", { { acceptance, "Define criteria to verify completion" } } },
	{ "feature", { { acceptance, "Define criteria to verify the feature" } } },
	{ "story", { { acceptance, "Define criteria to verify the story" } } },
	{ "epic", { { success, "Define high-level success criteria" } } },
	{ "decision", { { "Decision", "State what was decided" },
			{ "Rationale", "Explain why it was decided so" },
			{ "Alternatives Considered", "List what else was looked at" } } },
	{ "spike", { { "Goal", "State the question to answer" },
		     { "Findings", "Record what was found" } } },
};

static const struct lint_section *sections_of(const char *type)
{
	for (size_t i = 0; i < sizeof(templates) / sizeof(templates[0]); i++)
		if (!strcmp(templates[i].type, type))
			return templates[i].section;
	return NULL;
}

static bool has(const struct issue *is, const char *heading)
{
	if (*is->acceptance && (heading == acceptance || heading == success))
		return true;
	return strcasestr(is->description, heading) || strcasestr(is->acceptance, heading);
}

size_t lint_missing(const struct issue *is, const struct lint_section *out[LINT_MAX])
{
	const struct lint_section *s = sections_of(is->type);
	size_t n = 0;

	for (; s && s->heading; s++)
		if (!has(is, s->heading))
			out[n++] = s;
	return n;
}

int lint_check(const struct issue *is, struct err *e)
{
	const struct lint_section *missing[LINT_MAX];
	size_t n = lint_missing(is, missing);
	BUF_AUTO list = BUF_INIT;

	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++)
		buf_addf(&list, "\n  - ## %s (%s)", missing[i]->heading, missing[i]->hint);
	return err_set(e, ERR_USAGE, "missing required sections for %s:%s", is->type, list.s);
}

bool lint_reason_terse(const char *reason)
{
	size_t n;

	reason += strspn(reason, " \t\n");
	for (n = strlen(reason); n && strchr(" \t\n", reason[n - 1]); n--)
		;
	return n < LINT_REASON;
}
