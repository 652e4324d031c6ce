/*
 * cmd/hooks.c - bdw hooks: git hooks that call this program
 *
 * What is there stays: a hook of somebody else gets a marked block behind its first line,
 * core.hooksPath is never set, and hooks shared with other repositories are left alone.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/block.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "store/base/fsx.h"
#include "store/base/proc.h"
#include "store/base/text.h"
#include "store/store.h"

enum { HOOK_MODE = 0755 };

static const char *const names[] = { "pre-commit", "post-merge", "pre-push", "post-checkout",
				     "prepare-commit-msg" };
enum { NHOOKS = sizeof(names) / sizeof(names[0]) };

static const struct block marks = {
	.begin = "# --- BEGIN BEADWAVE INTEGRATION ---",
	.end = "# --- END BEADWAVE INTEGRATION ---",
};

/* The line of text that begins with head; in c->arena, NULL when there is none. */
static const char *line_with(struct ctx *c, const char *text, const char *head)
{
	const char *at = strstr(text, head);

	return at && (at == text || at[-1] == '\n') ?
		arena_strndup(&c->arena, at, strcspn(at, "\r\n")) : NULL;
}

/* The text without the block that bd left, which calls the same commands: its marks name bd's
 * version. true when there was one. */
static bool without_bd(struct ctx *c, const char *text, struct buf *out)
{
	const struct block b = {
		.begin = line_with(c, text, "# --- BEGIN BEADS INTEGRATION"),
		.end = line_with(c, text, "# --- END BEADS INTEGRATION"),
	};

	if (b.begin && b.end)
		return block_remove(&b, text, out);
	buf_adds(out, text);
	return false;
}

/* What git answers, without its last newline; in c->arena. */
static int ask_git(struct ctx *c, char *const *argv, const char **answer)
{
	STRS_AUTO env = { 0 };
	BUF_AUTO text = BUF_INIT;
	struct proc p = { .argv = argv };
	int rc;

	proc_git_env(&env);
	p.env = env.v;
	if ((rc = proc_run(&p, &text, NULL, &c->err)) < 0)
		return rc;
	while (text.len && text.s[text.len - 1] == '\n')
		buf_cut(&text, text.len - 1);
	*answer = arena_strdup(&c->arena, text.s);
	return rc;
}

/* The folder git runs hooks from. ERR_REFUSED where other repositories share it. */
static int hooks_dir(struct ctx *c, const char **dir)
{
	char *path[] = { "git", "rev-parse", "--path-format=absolute", "--git-path",
			 "hooks", NULL };
	char *shared[] = { "git", "config", "--get", "core.hooksPath", NULL };
	const struct store_paths *p = store_paths(c->store);
	const char *set = "";
	int rc = ask_git(c, path, dir);

	if (rc != 0)
		return rc < 0 ? rc : err_set(&c->err, ERR_IO, "git cannot say where its hooks are");
	if ((rc = ask_git(c, shared, &set)) < 0)
		return rc;
	if (rc == 0 && *set && !text_starts(*dir, p->common) &&
	    !(*p->worktree && text_starts(*dir, p->worktree))) {
		err_set(&c->err, ERR_REFUSED,
			"core.hooksPath is %s, which other repositories may share", *dir);
		err_hint(&c->err, "call `%s hook NAME \"$@\"` from the hooks there", c->prog);
		return c->err.code;
	}
	return 0;
}

static bool is_shell_script(const char *text)
{
	size_t n = strcspn(text, "\n");

	return !strncmp(text, "#!", 2) && n >= 4 && !strncmp(text + n - 2, "sh", 2);
}

/* The block goes first, so that an `exit` or `exec` of the hook does not skip it; it leaves
 * stdin to the hook. */
static void add_block(const char *name, const char *was, struct buf *out)
{
	BUF_AUTO body = BUF_INIT;
	size_t where = strcspn(was, "\n");

	buf_addf(&body, "if command -v bdw >/dev/null 2>&1; then\n"
			"\tbdw hook %s \"$@\" </dev/null || :\nfi\n", name);
	block_put(&marks, was, was[where] ? where + 1 : where, body.s, out);
}

struct one_hook {
	const char *name, *path;
	struct buf text;	/* as it is; empty when there is none */
	mode_t mode;
	bool exists, installed, link;
};

static int look(struct ctx *c, const char *dir, const char *name, struct one_hook *h)
{
	BUF_AUTO rest = BUF_INIT;
	size_t at, len;
	struct stat st;

	*h = (struct one_hook){ .name = name, .text = BUF_INIT, .mode = HOOK_MODE };
	h->path = arena_printf(&c->arena, "%s/%s", dir, name);
	if (lstat(h->path, &st) < 0)
		return 0;
	h->exists = true;
	h->link = S_ISLNK(st.st_mode);
	h->mode = (st.st_mode & 0777) | (h->link ? 0 : 0111);
	if (fsx_read(AT_FDCWD, h->path, &h->text, NULL) < 0)
		return 0;	/* a link to nothing */
	h->installed = block_find(&marks, h->text.s, &at, &len) ||
		without_bd(c, h->text.s, &rest);
	return 0;
}

/* Why our block cannot go into this hook; NULL when it can. */
static const char *obstacle(const struct one_hook *h)
{
	if (h->link)
		return "it is a symbolic link";
	if (h->exists && h->text.len && !is_shell_script(h->text.s))
		return "it is no shell script";
	return NULL;
}

static int install_one(struct ctx *c, struct one_hook *h, bool dry)
{
	BUF_AUTO now = BUF_INIT;
	BUF_AUTO rest = BUF_INIT;

	without_bd(c, h->text.s, &rest);
	add_block(h->name, rest.len ? rest.s : "#!/bin/sh\n", &now);
	if (dry)
		out_text(c, "Would %s %s\n", h->installed ? "refresh the block in" :
			 h->exists ? "add a block to" : "make", h->path);
	if (dry || !strcmp(now.s, h->text.s))
		return 0;
	return fsx_write_atomic(AT_FDCWD, h->path, now.s, now.len, h->mode, 0, &c->err);
}

static int uninstall_one(struct ctx *c, struct one_hook *h, bool dry, size_t *n)
{
	BUF_AUTO now = BUF_INIT;
	BUF_AUTO rest = BUF_INIT;
	bool theirs = without_bd(c, h->text.s, &rest), ours = block_remove(&marks, rest.s, &now);

	if (h->link || (!theirs && !ours))
		return 0;
	++*n;
	if (dry) {
		out_text(c, "Would remove the block from %s\n", h->path);
		return 0;
	}
	if (strcmp(now.s, "#!/bin/sh\n"))
		return fsx_write_atomic(AT_FDCWD, h->path, now.s, now.len, h->mode, 0, &c->err);
	return unlink(h->path) < 0 ? err_errno(&c->err, "cannot remove %s", h->path) : 0;
}

static void print_installed(struct ctx *c, const struct strs *done)
{
	if (c->json) {
		BUF_AUTO text = BUF_INIT;
		struct jsw w = JSW(&text, JS_COMPACT);

		js_open(&w, '{');
		js_put_bool(&w, "success", true);
		js_put_str(&w, "message", "Git hooks installed successfully");
		js_close(&w, '}');
		json_print(c, text.s);
		return;
	}
	out_done(c, "Git hooks installed successfully\n\nInstalled hooks:\n");
	for (size_t i = 0; i < done->n; i++)
		out_text(c, "  - %s\n", done->v[i]);
}

static int run_install(struct ctx *c, int argc, char **argv)
{
	bool dry = false, ignored = false;
	const struct opt opts[] = {
		{ 0, "dry-run", OPT_BOOL, &dry, NULL, "say what would be changed", 0 },
		{ 0, "force", OPT_BOOL, &ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "chain", OPT_BOOL, &ignored, NULL, NULL, OPT_HIDDEN },
		{ 0 },
	};
	STRS_AUTO done = { 0 };
	const char *dir;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = hooks_dir(c, &dir)) < 0)
		return rc;
	if (!dry && (rc = fsx_mkdirs(AT_FDCWD, dir, HOOK_MODE, &c->err)) < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < NHOOKS; i++) {
		struct one_hook h;
		const char *why;

		look(c, dir, names[i], &h);
		if ((why = obstacle(&h)))
			out_warn(c, "Skipped %s: %s. Call `%s hook %s \"$@\"` from it", h.path,
				 why, c->prog, names[i]);
		else if ((rc = install_one(c, &h, dry)) == 0)
			strs_add(&done, names[i]);
		buf_release(&h.text);
	}
	if (rc == 0 && !dry && !c->quiet)
		print_installed(c, &done);
	return rc;
}

static int run_uninstall(struct ctx *c, int argc, char **argv)
{
	bool dry = false;
	const struct opt opts[] = {
		{ 0, "dry-run", OPT_BOOL, &dry, NULL, "say what would be changed", 0 },
		{ 0 },
	};
	const char *dir;
	size_t n = 0;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = hooks_dir(c, &dir)) < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < NHOOKS; i++) {
		struct one_hook h;

		look(c, dir, names[i], &h);
		rc = uninstall_one(c, &h, dry, &n);
		buf_release(&h.text);
	}
	if (rc == 0 && !dry && !c->quiet)
		out_done(c, "Git hooks uninstalled: %zu\n", n);
	return rc;
}

/* In bd's order of members, which json_print() would sort. */
static void add_hook(struct jsw *w, const char *name, bool installed)
{
	js_open(w, '{');
	js_put_str(w, "Name", name);
	js_put_bool(w, "Installed", installed);
	js_put_str(w, "Version", installed ? BDW_VERSION : "");
	js_put_bool(w, "IsShim", installed);
	js_put_bool(w, "Outdated", false);
	js_close(w, '}');
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	struct json_doc d;
	const char *dir;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = hooks_dir(c, &dir)) < 0)
		return rc;
	if (c->json) {
		json_start(&d, c);
		js_open(&d.w, '{');
		js_key(&d.w, "hooks");
		js_open(&d.w, '[');
	} else {
		out_text(c, "Git hooks status:\n");
	}
	for (size_t i = 0; i < NHOOKS; i++) {
		struct one_hook h;

		look(c, dir, names[i], &h);
		if (c->json)
			add_hook(&d.w, names[i], h.installed);
		else
			out_text(c, "  %s %s: %s\n", h.installed ? "✓" : "✗", names[i],
				 h.installed ? "installed (shim " BDW_VERSION ")" :
					 "not installed");
		buf_release(&h.text);
	}
	if (c->json) {
		js_close(&d.w, ']');
		js_close(&d.w, '}');
		json_finish(&d, c);
	}
	return 0;
}

extern const struct cmd cmd_hooks_run;	/* cmd/hook.c */

static const struct cmd hooks_install = {
	.name = "install", .brief = "Add a marked block to the git hooks of this repository",
	.help = "Hooks that are there keep their text. Other hook managers are not touched: where "
		"core.hooksPath points\n"
		"outside of the repository nothing is installed. A block that bd left there is "
		"taken over.",
	.example = "hooks install --dry-run", .need = NEED_STORE | NEED_WRITE | NEED_OPERATOR,
	.flags = CMD_ALONE, .run = run_install,
}, hooks_list = {
	.name = "list", .brief = "Which hooks are installed", .example = "hooks list",
	.need = NEED_STORE, .run = run_list,
}, hooks_uninstall = {
	.name = "uninstall", .brief = "Take the block out again", .example = "hooks uninstall",
	.need = NEED_STORE | NEED_WRITE | NEED_OPERATOR, .flags = CMD_ALONE,
	.run = run_uninstall,
};
static const struct cmd *const subs[] = { &hooks_install, &hooks_list, &cmd_hooks_run,
					  &hooks_uninstall, NULL };

const struct cmd cmd_hooks = {
	.name = "hooks", .brief = "Install, list and remove git hooks", .example = "hooks install",
	.group = GROUP_SETUP, .subs = subs,
};
