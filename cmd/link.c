/* cmd/link.c - bdw link: dep add in one word */
#include "cmd/cmd.h"
#include "cmd/dep.h"
#include "cmd/opt.h"

static int run(struct ctx *c, int argc, char **argv)
{
	const char *type = "blocks";
	const struct opt opts[] = {
		{ 't', "type", OPT_STR, &type, "<type>",
		  "blocks (default), related, discovered-from, ...", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : dep_add_edge(c, argv[0], argv[1], type, true, DEP_LINKED);
}

const struct cmd cmd_link = {
	.name = "link", .args = "<id> <depends-on-id>",
	.brief = "Link two issues with a dependency",
	.example = "link demo-4f2a demo-91c2 --type related", .group = GROUP_DEPS,
	.need = NEED_STORE | NEED_WRITE, .min_args = 2, .max_args = 2, .run = run,
};
