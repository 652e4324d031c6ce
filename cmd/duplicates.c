/* cmd/duplicates.c - bdw duplicates: open issues that say the same, and closing them as such */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "cmd/write.h"
#include "store/base/json.h"
#include "store/issue.h"
#include "store/txn.h"
#include "store/view.h"

/* ties: edges that point at it, children among them. */
struct candidate { const struct issue *is; size_t ties; };
/* The first of each group is the one to keep. */
struct group { struct candidate *v; size_t n; };
struct groups { VEC(struct candidate) all; VEC(struct group) list; };

/* "Write tests" is another task in another epic. */
static const char *parent(const struct issue *is)
{
	return issue_parent(is) ? issue_parent(is) : "";
}

static int compare_text(const struct issue *a, const struct issue *b)
{
	const char *const x[] = { a->title, a->type, parent(a), a->description, a->design,
				  a->acceptance };
	const char *const y[] = { b->title, b->type, parent(b), b->description, b->design,
				  b->acceptance };
	int d = 0;

	for (size_t i = 0; !d && i < sizeof(x) / sizeof(x[0]); i++)
		d = strcmp(x[i], y[i]);
	return d;
}

/* Within a group: what others are tied to, then what is being worked on, then the oldest. */
static int compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int d = compare_text(x->is, y->is);

	if (d)
		return d;
	if (x->ties != y->ties)
		return x->ties > y->ties ? -1 : 1;
	if (strcmp(x->is->status, "open") != strcmp(y->is->status, "open"))
		return strcmp(x->is->status, "open") ? -1 : 1;
	if (x->is->created_at != y->is->created_at)
		return x->is->created_at < y->is->created_at ? -1 : 1;
	return strcmp(x->is->id, y->is->id);
}

static void find_groups(const struct view *v, struct groups *g)
{
	size_t ties;

	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);

		if (!strcmp(is->status, "closed"))
			continue;
		view_dependents(v, i, &ties);
		vec_add(&g->all, (struct candidate){ is, ties });
	}
	if (g->all.n)
		qsort(g->all.v, g->all.n, sizeof(*g->all.v), compare);
	for (size_t i = 0, n; i < g->all.n; i += n) {
		for (n = 1; i + n < g->all.n &&
		     !compare_text(g->all.v[i].is, g->all.v[i + n].is); n++)
			;
		if (n > 1)
			vec_add(&g->list, (struct group){ g->all.v + i, n });
	}
}

static void groups_release(struct groups *g)
{
	vec_free(&g->all);
	vec_free(&g->list);
}

static void add_text(struct ctx *c, struct buf *out, const struct groups *g)
{
	if (!g->list.n) {
		buf_adds(out, "✨ No duplicates found\n");
		return;
	}
	buf_addf(out, "🔍 Found %zu groups of duplicates:\n", g->list.n);
	for (size_t i = 0; i < g->list.n; i++) {
		const struct group *x = &g->list.v[i];

		buf_addc(out, '\n');
		for (size_t k = 0; k < x->n; k++) {
			buf_adds(out, k ? "  " : "→ ");
			render_short(c, out, x->v[k].is);
			buf_addf(out, " (%zu references)\n", x->v[k].ties);
		}
		for (size_t k = 1; k < x->n; k++)
			buf_addf(out, "  %s duplicate %s --of %s\n", c->prog, x->v[k].is->id,
				 x->v[0].is->id);
	}
	buf_addf(out, "\nClose all of them so: %s duplicates --auto-merge\n", c->prog);
}

static void add_json(struct buf *out, const struct groups *g, const struct strs *merged)
{
	struct jsw w = JSW(out, JS_COMPACT);

	js_open(&w, '{');
	js_put_int(&w, "duplicate_groups", (long long)g->list.n);
	js_key(&w, "groups");
	js_open(&w, '[');
	for (size_t i = 0; i < g->list.n; i++) {
		const struct group *x = &g->list.v[i];

		js_open(&w, '{');
		js_put_str(&w, "title", x->v[0].is->title);
		js_put_str(&w, "suggested_target", x->v[0].is->id);
		js_key(&w, "issues");
		js_open(&w, '[');
		for (size_t k = 0; k < x->n; k++) {
			js_open(&w, '{');
			js_put_str(&w, "id", x->v[k].is->id);
			js_put_str(&w, "title", x->v[k].is->title);
			js_put_str(&w, "status", x->v[k].is->status);
			js_put_int(&w, "priority", x->v[k].is->priority);
			js_put_int(&w, "references", (long long)x->v[k].ties);
			js_put_bool(&w, "is_merge_target", !k);
			js_close(&w, '}');
		}
		js_close(&w, ']');
		js_close(&w, '}');
	}
	js_close(&w, ']');
	if (merged) {
		js_put_strs(&w, "merged", merged);
	}
	js_close(&w, '}');
}

/* Looks again under the lock; all of them are closed, or none. */
static int merge(struct ctx *c)
{
	struct groups g = { 0 };
	STRS_AUTO merged = { 0 };
	BUF_AUTO json = BUF_INIT;
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	find_groups(w.v, &g);
	for (size_t i = 0; rc == 0 && i < g.list.n; i++)
		for (size_t k = 1; rc == 0 && k < g.list.v[i].n; k++) {
			const char *id = g.list.v[i].v[k].is->id;

			rc = life_replace(&w.life, id, g.list.v[i].v[0].is->id,
					  "duplicates", &c->err);
			strs_add(&merged, id);
		}
	if (rc == 0)
		add_json(&json, &g, &merged);
	if (rc < 0 || !merged.n)
		write_abort(&w, rc);
	else
		rc = write_commit(c, &w, "%s", write_subject(c, "duplicates", &merged));
	if (rc == 0 && c->json)
		json_print(c, json.s);
	else if (rc == 0 && merged.n)
		out_done(c, "Closed %zu duplicates of %zu issues\n", merged.n, g.list.n);
	else if (rc == 0)
		out_text(c, "✨ No duplicates found\n");
	groups_release(&g);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	bool merge_them = false, dry = false;
	const struct opt opts[] = {
		{ 0, "auto-merge", OPT_BOOL, &merge_them, NULL,
		  "close each as a duplicate of the first of its group", 0 },
		{ 0, "dry-run", OPT_BOOL, &dry, NULL, "only list them", 0 },
		{ 0 },
	};
	struct groups g = { 0 };
	BUF_AUTO text = BUF_INIT;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (merge_them && !dry && c->readonly)
		return err_set(&c->err, ERR_REFUSED, "operation 'duplicates --auto-merge' is not "
						     "allowed in read-only mode");
	if (merge_them && !dry)
		return merge(c);
	if ((rc = cmd_view(c, 0, &v)) < 0)
		return rc;
	find_groups(v, &g);
	if (c->json) {
		add_json(&text, &g, NULL);
		json_print(c, text.s);
	} else {
		add_text(c, &text, &g);
		render_print(c, &text, 1);
	}
	groups_release(&g);
	return 0;
}

const struct cmd cmd_duplicates = {
	.name = "duplicates", .brief = "List open issues that say the same",
	.help = "The same title, type, parent, description, design and acceptance criteria. The "
		"first of a group, to which most\n"
		"others point, is the one to keep.",
	.example = "duplicates\nduplicates --auto-merge", .group = GROUP_VIEWS, .need = NEED_STORE,
	.run = run,
};
