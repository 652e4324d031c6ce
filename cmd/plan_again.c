#include "cmd/plan_again.h"

#include <string.h>

#include "cmd/metadata.h"
#include "core/lifecycle.h"
#include "core/planmd.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/map.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/txn.h"
#include "store/view.h"

/* title "": none; task -1: the epic */
struct mark { const char *title, *text; long task; };

static void mark_read(const struct issue *is, struct mark *m, struct arena *a)
{
	struct js *doc = NULL;
	const struct js *plan;

	*m = (struct mark){ "", "", -1 };
	if (!strstr(is->metadata, "\"plan\"") ||
	    js_parse(&doc, is->metadata, strlen(is->metadata), NULL) < 0)
		return;
	plan = js_get(doc, "plan");
	if (js_str(plan, "title") && js_str(plan, "text"))
		*m = (struct mark){ arena_strdup(a, js_str(plan, "title")),
				    arena_strdup(a, js_str(plan, "text")),
				    (long)js_int(plan, "task", -1) };
	js_free(doc);
}

/* All that the plan says of a task. */
static void sum(const struct plan_import *p, const struct plan_task *t, struct buf *out)
{
	BUF_AUTO all = BUF_INIT;

	buf_addf(&all, "%s\n%s\n%s\n%s\n", t->title, t->body, t->design, t->acceptance);
	for (size_t i = 0; i < t->labels.n; i++)
		buf_addf(&all, "%s,", t->labels.v[i]);
	for (size_t i = 0; i < t->ndep; i++)
		buf_addf(&all, "%ld,", p->task[t->dep[i]].number);
	buf_addf(out, "%08x", (unsigned)hash_fnv1a(all.s, all.len));
}

int plan_mark(struct issue *is, const struct plan_import *p, const struct plan_task *t,
	      struct arena *a, struct err *e)
{
	const struct strs none = { 0 };
	BUF_AUTO text = BUF_INIT, merge = BUF_INIT, out = BUF_INIT;
	struct jsw w = JSW(&merge, JS_COMPACT);
	int rc;

	sum(p, t, &text);
	w.html = false;
	js_open(&w, '{');
	js_key(&w, "plan");
	js_open(&w, '{');
	if (t != &p->epic)
		js_put_int(&w, "task", t->number);
	js_put_str(&w, "text", text.s);
	js_put_str(&w, "title", t->title);
	js_close(&w, '}');
	js_close(&w, '}');
	if ((rc = metadata_edit(is->metadata, merge.s, &none, &none, &out, e)) == 0)
		is->metadata = arena_strdup(a, out.s);
	return rc;
}

const char *plan_find_epic(const struct view *v, struct txn *t, const char *title, struct arena *a)
{
	const char *found = NULL;

	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);
		struct mark m;

		if (strcmp(is->type, "epic") || !(is = txn_get(t, is->id)))
			continue;
		mark_read(is, &m, a);
		if (m.task >= 0 || strcmp(m.title, title))
			continue;
		if (strcmp(is->status, "closed"))
			return is->id;
		found = found ? found : is->id;
	}
	return found;
}

struct child { const struct issue *is; struct mark m; bool taken; };

/* A number may be given to other work; what is done must not stand for that. */
static bool same_number(const struct child *c, const struct plan_task *t)
{
	return c->m.task == t->number &&
	       (strcmp(c->is->status, "closed") ||
		(size_t)text_distance(c->m.title, t->title) * 3 <= strlen(t->title));
}

static struct child *match(struct child *c, size_t n, const struct plan_task *t, bool by_title)
{
	for (size_t i = 0; i < n; i++)
		if (!c[i].taken &&
		    (by_title ? !strcmp(c[i].m.title, t->title) : same_number(&c[i], t)))
			return &c[i];
	return NULL;
}

void plan_find_tasks(const struct view *v, struct txn *t, const char *epic,
		     const struct plan_import *p, const char **ids, struct plan_gone *gone,
		     struct arena *a)
{
	struct child *c = NULL;
	size_t n = 0;

	for (size_t i = 0; i < view_count(v); i++) {
		struct child one = { .is = view_at(v, i) };

		if (!issue_dep_find(one.is, epic, "parent-child") ||
		    !(one.is = txn_get(t, one.is->id)))
			continue;
		mark_read(one.is, &one.m, a);
		if (one.m.task >= 0)
			list_add(a, c, n, one);
	}
	/* titles first, for all: numbers move when a task is put in between */
	for (int by_title = 1; by_title >= 0; by_title--)
		for (size_t i = 0; i < p->ntask; i++) {
			struct child *x = ids[i] ? NULL : match(c, n, &p->task[i], by_title);

			if (!x)
				continue;
			x->taken = true;
			ids[i] = arena_strdup(a, x->is->id);
		}
	for (size_t i = 0; i < n; i++)
		if (!c[i].taken && strcmp(c[i].is->status, "closed"))
			list_add(a, gone->v, gone->n, arena_strdup(a, c[i].is->id));
}

/* Those that a plan gives; others are somebody's. */
static bool plans_own(const char *label)
{
	return text_starts(label, "complexity:") || text_starts(label, "phase:");
}

static void update_labels(struct issue *is, const struct plan_task *t, struct arena *a)
{
	for (size_t i = is->nlabels; i--;)
		if (plans_own(is->labels[i]))
			issue_label_remove(is, is->labels[i]);
	for (size_t i = 0; i < t->labels.n; i++)
		issue_label_add(is, t->labels.v[i], a);
}

static bool waits(const struct plan_task *t, size_t other)
{
	for (size_t i = 0; i < t->ndep; i++)
		if (t->dep[i] == other)
			return true;
	return false;
}

/* Away first, so that an edge that was turned round makes no ring; then what is new, but for what
 * a rule refuses, which is said. */
static int update_edges(struct life *l, const char *id, const struct plan_import *p,
			const struct plan_task *t, const char *const *ids, struct strs *warnings,
			struct err *e)
{
	struct err why = ERR_INIT;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->ntask; i++)
		if (ids[i] && !waits(t, i))
			rc = life_dep_remove(l, id, ids[i], "blocks", e);
	for (size_t i = 0; rc == 0 && i < t->ndep; i++)
		if (ids[t->dep[i]] && life_dep_add(l, id, ids[t->dep[i]], "blocks", true, &why) < 0)
			strs_add(warnings, why.msg);
	return rc;
}

int plan_update(struct life *l, const char *id, const struct plan_import *p,
		const struct plan_task *t, const char *const *ids, bool *changed,
		struct strs *warnings, struct err *e)
{
	struct arena *a = txn_arena(l->t);
	BUF_AUTO text = BUF_INIT;
	struct issue *is;
	struct mark m;
	int rc;

	sum(p, t, &text);
	mark_read(txn_get(l->t, id), &m, a);
	*changed = strcmp(m.text, text.s) || (t != &p->epic && m.task != t->number);
	if (!*changed)
		return 0;
	if ((rc = txn_edit(l->t, id, &is, e)) < 0)
		return rc;
	if (strcmp(m.text, text.s)) {
		if (strcmp(m.title, t->title))
			is->title = arena_strdup(a, t->title);
		is->description = arena_strdup(a, t->body);
		is->design = arena_strdup(a, t->design);
		is->acceptance = arena_strdup(a, t->acceptance);
		update_labels(is, t, a);
	}
	if ((rc = plan_mark(is, p, t, a, e)) < 0 || (rc = life_check(l, is, e)) < 0)
		return rc;
	return t == &p->epic ? 0 : update_edges(l, id, p, t, ids, warnings, e);
}
