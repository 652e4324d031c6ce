/* cmd/comments.c - bdw comments ID, comments add, comment */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/issue.h"
#include "store/issue_json.h"
#include "store/txn.h"
#include "store/view.h"

static void print_text(struct ctx *c, const struct issue *is)
{
	char when[OUT_TIME];

	if (!is->ncomments) {
		out_text(c, "No comments on %s\n", is->id);
		return;
	}
	out_text(c, "\nComments on %s:\n", is->id);
	for (size_t i = 0; i < is->ncomments; i++) {
		out_text(c, "\n[%s] at %s\n", is->comments[i].author,
			 out_minute(is->comments[i].created_at, when));
		out_indented(c, is->comments[i].text, 2);
	}
	out_text(c, "\n");
}

static int run_comments(struct ctx *c, int argc, char **argv)
{
	bool local = false;
	const struct opt opts[] = {
		{ 0, "local-time", OPT_BOOL, &local, NULL, NULL, OPT_HIDDEN },
		{ 0 },
	};
	const struct issue *is;
	struct json_doc d;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = cmd_view(c, VIEW_QUICK, &v)) < 0)
		return rc;
	if ((rc = cmd_resolve(c, v, argv[0], &is)) < 0)
		return err_wrap(&c->err, rc, "resolving %s", argv[0]);
	if (!c->json) {
		print_text(c, is);
		return 0;
	}
	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < is->ncomments; i++)
		issue_json_comment(&d.w, is->id, &is->comments[i], 0);
	js_close(&d.w, ']');
	json_finish(&d, c);
	return 0;
}

/* Adding */

struct adding {
	const char *file, *author, *text;
	bool from_stdin, title;		/* title: `comment` says it with the issue's title */
	struct comment made;		/* in c->arena */
	const char *id, *issue_title;
};

static int take_text(struct ctx *c, struct adding *o, int argc, char **argv)
{
	BUF_AUTO text = BUF_INIT;
	int rc = 0;

	if (o->from_stdin && !o->file)
		o->file = "-";
	if (o->file && argc > 0)
		return err_set(&c->err, ERR_USAGE, "cannot specify both comment text and --file");
	if (o->file) {
		rc = cmd_read_file(c, o->file, &text);
	} else {
		for (int i = 0; i < argc; i++)
			buf_addf(&text, "%s%s", i ? " " : "", argv[i]);
	}
	if (rc < 0)
		return err_wrap(&c->err, rc, "reading file");
	if (!text.s[strspn(text.s, " \t\n")])
		return err_set(&c->err, ERR_USAGE,
			       "comment text required (use -f to read from file)");
	if (strlen(text.s) != text.len)
		return err_set(&c->err, ERR_USAGE, "the comment holds a NUL byte");
	o->text = arena_strdup(&c->arena, text.s);
	return 0;
}

static int add_to(struct ctx *c, struct write *w, const char *id, const void *arg)
{
	const struct adding *o = arg;
	const char *author = o->author && *o->author ? o->author : cmd_actor(c);

	return life_comment(&w->life, id, author, o->text, NULL, &c->err);
}

static int add_comment(struct ctx *c, struct adding *o, int argc, char **argv)
{
	const struct issue *is;
	const struct comment *made = NULL;
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);
	int rc;

	if ((rc = take_text(c, o, argc - 1, argv + 1)) < 0 ||
	    (rc = write_one(c, argv[0], "comment", add_to, o, &is)) < 0)
		return rc;
	for (size_t i = 0; i < is->ncomments; i++)
		if (!made || is->comments[i].created_at >= made->created_at)
			made = &is->comments[i];
	if (c->json) {
		issue_json_comment(&w, is->id, made, ISSUE_JSON_FINE);
		json_print(c, text.s);
	} else if (o->title) {
		out_done(c, "Comment added to %s\n", out_id_title(c, is->id, is->title));
	} else {
		out_note(c, "Comment added to %s\n", is->id);
	}
	return 0;
}

static int run_add(struct ctx *c, int argc, char **argv)
{
	struct adding o = { 0 };
	const struct opt opts[] = {
		{ 'f', "file", OPT_STR, &o.file, "<file>",
		  "read the text from a file (- is standard input)", 0 },
		{ 'a', "author", OPT_STR, &o.author, "<name>", "who says it (default: you)", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : add_comment(c, &o, argc, argv);
}

static int run_comment(struct ctx *c, int argc, char **argv)
{
	struct adding o = { .title = true };
	const struct opt opts[] = {
		{ 'f', "file", OPT_STR, &o.file, "<file>",
		  "read the text from a file (- is standard input)", 0 },
		{ 'a', "author", OPT_STR, &o.author, "<name>", "who says it (default: you)", 0 },
		{ 0, "stdin", OPT_BOOL, &o.from_stdin, NULL,
		  "read the text from standard input", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : add_comment(c, &o, argc, argv);
}

/* Agents try it; the plain form is the one to learn. */
static int run_list(struct ctx *c, int argc, char **argv)
{
	(void)argc, (void)argv;
	return err_set(&c->err, ERR_USAGE,
		       "\"%s comments list\" is not valid.\n\nTo list comments on an issue, run:\n"
		       "  %s comments <issue-id>\n\nExample:\n  %s comments bd-123\n\n"
		       "See: %s comments --help",
		       c->prog, c->prog, c->prog, c->prog);
}

static const struct cmd add = {
	.name = "add", .args = "<id> [text...]", .brief = "Add a comment to an issue",
	.example = "comments add demo-4f2a \"Tried it on Debian 12\"\n"
		   "comments add demo-4f2a -f report.md",
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = -1, .run = run_add,
};
static const struct cmd list = {
	.name = "list", .brief = "Refused: use comments <id>", .flags = CMD_HIDDEN, .max_args = -1,
	.run = run_list,
};
static const struct cmd *const subs[] = { &add, &list, NULL };

const struct cmd cmd_comments = {
	.name = "comments", .args = "<id>", .brief = "View or manage comments on an issue",
	.example = "comments demo-4f2a",
	.group = GROUP_ISSUES, .need = NEED_STORE, .min_args = 1, .max_args = 1,
	.run = run_comments, .subs = subs,
};
const struct cmd cmd_comment = {
	.name = "comment", .args = "<id> [words...]", .brief = "Add a comment to an issue",
	.example = "comment demo-4f2a tried it on Debian 12", .group = GROUP_ISSUES,
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = -1, .run = run_comment,
};
