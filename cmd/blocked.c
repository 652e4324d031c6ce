/* cmd/blocked.c - bdw blocked: what waits, and for what */
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/render.h"
#include "store/issue.h"

struct at { const struct board *b; size_t i; };

static void write_blockers(struct jsw *w, const struct issue *is, void *arg)
{
	const struct at *at = arg;
	struct board_ids by = { 0 };

	(void)is;
	board_blockers(at->b, at->i, &by);
	js_put_int(w, "blocked_by_count", (long long)by.n);
	js_key(w, "blocked_by");
	js_open(w, '[');
	for (size_t k = 0; k < by.n; k++)
		js_add_str(w, by.v[k]);
	js_close(w, ']');
	vec_free(&by);
}

static void print_json(struct ctx *c, const struct board *b, const struct board_list *list)
{
	struct json_doc d;

	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < list->n; i++) {
		struct at at = { b, list->v[i] };

		json_issue(&d.w, b->is[list->v[i]],
			   &(struct json_extra){ .more = write_blockers, .arg = &at });
	}
	js_close(&d.w, ']');
	json_finish(&d, c);
}

static void print_text(struct ctx *c, const struct board *b, const struct board_list *list)
{
	BUF_AUTO out = BUF_INIT;

	if (list->n)
		buf_addf(&out, "\n🚫 Blocked issues (%zu):\n\n", list->n);
	else
		buf_adds(&out, "\n✨ No blocked issues\n\n");
	for (size_t i = 0; i < list->n; i++) {
		const struct issue *is = b->is[list->v[i]];
		struct board_ids by = { 0 };

		buf_addc(&out, '[');
		render_priority(c, &out, is->priority);
		buf_addf(&out, "] %s: ", is->id);
		render_title(&out, is->title);
		board_blockers(b, list->v[i], &by);
		buf_addf(&out, "\n  Blocked by %zu open dependencies: [", by.n);
		for (size_t k = 0; k < by.n; k++)
			buf_addf(&out, "%s%s", k ? " " : "", by.v[k]);
		buf_adds(&out, "]\n\n");
		vec_free(&by);
	}
	render_print(c, &out, 1);
}

static int find(struct ctx *c, const char *parent, const struct look *l, struct board_list *list)
{
	const struct issue *above;
	struct query q;
	int rc;

	query_init(&q);
	q.blocked = q.all = q.include_gates = q.include_templates = q.include_infra = true;
	if (parent && (rc = cmd_resolve(c, l->v, parent, &above)) < 0)
		return rc;
	q.ancestor = parent ? above->id : NULL;
	if ((rc = query_prepare(&q, &l->b, &c->err)) == 0)
		query_run(&q, &l->b, list);
	query_release(&q);
	query_order(&l->b, list, SORT_DEFAULT, false);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	const char *parent = NULL;
	const struct opt opts[] = {
		{ 0, "parent", OPT_STR, &parent, "<id>", "only below this issue", 0 },
		{ 0 },
	};
	struct board_list list = { 0 };
	struct look l = { .v = NULL };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0)
		rc = look_open(c, &l);
	if (rc == 0)
		rc = find(c, parent, &l, &list);
	if (rc == 0 && c->json)
		print_json(c, &l.b, &list);
	else if (rc == 0)
		print_text(c, &l.b, &list);
	vec_free(&list);
	look_close(&l);
	return rc;
}

const struct cmd cmd_blocked = {
	.name = "blocked", .brief = "Show issues that wait, and for what",
	.example = "blocked\nblocked --parent demo-4f2a --json",
	.group = GROUP_ISSUES, .need = NEED_STORE, .run = run,
};
