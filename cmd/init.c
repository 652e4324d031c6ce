/* cmd/init.c - bdw init */
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/import.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "store/store.h"

struct setting_up {
	const char *prefix, *branch, *ignored_text;
	bool beads, from_jsonl, ignored;
};

static int already(struct ctx *c)
{
	BUF_AUTO text = BUF_INIT;

	buf_addf(&text, "This workspace is already initialized.\n\n"
		 "To use it, run %s commands as usual (for example: %s list)",
		 c->prog, c->prog);
	if (!c->bd)
		return err_set(&c->err, ERR_EXISTS, "%s", text.s);
	return err_set(&c->err, ERR_EXISTS, "\n⚠ Found an existing store\n\n%s\n\nAborting.", text.s);
}

/* The issues bd left in .beads/issues.jsonl. */
static int import_beads(struct ctx *c, size_t *n)
{
	struct import_result r = { 0 };
	BUF_AUTO text = BUF_INIT;
	const char *file;
	int rc;

	if ((rc = store_open(&c->store, NULL, NULL, 0, &c->err)) < 0)
		return rc;
	file = arena_printf(&c->arena, "%s/.beads/issues.jsonl", store_paths(c->store)->worktree);
	if ((rc = cmd_read_file(c, file, &text)) < 0)
		return rc;
	rc = import_lines(c, file, &text, false, false, &r);
	*n = r.ids.n;
	import_result_release(&r);
	return rc;
}

static void print_json(struct ctx *c, const struct store_inited *i, size_t imported)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "path", i->tree);
	js_put_str(&w, "branch", i->branch);
	js_put_str(&w, "prefix", i->prefix);
	js_put_bool(&w, "adopted", i->adopted);
	js_put_int(&w, "imported", (long long)imported);
	js_close(&w, '}');
	json_print(c, text.s);
}

/* The store's folder as a person standing here would write it. */
static const char *here(struct ctx *c, const char *tree)
{
	AUTO_FREE char *cwd = getcwd(NULL, 0);
	size_t n = cwd ? strlen(cwd) : 0;

	if (n && !strncmp(tree, cwd, n) && tree[n] == '/')
		return arena_strdup(&c->arena, tree + n + 1);
	return tree;
}

static void print_text(struct ctx *c, const struct store_inited *i, size_t imported)
{
	if (i->made_repo)
		out_text(c, "Initialized empty Git repository\n");
	if (c->bd) {
		out_text(c, "\n✓ bd initialized successfully!\n\n  Backend: git (beadwave)\n  Mode: files in %s/\n"
			 "  Database: %s\n  Issue prefix: %s\n"
			 "  Issues will be named: %s-<hash> (e.g., %s-a3f2dd)\n\n"
			 "Run bd quickstart to get started.\n\n",
			 here(c, i->tree), i->branch, i->prefix, i->prefix, i->prefix);
	} else {
		out_text(c, "%s beadwave in %s/ (branch %s, prefix %s)\n", i->adopted ? "Adopted" : "Initialized",
			 here(c, i->tree), i->branch, i->prefix);
	}
	if (imported)
		out_text(c, "Imported %zu issues from .beads/issues.jsonl\n", imported);
}

static int set_up(struct ctx *c, const struct setting_up *o)
{
	const struct store_init how = {
		.prefix = o->prefix, .branch = o->branch, .actor = cmd_actor(c), .beads = o->beads || c->bd,
		.quiet = c->quiet,
	};
	struct store_inited done = { 0 };
	size_t imported = 0;
	int rc = store_init(NULL, &how, &done, &c->err);

	if (rc == ERR_EXISTS)
		return already(c);
	if (rc == 0 && o->from_jsonl)
		rc = import_beads(c, &imported);
	if (rc == 0 && c->json)
		print_json(c, &done, imported);
	else if (rc == 0 && !c->quiet)
		print_text(c, &done, imported);
	store_inited_release(&done);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct setting_up o = { 0 };
	/* bd's own set-up of servers, hooks and agent files is not done; asking for it, or against it, is fine */
	const struct opt opts[] = {
		{ 'p', "prefix", OPT_STR, &o.prefix, "<prefix>",
		  "prefix of issue ids (default: the folder's name)", 0 },
		{ 0, "branch", OPT_STR, &o.branch, "<name>", "branch that keeps the issues (default: beadwave)", 0 },
		{ 0, "beads", OPT_BOOL, &o.beads, NULL, "make a .beads folder too, for tools that look for one", 0 },
		{ 0, "from-jsonl", OPT_BOOL, &o.from_jsonl, NULL, "import .beads/issues.jsonl", 0 },
		{ 0, "stealth", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "skip-hooks", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "skip-agents", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "setup-exclude", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "non-interactive", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "contributor", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "team", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "server", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "force", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "reinit-local", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "role", OPT_STR, &o.ignored_text, "<role>", NULL, OPT_HIDDEN },
		{ 0, "remote", OPT_STR, &o.ignored_text, "<url>", NULL, OPT_HIDDEN },
		{ 0, "database", OPT_STR, &o.ignored_text, "<name>", NULL, OPT_HIDDEN },
		{ 0, "backend", OPT_STR, &o.ignored_text, "<name>", NULL, OPT_HIDDEN },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : set_up(c, &o);
}

const struct cmd cmd_init = {
	.name = "init", .brief = "Set up issues in this repository",
	.help = "The issues are kept on a branch of their own and as files in .beadwave/, which git ignores\n"
		"(info/exclude). Nothing on your branches changes. Outside a repository `git init` is run first.\n"
		"Where a remote has the branch already, it is taken over.",
	.example = "init --prefix demo", .group = GROUP_SETUP, .need = NEED_WRITE, .flags = CMD_ERR_STDERR,
	.run = run,
};
