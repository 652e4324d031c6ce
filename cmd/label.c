/* cmd/label.c - bdw label add | remove | list | list-all | propagate */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/fields.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/txn.h"
#include "store/view.h"

static const struct opt no_opts[] = { { 0 } };

static int check_label(struct ctx *c, const char *label)
{
	if (!label[strspn(label, " \t\n")])
		return err_set(&c->err, ERR_USAGE, "label cannot be empty");
	return fields_check_line(c, "a label", label);
}

static void print_changes(struct ctx *c, const struct strs *ids, const char *label, bool add)
{
	struct json_doc d;

	for (size_t i = 0; !c->json && i < ids->n; i++)
		out_done(c, "%s label '%s' %s %s\n", add ? "Added" : "Removed",
			 label, add ? "to" : "from", ids->v[i]);
	if (!c->json)
		return;
	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < ids->n; i++) {
		js_open(&d.w, '{');
		js_put_str(&d.w, "issue_id", ids->v[i]);
		js_put_str(&d.w, "label", label);
		js_put_str(&d.w, "status", add ? "added" : "removed");
		js_close(&d.w, '}');
	}
	js_close(&d.w, ']');
	json_finish(&d, c);
}

static int change_one(struct ctx *c, struct write *w, const char *id, const char *label, bool add)
{
	struct arena *a = txn_arena(w->t);
	struct issue *is;
	int rc = txn_edit(w->t, id, &is, &c->err);

	if (rc < 0)
		return rc;
	if (add ? issue_label_add(is, arena_strdup(a, label), a) : issue_label_remove(is, label))
		is->updated_at = w->life.now_us;
	return 0;
}

/* ID... LABEL */
static int change(struct ctx *c, int argc, char **argv, bool add)
{
	STRS_AUTO ids = { 0 };
	const char *label, *id, *verb;
	struct write w;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	label = argv[argc - 1];
	if ((rc = check_label(c, label)) < 0 || (rc = write_begin(c, &w)) < 0)
		return rc;
	for (int i = 0; i < argc - 1; i++) {
		if (write_resolve(c, &w, argv[i], &id) < 0)
			out_warn(c, "Error resolving %s: %s", argv[i], c->err.msg);
		else if (change_one(c, &w, id, label, add) < 0)
			out_warn(c, "Error %s label %s %s: %s", add ? "adding" : "removing",
				 add ? "to" : "from", id, c->err.msg);
		else
			strs_add(&ids, id);
	}
	if (!ids.n)
		return write_none(c, &w);
	verb = arena_printf(&c->arena, "label %s %s:", add ? "add" : "remove", label);
	rc = write_commit(c, &w, "%s", write_subject(c, verb, &ids));
	if (rc < 0)
		return rc;
	print_changes(c, &ids, label, add);
	return 0;
}

static int run_add(struct ctx *c, int argc, char **argv)
{
	return change(c, argc, argv, true);
}

static int run_remove(struct ctx *c, int argc, char **argv)
{
	return change(c, argc, argv, false);
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	const struct issue *is;
	struct json_doc d;
	struct view *v;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0 || (rc = cmd_view(c, VIEW_QUICK, &v)) < 0)
		return rc;
	if ((rc = cmd_resolve(c, v, argv[0], &is)) < 0)
		return err_wrap(&c->err, rc, "resolving %s", argv[0]);
	if (c->json) {
		json_start(&d, c);
		js_open(&d.w, '[');
		for (size_t i = 0; i < is->nlabels; i++)
			js_add_str(&d.w, is->labels[i]);
		js_close(&d.w, ']');
		json_finish(&d, c);
		return 0;
	}
	if (!is->nlabels) {
		out_text(c, "\n%s has no labels\n", is->id);
		return 0;
	}
	out_text(c, "\n🏷 Labels for %s:\n", is->id);
	for (size_t i = 0; i < is->nlabels; i++)
		out_text(c, "  - %s\n", is->labels[i]);
	out_text(c, "\n");
	return 0;
}

struct label_count { const char *label; size_t n; };

static int by_label(const void *a, const void *b)
{
	return strcmp(((const struct label_count *)a)->label,
		      ((const struct label_count *)b)->label);
}

/* Every label in use with how often; the array is the caller's to free. */
static struct label_count *count_labels(const struct view *v, size_t *n)
{
	struct { struct label_count *v; size_t n, cap; } all = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < view_count(v); i++)
		for (size_t k = 0; k < view_at(v, i)->nlabels; k++)
			vec_add(&all, (struct label_count){ view_at(v, i)->labels[k], 1 });
	if (all.n > 1)
		qsort(all.v, all.n, sizeof(*all.v), by_label);
	for (size_t i = 0; i < all.n; i++) {
		if (kept && !strcmp(all.v[kept - 1].label, all.v[i].label))
			all.v[kept - 1].n++;
		else
			all.v[kept++] = all.v[i];
	}
	*n = kept;
	return all.v;
}

static void print_counts(struct ctx *c, const struct label_count *all, size_t n)
{
	struct json_doc d;
	int width = 0;

	if (c->json) {
		json_start(&d, c);
		js_open(&d.w, '[');
		for (size_t i = 0; i < n; i++) {
			js_open(&d.w, '{');
			js_put_str(&d.w, "label", all[i].label);
			js_put_int(&d.w, "count", (long long)all[i].n);
			js_close(&d.w, '}');
		}
		js_close(&d.w, ']');
		json_finish(&d, c);
		return;
	}
	if (!n) {
		out_text(c, "\nNo labels found in database\n");
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (text_width(all[i].label) > width)
			width = text_width(all[i].label);
	out_text(c, "\n🏷 All labels (%zu unique):\n", n);
	for (size_t i = 0; i < n; i++)
		out_text(c, "  %s%*s  (%zu issues)\n", all[i].label,
			 width - text_width(all[i].label), "", all[i].n);
	out_text(c, "\n");
}

static int run_list_all(struct ctx *c, int argc, char **argv)
{
	struct label_count *all;
	struct view *v;
	size_t n;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0 || (rc = cmd_view(c, 0, &v)) < 0)
		return rc;
	all = count_labels(v, &n);
	print_counts(c, all, n);
	free(all);
	return 0;
}

/* PARENT LABEL: the label goes to all its children. */
static int run_propagate(struct ctx *c, int argc, char **argv)
{
	STRS_AUTO ids = { 0 };
	const char *parent, *label;
	const uint32_t *up;
	size_t n = 0;
	struct write w;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	label = argv[1];
	if ((rc = check_label(c, label)) < 0 || (rc = write_begin(c, &w)) < 0)
		return rc;
	if ((rc = write_resolve(c, &w, argv[0], &parent)) < 0)
		return write_abort(&w, err_wrap(&c->err, rc, "resolving %s", argv[0]));
	up = view_dependents(w.v, (size_t)view_index(w.v, parent), &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *id = view_at(w.v, up[i])->id;

		if (!issue_dep_find(view_at(w.v, up[i]), parent, "parent-child") ||
		    strs_has(&ids, id))
			continue;
		strs_add(&ids, id);
		rc = change_one(c, &w, id, label, true);
	}
	if (rc < 0 || !ids.n) {
		if (rc == 0 && !c->json)
			out_text(c, "%s has no children\n", parent);
		if (rc == 0 && c->json)
			print_changes(c, &ids, label, true);
		return write_abort(&w, rc);
	}
	if ((rc = write_commit(c, &w, "label propagate %s: %s", label, parent)) == 0)
		print_changes(c, &ids, label, true);
	return rc;
}

static const struct cmd add = {
	.name = "add", .args = "<id>... <label>", .brief = "Add a label to one or more issues",
	.example = "label add demo-4f2a demo-91c2 area:store", .need = NEED_STORE | NEED_WRITE,
	.min_args = 2, .max_args = -1, .run = run_add,
};
static const struct cmd list = {
	.name = "list", .args = "<id>", .brief = "List the labels of an issue",
	.example = "label list demo-4f2a", .need = NEED_STORE, .min_args = 1, .max_args = 1,
	.run = run_list,
};
static const struct cmd list_all = {
	.name = "list-all", .brief = "List all labels in use", .example = "label list-all --json",
	.need = NEED_STORE,
	.run = run_list_all,
};
static const struct cmd propagate = {
	.name = "propagate", .args = "<parent> <label>",
	.brief = "Give a label to all children of an issue",
	.example = "label propagate demo-77aa release-2", .need = NEED_STORE | NEED_WRITE,
	.min_args = 2, .max_args = 2, .run = run_propagate,
};
static const struct cmd remove_label = {
	.name = "remove", .aliases = "rm", .args = "<id>... <label>",
	.brief = "Remove a label from one or more issues",
	.example = "label remove demo-4f2a area:store", .need = NEED_STORE | NEED_WRITE,
	.min_args = 2, .max_args = -1,
	.run = run_remove,
};
static const struct cmd *const subs[] = { &add, &list, &list_all, &propagate, &remove_label, NULL };

const struct cmd cmd_label = {
	.name = "label", .brief = "Manage issue labels", .example = "label add demo-4f2a urgent",
	.group = GROUP_ISSUES,
	.subs = subs,
};
