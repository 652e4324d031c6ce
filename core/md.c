#include "core/md.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "store/base/text.h"

void md_start(struct md *m, const char *s, size_t n)
{
	*m = (struct md){ .start = s, .s = s, .left = n };
}

static size_t run_of(const char *s, size_t n, char c)
{
	size_t k = 0;

	while (k < n && s[k] == c)
		k++;
	return k;
}

/* A fence line opens or closes; inside a block only its own kind, bare and at least as long,
 * closes. */
static bool fence(struct md *m, struct md_line *l)
{
	char c = l->ntext ? l->text[0] : 0;
	size_t k = c == '`' || c == '~' ? run_of(l->text, l->ntext, c) : 0;
	const char *info = l->text + k;
	size_t ninfo = l->ntext - k;

	text_trim(&info, &ninfo);
	if (m->fence) {
		bool closes = c == m->fence && k >= m->nfence && !ninfo;

		l->kind = closes ? MD_CLOSE : MD_CODE;
		if (closes)
			m->fence = 0;
		return true;
	}
	if (k < 3 || (c == '`' && memchr(info, '`', ninfo)))
		return false;
	l->kind = MD_OPEN;
	l->text = info;
	l->ntext = ninfo;
	m->fence = c;
	m->nfence = k;
	return true;
}

static bool heading(struct md_line *l)
{
	size_t k = run_of(l->text, l->ntext, '#');

	if (!k || k > 6 || l->indent > 3 || (k < l->ntext && !isspace((unsigned char)l->text[k])))
		return false;
	l->kind = MD_HEADING;
	l->level = (int)k;
	l->text += k;
	l->ntext -= k;
	text_trim(&l->text, &l->ntext);
	while (l->ntext && l->text[l->ntext - 1] == '#')
		l->ntext--;
	text_trim(&l->text, &l->ntext);
	return true;
}

/* Bytes of "- " or "12. " in front; 0 when it is no item. */
static size_t bullet(const char *s, size_t n)
{
	size_t k = 0;

	if (n && (*s == '-' || *s == '*' || *s == '+'))
		k = 1;
	else
		while (k < n && k < 9 && isdigit((unsigned char)s[k]))
			k++;
	if (!k || k >= n)
		return 0;
	if (isdigit((unsigned char)*s) && s[k] != '.' && s[k] != ')')
		return 0;
	k += isdigit((unsigned char)*s) != 0;
	return k < n && isspace((unsigned char)s[k]) ? k + 1 : 0;
}

static bool item(struct md_line *l)
{
	size_t k = bullet(l->text, l->ntext);

	if (!k)
		return false;
	l->kind = MD_ITEM;
	l->text += k;
	l->ntext -= k;
	text_trim(&l->text, &l->ntext);
	if (l->ntext >= 3 && l->text[0] == '[' && l->text[2] == ']' && strchr(" xX", l->text[1])) {
		l->box = tolower((unsigned char)l->text[1]);
		l->text += 3;
		l->ntext -= 3;
		text_trim(&l->text, &l->ntext);
	}
	return true;
}

bool md_next(struct md *m, struct md_line *l)
{
	*l = (struct md_line){ .at = (size_t)(m->s - m->start) };
	if (!text_line(&m->s, &m->left, &l->s, &l->len))
		return false;
	if (l->len && l->s[l->len - 1] == '\r')
		l->len--;
	l->text = l->s;
	l->ntext = l->len;
	text_trim(&l->text, &l->ntext);
	l->indent = (size_t)(l->text - l->s);
	if (fence(m, l))
		return true;
	l->kind = !l->ntext ? MD_BLANK : MD_TEXT;
	if (l->ntext && !heading(l))
		item(l);
	return true;
}

bool md_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(s, word, len);
}

bool md_starts_word(const char *s, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && !strncasecmp(s, word, n) && (len == n || !isalnum((unsigned char)s[n]));
}

bool md_label(const struct md_line *l, const char *name, const char **rest, size_t *nrest)
{
	const char *s = l->text;
	size_t n = l->ntext, k = strlen(name);
	bool bold = n > 2 && s[0] == '*' && s[1] == '*';

	if (bold) {
		s += 2;
		n -= 2;
	}
	if (n <= k || strncasecmp(s, name, k))
		return false;
	s += k;
	n -= k;
	if (bold && n >= 3 && (!strncmp(s, ":**", 3) || !strncmp(s, "**:", 3))) {
		s += 3;
		n -= 3;
	} else if (!bold && *s == ':') {
		s++;
		n--;
	} else {
		return false;
	}
	text_trim(&s, &n);
	*rest = s;
	*nrest = n;
	return true;
}

bool md_any_label(const struct md_line *l)
{
	const char *s = l->text, *end;

	if (l->kind != MD_TEXT || l->ntext < 6 || s[0] != '*' || s[1] != '*')
		return false;
	end = memchr(s, ':', l->ntext);
	return end && (size_t)(end - s) + 2 < l->ntext &&
	       (!strncmp(end, ":**", 3) || (end[-1] == '*' && end[-2] == '*' && end - s > 4));
}
