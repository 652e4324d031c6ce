/* cmd/init.c - bdw init */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/import.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/settings.h"
#include "store/base/text.h"
#include "store/bdconf.h"
#include "store/id.h"
#include "store/jsonl.h"
#include "store/store.h"
#include "store/txn.h"

struct setting_up {
	const char *prefix, *branch, *file, *ignored_text;
	bool beads, from_jsonl, implied, ignored;
	struct import_words words;
};

static int already(struct ctx *c)
{
	BUF_AUTO text = BUF_INIT;

	buf_addf(&text, "This workspace is already initialized.\n\n"
		 "To use it, run %s commands as usual (for example: %s list)",
		 c->prog, c->prog);
	if (!c->bd)
		return err_set(&c->err, ERR_EXISTS, "%s", text.s);
	return err_set(&c->err, ERR_EXISTS,
		       "\n⚠ Found an existing store\n\n%s\n\nAborting.", text.s);
}

/* Where bd keeps its export: in the nearest folder, from here up, that has one. */
static const char *find_beads(struct ctx *c)
{
	AUTO_FREE char *dir = getcwd(NULL, 0);

	while (dir && *dir) {
		const char *file = arena_printf(&c->arena, "%s/.beads/issues.jsonl", dir);

		if (access(file, F_OK) == 0)
			return file;
		*strrchr(dir, '/') = 0;
	}
	return NULL;
}

/* bd takes its export in by itself when a store begins, as in a fresh clone that has the file in
 * git. */
static const char *implied_file(struct ctx *c)
{
	const char *file = ".beads/issues.jsonl";
	struct stat st;

	return c->bd && stat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size ? file : NULL;
}

/* Reads what is to be imported before anything is set up. */
static int read_beads(struct ctx *c, const char **file, struct buf *text)
{
	if (!*file && !(*file = find_beads(c))) {
		err_set(&c->err, ERR_NOTFOUND, "no .beads/issues.jsonl here or in a folder above");
		err_hint(&c->err, "run `bd export -o .beads/issues.jsonl` with the bd that made "
				  "the issues, or name a file");
		return c->err.code;
	}
	return cmd_read_file(c, *file, text);
}

/* bd's prefix goes on: that of the first id in the file. NULL when there is none. */
static const char *prefix_of(struct ctx *c, const struct buf *text)
{
	const char *s = text->s, *line;
	size_t left = text->len, len;

	while (text_line(&s, &left, &line, &len)) {
		struct jsonl_line parsed;
		size_t n;

		if (jsonl_parse(&parsed, line, len, &c->arena, NULL) < 0 ||
		    parsed.kind != JSONL_ISSUE)
			continue;
		if ((n = id_prefix_len(parsed.issue.id)))
			return arena_strndup(&c->arena, parsed.issue.id, n);
	}
	return NULL;
}

static int stage_words(struct ctx *c, struct txn *t, const void *arg)
{
	const struct import_words *words = arg;
	const struct { const char *key; const struct buf *list; } sets[] = {
		{ "status.custom", &words->status }, { "types.custom", &words->types },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < 2; i++)
		if (sets[i].list->len && !settings_stored(cmd_settings(c), sets[i].key))
			rc = settings_put(t, sets[i].key, sets[i].list->s, &c->err);
	return rc;
}

/* bd keeps the names of custom statuses and types in its database: here the issues tell them. */
static int add_words(struct ctx *c, const struct import_words *words)
{
	int rc;

	if (!words->status.len && !words->types.len)
		return 0;
	rc = cmd_change(c, stage_words, words,
			"bdw init: statuses and types of the imported issues");
	settings_free(c->settings);	/* to be read again */
	c->settings = NULL;
	return rc;
}

static int import_beads(struct ctx *c, const struct setting_up *o, const struct buf *text,
			size_t *n)
{
	struct import_result r = { 0 };
	int rc = store_open(&c->store, NULL, NULL, 0, &c->err);

	if (rc < 0 || (rc = add_words(c, &o->words)) < 0)
		return rc;
	rc = import_lines(c, o->file, text, false, false, &r);
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

static void print_text(struct ctx *c, const struct store_inited *i, const char *file,
		       size_t imported)
{
	if (i->made_repo)
		out_text(c, "Initialized empty Git repository\n");
	if (c->bd) {
		out_text(c, "\n✓ bd initialized successfully!\n\n  Backend: git (beadwave)\n"
			    "  Mode: files in %s/\n"
			 "  Database: %s\n  Issue prefix: %s\n"
			 "  Issues will be named: %s-<hash> (e.g., %s-a3f2dd)\n\n"
			 "Run bd quickstart to get started.\n\n",
			 here(c, i->tree), i->branch, i->prefix, i->prefix, i->prefix);
	} else {
		out_text(c, "%s beadwave in %s/ (branch %s, prefix %s)\n", i->adopted ? "Adopted" :
			 "Initialized", here(c, i->tree), i->branch, i->prefix);
	}
	if (imported)
		out_text(c, "Imported %zu issues from %s\n", imported, here(c, file));
}

/* --beads where there is a store: the folder is all that may be wanted. */
static int add_beads(struct ctx *c)
{
	int rc;

	c->err = (struct err)ERR_INIT;
	if ((rc = cmd_open_store(c)) < 0 || (rc = store_make_beads(c->store, &c->err)) < 0)
		return rc == ERR_EXISTS ? already(c) : rc;
	if (c->json)
		json_print(c, "{\"beads\":true}");
	else if (!c->quiet)
		out_text(c, "Made .beads/ beside the store that is there\n");
	return 0;
}

static int set_up(struct ctx *c, const struct setting_up *o, const struct buf *beads)
{
	const struct store_init how = {
		.prefix = o->prefix, .branch = o->branch, .actor = cmd_actor(c),
		.beads = o->beads || c->bd, .quiet = c->quiet,
	};
	struct store_inited done = { 0 };
	size_t imported = 0;
	int rc = store_init(NULL, &how, &done, &c->err);

	if (rc == ERR_EXISTS)
		return o->beads ? add_beads(c) : already(c);
	/* a branch that was there knows better, also what was deleted since the export */
	if (rc == 0 && o->from_jsonl && !(o->implied && done.adopted))
		rc = import_beads(c, o, beads, &imported);
	if (rc == 0 && done.narrow && !c->quiet)
		out_warn(c, "warning: this is a clone of some branches of '%s' only: whether it has "
			    "issues was not looked for", done.narrow);
	if (rc == 0 && c->json)
		print_json(c, &done, imported);
	else if (rc == 0 && !c->quiet)
		print_text(c, &done, o->file, imported);
	store_inited_release(&done);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct setting_up o = { .words = { BUF_INIT, BUF_INIT } };
	BUF_AUTO beads = BUF_INIT;
	/* bd's own set-up of hooks and agent files is not done; asking for it, or against it, is
	 * fine; servers and remotes are refused (cmd/refused.c) */
	const struct opt opts[] = {
		{ 'p', "prefix", OPT_STR, &o.prefix, "<prefix>",
		  "prefix of issue ids (default: the folder's name)", 0 },
		{ 0, "branch", OPT_STR, &o.branch, "<name>",
		  "branch that keeps the issues (default: beadwave)", 0 },
		{ 0, "beads", OPT_BOOL, &o.beads, NULL,
		  "make a .beads folder too, for tools that look for one", 0 },
		{ 0, "from-beads", OPT_BOOL, &o.from_jsonl, NULL,
		  "import what bd left in .beads/issues.jsonl", 0 },
		{ 0, "from-jsonl", OPT_BOOL, &o.from_jsonl, NULL, NULL, OPT_HIDDEN },
		{ 0, "stealth", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "skip-hooks", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "skip-agents", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "setup-exclude", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "non-interactive", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "force", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "reinit-local", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "role", OPT_STR, &o.ignored_text, "<role>", NULL, OPT_HIDDEN },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (argc > 0 && !o.from_jsonl)
		return err_set(&c->err, ERR_USAGE, "a file is for --from-beads: '%s'", argv[0]);
	o.file = argc > 0 ? argv[0] : NULL;
	if (!o.from_jsonl && (o.file = implied_file(c)))
		o.from_jsonl = o.implied = true;
	/* what cannot be imported sets nothing up */
	if (o.from_jsonl && (rc = read_beads(c, &o.file, &beads)) == 0)
		rc = import_check(c, o.file, &beads, &o.words);
	if (rc < 0 && o.implied)
		err_hint(&c->err, "mend it, or move it away to begin without its issues");
	if (rc == 0 && !o.prefix && (rc = bdconf_read(c->bdconf, ".", &c->err)) == 0)
		o.prefix = bdconf_get(c->bdconf, "issue-prefix");
	if (rc == 0 && o.from_jsonl && !o.prefix)
		o.prefix = prefix_of(c, &beads);
	if (rc == 0)
		rc = set_up(c, &o, &beads);
	buf_release(&o.words.status);
	buf_release(&o.words.types);
	return rc;
}

const struct cmd cmd_init = {
	.name = "init", .args = "[<file>]", .brief = "Set up issues in this repository",
	.help = "The issues are kept on a branch of their own and as files in .beadwave/, which "
		"git ignores\n"
		"(info/exclude). Nothing on your branches changes. Outside a repository `git "
		"init` is run first.\n"
		"Where a remote has the branch already, it is taken over. Called as bd, "
		".beads/issues.jsonl is imported.",
	.example = "init --prefix demo\ninit --from-beads", .max_args = 1,
	.group = GROUP_SETUP, .need = NEED_WRITE, .flags = CMD_ERR_STDERR, .run = run,
};
