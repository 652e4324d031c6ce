/* cmd/dolt.c - bd dolt commit, push, pull, show, status: scripts and tools made for bd call
 * them; nothing is to be done */
#include "cmd/cmd.h"
#include "cmd/json.h"
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
	return say(c, argc, argv,
		   c->bd ? "Pushing to Dolt remote...\nNo remote is configured — skipping." :
		   "Nothing to push: issues are on a git branch of their own.");
}

static int run_pull(struct ctx *c, int argc, char **argv)
{
	return say(c, argc, argv, "Nothing to pull: issues are on a git branch of their own.");
}

/* Editors ask whether there is a server to talk to, or whether all goes through this program
 * ("embedded"). */
static int answer(struct ctx *c, int argc, char **argv, const char *text, const char *json)
{
	const struct opt opts[] = { { 0 } };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && c->json)
		json_print(c, json);
	else if (rc == 0)
		out_text(c, "%s\n", text);
	return rc;
}

static int run_show(struct ctx *c, int argc, char **argv)
{
	return answer(c, argc, argv, "Backend: git (beadwave)\nMode: embedded, without a server",
		      "{\"backend\":\"git\",\"embedded\":true,\"mode\":\"embedded\"}");
}

static int run_status(struct ctx *c, int argc, char **argv)
{
	return answer(c, argc, argv,
		      "There is no server, and none is needed: issues are files on a git branch.",
		      "{\"embedded\":true,\"running\":false}");
}

static const struct cmd dolt_commit = {
	.name = "commit", .brief = "Does nothing: every change is committed as it is made",
	.example = "dolt commit", .group = GROUP_DATA, .max_args = -1, .run = run_commit,
}, dolt_push = {
	.name = "push", .brief = "Does nothing", .example = "dolt push", .group = GROUP_DATA,
	.max_args = -1, .run = run_push,
}, dolt_pull = {
	.name = "pull", .brief = "Does nothing", .example = "dolt pull", .group = GROUP_DATA,
	.max_args = -1, .run = run_pull,
}, dolt_show = {
	.name = "show", .brief = "Says that there is no server", .example = "dolt show --json",
	.group = GROUP_DATA, .run = run_show,
}, dolt_status = {
	.name = "status", .brief = "Says that there is no server", .example = "dolt status",
	.group = GROUP_DATA, .run = run_status,
};
static const struct cmd *const subs[] = { &dolt_commit, &dolt_pull, &dolt_push, &dolt_show,
					  &dolt_status, NULL };

const struct cmd cmd_dolt = {
	.name = "dolt", .brief = "Words of bd that need no doing here", .example = "dolt commit",
	.group = GROUP_DATA, .flags = CMD_HIDDEN, .subs = subs,
};
