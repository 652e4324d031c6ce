#include "store/base/json.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/vec.h"

enum { PARSE = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES };

static json_t *raw(const struct js *j)
{
	return (json_t *)(uintptr_t)j;	/* jansson's calls take const or not as history has it */
}

/*
 * Numbers. jansson has 64 bits for integers and a double for the rest, forgets how a number was
 * written, and refuses what does not fit. So those that it cannot give back as they stand (1.0,
 * 1e400, twenty digits) reach it as a 0 and blanks, and then their text takes the place of the 0:
 * as a string that begins with NUL, which no string of a document does.
 */
enum { SAFE_LEN = 18 };		/* digits that fit into 64 bits, whatever they are */

struct number { size_t at, len, nth; };		/* nth: of all numbers of the document */

/* A document on its way to jansson, which takes no more of it than the value that it reads. */
struct feed {
	const char *s;
	size_t n, at;			/* given so far */
	size_t number_end;		/* of the number begun last */
	bool blank;			/* which is not passed on */
	bool quoted, escaped;
	size_t numbers;
	VEC(struct number) kept;
	size_t back;			/* of kept: put back */
};

static size_t digits_len(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && isdigit((unsigned char)s[i]))
		i++;
	return i;
}

/* Length of the number that s begins with, 0: none. */
static size_t number_len(const char *s, size_t n)
{
	size_t i = n && *s == '-', k = digits_len(s + i, n - i);

	if (!k)
		return 0;
	i += s[i] == '0' ? 1 : k;
	if (i < n && s[i] == '.' && (k = digits_len(s + i + 1, n - i - 1)))
		i += 1 + k;
	if (i < n && (s[i] == 'e' || s[i] == 'E')) {
		size_t sign = i + 1 < n && (s[i + 1] == '+' || s[i + 1] == '-');

		k = digits_len(s + i + 1 + sign, n - i - 1 - sign);
		i += k ? 1 + sign + k : 0;
	}
	return i;
}

/* An integer that comes out of jansson as it went in? */
static bool is_safe(const char *s, size_t n)
{
	size_t sign = *s == '-';

	return n <= SAFE_LEN && digits_len(s + sign, n - sign) == n - sign &&
	       !(sign && s[1] == '0');
}

/* The byte for jansson in the place of the one at f->at. */
static char next_byte(struct feed *f)
{
	char c = f->s[f->at];
	size_t len;

	if (f->at < f->number_end)
		return f->blank ? ' ' : c;
	if (f->quoted) {
		f->quoted = f->escaped || c != '"';
		f->escaped = !f->escaped && c == '\\';
		return c;
	}
	f->quoted = c == '"';
	if (c != '-' && !isdigit((unsigned char)c))
		return c;
	len = number_len(f->s + f->at, f->n - f->at);
	f->number_end = f->at + len;
	f->blank = len && !is_safe(f->s + f->at, len);
	if (f->blank)
		vec_add(&f->kept, (struct number){ f->at, len, f->numbers });
	f->numbers += len != 0;
	return f->blank ? '0' : c;
}

static size_t give(void *to, size_t n, void *feed)
{
	struct feed *f = feed;
	char *out = to;
	size_t i;

	for (i = 0; i < n && f->at < f->n; i++, f->at++)
		out[i] = next_byte(f);
	return i;
}

/* The text of the next number, if it is kept. */
static json_t *take_text(struct feed *f)
{
	const struct number *num = f->back < f->kept.n ? &f->kept.v[f->back] : NULL;
	AUTO_FREE char *text = NULL;

	if (!num || num->nth != f->numbers++)
		return NULL;
	f->back++;
	text = xcalloc(num->len + 1, 1);
	memcpy(text + 1, f->s + num->at, num->len);
	return json_stringn_nocheck(text, num->len + 1);
}

/* Puts the texts in their places below v, in the order of the document. */
static void put_back(json_t *v, struct feed *f)
{
	json_t *text, *x;

	for (size_t i = 0; i < json_array_size(v); i++) {
		x = json_array_get(v, i);
		if (!json_is_number(x))
			put_back(x, f);
		else if ((text = take_text(f)))
			json_array_set_new(v, i, text);
	}
	for (void *it = json_object_iter(v); it; it = json_object_iter_next(v, it)) {
		x = json_object_iter_value(it);
		if (!json_is_number(x))
			put_back(x, f);
		else if ((text = take_text(f)))
			json_object_iter_set_new(v, it, text);
	}
}

static int parse(struct js **out, const char *s, size_t n, size_t flags, json_error_t *je,
		 struct err *e)
{
	struct feed f = { .s = s, .n = n };
	json_t *v = json_load_callback(give, &f, PARSE | flags, je), *text;

	f.numbers = 0;
	if (f.kept.n && !json_is_number(v)) {
		put_back(v, &f);
	} else if (f.kept.n && (text = take_text(&f))) {
		json_decref(v);
		v = text;
	}
	vec_free(&f.kept);
	*out = (struct js *)v;
	return v ? 0 :
		err_set(e, ERR_PARSE, "line %d, column %d: %s", je->line, je->column, je->text);
}

int js_parse(struct js **out, const char *s, size_t n, struct err *e)
{
	json_error_t je;

	return parse(out, s, n, 0, &je, e);
}

int js_parse_prefix(struct js **out, const char *s, size_t n, size_t *used, struct err *e)
{
	json_error_t je;
	int rc = parse(out, s, n, JSON_DISABLE_EOF_CHECK, &je, e);

	*used = je.position < 0 ? 0 : (size_t)je.position < n ? (size_t)je.position : n;
	return rc;
}

void js_free(struct js *j)
{
	json_decref(raw(j));
}

const char *js_number(const struct js *j)
{
	const char *s = json_string_value(raw(j));

	return s && !*s && json_string_length(raw(j)) ? s + 1 : NULL;
}

enum js_kind js_kind(const struct js *j)
{
	const char *number;

	if (!j)
		return JS_NULL;
	switch (json_typeof(raw(j))) {
	case JSON_OBJECT: return JS_OBJECT;
	case JSON_ARRAY: return JS_ARRAY;
	case JSON_STRING:
		number = js_number(j);
		return !number ? JS_STRING : strpbrk(number, ".eE") ? JS_REAL : JS_INT;
	case JSON_INTEGER: return JS_INT;
	case JSON_REAL: return JS_REAL;
	case JSON_TRUE:
	case JSON_FALSE: return JS_BOOL;
	case JSON_NULL: break;
	}
	return JS_NULL;
}

const struct js *js_get(const struct js *o, const char *key)
{
	return (const struct js *)json_object_get(raw(o), key);
}

bool js_has(const struct js *o, const char *key)
{
	return js_get(o, key) != NULL;
}

size_t js_len(const struct js *a)
{
	return js_kind(a) == JS_OBJECT ? json_object_size(raw(a)) : json_array_size(raw(a));
}

const struct js *js_at(const struct js *a, size_t i)
{
	return (const struct js *)json_array_get(raw(a), i);
}

const char *js_text(const struct js *j)
{
	return js_number(j) ? NULL : json_string_value(raw(j));
}

const char *js_str(const struct js *o, const char *key)
{
	return js_text(js_get(o, key));
}

long long js_int_value(const struct js *j, long long dflt)
{
	const char *number = js_number(j);
	long long n;
	double d;

	if (js_kind(j) == JS_REAL) {
		d = js_num_value(j, NAN);
		return d == floor(d) && fabs(d) < 9e15 ? (long long)d : dflt;
	}
	if (!number)
		return js_kind(j) == JS_INT ? json_integer_value(raw(j)) : dflt;
	errno = 0;
	n = strtoll(number, NULL, 10);
	return errno ? dflt : n;
}

double js_num_value(const struct js *j, double dflt)
{
	const char *number = js_number(j);
	double d = number ? strtod(number, NULL) :
		json_is_number(raw(j)) ? json_number_value(raw(j)) : dflt;

	return isinf(d) ? dflt : d;
}

long long js_int(const struct js *o, const char *key, long long dflt)
{
	return js_int_value(js_get(o, key), dflt);
}

double js_num(const struct js *o, const char *key, double dflt)
{
	return js_num_value(js_get(o, key), dflt);
}

bool js_bool_value(const struct js *j, bool dflt)
{
	return js_kind(j) == JS_BOOL ? json_is_true(raw(j)) : dflt;
}

bool js_bool(const struct js *o, const char *key, bool dflt)
{
	return js_bool_value(js_get(o, key), dflt);
}

void *js_iter(const struct js *o)
{
	return json_object_iter(raw(o));
}

void *js_iter_next(const struct js *o, void *it)
{
	return json_object_iter_next(raw(o), it);
}

const char *js_iter_key(void *it)
{
	return json_object_iter_key(it);
}

const struct js *js_iter_value(void *it)
{
	return (const struct js *)json_object_iter_value(it);
}
