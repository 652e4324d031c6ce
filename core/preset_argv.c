/* From an agent and an attempt to the words that start it. */
#include "core/preset.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"

enum { WORD_MAX = 128 * 1024 - 1 };	/* Linux takes no longer single argument (MAX_ARG_STRLEN) */

struct var { const char *name, *value; };

/* The value of the variable whose name stands at s; NULL when there is none such. */
static const char *lookup(const struct agent_vars *v, const char *s, size_t n)
{
	const struct var vars[] = {
		{ "id", v->id }, { "role", v->role }, { "model", v->model },
		{ "effort", v->effort },
		{ "prompt_file", v->prompt_file }, { "result", v->result },
		{ "worktree", v->worktree },
		{ "base", v->base }, { "head", v->head }, { "run", v->run },
		{ "attempt", v->attempt },
		{ "session", v->session }, { "uuid", v->uuid },
	};

	for (size_t i = 0; i < sizeof(vars) / sizeof(vars[0]); i++)
		if (strlen(vars[i].name) == n && !memcmp(vars[i].name, s, n))
			return vars[i].value ? vars[i].value : "";
	return NULL;
}

static void add_word(const char *word, const struct agent_vars *v, struct strs *out)
{
	BUF_AUTO b = BUF_INIT;

	while (*word) {
		const char *end = *word == '{' ? strchr(word, '}') : NULL;
		const char *value = end ? lookup(v, word + 1, (size_t)(end - word - 1)) : NULL;

		if (value) {
			buf_adds(&b, value);
			word = end + 1;
		} else {
			buf_addc(&b, *word++);
		}
	}
	strs_add(out, b.s);
}

static void add_words(const struct strs *words, const struct agent_vars *v, struct strs *out)
{
	for (size_t i = 0; i < words->n; i++)
		add_word(words->v[i], v, out);
}

static bool given(const char *s)
{
	return s && *s;
}

/* Will agent_argv() go on with a session? */
static bool resumes(const struct agent *a, const struct agent_vars *v)
{
	return a->resume.n && given(v->session);
}

static void add_flags(const struct agent *a, const struct agent_vars *v, struct strs *out)
{
	if (given(v->model))
		add_words(&a->model_flag, v, out);
	if (given(v->effort))
		add_words(&a->effort_flag, v, out);
	if (resumes(a, v)) {
		if (*a->resume.v[0] == '-')
			add_words(&a->resume, v, out);
	} else if (given(v->uuid)) {
		add_words(&a->session_flag, v, out);
	}
}

int agent_argv(const struct agent *a, const struct agent_vars *v, struct strs *out, struct err *e)
{
	bool other = resumes(a, v) && *a->resume.v[0] != '-';
	const struct strs *words = other ? &a->resume : &a->command;
	bool placed = false;

	if (a->prompt == PROMPT_ARG && v->prompt && strlen(v->prompt) > WORD_MAX) {
		err_set(e, ERR_USAGE, "a prompt of %zu bytes is too long for a command line",
			strlen(v->prompt));
		err_hint(e, "set prompt=stdin or prompt=file in [agent %s]", a->name);
		return ERR_USAGE;
	}
	for (size_t i = 0; i < words->n; i++) {
		if (strcmp(words->v[i], "{flags}")) {
			add_word(words->v[i], v, out);
			continue;
		}
		add_flags(a, v, out);
		placed = true;
	}
	if (!placed && !other)
		add_flags(a, v, out);
	if (a->prompt == PROMPT_ARG)
		strs_add(out, v->prompt ? v->prompt : "");
	return 0;
}

int agent_expand(const char *text, const struct agent_vars *v, struct strs *out, struct err *e)
{
	STRS_AUTO words = { 0 };
	int rc = text_words(text, &words, e);

	if (rc < 0)
		return rc;
	if (!words.n)
		return err_set(e, ERR_USAGE, "no command");
	add_words(&words, v, out);
	return 0;
}

char *agent_uuid(char out[UUID_TEXT])
{
	unsigned char b[16] = { 0 };

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		/* cannot fail for so few bytes */
		snprintf((char *)b, sizeof(b), "%p", (void *)out);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(out, UUID_TEXT,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
		 b[14], b[15]);
	return out;
}
