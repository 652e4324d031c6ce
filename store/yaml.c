#include "store/yaml.h"

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "store/base/buf.h"
#include "store/base/json.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

char *yaml_skip(char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

/* Words that YAML 1.1 or 1.2 takes for a truth value or null, in any case to be safe. */
static bool is_word(const char *s, size_t n)
{
	static const char *const words[] = { "y", "n", "no", "on", "off", "yes", "true", "null",
					     "false" };

	for (size_t i = 0; n <= 5 && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(s, words[i]))
			return true;
	return false;
}

/* [A-Za-z][A-Za-z0-9 _./@+-]*, and ':' where no blank follows: nothing that means something to
 * YAML. */
static bool is_bare(const char *s)
{
	size_t i;

	if (!isalpha((unsigned char)s[0]) || (unsigned char)s[0] >= 0x80)
		return false;
	for (i = 1; s[i]; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x80 && isalnum(c))
			continue;
		if (c >= 0x80 || !strchr(" _./@+-:", c) ||
		    (c == ':' && (!s[i + 1] || s[i + 1] == ' ')))
			return false;
	}
	return s[i - 1] != ' ' && !is_word(s, i);
}

/* The code point of a sequence that JSON leaves as it is and YAML does not take: controls, line
 * ends, a byte order mark, no character at all. 0 for all others; *len is that of the sequence.
 * s is valid UTF-8. */
static unsigned odd_char(const unsigned char *s, size_t *len)
{
	unsigned cp;

	*len = 1;
	if (s[0] < 0x80)
		return s[0] == 0x7f ? s[0] : 0;
	if (s[0] == 0xc2 && s[1] < 0xa0) {
		*len = 2;
		return s[1];
	}
	if ((s[0] & 0xf0) != 0xe0 || !s[1] || !s[2])
		return 0;
	cp = (s[0] & 0xfu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
	*len = 3;
	return cp == 0x2028 || cp == 0x2029 || cp == 0xfeff || cp >= 0xfffe ? cp : 0;
}

void yaml_add_json(struct buf *out, const char *json)
{
	const char *from = json;
	size_t len;

	for (const char *p = json; *p; p += len) {
		unsigned cp = odd_char((const unsigned char *)p, &len);

		if (!cp && (unsigned char)*p >= ' ')
			continue;
		buf_add(out, from, (size_t)(p - from));
		if (cp)
			buf_addf(out, "\\u%04x", cp);
		else
			/* between tokens: in a string it would be escaped */
			buf_addc(out, ' ');
		from = p + len;
	}
	buf_adds(out, from);
}

void yaml_add_quoted(struct buf *out, const char *s)
{
	BUF_AUTO json = BUF_INIT;

	js_quote(&json, s, strlen(s), false);
	yaml_add_json(out, json.s);
}

void yaml_add_scalar(struct buf *out, const char *s)
{
	if (is_bare(s))
		buf_adds(out, s);
	else
		yaml_add_quoted(out, s);
}

static int hex_digits(const char *s, int n, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < n; i++) {
		if (!isxdigit((unsigned char)s[i]))
			return -1;
		*out = *out << 4 | (uint32_t)(isdigit((unsigned char)s[i]) ? s[i] - '0' :
					      (s[i] | 0x20) - 'a' + 10);
	}
	return 0;
}

static char *put_utf8(char *w, uint32_t cp)
{
	if (cp < 0x80) {
		*w++ = (char)cp;
		return w;
	}
	if (cp < 0x800) {
		*w++ = (char)(0xc0 | cp >> 6);
	} else {
		if (cp < 0x10000) {
			*w++ = (char)(0xe0 | cp >> 12);
		} else {
			*w++ = (char)(0xf0 | cp >> 18);
			*w++ = (char)(0x80 | (cp >> 12 & 0x3f));
		}
		*w++ = (char)(0x80 | (cp >> 6 & 0x3f));
	}
	*w++ = (char)(0x80 | (cp & 0x3f));
	return w;
}

/* \xHH, \uHHHH (a pair of them for what JSON splits in two), \UHHHHHHHH; *p stands on the
 * letter. */
static const char *read_code(char **p, char **w)
{
	int n = **p == 'x' ? 2 : **p == 'u' ? 4 : 8;
	uint32_t cp, low;

	if (hex_digits(*p + 1, n, &cp) < 0)
		return "an escape without its hex digits";
	*p += 1 + n;
	if (cp >= 0xd800 && cp < 0xdc00) {
		if ((*p)[0] != '\\' || (*p)[1] != 'u' || hex_digits(*p + 2, 4, &low) < 0 ||
		    low < 0xdc00 || low > 0xdfff)
			return "half of a surrogate pair";
		cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
		*p += 6;
	} else if (cp >= 0xdc00 && cp < 0xe000) {
		return "half of a surrogate pair";
	}
	if (!cp || cp > 0x10ffff)
		return "an escape for a character that no text holds";
	*w = put_utf8(*w, cp);
	return NULL;
}

/* What follows a backslash; the answer never takes more room than the escape did. */
static const char *read_escape(char **p, char **w)
{
	static const char from[] = "\"\\/ abtnvfre", to[] = "\"\\/ \a\b\t\n\v\f\r\033";
	const char *at = **p ? strchr(from, **p) : NULL;

	if (at) {
		*(*w)++ = to[at - from];
		++*p;
		return NULL;
	}
	if (**p == 'x' || **p == 'u' || **p == 'U')
		return read_code(p, w);
	if (**p == '_' || **p == 'N') {
		*w = put_utf8(*w, **p == '_' ? 0xa0 : 0x85);
		++*p;
		return NULL;
	}
	return "an unknown escape";
}

static const char *read_double(char **s, const char **value)
{
	char *p = *s + 1, *w = p;
	const char *why;

	*value = p;
	for (;;) {
		size_t n = strcspn(p, "\"\\");

		if (w != p)
			memmove(w, p, n);
		w += n;
		p += n;
		if (!*p)
			return "a quote is not closed";
		if (*p++ == '"')
			break;
		why = read_escape(&p, &w);
		if (why)
			return why;
	}
	*s = p;
	*w = 0;
	return NULL;
}

static const char *read_single(char **s, const char **value)
{
	char *p = *s + 1, *w = p;

	*value = p;
	for (;; p++) {
		if (!*p)
			return "a quote is not closed";
		if (*p == '\'' && *++p != '\'')
			break;
		*w++ = *p;
	}
	*s = p;
	*w = 0;
	return NULL;
}

const char *yaml_read_quoted(char **s, const char **value)
{
	return **s == '"' ? read_double(s, value) : read_single(s, value);
}

static bool is_null(const char *s)
{
	return !strcmp(s, "~") || !strcmp(s, "null") || !strcmp(s, "Null") || !strcmp(s, "NULL");
}

static void trim_end(char *from, char *end)
{
	while (end > from && is_blank(end[-1]))
		end--;
	*end = 0;
}

/* "|", ">-", "|2": what follows would stand on lines of its own. */
static bool is_block_header(const char *s)
{
	if (*s != '|' && *s != '>')
		return false;
	s++;
	s += strspn(s, "+-123456789");
	return !*s || is_blank(*s);
}

/* Where a comment begins: '#' at the start or after a blank; else the end of the line. */
static char *find_comment(char *s)
{
	char *p = s;

	while ((p = strchr(p, '#')) && p != s && !is_blank(p[-1]))
		p++;
	return p ? p : s + strlen(s);
}

static const char *read_bare(char *s, const char **value, char **comment)
{
	char *end = find_comment(s);

	*comment = end;
	if (*end && end > s)
		end--;		/* the blank in front of the '#' */
	else if (*end)
		end = s + strlen(s);	/* nothing but a comment */
	trim_end(s, end);
	*value = *s == '#' || is_null(s) ? "" : s;
	return NULL;
}

const char *yaml_read_scalar(char *s, const char **value, char **comment)
{
	const char *why;

	s = yaml_skip(s);
	if (is_block_header(s))
		return "text blocks ('|', '>') are not read here; use a quoted string, or the body";
	if (*s != '"' && *s != '\'')
		return read_bare(s, value, comment);
	why = yaml_read_quoted(&s, value);
	if (why)
		return why;
	*comment = yaml_skip(s);
	return **comment && **comment != '#' ? "text after the closing quote" : NULL;
}

const char *yaml_read_element(char **s, const char **value)
{
	char *p = yaml_skip(*s);
	const char *why = NULL;
	size_t n;

	*value = NULL;
	if (*p == ',')
		p = yaml_skip(p + 1);
	if (*p == ']') {
		*s = p + 1;
		return NULL;
	}
	if (*p == '"' || *p == '\'') {
		why = yaml_read_quoted(&p, value);
		p = yaml_skip(p);
	} else {
		/* One to the left, over the bracket or comma in front: the one behind must stay
		 * to be seen. */
		n = strcspn(p, ",]");
		memmove(p - 1, p, n);
		*value = p - 1;
		trim_end(p - 1, p - 1 + n);
		p += n;
	}
	*s = p;
	if (!why && *p != ',' && *p != ']')
		why = "a list is not closed by ']'";
	return why;
}
