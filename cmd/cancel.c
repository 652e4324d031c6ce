/* cmd/cancel.c - bdw cancel: stopping a run, or one issue of it */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "cmd/beads.h"
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/runs.h"
#include "core/follow.h"
#include "core/integrate.h"
#include "core/rundir.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/issue.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/view.h"

/* Its keeper: a descriptor that is readable when it has ended; -1: nobody keeps it. The number is
 * the keeper's as long as that holds the attempt's lock, so it is looked at again. */
static int keeper_open(const char *dir)
{
	struct attempt_started s;
	enum attempt_state state;
	int fd;

	if (attempt_look(dir, &state, &s, NULL) < 0 || state != ATTEMPT_RUNNING ||
	    (fd = pidfd_open(s.pid, 0)) < 0)
		return -1;
	if (attempt_look(dir, &state, &s, NULL) == 0 && state == ATTEMPT_RUNNING)
		return fd;
	close(fd);
	return -1;
}

/* Tells an attempt's keeper to end it, or waits until it has; without a keeper, ends what is left
 * of it. */
static void end_attempt(const char *dir, bool wait)
{
	struct pollfd p = { .fd = keeper_open(dir), .events = POLLIN };
	enum attempt_state state;

	if (p.fd >= 0 && !wait)
		pidfd_send_signal(p.fd, SIGTERM, NULL, 0);
	else if (p.fd >= 0)
		poll(&p, 1, -1);
	else if (attempt_look(dir, &state, NULL, NULL) == 0 && state == ATTEMPT_LOST)
		attempt_bury(dir, END_CANCELLED, "its run was given up", NULL);
	if (p.fd >= 0)
		close(p.fd);
}

/* Agents that outlived their scheduler are gone when this returns: they get their grace, all at
 * the same time. */
static void end_agents(struct ctx *c, const struct metrics *m, bool wait)
{
	for (size_t i = 0; i < m->nissue; i++)
		for (size_t k = 0; k < m->issue[i].work->nattempt; k++) {
			const struct work_attempt *a = &m->issue[i].work->attempt[k];
			BUF_AUTO dir = BUF_INIT;

			if (strcmp(a->outcome, "running") || strcmp(a->run, m->info.run))
				continue;
			run_attempt_path(c->store, a->run, m->issue[i].id, a->role, a->n, &dir);
			end_attempt(dir.s, wait);
		}
}

/* What the run left in progress is open again. */
static int reopen_issues(struct ctx *c, const char *run, size_t *n)
{
	struct metrics m;
	struct txn *t;
	int rc;

	if ((rc = runs_load(c, run, &m)) < 0)
		return rc;
	end_agents(c, &m, false);
	end_agents(c, &m, true);
	if ((rc = cmd_txn(c, &t)) == 0) {
		for (size_t i = 0; i < m.nissue && rc == 0; i++) {
			struct issue *is;

			if (strcmp(m.issue[i].status, "in_progress") ||
			    strcmp(m.issue[i].work->run, run))
				continue;
			if ((rc = txn_edit(t, m.issue[i].id, &is, &c->err)) < 0)
				break;
			is->status = "open";
			is->assignee = "";
			++*n;
		}
		if (rc == 0)
			rc = txn_commit(t, "give up run", NULL, &c->err);
		else
			txn_abort(t);
	}
	metrics_release(&m);
	if (rc == 0)
		beads_export(c);
	return rc;
}

/* The run's branch goes when the target holds it; else it is the only place where the merged
 * work is. */
static void drop_branch(struct ctx *c, const struct run_info *info)
{
	const struct store_paths *p = store_paths(c->store);

	if (*info->target && integrate_finish(*p->worktree ? p->worktree : p->common, info->run,
					      info->target, NULL) == 0)
		out_text(c, "What was merged is kept: git merge beadwave-run/%s\n", info->run);
}

/* A run that was interrupted and will not be resumed: its record is closed, so that a new one
 * may begin. */
static int give_up(struct ctx *c, const char *run)
{
	struct run_info info;
	size_t n = 0;
	int rc = run_info_read(c->store, run, &info, &c->err);

	if (rc < 0)
		return rc;
	if (info.ended_us) {
		out_text(c, "Run %s has ended already.\n", run);
	} else {
		info.ended_us = clock_now_us();
		info.exit_code = 130;
		if ((rc = reopen_issues(c, run, &n)) == 0 &&
		    (rc = run_info_write(c->store, &info, &c->err)) == 0) {
			out_text(c, "Gave up run %s; %zu %s open again.\n", run, n,
				 n == 1 ? "issue is" : "issues are");
			drop_branch(c, &info);
		}
	}
	run_info_release(&info);
	return rc;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static int cancel_issue(struct ctx *c, const char *run, const char *id)
{
	int rc = run_request(c->store, run, "cancel", id, &c->err);

	if (rc == 0)
		out_text(c, "Asked run %s to stop %s.\n", run, id);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	const struct issue *is;
	BUF_AUTO alive = BUF_INIT;
	BUF_AUTO named = BUF_INIT;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (argc && run_find(c->store, argv[0], &named, NULL) < 0) {
		if ((rc = cmd_view(c, VIEW_QUICK, &v)) < 0 ||
		    (rc = cmd_resolve(c, v, argv[0], &is)) < 0)
			return rc;
		if (!run_alive(c->store, &alive))
			return err_set(&c->err, ERR_NOTFOUND, "no run is under way");
		return cancel_issue(c, alive.s, is->id);
	}
	if (!run_alive(c->store, &alive) || (named.len && strcmp(named.s, alive.s))) {
		if (!named.len && (rc = run_find(c->store, NULL, &named, &c->err)) < 0)
			return rc;
		return give_up(c, named.s);
	}
	if ((rc = run_request(c->store, alive.s, "stop", "", &c->err)) < 0)
		return rc;
	rc = run_follow(c->store, alive.s, 0, 0, NULL, never, NULL, &c->err);
	if (rc == FOLLOW_GONE)
		out_text(c,
			 "Stopped run %s; its state is saved. Go on with: bdw resume\n", alive.s);
	return rc < 0 ? rc : 0;
}

const struct cmd cmd_cancel = {
	.name = "cancel", .args = "[<run>|<issue>]", .brief = "Stop a run, or one issue of it",
	.help = "Agents get SIGTERM and their grace; what they did is kept. An interrupted run "
		"that shall not be resumed is\n"
		"given up.",
	.example = "cancel demo-77aa.3", .group = GROUP_RUN, .need = NEED_STORE | NEED_WRITE,
	.flags = CMD_OWN | CMD_ALONE, .max_args = 1, .run = run,
};
