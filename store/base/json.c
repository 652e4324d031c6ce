#include "store/base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/mem.h"

enum { PARSE = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES };

static json_t *raw(const struct js *j)
{
	return (json_t *)(uintptr_t)j;	/* jansson's calls take const or not as history has it */
}

static int parse(struct js **out, const char *s, size_t n, size_t flags, json_error_t *je, struct err *e)
{
	*out = (struct js *)json_loadb(s, n, PARSE | flags, je);
	return *out ? 0 : err_set(e, ERR_PARSE, "line %d, column %d: %s", je->line, je->column, je->text);
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

enum js_kind js_kind(const struct js *j)
{
	if (!j)
		return JS_NULL;
	switch (json_typeof(raw(j))) {
	case JSON_OBJECT: return JS_OBJECT;
	case JSON_ARRAY: return JS_ARRAY;
	case JSON_STRING: return JS_STRING;
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
	return json_string_value(raw(j));
}

const char *js_str(const struct js *o, const char *key)
{
	return js_text(js_get(o, key));
}

long long js_int_value(const struct js *j, long long dflt)
{
	double d;

	if (js_kind(j) == JS_INT)
		return json_integer_value(raw(j));
	if (js_kind(j) != JS_REAL)
		return dflt;
	d = json_real_value(raw(j));
	return d == floor(d) && fabs(d) < 9e15 ? (long long)d : dflt;
}

double js_num_value(const struct js *j, double dflt)
{
	return json_is_number(raw(j)) ? json_number_value(raw(j)) : dflt;
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

/* The writer */

void js_quote(struct buf *out, const char *s, size_t n, bool html)
{
	size_t from = 0;

	buf_grow(out, n + 2);
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != '"' && c != '\\' && !(html && (c == '<' || c == '>' || c == '&')) && c != 0xe2)
			continue;
		/* U+2028 and U+2029 are escaped by Go too: they end a line in JavaScript */
		if (c == 0xe2 && !(html && i + 2 < n && (unsigned char)s[i + 1] == 0x80 &&
				   ((unsigned char)s[i + 2] & 0xfe) == 0xa8))
			continue;
		buf_add(out, s + from, i - from);
		from = i + 1;
		switch (c) {
		case '"': buf_adds(out, "\\\""); break;
		case '\\': buf_adds(out, "\\\\"); break;
		case '\n': buf_adds(out, "\\n"); break;
		case '\r': buf_adds(out, "\\r"); break;
		case '\t': buf_adds(out, "\\t"); break;
		case 0xe2:
			buf_adds(out, (unsigned char)s[i + 2] == 0xa8 ? "\\u2028" : "\\u2029");
			from = i + 3;
			i += 2;
			break;
		default: buf_addf(out, "\\u%04x", c);
		}
	}
	buf_add(out, s + from, n - from);
	buf_addc(out, '"');
}

static void indent(struct jsw *w)
{
	buf_addc(w->out, '\n');
	for (int i = 0; i < w->depth; i++)
		buf_adds(w->out, "  ");
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
	buf_adds(w->out, w->style == JS_PRETTY ? ": " : ":");
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
	separate(w);
	buf_addf(w->out, "%lld", v);
}

void js_add_real(struct jsw *w, double v)
{
	char s[40];

	separate(w);
	if (!isfinite(v))
		v = 0;
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(s, sizeof(s), "%.*g", digits, v);
		if (strtod(s, NULL) == v)
			break;
	}
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

void js_add_value(struct jsw *w, const struct js *v)
{
	switch (js_kind(v)) {
	case JS_NULL: js_add_null(w); break;
	case JS_BOOL: js_add_bool(w, js_bool_value(v, false)); break;
	case JS_INT: js_add_int(w, js_int_value(v, 0)); break;
	case JS_REAL: js_add_real(w, js_num_value(v, 0)); break;
	case JS_STRING: js_add_strn(w, js_text(v), json_string_length(raw(v))); break;
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
