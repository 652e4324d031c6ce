/* core/aggregate.h - N code reviews made one, by rule instead of by a model (spec/pipeline.md
 * 7.1) */
#ifndef CORE_AGGREGATE_H
#define CORE_AGGREGATE_H
#include <stdbool.h>
#include <stddef.h>
#include "core/finding.h"
struct buf;

enum review_word {
	/* no verdict, but findings: they count as Important, the verdict as No */
	REVIEW_UNREADABLE,
	REVIEW_REJECT,
	REVIEW_WITH_FIXES,
	REVIEW_APPROVE,
};

struct review {			/* one reviewer's report */
	int reviewer;		/* 1..N, each once */
	enum review_word word;
	const struct finding *finding;
	size_t nfinding;
	/* what it says it found; -1: did not say. More than it lists is believed. */
	long count[SEV_N];
	struct texts strengths, uncovered, not_checked;
};
/* Counts -1, nothing found. */
void review_init(struct review *r, int reviewer, enum review_word word);
/* A deep copy in a. */
struct review *review_copy(const struct review *r, struct arena *a);
/* Findings of one severity: those listed, or as many as it says when that is more. */
long review_count(const struct review *r, enum severity s);
/* Rejects without naming anything: malformed the first time, an objection when it is all that
 * comes (7.1.6). */
bool review_empty_reject(const struct review *r);

struct joined {			/* what several reviewers said of one thing */
	/* severity as it came out; line of the first; texts that differ joined by "; " */
	struct finding f;
	enum severity was;	/* the highest anyone gave it */
	const int *reviewer;	/* ascending */
	size_t nreviewer;
};

enum aggregate_word { AGGREGATE_NO, AGGREGATE_WITH_FIXES, AGGREGATE_YES };

struct aggregate {
	enum aggregate_word word;
	long count[SEV_N];
	int approved, reviewers;
	const struct joined *finding;	/* worst first, then file, line, category, text */
	size_t nfinding;
	struct texts strengths, uncovered, not_checked;
};

/* Joins the reports of the reviewers that succeeded, in any order: the result is the same bytes.
 * n may be 1: it stands as it is (no lone rule). n 0 is AGGREGATE_NO. Strings in a. */
void aggregate_reviews(struct aggregate *out, const struct review *r, size_t n, struct arena *a);
/* The seed's fast path (review.aggregate=fastpath): all approve and nobody has a Critical or
 * Important finding. */
bool aggregate_unanimous(const struct review *r, size_t n);
const char *aggregate_word(enum aggregate_word w);	/* "YES" "WITH_FIXES" "NO" */
/* The report: Strengths, Issues by severity with provenance, Uncovered Paths, Not Checked,
 * Assessment. Appends. */
void aggregate_write(const struct aggregate *g, struct buf *out);

#endif
