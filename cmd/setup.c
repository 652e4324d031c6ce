/* cmd/setup.c - bdw setup RECIPE: tells a coding agent about the issues, by a marked block in the file it reads */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/block.h"
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/store.h"

static const struct recipe { const char *name, *file, *head; } recipes[] = {
	{ "aider", "CONVENTIONS.md", "" },
	{ "claude", "CLAUDE.md", "" },
	{ "codex", "AGENTS.md", "" },
	{ "cursor", ".cursor/rules/beadwave.mdc", "---\ndescription: issue tracking\nalwaysApply: true\n---\n" },
	{ "gemini", "GEMINI.md", "" },
};
enum { NRECIPES = sizeof(recipes) / sizeof(recipes[0]), FILE_MODE = 0644, DIR_MODE = 0755 };

static const struct block marks = {
	.begin = "<!-- BEGIN BEADWAVE INTEGRATION -->", .end = "<!-- END BEADWAVE INTEGRATION -->",
};
static const char body[] =
	"## Issue tracking\n\n"
	"Issues of this project are kept with `bdw` (its other name is `bd`). Run `bdw prime` first: it tells how.\n\n"
	"- `bdw ready` - work that nothing blocks\n"
	"- `bdw show <id>` - all there is to know about it\n"
	"- `bdw update <id> --claim` - take it\n"
	"- `bdw create \"Title\" --deps discovered-from:<id>` - write down what turns up\n"
	"- `bdw close <id> --reason \"...\"` - it is done\n";

static const struct recipe *find(struct ctx *c, const char *name)
{
	const char *known[NRECIPES], *near;

	for (size_t i = 0; i < NRECIPES; i++) {
		if (!strcmp(recipes[i].name, name))
			return &recipes[i];
		known[i] = recipes[i].name;
	}
	near = text_nearest(name, known, NRECIPES);
	err_set(&c->err, ERR_USAGE, "unknown recipe '%s' (known: aider, claude, codex, cursor, gemini)", name);
	if (near)
		err_hint(&c->err, "did you mean '%s'?", near);
	return NULL;
}

/* 0: it stands there as it should; 1: it is missing or old. */
static int check(struct ctx *c, const struct recipe *r, const char *was, const char *wanted)
{
	bool same = !strcmp(was, wanted);

	if (same)
		out_done(c, "%s: installed in %s\n", r->name, r->file);
	else
		out_text(c, "✗ %s: not installed in %s\n", r->name, r->file);
	return same ? 0 : 1;
}

static int take_out(struct ctx *c, const struct recipe *r, const char *path, const char *was)
{
	BUF_AUTO now = BUF_INIT;
	int rc = 0;

	if (!block_remove(&marks, was, &now)) {
		out_text(c, "%s: nothing to remove in %s\n", r->name, r->file);
		return 0;
	}
	if (!strcmp(now.s, r->head))
		rc = unlink(path) < 0 ? err_errno(&c->err, "cannot remove %s", path) : 0;
	else
		rc = fsx_write_atomic(AT_FDCWD, path, now.s, now.len, FILE_MODE, 0, &c->err);
	if (rc == 0)
		out_done(c, "Removed the block from %s\n", r->file);
	return rc;
}

static int put_in(struct ctx *c, const struct recipe *r, const char *path, const char *was, const struct buf *now)
{
	int rc;

	if (!strcmp(was, now->s)) {
		out_text(c, "%s is up to date\n", r->file);
		return 0;
	}
	if ((rc = fsx_mkparent(AT_FDCWD, path, DIR_MODE, &c->err)) < 0 ||
	    (rc = fsx_write_atomic(AT_FDCWD, path, now->s, now->len, FILE_MODE, 0, &c->err)) < 0)
		return rc;
	out_done(c, "Wrote a block to %s; it is yours to commit\n", r->file);
	return 0;
}

static int list_recipes(struct ctx *c)
{
	out_text(c, "Recipes:\n");
	for (size_t i = 0; i < NRECIPES; i++)
		out_text(c, "  %-8s %s\n", recipes[i].name, recipes[i].file);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	bool only_check = false, remove_it = false, print = false, list = false;
	const struct opt opts[] = {
		{ 0, "check", OPT_BOOL, &only_check, NULL, "exit 1 unless the block is there and current", 0 },
		{ 0, "remove", OPT_BOOL, &remove_it, NULL, "take the block out again", 0 },
		{ 0, "print", OPT_BOOL, &print, NULL, "print the text, change nothing", 0 },
		{ 0, "list", OPT_BOOL, &list, NULL, "list the recipes", 0 },
		{ 0 },
	};
	BUF_AUTO was = BUF_INIT;
	BUF_AUTO now = BUF_INIT;
	const struct recipe *r;
	const char *path;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (list || !argc)
		return list_recipes(c);
	if (!(r = find(c, argv[0])))
		return c->err.code;
	if (print) {
		out_text(c, "%s", body);
		return 0;
	}
	if (c->readonly && !only_check)
		return err_set(&c->err, ERR_REFUSED, "operation 'setup' is not allowed in read-only mode");
	path = arena_printf(&c->arena, "%s/%s", store_paths(c->store)->worktree, r->file);
	if ((rc = fsx_read(AT_FDCWD, path, &was, &c->err)) < 0 && rc != ERR_NOTFOUND)
		return rc;
	if (remove_it)
		return take_out(c, r, path, was.s);
	block_put(&marks, was.len ? was.s : r->head, was.len ? was.len : strlen(r->head), body, &now);
	return only_check ? check(c, r, was.s, now.s) : put_in(c, r, path, was.s, &now);
}

const struct cmd cmd_setup = {
	.name = "setup", .args = "[<recipe>]", .brief = "Tell a coding agent about the issues",
	.help = "Writes a marked block to the file that the agent reads (CLAUDE.md, AGENTS.md, ...). The rest of the file\n"
		"is not touched, and nothing is committed.",
	.example = "setup claude\nsetup codex --check", .group = GROUP_SETUP, .need = NEED_STORE | NEED_OPERATOR,
	.max_args = 1, .run = run,
};
