/* The presets, and agents made of them and of [agent NAME]. */
#include "core/preset.h"

#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/config.h"

/*
 * Each command is what was seen to work without a terminal (spec/ecosystem.md 1.1-1.4). The
 * prompt goes by stdin where that is possible: no limit on its length, and nothing of it in
 * `ps`.
 */
static const struct preset presets[] = {
	{
		.name = "claude",
		.command = "claude -p --output-format stream-json --verbose --permission-mode "
			   "bypassPermissions {flags}",
		.output = "claude-stream",
		/* CLAUDECODE and the other CLAUDE_CODE_* stay out: older versions refuse to run
		 * inside themselves. Its own retries are kept short, the scheduler waits better. */
		.env =
		"ANTHROPIC_*,CLAUDE_CODE_OAUTH_TOKEN,CLAUDE_CODE_USE_BEDROCK,CLAUDE_CODE_USE_VERTEX,"
		       "CLAUDE_CONFIG_DIR,IS_SANDBOX,CLAUDE_CODE_MAX_RETRIES=2",
		.keys = "ANTHROPIC_API_KEY,ANTHROPIC_AUTH_TOKEN,CLAUDE_CODE_OAUTH_TOKEN",
		.model_flag = "--model {model}", .effort_flag = "--effort {effort}",
		.session_flag = "--session-id {uuid}", .resume = "--resume {session}",
		.tier_models = true, .root_needs = "IS_SANDBOX",
	}, {
		.name = "codex",
		.command = "codex exec --json {flags} -s workspace-write -C {worktree} -",
		.output = "codex-jsonl",
		.env = "OPENAI_API_KEY,OPENAI_BASE_URL,CODEX_API_KEY,CODEX_HOME",
		.keys = "OPENAI_API_KEY,CODEX_API_KEY",
		.model_flag = "-m {model}", .effort_flag = "-c model_reasoning_effort={effort}",
		.session_flag = "", .resume = "codex exec resume --json {session} -",
		.tier_effort = true,
	}, {
		.name = "gemini",
		.command = "gemini -o stream-json --approval-mode yolo {flags}",
		.output = "gemini-stream",
		.env = "GEMINI_API_KEY,GOOGLE_*,GEMINI_CLI_TRUST_WORKSPACE=true",
		.keys = "GEMINI_API_KEY,GOOGLE_API_KEY",
		.model_flag = "-m {model}", .effort_flag = "",
		.session_flag = "--session-id {uuid}", .resume = "",
	}, {
		.name = "opencode",
		.command = "opencode run --format json --auto {flags}",
		.output = "opencode-json",
		.env =
		"OPENCODE_*,ANTHROPIC_API_KEY,OPENAI_API_KEY,GEMINI_API_KEY,OPENROUTER_API_KEY",
			.keys =
			"ANTHROPIC_API_KEY,OPENAI_API_KEY,GEMINI_API_KEY,OPENROUTER_API_KEY",
		.model_flag = "-m {model}", .effort_flag = "", .session_flag = "",
		.resume = "-s {session}",
	}, {
		.name = "amp",
		.command = "amp -x --stream-json {flags}",
		.output = "claude-stream",
		.env = "AMP_API_KEY,AMP_URL",
		.keys = "AMP_API_KEY",
		.model_flag = "", .effort_flag = "-m {effort}", .session_flag = "",
		.resume = "amp threads continue {session} -x --stream-json",
	}, {
		.name = "cursor",
		.command = "cursor-agent -p --force --output-format stream-json {flags}",
		.prompt = PROMPT_ARG, .output = "claude-stream",
		.env = "CURSOR_API_KEY",
		.keys = "CURSOR_API_KEY",
		.model_flag = "--model {model}", .effort_flag = "", .session_flag = "",
		.resume = "--resume {session}",
	}, {
		.name = "aider",
		.command = "aider --message-file {prompt_file} --yes-always --no-stream "
			   "--no-pretty --no-check-update --analytics-disable --no-gitignore "
			   "{flags}",
		.prompt = PROMPT_FILE, .output = "aider-text",
		.env =
		"AIDER_*,OPENAI_API_KEY,OPENAI_API_BASE,ANTHROPIC_API_KEY,GEMINI_API_KEY,OPENROUTER_API_KEY", .keys = "OPENAI_API_KEY,ANTHROPIC_API_KEY,GEMINI_API_KEY,OPENROUTER_API_KEY",
		.model_flag = "--model {model}", .effort_flag = "", .session_flag = "",
		.resume = "",
	},
};

size_t preset_list(const struct preset **out)
{
	*out = presets;
	return sizeof(presets) / sizeof(presets[0]);
}

const struct preset *preset_find(const char *name)
{
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		if (!strcmp(presets[i].name, name))
			return &presets[i];
	return NULL;
}

static bool is_defined(const struct config *c, const char *name)
{
	STRS_AUTO names = { 0 };

	config_names(c, "agent", &names);
	return strs_has(&names, name);
}

static int unknown_agent(const struct config *c, const char *name, struct err *e)
{
	STRS_AUTO names = { 0 };
	BUF_AUTO list = BUF_INIT;
	const char *near;

	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
		strs_add(&names, presets[i].name);
	config_names(c, "agent", &names);
	near = text_nearest(name, (const char *const *)names.v, names.n);
	if (near)
		return err_set(e, ERR_USAGE, "unknown agent '%s'; did you mean '%s'?", name, near);
	err_set(e, ERR_USAGE, "unknown agent '%s'", name);
	text_join(&list, &names, ", ");
	err_hint(e, "known are %s; any other program is made one by [agent %s] command=...",
		 list.s, name);
	return ERR_USAGE;
}

/* What [agent NAME] says, else the preset's word; "" without both. */
static const char *setting(const struct config *c, const char *name, const char *key,
			   const char *preset)
{
	const char *v = config_named(c, "agent", name, key);

	return v ? v : preset ? preset : "";
}

static int words(const struct config *c, const struct agent *a, const char *key, const char *preset,
		 struct strs *out, struct err *e)
{
	int rc = text_words(setting(c, a->name, key, preset), out, e);

	return rc < 0 ? err_wrap(e, rc, "[agent %s] %s", a->name, key) : 0;
}

static enum prompt_way prompt_way(const struct config *c, const struct agent *a)
{
	const char *v = config_named(c, "agent", a->name, "prompt");

	if (!v)
		return a->preset ? a->preset->prompt : PROMPT_STDIN;
	return !strcmp(v, "arg") ? PROMPT_ARG : !strcmp(v, "file") ? PROMPT_FILE : PROMPT_STDIN;
}

int agent_load(struct agent *out, const struct config *c, const char *name, struct err *e)
{
	static const struct preset none = { .name = "", .output = "text", .tier_models = true };
	const struct preset *p = preset_find(name);
	int rc;

	*out = (struct agent){ 0 };
	if (!p && !is_defined(c, name))
		return unknown_agent(c, name, e);
	out->name = xstrdup(name);
	out->preset = p;
	p = p ? p : &none;
	out->prompt = prompt_way(c, out);
	out->output = xstrdup(setting(c, name, "output", p->output));
	out->tier_models = p->tier_models;
	out->tier_effort = p->tier_effort;
	if (p->env)
		text_split(p->env, ',', &out->env);
	text_split(setting(c, name, "env", NULL), ',', &out->env);
	if ((rc = words(c, out, "command", p->command, &out->command, e)) < 0 ||
	    (rc = words(c, out, "model_flag", p->model_flag, &out->model_flag, e)) < 0 ||
	    (rc = words(c, out, "effort_flag", p->effort_flag, &out->effort_flag, e)) < 0 ||
	    (rc = words(c, out, "session_flag", p->session_flag, &out->session_flag, e)) < 0 ||
	    (rc = words(c, out, "resume", p->resume, &out->resume, e)) < 0)
		goto fail;
	if (out->command.n)
		return 0;
	rc = err_set(e, ERR_USAGE, "agent '%s' has no command", name);
	err_hint(e, "set command= in [agent %s]", name);
fail:
	agent_release(out);
	return rc;
}

void agent_release(struct agent *a)
{
	free(a->name);
	free(a->output);
	strs_free_all(&a->command);
	strs_free_all(&a->model_flag);
	strs_free_all(&a->effort_flag);
	strs_free_all(&a->session_flag);
	strs_free_all(&a->resume);
	strs_free_all(&a->env);
	*a = (struct agent){ 0 };
}
