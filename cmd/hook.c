/* cmd/hook.c - bdw hook NAME: what the git hooks call */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"

/* A wave must not start a wave: inside a run it leaves at once (decisions A12). Outside one there is nothing for it to do
 * unless settings say so. */
static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };

	if (getenv("BDW_RUN"))
		return 0;
	return cmd_begin(c, opts, &argc, argv);
}

const struct cmd cmd_hook = {
	.name = "hook", .args = "<name> [<arg>]...", .brief = "Called by git hooks", .example = "hook post-commit",
	.group = GROUP_RUN, .flags = CMD_OWN, .min_args = 1, .max_args = -1, .run = run,
};
