/*
 * A file becomes an issue in one pass over one copy of its bytes: values are unescaped and ended
 * where they stand, so the issue points into that copy. Ten thousand files are read in a cold
 * rebuild, hence the care.
 */
#include "store/record.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/record_priv.h"
#include "store/yaml.h"

struct reader {
	struct issue *is;
	struct arena *a;
	struct source src;
	size_t guess;			/* the field that stands next in a canonical file */
	const struct record_field *list;	/* whose elements may follow */
	bool in_unknown;		/* what follows belongs to a key that is kept as it is */
	uint32_t seen;			/* fields, then sections, a bit each */
	struct dep *info;		/* from dep_info */
	size_t ninfo;
	char *unknown;
	size_t unknown_len;
};

/* Keeps a line's bytes. What is kept can never be more than what is left to read, and this line. */
static void keep(struct reader *r, const char *line, size_t n)
{
	if (!r->unknown)
		r->unknown = arena_alloc(r->a, (size_t)(r->src.end - line) + 2);
	memcpy(r->unknown + r->unknown_len, line, n);
	r->unknown_len += n;
	r->unknown[r->unknown_len++] = '\n';
	r->unknown[r->unknown_len] = 0;
}

static int read_text(struct reader *r, char *s, const char **out)
{
	char *comment;
	const char *why = yaml_read_scalar(s, out, &comment);

	if (why)
		return source_fail(&r->src, "%s", why);
	if (*comment)
		keep(r, comment, strlen(comment));
	return 0;
}

static int read_time(struct reader *r, char *s, const char *key, int64_t *out)
{
	char day[32];
	const char *text;

	if (read_text(r, s, &text) < 0)
		return ERR_PARSE;
	if (!*text) {
		*out = 0;
		return 0;
	}
	if (strlen(text) == 10) {	/* a day is what people write */
		snprintf(day, sizeof(day), "%sT00:00:00Z", text);
		text = day;
	}
	return clock_parse(text, out) < 0 ?
		source_fail(&r->src, "%s: not a time such as 2026-11-21T02:00:00Z", key) : 0;
}

static int read_number(struct reader *r, char *s, const char *key, long *out)
{
	const char *text;
	long long n;

	if (read_text(r, s, &text) < 0)
		return ERR_PARSE;
	if (!*text)
		return 0;
	if (text_int(text, 0, LONG_MAX, &n) < 0)
		return source_fail(&r->src, "%s: not a whole number", key);
	*out = (long)n;
	return 0;
}

static int read_priority(struct reader *r, char *s)
{
	const char *text;

	if (read_text(r, s, &text) < 0)
		return ERR_PARSE;
	if (*text && priority_parse(text, &r->is->priority, NULL) < 0)
		return source_fail(&r->src, "priority: '%s' is none of 0 to 4", text);
	return 0;
}

static const char *dump(const struct js *v, struct arena *a)
{
	BUF_AUTO text = BUF_INIT;

	js_dump(v, false, &text);
	return arena_strndup(a, text.s, text.len);
}

/* JSON, or what a person wrote instead of a JSON string. */
static int read_json(struct reader *r, char *s, const char *key, const char **out)
{
	const char *text;
	struct js *v;

	if (js_parse(&v, s, strlen(s), NULL) == 0) {
		*out = dump(v, r->a);
		js_free(v);
		return 0;
	}
	if (strchr("{[\"", *s) && *s)
		return source_fail(&r->src, "%s: not valid JSON on one line", key);
	if (read_text(r, s, &text) < 0)
		return ERR_PARSE;
	if (*text) {
		BUF_AUTO quoted = BUF_INIT;

		js_quote(&quoted, text, strlen(text), false);
		text = arena_strndup(r->a, quoted.s, quoted.len);
	} else {
		text = "null";
	}
	*out = text;
	return 0;
}

static int read_object(struct reader *r, char *s, const char *key, const char **out)
{
	const char *json = "null";
	int rc = *s ? read_json(r, s, key, &json) : 0;

	if (rc < 0)
		return rc;
	if (*json != '{' && strcmp(json, "null"))
		return source_fail(&r->src, "%s: not a JSON object", key);
	*out = *json == '{' ? json : "";
	return 0;
}

/* Lists */

static int add_dep(struct reader *r, const char *type, const char *target)
{
	struct issue *is = r->is;
	struct err why = ERR_INIT;

	if (id_check_target(target, &why) < 0)
		return source_fail(&r->src, "%s", why.msg);
	is->deps = arena_grow(r->a, is->deps, is->ndeps, sizeof(*is->deps));
	is->deps[is->ndeps++] = (struct dep){
		.target = target, .type = type, .created_by = "", .metadata = "", .thread_id = "",
		.extra = "",
	};
	return 0;
}

/* "TYPE ID": the type may have blanks inside, the id has none. */
static int add_link(struct reader *r, const char *text)
{
	const char *blank = strrchr(text, ' ');
	size_t n;

	if (!blank)
		return add_dep(r, "related", text);
	for (n = (size_t)(blank - text); n && text[n - 1] == ' '; )
		n--;
	return add_dep(r, n ? arena_strndup(r->a, text, n) : "related", blank + 1);
}

static int add_element(struct reader *r, const struct record_field *f, const char *text)
{
	struct issue *is = r->is;

	if (!*text)
		return 0;
	if (f->kind == FIELD_DEPENDS)
		return add_dep(r, "blocks", text);
	if (f->kind == FIELD_LINKS)
		return add_link(r, text);
	is->labels = arena_grow(r->a, is->labels, is->nlabels, sizeof(*is->labels));
	is->labels[is->nlabels++] = text;
	return 0;
}

/* "extra":{...} inside a dep_info object: *s stands on the value, and moves behind it. */
static const char *read_extra(struct reader *r, char **s, const char **out)
{
	struct js *v;
	size_t used;
	bool object;

	if (js_parse_prefix(&v, *s, strlen(*s), &used, NULL) < 0)
		return "dep_info: not valid JSON";
	object = js_kind(v) == JS_OBJECT;
	if (object)
		*out = js_len(v) ? dump(v, r->a) : "";
	js_free(v);
	*s += used;
	return object ? NULL : "dep_info: 'extra' is no object";
}

static const char *read_member(struct reader *r, char **s, struct dep *d)
{
	const char *key, *text, *why = yaml_read_quoted(s, &key);
	char *p = why ? NULL : yaml_skip(*s);

	if (why)
		return why;
	if (*p != ':')
		return "dep_info: no ':' after a name";
	*s = p = yaml_skip(p + 1);
	if (!strcmp(key, "extra"))
		return read_extra(r, s, &d->extra);
	if (*p != '"')
		return "dep_info: a value is no string";
	why = yaml_read_quoted(s, &text);
	if (why)
		return why;
	if (!strcmp(key, "created_at"))
		return clock_parse(text, &d->created_at) < 0 ?
			"dep_info: 'created_at' is no time" : NULL;
	for (size_t i = 0; i < RECORD_MEMBERS; i++)
		if (!strcmp(key, record_members[i].key)) {
			*(const char **)((char *)d + record_members[i].at) = text;
			return NULL;
		}
	return "dep_info: a name that is not known";
}

/* One element of dep_info: a JSON object of strings. */
static int read_info(struct reader *r, char *s)
{
	struct dep d = {
		.target = "", .type = "blocks", .created_by = "", .metadata = "", .thread_id = "",
		.extra = "",
	};
	const char *why = *s == '{' ? NULL : "dep_info: an element is a JSON object";

	for (s++; !why; s++) {
		s = yaml_skip(s);
		if (*s != '"') {
			why = "dep_info: not a JSON object of strings";
			break;
		}
		why = read_member(r, &s, &d);
		s = why ? s : yaml_skip(s);
		if (!why && *s == '}')
			break;
		if (!why && *s != ',')
			why = "dep_info: not a JSON object of strings";
	}
	if (!why && *yaml_skip(s + 1))
		why = "dep_info: text after the object";
	if (why)
		return source_fail(&r->src, "%s", why);
	r->info = arena_grow(r->a, r->info, r->ninfo, sizeof(*r->info));
	r->info[r->ninfo++] = d;
	return 0;
}

static int read_element(struct reader *r, char *s)
{
	const char *text;

	s = yaml_skip(s + 1);
	if (r->list->kind == FIELD_DEP_INFO)
		return read_info(r, s);
	return read_text(r, s, &text) < 0 ? ERR_PARSE : add_element(r, r->list, text);
}

/* What follows "labels:" on its line: nothing (elements come below), "[a, b]", or one element. */
static int read_list(struct reader *r, const struct record_field *f, char *s)
{
	const char *text, *why;

	if (*s != '[') {
		if (*s && f->kind == FIELD_DEP_INFO)
			return source_fail(&r->src,
					   "dep_info: its elements stand below, one a line");
		if (read_text(r, s, &text) < 0)
			return ERR_PARSE;
		r->list = *text ? NULL : f;
		return add_element(r, f, text);
	}
	for (s++;;) {
		why = yaml_read_element(&s, &text);
		if (why)
			return source_fail(&r->src, "%s: %s", f->key, why);
		if (!text)
			break;
		if (f->kind == FIELD_DEP_INFO)
			return source_fail(&r->src,
					   "dep_info: its elements stand below, one a line");
		if (add_element(r, f, text) < 0)
			return ERR_PARSE;
	}
	s = yaml_skip(s);
	if (*s && *s != '#')
		return source_fail(&r->src, "%s: text after the list", f->key);
	if (*s)
		keep(r, s, strlen(s));
	return 0;
}

/* Keys */

static int read_field(struct reader *r, const struct record_field *f, char *s)
{
	char *at = (char *)r->is + f->at;
	const char *text;

	switch ((enum field_kind)f->kind) {
	case FIELD_TEXT: return read_text(r, s, (const char **)at);
	case FIELD_WORD:
		if (read_text(r, s, &text) < 0)
			return ERR_PARSE;
		if (*text)
			*(const char **)at = text;
		return 0;
	case FIELD_TIME: return read_time(r, s, f->key, (int64_t *)at);
	case FIELD_PRIORITY: return read_priority(r, s);
	case FIELD_ESTIMATE:
	case FIELD_COUNT: return read_number(r, s, f->key, (long *)at);
	case FIELD_JSON: return read_object(r, s, f->key, (const char **)at);
	case FIELD_PARENT:
		if (read_text(r, s, &text) < 0)
			return ERR_PARSE;
		return *text ? add_dep(r, "parent-child", text) : 0;
	case FIELD_LABELS:
	case FIELD_DEPENDS:
	case FIELD_LINKS:
	case FIELD_DEP_INFO: return read_list(r, f, s);
	}
	return 0;
}

static int read_x(struct reader *r, const char *name, char *s)
{
	struct issue *is = r->is;
	const char *json;

	if (read_json(r, s, name, &json) < 0)
		return ERR_PARSE;
	is->extras = arena_grow(r->a, is->extras, is->nextras, sizeof(*is->extras));
	is->extras[is->nextras++] = (struct extra){ name, json };
	return 0;
}

/* Files are mostly canonical, so the key is mostly the next one that was not skipped. */
static const struct record_field *find_field(struct reader *r, const char *key, size_t n)
{
	for (size_t i = 0; i < RECORD_FIELDS; i++) {
		size_t at = r->guess + i < RECORD_FIELDS ? r->guess + i :
			r->guess + i - RECORD_FIELDS;
		const struct record_field *f = &record_fields[at];

		if (f->key_len == n && !memcmp(f->key, key, n)) {
			r->guess = at + 1 < RECORD_FIELDS ? at + 1 : 0;
			return f;
		}
	}
	return NULL;
}

/* The ':' that ends a bare key: a blank or nothing follows. */
static char *find_colon(char *line)
{
	char *p = line;

	while ((p = strchr(p, ':')) && p[1] && p[1] != ' ' && p[1] != '\t' && p[1] != '\r')
		p++;
	return p;
}

static char *trim_end(char *s)
{
	size_t n = strlen(s);

	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = 0;
	return s;
}

/* `"x_any name": JSON` */
static int read_quoted_key(struct reader *r, char *line)
{
	const char *key, *why = yaml_read_quoted(&line, &key);

	if (why)
		return source_fail(&r->src, "%s", why);
	line = yaml_skip(line);
	if (*line != ':')
		return source_fail(&r->src, "no ':' after the key '%s'", key);
	return read_x(r, key + 2, trim_end(yaml_skip(line + 1)));
}

static int read_key(struct reader *r, char *line, size_t n)
{
	char *colon = find_colon(line);
	const struct record_field *f;
	size_t key_len;

	r->list = NULL;
	r->in_unknown = false;
	if (!strncmp(line, "\"x_", 3))
		return read_quoted_key(r, line);
	if (!colon)
		return source_fail(&r->src, "not a line of the form 'key: value'");
	for (key_len = (size_t)(colon - line); key_len && (line[key_len - 1] == ' '); )
		key_len--;
	f = find_field(r, line, key_len);
	if (f) {
		if (r->seen & 1u << (f - record_fields))
			return source_fail(&r->src, "the key '%s' stands here twice", f->key);
		r->seen |= 1u << (f - record_fields);
		return read_field(r, f, trim_end(yaml_skip(colon + 1)));
	}
	if (line[0] == 'x' && line[1] == '_') {
		line[key_len] = 0;
		return read_x(r, line + 2, trim_end(yaml_skip(colon + 1)));
	}
	r->in_unknown = true;
	keep(r, line, n);
	return 0;
}

static int read_line(struct reader *r, char *line, size_t n)
{
	char *text = yaml_skip(line);

	if (text == line && *line && *line != '#' && *line != '-')
		return read_key(r, line, n);
	if (r->in_unknown) {
		keep(r, line, n);
		return 0;
	}
	if (!*text)
		return 0;
	if (*text == '#') {
		keep(r, text, strlen(text));
		return 0;
	}
	if (r->list && *text == '-' &&
	    (!text[1] || text[1] == ' ' || text[1] == '\t' || text[1] == '\r'))
		return read_element(r, trim_end(text));
	return source_fail(&r->src, "an element or an indented line that belongs to no key");
}

static bool is_fence(const char *line)
{
	return !strncmp(line, "---", 3) && !*yaml_skip((char *)line + 3);
}

static int read_front(struct reader *r)
{
	size_t n;
	char *line = source_line(&r->src, &n);

	if (!line || !is_fence(line))
		return source_fail(&r->src, "no front matter: the first line is not '---'");
	while ((line = source_line(&r->src, &n))) {
		if (is_fence(line))
			return 0;
		if (read_line(r, line, n) < 0)
			return ERR_PARSE;
	}
	return source_fail(&r->src, "the front matter is not closed by a line '---'");
}

/* Gives each edge what dep_info says about it; what it says about edges that are gone goes too. */
static void join_info(struct issue *is, struct dep *info, size_t n)
{
	struct issue of = { .deps = info, .ndeps = n };
	size_t i = 0;

	issue_sort(&of);
	for (size_t k = 0; k < of.ndeps; k++) {
		while (i < is->ndeps && dep_compare(&is->deps[i], &info[k]) < 0)
			i++;
		if (i < is->ndeps && dep_compare(&is->deps[i], &info[k]) == 0)
			is->deps[i] = info[k];
	}
}

/* After the front matter, so that messages name its last line. */
static int finish_front(struct reader *r)
{
	struct issue *is = r->is;
	size_t nextras = is->nextras;
	struct err why = ERR_INIT;

	if (*is->id && id_check(is->id, &why) < 0)
		return source_fail(&r->src, "%s", why.msg);
	if (!(r->seen & 1u << RECORD_TITLE))
		return source_fail(&r->src, "no 'title' in the front matter");
	issue_sort(is);
	if (is->nextras < nextras)
		return source_fail(&r->src, "a key 'x_...' stands here twice");
	join_info(is, r->info, r->ninfo);
	if (r->unknown)
		is->unknown = r->unknown;
	return 0;
}

int record_parse(struct issue *out, const char *s, size_t n, const char *name, struct arena *a,
		 struct err *e)
{
	struct reader r = { .is = out, .a = a, .src = { .name = name, .e = e } };

	issue_init(out);
	if (source_open(&r.src, s, n, a) < 0 || read_front(&r) < 0 || finish_front(&r) < 0 ||
	    record_read_body(&r.src, out, a) < 0)
		return ERR_PARSE;
	issue_sort(out);	/* the comments */
	return 0;
}
