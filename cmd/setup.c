/*
 * cmd/setup.c - bdw setup RECIPE: tells a coding agent about the issues
 *
 * A marked block goes into the file that the agent reads, and where it has session-start hooks
 * one that runs `bdw prime` goes into its settings. All else in these files stays.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/block.h"
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/setup_hook.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/store.h"

static const char rule[] = "---\ndescription: issue tracking\nalwaysApply: true\n---\n";

/* head: what a new file begins with; hooks: the settings file, the same below HOME, or NULL */
static const struct recipe { const char *name, *file, *head, *hooks; } recipes[] = {
	{ "aider", "CONVENTIONS.md", "", NULL },
	{ "claude", "CLAUDE.md", "", ".claude/settings.json" },
	{ "codex", "AGENTS.md", "", ".codex/hooks.json" },
	{ "copilot", ".github/copilot-instructions.md", "", NULL },
	{ "cursor", ".cursor/rules/beadwave.mdc", rule, NULL },
	{ "factory", "AGENTS.md", "", NULL },
	{ "gemini", "GEMINI.md", "", ".gemini/settings.json" },
	{ "junie", ".junie/guidelines.md", "", NULL },
	{ "kilocode", ".kilocode/rules/beadwave.md", "", NULL },
	{ "mux", "AGENTS.md", "", NULL },
	{ "opencode", "AGENTS.md", "", NULL },
	{ "windsurf", ".windsurf/rules/beadwave.md", "", NULL },
};
enum { NRECIPES = sizeof(recipes) / sizeof(recipes[0]), FILE_MODE = 0644, DIR_MODE = 0755 };

static const struct block marks = {
	.begin = "<!-- BEGIN BEADWAVE INTEGRATION -->", .end = "<!-- END BEADWAVE INTEGRATION -->",
};
static const char body[] =
	"## Issue tracking\n\n"
	"Issues of this project are kept with `bdw` (its other name is `bd`). Run `bdw prime` "
	"first: it tells how.\n\n"
	"- `bdw ready` - work that nothing blocks\n"
	"- `bdw show <id>` - all there is to know about it\n"
	"- `bdw update <id> --claim` - take it\n"
	"- `bdw create \"Title\" --deps discovered-from:<id>` - write down what turns up\n"
	"- `bdw close <id> --reason \"...\"` - it is done\n";

/* A file that a recipe changes: as it is, and as it shall be. */
struct part {
	const char *name, *what;	/* as it is shown; "a block", "a hook" */
	const char *path;
	struct buf was, now;		/* an empty one: no file */
};

struct plan {
	const struct recipe *r;
	struct part part[2];
	size_t n;
	const char *hook;		/* the command of the hook */
};

static const struct recipe *find(struct ctx *c, const char *name)
{
	const char *known[NRECIPES], *near;
	BUF_AUTO list = BUF_INIT;

	for (size_t i = 0; i < NRECIPES; i++) {
		if (!strcmp(recipes[i].name, name))
			return &recipes[i];
		known[i] = recipes[i].name;
		buf_addf(&list, "%s%s", i ? ", " : "", known[i]);
	}
	near = text_nearest(name, known, NRECIPES);
	err_set(&c->err, ERR_USAGE, "unknown recipe '%s' (known: %s)", name, list.s);
	if (near)
		err_hint(&c->err, "did you mean '%s'?", near);
	return NULL;
}

/* Where the file really is: CLAUDE.md may be a link to AGENTS.md. Links that lead out of the
 * project, or nowhere, are not followed. */
static int real_path(struct ctx *c, const char *top, const char *name, const char **out)
{
	AUTO_FREE char *base = realpath(top, NULL);
	char *path = arena_printf(&c->arena, "%s/%s", top, name);
	AUTO_FREE char *real = realpath(path, NULL);
	size_t n = base ? strlen(base) : 0;
	struct stat st;

	*out = real ? arena_strdup(&c->arena, real) : path;
	if (!real && lstat(path, &st) < 0) {	/* a new file: its folder counts */
		char *dir = arena_strdup(&c->arena, path);

		while (!real) {
			*strrchr(dir, '/') = 0;
			real = realpath(*dir ? dir : "/", NULL);
		}
	}
	if (real && !strncmp(real, base, n) && (!real[n] || real[n] == '/'))
		return 0;
	return err_set(&c->err, ERR_REFUSED, "%s is a link that leads out of '%s'", name, top);
}

static int read_part(struct ctx *c, struct plan *p, const char *top, const char *name,
		     const char *what, struct part **out)
{
	struct part *x = &p->part[p->n++];
	int rc;

	*x = (struct part){ .name = name, .what = what, .was = BUF_INIT, .now = BUF_INIT };
	*out = x;
	if ((rc = real_path(c, top, name, &x->path)) < 0)
		return rc;
	rc = fsx_read(AT_FDCWD, x->path, &x->was, &c->err);
	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	c->err = (struct err)ERR_INIT;
	return 0;
}

/* Everything is worked out before the first file is written. */
static int work_out(struct ctx *c, struct plan *p, bool global, bool remove_it)
{
	const char *top = global ? getenv("HOME") : store_paths(c->store)->worktree,
		*head = p->r->head;
	struct part *x;
	int rc = 0;

	if (!top || !*top)
		return err_set(&c->err, ERR_NOTFOUND, global ? "HOME is not set" :
			       "a bare repository has no files to set up");
	if (global && !p->r->hooks)
		return err_set(&c->err, ERR_USAGE, "%s is set up per project: leave --global out",
			       p->r->name);
	if (!global) {
		if ((rc = read_part(c, p, top, p->r->file, "a block", &x)) < 0)
			return rc;
		if (remove_it)
			block_remove(&marks, x->was.s, &x->now);
		else
			block_put(&marks, x->was.len ? x->was.s : head, x->was.len ? x->was.len :
				  strlen(head), body, &x->now);
		if (!strcmp(x->now.s, head))
			buf_reset(&x->now);
	}
	if (p->r->hooks) {
		if ((rc = read_part(c, p, top, p->r->hooks, "a session-start hook", &x)) < 0)
			return rc;
		rc = setup_hook_edit(&x->was, remove_it ? NULL : p->hook, &x->now, &c->err);
		if (rc < 0)
			err_wrap(&c->err, rc, "%s is left as it is", x->name);
	}
	return rc;
}

/* 0: all is there as it should; 1: something is missing or old. */
static int check(struct ctx *c, const struct plan *p)
{
	int rc = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct part *x = &p->part[i];
		bool same = !strcmp(x->was.s, x->now.s);

		if (same)
			out_done(c, "%s: installed in %s\n", p->r->name, x->name);
		else
			out_text(c, "✗ %s: not installed in %s\n", p->r->name, x->name);
		rc |= !same;
	}
	return rc;
}

/* With the folders that were made for it, as far as they are empty. */
static int remove_file(struct ctx *c, const struct part *x)
{
	char *path = arena_strdup(&c->arena, x->path);
	size_t top = text_ends(path, x->name) ? strlen(path) - strlen(x->name) : strlen(path);

	if (unlink(path) < 0)
		return err_errno(&c->err, "cannot remove %s", path);
	for (char *slash; (slash = strrchr(path + top, '/')); ) {
		*slash = 0;
		if (rmdir(path) < 0)
			break;
	}
	return 0;
}

static int take_out(struct ctx *c, const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct part *x = &p->part[i];
		int rc = 0;

		if (!strcmp(x->now.s, x->was.s)) {
			out_text(c, "%s: nothing to remove in %s\n", p->r->name, x->name);
			continue;
		}
		if (!x->now.len)
			rc = remove_file(c, x);
		else
			rc = fsx_write_atomic(AT_FDCWD, x->path, x->now.s, x->now.len, FILE_MODE,
					      0, &c->err);
		if (rc < 0)
			return rc;
		out_done(c, "Removed %s from %s\n", x->what, x->name);
	}
	return 0;
}

static int put_in(struct ctx *c, const struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct part *x = &p->part[i];
		int rc;

		if (!strcmp(x->was.s, x->now.s)) {
			out_text(c, "%s is up to date\n", x->name);
			continue;
		}
		if ((rc = fsx_mkparent(AT_FDCWD, x->path, DIR_MODE, &c->err)) < 0 ||
		    (rc = fsx_write_atomic(AT_FDCWD, x->path, x->now.s, x->now.len, FILE_MODE, 0,
					   &c->err)) < 0)
			return rc;
		out_done(c, "Wrote %s to %s; it is yours to commit\n", x->what, x->name);
	}
	return 0;
}

static int list_recipes(struct ctx *c)
{
	out_text(c, "Recipes:\n");
	for (size_t i = 0; i < NRECIPES; i++)
		out_text(c, "  %-9s %s%s%s\n", recipes[i].name, recipes[i].file,
			 recipes[i].hooks ? ", " : "", recipes[i].hooks ? recipes[i].hooks : "");
	return 0;
}

static int print(struct ctx *c, const struct plan *p)
{
	BUF_AUTO none = BUF_INIT;
	BUF_AUTO json = BUF_INIT;

	out_text(c, "%s", body);
	if (!p->r->hooks)
		return 0;
	setup_hook_edit(&none, p->hook, &json, NULL);
	out_text(c, "\n%s:\n\n%s", p->r->hooks, json.s);
	return 0;
}

struct asked { bool check, remove, print, list, global, stealth, ignored; };

static int carry_out(struct ctx *c, const struct asked *o, struct plan *p)
{
	int rc;

	if (c->readonly && !o->check)
		return err_set(&c->err, ERR_REFUSED,
			       "operation 'setup' is not allowed in read-only mode");
	if ((rc = work_out(c, p, o->global, o->remove)) < 0)
		return rc;
	return o->remove ? take_out(c, p) : o->check ? check(c, p) : put_in(c, p);
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct asked o = { .check = false };
	const struct opt opts[] = {
		{ 0, "check", OPT_BOOL, &o.check, NULL,
		  "exit 1 unless all is there and current", 0 },
		{ 0, "remove", OPT_BOOL, &o.remove, NULL, "take it out again", 0 },
		{ 0, "print", OPT_BOOL, &o.print, NULL,
		  "print what would be written, change nothing", 0 },
		{ 0, "list", OPT_BOOL, &o.list, NULL, "list the recipes", 0 },
		{ 0, "global", OPT_BOOL, &o.global, NULL,
		  "the hook for all projects, in the home folder; no block", 0 },
		{ 0, "stealth", OPT_BOOL, &o.stealth, NULL,
		  "the hook leaves git out of what it tells", 0 },
		{ 0, "project", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0 },
	};
	struct plan p = { .n = 0 };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (o.list || !argc)
		return list_recipes(c);
	if (!(p.r = find(c, argv[0])))
		return c->err.code;
	p.hook = o.stealth ? "bdw prime --stealth --hook-json" : "bdw prime --hook-json";
	rc = o.print ? print(c, &p) : carry_out(c, &o, &p);
	for (size_t i = 0; i < p.n; i++) {
		buf_release(&p.part[i].was);
		buf_release(&p.part[i].now);
	}
	return rc;
}

const struct cmd cmd_setup = {
	.name = "setup", .args = "[<recipe>]", .brief = "Tell a coding agent about the issues",
	.help = "Writes a marked block to the file that the agent reads (CLAUDE.md, AGENTS.md, "
		"...) and, where it has\n"
		"such hooks, one to its settings that runs `bdw prime` at the start of a session. "
		"All else in these\n"
		"files stays, and nothing is committed.",
	.example = "setup claude\nsetup codex --check", .group = GROUP_SETUP,
	.need = NEED_STORE | NEED_OPERATOR, .max_args = 1, .run = run,
};
