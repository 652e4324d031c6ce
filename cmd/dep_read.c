/* cmd/dep_read.c - bdw dep list, tree, cycles: looking at edges */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/links.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/json.h"
#include "store/base/map.h"
#include "store/issue.h"
#include "store/view.h"

enum direction { DOWN, UP, BOTH };

static int parse_direction(struct ctx *c, const char *word, bool both, enum direction *out)
{
	*out = !strcmp(word, "up") ? UP : !strcmp(word, "both") ? BOTH : DOWN;
	if (*out == DOWN ? strcmp(word, "down") != 0 : *out == BOTH && !both)
		return err_set(&c->err, ERR_USAGE,
			       "invalid direction \"%s\" (valid: down, up%s)", word,
			       both ? ", both" : "");
	return 0;
}

/*
 * Downward only the files on the way are looked at, so the time does not grow with the project;
 * who points at an issue takes a look at all of them.
 */
static int open_for(struct ctx *c, enum direction dir, struct view **out)
{
	return cmd_view(c, dir == DOWN ? VIEW_QUICK : 0, out);
}

/* What an issue depends on, by its file and theirs. */
static struct links fresh_down(struct ctx *c, struct view *v, const struct issue *is)
{
	struct links l = links_down(c, v, is);

	for (size_t i = 0; c->view_quick && i < l.n; i++)
		view_fresh(v, l.v[i].id, &l.v[i].is, NULL);
	return l;
}

/* dep list */

struct listing { const char *direction, *type; };

static void list_json(struct jsw *w, const struct links *l, const char *type)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].is && (!type || !strcmp(l->v[i].type, type)))
			json_issue(w, l->v[i].is,
				   &(struct json_extra){ .dependency_type = l->v[i].type });
}

static void list_text(struct buf *out, const struct issue *is, const struct links *l,
		      const char *type, bool up)
{
	size_t shown = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (type && strcmp(l->v[i].type, type) != 0)
			continue;
		shown++;
		buf_adds(out, "  ");
		if (l->v[i].is)
			render_plain(out, l->v[i].is);
		else
			buf_addf(out, "%s (external)", l->v[i].id);
		buf_addf(out, " via %s\n", l->v[i].type);
	}
	if (shown)
		buf_addc(out, '\n');
	else
		buf_addf(out, "\n%s has no %s\n", is->id, up ? "dependents" : "dependencies");
}

static int list_all(struct ctx *c, const struct listing *o, int argc, char **argv)
{
	enum direction dir;
	BUF_AUTO text = BUF_INIT;
	struct json_doc d;
	struct view *v;
	int rc;

	if ((rc = parse_direction(c, o->direction, false, &dir)) < 0 ||
	    (rc = open_for(c, dir, &v)) < 0)
		return rc;
	json_start(&d, c);
	js_open(&d.w, '[');
	for (int i = 0; i < argc && rc == 0; i++) {
		const struct issue *is;
		struct links l;

		if ((rc = cmd_resolve(c, v, argv[i], &is)) < 0)
			break;
		l = dir == UP ? links_up(c, v, is) : fresh_down(c, v, is);
		list_json(&d.w, &l, o->type);
		list_text(&text, is, &l, o->type, dir == UP);
	}
	js_close(&d.w, ']');
	if (rc == 0 && c->json) {
		json_finish(&d, c);
		return 0;
	}
	buf_release(&d.text);
	if (rc == 0)
		render_print(c, &text, 1);
	return rc;
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	struct listing o = { .direction = "down" };
	const struct opt opts[] = {
		{ 0, "direction", OPT_STR, &o.direction, "<down|up>",
		  "what it needs, or who needs it", 0 },
		{ 't', "type", OPT_STR, &o.type, "<type>", "only edges of this type", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : list_all(c, &o, argc, argv);
}

/* dep tree: depth first; an issue that several edges lead to is shown where it is met first. */

/* One line of the tree. */
struct step {
	const struct issue *is;
	const char *parent;		/* id above; "" for the root */
	const char *edge;		/* type of the edge from there; NULL for the root */
	long depth;
	bool cut;			/* has more below, past the limit */
};

struct tree {
	struct ctx *c;
	struct view *v;
	const char *direction, *status, *type, *format;
	long depth_max;
	bool all_paths;
	enum direction dir;		/* of the walk under way */
	/* id -> anything: shown already; with all_paths: on the way down to here */
	struct map seen;
	VEC(struct step) steps;
};

static bool wanted(const struct tree *t, const struct link *l)
{
	return l->is && (!t->type || !strcmp(l->type, t->type)) && !map_get(&t->seen, l->id) &&
	       (!t->status || !strcmp(l->is->status, t->status));
}

/* The edges to follow from an issue, without those to what was shown already. Between two issues
 * one is enough. */
static struct links next_links(struct tree *t, const struct issue *is)
{
	struct links l = t->dir == UP ? links_up(t->c, t->v, is) : fresh_down(t->c, t->v, is);
	size_t n = 0;

	for (size_t i = 0; i < l.n; i++)
		if (wanted(t, &l.v[i]) && (!n || strcmp(l.v[n - 1].id, l.v[i].id) != 0))
			l.v[n++] = l.v[i];
	l.n = n;
	return l;
}

static void walk(struct tree *t, const struct issue *is, const char *parent, const char *edge,
		 long depth)
{
	size_t at = t->steps.n;
	struct links below;

	map_put(&t->seen, is->id, (void *)is);
	vec_add(&t->steps, (struct step){ is, parent, edge, depth, false });
	below = next_links(t, is);
	if (below.n && depth == t->depth_max) {
		t->steps.v[at].cut = true;
		below.n = 0;
	}
	for (size_t i = 0; i < below.n; i++)
		if (!map_get(&t->seen, below.v[i].id))	/* else an elder sibling led to it */
			walk(t, below.v[i].is, is->id, below.v[i].type, depth + 1);
	if (t->all_paths)
		map_put(&t->seen, is->id, NULL);
}

static void write_step(struct jsw *w, const struct issue *is, void *arg)
{
	const struct step *s = arg;

	(void)is;
	js_put_int(w, "depth", s->depth);
	js_put_str(w, "parent_id", s->parent);
	if (s->edge)
		js_put_str(w, "edge_from_parent", s->edge);
	js_put_bool(w, "truncated", s->cut);
}

static void print_json(struct tree *t)
{
	struct json_doc d;

	json_start(&d, t->c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < t->steps.n; i++)
		json_issue(&d.w, t->steps.v[i].is,
			   &(struct json_extra){ .more = write_step, .arg = &t->steps.v[i] });
	js_close(&d.w, ']');
	json_finish(&d, t->c);
}

/* Does a sibling of step i's ancestor at this depth follow? Then a line goes on down to it. */
static bool goes_on(const struct tree *t, size_t i, long depth)
{
	for (i++; i < t->steps.n && t->steps.v[i].depth >= depth; i++)
		if (t->steps.v[i].depth == depth)
			return true;
	return false;
}

static bool is_blocked(struct tree *t, const struct issue *is)
{
	struct look l = { .v = t->v };
	bool blocked;

	look_board(t->c, &l);
	blocked = board_is_blocked(&l.b, (size_t)board_index(&l.b, is->id));
	look_close(&l);
	return blocked;
}

static void add_root(struct tree *t, struct buf *out, const struct issue *is)
{
	struct ctx *c = t->c;

	render_plain(out, is);
	if (!strcmp(is->status, "open"))
		buf_addf(out, " %s[%s]%s", out_paint(c, PAINT_BOLD),
			 is_blocked(t, is) ? "BLOCKED" : "READY", out_plain(c));
	buf_addc(out, '\n');
}

static void add_tree(struct tree *t, struct buf *out)
{
	buf_addf(out, "\n🌲 %s tree for %s:\n\n", t->dir == UP ? "Dependent" : "Dependency",
		 t->steps.v[0].is->id);
	add_root(t, out, t->steps.v[0].is);
	for (size_t i = 1; i < t->steps.n; i++) {
		const struct step *s = &t->steps.v[i];

		buf_adds(out, "    ");
		for (long d = 1; d < s->depth; d++)
			buf_adds(out, goes_on(t, i, d) ? "│   " : "    ");
		buf_adds(out, goes_on(t, i, s->depth) ? "├── " : "└── ");
		render_plain(out, s->is);
		buf_addf(out, " [%s]%s\n", s->edge, s->cut ? " ..." : "");
	}
	buf_addc(out, '\n');
}

static const char *box(const char *status)
{
	return !strcmp(status, "closed") ? "☑" : !strcmp(status, "in_progress") ? "◧" :
	       !strcmp(status, "blocked") ? "⚠" : "☐";
}

static void add_mermaid(struct tree *t, struct buf *out)
{
	buf_adds(out, "flowchart TD\n");
	for (size_t i = 0; i < t->steps.n; i++) {
		const struct issue *is = t->steps.v[i].is;

		buf_addf(out, "  %s[\"%s %s: ", is->id, box(is->status), is->id);
		for (const char *s = is->title; *s; s++)
			if (*s == '"')
				buf_adds(out, "#quot;");
			else
				buf_addc(out, *s);
		buf_adds(out, "\"]\n");
	}
	buf_addc(out, '\n');
	for (size_t i = 0; i < t->steps.n; i++)
		if (t->steps.v[i].edge)
			buf_addf(out, "  %s --> %s\n", t->steps.v[i].parent, t->steps.v[i].is->id);
}

/* One walk; its text goes to out. With --json and both ways the second walk adds to the first. */
static void grow(struct tree *t, const struct issue *root, enum direction dir, bool mermaid,
		 struct buf *out)
{
	size_t from = t->steps.n;

	t->dir = dir;
	walk(t, root, "", NULL, 0);
	map_release(&t->seen);
	t->seen = (struct map)MAP_INIT;
	if (from)	/* the root stands there already */
		memmove(t->steps.v + from, t->steps.v + from + 1,
			(--t->steps.n - from) * sizeof(*t->steps.v));
	if (t->c->json)
		return;
	if (mermaid)
		add_mermaid(t, out);
	else
		add_tree(t, out);
	t->steps.n = 0;
}

static int show_tree(struct tree *t, const char *id, bool mermaid)
{
	struct ctx *c = t->c;
	const struct issue *root;
	BUF_AUTO text = BUF_INIT;
	enum direction dir;
	int rc;

	if ((rc = parse_direction(c, t->direction, true, &dir)) < 0 ||
	    (rc = open_for(c, dir, &t->v)) < 0 || (rc = cmd_resolve(c, t->v, id, &root)) < 0)
		return rc;
	if (dir != UP)
		grow(t, root, DOWN, mermaid, &text);
	if (dir != DOWN)
		grow(t, root, UP, mermaid, &text);
	if (c->json)
		print_json(t);
	else
		render_print(c, &text, 1);
	return 0;
}

static int run_tree(struct ctx *c, int argc, char **argv)
{
	struct tree t = { .c = c, .direction = "down", .depth_max = 50, .seen = MAP_INIT };
	bool reverse = false;
	const struct opt opts[] = {
		{ 0, "direction", OPT_STR, &t.direction, "<down|up|both>",
		  "what it needs, who needs it", 0 },
		{ 0, "reverse", OPT_BOOL, &reverse, NULL, "as --direction up", OPT_HIDDEN },
		{ 'd', "max-depth", OPT_INT, &t.depth_max, "<n>", "go down so far (50)", 0 },
		{ 0, "status", OPT_STR, &t.status, "<status>", "only issues with this status", 0 },
		{ 't', "type", OPT_STR, &t.type, "<type>", "only along edges of this type", 0 },
		{ 0, "format", OPT_STR, &t.format, "<mermaid>",
		  "a Mermaid flowchart instead of text", 0 },
		{ 0, "show-all-paths", OPT_BOOL, &t.all_paths, NULL,
		  "an issue again on every way to it", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (t.depth_max < 1 || t.depth_max > 1000)
		return err_set(&c->err, ERR_USAGE, "--max-depth must be from 1 to 1000");
	if (t.format && !strcmp(t.format, "json"))
		c->json = true;
	else if (t.format && strcmp(t.format, "mermaid") != 0)
		return err_set(&c->err, ERR_USAGE, "invalid format \"%s\" (valid: mermaid, json)",
			       t.format);
	if (reverse)
		t.direction = "up";
	rc = show_tree(&t, argv[0], t.format && !c->json);
	vec_free(&t.steps);
	return rc;
}

/* dep cycles */

struct cycles { const struct board *b; struct buf *text; struct jsw *w; size_t n; };

static int add_cycle(void *arg, const uint32_t *node, size_t n)
{
	struct cycles *x = arg;

	buf_addf(x->text, "%zu. Cycle involving:\n", ++x->n);
	js_open(x->w, '[');
	for (size_t i = 0; i < n; i++) {
		const struct issue *is = x->b->is[node[i]];

		buf_addf(x->text, "   - %s: ", is->id);
		render_line(x->text, is->title);
		buf_addc(x->text, '\n');
		json_issue(x->w, is, NULL);
	}
	js_close(x->w, ']');
	buf_addc(x->text, '\n');
	return 0;
}

static int run_cycles(struct ctx *c, int argc, char **argv)
{
	const struct opt opts[] = { { 0 } };
	BUF_AUTO text = BUF_INIT;
	struct cycles x = { .text = &text };
	struct json_doc d;
	struct graph g;
	struct look l;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = look_open(c, &l)) < 0)
		return rc;
	json_start(&d, c);
	x.b = &l.b;
	x.w = &d.w;
	js_open(&d.w, '[');
	board_graph(&l.b, true, &g);
	graph_cycles(&g, add_cycle, &x);
	graph_release(&g);
	js_close(&d.w, ']');
	if (c->json) {
		json_finish(&d, c);
	} else {
		buf_release(&d.text);
		if (x.n)
			out_text(c, "\n⚠ Found %zu dependency cycles:\n\n%s", x.n, text.s);
		else
			out_text(c, "\n✓ No dependency cycles detected\n\n");
	}
	look_close(&l);
	return 0;
}

const struct cmd cmd_dep_list = {
	.name = "list", .args = "<id>...", .brief = "List dependencies or dependents of issues",
	.example = "dep list demo-4f2a\ndep list demo-4f2a --direction up -t blocks",
	.group = GROUP_DEPS, .need = NEED_STORE, .min_args = 1, .max_args = -1, .run = run_list,
};
const struct cmd cmd_dep_tree = {
	.name = "tree", .args = "<id>", .brief = "Show the tree of what an issue depends on",
	.example = "dep tree demo-4f2a\ndep tree demo-4f2a --direction up --format mermaid",
	.group = GROUP_DEPS, .need = NEED_STORE, .min_args = 1, .max_args = 1, .run = run_tree,
};
const struct cmd cmd_dep_cycles = {
	.name = "cycles", .brief = "List dependency cycles", .example = "dep cycles --json",
	.group = GROUP_DEPS, .need = NEED_STORE, .run = run_cycles,
};
