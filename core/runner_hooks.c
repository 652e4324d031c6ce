/* core/runner_hooks.c - run.on_event: a command for every event (F001-29), alert.command: for
 * alerts (F004-16); in their order, one at a time */
#include <stdlib.h>
#include <string.h>

#include "core/preset.h"
#include "core/runner_priv.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/base/vec.h"
#include "store/config.h"

extern char **environ;

enum { HOOK_TIMEOUT_MS = 60 * 1000 };	/* a hook that hangs must not hold up the others for ever */

struct hook { struct runner *r; const char *command; char *line; };

/* In a thread, or at the end of the run. What it answers is its own business. */
static void call(const char *command, const char *run, const char *line)
{
	STRS_AUTO argv = { 0 };
	STRS_AUTO env = { 0 };

	if (agent_expand(command, &(struct agent_vars){ .run = run }, &argv, NULL) < 0)
		return;
	vec_add(&argv, NULL);
	agent_env(NULL, environ, &env);
	vec_add(&env, xasprintf("BDW_RUN=%s", run));
	vec_add(&env, NULL);
	proc_run(&(struct proc){ .argv = argv.v, .env = env.v, .in = line, .in_len = strlen(line),
				 .timeout_ms = HOOK_TIMEOUT_MS }, NULL, NULL, NULL);
}

static void work(void *arg)
{
	struct hook *h = arg;

	call(h->command, h->r->run, h->line);
}

static void next(struct runner *r);

static void done(void *arg)
{
	struct hook *h = arg;
	struct runner *r = h->r;

	free(h->line);
	free(h);
	r->hook_busy = false;
	next(r);
}

static void next(struct runner *r)
{
	struct hook *h;

	if (r->hook_busy || !r->hooks.n)
		return;
	h = xcalloc(1, sizeof(*h));
	h->r = r;
	h->command = r->hooks.v[0].command;
	h->line = r->hooks.v[0].line;
	memmove(r->hooks.v, r->hooks.v + 1, --r->hooks.n * sizeof(*r->hooks.v));
	r->hook_busy = true;
	loop_work(r->loop, work, done, h);
}

static void add(struct runner *r, const char *setting, const char *line, size_t n)
{
	const char *command = config_str(r->o.config, setting);

	if (*command)	/* whole lines: shells read those */
		vec_add(&r->hooks, (struct hook_due){ command, xasprintf("%.*s\n", (int)n, line) });
}

void hooks_event(struct runner *r, const char *line, size_t n)
{
	add(r, "run.on_event", line, n);
	if (memmem(line, n, "\"event\":\"alert\"", 15))
		add(r, "alert.command", line, n);
	if (!r->finished)
		next(r);
}

bool hooks_idle(const struct runner *r)
{
	return !r->hook_busy && !r->hooks.n;
}

void hooks_finish(struct runner *r)
{
	for (size_t i = 0; i < r->hooks.n; i++) {
		call(r->hooks.v[i].command, r->run, r->hooks.v[i].line);
		free(r->hooks.v[i].line);
	}
	vec_free(&r->hooks);
}
