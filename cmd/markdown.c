#include "cmd/markdown.h"

#include <stdbool.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/render.h"
#include "store/base/mem.h"
#include "store/base/text.h"

enum { WIDEST = 100, CODE_INDENT = 4 };

struct page {
	struct ctx *c;
	struct buf *out;
	int width;
	bool fenced;		/* between ``` and ``` */
};

/* Bytes between this delimiter and its twin on the line; 0 when there is none, or nothing
 * between. */
static size_t span(const char *s, const char *mark)
{
	size_t n = strlen(mark);
	const char *end = !strncmp(s, mark, n) ? strstr(s + n, mark) : NULL;

	return end && s[n] != ' ' && end[-1] != ' ' ? (size_t)(end - s) - n : 0;
}

/* `code` and **strong**; without colours the delimiters say it. */
static void add_styled(struct page *p, struct buf *out, const char *s)
{
	static const struct { const char *mark; enum paint paint; } styles[] = {
		{ "`", PAINT_CYAN }, { "**", PAINT_BOLD }, { "__", PAINT_BOLD },
	};

	while (*s) {
		size_t len = 0, k;

		for (k = 0; k < 3 && out_colored(p->c) && !(len = span(s, styles[k].mark)); k++)
			;
		if (!len) {
			buf_addc(out, *s++);
			continue;
		}
		s += strlen(styles[k].mark);
		buf_adds(out, out_paint(p->c, styles[k].paint));
		buf_add(out, s, len);
		buf_adds(out, out_plain(p->c));
		s += len + strlen(styles[k].mark);
	}
}

/* Broken between words; the lines after the first hang by `hang` columns. */
static void add_wrapped(struct page *p, const char *text, int at, int hang)
{
	bool first = true;

	while (*text) {
		size_t blanks = strspn(text, " "), len = strcspn(text + blanks, " ");
		int wide = render_width(text + blanks, len);

		if (!first && len && at + (int)blanks + wide > p->width) {
			buf_addf(p->out, "\n%*s", hang, "");
			at = hang;
			text += blanks;
			blanks = 0;
		}
		buf_add(p->out, text, blanks + len);
		at += (int)blanks + wide;
		text += blanks + len;
		first = false;
	}
}

/* "- item", "* item", "12. item": bytes up to the item's text; 0 when it is none. */
static size_t item(const char *s)
{
	size_t n = strspn(s, "0123456789");

	if (!n && (*s == '-' || *s == '*' || *s == '+') && s[1] == ' ')
		return 2;
	return n && n < 4 && (s[n] == '.' || s[n] == ')') && s[n + 1] == ' ' ? n + 2 : 0;
}

static bool is_rule(const char *s)
{
	size_t n = strspn(s, s[0] == '-' ? "-" : s[0] == '*' ? "*" : "_");

	return n >= 3 && !s[n];
}

static void add_text(struct page *p, const char *line)
{
	size_t indent = strspn(line, " "), mark = item(line + indent);
	const char *rest = line + indent + mark;
	BUF_AUTO styled = BUF_INIT;

	buf_add(p->out, line, indent);
	if (mark == 2)
		buf_adds(p->out, "• ");
	else
		buf_add(p->out, line + indent, mark);
	add_styled(p, &styled, rest);
	add_wrapped(p, styled.s, (int)(indent + mark), (int)(indent + mark));
}

/* A line without its newline and without control characters. */
static void add_line(struct page *p, const char *line)
{
	const char *s = line + strspn(line, " ");
	struct ctx *c = p->c;

	if (!strncmp(s, "```", 3) || !strncmp(s, "~~~", 3)) {
		p->fenced = !p->fenced;
		buf_addf(p->out, "%*s%s%s%s", CODE_INDENT, "", out_paint(c, PAINT_DIM), s,
			 out_plain(c));
	} else if (p->fenced) {
		buf_addf(p->out, "%*s%s%s%s", CODE_INDENT, "", out_paint(c, PAINT_CYAN), line,
			 out_plain(c));
	} else if (*s == '#' && s[strspn(s, "#")] == ' ') {
		buf_adds(p->out, out_paint(c, PAINT_BOLD));
		add_wrapped(p, s, 0, (int)strspn(s, "#") + 1);
		buf_adds(p->out, out_plain(c));
	} else if (is_rule(s)) {
		for (int i = 0; i < p->width / 2; i++)
			buf_adds(p->out, "─");
	} else if (*s == '|' || s - line >= CODE_INDENT) {
		/* a table, or code: its columns stand where they stand */
		buf_adds(p->out, line);
	} else {
		add_text(p, line);
	}
}

void markdown_render(struct ctx *c, struct buf *out, const char *text)
{
	struct page p = { .c = c, .out = out, .width = render_columns(c) };
	size_t n = strlen(text), len, end = n && text[n - 1] == '\n';
	const char *line;

	if (!p.width) {
		render_clean(out, text);
		return;
	}
	if (p.width > WIDEST)
		p.width = WIDEST;
	while (text_line(&text, &n, &line, &len)) {
		AUTO_FREE char *copy = xstrndup(line, len);
		BUF_AUTO clean = BUF_INIT;

		render_clean(&clean, copy);
		add_line(&p, clean.s);
		if (n || end)
			buf_addc(out, '\n');
	}
}
