#include "store/merge.h"

#include <stdint.h>
#include <string.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/issue.h"
#include "store/text3.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char author[] = "beadwave";

/* Three versions; later says which side's word counts: > 0 ours, < 0 theirs, 0 both are equally
 * old. */
struct three {
	const struct issue *base, *ours, *theirs;
	int later;
	struct arena *a;
};

enum side { OURS, THEIRS };

/* Both sides differ, and both from the base: order says how ours compares with theirs bytewise. */
static enum side side_wins(const struct three *m, int order)
{
	if (m->later)
		return m->later > 0 ? OURS : THEIRS;
	return order >= 0 ? OURS : THEIRS;
}

static const char *pick_word(const struct three *m, const char *base, const char *ours,
			     const char *theirs)
{
	if (!strcmp(ours, theirs) || (m->base && !strcmp(theirs, base)))
		return ours;
	if (m->base && !strcmp(ours, base))
		return theirs;
	if (!m->base && (!*ours || !*theirs))
		return *ours ? ours : theirs;
	return side_wins(m, strcmp(ours, theirs)) == OURS ? ours : theirs;
}

/* none: the value that means absent */
static int64_t pick_number(const struct three *m, int64_t base, int64_t ours, int64_t theirs,
			   int64_t none)
{
	if (ours == theirs || (m->base && theirs == base))
		return ours;
	if (m->base && ours == base)
		return theirs;
	if (!m->base && (ours == none || theirs == none))
		return ours == none ? theirs : ours;
	return side_wins(m, ours > theirs ? 1 : -1) == OURS ? ours : theirs;
}

/* ---- scalars ---- */

static const size_t words[] = {
	offsetof(struct issue, title), offsetof(struct issue, type),
	offsetof(struct issue, assignee), offsetof(struct issue, owner),
	offsetof(struct issue, spec_id), offsetof(struct issue, external_ref),
	offsetof(struct issue, source_system), offsetof(struct issue, metadata),
	offsetof(struct issue, created_by),
};

static const size_t times[] = {
	offsetof(struct issue, created_at), offsetof(struct issue, started_at),
	offsetof(struct issue, due_at), offsetof(struct issue, defer_until),
};

static const char *word_of(const struct issue *is, size_t at)
{
	return is ? *(const char *const *)((const char *)is + at) : "";
}

static int64_t time_of(const struct issue *is, size_t at)
{
	return is ? *(const int64_t *)((const char *)is + at) : 0;
}

static int status_order(const struct issue *a, const struct issue *b)
{
	int c = strcmp(a->status, b->status);

	c = c ? c : strcmp(a->close_reason, b->close_reason);
	c = c ? c : strcmp(a->closed_by_session, b->closed_by_session);
	return c ? c : (a->closed_at > b->closed_at) - (a->closed_at < b->closed_at);
}

/* A closing time without its "closed" would be nonsense, so these four go together. */
static void merge_status(const struct three *m, struct issue *out)
{
	const struct issue *from = m->ours;

	if (m->base && !status_order(m->ours, m->base))
		from = m->theirs;
	else if (!m->base || status_order(m->theirs, m->base))
		from = side_wins(m, status_order(m->ours, m->theirs)) == OURS ? m->ours : m->theirs;
	out->status = from->status;
	out->close_reason = from->close_reason;
	out->closed_by_session = from->closed_by_session;
	out->closed_at = from->closed_at;
}

static int64_t greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void merge_scalars(const struct three *m, struct issue *out)
{
	const struct issue *b = m->base, *o = m->ours, *t = m->theirs;

	for (size_t i = 0; i < COUNT(words); i++) {
		const char *w = pick_word(m, word_of(b, words[i]), word_of(o, words[i]),
					  word_of(t, words[i]));

		*(const char **)((char *)out + words[i]) = w;
	}
	for (size_t i = 0; i < COUNT(times); i++) {
		int64_t v = pick_number(m, time_of(b, times[i]), time_of(o, times[i]),
					time_of(t, times[i]), 0);

		*(int64_t *)((char *)out + times[i]) = v;
	}
	out->priority = (int)pick_number(m, b ? b->priority : 0, o->priority, t->priority, -1);
	out->estimate_minutes = (long)pick_number(m, b ? b->estimate_minutes : -1,
						  o->estimate_minutes, t->estimate_minutes, -1);
	out->last_child = (long)greater(o->last_child, t->last_child);
	out->updated_at = greater(o->updated_at, t->updated_at);
	merge_status(m, out);
}

/* ---- sets ---- */

struct set { const void *v; size_t n; };
struct set_kind {
	size_t size;
	/* 0: the same member, perhaps with other values */
	int (*key)(const void *a, const void *b);
	int (*order)(const void *a, const void *b);	/* 0: equal in all */
};

static const void *set_find(const struct set_kind *k, struct set s, const void *key)
{
	for (size_t i = 0; i < s.n; i++) {
		const void *x = (const char *)s.v + i * k->size;

		if (!k->key(x, key))
			return x;
	}
	return NULL;
}

/* The member to keep of a key, NULL when it was removed. One of o and t may be NULL. */
static const void *pick_member(const struct three *m, const struct set_kind *k, const void *b,
			       const void *o, const void *t)
{
	if (!o || !t) {
		const void *one = o ? o : t;

		/* gone on one side: removed, unless the other side has changed it since */
		return b && !k->order(b, one) ? NULL : one;
	}
	if (!k->order(o, t) || (b && !k->order(t, b)))
		return o;
	if (b && !k->order(o, b))
		return t;
	return side_wins(m, k->order(o, t)) == OURS ? o : t;
}

static void *merge_set(const struct three *m, const struct set_kind *k, struct set base,
		       struct set ours, struct set theirs, size_t *n)
{
	char *out = arena_alloc(m->a, (ours.n + theirs.n + 1) * k->size);

	*n = 0;
	for (size_t i = 0; i < ours.n + theirs.n; i++) {
		bool first = i < ours.n;
		const void *x = first ? (const char *)ours.v + i * k->size
				      : (const char *)theirs.v + (i - ours.n) * k->size;
		const void *other = set_find(k, first ? theirs : ours, x), *keep;

		if (!first && other)
			continue;	/* seen from our side */
		keep = pick_member(m, k, set_find(k, base, x), first ? x : other,
				   first ? other : x);
		if (keep)
			memcpy(out + (*n)++ * k->size, keep, k->size);
	}
	return out;
}

static int label_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int dep_key(const void *a, const void *b)
{
	const struct dep *x = a, *y = b;
	int c = strcmp(x->target, y->target);

	return c ? c : strcmp(x->type, y->type);
}

static int dep_order(const void *a, const void *b)
{
	const struct dep *x = a, *y = b;
	int c = dep_key(a, b);

	c = c ? c : (x->created_at > y->created_at) - (x->created_at < y->created_at);
	c = c ? c : strcmp(x->created_by, y->created_by);
	c = c ? c : strcmp(x->metadata, y->metadata);
	c = c ? c : strcmp(x->thread_id, y->thread_id);
	return c ? c : strcmp(x->extra, y->extra);
}

static int comment_key(const void *a, const void *b)
{
	return strcmp(((const struct comment *)a)->id, ((const struct comment *)b)->id);
}

static int comment_order(const void *a, const void *b)
{
	const struct comment *x = a, *y = b;
	int c = comment_key(a, b);

	c = c ? c : strcmp(x->text, y->text);
	c = c ? c : strcmp(x->author, y->author);
	c = c ? c : (x->created_at > y->created_at) - (x->created_at < y->created_at);
	c = c ? c : x->int_id - y->int_id;
	return c ? c : strcmp(x->extra, y->extra);
}

static int extra_key(const void *a, const void *b)
{
	return strcmp(((const struct extra *)a)->name, ((const struct extra *)b)->name);
}

static int extra_order(const void *a, const void *b)
{
	int c = extra_key(a, b);

	return c ? c : strcmp(((const struct extra *)a)->json, ((const struct extra *)b)->json);
}

#define SET(is, field) ((is) ? (struct set){ (is)->field, (is)->n##field } : (struct set){ NULL, 0 })

static void merge_sets(const struct three *m, struct issue *out)
{
	static const struct set_kind label = { sizeof(char *), label_order, label_order };
	static const struct set_kind dep = { sizeof(struct dep), dep_key, dep_order };
	static const struct set_kind comment = { sizeof(struct comment), comment_key,
						 comment_order };
	static const struct set_kind extra = { sizeof(struct extra), extra_key, extra_order };
	const struct issue *b = m->base, *o = m->ours, *t = m->theirs;

	out->labels = merge_set(m, &label, SET(b, labels), SET(o, labels), SET(t, labels),
				&out->nlabels);
	out->deps = merge_set(m, &dep, SET(b, deps), SET(o, deps), SET(t, deps), &out->ndeps);
	out->comments = merge_set(m, &comment, SET(b, comments), SET(o, comments), SET(t, comments),
				  &out->ncomments);
	out->extras = merge_set(m, &extra, SET(b, extras), SET(o, extras), SET(t, extras),
				&out->nextras);
}

/* ---- bodies ---- */

static uint64_t hash64(uint64_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return (h ^ 0xff) * 0x100000001b3u;	/* an end, so that "ab","c" is not "a","bc" */
}

/* The losing text as a comment. Its id follows from what it says, so that every clone makes the
 * same one, once. */
static void keep_as_comment(const struct three *m, struct issue *out, const char *what,
			    const char *text, int64_t when)
{
	uint64_t h1 = hash64(hash64(hash64(0xcbf29ce484222325u, out->id), what), text),
		h2 = hash64(h1, text);
	struct comment c = { .author = author, .created_at = when };

	c.id = arena_printf(m->a, "%08x-%04x-8%03x-8%03x-%012llx", (unsigned)(h1 >> 32),
			    (unsigned)(h1 >> 16) & 0xffff, (unsigned)h1 & 0xfff,
			    (unsigned)(h2 >> 52),
			    (unsigned long long)(h2 & 0xffffffffffffu));
	c.text = arena_printf(m->a, "The %s was changed in two places at once; this version was "
				    "not taken:\n\n%s",
			      what, text);
	for (size_t i = 0; i < out->ncomments; i++)
		if (!strcmp(out->comments[i].id, c.id))
			return;
	issue_comment_add(out, &c, m->a);
}

static const char *merge_body(const struct three *m, struct issue *out, size_t at, const char *what)
{
	const char *base = word_of(m->base, at), *ours = word_of(m->ours, at),
		*theirs = word_of(m->theirs, at);
	const char *win = pick_word(m, base, ours, theirs), *lose = win == ours ? theirs : ours;
	BUF_AUTO both = BUF_INIT;

	if (!strcmp(ours, theirs) || (m->base && (!strcmp(ours, base) || !strcmp(theirs, base))))
		return win;
	if (m->base &&
	    text3_merge((struct text){ base, strlen(base) }, (struct text){ ours, strlen(ours) },
				   (struct text){ theirs, strlen(theirs) }, &both))
		return arena_strndup(m->a, both.s, both.len);
	if (what && *lose)
		keep_as_comment(m, out, what, lose, lose == ours ? m->ours->updated_at :
				m->theirs->updated_at);
	return win;
}

static void merge_bodies(const struct three *m, struct issue *out)
{
	out->description = merge_body(m, out, offsetof(struct issue, description), "description");
	out->design = merge_body(m, out, offsetof(struct issue, design), "design");
	out->acceptance = merge_body(m, out, offsetof(struct issue, acceptance),
				     "acceptance criteria");
	out->notes = merge_body(m, out, offsetof(struct issue, notes), "notes");
	out->unknown = merge_body(m, out, offsetof(struct issue, unknown), NULL);
}

struct issue *merge_issue(const struct issue *base, const struct issue *ours,
			  const struct issue *theirs, struct arena *a)
{
	struct three m = { .base = base, .ours = ours, .theirs = theirs, .a = a };
	struct issue out;

	m.later = (ours->updated_at > theirs->updated_at) - (ours->updated_at < theirs->updated_at);
	issue_init(&out);
	out.id = ours->id;
	merge_scalars(&m, &out);
	merge_sets(&m, &out);
	merge_bodies(&m, &out);
	issue_sort(&out);
	return issue_copy(&out, a);
}
