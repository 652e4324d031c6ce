#include "store/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/mem.h"

enum { BLOCK_MIN = 16 * 1024 - 64, ALIGN = 16 };

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(16) char data[];
};

static void *bump(struct arena *a, size_t n)
{
	struct arena_block *b = a->top;
	size_t at = b ? (b->used + ALIGN - 1) & ~(size_t)(ALIGN - 1) : 0;

	if (!b || at > b->size || b->size - at < n) {
		size_t size = n > BLOCK_MIN ? n : BLOCK_MIN;

		b = xmalloc(sizeof(*b) + size);
		*b = (struct arena_block){ .next = a->top, .size = size };
		a->top = b;
		at = 0;
	}
	b->used = at + n;
	return b->data + at;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return memset(bump(a, n), 0, n);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = bump(a, n + 1);

	memcpy(p, s, n);
	p[n] = 0;
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = bump(a, (size_t)(n < 0 ? 0 : n) + 1);
	p[0] = 0;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)(n < 0 ? 0 : n) + 1, fmt, ap);
	va_end(ap);
	return p;
}

void *arena_grow(struct arena *a, void *array, size_t n, size_t size)
{
	void *more;

	if (n & (n - 1))
		return array;
	more = arena_alloc(a, (n ? 2 * n : 1) * size);
	return n ? memcpy(more, array, n * size) : more;
}

void arena_release(struct arena *a)
{
	for (struct arena_block *b = a->top, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	a->top = NULL;
}
