/* The result object of contract.md 2, and usage that an agent reports itself */
#include <string.h>

#include "core/agentout_priv.h"
#include "core/result_priv.h"
#include "store/base/buf.h"
#include "store/base/text.h"

static void text(const char **to, const struct js *o, const char *key, struct arena *a)
{
	const char *s = js_str(o, key);

	if (s && *s)
		*to = arena_strdup(a, s);
}

static void list(struct texts *to, const struct js *o, const char *key, struct arena *a)
{
	const struct js *v = js_get(o, key);

	for (size_t i = 0; js_kind(v) == JS_ARRAY && i < js_len(v); i++)
		if (js_text(js_at(v, i)))
			list_add(a, to->v, to->n, arena_strdup(a, js_text(js_at(v, i))));
}

static long small(const struct js *o, const char *key)
{
	long long v = js_int(o, key, -1);

	return v < 0 || v > 1000000000 ? -1 : (long)v;
}

/* An object, or a line of text. What names no severity is important: it must not vanish. */
static void finding(struct result *r, const struct js *v, struct arena *a)
{
	struct finding f = { .severity = SEV_IMPORTANT, .category = "", .file = "", .text = "",
			     .fix = "" };
	const char *severity = js_str(v, "severity"), *category = js_str(v, "category");
	const char *words = js_text(v);

	if (words) {
		finding_place(&f, words, strlen(words), a);
	} else if (js_kind(v) != JS_OBJECT) {
		return;
	}
	if (severity && severity_parse(severity, strlen(severity)) >= 0)
		f.severity = (enum severity)severity_parse(severity, strlen(severity));
	text(&f.file, v, "file", a);
	if (text_starts(f.file, "./"))
		f.file += 2;
	text(&f.text, v, "message", a);
	text(&f.text, v, "text", a);
	text(&f.fix, v, "fix", a);
	if (small(v, "line") > 0)
		f.line = small(v, "line");
	f.category = category && *category ? category_normal(category, strlen(category), a) :
		category_guess(f.text);
	list_add(a, r->finding, r->nfinding, f);
}

static void tests(struct result *r, const struct js *t)
{
	r->tests_ran = small(t, "ran");
	r->tests_passed = small(t, "passed");
	r->tests_failed = small(t, "failed");
	if (r->tests_ran < 0 && r->tests_passed >= 0)
		r->tests_ran = r->tests_passed + (r->tests_failed > 0 ? r->tests_failed : 0);
}

static void fill(int64_t *have, int64_t more)
{
	if (*have < 0)
		*have = more;
}

/* Takes over what is still unavailable. */
static void fill_usage(struct usage *have, const struct usage *more)
{
	/* a total belongs to its parts: it is not taken from one source and the parts from
	 * another */
	if (have->total_tokens < 0 && have->input_tokens < 0 && have->output_tokens < 0) {
		have->total_tokens = more->total_tokens;
		have->input_tokens = more->input_tokens;
		have->output_tokens = more->output_tokens;
		have->cache_creation_input_tokens = more->cache_creation_input_tokens;
		have->cache_read_input_tokens = more->cache_read_input_tokens;
	}
	fill(&have->tool_uses, more->tool_uses);
	if (have->cost_usd < 0)
		have->cost_usd = more->cost_usd;
	usage_total(have);
}

static void usage(struct usage *have, const struct js *o)
{
	const struct js *u = js_get(o, "usage");
	struct usage said = USAGE_NONE;

	said.total_tokens = agentout_count(u, "total_tokens");
	said.input_tokens = agentout_count(u, "input_tokens");
	said.output_tokens = agentout_count(u, "output_tokens");
	said.cache_creation_input_tokens = agentout_count(u, "cache_creation_input_tokens");
	said.cache_read_input_tokens = agentout_count(u, "cache_read_input_tokens");
	said.tool_uses = agentout_count(u, "tool_uses");
	said.cost_usd = js_num(u, "cost_usd", -1);
	fill_usage(have, &said);
}

static void unknown(struct result *r, const struct js *o, struct arena *a)
{
	BUF_AUTO out = BUF_INIT;
	struct jsw w = JSW(&out, JS_COMPACT);
	size_t n = 0;

	w.html = false;
	js_open(&w, '{');
	for (void *it = js_iter(o); it; it = js_iter_next(o, it)) {
		if (result_member_known(js_iter_key(it)))
			continue;
		js_key(&w, js_iter_key(it));
		js_add_value(&w, js_iter_value(it));
		n++;
	}
	js_close(&w, '}');
	if (n)
		r->unknown = arena_strdup(a, out.s);
}

enum answer result_object(struct result *r, const char *role, const struct js *o, struct arena *a)
{
	const char *status = js_str(o, "status");
	const struct js *counts = js_get(o, "counts"), *findings = js_get(o, "findings");

	if (!status) {
		r->reason = js_kind(o) == JS_OBJECT ? "result has no status" :
			"result is no JSON object";
		return ANSWER_UNPARSED;
	}
	r->status = arena_strdup(a, status);
	if (!verdict_word_known(status)) {
		r->reason = arena_printf(a, "result has the unknown status '%.40s'", status);
		return ANSWER_UNPARSED;
	}
	r->meaning = verdict_status(role, r->status, &r->word);
	text(&r->summary, o, "summary", a);
	text(&r->notes, o, "notes", a);
	text(&r->blocker, o, "blocker", a);
	text(&r->concerns, o, "concerns", a);
	text(&r->commit, o, "commit", a);
	list(&r->modified, o, "files_modified", a);
	list(&r->created, o, "files_created", a);
	tests(r, js_get(o, "test_results"));
	r->score = js_num(o, "score", -1);
	if (!(r->score >= 0 && r->score <= 1))
		r->score = -1;
	for (int s = 0; s < SEV_N; s++)
		r->count[s] = small(counts, severity_word((enum severity)s));
	for (size_t i = 0; js_kind(findings) == JS_ARRAY && i < js_len(findings); i++)
		finding(r, js_at(findings, i), a);
	if (r->review) {
		list(&r->review->strengths, o, "strengths", a);
		list(&r->review->uncovered, o, "uncovered_paths", a);
		list(&r->review->not_checked, o, "not_checked", a);
	}
	usage(&r->usage, o);
	unknown(r, o, a);
	if (r->meaning != MEANS_NOTHING)
		return ANSWER_OK;
	r->reason = arena_printf(a, "status '%s' is no word of %s (%s)", r->status, role,
				 verdict_words(role));
	return ANSWER_MALFORMED;
}

/* Lines "total_tokens: N", "tool_uses: N"; the duration is bdw's own. */
void result_usage_block(struct usage *have, const char *s, size_t n)
{
	static const char open[] = "<usage>";
	struct usage said = USAGE_NONE;
	const struct { const char *key; int64_t *to; } keys[] = {
		{ "total_tokens:", &said.total_tokens }, { "input_tokens:", &said.input_tokens },
		{ "output_tokens:", &said.output_tokens }, { "tool_uses:", &said.tool_uses },
		{ "cache_creation_input_tokens:", &said.cache_creation_input_tokens },
		{ "cache_read_input_tokens:", &said.cache_read_input_tokens },
	};
	const char *p = NULL, *line;
	size_t len;
	bool last = false;

	for (const char *q = s; (q = memmem(q, n - (size_t)(q - s), open, sizeof(open) - 1)); q++)
		p = q;
	if (!p)
		return;
	p += sizeof(open) - 1;
	n -= (size_t)(p - s);
	while (!last && text_line(&p, &n, &line, &len)) {
		const char *end = memmem(line, len, "</usage>", 8);

		last = end;
		len = end ? (size_t)(end - line) : len;
		text_trim(&line, &len);
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			size_t k = strlen(keys[i].key);
			char digits[20] = "";
			const char *v = line + k;
			size_t nv = len - k;
			long long value;

			if (len <= k || memcmp(line, keys[i].key, k))
				continue;
			text_trim(&v, &nv);
			if (nv >= sizeof(digits))
				continue;
			memcpy(digits, v, nv);
			if (text_int(digits, 0, 1000000000000000, &value) == 0)
				*keys[i].to = value;
		}
	}
	fill_usage(have, &said);
}
