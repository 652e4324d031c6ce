/* core/launch.c - from a decision to a running attempt: its tree, its folder, its start */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/agentout.h"
#include "core/integrate.h"
#include "core/policy.h"
#include "core/preset.h"
#include "core/rundir.h"
#include "core/runner_priv.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/config.h"
#include "store/store.h"

extern char **environ;

enum { RESUBMIT_MS = 50 };	/* the machine had no room for a process */

const char *runner_issue_owner(struct runner *r, size_t issue, struct buf *out)
{
	struct sched_state st;

	sched_state(r->sched, issue, &st);
	buf_addf(out, "%s %s", r->run, st.id);
	return out->s;
}

void launch_owner(struct runner *r, const struct flight *f, struct buf *out)
{
	runner_issue_owner(r, f->issue, out);
	if (f->role != ROLE_IMPL)
		buf_addf(out, " %s.%ld", role_name(f->role), f->n);
}

/* At what its tree must be: f->commit (NULL: as it is), branch, merge. why is what the attempt
 * is for. */
static void plan_tree(struct runner *r, struct flight *f, const char *why, bool had_tree)
{
	const struct work *w = sched_work(r->sched, f->issue);
	const char *commit = NULL;
	struct sched_state st;
	BUF_AUTO branch = BUF_INIT;

	sched_state(r->sched, f->issue, &st);
	f->clean_all = !strcmp(config_str(r->o.config, "worktree.clean"), "all");
	switch (f->role) {
	case ROLE_IMPL:
		integrate_work_branch(st.id, &branch);
		f->branch = buf_detach(&branch);
		if (!strcmp(why, "") || !strcmp(why, "restart"))
			commit = w->base;
		else if (!strcmp(why, "conflict"))
			commit = w->head;
		else if (!had_tree)	/* what was not committed is gone with the tree */
			commit = *w->head ? w->head : w->base;
		if (!strcmp(why, "conflict"))
			f->merge = xstrdup(w->base);
		break;
	case ROLE_SPEC:
	case ROLE_CODE:
		commit = w->head;
		break;
	case ROLE_TEST:
		commit = w->merge_oid;
		break;
	case ROLE_VERIFY:
		commit = r->tip.s;
		break;
	case ROLE_AGG:
	case ROLE_N:
		break;
	}
	f->commit = commit ? xstrdup(commit) : NULL;
}

static int take_tree(struct runner *r, struct flight *f, const char *why, struct err *e)
{
	BUF_AUTO owner = BUF_INIT;
	const char *path;
	bool had;
	int rc;

	if (!r->pool) {
		f->tree = xstrdup(r->repo);
		return 0;
	}
	launch_owner(r, f, &owner);
	had = pool_of(r->pool, owner.s) != NULL;
	if ((rc = pool_take(r->pool, owner.s, &path, e)) < 0)
		return rc;
	f->owner = buf_detach(&owner);
	f->tree = xstrdup(path);
	plan_tree(r, f, why, had);
	return 0;
}

/* The folder */

struct launch {
	struct runner *r;
	struct flight *f;
	const struct sched_act *a;
	struct work *w;
	struct work_attempt *record;
	struct agent agent;		/* not for ROLE_TEST */
	const char *model, *effort;
	int64_t timeout_ms, deadline_us;
	struct attempt_spec spec;
};

static void put_env(struct strs *env, const char *name, const char *value)
{
	if (value && *value)
		vec_add(env, xasprintf("%s=%s", name, value));
}

static void put_env_int(struct strs *env, const char *name, long long value)
{
	vec_add(env, xasprintf("%s=%lld", name, value));
}

/* contract.md 1 */
static void build_env(struct launch *l)
{
	struct strs *env = &l->spec.env;
	struct runner *r = l->r;
	const struct flight *f = l->f;
	struct sched_state st;
	AUTO_FREE char *prompt = xasprintf("%s/prompt.md", f->dir);
	AUTO_FREE char *result = xasprintf("%s/result.json", f->dir);
	AUTO_FREE char *log = xasprintf("%s/stdout.log", f->dir);

	sched_state(r->sched, f->issue, &st);
	agent_env(f->role == ROLE_TEST ? NULL : &l->agent, environ, env);
	put_env(env, "BDW_RUN", r->run);
	put_env(env, "BDW_ISSUE", st.id);
	put_env(env, "BDW_ROLE", role_name(f->role));
	put_env_int(env, "BDW_ATTEMPT", f->n);
	if (f->role == ROLE_CODE) {
		put_env_int(env, "BDW_REVIEWER", l->a->reviewer);
		put_env_int(env, "BDW_REVIEWERS", l->a->reviewers);
	}
	put_env_int(env, "BDW_WAVE", st.wave);
	put_env(env, "BDW_MODEL", l->model);
	put_env(env, "BDW_EFFORT", l->effort);
	put_env(env, "BDW_TIER", config_str(r->o.config, "run.tier"));
	put_env(env, "BDW_BASE", l->w->base);
	put_env(env, "BDW_HEAD", f->role == ROLE_TEST ? l->w->merge_oid :
		f->role == ROLE_VERIFY ? r->tip.s : l->w->head);
	put_env(env, "BDW_PROMPT_FILE", prompt);
	put_env(env, "BDW_RESULT", result);
	put_env(env, "BDW_LOG", log);
	put_env_int(env, "BDW_DEADLINE", l->deadline_us / 1000000);
	put_env(env, "BDW_ACTOR", r->o.actor);
}

static int build_argv(struct launch *l, const char *prompt_text, struct err *e)
{
	struct runner *r = l->r;
	const struct flight *f = l->f;
	AUTO_FREE char *prompt = xasprintf("%s/prompt.md", f->dir);
	AUTO_FREE char *result = xasprintf("%s/result.json", f->dir);
	char uuid[UUID_TEXT], n[24];
	struct sched_state st;
	struct agent_vars v;

	sched_state(r->sched, f->issue, &st);
	snprintf(n, sizeof(n), "%ld", f->n);
	v = (struct agent_vars){
		.id = st.id, .role = role_name(f->role), .model = l->model, .effort = l->effort,
		.prompt_file = prompt, .result = result, .worktree = f->tree, .base = l->w->base,
		.head = l->w->head, .run = r->run, .attempt = n, .uuid = agent_uuid(uuid),
		.prompt = prompt_text,
	};
	if (f->role == ROLE_TEST)
		return agent_expand(config_str(r->o.config, "run.test"), &v, &l->spec.argv, e);
	/* a session goes on where the work does: fixes, answers, corrections, but nothing that
	 * begins anew */
	if (f->role == ROLE_IMPL && *l->w->session && *l->a->why && strcmp(l->a->why, "restart"))
		v.session = l->w->session;
	return agent_argv(&l->agent, &v, &l->spec.argv, e);
}

static int choose_agent(struct launch *l, struct err *e)
{
	const struct config *c = l->r->o.config;
	const char *role = role_name(l->f->role);
	struct sched_state st;
	int rc;

	l->model = l->effort = "";
	if (l->f->role == ROLE_TEST)
		return 0;
	sched_state(l->r->sched, l->f->issue, &st);
	if ((rc = agent_load(&l->agent, c, l->a->fallback ? config_str(c, "breaker.fallback") :
			     policy_agent(c, role), e)) < 0)
		return rc;
	l->model = policy_model(c, role, st.complexity, l->a->strength, l->agent.tier_models);
	l->effort = policy_effort(c, role, st.complexity, l->a->strength, l->model,
				  l->agent.tier_effort);
	return 0;
}

static long estimate(struct runner *r, size_t issue)
{
	struct sched_state st;

	sched_state(r->sched, issue, &st);
	return st.estimate_min;
}

static void fill_spec(struct launch *l)
{
	struct runner *r = l->r;
	struct flight *f = l->f;
	struct attempt_spec *s = &l->spec;
	struct sched_state st;

	sched_state(r->sched, f->issue, &st);
	s->run = xstrdup(r->run);
	s->issue = xstrdup(st.id);
	s->role = xstrdup(role_name(f->role));
	s->n = f->n;
	s->cwd = xstrdup(f->tree);
	s->timeout_ms = l->timeout_ms;
	s->grace_ms = config_ms(r->o.config, "timeout.grace");
	s->idle_kill_ms = config_ms(r->o.config, "timeout.idle_kill");
	if (f->role != ROLE_TEST && l->agent.prompt == PROMPT_STDIN)
		s->stdin_file = xasprintf("%s/prompt.md", f->dir);
}

static void record(struct launch *l)
{
	struct arena *mem = &l->r->mem;

	l->record->model = arena_strdup(mem, l->model);
	l->record->agent = arena_strdup(mem, l->f->role == ROLE_TEST ? "test" : l->agent.name);
	l->record->run = l->r->run;
}

static int write_folder(struct launch *l, struct err *e)
{
	struct runner *r = l->r;
	BUF_AUTO prompt = BUF_INIT;
	int rc = choose_agent(l, e);

	if (rc < 0)
		return rc;
	l->timeout_ms = policy_timeout_ms(r->o.config, role_name(l->f->role),
					  estimate(r, l->f->issue), l->a->timeouts);
	l->f->timeout_ms = l->timeout_ms;
	l->deadline_us = clock_now_us() + l->timeout_ms * 1000;
	if (l->f->role != ROLE_TEST && (rc = launch_prompt(r, l->f, l->a, &prompt, e)) < 0)
		return rc;
	fill_spec(l);
	build_env(l);
	if ((rc = build_argv(l, prompt.s, e)) < 0)
		return rc;
	record(l);
	return attempt_write(l->f->dir, &l->spec, prompt.s, e);
}

static bool is_below(struct runner *r, size_t issue, size_t epic)
{
	struct sched_state st;

	sched_state(r->sched, issue, &st);
	while (st.epic_index >= 0 && st.epic_index != (long)epic)
		sched_state(r->sched, (size_t)st.epic_index, &st);
	return st.epic_index >= 0;
}

/* Where the change of an epic begins: where the first of its issues did. "" when none has. */
static const char *first_base(struct runner *r, size_t epic)
{
	const char *base = "";
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < sched_count(r->sched); i++) {
		const struct work *w = sched_work(r->sched, i);

		if (!*w->base || !is_below(r, i, epic))
			continue;
		for (size_t k = 0; k < w->nattempt; k++)
			if (!strcmp(w->attempt[k].role, "impl") &&
			    w->attempt[k].started_at < first) {
				first = w->attempt[k].started_at;
				base = w->base;
			}
	}
	return base;
}

/* Where the issue's change begins: the run branch, or with isolation=shared what is checked out
 * now. */
static int choose_base(struct runner *r, const struct flight *f, struct work *w, struct err *e)
{
	BUF_AUTO head = BUF_INIT;
	bool dirty;
	int rc = 0;

	if (!*w->base && f->role == ROLE_VERIFY)
		w->base = first_base(r, f->issue);
	if (*w->base)
		return 0;
	if (r->shared)
		rc = integrate_look(r->repo, &head, &dirty, e);
	w->base = arena_strdup(&r->mem, r->shared ? head.s : r->tip.s);
	return rc;
}

int launch_prepare(struct runner *r, const struct sched_act *a, struct err *e)
{
	struct flight *f = xcalloc(1, sizeof(*f));
	struct launch l = { .r = r, .f = f, .a = a, .w = sched_work(r->sched, a->issue) };
	struct sched_state st;
	BUF_AUTO dir = BUF_INIT;
	int rc;

	sched_state(r->sched, a->issue, &st);
	f->r = r;
	f->issue = a->issue;
	f->role = a->role;
	f->n = a->n;
	f->reviewer = a->reviewer;
	run_attempt_path(r->o.store, r->run, st.id, role_name(a->role), a->n, &dir);
	f->dir = buf_detach(&dir);
	vec_add(&r->flights, f);
	l.record = work_attempt_get(l.w, role_name(a->role), a->n);
	l.w->run = r->run;
	if ((rc = choose_base(r, f, l.w, e)) == 0 && (rc = take_tree(r, f, a->why, e)) == 0)
		rc = write_folder(&l, e);
	attempt_release(&l.spec);
	agent_release(&l.agent);
	return rc < 0 ?
		err_wrap(e, rc, "cannot start the %s of '%s'", role_name(a->role), st.id) : 0;
}

int launch_restore(struct runner *r, struct flight *f)
{
	struct sched_state st;

	if (!f->tree)
		return ERR_NOTFOUND;
	sched_state(r->sched, f->issue, &st);
	if (r->pool)
		plan_tree(r, f, st.why, true);
	return 0;
}

int launch_format(struct runner *r, const struct flight *f)
{
	const struct work_attempt *a = work_attempt_get(sched_work(r->sched, f->issue),
							role_name(f->role), f->n);
	struct agent agent;
	int format;

	if (!a || agent_load(&agent, r->o.config, a->agent, NULL) < 0)
		return FORMAT_TEXT;
	format = agent_format_parse(agent.output);
	agent_release(&agent);
	return format < 0 ? FORMAT_TEXT : format;
}

/* The start */

/* worktree.setup: once in every new tree, before its first implementer. */
static int set_up(struct flight *f, struct err *e)
{
	STRS_AUTO argv = { 0 };
	STRS_AUTO env = { 0 };
	BUF_AUTO out = BUF_INIT;
	struct agent_vars v = { .worktree = f->tree };
	const char *command = config_str(f->r->o.config, "worktree.setup");
	int rc;

	if (!*command)
		return 0;
	if ((rc = agent_expand(command, &v, &argv, e)) < 0)
		return rc;
	vec_add(&argv, NULL);
	agent_env(NULL, environ, &env);
	vec_add(&env, NULL);
	rc = proc_run(&(struct proc){ .argv = argv.v, .env = env.v, .cwd = f->tree,
				      .timeout_ms = 600000 }, &out, &out, e);
	return rc > 0 ? err_set(e, ERR_IO, "worktree.setup ended with %d: %.400s", rc, out.s) : rc;
}

/* In a thread. */
static void make_tree(void *arg)
{
	struct flight *f = arg;
	struct git_who who = { f->r->o.actor, f->r->o.email };
	int rc = pool_prepare(f->r->pool, f->tree, f->commit, f->branch, f->clean_all, &f->err);

	if (!rc && f->merge)
		rc = integrate_start_merge(f->tree, f->merge, &who, &f->err);
	if (!rc && f->role == ROLE_IMPL && !f->merge)
		rc = set_up(f, &f->err);
	f->failed = rc < 0;
}

static void not_started(struct flight *f, const char *text)
{
	struct runner *r = f->r;

	events_attempt(r, "alert", f, 0, "not started", text);
	runner_event(r, &(struct sched_event){ .kind = EVENT_NOT_STARTED, .issue = f->issue,
					       .role = f->role, .n = f->n, .text = text });
	runner_end_flight(r, f);
}

static void submit(void *arg)
{
	struct flight *f = arg;
	struct runner *r = f->r;
	struct exec_job job = { .dir = f->dir };
	struct err e = ERR_INIT;
	int rc = r->exec->submit(r->exec, f->dir, &e);

	if (rc == ERR_BUSY) {
		loop_at(r->loop, clock_mono_ms() + RESUBMIT_MS, submit, f);
		return;
	}
	if (rc < 0) {
		not_started(f, e.msg);
		return;
	}
	fsx_crash_point("submitted");
	f->submitted = true;
	f->spawned_ms = clock_mono_ms();
	r->exec->list(r->exec, &job, 1, NULL);
	events_attempt(r, "spawn", f, job.pid, NULL, NULL);
	launch_watch(r, f);
	if (f->cancelled)
		r->exec->cancel(r->exec, f->dir, NULL);
}

static void tree_made(void *arg)
{
	struct flight *f = arg;
	struct runner *r = f->r;

	r->jobs--;
	if (f->failed) {
		not_started(f, f->err.msg);
		return;
	}
	if (f->cancelled) {
		runner_event(r, &(struct sched_event){
			.kind = EVENT_ENDED, .issue = f->issue, .role = f->role, .n = f->n,
			.outcome = { .kind = OUT_CANCELLED, .usage = USAGE_NONE } });
		runner_end_flight(r, f);
		return;
	}
	events_attempt(r, "worktree_acquire", f, 0, NULL, f->tree);
	submit(f);
}

void launch_start(struct runner *r, struct flight *f)
{
	bool ready = !f->commit ||
	(!f->merge && !f->clean_all && pool_switch(r->pool, r->objects, f->tree, f->commit,
									       f->branch));

	if (r->pool)
		pool_note_clean(r->pool, f->tree, NULL);
	if (ready) {
		submit(f);
		return;
	}
	r->jobs++;
	loop_work(r->loop, make_tree, tree_made, f);
}
