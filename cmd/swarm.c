/* cmd/swarm.c - bdw swarm validate, status: an epic as waves of parallel work */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/issue_json.h"

/* An epic's children as a graph of their own: node i is kid[i]. */
struct swarm {
	struct look l;
	const struct issue *epic;
	const uint32_t *kid;		/* ascending, so by id; borrowed from the board */
	size_t n, closed;
	struct graph g;
	uint32_t *wave;			/* per node; GRAPH_NEVER on or behind a cycle */
	size_t waves;
	struct strs warnings, errors;
};

static const struct issue *kid_at(const struct swarm *s, size_t i)
{
	return s->l.b.is[s->kid[i]];
}

static long node_of(const struct swarm *s, long issue)
{
	for (size_t i = 0; issue >= 0 && i < s->n; i++)
		if (s->kid[i] == (uint32_t)issue)
			return (long)i;
	return -1;
}

static const char *outside(struct ctx *c, const char *id, const char *target)
{
	return arena_printf(&c->arena,
			    text_starts(target, "external:") ? "%s has external dependency: %s" :
			    "%s depends on %s (outside epic)", id, target);
}

static void add_edges(struct ctx *c, struct swarm *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct issue *is = kid_at(s, i);

		for (size_t d = 0; d < is->ndeps; d++) {
			const struct dep *dep = &is->deps[d];
			long to = node_of(s, board_index(&s->l.b, dep->target));

			if (!strcmp(dep->target, s->epic->id) || !dep_type_blocking(dep->type))
				continue;
			if (to >= 0 && strcmp(dep->type, "parent-child") != 0)
				graph_add(&s->g, (size_t)to, i);
			else if (to < 0)
				strs_add(&s->warnings, outside(c, is->id, dep->target));
		}
	}
	graph_build(&s->g);
}

static int add_cycle(void *arg, const uint32_t *node, size_t n)
{
	struct swarm *s = arg;
	BUF_AUTO text = BUF_INIT;

	for (size_t i = 0; i < n; i++)
		buf_addf(&text, "%s%s", i ? " -> " : "Dependency cycle detected: ",
			 kid_at(s, node[i])->id);
	buf_addf(&text, " -> %s", kid_at(s, node[0])->id);
	strs_add(&s->errors, text.s);
	return 0;
}

static int load(struct ctx *c, const char *id, struct swarm *s)
{
	int rc = look_open(c, &s->l);

	if (rc < 0 || (rc = cmd_resolve(c, s->l.v, id, &s->epic)) < 0)
		return rc;
	if (strcmp(s->epic->type, "epic") != 0 && strcmp(s->epic->type, "molecule") != 0)
		return err_set(&c->err, ERR_USAGE, "'%s' is not an epic or molecule (type: %s)",
			       s->epic->id, s->epic->type);
	s->kid = board_children(&s->l.b, (size_t)board_index(&s->l.b, s->epic->id), &s->n);
	for (size_t i = 0; i < s->n; i++)
		s->closed += !strcmp(kid_at(s, i)->status, "closed");
	graph_init(&s->g, s->n);
	add_edges(c, s);
	graph_cycles(&s->g, add_cycle, s);
	s->wave = arena_alloc(&c->arena, (s->n + 1) * sizeof(*s->wave));
	s->waves = graph_depth(&s->g, s->wave);
	if (!s->n)
		strs_add(&s->warnings, "Epic has no children");
	return 0;
}

static void release(struct swarm *s)
{
	graph_release(&s->g);
	look_close(&s->l);
	strs_free_all(&s->warnings);
	strs_free_all(&s->errors);
}

/* swarm validate */

static size_t wave_size(const struct swarm *s, size_t wave)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->wave[i] == wave;
	return n;
}

static size_t widest(const struct swarm *s)
{
	size_t max = 0;

	for (size_t w = 0; w < s->waves; w++)
		if (wave_size(s, w) > max)
			max = wave_size(s, w);
	return max;
}

static void put_texts(struct jsw *w, const char *key, const struct strs *list)
{
	if (list->n) {
		js_put_strs(w, key, list);
	} else {
		js_key(w, key);
		js_add_null(w);
	}
}

static void put_front(struct jsw *w, const struct swarm *s, size_t wave)
{
	js_open(w, '{');
	js_put_int(w, "wave", (long long)wave);
	js_key(w, "issues");
	js_open(w, '[');
	for (size_t i = 0; i < s->n; i++)
		if (s->wave[i] == wave)
			js_add_str(w, kid_at(s, i)->id);
	js_close(w, ']');
	js_key(w, "titles");
	js_open(w, '[');
	for (size_t i = 0; i < s->n; i++)
		if (s->wave[i] == wave)
			js_add_str(w, kid_at(s, i)->title);
	js_close(w, ']');
	js_close(w, '}');
}

static void validate_json(struct ctx *c, const struct swarm *s)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "epic_id", s->epic->id);
	js_put_str(&w, "epic_title", s->epic->title);
	js_put_int(&w, "total_issues", (long long)s->n);
	js_put_int(&w, "closed_issues", (long long)s->closed);
	js_put_int(&w, "max_parallelism", (long long)widest(s));
	js_put_int(&w, "estimated_sessions", (long long)s->n);
	put_texts(&w, "warnings", &s->warnings);
	put_texts(&w, "errors", &s->errors);
	js_put_bool(&w, "swarmable", !s->errors.n);
	js_key(&w, "ready_fronts");
	if (s->errors.n || !s->waves) {
		js_add_null(&w);
	} else {
		js_open(&w, '[');
		for (size_t i = 0; i < s->waves; i++)
			put_front(&w, s, i);
		js_close(&w, ']');
	}
	js_close(&w, '}');
	json_print(c, o.s);
}

static void add_fronts(const struct swarm *s, struct buf *out)
{
	buf_adds(out, "\n📊 Ready Fronts (waves of parallel work):\n");
	for (size_t w = 0; w < s->waves; w++) {
		buf_addf(out, "   Wave %zu: %zu issues\n", w + 1, wave_size(s, w));
		for (size_t i = 0; i < s->n; i++)
			if (s->wave[i] == w) {
				buf_addf(out, "      • %s: ", kid_at(s, i)->id);
				render_title(out, kid_at(s, i)->title);
				buf_addc(out, '\n');
			}
	}
	buf_addf(out, "\n📈 Summary:\n   Estimated worker-sessions: %zu\n   Max parallelism: %zu\n"
		 "   Total waves: %zu\n", s->n, widest(s), s->waves);
}

static void add_texts(struct buf *out, const char *heading, const struct strs *list)
{
	if (list->n)
		buf_addf(out, "\n%s\n", heading);
	for (size_t i = 0; i < list->n; i++)
		buf_addf(out, "   • %s\n", list->v[i]);
}

static void validate_text(struct ctx *c, const struct swarm *s)
{
	BUF_AUTO out = BUF_INIT;

	buf_addf(&out, "\n🐝 Swarm Analysis: ");
	render_line(&out, s->epic->title);
	buf_addf(&out, "\n   Epic ID: %s\n   Total issues: %zu (%zu closed)\n", s->epic->id, s->n,
		 s->closed);
	if (s->n && !s->errors.n)
		add_fronts(s, &out);
	add_texts(&out, "⚠ Warnings:", &s->warnings);
	add_texts(&out, "❌ Errors:", &s->errors);
	buf_addf(&out, "\n%s\n\n", s->errors.n ? "✗ Swarmable: NO (fix errors first)" :
		 "✓ Swarmable: YES");
	render_print(c, &out, 1);
}

static int run_validate(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	struct swarm s = { .n = 0 };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && (rc = load(c, argv[0], &s)) == 0) {
		if (c->json)
			validate_json(c, &s);
		else
			validate_text(c, &s);
		rc = s.errors.n ? 1 : 0;
	}
	release(&s);
	return rc;
}

/* swarm status */

enum part { COMPLETED, ACTIVE, READY, BLOCKED, PARTS };

/* Siblings that are not closed and that node i waits for. */
static size_t open_siblings(const struct swarm *s, size_t i, struct strs *out)
{
	size_t n;
	const uint32_t *before = graph_before(&s->g, i, &n);

	for (size_t k = 0; k < n; k++)
		if (strcmp(kid_at(s, before[k])->status, "closed") != 0)
			strs_add(out, kid_at(s, before[k])->id);
	return out->n;
}

/* What really holds it back, also from outside the epic. */
static enum part part_of(const struct swarm *s, size_t i, struct strs *needs)
{
	const char *status = kid_at(s, i)->status;
	struct board_ids by = { 0 };

	if (!strcmp(status, "closed"))
		return COMPLETED;
	if (!strcmp(status, "in_progress") || !strcmp(status, "hooked"))
		return ACTIVE;
	if (!open_siblings(s, i, needs)) {
		board_blockers(&s->l.b, s->kid[i], &by);
		for (size_t k = 0; k < by.n; k++)
			strs_add(needs, by.v[k]);
		vec_free(&by);
	}
	return needs->n || strcmp(status, "open") != 0 ? BLOCKED : READY;
}

static void put_kid(struct jsw *w, const struct issue *is, enum part part, const struct strs *needs)
{
	js_open(w, '{');
	js_put_str(w, "id", is->id);
	js_put_str(w, "title", is->title);
	if (part == ACTIVE && *is->assignee)
		js_put_str(w, "assignee", is->assignee);
	if (part == COMPLETED && is->closed_at)
		issue_json_time(w, "closed_at", is->closed_at, 0);
	if (part == BLOCKED) {
		js_put_strs(w, "blocked_by", needs);
	}
	js_close(w, '}');
}

static void add_kid(struct ctx *c, struct buf *out, const struct issue *is, enum part part,
		    const struct strs *needs)
{
	buf_addf(out, "%s %s", part == BLOCKED ? "◌" : out_icon(c, is->status), is->id);
	if (part == ACTIVE && *is->assignee)
		buf_addf(out, " [%s]", is->assignee);
	for (size_t k = 0; part == BLOCKED && k < needs->n; k++)
		buf_addf(out, "%s%s%s", k ? ", " : " (needs ", needs->v[k],
			 k + 1 == needs->n ? ")" : "");
}

static void status(struct ctx *c, const struct swarm *s)
{
	static const char *const keys[] = { "completed", "active", "ready", "blocked" };
	static const char *const heads[] = { "Completed:", "Active:", "Ready:", "Blocked:" };
	size_t percent = s->n ? s->closed * 100 / s->n : 0;
	BUF_AUTO out = BUF_INIT;
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	buf_adds(&out, "\n🐝 Ready Front Analysis: ");
	render_line(&out, s->epic->title);
	buf_adds(&out, "\n\n");
	js_open(&w, '{');
	js_put_str(&w, "epic_id", s->epic->id);
	js_put_str(&w, "epic_title", s->epic->title);
	js_put_int(&w, "total_issues", (long long)s->n);
	js_put_int(&w, "progress_percent", (long long)percent);
	for (enum part p = COMPLETED; p < PARTS; p++) {
		size_t n = 0;

		js_key(&w, keys[p]);
		js_open(&w, '[');
		buf_addf(&out, "%-15s", heads[p]);
		for (size_t i = 0; i < s->n; i++) {
			STRS_AUTO needs = { 0 };

			if (part_of(s, i, &needs) != p)
				continue;
			put_kid(&w, kid_at(s, i), p, &needs);
			buf_adds(&out, n++ ? ", " : "");
			add_kid(c, &out, kid_at(s, i), p, &needs);
		}
		js_close(&w, ']');
		buf_adds(&out, n ? "\n" : "(none)\n");
		if (p != COMPLETED)
			js_put_int(&w, arena_printf(&c->arena, "%s_count", keys[p]), (long long)n);
	}
	js_close(&w, '}');
	buf_addf(&out, "\nProgress: %zu/%zu complete (%zu%%)\n\n", s->closed, s->n, percent);
	if (c->json)
		json_print(c, o.s);
	else
		render_print(c, &out, 1);
}

static int run_status(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	struct swarm s = { .n = 0 };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && (rc = load(c, argv[0], &s)) == 0)
		status(c, &s);
	release(&s);
	return rc;
}

static const struct cmd swarm_validate = {
	.name = "validate", .args = "<epic>",
	.brief = "Show the waves of an epic, and what is wrong with them",
	.example = "swarm validate demo-77aa --json", .group = GROUP_DEPS, .need = NEED_STORE,
	.min_args = 1, .max_args = 1, .run = run_validate,
}, swarm_status = {
	.name = "status", .args = "<epic>",
	.brief = "Show what of an epic is done, under way, ready, blocked",
	.example = "swarm status demo-77aa --json", .group = GROUP_DEPS, .need = NEED_STORE,
	.min_args = 1, .max_args = 1, .run = run_status,
};
static const struct cmd *const subs[] = { &swarm_status, &swarm_validate, NULL };

const struct cmd cmd_swarm = {
	.name = "swarm", .brief = "Look at an epic as waves of parallel work",
	.example = "swarm validate demo-77aa", .group = GROUP_DEPS, .subs = subs,
};
