/* store/base/map_keys.h - the keys of a map in order */
#ifndef STORE_BASE_MAP_KEYS_H
#define STORE_BASE_MAP_KEYS_H
struct map; struct strs;

void map_keys(const struct map *m, struct strs *out);

#endif
