/* RFC 3174 */
#include "store/base/sha1.h"

#include <string.h>

static uint32_t rotate(uint32_t x, int n)
{
	return x << n | x >> (32 - n);
}

static uint32_t word(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#define CHOOSE(x, y, z) (((x) & ((y) ^ (z))) ^ (z))
#define PARITY(x, y, z) ((x) ^ (y) ^ (z))
#define MAJORITY(x, y, z) (((x) & (y)) | (((x) | (y)) & (z)))

/* Written out: then the words stay in registers, which is four times as fast. Of the 80 that are
 * made of a block, the last 16 are kept. */
#define WORD(i) \
	((i) < 16 ? w[(i) & 15] : \
	 (w[(i) & 15] = rotate(w[((i) - 3) & 15] ^ w[((i) - 8) & 15] ^ w[((i) - 14) & 15] ^ \
			       w[(i) & 15], 1)))
#define STEP(a, b, c, d, e, f, k, x) do { \
		e += rotate(a, 5) + f(b, c, d) + (k) + (x); \
		b = rotate(b, 30); \
	} while (0)
#define FIVE(i, f, k) do { \
		STEP(a, b, c, d, e, f, k, WORD(i)); \
		STEP(e, a, b, c, d, f, k, WORD((i) + 1)); \
		STEP(d, e, a, b, c, f, k, WORD((i) + 2)); \
		STEP(c, d, e, a, b, f, k, WORD((i) + 3)); \
		STEP(b, c, d, e, a, f, k, WORD((i) + 4)); \
	} while (0)
#define TWENTY(i, f, k) do { \
		FIVE(i, f, k); \
		FIVE((i) + 5, f, k); \
		FIVE((i) + 10, f, k); \
		FIVE((i) + 15, f, k); \
	} while (0)

static void add_block(uint32_t h[5], const unsigned char *p)
{
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], w[16];

	for (int i = 0; i < 16; i++)
		w[i] = word(p + 4 * i);
	TWENTY(0, CHOOSE, 0x5a827999u);
	TWENTY(20, PARITY, 0x6ed9eba1u);
	TWENTY(40, MAJORITY, 0x8f1bbcdcu);
	TWENTY(60, PARITY, 0xca62c1d6u);
	h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

void sha1_init(struct sha1 *s)
{
	static const uint32_t first[5] = { 0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u,
					   0xc3d2e1f0u };

	memcpy(s->h, first, sizeof(first));
	s->n = 0;
}

void sha1_add(struct sha1 *s, const void *data, size_t n)
{
	const unsigned char *p = data;
	size_t have = s->n % 64;

	s->n += n;
	if (have && have + n >= 64) {
		memcpy(s->block + have, p, 64 - have);
		add_block(s->h, s->block);
		p += 64 - have;
		n -= 64 - have;
		have = 0;
	}
	for (; !have && n >= 64; p += 64, n -= 64)
		add_block(s->h, p);
	memcpy(s->block + have, p, n);
}

void sha1_end(struct sha1 *s, unsigned char out[SHA1_LEN])
{
	static const unsigned char pad[64] = { 0x80 };
	uint64_t bits = s->n * 8;
	unsigned char len[8];

	sha1_add(s, pad, 1 + (119 - s->n % 64) % 64);
	for (int i = 0; i < 8; i++)
		len[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha1_add(s, len, 8);
	for (int i = 0; i < SHA1_LEN; i++)
		out[i] = (unsigned char)(s->h[i / 4] >> (24 - i % 4 * 8));
}
