/* cmd/beads.c - the folder .beads: what is written there for programs made for bd, and read */
#include "cmd/beads.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/export.h"
#include "cmd/out.h"
#include "cmd/outfile.h"
#include "core/settings.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/proc.h"
#include "store/base/text.h"
#include "store/bdconf.h"
#include "store/jsonl.h"
#include "store/store.h"
#include "store/view.h"

/* The name of a file below .beads. */
static int name_of(struct ctx *c, const char *key, const char **name)
{
	const char *set = settings_get(cmd_settings(c), key);

	*name = set ? set : "issues.jsonl";
	if (**name && text_path_inside(*name))
		return 0;
	return err_set(&c->err, ERR_USAGE, "%s = '%s' leads out of .beads", key, *name);
}

static const char *path_of(struct ctx *c, const char *name)
{
	const char *top = store_paths(c->store)->worktree;

	return arena_printf(&c->arena, "%s/.beads/%s", *top ? top : ".", name);
}

int beads_import_file(struct ctx *c, const char **file)
{
	bool own = settings_get(cmd_settings(c), "import.path");
	const char *name;
	int rc = name_of(c, own ? "import.path" : "export.path", &name);

	if (rc == 0)
		*file = path_of(c, name);
	return rc;
}

/* A file that git ignores, or of another work tree, stays out: not worth a word. A hook runs where
 * the commit does and in its environment, whose index is the one. */
static void stage(struct ctx *c, const char *file, bool hook)
{
	char *argv[] = { "git", "add", "--", (char *)file, NULL };
	STRS_AUTO env = { 0 };
	struct proc p = { .argv = argv };

	if (!settings_true(cmd_settings(c), "export.git-add") ||
	    settings_true(cmd_settings(c), "no-git-ops"))
		return;
	if (!hook) {
		proc_git_env(&env);
		p.env = env.v;
		p.cwd = store_paths(c->store)->worktree;
	}
	proc_run(&p, NULL, NULL, NULL);
}

static void write_state(int dir, size_t issues)
{
	BUF_AUTO state = BUF_INIT;
	char now[CLOCK_TEXT];

	buf_addf(&state, "{\"timestamp\":\"%s\",\"issues\":%zu,\"memories\":0}",
		 clock_format_us(clock_now_us(), now), issues);
	fsx_write_atomic(dir, "export-state.json", state.s, state.len, 0600, 0, NULL);
}

static int write_file(struct ctx *c, const struct jsonl_opts *lines, bool hook)
{
	const char *name;
	struct outfile out;
	struct view *v = NULL;
	size_t n;
	int dir = -1, rc = name_of(c, "export.path", &name);

	if (rc < 0)
		return rc;
	if (*store_paths(c->store)->worktree)
		dir = open(path_of(c, ""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(&c->err, ERR_NOTFOUND, "there is no .beads folder to export to "
						      "(`%s init --beads` makes one)",
			       c->prog);
	if ((rc = view_open(&v, c->store, 0, &c->err)) == 0 &&
	    (rc = outfile_open_at(&out, c, dir, name, 0600)) == 0) {
		n = export_issues(v, false, lines, &out);
		if ((rc = outfile_close(&out, c, 0)) == 0)
			write_state(dir, n);
	}
	view_close(v);
	close(dir);
	if (rc == 0)
		stage(c, path_of(c, name), hook);
	return rc;
}

int beads_write(struct ctx *c, const struct jsonl_opts *lines)
{
	return write_file(c, lines, false);
}

static void export_when(struct ctx *c, bool hook)
{
	const struct jsonl_opts lines = { .int_comment_ids = export_numbers(c, NULL) };
	const struct err before = c->err;

	if (!settings_true(cmd_settings(c), "export.auto"))
		return;
	if (write_file(c, &lines, hook) < 0 && c->err.code != ERR_NOTFOUND)
		out_warn(c, "warning: export.auto: %s", c->err.msg);
	c->err = before;	/* the change itself is made */
}

void beads_export(struct ctx *c)
{
	if (text_true(bdconf_get(c->bdconf, "git-hook")))
		return;		/* a hook of bd's: the commit has its files already */
	export_when(c, false);
}

void beads_commit(struct ctx *c)
{
	char *argv[] = { "git", "diff", "--cached", "--quiet", "--", ":/.beads", NULL };

	if (settings_true(cmd_settings(c), "export.auto") &&
	    proc_run(&(struct proc){ .argv = argv }, NULL, NULL, NULL) == 1)
		export_when(c, true);
}
