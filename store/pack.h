/*
 * store/pack.h - the objects of one transaction as one git pack; private to store/
 *
 * Ten loose objects are ten files in ten folders, and each has to reach the disk: 10 to 70 ms
 * where a pack with the same in it takes 0.5 (measured: ext4, 20 to 60 objects). What is written
 * here has no deltas: git's gc finds those.
 */
#ifndef STORE_PACK_H
#define STORE_PACK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/base/buf.h"
#include "store/base/vec.h"
#include "store/ref.h"
struct err;

#define PACK_PREFIX "pack-bead"	/* then the level, one digit */

enum pack_type { PACK_COMMIT = 1, PACK_TREE = 2, PACK_BLOB = 3 };	/* git's numbers */

struct pack_entry { struct oid id; uint32_t at, crc; };

/* libgit2 has libz in the process already: it is looked up there. */
struct zlib {
	int (*compress2)(unsigned char *to, unsigned long *ton, const unsigned char *from,
			 unsigned long n, int level);
	unsigned long (*compressBound)(unsigned long n);
	unsigned long (*crc32)(unsigned long sum, const unsigned char *from, unsigned n);
	unsigned long (*adler32)(unsigned long sum, const unsigned char *from, unsigned n);
};

/* Objects that wait for pack_write(). All zero but body, which is BUF_INIT, to begin with. */
struct pack {
	struct zlib z;
	struct buf body;	/* the pack file, but for its sum */
	VEC(struct pack_entry) entry;
};

/* Adds an object that is not in it yet. ERR_IO: zlib cannot be loaded. */
int pack_add(struct pack *p, const struct oid *id, enum pack_type type, const void *data, size_t n,
	     struct err *e);
/* objects/pack/pack-HEX.pack and .idx below the git common dir, by rename; p is empty again.
 * sync: what they hold is on the disk when this returns; their names are with the next
 * fsx_sync() of the folder. HEX begins with "bead" and level, which says that it is one of ours.
 * ERR_IO: p is as it was. */
int pack_write(struct pack *p, const char *commondir, int level, bool sync, struct err *e);
/* Adds an object as it stands in another pack, where crc is of these bytes. */
void pack_add_raw(struct pack *p, const struct oid *id, uint32_t crc, const void *data, size_t n);
void pack_release(struct pack *p);

/* pack_join.c: makes one pack of the next level of every ten of a level, so that a thousand
 * commits are two dozen packs and not a thousand. Best effort; best called by one at a time, but
 * two at once do no harm. Answers how many of the lowest level are left: nothing can be done
 * before there are PACK_JOIN_AT. */
enum { PACK_JOIN_AT = 10 };
size_t pack_join(const char *commondir, bool sync);

#endif
