/* cmd/gather.h - output of which large parts stand elsewhere (in the snapshot): written without
 * a copy of them */
#ifndef CMD_GATHER_H
#define CMD_GATHER_H
#include <stddef.h>
#include <stdio.h>
struct buf;

/* s stands before byte `at` of text */
struct gather_piece { size_t at; const char *s; size_t n; };
struct gather {
	FILE *out;
	struct buf *text;		/* borrowed: what stands between the pieces */
	struct { struct gather_piece *v; size_t n, cap; } piece;
};
/* s comes next, after what the gather's text holds now. Borrowed until gather_flush(). What jsw.borrow
 * wants. */
void gather_add(void *gather, const char *s, size_t n);
/* Writes all; text and pieces are empty then. An error shows in ferror(g->out). */
void gather_flush(struct gather *g);
void gather_release(struct gather *g);		/* text stays the caller's */

#endif
