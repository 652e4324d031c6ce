#include "core/agentout.h"

#include <string.h>

#include "core/agentout_priv.h"
#include "store/base/text.h"

static const char *const formats[FORMAT_N] = {
	[FORMAT_TEXT] = "text", [FORMAT_EXIT] = "exit", [FORMAT_CLAUDE_JSON] = "claude-json",
	[FORMAT_CLAUDE_STREAM] = "claude-stream", [FORMAT_CODEX_JSONL] = "codex-jsonl",
	[FORMAT_GEMINI_JSON] = "gemini-json", [FORMAT_GEMINI_STREAM] = "gemini-stream",
	[FORMAT_OPENCODE_JSON] = "opencode-json", [FORMAT_AIDER_TEXT] = "aider-text",
};

int agent_format_parse(const char *name)
{
	for (int i = 0; i < FORMAT_N; i++)
		if (!strcmp(formats[i], name))
			return i;
	return -1;
}

static bool has_records(enum agent_format f)
{
	return f != FORMAT_TEXT && f != FORMAT_EXIT && f != FORMAT_AIDER_TEXT;
}

void agentout_lines(const char *s, size_t n, agentout_line_fn fn, void *arg)
{
	const char *line;
	size_t len;

	while (text_line(&s, &n, &line, &len)) {
		struct js *j;

		text_trim(&line, &len);
		if (!len || *line != '{' || js_parse(&j, line, len, NULL) < 0)
			continue;
		fn(arg, j);
		js_free(j);
	}
}

void agentout_text(struct agent_out *o, const char *s, size_t n, struct arena *a)
{
	o->text = arena_strndup(a, s, n);
	o->ntext = n;
}

int64_t agentout_count(const struct js *o, const char *key)
{
	/* sums of what is nonsense must not overflow */
	const long long most = 1000000000000000;
	long long v = js_int(o, key, -1);

	return v < 0 || v > most ? -1 : v;
}

void agentout_fail(struct agent_out *o, const struct agent_input *in, const char *msg, long status,
		   struct arena *a)
{
	enum agent_class by_words = agent_class_of_message(msg),
		by_status = agent_class_of_status(status);

	/* 429 is also what a used-up subscription answers, and 400 what an empty account does:
	 * words know more */
	o->class = by_words == AGENT_ERROR ? by_status : by_words;
	o->error = arena_strdup(a, msg);
	if (agent_class_waits(o->class) && !o->until_us)
		o->until_us = agent_until(msg, &in->clock);
}

/*
 * Programs without records: a refusal by the service is the last thing they say.
 * Only a short last line counts, so that an agent that talks about rate limits
 * in its work is not taken for one that has hit them.
 */
static void text_failure(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	const struct { const char *s; size_t n; } ends[] = {
		{ in->err, in->nerr }, { in->out, in->nout },
	};

	for (size_t i = 0; i < 2 && o->class == AGENT_OK; i++) {
		const char *s = ends[i].s, *line;
		size_t n = ends[i].n, len;

		if (!s)
			continue;
		text_trim(&s, &n);
		line = n ? memrchr(s, '\n', n) : NULL;
		line = line ? line + 1 : s;
		len = n - (size_t)(line - s);
		if (!len || len > 300)
			continue;
		line = arena_strndup(a, line, len);
		if (agent_class_of_message(line) != AGENT_ERROR)
			agentout_fail(o, in, line, 0, a);
	}
}

static void last_words(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	const char *s = in->err;
	size_t n = in->nerr;

	if (*o->error || !s)
		return;
	text_trim(&s, &n);
	if (n > 400) {
		s += n - 400;
		n = 400;
	}
	o->error = arena_strndup(a, s, n);
}

static void parse(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	switch (in->format) {
	case FORMAT_CLAUDE_JSON:
	case FORMAT_CLAUDE_STREAM:
		agentout_claude(o, in, a);
		break;
	case FORMAT_CODEX_JSONL:
		agentout_codex(o, in, a);
		break;
	case FORMAT_GEMINI_STREAM:
		agentout_gemini_stream(o, in, a);
		break;
	case FORMAT_GEMINI_JSON:
		agentout_gemini_json(o, in, a);
		break;
	case FORMAT_OPENCODE_JSON:
		agentout_opencode(o, in, a);
		break;
	case FORMAT_AIDER_TEXT:
		agentout_aider(o, in, a);
		break;
	case FORMAT_TEXT:
		o->text = in->out ? in->out : "";
		o->ntext = in->out ? in->nout : 0;
		break;
	case FORMAT_EXIT:
	case FORMAT_N:
		break;
	}
}

void agentout_parse(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	*o = (struct agent_out){
		.error = "", .text = "", .structured = "", .session = "", .model = "",
		.usage = USAGE_NONE,
	};
	parse(o, in, a);
	usage_total(&o->usage);
	if (o->class == AGENT_OK && has_records(in->format) && !o->ended)
		o->class = AGENT_NO_RESULT;
	if (o->class == AGENT_OK && in->code && in->format == FORMAT_TEXT)
		text_failure(o, in, a);
	if (o->class == AGENT_OK && in->code)
		o->class = AGENT_ERROR;
	if (o->class != AGENT_OK)
		last_words(o, in, a);
}

static void add(int64_t *sum, int64_t more)
{
	if (more >= 0)
		*sum = (*sum < 0 ? 0 : *sum) + more;
}

void usage_add(struct usage *sum, const struct usage *more)
{
	add(&sum->total_tokens, more->total_tokens);
	add(&sum->input_tokens, more->input_tokens);
	add(&sum->output_tokens, more->output_tokens);
	add(&sum->cache_creation_input_tokens, more->cache_creation_input_tokens);
	add(&sum->cache_read_input_tokens, more->cache_read_input_tokens);
	add(&sum->tool_uses, more->tool_uses);
	if (more->cost_usd >= 0)
		sum->cost_usd = (sum->cost_usd < 0 ? 0 : sum->cost_usd) + more->cost_usd;
}

void usage_total(struct usage *u)
{
	if (u->total_tokens >= 0)
		return;
	add(&u->total_tokens, u->input_tokens);
	add(&u->total_tokens, u->output_tokens);
	add(&u->total_tokens, u->cache_creation_input_tokens);
	add(&u->total_tokens, u->cache_read_input_tokens);
}
