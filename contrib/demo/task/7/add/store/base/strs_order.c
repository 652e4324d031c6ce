#include "store/base/strs_order.h"

#include "store/base/vec.h"

void strs_reverse(struct strs *a)
{
	for (size_t i = 0; i < a->n / 2; i++) {
		char *other = a->v[a->n - 1 - i];

		a->v[a->n - 1 - i] = a->v[i];
		a->v[i] = other;
	}
}
