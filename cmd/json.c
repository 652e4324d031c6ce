#include "cmd/json.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "store/base/clock.h"
#include "store/issue.h"

void json_start(struct json_doc *d, struct ctx *c)
{
	*d = (struct json_doc){ .text = BUF_INIT, .enveloped = c->envelope };
	d->w = (struct jsw)JSW(&d->text, JS_PRETTY);
	if (d->enveloped) {
		js_open(&d->w, '{');
		js_key(&d->w, "data");
	}
}

void json_finish(struct json_doc *d, struct ctx *c)
{
	if (d->enveloped) {
		js_put_int(&d->w, "schema_version", 1);
		js_close(&d->w, '}');
	}
	buf_addc(&d->text, '\n');
	fwrite(d->text.s, 1, d->text.len, c->out);
	buf_release(&d->text);
}

/* compact's members sorted at every depth; its text replaces *out. */
static int sort_keys(const char *compact, struct buf *out)
{
	struct js *v;
	int rc = js_parse(&v, compact, strlen(compact), NULL);

	if (rc < 0)
		return rc;
	js_dump(v, true, out);
	js_free(v);
	return 0;
}

static void print_object(struct ctx *c, FILE *f, const char *compact)
{
	BUF_AUTO all = BUF_INIT;
	BUF_AUTO sorted = BUF_INIT;
	BUF_AUTO pretty = BUF_INIT;
	struct jsw w = JSW(&pretty, JS_PRETTY);
	size_t n = strlen(compact);

	if (c->envelope)
		buf_addf(&all, "{\"data\":%s,\"schema_version\":1}", compact);
	else
		buf_addf(&all, "%.*s%s\"schema_version\":1}", (int)n - 1, compact, n > 2 ? "," : "");
	if (sort_keys(all.s, &sorted) < 0)
		buf_adds(&sorted, all.s);
	js_add_raw(&w, sorted.s);
	fprintf(f, "%s\n", pretty.s);
}

void json_print(struct ctx *c, const char *compact)
{
	print_object(c, c->out, compact);
}

void json_error(struct ctx *c, void *f, const char *msg, const char *hint)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "error", msg);
	if (hint && *hint)
		js_put_str(&w, "hint", hint);
	js_close(&w, '}');
	print_object(c, f, o.s);
}

void json_time(struct jsw *w, const char *key, int64_t us, bool fine)
{
	char text[CLOCK_TEXT];

	if (!us)
		js_put_str(w, key, "0001-01-01T00:00:00Z");
	else
		js_put_str(w, key, fine ? clock_format_us(us, text) : clock_format_s(us, text));
}

static void put_if(struct jsw *w, const char *key, const char *s)
{
	if (*s)
		js_put_str(w, key, s);
}

static void time_if(struct jsw *w, const char *key, int64_t us, bool fine)
{
	if (us)
		json_time(w, key, us, fine);
}

void json_comment(struct jsw *w, const char *issue_id, const struct comment *k, bool fine)
{
	js_open(w, '{');
	js_put_str(w, "id", k->id);
	js_put_str(w, "issue_id", issue_id);
	js_put_str(w, "author", k->author);
	js_put_str(w, "text", k->text);
	json_time(w, "created_at", k->created_at, fine);
	js_close(w, '}');
}

void json_edges(struct jsw *w, const struct issue *is, bool fine)
{
	js_open(w, '[');
	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		js_open(w, '{');
		js_put_str(w, "issue_id", is->id);
		js_put_str(w, "depends_on_id", d->target);
		js_put_str(w, "type", d->type);
		json_time(w, "created_at", d->created_at, fine);
		put_if(w, "created_by", d->created_by);
		js_put_str(w, "metadata", *d->metadata ? d->metadata : "{}");
		put_if(w, "thread_id", d->thread_id);
		js_close(w, '}');
	}
	js_close(w, ']');
}

static void put_fields(struct jsw *w, const struct issue *is, bool fine)
{
	js_put_str(w, "id", is->id);
	js_put_str(w, "title", is->title);
	put_if(w, "description", is->description);
	put_if(w, "design", is->design);
	put_if(w, "acceptance_criteria", is->acceptance);
	put_if(w, "notes", is->notes);
	put_if(w, "spec_id", is->spec_id);
	js_put_str(w, "status", is->status);
	js_put_int(w, "priority", is->priority);
	js_put_str(w, "issue_type", is->type);
	put_if(w, "assignee", is->assignee);
	put_if(w, "owner", is->owner);
	if (is->estimate_minutes >= 0)
		js_put_int(w, "estimated_minutes", is->estimate_minutes);
	json_time(w, "created_at", is->created_at, fine);
	put_if(w, "created_by", is->created_by);
	json_time(w, "updated_at", is->updated_at, fine);
	time_if(w, "started_at", is->started_at, fine);
	time_if(w, "closed_at", is->closed_at, fine);
	put_if(w, "close_reason", is->close_reason);
	put_if(w, "closed_by_session", is->closed_by_session);
	time_if(w, "due_at", is->due_at, fine);
	time_if(w, "defer_until", is->defer_until, fine);
	put_if(w, "external_ref", is->external_ref);
	put_if(w, "source_system", is->source_system);
	if (*is->metadata && strcmp(is->metadata, "{}")) {
		js_key(w, "metadata");
		js_add_raw(w, is->metadata);
	}
}

/* Fields of bd that are only kept, in the order of its struct; the first group stands before the labels. */
static const char *const before_labels[] = {
	"compaction_level", "compacted_at", "compacted_at_commit", "original_size",
};
static const char *const after_comments[] = {
	"sender", "ephemeral", "no_history", "wisp_type", "pinned", "is_template", "bonded_from",
	"await_type", "await_id", "timeout", "waiters", "source_formula", "source_location", "mol_type", "work_type", "event_kind", "actor",
	"target", "payload",
};

static void put_extras(struct jsw *w, const struct issue *is, const char *const *names, size_t n)
{
	for (size_t i = 0; is->nextras && i < n; i++) {
		const char *json = issue_extra(is, names[i]);

		if (json) {
			js_key(w, names[i]);
			js_add_raw(w, json);
		}
	}
}

static void put_labels(struct jsw *w, const struct issue *is)
{
	js_key(w, "labels");
	js_open(w, '[');
	for (size_t i = 0; i < is->nlabels; i++)
		js_add_str(w, is->labels[i]);
	js_close(w, ']');
}

static void put_comments(struct jsw *w, const struct issue *is)
{
	js_key(w, "comments");
	js_open(w, '[');
	for (size_t i = 0; i < is->ncomments; i++)
		json_comment(w, is->id, &is->comments[i], false);
	js_close(w, ']');
}

void json_issue(struct jsw *w, const struct issue *is, const struct json_extra *x)
{
	static const struct json_extra nothing;

	if (!x)
		x = &nothing;
	js_open(w, '{');
	put_fields(w, is, x->fine);
	put_extras(w, is, before_labels, sizeof(before_labels) / sizeof(before_labels[0]));
	if (is->nlabels && !x->no_labels)
		put_labels(w, is);
	if (x->edges && is->ndeps) {
		js_key(w, "dependencies");
		json_edges(w, is, x->fine);
	}
	if (x->comments && is->ncomments)
		put_comments(w, is);
	put_extras(w, is, after_comments, sizeof(after_comments) / sizeof(after_comments[0]));
	if (x->counts) {
		js_put_int(w, "dependency_count", (long long)x->dependency_count);
		js_put_int(w, "dependent_count", (long long)x->dependent_count);
		js_put_int(w, "comment_count", (long long)x->comment_count);
	}
	if (x->parent)
		js_put_str(w, "parent", x->parent);
	if (x->dependency_type)
		js_put_str(w, "dependency_type", x->dependency_type);
	if (x->more)
		x->more(w, is, x->arg);
	js_close(w, '}');
}
