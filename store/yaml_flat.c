#include "store/yaml_flat.h"

#include <stdbool.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/yaml.h"

enum { MAX_DEPTH = 16, NO_SKIP = -1 };

struct level {
	int indent;	/* of the key */
	int child;	/* of the keys below it; -1: none yet */
	size_t len;	/* of the key's name in path */
};

struct flat {
	struct level stack[MAX_DEPTH];	/* keys whose value stands on the lines below them */
	int depth, top;			/* top: indent of the outermost keys; -1: none yet */
	struct buf path;		/* the name of the key read last */
	struct buf value;		/* its value so far */
	bool set, open;			/* it has one; it may have one below */
	int indent, line, at;		/* of the key; the current line; that of the key */
	int skip;			/* lines deeper than this are not for us */
	yaml_flat_fn fn;
	void *arg;
};

static void flush(struct flat *f)
{
	if (f->set)
		f->fn(f->arg, f->path.s, f->value.s, f->at);
	f->set = false;
	buf_reset(&f->value);
}

static bool ends_word(char c)
{
	return !c || c == ' ' || c == '\t';
}

/* The colon behind a bare key, NULL when the line has none. */
static char *find_colon(char *s)
{
	for (char *p = s; (p = strchr(p, ':')); p++)
		if (ends_word(p[1]))
			return p;
	return NULL;
}

/* Takes "name:" off *s, which then stands behind the colon. *name is NULL where there is no key. */
static const char *read_name(char **s, const char **name)
{
	char *p = *s, *colon;
	const char *why = NULL;

	*name = NULL;
	if (*p == '"' || *p == '\'') {
		why = yaml_read_quoted(&p, name);
		p = yaml_skip(p);
		if (!why && (*p != ':' || !ends_word(p[1])))
			why = "no ':' behind the key";
		*s = p + 1;
		return why;
	}
	if (!(colon = find_colon(p)))
		return NULL;
	*s = colon + 1;
	while (colon > p && ends_word(colon[-1]))
		colon--;
	*colon = 0;
	*name = p;
	return *p ? NULL : "a key is empty";
}

/* What this reader passes over, with all that is indented below it. */
static bool is_foreign(const char *s)
{
	return *s && strchr("&*!{|>%@`", *s);
}

static const char *add_scalar(struct flat *f, char *s)
{
	const char *value, *why;
	char *comment;

	if ((why = yaml_read_scalar(s, &value, &comment)))
		return why;
	if (f->set)
		buf_addc(&f->value, ',');
	buf_adds(&f->value, value);
	f->set = true;
	return NULL;
}

/* "[a, b]"; one that goes on over several lines is passed over. */
static const char *add_list(struct flat *f, char *s)
{
	const char *value, *why;

	if (!strchr(s, ']')) {
		f->skip = f->indent;
		return NULL;
	}
	for (s++; !(why = yaml_read_element(&s, &value)) && value; f->set = true) {
		if (f->set)
			buf_addc(&f->value, ',');
		buf_adds(&f->value, value);
	}
	return why;
}

static const char *take_value(struct flat *f, char *s)
{
	s = yaml_skip(s);
	f->open = !*s || *s == '#';
	if (f->open) {
		if (f->depth == MAX_DEPTH)
			return "keys are nested too deep";
		f->stack[f->depth++] = (struct level){ f->indent, -1, f->path.len };
		return NULL;
	}
	if (is_foreign(s)) {
		f->skip = f->indent;
		return NULL;
	}
	return *s == '[' ? add_list(f, s) : add_scalar(f, s);
}

/* Leaves the mappings that end here; the keys of one stand below each other. */
static const char *leave(struct flat *f, int indent)
{
	int *child;

	if (indent > f->indent && f->at && !f->open)
		return "this line is indented, but the key above has a value";
	while (f->depth && f->stack[f->depth - 1].indent >= indent)
		f->depth--;
	buf_cut(&f->path, f->depth ? f->stack[f->depth - 1].len : 0);
	child = f->depth ? &f->stack[f->depth - 1].child : &f->top;
	if (*child >= 0 && *child != indent)
		return "this line does not stand below the keys it belongs to";
	*child = indent;
	return NULL;
}

static const char *take_key(struct flat *f, int indent, char *s)
{
	const char *name, *why = read_name(&s, &name);

	if (!why && !name && f->set && !f->open && indent > f->indent) {
		/* a value goes on */
		buf_addf(&f->value, " %s", s);
		return NULL;
	}
	if (!why && !name)
		why = "a line 'key: value' is needed";
	if (why)
		return why;
	flush(f);
	if ((why = leave(f, indent)))
		return why;
	buf_addf(&f->path, "%s%s", f->path.len ? "." : "", name);
	f->indent = indent;
	f->at = f->line;
	return take_value(f, s);
}

/* "- value" below the key read last */
static const char *take_item(struct flat *f, int indent, char *s)
{
	AUTO_FREE char *copy = NULL;
	const char *name;
	char *at;

	if (!f->at || !f->open || indent < f->indent)
		return "a list element without a list";
	s = yaml_skip(s);
	at = copy = xstrdup(s);
	if (!*s || *s == '#' || *s == '-' || *s == '[' || is_foreign(s) ||
	    (read_name(&at, &name) == NULL && name)) {
		f->skip = indent;
		return NULL;
	}
	return add_scalar(f, s);
}

static const char *take_line(struct flat *f, char *s)
{
	int indent = (int)strspn(s, " ");
	char *c = yaml_skip(s);

	if (!*c || *c == '#')
		return NULL;
	if (f->skip != NO_SKIP && indent > f->skip)
		return NULL;
	f->skip = NO_SKIP;
	if (c != s + indent)
		return "a tab in front of a key";
	if (!indent && (!strcmp(c, "---") || *c == '%'))
		return NULL;
	return *c == '-' && ends_word(c[1]) ? take_item(f, indent, c + 1) : take_key(f, indent, c);
}

int yaml_flat_read(const char *text, size_t n, const char *file, yaml_flat_fn fn, void *arg,
		   struct err *e)
{
	struct flat f = { .top = -1, .path = BUF_INIT, .value = BUF_INIT, .skip = NO_SKIP,
			  .fn = fn, .arg = arg };
	const char *line, *why = NULL;
	size_t len;

	if (n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {	/* a byte order mark */
		text += 3;
		n -= 3;
	}
	while (!why && text_line(&text, &n, &line, &len)) {
		AUTO_FREE char *copy = memcpy(xcalloc(len + 1, 1), line, len);

		f.line++;
		copy[len && copy[len - 1] == '\r' ? len - 1 : len] = 0;
		if (memchr(line, 0, len) || text_utf8_bad(line, len) >= 0)
			why = "this is no text in UTF-8";
		else if (!strcmp(copy, "..."))
			break;
		else
			why = take_line(&f, copy);
	}
	if (!why)
		flush(&f);
	buf_release(&f.path);
	buf_release(&f.value);
	return why ? err_set(e, ERR_PARSE, "%s:%d: %s", file, f.line, why) : 0;
}
