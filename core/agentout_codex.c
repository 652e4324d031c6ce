/* codex exec --json: spec/ecosystem.md 1.2 */
#include <string.h>

#include "core/agentout_priv.h"
#include "store/base/text.h"

struct reading {
	struct agent_out *o;
	const struct agent_input *in;
	struct arena *a;
	const char *error;	/* the last one that is not only about reconnecting */
	bool failed;
	int64_t ntools;
};

static bool is(const char *s, const char *want)
{
	return s && !strcmp(s, want);
}

static void item(struct reading *r, const struct js *it)
{
	static const char *const tools[] = { "command_execution", "file_change", "mcp_tool_call",
					     "web_search" };
	const char *type = js_str(it, "type"), *text = js_str(it, "text");

	if (is(type, "agent_message") && text)
		agentout_text(r->o, text, strlen(text), r->a);
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		r->ntools += is(type, tools[i]);
}

/* input_tokens holds the cached ones, which others count apart. */
static void usage(struct agent_out *o, const struct js *u)
{
	int64_t in = agentout_count(u, "input_tokens"),
		cached = agentout_count(u, "cached_input_tokens");
	int64_t written = agentout_count(u, "cache_write_input_tokens");

	o->usage.cache_read_input_tokens = cached;
	o->usage.cache_creation_input_tokens = written;
	o->usage.output_tokens = agentout_count(u, "output_tokens");
	if (in < 0)
		return;
	in -= (cached > 0 ? cached : 0) + (written > 0 ? written : 0);
	o->usage.input_tokens = in < 0 ? 0 : in;
}

static void one(void *arg, const struct js *line)
{
	struct reading *r = arg;
	const char *type = js_str(line, "type"), *msg = NULL;

	if (is(type, "thread.started") && js_str(line, "thread_id")) {
		r->o->session = arena_strdup(r->a, js_str(line, "thread_id"));
	} else if (is(type, "item.completed")) {
		item(r, js_get(line, "item"));
	} else if (is(type, "turn.completed")) {
		r->o->ended = true;
		r->failed = false;
		usage(r->o, js_get(line, "usage"));
	} else if (is(type, "turn.failed")) {
		r->failed = true;
		msg = js_str(js_get(line, "error"), "message");
	} else if (is(type, "error")) {
		msg = js_str(line, "message");
		if (msg && text_starts(msg, "Reconnecting"))
			msg = NULL;
	}
	if (msg)
		r->error = arena_strdup(r->a, msg);
}

void agentout_codex(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	struct reading r = { .o = o, .in = in, .a = a, .error = "" };

	if (!in->out)
		return;
	agentout_lines(in->out, in->nout, one, &r);
	o->usage_cumulative = true;
	if (*o->session)
		o->usage.tool_uses = r.ntools;
	if (r.failed || (!o->ended && *r.error))
		agentout_fail(o, in, r.error, 0, a);
}
