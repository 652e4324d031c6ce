/* The bytes of an issue file while they are read: checked, copied, handed out by line. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "store/base/arena.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/record_priv.h"

int source_fail(struct source *src, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(src->e, ERR_PARSE, "%s:%zu: %s", src->name, src->line ? src->line : 1, why);
}

char *source_line(struct source *src, size_t *n)
{
	char *line = src->p, *nl;

	if (line == src->end)
		return NULL;
	nl = memchr(line, '\n', (size_t)(src->end - line));
	if (!nl)
		nl = src->end;
	src->p = nl < src->end ? nl + 1 : nl;
	*nl = 0;
	*n = (size_t)(nl - line);
	src->line++;
	return line;
}

/* ASCII, eight bytes at a time, as most files are; from the first other byte on, letter by
 * letter. */
static long find_bad(const char *s, size_t n)
{
	const uint64_t low = 0x0101010101010101u, high = 0x8080808080808080u;
	size_t i = 0;
	long at;

	for (; n - i >= 8; i += 8) {
		uint64_t v;

		memcpy(&v, s + i, 8);
		if ((v | (v - low)) & high)
			break;
	}
	at = text_utf8_bad(s + i, n - i);
	return at < 0 ? at : at + (long)i;
}

/* "\r\n" to "\n" in place; returns the new length. */
static size_t drop_cr(char *s, size_t n)
{
	size_t w = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r' || i + 1 == n || s[i + 1] != '\n')
			s[w++] = s[i];
	return w;
}

int source_open(struct source *src, const char *s, size_t n, struct arena *a)
{
	long bad = find_bad(s, n);
	const char *nl;

	if (bad >= 0) {
		for (src->line = 1; (nl = memchr(s, '\n', (size_t)bad)); src->line++) {
			bad -= nl + 1 - s;
			s = nl + 1;
		}
		return source_fail(src, s[bad] ? "not valid UTF-8" : "a NUL byte");
	}
	if (n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3)) {
		s += 3;
		n -= 3;
	}
	src->p = arena_strndup(a, s, n);
	nl = memchr(s, '\n', n);
	if (nl && nl > s && nl[-1] == '\r')
		n = drop_cr(src->p, n);
	src->end = src->p + n;
	*src->end = 0;
	return 0;
}
