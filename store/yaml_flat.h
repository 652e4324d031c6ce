/* store/yaml_flat.h - a YAML file of settings as flat names: what bd's config.yaml is */
#ifndef STORE_YAML_FLAT_H
#define STORE_YAML_FLAT_H
#include <stddef.h>
struct err;

/* "export.auto", "true". A list comes as one value, with commas. Both are borrowed for the call. */
typedef void (*yaml_flat_fn)(void *arg, const char *name, const char *value, int line);

/*
 * Calls fn for every value, in order: nested mappings give names with dots. What is no plain
 * value (text blocks, lists of mappings, flow mappings, anchors) is passed over, since it may
 * belong to somebody else's key. file is what messages call it.
 * ERR_PARSE: "file:line: why"; what came before it was told.
 */
int yaml_flat_read(const char *text, size_t n, const char *file, yaml_flat_fn fn, void *arg,
		   struct err *e);

#endif
