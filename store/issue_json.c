#include "store/issue_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/mem.h"
#include "store/issue.h"

static const struct issue_member members[] = {
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

const struct issue_member *issue_member_find(const char *key)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (!strcmp(members[i].key, key))
			return &members[i];
	return NULL;
}

bool issue_member_is_computed(const char *key)
{
	static const char *const keys[] = {
		"_type", "dependency_count", "dependent_count", "comment_count", "parent",
		"schema_version",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* JSON that is kept as text: < > & can only stand in strings, so they can be escaped where they
 * are. */
static void put_compact(struct jsw *w, const char *json)
{
	const char *from = json;

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

static void put_raw(struct jsw *w, const char *key, const char *json)
{
	js_key(w, key);
	if (w->style == JS_COMPACT)
		put_compact(w, json);
	else
		js_add_raw(w, json);
}

void issue_json_time(struct jsw *w, const char *key, int64_t us, unsigned flags)
{
	char text[CLOCK_TEXT];

	if (!us)
		js_put_str(w, key, ISSUE_JSON_NO_TIME);
	else
		js_put_str(w, key, flags & ISSUE_JSON_FINE ? clock_format_us(us, text) :
			   clock_format_s(us, text));
}

static void put_text(struct jsw *w, const char *key, const char *s)
{
	if (*s)
		js_put_str(w, key, s);
}

static void put_labels(struct jsw *w, const char *key, const struct issue *is)
{
	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < is->nlabels; i++)
		js_add_str(w, is->labels[i]);
	js_close(w, ']');
}

/* The members of a JSON object, without its braces, at the end of the object that is open; but
 * those that it has already (a person may have written them), named in a list that ends in NULL. */
static void put_members(struct jsw *w, const char *object, const char *const *there)
{
	struct js *v;

	if (js_parse(&v, object, strlen(object), NULL) < 0)
		return;
	for (void *it = js_iter(v); it; it = js_iter_next(v, it)) {
		const char *const *k = there;

		while (*k && strcmp(*k, js_iter_key(it)))
			k++;
		if (*k)
			continue;
		js_key(w, js_iter_key(it));
		js_add_value(w, js_iter_value(it));
	}
	js_free(v);
}

static void put_edges(struct jsw *w, const char *key, const struct issue *is, unsigned flags)
{
	static const char *const there[] = {
		"issue_id", "depends_on_id", "type", "created_at", "created_by", "metadata",
		"thread_id", NULL
	};

	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		js_open(w, '{');
		js_put_str(w, "issue_id", is->id);
		js_put_str(w, "depends_on_id", d->target);
		js_put_str(w, "type", d->type);
		issue_json_time(w, "created_at", d->created_at, flags);
		put_text(w, "created_by", d->created_by);
		js_put_str(w, "metadata", *d->metadata ? d->metadata : "{}");
		put_text(w, "thread_id", d->thread_id);
		if (flags & ISSUE_JSON_LOSSLESS && *d->extra)
			put_members(w, d->extra, there);
		js_close(w, '}');
	}
	js_close(w, ']');
}

void issue_json_comment(struct jsw *w, const char *issue_id, const struct comment *k,
			unsigned flags)
{
	static const char *const there[] = {
		"id", "issue_id", "author", "text", "created_at", NULL
	};

	js_open(w, '{');
	if (flags & ISSUE_JSON_LOSSLESS && k->int_id) {
		js_key(w, "id");
		js_add_raw(w, k->id);
	} else {
		js_put_str(w, "id", k->id);
	}
	js_put_str(w, "issue_id", issue_id);
	js_put_str(w, "author", k->author);
	js_put_str(w, "text", k->text);
	issue_json_time(w, "created_at", k->created_at, flags);
	if (flags & ISSUE_JSON_LOSSLESS && *k->extra)
		put_members(w, k->extra, there);
	js_close(w, '}');
}

static int by_second(const void *a, const void *b)
{
	struct comment x = *(const struct comment *)a, y = *(const struct comment *)b;

	x.created_at = clock_second(x.created_at);
	y.created_at = clock_second(y.created_at);
	return comment_compare(&x, &y);
}

/* In the order of times that are cut, so that who reads the line has the same order. */
static void put_comments(struct jsw *w, const char *key, const struct issue *is, unsigned flags)
{
	struct comment *k = xmalloc(is->ncomments * sizeof(*k));
	char number[24];

	memcpy(k, is->comments, is->ncomments * sizeof(*k));
	if (flags & ISSUE_JSON_LOSSLESS)
		qsort(k, is->ncomments, sizeof(*k), by_second);
	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < is->ncomments; i++) {
		if (flags & ISSUE_JSON_NUMBERED) {
			snprintf(number, sizeof(number), "%zu", i + 1);
			k[i].id = number;
			k[i].int_id = true;
		}
		issue_json_comment(w, is->id, &k[i], flags);
	}
	js_close(w, ']');
	free(k);
}

static void put_member(struct jsw *w, const struct issue_member *m, const struct issue *is,
		       unsigned flags)
{
	const char *at = (const char *)is + m->at, *json;

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
			issue_json_time(w, m->key, *(const int64_t *)at, flags);
		break;
	case MEMBER_STAMP: issue_json_time(w, m->key, *(const int64_t *)at, flags); break;
	case MEMBER_OBJECT:
		json = *(const char *const *)at;
		if (*json && (flags & ISSUE_JSON_LOSSLESS || strcmp(json, "{}")))
			put_raw(w, m->key, json);
		break;
	case MEMBER_LABELS:
		if (flags & ISSUE_JSON_LABELS && is->nlabels)
			put_labels(w, m->key, is);
		break;
	case MEMBER_EDGES:
		if (flags & ISSUE_JSON_EDGES && is->ndeps)
			put_edges(w, m->key, is, flags);
		break;
	case MEMBER_COMMENTS:
		if (flags & ISSUE_JSON_COMMENTS && is->ncomments)
			put_comments(w, m->key, is, flags);
		break;
	case MEMBER_EXTRA:
		if (is->nextras && (json = issue_extra(is, m->key)))
			put_raw(w, m->key, json);
		break;
	}
}

void issue_json_members(struct jsw *w, const struct issue *is, unsigned flags)
{
	for (size_t i = 0; i < MEMBERS; i++)
		put_member(w, &members[i], is, flags);
	for (size_t i = 0; flags & ISSUE_JSON_LOSSLESS && i < is->nextras; i++)
		if (!issue_member_find(is->extras[i].name) &&
		    !issue_member_is_computed(is->extras[i].name))
			put_raw(w, is->extras[i].name, is->extras[i].json);
}
