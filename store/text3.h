/* store/text3.h - three-way merge of text by lines, without conflict markers */
#ifndef STORE_TEXT3_H
#define STORE_TEXT3_H
#include <stdbool.h>
#include <stddef.h>
struct buf;

struct text { const char *s; size_t n; };	/* borrowed bytes; s NULL where there may be none */

/* Appends the text that holds both changes and answers true; false, and nothing appended, when
 * both sides changed the same or adjoining lines in different ways. The same answer when ours
 * and theirs change places. */
bool text3_merge(struct text base, struct text ours, struct text theirs, struct buf *out);

#endif
