/* core/planmd.h - Markdown plans made issues: the plan form (spec/pipeline.md 12) and bd's
 * `create -f` (spec/cli.md) */
#ifndef CORE_PLANMD_H
#define CORE_PLANMD_H
#include <stdbool.h>
#include <stddef.h>
#include "core/files.h"

/* Strings are never NULL, "" is absent. */
struct plan_task {
	const char *title;
	/* Markdown; the plan's Global Constraints stand in front of it */
	const char *body;
	const char *design, *acceptance, *assignee, *type;	/* type "" : the caller's default */
	int priority;			/* -1: not said */
	long number;			/* N of "Task N"; 0 in bd's form */
	/* "complexity:simple", "phase:2"; in their order, each once */
	struct texts labels;
	struct texts depends;		/* bd's form: "test-aa1", "blocks:x" as they stand there */
	/* plan form: indices of tasks it waits for, ascending, each once */
	size_t *dep;
	size_t ndep;
	struct files files;
};

struct plan_import {
	/* plan form: title from the H1, priority 1; title "" when there is none */
	struct plan_task epic;
	struct plan_task *task;
	size_t ntask;
	/* "line 12: Task 3 depends on Task 7, which does not exist" */
	struct texts warnings;
};

/*
 * "# Title", header labels, "## Success Criteria" (its check boxes are the epic's acceptance),
 * "## Global Constraints", "## Phase N: ..." or "## Stage N: ..." (labels), "### Task N: name"
 * with **Depends on:**, **Complexity:** and **Files:**. A plan with phases in which no task says
 * what it depends on is of the old kind: each phase waits for all of the one before. Never
 * fails; a plan without tasks is an epic only. Strings in a.
 */
void planmd_parse(struct plan_import *out, const char *s, size_t n, struct arena *a);
/* bd's form: each "## Title" is an issue, with ### Priority, Type, Description, Design,
 * Acceptance Criteria, Assignee, Labels, Dependencies; text before the first ### is description,
 * other ### sections stay in it. */
void planmd_parse_bd(struct plan_import *out, const char *s, size_t n, struct arena *a);
/* Does the text have "### Task N" headings? Then `import` reads it as a plan, else in bd's form. */
bool planmd_is_plan(const char *s, size_t n);

#endif
