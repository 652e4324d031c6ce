/* core/list.h - arrays that grow inside an arena: list_add(a, out->v, out->n, x) */
#ifndef CORE_LIST_H
#define CORE_LIST_H
#include <string.h>
#include "store/base/arena.h"

struct texts { const char **v; size_t n; };	/* strings and array live in the same arena */

#define list_add(a, arr, count, ...) \
	do { \
		(arr) = arena_grow(a, arr, count, sizeof(*(arr))); \
		(arr)[(count)++] = (__VA_ARGS__); \
	} while (0)

#endif
