/* store/snapshot_hash.c - what tells a damaged snapshot from a sound one */
#include <stddef.h>
#include <string.h>

#include "store/snapshot_priv.h"

/*
 * Four independent lanes, 32 bytes a turn, so that the multiplications overlap; the mixing is
 * Murmur's. It guards against damage, not against people: who can write the private folder can
 * write the issues.
 */
enum { LANES = 4 };

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9fb21c651e98df25ull;
	return h ^ (h >> 32);
}

static uint64_t hash_lanes(uint64_t seed, const unsigned char *c, size_t n)
{
	uint64_t lane[LANES] = { seed, seed + 1, seed + 2, seed + 3 }, word;

	for (const unsigned char *end = c + n; c < end; )
		for (int i = 0; i < LANES; i++, c += sizeof(word)) {
			memcpy(&word, c, sizeof(word));
			lane[i] = mix(lane[i], word);
		}
	for (int i = 0; i < LANES; i++)
		seed = mix(seed, lane[i]);
	return seed;
}

uint64_t snap_hash(uint64_t seed, const void *p, size_t n)
{
	const unsigned char *c = p;
	size_t whole = n - n % (LANES * sizeof(uint64_t));
	uint64_t tail = 0, word;

	/* most parts of a row are empty or short: they must not pay for lanes */
	seed = mix(seed, n);
	if (whole)
		seed = hash_lanes(seed, c, whole);
	for (c += whole, n -= whole; n >= sizeof(word); n -= sizeof(word), c += sizeof(word)) {
		memcpy(&word, c, sizeof(word));
		seed = mix(seed, word);
	}
	if (n) {
		memcpy(&tail, c, n);
		seed = mix(seed, tail);
	}
	return seed;
}

uint64_t snap_row_hash(const struct snap_view *v, size_t i)
{
	const struct snap_row *r = &v->rows[i];
	uint64_t h = snap_hash(i, r, offsetof(struct snap_row, hash));

	h = snap_hash(h, v->labels + r->labels.at, r->labels.n * sizeof(*v->labels));
	h = snap_hash(h, v->deps + r->deps.at, r->deps.n * sizeof(*v->deps));
	h = snap_hash(h, v->comments + r->comments.at, r->comments.n * sizeof(*v->comments));
	h = snap_hash(h, v->extras + r->extras.at, r->extras.n * sizeof(*v->extras));
	h = snap_hash(h, v->reverse + r->reverse.at, r->reverse.n * sizeof(*v->reverse));
	return snap_hash(h, v->hot + r->hot_part.at, r->hot_part.n);
}

uint64_t snap_shard_hash(unsigned shard, const struct snapshot_file *file, size_t n,
			 const char *names, size_t len)
{
	return snap_hash(snap_hash(shard, file, n * sizeof(*file)), names, len);
}

uint64_t snap_index_hash(const void *const section[SNAP_SECTIONS],
			 const struct snap_section_at at[SNAP_SECTIONS])
{
	uint64_t h = snap_hash(0, section[SNAP_FIND], at[SNAP_FIND].n * sizeof(uint32_t));

	h = snap_hash(h, section[SNAP_DANGLING], at[SNAP_DANGLING].n * sizeof(uint32_t));
	return snap_hash(h, section[SNAP_SHARDS], at[SNAP_SHARDS].n * sizeof(struct snap_shard));
}
