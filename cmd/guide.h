/* cmd/guide.h - longer texts that name the program */
#ifndef CMD_GUIDE_H
#define CMD_GUIDE_H
struct buf; struct ctx;

/* Appends text with each '@' as the name the program was called by. */
void guide_fill(struct ctx *c, const char *text, struct buf *out);

#endif
