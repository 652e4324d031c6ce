/* cmd/show_text.c - an issue as a sheet of text */
#include "cmd/show.h"

#include <ctype.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/links.h"
#include "cmd/markdown.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/json.h"
#include "store/base/map.h"
#include "store/base/text.h"
#include "store/issue.h"

/* The blocks of relations; an edge stands in the first that takes its type. */
struct block {
	const char *title, *arrow;
	bool up;		/* edges that point at the issue */
	const char *types;	/* blank-separated; NULL: all that no other block takes */
};

static const char named_types[] = "parent-child related relates-to discovered-from";
static const struct block blocks[] = {
	{ "PARENT", "↑", false, "parent-child" },
	{ "DEPENDS ON", "→", false, NULL },
	{ "DISCOVERED FROM", "◊", false, "discovered-from" },
	{ "CHILDREN", "↳", true, "parent-child" },
	{ "BLOCKS", "←", true, NULL },
	{ "DISCOVERED", "◊", true, "discovered-from" },
};

static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

static bool takes(const struct block *b, const struct link *l)
{
	return b->types ? has_word(b->types, l->type) : !has_word(named_types, l->type);
}

static void heading(struct ctx *c, struct buf *out, const char *title)
{
	buf_addf(out, "\n%s%s%s\n", out_paint(c, PAINT_BOLD), title, out_plain(c));
}

static void add_link(struct ctx *c, struct buf *out, const char *arrow, const struct link *l)
{
	buf_addf(out, "  %s ", arrow);
	if (l->is)
		render_relation(c, out, l->is);
	else
		buf_addf(out, "%s (external)", l->id);
	buf_addc(out, '\n');
}

static void add_progress(struct buf *out, const struct links *up)
{
	size_t total = links_count(up, "parent-child"), closed = 0;

	for (size_t i = 0; i < up->n; i++)
		closed += !strcmp(up->v[i].type, "parent-child") &&
			!strcmp(up->v[i].is->status, "closed");
	buf_addf(out, "  %s %zu/%zu complete (%zu%%)\n", closed == total ? "✓" : "◐", closed, total,
		 closed * 100 / total);
}

static void add_block(struct ctx *c, struct buf *out, const struct issue *is, const struct block *b,
		      const struct links *l)
{
	bool any = false;

	for (size_t i = 0; i < l->n; i++) {
		if (!takes(b, &l->v[i]))
			continue;
		if (!any)
			heading(c, out, b->title);
		any = true;
		add_link(c, out, b->arrow, &l->v[i]);
	}
	if (any && !strcmp(b->title, "CHILDREN") && !strcmp(is->type, "epic"))
		add_progress(out, l);
}

/* Related issues are related both ways: each is named once, whichever side holds the edge. */
static void add_related(struct ctx *c, struct buf *out, const struct links *down,
			const struct links *up)
{
	const struct links *both[] = { down, up };
	MAP_AUTO seen = MAP_INIT;

	for (size_t side = 0; side < 2; side++)
		for (size_t i = 0; i < both[side]->n; i++) {
			struct link *l = &both[side]->v[i];

			if (!has_word("related relates-to", l->type) || map_get(&seen, l->id))
				continue;
			if (!seen.n)
				heading(c, out, "RELATED");
			map_put(&seen, l->id, l);
			add_link(c, out, "↔", l);
		}
}

static void add_relations(struct ctx *c, struct buf *out, const struct issue *is,
			  const struct view *v)
{
	struct links down = links_down(c, v, is), up = links_up(c, v, is);

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (!strcmp(blocks[i].title, "DISCOVERED"))
			add_related(c, out, &down, &up);
		add_block(c, out, is, &blocks[i], blocks[i].up ? &up : &down);
	}
}

static void add_header(struct ctx *c, struct buf *out, const struct issue *is)
{
	enum paint p = out_status_paint(c, is->status);
	const char *badge = !strcmp(is->type, "epic") ? " [EPIC]" :
		!strcmp(is->type, "bug") ? " [BUG]" : "";

	buf_addf(out, "%s%s%s %s%s%s%s · ", out_paint(c, p), out_icon(c, is->status), out_plain(c),
		 out_paint(c, PAINT_BOLD), is->id, out_plain(c), badge);
	render_line(out, is->title);
	buf_adds(out, "   [");
	render_priority(c, out, is->priority);
	buf_addf(out, " · %s", out_paint(c, p));
	for (const char *s = is->status; *s; s++)
		buf_addc(out, (char)toupper((unsigned char)*s));
	buf_addf(out, "%s]\n", out_plain(c));
}

static void add_named(struct buf *out, const char *name, const char *value, const char *after)
{
	if (!*value)
		return;
	buf_addf(out, "%s: ", name);
	render_clean(out, value);
	buf_adds(out, after);
}

static void add_times(struct buf *out, const struct issue *is)
{
	const struct { const char *name; int64_t us; bool always; } times[] = {
		{ "Created", is->created_at, true }, { " · Started", is->started_at, false },
		{ " · Updated", is->updated_at, true }, { " · Due", is->due_at, false },
		{ " · Deferred", is->defer_until, false },
	};
	char date[40];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i].us || times[i].always)
			buf_addf(out, "%s: %s", times[i].name, out_date(times[i].us, date));
	buf_addc(out, '\n');
}

static void add_head(struct ctx *c, struct buf *out, const struct issue *is)
{
	add_header(c, out, is);
	add_named(out, "Owner", is->created_by, " · ");
	add_named(out, "Assignee", is->assignee, " · ");
	buf_addf(out, "Type: %s\n", is->type);
	if (!out_utf8())	/* whoever cannot read the icons gets words */
		buf_addf(out, "Status: %s\nPriority: P%d\n", is->status, is->priority);
	add_times(out, is);
	if (!strcmp(is->status, "closed"))
		add_named(out, "Close reason", is->close_reason, "\n");
	add_named(out, "External", is->external_ref, "\n");
	add_named(out, "Spec", is->spec_id, "\n");
}

static void add_section(struct ctx *c, struct buf *out, const char *title, const char *text)
{
	if (!*text)
		return;
	heading(c, out, title);
	markdown_render(c, out, text);
	buf_addc(out, '\n');
}

static void add_metadata(struct ctx *c, struct buf *out, const struct issue *is)
{
	struct js *all = NULL;
	STRS_AUTO keys = { 0 };

	if (!*is->metadata || js_parse(&all, is->metadata, strlen(is->metadata), NULL) < 0)
		return;
	for (void *it = js_iter(all); it; it = js_iter_next(all, it))
		strs_add(&keys, js_iter_key(it));
	strs_sort(&keys);
	if (keys.n)
		heading(c, out, "METADATA");
	for (size_t i = 0; i < keys.n; i++) {
		const struct js *value = js_get(all, keys.v[i]);

		buf_addf(out, "  %s: ", keys.v[i]);
		if (js_text(value))
			render_clean(out, js_text(value));
		else
			js_dump(value, false, out);
		buf_addc(out, '\n');
	}
	js_free(all);
}

static void add_comments(struct ctx *c, struct buf *out, const struct issue *is)
{
	char minute[40];

	if (is->ncomments)
		heading(c, out, "COMMENTS");
	for (size_t i = 0; i < is->ncomments; i++) {
		const struct comment *k = &is->comments[i];
		const char *s = k->text, *line;
		size_t n = strlen(s), len;

		while (n && s[n - 1] == '\n')
			n--;
		buf_addf(out, "  %s%s%s ", out_paint(c, PAINT_DIM),
			 out_minute(k->created_at, minute), out_plain(c));
		render_clean(out, k->author);
		buf_addc(out, '\n');
		while (text_line(&s, &n, &line, &len)) {
			AUTO_FREE char *copy = xstrndup(line, len);

			buf_adds(out, "    ");
			render_clean(out, copy);
			buf_addc(out, '\n');
		}
	}
}

static void add_details(struct ctx *c, struct buf *out, const struct issue *is)
{
	heading(c, out, "EXTENDED DETAILS");
	if (is->estimate_minutes >= 0)
		buf_addf(out, "  Estimated: %ld minutes\n", is->estimate_minutes);
	add_named(out, "  Source", is->source_system, "\n");
	add_named(out, "  Closed by session", is->closed_by_session, "\n");
	for (size_t i = 0; i < is->nextras; i++)
		buf_addf(out, "  %s: %s\n", is->extras[i].name, is->extras[i].json);
}

void show_sheet(struct ctx *c, struct buf *out, const struct show *o, const struct view *v,
		const struct issue *is)
{
	if (o->brief) {
		render_short(c, out, is);
		buf_addc(out, '\n');
		return;
	}
	if (out->len) {
		buf_adds(out, "\n");
		for (int i = 0; i < 60; i++)
			buf_adds(out, "─");
		buf_adds(out, "\n\n");
	}
	add_head(c, out, is);
	add_section(c, out, "DESCRIPTION", *is->description ? is->description : "  (none)");
	add_section(c, out, "DESIGN", is->design);
	add_section(c, out, "NOTES", is->notes);
	add_section(c, out, "ACCEPTANCE CRITERIA", is->acceptance);
	if (is->nlabels)
		buf_addf(out, "\n%sLABELS:%s", out_paint(c, PAINT_BOLD), out_plain(c));
	for (size_t i = 0; i < is->nlabels; i++) {
		buf_adds(out, i ? ", " : " ");
		render_clean(out, is->labels[i]);
	}
	buf_adds(out, is->nlabels ? "\n" : "");
	add_metadata(c, out, is);
	add_relations(c, out, is, v);
	add_comments(c, out, is);
	if (o->full)
		add_details(c, out, is);
	buf_addc(out, '\n');
}

void show_children(struct ctx *c, struct buf *out, const struct issue *is, const struct links *up)
{
	size_t n = links_count(up, "parent-child");

	if (!n) {
		buf_addf(out, "%s: No children found\n", is->id);
		return;
	}
	buf_addf(out, "↳ Children of %s (%zu):\n", is->id, n);
	for (size_t i = 0; i < up->n; i++)
		if (!strcmp(up->v[i].type, "parent-child"))
			add_link(c, out, "↳", &up->v[i]);
	buf_addc(out, '\n');
}

static const char *ref_icon(const char *type)
{
	static const struct { const char *type, *icon; } icons[] = {
		{ "blocks", "🚫" }, { "conditional-blocks", "🚫" }, { "waits-for", "⏳" },
		{ "parent-child", "↳" },
		{ "related", "↔" }, { "relates-to", "↔" }, { "discovered-from", "◊" },
	};

	for (size_t i = 0; i < sizeof(icons) / sizeof(icons[0]); i++)
		if (!strcmp(icons[i].type, type))
			return icons[i].icon;
	return "→";
}

void show_refs(struct buf *out, const struct issue *is, const struct links *up)
{
	STRS_AUTO types = { 0 };

	for (size_t i = 0; i < up->n; i++)
		if (!strs_has(&types, up->v[i].type))
			strs_add(&types, up->v[i].type);
	strs_sort(&types);
	buf_addf(out, types.n ? "\n📎 References to %s:\n" :
		 "\n%s: No references found\n\n", is->id);
	for (size_t t = 0; t < types.n; t++) {
		buf_addf(out, "\n  %s %s (%zu):\n", ref_icon(types.v[t]), types.v[t],
			 links_count(up, types.v[t]));
		for (size_t i = 0; i < up->n; i++) {
			if (strcmp(up->v[i].type, types.v[t]) != 0)
				continue;
			buf_addf(out, "    %s: ", up->v[i].id);
			render_title(out, up->v[i].is->title);
			buf_addf(out, " [P%d - %s]\n", up->v[i].is->priority, up->v[i].is->status);
		}
	}
	buf_adds(out, types.n ? "\n" : "");
}
