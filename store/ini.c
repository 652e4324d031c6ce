#include "store/ini.h"

#include <ctype.h>
#include <ini.h>
#include <stdbool.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"

enum {
	/* inih's buffer of 200 holds this, a newline and a NUL; it cuts the rest in silence */
	LINE_MAX_LEN = 198,
	SECTION_MAX_LEN = 49,	/* inih cuts section names here, in silence too */
};

/* One line, taken apart; the pointers are into it. */
struct line {
	enum { LINE_BLANK, LINE_SECTION, LINE_KEY } kind;	/* comments are blank */
	const char *name, *value;
	size_t name_len, value_len;
};

/* inih ends a value at white space followed by ';' and drops the rest. */
static bool has_inline_comment(const char *s, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (s[i] == ';' && isspace((unsigned char)s[i - 1]))
			return true;
	return false;
}

static const char *split_section(const char *s, size_t n, struct line *l)
{
	const char *end = memchr(s, ']', n);
	const char *rest = end ? end + 1 : s;
	size_t rest_len = n - (size_t)(rest - s);

	if (!end)
		return "no ']' after the section's name";
	text_trim(&rest, &rest_len);
	if (rest_len)
		return "text after ']'";
	l->kind = LINE_SECTION;
	l->name = s + 1;
	l->name_len = (size_t)(end - l->name);
	if (!l->name_len)
		return "a section needs a name";
	if (l->name_len > SECTION_MAX_LEN)
		return "a section name of more than 49 bytes";
	return NULL;
}

static const char *split_key(const char *s, size_t n, struct line *l)
{
	size_t at = 0;

	while (at < n && s[at] != '=' && s[at] != ':')
		at++;
	if (at == n)
		return "no '=' after the key";
	l->kind = LINE_KEY;
	l->name = s;
	l->name_len = at;
	text_trim(&l->name, &l->name_len);
	l->value = s + at + 1;
	l->value_len = n - at - 1;
	text_trim(&l->value, &l->value_len);
	return l->name_len ? NULL : "no key before '='";
}

/* Takes a line apart as inih will; NULL, or why it is refused. */
static const char *split(const char *s, size_t n, struct line *l)
{
	const char *text = s;
	size_t len = n;

	*l = (struct line){ .kind = LINE_BLANK };
	if (n > LINE_MAX_LEN)
		return "a line of more than 198 bytes";
	if (memchr(s, '\0', n))
		return "a NUL byte";
	text_trim(&text, &len);
	if (!len || *text == ';' || *text == '#')
		return NULL;
	if (text != s)
		return "blanks at the start of a line (would continue the value above)";
	if (has_inline_comment(text, len))
		return "' ;' would start a comment; write comments on lines of their own";
	return *text == '[' ? split_section(text, len, l) : split_key(text, len, l);
}

/* inih knows a byte order mark only at the start of the file. */
static void skip_bom(const char **s, size_t *n)
{
	if (*n >= 3 && !memcmp(*s, "\xef\xbb\xbf", 3)) {
		*s += 3;
		*n -= 3;
	}
}

struct reading {
	const char *s;		/* what is left */
	size_t n;
	const char *name;
	int line;
	int rc;
	ini_fn fn;
	void *arg;
	struct err *e;
};

/* inih's fgets: it hands out one checked line, or the end at the first error. */
static char *next_line(char *out, int room, void *arg)
{
	struct reading *r = arg;
	const char *s, *why;
	struct line l;
	size_t len;

	if (r->rc < 0 || !text_line(&r->s, &r->n, &s, &len))
		return NULL;
	r->line++;
	why = split(s, len, &l);
	if (!why && len + 2 > (size_t)room)
		why = "a line that is too long";
	if (why) {
		r->rc = err_set(r->e, ERR_PARSE, "%s:%d: %s", r->name, r->line, why);
		return NULL;
	}
	memcpy(out, s, len);
	memcpy(out + len, "\n", 2);
	return out;
}

static int on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct reading *r = arg;

	if (r->rc >= 0)
		r->rc = r->fn(r->arg, section, key, value, r->line, r->e);
	return r->rc >= 0;
}

int ini_read(const char *s, size_t n, const char *name, ini_fn fn, void *arg, struct err *e)
{
	struct reading r = { .s = s, .n = n, .name = name, .fn = fn, .arg = arg, .e = e };
	int rc;

	skip_bom(&r.s, &r.n);
	rc = ini_parse_stream(next_line, &r, on_key, &r);
	if (r.rc < 0)
		return r.rc;
	if (rc)		/* the checks above should leave inih nothing to refuse */
		return err_set(e, ERR_PARSE, "%s:%d: not a valid line", name, rc);
	return 0;
}

static bool is_name(const struct line *l, const char *name)
{
	return l->name_len == strlen(name) && !memcmp(l->name, name, l->name_len);
}

/* Would the line read back as exactly this key and value? */
static const char *check_key(const char *key, const char *value, const struct buf *text)
{
	struct line l;
	const char *why = memchr(text->s, '\n', text->len) ? "a newline" :
		split(text->s, text->len, &l);

	if (why)
		return why;
	if (l.kind != LINE_KEY || !is_name(&l, key))
		return "the key cannot be written";
	if (l.value_len != strlen(value) || memcmp(l.value, value, l.value_len))
		return "blanks at an end would be lost";
	return NULL;
}

static const char *check_section(const char *section)
{
	BUF_AUTO text = BUF_INIT;
	struct line l;
	const char *why;

	if (!*section)
		return NULL;
	buf_addf(&text, "[%s]", section);
	why = strchr(section, '\n') ? "a newline" : split(text.s, text.len, &l);
	if (!why && !is_name(&l, section))
		why = "the section's name cannot be written";
	return why;
}

/* Where a key stands in a text, and where it would be added; offsets. */
struct place {
	size_t from, to;	/* the last line that sets it; from == to: none */
	size_t end;		/* after the last key or header of its section */
	bool found;		/* the section exists */
};

static struct place find_place(const struct buf *text, const char *section, const char *key)
{
	struct place p = { .found = !*section };
	bool inside = !*section;
	const char *s = text->s, *line;
	size_t n = text->len, len;

	skip_bom(&s, &n);
	p.end = (size_t)(s - text->s);
	while (text_line(&s, &n, &line, &len)) {
		struct line l;

		if (split(line, len, &l) || l.kind == LINE_BLANK)
			continue;
		if (l.kind == LINE_SECTION)
			inside = is_name(&l, section);
		if (!inside)
			continue;
		p.found = true;
		p.end = (size_t)(s - text->s);
		if (l.kind == LINE_KEY && is_name(&l, key)) {
			p.from = (size_t)(line - text->s);
			p.to = p.end;
		}
	}
	return p;
}

static void splice(struct buf *text, size_t from, size_t to, const char *s)
{
	struct buf out = BUF_INIT;

	buf_add(&out, text->s, from);
	if (*s && from && from == text->len && text->s[from - 1] != '\n')
		buf_addc(&out, '\n');	/* the file's last line had none */
	buf_adds(&out, s);
	buf_add(&out, text->s + to, text->len - to);
	buf_release(text);
	*text = out;
}

int ini_set(struct buf *text, const char *section, const char *key, const char *value,
	    struct err *e)
{
	BUF_AUTO line = BUF_INIT;
	struct place p;
	const char *why = check_section(section);

	buf_addf(&line, "%s=%s", key, value ? value : "");
	if (!why)
		why = check_key(key, value ? value : "", &line);
	if (why)
		return err_set(e, ERR_USAGE, "cannot write '%s' in [%s]: %s", key, section, why);
	p = find_place(text, section, key);
	if (!value) {
		/* A key may be set more than once, and the last counts: none may be left. */
		for (; p.from < p.to; p = find_place(text, section, key))
			splice(text, p.from, p.to, "");
		return 0;
	}
	buf_addc(&line, '\n');
	if (p.from < p.to) {
		splice(text, p.from, p.to, line.s);
	} else if (p.found) {
		splice(text, p.end, p.end, line.s);
	} else {
		BUF_AUTO added = BUF_INIT;

		buf_addf(&added, "%s[%s]\n%s", text->len ? "\n" : "", section, line.s);
		splice(text, text->len, text->len, added.s);
	}
	return 0;
}
