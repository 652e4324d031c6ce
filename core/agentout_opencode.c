/* opencode run --format json: spec/ecosystem.md 1.4. No summary at the end: steps are summed up. */
#include <stdlib.h>
#include <string.h>

#include "core/agentout_priv.h"
#include "store/base/buf.h"

struct reading {
	struct agent_out *o;
	const struct agent_input *in;
	struct arena *a;
	struct buf said;	/* text of the last step that said something */
	bool fresh;
	bool failed;
	int64_t ntools;
};

static bool is(const char *s, const char *want)
{
	return s && !strcmp(s, want);
}

static void step_finish(struct reading *r, const struct js *part)
{
	const struct js *t = js_get(part, "tokens"), *cache = js_get(t, "cache");
	struct usage u = USAGE_NONE;
	int64_t reasoning = agentout_count(t, "reasoning");

	u.total_tokens = agentout_count(t, "total");
	u.input_tokens = agentout_count(t, "input");
	u.output_tokens = agentout_count(t, "output");
	if (u.output_tokens >= 0 && reasoning > 0)
		u.output_tokens += reasoning;
	u.cache_creation_input_tokens = agentout_count(cache, "write");
	u.cache_read_input_tokens = agentout_count(cache, "read");
	u.cost_usd = js_num(part, "cost", -1);
	usage_total(&u);
	usage_add(&r->o->usage, &u);
	r->o->ended = !is(js_str(part, "reason"), "tool-calls");
}

static void error(struct reading *r, const struct js *err)
{
	const struct js *data = js_get(err, "data");
	const char *msg = js_str(data, "message"),
		*after = js_str(js_get(data, "responseHeaders"), "retry-after");
	double seconds = after ? strtod(after, NULL) : 0;

	r->failed = true;
	if (!msg)
		msg = js_str(err, "name");
	agentout_fail(r->o, r->in, msg ? msg : "", (long)js_int(data, "statusCode", 0), r->a);
	if (agent_class_waits(r->o->class) && !r->o->until_us && seconds > 0 && seconds < 1e7)
		r->o->until_us = r->in->clock.now_us + (int64_t)(seconds * 1e6);
}

static void one(void *arg, const struct js *line)
{
	struct reading *r = arg;
	const char *type = js_str(line, "type"), *text = js_str(js_get(line, "part"), "text");

	if (js_str(line, "sessionID") && !*r->o->session)
		r->o->session = arena_strdup(r->a, js_str(line, "sessionID"));
	if (is(type, "step_start")) {
		r->fresh = true;
	} else if (is(type, "text") && text) {
		if (r->fresh)
			buf_reset(&r->said);
		r->fresh = false;
		buf_adds(&r->said, text);
	} else if (is(type, "tool_use")) {
		r->ntools++;
	} else if (is(type, "step_finish")) {
		step_finish(r, js_get(line, "part"));
	} else if (is(type, "error")) {
		error(r, js_get(line, "error"));
	}
}

void agentout_opencode(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	struct reading r = { .o = o, .in = in, .a = a, .said = BUF_INIT };

	if (in->out)
		agentout_lines(in->out, in->nout, one, &r);
	agentout_text(o, r.said.s, r.said.len, a);
	if (*o->session && !r.failed)
		o->usage.tool_uses = r.ntools;
	buf_release(&r.said);
}
