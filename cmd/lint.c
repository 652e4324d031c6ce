/* cmd/lint.c - bdw lint: issues without the sections their type should have */
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "core/lint.h"
#include "store/issue.h"

struct report {
	struct buf text;
	struct buf json;		/* the results, without their brackets */
	size_t checked, issues, warnings;
};

static void add(struct report *r, const struct issue *is)
{
	const struct lint_section *missing[LINT_MAX];
	size_t n = lint_missing(is, missing);
	struct jsw w = JSW(&r->json, JS_COMPACT);

	r->checked++;
	if (!n)
		return;
	buf_adds(&r->json, r->issues ? "," : "");
	r->issues++;
	r->warnings += n;
	buf_addf(&r->text, "%s [%s]: ", is->id, is->type);
	render_line(&r->text, is->title);
	buf_addc(&r->text, '\n');
	js_open(&w, '{');
	js_put_str(&w, "id", is->id);
	js_put_str(&w, "title", is->title);
	js_put_str(&w, "type", is->type);
	js_key(&w, "missing");
	js_open(&w, '[');
	for (size_t i = 0; i < n; i++) {
		char heading[64];

		snprintf(heading, sizeof(heading), "## %s", missing[i]->heading);
		js_add_str(&w, heading);
		buf_addf(&r->text, "  ⚠ Missing: %s\n", heading);
	}
	js_close(&w, ']');
	js_put_int(&w, "warnings", (long long)n);
	js_close(&w, '}');
	buf_addc(&r->text, '\n');
}

static void print(struct ctx *c, const struct report *r)
{
	if (c->json) {
		struct json_doc d;

		json_start(&d, c);
		js_open(&d.w, '{');
		js_put_int(&d.w, "total", (long long)r->warnings);
		js_put_int(&d.w, "issues", (long long)r->issues);
		js_key(&d.w, "results");
		js_add_raw(&d.w, arena_printf(&c->arena, "[%s]", r->json.s));
		js_close(&d.w, '}');
		json_finish(&d, c);
		return;
	}
	if (!r->issues) {
		out_text(c, "✓ No template warnings found (%zu issues checked)\n", r->checked);
		return;
	}
	BUF_AUTO out = BUF_INIT;

	buf_addf(&out, "Template warnings (%zu issues, %zu warnings):\n\n%s", r->issues,
		 r->warnings, r->text.s);
	render_print(c, &out, 1);
}

static int lint(struct ctx *c, struct filter *f, int argc, char **argv, struct report *r)
{
	struct board_list list = { 0 };
	struct look l;
	int rc = look_open(c, &l);

	if (rc == 0)
		rc = filter_read(c, f, &l);
	if (rc == 0 && !argc) {
		query_run(&f->q, &l.b, &list);
		query_order(&l.b, &list, SORT_DEFAULT, false);
	}
	for (int i = 0; rc == 0 && i < argc; i++) {
		const struct issue *is;

		if ((rc = cmd_resolve(c, l.v, argv[i], &is)) == 0)
			vec_add(&list, (uint32_t)board_index(&l.b, is->id));
	}
	for (size_t i = 0; rc == 0 && i < list.n; i++)
		add(r, l.b.is[list.v[i]]);
	if (rc == 0)
		print(c, r);
	vec_free(&list);
	look_close(&l);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct report r = { .text = BUF_INIT, .json = BUF_INIT };
	struct opt opts[FILTER_OPTS + 1] = { { 0 } };
	struct filter f;
	int n = 0, rc;

	filter_init(&f);
	filter_opts(&f, FILTER_STATUS | FILTER_BASIC, opts, &n);
	if ((rc = cmd_begin(c, opts, &argc, argv)) == 0 && (rc = lint(c, &f, argc, argv, &r)) == 0)
		/* bd says 0 under --json, and is taken at its word */
		rc = r.issues && !(c->json && c->bd);
	buf_release(&r.text);
	buf_release(&r.json);
	filter_release(&f);
	return rc;
}

const struct cmd cmd_lint = {
	.name = "lint", .args = "[<id>...]", .brief = "Check issues for missing template sections",
	.help = "Exit code 1 when something is missing; called as bd, with --json 0.",
	.example = "lint\nlint demo-4f2a\nlint --type bug --status all --json",
	.group = GROUP_VIEWS, .need = NEED_STORE, .max_args = -1, .run = run,
};
