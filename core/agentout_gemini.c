/* Gemini CLI's stream-json and json: spec/ecosystem.md 1.3 */
#include <string.h>

#include "core/agentout_priv.h"
#include "store/base/buf.h"

struct reading {
	struct agent_out *o;
	const struct agent_input *in;
	struct arena *a;
	struct buf said;	/* what the assistant said since the last tool use */
	bool fresh;		/* the next piece begins a new message */
};

static bool is(const char *s, const char *want)
{
	return s && !strcmp(s, want);
}

/* Exit codes are the HTTP status modulo 256: 145 is 401, 173 is 429. */
static long status_of_exit(int code)
{
	static const int known[] = { 401, 403, 429, 500, 502, 503, 504, 529 };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] % 256 == code)
			return known[i];
	return 0;
}

static void message(struct reading *r, const struct js *line)
{
	const char *text = js_str(line, "content");

	if (!is(js_str(line, "role"), "assistant") || !text)
		return;
	if (r->fresh || !js_bool(line, "delta", false))
		buf_reset(&r->said);
	r->fresh = false;
	buf_adds(&r->said, text);
}

static void result(struct reading *r, const struct js *line)
{
	const struct js *stats = js_get(line, "stats");
	struct usage *u = &r->o->usage;

	r->o->ended = true;
	u->total_tokens = agentout_count(stats, "total_tokens");
	u->output_tokens = agentout_count(stats, "output_tokens");
	u->cache_read_input_tokens = agentout_count(stats, "cached");
	u->input_tokens = agentout_count(stats, "input");
	if (u->input_tokens < 0)
		u->input_tokens = agentout_count(stats, "input_tokens");
	u->tool_uses = agentout_count(stats, "tool_calls");
	if (!is(js_str(line, "status"), "success")) {
		const char *msg = js_str(js_get(line, "error"), "message");

		agentout_fail(r->o, r->in, msg ? msg : "", status_of_exit(r->in->code), r->a);
	}
}

static void one(void *arg, const struct js *line)
{
	struct reading *r = arg;
	const char *type = js_str(line, "type");

	if (is(type, "init")) {
		const char *session = js_str(line, "session_id"), *model = js_str(line, "model");

		r->o->session = arena_strdup(r->a, session ? session : "");
		r->o->model = arena_strdup(r->a, model ? model : "");
	} else if (is(type, "message")) {
		message(r, line);
	} else if (is(type, "tool_use")) {
		r->fresh = true;
	} else if (is(type, "result")) {
		result(r, line);
	}
}

void agentout_gemini_stream(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	struct reading r = { .o = o, .in = in, .a = a, .said = BUF_INIT };

	if (in->out)
		agentout_lines(in->out, in->nout, one, &r);
	agentout_text(o, r.said.s, r.said.len, a);
	if (!o->ended && status_of_exit(in->code))
		agentout_fail(o, in, "", status_of_exit(in->code), a);
	buf_release(&r.said);
}

/* The failure of "json" mode: an object with an error, on stderr behind whatever else is there. */
static void json_error(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	const char *s = in->err;
	size_t n = in->nerr, used;
	struct js *doc;

	for (; s && n; s++, n--) {
		const char *msg;

		if (*s != '{' || js_parse_prefix(&doc, s, n, &used, NULL) < 0)
			continue;
		msg = js_str(js_get(doc, "error"), "message");
		if (msg)
			agentout_fail(o, in, msg, (long)js_int(js_get(doc, "error"), "code", 0), a);
		js_free(doc);
		if (msg)
			return;
	}
	if (status_of_exit(in->code))
		agentout_fail(o, in, "", status_of_exit(in->code), a);
}

static void json_usage(struct usage *u, const struct js *stats)
{
	const struct js *models = js_get(stats, "models");

	for (void *it = js_iter(models); it; it = js_iter_next(models, it)) {
		const struct js *t = js_get(js_iter_value(it), "tokens");
		struct usage one_model = USAGE_NONE;

		one_model.total_tokens = agentout_count(t, "total");
		one_model.output_tokens = agentout_count(t, "candidates");
		one_model.cache_read_input_tokens = agentout_count(t, "cached");
		one_model.input_tokens = agentout_count(t, "input");
		usage_add(u, &one_model);
	}
	u->tool_uses = agentout_count(js_get(stats, "tools"), "totalCalls");
}

void agentout_gemini_json(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	const char *text, *session;
	struct js *doc;

	if (!in->out || js_parse(&doc, in->out, in->nout, NULL) < 0) {
		json_error(o, in, a);
		return;
	}
	text = js_str(doc, "response");
	session = js_str(doc, "session_id");
	o->session = arena_strdup(a, session ? session : "");
	o->ended = text != NULL;
	if (text)
		agentout_text(o, text, strlen(text), a);
	json_usage(&o->usage, js_get(doc, "stats"));
	if (js_has(doc, "error")) {
		const char *msg = js_str(js_get(doc, "error"), "message");

		agentout_fail(o, in, msg ? msg : "",
			      (long)js_int(js_get(doc, "error"), "code", 0), a);
	} else if (!text) {
		json_error(o, in, a);
	}
	js_free(doc);
}
