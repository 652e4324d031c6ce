/* store/base/vec.h - typed growable array: VEC(struct foo) list = { 0 }; vec_add(&list, x);
 * vec_free(&list); */
#ifndef STORE_BASE_VEC_H
#define STORE_BASE_VEC_H
#include <stdlib.h>
#include "store/base/mem.h"

#define VEC(T) struct { T *v; size_t n, cap; }

#define vec_grow(a) \
	do { \
		if ((a)->n == (a)->cap) { \
			(a)->cap = (a)->cap ? (a)->cap * 2 : 8; \
			(a)->v = xrealloc((a)->v, (a)->cap * sizeof(*(a)->v)); \
		} \
	} while (0)

/* Appends a value. */
#define vec_add(a, ...) do { vec_grow(a); (a)->v[(a)->n++] = (__VA_ARGS__); } while (0)

/* Frees the array, not what its elements point to. */
#define vec_free(a) do { free((a)->v); (a)->v = NULL; (a)->n = (a)->cap = 0; } while (0)

/* A list of strings. Who owns the strings is said where it is used; strs_free_all frees both. */
struct strs { char **v; size_t n, cap; };
void strs_add(struct strs *a, const char *s);		/* copies */
void strs_free_all(struct strs *a);
int strs_has(const struct strs *a, const char *s);	/* 1 or 0 */
void strs_sort(struct strs *a);				/* bytewise */
#define STRS_AUTO __attribute__((cleanup(strs_free_all))) struct strs

#endif
