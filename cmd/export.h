/* cmd/export.h - JSONL out */
#ifndef CMD_EXPORT_H
#define CMD_EXPORT_H
#include <stdbool.h>
#include <stddef.h>
struct ctx; struct jsonl_opts; struct outfile; struct view;

/* Writes every issue as a line; infra: also those that bd keeps for itself. How many. */
size_t export_issues(const struct view *v, bool infra, const struct jsonl_opts *o,
		     struct outfile *out);
/* Are comment ids numbers? kind: what --comment-ids says, NULL: config export.comment-ids. */
bool export_numbers(struct ctx *c, const char *kind);

#endif
