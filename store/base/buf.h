/* store/base/buf.h - the one string type that owns memory */
#ifndef STORE_BASE_BUF_H
#define STORE_BASE_BUF_H
#include <stdarg.h>
#include <stddef.h>

struct buf {		/* bytes; s is never NULL, s[len] == 0, NULs may be inside */
	char *s;
	size_t len, cap;
};

extern char buf_none[1];
#define BUF_INIT { .s = buf_none }
#define BUF_AUTO __attribute__((cleanup(buf_release))) struct buf	/* freed when it leaves scope */

void buf_grow(struct buf *b, size_t more);	/* room for more bytes and the NUL */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_reset(struct buf *b);			/* empty, memory kept */
void buf_cut(struct buf *b, size_t len);	/* shorten to len; no-op when it is shorter */
/* the string is the caller's to free(); b is empty again */
char *buf_detach(struct buf *b);
void buf_release(struct buf *b);

#endif
