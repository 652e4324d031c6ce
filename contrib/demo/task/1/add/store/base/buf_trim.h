/* store/base/buf_trim.h - white space at the end of a buf */
#ifndef STORE_BASE_BUF_TRIM_H
#define STORE_BASE_BUF_TRIM_H
struct buf;

/* Cuts blanks, tabs, newlines and carriage returns off the end. */
void buf_trim(struct buf *b);

#endif
