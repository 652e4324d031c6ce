/* store/base/mem.h - allocators that abort: out of memory is a crash, and crashes are recovered
 * from */
#ifndef STORE_BASE_MEM_H
#define STORE_BASE_MEM_H
#include <stddef.h>

/* As those without the x, and never NULL; the caller's to free(). */
void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
/* A formatted string, the caller's to free(). */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A scope's own heap memory: AUTO_FREE char *p = xstrdup(...); */
void mem_free_ptr(void *p);
#define AUTO_FREE __attribute__((cleanup(mem_free_ptr)))

#endif
