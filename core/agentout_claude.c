/* Claude Code's json and stream-json, and programs that print the same (amp, cursor):
 * spec/ecosystem.md 1.1 */
#include <string.h>

#include "core/agentout_priv.h"
#include "store/base/buf.h"
#include "store/base/map.h"
#include "store/base/text.h"

struct reading {
	struct agent_out *o;
	const struct agent_input *in;
	struct arena *a;
	struct map tools;	/* ids of tool uses: a message is printed again when it grows */
	int64_t ntools;
	bool streamed;		/* there were assistant lines, so tool uses can be counted */
	const char *said;	/* text of the last assistant message that has one */
	bool rejected;		/* a rate_limit_event said so */
};

static bool is(const struct js *o, const char *key, const char *value)
{
	const char *s = js_str(o, key);

	return s && !strcmp(s, value);
}

static void keep(const char **to, const char *s, struct arena *a)
{
	if (s && *s)
		*to = arena_strdup(a, s);
}

static void assistant(struct reading *r, const struct js *line)
{
	const struct js *content = js_get(js_get(line, "message"), "content");

	r->streamed = true;
	for (size_t i = 0; i < js_len(content); i++) {
		const struct js *part = js_at(content, i);
		const char *id = js_str(part, "id");

		if (is(part, "type", "text"))
			keep(&r->said, js_str(part, "text"), r->a);
		if (!is(part, "type", "tool_use") || (id && map_get(&r->tools, id)))
			continue;
		r->ntools++;
		if (id)
			map_put(&r->tools, arena_strdup(r->a, id), r);
	}
}

static void rate_limit(struct reading *r, const struct js *line)
{
	const struct js *info = js_get(line, "rate_limit_info");
	long long at = js_int(info, "resetsAt", 0);

	r->rejected = is(info, "status", "rejected");
	if (r->rejected && at > 0 && at < 10000000000LL)
		r->o->until_us = at * 1000000;
}

static void usage(struct agent_out *o, const struct js *result)
{
	const struct js *u = js_get(result, "usage");

	o->usage.input_tokens = agentout_count(u, "input_tokens");
	o->usage.output_tokens = agentout_count(u, "output_tokens");
	o->usage.cache_creation_input_tokens = agentout_count(u, "cache_creation_input_tokens");
	o->usage.cache_read_input_tokens = agentout_count(u, "cache_read_input_tokens");
	o->usage.cost_usd = js_num(result, "total_cost_usd", -1);
}

/* API failures come as subtype "success" with is_error true: the subtype alone decides nothing. */
static void failure(struct reading *r, const struct js *result)
{
	const struct js *errors = js_get(result, "errors");
	const char *msg = js_str(result, "result");

	if ((!msg || !*msg) && js_text(js_at(errors, 0)))
		msg = js_text(js_at(errors, 0));
	agentout_fail(r->o, r->in, msg ? msg : "",
		      (long)js_int(result, "api_error_status", 0), r->a);
	if (is(result, "subtype", "error_max_turns"))
		r->o->class = AGENT_MAX_TURNS;
	else if (is(result, "subtype", "error_max_budget_usd"))
		r->o->class = AGENT_BUDGET;
	else if (is(result, "terminal_reason", "aborted_tools"))
		r->o->class = AGENT_KILLED;
	else if (r->rejected)
		r->o->class = AGENT_USAGE_LIMITED;
}

static void result(struct reading *r, const struct js *line)
{
	const char *text = js_str(line, "result");
	const struct js *structured = js_get(line, "structured_output");
	BUF_AUTO json = BUF_INIT;

	r->o->ended = true;
	r->o->class = AGENT_OK;
	r->o->error = "";
	if (text)
		agentout_text(r->o, text, strlen(text), r->a);
	usage(r->o, line);
	if (js_kind(structured) == JS_OBJECT) {
		js_dump(structured, false, &json);
		r->o->structured = arena_strdup(r->a, json.s);
	}
	if (js_bool(line, "is_error", false))
		failure(r, line);
}

static void one(void *arg, const struct js *line)
{
	struct reading *r = arg;

	keep(&r->o->session, js_str(line, "session_id"), r->a);
	if (is(line, "type", "system") && is(line, "subtype", "init"))
		keep(&r->o->model, js_str(line, "model"), r->a);
	else if (is(line, "type", "assistant"))
		assistant(r, line);
	else if (is(line, "type", "rate_limit_event"))
		rate_limit(r, line);
	else if (is(line, "type", "result"))
		result(r, line);
}

/* "json" prints one object, indented or not, or (with --verbose) an array of all the lines. */
static void whole(struct reading *r)
{
	struct js *doc;

	if (js_parse(&doc, r->in->out, r->in->nout, NULL) < 0) {
		agentout_lines(r->in->out, r->in->nout, one, r);
		return;
	}
	if (js_kind(doc) == JS_ARRAY)
		for (size_t i = 0; i < js_len(doc); i++)
			one(r, js_at(doc, i));
	else
		one(r, doc);
	js_free(doc);
}

void agentout_claude(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	struct reading r = { .o = o, .in = in, .a = a, .said = "" };

	if (!in->out)
		return;
	if (in->format == FORMAT_CLAUDE_JSON)
		whole(&r);
	else
		agentout_lines(in->out, in->nout, one, &r);
	if (r.streamed)
		o->usage.tool_uses = r.ntools;
	if (!*o->text)
		agentout_text(o, r.said, strlen(r.said), a);
	if (!o->ended && r.rejected)
		o->class = AGENT_USAGE_LIMITED;
	else if (!agent_class_waits(o->class))
		o->until_us = 0;
	map_release(&r.tools);
}
