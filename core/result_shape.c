/* The members of a result object (contract.md 2): one table is what may stand there, what is
 * checked and the JSON schema */
#include <string.h>

#include "core/result_priv.h"
#include "store/base/buf.h"
#include "store/base/text.h"

enum shape {
	SHAPE_TEXT, SHAPE_TEXTS, SHAPE_COUNT, SHAPE_NUMBER, SHAPE_UNIT, SHAPE_SEVERITY,
	SHAPE_OBJECT, SHAPE_OBJECTS,
};

/* in: "" the result itself, else the member whose object, or list of objects, it stands in. */
struct member { const char *in, *key; enum shape shape; };

static const struct member members[] = {
	{ "", "status", SHAPE_TEXT },
	{ "", "summary", SHAPE_TEXT },
	{ "", "files_modified", SHAPE_TEXTS },
	{ "", "files_created", SHAPE_TEXTS },
	{ "", "test_results", SHAPE_OBJECT },
	{ "test_results", "ran", SHAPE_COUNT },
	{ "test_results", "passed", SHAPE_COUNT },
	{ "test_results", "failed", SHAPE_COUNT },
	{ "", "blocker", SHAPE_TEXT },
	{ "", "notes", SHAPE_TEXT },
	{ "", "duration_minutes", SHAPE_NUMBER },
	{ "", "commit", SHAPE_TEXT },
	{ "", "score", SHAPE_UNIT },
	{ "", "findings", SHAPE_OBJECTS },
	{ "findings", "severity", SHAPE_SEVERITY },
	{ "findings", "category", SHAPE_TEXT },
	{ "findings", "file", SHAPE_TEXT },
	{ "findings", "line", SHAPE_COUNT },
	{ "findings", "text", SHAPE_TEXT },
	{ "findings", "fix", SHAPE_TEXT },
	{ "", "counts", SHAPE_OBJECT },
	{ "counts", "critical", SHAPE_COUNT },
	{ "counts", "important", SHAPE_COUNT },
	{ "counts", "minor", SHAPE_COUNT },
	{ "counts", "suggestion", SHAPE_COUNT },
	{ "", "usage", SHAPE_OBJECT },
	{ "usage", "total_tokens", SHAPE_COUNT },
	{ "usage", "input_tokens", SHAPE_COUNT },
	{ "usage", "output_tokens", SHAPE_COUNT },
	{ "usage", "cache_creation_input_tokens", SHAPE_COUNT },
	{ "usage", "cache_read_input_tokens", SHAPE_COUNT },
	{ "usage", "tool_uses", SHAPE_COUNT },
	{ "usage", "duration_ms", SHAPE_COUNT },
	{ "usage", "cost_usd", SHAPE_NUMBER },
	{ "", "concerns", SHAPE_TEXT },
	{ "", "strengths", SHAPE_TEXTS },
	{ "", "uncovered_paths", SHAPE_TEXTS },
	{ "", "not_checked", SHAPE_TEXTS },
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

bool result_member_known(const char *key)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (!*members[i].in && !strcmp(members[i].key, key))
			return true;
	return false;
}

/* What is wrong */

static bool fits(enum shape shape, const struct js *v)
{
	double n = js_num_value(v, -1);

	switch (shape) {
	case SHAPE_TEXT: return js_text(v);
	case SHAPE_TEXTS:
	case SHAPE_OBJECTS: return js_kind(v) == JS_ARRAY;
	case SHAPE_COUNT: return js_int_value(v, -1) >= 0;
	case SHAPE_NUMBER: return n >= 0;
	case SHAPE_UNIT: return n >= 0 && n <= 1;
	case SHAPE_SEVERITY: return js_text(v) && severity_parse(js_text(v), strlen(js_text(v))) >= 0;
	case SHAPE_OBJECT: return js_kind(v) == JS_OBJECT;
	}
	return false;
}

static void say(struct strs *wrong, const char *name, enum shape shape, const struct js *v)
{
	static const char *const wants[] = {
		[SHAPE_TEXT] = "text", [SHAPE_TEXTS] = "a list of texts",
		[SHAPE_COUNT] = "a whole number from 0", [SHAPE_NUMBER] = "a number from 0",
		[SHAPE_UNIT] = "a number from 0 to 1",
		[SHAPE_SEVERITY] = "critical, important, minor or suggestion",
		[SHAPE_OBJECT] = "an object", [SHAPE_OBJECTS] = "a list of objects",
	};
	BUF_AUTO line = BUF_INIT;
	BUF_AUTO is = BUF_INIT;

	js_dump(v, false, &is);
	buf_addf(&line, "%s wants %s, and is ", name, wants[shape]);
	text_fit(&line, is.s, 40, true);
	strs_add(wrong, line.s);
}

static void look(struct strs *wrong, const char *name, enum shape shape, const char *key,
		 const struct js *v);

/* null stands for absent: whoever fills in a form writes it. */
static void look_inside(struct strs *wrong, const char *in, const char *name, const struct js *o)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct js *v = js_get(o, members[i].key);
		BUF_AUTO full = BUF_INIT;

		if (strcmp(members[i].in, in) || js_kind(v) == JS_NULL)
			continue;
		buf_addf(&full, "%s%s%s", name, *name ? "." : "", members[i].key);
		look(wrong, full.s, members[i].shape, members[i].key, v);
	}
}

static void look(struct strs *wrong, const char *name, enum shape shape, const char *key,
		 const struct js *v)
{
	enum shape one = shape == SHAPE_TEXTS ? SHAPE_TEXT : SHAPE_OBJECT;

	if (!fits(shape, v)) {
		say(wrong, name, shape, v);
		return;
	}
	if (shape == SHAPE_OBJECT)
		look_inside(wrong, key, name, v);
	if (shape != SHAPE_TEXTS && shape != SHAPE_OBJECTS)
		return;
	for (size_t i = 0; i < js_len(v); i++) {
		BUF_AUTO full = BUF_INIT;

		buf_addf(&full, "%s[%zu]", name, i);
		look(wrong, full.s, one, key, js_at(v, i));
	}
}

void result_look(const struct js *o, struct strs *wrong)
{
	look_inside(wrong, "", "", o);
}

/* The schema */

static void put_members(struct jsw *w, const char *in, const char *role);

/* The words of the role ("A|B"), and those that every role may use. */
static void put_words(struct jsw *w, const char *role)
{
	static const char *const any[] = { "pass", "fail", "blocked", "success", "failed" };
	STRS_AUTO words = { 0 };

	text_split(verdict_words(role), '|', &words);
	js_key(w, "enum");
	js_open(w, '[');
	for (size_t i = 0; i < words.n; i++)
		js_add_str(w, words.v[i]);
	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
		js_add_str(w, any[i]);
	js_close(w, ']');
}

static void put_type(struct jsw *w, const char *type)
{
	js_key(w, "type");
	js_open(w, '[');
	js_add_str(w, type);
	js_add_str(w, "null");
	js_close(w, ']');
}

static void put_number(struct jsw *w, const char *type, int most)
{
	put_type(w, type);
	js_put_int(w, "minimum", 0);
	if (most)
		js_put_int(w, "maximum", most);
}

static void put_shape(struct jsw *w, const struct member *m)
{
	switch (m->shape) {
	case SHAPE_TEXT:
		put_type(w, "string");
		return;
	case SHAPE_COUNT:
	case SHAPE_NUMBER:
	case SHAPE_UNIT:
		put_number(w, m->shape == SHAPE_COUNT ? "integer" : "number", m->shape == SHAPE_UNIT);
		return;
	case SHAPE_SEVERITY:
		js_key(w, "enum");
		js_open(w, '[');
		for (int s = SEV_N; s--;)
			js_add_str(w, severity_word((enum severity)s));
		js_add_null(w);
		js_close(w, ']');
		return;
	case SHAPE_OBJECT:
		put_type(w, "object");
		put_members(w, m->key, NULL);
		return;
	case SHAPE_TEXTS:
	case SHAPE_OBJECTS:
		put_type(w, "array");
		js_key(w, "items");
		js_open(w, '{');
		js_put_str(w, "type", m->shape == SHAPE_TEXTS ? "string" : "object");
		if (m->shape == SHAPE_OBJECTS)
			put_members(w, m->key, NULL);
		js_close(w, '}');
		return;
	}
}

static void put_members(struct jsw *w, const char *in, const char *role)
{
	js_key(w, "properties");
	js_open(w, '{');
	for (size_t i = 0; i < MEMBERS; i++) {
		if (strcmp(members[i].in, in))
			continue;
		js_key(w, members[i].key);
		js_open(w, '{');
		if (role && !strcmp(members[i].key, "status"))
			put_words(w, role);
		else
			put_shape(w, &members[i]);
		js_close(w, '}');
	}
	js_close(w, '}');
}

void result_schema(const char *role, struct buf *out)
{
	struct jsw w = JSW(out, JS_PRETTY);

	js_open(&w, '{');
	js_put_str(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
	js_put_str(&w, "title", "What an agent gives back");
	js_put_str(&w, "type", "object");
	js_key(&w, "required");
	js_open(&w, '[');
	js_add_str(&w, "status");
	js_close(&w, ']');
	put_members(&w, "", role);
	js_close(&w, '}');
}
