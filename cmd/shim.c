/* cmd/shim.c - bdw shim FOLDER: keeps the agent of one attempt; started by executors, not by
 * people */
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "core/shim.h"

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (strcmp(argv[0], "-") && access(argv[0], W_OK | X_OK) < 0)
		return err_errno(&c->err, "cannot use attempt folder '%s'", argv[0]);
	return shim_main(argv[0]);
}

const struct cmd cmd_shim = {
	.name = "shim", .args = "<folder>", .brief = "Start and keep the agent of one attempt",
	.group = GROUP_RUN, .flags = CMD_OWN | CMD_HIDDEN, .min_args = 1, .max_args = 1, .run = run,
};
