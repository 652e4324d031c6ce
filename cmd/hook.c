/* cmd/hook.c - bdw hook NAME, and bd's word for it, hooks run NAME: what an installed git hook
 * calls */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/beads.h"
#include "cmd/cmd.h"
#include "cmd/import.h"
#include "cmd/opt.h"
#include "core/settings.h"
#include "store/base/proc.h"
#include "store/base/text.h"
#include "store/store.h"

/* prepare-commit-msg FILE [SOURCE]: says which agent made the commit. */
static int add_trailer(struct ctx *c, int argc, char **argv)
{
	const char *actor = getenv("BD_ACTOR");
	STRS_AUTO env = { 0 };
	struct proc p = { 0 };

	if (!actor || !*actor || argc < 2 || (argc > 2 && !strcmp(argv[2], "merge")))
		return 0;
	p.argv = (char *[]){ "git", "interpret-trailers", "--in-place", "--if-exists",
			     "doNothing", "--trailer",
				     (char *)arena_printf(&c->arena, "Executed-By: %s", actor),
					     argv[1], NULL };
	proc_git_env(&env);
	p.env = env.v;
	proc_run(&p, NULL, NULL, NULL);
	return 0;
}

/* import.auto: what git brought in .beads/issues.jsonl. */
static int import_auto(struct ctx *c)
{
	const char *file;
	struct import_result r = { 0 };
	BUF_AUTO text = BUF_INIT;
	int rc;

	if (!settings_true(cmd_settings(c), "import.auto") || !*store_paths(c->store)->worktree)
		return 0;
	if ((rc = beads_import_file(c, &file)) < 0 || access(file, F_OK) < 0)
		return rc;
	if ((rc = cmd_read_file(c, file, &text)) == 0)
		rc = import_lines(c, file, &text, false, false, &r);
	import_result_release(&r);
	return rc;
}

/* Whatever it hangs on: git goes on without it, and nothing is half done when it is killed. */
static void limit_time(void)
{
	const char *limit = getenv("BEADS_HOOK_TIMEOUT");
	long long seconds = 300;

	if (limit && text_int(limit, 1, 86400, &seconds) < 0)
		seconds = 300;
	alarm((unsigned)seconds);
}

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	int rc;

	if (getenv("BDW_RUN"))
		return 0;	/* a run's own commits start nothing: decisions A12 */
	limit_time();
	if ((rc = cmd_begin(c, opts, &argc, argv)) != 0)
		return rc;
	if (!strcmp(argv[0], "prepare-commit-msg"))
		return add_trailer(c, argc, argv);
	if (!c->store)
		return 0;
	if (!strcmp(argv[0], "pre-commit"))
		beads_commit(c);
	if (!strcmp(argv[0], "post-merge") ||
	    (!strcmp(argv[0], "post-checkout") && argc > 3 && !strcmp(argv[3], "1")))
		return import_auto(c);
	return 0;
}

const struct cmd cmd_hook = {
	.name = "hook", .args = "<name> [<arg>]...", .brief = "What an installed git hook calls",
	.help = "prepare-commit-msg adds the trailer Executed-By when BD_ACTOR is set; pre-commit "
		"exports where export.auto\n"
		"is true and the commit has part of .beads; post-merge and post-checkout import .beads/issues.jsonl where "
		"import.auto is. Inside a run,\n"
		"and where there is no store, it leaves at once.",
	.example = "hook post-merge", .group = GROUP_RUN, .need = NEED_STORE_MAYBE,
	.flags = CMD_OWN, .min_args = 1, .max_args = -1, .run = run,
};
const struct cmd cmd_hooks_run = {
	.name = "run", .args = "<name> [<arg>]...", .brief = "As `bdw hook`",
	.example = "hooks run pre-commit", .need = NEED_STORE_MAYBE, .min_args = 1, .max_args = -1,
	.run = run,
};
