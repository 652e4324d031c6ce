/* cmd/create.h - the ways to create issues from the command line */
#ifndef CMD_CREATE_H
#define CMD_CREATE_H
#include <stdbool.h>
struct ctx; struct issue; struct life_new;

/* One issue in a transaction of its own; *out lives in c->arena (dry: it is n->fields, checked).
 * Warnings are printed after the commit. */
int create_one(struct ctx *c, const struct life_new *n, bool dry, const struct issue **out);
/* An ISSUE just made: sorted keys, schema_version, times with their fraction. */
void create_print_json(struct ctx *c, const struct issue *is);

/* create -f plan.md: each "## Title" an issue, "### Priority", "### Labels", ... its fields
 * (spec/cli.md 5). silent: only ids, one a line. */
int create_from_markdown(struct ctx *c, const char *file, bool dry, bool silent);
/* create --graph plan.json: {"nodes": [...], "edges": [...]}, all or nothing. */
int create_from_graph(struct ctx *c, const char *file, bool dry, bool silent);

#endif
