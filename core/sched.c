#include "core/sched.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/sched_priv.h"
#include "store/base/buf.h"
#include "store/base/err.h"

/* Shared helpers */

const char *sched_text(struct sched *s, const char *fmt, ...)
{
	BUF_AUTO b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	return arena_strndup(&s->turn_mem, b.s, b.len);
}

const char *sched_times(struct sched *s, long n)
{
	return n == 1 ? "once" : sched_text(s, "%ld times", n);
}

void sched_change(struct sched *s, enum change_kind kind, size_t i, const char *text,
		  const char *label)
{
	vec_add(&s->turn.changes,
		(struct sched_change){ .kind = kind, .issue = i, .text = text, .label = label });
}

void sched_note(struct sched *s, const char *kind, long i, int role, long n, const char *status,
		const char *reason)
{
	vec_add(&s->turn.notes, (struct sched_note){
		.kind = kind, .issue = i, .role = role, .n = n,
		.wave = i >= 0 ? s->issue.v[i].wave : s->wave,
		.status = status ? arena_strdup(&s->turn_mem, status) : NULL,
		.reason = reason ? arena_strdup(&s->turn_mem, reason) : NULL });
}

/* The next turns look at it, until it waits or has ended. */
void sched_list(struct sched *s, size_t i)
{
	if (s->issue.v[i].listed)
		return;
	s->issue.v[i].listed = true;
	vec_add(&s->active, i);
}

void sched_enter(struct sched *s, size_t i, enum stage stage)
{
	struct sissue *is = &s->issue.v[i];

	sched_list(s, i);
	is->stage = stage;
	is->work.stage = stage == STAGE_WAIT ? "" :
			 (stage == STAGE_IMPL || stage == STAGE_COLLECT || stage == STAGE_HUMAN) &&
				 is->back != STAGE_N
				 ? arena_printf(&s->mem, "%s.%s", stage_name(stage),
						stage_name(is->back))
				 : stage_name(stage);
	is->work.since = s->now_us;
	is->work_dirty = true;
}

long sched_count_up(struct sched *s, size_t i, const char *name)
{
	struct sissue *is = &s->issue.v[i];
	long n = work_count_get(&is->work, name) + 1;

	work_count_set(&is->work, name, n, &s->mem);
	is->work_dirty = true;
	return n;
}

void sched_count_clear(struct sched *s, size_t i, const char *name)
{
	struct sissue *is = &s->issue.v[i];

	if (!work_count_get(&is->work, name))
		return;
	work_count_set(&is->work, name, 0, &s->mem);
	is->work_dirty = true;
}

void sched_act(struct sched *s, enum act_kind kind, size_t i, bool keep)
{
	vec_add(&s->turn.acts, (struct sched_act){ .kind = kind, .issue = i, .keep = keep,
						   .feedback = "", .why = "" });
}

size_t sched_running_of(const struct sched *s, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < s->running.n; k++)
		n += s->running.v[k].issue == i;
	return n;
}

void sched_wake_at(struct sched *s, int64_t us)
{
	if (us > s->now_us && (!s->turn.wake_us || us < s->turn.wake_us))
		s->turn.wake_us = us;
}

bool sched_any_due(const struct sched *s)
{
	for (size_t k = 0; k < s->active.n; k++)
		if (s->issue.v[s->active.v[k]].due)
			return true;
	return false;
}

/* Construction */

struct sched *sched_new(const struct sched_conf *c, int64_t now_us)
{
	struct sched *s = xcalloc(1, sizeof(*s));

	s->conf = *c;
	s->merging = -1;
	s->now_us = now_us;
	s->started_us = now_us - c->earlier_ms * 1000;
	s->max_parallel = c->shared ? 1 : c->max_parallel;
	s->random = c->seed;
	s->stop_reason = "";
	s->mode = c->mode;
	return s;
}

void sched_free(struct sched *s)
{
	if (!s)
		return;
	for (size_t k = 0; k < s->issue.n; k++)
		free(s->issue.v[k].succ);
	vec_free(&s->issue);
	vec_free(&s->running);
	vec_free(&s->inbox);
	vec_free(&s->queue);
	vec_free(&s->passed_tree);
	vec_free(&s->turn.changes);
	vec_free(&s->turn.acts);
	vec_free(&s->turn.notes);
	vec_free(&s->order);
	vec_free(&s->active);
	arena_release(&s->mem);
	arena_release(&s->turn_mem);
	free(s);
}

size_t sched_add(struct sched *s, const struct sched_item *item)
{
	struct sissue is = {
		.id = arena_strdup(&s->mem, item->id), .title = arena_strdup(&s->mem, item->title),
		.complexity = arena_strdup(&s->mem, item->complexity), .priority = item->priority,
		.estimate_min = item->estimate_min, .epic = item->epic, .no_diff = item->no_diff,
		.launchable = item->launchable, .parent = -1, .back = STAGE_N, .feedback = "",
		.why = "", .reason = "", .lines = -1, .nblocker_id = item->nblockers,
		.parent_id = item->parent ? arena_strdup(&s->mem, item->parent) : NULL,
	};

	files_parse(&is.files, item->body, strlen(item->body), &s->mem);
	is.blocker_id = arena_alloc(&s->mem, (item->nblockers + 1) * sizeof(*is.blocker_id));
	for (size_t k = 0; k < item->nblockers; k++)
		is.blocker_id[k] = arena_strdup(&s->mem, item->blockers[k]);
	resume_issue(s, &is, item);
	is.pos = s->order.n;
	s->nepic += is.epic;
	vec_add(&s->order, s->issue.n);
	vec_add(&s->issue, is);
	if (sched_active(&is))
		sched_list(s, s->issue.n - 1);
	if (is.stage == STAGE_CANDIDATE && s->resumed)
		vec_add(&s->queue, s->issue.n - 1);
	return s->issue.n - 1;
}

void sched_set_closed(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];

	if (is->stage == STAGE_CLOSED)
		return;
	is->stage = STAGE_CLOSED;
	s->closed_now = true;
	graph_resolve(s);
}

void sched_reopen(struct sched *s, size_t i, const struct sched_item *item)
{
	struct sissue *is = &s->issue.v[i];

	s->order_head = 0;
	sched_list(s, i);
	resume_work(s, &is->work, item->work);
	is->work.ncount = 0;
	is->work_dirty = is->launchable = true;
	is->cancelled = is->withdrawn = is->due = is->git_due = is->member = false;
	is->concerns = is->changed = NULL;
	is->lines = -1;
	is->not_before_us = 0;
	is->objections = NULL;
	is->feedback = is->why = is->reason = "";
	is->told = false;
	is->stage = stage_parse(is->work.stage, &is->back);
	if (is->stage == STAGE_CANDIDATE)
		vec_add(&s->queue, i);
	else
		is->stage = STAGE_WAIT;
}

void sched_event(struct sched *s, const struct sched_event *ev)
{
	struct sched_event copy = *ev;
	struct arena *m = &s->mem;
	const char **text[] = {
		&copy.text, &copy.outcome.verdict, &copy.outcome.text, &copy.outcome.summary,
		&copy.outcome.commit, &copy.outcome.session, &copy.collected.head,
		&copy.collected.problem, &copy.collected.scope, &copy.collected.files,
		&copy.candidate.oid, &copy.candidate.tree, &copy.candidate.tip,
		&copy.candidate.conflict,
	};

	for (size_t k = 0; k < sizeof(text) / sizeof(text[0]); k++)
		*text[k] = *text[k] ? arena_strdup(m, *text[k]) : "";
	if (copy.outcome.review)
		copy.outcome.review = review_copy(copy.outcome.review, m);
	vec_add(&s->inbox, copy);
}

/* The turn */

/* An epic whose last child of the run has closed is verified, then closed (decisions B5). */
static void start_epics(struct sched *s)
{
	for (size_t i = 0; i < s->issue.n && s->nepic; i++) {
		struct sissue *is = &s->issue.v[i];

		if (!is->epic || is->stage != STAGE_WAIT || !is->launchable || !is->nchild ||
		    is->nopen_child || is->nblock)
			continue;
		if (!s->conf.verify_limit) {
			stage_close(s, i, "all children closed");
			continue;
		}
		is->due = true;
		sched_count_clear(s, i, "verify");
		sched_enter(s, i, STAGE_VERIFY);
	}
}

static bool git_busy(const struct sched *s)
{
	for (size_t k = 0; k < s->active.n; k++)
		if (s->issue.v[s->active.v[k]].git_busy)
			return true;
	return false;
}

/* What waits for another issue's change: when that has closed, git can tell whether it is there
 * now; when nobody else can go on, two that wait for each other get one more review each. */
static bool release_held(struct sched *s, bool idle)
{
	bool any = false;

	for (size_t k = 0; k < s->active.n; k++) {
		size_t i = s->active.v[k];
		struct sissue *is = &s->issue.v[i];

		if (is->cancelled || is->git_busy || is->git_due)
			continue;
		if (idle && is->stage == STAGE_HELD) {
			review_again(s, i);
			any = true;
		} else if (!idle && review_may_resume(s, i)) {
			is->git_due = true;
		}
	}
	return any;
}

static void start_git(struct sched *s)
{
	static const enum act_kind act_of[STAGE_N] = {
		[STAGE_COLLECT] = ACT_COLLECT, [STAGE_CANDIDATE] = ACT_CANDIDATE,
		[STAGE_MERGE] = ACT_MERGE, [STAGE_HELD] = ACT_LOOK,
	};

	while (s->merging < 0 && s->queue.n && !s->stopping) {
		size_t i = s->queue.v[0];

		memmove(s->queue.v, s->queue.v + 1, --s->queue.n * sizeof(*s->queue.v));
		if (s->issue.v[i].stage != STAGE_CANDIDATE || s->issue.v[i].cancelled)
			continue;
		s->merging = (long)i;
		s->issue.v[i].git_due = true;
	}
	for (size_t k = 0; k < s->active.n; k++) {
		size_t i = s->active.v[k];
		struct sissue *is = &s->issue.v[i];

		if ((!is->git_due && !is->facts_due) || is->git_busy)
			continue;
		is->git_busy = true;
		sched_act(s, is->facts_due ? ACT_COLLECT : act_of[is->stage], i, false);
		s->turn.acts.v[s->turn.acts.n - 1].feedback = is->feedback;
		is->facts_busy = is->facts_due;
		*(is->facts_due ? &is->facts_due : &is->git_due) = false;
	}
}

static void cancel_running(struct sched *s)
{
	for (size_t k = 0; k < s->running.n; k++) {
		struct sched_running *r = &s->running.v[k];

		if (r->cancelling || !(s->stopping || s->issue.v[r->issue].cancelled))
			continue;
		r->cancelling = true;
		vec_add(&s->turn.acts,
			(struct sched_act){ .kind = ACT_CANCEL, .issue = r->issue, .role = r->role,
							   .n = r->n, .feedback = "", .why = "" });
	}
	/* what a person cancelled, and what a spent budget or a broken agent leaves unfinished,
	 * is open again */
	for (size_t k = 0; k < s->active.n && !s->stopping; k++) {
		size_t i = s->active.v[k];
		struct sissue *is = &s->issue.v[i];

		if ((is->cancelled || (s->halted && (is->due || is->stage == STAGE_HELD))) &&
		    is->stage < STAGE_CLOSED && !is->git_busy && !sched_running_of(s, i))
			stage_give_back(s, i);
	}
}

/* Attempts of this run, whichever of its schedulers started them; aggregations cost nothing. */
static void add_used(const struct sched *s, const struct work *w, struct budget *used)
{
	for (size_t k = 0; k < w->nattempt; k++) {
		const struct work_attempt *a = &w->attempt[k];

		if (!strcmp(a->role, role_name(ROLE_AGG)) ||
		    (*a->run && s->conf.run && strcmp(a->run, s->conf.run)))
			continue;
		used->launches++;
		used->tokens += a->usage.total_tokens > 0 ? a->usage.total_tokens : 0;
		used->cost_usd += a->usage.cost_usd > 0 ? a->usage.cost_usd : 0;
	}
}

static void check_budget(struct sched *s)
{
	struct budget used = { .wall_ms = (s->now_us - s->started_us) / 1000 };
	BUF_AUTO why = BUF_INIT;

	if (s->halted || !budget_limits(&s->conf.budget))
		return;
	for (size_t i = 0; i < s->issue.n; i++)
		add_used(s, &s->issue.v[i].work, &used);
	if (!budget_spent(&s->conf.budget, &used, &why))
		return;
	s->halted = true;
	s->stop_reason = "budget";
	buf_adds(&why, ": nothing more is started");
	sched_note(s, "alert", -1, -1, 0, "budget", why.s);
}

/* Does anything go on, or is anything asked of the driver? */
static bool idle(const struct sched *s)
{
	for (size_t k = 0; k < s->turn.acts.n; k++)
		if (s->turn.acts.v[k].kind != ACT_RELEASE)
			return false;
	return !s->running.n && !git_busy(s) && (s->halted || !s->turn.wake_us);
}

static void start_work(struct sched *s)
{
	start_epics(s);
	wave_admit(s);
	launch_due(s);
	if (idle(s) && release_held(s, true))
		launch_due(s);
}

/* Drops what no longer needs a look, and puts the rest in order: few, and mostly in order
 * already. */
static void sort_active(struct sched *s)
{
	size_t n = 0;

	for (size_t k = 0; k < s->active.n; k++) {
		size_t i = s->active.v[k], at = n;
		struct sissue *is = &s->issue.v[i];

		is->listed = sched_active(is) || is->cancelled || is->work_dirty;
		if (!is->listed)
			continue;
		for (; at && s->issue.v[s->active.v[at - 1]].pos > is->pos; at--)
			s->active.v[at] = s->active.v[at - 1];
		s->active.v[at] = i;
		n++;
	}
	s->active.n = n;
	while (s->order_head < s->order.n &&
	       s->issue.v[s->order.v[s->order_head]].stage >= STAGE_CLOSED)
		s->order_head++;
}

const struct sched_turn *sched_turn(struct sched *s, int64_t now_us)
{
	s->turn.changes.n = s->turn.acts.n = s->turn.notes.n = 0;
	s->turn.wake_us = 0;
	arena_release(&s->turn_mem);
	s->now_us = now_us;
	if (!s->resumed) {
		resume_queue(s);
		wave_resume(s);
	}
	s->resumed = true;
	for (size_t k = 0; k < s->inbox.n; k++)
		stage_event(s, &s->inbox.v[k]);
	s->inbox.n = 0;
	sort_active(s);
	check_budget(s);
	if (s->halted || s->draining)
		wave_cut(s);
	cancel_running(s);
	if (!s->halted)
		release_held(s, false);
	start_git(s);
	if (!s->halted)
		start_work(s);
	start_git(s);	/* for what was just admitted */
	s->closed_now = false;
	for (size_t k = 0; k < s->active.n; k++) {
		size_t i = s->active.v[k];

		if (s->issue.v[i].work_dirty)
			sched_change(s, CHANGE_WORK, i, NULL, NULL);
		s->issue.v[i].work_dirty = false;
	}
	s->turn.done = idle(s);
	if (s->conf.budget.wall_ms && !s->halted)
		sched_wake_at(s, s->started_us + s->conf.budget.wall_ms * 1000);
	return &s->turn;
}
