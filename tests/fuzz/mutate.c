/* tests/fuzz/mutate.c - mutate SEED: standard input, spoiled in one of the ways files are; the
 * same for the same seed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fuzz.h"

enum { MOST = 1 << 20 };

static size_t cut(char *s, size_t n, uint64_t *seed)
{
	size_t from = fuzz_next(seed) % (n + 1), len = fuzz_next(seed) % (n - from + 1);

	memmove(s + from, s + from + len, n - from - len);
	return n - len;
}

static size_t again(char *s, size_t n, uint64_t *seed)
{
	size_t from = fuzz_next(seed) % (n + 1), len = fuzz_next(seed) % (n - from + 1);

	if (n + len > MOST)
		return n;
	memmove(s + from + len, s + from, n - from);
	return n + len;
}

static size_t odd_bytes(char *s, size_t n, uint64_t *seed)
{
	static const char odd[] = "\n\r\t \0\033\xff\xe2\x80\xc2\x9b{}[]\"'`*#:;=-|_/.,0919";

	for (uint32_t k = 1 + fuzz_next(seed) % 12; n && k; k--)
		s[fuzz_next(seed) % n] = odd[fuzz_next(seed) % sizeof(odd)];
	return n;
}

static size_t spoil(char *s, size_t n, uint64_t *seed)
{
	switch (fuzz_next(seed) % 8) {
	case 0:
		return fuzz_next(seed) % (n + 1);	/* the end is missing */
	case 1:
		return cut(s, n, seed);
	case 2:
		return again(s, n, seed);
	case 3:						/* as after a power failure */
		memset(s, 0, n);
		return n;
	case 4:						/* nothing that it was */
		n = fuzz_next(seed) % 2000;
		for (size_t i = 0; i < n; i++)
			s[i] = (char)fuzz_next(seed);
		return n;
	default:
		return odd_bytes(s, n, seed);
	}
}

int main(int argc, char **argv)
{
	uint64_t seed = 0x9e3779b97f4a7c15u ^ (argc > 1 ? strtoull(argv[1], NULL,
								   10) * 0x2545f4914f6cdd1du : 0);
	char *s = malloc(MOST);
	size_t n;

	if (!s)
		return 1;
	n = fread(s, 1, MOST, stdin);
	fuzz_next(&seed);
	n = spoil(s, n, &seed);
	fwrite(s, 1, n, stdout);
	free(s);
	return fflush(stdout) ? 1 : 0;
}
