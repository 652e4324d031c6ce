/* core/runner_news.c - what comes to a run from outside: signals, requests, others' commits */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/rundir.h"
#include "core/runner_priv.h"
#include "store/base/clock.h"
#include "store/base/mem.h"
#include "store/config.h"
#include "store/store.h"
#include "store/view.h"

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

	/* what could not be read is looked at itself: it may have been corrected */
	if (view_open(&v, r->o.store, r->unread.n ? 0 : VIEW_QUICK, NULL) < 0)
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
			if (sel.item[k].launchable && !st.withdrawn &&
			    ((st.stage == STAGE_WAIT && !st.launchable) ||
			     st.stage >= STAGE_FAILED))
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
		events_simple(r, "alert", "cycle",
			      "an issue added during the run closes a cycle: it is left out");
}

bool runner_news(struct runner *r)
{
	struct oid head;

	if (store_head(r->o.store, &head, NULL) < 0 || oid_equal(&head, &r->seen))
		return false;
	r->last_commit = r->seen = head;
	runner_drop_view(r);
	refresh(r);
	return true;
}

static void on_stamp(void *arg, const char *name)
{
	if (!name || !strcmp(name, STORE_STAMP))
		runner_news(arg);
}

void runner_look(struct runner *r)
{
	on_control(r, NULL);
	on_stamp(r, NULL);
}

int runner_listen(struct runner *r, struct err *e)
{
	AUTO_FREE char *control = xasprintf("%s/control", r->dir);
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < 3; i++)
		if (!loop_signal(r->loop, signals[i], on_signal, r, e))
			return ERR_IO;
	if (poll_mode(r))
		loop_at(r->loop, clock_mono_ms() + config_ms(r->o.config, "watch.interval"),
			poll_look, r);
	else if (!loop_watch(r->loop, control, LOOP_PLACED, on_control, r, e) ||
		 !loop_watch(r->loop, store_paths(r->o.store)->priv, LOOP_PLACED, on_stamp, r, e))
		return ERR_IO;
	return 0;
}
