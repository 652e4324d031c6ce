/* store/issue_json.h - an issue as bd's JSON object (spec/cli.md 6): its members, their order
 * and their forms */
#ifndef STORE_ISSUE_JSON_H
#define STORE_ISSUE_JSON_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/base/json.h"
struct comment; struct issue;

/* A member that an issue has a field for. Their order is that of bd's struct. */
enum member_kind {
	MEMBER_TEXT,		/* left out when "" */
	MEMBER_WORD,		/* always there */
	MEMBER_PRIORITY,
	MEMBER_ESTIMATE,
	MEMBER_TIME,		/* left out when 0 */
	MEMBER_STAMP,		/* a time that is always there */
	MEMBER_OBJECT,
	MEMBER_LABELS,
	MEMBER_EDGES,
	MEMBER_COMMENTS,
	MEMBER_EXTRA,		/* bd's, but only kept here: issue.extras */
};
/* at: offset in struct issue */
struct issue_member { const char *key; enum member_kind kind; size_t at; };
const struct issue_member *issue_member_find(const char *key);	/* NULL: not bd's */
/* Members that say nothing of their own: counts and the parent follow from edges. */
bool issue_member_is_computed(const char *key);

/* What is written beside the issue's own fields, and how. */
enum issue_json_flags {
	ISSUE_JSON_LABELS = 1 << 0,
	/* "dependencies": [{"issue_id", "depends_on_id", "type", "created_at", ...}] */
	ISSUE_JSON_EDGES = 1 << 1,
	ISSUE_JSON_COMMENTS = 1 << 2,
	/* times with their fraction: an object just made (create, comments add) */
	ISSUE_JSON_FINE = 1 << 3,
	/* for a file: what bd has no name for too, and comment ids as they were */
	ISSUE_JSON_LOSSLESS = 1 << 4,
	ISSUE_JSON_NUMBERED = 1 << 5,	/* comment ids are 1, 2, ... (bv) */
};
/* The members, in the object that is open. What they look like has a number, which stands in files
 * that keep them: raise it with every change. */
enum { ISSUE_JSON_FORM = 1 };
void issue_json_members(struct jsw *w, const struct issue *is, unsigned flags);
void issue_json_comment(struct jsw *w, const char *issue_id, const struct comment *k,
			unsigned flags);
/* A time as bd writes it: ISSUE_JSON_NO_TIME for 0. */
void issue_json_time(struct jsw *w, const char *key, int64_t us, unsigned flags);

/* Go writes a time that was never set as the first second of year 1. */
#define ISSUE_JSON_NO_TIME "0001-01-01T00:00:00Z"
#define ISSUE_JSON_NO_TIME_US (INT64_C(-62135596800) * 1000000)

#endif
