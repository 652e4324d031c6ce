/* store/base/json.h - reading JSON (over jansson, which only json.c includes) and writing it to
 * a buf */
#ifndef STORE_BASE_JS_H
#define STORE_BASE_JS_H
#include <stdbool.h>
#include <stddef.h>
struct buf; struct err; struct strs;

/* A parsed value. Whole documents are the caller's (js_free); what js_get and js_at return is
 * borrowed. */
struct js;

/* Parses one value of any kind; object keys must be unique, text valid UTF-8 without NUL. Numbers
 * may have any size and any number of digits: js_dump() and js_add_value() write them as they
 * stood. ERR_PARSE says line and column. */
int js_parse(struct js **out, const char *s, size_t n, struct err *e);
/* As js_parse, but text may follow the value: *used is the length it took, or where reading
 * failed. */
int js_parse_prefix(struct js **out, const char *s, size_t n, size_t *used, struct err *e);
void js_free(struct js *j);		/* NULL is fine */

enum js_kind { JS_NULL, JS_BOOL, JS_INT, JS_REAL, JS_STRING, JS_ARRAY, JS_OBJECT };
enum js_kind js_kind(const struct js *j);		/* NULL: JS_NULL */
/* NULL when absent or o is no object */
const struct js *js_get(const struct js *o, const char *key);
size_t js_len(const struct js *a);			/* elements or members; 0 for scalars */
const struct js *js_at(const struct js *a, size_t i);
const char *js_text(const struct js *j);		/* of a string value, else NULL */
/* A number as it was written, where that says more than its value: a fraction, an exponent, -0, or
 * more than 18 characters. Else NULL. */
const char *js_number(const struct js *j);
/* Members with a default: wrong kind counts as absent. */
const char *js_str(const struct js *o, const char *key);		/* NULL when absent */
/* a whole real counts too */
long long js_int(const struct js *o, const char *key, long long dflt);
double js_num(const struct js *o, const char *key, double dflt);
bool js_bool(const struct js *o, const char *key, bool dflt);
bool js_has(const struct js *o, const char *key);
/* The default also stands for what does not fit. */
long long js_int_value(const struct js *j, long long dflt);
double js_num_value(const struct js *j, double dflt);
bool js_bool_value(const struct js *j, bool dflt);
/* Members in their order: for (void *it = js_iter(o); it; it = js_iter_next(o, it)) */
void *js_iter(const struct js *o);
void *js_iter_next(const struct js *o, void *it);
const char *js_iter_key(void *it);
const struct js *js_iter_value(void *it);
/* Compact text, members in their order (sorted when asked). */
void js_dump(const struct js *j, bool sorted, struct buf *out);

/*
 * Writer: js_open(&w, '{'); js_key(&w, "id"); js_add_str(&w, id); js_close(&w, '}');
 * The caller keeps the order of members. No allocation but the buf's.
 */
enum js_style {
	JS_COMPACT,		/* {"a":1,"b":[1,2]} */
	/* two spaces, as Go's MarshalIndent; empty containers stay {} and [] */
	JS_PRETTY,
};
struct jsw {
	struct buf *out;	/* borrowed */
	enum js_style style;
	bool html;		/* < > & as \u003c \u003e \u0026, as Go's encoder */
	int depth;
	bool first;		/* nothing written yet at this depth */
	bool keyed;		/* a key was written, its value is next */
	/* Takes the text of js_add_members() in the place of out, which it follows; NULL: it is
	 * copied. */
	void (*borrow)(void *arg, const char *text, size_t n);
	void *arg;
};
#define JSW(buf, sty) { .out = (buf), .style = (sty), .html = true, .first = true }
void js_open(struct jsw *w, char bracket);		/* '{' or '[' */
void js_close(struct jsw *w, char bracket);		/* '}' or ']' */
void js_key(struct jsw *w, const char *key);
void js_add_str(struct jsw *w, const char *s);
void js_add_strn(struct jsw *w, const char *s, size_t n);
void js_add_int(struct jsw *w, long long v);
void js_add_real(struct jsw *w, double v);		/* shortest form that reads back the same */
void js_add_bool(struct jsw *w, bool v);
void js_add_null(struct jsw *w);
/* Already JSON, compact; in JS_PRETTY it is parsed and written indented. */
void js_add_raw(struct jsw *w, const char *text);
void js_add_value(struct jsw *w, const struct js *v);
/* Members that a writer of the same style and depth has written before, in the object that is
 * open. */
void js_add_members(struct jsw *w, const char *text, size_t n);
/* key and value in one call */
void js_put_str(struct jsw *w, const char *key, const char *s);
void js_put_int(struct jsw *w, const char *key, long long v);
void js_put_real(struct jsw *w, const char *key, double v);
void js_put_bool(struct jsw *w, const char *key, bool v);
void js_put_strs(struct jsw *w, const char *key, const struct strs *list);	/* an array */
/* Only the quoted and escaped string. */
void js_quote(struct buf *out, const char *s, size_t n, bool html);

#endif
