#include "cmd/fields.h"

#include <string.h>

#include "cmd/cmd.h"
#include "core/timeexpr.h"
#include "store/base/arena.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/issue.h"

void fields_opts(struct fields *f, struct opt *table, int *n)
{
	const struct opt shared[] = {
		{ 0, "title", OPT_STR, &f->title, "<text>", "title", 0 },
		{ 'd', "description", OPT_STR, &f->description, "<text>",
		  "description (- reads standard input)", 0 },
		{ 0, "body", OPT_STR, &f->body, "<text>", NULL, OPT_HIDDEN },
		{ 'm', "message", OPT_STR, &f->message, "<text>", NULL, OPT_HIDDEN },
		{ 0, "body-file", OPT_STR, &f->body_file, "<file>",
		  "read the description from a file (- is standard input)", 0 },
		{ 0, "description-file", OPT_STR, &f->description_file, "<file>", NULL,
		  OPT_HIDDEN },
		{ 0, "stdin", OPT_BOOL, &f->from_stdin, NULL,
		  "read the description from standard input", 0 },
		{ 't', "type", OPT_STR, &f->type, "<type>",
		  "bug, feature, task, epic, chore, decision, spike, story, milestone", 0 },
		{ 'p', "priority", OPT_STR, &f->priority, "<0-4>",
		  "priority, 0 or P0 is the highest", 0 },
		{ 'a', "assignee", OPT_STR, &f->assignee, "<name>", "who works on it", 0 },
		{ 0, "design", OPT_STR, &f->design, "<text>", "design notes", 0 },
		{ 0, "design-file", OPT_STR, &f->design_file, "<file>",
		  "read the design from a file (- is standard input)", 0 },
		{ 0, "acceptance", OPT_STR, &f->acceptance, "<text>", "acceptance criteria", 0 },
		{ 0, "acceptance-criteria", OPT_STR, &f->acceptance_old, "<text>", NULL,
		  OPT_HIDDEN },
		{ 0, "notes", OPT_STR, &f->notes, "<text>", "notes", 0 },
		{ 0, "append-notes", OPT_STR, &f->append_notes, "<text>",
		  "add a line to the notes", 0 },
		{ 0, "external-ref", OPT_STR, &f->external_ref, "<ref>",
		  "where else it is known: gh-9, jira-ABC", 0 },
		{ 0, "spec-id", OPT_STR, &f->spec_id, "<id>", "specification it belongs to", 0 },
		{ 'e', "estimate", OPT_STR, &f->estimate, "<minutes>", "estimated minutes", 0 },
		{ 0, "metadata", OPT_STR, &f->metadata, "<json>", "a JSON object, or @FILE", 0 },
		{ 0, "due", OPT_STR, &f->due, "<time>",
		  "when it is due: +6h, tomorrow, next monday, 2025-01-15", 0 },
		{ 0, "defer", OPT_STR, &f->defer, "<time>", "hide it from ready until then", 0 },
	};

	_Static_assert(sizeof(shared) / sizeof(shared[0]) <= FIELD_OPTS, "FIELD_OPTS is too small");
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		table[(*n)++] = shared[i];
}

void fields_release(struct fields *f)
{
	buf_release(&f->text);
	buf_release(&f->design_text);
}

/* The flags that give the description as text; two that differ are a mistake. */
static int inline_description(struct ctx *c, struct fields *f, const char **text)
{
	const struct { const char *flag, *value; } from[] = {
		{ "--description", f->description }, { "--body", f->body },
		{ "--message", f->message },
	};
	const char *flag = NULL;

	*text = NULL;
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		if (!from[i].value)
			continue;
		if (*text && strcmp(*text, from[i].value))
			return err_set(&c->err, ERR_USAGE,
				       "cannot specify both %s and %s with different values\n"
				       "  %s: \"%s\"\n  %s:        \"%s\"", flag, from[i].flag,
				       flag, *text,
				       from[i].flag, from[i].value);
		*text = from[i].value;
		flag = from[i].flag;
	}
	return 0;
}

static int read_description(struct ctx *c, struct fields *f)
{
	const char *file = f->body_file ? f->body_file : f->description_file, *text;
	int rc = inline_description(c, f, &text);

	if (rc < 0)
		return rc;
	if (f->body_file && f->description_file && strcmp(f->body_file, f->description_file))
		return err_set(&c->err, ERR_USAGE,
			       "cannot specify both --body-file and --description-file with "
			       "different values");
	if (f->from_stdin && file)
		return err_set(&c->err, ERR_USAGE, "cannot specify both --stdin and --body-file");
	if (text && (file || f->from_stdin))
		return err_set(&c->err, ERR_USAGE, "cannot specify both --description and %s",
			       file ? "--body-file" : "--stdin");
	if (text && !strcmp(text, "-"))
		file = "-";
	else
		f->full_description = text;
	if (f->from_stdin)
		file = "-";
	if (!file)
		return 0;
	if ((rc = cmd_read_file(c, file, &f->text)) < 0)
		return err_wrap(&c->err, rc, "reading %s", strcmp(file, "-") ? "body file" :
				"standard input");
	f->full_description = f->text.s;
	f->description_piped = true;
	if (strlen(f->text.s) != f->text.len)
		return err_set(&c->err, ERR_USAGE, "the description holds a NUL byte");
	return 0;
}

static int read_design(struct ctx *c, struct fields *f)
{
	int rc;

	if (!f->design_file)
		return 0;
	if (f->design)
		return err_set(&c->err, ERR_USAGE,
			       "cannot specify both --design and --design-file");
	if ((rc = cmd_read_file(c, f->design_file, &f->design_text)) < 0)
		return err_wrap(&c->err, rc, "reading design file");
	f->design = f->design_text.s;
	return 0;
}

/* A JSON object given as text or as @FILE, compact; lives in c->arena. ERR_USAGE. */
static int read_metadata(struct ctx *c, const char *value, const char **json)
{
	BUF_AUTO file = BUF_INIT;
	BUF_AUTO compact = BUF_INIT;
	struct js *v;
	int rc;

	if (value[0] == '@') {
		if ((rc = cmd_read_file(c, value + 1, &file)) < 0)
			return err_wrap(&c->err, rc, "reading metadata file");
		value = file.s;
	}
	if ((rc = js_parse(&v, value, strlen(value), &c->err)) < 0)
		return err_wrap(&c->err, ERR_USAGE, "invalid JSON in --metadata");
	if (js_kind(v) != JS_OBJECT) {
		js_free(v);
		return err_set(&c->err, ERR_USAGE, "invalid JSON in --metadata: must be an object");
	}
	js_dump(v, false, &compact);	/* members stay in their order, as bd keeps them */
	js_free(v);
	*json = arena_strdup(&c->arena, compact.s);
	return 0;
}

static int read_values(struct ctx *c, struct fields *f)
{
	long long n;
	int rc;

	if (f->priority && (rc = priority_parse(f->priority, &f->priority_n, &c->err)) < 0)
		return rc;
	if (f->estimate) {
		if (text_int(f->estimate, -1000000000, 1000000000, &n) < 0)
			return err_set(&c->err, ERR_USAGE,
				       "invalid argument \"%s\" for \"-e, --estimate\" flag: "
				       "strconv.ParseInt: parsing \"%s\": invalid syntax",
				       f->estimate, f->estimate);
		if (n < 0)
			return err_set(&c->err, ERR_USAGE,
				       "estimate must be a non-negative number of minutes");
		f->estimate_n = (long)n;
	}
	if (f->due && *f->due &&
	    (rc = timeexpr_flag("due", f->due, c->now_us, &f->due_us, &c->err)) < 0)
		return rc;
	if (f->defer && *f->defer &&
	    (rc = timeexpr_flag("defer", f->defer, c->now_us, &f->defer_us, &c->err)) < 0)
		return rc;
	return f->metadata ? read_metadata(c, f->metadata, &f->metadata_json) : 0;
}

/* What would make an issue no other program can read. */
static int check_utf8(struct ctx *c, const struct fields *f)
{
	const struct { const char *name, *value; } texts[] = {
		{ "title", f->title }, { "description", f->full_description },
		{ "design", f->design },
		{ "acceptance", f->acceptance }, { "notes", f->notes },
		{ "notes", f->append_notes },
		{ "assignee", f->assignee }, { "external-ref", f->external_ref },
		{ "spec-id", f->spec_id },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].value && text_utf8_bad(texts[i].value, strlen(texts[i].value)) >= 0)
			return err_set(&c->err, ERR_USAGE, "the %s is not valid UTF-8",
				       texts[i].name);
	return 0;
}

int fields_check_line(struct ctx *c, const char *what, const char *text)
{
	if (!strpbrk(text, "\n\r") && text_utf8_bad(text, strlen(text)) < 0)
		return 0;
	return err_set(&c->err, ERR_USAGE, "%s is one line of valid UTF-8", what);
}

int fields_check_labels(struct ctx *c, const struct strs *labels)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < labels->n; i++)
		rc = fields_check_line(c, "a label", labels->v[i]);
	return rc;
}

int fields_read(struct ctx *c, struct fields *f)
{
	int rc;

	if (!f->acceptance)
		f->acceptance = f->acceptance_old;
	if ((rc = read_description(c, f)) < 0 || (rc = read_design(c, f)) < 0 ||
	    (rc = read_values(c, f)) < 0 || (rc = check_utf8(c, f)) < 0)
		return rc;
	return f->assignee ? fields_check_line(c, "an assignee", f->assignee) : 0;
}

static bool put(const char **field, const char *value, struct arena *a)
{
	if (!value)
		return false;
	*field = arena_strdup(a, value);
	return true;
}

bool fields_apply(const struct fields *f, struct issue *is, struct arena *a)
{
	bool any = put(&is->title, f->title, a);

	any |= put(&is->description, f->full_description, a);
	any |= put(&is->design, f->design, a);
	any |= put(&is->acceptance, f->acceptance, a);
	any |= put(&is->notes, f->notes, a);
	any |= put(&is->assignee, f->assignee, a);
	any |= put(&is->external_ref, f->external_ref, a);
	any |= put(&is->spec_id, f->spec_id, a);
	if (f->append_notes) {
		is->notes = arena_printf(a, "%s%s%s", is->notes, *is->notes ? "\n" : "",
					 f->append_notes);
		any = true;
	}
	if (f->type)
		is->type = arena_strdup(a, type_canonical(f->type));
	if (f->priority)
		is->priority = f->priority_n;
	if (f->estimate)
		is->estimate_minutes = f->estimate_n;
	if (f->due)
		is->due_at = f->due_us;
	if (f->defer)
		is->defer_until = f->defer_us;
	return any || f->type || f->priority || f->estimate || f->due || f->defer;
}
