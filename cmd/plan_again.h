/* cmd/plan_again.h - a Markdown plan that was imported before: which issues are its, and what
 * changed in it since */
#ifndef CMD_PLAN_AGAIN_H
#define CMD_PLAN_AGAIN_H
#include <stdbool.h>
#include <stddef.h>
struct arena; struct err; struct issue; struct life; struct plan_import; struct plan_task;
struct strs; struct txn; struct view;

/* Notes in an issue's metadata which task of a plan it was made from, and a sum of its text: what
 * a person edits in the issue later is told from what is edited in the plan. ERR_USAGE: the
 * issue's metadata is no object. */
int plan_mark(struct issue *is, const struct plan_import *p, const struct plan_task *t,
	      struct arena *a, struct err *e);
/* The epic that was made from a plan of this title, one that is open first; NULL: none. */
const char *plan_find_epic(const struct view *v, struct txn *t, const char *title, struct arena *a);
/* ids[i]: the child of the epic that was made from task i, by its title, else by its number; NULL:
 * none. Children made from tasks that the plan has no more, and that are not closed: *gone. */
struct plan_gone { const char **v; size_t n; };
void plan_find_tasks(const struct view *v, struct txn *t, const char *epic,
		     const struct plan_import *p, const char **ids, struct plan_gone *gone,
		     struct arena *a);
/* Brings an issue to what the plan says now, where that has changed since it was imported: title,
 * texts, the plan's own labels and what it waits for among the plan's tasks (ids). Its status, and
 * all that the plan does not speak of, stay. *changed: there was something to do. An edge that is
 * refused is said in warnings. */
int plan_update(struct life *l, const char *id, const struct plan_import *p,
		const struct plan_task *t, const char *const *ids, bool *changed,
		struct strs *warnings, struct err *e);

#endif
