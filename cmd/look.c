#include "cmd/look.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/gather.h"
#include "cmd/json.h"
#include "core/settings.h"
#include "store/view.h"

enum {
	CHUNK = 64 * 1024,	/* memory that is warm is cheaper than more of it */
	PIECES = 250,
	AHEAD = 4,		/* issues fetched before they are printed */
};

void look_board(struct ctx *c, struct look *l)
{
	struct vocab vocab = settings_vocab(cmd_settings(c));

	board_init_view(&l->b, l->v, &vocab, c->now_us);
}

int look_open(struct ctx *c, struct look *l)
{
	int rc;

	*l = (struct look){ .v = NULL };
	if ((rc = cmd_view(c, 0, &l->v)) == 0)
		look_board(c, l);
	return rc;
}

void look_close(struct look *l)
{
	if (l->v)
		board_release(&l->b);
	l->v = NULL;
}

size_t look_dependents(const struct look *l, size_t i)
{
	const char *id = l->b.is[i]->id;
	size_t n, count = 0;
	const uint32_t *holder = view_dependents(l->v, i, &n);

	for (size_t k = 0; k < n; k++) {
		const struct issue *from = l->b.is[holder[k]];

		for (size_t d = 0; d < from->ndeps; d++)
			count += !strcmp(from->deps[d].type, "blocks") &&
				!strcmp(from->deps[d].target, id);
	}
	return count;
}

static void add_counts(struct json_extra *x, const struct look *l, size_t i, const struct issue *is)
{
	x->counts = true;
	for (size_t d = 0; d < is->ndeps; d++)
		x->dependency_count += !strcmp(is->deps[d].type, "blocks");
	x->dependent_count = look_dependents(l, i);
	x->comment_count = is->ncomments;
	x->parent = issue_parent(is);
}

void look_json_as(struct jsw *w, const struct look *l, size_t i, const struct issue *is, bool edges,
		  bool labels)
{
	struct json_extra x = { .no_labels = !labels, .edges = edges };

	add_counts(&x, l, i, is);
	json_issue(w, is, &x);
}

/* What the view has of it at hand is not written again. */
static void put_issue(struct jsw *w, const struct look *l, size_t i, bool edges, bool labels)
{
	struct json_extra x = { .no_labels = !labels, .edges = edges };

	if (edges && labels && w->style == JS_PRETTY && w->depth == VIEW_JSON_DEPTH - 1)
		x.members = view_json(l->v, i, &x.members_len);
	add_counts(&x, l, i, l->b.is[i]);
	json_issue(w, l->b.is[i], &x);
}

void look_print_json(struct ctx *c, const struct look *l, const struct board_list *list, bool edges,
		     bool labels)
{
	struct json_doc d;
	struct gather g = { .out = c->out, .text = &d.text };

	json_start(&d, c);
	d.w.borrow = gather_add;
	d.w.arg = &g;
	js_open(&d.w, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i + AHEAD < list->n)
			view_prefetch(l->v, list->v[i + AHEAD]);
		put_issue(&d.w, l, list->v[i], edges, labels);
		if (d.text.len > CHUNK || g.piece.n > PIECES)
			gather_flush(&g);
	}
	gather_flush(&g);
	gather_release(&g);
	js_close(&d.w, ']');
	json_finish(&d, c);
}
