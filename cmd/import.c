/* cmd/import.c - bdw import: issues.jsonl, or a Markdown plan */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/beads.h"
#include "cmd/cmd.h"
#include "cmd/import.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/plan_create.h"
#include "cmd/tasks.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/store.h"

static bool is_markdown(const char *name)
{
	return text_ends(name, ".md") || text_ends(name, ".markdown");
}

static void print_json(struct ctx *c, const char *source, const struct import_result *r, bool dry)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "source", source);
	js_put_int(&w, "created", (long long)r->ids.n);
	js_put_int(&w, "skipped", (long long)r->skipped);
	js_put_strs(&w, "ids", &r->ids);
	if (r->updated)
		js_put_int(&w, "updated", (long long)r->updated);
	if (r->unchanged)
		js_put_int(&w, "unchanged", (long long)r->unchanged);
	if (r->skipped_deps.n)
		js_put_strs(&w, "skipped_dependencies", &r->skipped_deps);
	if (r->stale.n)
		js_put_strs(&w, "stale_skipped_ids", &r->stale);
	if (r->memories)
		js_put_int(&w, "memories", (long long)r->memories);
	if (dry)
		js_put_bool(&w, "dry_run", true);
	js_close(&w, '}');
	json_print(c, text.s);
}

static int import_jsonl(struct ctx *c, const char *source, const struct buf *text,
			bool dedup, bool dry)
{
	struct import_result r = { 0 };
	int rc = import_lines(c, source, text, dedup, dry, &r);

	if (rc == 0 && c->json)
		print_json(c, source, &r, dry);
	else if (rc == 0 && dry)
		out_warn(c, "Would import %zu issues and %zu memories from %s", r.ids.n,
			 r.memories, source);
	else if (rc == 0 && !c->quiet)
		out_warn(c, "Imported %zu issues from %s", r.ids.n, source);
	for (size_t i = 0; rc == 0 && !c->json && i < r.skipped_deps.n; i++)
		out_warn(c, "Warning: skipped dependency %s", r.skipped_deps.v[i]);
	for (size_t i = 0; rc == 0 && !c->json && i < r.stale.n; i++)
		out_warn(c, "Warning: skipped %s: the one here is newer", r.stale.v[i]);
	import_result_release(&r);
	return rc;
}

static void print_plan(struct ctx *c, const char *source, const struct plan_made *made, bool dry)
{
	size_t same = made->n + 1 - made->created - made->updated;

	if (dry && made->again)
		out_text(c, "Would update epic %s from %s: %zu new, %zu changed, %zu as before\n",
			 made->epic->id, source, made->created, made->updated, same);
	else if (made->again)
		out_done(c, "Updated epic %s from %s: %zu new, %zu changed, %zu as before\n",
			 made->epic->id, source, made->created, made->updated, same);
	else if (dry && made->epic)
		out_text(c, "Would create epic %s with %zu issues from %s\n",
			 out_title(c, made->epic->title), made->n, source);
	else if (dry)
		out_text(c, "Would create %zu issues from %s\n", made->n, source);
	else if (made->epic)
		out_done(c, "Created epic %s with %zu issues from %s\n", made->epic->id, made->n,
			 source);
	else
		out_done(c, "Created %zu issues from %s\n", made->n, source);
}

static int import_plan(struct ctx *c, const char *source, const struct buf *text, bool dry)
{
	BUF_AUTO json = BUF_INIT;
	struct jsw w = JSW(&json, JS_COMPACT);
	struct plan_made made;
	int rc = plan_create(c, source, text, PLAN_AGAIN | (dry ? PLAN_DRY : 0), &made);

	if (rc < 0)
		return rc;
	if (!c->json) {
		print_plan(c, source, &made, dry);
		return 0;
	}
	js_open(&w, '{');
	js_put_str(&w, "source", source);
	js_put_int(&w, "created", (long long)made.created);
	js_put_int(&w, "skipped", 0);
	if (made.epic)
		js_put_str(&w, "epic", made.epic->id);
	if (made.again) {
		js_put_int(&w, "updated", (long long)made.updated);
		js_put_int(&w, "unchanged",
			   (long long)(made.n + 1 - made.created - made.updated));
	}
	js_key(&w, "ids");
	js_open(&w, '[');
	if (made.epic)
		js_add_str(&w, made.epic->id);
	for (size_t i = 0; i < made.n; i++)
		js_add_str(&w, made.issue[i]->id);
	js_close(&w, ']');
	if (dry)
		js_put_bool(&w, "dry_run", true);
	js_close(&w, '}');
	json_print(c, json.s);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	const char *file = NULL, *context = NULL, *ignored = NULL;
	bool dry = false, dedup = false;
	const struct opt opts[] = {
		{ 'i', "input", OPT_STR, &file, "<file>", "read this file", 0 },
		{ 0, "dry-run", OPT_BOOL, &dry, NULL, "say what would be imported", 0 },
		{ 0, "dedup", OPT_BOOL, &dedup, NULL,
		  "skip lines whose title an open issue has", 0 },
		{ 0, "context", OPT_STR, &context, "<file>",
		  "the context-summary.json of a tasks.json", 0 },
		{ 0, "format", OPT_STR, &ignored, "<format>", NULL, OPT_HIDDEN },
		{ 0 },
	};
	BUF_AUTO text = BUF_INIT;
	BUF_AUTO more = BUF_INIT;
	struct stat st;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (dry && c->batch)
		return err_set(&c->err, ERR_USAGE, "a dry run has no place in a batch");
	if (argc > 0)
		file = argv[0];
	if (!file && (rc = beads_import_file(c, &file)) < 0)
		return rc;
	if (strcmp(file, "-") && stat(file, &st) < 0)
		return err_set(&c->err, errno == ENOENT ? ERR_NOTFOUND : ERR_IO,
			       "cannot read %s: stat %s: %s", file, file, errno == ENOENT ?
				       "no such file or directory" : strerror(errno));
	if ((rc = cmd_read_file(c, file, &text)) < 0)
		return rc;
	if (is_markdown(file))
		return import_plan(c, file, &text, dry);
	if (context && (rc = cmd_read_file(c, context, &more)) < 0)
		return rc;
	if (context || tasks_is(&text))
		return tasks_import(c, file, &text, context ? &more : NULL, dry);
	return import_jsonl(c, strcmp(file, "-") ? file : "stdin", &text, dedup, dry);
}

const struct cmd cmd_import = {
	.name = "import", .args = "[file|-]",
	.brief = "Import issues from JSONL, or an epic from a Markdown plan",
	.help = "A .md file is a plan: its title becomes an epic, each \"### Task N: name\" a "
		"child of it.\n"
		"Imported again, what changed in it since is brought to the issues; their status "
		"stays.\n"
		"A JSON object with a list of tasks is a tasks.json (agent-os): an epic, its "
		"tasks, their subtasks.\n"
		"Anything else is JSONL as bd writes it; what is here already is updated unless "
		"it is newer.\n"
		"All of the file is imported, or nothing.",
	.example = "import plan.md\nimport issues.jsonl --dry-run", .group = GROUP_DATA,
	.need = NEED_STORE | NEED_WRITE,
	.flags = CMD_ERR_PLAIN, .max_args = 1, .run = run,
};
