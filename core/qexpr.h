/* core/qexpr.h - the query language: status=open AND (priority<=1 OR label=urgent) (spec/cli.md
 * 5) */
#ifndef CORE_QEXPR_H
#define CORE_QEXPR_H
#include <stdbool.h>
#include <stdint.h>
struct arena; struct buf; struct err; struct issue; struct vocab;

struct qexpr;

/*
 * Comparisons FIELD OP VALUE with = != < <= > >=, joined by AND, OR, NOT and brackets; words in
 * any case, NOT binds strongest, AND before OR. A value with blanks or brackets stands in
 * quotes, a backslash keeps the next character.
 * 	status type assignee owner label parent id spec		equal; * and ? match in all but status and type;
 * 								"none" is empty for assignee, owner, label, parent
 * 	title description design notes acceptance		contains, in any case; "none" is empty
 * 	priority						0-4 or P0-P4
 * 	created updated started closed due deferred		times as timeexpr_parse_past(); "=" is the same day
 * 	pinned ephemeral template				true or false
 * 	metadata.KEY						the member's text
 * 	has_metadata_key					equal
 * v (may be NULL) knows the custom statuses and types: an unknown word is an error, not an empty
 * answer. Everything lives in a. ERR_USAGE says what was expected and where.
 */
int qexpr_parse(struct qexpr **out, const char *s, int64_t now_us, const struct vocab *v,
		struct arena *a, struct err *e);
bool qexpr_match(const struct qexpr *q, const struct issue *is);
/* Does it speak of the status? Closed issues are left out otherwise. */
bool qexpr_names_status(const struct qexpr *q);
/* With every bracket: "(status=open AND NOT (priority>1))". */
void qexpr_print(const struct qexpr *q, struct buf *out);

#endif
