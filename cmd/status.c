/* cmd/status.c - bdw status: as bd the overview of all issues (decisions B10) */
#include "cmd/cmd.h"
#include "cmd/stats.h"

/* Called as bdw, a run that exists is what is asked for: it goes here, before the overview. */
static int run(struct ctx *c, int argc, char **argv)
{
	return stats_run(c, argc, argv);
}

const struct cmd cmd_status = {
	.name = "status", .brief = "Show how far it is", .example = "status --json", .group = GROUP_VIEWS,
	.need = NEED_STORE, .run = run,
};
