/* cmd/help_cmd.c - bdw help [COMMAND...] */
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	BUF_AUTO text = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);
	char **words;

	if (rc != 0)
		return rc;
	if (argc == 0) {
		help_overview(c, &text);
		out_text(c, "%s", text.s);
		return 0;
	}
	/* the command itself knows its options: ask it for -h */
	words = xcalloc((size_t)argc + 2, sizeof(*words));
	for (int i = 0; i < argc; i++)
		words[i] = argv[i];
	words[argc] = "--help";
	c->cmd = NULL;
	c->path[0] = 0;
	rc = cmd_dispatch(c, argc + 1, words);
	free(words);
	return rc;
}

const struct cmd cmd_help = {
	.name = "help", .args = "[command]", .brief = "Help about any command",
	.example = "help create", .group = GROUP_SETUP, .max_args = -1, .run = run,
};
