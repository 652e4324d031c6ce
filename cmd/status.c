/* cmd/status.c - bdw status: as bd the overview of all issues, as bdw the newest run when there
 * ever was one (decisions B10) */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/runs.h"
#include "cmd/stats.h"
#include "core/rundir.h"
#include "store/store.h"

/* A run is shown to those who call it bdw and ask for nothing of the overview. */
static int show_run(struct ctx *c, int argc, char **argv)
{
	const char *run = NULL;
	const struct opt opts[] = {
		{ 0, "run", OPT_STR, &run, "<run>", "this run (default: the newest)", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0)
		runs_show_status(c, run, &rc);
	return rc;
}

/* Is there a run? Looked at before the flags are parsed, because they differ: the store is
 * opened only to look. */
static bool any_run(struct ctx *c)
{
	STRS_AUTO runs = { 0 };
	struct store *s = NULL;

	if (c->bd || store_open(&s, c->dir, c->db, STORE_NO_SETUP | STORE_READ_ONLY, NULL) < 0)
		return false;
	run_list(s, &runs);
	store_close(s);
	return runs.n > 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "--assigned") || !strcmp(argv[i], "--no-activity") ||
		    !strcmp(argv[i], "--all"))
			return stats_run(c, argc, argv);
	return any_run(c) ? show_run(c, argc, argv) : stats_run(c, argc, argv);
}

const struct cmd cmd_status = {
	.name = "status", .brief = "Show how far the run is, or all issues where there was none",
	.example = "status --json", .group = GROUP_VIEWS, .need = NEED_STORE, .run = run,
};
