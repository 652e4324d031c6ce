/* cmd/trust.h - refusing to run what nobody approved */
#ifndef CMD_TRUST_H
#define CMD_TRUST_H
struct config; struct ctx;

/* 0 when every file that names a command is approved; else shows each difference on stderr:
 * ERR_UNTRUSTED. */
int trust_require(struct ctx *c, const struct config *cfg);

#endif
