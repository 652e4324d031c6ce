/* store/jsonl_priv.h - the members of a line, for reading and for writing */
#ifndef STORE_JSONL_PRIV_H
#define STORE_JSONL_PRIV_H
#include <stdbool.h>
#include <stddef.h>

/* A member that an issue has a field for. Their order is that of bd's struct, and of the file. */
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
struct jsonl_member { const char *key; enum member_kind kind; size_t at; };	/* at: offset in struct issue */
enum { JSONL_MEMBERS = 51 };
extern const struct jsonl_member jsonl_members[JSONL_MEMBERS];
const struct jsonl_member *jsonl_find(const char *key);	/* NULL: not bd's */
/* Members that say nothing of their own: counts and the parent follow from edges. */
bool jsonl_is_computed(const char *key);

/* Go writes a time that was never set as the first second of year 1. */
#define JSONL_NO_TIME "0001-01-01T00:00:00Z"
#define JSONL_NO_TIME_US (INT64_C(-62135596800) * 1000000)

#endif
