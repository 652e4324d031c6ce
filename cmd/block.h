/* cmd/block.h - a marked block of ours inside somebody else's text file */
#ifndef CMD_BLOCK_H
#define CMD_BLOCK_H
#include <stdbool.h>
#include <stddef.h>
struct buf;

/* Lines that stand around the block, without newlines. */
struct block { const char *begin, *end; };

/* The block in text, markers and last newline included; false when there is none (or it has no
 * end). */
bool block_find(const struct block *b, const char *text, size_t *at, size_t *len);
/* Replaces the block, or adds it at offset `where` of text when there is none. body ends with a
 * newline. Appends the whole new text to out. */
void block_put(const struct block *b, const char *text, size_t where, const char *body,
	       struct buf *out);
/* The text without the block; true when there was one. */
bool block_remove(const struct block *b, const char *text, struct buf *out);

#endif
