#include "store/jsonl.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/id.h"
#include "store/issue_json.h"

static const char *dump(const struct js *v, struct arena *a)
{
	BUF_AUTO text = BUF_INIT;

	js_dump(v, false, &text);
	return arena_strndup(a, text.s, text.len);
}

static int read_text(const struct js *v, const char *at, const char **out, struct arena *a,
		     struct err *e)
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
	if (*out == ISSUE_JSON_NO_TIME_US)
		*out = 0;
	else if (!*out)
		*out = 1;	/* 0 is no time; in whole seconds they are the same */
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

static int read_object(const struct js *v, const char *at, const char **out, struct arena *a,
		       struct err *e)
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

/* One more member of the object that is kept as a whole. */
static void add_unknown(struct buf *extra, const char *key, const struct js *v)
{
	buf_addc(extra, extra->len ? ',' : '{');
	js_quote(extra, key, strlen(key), false);
	buf_addc(extra, ':');
	js_dump(v, false, extra);
}

static const char *end_unknown(struct buf *extra, struct arena *a)
{
	if (extra->len)
		buf_addc(extra, '}');
	return arena_strndup(a, extra->s, extra->len);
}

/* One member of an edge; metadata is a string that holds JSON, and "{}" is what bd writes for
 * none. */
static int read_edge_member(const char *key, const struct js *v, struct dep *d, struct buf *extra,
			    struct arena *a, struct err *e)
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
	add_unknown(extra, key, v);
	return 0;
}

static int read_edge(const struct js *v, struct dep *d, struct arena *a, struct err *e)
{
	BUF_AUTO extra = BUF_INIT;
	int rc;

	*d = (struct dep){ .target = "", .type = "", .created_by = "", .metadata = "",
			   .thread_id = "", .extra = "" };
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
	d->extra = end_unknown(&extra, a);
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

static int read_comment_member(const char *key, const struct js *v, struct comment *c,
			       struct buf *extra, struct arena *a, struct err *e)
{
	if (!strcmp(key, "issue_id"))
		return 0;
	if (!strcmp(key, "id") && js_kind(v) == JS_INT) {
		c->int_id = true;
		c->id = dump(v, a);
		return 0;
	}
	if (!strcmp(key, "id"))
		return read_text(v, key, &c->id, a, e);
	if (!strcmp(key, "author"))
		return read_text(v, key, &c->author, a, e);
	if (!strcmp(key, "text"))
		return read_text(v, key, &c->text, a, e);
	if (!strcmp(key, "created_at"))
		return read_time(v, key, &c->created_at, e);
	add_unknown(extra, key, v);
	return 0;
}

static int read_comment(const struct js *v, struct comment *c, struct arena *a, struct err *e)
{
	BUF_AUTO extra = BUF_INIT;
	int rc;

	*c = (struct comment){ .id = "", .author = "", .text = "", .extra = "" };
	if (js_kind(v) != JS_OBJECT)
		return err_set(e, ERR_PARSE, "not an object");
	for (void *it = js_iter(v); it; it = js_iter_next(v, it)) {
		rc = read_comment_member(js_iter_key(it), js_iter_value(it), c, &extra, a, e);
		if (rc < 0)
			return rc;
	}
	c->extra = end_unknown(&extra, a);
	return 0;
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

static void read_extra(const char *key, const struct js *v, struct issue *is, struct arena *a)
{
	if (issue_member_is_computed(key))
		return;
	if (!strcmp(key, "wisp")) {	/* what ephemeral was called once */
		if (!js_bool_value(v, false))
			return;
		key = "ephemeral";
	}
	is->extras = arena_grow(a, is->extras, is->nextras, sizeof(*is->extras));
	is->extras[is->nextras++] = (struct extra){ arena_strdup(a, key), dump(v, a) };
}

static int read_member(const char *key, const struct js *v, struct issue *is, struct arena *a,
		       struct err *e)
{
	const struct issue_member *m = issue_member_find(key);
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

void jsonl_write(const struct issue *is, const struct jsonl_counts *c, const struct jsonl_opts *o,
		 struct buf *out)
{
	unsigned flags = ISSUE_JSON_LABELS | ISSUE_JSON_EDGES | ISSUE_JSON_COMMENTS |
		ISSUE_JSON_LOSSLESS;
	struct jsw w = JSW(out, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "_type", "issue");
	issue_json_members(&w, is, o && o->int_comment_ids ? flags | ISSUE_JSON_NUMBERED : flags);
	if (c) {
		js_put_int(&w, "dependency_count", (long long)c->dependency_count);
		js_put_int(&w, "dependent_count", (long long)c->dependent_count);
		js_put_int(&w, "comment_count", (long long)c->comment_count);
	}
	js_close(&w, '}');
	buf_addc(out, '\n');
}
