#include "store/pack.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/sha1.h"

enum { HEAD = 12, STORED_MAX = 65535, SMALL = 512 };

/* The handle is not kept: the library stays until the process ends. */
static int load(struct zlib *z, struct err *e)
{
	static const char soname[] = "libz.so.1";
	void *h = z->crc32 ? NULL : dlopen(soname, RTLD_LAZY | RTLD_LOCAL);

	if (z->crc32)
		return 0;
	if (!h)
		return err_set(e, ERR_IO, "cannot load %s: %s", soname, dlerror());
	z->compress2 = (__typeof__(z->compress2))dlsym(h, "compress2");
	z->compressBound = (__typeof__(z->compressBound))dlsym(h, "compressBound");
	z->adler32 = (__typeof__(z->adler32))dlsym(h, "adler32");
	z->crc32 = (__typeof__(z->crc32))dlsym(h, "crc32");
	return z->compress2 && z->compressBound && z->adler32 && z->crc32
		? 0 : err_set(e, ERR_IO, "%s lacks a function", soname);
}

static void put32(char *at, uint32_t x)
{
	const unsigned char bytes[4] = { x >> 24 & 255, x >> 16 & 255, x >> 8 & 255, x & 255 };

	memcpy(at, bytes, sizeof(bytes));
}

static void add32(struct buf *b, uint32_t x)
{
	char bytes[4];

	put32(bytes, x);
	buf_add(b, bytes, sizeof(bytes));
}

/* Type and size, 7 bits a byte, the first 4 of the size beside the type. */
static void add_head(struct buf *b, enum pack_type type, size_t n)
{
	unsigned c = (unsigned)type << 4 | (n & 15);

	for (n >>= 4; n; n >>= 7) {
		buf_addc(b, (char)(c | 0x80));
		c = n & 127;
	}
	buf_addc(b, (char)c);
}

/* zlib's format without compressing: trees are mostly hashes, and setting deflate up costs more
 * than they are worth. */
static void add_stored(const struct zlib *z, struct buf *b, const char *p, size_t n)
{
	uint32_t sum = (uint32_t)z->adler32(1, (const unsigned char *)p, (unsigned)n);

	buf_add(b, "\x78\x01", 2);
	do {
		size_t len = n < STORED_MAX ? n : STORED_MAX;
		const unsigned char head[5] = { len == n, len & 255, len >> 8 & 255, ~len & 255,
						~len >> 8 & 255 };

		buf_add(b, head, 5);
		buf_add(b, p, len);
		p += len;
		n -= len;
	} while (n);
	add32(b, sum);
}

static int add_deflated(const struct zlib *z, struct buf *b, const void *data, size_t n,
			struct err *e)
{
	unsigned long len = z->compressBound(n);

	buf_grow(b, len);
	if (z->compress2((unsigned char *)b->s + b->len, &len, data, n, 1) != 0)
		return err_set(e, ERR_IO, "cannot compress an object");
	b->len += len;
	b->s[b->len] = 0;
	return 0;
}

/* The number of objects is filled in at the end. */
static size_t begin(struct pack *p)
{
	if (!p->body.len)
		buf_add(&p->body, "PACK\0\0\0\2\0\0\0\0", HEAD);
	return p->body.len;
}

int pack_add(struct pack *p, const struct oid *id, enum pack_type type, const void *data, size_t n,
	     struct err *e)
{
	size_t at;
	int rc = load(&p->z, e);

	if (rc < 0)
		return rc;
	at = begin(p);
	if (at + n + n / 100 > INT32_MAX)
		return err_set(e, ERR_IO, "too much is written at once");
	add_head(&p->body, type, n);
	if (type == PACK_TREE || n < SMALL)
		add_stored(&p->z, &p->body, data, n);
	else
		rc = add_deflated(&p->z, &p->body, data, n, e);
	if (rc < 0) {
		p->body.len = at;
		return rc;
	}
	vec_add(&p->entry, (struct pack_entry){
		*id, (uint32_t)at,
		(uint32_t)p->z.crc32(0, (const unsigned char *)p->body.s + at,
				     (unsigned)(p->body.len - at)) });
	return 0;
}

void pack_add_raw(struct pack *p, const struct oid *id, uint32_t crc, const void *data, size_t n)
{
	vec_add(&p->entry, (struct pack_entry){ *id, (uint32_t)begin(p), crc });
	buf_add(&p->body, data, n);
}

static void add_hash(struct buf *b, struct oid *out)
{
	struct sha1 s;

	sha1_init(&s);
	sha1_add(&s, b->s, b->len);
	sha1_end(&s, out->b);
	buf_add(b, out->b, sizeof(out->b));
}

static int entry_order(const void *a, const void *b)
{
	return memcmp(((const struct pack_entry *)a)->id.b, ((const struct pack_entry *)b)->id.b,
		      sizeof(struct oid));
}

/* gitformat-pack(5), version 2 */
static void build_index(struct pack *p, const struct oid *sum, struct buf *out)
{
	size_t n = p->entry.n, below = 0;
	struct oid own;

	qsort(p->entry.v, n, sizeof(*p->entry.v), entry_order);
	buf_add(out, "\377tOc\0\0\0\2", 8);
	for (unsigned first = 0; first < 256; first++) {
		while (below < n && p->entry.v[below].id.b[0] <= first)
			below++;
		add32(out, (uint32_t)below);
	}
	for (size_t i = 0; i < n; i++)
		buf_add(out, p->entry.v[i].id.b, sizeof(struct oid));
	for (size_t i = 0; i < n; i++)
		add32(out, p->entry.v[i].crc);
	for (size_t i = 0; i < n; i++)
		add32(out, p->entry.v[i].at);
	buf_add(out, sum->b, sizeof(sum->b));
	add_hash(out, &own);
}

int pack_write(struct pack *p, const char *commondir, int level, bool sync, struct err *e)
{
	AUTO_FREE char *pack = NULL;
	AUTO_FREE char *idx = NULL;
	BUF_AUTO index = BUF_INIT;
	char hex[OID_HEX];
	struct oid sum;
	int rc;

	put32(p->body.s + 8, (uint32_t)p->entry.n);
	add_hash(&p->body, &sum);
	build_index(p, &sum, &index);
	/* git takes any 40 digits; half of the sum's are enough to tell two packs apart */
	pack = xasprintf("%s/objects/pack/" PACK_PREFIX "%d000%.32s.pack", commondir, level,
			 oid_hex(&sum, hex));
	idx = xasprintf("%.*s.idx", (int)(strlen(pack) - 5), pack);
	/* the index makes the pack seen: it comes last */
	rc = fsx_mkparent(AT_FDCWD, pack, 0777, e);
	if (rc == 0)
		rc = fsx_write_atomic(AT_FDCWD, pack, p->body.s, p->body.len, 0444,
				      sync ? FSX_SYNC_BEGIN : 0, e);
	if (rc == 0)
		rc = fsx_write_atomic(AT_FDCWD, idx, index.s, index.len, 0444,
				      sync ? FSX_SYNC_FILE : 0, e);
	if (rc == 0 && sync)
		rc = fsx_sync(pack, e);
	if (rc == 0)
		pack_release(p);
	else
		p->body.len -= sizeof(sum.b);
	return rc;
}

void pack_release(struct pack *p)
{
	buf_release(&p->body);
	vec_free(&p->entry);
}
