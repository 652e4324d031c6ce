/* core/md.h - the little Markdown that reports, plans and issue bodies need: lines, and what
 * kind each is */
#ifndef CORE_MD_H
#define CORE_MD_H
#include <stdbool.h>
#include <stddef.h>

enum md_kind {
	MD_BLANK,
	MD_TEXT,
	MD_HEADING,		/* # to ###### */
	MD_ITEM,		/* "- x", "* x", "+ x", "1. x" */
	MD_OPEN,		/* ``` or ~~~: a code block begins; text is its info string */
	MD_CODE,
	MD_CLOSE,
};

/* Everything points into the text that is read. */
struct md_line {
	enum md_kind kind;
	const char *s;		/* the whole line, without newline and carriage return */
	size_t len;
	size_t at;		/* its offset */
	const char *text;	/* trimmed; of a heading or an item: what follows the mark */
	size_t ntext;
	int level;		/* of a heading: 1..6 */
	size_t indent;		/* bytes of white space in front */
	int box;		/* of an item: 0 no check box, ' ' or 'x' */
};

struct md {
	const char *start, *s;
	size_t left;
	char fence;		/* inside a code block: its mark, and how many */
	size_t nfence;
};

/* s is borrowed as long as m and its lines are in use; there is nothing to release. */
void md_start(struct md *m, const char *s, size_t n);
/* The next line; false at the end. */
bool md_next(struct md *m, struct md_line *l);

/* Is the line a label: "**Name:** rest", "**Name**: rest" or "Name: rest" (any case)? rest is
 * trimmed. */
bool md_label(const struct md_line *l, const char *name, const char **rest, size_t *nrest);
/* Does the line begin with some bold label ("**Steps:**")? Such lines end a labelled list. */
bool md_any_label(const struct md_line *l);
/* Is [s,len) this word, whatever the case? */
bool md_is(const char *s, size_t len, const char *word);
/* Does [s,len) begin with this word (any case), and end or go on with something that is no
 * letter or digit? */
bool md_starts_word(const char *s, size_t len, const char *word);

#endif
