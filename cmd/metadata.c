#include "cmd/metadata.h"

#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/vec.h"

static bool is_set(const struct strs *set, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < set->n; i++)
		if (!strncmp(set->v[i], key, n) && set->v[i][n] == '=')
			return true;
	return false;
}

/* The last "k=v" of a key stands. */
static bool is_last(const struct strs *set, size_t at, size_t key_len)
{
	for (size_t i = at + 1; i < set->n; i++)
		if (!strncmp(set->v[i], set->v[at], key_len + 1))
			return false;
	return true;
}

static void add_typed(struct jsw *w, const char *value)
{
	struct js *v = NULL;
	enum js_kind kind = JS_NULL;

	if (js_parse(&v, value, strlen(value), NULL) == 0)
		kind = js_kind(v);
	if (kind == JS_INT || kind == JS_REAL || kind == JS_BOOL)
		js_add_raw(w, value);
	else
		js_add_str(w, value);
	js_free(v);
}

int metadata_edit(const char *old, const char *merge, const struct strs *set,
		  const struct strs *unset, struct buf *out,
		  struct err *e)
{
	BUF_AUTO flat = BUF_INIT;
	struct jsw w = JSW(&flat, JS_COMPACT);
	struct js *had = NULL, *more = NULL, *all;

	w.html = false;
	for (size_t i = 0; i < set->n; i++)
		if (!strchr(set->v[i], '=') || set->v[i][0] == '=')
			return err_set(e, ERR_USAGE,
				       "invalid --set-metadata \"%s\" (expected key=value)",
				       set->v[i]);
	if (*old)
		js_parse(&had, old, strlen(old), NULL);
	if (merge)
		js_parse(&more, merge, strlen(merge), NULL);
	js_open(&w, '{');
	for (void *it = js_iter(had); it; it = js_iter_next(had, it)) {
		const char *key = js_iter_key(it);

		if (js_has(more, key) || is_set(set, key) || strs_has(unset, key))
			continue;
		js_key(&w, key);
		js_add_value(&w, js_iter_value(it));
	}
	for (void *it = js_iter(more); it; it = js_iter_next(more, it)) {
		if (is_set(set, js_iter_key(it)) || strs_has(unset, js_iter_key(it)))
			continue;
		js_key(&w, js_iter_key(it));
		js_add_value(&w, js_iter_value(it));
	}
	for (size_t i = 0; i < set->n; i++) {
		size_t n = strcspn(set->v[i], "=");
		char *key = xstrndup(set->v[i], n);

		if (is_last(set, i, n) && !strs_has(unset, key)) {
			js_key(&w, key);
			add_typed(&w, set->v[i] + n + 1);
		}
		free(key);
	}
	js_close(&w, '}');
	js_free(had);
	js_free(more);
	if (!strcmp(flat.s, "{}"))
		return 0;
	if (js_parse(&all, flat.s, flat.len, e) < 0)
		return err_wrap(e, ERR_USAGE, "metadata");
	js_dump(all, true, out);
	js_free(all);
	return 0;
}
