#include "core/verdict.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/md.h"
#include "store/base/text.h"

#define WORKER "impl refine simplify"

/* A role's first word for a meaning is what "pass", "fail" and "blocked" become in its mouth. */
static const struct { const char *roles, *word; enum meaning meaning; } words[] = {
	{ WORKER, "DONE", MEANS_PASS },
	{ WORKER, "DONE_WITH_CONCERNS", MEANS_CONCERNS },
	{ WORKER, "NEEDS_CONTEXT", MEANS_NEEDS_CONTEXT },
	{ WORKER, "BLOCKED", MEANS_BLOCKED },
	{ "spec verify gate", "PASS", MEANS_PASS },
	{ "gate", "REFINE", MEANS_REJECT },
	{ "spec verify gate", "FAIL", MEANS_REJECT },
	{ "spec verify", "CANNOT_VERIFY", MEANS_CANNOT_VERIFY },
	{ "code", "APPROVE", MEANS_PASS },
	{ "code", "REJECT", MEANS_REJECT },
	{ "agg", "YES", MEANS_PASS },
	{ "code agg", "WITH_FIXES", MEANS_FIXES },
	{ "agg", "NO", MEANS_REJECT },
	{ "preflight", "CLEAN", MEANS_PASS },
	{ "preflight", "CONFLICT", MEANS_REJECT },
};
enum { NWORDS = sizeof(words) / sizeof(words[0]) };

bool verdict_role_in(const char *role, const char *list)
{
	size_t n = strlen(role);

	for (const char *p = list; n && (p = strstr(p, role)); p += n)
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

enum meaning verdict_meaning(const char *role, const char *word)
{
	for (size_t i = 0; i < NWORDS; i++)
		if (verdict_role_in(role, words[i].roles) && !strcmp(words[i].word, word))
			return words[i].meaning;
	return MEANS_NOTHING;
}

static enum meaning generic(const char *status)
{
	static const struct { const char *word; enum meaning meaning; } plain[] = {
		{ "pass", MEANS_PASS }, { "success", MEANS_PASS }, { "fail", MEANS_FAIL },
		{ "failed", MEANS_FAIL }, { "blocked", MEANS_BLOCKED },
	};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (!strcmp(status, plain[i].word))
			return plain[i].meaning;
	return MEANS_NOTHING;
}

enum meaning verdict_status(const char *role, const char *status, const char **word)
{
	enum meaning m = verdict_meaning(role, status);

	*word = status;
	if (m != MEANS_NOTHING)
		return m;
	m = generic(status);
	if (m == MEANS_FAIL && !verdict_role_in(role, WORKER))
		m = MEANS_REJECT;
	for (size_t i = NWORDS; m != MEANS_NOTHING && i--;)
		if (verdict_role_in(role, words[i].roles) && words[i].meaning == m)
			*word = words[i].word;
	return m;
}

bool verdict_word_known(const char *word)
{
	for (size_t i = 0; i < NWORDS; i++)
		if (!strcmp(words[i].word, word))
			return true;
	return generic(word) != MEANS_NOTHING;
}

const char *verdict_words(const char *role)
{
	static const struct { const char *roles, *list; } lists[] = {
		{ WORKER, "DONE|DONE_WITH_CONCERNS|NEEDS_CONTEXT|BLOCKED" },
		{ "spec", "PASS|FAIL|CANNOT_VERIFY" },
		{ "verify", "PASS|FAIL|CANNOT_VERIFY" },
		{ "gate", "PASS|REFINE|FAIL" },
		{ "code", "APPROVE|REJECT|WITH_FIXES" },
		{ "agg", "YES|WITH_FIXES|NO" },
		{ "preflight", "CLEAN|CONFLICT" },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (verdict_role_in(role, lists[i].roles))
			return lists[i].list;
	return "";
}

static size_t word_len(const char *s, size_t n)
{
	size_t k = 0;

	while (k < n && (isupper((unsigned char)s[k]) || s[k] == '_'))
		k++;
	return k;
}

/* A number at s that ends there or at something that is no digit; -1 when there is none. Moves
 * *s. */
static long number(const char **s, const char *end)
{
	long v = 0;
	int digits = 0;

	while (*s < end && (**s == ' ' || **s == '\t'))
		++*s;
	for (; *s < end && isdigit((unsigned char)**s); ++*s, digits++)
		if (digits < 9)
			v = v * 10 + (**s - '0');
	return digits && digits <= 9 ? v : -1;
}

/* The place behind "KEY:" in [s,end), KEY standing at the front or after a blank; NULL when it
 * is not there. */
static const char *key_value(const char *s, const char *end, const char *key)
{
	size_t k = strlen(key);

	for (const char *p = s; p + k < end && (p = memmem(p, (size_t)(end - p), key, k)); p++)
		if ((p == s || isspace((unsigned char)p[-1])) && p + k < end && p[k] == ':')
			return p + k + 1;
	return NULL;
}

static double score(const char *s, const char *end)
{
	char text[32] = "", *stop;
	size_t n;
	double v;

	while (s < end && isspace((unsigned char)*s))
		s++;
	n = (size_t)(end - s) < sizeof(text) - 1 ? (size_t)(end - s) : sizeof(text) - 1;
	memcpy(text, s, n);
	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return -1;
	v = strtod(text, &stop);
	if (*stop == '%')
		v /= 100;
	return v >= 0 && v <= 1 ? v : -1;
}

static void counts(struct verdict *v, const char *s, const char *end)
{
	static const char *const names[SEV_N] = {
		[SEV_SUGGESTION] = "SUGGESTION", [SEV_MINOR] = "MINOR",
		[SEV_IMPORTANT] = "IMPORTANT", [SEV_CRITICAL] = "CRITICAL",
	};
	const char *p;

	for (int i = 0; i < SEV_N; i++)
		if ((p = key_value(s, end, names[i])))
			v->count[i] = number(&p, end);
	if ((p = key_value(s, end, "REVIEWERS"))) {
		v->approved = number(&p, end);
		v->reviewers = p < end && *p == '/' ? (p++, number(&p, end)) : -1;
	}
	if ((p = key_value(s, end, "SCORE")))
		v->score = score(p, end);
}

/* "12/12 pass, exit 0" */
static void tests(struct verdict *v, const char *s, size_t n)
{
	const char *end = s + n, *exit = memmem(s, n, "exit", 4);

	v->tests_passed = number(&s, end);
	v->tests_total = s < end && *s == '/' ? (s++, number(&s, end)) : -1;
	if (exit)
		v->tests_exit = (exit += 4, number(&exit, end));
}

/* "a b reason" */
static void pair(struct verdict *v, const char *s, size_t n, struct arena *a)
{
	struct verdict_pair p = { "", "", "" };
	const char **part[] = { &p.a, &p.b };

	for (int i = 0; i < 2; i++) {
		size_t k = 0;

		while (k < n && !isspace((unsigned char)s[k]))
			k++;
		*part[i] = arena_strndup(a, s, k);
		s += k;
		n -= k;
		text_trim(&s, &n);
	}
	p.reason = arena_strndup(a, s, n);
	if (*p.b)
		list_add(a, v->pair, v->npair, p);
}

/* Where the free text of a key goes; NULL: no such key. */
static const char **text_key(struct verdict *v, const char *key, size_t n)
{
	const struct { const char *name; const char **to; } keys[] = {
		{ "COMMIT", &v->commit }, { "FILES", &v->files }, { "SCOPE", &v->scope },
		{ "CONCERNS", &v->concerns }, { "BLOCKER", &v->blocker }, { "ISSUES", &v->issues },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (md_is(key, n, keys[i].name))
			return keys[i].to;
	return NULL;
}

/* One "KEY: value" line. Answers where its text goes if following lines may add to it, else
 * NULL. */
static const char **key_line(struct verdict *v, const char *s, size_t n, struct arena *a)
{
	size_t k = word_len(s, n), rest;
	const char *value, **to;

	value = s + k + 1;
	rest = n - k - 1;
	text_trim(&value, &rest);
	counts(v, s, s + n);
	if (md_is(s, k, "TESTS"))
		tests(v, value, rest);
	else if (md_is(s, k, "PAIR"))
		pair(v, value, rest, a);
	else if (md_is(s, k, "ISSUES"))
		v->nissues = number(&(const char *){ value }, value + rest);
	to = text_key(v, s, k);
	if (to)
		*to = arena_strndup(a, value, rest);
	return to == &v->concerns || to == &v->blocker || to == &v->issues ? to : NULL;
}

/* A text that following lines may still belong to; copied once, when its end is known. */
struct span {
	const char **to;
	const char *from, *end;
};

static void span_close(struct span *t, struct arena *a)
{
	size_t n;

	if (!t->to)
		return;
	n = (size_t)(t->end - t->from);
	text_trim(&t->from, &n);
	*t->to = arena_strndup(a, t->from, n);
	t->to = NULL;
}

/* The lines behind the verdict's own. */
static void block(struct verdict *v, const char *s, size_t n, struct arena *a)
{
	struct span open = { 0 };
	const char *line;
	size_t len, k;

	while (text_line(&s, &n, &line, &len)) {
		while (len && isspace((unsigned char)line[len - 1]))
			len--;
		k = word_len(line, len);
		if (k > 1 && k < len && line[k] == ':') {
			span_close(&open, a);
			open = (struct span){ key_line(v, line, len, a), line + k + 1, line + len };
		} else if (!len || (len >= 3 && !memcmp(line, "```", 3))) {
			span_close(&open, a);
		} else {
			open.end = line + len;
		}
	}
	span_close(&open, a);
}

/* What follows the word must not make it one of several: then the line is the question, not the
 * answer. */
static bool is_choice(const char *s, size_t n)
{
	text_trim(&s, &n);
	return n && (*s == '|' || *s == '/');
}

/* "VERDICT: WORD" in [s,n): the word, or false. */
static bool verdict_line(const char *s, size_t n, const char **word, size_t *len)
{
	static const char key[] = "VERDICT:";
	size_t k = sizeof(key) - 1;

	if (n < k || memcmp(s, key, k))
		return false;
	while (k < n && (s[k] == ' ' || s[k] == '\t'))
		k++;
	*word = s + k;
	*len = word_len(s + k, n - k);
	k += *len;
	return *len && (k == n || !(isalnum((unsigned char)s[k]) || s[k] == '_')) &&
		!is_choice(s + k, n - k);
}

/* "### Verdict: FAIL (CANNOT_VERIFY)" in [s,n). */
static bool verdict_heading(const char *s, size_t n, const char **word, size_t *len)
{
	static const struct { const char *text, *word; } forms[] = {
		{ "PASS", "PASS" }, { "FAIL", "FAIL" }, { "FAIL (CANNOT_VERIFY)", "CANNOT_VERIFY" },
	};
	const char *p = s;
	size_t left = n;

	while (left && *p == '#') {
		p++;
		left--;
	}
	if (p == s)
		return false;
	text_trim(&p, &left);
	if (left < 8 || memcmp(p, "Verdict:", 8))
		return false;
	p += 8;
	left -= 8;
	text_trim(&p, &left);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (left != strlen(forms[i].text) || memcmp(p, forms[i].text, left))
			continue;
		*word = forms[i].word;
		*len = strlen(forms[i].word);
		return true;
	}
	return false;
}

static void verdict_init(struct verdict *v)
{
	*v = (struct verdict){
		.word = "", .commit = "", .files = "", .scope = "", .concerns = "", .blocker = "",
		.issues = "", .count = { -1, -1, -1, -1 }, .nissues = -1, .tests_passed = -1,
		.tests_total = -1, .tests_exit = -1, .approved = -1, .reviewers = -1, .score = -1,
	};
}

enum verdict_state verdict_parse(struct verdict *out, const char *role, const char *s, size_t n,
				 struct arena *a)
{
	const char *p = s, *line, *word, *last = NULL, *rest = NULL;
	size_t left = n, len, nword, nlast = 0;
	bool epic = !strcmp(role, "verify");

	verdict_init(out);
	while (text_line(&p, &left, &line, &len)) {
		while (len && isspace((unsigned char)line[len - 1]))
			len--;
		if (!verdict_line(line, len, &word, &nword) &&
		    !(epic && verdict_heading(line, len, &word, &nword)))
			continue;
		last = word;
		nlast = nword;
		rest = p;
		out->at = (size_t)(line - s);
	}
	if (!last)
		return VERDICT_NONE;
	out->word = arena_strndup(a, last, nlast);
	out->meaning = verdict_meaning(role, out->word);
	block(out, rest, n - (size_t)(rest - s), a);
	return out->meaning == MEANS_NOTHING ? VERDICT_MALFORMED : VERDICT_OK;
}
