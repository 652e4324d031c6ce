/* The writer of store/base/json.h: it knows values only by what json.h says of them. */
#include "store/base/json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/mem.h"
#include "store/base/vec.h"

/* Bytes that cannot stand as they are: in every string, or only where HTML is spared. */
enum { QUOTE_ALWAYS = 1, QUOTE_HTML = 2 };
#define CONTROLS(from) [from] = 1, [from + 1] = 1, [from + 2] = 1, [from + 3] = 1, [from + 4] = 1, [from + 5] = 1, \
		       [from + 6] = 1, [from + 7] = 1
static const unsigned char quoted[256] = {
	CONTROLS(0), CONTROLS(8), CONTROLS(16), CONTROLS(24), ['"'] = QUOTE_ALWAYS,
	['\\'] = QUOTE_ALWAYS, ['<'] = QUOTE_HTML, ['>'] = QUOTE_HTML, ['&'] = QUOTE_HTML,
	[0xe2] = QUOTE_HTML,
};

/* Writes the escape of the byte at p (or, for U+2028 and U+2029, of the three there) to d; how
 * many bytes it took from p goes to *used. Answers the end of what was written: at most 6 bytes. */
static char *put_escape(char *d, const unsigned char *p, const unsigned char *end, size_t *used)
{
	static const char hex[] = "0123456789abcdef";
	static const char brief[256] = { ['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r',
					 ['\t'] = 't' };

	*used = 1;
	if (brief[*p]) {
		*d++ = '\\';
		*d++ = brief[*p];
		return d;
	}
	if (*p == 0xe2) {
		/* U+2028 and U+2029 are escaped by Go too: they end a line in JavaScript */
		if (end - p < 3 || p[1] != 0x80 || (p[2] & 0xfe) != 0xa8) {
			*d++ = (char)*p;
			return d;
		}
		*used = 3;
		memcpy(d, p[2] == 0xa8 ? "\\u2028" : "\\u2029", 6);
		return d + 6;
	}
	memcpy(d, "\\u00", 4);
	d[4] = hex[*p >> 4];
	d[5] = hex[*p & 15];
	return d + 6;
}

/* Index, in memory, of the first byte of word that is not 0. */
static unsigned first_byte(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (unsigned)__builtin_clzll(word) / 8;
#else
	return (unsigned)__builtin_ctzll(word) / 8;
#endif
}

/* Sixteen bytes at a time: most text needs few escapes. */
typedef unsigned char lanes __attribute__((vector_size(16)));

/* How many of them come before the first that needs one. */
static unsigned plain_len(const unsigned char *p, bool html)
{
	uint64_t half[2];
	lanes v, bad;

	memcpy(&v, p, sizeof(v));
	bad = (lanes)((v < 0x20) | (v == '"') | (v == '\\'));
	if (html)
		bad |= (lanes)((v == '<') | (v == '>') | (v == '&') | (v == 0xe2));
	memcpy(half, &bad, sizeof(half));
	return half[0] ? first_byte(half[0]) : half[1] ? 8 + first_byte(half[1]) : sizeof(lanes);
}

void js_quote(struct buf *out, const char *s, size_t n, bool html)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + n;
	unsigned mask = html ? QUOTE_ALWAYS | QUOTE_HTML : QUOTE_ALWAYS;
	size_t used;
	char *d;

	/* all of it escaped: then nothing below needs to look at the room */
	buf_grow(out, 6 * n + 2);
	d = out->s + out->len;
	*d++ = '"';
	while (end - p >= (ptrdiff_t)sizeof(lanes)) {
		unsigned plain = plain_len(p, html);

		memcpy(d, p, sizeof(lanes));
		p += plain;
		d += plain;
		if (plain < sizeof(lanes)) {
			d = put_escape(d, p, end, &used);
			p += used;
		}
	}
	for (; p < end; p += used) {
		used = 1;
		if (quoted[*p] & mask)
			d = put_escape(d, p, end, &used);
		else
			*d++ = (char)*p;
	}
	*d++ = '"';
	*d = 0;
	out->len = (size_t)(d - out->s);
}

static void indent(struct jsw *w)
{
	static const char spaces[] = "\n                                        ";
	size_t n = 2 * (size_t)w->depth;

	if (n < sizeof(spaces) - 1) {
		buf_add(w->out, spaces, n + 1);
		return;
	}
	buf_addc(w->out, '\n');
	while (n--)
		buf_addc(w->out, ' ');
}

/* What goes before a value or a key: a comma, a new line. */
static void separate(struct jsw *w)
{
	if (w->keyed) {
		w->keyed = false;
		return;
	}
	if (!w->first)
		buf_addc(w->out, ',');
	if (w->style == JS_PRETTY && w->depth)
		indent(w);
	w->first = false;
}

void js_open(struct jsw *w, char bracket)
{
	separate(w);
	buf_addc(w->out, bracket);
	w->depth++;
	w->first = true;
}

void js_close(struct jsw *w, char bracket)
{
	w->depth--;
	if (w->style == JS_PRETTY && !w->first)
		indent(w);
	buf_addc(w->out, bracket);
	w->first = false;
}

void js_key(struct jsw *w, const char *key)
{
	separate(w);
	js_quote(w->out, key, strlen(key), w->html);
	buf_add(w->out, ": ", w->style == JS_PRETTY ? 2 : 1);
	w->keyed = true;
}

void js_add_strn(struct jsw *w, const char *s, size_t n)
{
	separate(w);
	js_quote(w->out, s, n, w->html);
}

void js_add_str(struct jsw *w, const char *s)
{
	js_add_strn(w, s, strlen(s));
}

void js_add_int(struct jsw *w, long long v)
{
	unsigned long long left = v < 0 ? -(unsigned long long)v : (unsigned long long)v;
	char digits[24], *p = digits + sizeof(digits);

	separate(w);
	do
		*--p = (char)('0' + left % 10);
	while (left /= 10);
	if (v < 0)
		*--p = '-';
	buf_add(w->out, p, (size_t)(digits + sizeof(digits) - p));
}

/* As Go and JavaScript: the fewest digits that read back the same; an exponent only for the very
 * small and great. */
void js_add_real(struct jsw *w, double v)
{
	char s[64];
	int digits = 1, exponent;

	separate(w);
	if (!isfinite(v))
		v = 0;
	do
		snprintf(s, sizeof(s), "%.*e", digits - 1, v);
	while (strtod(s, NULL) != v && ++digits <= 17);
	exponent = (int)strtol(strchr(s, 'e') + 1, NULL, 10);
	if (v == 0 || (exponent >= -6 && exponent < 21))
		snprintf(s, sizeof(s), "%.*f",
			 digits - 1 > exponent ? digits - 1 - exponent : 0, v);
	buf_adds(w->out, s);
}

void js_add_bool(struct jsw *w, bool v)
{
	separate(w);
	buf_adds(w->out, v ? "true" : "false");
}

void js_add_null(struct jsw *w)
{
	separate(w);
	buf_adds(w->out, "null");
}

void js_add_members(struct jsw *w, const char *text, size_t n)
{
	if (!n)
		return;
	if (!w->first)
		buf_addc(w->out, ',');
	if (w->borrow)
		w->borrow(w->arg, text, n);
	else
		buf_add(w->out, text, n);
	w->first = false;
}

/* A number whose text is kept. */
static void add_number(struct jsw *w, const char *text)
{
	separate(w);
	buf_adds(w->out, text);
}

void js_add_value(struct jsw *w, const struct js *v)
{
	const char *number = js_number(v);

	if (number) {
		add_number(w, number);
		return;
	}
	switch (js_kind(v)) {
	case JS_NULL: js_add_null(w); break;
	case JS_BOOL: js_add_bool(w, js_bool_value(v, false)); break;
	case JS_INT: js_add_int(w, js_int_value(v, 0)); break;
	case JS_REAL: js_add_real(w, js_num_value(v, 0)); break;
	case JS_STRING: js_add_str(w, js_text(v)); break;
	case JS_ARRAY:
		js_open(w, '[');
		for (size_t i = 0; i < js_len(v); i++)
			js_add_value(w, js_at(v, i));
		js_close(w, ']');
		break;
	case JS_OBJECT:
		js_open(w, '{');
		for (void *it = js_iter(v); it; it = js_iter_next(v, it)) {
			js_key(w, js_iter_key(it));
			js_add_value(w, js_iter_value(it));
		}
		js_close(w, '}');
		break;
	}
}

static int by_key(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* v with the members of every object in bytewise order. */
static void add_sorted(struct jsw *w, const struct js *v)
{
	size_t n = js_len(v), i = 0;
	const char **keys;

	if (js_kind(v) == JS_ARRAY) {
		js_open(w, '[');
		for (i = 0; i < n; i++)
			add_sorted(w, js_at(v, i));
		js_close(w, ']');
		return;
	}
	if (js_kind(v) != JS_OBJECT) {
		js_add_value(w, v);
		return;
	}
	keys = xcalloc(n, sizeof(*keys));
	for (void *it = js_iter(v); it; it = js_iter_next(v, it))
		keys[i++] = js_iter_key(it);
	if (n > 1)
		qsort(keys, n, sizeof(*keys), by_key);
	js_open(w, '{');
	for (i = 0; i < n; i++) {
		js_key(w, keys[i]);
		add_sorted(w, js_get(v, keys[i]));
	}
	js_close(w, '}');
	free(keys);
}

void js_dump(const struct js *j, bool sorted, struct buf *out)
{
	struct jsw w = JSW(out, JS_COMPACT);

	w.html = false;
	if (sorted)
		add_sorted(&w, j);
	else
		js_add_value(&w, j);
}

void js_add_raw(struct jsw *w, const char *text)
{
	struct js *v;

	if (w->style == JS_COMPACT) {
		separate(w);
		buf_adds(w->out, text);
		return;
	}
	if (js_parse(&v, text, strlen(text), NULL) < 0) {
		js_add_str(w, text);
		return;
	}
	js_add_value(w, v);
	js_free(v);
}

void js_put_str(struct jsw *w, const char *key, const char *s)
{
	js_key(w, key);
	js_add_str(w, s);
}

void js_put_int(struct jsw *w, const char *key, long long v)
{
	js_key(w, key);
	js_add_int(w, v);
}

void js_put_real(struct jsw *w, const char *key, double v)
{
	js_key(w, key);
	js_add_real(w, v);
}

void js_put_bool(struct jsw *w, const char *key, bool v)
{
	js_key(w, key);
	js_add_bool(w, v);
}

void js_put_strs(struct jsw *w, const char *key, const struct strs *list)
{
	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < list->n; i++)
		js_add_str(w, list->v[i]);
	js_close(w, ']');
}
