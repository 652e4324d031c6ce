/* store/base/buf_repeat.h - repeated text */
#ifndef STORE_BASE_BUF_REPEAT_H
#define STORE_BASE_BUF_REPEAT_H
struct buf;

/* Appends s n times; nothing when n is not positive. */
void buf_repeat(struct buf *b, const char *s, int n);

#endif
