/* The placeholders of prompts: one function each */
#include <string.h>

#include "core/md.h"
#include "core/prompt_priv.h"
#include "store/base/buf.h"

static bool has(const char *s)
{
	return s && *s;
}

/* Sections of an issue's body that are sections of the prompt. */
enum body { BODY_TEXT, BODY_SPEC, BODY_FUNCTIONS, BODY_PATTERNS, BODY_FILES };

static enum body body_of(const struct md_line *l)
{
	static const struct { const char *title; enum body body; } names[] = {
		{ "spec", BODY_SPEC }, { "functions", BODY_FUNCTIONS },
		{ "patterns", BODY_PATTERNS },
		{ "files", BODY_FILES }, { "files:", BODY_FILES },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (md_is(l->text, l->ntext, names[i].title))
			return names[i].body;
	return BODY_TEXT;
}

/* Appends the lines of the description that belong there; headings of the special sections are
 * left out. */
static void body_part(const char *description, enum body want, struct buf *out)
{
	enum body now = BODY_TEXT;
	struct md m;
	struct md_line l;
	int level = 0;

	md_start(&m, description ? description : "", description ? strlen(description) : 0);
	while (md_next(&m, &l)) {
		if (l.kind == MD_HEADING && (now == BODY_TEXT || l.level <= level)) {
			now = body_of(&l);
			level = l.level;
			if (now != BODY_TEXT)
				continue;
		}
		if (now == want)
			buf_add(out, l.s, (size_t)(m.s - l.s));
	}
}

static void body_section(const struct prompt_input *in, enum body want, const char *title,
			 struct buf *out)
{
	BUF_AUTO text = BUF_INIT;

	body_part(in->description, want, &text);
	prompt_add_section(out, title, text.s);
}

static void items(const struct texts *t, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_adds(out, "- ");
		prompt_add_line(out, t->v[i]);
	}
}

static void list(const char *title, const struct texts *t, struct buf *out)
{
	if (t->n)
		buf_addf(out, "## %s\n\n", title);
	items(t, out);
}

static void sub(struct buf *out, const char *title, const char *s)
{
	size_t before = out->len, start;

	buf_addf(out, "\n### %s\n\n", title);
	start = out->len;
	prompt_add_text(out, s);
	if (out->len == start)
		buf_cut(out, before);
}

static void details(const struct prompt_input *in, struct buf *out)
{
	BUF_AUTO text = BUF_INIT;
	size_t before;

	body_part(in->description, BODY_TEXT, &text);
	buf_addf(out, "## Task Details\n\n**ID**: %s\n", in->id ? in->id : "");
	if (has(in->title)) {
		buf_adds(out, "**Title**: ");
		prompt_add_line(out, in->title);
	}
	if (has(in->type))
		buf_addf(out, "**Type**: %s\n", in->type);
	before = out->len;
	buf_adds(out, "**Description**:\n\n");
	prompt_add_text(out, text.s);
	if (out->s[out->len - 1] == '\n' && out->s[out->len - 2] == '\n') {
		buf_cut(out, before);
		buf_adds(out, "**Description**: ");
		prompt_add_line(out, has(in->title) ? in->title : "(none)");
	}
	sub(out, "Design", in->design);
	sub(out, "Acceptance Criteria", in->acceptance);
	sub(out, "Notes", in->notes);
}

static void project(const struct prompt_input *in, struct buf *out)
{
	const struct { const char *name, *text; } rows[] = {
		{ "Product", in->product }, { "Tech Stack", in->tech_stack },
		{ "Branch", in->branch },
		{ "Working directory", in->worktree }, { "Tests", in->test_command },
	};
	size_t before = out->len, n = 0;

	buf_adds(out, "## Project\n\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!has(rows[i].text))
			continue;
		buf_addf(out, "**%s**: %s\n", rows[i].name, rows[i].text);
		n++;
	}
	if (!n)
		buf_cut(out, before);
}

static void epic(const struct prompt_input *in, struct buf *out)
{
	if (!has(in->epic_id))
		return;
	buf_addf(out, "## Epic %s%s", in->epic_id, has(in->epic_title) ? ": " : "");
	prompt_add_line(out, in->epic_title);
	if (has(in->epic_body)) {
		buf_addc(out, '\n');
		prompt_add_text(out, in->epic_body);
	}
}

static void spec(const struct prompt_input *in, struct buf *out)
{
	body_section(in, BODY_SPEC, "Spec", out);
}

static void functions(const struct prompt_input *in, struct buf *out)
{
	body_section(in, BODY_FUNCTIONS, "Existing Functions (USE EXACT NAMES)", out);
}

static void patterns(const struct prompt_input *in, struct buf *out)
{
	body_section(in, BODY_PATTERNS, "Patterns to Follow", out);
}

static void files(const struct prompt_input *in, struct buf *out)
{
	ARENA_AUTO a = ARENA_INIT;
	struct files f;

	files_parse(&f, in->description ? in->description : "",
		    in->description ? strlen(in->description) : 0, &a);
	if (f.present)
		buf_adds(out, "## Files to Modify\n\n");
	for (size_t i = 0; i < f.n; i++)
		buf_addf(out, "- %s: `%s`\n", files_action_name(f.v[i].action),
			 *f.v[i].path ? f.v[i].path : "./");
}

static void dependencies(const struct prompt_input *in, struct buf *out)
{
	list("Done Before This Task", &in->dependencies, out);
}

static void comments(const struct prompt_input *in, struct buf *out)
{
	BUF_AUTO all = BUF_INIT;

	for (size_t i = 0; i < in->comments.n; i++)
		buf_addf(&all, "%s%s\n", i ? "\n" : "", in->comments.v[i]);
	prompt_add_section(out, "Comments", all.s);
}

static void history(const struct prompt_input *in, struct buf *out)
{
	BUF_AUTO all = BUF_INIT;

	for (size_t i = 0; i < in->history.n; i++)
		buf_addf(&all, "%s%s\n", i ? "\n" : "", in->history.v[i]);
	prompt_add_section(out, "Earlier Waves", all.s);
}

/* How many of my paths others of the wave could name too: more than 2 high, some medium, none
 * low. */
static const char *conflict_risk(const struct prompt_input *in)
{
	const struct files *mine = NULL;
	size_t shared = 0;

	for (size_t i = 0; i < in->nwave_map; i++)
		if (in->id && !strcmp(in->wave_map[i].id, in->id))
			mine = in->wave_map[i].files;
	if (!mine || !mine->present)
		return "unknown (no Files section)";
	for (size_t k = 0; k < mine->n; k++) {
		bool hit = false;

		for (size_t i = 0; i < in->nwave_map && !hit; i++) {
			const struct files *other = in->wave_map[i].files;

			for (size_t j = 0; other != mine && j < other->n && !hit; j++)
				hit = files_path_conflict(mine->v[k].path, other->v[j].path);
		}
		shared += hit;
	}
	return shared > 2 ? "high" : shared ? "medium" : "low";
}

static void parallel(const struct prompt_input *in, struct buf *out)
{
	if (in->wave <= 0)
		return;
	buf_addf(out, "## Parallel Context\n\n**Wave**: %d\n**Conflict Risk**: %s\n", in->wave,
		 conflict_risk(in));
	if (!in->concurrent.n)
		buf_adds(out, "**Sequential Execution**: nothing else runs beside this task\n");
	else
		buf_adds(out, "**Concurrent With**:\n");
	items(&in->concurrent, out);
}

static void ownership(const struct prompt_input *in, struct buf *out)
{
	BUF_AUTO map = BUF_INIT;

	files_map_write(in->wave_map, in->nwave_map, &map);
	if (map.len)
		buf_addf(out, "## Wave File Map\n\n%s\n"
			      "Rows of other owners are not yours to touch.\n", map.s);
}

static void change(const struct prompt_input *in, struct buf *out)
{
	if (!has(in->base) || !has(in->head))
		return;
	buf_addf(out, "## Change\n\n**Base**: %s\n**Head**: %s\n\n"
		      "The whole change: `git diff %s %s`\n", in->base, in->head,
		 in->base, in->head);
}

static void concerns(const struct prompt_input *in, struct buf *out)
{
	prompt_add_section(out, "Concerns to Look At", in->concerns);
}

static void independence(const struct prompt_input *in, struct buf *out)
{
	if (in->reviewers > 0)
		buf_addf(out, "You are Reviewer %d of %d. Review independently and do not "
			      "reference other reviewers.\n",
			 in->reviewer, in->reviewers);
}

static void reports(const struct prompt_input *in, struct buf *out)
{
	const char *role = in->role ? in->role : "";
	const char *what = !strcmp(role, "agg") ? "Review" :
		!strcmp(role, "verify") ? "Task" : "Issue";

	for (size_t i = 0; i < in->reports.n; i++) {
		if (i)
			buf_addc(out, '\n');
		buf_addf(out, "## %s %zu of %zu\n\n", what, i + 1, in->reports.n);
		prompt_add_text(out, in->reports.v[i]);
	}
}

/* Plain values */
#define VALUE(name, field) \
	static void value_##name(const struct prompt_input *in, struct buf *out) \
	{ \
		if (in->field) \
			buf_adds(out, in->field); \
	}
VALUE(id, id)
VALUE(title, title)
VALUE(role, role)
VALUE(epic_id, epic_id)
VALUE(run, run)
VALUE(base, base)
VALUE(head, head)
VALUE(branch, branch)
VALUE(worktree, worktree)
VALUE(model, model)
VALUE(test_command, test_command)

static void value_feedback(const struct prompt_input *in, struct buf *out)
{
	prompt_add_text(out, in->feedback);
}

#define NUMBER(name, format, value) \
	static void value_##name(const struct prompt_input *in, struct buf *out) \
	{ \
		buf_addf(out, format, value); \
	}
NUMBER(attempt, "%ld", in->attempt)
NUMBER(wave, "%d", in->wave)
NUMBER(reviewer, "%d", in->reviewer)
NUMBER(reviewers, "%d", in->reviewers)
NUMBER(threshold, "%.2f", in->threshold)

const struct prompt_part prompt_parts[] = {
	{ "addendum", prompt_addendum },	/* why the role is asked again */
	{ "details", details },			/* title, description, design, acceptance */
	{ "project", project },			/* product, tech stack, branch, tests */
	{ "epic", epic },			/* the epic's title and text */
	{ "spec", spec },			/* the section ## Spec */
	{ "files", files },			/* the files it says it touches */
	{ "functions", functions },		/* the section ## Functions */
	{ "patterns", patterns },		/* the section ## Patterns */
	{ "dependencies", dependencies },	/* closed issues it builds upon */
	{ "comments", comments },		/* what people wrote on the issue */
	{ "history", history },			/* summaries of earlier waves */
	{ "parallel", parallel },		/* wave, conflict risk, what runs beside it */
	{ "ownership", ownership },		/* the wave's file map */
	{ "change", change },			/* base and head of the change */
	{ "concerns", concerns },		/* what a spec reviewer should look at */
	{ "independence", independence },	/* reviewer i of N */
	{ "reports", reports },			/* reviews, results, issues to compare */
	{ "contract", prompt_contract },	/* how to answer */
	{ "id", value_id },			/* the id */
	{ "title", value_title },		/* the title */
	{ "role", value_role },			/* impl, spec, code, ... */
	{ "epic_id", value_epic_id },		/* the epic's id */
	{ "run", value_run },			/* the run's id */
	{ "attempt", value_attempt },		/* 1, 2, ... */
	{ "wave", value_wave },			/* the wave's number */
	{ "base", value_base },			/* commit the change starts from */
	{ "head", value_head },			/* commit to review */
	{ "branch", value_branch },		/* the target branch */
	{ "worktree", value_worktree },		/* the working directory */
	{ "model", value_model },		/* the model chosen */
	{ "test_command", value_test_command },	/* what bdw runs before it merges */
	{ "reviewer", value_reviewer },		/* i of N */
	{ "reviewers", value_reviewers },	/* N */
	{ "threshold", value_threshold },	/* the gate's threshold */
	{ "feedback", value_feedback },		/* the bare findings, without a heading */
	{ NULL, NULL },
};
