/* core/life_remove.c - taking issues away, and giving one another id; see lifecycle.h */
#include <string.h>

#include "core/lifecycle.h"
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/id.h"
#include "store/txn.h"
#include "store/view.h"

void life_deletion_release(struct life_deletion *d)
{
	strs_free_all(&d->ids);
	strs_free_all(&d->edges);
	strs_free_all(&d->mentioned);
}

/* Adds what hangs on the ids from index at on: children, and issues that wait for them. */
static void add_dependents(const struct view *v, struct strs *ids)
{
	for (size_t at = 0; at < ids->n; at++) {
		long index = view_index(v, ids->v[at]);
		const uint32_t *up;
		size_t n;

		if (index < 0)
			continue;
		up = view_dependents(v, (size_t)index, &n);
		for (size_t i = 0; i < n; i++) {
			const struct issue *is = view_at(v, up[i]);

			for (size_t k = 0; k < is->ndeps; k++)
				if (!strcmp(is->deps[k].target, ids->v[at]) &&
				    dep_type_blocking(is->deps[k].type) && !strs_has(ids, is->id))
					strs_add(ids, is->id);
		}
	}
}

static bool mentions(const struct issue *is, const char *id, struct arena *a)
{
	struct issue copy = *is;

	return life_replace_mentions(&copy, id, "", false, a);
}

/* An issue that stays and is linked to one that goes: are there words to change in it? */
static void note_linked(struct life *l, struct life_deletion *d, const char *linked,
			const char *gone)
{
	const struct issue *is = txn_get(l->t, linked);

	if (!is || strs_has(&d->ids, linked) || strs_has(&d->mentioned, linked))
		return;
	if (mentions(is, gone, txn_arena(l->t)))
		strs_add(&d->mentioned, linked);
}

static void add_edge(struct life_deletion *d, const char *from, const char *to, const char *how)
{
	BUF_AUTO line = BUF_INIT;

	buf_addf(&line, "%s → %s (%s)", from, to, how);
	strs_add(&d->edges, line.s);
	d->nedges++;
}

static void plan_one(struct life *l, const struct view *v, struct life_deletion *d, const char *id)
{
	const struct issue *is = txn_get(l->t, id);
	long index = view_index(v, id);
	const uint32_t *up;
	size_t n;

	d->nlabels += is->nlabels;
	for (size_t i = 0; i < is->ndeps; i++) {
		add_edge(d, id, is->deps[i].target, is->deps[i].type);
		note_linked(l, d, is->deps[i].target, id);
	}
	if (index < 0)
		return;
	up = view_dependents(v, (size_t)index, &n);
	for (size_t i = 0; i < n; i++) {
		const char *from = view_at(v, up[i])->id;

		if (strs_has(&d->ids, from) || (i && up[i] == up[i - 1]))
			continue;
		add_edge(d, from, id, "inbound");
		note_linked(l, d, from, id);
	}
}

int life_plan_delete(struct life *l, const char *const *ids, size_t n, bool cascade,
		     struct life_deletion *out, struct err *e)
{
	struct view *v;
	int rc = txn_view(l->t, &v, e);

	*out = (struct life_deletion){ 0 };
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		if (!txn_get(l->t, ids[i])) {
			life_deletion_release(out);
			return err_set(e, ERR_NOTFOUND, "issue %s not found", ids[i]);
		}
		if (!strs_has(&out->ids, ids[i]))
			strs_add(&out->ids, ids[i]);
	}
	if (cascade)
		add_dependents(v, &out->ids);
	for (size_t i = 0; i < out->ids.n; i++)
		plan_one(l, v, out, out->ids.v[i]);
	strs_sort(&out->mentioned);
	return 0;
}

/* Takes the edges that point at id out of the issues that stay. */
static int cut_edges(struct life *l, const struct view *v, const struct life_deletion *d,
		     const char *id, struct err *e)
{
	long index = view_index(v, id);
	const uint32_t *up;
	size_t n = 0;
	int rc = 0;

	if (index < 0)
		return 0;
	up = view_dependents(v, (size_t)index, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *from = view_at(v, up[i])->id;

		if (!strs_has(&d->ids, from))
			rc = life_dep_remove(l, from, id, NULL, e);
	}
	return rc;
}

static int mark_mentions(struct life *l, const struct life_deletion *d, const char *linked,
			 struct err *e)
{
	struct arena *a = txn_arena(l->t);
	struct issue *is;
	int rc = txn_edit(l->t, linked, &is, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < d->ids.n; i++) {
		const char *mark = arena_printf(a, "[deleted:%s]", d->ids.v[i]);

		if (life_replace_mentions(is, d->ids.v[i], mark, false, a))
			is->updated_at = l->now_us;
	}
	return 0;
}

int life_delete(struct life *l, const struct life_deletion *d, struct err *e)
{
	struct view *v;
	int rc = txn_view(l->t, &v, e);

	for (size_t i = 0; rc == 0 && i < d->mentioned.n; i++)
		rc = mark_mentions(l, d, d->mentioned.v[i], e);
	for (size_t i = 0; rc == 0 && i < d->ids.n; i++)
		rc = cut_edges(l, v, d, d->ids.v[i], e);
	for (size_t i = 0; rc == 0 && i < d->ids.n; i++)
		rc = txn_delete(l->t, d->ids.v[i], e);
	return rc;
}

/* Renaming */

/* The edges of is that end at from end at to. */
static bool move_edges(struct issue *is, const char *from, const char *to, struct arena *a)
{
	bool changed = false;

	for (size_t i = 0; i < is->ndeps; i++) {
		if (!strcmp(is->deps[i].target, from)) {
			is->deps[i].target = arena_strdup(a, to);
			changed = true;
		}
	}
	if (changed)
		issue_sort(is);
	return changed;
}

static int rename_in(struct life *l, const char *id, const char *from, const char *to,
		     struct err *e)
{
	struct arena *a = txn_arena(l->t);
	struct issue *is;
	int rc = txn_edit(l->t, id, &is, e);
	bool changed;

	if (rc < 0)
		return rc;
	changed = move_edges(is, from, to, a);
	changed |= life_replace_mentions(is, from, to, true, a);
	if (changed)
		is->updated_at = l->now_us;
	return 0;
}

static bool touches(const struct issue *is, const char *id, struct arena *a)
{
	struct issue copy = *is;

	return issue_dep_find(is, id, NULL) || life_replace_mentions(&copy, id, "", true, a);
}

int life_rename(struct life *l, const char *from, const char *to, struct err *e)
{
	struct view *v;
	int rc;

	if (!strchr(to, '-') || id_check(to, NULL) < 0)
		return err_set(e, ERR_USAGE, "invalid ID format '%s' (expected format: "
					     "prefix-hash or prefix-hash.number)",
			       to);
	if (txn_get(l->t, to))
		return err_set(e, ERR_EXISTS, "issue %s already exists", to);
	if ((rc = txn_view(l->t, &v, e)) < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < view_count(v); i++)
		if (touches(view_at(v, i), from, txn_arena(l->t)))
			rc = rename_in(l, view_at(v, i)->id, from, to, e);
	return rc < 0 ? rc : txn_rename(l->t, from, to, e);
}
