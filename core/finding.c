#include "core/finding.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/md.h"
#include "store/base/buf.h"
#include "store/base/text.h"

static const struct { const char *name, *word; } severities[SEV_N] = {
	[SEV_SUGGESTION] = { "Suggestion", "suggestion" },
	[SEV_MINOR] = { "Minor", "minor" },
	[SEV_IMPORTANT] = { "Important", "important" },
	[SEV_CRITICAL] = { "Critical", "critical" },
};

const char *severity_name(enum severity s)
{
	return severities[s].name;
}

const char *severity_word(enum severity s)
{
	return severities[s].word;
}

int severity_parse(const char *s, size_t len)
{
	for (int i = 0; i < SEV_N; i++) {
		size_t n = strlen(severities[i].word);

		if (md_starts_word(s, len, severities[i].word) ||
		    (len > n && tolower((unsigned char)s[n]) == 's' &&
		     md_starts_word(s, n, severities[i].word) &&
		     md_starts_word(s + n, len - n, "s")))
			return i;
	}
	return -1;
}

/*
 * Beginnings of words, the more serious category first: a text that speaks of a
 * secret and of a name is about security.
 */
static const struct { const char *category, *words; } keywords[] = {
	{ "security", "secur secret passw credential inject xss csrf ssrf authent authoriz "
		      "authoris unauth permission encrypt decrypt travers vulnerab exploit "
		      "privilege sanitiz sanitis untrusted" },
	{ "data-loss", "data-loss data_loss corrupt overwrit truncat destroy unrecoverab" },
	{ "concurrency", "race racy deadlock concurren lock mutex atomic thread-safe synchroni" },
	{ "error-handling", "error null exception unhandled uncaught panic crash swallow errno "
			    "unchecked leak overflow" },
	{ "test-gap", "test untested coverage assert" },
	{ "requirement",
	  "requir spec specification missing feature acceptance criteri unimplement" },
	{ "performance", "perform slow quadratic latency memory-use ineffic complexity" },
	{ "style",
	  "name naming style typo format indent comment readab whitespace rename spelling" },
};

static bool has_word(const char *text, const char *word, size_t len)
{
	for (const char *p = text; *p; p++)
		if ((p == text || !isalnum((unsigned char)p[-1])) && !strncasecmp(p, word, len))
			return true;
	return false;
}

const char *category_guess(const char *text)
{
	if (strcasestr(text, "data loss") || strcasestr(text, "loses data") ||
	    strcasestr(text, "lost data"))
		return "data-loss";
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		for (const char *w = keywords[i].words; *w;) {
			size_t len = strcspn(w, " ");

			if (has_word(text, w, len))
				return keywords[i].category;
			w += len + (w[len] == ' ');
		}
	}
	return "other";
}

const char *category_normal(const char *s, size_t len, struct arena *a)
{
	static const char *const alias[][2] = {
		{ "naming", "style" }, { "naming/style", "style" }, { "naming-style", "style" },
		{ "test", "test-gap" }, { "tests", "test-gap" }, { "testing", "test-gap" },
		{ "error", "error-handling" }, { "errors", "error-handling" },
		{ "dataloss", "data-loss" },
		{ "requirements", "requirement" }, { "spec", "requirement" },
	};
	char *out;

	text_trim(&s, &len);
	out = arena_strndup(a, s, len);
	for (char *p = out; *p; p++)
		*p = *p == '_' || isspace((unsigned char)*p) ? '-' :
			(char)tolower((unsigned char)*p);
	for (size_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++)
		if (!strcmp(out, alias[i][0]))
			return alias[i][1];
	return out;
}

bool category_protected(const char *category)
{
	return !strcmp(category, "security") || !strcmp(category, "data-loss");
}

/* The place in [s,n): "file.c:40", "file.c", also in backticks, brackets or bold. False when it
 * is no place. */
static bool place(struct finding *f, const char *s, size_t n, struct arena *a)
{
	size_t digits = 0, end;
	long line = 0;

	while (n && strchr("`([*", *s)) {
		s++;
		n--;
	}
	while (n && strchr("`)]*.,", s[n - 1]))
		n--;
	for (end = 0; end < n; end++)
		if (isspace((unsigned char)s[end]) || s[end] == '`' || !s[end])
			return false;
	for (end = 0; end < n; end++)
		if (s[end] == ':' && end + 1 < n && isdigit((unsigned char)s[end + 1]))
			break;
	for (size_t i = end + 1; i < n && isdigit((unsigned char)s[i]) && digits < 9; i++, digits++)
		line = line * 10 + (s[i] - '0');
	if (!end || (!digits && !memchr(s, '.', n) && !memchr(s, '/', n)) || s[0] == ':' ||
	    s[end - 1] == ':' || !memcmp(s, "//", n < 2 ? n : 2) || memmem(s, n, "://", 3))
		return false;
	f->file = arena_strndup(a, s, end);
	if (text_starts(f->file, "./"))
		f->file += 2;
	f->line = line;
	return true;
}

/* The last " — ", " – ", " -- " or " - " in [s,n): *len is its length; NULL when there is none. */
static const char *last_dash(const char *s, size_t n, size_t *len)
{
	static const char *const dashes[] = { " \u2014 ", " \u2013 ", " -- ", " - " };
	const char *best = NULL;

	for (size_t d = 0; d < sizeof(dashes) / sizeof(dashes[0]); d++) {
		size_t k = strlen(dashes[d]);
		const char *p = s, *hit;

		while ((hit = memmem(p, n - (size_t)(p - s), dashes[d], k))) {
			if (!best || hit > best) {
				best = hit;
				*len = k;
			}
			p = hit + 1;
		}
	}
	return best;
}

/* An em dash or an en dash, 3 bytes of UTF-8. */
static bool is_dash(const char *s, size_t n)
{
	return n >= 3 && (!memcmp(s, "\u2014", 3) || !memcmp(s, "\u2013", 3));
}

/* A place in front: "`a.c:40`: text", "a.c:40 — text". Returns how many bytes of s it and its
 * dash took. */
static size_t place_in_front(struct finding *f, const char *s, size_t n, struct arena *a)
{
	size_t k = 0, next;

	while (k < n && !isspace((unsigned char)s[k]))
		k++;
	next = k;
	if (k && s[k - 1] == ':')
		k--;
	if (!place(f, s, k, a) || !f->line) {
		f->file = "";
		return 0;
	}
	while (next < n &&
	       (isspace((unsigned char)s[next]) || s[next] == '-' || is_dash(s + next, n - next)))
		next += is_dash(s + next, n - next) ? 3 : 1;
	return next;
}

void finding_place(struct finding *f, const char *s, size_t n, struct arena *a)
{
	size_t dash = 0, front;
	const char *cut = last_dash(s, n, &dash);

	f->file = "";
	f->line = 0;
	if (cut && place(f, cut + dash, n - (size_t)(cut - s) - dash, a)) {
		n = (size_t)(cut - s);
	} else if (n && s[n - 1] == ')' && (cut = memrchr(s, '(', n)) && cut > s &&
		   place(f, cut, n - (size_t)(cut - s), a)) {
		n = (size_t)(cut - s);
	} else if ((front = place_in_front(f, s, n, a))) {
		s += front;
		n -= front;
	}
	text_trim(&s, &n);
	f->text = arena_strndup(a, s, n);
}

void finding_write(const struct finding *f, struct buf *out)
{
	for (const char *p = f->text; *p; p++)
		buf_addc(out, *p == '\n' || *p == '\r' ? ' ' : *p);
	if (*f->file)
		buf_addf(out, " \u2014 %s", f->file);
	if (*f->file && f->line)
		buf_addf(out, ":%ld", f->line);
}

void findings_write(const struct finding *f, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, "- %s: ", severity_name(f[i].severity));
		finding_write(&f[i], out);
		buf_addc(out, '\n');
		if (*f[i].fix)
			buf_addf(out, "  Fix: %s\n", f[i].fix);
	}
}
