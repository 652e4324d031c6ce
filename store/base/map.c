#include "store/base/map.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/mem.h"

uint32_t hash_fnv1a(const void *p, size_t n)
{
	const unsigned char *c = p;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ c[i]) * 16777619u;
	return h;
}

static struct map_slot *find(const struct map *m, const char *key, uint32_t h)
{
	size_t i = h & (m->cap - 1);

	while (m->slot[i].key && (m->slot[i].hash != h || strcmp(m->slot[i].key, key)))
		i = (i + 1) & (m->cap - 1);
	return &m->slot[i];
}

static void grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : 16;
	m->slot = xcalloc(m->cap, sizeof(*m->slot));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slot[i].key)
			*find(m, old.slot[i].key, old.slot[i].hash) = old.slot[i];
	free(old.slot);
}

void *map_put(struct map *m, const char *key, void *val)
{
	uint32_t h = hash_fnv1a(key, strlen(key));
	struct map_slot *s;
	void *was;

	if (m->n * 4 >= m->cap * 3)
		grow(m);
	s = find(m, key, h);
	was = s->val;
	if (!s->key) {
		m->n++;
		s->key = key;
		s->hash = h;
	}
	s->val = val;
	return was;
}

void *map_get(const struct map *m, const char *key)
{
	return m->cap ? find(m, key, hash_fnv1a(key, strlen(key)))->val : NULL;
}

void map_release(struct map *m)
{
	free(m->slot);
	*m = (struct map)MAP_INIT;
}
