/* cmd/create.c - bdw create: one issue; from a Markdown file or a graph of several see
 * create_many.c */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/create.h"
#include "cmd/fields.h"
#include "cmd/json.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "core/lint.h"
#include "core/settings.h"
#include "store/base/text.h"
#include "store/txn.h"
#include "store/issue.h"

/* What the command line says; the fields shared with update are in f. */
struct create {
	struct fields f;
	struct strs labels, deps;
	const char *id, *parent, *skills, *context, *waits_for, *waits_gate, *file, *graph;
	bool no_inherit, force, validate, silent, dry_run, ephemeral, no_history;
};

static int option_table(struct create *o, struct opt *table)
{
	const struct opt own[] = {
		{ 'l', "labels", OPT_LIST, &o->labels, "<a,b>", "labels", 0 },
		{ 0, "label", OPT_LIST, &o->labels, "<a,b>", NULL, OPT_HIDDEN },
		{ 0, "deps", OPT_LIST, &o->deps, "<type:id,...>",
		  "what it depends on: ID, TYPE:ID; blocks:ID makes ID wait for it", 0 },
		{ 0, "parent", OPT_STR, &o->parent, "<id>", "make it a child of this issue", 0 },
		{ 0, "no-inherit-labels", OPT_BOOL, &o->no_inherit, NULL,
		  "do not take the parent's labels", 0 },
		{ 0, "id", OPT_STR, &o->id, "<id>", "use this id", 0 },
		{ 0, "force", OPT_BOOL, &o->force, NULL, "take an id with another prefix", 0 },
		{ 0, "skills", OPT_STR, &o->skills, "<text>",
		  "required skills, added to the description", 0 },
		{ 0, "context", OPT_STR, &o->context, "<text>",
		  "context, added to the description", 0 },
		{ 0, "waits-for", OPT_STR, &o->waits_for, "<id>",
		  "wait for the children of this issue", 0 },
		{ 0, "waits-for-gate", OPT_STR, &o->waits_gate, "<gate>",
		  "all-children (default) or any-children", 0 },
		{ 0, "validate", OPT_BOOL, &o->validate, NULL,
		  "refuse it when sections of its type are missing", 0 },
		{ 0, "silent", OPT_BOOL, &o->silent, NULL, "print only the id", 0 },
		{ 0, "dry-run", OPT_BOOL, &o->dry_run, NULL, "show what would be created", 0 },
		{ 'f', "file", OPT_STR, &o->file, "<plan.md>",
		  "create the issues of a Markdown file", 0 },
		{ 0, "graph", OPT_STR, &o->graph, "<plan.json>",
		  "create the nodes and edges of a JSON file", 0 },
		{ 0, "ephemeral", OPT_BOOL, &o->ephemeral, NULL, "mark it as short-lived", 0 },
		{ 0, "no-history", OPT_BOOL, &o->no_history, NULL, NULL, OPT_HIDDEN },
	};
	int n = 0;

	fields_opts(&o->f, table, &n);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		table[n++] = own[i];
	table[n] = (struct opt){ 0 };
	return n;
}

static void release(struct create *o)
{
	fields_release(&o->f);
	strs_free_all(&o->labels);
	strs_free_all(&o->deps);
}

/* The title: the operand or --title. */
static int take_title(struct ctx *c, struct create *o, int argc, char **argv)
{
	const char *operand = argc > 0 ? argv[0] : NULL;

	if (operand && o->f.title && strcmp(operand, o->f.title))
		return err_set(&c->err, ERR_USAGE,
			       "cannot specify different titles as both positional argument "
			       "and --title flag\n"
			       "  Positional: \"%s\"\n  --title:    \"%s\"", operand, o->f.title);
	if (operand && !o->f.title && operand[0] == '-')
		return err_set(&c->err, ERR_USAGE,
			       "title \"%s\" looks like a flag (starts with '-').\n"
			       "  Run '%s create --help' for available options.\n"
			       "  To use this title anyway, pass it explicitly: %s create "
			       "--title=\"%s\"",
			       operand, c->prog, c->prog, operand);
	if (!operand && !o->f.title)
		return err_set(&c->err, ERR_USAGE,
			       "title required (or use --file to create from markdown)");
	if (!o->f.title)
		o->f.title = operand;
	return 0;
}

static void append_section(struct issue *is, const char *heading, const char *text, struct arena *a)
{
	if (text)
		is->description = arena_printf(a, "%s%s## %s\n%s", is->description,
					       *is->description ? "\n\n" : "", heading, text);
}

/* The issue the flags describe, without an id. */
static void fill(struct ctx *c, const struct create *o, struct issue *is)
{
	struct arena *a = &c->arena;

	issue_init(is);
	fields_apply(&o->f, is, a);
	append_section(is, "Required Skills", o->skills, a);
	append_section(is, "Context", o->context, a);
	if (o->id)
		is->id = o->id;
	if (o->f.metadata_json)
		is->metadata = o->f.metadata_json;
	for (size_t i = 0; i < o->labels.n; i++)
		issue_label_add(is, o->labels.v[i], a);
	if (o->f.defer_us > c->now_us)
		is->status = "deferred";
	if (o->ephemeral)
		issue_extra_set(is, "ephemeral", "true", a);
	if (o->no_history)
		issue_extra_set(is, "no_history", "true", a);
	is->created_by = cmd_actor(c);
	is->owner = cmd_owner(c);
}

/* --validate, or config validation.on-create = warn | error */
static int check_sections(struct ctx *c, const struct create *o, const struct issue *is)
{
	const char *mode = settings_get(cmd_settings(c), "validation.on-create");
	struct err e = ERR_INIT;
	bool strict = o->validate || (mode && !strcmp(mode, "error"));

	if (!strict && !(mode && !strcmp(mode, "warn")))
		return 0;
	if (lint_check(is, &e) == 0)
		return 0;
	if (strict) {
		c->err = e;
		return e.code;
	}
	out_warn(c, "Warning: %s", e.msg);
	return 0;
}

/* config create.require-description */
static int check_description(struct ctx *c, const struct issue *is)
{
	if (*is->description || !settings_true(cmd_settings(c), "create.require-description"))
		return 0;
	return err_set(&c->err, ERR_USAGE, "description is required (set "
		       "create.require-description: false in config.yaml to disable)");
}

void create_print_json(struct ctx *c, const struct issue *is)
{
	const struct json_extra x = { .fine = true };
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	json_issue(&w, is, &x);
	json_print(c, o.s);
}

static int dry_run(struct ctx *c, const struct issue *is)
{
	if (c->json) {
		create_print_json(c, is);
		return 0;
	}
	out_text(c, "⚠ [DRY RUN] Would create issue:\n"
		 "  ID: %s\n  Title: %s\n  Type: %s\n  Priority: P%d\n  Status: %s\n",
		 *is->id ? is->id : "(will be generated)", out_title(c, is->title), is->type,
		 is->priority, is->status);
	if (*is->assignee)
		out_text(c, "  Assignee: %s\n", is->assignee);
	if (*is->description)
		out_text(c, "  Description: %s\n", is->description);
	if (is->nlabels) {
		out_text(c, "  Labels: ");
		for (size_t i = 0; i < is->nlabels; i++)
			out_text(c, "%s%s", i ? ", " : "", is->labels[i]);
		out_text(c, "\n");
	}
	return 0;
}

static void print_created(struct ctx *c, const struct issue *is, bool silent)
{
	if (c->json)
		create_print_json(c, is);
	else if (silent)
		out_text(c, "%s\n", is->id);
	else
		out_made(c, "Created issue: %s\n  Priority: P%d\n  Status: %s\n",
			 out_id_title(c, is->id, is->title), is->priority, is->status);
}

int create_one(struct ctx *c, const struct life_new *n, bool dry, const struct issue **out)
{
	STRS_AUTO warnings = { 0 };
	struct write w;
	struct issue *made;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	if (dry) {
		*out = n->fields;
		return write_abort(&w, life_check_new(&w.life, n, &c->err));
	}
	if ((rc = life_create(&w.life, n, &made, &warnings, &c->err)) < 0)
		return write_abort(&w, rc);
	*out = write_result(c, &w, made->id);
	if ((rc = write_commit(c, &w, "create %s: %s", (*out)->id, (*out)->title)) < 0)
		return rc;
	for (size_t i = 0; i < warnings.n; i++)
		out_warn(c, "Warning: %s", warnings.v[i]);
	cmd_touch(c, (*out)->id);
	return 0;
}

static int create_from_flags(struct ctx *c, struct create *o, int argc, char **argv)
{
	struct issue is;
	const struct issue *made;
	struct life_new n = {
		.fields = &is, .parent = o->parent && *o->parent ? o->parent : NULL,
		.waits_for = o->waits_for, .waits_gate = o->waits_gate, .no_inherit = o->no_inherit,
		.force = o->force,
	};
	int rc;

	if ((rc = take_title(c, o, argc, argv)) < 0 || (rc = fields_read(c, &o->f)) < 0 ||
	    (rc = fields_check_labels(c, &o->labels)) < 0)
		return rc;
	fill(c, o, &is);
	n.deps = (const char *const *)o->deps.v;
	n.ndeps = o->deps.n;
	if ((rc = check_description(c, &is)) < 0 || (rc = check_sections(c, o, &is)) < 0)
		return rc;
	if ((rc = create_one(c, &n, o->dry_run, &made)) < 0)
		return rc;
	if (o->dry_run)
		return dry_run(c, made);
	print_created(c, made, o->silent);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct create o = { .f = FIELDS_INIT };
	struct opt opts[FIELD_OPTS + 24];
	int rc;

	option_table(&o, opts);
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0) {
		if ((o.file || o.graph) && (argc > 0 || o.f.title))
			rc = err_set(&c->err, ERR_USAGE, "cannot specify both title and --%s flag",
				     o.file ? "file" : "graph");
		else if (o.file)
			rc = create_from_markdown(c, o.file, o.dry_run, o.silent);
		else if (o.graph)
			rc = create_from_graph(c, o.graph, o.dry_run, o.silent);
		else
			rc = create_from_flags(c, &o, argc, argv);
	}
	release(&o);
	return rc;
}

const struct cmd cmd_create = {
	.name = "create", .aliases = "new", .args = "[title]", .brief = "Create a new issue",
	.help =
	"Everything is checked before anything is created. With --silent only the id is printed.",
		.example = "create \"Parser: reject NUL bytes\" -t bug -p 1 -l area:store\n"
		   "create \"Second step\" --parent demo-77aa --deps demo-77aa.1 --body-file "
		   "step2.md",
	.group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE, .flags = CMD_ERR_STDERR,
	.max_args = 1, .run = run,
};
