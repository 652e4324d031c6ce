/* cmd/trust.h - refusing to run what nobody approved */
#ifndef CMD_TRUST_H
#define CMD_TRUST_H
struct config; struct ctx; struct trust_list;

/* 0 when every file that asks for approval has it; items gets them as they were read, and is the
 * caller's: trust_list_free(). Else shows each difference on stderr: ERR_UNTRUSTED. */
int trust_require(struct ctx *c, const struct config *cfg, struct trust_list *items);

#endif
