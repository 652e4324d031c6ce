#include "store/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/store_priv.h"
#include "store/view_priv.h"

size_t view_count(const struct view *v)
{
	return v->n;
}

const char *view_warning(const struct view *v, size_t i)
{
	return i < v->warning.n ? v->warning.v[i] : NULL;
}

static uint32_t row_of(const struct view *v, size_t i)
{
	return v->row ? v->row[i] : (uint32_t)i;
}

/* A row that is damaged: its file is as good, and the next reader writes the table anew. */
static const struct issue *from_file(struct view *v, uint32_t row)
{
	struct laid l = { 0 };
	struct issue *none;

	if (!store_read_only(v->store))
		snapshot_drop(v->store);
	if (view_read_file(v, snapshot_id(v->sn, row), &l, NULL) == 1)
		return l.issue;
	none = arena_alloc(&v->arena, sizeof(*none));
	issue_init(none);
	return none;
}

/* Views are filled behind their const: what they show does not change by it. */
const struct issue *view_at(const struct view *cv, size_t i)
{
	struct view *v = (struct view *)(uintptr_t)cv;
	uint32_t row;

	if (!v->at[i]) {
		row = row_of(v, i);
		v->at[i] = v->checked || snapshot_check(v->sn, row) ? snapshot_issue(v->sn, row) :
			from_file(v, row);
	}
	return v->at[i];
}

const char *view_json(const struct view *v, size_t i, size_t *n)
{
	return v->checked && !v->over[i] ? snapshot_json(v->sn, row_of(v, i), n) : NULL;
}

bool view_committed(const struct view *v, size_t i)
{
	return v->checked && !v->over[i] && snapshot_committed(v->sn, row_of(v, i));
}

void view_prefetch(const struct view *v, size_t i)
{
	if (v->sn && !v->over[i])
		snapshot_prefetch(v->sn, row_of(v, i));
}

const char *view_id(const struct view *v, size_t i)
{
	return v->at[i] ? v->at[i]->id : snapshot_id(v->sn, row_of(v, i));
}

long view_index(const struct view *v, const char *id)
{
	long row = v->sn ? snapshot_find(v->sn, id) : -1, l;

	if (row >= 0)
		return !v->index ? row : v->index[row] == NO_ROW ? -1 : (long)v->index[row];
	l = view_laid_find(v, id);
	return l >= 0 && v->laid.v[l].issue ? (long)v->laid.v[l].index : -1;
}

const struct issue *view_get(const struct view *v, const char *id)
{
	long i = view_index(v, id);

	return i < 0 ? NULL : view_at(v, (size_t)i);
}

/* Is the file what the view has of it? */
static bool is_current(const struct view *v, long i, const char *id)
{
	BUF_AUTO path = BUF_INIT;
	struct file_stat was, now;
	struct stat st;

	if (i < 0)
		return false;
	if (v->over[i])
		was = v->laid.v[view_laid_find(v, id)].look.st;
	else
		snapshot_stat(v->sn, row_of(v, (size_t)i), &was);
	id_issue_path(id, &path);
	if (v->store->tree_fd < 0 ||
	    fstatat(v->store->tree_fd, path.s, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	file_stat_from(&now, &st);
	return file_stat_equal(&was, &now);
}

int view_fresh(struct view *v, const char *id, const struct issue **out, struct err *e)
{
	long i = view_index(v, id);
	struct laid l = { .row = NO_ROW };
	int rc = 1;

	*out = NULL;
	if (!is_current(v, i, id)) {
		rc = id_check(id, NULL) < 0 ? 0 : view_read_file(v, id, &l, e);
		if (!rc && i >= 0 && view_may_restore(v) && !store_restore(v->store, NULL))
			rc = view_read_file(v, id, &l, e);
	}
	if (rc == 1 && l.issue) {
		view_lay(v, &l);
		i = view_index(v, id);
	}
	if (i >= 0) {
		if (rc < 0 && e)
			strs_add(&v->warning, e->msg);
		*out = view_at(v, (size_t)i);
		return 0;
	}
	return rc < 0 ? rc : err_set(e, ERR_NOTFOUND, "no issue found matching \"%s\"", id);
}

/* The part of a partial id that is compared: without the issue's own prefix, if it has that. */
static const char *part_of(const char *part, const char *id, size_t prefix)
{
	return prefix && !strncmp(part, id, prefix) && part[prefix] == '-' ?
		part + prefix + 1 : part;
}

struct matches { struct { const struct issue **v; size_t n, cap; } exact, within; };

static void find_matches(const struct view *v, const char *part, struct matches *m)
{
	for (size_t i = 0; i < v->n; i++) {
		const char *id = view_id(v, i), *hyphen = strchr(id, '-');
		size_t prefix = id_prefix_len(id);
		const char *want = part_of(part, id, prefix);

		if (prefix && !strcmp(id + prefix + 1, want))
			vec_add(&m->exact, view_at(v, i));
		else if (strstr(hyphen ? hyphen + 1 : id, want))
			vec_add(&m->within, view_at(v, i));
	}
}

/* bd's search order: most urgent, then newest, then id. */
static int match_order(const void *pa, const void *pb)
{
	const struct issue *a = *(const struct issue *const *)pa,
		*b = *(const struct issue *const *)pb;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->created_at != b->created_at)
		return a->created_at > b->created_at ? -1 : 1;
	return strcmp(a->id, b->id);
}

static int ambiguous(const char *part, const struct issue **hit, size_t n, struct err *e)
{
	BUF_AUTO list = BUF_INIT;

	qsort(hit, n, sizeof(*hit), match_order);
	for (size_t i = 0; i < n; i++)
		buf_addf(&list, "%s%s", i ? " " : "", hit[i]->id);
	err_set(e, ERR_USAGE, "ambiguous ID \"%s\" matches %zu issues: [%s]", part, n, list.s);
	err_hint(e, "Use more characters to disambiguate");
	return ERR_USAGE;
}

int view_resolve(const struct view *v, const char *part, const struct issue **out, struct err *e)
{
	struct matches m = { 0 };
	const struct issue **hit;
	size_t n;
	int rc = 0;

	*out = view_get(v, part);
	if (*out)
		return 0;
	if (*part)
		find_matches(v, part, &m);
	hit = m.exact.n ? m.exact.v : m.within.v;
	n = m.exact.n ? m.exact.n : m.within.n;
	if (n == 1)
		*out = hit[0];
	else if (n)
		rc = ambiguous(part, hit, n, e);
	else
		rc = err_set(e, ERR_NOTFOUND, "no issue found matching \"%s\"", part);
	vec_free(&m.exact);
	vec_free(&m.within);
	return rc;
}

static bool has_edge_to(const struct issue *is, const char *id)
{
	for (size_t i = 0; i < is->ndeps; i++)
		if (!strcmp(is->deps[i].target, id))
			return true;
	return false;
}

static int index_order(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return a < b ? -1 : a > b;
}

/* The table's edges, less those of issues that something is laid over; out has room for all. */
static size_t table_dependents(const struct view *v, size_t i, const uint32_t *r, size_t n,
			       uint32_t *out)
{
	bool dangles = row_of(v, i) == NO_ROW;
	size_t found = 0;

	for (size_t k = 0; k < n; k++) {
		uint32_t at = r[k] >= snapshot_count(v->sn) ? NO_ROW :
			v->index ? v->index[r[k]] : r[k];

		if (at != NO_ROW && !v->over[at] &&
		    (!dangles || has_edge_to(view_at(v, at), view_id(v, i))))
			out[found++] = at;
	}
	return found;
}

static void build_some(struct view *v, size_t i)
{
	struct dependents *d = &v->dependents[i];
	uint32_t laid[VIEW_LAID_MAX];
	size_t nlaid = 0, n = 0;
	const char *id = view_id(v, i);
	const uint32_t *r = NULL;

	if (v->sn)
		r = row_of(v, i) == NO_ROW ? snapshot_dangling(v->sn, &n) :
					     snapshot_dependents(v->sn, row_of(v, i), &n);
	for (size_t k = 0; k < v->laid.n; k++)
		if (v->laid.v[k].issue && has_edge_to(v->laid.v[k].issue, id))
			laid[nlaid++] = (uint32_t)v->laid.v[k].index;
	d->known = true;
	if (!n && !nlaid)
		return;
	d->v = arena_alloc(&v->arena, (n + nlaid) * sizeof(*d->v));
	d->n = table_dependents(v, i, r, n, d->v);
	if (!nlaid)
		return;		/* in order as they are */
	memcpy(d->v + d->n, laid, nlaid * sizeof(*laid));
	d->n += nlaid;
	qsort(d->v, d->n, sizeof(*d->v), index_order);
}

/* No table to go by: turn all edges round at once. */
static void build_all(struct view *v)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < v->n; i++) {
			const struct issue *is = view_at(v, i);

			for (size_t k = 0; k < is->ndeps; k++) {
				long t = view_index(v, is->deps[k].target);
				struct dependents *d = t < 0 ? NULL : &v->dependents[t];

				if (!d)
					continue;
				if (!pass) {
					d->n++;
					continue;
				}
				if (!d->known) {
					d->v = arena_alloc(&v->arena, d->n * sizeof(*d->v));
					d->n = 0;
					d->known = true;
				}
				if (!d->n || d->v[d->n - 1] != i)
					d->v[d->n++] = (uint32_t)i;
			}
		}
	for (size_t i = 0; i < v->n; i++)
		v->dependents[i].known = true;
}

long view_edge(const struct view *v, size_t i, size_t k)
{
	uint32_t row;

	if (!v->checked || !v->sn || v->index || v->over[i])
		return view_index(v, view_at(v, i)->deps[k].target);
	row = snapshot_edge(v->sn, i, k);
	return row < v->n ? (long)row : -1;
}

const uint32_t *view_dependents(const struct view *cv, size_t i, size_t *n)
{
	struct view *v = (struct view *)(uintptr_t)cv;

	/* what a listing sees nearly always */
	if (v->checked && v->sn && !v->laid.n)
		return snapshot_dependents(v->sn, i, n);
	if (!v->dependents) {
		v->dependents = xcalloc(v->n + 1, sizeof(*v->dependents));
		if (v->laid.n > VIEW_LAID_MAX)
			build_all(v);
	}
	if (!v->dependents[i].known)
		build_some(v, i);
	*n = v->dependents[i].n;
	return v->dependents[i].v;
}
