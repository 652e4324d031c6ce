/* store/durable.h - what git wrote is on the disk, not only on its way; private to store/ */
#ifndef STORE_DURABLE_H
#define STORE_DURABLE_H
#include <stddef.h>
struct err; struct oid;

/* Makes loose objects and the folders they stand in durable. Objects that are packed or elsewhere are passed over.
 * Done for many at once, the first wait for the disk takes nearly all along. ERR_IO. */
int durable_objects(const char *commondir, const struct oid *object, size_t n, struct err *e);
/* The same for the file of a ref. 0 or -1. */
int durable_ref(const char *commondir, const char *ref);

#endif
