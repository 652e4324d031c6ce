/* core/preset.h - agent programs: how each is started, what it may see, which are here
 * (spec/ecosystem.md 1) */
#ifndef CORE_PRESET_H
#define CORE_PRESET_H
#include <stdbool.h>
#include <stddef.h>
#include "store/base/vec.h"
struct buf; struct config; struct err;

enum prompt_way { PROMPT_STDIN, PROMPT_FILE, PROMPT_ARG };

/* What is known of a program. Texts are split into words as in [agent NAME]; "" is none. */
struct preset {
	const char *name;
	/* {flags}: where model, effort and session go; without it they go to the end */
	const char *command;
	enum prompt_way prompt;
	const char *output;		/* agent_format_parse() */
	/* variables it may inherit ("A,B_*"), or is given ("A=1") */
	const char *env;
	/* one of these says who pays; without any the program must be logged in */
	const char *keys;
	const char *model_flag, *effort_flag, *session_flag;
	const char *resume;
	/* the names of the built-in tiers (haiku, sonnet, opus) mean something to it, or may: a
	 * command of the user's own finds them in BDW_MODEL */
	bool tier_models;
	/* it goes by effort: tiers set that, and its model is inherited */
	bool tier_effort;
	const char *root_needs;		/* as root it refuses to work unless this variable is set */
};
/* All of them, in the order to offer them. */
size_t preset_list(const struct preset **out);
const struct preset *preset_find(const char *name);	/* NULL: none of these */

/* An agent as settings and preset make it. Everything is its own: agent_release(). */
struct agent {
	char *name;
	const struct preset *preset;	/* NULL: only [agent NAME] describes it */
	struct strs command, model_flag, effort_flag, session_flag;
	/* begins with '-': added instead of session_flag; else a command of its own */
	struct strs resume;
	enum prompt_way prompt;
	char *output;
	struct strs env;
	bool tier_models, tier_effort;
};
/* The preset of that name, and over it what [agent NAME] sets, key by key; env adds. ERR_USAGE:
 * there is neither, or no command. */
int agent_load(struct agent *out, const struct config *c, const char *name, struct err *e);
void agent_release(struct agent *a);

/* What {NAME} stands for in a command. NULL counts as "". */
struct agent_vars {
	const char *id, *role, *model, *effort, *prompt_file, *result, *worktree, *base, *head,
		*run, *attempt;
	const char *session;	/* of an earlier attempt: go on with it, when the agent can */
	const char *uuid;	/* for a new session */
	const char *prompt;	/* the text, for PROMPT_ARG */
};
/*
 * The words to start: {flags} filled in, {NAME} replaced inside words after splitting, what is
 * replaced never looked at again, unknown braces left alone. model_flag is dropped without a
 * model, effort_flag without an effort, session_flag without a uuid. PROMPT_ARG adds the prompt
 * as last word. ERR_USAGE: no command, or a prompt too long for a word.
 */
int agent_argv(const struct agent *a, const struct agent_vars *v, struct strs *out, struct err *e);
/* The same for run.test, worktree.setup, executor commands: splits and replaces. Appends. */
int agent_expand(const char *text, const struct agent_vars *v, struct strs *out, struct err *e);

/*
 * The environment: of env (NULL-terminated "K=V") what contract.md 1 allows, what a->env names
 * (a pattern may hold '*'), and what it sets. Variables of bdw itself never pass. Appends; a may
 * be NULL (the test command).
 */
void agent_env(const struct agent *a, char *const *env, struct strs *out);

/* Is program (argv[0]) there? Looked up in path ("/usr/bin:/bin"), or as it is when it holds a
 * '/'. */
bool preset_in_path(const char *program, const char *path);
/* Names of presets whose program is installed; appends. */
void preset_installed(const char *path, struct strs *out);
/* For `run` without an agent: "no agent is configured; found: claude, codex" and what to type.
 * Sets ERR_USAGE. */
int preset_none_configured(const char *path, struct err *e);
/* What will keep an agent from working, a line each: program missing, no key and perhaps no
 * login, root. Appends. */
void agent_doubts(const struct agent *a, char *const *env, bool root, struct buf *out);

enum { UUID_TEXT = 37 };
/* A random (version 4) UUID. Returns out. */
char *agent_uuid(char out[UUID_TEXT]);

#endif
