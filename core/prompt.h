/*
 * core/prompt.h - what an agent is told (spec/pipeline.md 5 and 8, spec/scheduling.md
 * F001-43..53, decisions D1)
 *
 * A prompt is a template with {placeholders}: a built-in one for each role, or
 * .beadwave/prompt/ROLE.md. A placeholder that stands alone on its line may be a whole section;
 * when there is nothing to say it vanishes with its line and the blank line behind it. The same
 * input gives the same bytes.
 *
 * Issues come from strangers, and agents echo what they read. So lines of embedded text that
 * would be an answer (VERDICT:, the marker, a json block, a verdict heading, <usage>) are quoted
 * with "> ", and the questions themselves are written so that core/result.h takes an echo of
 * them for no answer.
 */
#ifndef CORE_PROMPT_H
#define CORE_PROMPT_H
#include <stddef.h>
#include "core/files.h"
struct buf; struct err;

/* Strings may be NULL or "" where there is nothing to say. All borrowed. */
struct prompt_input {
	/* impl spec code agg gate refine verify simplify preflight */
	const char *role;
	const char *template;		/* .beadwave/prompt/ROLE.md; NULL: the built-in one */

	/* the issue; its sections ## Spec, ## Functions, ## Patterns and ## Files become
	 * sections of the prompt */
	const char *id, *title, *type;
	const char *description, *design, *acceptance, *notes;
	const char *epic_id, *epic_title, *epic_body;	/* its epic: goal, key decisions */
	struct texts dependencies;	/* closed issues it built upon: "e.1 Lexer: 1a2b3c4" */
	struct texts comments;		/* what people wrote on the issue, oldest first */
	struct texts history;		/* wave summaries of the epic, oldest first */

	const char *product, *tech_stack, *branch;	/* [project] product, tech_stack, target */
	const char *run, *worktree, *model;
	const char *base, *head;	/* commits of the change, hex */
	const char *test_command;	/* what bdw runs on the merge candidate */
	long attempt;
	int wave;			/* 0: not in a wave */
	struct texts concurrent;	/* what runs beside it: "e.2 Title" */
	const struct files_owner *wave_map;	/* of the issues of the wave, this one among them */
	size_t nwave_map;

	int reviewer, reviewers;	/* code reviews: i of N; 0 otherwise */
	/* for a spec reviewer: the implementer's, and paths nobody lists */
	const char *concerns;
	/* agg: reviews; verify: results of the children; preflight: the issues */
	struct texts reports;
	double threshold;		/* gate */

	/* why it is asked again: "" first, "fix", "context", "blocked", "correction",
	 * "continue", "conflict", "test" */
	const char *why;
	/* findings; blocker; summary of work that is there; conflict; failing output */
	const char *feedback;
	const char *context;		/* what was found for "context" and "blocked" */
	const char *ours, *theirs;	/* "conflict": the side and the other one */
};

/* Appends the prompt. ERR_NOTFOUND: no template for this role. */
int prompt_build(const struct prompt_input *in, struct buf *out, struct err *e);
/* The built-in template; NULL: no such role. */
const char *prompt_builtin(const char *role);
/* Looks for placeholders that do not exist. ERR_PARSE: "line 3: unknown placeholder '{tittle}';
 * did you mean ...". */
int prompt_check(const char *template, struct err *e);

#endif
