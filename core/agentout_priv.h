/* core/agentout_priv.h - one function a family of agent programs; shared only among
 * core/agentout*.c */
#ifndef CORE_AGENTOUT_PRIV_H
#define CORE_AGENTOUT_PRIV_H
#include "core/agentout.h"
#include "store/base/json.h"

/* Each fills text, usage, session, ended and, where its records speak of a failure, class, error
 * and until_us. */
void agentout_claude(struct agent_out *o, const struct agent_input *in, struct arena *a);
void agentout_codex(struct agent_out *o, const struct agent_input *in, struct arena *a);
void agentout_gemini_stream(struct agent_out *o, const struct agent_input *in, struct arena *a);
void agentout_gemini_json(struct agent_out *o, const struct agent_input *in, struct arena *a);
void agentout_opencode(struct agent_out *o, const struct agent_input *in, struct arena *a);
void agentout_aider(struct agent_out *o, const struct agent_input *in, struct arena *a);

/* Calls fn with every line that is a JSON object. Other lines (progress, warnings, torn ends)
 * are passed over. */
typedef void (*agentout_line_fn)(void *arg, const struct js *line);
void agentout_lines(const char *s, size_t n, agentout_line_fn fn, void *arg);

/* Records a failure in the program's words: class by status, else by the words. */
void agentout_fail(struct agent_out *o, const struct agent_input *in, const char *msg, long status,
		   struct arena *a);
void agentout_text(struct agent_out *o, const char *s, size_t n, struct arena *a);
/* A count of a JSON object: -1 when absent, negative or no whole number. */
int64_t agentout_count(const struct js *o, const char *key);

#endif
