#include "cmd/links.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/view.h"

struct links links_down(struct ctx *c, const struct view *v, const struct issue *is)
{
	struct links l = { .n = is->ndeps };

	l.v = arena_alloc(&c->arena, l.n * sizeof(*l.v));
	for (size_t i = 0; i < l.n; i++)
		l.v[i] = (struct link){ is->deps[i].target, view_get(v, is->deps[i].target),
					is->deps[i].type, &is->deps[i] };
	return l;
}

static int up_order(const void *a, const void *b)
{
	const struct link *x = a, *y = b;
	bool xchild = !strcmp(x->type, "parent-child"), ychild = !strcmp(y->type, "parent-child");
	int order;

	if (xchild != ychild)
		return xchild ? -1 : 1;
	if (!xchild && x->is->created_at != y->is->created_at)
		return x->is->created_at < y->is->created_at ? -1 : 1;
	order = id_compare_natural(x->id, y->id);
	return order ? order : strcmp(x->type, y->type);
}

struct links links_up(struct ctx *c, const struct view *v, const struct issue *is)
{
	long at = view_index(v, is->id);
	struct links l = { .n = 0 };
	const uint32_t *holder;
	size_t n = 0, room = 0;

	if (at < 0)
		return l;
	holder = view_dependents(v, (size_t)at, &n);
	for (size_t i = 0; i < n; i++)
		room += view_at(v, holder[i])->ndeps;
	l.v = arena_alloc(&c->arena, room * sizeof(*l.v));
	for (size_t i = 0; i < n; i++) {
		const struct issue *from = view_at(v, holder[i]);

		for (size_t d = 0; d < from->ndeps; d++)
			if (!strcmp(from->deps[d].target, is->id))
				l.v[l.n++] = (struct link){ from->id, from, from->deps[d].type,
							    &from->deps[d] };
	}
	if (l.n > 1)
		qsort(l.v, l.n, sizeof(*l.v), up_order);
	return l;
}

size_t links_count(const struct links *l, const char *type)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->v[i].is && (!type || !strcmp(l->v[i].type, type));
	return n;
}
