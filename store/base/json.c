#include "store/base/json.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>

#include "store/base/err.h"

enum { PARSE = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES };

static json_t *raw(const struct js *j)
{
	return (json_t *)(uintptr_t)j;	/* jansson's calls take const or not as history has it */
}

static int parse(struct js **out, const char *s, size_t n, size_t flags, json_error_t *je,
		 struct err *e)
{
	*out = (struct js *)json_loadb(s, n, PARSE | flags, je);
	return *out ? 0 :
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
