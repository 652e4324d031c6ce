/* store/base/arena.h - many small objects that die together */
#ifndef STORE_BASE_ARENA_H
#define STORE_BASE_ARENA_H
#include <stddef.h>

struct arena_block;
struct arena { struct arena_block *top; };
#define ARENA_INIT { .top = NULL }
#define ARENA_AUTO __attribute__((cleanup(arena_release))) struct arena

/* Zeroed memory, aligned for any object; freed by arena_release() only. */
void *arena_alloc(struct arena *a, size_t n);
/* Copies; the result is NUL-terminated. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* For filling an array of unknown length: array (NULL when n is 0) with room for element n,
 * moved at powers of two. Only for arrays that grew by this function alone. The new room is
 * zeroed. */
void *arena_grow(struct arena *a, void *array, size_t n, size_t size);
void arena_release(struct arena *a);

#endif
