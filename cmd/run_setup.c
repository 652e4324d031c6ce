#include "cmd/run_setup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/trust.h"
#include "core/policy.h"
#include "core/preset.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/store.h"

void run_opts(struct run_flags *f, struct opt *table)
{
	const struct opt opts[RUN_OPTS] = {
		{ 0, "agent", OPT_STR, &f->agent, "<name>",
		  "agent for every role: claude, codex, ... or an [agent NAME]", 0 },
		{ 0, "agent-command", OPT_STR, &f->agent_command, "<argv>",
		  "a command as agent for every role (prompt on stdin)", 0 },
		{ 0, "role-command", OPT_MULTI, &f->roles, "<role>=<argv>",
		  "a command as agent of one role", 0 },
		{ 0, "tier", OPT_STR, &f->tier, "<name>",
		  "models and review counts: max-20x, max-5x, pro", 0 },
		{ 'j', "max-parallel", OPT_INT, &f->max_parallel, "<n>",
		  "implementers at once (0: no limit)", 0 },
		{ 0, "wave-cap", OPT_STR, &f->wave_cap, "<n>|auto", "issues under way at once", 0 },
		{ 0, "mode", OPT_STR, &f->mode, "<mode>",
		  "auto, sequential, parallel_waves, fully_parallel", 0 },
		{ 0, "barrier", OPT_STR, &f->barrier, "<kind>", "none, reviews, full", 0 },
		{ 0, "timeout", OPT_STR, &f->timeout, "<time>",
		  "deadline of every attempt in this run", 0 },
		{ 0, "target", OPT_STR, &f->target, "<branch>",
		  "branch to merge into (default: the one checked out)", 0 },
		{ 0, "issue", OPT_LIST, &f->issues, "<id>",
		  "an issue or epic to work on (as operands)", 0 },
		{ 0, "on-event", OPT_STR, &f->on_event, "<argv>",
		  "run a command for every event (JSON on stdin)", 0 },
		{ 0, "on-failure", OPT_STR, &f->on_failure, "<what>",
		  "ask, skip, retry, abort", 0 },
		{ 0, "set", OPT_MULTI, &f->sets, "<section.key>=<value>",
		  "a setting for this run", 0 },
		{ 'd', "detach", OPT_BOOL, &f->detach, NULL,
		  "run in the background; prints the run's id", 0 },
		{ 'n', "dry-run", OPT_BOOL, &f->dry_run, NULL, "only show the plan", 0 },
		{ 0 },
	};

	memcpy(table, opts, sizeof(opts));
}

void run_flags_release(struct run_flags *f)
{
	strs_free_all(&f->roles);
	strs_free_all(&f->sets);
	strs_free_all(&f->issues);
}

static int set(struct ctx *c, struct config *cfg, const char *name, const char *value)
{
	return value ? config_set(cfg, name, value, ORIGIN_FLAG, &c->err) : 0;
}

/*
 * A program that is named with a folder, "../agent", is meant from where the user stands; agents
 * start in work trees. The folder goes in front in quotes, which join with what follows.
 */
static char *from_here(const char *command)
{
	size_t n;

	command += strspn(command, " \t");
	n = strcspn(command, " \t{");
	if (*command == '/' || *command == '{' || !memchr(command, '/', n))
		return xstrdup(command);
	AUTO_FREE char *here = getcwd(NULL, 0);
	return !here || strchr(here, '\'') ? xstrdup(command) : xasprintf("'%s'/%s", here, command);
}

/* --agent-command and --role-command are agents of this run with names no file can clash with. */
static int set_command(struct ctx *c, struct config *cfg, const char *agent, const char *command)
{
	AUTO_FREE char *name = xasprintf("agent %s.command", agent);
	AUTO_FREE char *whole = from_here(command);

	if (!*whole)
		return err_set(&c->err, ERR_USAGE, "%s names no program",
			       strcmp(agent, "command") ? "--role-command" : "--agent-command");
	return config_set(cfg, name, whole, ORIGIN_FLAG, &c->err);
}

static int set_roles(struct ctx *c, const struct run_flags *f, struct config *cfg)
{
	int rc = 0;

	for (size_t i = 0; i < f->roles.n && !rc; i++) {
		const char *eq = strchr(f->roles.v[i], '=');
		AUTO_FREE char *role = eq ?
			xstrndup(f->roles.v[i], (size_t)(eq - f->roles.v[i])) : NULL;
		AUTO_FREE char *agent = xasprintf("command-%s", role ? role : "");
		AUTO_FREE char *key = xasprintf("role %s.agent", role ? role : "");

		if (!eq || eq == f->roles.v[i])
			return err_set(&c->err, ERR_USAGE, "--role-command wants ROLE=COMMAND, "
							   "not '%s'", f->roles.v[i]);
		if ((rc = set_command(c, cfg, agent, eq + 1)) == 0)
			rc = config_set(cfg, key, agent, ORIGIN_FLAG, &c->err);
	}
	return rc;
}

/* --timeout stands over what files say of single roles too. */
static int set_timeouts(struct ctx *c, const struct run_flags *f, struct config *cfg)
{
	static const char *const roles[] = { "impl", "refine", "spec", "code", "gate", "agg",
					     "verify", "test" };
	int64_t ms;
	int rc = 0;

	if (f->timeout && clock_parse_duration(f->timeout, &ms) < 0)
		return err_set(&c->err, ERR_USAGE,
			       "--timeout wants a time such as 90, 90s, 10m or 2h, not '%s'",
			       f->timeout);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]) && f->timeout && !rc; i++) {
		AUTO_FREE char *key = xasprintf("timeout.%s", roles[i]);
		AUTO_FREE char *own = xasprintf("role %s.timeout", roles[i]);

		if (config_unused_why(key, f->timeout))
			continue;	/* nobody named it, so nobody is told */
		if ((rc = set(c, cfg, key, f->timeout)) == 0 &&
		    config_named(cfg, "role", roles[i], "timeout"))
			rc = set(c, cfg, own, f->timeout);
	}
	return rc;
}

/* ask is a person in the queue, as without the flag; retry gives every failure one more try;
 * abort stops the others. */
static int set_on_failure(struct ctx *c, const struct run_flags *f, struct config *cfg)
{
	const char *w = f->on_failure;

	if (!w || !strcmp(w, "ask") || !strcmp(w, "skip"))
		return w && !strcmp(w, "skip") ? set(c, cfg, "run.fail_policy", "keep-going") : 0;
	if (!strcmp(w, "abort"))
		return set(c, cfg, "run.fail_policy", "fail-fast");
	if (!strcmp(w, "retry")) {
		AUTO_FREE char *n = xasprintf("%ld", config_int(cfg, "retry.max") + 1);

		return set(c, cfg, "retry.max", n);
	}
	return err_set(&c->err, ERR_USAGE,
		       "--on-failure wants ask, skip, retry or abort, not '%s'", w);
}

/* Upstream's range (pipeline 3.2): outside it a warning, and the nearest that is allowed. */
static int set_wave_cap(struct ctx *c, const struct run_flags *f, struct config *cfg)
{
	long long n;
	bool clamped;
	int rc;

	if (!f->wave_cap)
		return 0;
	if (!strcmp(f->wave_cap, "auto"))
		return set(c, cfg, "run.wave_cap", "auto");
	if (text_int(f->wave_cap, 0, 10000, &n) < 0)
		return err_set(&c->err, ERR_USAGE, "--wave-cap wants a number or auto, not '%s'",
			       f->wave_cap);
	AUTO_FREE char *text = xasprintf("%d", policy_wave_cap_clamp((long)n, &clamped));
	if (clamped)
		out_warn(c, "bdw: warning: a wave cap of %s is outside 1..10, %s is used\n",
			 f->wave_cap, text);
	if ((rc = set(c, cfg, "run.wave_cap", text)) < 0)
		return rc;
	return f->max_parallel < 0 && !config_is_set(cfg, "run.max_parallel") ?
		set(c, cfg, "run.max_parallel", text) : 0;
}

/* One of those built in, or one that a section makes. */
static int check_tier(struct ctx *c, const struct config *cfg)
{
	const char *tier = config_str(cfg, "run.tier");
	STRS_AUTO names = { 0 };
	BUF_AUTO list = BUF_INIT;

	config_names(cfg, "tier", &names);
	if (strs_has(&names, tier))
		return 0;
	text_join(&list, &names, ", ");
	err_set(&c->err, ERR_USAGE, "unknown tier '%s'", tier);
	err_hint(&c->err, "choose one of %s, or make it: a section [tier %s]", list.s, tier);
	return ERR_USAGE;
}

int run_config(struct ctx *c, const struct run_flags *f, struct config **out)
{
	const struct store_paths *p = store_paths(c->store);
	struct config_sources src = { .tree = p->tree, .common = p->common, .env = true,
				      .user = true };
	AUTO_FREE char *parallel = f->max_parallel >= 0 ? xasprintf("%ld", f->max_parallel) : NULL;
	struct config *cfg;
	int rc = config_load(&cfg, &src, &c->err);

	if (rc < 0)
		return rc;
	if ((rc = set(c, cfg, "run.mode", f->mode)) < 0 ||
	    (rc = set(c, cfg, "run.barrier", f->barrier)) < 0 ||
	    (rc = set(c, cfg, "run.tier", f->tier)) < 0 ||
	    (rc = set(c, cfg, "run.agent", f->agent)) < 0 ||
	    (rc = set(c, cfg, "run.max_parallel", parallel)) < 0 ||
	    (rc = set_wave_cap(c, f, cfg)) < 0 ||
	    (rc = set(c, cfg, "run.on_event", f->on_event)) < 0 ||
	    (rc = set_timeouts(c, f, cfg)) < 0 ||
	    (rc = set_on_failure(c, f, cfg)) < 0)
		goto out;
	if (f->agent_command && ((rc = set_command(c, cfg, "command", f->agent_command)) < 0 ||
				 (rc = set(c, cfg, "run.agent", "command")) < 0))
		goto out;
	if ((rc = set_roles(c, f, cfg)) < 0)
		goto out;
	for (size_t i = 0; i < f->sets.n && rc == 0; i++)
		rc = config_set_pair(cfg, f->sets.v[i], &c->err);
	if (rc == 0)
		rc = check_tier(c, cfg);
out:
	if (rc < 0)
		config_free(cfg);
	else
		*out = cfg;
	return rc;
}

/* A setting that is silently ignored would be a promise broken: of those that nothing reads yet
 * the user hears. */
static void tell_unused(void *arg, const char *name, const char *value, const char *why,
			bool needed)
{
	struct ctx *c = arg;

	if (!needed)
		out_warn(c, "bdw: warning: %s=%s has no effect yet: %s\n", name, value, why);
	else if (!c->err.code)
		err_set(&c->err, ERR_USAGE, "%s=%s is not supported yet: %s", name, value, why);
}

int run_unused(struct ctx *c, const struct config *cfg)
{
	config_unused_each(cfg, tell_unused, c);
	if (c->err.code)
		err_hint(&c->err,
			 "take it out of the settings: 'bdw config show' says where it is");
	return c->err.code;
}

static int check_agent(struct ctx *c, const struct config *cfg, const char *name, const char *path)
{
	struct agent a;
	int rc = agent_load(&a, cfg, name, &c->err);

	if (rc < 0)
		return rc;
	if (!preset_in_path(a.command.v[0], path)) {
		rc = err_set(&c->err, ERR_USAGE, "agent '%s': there is no program '%s'", name,
			     a.command.v[0]);
		err_hint(&c->err,
			 "install it, or choose another agent with --agent or --agent-command");
	}
	agent_release(&a);
	return rc;
}

int run_agents(struct ctx *c, const struct config *cfg)
{
	static const char *const roles[] = { "impl", "spec", "code", "verify" };
	const char *path = getenv("PATH"), *fallback = config_str(cfg, "breaker.fallback");
	const char *monitor = config_named(cfg, "role", "monitor", "agent");
	int rc = 0;

	path = path ? path : "";
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]) && !rc; i++) {
		const char *name = policy_agent(cfg, roles[i]);

		if (i && !policy_reviews(cfg))
			break;
		rc = *name ? check_agent(c, cfg, name, path) :
			preset_none_configured(path, &c->err);
	}
	if (!rc && monitor && *monitor)
		rc = check_agent(c, cfg, monitor, path);
	if (!rc && strcmp(fallback, "queue") && strcmp(fallback, "sequential"))
		rc = check_agent(c, cfg, fallback, path);
	return rc;
}
