#include "store/text3.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/map.h"
#include "store/base/mem.h"
#include "store/base/vec.h"

/* Two texts with more differing lines than this count as rewritten: the search is quadratic in
 * it. */
enum { DIFF_MAX = 1000 };

struct line { const char *s; size_t n; unsigned hash; };
struct lines { struct line *v; size_t n, cap; };

/* Lines with their newline: "x" at the end of a text is another line than "x\n". */
static struct lines split(struct text t)
{
	struct lines out = { 0 };

	while (t.n) {
		const char *nl = memchr(t.s, '\n', t.n);
		size_t n = nl ? (size_t)(nl - t.s) + 1 : t.n;

		vec_add(&out, (struct line){ t.s, n, hash_fnv1a(t.s, n) });
		t.s += n;
		t.n -= n;
	}
	return out;
}

static bool line_equal(const struct line *a, const struct line *b)
{
	return a->hash == b->hash && a->n == b->n && !memcmp(a->s, b->s, a->n);
}

/* Walks back through the saved rows of Myers' search and notes which lines of a stand in b. */
static void trace_back(int *const *rows, int d, int n, int m, long *match, size_t a0, size_t b0)
{
	int x = n, y = m;

	for (; d >= 0; d--) {
		/* row d holds diagonals -d-1 .. d+1 as they were before step d */
		const int *v = rows[d] + d + 1;
		int k = x - y;
		bool down = k == -d || (k != d && v[k - 1] < v[k + 1]);
		int from_k = down ? k + 1 : k - 1, from_x = v[from_k], from_y = from_x - from_k;

		while (x > from_x && y > from_y) {
			x--;
			y--;
			match[a0 + (size_t)x] = (long)(b0 + (size_t)y);
		}
		x = from_x;
		y = from_y;
	}
}

/* E. Myers, An O(ND) Difference Algorithm (1986), forward and greedy. False when they differ by
 * too much. */
static bool diff_middle(const struct line *a, int n, const struct line *b, int m, long *match,
			size_t a0, size_t b0)
{
	int max = n + m < DIFF_MAX ? n + m : DIFF_MAX;
	int *v = xcalloc(2 * (size_t)max + 3, sizeof(*v)), *mid = v + max + 1;
	int **rows = xcalloc((size_t)max + 1, sizeof(*rows));
	bool done = false;
	int d;

	for (d = 0; d <= max && !done; d++) {
		size_t width = 2 * (size_t)d + 3;

		rows[d] = xmalloc(width * sizeof(int));
		memcpy(rows[d], mid - d - 1, width * sizeof(int));
		for (int k = -d; k <= d && !done; k += 2) {
			int x = k == -d || (k != d && mid[k - 1] < mid[k + 1]) ? mid[k + 1] :
				mid[k - 1] + 1;

			while (x < n && x - k < m && line_equal(&a[x], &b[x - k]))
				x++;
			mid[k] = x;
			done = x >= n && x - k >= m;
		}
	}
	if (done)
		trace_back(rows, d - 1, n, m, match, a0, b0);
	for (int i = 0; i < d; i++)
		free(rows[i]);
	free(rows);
	free(v);
	return done;
}

/* For each line of a where it stands in b, or -1. The caller's to free(). */
static long *diff(const struct lines *a, const struct lines *b)
{
	long *match = xmalloc((a->n + 1) * sizeof(*match));
	size_t head = 0, tail = 0;

	while (head < a->n && head < b->n && line_equal(&a->v[head], &b->v[head])) {
		match[head] = (long)head;
		head++;
	}
	while (tail < a->n - head && tail < b->n - head &&
	       line_equal(&a->v[a->n - 1 - tail], &b->v[b->n - 1 - tail])) {
		match[a->n - 1 - tail] = (long)(b->n - 1 - tail);
		tail++;
	}
	for (size_t i = head; i < a->n - tail; i++)
		match[i] = -1;
	if (a->n - head - tail && b->n - head - tail)
		diff_middle(a->v + head, (int)(a->n - head - tail), b->v + head,
			    (int)(b->n - head - tail), match, head, head);
	return match;
}

/* A run of lines of one text. */
struct run { const struct line *v; size_t n; };

static bool run_equal(struct run a, struct run b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (!line_equal(&a.v[i], &b.v[i]))
			return false;
	return true;
}

/* What stands between two places that are common to all three. */
static bool merge_run(struct run base, struct run ours, struct run theirs, struct buf *out)
{
	struct run take = ours;

	if (run_equal(ours, base))
		take = theirs;
	else if (!run_equal(theirs, base) && !run_equal(ours, theirs))
		return false;
	for (size_t i = 0; i < take.n; i++)
		buf_add(out, take.v[i].s, take.v[i].n);
	return true;
}

static bool merge_lines(const struct lines *base, const struct lines *ours,
			const struct lines *theirs, const long *in_ours, const long *in_theirs,
			struct buf *out)
{
	size_t b = 0, o = 0, t = 0;

	for (;;) {
		size_t b2 = b, o2 = ours->n, t2 = theirs->n;

		while (b2 < base->n && (in_ours[b2] < 0 || in_theirs[b2] < 0))
			b2++;
		if (b2 < base->n) {
			o2 = (size_t)in_ours[b2];
			t2 = (size_t)in_theirs[b2];
		}
		if (!merge_run((struct run){ base->v + b, b2 - b },
			       (struct run){ ours->v + o, o2 - o },
			       (struct run){ theirs->v + t, t2 - t }, out))
			return false;
		if (b2 == base->n)
			return true;
		buf_add(out, base->v[b2].s, base->v[b2].n);
		b = b2 + 1;
		o = o2 + 1;
		t = t2 + 1;
	}
}

bool text3_merge(struct text base, struct text ours, struct text theirs, struct buf *out)
{
	struct lines lb = split(base), lo = split(ours), lt = split(theirs);
	long *in_ours = diff(&lb, &lo), *in_theirs = diff(&lb, &lt);
	size_t start = out->len;
	bool clean = merge_lines(&lb, &lo, &lt, in_ours, in_theirs, out);

	if (!clean)
		buf_cut(out, start);
	free(in_ours);
	free(in_theirs);
	vec_free(&lb);
	vec_free(&lo);
	vec_free(&lt);
	return clean;
}
