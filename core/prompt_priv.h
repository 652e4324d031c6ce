/* core/prompt_priv.h - the placeholders; shared only among core/prompt*.c */
#ifndef CORE_PROMPT_PRIV_H
#define CORE_PROMPT_PRIV_H
#include "core/prompt.h"

/* Appends what it stands for; nothing when there is nothing to say. A section ends with one
 * newline. */
typedef void (*prompt_part_fn)(const struct prompt_input *in, struct buf *out);
struct prompt_part {
	const char *name;
	prompt_part_fn write;
};
extern const struct prompt_part prompt_parts[];	/* ends with a name of NULL */

/* The sections by which a role answers. */
void prompt_contract(const struct prompt_input *in, struct buf *out);
/* Why the role is asked again. */
void prompt_addendum(const struct prompt_input *in, struct buf *out);

/* Embedded text: trimmed, what could be an answer quoted, one newline at the end; nothing for
 * NULL or blank. */
void prompt_add_text(struct buf *out, const char *s);
/* A text of one line, newlines as blanks, and a newline. */
void prompt_add_line(struct buf *out, const char *s);
/* "## Title", blank line, text, when there is text. */
void prompt_add_section(struct buf *out, const char *title, const char *s);

#endif
