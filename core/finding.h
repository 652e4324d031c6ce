/* core/finding.h - what a reviewer found, and the report it stands in (spec/pipeline.md 7.1,
 * 8.3) */
#ifndef CORE_FINDING_H
#define CORE_FINDING_H
#include <stdbool.h>
#include <stddef.h>
#include "core/list.h"
struct buf;

/* a greater one is worse */
enum severity { SEV_SUGGESTION, SEV_MINOR, SEV_IMPORTANT, SEV_CRITICAL, SEV_N };
const char *severity_name(enum severity s);			/* "Critical" */
const char *severity_word(enum severity s);			/* "critical": JSON, settings */
/* The severity that [s,len) names in any case ("critical", "Important issues"); -1: none. */
int severity_parse(const char *s, size_t len);

/* Strings are never NULL; "" is absent. */
struct finding {
	enum severity severity;
	/* normalised; never "": by keywords of the text where nobody named one */
	const char *category;
	const char *file;
	long line;		/* 0: none */
	const char *text, *fix;
};

/* "Error_Handling" -> "error-handling", "naming" -> "style"; unknown names stay. In a. */
const char *category_normal(const char *s, size_t len, struct arena *a);
/* By keywords: security, data-loss, concurrency, error-handling, test-gap, requirement,
 * performance, style, other. */
const char *category_guess(const char *text);
/* A lone finding of such a category keeps its severity, and a reviewer who did not look at it
 * cannot approve. */
bool category_protected(const char *category);

/* What a report in Markdown says: findings under "### Critical" ... (or with "[Critical]" in
 * front), and the lists that an aggregation joins. "(none)" and "None" are nothing. */
struct report {
	struct finding *finding;
	size_t nfinding;
	struct texts strengths, uncovered, not_checked;
};
/* Never fails; text that is no report has no findings. untagged: the severity of items under "##
 * Findings" that name none (a spec reviewer's), or -1: they are no findings. Strings in a. */
void report_parse(struct report *out, const char *s, size_t n, int untagged, struct arena *a);

/* Splits "text — file:line" (also " - ", " -- ", "(file:line)", or "`file:line` — text") into
 * text and place. */
void finding_place(struct finding *f, const char *s, size_t n, struct arena *a);
/* "no null check — a.c:40", one line. */
void finding_write(const struct finding *f, struct buf *out);
/* A list for a prompt: "- Critical: text — file:line" and an indented "Fix: ..." where there is
 * one. */
void findings_write(const struct finding *f, size_t n, struct buf *out);

#endif
