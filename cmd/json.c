#include "cmd/json.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "store/issue_json.h"

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
		buf_addf(&all, "%.*s%s\"schema_version\":1}", (int)n - 1, compact,
			 n > 2 ? "," : "");
	if (sort_keys(all.s, &sorted) < 0)
		buf_adds(&sorted, all.s);
	js_add_raw(&w, sorted.s);
	fprintf(f, "%s\n", pretty.s);
}

void json_print(struct ctx *c, const char *compact)
{
	print_object(c, c->out, compact);
}

void json_print_pair(struct ctx *c, const char *key, const char *value)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "key", key);
	js_put_str(&w, "value", value);
	js_close(&w, '}');
	json_print(c, o.s);
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

void json_issue(struct jsw *w, const struct issue *is, const struct json_extra *x)
{
	static const struct json_extra nothing;
	unsigned flags;

	if (!x)
		x = &nothing;
	flags = (x->no_labels ? 0u : ISSUE_JSON_LABELS) | (x->edges ? ISSUE_JSON_EDGES : 0u) |
		(x->comments ? ISSUE_JSON_COMMENTS : 0u) | (x->fine ? ISSUE_JSON_FINE : 0u);
	js_open(w, '{');
	if (x->members)
		js_add_members(w, x->members, x->members_len);
	else
		issue_json_members(w, is, flags);
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
