/* The body of an issue file: the description, then sections and comments behind their markers
 * (decisions A14). */
#include <ctype.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/record_priv.h"

bool record_int_id(const char *s)
{
	const char *digit = s + (*s == '-');
	size_t digits = strspn(digit, "0123456789");

	return digits && !digit[digits] && (*digit != '0' || digits == 1);
}

/* Ends the word at s; returns what follows the one blank behind it, or "". */
static char *cut_word(char *s)
{
	s += strcspn(s, " ");
	if (*s)
		*s++ = 0;
	return s;
}

/* s: "ID TIME AUTHOR" */
static int read_comment(struct source *src, char *s, struct comment *c)
{
	char *time = cut_word(s), *author = cut_word(time);

	*c = (struct comment){ .id = s, .author = author, .text = "", .extra = "",
			       .int_id = record_int_id(s) };
	if (!*s || !*time)
		return source_fail(src,
				   "a comment's marker has the form '" RECORD_MARK " comment ID TIME AUTHOR -->'");
	if (strcmp(time, "-") && clock_parse(time, &c->created_at) < 0)
		return source_fail(src, "'%s' is not a time such as 2026-11-21T02:00:00Z", time);
	if (!strcmp(s, "-"))
		c->id = "";
	text_unescape(s);
	text_unescape(author);
	if (text_utf8_bad(s, strlen(s)) >= 0 || text_utf8_bad(author, strlen(author)) >= 0)
		return source_fail(src, "not valid UTF-8 behind '%%'");
	return 0;
}

/* s: the members of the comment c that no field holds */
static int read_extra(struct source *src, const char *s, struct comment *c, struct arena *a)
{
	BUF_AUTO text = BUF_INIT;
	struct js *v;
	int rc = js_parse(&v, s, strlen(s), NULL);

	if (!rc && js_kind(v) == JS_OBJECT) {
		if (js_len(v))
			js_dump(v, false, &text);
		c->extra = arena_strndup(a, text.s, text.len);
	} else {
		rc = source_fail(src, "behind 'extra' stands no JSON object");
	}
	js_free(v);
	return rc;
}

struct body {
	struct issue *is;
	struct arena *a;
	/* where the section being read goes: that comment's or that field's */
	const char **text;
	unsigned seen;		/* sections, a bit each */
};

/* A marker, NUL-terminated: the text that follows is that section's. */
static int open_section(struct source *src, struct body *b, char *line)
{
	char *s = line + RECORD_MARK_LEN, *end = s + strlen(s);
	struct issue *is = b->is;

	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	if (end - s < 5 || *s != ' ' || memcmp(end - 4, " -->", 4))
		return source_fail(src, "a marker that does not end in ' -->'");
	end[-4] = 0;
	s++;
	if (text_starts(s, "comment ")) {
		is->comments = arena_grow(b->a, is->comments, is->ncomments, sizeof(*is->comments));
		b->text = &is->comments[is->ncomments].text;
		return read_comment(src, s + 8, &is->comments[is->ncomments++]);
	}
	if (text_starts(s, "extra ")) {
		struct comment *c = is->ncomments ? &is->comments[is->ncomments - 1] : NULL;

		if (!c || b->text != &c->text || *c->text || *c->extra)
			return source_fail(src, "'extra' stands right behind a comment's marker");
		return read_extra(src, s + 6, c, b->a);
	}
	for (size_t i = 0; i < RECORD_SECTIONS; i++) {
		if (strcmp(s, record_sections[i].key))
			continue;
		if (b->seen & 1u << i)
			return source_fail(src, "the section '%s' stands here twice", s);
		b->seen |= 1u << i;
		b->text = (const char **)((char *)is + record_sections[i].at);
		return 0;
	}
	return source_fail(src, "a section '%s' is not known; a backslash in front makes the line "
				"text", s);
}

/* Is it an escaped line, one that has a backslash too many? */
static bool is_escaped(const char *s, const char *end)
{
	if (*s != '\\')
		return false;
	while (*s == '\\')
		s++;
	return (end - s == 3 && !memcmp(s, "---", 3)) || text_starts(s, RECORD_MARK);
}

/* The text from..w without the newline that ends it. */
static void close_section(struct body *b, char *from, char *w)
{
	if (w > from && w[-1] == '\n')
		w--;
	else if (w == from)
		return;
	*w = 0;
	*b->text = from;
}

int record_read_body(struct source *src, struct issue *is, struct arena *a)
{
	struct body b = { .is = is, .a = a, .text = &is->description };
	char *p = src->p, *from, *w, *nl;

	if (p < src->end && *p == '\n') {
		p++;
		src->line++;
	}
	for (from = w = p; p < src->end; p = nl) {
		nl = memchr(p, '\n', (size_t)(src->end - p));
		src->line++;
		if (*p == '<' && text_starts(p, RECORD_MARK)) {
			close_section(&b, from, w);
			if (nl)
				*nl = 0;
			if (open_section(src, &b, p) < 0)
				return ERR_PARSE;
			from = w = nl = nl ? nl + 1 : src->end;
			continue;
		}
		p += is_escaped(p, nl ? nl : src->end);
		nl = nl ? nl + 1 : src->end;
		if (w != p)
			memmove(w, p, (size_t)(nl - p));
		w += nl - p;
	}
	close_section(&b, from, w);
	return 0;
}
