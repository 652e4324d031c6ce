/* cmd/close.h - close --claim-next */
#ifndef CMD_CLOSE_H
#define CMD_CLOSE_H
struct ctx; struct issue;

/* Claims the first ready issue for the actor, in a transaction of its own. *out (in c->arena) is
 * NULL when nothing is ready. */
int close_claim_next(struct ctx *c, const struct issue **out);

#endif
