/* store/base/map.h - string to pointer hash table (FNV-1a, open addressing) */
#ifndef STORE_BASE_MAP_H
#define STORE_BASE_MAP_H
#include <stddef.h>
#include <stdint.h>

struct map_slot { const char *key; void *val; uint32_t hash; };
struct map { struct map_slot *slot; size_t n, cap; };
#define MAP_INIT { .slot = NULL }
#define MAP_AUTO __attribute__((cleanup(map_release))) struct map

/* The key is borrowed and must outlive the map. Replaces; returns the old value or NULL. */
void *map_put(struct map *m, const char *key, void *val);
void *map_get(const struct map *m, const char *key);	/* NULL if absent */
void map_release(struct map *m);			/* keys and values are not touched */
/* 32 bit FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/ */
uint32_t hash_fnv1a(const void *p, size_t n);

#endif
