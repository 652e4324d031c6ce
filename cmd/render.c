#include "cmd/render.h"

#include <stdbool.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "store/base/buf.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/issue.h"

static void paint(struct ctx *c, struct buf *out, enum paint p, const char *text)
{
	buf_adds(out, out_paint(c, p));
	render_clean(out, text);
	if (p != PAINT_NONE)
		buf_adds(out, out_plain(c));
}

static bool is_closed(const struct issue *is)
{
	return !strcmp(is->status, "closed");
}

/* Only epics and bugs stand out among the rest. */
static bool is_notable(const struct issue *is)
{
	return !strcmp(is->type, "epic") || !strcmp(is->type, "bug");
}

static enum paint type_paint(const struct issue *is)
{
	return !strcmp(is->type, "epic") ? PAINT_MAGENTA : !strcmp(is->type, "bug") ? PAINT_RED :
		PAINT_NONE;
}

static void icon(struct ctx *c, struct buf *out, const char *status)
{
	enum paint p = out_status_paint(c, status);

	buf_addf(out, "%s%s%s", out_paint(c, p), out_icon(c, status), p == PAINT_NONE ? "" :
		 out_plain(c));
}

/* Bytes of the control character here, 0 when it is none: those of ASCII, and U+0080 to U+009F,
 * which some terminals obey too. */
static size_t control_at(const unsigned char *s)
{
	if (*s == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
		return 2;
	return (*s < 0x20 && *s != '\n' && *s != '\t') || *s == 0x7f ? 1 : 0;
}

/* Bytes of "ESC [ 31 m" at s, 0: something else. */
static size_t color_len(const char *s)
{
	size_t n;

	if (s[0] != '\033' || s[1] != '[')
		return 0;
	n = 2 + strspn(s + 2, "0123456789;");
	return s[n] == 'm' ? n + 1 : 0;
}

static void clean(struct buf *out, const char *text, bool colors)
{
	const char *from = text;
	size_t keep, drop;

	while (*text) {
		keep = colors ? color_len(text) : 0;
		drop = keep ? 0 : control_at((const unsigned char *)text);
		if (drop) {
			buf_add(out, from, (size_t)(text - from));
			from = text + drop;
		}
		text += keep ? keep : drop ? drop : 1;
	}
	buf_add(out, from, (size_t)(text - from));
}

void render_clean(struct buf *out, const char *text)
{
	clean(out, text, false);
}

void render_clean_colored(struct buf *out, const char *text)
{
	clean(out, text, true);
}

int render_width(const char *s, size_t n)
{
	BUF_AUTO plain = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\033')
			while (i < n && s[i] != 'm')
				i++;
		else
			buf_addc(&plain, s[i]);
	}
	return text_width(plain.s);
}

void render_line(struct buf *out, const char *text)
{
	size_t from = out->len;

	render_clean(out, text);
	text_one_line(out->s + from);
}

void render_title(struct buf *out, const char *title)
{
	buf_adds(out, RENDER_TITLE);
	render_line(out, title);
	buf_adds(out, RENDER_TITLE_END);
}

void render_priority(struct ctx *c, struct buf *out, int priority)
{
	enum paint p = out_priority_paint(priority);

	buf_addf(out, "%s● P%d%s", out_paint(c, p), priority, p == PAINT_NONE ? "" : out_plain(c));
}

void render_short(struct ctx *c, struct buf *out, const struct issue *is)
{
	icon(c, out, is->status);
	if (is_closed(is)) {
		buf_addf(out, " %s%s ● P%d %s ", out_paint(c, PAINT_DIM), is->id, is->priority,
			 is->type);
		render_title(out, is->title);
		buf_adds(out, out_plain(c));
		return;
	}
	buf_addf(out, " %s ", is->id);
	render_priority(c, out, is->priority);
	buf_addc(out, ' ');
	if (is_notable(is))
		buf_addf(out, "%s[%s]%s ", out_paint(c, type_paint(is)), is->type, out_plain(c));
	render_title(out, is->title);
}

void render_relation(struct ctx *c, struct buf *out, const struct issue *is)
{
	buf_addf(out, "%s ", out_icon(c, is->status));
	if (is_closed(is)) {
		buf_addf(out, "%s%s: ", out_paint(c, PAINT_DIM), is->id);
		render_title(out, is->title);
		buf_addf(out, " ● P%d%s", is->priority, out_plain(c));
		return;
	}
	paint(c, out, out_status_paint(c, is->status), is->id);
	buf_adds(out, ": ");
	if (is_notable(is))
		buf_addf(out, "%s(%s)%s ", out_paint(c, type_paint(is)),
			 *is->type == 'e' ? "EPIC" : "BUG", out_plain(c));
	render_title(out, is->title);
	buf_addc(out, ' ');
	render_priority(c, out, is->priority);
}

void render_plain(struct buf *out, const struct issue *is)
{
	buf_addf(out, "%s: ", is->id);
	render_title(out, is->title);
	buf_addf(out, " [P%d] (%s)", is->priority, is->status);
}

void render_tags(struct buf *out, const struct issue *is)
{
	if (*is->assignee) {
		buf_adds(out, " @");
		render_clean(out, is->assignee);
	}
	for (size_t i = 0; i < is->nlabels; i++) {
		buf_adds(out, i ? " " : " [");
		render_clean(out, is->labels[i]);
	}
	if (is->nlabels)
		buf_addc(out, ']');
}

static void add_list(struct buf *out, const char *name, const struct strs *ids, bool *any)
{
	if (!ids || !ids->n)
		return;
	buf_addf(out, "%s%s: ", *any ? ", " : " (", name);
	*any = true;
	for (size_t i = 0; i < ids->n; i++)
		buf_addf(out, "%s%s", i ? ", " : "", ids->v[i]);
}

static void add_ties(struct buf *out, const struct render_ties *t)
{
	bool any = false;

	if (!t)
		return;
	if (t->parent && *t->parent) {
		buf_addf(out, " (parent: %s", t->parent);
		any = true;
	}
	add_list(out, "blocked by", t->blocked_by, &any);
	add_list(out, "blocks", t->blocks, &any);
	if (any)
		buf_addc(out, ')');
}

void render_flat(struct ctx *c, struct buf *out, const struct issue *is,
		 const struct render_ties *t)
{
	bool closed = is_closed(is), held = t && t->blocked_by && t->blocked_by->n &&
		!strcmp(is->status, "open");

	if (closed)
		buf_adds(out, out_paint(c, PAINT_DIM));
	icon(c, out, held ? "blocked" : is->status);
	buf_addf(out, " %s%s [", issue_flag(is, "pinned") ? "📌 " : "", is->id);
	if (closed)
		buf_addf(out, "P%d", is->priority);
	else
		render_priority(c, out, is->priority);
	buf_adds(out, "] [");
	paint(c, out, closed ? PAINT_NONE : type_paint(is), is->type);
	buf_addc(out, ']');
	render_tags(out, is);
	buf_adds(out, " - ");
	render_title(out, is->title);
	add_ties(out, t);
	if (closed)
		buf_adds(out, out_plain(c));
}

void render_agent(struct buf *out, const struct issue *is, const struct render_ties *t)
{
	buf_addf(out, "%s: ", is->id);
	render_title(out, is->title);
	add_ties(out, t);
}

void render_long(struct ctx *c, struct buf *out, const struct issue *is)
{
	buf_addf(out, "%s [", is->id);
	render_priority(c, out, is->priority);
	buf_addf(out, "] [%s] %s\n  ", is->type, is->status);
	render_line(out, is->title);
	buf_addc(out, '\n');
	if (*is->assignee)
		buf_addf(out, "  Assignee: %s\n", is->assignee);
	if (is->nlabels) {
		buf_adds(out, "  Labels: [");
		for (size_t i = 0; i < is->nlabels; i++)
			buf_addf(out, "%s%s", i ? " " : "", is->labels[i]);
		buf_adds(out, "]\n");
	}
	buf_addc(out, '\n');
}

void render_legend(struct ctx *c, struct buf *out, int indent)
{
	static const char *const names[] = { "open", "in_progress", "blocked", "closed",
					     "deferred" };
	static const char head[] = "Status:";
	int columns = render_columns(c), start = indent + (int)sizeof(head) - 1, at = start;

	buf_addf(out, "%*s%s", indent, "", head);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int gap = at == start ? 1 : 2, width = 2 + (int)strlen(names[i]);

		if (columns && at > start && at + gap + width > columns) {
			buf_addf(out, "\n%*s", start, "");
			at = start;
			gap = 1;
		}
		buf_addf(out, "%*s", gap, "");
		icon(c, out, names[i]);
		buf_addf(out, " %s", names[i]);
		at += gap + width;
	}
}

void render_footer(struct ctx *c, struct buf *out, const char *summary)
{
	int width = render_columns(c), rule = width && width < 80 ? width : 80;

	buf_addc(out, '\n');
	for (int i = 0; i < rule; i++)
		buf_addc(out, '-');
	buf_addf(out, "\n%s\n\n", summary);
	render_legend(c, out, 0);
	buf_addc(out, '\n');
}
