#include "core/board.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/vec.h"
#include "store/view.h"

static int id_order(const void *id, const void *is)
{
	return strcmp(id, (*(const struct issue *const *)is)->id);
}

long board_index(const struct board *b, const char *id)
{
	const struct issue **at;
	long i;

	if (b->view) {	/* its table is at hand; a view that has grown since counts otherwise */
		i = view_index(b->view, id);
		if (i < 0 || ((size_t)i < b->n && !strcmp(b->is[i]->id, id)))
			return i;
	}
	at = b->n ? bsearch(id, b->is, b->n, sizeof(*b->is), id_order) : NULL;
	return at ? at - b->is : -1;
}

bool board_is_over(const struct board *b, size_t i)
{
	return b->state[i] & BOARD_OVER;
}

bool board_is_blocked(const struct board *b, size_t i)
{
	return b->state[i] & BOARD_BLOCKED;
}

const uint32_t *board_children(const struct board *b, size_t i, size_t *n)
{
	return graph_after(&b->family, i, n);
}

static bool is_child_edge(const struct dep *d)
{
	return !strcmp(d->type, "parent-child");
}

/* {"gate": "any-children"}: one closed child is enough. */
static bool gate_is_any(const struct dep *d)
{
	struct js *j = NULL;
	const char *gate;
	bool any;

	if (!strstr(d->metadata, "any-children") ||
	    js_parse(&j, d->metadata, strlen(d->metadata), NULL) < 0)
		return false;
	gate = js_str(j, "gate");
	any = gate && !strcmp(gate, "any-children");
	js_free(j);
	return any;
}

static bool children_hold(const struct board *b, size_t parent, bool any)
{
	size_t n, over = 0;
	const uint32_t *child = board_children(b, parent, &n);

	for (size_t i = 0; i < n; i++)
		over += board_is_over(b, child[i]);
	return over < n && !(any && over);
}

/* t: what the edge points to. */
static bool edge_blocks(const struct board *b, const struct dep *d, long t)
{
	if (t < 0)
		return false;
	if (!strcmp(d->type, "waits-for"))
		return children_hold(b, (size_t)t, gate_is_any(d));
	return (!strcmp(d->type, "blocks") || !strcmp(d->type, "conditional-blocks")) &&
	       !board_is_over(b, (size_t)t);
}

bool board_edge_blocks(const struct board *b, const struct dep *d)
{
	return edge_blocks(b, d, board_index(b, d->target));
}

/* While the board is made: a view that grows later counts otherwise. */
static long edge_target(const struct board *b, size_t i, size_t k)
{
	return b->view ? view_edge(b->view, i, k) : board_index(b, b->is[i]->deps[k].target);
}

static bool is_held(const struct board *b, size_t i)
{
	for (size_t k = 0; k < b->is[i]->ndeps; k++)
		if (edge_blocks(b, &b->is[i]->deps[k], edge_target(b, i, k)))
			return true;
	return false;
}

/* Down the tree from those that are held, through what is not over: so a ring of parents blocks
 * nobody by itself. */
static void spread_blocked(struct board *b)
{
	uint32_t *queue = xcalloc(b->n + 1, sizeof(*queue));
	size_t tail = 0;

	for (uint32_t i = 0; i < b->n; i++)
		if (b->state[i] & BOARD_BLOCKED)
			queue[tail++] = i;
	for (size_t head = 0; head < tail; head++) {
		size_t n;
		const uint32_t *child = board_children(b, queue[head], &n);

		for (size_t k = 0; k < n; k++)
			if (!(b->state[child[k]] & (BOARD_OVER | BOARD_BLOCKED))) {
				b->state[child[k]] |= BOARD_BLOCKED;
				queue[tail++] = child[k];
			}
	}
	free(queue);
}

static bool is_over(const struct issue *is, const struct vocab *v)
{
	return !strcmp(is->status, "closed") || !strcmp(is->status, "pinned") ||
	       status_class(is->status, v) == STATUS_DONE;
}

/* is is taken over. */
static void board_make(struct board *b, const struct view *v, const struct issue **is, size_t n,
		       const struct vocab *vocab, int64_t now_us)
{
	*b = (struct board){ .view = v, .is = is, .n = n, .now_us = now_us };
	if (vocab)
		b->vocab = *vocab;
	b->state = xcalloc(n + 1, sizeof(*b->state));
	graph_init(&b->family, n);
	for (size_t i = 0; i < n; i++)
		if (is_over(is[i], &b->vocab))
			b->state[i] = BOARD_OVER;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < is[i]->ndeps; k++) {
			long parent = is_child_edge(&is[i]->deps[k]) ? edge_target(b, i, k) : -1;

			if (parent >= 0)
				graph_add(&b->family, (size_t)parent, i);
		}
	graph_build(&b->family);
	for (size_t i = 0; i < n; i++)
		if (!board_is_over(b, i) && is_held(b, i))
			b->state[i] = BOARD_HELD | BOARD_BLOCKED;
	spread_blocked(b);
}

void board_init(struct board *b, const struct issue *const *is, size_t n, const struct vocab *vocab,
		int64_t now_us)
{
	const struct issue **own = xmalloc((n + 1) * sizeof(*own));

	if (n)
		memcpy(own, is, n * sizeof(*own));
	board_make(b, NULL, own, n, vocab, now_us);
}

void board_init_view(struct board *b, const struct view *v, const struct vocab *vocab,
		     int64_t now_us)
{
	size_t n = view_count(v);
	const struct issue **own = xmalloc((n + 1) * sizeof(*own));

	for (size_t i = 0; i < n; i++)
		own[i] = view_at(v, i);
	board_make(b, v, own, n, vocab, now_us);
}

void board_release(struct board *b)
{
	graph_release(&b->family);
	free(b->is);
	free(b->state);
	*b = (struct board){ 0 };
}

void board_blockers(const struct board *b, size_t i, struct board_ids *out)
{
	const struct issue *is = b->is[i];
	bool held = b->state[i] & BOARD_HELD;

	if (!board_is_blocked(b, i))
		return;
	for (size_t k = 0; k < is->ndeps; k++) {
		const struct dep *d = &is->deps[k];
		long parent = !held && is_child_edge(d) ? board_index(b, d->target) : -1;

		if (held ? board_edge_blocks(b, d) :
		    parent >= 0 && board_is_blocked(b, (size_t)parent))
			vec_add(out, d->target);
	}
}

static bool parent_deferred(const struct board *b, size_t i)
{
	size_t n;
	const uint32_t *parent = graph_before(&b->family, i, &n);

	for (size_t k = 0; k < n; k++)
		if (!board_is_over(b, parent[k]) && b->is[parent[k]]->defer_until > b->now_us)
			return true;
	return false;
}

bool board_is_ready(const struct board *b, size_t i, bool include_deferred, bool include_ephemeral)
{
	const struct issue *is = b->is[i];
	bool deferred = !strcmp(is->status, "deferred");

	if (b->state[i] || issue_flag(is, "pinned") || issue_flag(is, "is_template"))
		return false;
	if (!include_ephemeral && issue_flag(is, "ephemeral"))
		return false;
	if (deferred ? !include_deferred && !is->defer_until
		     : status_class(is->status, &b->vocab) != STATUS_ACTIVE)
		return false;
	return include_deferred || (is->defer_until <= b->now_us && !parent_deferred(b, i));
}

void board_descendants(const struct board *b, size_t i, bool *live)
{
	size_t n;
	const uint32_t *child = board_children(b, i, &n);

	memset(live, 0, b->n * sizeof(*live));
	for (size_t k = 0; k < n; k++)
		live[child[k]] = true;
	graph_spread(&b->family, live);
}

void board_graph(const struct board *b, bool parents, struct graph *g)
{
	graph_init(g, b->n);
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; k < b->is[i]->ndeps; k++) {
			const struct dep *d = &b->is[i]->deps[k];
			long t;

			if (!dep_type_blocking(d->type) || (!parents && is_child_edge(d)))
				continue;
			t = board_index(b, d->target);
			if (t >= 0)
				graph_add(g, (size_t)t, i);
		}
	graph_build(g);
}
