/* cmd/list_text.c - list as a tree, as lines, as a graph, by a template */
#include "cmd/list.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/links.h"
#include "cmd/look.h"
#include "cmd/render.h"
#include "store/base/clock.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/view.h"

enum { NONE = -1 };

/* Siblings are chained in the order of the list. All by position in the list. */
struct forest {
	struct ctx *c;
	const struct look *l;
	const struct board_list *list;
	long *first, *last, *next;	/* child, last child, next sibling; NONE */
	bool *shown;
	struct buf *out;
	/* of the line under way: "│   " for every ancestor that goes on */
	struct buf prefix;
};

/* Position in the list of the first parent that is in it, or NONE. */
static long parent_of(const struct forest *f, const long *place, size_t at)
{
	const struct issue *is = f->l->b.is[f->list->v[at]];

	for (size_t d = 0; d < is->ndeps; d++) {
		long i = strcmp(is->deps[d].type, "parent-child") ? NONE :
			board_index(&f->l->b, is->deps[d].target);

		if (i >= 0 && place[i] != NONE && (size_t)place[i] != at)
			return place[i];
	}
	return NONE;
}

static void add_subtree(struct forest *f, size_t at, const char *branch, const char *below)
{
	size_t prefix = f->prefix.len;

	f->shown[at] = true;
	buf_addf(f->out, "%s%s", f->prefix.s, branch);
	render_short(f->c, f->out, f->l->b.is[f->list->v[at]]);
	buf_addc(f->out, '\n');
	buf_adds(&f->prefix, below);
	for (long child = f->first[at]; child != NONE; child = f->next[child])
		if (!f->shown[child])
			add_subtree(f, (size_t)child, f->next[child] == NONE ? "└── " : "├── ",
				    f->next[child] == NONE ? "    " : "│   ");
	buf_cut(&f->prefix, prefix);
}

void list_forest(struct ctx *c, struct buf *out, const struct look *l,
		 const struct board_list *list)
{
	struct arena *a = &c->arena;
	struct forest f = { .c = c, .l = l, .list = list, .out = out, .prefix = BUF_INIT };
	long *place = arena_alloc(a, l->b.n * sizeof(*place)),
		*parent = arena_alloc(a, list->n * sizeof(*parent));

	f.first = arena_alloc(a, list->n * sizeof(long));
	f.last = arena_alloc(a, list->n * sizeof(long));
	f.next = arena_alloc(a, list->n * sizeof(long));
	f.shown = arena_alloc(a, list->n * sizeof(bool));
	for (size_t i = 0; i < l->b.n; i++)
		place[i] = NONE;
	for (size_t i = 0; i < list->n; i++) {
		place[list->v[i]] = (long)i;
		f.first[i] = f.last[i] = f.next[i] = NONE;
	}
	for (size_t i = 0; i < list->n; i++) {
		long p = parent[i] = parent_of(&f, place, i);

		if (p == NONE)
			continue;
		if (f.first[p] == NONE)
			f.first[p] = (long)i;
		else
			f.next[f.last[p]] = (long)i;
		f.last[p] = (long)i;
	}
	for (size_t i = 0; i < list->n; i++)
		if (parent[i] == NONE)
			add_subtree(&f, i, "", "");
	for (size_t i = 0; i < list->n; i++)	/* what is left are parents of each other */
		if (!f.shown[i])
			add_subtree(&f, i, "", "");
	buf_release(&f.prefix);
}

static int by_id(const void *a, const void *b)
{
	return id_compare_natural(*(char *const *)a, *(char *const *)b);
}

static void sort_ids(struct strs *ids)
{
	if (ids->n > 1)
		qsort(ids->v, ids->n, sizeof(*ids->v), by_id);
}

/* Open issues that hold issue i back, and those that it holds back. */
static void find_ties(struct ctx *c, const struct look *l, size_t i, struct strs *blocked_by,
		      struct strs *blocks)
{
	const struct issue *is = l->b.is[i];
	struct links up = { 0 };

	for (size_t d = 0; d < is->ndeps; d++)
		if (board_edge_blocks(&l->b, &is->deps[d]))
			strs_add(blocked_by, is->deps[d].target);
	sort_ids(blocked_by);
	if (!board_is_over(&l->b, i))
		up = links_up(c, l->v, is);
	for (size_t k = 0; k < up.n; k++)
		if (board_edge_blocks(&l->b, up.v[k].dep) && !strs_has(blocks, up.v[k].id) &&
		    !board_is_over(&l->b, (size_t)board_index(&l->b, up.v[k].id)))
			strs_add(blocks, up.v[k].id);
}

/* The parent is worth a word as long as it is open. */
static const char *open_parent(const struct look *l, const struct issue *is)
{
	const char *parent = issue_parent(is);
	long i = parent ? board_index(&l->b, parent) : NONE;

	return i >= 0 && !board_is_over(&l->b, (size_t)i) ? parent : NULL;
}

static bool agent_mode(void)
{
	const char *mode = getenv("BD_AGENT_MODE"), *code = getenv("CLAUDE_CODE");

	return (mode && *mode && strcmp(mode, "0") != 0) || (code && *code);
}

void list_flat(struct ctx *c, struct buf *out, const struct look *l, const struct board_list *list,
	       bool full)
{
	bool agent = agent_mode();

	if (full)
		buf_addf(out, "\nFound %zu issues:\n\n", list->n);
	for (size_t i = 0; i < list->n; i++) {
		const struct issue *is = l->b.is[list->v[i]];
		struct strs blocked_by = { 0 }, blocks = { 0 };
		const struct render_ties ties = { open_parent(l, is), &blocked_by, &blocks };

		if (full) {
			render_long(c, out, is);
			continue;
		}
		find_ties(c, l, list->v[i], &blocked_by, &blocks);
		if (agent)
			render_agent(out, is, &ties);
		else
			render_flat(c, out, is, &ties);
		buf_addc(out, '\n');
		strs_free_all(&blocked_by);
		strs_free_all(&blocks);
	}
}

/* Text inside a "..." of a dot file. */
static void add_dot_text(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s == '\n' ? ' ' : *s);
	}
}

static void add_dot_node(struct buf *out, const struct issue *is)
{
	static const struct { const char *status, *fill, *font; } colors[] = {
		{ "closed", "lightgray", "dimgray" }, { "in_progress", "lightyellow", "black" },
		{ "blocked", "lightcoral", "black" }, { "deferred", "lightblue", "black" },
	};
	const char *fill = "white", *font = "black";

	for (size_t i = 0; i < sizeof(colors) / sizeof(colors[0]); i++)
		if (!strcmp(colors[i].status, is->status)) {
			fill = colors[i].fill;
			font = colors[i].font;
		}
	buf_addf(out, "  \"%s\" [label=\"%s\\n[%s P%d]\\n", is->id, is->id, is->type, is->priority);
	add_dot_text(out, is->title);
	buf_addf(out, "\\n(%s)\", style=\"rounded,filled\", fillcolor=\"%s\", fontcolor=\"%s\"];\n",
		 is->status, fill, font);
}

typedef void (*edge_fn)(struct buf *out, const struct issue *is, const struct dep *d);

static void each_edge(struct buf *out, const struct look *l, const struct board_list *list,
		      edge_fn fn)
{
	bool *in = xcalloc(l->b.n + 1, sizeof(*in));

	for (size_t i = 0; i < list->n; i++)
		in[list->v[i]] = true;
	for (size_t i = 0; i < list->n; i++) {
		const struct issue *is = l->b.is[list->v[i]];

		for (size_t d = 0; d < is->ndeps; d++) {
			long to = board_index(&l->b, is->deps[d].target);

			if (to >= 0 && in[to])
				fn(out, is, &is->deps[d]);
		}
	}
	free(in);
}

static void add_dot_edge(struct buf *out, const struct issue *is, const struct dep *d)
{
	const char *style = !strcmp(d->type, "blocks") ? "color=red, style=bold" :
			    !strcmp(d->type, "parent-child") ? "color=blue, style=solid" :
			    !strcmp(d->type, "discovered-from") ? "color=green, style=dashed" :
			    "color=gray, style=dashed";

	buf_addf(out, "  \"%s\" -> \"%s\" [label=\"%s\", %s];\n", is->id, d->target,
		 d->type, style);
}

static void add_pair(struct buf *out, const struct issue *is, const struct dep *d)
{
	buf_addf(out, "%s %s\n", is->id, d->target);
}

void list_dot(struct buf *out, const struct look *l, const struct board_list *list)
{
	buf_adds(out,
		 "digraph dependencies {\n  rankdir=TB;\n  node [shape=box, style=rounded];\n\n");
	for (size_t i = 0; i < list->n; i++)
		add_dot_node(out, l->b.is[list->v[i]]);
	buf_addc(out, '\n');
	each_edge(out, l, list, add_dot_edge);
	buf_adds(out, "}\n");
}

void list_digraph(struct buf *out, const struct look *l, const struct board_list *list)
{
	each_edge(out, l, list, add_pair);
}

/* The names bd's own structure has, as its users write them. */
static bool add_field(struct buf *out, const struct issue *is, const char *name, size_t len)
{
	const char *parent = issue_parent(is);
	char created[CLOCK_TEXT], updated[CLOCK_TEXT], priority[12];
	const struct { const char *name, *value; } fields[] = {
		{ "ID", is->id }, { "Title", is->title }, { "Status", is->status },
		{ "Type", is->type },
		{ "IssueType", is->type }, { "Priority", priority }, { "Assignee", is->assignee },
		{ "Owner", is->owner }, { "Description", is->description },
		{ "Design", is->design },
		{ "AcceptanceCriteria", is->acceptance }, { "Notes", is->notes },
		{ "SpecID", is->spec_id },
		{ "ExternalRef", is->external_ref }, { "CreatedBy", is->created_by },
		{ "CloseReason", is->close_reason }, { "Parent", parent ? parent : "" },
		{ "CreatedAt", clock_format_s(is->created_at, created) },
		{ "UpdatedAt", clock_format_s(is->updated_at, updated) },
	};

	snprintf(priority, sizeof(priority), "%d", is->priority);
	if (len == 6 && !strncmp(name, "Labels", len)) {
		for (size_t i = 0; i < is->nlabels; i++)
			buf_addf(out, "%s%s", i ? "," : "", is->labels[i]);
		return true;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strlen(fields[i].name) == len && !strncmp(fields[i].name, name, len)) {
			buf_adds(out, fields[i].value);
			return true;
		}
	return false;
}

static int fill_template(struct buf *out, const struct issue *is, const char *text, struct err *e)
{
	const char *open, *end, *name;
	size_t len;

	for (; (open = strstr(text, "{{")); text = end + 2) {
		buf_add(out, text, (size_t)(open - text));
		name = open + 2;
		if (!(end = strstr(name, "}}")))
			return err_set(e, ERR_USAGE,
				       "parsing --format template: '{{' without '}}'");
		len = (size_t)(end - name);
		text_trim(&name, &len);
		if (!len || *name != '.' || !add_field(out, is, name + 1, len - 1))
			return err_set(e, ERR_USAGE, "parsing --format template: unknown field "
						     "'%.*s' (as .ID, .Title, "
				       ".Status, .Priority, .Type, .Assignee, .Labels)",
					       (int)len, name);
	}
	buf_adds(out, text);
	buf_addc(out, '\n');
	return 0;
}

int list_template(struct buf *out, const struct look *l, const struct board_list *list,
		  const char *text, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < list->n && rc == 0; i++)
		rc = fill_template(out, l->b.is[list->v[i]], text, e);
	return rc;
}
