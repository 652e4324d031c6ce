/* cmd/show.c - bdw show: everything about some issues */
#include "cmd/show.h"

#include <string.h>

#include "cmd/again.h"
#include "cmd/as_of.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/links.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/json.h"
#include "store/issue.h"
#include "store/issue_json.h"
#include "store/view.h"

struct more { struct ctx *c; const struct show *o; const struct view *v; };

/* Thin, as bd: a listing of dependents is not worth their bodies. */
static void write_dependents(struct jsw *w, const struct links *up)
{
	js_key(w, "dependents");
	js_open(w, '[');
	for (size_t i = 0; i < up->n; i++) {
		const struct issue *from = up->v[i].is;
		struct json_extra x = { .dependency_type = up->v[i].type };
		struct issue thin;

		issue_init(&thin);
		thin.id = from->id;
		thin.title = from->title;
		thin.status = from->status;
		thin.priority = from->priority;
		thin.type = from->type;
		json_issue(w, &thin, &x);
	}
	js_close(w, ']');
}

static void write_epic(struct jsw *w, const struct links *up)
{
	long long total = 0, closed = 0;

	for (size_t i = 0; i < up->n; i++) {
		if (strcmp(up->v[i].type, "parent-child") != 0)
			continue;
		total++;
		closed += !strcmp(up->v[i].is->status, "closed");
	}
	js_put_int(w, "epic_total_children", total);
	js_put_int(w, "epic_closed_children", closed);
	js_put_bool(w, "epic_closeable", total && closed == total);
}

static void put_linked(struct jsw *w, const struct link *l)
{
	json_issue(w, l->is, &(struct json_extra){ .dependency_type = l->type });
}

static void write_more(struct jsw *w, const struct issue *is, void *arg)
{
	const struct more *m = arg;
	struct links down = links_down(m->c, m->v, is), up = links_up(m->c, m->v, is);
	const char *parent = issue_parent(is);

	if (links_count(&down, NULL)) {
		js_key(w, "dependencies");
		js_open(w, '[');
		for (size_t i = 0; i < down.n; i++)
			if (down.v[i].is)
				put_linked(w, &down.v[i]);
		js_close(w, ']');
	}
	if (m->o->dependents && up.n)
		write_dependents(w, &up);
	if (m->o->comments && is->ncomments) {
		js_key(w, "comments");
		js_open(w, '[');
		for (size_t i = 0; i < is->ncomments; i++)
			issue_json_comment(w, is->id, &is->comments[i], 0);
		js_close(w, ']');
	}
	if (parent)
		js_put_str(w, "parent", parent);
	js_put_int(w, "dependent_count", (long long)up.n);
	js_put_int(w, "dependency_count", (long long)links_count(&down, NULL));
	js_put_int(w, "comment_count", (long long)is->ncomments);
	if (m->o->dependents && !strcmp(is->type, "epic"))
		write_epic(w, &up);
}

/* {ID: [issues that point at it]} */
static void write_ups(struct jsw *w, const struct show *o, const struct issue *is,
		      const struct links *up)
{
	js_key(w, is->id);
	js_open(w, '[');
	for (size_t i = 0; i < up->n; i++)
		if (o->refs || !strcmp(up->v[i].type, "parent-child"))
			put_linked(w, &up->v[i]);
	js_close(w, ']');
}

/* Says on stderr which id could not be shown, and why. NULL then. */
static const struct issue *fetch(struct ctx *c, const struct show *o, struct view *v,
				 const char *id)
{
	const struct issue *is;

	if (cmd_resolve(c, v, id, &is) == 0 &&
	    (o->as_of || view_fresh(v, is->id, &is, &c->err) == 0))
		return is;
	out_warn(c, "Error fetching %s: %s", id, c->err.msg);
	if (*c->err.hint)
		out_warn(c, "%s", c->err.hint);
	return NULL;
}

static int none_found(struct ctx *c)
{
	if (c->json)
		json_error(c, c->out, "no issues found matching the provided IDs", "");
	return 1;
}

static void show_text(struct ctx *c, const struct show *o, const struct view *v,
		      const struct issue *const *is, size_t n)
{
	BUF_AUTO text = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		struct links up;

		if (!o->children && !o->refs) {
			show_sheet(c, &text, o, v, is[i]);
			continue;
		}
		up = links_up(c, v, is[i]);
		if (o->children)
			show_children(c, &text, is[i], &up);
		else
			show_refs(&text, is[i], &up);
	}
	render_print(c, &text, !o->no_pager);
}

static void show_json(struct ctx *c, const struct show *o, const struct view *v,
		      const struct issue *const *is, size_t n)
{
	struct more more = { c, o, v };
	struct json_extra x = { .more = write_more, .arg = &more };
	struct json_doc doc;

	if (o->children || o->refs) {
		BUF_AUTO object = BUF_INIT;
		struct jsw w = JSW(&object, JS_COMPACT);

		js_open(&w, '{');
		for (size_t i = 0; i < n; i++) {
			struct links up = links_up(c, v, is[i]);

			write_ups(&w, o, is[i], &up);
		}
		js_close(&w, '}');
		json_print(c, object.s);
		return;
	}
	json_start(&doc, c);
	js_open(&doc.w, '[');
	for (size_t i = 0; i < n; i++)
		json_issue(&doc.w, is[i], &x);
	js_close(&doc.w, ']');
	json_finish(&doc, c);
}

static int show_all(struct ctx *c, struct show *o)
{
	const struct issue **is = arena_alloc(&c->arena, (o->ids.n + 1) * sizeof(*is));
	const char *touched = cmd_last_touched(c);
	struct view *v;
	size_t n = 0;
	int rc;

	if (o->current && !o->ids.n) {
		if (!touched)
			return err_set(&c->err, ERR_USAGE,
				       "no issue ID provided and no last touched issue");
		strs_add(&o->ids, touched);
	}
	if (!o->ids.n)
		return err_set(&c->err, ERR_USAGE,
			       "at least one issue ID is required (use positional args, --id "
			       "flag, or --current)");
	if ((o->as_of && (rc = as_of(c, o->as_of)) < 0) || (rc = cmd_view(c, VIEW_QUICK, &v)) < 0)
		return rc;
	for (size_t i = 0; i < o->ids.n; i++)
		if ((is[n] = fetch(c, o, v, o->ids.v[i])))
			n++;
	if (!n)
		return none_found(c);
	if (!c->readonly && !o->as_of && (!touched || strcmp(touched, is[0]->id) != 0))
		cmd_touch(c, is[0]->id);
	if (c->json)
		show_json(c, o, v, is, n);
	else
		show_text(c, o, v, is, n);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct show o = { .brief = false };
	const struct opt opts[] = {
		{ 0, "id", OPT_MULTI, &o.ids, "<id>", "an id that looks like a flag", 0 },
		{ 0, "short", OPT_BOOL, &o.brief, NULL, "one line each", 0 },
		{ 0, "long", OPT_BOOL, &o.full, NULL, "also what is rarely asked for", 0 },
		{ 0, "children", OPT_BOOL, &o.children, NULL, "only its children", 0 },
		{ 0, "refs", OPT_BOOL, &o.refs, NULL, "only the issues that point at it", 0 },
		{ 0, "current", OPT_BOOL, &o.current, NULL, "the issue last touched", 0 },
		{ 0, "include-dependents", OPT_BOOL, &o.dependents, NULL,
		  "with --json: who depends on it", 0 },
		{ 0, "include-comments", OPT_BOOL, &o.comments, NULL,
		  "with --json: its comments", 0 },
		{ 0, "no-pager", OPT_BOOL, &o.no_pager, NULL, "never start a pager", 0 },
		{ 0, "as-of", OPT_STR, &o.as_of, "<commit|time>", "as it was then", 0 },
		{ 'w', "watch", OPT_BOOL, &o.watch, NULL, "print it again when issues change", 0 },
		{ 0, "local-time", OPT_BOOL, &o.local_time, NULL, "as it is anyway", OPT_HIDDEN },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && o.watch)
		rc = again(c);
	for (int i = 0; rc == 0 && i < argc; i++)
		strs_add(&o.ids, argv[i]);
	if (rc == 0)
		rc = show_all(c, &o);
	strs_free_all(&o.ids);
	return rc;
}

const struct cmd cmd_show = {
	.name = "show", .aliases = "view", .args = "[<id>...]", .brief = "Show issue details",
	.example = "show demo-4f2a\nshow demo-4f2a --json --include-comments\n"
		   "show demo-4f2a --as-of yesterday\nshow --current",
	.group = GROUP_ISSUES, .need = NEED_STORE, .max_args = -1, .run = run,
};
