/* core/lint.h - which sections an issue of a type should have, and which it lacks (spec/cli.md
 * 5, lint) */
#ifndef CORE_LINT_H
#define CORE_LINT_H
#include <stdbool.h>
#include <stddef.h>
struct err; struct issue;

enum { LINT_MAX = 3 };		/* no type asks for more sections */
/* "Steps to Reproduce", without its "## " */
struct lint_section { const char *heading, *hint; };

/* The sections that stand neither in the description nor in the acceptance text; letter case
 * does not matter, and a filled acceptance field is an Acceptance (or Success) Criteria section
 * by itself. Their number; out gets them in the order of the template. Types without a template
 * lack nothing. */
size_t lint_missing(const struct issue *is, const struct lint_section *out[LINT_MAX]);

/* What `create --validate` says: 0, or ERR_USAGE with "missing required sections for bug:" and a
 * line for each. */
int lint_check(const struct issue *is, struct err *e);

/* A close reason shorter than this does not say what was done (validation.on-close). */
enum { LINT_REASON = 20 };	/* bytes, as bd counts */
bool lint_reason_terse(const char *reason);

#endif
