/* core/list.h - arrays that grow inside an arena: list_add(a, out->v, out->n, x) */
#ifndef CORE_LIST_H
#define CORE_LIST_H
#include <string.h>
#include "store/base/arena.h"

struct texts { const char **v; size_t n; };	/* strings and array live in the same arena */

/* Room for one more element; the capacity is the power of two (at least 4) that n has reached. */
static inline void *list_grow(struct arena *a, void *v, size_t n, size_t size)
{
	void *bigger;

	if (n && (n < 4 || (n & (n - 1))))
		return v;
	bigger = arena_alloc(a, (n ? n * 2 : 4) * size);
	if (n)
		memcpy(bigger, v, n * size);
	return bigger;
}

#define list_add(a, arr, count, ...) \
	do { \
		(arr) = list_grow(a, arr, count, sizeof(*(arr))); \
		(arr)[(count)++] = (__VA_ARGS__); \
	} while (0)

#endif
