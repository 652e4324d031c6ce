/* cmd/list.h - the forms of `bdw list`; all append the issues of a list, in its order, to out */
#ifndef CMD_LIST_H
#define CMD_LIST_H
#include "core/query.h"
struct buf; struct ctx; struct err; struct look;

/* A forest: an issue stands below its first parent that is in the list too. */
void list_forest(struct ctx *c, struct buf *out, const struct look *l,
		 const struct board_list *list);
/* One line each, with what blocks it and what it blocks; full: some lines each. */
void list_flat(struct ctx *c, struct buf *out, const struct look *l, const struct board_list *list,
	       bool full);
/* A Graphviz graph of them and the edges between them. */
void list_dot(struct buf *out, const struct look *l, const struct board_list *list);
/* "A B" for each edge between them: input of digraph(1). */
void list_digraph(struct buf *out, const struct look *l, const struct board_list *list);
/* A line each: text with {{.ID}} {{.Title}} {{.Status}} {{.Priority}} {{.Type}} {{.Assignee}}
 * ... filled in. ERR_USAGE names an unknown field. */
int list_template(struct buf *out, const struct look *l, const struct board_list *list,
		  const char *text, struct err *e);

#endif
