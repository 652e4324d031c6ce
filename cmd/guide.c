/* cmd/guide.c - bdw quickstart, onboard: where to begin */
#include "cmd/guide.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/render.h"
#include "store/base/buf.h"

void guide_fill(struct ctx *c, const char *text, struct buf *out)
{
	const char *at;

	for (; (at = strchr(text, '@')); text = at + 1) {
		buf_add(out, text, (size_t)(at - text));
		buf_adds(out, c->prog);
	}
	buf_adds(out, text);
}

static const char quickstart[] =
	"\n"
	"@ - Dependency-Aware issues as files in git, and a scheduler that has agents do them\n"
	"\n"
	"SET UP\n"
	"  @ init                          issues as files in .beadwave/, on a git branch of "
	"their own\n"
	"  @ init --prefix api             ids become api-1f3, api-9k2, ...\n"
	"\n"
	"WRITE DOWN WORK\n"
	"  @ create \"Fix login bug\"\n"
	"  @ create \"Add auth\" -p 0 -t feature -d \"What, and why\"\n"
	"  @ create \"Auth, all of it\" -t epic\n"
	"  @ create \"Write tests\" --parent api-1f3 --deps api-9k2\n"
	"\n"
	"LOOK\n"
	"  @ ready                         what can be done now\n"
	"  @ list                          everything open, as a tree\n"
	"  @ show api-1f3                  one issue, whole\n"
	"  @ blocked                       what waits, and for what\n"
	"  @ search login\n"
	"\n"
	"SAY WHAT WAITS FOR WHAT\n"
	"  @ dep add api-1f3 api-9k2       api-1f3 waits for api-9k2\n"
	"  @ dep tree api-1f3\n"
	"  @ graph api-1f3\n"
	"\n"
	"DO IT BY HAND\n"
	"  @ update api-1f3 --claim        yours, in progress\n"
	"  @ comments add api-1f3 \"Half way\"\n"
	"  @ close api-1f3 --reason \"Merged\"\n"
	"\n"
	"OR LET AGENTS DO IT\n"
	"  @ plan api-1f3                  waves, critical path, conflicts: nothing is started\n"
	"  @ run api-1f3 --agent claude    implement, review, test, merge, close\n"
	"  @ status                        how far it is\n"
	"\n"
	"Every command takes -h, and --json for programs.\n"
	"\n";

static const char onboard[] =
	"\n"
	"Put this into AGENTS.md (or CLAUDE.md, .github/copilot-instructions.md):\n"
	"\n"
	"--- BEGIN AGENTS.MD CONTENT ---\n"
	"## Issue Tracking\n"
	"\n"
	"This project keeps its issues with **@**. Run `@ prime` for how to work with it.\n"
	"\n"
	"- `@ ready` - work that nothing blocks\n"
	"- `@ create \"Title\" --type task --priority 2` - write down an issue\n"
	"- `@ update <id> --claim` - take it\n"
	"- `@ close <id> --reason \"...\"` - it is done\n"
	"--- END AGENTS.MD CONTENT ---\n"
	"\n"
	"The rest stays out of that file: `@ prime` prints it, always as the installed version "
	"works.\n"
	"A session-start hook can call `@ prime --hook-json`.\n"
	"\n";

static int print(struct ctx *c, const char *text, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	BUF_AUTO out = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	guide_fill(c, text, &out);
	render_print(c, &out, 1);
	return 0;
}

static int run_quickstart(struct ctx *c, int argc, char **argv)
{
	return print(c, quickstart, argc, argv);
}

static int run_onboard(struct ctx *c, int argc, char **argv)
{
	return print(c, onboard, argc, argv);
}

const struct cmd cmd_quickstart = {
	.name = "quickstart", .brief = "The tour: one page", .example = "quickstart",
	.group = GROUP_SETUP, .run = run_quickstart,
};
const struct cmd cmd_onboard = {
	.name = "onboard", .brief = "Print the lines to put into AGENTS.md", .example = "onboard",
	.group = GROUP_SETUP, .run = run_onboard,
};
