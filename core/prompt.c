#include "core/prompt.h"

#include <ctype.h>
#include <string.h>

#include "core/prompt_priv.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"

/* The name in "{name}" at s, its length; 0 when there is none. */
static size_t placeholder(const char *s, size_t n)
{
	size_t k = 1;

	if (!n || *s != '{')
		return 0;
	while (k < n && (islower((unsigned char)s[k]) || s[k] == '_'))
		k++;
	return k > 1 && k < n && s[k] == '}' ? k - 1 : 0;
}

static const struct prompt_part *part_find(const char *name, size_t n)
{
	for (const struct prompt_part *p = prompt_parts; p->name; p++)
		if (strlen(p->name) == n && !memcmp(p->name, name, n))
			return p;
	return NULL;
}

/* One line of a template; false when it is a placeholder alone that has nothing to say. */
static bool expand_line(const struct prompt_input *in, const char *s, size_t n, struct buf *out)
{
	size_t before = out->len;
	bool alone = false;

	for (size_t i = 0; i < n;) {
		size_t k = placeholder(s + i, n - i);
		const struct prompt_part *p = k ? part_find(s + i + 1, k) : NULL;

		if (!p) {
			buf_addc(out, s[i++]);
			continue;
		}
		alone = i == 0 && k + 2 == n;
		p->write(in, out);
		i += k + 2;
	}
	if (alone && out->len == before)
		return false;
	if (!out->len || out->s[out->len - 1] != '\n' || !alone)
		buf_addc(out, '\n');
	return true;
}

int prompt_build(const struct prompt_input *in, struct buf *out, struct err *e)
{
	const char *s = in->template ? in->template : prompt_builtin(in->role), *line;
	bool vanished = false;
	size_t n, len;

	if (!s)
		return err_set(e, ERR_NOTFOUND, "no prompt for the role '%s'", in->role);
	n = strlen(s);
	while (text_line(&s, &n, &line, &len)) {
		if (vanished && !len) {
			vanished = false;
			continue;
		}
		vanished = !expand_line(in, line, len, out);
	}
	while (out->len > 1 && out->s[out->len - 1] == '\n' && out->s[out->len - 2] == '\n')
		buf_cut(out, out->len - 1);
	return 0;
}

int prompt_check(const char *template, struct err *e)
{
	const char *names[64];
	size_t nnames = 0, line = 1, n = strlen(template);

	for (const struct prompt_part *p = prompt_parts; p->name && nnames < 64; p++)
		names[nnames++] = p->name;
	for (size_t i = 0; i < n; i++) {
		size_t k = placeholder(template + i, n - i);
		char name[40];
		const char *near;

		line += template[i] == '\n';
		if (!k || part_find(template + i + 1, k))
			continue;
		k = k < sizeof(name) ? k : sizeof(name) - 1;
		memcpy(name, template + i + 1, k);
		name[k] = 0;
		near = text_nearest(name, names, nnames);
		if (near)
			return err_set(e, ERR_PARSE, "line %zu: unknown placeholder '{%s}'; did "
						     "you mean '{%s}'?", line,
				       name, near);
		return err_set(e, ERR_PARSE, "line %zu: unknown placeholder '{%s}'", line, name);
	}
	return 0;
}

/* Would core/result.h read this line of an echo as an answer? */
static bool is_answer(const char *s, size_t n)
{
	const char *p = s;
	size_t left = n;

	if (n >= 8 && !memcmp(s, "VERDICT:", 8))
		return true;
	text_trim(&p, &left);
	if (left && *p == '#' && memmem(p, left, "Verdict:", 8))
		return true;
	if (left >= 7 && !memcmp(p, "<usage>", 7))
		return true;
	return (left == 13 && !memcmp(p, "TASK COMPLETE", 13)) ||
		(left == 17 && !memcmp(p, "**TASK COMPLETE**", 17));
}

static bool is_fence(const char *s, size_t n)
{
	text_trim(&s, &n);
	return n >= 3 && !memcmp(s, "```", 3);
}

void prompt_add_text(struct buf *out, const char *s)
{
	const char *line;
	size_t n = s ? strlen(s) : 0, len;
	bool json = false;	/* inside a json block: it is quoted to its end */

	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	while (n && (*s == '\n' || *s == '\r')) {
		s++;
		n--;
	}
	while (text_line(&s, &n, &line, &len)) {
		bool fence = is_fence(line, len), opens = fence && memmem(line, len, "json", 4);

		if (len && line[len - 1] == '\r')
			len--;
		if (json || opens || is_answer(line, len))
			buf_adds(out, "> ");
		json = opens || (json && !fence);
		buf_add(out, line, len);
		buf_addc(out, '\n');
	}
}

void prompt_add_line(struct buf *out, const char *s)
{
	for (; s && *s; s++)
		buf_addc(out, *s == '\n' || *s == '\r' ? ' ' : *s);
	buf_addc(out, '\n');
}

void prompt_add_section(struct buf *out, const char *title, const char *s)
{
	size_t before = out->len, start;

	buf_addf(out, "## %s\n\n", title);
	start = out->len;
	prompt_add_text(out, s);
	if (out->len == start)
		buf_cut(out, before);
}
