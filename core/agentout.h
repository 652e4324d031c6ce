/* core/agentout.h - what agent programs print: final text, usage, session, and how they failed
 * (spec/ecosystem.md 1) */
#ifndef CORE_AGENTOUT_H
#define CORE_AGENTOUT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/base/arena.h"
#include "store/work.h"

enum agent_format {
	FORMAT_TEXT,		/* stdout is the final message */
	FORMAT_EXIT,		/* nothing is read: the exit code is the verdict */
	FORMAT_CLAUDE_JSON,
	FORMAT_CLAUDE_STREAM,	/* also amp and cursor */
	FORMAT_CODEX_JSONL,
	FORMAT_GEMINI_JSON,
	FORMAT_GEMINI_STREAM,
	FORMAT_OPENCODE_JSON,
	FORMAT_AIDER_TEXT,
	FORMAT_N
};
/* "claude-stream": what [agent] output= says */
int agent_format_parse(const char *name);		/* -1: none of these */

/* How an agent program ended, apart from what its answer says. */
enum agent_class {
	AGENT_OK,
	AGENT_ERROR,		/* something else went wrong; the attempt counts */
	AGENT_RATE_LIMITED,	/* wait until .until_us, the attempt does not count */
	AGENT_USAGE_LIMITED,	/* the same: a subscription's limit */
	AGENT_OVERLOADED,	/* the same: the service's trouble */
	AGENT_AUTH,		/* key, login, credit: every further start would fail too */
	AGENT_CONTEXT_FULL,
	AGENT_MAX_TURNS,
	AGENT_BUDGET,
	AGENT_TIMEOUT,
	AGENT_KILLED,
	AGENT_SPAWN_FAILED,
	AGENT_NO_RESULT,	/* it ended without its closing record */
	AGENT_N
};
const char *agent_class_name(enum agent_class c);	/* "rate_limited" */
/* rate, usage, overloaded: wait and retry for nothing */
bool agent_class_waits(enum agent_class c);
/* auth, spawn_failed: stop starting this agent */
bool agent_class_fatal(enum agent_class c);

/* Time of day in messages ("resets 8pm") is local to the user: what it means needs now and the
 * offset of the zone. */
struct agent_clock { int64_t now_us; long utc_offset_s; };

struct agent_input {
	enum agent_format format;
	const char *out, *err;	/* stdout, and the end of stderr; NULL: none */
	size_t nout, nerr;
	/* exit code; what a signal or a deadline means is the caller's to say */
	int code;
	struct agent_clock clock;
};

/* Strings are never NULL; "" is absent. */
struct agent_out {
	enum agent_class class;
	int64_t until_us;	/* limits: when it may work again; 0 unknown */
	const char *error;	/* the program's own words when class is not AGENT_OK */
	/* its closing record was seen: a hang after it is no failure (decisions B13) */
	bool ended;
	const char *text;	/* the final message */
	size_t ntext;
	const char *structured;	/* an object it was asked for by schema, as JSON text */
	struct usage usage;	/* input_tokens without what came from or went to a cache */
	/* of the whole session, earlier attempts included: codex after resume */
	bool usage_cumulative;
	const char *session, *model;
};
/* Never fails: what cannot be read is AGENT_NO_RESULT with an empty text. Strings in a, but text
 * may point into out. */
void agentout_parse(struct agent_out *o, const struct agent_input *in, struct arena *a);

/* The class an error message speaks of, AGENT_ERROR when none. */
enum agent_class agent_class_of_message(const char *msg);
/* The class of an HTTP status of a model service; AGENT_ERROR when it says nothing. */
enum agent_class agent_class_of_status(long status);
/*
 * When a limit named in a message ends: "|1760000000", "in 3 hours 5 minutes", "try again in
 * 20s", "resets 8pm", "resets 3:30pm (UTC)", "at 10:26 PM", "at Feb 3rd, 2026 10:26 PM". A time
 * of day is the next one after now. 0: none.
 */
int64_t agent_until(const char *msg, const struct agent_clock *clock);

/* Sums two usages: a field that neither reported stays unavailable. */
void usage_add(struct usage *sum, const struct usage *more);
/* total_tokens from its parts where nobody reported it. */
void usage_total(struct usage *u);

#endif
