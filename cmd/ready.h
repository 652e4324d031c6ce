/* cmd/ready.h - what ready.c and ready_explain.c share */
#ifndef CMD_READY_H
#define CMD_READY_H
struct board_list; struct ctx; struct look;

/* Prints why each of the list is ready, why the blocked ones are not, and cycles (ready
 * --explain). */
void ready_explain(struct ctx *c, const struct look *l, const struct board_list *list);

#endif
