/* core/changes.h - what differs between two states of an issue, field by field */
#ifndef CORE_CHANGES_H
#define CORE_CHANGES_H
#include <stddef.h>
#include "store/base/arena.h"
struct issue;

/* Names as in bd's JSON ("issue_type", "labels", "comments"). Long texts are whole; what was or
 * is absent is "". */
struct change { const char *field, *was, *now; };
struct changes { struct change *v; size_t n; };

/* From was (NULL: the issue did not exist) to now. updated_at is no change by itself. Sets
 * (labels, dependencies, comments) give one change per member: was "" when added, now "" when
 * removed; a dependency reads "blocks demo-1", a comment is its text. All in a. */
struct changes changes_between(const struct issue *was, const struct issue *now, struct arena *a);

#endif
