/* cmd/export.c - bdw export: every issue as a line of JSON, sorted by id so that two exports
 * compare line by line */
#include "cmd/export.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/beads.h"
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/outfile.h"
#include "cmd/tasks.h"
#include "cmd/write.h"
#include "core/memory.h"
#include "core/settings.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/issue.h"
#include "store/jsonl.h"
#include "store/store.h"
#include "store/view.h"

/* bd leaves these out unless --all or --include-infra. */
static bool is_infra(const struct issue *is)
{
	static const char *const types[] = { "agent", "role", "rig", "message" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(is->type, types[i]))
			return true;
	return issue_flag(is, "is_template");
}

/* As bd counts: edges of type blocks, both ways. */
static struct jsonl_counts *count(const struct view *v)
{
	struct jsonl_counts *n = xcalloc(view_count(v) + 1, sizeof(*n));

	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);

		n[i].comment_count = is->ncomments;
		for (size_t k = 0; k < is->ndeps; k++) {
			long target;

			if (strcmp(is->deps[k].type, "blocks"))
				continue;
			n[i].dependency_count++;
			if ((target = view_edge(v, i, k)) >= 0)
				n[target].dependent_count++;
		}
	}
	return n;
}

size_t export_issues(const struct view *v, bool infra, const struct jsonl_opts *o,
		     struct outfile *out)
{
	struct jsonl_counts *counts = count(v);
	size_t n = 0;

	for (size_t i = 0; i < view_count(v); i++) {
		if (!infra && is_infra(view_at(v, i)))
			continue;
		jsonl_write(view_at(v, i), &counts[i], o, &out->text);
		outfile_pass(out);
		n++;
	}
	free(counts);
	return n;
}

/* RFC 4180, but for the line ends: a field that needs it is quoted. */
static void csv_field(struct buf *out, const char *s, char after)
{
	bool quote = s[strcspn(s, ",\"\r\n")] || *s == ' ';

	if (quote)
		buf_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"')
			buf_addc(out, '"');
		buf_addc(out, *s);
	}
	if (quote)
		buf_addc(out, '"');
	buf_addc(out, after);
}

static void csv_time(struct buf *out, int64_t us, char after)
{
	char text[CLOCK_TEXT];

	csv_field(out, us ? clock_format_s(us, text) : "", after);
}

static void csv_line(const struct issue *is, struct buf *out)
{
	BUF_AUTO words = BUF_INIT;

	csv_field(out, is->id, ',');
	csv_field(out, is->title, ',');
	csv_field(out, is->status, ',');
	buf_addf(out, "%d,", is->priority);
	csv_field(out, is->type, ',');
	csv_field(out, is->assignee, ',');
	for (size_t i = 0; i < is->nlabels; i++)
		buf_addf(&words, "%s%s", i ? " " : "", is->labels[i]);
	csv_field(out, words.s, ',');
	csv_field(out, issue_parent(is) ? issue_parent(is) : "", ',');
	buf_reset(&words);
	for (size_t i = 0; i < is->ndeps; i++)
		if (!strcmp(is->deps[i].type, "blocks"))
			buf_addf(&words, "%s%s", words.len ? " " : "", is->deps[i].target);
	csv_field(out, words.s, ',');
	csv_time(out, is->created_at, ',');
	csv_time(out, is->updated_at, ',');
	csv_time(out, is->closed_at, ',');
	csv_field(out, is->close_reason, ',');
	csv_field(out, is->description, '\n');
}

static size_t write_csv(const struct view *v, bool infra, struct outfile *out)
{
	size_t n = 0;

	buf_adds(&out->text,
		 "id,title,status,priority,type,assignee,labels,parent,depends_on,created_at,updated_at,closed_at,"
		 "close_reason,description\n");
	for (size_t i = 0; i < view_count(v); i++)
		if (infra || !is_infra(view_at(v, i))) {
			csv_line(view_at(v, i), &out->text);
			outfile_pass(out);
			n++;
		}
	return n;
}

static size_t write_memories(struct ctx *c, struct buf *out)
{
	STRS_AUTO keys = { 0 };
	size_t n = 0;

	memory_keys(c->store, &keys);
	for (size_t i = 0; i < keys.n; i++) {
		BUF_AUTO value = BUF_INIT;
		struct jsw w = JSW(out, JS_COMPACT);

		if (memory_read(c->store, keys.v[i], &value, NULL) < 0)
			continue;
		js_open(&w, '{');
		js_put_str(&w, "_type", "memory");
		js_put_str(&w, "key", keys.v[i]);
		js_put_str(&w, "value", value.s);
		js_close(&w, '}');
		buf_addc(out, '\n');
		n++;
	}
	return n;
}

/* What was edited by hand becomes history first; a store that cannot be written is exported as
 * it stands. */
static int absorb_edits(struct ctx *c)
{
	STRS_AUTO ids = { 0 };
	struct view *v;
	size_t n;
	int rc;

	if ((rc = cmd_view(c, 0, &v)) < 0 || c->readonly || store_read_only(c->store))
		return rc;
	for (size_t i = 0; i < view_count(v); i++)
		if (!view_committed(v, i))
			strs_add(&ids, view_id(v, i));
	if (!ids.n)
		return 0;
	if (write_absorb(c, &ids, &n) < 0)
		c->err = (struct err)ERR_INIT;
	else if (n)
		cmd_forget_view(c);
	else
		view_note_committed(v);
	return 0;
}

/* --comment-ids, or config export.comment-ids: old viewers skip an issue whose comments have
 * other ids than numbers. */
bool export_numbers(struct ctx *c, const char *flag)
{
	const char *kind = flag ? flag : settings_get(cmd_settings(c), "export.comment-ids");

	return kind && !strcmp(kind, "int");
}

struct exporting {
	const char *file, *format, *ids, *context;
	bool all, infra, memories, auto_now, ignored;
	struct jsonl_opts lines;
};

static int check(struct ctx *c, struct exporting *o)
{
	if (!o->format)
		o->format = "jsonl";
	if (strcmp(o->format, "jsonl") && strcmp(o->format, "csv") && strcmp(o->format, "json") &&
	    strcmp(o->format, "tasks.json"))
		return err_set(&c->err, ERR_USAGE,
			       "unknown format '%s' (valid: jsonl, csv, tasks.json)", o->format);
	if (o->ids && strcmp(o->ids, "int") && strcmp(o->ids, "string"))
		return err_set(&c->err, ERR_USAGE,
			       "unknown --comment-ids '%s' (valid: string, int)", o->ids);
	if (o->context && strcmp(o->format, "tasks.json"))
		return err_set(&c->err, ERR_USAGE, "--context goes with --format tasks.json");
	o->lines.int_comment_ids = export_numbers(c, o->ids);
	return 0;
}

static int write_context(struct ctx *c, const char *name, const struct buf *text)
{
	struct outfile out;
	int rc = outfile_open(&out, c, name);

	if (rc < 0)
		return rc;
	buf_add(&out.text, text->s, text->len);
	return outfile_close(&out, c, 0);
}

static int write_tasks(struct ctx *c, const struct exporting *o, struct view *v, const char *epic,
		       struct outfile *out, size_t *n)
{
	BUF_AUTO context = BUF_INIT;
	int rc = tasks_write(c, v, epic, &out->text, o->context ? &context : NULL, n);

	return rc == 0 && o->context ? write_context(c, o->context, &context) : rc;
}

static int write_all(struct ctx *c, const struct exporting *o, const char *epic,
		     struct outfile *out, size_t *n)
{
	struct view *v;
	int rc = cmd_view(c, 0, &v);

	if (rc < 0)
		return rc;
	if (!strcmp(o->format, "tasks.json"))
		return write_tasks(c, o, v, epic, out, n);
	if (!strcmp(o->format, "csv")) {
		*n = write_csv(v, o->all || o->infra, out);
		return 0;
	}
	*n = export_issues(v, o->all || o->infra, &o->lines, out);
	if (o->all || o->memories)
		write_memories(c, &out->text);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct exporting o = { .file = "-" };
	const struct opt opts[] = {
		{ 'o', "output", OPT_STR, &o.file, "<file>",
		  "write to this file, all or nothing (default: standard output)", 0 },
		{ 0, "format", OPT_STR, &o.format, "<format>",
		  "jsonl (default), csv, tasks.json (of one epic)", 0 },
		{ 0, "context", OPT_STR, &o.context, "<file>",
		  "write the context-summary.json of a tasks.json here", 0 },
		{ 0, "comment-ids", OPT_STR, &o.ids, "<kind>",
		  "string (default), or int: 1, 2, ... in each issue", 0 },
		{ 0, "auto", OPT_BOOL, &o.auto_now, NULL,
		  "bring .beads/issues.jsonl up to date, as export.auto does after each change",
		  0 },
		{ 0, "all", OPT_BOOL, &o.all, NULL,
		  "with infrastructure issues, templates and memories", 0 },
		{ 0, "include-infra", OPT_BOOL, &o.infra, NULL,
		  "with infrastructure issues and templates", 0 },
		{ 0, "include-memories", OPT_BOOL, &o.memories, NULL, "with memories", 0 },
		{ 0, "scrub", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0, "jsonl", OPT_BOOL, &o.ignored, NULL, NULL, OPT_HIDDEN },
		{ 0 },
	};
	struct outfile out;
	size_t n = 0;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = check(c, &o)) < 0)
		return rc;
	if (argc > 0 && strcmp(o.format, "tasks.json"))
		return err_set(&c->err, ERR_USAGE,
			       "an epic is for --format tasks.json: '%s'", argv[0]);
	if ((rc = absorb_edits(c)) < 0)
		return rc;
	if (o.auto_now)
		return beads_write(c, &o.lines);
	if ((rc = outfile_open(&out, c, o.file)) < 0)
		return rc;
	rc = write_all(c, &o, argc > 0 ? argv[0] : NULL, &out, &n);
	if ((rc = outfile_close(&out, c, rc)) < 0)
		return rc;
	if (!c->quiet && strcmp(o.file, "-"))
		out_warn(c, "Exported %zu issues to %s", n, o.file);
	return 0;
}

const struct cmd cmd_export = {
	.name = "export", .args = "[<epic>]", .brief = "Export issues as JSONL",
	.help = "One JSON object a line, in the format of bd's issues.jsonl.",
	.example = "export -o issues.jsonl\nexport --format csv\n"
		   "export --format tasks.json --context context-summary.json -o tasks.json",
			   .max_args = 1, .group = GROUP_DATA,
	.need = NEED_STORE, .run = run,
};
