/* cmd/dep.h - dependency commands: dep.c writes, dep_read.c reads */
#ifndef CMD_DEP_H
#define CMD_DEP_H
#include <stdbool.h>
struct cmd; struct ctx;

extern const struct cmd cmd_dep_cycles, cmd_dep_list, cmd_dep_tree;	/* dep_read.c */

enum dep_words { DEP_DEPENDS, DEP_BLOCKS, DEP_LINKED };	/* how the success line puts it */
/* from depends on to: resolves, checks, commits, prints. */
int dep_add_edge(struct ctx *c, const char *from, const char *to, const char *type,
		 bool check_cycle, enum dep_words words);

#endif
