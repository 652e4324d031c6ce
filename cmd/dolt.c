/* cmd/dolt.c - bd dolt commit, push, pull: scripts made for bd call them, and there is nothing to do */
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"

static int say(struct ctx *c, int argc, char **argv, const char *text)
{
	const char *ignored = NULL;
	const struct opt opts[] = {
		{ 'm', "message", OPT_STR, &ignored, "<text>", NULL, OPT_HIDDEN },
		{ 0, "remote", OPT_STR, &ignored, "<name>", NULL, OPT_HIDDEN },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0)
		out_text(c, "%s\n", text);
	return rc;
}

static int run_commit(struct ctx *c, int argc, char **argv)
{
	return say(c, argc, argv, "Nothing to commit.");
}

static int run_push(struct ctx *c, int argc, char **argv)
{
	return say(c, argc, argv, c->bd ? "Pushing to Dolt remote...\nNo remote is configured — skipping." :
		   "Nothing to push: issues are on a git branch of their own.");
}

static int run_pull(struct ctx *c, int argc, char **argv)
{
	return say(c, argc, argv, "Nothing to pull: issues are on a git branch of their own.");
}

static const struct cmd dolt_commit = {
	.name = "commit", .brief = "Does nothing: every change is committed as it is made", .example = "dolt commit",
	.group = GROUP_DATA, .max_args = -1, .run = run_commit,
}, dolt_push = {
	.name = "push", .brief = "Does nothing", .example = "dolt push", .group = GROUP_DATA, .max_args = -1,
	.run = run_push,
}, dolt_pull = {
	.name = "pull", .brief = "Does nothing", .example = "dolt pull", .group = GROUP_DATA, .max_args = -1,
	.run = run_pull,
};
static const struct cmd *const subs[] = { &dolt_commit, &dolt_pull, &dolt_push, NULL };

const struct cmd cmd_dolt = {
	.name = "dolt", .brief = "Words of bd that need no doing here", .example = "dolt commit", .group = GROUP_DATA,
	.flags = CMD_HIDDEN, .subs = subs,
};
