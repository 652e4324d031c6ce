#include <stdlib.h>
#include <string.h>

#include "store/base/mem.h"
#include "store/view_priv.h"

static int laid_order(const void *a, const void *b)
{
	return strcmp(((const struct laid *)a)->id, ((const struct laid *)b)->id);
}

void view_sort_laid(struct view *v)
{
	if (v->laid.n)
		qsort(v->laid.v, v->laid.n, sizeof(*v->laid.v), laid_order);
}

long view_laid_find(const struct view *v, const char *id)
{
	size_t lo = 0, hi = v->laid.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(v->laid.v[mid].id, id);

		if (!c)
			return (long)mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

/* The view's order when issues came or went: rows and laid records merged by id. */
static void merge_rows(struct view *v, size_t rows)
{
	unsigned char *skip = xcalloc(rows + 1, 1);	/* rows that a laid record stands for */
	size_t l = 0, r = 0;

	v->row = xmalloc((rows + v->laid.n + 1) * sizeof(*v->row));
	v->index = xmalloc((rows + 1) * sizeof(*v->index));
	memset(v->index, 0xff, (rows + 1) * sizeof(*v->index));
	for (size_t i = 0; i < v->laid.n; i++)
		if (v->laid.v[i].row != NO_ROW)
			skip[v->laid.v[i].row] = 1;
	for (v->n = 0; l < v->laid.n || r < rows; ) {
		struct laid *next = l < v->laid.n ? &v->laid.v[l] : NULL;

		if (r < rows && skip[r]) {
			r++;
			continue;
		}
		if (next && !next->issue) {
			l++;
			continue;
		}
		if (next && (r >= rows || strcmp(next->id, snapshot_id(v->sn, r)) < 0)) {
			next->index = v->n;
			v->row[v->n] = next->row;
			l++;
		} else if (r < rows) {
			v->row[v->n] = (uint32_t)r++;
		}
		if (v->row[v->n] != NO_ROW)
			v->index[v->row[v->n]] = (uint32_t)v->n;
		v->n++;
	}
	free(skip);
}

void view_arrange(struct view *v)
{
	size_t rows = v->sn ? snapshot_count(v->sn) : 0;
	bool same = v->sn;

	view_sort_laid(v);
	for (size_t i = 0; i < v->laid.n; i++) {
		same = same && v->laid.v[i].row != NO_ROW && v->laid.v[i].issue;
		v->laid.v[i].index = v->laid.v[i].row;
	}
	v->n = rows;
	if (!same)
		merge_rows(v, rows);
	v->at = xcalloc(v->n + 1, sizeof(*v->at));
	v->over = xcalloc(v->n + 1, sizeof(*v->over));
	for (size_t i = 0; i < v->laid.n; i++)
		if (v->laid.v[i].issue) {
			v->at[v->laid.v[i].index] = v->laid.v[i].issue;
			v->over[v->laid.v[i].index] = true;
		}
}

void view_forget_order(struct view *v)
{
	free(v->at);
	free(v->row);
	free(v->index);
	free(v->over);
	free(v->dependents);
	v->at = NULL;
	v->row = v->index = NULL;
	v->over = NULL;
	v->dependents = NULL;
}

void view_lay(struct view *v, struct laid *l)
{
	const struct issue **was = v->at;
	uint32_t *was_row = v->row;
	size_t was_n = v->n;
	long at = view_laid_find(v, l->id), of = v->sn ? snapshot_find(v->sn, l->id) : -1;

	l->row = of < 0 ? NO_ROW : (uint32_t)of;
	if (at >= 0)
		v->laid.v[at] = *l;
	else
		vec_add(&v->laid, *l);
	/* pointers that were handed out go on being what the view shows */
	v->at = NULL;
	v->row = NULL;
	view_forget_order(v);
	view_arrange(v);
	for (size_t i = 0; i < was_n; i++) {
		uint32_t row = was_row ? was_row[i] : (uint32_t)i;
		size_t to = row == NO_ROW || !v->sn ? v->n : v->index ? v->index[row] : row;

		if (was[i] && to < v->n && !v->at[to])
			v->at[to] = was[i];
	}
	free(was);
	free(was_row);
}
