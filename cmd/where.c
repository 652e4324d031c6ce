/* cmd/where.c - bdw where, info, context, ping: which store this is */
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/settings.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/store.h"
#include "store/view.h"

/* The folder bd's clients look for: .beads where there is one, else the store's own. */
static const char *beads_dir(struct ctx *c)
{
	const struct store_paths *p = store_paths(c->store);
	const char *dir = arena_printf(&c->arena, "%s/.beads", p->worktree);

	return c->bd && *p->worktree && access(dir, F_OK) == 0 ? dir : p->tree;
}

static int no_store(struct ctx *c)
{
	static const char what[] = "No active beads workspace found.";
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);
	const char *hint = arena_printf(&c->arena, "check BEADS_DIR/worktree setup, or run '%s "
						   "init' to create a new "
					"database", c->prog);

	if (!c->json) {
		err_set(&c->err, ERR_NOTFOUND, "%s", what);
		return err_hint(&c->err, "%s", hint);
	}
	js_open(&w, '{');
	js_put_str(&w, "error", "no_beads_directory");
	js_put_str(&w, "message", what);
	js_put_str(&w, "hint", hint);
	js_close(&w, '}');
	json_print(c, o.s);
	return 1;
}

static int run_where(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);
	const char *tree, *prefix;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (!c->store)
		return no_store(c);
	tree = store_paths(c->store)->tree;
	prefix = settings_prefix(cmd_settings(c));
	if (!c->json) {
		out_text(c, "%s\n  prefix: %s\n  database: %s\n", beads_dir(c), prefix, tree);
		return 0;
	}
	js_open(&w, '{');
	js_put_str(&w, "path", beads_dir(c));
	js_put_str(&w, "prefix", prefix);
	js_put_str(&w, "database_path", tree);
	js_close(&w, '}');
	json_print(c, o.s);
	return 0;
}

static int run_info(struct ctx *c, int argc, char **argv)
{
	bool ignored = false;
	const struct opt opts[] = {
		/* of tables: there are none */
		{ 0, "schema", OPT_BOOL, &ignored, NULL, NULL, OPT_HIDDEN },
		{ 0 },
	};
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = cmd_view(c, 0, &v)) < 0)
		return rc;
	if (!c->json) {
		out_text(c, "\nBeads Database Information\n===========================\n"
			 "Database: %s\nMode: direct\n\nIssue Count: %zu\n\n",
			 store_paths(c->store)->tree, view_count(v));
		return 0;
	}
	js_open(&w, '{');
	js_put_str(&w, "database_path", store_paths(c->store)->tree);
	js_put_str(&w, "mode", "direct");
	js_put_int(&w, "issue_count", (long long)view_count(v));
	js_put_str(&w, "issue_prefix", settings_prefix(cmd_settings(c)));
	js_close(&w, '}');
	json_print(c, o.s);
	return 0;
}

static int run_context(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	const struct store_paths *p;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	p = store_paths(c->store);

	const struct { const char *name, *value; } facts[] = {
		{ "actor", cmd_actor(c) }, { "backend", "git" }, { "beads_dir", beads_dir(c) },
		{ "bdw_version", BDW_VERSION },
		{ "branch", p->ref + (text_starts(p->ref, "refs/heads/") ? 11 : 0) },
		{ "git_common_dir", p->common }, { "prefix", settings_prefix(cmd_settings(c)) },
		{ "repo_root", p->worktree },
	};
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (c->json)
			js_put_str(&w, facts[i].name, facts[i].value);
		else
			out_text(c, "%-15s %s\n", facts[i].name, facts[i].value);
	js_close(&w, '}');
	if (c->json)
		json_print(c, o.s);
	return 0;
}

/* Opens the store and reads it, so that "pong" means that it works. */
static int run_ping(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = cmd_view(c, VIEW_QUICK, &v)) < 0)
		return rc;
	if (c->json)
		json_print(c, "{\"status\":\"ok\"}");
	else
		out_text(c, "pong\n");
	return 0;
}

const struct cmd cmd_where = {
	.name = "where", .brief = "Show where the issues are stored", .example = "where --json",
	.group = GROUP_SETUP, .need = NEED_STORE_MAYBE, .run = run_where,
};
const struct cmd cmd_info = {
	.name = "info", .brief = "Show what the store holds", .example = "info --json",
	.group = GROUP_SETUP, .need = NEED_STORE, .run = run_info,
};
const struct cmd cmd_context = {
	.name = "context", .brief = "Show actor, branch, prefix and folders in use",
	.example = "context --json", .group = GROUP_SETUP, .need = NEED_STORE, .run = run_context,
};
const struct cmd cmd_ping = {
	.name = "ping", .brief = "Check that the store can be read", .example = "ping",
	.group = GROUP_SETUP, .need = NEED_STORE, .run = run_ping,
};
