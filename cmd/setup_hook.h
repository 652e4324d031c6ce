/* cmd/setup_hook.h - the session-start hook in an agent's settings file (Claude Code's form,
 * which others took over) */
#ifndef CMD_SETUP_HOOK_H
#define CMD_SETUP_HOOK_H
#include <stdbool.h>
struct buf; struct err;

/*
 * Appends to out the settings in text ("": none yet) with one hook that runs command, or, with
 * NULL, without any of ours: those whose command is `bdw prime` or `bd prime`. What else stands
 * there stays, in its order; out is empty when nothing is left. ERR_PARSE: it is no JSON object,
 * or its hooks are not what they should be.
 */
int setup_hook_edit(const struct buf *text, const char *command, struct buf *out, struct err *e);

#endif
