#include "store/base/vec.h"

#include <string.h>

void strs_add(struct strs *a, const char *s)
{
	vec_add(a, xstrdup(s));
}

void strs_free_all(struct strs *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	vec_free(a);
}

int strs_has(const struct strs *a, const char *s)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->v[i], s))
			return 1;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strs_sort(struct strs *a)
{
	if (a->n > 1)
		qsort(a->v, a->n, sizeof(*a->v), by_bytes);
}
