#include "core/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/exec_local.h"
#include "core/integrate.h"
#include "core/lifecycle.h"
#include "core/rundir.h"
#include "core/runner_priv.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/id.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/view.h"

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
		struct sched_event ev = { .kind = EVENT_ENDED, .issue = f->issue, .role = f->role, .n = f->n };
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

static void on_signal(void *arg, int sig)
{
	struct runner *r = arg;
	char what[80], grace[CLOCK_TEXT];

	if (r->signal) {	/* a second one: no more grace */
		for (size_t i = 0; i < r->flights.n; i++)
			if (r->flights.v[i]->submitted)
				r->exec->cancel(r->exec, r->flights.v[i]->dir, NULL);
		return;
	}
	r->signal = sig;
	snprintf(what, sizeof(what), "%zu agents (%s)", r->flights.n,
		 clock_format_duration(config_ms(r->o.config, "timeout.grace"), grace));
	events_simple(r, "cancel", "stopping", what);
	runner_event(r, &(struct sched_event){ .kind = EVENT_STOP });
}

static void on_request(void *arg, const char *verb, const char *issue)
{
	struct runner *r = arg;
	long i = sched_index(r->sched, issue);

	if (!strcmp(verb, "stop"))
		on_signal(r, SIGINT);
	else if (!strcmp(verb, "cancel") && i >= 0)
		runner_event(r, &(struct sched_event){ .kind = EVENT_CANCEL, .issue = (size_t)i });
}

static void on_control(void *arg, const char *name)
{
	struct runner *r = arg;

	(void)name;
	run_requests_take(r->o.store, r->run, on_request, r);
}

void runner_drop_view(struct runner *r)
{
	view_close(r->view);
	r->view = NULL;
}

/* Someone else wrote to the store: new issues, closed ones, answers (F002-25). */
static void refresh(struct runner *r)
{
	struct select_opts so = { .ids = r->o.ids, .actor = r->o.actor, .now_us = clock_now_us() };
	struct selection sel;
	struct view *v;
	bool changed = false;

	if (view_open(&v, r->o.store, VIEW_QUICK, NULL) < 0)
		return;
	if (select_issues(&sel, r->o.store, v, &so, NULL) == 0) {
		for (size_t k = 0; k < sel.n; k++) {
			long i = sched_index(r->sched, sel.item[k].id);
			struct sched_state st;

			if (i < 0) {
				sched_add(r->sched, &sel.item[k]);
				changed = true;
				continue;
			}
			sched_state(r->sched, (size_t)i, &st);
			if (sel.item[k].launchable &&
			    ((st.stage == STAGE_WAIT && !st.launchable) || st.stage >= STAGE_FAILED))
				sched_reopen(r->sched, (size_t)i, &sel.item[k]);
		}
		for (size_t i = 0; i < sched_count(r->sched); i++) {
			struct sched_state st;
			const struct issue *is;

			sched_state(r->sched, i, &st);
			is = view_get(v, st.id);
			if (st.stage != STAGE_CLOSED && is && !strcmp(is->status, "closed")) {
				if (st.stage == STAGE_WAIT || st.stage >= STAGE_FAILED)
					sched_set_closed(r->sched, i);
			}
		}
		selection_release(&sel);
	}
	view_close(v);
	if (changed && sched_link(r->sched, NULL) < 0)
		events_simple(r, "alert", "cycle", "an issue added during the run closes a cycle: it is left out");
}

static void on_stamp(void *arg, const char *name)
{
	struct runner *r = arg;
	struct oid head;

	if (name && strcmp(name, STORE_STAMP))
		return;
	if (store_head(r->o.store, &head, NULL) < 0 || oid_equal(&head, &r->last_commit))
		return;
	r->last_commit = head;
	runner_drop_view(r);
	refresh(r);
}

void runner_look(struct runner *r)
{
	on_control(r, NULL);
	on_stamp(r, NULL);
}

/* Only a terminal asks for this: it shows time passing. */
static void on_tick(void *arg)
{
	struct runner *r = arg;

	r->o.turn(r->o.arg, r);
	loop_at(r->loop, clock_mono_ms() + r->o.tick_ms, on_tick, r);
}

/* What a turn decided, as changes of the store */

/* An aggregation is recorded where it is made, in the scheduler, which knows no run. */
static void name_run(struct runner *r, struct work *w)
{
	for (size_t k = 0; k < w->nattempt; k++)
		if (!*w->attempt[k].run)
			w->attempt[k].run = r->run;
	if (!*w->run)	/* accepted work is merged without an attempt */
		w->run = r->run;
}

static int put_work(struct runner *r, struct txn *t, size_t i, struct err *e)
{
	struct sched_state st;
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;

	sched_state(r->sched, i, &st);
	outcome_keep_feedback(r, i);
	name_run(r, sched_work(r->sched, i));
	id_work_path(st.id, &path);
	work_write(sched_work(r->sched, i), &text);
	return txn_put(t, path.s, text.s, text.len, e);
}

static void add_comment(struct runner *r, struct txn *t, struct issue *is, const char *text)
{
	struct comment c = { .author = r->o.actor, .created_at = clock_now_us() };
	char *copy = arena_strdup(txn_arena(t), text), id[37];

	text_utf8_mend(copy, strlen(copy));	/* of messages and names of files */
	c.text = copy;
	id_new_uuid(c.created_at, (unsigned)(is->ncomments + 1), id);
	c.id = id;
	issue_comment_add(is, &c, txn_arena(t));
}

static int put_change(struct runner *r, struct txn *t, const struct sched_change *c, struct err *e)
{
	struct arena *a = txn_arena(t);
	struct sched_state st;
	struct issue *is;
	int rc;

	sched_state(r->sched, c->issue, &st);
	if ((rc = txn_edit(t, st.id, &is, e)) < 0)
		return rc;
	switch (c->kind) {
	case CHANGE_STATUS:
		is->status = arena_strdup(a, c->text);
		if (!strcmp(c->text, "in_progress")) {
			is->assignee = *is->assignee ? is->assignee : arena_strdup(a, r->o.actor);
			is->started_at = is->started_at ? is->started_at : clock_now_us();
		} else if (!strcmp(is->assignee, r->o.actor)) {
			is->assignee = "";
		}
		break;
	case CHANGE_CLOSE:
		is->status = "closed";
		is->closed_at = clock_now_us();
		is->close_reason = arena_strdup(a, c->text);
		issue_label_remove(is, "failed");
		issue_label_remove(is, "needs-human");
		issue_label_remove(is, "accepted");
		break;
	case CHANGE_BLOCK:
		is->status = "blocked";
		issue_label_add(is, c->label, a);
		add_comment(r, t, is, c->text);
		break;
	case CHANGE_COMMENT:
		add_comment(r, t, is, c->text);
		break;
	case CHANGE_WORK:
		break;
	}
	return 0;
}

static void grow_pens(struct runner *r)
{
	size_t n = sched_count(r->sched);

	if (n > r->npen)
		r->pen = xrealloc(r->pen, n * sizeof(*r->pen));
	for (; r->npen < n; r->npen++)
		r->pen[r->npen] = (struct pen){ .stage = STAGE_WAIT };
}

/* Work records that wait for a commit; the array follows the number of issues. */
static void note_dirty(struct runner *r, const struct sched_turn *t)
{
	grow_pens(r);
	for (size_t k = 0; k < t->changes.n; k++)
		if (t->changes.v[k].kind == CHANGE_WORK)
			r->pen[t->changes.v[k].issue].dirty = true;
}

/*
 * Does anything that follows from this turn need it on disk? An attempt's end that only leads to looking at what it left
 * does not: after a crash its exit record says the same again, and the next turn of the issue commits both.
 */
static bool must_commit(const struct sched_turn *t)
{
	for (size_t k = 0; k < t->acts.n; k++)
		if (t->acts.v[k].kind == ACT_SPAWN || t->acts.v[k].kind == ACT_MERGE || t->acts.v[k].kind == ACT_RELEASE)
			return true;
	for (size_t k = 0; k < t->changes.n; k++) {
		bool looked_at = false;

		for (size_t a = 0; a < t->acts.n; a++)
			looked_at |= t->acts.v[a].issue == t->changes.v[k].issue &&
				     (t->acts.v[a].kind == ACT_COLLECT || t->acts.v[a].kind == ACT_CANDIDATE ||
				      t->acts.v[a].kind == ACT_LOOK);
		if (t->changes.v[k].kind != CHANGE_WORK || !looked_at)
			return true;
	}
	return false;
}

static void note_committed(struct runner *r)
{
	for (size_t i = 0; i < r->npen; i++) {
		struct sched_state st;

		if (!r->pen[i].dirty)
			continue;
		sched_state(r->sched, i, &st);
		r->pen[i] = (struct pen){ .stage = st.stage };
	}
}

/* The turn's one commit. ERR_BUSY: someone else is writing. */
static int commit_turn(struct runner *r, const struct sched_turn *t, struct err *e)
{
	struct txn_opts o = { .actor = r->o.actor, .wait_ms = 0 };
	BUF_AUTO message = BUF_INIT;
	struct txn *txn;
	int rc;

	note_dirty(r, t);
	if (!must_commit(t))
		return 0;
	if ((rc = txn_begin(&txn, r->o.store, &o, e)) < 0)
		return rc;
	for (size_t k = 0; k < t->changes.n; k++) {
		struct sched_state st;
		struct err why = ERR_INIT;

		rc = t->changes.v[k].kind == CHANGE_WORK ? 0 : put_change(r, txn, &t->changes.v[k], &why);
		if (rc == ERR_NOTFOUND || rc == ERR_PARSE) {	/* deleted or broken by hand: the run goes on without it */
			sched_state(r->sched, t->changes.v[k].issue, &st);
			events_simple(r, "alert", st.id, why.msg);
			rc = 0;
		}
		if (rc < 0) {
			*e = why;
			txn_abort(txn);
			return rc;
		}
	}
	for (size_t i = 0; i < r->npen; i++)
		if (r->pen[i].dirty && (rc = put_work(r, txn, i, e)) < 0) {
			txn_abort(txn);
			return rc;
		}
	commit_message(r, t, &message);
	rc = txn_commit(txn, message.s, &r->last_commit, e);
	if (rc == 0) {
		r->commits++;
		note_committed(r);
	}
	return rc;
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
		f->cancelled = true;	/* not submitted yet: the end of its preparation will see it */
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

/* The lock is held by someone else: a little later, so that deadlines and signals go on being seen (decisions A22). */
static void try_later(struct runner *r)
{
	r->commit_wait_ms = r->commit_wait_ms ? r->commit_wait_ms * 2 : 5;
	if (r->commit_wait_ms > 100)
		r->commit_wait_ms = 100;
	if (!r->retry)
		r->retry = loop_at(r->loop, clock_mono_ms() + r->commit_wait_ms, on_retry, r);
}

/* Attempt folders stand before the commit that announces them, so that a restart can start what it finds (A10). */
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
		rc = commit_turn(r, t, &e);
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
	for (size_t k = 0; k < t->acts.n; k++)
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
	}
	r->finished = t->done;
	return false;
}

static void before_sleep(void *arg)
{
	struct runner *r = arg;

	while (!r->finished && !r->retry && turn(r))
		;
	/* branches are still being deleted, trees given back, hooks called */
	if (r->finished && !r->jobs && hooks_idle(r))
		loop_stop(r->loop);
}

/* Start and end */

static int open_items(struct runner *r, struct err *e)
{
	struct select_opts so = {
		.ids = r->o.ids, .actor = r->o.actor, .now_us = clock_now_us(), .run = r->o.resume ? r->run : NULL,
	};
	struct view *v;
	int rc = view_open(&v, r->o.store, 0, e);

	if (rc < 0)
		return rc;
	rc = select_issues(&r->sel, r->o.store, v, &so, e);
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
	grow_pens(r);
	for (size_t i = 0; i < r->npen; i++) {
		struct sched_state st;

		sched_state(r->sched, i, &st);
		r->pen[i].stage = st.stage;
	}
	return sched_link(r->sched, e);
}

/* Agents work in the user's own tree: what is not committed would be taken for theirs (decisions B8). */
static int open_shared(struct runner *r, struct err *e)
{
	BUF_AUTO head = BUF_INIT;
	bool dirty;
	int rc = integrate_look(r->repo, &head, &dirty, e);

	if (rc < 0 || !dirty || r->o.resume)
		return rc;
	err_set(e, ERR_USAGE, "'%s' has changes that are not committed, and isolation=shared works in it", r->repo);
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
	AUTO_FREE char *control = xasprintf("%s/control", r->dir);
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	int rc = loop_new(&r->loop, e);

	if (rc < 0)
		return rc;
	r->exec = exec_local_new(0, NULL);
	r->exec->ended = on_ended;
	r->exec->arg = r;
	for (size_t i = 0; i < 3; i++)
		if (!loop_signal(r->loop, signals[i], on_signal, r, e))
			return ERR_IO;
	if (!loop_fd(r->loop, r->exec->fd(r->exec), on_exec, r, e) ||
	    (!poll_mode(r) && (!loop_watch(r->loop, control, LOOP_PLACED, on_control, r, e) ||
			       !loop_watch(r->loop, store_paths(r->o.store)->priv, LOOP_PLACED, on_stamp, r, e))))
		return ERR_IO;
	if (poll_mode(r))
		loop_at(r->loop, clock_mono_ms() + config_ms(r->o.config, "watch.interval"), poll_look, r);
	loop_before_sleep(r->loop, before_sleep, r);
	if (r->o.tick_ms && r->o.turn)
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
	if ((rc = open_items(r, e)) < 0 || (rc = events_open(r, e)) < 0 || (rc = open_loop(r, e)) < 0 ||
	    (rc = open_git(r, e)) < 0) {
		runner_free(r);
		return rc;
	}
	store_head(o->store, &r->last_commit, NULL);
	*out = r;
	return 0;
}

/* Killed between an issue's close and the end of its branch, a run left that: looked for once, at the end. */
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

int runner_run(struct runner *r, struct err *e)
{
	int code;

	events_simple(r, "run_start", r->o.resume ? "resumed" : "started", NULL);
	if (r->o.resume)
		recover_attempts(r);
	on_control(r, NULL);
	loop_run(r->loop);
	fsx_crash_point("finishing");
	clean_up(r);
	fsx_crash_point("finished");
	code = exit_code(r);
	events_simple(r, "run_end", code == 0 ? "success" : "ended", r->behind.len ? r->behind.s : NULL);
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
	strs_free_all(&r->hooks);
	free(r->pen);
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
