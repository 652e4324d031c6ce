/* core/recover.c - a run goes on after its scheduler was killed: nothing is lost, nothing runs
 * twice (decisions A9-A11) */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "core/integrate.h"
#include "core/rundir.h"
#include "core/runner_priv.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"

/* The flight of an attempt that an earlier scheduler decided on. Its folder tells its tree. */
static struct flight *refly(struct runner *r, size_t issue, enum role role,
			    const struct work_attempt *a)
{
	struct flight *f = xcalloc(1, sizeof(*f));
	struct attempt_spec spec = { 0 };
	struct sched_state st;
	BUF_AUTO dir = BUF_INIT;
	BUF_AUTO owner = BUF_INIT;

	sched_state(r->sched, issue, &st);
	run_attempt_path(r->o.store, r->run, st.id, a->role, a->n, &dir);
	f->r = r;
	f->issue = issue;
	f->role = role;
	f->n = a->n;
	f->reviewer = (int)a->reviewer;
	f->dir = buf_detach(&dir);
	f->submitted = true;
	if (attempt_read(f->dir, &spec, NULL) == 0) {
		f->tree = xstrdup(spec.cwd);
		f->timeout_ms = spec.timeout_ms;
		attempt_release(&spec);
	}
	if (r->pool) {
		launch_owner(r, f, &owner);
		f->owner = buf_detach(&owner);
	}
	vec_add(&r->flights, f);
	return f;
}

/* Never started: the commit that announces it is there, its folder too, but its tree may not be. */
static void start_late(struct runner *r, struct flight *f)
{
	f->submitted = false;
	if (launch_restore(r, f) == 0) {
		launch_start(r, f);
		return;
	}
	runner_event(r, &(struct sched_event){ .kind = EVENT_NOT_STARTED, .issue = f->issue,
					       .role = f->role, .n = f->n,
					       .text = "its folder is gone" });
	runner_end_flight(r, f);
}

static void recover_running(struct runner *r, size_t issue, enum role role,
			    const struct work_attempt *a)
{
	struct flight *f = refly(r, issue, role, a);
	struct attempt_started started;
	enum attempt_state state;
	struct err e = ERR_INIT;

	sched_adopt(r->sched, issue, role, a->n);
	if (attempt_look(f->dir, &state, &started, &e) < 0)
		state = ATTEMPT_NEW;
	if (state == ATTEMPT_NEW) {
		start_late(r, f);
		return;
	}
	if (attempt_started_read(f->dir, &started, NULL) == 0)	/* killed before it could say so */
		events_attempt(r, "spawn", f, started.pid, NULL, NULL);
	if (r->exec->adopt(r->exec, f->dir, &e) == 0) {
		events_attempt(r, "progress", f, state == ATTEMPT_RUNNING ? started.pid : 0,
			       "adopted", NULL);
		if (state == ATTEMPT_RUNNING) {
			f->spawned_ms = clock_mono_ms() - (clock_now_us() - started.at_us) / 1000;
			launch_watch(r, f);
			launch_look(f);
		}
		return;
	}
	runner_event(r, &(struct sched_event){ .kind = EVENT_NOT_STARTED, .issue = issue,
					       .role = role, .n = a->n, .text = e.msg });
	runner_end_flight(r, f);
}

/* What reviewers of the round said before: read again from their folders. */
static void replay(struct runner *r, size_t issue, const struct work_attempt *a)
{
	struct flight *f = refly(r, issue, ROLE_CODE, a);
	ARENA_AUTO mem = ARENA_INIT;
	struct outcome o = { 0 };

	outcome_read(r, f, &o, &mem);
	sched_replay(r->sched, issue, ROLE_CODE, a->n, &o);
	runner_end_flight(r, f);
}

/* Half-written files of processes that were killed. */
static void sweep(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	fsx_sweep_temp(AT_FDCWD, dir);
	while (d && (de = readdir(d)))
		if (de->d_type == DT_DIR && de->d_name[0] != '.')
			fsx_sweep_temp(dirfd(d), de->d_name);
	if (d)
		closedir(d);
}

/* Ended in the store, but its tree was not given back any more. */
static void release_ended(struct runner *r, size_t issue, const struct work *w)
{
	BUF_AUTO owner = BUF_INIT;
	bool keep = stage_parse(w->stage, NULL) != STAGE_CLOSED;

	if (r->pool && pool_of(r->pool, runner_issue_owner(r, issue, &owner)))
		job_start(r,
			  &(struct sched_act){ .kind = ACT_RELEASE, .issue = issue, .keep = keep });
}

void recover_measure(struct runner *r, size_t issue)
{
	const struct work *w = sched_work(r->sched, issue);
	struct collect c = { .tree = r->repo, .base = w->base, .claimed = "", .head = BUF_INIT,
			     .problem = BUF_INIT, .summary = BUF_INIT };

	if (*w->base && *w->head && integrate_measure(&c, w->head, NULL) == 0)
		sched_set_change(r->sched, issue, c.summary.s, c.lines, c.empty);
	collect_release(&c);
}

void recover_attempts(struct runner *r)
{
	sweep(r->dir);
	for (size_t i = 0; i < sched_count(r->sched); i++) {
		const struct work *w = sched_work(r->sched, i);
		struct sched_state st;

		sched_state(r->sched, i, &st);
		if (st.stage == STAGE_WAIT || st.stage >= STAGE_CLOSED) {
			release_ended(r, i, w);
			continue;
		}
		outcome_load_feedback(r, i);
		if (st.stage > STAGE_COLLECT)
			recover_measure(r, i);
		for (size_t k = 0; k < w->nattempt; k++) {
			const struct work_attempt *a = &w->attempt[k];
			int role = role_parse(a->role);

			if (role < 0 || strcmp(a->run, r->run))
				continue;
			if (!strcmp(a->outcome, "running"))
				recover_running(r, i, (enum role)role, a);
			else if (role == ROLE_CODE && st.stage == STAGE_CODE &&
				 a->started_at >= w->since && (!strcmp(a->outcome, "passed") ||
							       !strcmp(a->outcome, "failed") ||
				  !strcmp(a->outcome, "unparsed")))
				replay(r, i, a);
		}
	}
}
