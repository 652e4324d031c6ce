/* cmd/as_of.h - issues as they were: --as-of */
#ifndef CMD_AS_OF_H
#define CMD_AS_OF_H
struct ctx;

/* Makes cmd_view() answer the issues as of a commit of their branch ("80b855d6", "beadwave~3")
 * or of a time ("2026-11-21", "yesterday"). ERR_NOTFOUND: neither, or from before the first
 * issue. */
int as_of(struct ctx *c, const char *when);

#endif
