/* store/record_priv.h - what reading and writing an issue file share: the front matter's keys,
 * the body's markers */
#ifndef STORE_RECORD_PRIV_H
#define STORE_RECORD_PRIV_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct arena; struct err; struct issue;

enum field_kind {
	FIELD_TEXT,		/* const char *, left out when "" */
	FIELD_WORD,		/* const char *, always there */
	FIELD_TIME,		/* int64_t, left out when 0 */
	FIELD_PRIORITY,		/* int, always there */
	FIELD_ESTIMATE,		/* long, left out when -1 */
	FIELD_COUNT,		/* long, left out when 0 */
	FIELD_JSON,		/* const char *, left out when "" */
	FIELD_LABELS,		/* the rest: arrays */
	FIELD_PARENT,
	FIELD_DEPENDS,
	FIELD_LINKS,
	FIELD_DEP_INFO,
};

/* One key of the front matter; the table has them in the order in which they are written (DESIGN
 * 2). */
struct record_field {
	const char *key;
	uint8_t key_len, kind;
	uint16_t at;		/* offset in struct issue; of no use for arrays */
};
enum { RECORD_TITLE = 1, RECORD_FIELDS = 27 };
extern const struct record_field record_fields[RECORD_FIELDS];

/* The members of a dep_info object that are plain text, in order; at is an offset in struct dep. */
struct record_member { const char *key; size_t at; };
enum { RECORD_MEMBERS = 5 };
extern const struct record_member record_members[RECORD_MEMBERS];

/* Sections of the body that hold one text each, in order; at is an offset in struct issue. */
enum { RECORD_SECTIONS = 3 };
extern const struct record_member record_sections[RECORD_SECTIONS];

/* A file being read, line by line, in a copy that may be written to. */
struct source {
	char *p, *end;		/* what is left; *end is 0 */
	size_t line;		/* the one read last, from 1 */
	const char *name;
	struct err *e;
};
/* Copies the bytes into a, without a byte order mark and, where lines end as on Windows, without
 * the CRs. ERR_PARSE: NUL or invalid UTF-8. src has its name and e already. */
int source_open(struct source *src, const char *s, size_t n, struct arena *a);
/* Takes the next line; its newline becomes a NUL. NULL at the end. */
char *source_line(struct source *src, size_t *n);
/* "name:line: ..."; returns ERR_PARSE. */
int source_fail(struct source *src, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Description, sections and comments: all that is left of the source. */
int record_read_body(struct source *src, struct issue *is, struct arena *a);

/* Is it the decimal form of an integer, so that the comment id was a JSON number? */
bool record_int_id(const char *s);

#define RECORD_MARK "<!-- beadwave:"
#define RECORD_MARK_LEN (sizeof(RECORD_MARK) - 1)

#endif
