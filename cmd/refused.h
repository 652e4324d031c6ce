/* cmd/refused.h - what bd can and this program leaves out */
#ifndef CMD_REFUSED_H
#define CMD_REFUSED_H

/* What to use in place of a command of bd that is left out on purpose; NULL when name is not
 * one. */
const char *refused_instead(const char *name);
/* The same for a long flag, without its dashes. */
const char *refused_flag(const char *name);

#endif
