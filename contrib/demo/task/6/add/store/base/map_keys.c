#include "store/base/map_keys.h"

#include "store/base/map.h"
#include "store/base/vec.h"

void map_keys(const struct map *m, struct strs *out)
{
	for (size_t i = 0; i < m->cap; i++)
		if (m->slot[i].key)
			strs_add(out, m->slot[i].key);
	strs_sort(out);
}
