/* cmd/plan_create.h - issues from a Markdown plan: `import plan.md`, `create -f plan.md` */
#ifndef CMD_PLAN_CREATE_H
#define CMD_PLAN_CREATE_H
#include <stdbool.h>
#include <stddef.h>
#include "store/base/buf.h"
struct ctx; struct issue;

/* What was made, in c->arena. */
struct plan_made {
	const struct issue *epic;	/* NULL: the text names none */
	const struct issue **issue;	/* in the order of the text, without the epic */
	size_t n;
	bool again;			/* its epic was there: of the issues and it ... */
	size_t created, updated;	/* ... the others are as the plan says already */
};
enum plan_how {
	PLAN_DRY = 1 << 0,	/* only checked, nothing is written */
	PLAN_AGAIN = 1 << 1,	/* a plan that was imported before is brought up to date */
};
/* Creates all the issues a text describes in one transaction, or none. A text with "### Task N"
 * headings is a plan (an epic and its children), any other is in bd's form. source is for
 * messages. Warnings are printed. */
int plan_create(struct ctx *c, const char *source, const struct buf *text, unsigned how,
		struct plan_made *made);

#endif
