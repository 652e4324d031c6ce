#include "core/aggregate.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/base/buf.h"
#include "store/base/mem.h"

enum { NEAR_LINES = 5 };	/* spec/pipeline.md 7.1.1 */

void review_init(struct review *r, int reviewer, enum review_word word)
{
	*r = (struct review){ .reviewer = reviewer, .word = word };
	for (int s = 0; s < SEV_N; s++)
		r->count[s] = -1;
}

static struct texts texts_copy(const struct texts *t, struct arena *a)
{
	struct texts out = { 0 };

	for (size_t i = 0; i < t->n; i++)
		list_add(a, out.v, out.n, arena_strdup(a, t->v[i]));
	return out;
}

struct review *review_copy(const struct review *r, struct arena *a)
{
	struct review *out = arena_alloc(a, sizeof(*out));
	struct finding *f = arena_alloc(a, (r->nfinding + 1) * sizeof(*f));

	*out = *r;
	for (size_t i = 0; i < r->nfinding; i++) {
		f[i] = r->finding[i];
		f[i].category = arena_strdup(a, f[i].category);
		f[i].file = arena_strdup(a, f[i].file);
		f[i].text = arena_strdup(a, f[i].text);
		f[i].fix = arena_strdup(a, f[i].fix);
	}
	out->finding = f;
	out->strengths = texts_copy(&r->strengths, a);
	out->uncovered = texts_copy(&r->uncovered, a);
	out->not_checked = texts_copy(&r->not_checked, a);
	return out;
}

/* The severity a finding of this reviewer enters with. */
static enum severity severity_of(const struct review *r, size_t i)
{
	return r->word == REVIEW_UNREADABLE ? SEV_IMPORTANT : r->finding[i].severity;
}

static long listed(const struct review *r, enum severity s)
{
	long n = 0;

	for (size_t i = 0; i < r->nfinding; i++)
		n += severity_of(r, i) == s;
	return n;
}

long review_count(const struct review *r, enum severity s)
{
	long n = listed(r, s);

	return r->count[s] > n ? r->count[s] : n;
}

static long findings_of(const struct review *r)
{
	long n = 0;

	for (int s = 0; s < SEV_N; s++)
		n += review_count(r, (enum severity)s);
	return n;
}

bool review_empty_reject(const struct review *r)
{
	return r->word == REVIEW_REJECT && !findings_of(r);
}

static bool blocks(const struct review *r)
{
	return review_count(r, SEV_CRITICAL) || review_count(r, SEV_IMPORTANT);
}

/* Who did not look at the core, at errors or at security cannot say yes (7.1.6). */
static bool approves(const struct review *r)
{
	if (r->word != REVIEW_APPROVE || blocks(r))
		return false;
	for (size_t i = 0; i < r->not_checked.n; i++) {
		const char *category = category_guess(r->not_checked.v[i]);

		if (category_protected(category) || !strcmp(category, "error-handling") ||
		    strcasestr(r->not_checked.v[i], "core "))
			return false;
	}
	return true;
}

bool aggregate_unanimous(const struct review *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].word != REVIEW_APPROVE || blocks(&r[i]))
			return false;
	return n > 0;
}

/* A finding on its way into a cluster. */
struct entry {
	struct finding f;
	int reviewer;
};

static int cmp_long(long a, long b)
{
	return (a > b) - (a < b);
}

/* Line-less findings stand after all others of their file, by text: only equal ones are joined. */
static int by_place(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	int d;

	if ((d = strcmp(a->f.file, b->f.file)) || (d = !a->f.line - !b->f.line))
		return d;
	if (!a->f.line && (d = strcmp(a->f.text, b->f.text)))
		return d;
	if ((d = strcmp(a->f.category, b->f.category)) || (d = cmp_long(a->f.line, b->f.line)) ||
	    (d = (int)b->f.severity - (int)a->f.severity) || (d = a->reviewer - b->reviewer) ||
	    (d = strcmp(a->f.text, b->f.text)))
		return d;
	return strcmp(a->f.fix, b->f.fix);
}

static bool same_thing(const struct entry *first, const struct entry *e)
{
	if (strcmp(first->f.file, e->f.file) || !first->f.line != !e->f.line)
		return false;
	if (!first->f.line)
		return !strcmp(first->f.text, e->f.text);
	return !strcmp(first->f.category, e->f.category) && e->f.line - first->f.line <= NEAR_LINES;
}

/* Adds what is not said yet: nothing a reviewer wrote is lost by joining. */
static const char *join_text(const char *have, const char *more, struct arena *a)
{
	if (!*more || strstr(have, more))
		return have;
	return *have ? arena_printf(a, "%s; %s", have, more) : more;
}

static void add_reviewer(int *v, size_t *n, int reviewer)
{
	size_t i = *n;

	for (size_t k = 0; k < *n; k++)
		if (v[k] == reviewer)
			return;
	for (; i && v[i - 1] > reviewer; i--)
		v[i] = v[i - 1];
	v[i] = reviewer;
	++*n;
}

/* One cluster, e[0..n): highest severity, first line, all texts with the worst one first. */
static struct joined join(const struct entry *e, size_t n, bool lone_rule, struct arena *a)
{
	struct joined j = { .f = e[0].f };
	int *who = arena_alloc(a, n * sizeof(*who));
	size_t worst = 0;

	for (size_t i = 0; i < n; i++) {
		if (e[i].f.severity > e[worst].f.severity)
			worst = i;
		add_reviewer(who, &j.nreviewer, e[i].reviewer);
	}
	j.reviewer = who;
	j.f.text = e[worst].f.text;
	j.f.fix = e[worst].f.fix;
	for (size_t i = 0; i < n; i++) {
		j.f.text = join_text(j.f.text, e[i].f.text, a);
		j.f.fix = join_text(j.f.fix, e[i].f.fix, a);
	}
	j.was = j.f.severity = e[worst].f.severity;
	if (lone_rule && j.nreviewer == 1 && j.was == SEV_MINOR &&
	    !category_protected(j.f.category))
		j.f.severity = SEV_SUGGESTION;
	return j;
}

static int by_severity(const void *pa, const void *pb)
{
	const struct joined *a = pa, *b = pb;
	int d;

	if ((d = (int)b->f.severity - (int)a->f.severity) || (d = strcmp(a->f.file, b->f.file)) ||
	    (d = cmp_long(a->f.line, b->f.line)) || (d = strcmp(a->f.category, b->f.category)) ||
	    (d = strcmp(a->f.text, b->f.text)))
		return d;
	return a->reviewer[0] - b->reviewer[0];
}

static void join_all(struct aggregate *out, const struct review *r, size_t n, struct arena *a)
{
	struct entry *e = NULL;
	struct joined *j = NULL;
	size_t ne = 0, nj = 0, end;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < r[i].nfinding; k++) {
			struct entry x = { r[i].finding[k], r[i].reviewer };

			x.f.severity = severity_of(&r[i], k);
			list_add(a, e, ne, x);
		}
	}
	if (ne)
		qsort(e, ne, sizeof(*e), by_place);
	for (size_t i = 0; i < ne; i = end) {
		for (end = i + 1; end < ne && same_thing(&e[i], &e[end]);)
			end++;
		list_add(a, j, nj, join(&e[i], end - i, n > 1, a));
		out->count[j[nj - 1].f.severity]++;
	}
	if (nj)
		qsort(j, nj, sizeof(*j), by_severity);
	out->finding = j;
	out->nfinding = nj;
}

/* A reviewer that counts more than it describes is believed: the difference is a finding without
 * a place. */
static void add_unlisted(struct aggregate *out, const struct review *r, struct arena *a)
{
	struct joined *all = NULL;
	size_t n = 0;

	for (size_t i = 0; i < out->nfinding; i++)
		list_add(a, all, n, out->finding[i]);
	for (int s = SEV_MINOR; s < SEV_N; s++) {
		long more = review_count(r, (enum severity)s) - listed(r, (enum severity)s);
		int *who = arena_alloc(a, sizeof(*who));
		struct joined j = { .was = (enum severity)s, .reviewer = who, .nreviewer = 1 };

		if (more <= 0)
			continue;
		*who = r->reviewer;
		j.f = (struct finding){ .severity = j.was, .category = "other", .file = "",
					.fix = "" };
		j.f.text = arena_printf(a, "%ld counted, not described", more);
		list_add(a, all, n, j);
		out->count[s] += more;
	}
	if (n)
		qsort(all, n, sizeof(*all), by_severity);
	out->finding = all;
	out->nfinding = n;
}

/* Equal but for case, blanks at the ends and a full stop. */
static bool same_text(const char *p, const char *q)
{
	size_t n = strlen(p), m = strlen(q);

	n -= n && p[n - 1] == '.';
	m -= m && q[m - 1] == '.';
	return n == m && !strncasecmp(p, q, n);
}

static void unite(struct texts *out, const struct texts *more, struct arena *a)
{
	for (size_t i = 0; i < more->n; i++) {
		size_t k = 0;

		while (k < out->n && !same_text(out->v[k], more->v[i]))
			k++;
		if (k == out->n)
			list_add(a, out->v, out->n, more->v[i]);
	}
}

static int by_reviewer(const void *pa, const void *pb)
{
	return ((const struct review *)pa)->reviewer - ((const struct review *)pb)->reviewer;
}

/*
 * 7.1.6, made total: nothing serious and a majority is yes, nothing serious without
 * one is "with fixes" -- unless somebody rejects and does not say why: that is an
 * objection nobody could answer, so it is no.
 */
static enum aggregate_word judge(const struct aggregate *g, const struct review *r, size_t n)
{
	if (!n || g->count[SEV_CRITICAL] || g->count[SEV_IMPORTANT])
		return AGGREGATE_NO;
	if (2 * g->approved > g->reviewers)
		return AGGREGATE_YES;
	for (size_t i = 0; i < n; i++)
		if (review_empty_reject(&r[i]) || r[i].word == REVIEW_UNREADABLE)
			return AGGREGATE_NO;
	return AGGREGATE_WITH_FIXES;
}

void aggregate_reviews(struct aggregate *out, const struct review *r, size_t n, struct arena *a)
{
	struct review *sorted = arena_alloc(a, (n + 1) * sizeof(*sorted));

	*out = (struct aggregate){ .reviewers = (int)n };
	if (n) {
		memcpy(sorted, r, n * sizeof(*sorted));
		qsort(sorted, n, sizeof(*sorted), by_reviewer);
	}
	join_all(out, sorted, n, a);
	for (size_t i = 0; i < n; i++) {
		add_unlisted(out, &sorted[i], a);
		out->approved += approves(&sorted[i]);
		unite(&out->strengths, &sorted[i].strengths, a);
		unite(&out->uncovered, &sorted[i].uncovered, a);
		unite(&out->not_checked, &sorted[i].not_checked, a);
	}
	out->word = judge(out, sorted, n);
}

const char *aggregate_word(enum aggregate_word w)
{
	static const char *const words[] = {
		[AGGREGATE_NO] = "NO", [AGGREGATE_WITH_FIXES] = "WITH_FIXES",
		[AGGREGATE_YES] = "YES",
	};

	return words[w];
}

/* "[Reviewers: 1, 2]", "[Reviewer: 2, downgraded from Minor]", "[Reviewer: 1, security]" */
static void provenance(const struct joined *j, bool lone_rule, struct buf *out)
{
	buf_adds(out, j->nreviewer > 1 ? " [Reviewers: " : " [Reviewer: ");
	for (size_t i = 0; i < j->nreviewer; i++)
		buf_addf(out, "%s%d", i ? ", " : "", j->reviewer[i]);
	if (j->f.severity != j->was)
		buf_addf(out, ", downgraded from %s", severity_name(j->was));
	else if (lone_rule && j->nreviewer == 1 && category_protected(j->f.category))
		buf_addf(out, ", %s", j->f.category);
	buf_addc(out, ']');
}

static void write_finding(const struct joined *j, bool lone_rule, struct buf *out)
{
	struct finding text = j->f, where = j->f;

	text.file = "";
	where.text = "";
	buf_adds(out, "- ");
	finding_write(&text, out);
	provenance(j, lone_rule, out);
	finding_write(&where, out);
	buf_addc(out, '\n');
}

static void write_list(const char *title, const struct texts *t, struct buf *out)
{
	buf_addf(out, "## %s\n", title);
	for (size_t i = 0; i < t->n; i++)
		buf_addf(out, "- %s\n", t->v[i]);
	buf_adds(out, t->n ? "\n" : "(none)\n\n");
}

void aggregate_write(const struct aggregate *g, struct buf *out)
{
	static const char *const ready[] = {
		[AGGREGATE_NO] = "No", [AGGREGATE_WITH_FIXES] = "With fixes",
		[AGGREGATE_YES] = "Yes",
	};

	write_list("Strengths", &g->strengths, out);
	buf_adds(out, "## Issues\n");
	for (int s = SEV_N - 1; s >= 0; s--) {
		size_t n = 0;

		buf_addf(out, "### %s\n", severity_name((enum severity)s));
		for (size_t i = 0; i < g->nfinding; i++) {
			if ((int)g->finding[i].f.severity != s)
				continue;
			write_finding(&g->finding[i], g->reviewers > 1, out);
			n++;
		}
		buf_adds(out, n ? "\n" : "(none)\n\n");
	}
	write_list("Uncovered Paths", &g->uncovered, out);
	write_list("Not Checked", &g->not_checked, out);
	buf_addf(out, "## Assessment\nReady to merge: %s\n"
		      "Reviewers: %d/%d approved, %d requested changes\n",
		 ready[g->word], g->approved, g->reviewers, g->reviewers - g->approved);
}
