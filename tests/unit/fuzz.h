/* tests/unit/fuzz.h - the same "random" bytes on every run: truncations and mutations of a seed
 * text */
#ifndef TESTS_UNIT_FUZZ_H
#define TESTS_UNIT_FUZZ_H
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint32_t fuzz_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

/*
 * Calls fn with every prefix of the seed, then with rounds copies in which some bytes are
 * changed, doubled or cut. The bytes lie in memory of exactly their size, so that a sanitizer
 * sees the first read too far.
 */
static inline void fuzz_bytes(const char *seed, size_t n, int rounds,
			      void (*fn)(const char *s, size_t n))
{
	static const char odd[] = "\n\r\t \0\xff\xe2\x80{}[]\"`*#:-|_/.,0919VERDICT";
	uint64_t state = 0x9e3779b97f4a7c15u;
	char *copy;

	for (size_t k = 0; k <= n; k += 1 + n / 2000) {
		copy = malloc(k ? k : 1);
		memcpy(copy, seed, k);
		fn(copy, k);
		free(copy);
	}
	for (int i = 0; i < rounds; i++) {
		size_t from = n ? fuzz_next(&state) % n : 0, len = n - from;

		if (fuzz_next(&state) % 3)
			from = 0, len = n;
		copy = malloc(len ? len : 1);
		memcpy(copy, seed + from, len);
		for (uint32_t k = fuzz_next(&state) % 12; len && k; k--) {
			uint32_t at = fuzz_next(&state) % len, to = fuzz_next(&state) % len;

			if (fuzz_next(&state) % 4)
				copy[at] = odd[fuzz_next(&state) % sizeof(odd)];
			else
				memmove(copy + at, copy + to, len - (at > to ? at : to));
		}
		fn(copy, len);
		free(copy);
	}
}

#endif
