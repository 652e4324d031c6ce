#include "store/jsonl.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/id.h"

/* Go writes a time that was never set as the first second of year 1. */
static const int64_t go_zero_us = -62135596800 * INT64_C(1000000);
#define GO_ZERO "0001-01-01T00:00:00Z"

/* A member that an issue has a field for. Their order is that of bd's struct, and of the file. */
enum member_kind {
	MEMBER_TEXT,		/* left out when "" */
	MEMBER_WORD,		/* always there */
	MEMBER_PRIORITY,
	MEMBER_ESTIMATE,
	MEMBER_TIME,		/* left out when 0 */
	MEMBER_STAMP,		/* a time that is always there */
	MEMBER_OBJECT,
	MEMBER_LABELS,
	MEMBER_EDGES,
	MEMBER_COMMENTS,
	MEMBER_EXTRA,		/* bd's, but only kept here: issue.extras */
};
static const struct member { const char *key; enum member_kind kind; size_t at; } members[] = {
	{ "id", MEMBER_WORD, offsetof(struct issue, id) },
	{ "title", MEMBER_WORD, offsetof(struct issue, title) },
	{ "description", MEMBER_TEXT, offsetof(struct issue, description) },
	{ "design", MEMBER_TEXT, offsetof(struct issue, design) },
	{ "acceptance_criteria", MEMBER_TEXT, offsetof(struct issue, acceptance) },
	{ "notes", MEMBER_TEXT, offsetof(struct issue, notes) },
	{ "spec_id", MEMBER_TEXT, offsetof(struct issue, spec_id) },
	{ "status", MEMBER_TEXT, offsetof(struct issue, status) },
	{ "priority", MEMBER_PRIORITY, offsetof(struct issue, priority) },
	{ "issue_type", MEMBER_TEXT, offsetof(struct issue, type) },
	{ "assignee", MEMBER_TEXT, offsetof(struct issue, assignee) },
	{ "owner", MEMBER_TEXT, offsetof(struct issue, owner) },
	{ "estimated_minutes", MEMBER_ESTIMATE, offsetof(struct issue, estimate_minutes) },
	{ "created_at", MEMBER_STAMP, offsetof(struct issue, created_at) },
	{ "created_by", MEMBER_TEXT, offsetof(struct issue, created_by) },
	{ "updated_at", MEMBER_STAMP, offsetof(struct issue, updated_at) },
	{ "started_at", MEMBER_TIME, offsetof(struct issue, started_at) },
	{ "closed_at", MEMBER_TIME, offsetof(struct issue, closed_at) },
	{ "close_reason", MEMBER_TEXT, offsetof(struct issue, close_reason) },
	{ "closed_by_session", MEMBER_TEXT, offsetof(struct issue, closed_by_session) },
	{ "due_at", MEMBER_TIME, offsetof(struct issue, due_at) },
	{ "defer_until", MEMBER_TIME, offsetof(struct issue, defer_until) },
	{ "external_ref", MEMBER_TEXT, offsetof(struct issue, external_ref) },
	{ "source_system", MEMBER_TEXT, offsetof(struct issue, source_system) },
	{ "metadata", MEMBER_OBJECT, offsetof(struct issue, metadata) },
	{ "compaction_level", MEMBER_EXTRA, 0 },
	{ "compacted_at", MEMBER_EXTRA, 0 },
	{ "compacted_at_commit", MEMBER_EXTRA, 0 },
	{ "original_size", MEMBER_EXTRA, 0 },
	{ "labels", MEMBER_LABELS, 0 },
	{ "dependencies", MEMBER_EDGES, 0 },
	{ "comments", MEMBER_COMMENTS, 0 },
	{ "sender", MEMBER_EXTRA, 0 },
	{ "ephemeral", MEMBER_EXTRA, 0 },
	{ "no_history", MEMBER_EXTRA, 0 },
	{ "wisp_type", MEMBER_EXTRA, 0 },
	{ "pinned", MEMBER_EXTRA, 0 },
	{ "is_template", MEMBER_EXTRA, 0 },
	{ "bonded_from", MEMBER_EXTRA, 0 },
	{ "await_type", MEMBER_EXTRA, 0 },
	{ "await_id", MEMBER_EXTRA, 0 },
	{ "timeout", MEMBER_EXTRA, 0 },
	{ "waiters", MEMBER_EXTRA, 0 },
	{ "source_formula", MEMBER_EXTRA, 0 },
	{ "source_location", MEMBER_EXTRA, 0 },
	{ "mol_type", MEMBER_EXTRA, 0 },
	{ "work_type", MEMBER_EXTRA, 0 },
	{ "event_kind", MEMBER_EXTRA, 0 },
	{ "actor", MEMBER_EXTRA, 0 },
	{ "target", MEMBER_EXTRA, 0 },
	{ "payload", MEMBER_EXTRA, 0 },
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static const struct member *find_member(const char *key)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (!strcmp(members[i].key, key))
			return &members[i];
	return NULL;
}

/* Reading. "At" is a name for messages, "dependencies[2].type". */

static const char *dump(const struct js *v, struct arena *a)
{
	BUF_AUTO text = BUF_INIT;

	js_dump(v, false, &text);
	return arena_strndup(a, text.s, text.len);
}

static int read_text(const struct js *v, const char *at, const char **out, struct arena *a, struct err *e)
{
	const char *text = js_text(v);

	if (js_kind(v) == JS_NULL)
		return 0;
	if (!text)
		return err_set(e, ERR_PARSE, "%s: not a string", at);
	*out = *text ? arena_strdup(a, text) : "";
	return 0;
}

static int read_time(const struct js *v, const char *at, int64_t *out, struct err *e)
{
	const char *text = js_text(v);

	if (js_kind(v) == JS_NULL || (text && !*text))
		return 0;
	if (!text || clock_parse(text, out) < 0)
		return err_set(e, ERR_PARSE, "%s: not an RFC 3339 time", at);
	if (*out == go_zero_us)
		*out = 0;
	return 0;
}

static int read_priority(const struct js *v, int *out, struct err *e)
{
	long long n = js_int_value(v, -1);

	if (js_kind(v) == JS_NULL)
		return 0;
	if (n < 0 || n > 4)
		return err_set(e, ERR_PARSE, "priority: not a number from 0 to 4");
	*out = (int)n;
	return 0;
}

static int read_estimate(const struct js *v, long *out, struct err *e)
{
	long long n = js_int_value(v, -1);

	if (js_kind(v) == JS_NULL)
		return 0;
	if (n < 0 || n > LONG_MAX)
		return err_set(e, ERR_PARSE, "estimated_minutes: not a whole number");
	*out = (long)n;
	return 0;
}

static int read_object(const struct js *v, const char *at, const char **out, struct arena *a, struct err *e)
{
	if (js_kind(v) == JS_NULL)
		return 0;
	if (js_kind(v) != JS_OBJECT)
		return err_set(e, ERR_PARSE, "%s: not a JSON object", at);
	*out = dump(v, a);
	return 0;
}

static int read_labels(const struct js *v, struct issue *is, struct arena *a, struct err *e)
{
	if (js_kind(v) != JS_ARRAY && js_kind(v) != JS_NULL)
		return err_set(e, ERR_PARSE, "labels: not an array");
	is->labels = arena_alloc(a, js_len(v) * sizeof(*is->labels));
	for (size_t i = 0; i < js_len(v); i++) {
		const char *text = js_text(js_at(v, i));

		if (!text)
			return err_set(e, ERR_PARSE, "labels[%zu]: not a string", i);
		if (*text)
			is->labels[is->nlabels++] = arena_strdup(a, text);
	}
	return 0;
}

/* One member of an edge; metadata is a string that holds JSON, and "{}" is what bd writes for none. */
static int read_edge_member(const char *key, const struct js *v, struct dep *d, struct buf *extra, struct arena *a,
			    struct err *e)
{
	if (!strcmp(key, "issue_id"))
		return 0;
	if (!strcmp(key, "depends_on_id"))
		return read_text(v, key, &d->target, a, e);
	if (!strcmp(key, "type"))
		return read_text(v, key, &d->type, a, e);
	if (!strcmp(key, "created_at"))
		return read_time(v, key, &d->created_at, e);
	if (!strcmp(key, "created_by"))
		return read_text(v, key, &d->created_by, a, e);
	if (!strcmp(key, "thread_id"))
		return read_text(v, key, &d->thread_id, a, e);
	if (!strcmp(key, "metadata")) {
		int rc = js_kind(v) == JS_OBJECT ? read_object(v, key, &d->metadata, a, e) :
						   read_text(v, key, &d->metadata, a, e);

		if (!strcmp(d->metadata, "{}"))
			d->metadata = "";
		return rc;
	}
	buf_addc(extra, extra->len ? ',' : '{');
	js_quote(extra, key, strlen(key), false);
	buf_addc(extra, ':');
	js_dump(v, false, extra);
	return 0;
}

static int read_edge(const struct js *v, struct dep *d, struct arena *a, struct err *e)
{
	BUF_AUTO extra = BUF_INIT;
	int rc;

	*d = (struct dep){ .target = "", .type = "", .created_by = "", .metadata = "", .thread_id = "", .extra = "" };
	if (js_kind(v) != JS_OBJECT)
		return err_set(e, ERR_PARSE, "not an object");
	for (void *it = js_iter(v); it; it = js_iter_next(v, it)) {
		rc = read_edge_member(js_iter_key(it), js_iter_value(it), d, &extra, a, e);
		if (rc < 0)
			return rc;
	}
	if (id_check_target(d->target, e) < 0)
		return err_wrap(e, ERR_PARSE, "depends_on_id");
	if (!*d->type)
		d->type = "blocks";
	if (!strcmp(d->type, "parent_child"))	/* as old files spell it */
		d->type = "parent-child";
	if (d->type[0] == ' ' || d->type[strlen(d->type) - 1] == ' ')
		return err_set(e, ERR_PARSE, "type: blanks at an end");
	if (extra.len) {
		buf_addc(&extra, '}');
		d->extra = arena_strndup(a, extra.s, extra.len);
	}
	return 0;
}

static int read_edges(const struct js *v, struct issue *is, struct arena *a, struct err *e)
{
	if (js_kind(v) != JS_ARRAY && js_kind(v) != JS_NULL)
		return err_set(e, ERR_PARSE, "dependencies: not an array");
	is->deps = arena_alloc(a, js_len(v) * sizeof(*is->deps));
	for (size_t i = 0; i < js_len(v); i++)
		if (read_edge(js_at(v, i), &is->deps[is->ndeps++], a, e) < 0)
			return err_wrap(e, ERR_PARSE, "dependencies[%zu]", i);
	return 0;
}

static int read_comment(const struct js *v, struct comment *c, struct arena *a, struct err *e)
{
	const struct js *id = js_get(v, "id");

	*c = (struct comment){ .id = "", .author = "", .text = "" };
	if (js_kind(v) != JS_OBJECT)
		return err_set(e, ERR_PARSE, "not an object");
	c->int_id = js_kind(id) == JS_INT;
	if (c->int_id)
		c->id = arena_printf(a, "%lld", js_int_value(id, 0));
	else if (read_text(id, "id", &c->id, a, e) < 0)
		return ERR_PARSE;
	if (read_text(js_get(v, "author"), "author", &c->author, a, e) < 0 ||
	    read_text(js_get(v, "text"), "text", &c->text, a, e) < 0)
		return ERR_PARSE;
	return read_time(js_get(v, "created_at"), "created_at", &c->created_at, e);
}

static int read_comments(const struct js *v, struct issue *is, struct arena *a, struct err *e)
{
	if (js_kind(v) != JS_ARRAY && js_kind(v) != JS_NULL)
		return err_set(e, ERR_PARSE, "comments: not an array");
	is->comments = arena_alloc(a, js_len(v) * sizeof(*is->comments));
	for (size_t i = 0; i < js_len(v); i++)
		if (read_comment(js_at(v, i), &is->comments[is->ncomments++], a, e) < 0)
			return err_wrap(e, ERR_PARSE, "comments[%zu]", i);
	return 0;
}

/* Members that say nothing of their own: counts and the parent follow from edges. */
static bool is_computed(const char *key)
{
	static const char *const keys[] = {
		"_type", "dependency_count", "dependent_count", "comment_count", "parent", "schema_version",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void read_extra(const char *key, const struct js *v, struct issue *is, struct arena *a)
{
	if (is_computed(key))
		return;
	if (!strcmp(key, "wisp")) {	/* what ephemeral was called once */
		if (!js_bool_value(v, false))
			return;
		key = "ephemeral";
	}
	is->extras = arena_grow(a, is->extras, is->nextras, sizeof(*is->extras));
	is->extras[is->nextras++] = (struct extra){ arena_strdup(a, key), dump(v, a) };
}

static int read_member(const char *key, const struct js *v, struct issue *is, struct arena *a, struct err *e)
{
	const struct member *m = find_member(key);
	char *at = m ? (char *)is + m->at : NULL;

	switch (m ? m->kind : MEMBER_EXTRA) {
	case MEMBER_TEXT:
	case MEMBER_WORD: return read_text(v, key, (const char **)at, a, e);
	case MEMBER_PRIORITY: return read_priority(v, &is->priority, e);
	case MEMBER_ESTIMATE: return read_estimate(v, &is->estimate_minutes, e);
	case MEMBER_TIME:
	case MEMBER_STAMP: return read_time(v, key, (int64_t *)at, e);
	case MEMBER_OBJECT: return read_object(v, key, (const char **)at, a, e);
	case MEMBER_LABELS: return read_labels(v, is, a, e);
	case MEMBER_EDGES: return read_edges(v, is, a, e);
	case MEMBER_COMMENTS: return read_comments(v, is, a, e);
	case MEMBER_EXTRA: read_extra(key, v, is, a); break;
	}
	return 0;
}

static int read_issue(const struct js *v, struct issue *is, struct arena *a, struct err *e)
{
	int rc;

	is->priority = 0;	/* what a missing number is to bd */
	for (void *it = js_iter(v); it; it = js_iter_next(v, it)) {
		rc = read_member(js_iter_key(it), js_iter_value(it), is, a, e);
		if (rc < 0)
			return rc;
	}
	if (!*is->status)
		is->status = "open";
	if (!*is->type)
		is->type = "task";
	if (!strcmp(is->status, "closed") && !is->closed_at)
		is->closed_at = is->updated_at ? is->updated_at : is->created_at;
	if (*is->id && id_check(is->id, e) < 0)
		return err_wrap(e, ERR_PARSE, "id");
	issue_sort(is);
	return 0;
}

static int read_line(struct jsonl_line *out, const struct js *v, struct arena *a, struct err *e)
{
	const char *type = js_str(v, "_type"), *status = js_str(v, "status");

	if (js_kind(v) != JS_OBJECT)
		return err_set(e, ERR_PARSE, "not a JSON object");
	if (type && !strcmp(type, "memory")) {
		out->kind = JSONL_MEMORY;
		if (read_text(js_get(v, "key"), "key", &out->key, a, e) < 0)
			return ERR_PARSE;
		return *out->key ? read_text(js_get(v, "value"), "value", &out->value, a, e) :
				   err_set(e, ERR_PARSE, "key: missing");
	}
	if (type && strcmp(type, "issue"))
		return err_set(e, ERR_PARSE, "_type: '%s' is neither issue nor memory", type);
	if (status && !strcmp(status, "tombstone")) {
		out->kind = JSONL_TOMBSTONE;
		return read_text(js_get(v, "id"), "id", &out->issue.id, a, e);
	}
	return read_issue(v, &out->issue, a, e);
}

int jsonl_parse(struct jsonl_line *out, const char *s, size_t n, struct arena *a, struct err *e)
{
	struct js *v;
	int rc;

	*out = (struct jsonl_line){ .kind = JSONL_ISSUE, .key = "", .value = "" };
	issue_init(&out->issue);
	rc = js_parse(&v, s, n, e);
	if (rc < 0)
		return rc;
	rc = read_line(out, v, a, e);
	js_free(v);
	return rc < 0 ? ERR_PARSE : 0;
}

/* Writing */

/* JSON that is kept as text: < > & can only stand in strings, so they can be escaped where they are. */
static void put_raw(struct jsw *w, const char *key, const char *json)
{
	const char *from = json;

	js_key(w, key);
	js_add_raw(w, "");
	for (const char *p = json; *p; p++) {
		bool line_end = !strncmp(p, "\xe2\x80\xa8", 3) || !strncmp(p, "\xe2\x80\xa9", 3);

		if (*p != '<' && *p != '>' && *p != '&' && !line_end)
			continue;
		buf_add(w->out, from, (size_t)(p - from));
		buf_addf(w->out, "\\u%04x", line_end ? 0x2000u | (p[2] & 0x3fu) : (unsigned)*p);
		p += line_end ? 2 : 0;
		from = p + 1;
	}
	buf_adds(w->out, from);
}

static void put_time(struct jsw *w, const char *key, int64_t us)
{
	char text[CLOCK_TEXT];

	js_put_str(w, key, us ? clock_format_s(us, text) : GO_ZERO);
}

static void put_text(struct jsw *w, const char *key, const char *s)
{
	if (*s)
		js_put_str(w, key, s);
}

static void put_labels(struct jsw *w, const char *key, const struct issue *is)
{
	if (!is->nlabels)
		return;
	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < is->nlabels; i++)
		js_add_str(w, is->labels[i]);
	js_close(w, ']');
}

/* The members of a JSON object, without its braces, at the end of the object that is open. */
static void put_members(struct jsw *w, const char *object)
{
	struct js *v;

	if (js_parse(&v, object, strlen(object), NULL) < 0)
		return;
	for (void *it = js_iter(v); it; it = js_iter_next(v, it)) {
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	js_free(v);
}

static void put_edges(struct jsw *w, const char *key, const struct issue *is)
{
	if (!is->ndeps)
		return;
	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		js_open(w, '{');
		js_put_str(w, "issue_id", is->id);
		js_put_str(w, "depends_on_id", d->target);
		js_put_str(w, "type", d->type);
		put_time(w, "created_at", d->created_at);
		put_text(w, "created_by", d->created_by);
		js_put_str(w, "metadata", *d->metadata ? d->metadata : "{}");
		put_text(w, "thread_id", d->thread_id);
		if (*d->extra)
			put_members(w, d->extra);
		js_close(w, '}');
	}
	js_close(w, ']');
}

static void put_comments(struct jsw *w, const char *key, const struct issue *is, bool number)
{
	if (!is->ncomments)
		return;
	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < is->ncomments; i++) {
		const struct comment *c = &is->comments[i];

		js_open(w, '{');
		if (number) {
			js_put_int(w, "id", (long long)i + 1);
		} else if (c->int_id) {
			js_key(w, "id");
			js_add_raw(w, c->id);
		} else {
			js_put_str(w, "id", c->id);
		}
		js_put_str(w, "issue_id", is->id);
		js_put_str(w, "author", c->author);
		js_put_str(w, "text", c->text);
		put_time(w, "created_at", c->created_at);
		js_close(w, '}');
	}
	js_close(w, ']');
}

static void put_member(struct jsw *w, const struct member *m, const struct issue *is, bool number)
{
	const char *at = (const char *)is + m->at;
	const char *json;

	switch (m->kind) {
	case MEMBER_TEXT: put_text(w, m->key, *(const char *const *)at); break;
	case MEMBER_WORD: js_put_str(w, m->key, *(const char *const *)at); break;
	case MEMBER_PRIORITY: js_put_int(w, m->key, is->priority); break;
	case MEMBER_ESTIMATE:
		if (is->estimate_minutes >= 0)
			js_put_int(w, m->key, is->estimate_minutes);
		break;
	case MEMBER_TIME:
		if (*(const int64_t *)at)
			put_time(w, m->key, *(const int64_t *)at);
		break;
	case MEMBER_STAMP: put_time(w, m->key, *(const int64_t *)at); break;
	case MEMBER_OBJECT:
		if (**(const char *const *)at)
			put_raw(w, m->key, *(const char *const *)at);
		break;
	case MEMBER_LABELS: put_labels(w, m->key, is); break;
	case MEMBER_EDGES: put_edges(w, m->key, is); break;
	case MEMBER_COMMENTS: put_comments(w, m->key, is, number); break;
	case MEMBER_EXTRA:
		if ((json = issue_extra(is, m->key)))
			put_raw(w, m->key, json);
		break;
	}
}

void jsonl_write(const struct issue *is, const struct jsonl_counts *c, const struct jsonl_opts *o, struct buf *out)
{
	struct jsw w = JSW(out, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "_type", "issue");
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].kind != MEMBER_EXTRA || is->nextras)
			put_member(&w, &members[i], is, o && o->int_comment_ids);
	for (size_t i = 0; i < is->nextras; i++)
		if (!find_member(is->extras[i].name) && !is_computed(is->extras[i].name))
			put_raw(&w, is->extras[i].name, is->extras[i].json);
	if (c) {
		js_put_int(&w, "dependency_count", (long long)c->dependency_count);
		js_put_int(&w, "dependent_count", (long long)c->dependent_count);
		js_put_int(&w, "comment_count", (long long)c->comment_count);
	}
	js_close(&w, '}');
	buf_addc(out, '\n');
}
