/* cmd/worktree.c - bdw worktree: git work trees; every one of them sees the same issues */
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "store/base/proc.h"
#include "store/base/text.h"
#include "store/store.h"

/* git as the user would call it, hooks and all. */
static int git(struct ctx *c, char *const *argv, struct buf *out)
{
	STRS_AUTO env = { 0 };
	BUF_AUTO said = BUF_INIT;
	struct proc p = { .argv = argv };
	int rc;

	proc_git_env(&env);
	p.env = env.v;
	if ((rc = proc_run(&p, out, &said, &c->err)) <= 0)
		return rc;
	while (said.len && said.s[said.len - 1] == '\n')
		buf_cut(&said, said.len - 1);
	err_set(&c->err, ERR_IO, "%s", said.len ? said.s : "git failed");
	if (strstr(said.s, "'HEAD'"))
		err_hint(&c->err, "a work tree stands on a commit: make the first commit");
	return ERR_IO;
}

static int run_create(struct ctx *c, int argc, char **argv)
{
	const char *branch = NULL;
	const struct opt opts[] = {
		{ 0, "branch", OPT_STR, &branch, "<name>",
		  "the new branch (default: the folder's name)", 0 }, { 0 },
	};
	const char *name;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (!*argv[0] || *argv[0] == '-')
		return err_set(&c->err, ERR_USAGE, "'%s' is no name for a work tree", argv[0]);
	name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	if (!branch)
		branch = name;
	if (!*branch || *branch == '-')
		return err_set(&c->err, ERR_USAGE, "'%s' is no name for a branch", branch);
	if ((rc = git(c, (char *[]){ "git", "worktree", "add", "-q", "-b", (char *)branch, "--",
				     argv[0], NULL }, NULL)) < 0)
		return rc;
	if (c->json) {
		BUF_AUTO text = BUF_INIT;
		struct jsw w = JSW(&text, JS_COMPACT);
		AUTO_FREE char *full = realpath(argv[0], NULL);

		js_open(&w, '{');
		js_put_str(&w, "path", full ? full : argv[0]);
		js_put_str(&w, "branch", branch);
		js_close(&w, '}');
		json_print(c, text.s);
	} else {
		out_done(c, "Created work tree %s on branch %s\n", argv[0], branch);
	}
	return 0;
}

static int run_remove(struct ctx *c, int argc, char **argv)
{
	bool force = false;
	const struct opt opts[] = {
		{ 'f', "force", OPT_BOOL, &force, NULL,
		  "also when it has changes that are not committed", 0 }, { 0 },
	};
	char *args[8] = { "git", "worktree", "remove" };
	size_t n = 3;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (force)
		args[n++] = "--force";
	args[n++] = "--";
	args[n] = argv[0];
	if ((rc = git(c, args, NULL)) < 0)
		return rc;
	out_done(c, "Removed work tree %s; its branch stays\n", argv[0]);
	return 0;
}

/* One paragraph of `git worktree list --porcelain`. */
struct tree { const char *path, *head, *branch; };

static const char *after(struct ctx *c, const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len > n && !strncmp(line, word, n) ?
		arena_strndup(&c->arena, line + n, len - n) : NULL;
}

static void print_tree(struct ctx *c, struct jsw *w, const struct tree *t, bool main_tree)
{
	if (!t->path)
		return;
	if (!c->json) {
		out_text(c, "%s  %.8s  [%s]%s\n", t->path, t->head, t->branch,
			 main_tree ? "  (main)" : "");
		return;
	}
	js_open(w, '{');
	js_put_str(w, "path", t->path);
	js_put_str(w, "head", t->head);
	js_put_str(w, "branch", t->branch);
	js_put_bool(w, "is_main", main_tree);
	js_close(w, '}');
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	struct tree t = { .head = "", .branch = "detached" };
	BUF_AUTO all = BUF_INIT;
	struct json_doc d;
	const char *s, *line, *value;
	size_t left, len;
	bool first = true;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 ||
	    (rc = git(c, (char *[]){ "git", "worktree", "list", "--porcelain", NULL }, &all)) < 0)
		return rc;
	json_start(&d, c);
	js_open(&d.w, '[');
	for (s = all.s, left = all.len; text_line(&s, &left, &line, &len);) {
		if ((value = after(c, line, len, "worktree "))) {
			print_tree(c, &d.w, &t, first);
			first = first && !t.path;
			t = (struct tree){ .path = value, .head = "", .branch = "detached" };
		} else if ((value = after(c, line, len, "HEAD "))) {
			t.head = value;
		} else if ((value = after(c, line, len, "branch refs/heads/"))) {
			t.branch = value;
		}
	}
	print_tree(c, &d.w, &t, first);
	js_close(&d.w, ']');
	if (c->json)
		json_finish(&d, c);
	else
		buf_release(&d.text);
	return 0;
}

static int run_info(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	const struct store_paths *p;
	BUF_AUTO top = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);
	bool linked;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 ||
	    (rc = git(c, (char *[]){ "git", "rev-parse", "--show-toplevel", NULL }, &top)) < 0)
		return rc;
	buf_cut(&top, top.len ? top.len - 1 : 0);
	p = store_paths(c->store);
	linked = strcmp(top.s, p->worktree) != 0;
	if (!c->json) {
		out_text(c, "Work tree: %s%s\nMain:      %s\nIssues:    %s\n", top.s, linked ? "" :
			 " (main)", p->worktree, p->tree);
		return 0;
	}
	js_open(&w, '{');
	js_put_str(&w, "path", top.s);
	js_put_bool(&w, "is_worktree", linked);
	js_put_str(&w, "main", p->worktree);
	js_put_str(&w, "issues", p->tree);
	js_close(&w, '}');
	json_print(c, text.s);
	return 0;
}

static const struct cmd tree_create = {
	.name = "create", .args = "<path>", .brief = "Make a work tree on a new branch",
	.example = "worktree create ../fix --branch fix", .need = NEED_STORE | NEED_WRITE,
	.flags = CMD_ALONE, .min_args = 1, .max_args = 1, .run = run_create,
}, tree_info = {
	.name = "info", .brief = "Which work tree this is, and where its issues are",
	.example = "worktree info", .need = NEED_STORE, .run = run_info,
}, tree_list = {
	.name = "list", .brief = "List the work trees", .example = "worktree list",
	.need = NEED_STORE, .run = run_list,
}, tree_remove = {
	.name = "remove", .args = "<path>",
	.brief = "Remove a work tree that has nothing uncommitted",
	.example = "worktree remove ../fix", .need = NEED_STORE | NEED_WRITE, .flags = CMD_ALONE,
	.min_args = 1, .max_args = 1, .run = run_remove,
};
static const struct cmd *const subs[] = { &tree_create, &tree_info, &tree_list,
					  &tree_remove, NULL };

const struct cmd cmd_worktree = {
	.name = "worktree", .brief = "Work trees that share these issues",
	.example = "worktree create ../fix", .group = GROUP_SETUP, .subs = subs,
};
