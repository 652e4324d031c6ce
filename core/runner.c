#include "core/runner.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/exec_local.h"
#include "core/integrate.h"
#include "core/metrics.h"
#include "core/rundir.h"
#include "core/runner_priv.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/config.h"
#include "store/store.h"
#include "store/view.h"

enum { DRAW_MS = 100 };

void runner_event(struct runner *r, const struct sched_event *ev)
{
	sched_event(r->sched, ev);
}

int64_t runner_now_us(const struct runner *r)
{
	return r->started_us + (clock_mono_ms() - r->started_ms) * 1000;
}

struct flight *runner_flight(struct runner *r, size_t issue, enum role role, long n)
{
	for (size_t i = 0; i < r->flights.n; i++) {
		struct flight *f = r->flights.v[i];

		if (f->issue == issue && f->role == role && f->n == n)
			return f;
	}
	return NULL;
}

static void flight_free(struct flight *f)
{
	free(f->dir);
	free(f->tree);
	free(f->owner);
	free(f->commit);
	free(f->branch);
	free(f->merge);
	free(f);
}

/* Reviewers and tests give their tree back at once; the issue's own stays until it closes. */
void runner_end_flight(struct runner *r, struct flight *f)
{
	for (size_t i = 0; i < r->flights.n; i++)
		if (r->flights.v[i] == f)
			r->flights.v[i] = r->flights.v[--r->flights.n];
	loop_remove(f->silence);
	loop_remove(f->result);
	loop_remove(f->overdue);
	monitor_end(f);
	if (f->owner && f->role != ROLE_IMPL)
		pool_release(r->pool, f->owner, false);
	flight_free(f);
}

/* The executor says an attempt has ended: its folder says how. */
static void on_ended(void *arg, const char *dir)
{
	struct runner *r = arg;

	for (size_t i = 0; i < r->flights.n; i++) {
		struct flight *f = r->flights.v[i];
		struct sched_event ev = { .kind = EVENT_ENDED, .issue = f->issue, .role = f->role,
					  .n = f->n };
		ARENA_AUTO mem = ARENA_INIT;

		if (strcmp(f->dir, dir))
			continue;
		outcome_read(r, f, &ev.outcome, &mem);
		runner_event(r, &ev);
		runner_end_flight(r, f);
		return;
	}
}

static void on_exec(void *arg, int fd)
{
	struct runner *r = arg;

	(void)fd;
	r->wakeups++;
	r->exec->collect(r->exec);
}

static void on_wake(void *arg)
{
	struct runner *r = arg;

	r->wake = NULL;	/* nothing to do but a turn, which the wake-up itself brings */
}

static void on_draw(void *arg)
{
	struct runner *r = arg;

	if (r->o.draw)
		r->o.draw(r->o.arg, r);
}

/* Who shows time passing asks for this. */
static void on_tick(void *arg)
{
	struct runner *r = arg;

	loop_pace(&r->draw);
	loop_at(r->loop, clock_mono_ms() + r->o.tick_ms, on_tick, r);
}

static void give_up(struct runner *r, const struct err *e)
{
	if (!r->broken) {
		r->err = *e;
		events_simple(r, "alert", "store", e->msg);
	}
	r->broken = true;
	runner_event(r, &(struct sched_event){ .kind = EVENT_STOP });
}

static void perform(struct runner *r, const struct sched_act *a)
{
	struct flight *f;

	switch (a->kind) {
	case ACT_SPAWN:
		if ((f = runner_flight(r, a->issue, a->role, a->n)))
			launch_start(r, f);
		break;
	case ACT_CANCEL:
		if (!(f = runner_flight(r, a->issue, a->role, a->n)))
			break;
		/* not submitted yet: the end of its preparation will see it */
		f->cancelled = true;
		if (f->submitted)
			r->exec->cancel(r->exec, f->dir, NULL);
		break;
	case ACT_COLLECT:
	case ACT_CANDIDATE:
	case ACT_MERGE:
	case ACT_LOOK:
	case ACT_RELEASE:
		job_start(r, a);
		break;
	}
}

static void on_retry(void *arg)
{
	struct runner *r = arg;

	r->retry = NULL;
}

/* The lock is held by someone else: a little later, so that deadlines and signals go on being
 * seen (decisions A22). */
static void try_later(struct runner *r)
{
	if (!r->commit_wait_ms)
		events_simple(r, "lock_wait", NULL, "another program writes to the store");
	r->commit_wait_ms = r->commit_wait_ms ? r->commit_wait_ms * 2 : 5;
	if (r->commit_wait_ms > 100)
		r->commit_wait_ms = 100;
	if (!r->retry)
		r->retry = loop_at(r->loop, clock_mono_ms() + r->commit_wait_ms, on_retry, r);
}

/* Attempt folders stand before the commit that announces them, so that a restart can start what
 * it finds (A10). */
static int prepare_spawns(struct runner *r, const struct sched_turn *t, struct err *e)
{
	int rc = 0;

	for (size_t k = 0; k < t->acts.n && !rc; k++)
		if (t->acts.v[k].kind == ACT_SPAWN)
			rc = launch_prepare(r, &t->acts.v[k], e);
	return rc;
}

/* Decides, commits, then acts. False: nothing more to do in this turn. */
static bool turn(struct runner *r)
{
	const struct sched_turn *t = r->pending;
	struct err e = ERR_INIT;
	int rc;

	if (!t) {
		t = r->pending = sched_turn(r->sched, runner_now_us(r));
		r->prepared = false;
	}
	rc = r->prepared ? 0 : prepare_spawns(r, t, &e);
	if (!rc) {
		r->prepared = true;
		fsx_crash_point("prepared");
		rc = runner_commit(r, t, &e);
	}
	if (rc == ERR_BUSY || rc == ERR_CONFLICT) {
		try_later(r);
		return false;
	}
	r->commit_wait_ms = 0;
	r->pending = NULL;
	fsx_crash_point("decided");
	if (rc < 0) {
		give_up(r, &e);
		r->finished = true;
		return false;
	}
	for (size_t k = 0; k < t->notes.n; k++)
		events_note(r, &t->notes.v[k]);
	for (size_t k = 0; k < t->acts.n; k++)	/* first: somebody waits for these */
		if (t->acts.v[k].kind == ACT_SPAWN)
			perform(r, &t->acts.v[k]);
	for (size_t k = 0; k < t->acts.n; k++)
		if (t->acts.v[k].kind != ACT_SPAWN)
			perform(r, &t->acts.v[k]);
	if (t->wake_us) {
		int64_t at = clock_mono_ms() + (t->wake_us - runner_now_us(r)) / 1000 + 1;

		if (r->wake)
			loop_move(r->wake, at);
		else
			r->wake = loop_at(r->loop, at, on_wake, r);
	}
	if (t->changes.n || t->notes.n || t->acts.n) {
		status_write(r);
		if (r->o.turn)
			r->o.turn(r->o.arg, r);
		loop_pace(&r->draw);
	}
	/* an issue that came at the last moment joins the run */
	r->finished = t->done && !runner_news(r);
	return t->done && !r->finished;
}

static void before_sleep(void *arg)
{
	struct runner *r = arg;

	while (!r->finished && !r->retry && turn(r))
		;
	/* branches are still being deleted, trees given back, hooks called */
	if (r->finished && !r->jobs && !r->monitors && hooks_idle(r))
		loop_stop(r->loop);
}

/* Start and end */

static int open_items(struct runner *r, struct err *e)
{
	struct select_opts so = {
		.ids = r->o.ids, .actor = r->o.actor, .now_us = clock_now_us(),
		.run = r->o.resume ? r->run : NULL,
	};
	struct view *v;
	int rc = view_open(&v, r->o.store, 0, e);

	if (rc < 0)
		return rc;
	rc = select_issues(&r->sel, r->o.store, v, &so, e);
	for (size_t i = 0; view_warning(v, i); i++)
		strs_add(&r->unread, view_warning(v, i));
	view_close(v);
	if (rc < 0)
		return rc;
	select_conf(&r->conf, r->o.config, &r->sel);
	if (r->o.resume)
		status_resume(r);
	r->conf.run = r->run;
	r->conf.earlier_ms = r->earlier_ms;
	r->sched = sched_new(&r->conf, r->started_us);
	for (size_t i = 0; i < r->sel.n; i++)
		sched_add(r->sched, &r->sel.item[i]);
	runner_commit_begin(r);
	return sched_link(r->sched, e);
}

/* Agents work in the user's own tree: what is not committed would be taken for theirs (decisions
 * B8). */
static int open_shared(struct runner *r, struct err *e)
{
	struct git_who who = { r->o.actor, r->o.email };
	BUF_AUTO head = BUF_INIT;
	bool dirty;
	int rc = integrate_look(r->repo, &head, &dirty, e);

	if (rc == 0 && !dirty && integrate_unborn(r->repo))
		return integrate_first_commit(r->repo, &who, e);
	if (rc < 0 || !dirty || r->o.resume)
		return rc;
	err_set(e, ERR_USAGE, "'%s' has changes that are not committed, and isolation=shared "
			      "works in it", r->repo);
	err_hint(e, "commit or stash them, or run with --set run.isolation=worktree");
	return ERR_USAGE;
}

static int open_git(struct runner *r, struct err *e)
{
	const struct store_paths *p = store_paths(r->o.store);
	int rc;

	r->repo = *p->worktree ? p->worktree : p->common;
	r->shared = !strcmp(config_str(r->o.config, "run.isolation"), "shared");
	r->keep_failed = config_bool(r->o.config, "worktree.keep_failed");
	if (r->shared)
		return open_shared(r, e);
	if ((rc = store_repo(r->o.store, &r->objects, e)) < 0)
		return rc;
	if ((rc = pool_open(&r->pool, p, config_str(r->o.config, "worktree.dir"), e)) < 0)
		return rc;
	pool_reclaim(r->pool, r->run);
	if ((rc = integrate_begin(r->repo, r->run, r->o.target, e)) < 0)
		return rc;
	return integrate_tip(r->repo, r->run, &r->tip, e);
}

static int open_loop(struct runner *r, struct err *e)
{
	int rc = loop_new(&r->loop, e);

	if (rc < 0)
		return rc;
	r->exec = exec_local_new(0, NULL);
	r->exec->ended = on_ended;
	r->exec->arg = r;
	if (!loop_fd(r->loop, r->exec->fd(r->exec), on_exec, r, e) || runner_listen(r, e) < 0)
		return ERR_IO;
	loop_before_sleep(r->loop, before_sleep, r);
	r->draw = (struct loop_pace){ .loop = r->loop, .ms = DRAW_MS, .fn = on_draw, .arg = r };
	if (r->o.tick_ms)
		loop_at(r->loop, clock_mono_ms() + r->o.tick_ms, on_tick, r);
	return 0;
}

int runner_new(struct runner **out, const struct runner_opts *o, struct err *e)
{
	struct runner *r = xcalloc(1, sizeof(*r));
	BUF_AUTO dir = BUF_INIT;
	int rc;

	r->o = *o;
	r->run = xstrdup(o->run);
	r->behind = r->tip = (struct buf)BUF_INIT;
	r->events_fd = -1;
	r->started_us = clock_now_us();
	r->started_ms = clock_mono_ms();
	run_path(o->store, o->run, NULL, &dir);
	r->dir = buf_detach(&dir);
	if ((rc = open_items(r, e)) < 0 || (rc = events_open(r, e)) < 0 ||
	    (rc = open_loop(r, e)) < 0 || (rc = open_git(r, e)) < 0) {
		runner_free(r);
		return rc;
	}
	store_head(o->store, &r->last_commit, NULL);
	r->seen = r->last_commit;
	*out = r;
	return 0;
}

/* Killed between an issue's close and the end of its branch, a run left that: looked for once,
 * at the end. */
static void drop_branches(struct runner *r)
{
	for (size_t i = 0; i < sched_count(r->sched); i++) {
		struct sched_state st;

		sched_state(r->sched, i, &st);
		if (st.stage == STAGE_CLOSED && !strcmp(sched_work(r->sched, i)->run, r->run))
			integrate_drop_work(r->repo, r->run, r->o.target, st.id);
	}
}

/* What a finished run leaves behind: nothing, unless somebody has to look at it. */
static void clean_up(struct runner *r)
{
	struct err e = ERR_INIT;
	int gone;

	if (r->shared || r->signal || r->broken)
		return;
	if (r->o.resume)
		drop_branches(r);
	gone = integrate_finish(r->repo, r->run, r->o.target, &e);
	if (gone == 0 && !r->behind.len)
		buf_addf(&r->behind, "'%s' does not hold the run's commits", r->o.target);
	else if (gone == 1)
		buf_reset(&r->behind);
	pool_reclaim(r->pool, "");	/* nobody works any more */
	pool_trim(r->pool, 0, &e);
}

static int exit_code(struct runner *r)
{
	int code = sched_exit_code(r->sched);

	if (r->signal)
		return r->signal == SIGINT ? 130 : 143;
	if (r->broken)
		return 1;
	return r->behind.len && (code == 0 || code == 4) ? 3 : code;
}

/* Did the run close anything, in whatever scheduler's time? */
static bool any_closed(struct runner *r)
{
	for (size_t i = 0; i < sched_count(r->sched); i++) {
		struct sched_state st;

		sched_state(r->sched, i, &st);
		if (st.stage == STAGE_CLOSED && !st.epic &&
		    !strcmp(sched_work(r->sched, i)->run, r->run))
			return true;
	}
	return false;
}

int runner_run(struct runner *r, struct err *e)
{
	int code;

	if (r->o.resume)
		story_resume(r);
	events_simple(r, "run_start", r->o.resume ? "resumed" : "started", NULL);
	for (size_t i = 0; i < r->unread.n; i++)
		events_simple(r, "alert", "left out", r->unread.v[i]);
	if (r->o.resume)
		recover_attempts(r);
	events_plan(r);
	runner_look(r);
	loop_run(r->loop);
	loop_pace_end(&r->draw);
	fsx_crash_point("finishing");
	clean_up(r);
	fsx_crash_point("finished");
	code = exit_code(r);
	if (unread_end(r) && !r->signal)
		code = 1;
	events_simple(r, "run_end", metrics_status(code, any_closed(r)),
		      r->behind.len ? r->behind.s : NULL);
	hooks_finish(r);
	status_write(r);
	if (r->broken) {
		*e = r->err;
		return r->err.code;
	}
	return code;
}

void runner_free(struct runner *r)
{
	if (!r)
		return;
	while (r->flights.n)
		flight_free(r->flights.v[--r->flights.n]);
	vec_free(&r->flights);
	runner_drop_view(r);
	loop_free(r->loop);
	if (r->exec)
		r->exec->free(r->exec);
	pool_close(r->pool);
	sched_free(r->sched);
	selection_release(&r->sel);
	if (r->events_fd >= 0)
		close(r->events_fd);
	buf_release(&r->behind);
	buf_release(&r->tip);
	arena_release(&r->mem);
	for (size_t i = 0; i < r->hooks.n; i++)
		free(r->hooks.v[i].line);
	vec_free(&r->hooks);
	strs_free_all(&r->unread);
	vec_free(&r->late);
	free(r->pen);
	while (r->claims.n)
		free(r->claims.v[--r->claims.n].commit);
	vec_free(&r->claims);
	map_release(&r->told);
	free(r->dir);
	free(r->run);
	free(r);
}

const struct sched *runner_sched(const struct runner *r)
{
	return r->sched;
}

int64_t runner_started_us(const struct runner *r)
{
	return r->started_us;
}

const char *runner_stop_reason(const struct runner *r)
{
	return sched_stop_reason(r->sched);
}

const char *runner_behind(const struct runner *r)
{
	return r->behind.s;
}

void runner_last_line(const struct runner *r, size_t issue, struct buf *out)
{
	size_t before = out->len;

	for (size_t i = r->flights.n; i > 0 && out->len == before; i--)
		if (r->flights.v[i - 1]->issue == issue)
			attempt_last_line(r->flights.v[i - 1]->dir, out);
}
