/* cmd/delete.c - bdw delete: a preview first, the deed with --force */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/txn.h"

struct deletion {
	bool force, cascade, dry_run;
	const char *from_file;
	struct strs ids;		/* as asked for */
	struct life_deletion plan;
};

static int read_ids(struct ctx *c, struct deletion *o)
{
	BUF_AUTO text = BUF_INIT;
	const char *s, *line;
	size_t n, len;
	int rc;

	if (!o->from_file)
		return 0;
	if ((rc = cmd_read_file(c, o->from_file, &text)) < 0)
		return err_wrap(&c->err, rc, "reading issue IDs");
	for (s = text.s, n = text.len; text_line(&s, &n, &line, &len);) {
		text_trim(&line, &len);
		if (len && *line != '#')
			strs_add(&o->ids, arena_strndup(&c->arena, line, len));
	}
	return 0;
}

static void print_preview(struct ctx *c, const struct deletion *o, struct write *w)
{
	bool many = o->plan.ids.n > 1;

	out_text(c, "\n⚠️  DELETE PREVIEW\n\n%s to delete:\n", many ? "Issues" : "Issue");
	for (size_t i = 0; i < o->plan.ids.n; i++)
		out_text(c, "  %s: %s\n", o->plan.ids.v[i],
			 out_title(c, txn_get(w->t, o->plan.ids.v[i])->title));
	out_text(c, "\nDependency links to remove: %zu\n", o->plan.nedges);
	for (size_t i = 0; i < o->plan.edges.n; i++)
		out_text(c, "  %s\n", o->plan.edges.v[i]);
	out_text(c, "\nConnected issues where text references will be updated:\n");
	for (size_t i = 0; i < o->plan.mentioned.n; i++)
		out_text(c, "  %s: %s\n", o->plan.mentioned.v[i],
			 out_title(c, txn_get(w->t, o->plan.mentioned.v[i])->title));
	if (!o->plan.mentioned.n)
		out_text(c, "  (none have text references)\n");
	out_text(c, "\nThis operation cannot be undone!\nTo proceed, run: %s delete", c->prog);
	for (size_t i = 0; i < o->ids.n; i++)
		out_text(c, " %s", o->ids.v[i]);
	out_text(c, "%s --force\n\n", o->cascade ? " --cascade" : "");
}

static void print_json(struct ctx *c, const struct deletion *o, bool done)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	js_open(&w, '{');
	if (!done) {
		js_put_strs(&w, "would_delete", &o->plan.ids);
	} else if (o->plan.ids.n == 1 && !o->cascade) {
		js_put_str(&w, "deleted", o->ids.v[0]);
	} else {
		js_put_strs(&w, "deleted", &o->ids);
		js_put_int(&w, "deleted_count", (long long)o->plan.ids.n);
		js_put_int(&w, "labels_removed", (long long)o->plan.nlabels);
		js_put_int(&w, "events_removed", 0);
		js_key(&w, "orphaned_issues");
		js_add_null(&w);
	}
	js_put_int(&w, "dependencies_removed", (long long)o->plan.nedges);
	js_put_int(&w, "references_updated", (long long)o->plan.mentioned.n);
	js_close(&w, '}');
	json_print(c, text.s);
}

static void print_done(struct ctx *c, const struct deletion *o)
{
	bool one = o->plan.ids.n == 1 && !o->cascade;

	if (one)
		out_done(c, "Deleted %s\n", o->ids.v[0]);
	else
		out_done(c, "Deleted %zu issue(s)\n", o->plan.ids.n);
	out_note(c, "  Removed %zu dependency link(s)\n", o->plan.nedges);
	if (!one)
		out_note(c, "  Removed %zu label(s)\n", o->plan.nlabels);
	out_note(c, "  Updated text references in %zu issue(s)\n", o->plan.mentioned.n);
}

static int delete_all(struct ctx *c, struct deletion *o)
{
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	rc = life_plan_delete(&w.life, (const char *const *)o->ids.v, o->ids.n, o->cascade,
			      &o->plan, &c->err);
	if (rc < 0)
		return write_abort(&w, rc);
	if (!o->force || o->dry_run) {
		if (c->json && !c->bd)
			print_json(c, o, false);
		else
			print_preview(c, o, &w);
		return write_abort(&w, 0);
	}
	if ((rc = life_delete(&w.life, &o->plan, &c->err)) < 0)
		return write_abort(&w, rc);
	if ((rc = write_commit(c, &w, "%s", write_subject(c, "delete", &o->plan.ids))) < 0)
		return rc;
	if (c->json)
		print_json(c, o, true);
	else
		print_done(c, o);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct deletion o = { 0 };
	const struct opt opts[] = {
		{ 'f', "force", OPT_BOOL, &o.force, NULL,
		  "delete; without it only a preview is shown", 0 },
		{ 0, "cascade", OPT_BOOL, &o.cascade, NULL,
		  "delete its children and what waits for it too", 0 },
		{ 0, "dry-run", OPT_BOOL, &o.dry_run, NULL, "show what would be deleted", 0 },
		{ 0, "from-file", OPT_STR, &o.from_file, "<file>",
		  "read ids from a file, one a line", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0) {
		for (int i = 0; i < argc; i++)
			strs_add(&o.ids, argv[i]);
		rc = read_ids(c, &o);
		if (rc == 0 && !o.ids.n) {
			rc = err_set(&c->err, ERR_USAGE, "no issue IDs provided");
			help_usage(c, c->cmd, opts, &c->usage);
		}
		if (rc == 0)
			rc = delete_all(c, &o);
	}
	strs_free_all(&o.ids);
	life_deletion_release(&o.plan);
	return rc;
}

const struct cmd cmd_delete = {
	.name = "delete", .args = "<id>...", .brief = "Delete issues, and what points at them",
	.help =
	"Links to a deleted issue go too, and texts of linked issues say [deleted:ID] instead.\n"
		"History keeps it: the commit before holds every word.",
	.example = "delete demo-4f2a\ndelete demo-4f2a --force",
	.group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE, .flags = CMD_ERR_STDERR,
	.max_args = -1, .run = run,
};
