/* cmd/help.c - usage, -h, the overview: all from the command table and the option tables */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"

static bool is_empty(const struct opt *opts)
{
	for (; opts->letter || opts->name; opts++)
		if (!(opts->flags & OPT_HIDDEN))
			return false;
	return true;
}

static void add_subcommands(const struct cmd *cmd, struct buf *out)
{
	size_t width = 0;

	for (const struct cmd *const *s = cmd->subs; *s; s++)
		if (strlen((*s)->name) > width)
			width = strlen((*s)->name);
	buf_adds(out, "\nAvailable Commands:\n");
	for (const struct cmd *const *s = cmd->subs; *s; s++)
		if (!((*s)->flags & CMD_HIDDEN))
			buf_addf(out, "  %-*s  %s\n", (int)width, (*s)->name, (*s)->brief);
}

void help_usage(struct ctx *c, const struct cmd *cmd, const struct opt *opts, struct buf *out)
{
	struct opt globals[GLOBAL_OPTS];

	buf_adds(out, "Usage:\n");
	if (cmd->run || !cmd->subs)
		buf_addf(out, "  %s %s%s%s [flags]\n", c->prog, c->path, cmd->args ? " " : "",
			 cmd->args ? cmd->args : "");
	if (cmd->subs)
		buf_addf(out, "  %s %s [command]\n", c->prog, c->path);
	if (cmd->aliases) {
		buf_addf(out, "\nAliases:\n  %s", cmd->name);
		for (const char *s = cmd->aliases; *s; s++)
			buf_addf(out, "%s%c", s == cmd->aliases || s[-1] == ' ' ? ", " : "", *s);
		buf_addc(out, '\n');
	}
	if (cmd->example) {
		buf_adds(out, "\nExamples:\n");
		for (const char *s = cmd->example, *end; *s; s = *end ? end + 1 : end) {
			end = strchrnul(s, '\n');
			buf_addf(out, "  %s %.*s\n", c->prog, (int)(end - s), s);
		}
	}
	if (cmd->subs)
		add_subcommands(cmd, out);
	if (!is_empty(opts)) {
		buf_adds(out, "\nFlags:\n");
		opt_help(opts, out);
	}
	cmd_global_opts(c, globals);
	buf_adds(out, "\nGlobal Flags:\n");
	opt_help(globals, out);
}

void help_command(struct ctx *c, const struct cmd *cmd, const struct opt *opts, struct buf *out)
{
	buf_addf(out, "%s\n\n", cmd->brief);
	if (cmd->help)
		buf_addf(out, "%s\n\n", cmd->help);
	help_usage(c, cmd, opts, out);
}

void help_overview(struct ctx *c, struct buf *out)
{
	static const char *const titles[GROUP_N] = {
		[GROUP_ISSUES] = "Working With Issues", [GROUP_VIEWS] = "Views & Reports",
		[GROUP_DEPS] = "Dependencies & Structure", [GROUP_RUN] = "Running Agents",
		[GROUP_DATA] = "Sync & Data", [GROUP_SETUP] = "Setup & Configuration",
	};
	struct opt globals[GLOBAL_OPTS];

	buf_addf(out, "beadwave: issues as files in git, and a scheduler that has agents work on "
		      "them.\n\n"
		 "Usage:\n  %s [flags]\n  %s [command]\n\nAvailable Commands:\n", c->prog, c->prog);
	for (int g = 0; g < GROUP_N; g++) {
		bool any = false;

		for (const struct cmd *const *p = cmd_table; *p; p++) {
			if ((int)(*p)->group != g || ((*p)->flags & CMD_HIDDEN))
				continue;
			if (!any)
				buf_addf(out, "\n%s:\n", titles[g]);
			any = true;
			buf_addf(out, "  %-15s %s\n", (*p)->name, (*p)->brief);
		}
	}
	cmd_global_opts(c, globals);
	buf_adds(out, "\nFlags:\n");
	opt_help(globals, out);
	buf_addf(out,
		 "\nUse \"%s [command] --help\" for more information about a command.\n", c->prog);
}
