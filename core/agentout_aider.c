/* aider's text: spec/ecosystem.md 1.4. It answers 0 even when the service refused it, so its
 * words are looked at. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/agentout_priv.h"
#include "store/base/text.h"

/* "1.0k", "42", "1.2M" in front of s. -1: no number. */
static int64_t amount(const char *s, const char **end)
{
	char *stop;
	double v;

	if (!isdigit((unsigned char)*s))
		return -1;
	v = strtod(s, &stop);
	if (*stop == 'k')
		v *= 1e3;
	else if (*stop == 'M')
		v *= 1e6;
	*end = stop + (*stop == 'k' || *stop == 'M');
	return v < 9e15 ? (int64_t)(v + 0.5) : -1;
}

/* "Tokens: 1.0k sent, 2.0k cache write, 1k cache hit, 42 received. Cost: $0.01 message, $0.02
 * session." */
static void tokens(struct usage *sum, const char *s)
{
	struct usage u = USAGE_NONE;
	const struct { const char *word; int64_t *to; } parts[] = {
		{ " sent", &u.input_tokens }, { " received", &u.output_tokens },
		{ " cache write", &u.cache_creation_input_tokens },
		{ " cache hit", &u.cache_read_input_tokens },
	};
	const char *cost = strstr(s, "Cost: $");

	for (const char *p = s; *p && p != cost; p++) {
		const char *end = p;
		int64_t n = amount(p, &end);

		for (size_t i = 0; n >= 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
			if (text_starts(end, parts[i].word))
				*parts[i].to = n;
		if (n >= 0)
			p = end - 1;
	}
	usage_add(sum, &u);
	if (cost) {
		double v = strtod(cost + 7, NULL);

		sum->cost_usd = v >= 0 && v < 1e9 ? (sum->cost_usd < 0 ? 0 : sum->cost_usd) + v :
			sum->cost_usd;
	}
}

/* "litellm.AuthenticationError: ...": lines that the library prints, at the start of a line. */
static bool is_failure(const char *s)
{
	static const char *const names[] = {
		"AuthenticationError", "RateLimitError", "ServiceUnavailableError",
		"InternalServerError",
		"ContextWindowExceededError", "BadRequestError", "NotFoundError",
		"APIConnectionError", "APIError",
	};

	if (text_starts(s, "litellm."))
		s += strlen("litellm.");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_starts(s, names[i]))
			return true;
	return false;
}

void agentout_aider(struct agent_out *o, const struct agent_input *in, struct arena *a)
{
	const char *s = in->out ? in->out : "", *line;
	size_t n = in->out ? in->nout : 0, len;

	o->text = s;
	o->ntext = n;
	while (text_line(&s, &n, &line, &len)) {
		char *copy;

		if (len > 2000)
			continue;
		copy = arena_strndup(a, line, len);
		if (text_starts(copy, "Tokens: ")) {
			tokens(&o->usage, copy);
			/* it went on after a failure: the last word counts */
			o->class = AGENT_OK;
			o->error = "";
		} else if (is_failure(copy)) {
			agentout_fail(o, in, copy, 0, a);
		}
	}
}
