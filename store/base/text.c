#include "store/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/vec.h"

bool text_line(const char **s, size_t *n, const char **line, size_t *len)
{
	const char *nl;

	if (!*n)
		return false;
	nl = memchr(*s, '\n', *n);
	*line = *s;
	*len = nl ? (size_t)(nl - *s) : *n;
	*n -= *len + (nl != NULL);
	*s += *len + (nl != NULL);
	return true;
}

void text_trim(const char **s, size_t *len)
{
	while (*len && isspace((unsigned char)**s)) {
		(*s)++;
		(*len)--;
	}
	while (*len && isspace((unsigned char)(*s)[*len - 1]))
		(*len)--;
}

bool text_true(const char *s)
{
	static const char *const words[] = { "true", "1", "yes", "on", "t" };

	for (size_t i = 0; s && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(s, words[i]))
			return true;
	return false;
}

bool text_path_inside(const char *s)
{
	STRS_AUTO part = { 0 };

	text_split(s, '/', &part);
	return *s != '/' && !strs_has(&part, "..");
}

bool text_starts(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool text_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n >= k && !strcmp(s + n - k, suffix);
}

void text_split(const char *s, char sep, struct strs *out)
{
	for (;;) {
		const char *end = strchr(s, sep), *p = s;
		size_t n = end ? (size_t)(end - s) : strlen(s);

		text_trim(&p, &n);
		if (n)
			vec_add(out, xstrndup(p, n));
		if (!end)
			return;
		s = end + 1;
	}
}

void text_join(struct buf *out, const struct strs *parts, const char *sep)
{
	for (size_t i = 0; i < parts->n; i++)
		buf_addf(out, "%s%s", i ? sep : "", parts->v[i]);
}

/* One word starting at *s; false when a quote stays open. */
static bool word(const char **s, struct buf *w)
{
	char quote = 0;
	const char *p = *s;

	for (; *p && (quote || !isspace((unsigned char)*p)); p++) {
		if (quote == '\'') {
			if (*p == '\'')
				quote = 0;
			else
				buf_addc(w, *p);
		} else if (*p == '\\' && p[1] && (!quote || strchr("\"\\$`", p[1]))) {
			buf_addc(w, *++p);
		} else if (quote && *p == quote) {
			quote = 0;
		} else if (!quote && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else {
			buf_addc(w, *p);
		}
	}
	*s = p;
	return !quote;
}

int text_words(const char *s, struct strs *out, struct err *e)
{
	for (const char *all = s;;) {
		BUF_AUTO w = BUF_INIT;

		while (isspace((unsigned char)*s))
			s++;
		if (!*s)
			return 0;
		if (!word(&s, &w))
			return err_set(e, ERR_PARSE, "quote is not closed in '%s'", all);
		strs_add(out, w.s);
	}
}

/* Length of the UTF-8 sequence at p, its code point in *cp; 0 when it is none. RFC 3629. */
static size_t utf8_next(const unsigned char *p, size_t n, uint32_t *cp)
{
	size_t len;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	*cp = p[0] & (0xff >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (p[i] & 0x3f);
	}
	if ((len == 3 && *cp < 0x800) || (len == 4 && (*cp < 0x10000 || *cp > 0x10ffff)) ||
	    (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return len;
}

void text_utf8_mend(char *s, size_t n)
{
	for (long bad, at = 0; (bad = text_utf8_bad(s + at, n - (size_t)at)) >= 0; at += bad + 1)
		s[at + bad] = '?';
}

/* ASCII, and no NUL */
static bool eight_plain(const char *s)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t w;

	memcpy(&w, s, sizeof(w));
	return !((w | ((w - ones) & ~w)) & tops);
}

long text_utf8_bad(const char *s, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t cp = 0;
		size_t k;

		if (n - i >= 8 && eight_plain(s + i)) {
			i += 8;
			continue;
		}
		k = utf8_next((const unsigned char *)s + i, n - i, &cp);

		if (!k || !cp)
			return (long)i;
		i += k;
	}
	return -1;
}

/*
 * Columns of a code point. A table of our own because wcwidth(3) answers -1 for
 * everything outside ASCII in LANG=C, and output must not depend on the locale.
 * Ranges: Unicode 15 East Asian Width W and F, and combining marks (Mn, Me, Cf).
 */
static int cp_width(uint32_t c)
{
	static const struct { uint32_t a, b; int w; } range[] = {
		{ 0x0000, 0x001f, 0 }, { 0x007f, 0x009f, 0 }, { 0x0300, 0x036f, 0 },
		{ 0x0483, 0x0489, 0 },
		{ 0x0591, 0x05bd, 0 }, { 0x0610, 0x061a, 0 }, { 0x064b, 0x065f, 0 },
		{ 0x0900, 0x0902, 0 },
		{ 0x1100, 0x115f, 2 }, { 0x1ab0, 0x1aff, 0 }, { 0x1dc0, 0x1dff, 0 },
		{ 0x200b, 0x200f, 0 },
		{ 0x202a, 0x202e, 0 }, { 0x2060, 0x2064, 0 }, { 0x20d0, 0x20ff, 0 },
		{ 0x231a, 0x231b, 2 },
		{ 0x23e9, 0x23ec, 2 }, { 0x23f0, 0x23f0, 2 }, { 0x23f3, 0x23f3, 2 },
		{ 0x25fd, 0x25fe, 2 },
		{ 0x2614, 0x2615, 2 }, { 0x2648, 0x2653, 2 }, { 0x26a1, 0x26a1, 2 },
		{ 0x26d4, 0x26d4, 2 },
		{ 0x2705, 0x2705, 2 }, { 0x270a, 0x270b, 2 }, { 0x2728, 0x2728, 2 },
		{ 0x274c, 0x274c, 2 },
		{ 0x274e, 0x274e, 2 }, { 0x2753, 0x2755, 2 }, { 0x2757, 0x2757, 2 },
		{ 0x2795, 0x2797, 2 },
		{ 0x2b1b, 0x2b1c, 2 }, { 0x2b50, 0x2b50, 2 }, { 0x2e80, 0x303e, 2 },
		{ 0x3041, 0x33ff, 2 },
		{ 0x3400, 0x4dbf, 2 }, { 0x4e00, 0x9fff, 2 }, { 0xa000, 0xa4cf, 2 },
		{ 0xac00, 0xd7a3, 2 },
		{ 0xf900, 0xfaff, 2 }, { 0xfe00, 0xfe0f, 0 }, { 0xfe20, 0xfe2f, 0 },
		{ 0xfe30, 0xfe6f, 2 },
		{ 0xfeff, 0xfeff, 0 }, { 0xff00, 0xff60, 2 }, { 0xffe0, 0xffe6, 2 },
		{ 0x1f300, 0x1f64f, 2 },
		{ 0x1f680, 0x1f6ff, 2 }, { 0x1f900, 0x1f9ff, 2 }, { 0x1fa70, 0x1faff, 2 },
		{ 0x20000, 0x3fffd, 2 },
		{ 0xe0100, 0xe01ef, 0 },
	};
	size_t lo = 0, hi = sizeof(range) / sizeof(range[0]);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c > range[mid].b)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < sizeof(range) / sizeof(range[0]) && c >= range[lo].a ? range[lo].w : 1;
}

/* Length and columns of the character at s; a bad byte is one column. */
static size_t char_at(const char *s, size_t n, int *width)
{
	uint32_t cp;
	size_t k = utf8_next((const unsigned char *)s, n, &cp);

	*width = k ? cp_width(cp) : 1;
	return k ? k : 1;
}

int text_width(const char *s)
{
	size_t n = strlen(s);
	int w, sum = 0;

	for (size_t i = 0; i < n; sum += w)
		i += char_at(s + i, n - i, &w);
	return sum;
}

void text_fit(struct buf *out, const char *s, int width, bool ascii)
{
	const char *more = ascii ? "..." : "…";
	int room = width - (ascii ? 3 : 1), w, sum = 0;
	size_t n = strlen(s), i = 0;

	if (text_width(s) <= width) {
		buf_adds(out, s);
		return;
	}
	while (i < n) {
		size_t k = char_at(s + i, n - i, &w);

		if (sum + w > room)
			break;
		sum += w;
		i += k;
	}
	buf_add(out, s, i);
	if (room >= 0)
		buf_adds(out, more);
}

/* Bytes of the escape sequence at s, which begins with ESC: "ESC [ ... letter", "ESC ] ... BEL",
 * or ESC and one byte. */
static size_t escape_len(const char *s, size_t n)
{
	size_t i = 2;

	if (n > 1 && s[1] == '[')
		while (i < n && (unsigned char)(s[i] - 0x40) > 0x3e)
			i++;
	else if (n > 1 && s[1] == ']')
		while (i < n && s[i] != '\a')
			i++;
	else
		return n < 2 ? n : 2;
	return i < n ? i + 1 : n;
}

void text_plain(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0, k; i < n; i += k) {
		uint32_t cp;

		if (s[i] == '\033') {
			k = escape_len(s + i, n - i);
			continue;
		}
		k = utf8_next((const unsigned char *)s + i, n - i, &cp);
		if (!k)
			buf_addc(out, '?');
		else if (cp < ' ' || (cp >= 0x7f && cp < 0xa0))
			buf_addc(out, ' ');
		else
			buf_add(out, s + i, k);
		k = k ? k : 1;
	}
}

int text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void text_unescape(char *s)
{
	char *w = s;
	int hi, lo;

	for (; *s; s++) {
		if (*s == '%' && (hi = text_hex(s[1])) >= 0 && (lo = text_hex(s[2])) >= 0 &&
		    hi + lo) {
			*w++ = (char)(hi << 4 | lo);
			s += 2;
		} else {
			*w++ = *s;
		}
	}
	*w = 0;
}

int text_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	int *row, best;

	if (n > 100 || m > 100)
		return INT_MAX;
	row = xmalloc((m + 1) * sizeof(*row));
	for (size_t j = 0; j <= m; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= n; i++) {
		int diag = row[0];

		row[0] = (int)i;
		for (size_t j = 1; j <= m; j++) {
			int sub = diag + (a[i - 1] != b[j - 1]);

			diag = row[j];
			row[j] = row[j] + 1 < sub ? row[j] + 1 : sub;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
		}
	}
	best = row[m];
	free(row);
	return best;
}

const char *text_nearest(const char *s, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t len = strlen(s);
	int least = (int)len / 3 + 1;

	for (size_t i = 0; len > 1 && i < n; i++)
		if (!strncmp(s, names[i], len) && (!best || strlen(names[i]) < strlen(best)))
			best = names[i];
	if (best)
		return best;
	for (size_t i = 0; i < n; i++) {
		int d = text_distance(s, names[i]);

		if (d <= least && (!best || d < text_distance(s, best)))
			best = names[i];
	}
	return best;
}

char *text_one_line(char *s)
{
	for (char *p = s; *(p += strcspn(p, "\n\r\t"));)
		*p = ' ';
	return s;
}

bool text_glob(const char *pattern, const char *s)
{
	return fnmatch(pattern, s, 0) == 0;
}

int text_int(const char *s, long long min, long long max, long long *out)
{
	char *end;

	if (!isdigit((unsigned char)*s) &&
	    !((*s == '-' || *s == '+') && isdigit((unsigned char)s[1])))
		return -1;
	errno = 0;
	*out = strtoll(s, &end, 10);
	return errno || *end || *out < min || *out > max ? -1 : 0;
}
