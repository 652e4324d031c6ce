/* cmd/todo.c - bdw todo: open tasks as a plain list */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/create.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "cmd/write.h"
#include "core/lifecycle.h"
#include "store/base/json.h"
#include "store/issue.h"
#include "store/view.h"

static int list(struct ctx *c, bool all)
{
	BUF_AUTO text = BUF_INIT;
	struct json_doc d;
	struct view *v;
	size_t n = 0;
	int rc = cmd_view(c, 0, &v);

	if (rc < 0)
		return rc;
	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);

		if (strcmp(is->type, "task") != 0 || (!all && !strcmp(is->status, "closed")))
			continue;
		n++;
		json_issue(&d.w, is, NULL);
		render_short(c, &text, is);
		buf_addc(&text, '\n');
	}
	js_close(&d.w, ']');
	if (c->json) {
		json_finish(&d, c);
		return 0;
	}
	buf_release(&d.text);
	if (!n)
		buf_adds(&text, "No TODOs found\n");
	render_print(c, &text, 1);
	return 0;
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	bool all = false;
	const struct opt opts[] = {
		{ 0, "all", OPT_BOOL, &all, NULL, "closed ones too", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : list(c, all);
}

static int run_add(struct ctx *c, int argc, char **argv)
{
	const char *priority = "2", *description = "";
	const struct opt opts[] = {
		{ 'p', "priority", OPT_STR, &priority, "<0-4>", "0 is the highest", 0 },
		{ 'd', "description", OPT_STR, &description, "<text>", "more than the title", 0 },
		{ 0 },
	};
	const struct issue *made;
	struct life_new new = { .fields = NULL };
	struct issue is;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	issue_init(&is);
	is.title = argv[0];
	is.description = description;
	if ((rc = priority_parse(priority, &is.priority, &c->err)) < 0)
		return rc;
	new.fields = &is;
	if ((rc = create_one(c, &new, false, &made)) < 0)
		return rc;
	if (c->json)
		create_print_json(c, made);
	else
		out_text(c, "Created %s: %s\n", made->id, out_title(c, made->title));
	return 0;
}

static int close_it(struct ctx *c, struct write *w, const char *id, const void *arg)
{
	return life_close(&w->life, id, arg, false, &c->err);
}

static int run_done(struct ctx *c, int argc, char **argv)
{
	const char *reason = "Completed";
	const struct opt opts[] = {
		{ 'r', "reason", OPT_STR, &reason, "<text>", "what came of it", 0 },
		{ 0 },
	};
	const struct issue **closed;
	int rc = cmd_begin(c, opts, &argc, argv), n = 0;

	if (rc != 0)
		return rc;
	closed = arena_alloc(&c->arena, (size_t)argc * sizeof(*closed));
	for (; n < argc && rc == 0; n++)
		if ((rc = write_one(c, argv[n], "close", close_it, reason, &closed[n])) == 0 &&
		    !c->json)
			out_text(c, "✓ Closed %s\n",
				 out_id_title(c, closed[n]->id, closed[n]->title));
	if (rc == 0 && c->json)
		write_print_issues(c, closed, (size_t)n);
	return rc;
}

static const struct cmd todo_list = {
	.name = "list", .brief = "List open tasks", .example = "todo list --all",
	.group = GROUP_ISSUES, .need = NEED_STORE, .run = run_list,
}, todo_add = {
	.name = "add", .args = "<title>", .brief = "Add a task",
	.example = "todo add \"Call back\" -p 1", .group = GROUP_ISSUES,
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = 1, .run = run_add,
}, todo_done = {
	.name = "done", .args = "<id>...", .brief = "Close tasks", .example = "todo done demo-4f2a",
	.group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = -1,
	.run = run_done,
};
static const struct cmd *const subs[] = { &todo_add, &todo_done, &todo_list, NULL };

const struct cmd cmd_todo = {
	.name = "todo", .brief = "Tasks as a plain list", .example = "todo\ntodo add \"Call back\"",
	.group = GROUP_ISSUES, .need = NEED_STORE, .run = run_list, .subs = subs,
};
