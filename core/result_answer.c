/* Where an answer stands, in the order of contract.md 2: file, object by schema, fence, verdict
 * block, marker */
#include <ctype.h>
#include <string.h>

#include "core/md.h"
#include "core/result_priv.h"
#include "store/base/err.h"
#include "store/base/text.h"

/* The file at $BDW_RESULT: when it is there, nothing else is looked at (B13). */
enum answer result_answer_file(struct result *r, const char *role, const char *s, size_t n,
			       struct strs *wrong, struct arena *a)
{
	struct err e = ERR_INIT;
	struct js *o;
	size_t used, at = 0;
	enum answer answer;

	if (n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3))	/* editors and shells of Windows put it there */
		at = 3;
	while (at < n && isspace((unsigned char)s[at]))
		at++;
	if (at == n) {
		r->unparsed_at = (long)at;
		r->reason = "result is empty, or cannot be read";
		return ANSWER_UNPARSED;
	}
	if (js_parse_prefix(&o, s + at, n - at, &used, &e) < 0) {
		r->unparsed_at = (long)(at + used);
		r->reason = arena_printf(a, "result is no JSON: %s", e.msg);
		return ANSWER_UNPARSED;
	}
	for (at += used; at < n && isspace((unsigned char)s[at]);)
		at++;
	r->evidence = EVIDENCE_FILE;
	answer = at < n ? ANSWER_UNPARSED : result_object(r, role, o, a);
	if (at < n)
		r->reason = "result has text behind its object";
	if (answer == ANSWER_UNPARSED) {
		r->evidence = EVIDENCE_NONE;
		r->unparsed_at = at < n ? (long)at : 0;
	}
	if (wrong)
		result_look(o, wrong);
	js_free(o);
	return answer;
}

/* An object counts when it parses and its status is a known word; else the search goes on. */
static enum answer try_object(struct result *r, const char *role, const char *s, size_t n,
			      enum evidence evidence, struct arena *a)
{
	struct js *o;
	const char *status;
	enum answer answer = ANSWER_NONE;

	if (js_parse(&o, s, n, NULL) < 0)
		return ANSWER_NONE;
	status = js_str(o, "status");
	if (status && verdict_word_known(status)) {
		r->evidence = evidence;
		answer = result_object(r, role, o, a);
	}
	js_free(o);
	return answer;
}

/* Backticks in front of [s,n), and whether "json" alone (any case) or nothing follows them. */
static size_t fence_mark(const char *s, size_t n, bool *json, bool *bare)
{
	size_t k = 0;

	text_trim(&s, &n);
	while (k < n && s[k] == '`')
		k++;
	*json = *bare = false;
	if (k < 3)
		return 0;
	s += k;
	n -= k;
	text_trim(&s, &n);
	*json = md_starts_word(s, n, "json");
	*bare = !n;
	return k;
}

struct span { size_t from, len; };

/*
 * Every ```json block, complete ones in *v. A line of its own reader: a stray fence
 * further up must not hide the answer, as it would for a Markdown parser.
 */
static size_t fences(const char *s, size_t n, struct span **v, long *torn, struct arena *a)
{
	const char *p = s, *line;
	size_t left = n, len, count = 0, open = 0, from = 0, at = 0;

	while (text_line(&p, &left, &line, &len)) {
		bool json, bare;
		size_t mark = fence_mark(line, len, &json, &bare);

		if (json) {
			open = mark;
			at = (size_t)(line - s);
			from = (size_t)(p - s);
		} else if (open && bare && mark >= open) {
			list_add(a, *v, count, (struct span){ from, (size_t)(line - s) - from });
			open = 0;
		}
	}
	if (open)
		*torn = (long)at;
	return count;
}

static enum answer from_fence(struct result *r, const char *role, struct arena *a)
{
	struct span *v = NULL;
	size_t n = fences(r->text, r->ntext, &v, &r->unparsed_at, a);

	for (size_t i = n; i--;) {
		enum answer answer = try_object(r, role, r->text + v[i].from, v[i].len,
						EVIDENCE_FENCE, a);

		if (answer != ANSWER_NONE)
			return answer;
		if (i == n - 1 && r->unparsed_at < 0)
			r->unparsed_at = (long)v[i].from;
	}
	return ANSWER_NONE;
}

static enum answer from_verdict(struct result *r, const char *role, struct arena *a)
{
	struct verdict v;
	enum verdict_state state = verdict_parse(&v, role, r->text, r->ntext, a);

	if (state == VERDICT_NONE)
		return ANSWER_NONE;
	r->evidence = EVIDENCE_VERDICT;
	r->word = r->status = v.word;
	r->meaning = v.meaning;
	r->commit = v.commit;
	r->scope = v.scope;
	r->concerns = v.concerns;
	r->blocker = v.blocker;
	r->issues = v.issues;
	r->score = v.score;
	r->pair = v.pair;
	r->npair = v.npair;
	memcpy(r->count, v.count, sizeof(r->count));
	r->tests_ran = v.tests_total;
	r->tests_passed = v.tests_passed;
	if (v.tests_total >= v.tests_passed && v.tests_passed >= 0)
		r->tests_failed = v.tests_total - v.tests_passed;
	/* an issue of a spec reviewer is a requirement that is not met */
	if (v.nissues > 0 && verdict_role_in(role, "spec") && v.meaning == MEANS_PASS &&
	    r->count[SEV_IMPORTANT] < v.nissues)
		r->count[SEV_IMPORTANT] = v.nissues;
	if (state == VERDICT_OK)
		return ANSWER_OK;
	r->reason = arena_printf(a, "verdict '%.40s' is no word of %s (%s)", v.word, role,
				 verdict_words(role));
	return ANSWER_MALFORMED;
}

static enum answer from_marker(struct result *r, const char *role)
{
	static const char *const markers[] = { "**TASK COMPLETE**", "TASK COMPLETE" };
	const char *p = r->text, *line;
	size_t left = r->ntext, len;

	while (text_line(&p, &left, &line, &len)) {
		while (len && isspace((unsigned char)line[len - 1]))
			len--;
		for (size_t i = 0; i < 2; i++) {
			if (len != strlen(markers[i]) || memcmp(line, markers[i], len))
				continue;
			r->evidence = EVIDENCE_MARKER;
			r->status = "pass";
			r->meaning = verdict_status(role, "pass", &r->word);
			return ANSWER_OK;
		}
	}
	return ANSWER_NONE;
}

enum answer result_answer(struct result *r, const struct result_input *in,
			  const struct agent_out *o, struct arena *a)
{
	enum answer answer = ANSWER_NONE;

	if (in->file)
		return result_answer_file(r, in->role, in->file, in->nfile, NULL, a);
	if (*o->structured)
		answer = try_object(r, in->role, o->structured, strlen(o->structured),
				    EVIDENCE_STRUCTURED, a);
	if (answer == ANSWER_NONE)
		answer = from_fence(r, in->role, a);
	if (answer == ANSWER_NONE)
		answer = from_verdict(r, in->role, a);
	if (answer == ANSWER_NONE && in->accept_marker && verdict_role_in(in->role, "impl refine"))
		answer = from_marker(r, in->role);
	if (answer == ANSWER_OK)
		r->unparsed_at = -1;
	return answer;
}
