/* store/base/sha1.h - SHA-1 of what git wants hashed as a whole: packs and their indices.
 * Objects: repo_blob_hash(). */
#ifndef STORE_BASE_SHA1_H
#define STORE_BASE_SHA1_H
#include <stddef.h>
#include <stdint.h>

enum { SHA1_LEN = 20 };

struct sha1 { uint32_t h[5]; uint64_t n; unsigned char block[64]; };

void sha1_init(struct sha1 *s);
void sha1_add(struct sha1 *s, const void *data, size_t n);
void sha1_end(struct sha1 *s, unsigned char out[SHA1_LEN]);	/* s is spent */

#endif
