/* core/verdict.h - the words by which roles answer in text (spec/pipeline.md 8, decisions B13) */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H
#include <stdbool.h>
#include <stddef.h>
#include "core/finding.h"

/* What a word says, whichever role says it. */
enum meaning {
	MEANS_NOTHING,		/* no word of this role */
	MEANS_PASS,		/* DONE PASS APPROVE YES CLEAN; pass, success */
	MEANS_CONCERNS,		/* DONE_WITH_CONCERNS */
	MEANS_FIXES,		/* WITH_FIXES: passes when nothing serious is found */
	MEANS_REJECT,		/* a reviewer's FAIL, REJECT, NO, REFINE, CONFLICT */
	MEANS_FAIL,		/* fail, failed of somebody who should have done it */
	MEANS_NEEDS_CONTEXT,
	MEANS_BLOCKED,
	MEANS_CANNOT_VERIFY,
};

/* Is the role one of a list of words between blanks ("spec code")? */
bool verdict_role_in(const char *role, const char *list);

/* role: "impl", "spec", "code", "agg", "gate", "refine", "verify", "simplify", "preflight";
 * others have no words. */
enum meaning verdict_meaning(const char *role, const char *word);
/* As it stands behind "status" in a result object: also pass, fail, blocked, success, failed,
 * for every role. *word gets the role's own word for it ("DONE" for an implementer's "pass"). */
enum meaning verdict_status(const char *role, const char *status, const char **word);
/* Is it a word of any role, or one of those every role may use? */
bool verdict_word_known(const char *word);
/* "DONE|DONE_WITH_CONCERNS|NEEDS_CONTEXT|BLOCKED": for prompts. "" when the role has none. */
const char *verdict_words(const char *role);

enum verdict_state {
	VERDICT_NONE,		/* no verdict block */
	VERDICT_OK,
	VERDICT_MALFORMED,	/* the last block's word is none of this role */
};

struct verdict_pair { const char *a, *b, *reason; };

/* Strings are never NULL, "" is absent; numbers are -1 where nothing was said. */
struct verdict {
	const char *word;
	enum meaning meaning;
	size_t at;		/* offset of the block */
	const char *commit, *files, *scope, *concerns, *blocker, *issues;
	long count[SEV_N];	/* CRITICAL: n IMPORTANT: n MINOR: n SUGGESTION: n */
	long nissues;		/* ISSUES: n (...) */
	long tests_passed, tests_total, tests_exit;	/* TESTS: 12/12 pass, exit 0 */
	long approved, reviewers;			/* REVIEWERS: 2/3 */
	double score;					/* SCORE: 0.85, or 85% */
	struct verdict_pair *pair;			/* PAIR: a b reason */
	size_t npair;
};

/*
 * The last block that begins with "VERDICT: WORD" at the start of a line (an epic verifier's may
 * also be the heading "### Verdict: PASS", "FAIL" or "FAIL (CANNOT_VERIFY)"). A line that offers
 * a choice ("DONE|BLOCKED") is an echo of the question and no answer. Free text after a key goes
 * on until a blank line, a fence or the next key. Strings in a.
 */
enum verdict_state verdict_parse(struct verdict *out, const char *role, const char *s, size_t n,
				 struct arena *a);

#endif
