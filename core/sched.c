#include "core/sched.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sched_priv.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/map.h"
#include "store/id.h"

static const char *const stage_names[STAGE_N] = {
	[STAGE_WAIT] = "wait", [STAGE_IMPL] = "impl", [STAGE_COLLECT] = "collect", [STAGE_SPEC] = "spec",
	[STAGE_CODE] = "code", [STAGE_HELD] = "held", [STAGE_CANDIDATE] = "candidate", [STAGE_TEST] = "test",
	[STAGE_MERGE] = "merge", [STAGE_VERIFY] = "verify", [STAGE_CLOSED] = "closed", [STAGE_FAILED] = "failed",
	[STAGE_HUMAN] = "human",
};

static const char *const role_names[ROLE_N] = {
	[ROLE_IMPL] = "impl", [ROLE_SPEC] = "spec", [ROLE_CODE] = "code", [ROLE_AGG] = "agg", [ROLE_TEST] = "test",
	[ROLE_VERIFY] = "verify",
};

static const char *const outcome_names[OUT_N] = {
	[OUT_PASS] = "passed", [OUT_CONCERNS] = "passed", [OUT_REJECT] = "failed", [OUT_CANNOT_VERIFY] = "blocked",
	[OUT_NEEDS_CONTEXT] = "blocked", [OUT_BLOCKED] = "blocked", [OUT_FAIL] = "failed",
	[OUT_MALFORMED] = "unparsed", [OUT_CRASH] = "crashed", [OUT_TIMEOUT] = "timeout",
	[OUT_CANCELLED] = "cancelled", [OUT_LIMITED] = "cancelled", [OUT_FATAL] = "failed",
};

const char *stage_name(enum stage st)
{
	return stage_names[st];
}

static enum stage stage_of_name(const char *name, size_t len)
{
	for (int k = 0; k < STAGE_N; k++)
		if (strlen(stage_names[k]) == len && !memcmp(stage_names[k], name, len))
			return (enum stage)k;
	return STAGE_N;
}

enum stage stage_parse(const char *name, enum stage *back)
{
	size_t len = strcspn(name, ".");
	enum stage st = stage_of_name(name, len);

	if (back)
		*back = name[len] ? stage_of_name(name + len + 1, strlen(name + len + 1)) : STAGE_N;
	return st == STAGE_N ? STAGE_WAIT : st;
}

const char *role_name(enum role r)
{
	return role_names[r];
}

int role_parse(const char *name)
{
	for (int k = 0; k < ROLE_N; k++)
		if (!strcmp(role_names[k], name))
			return k;
	return -1;
}

const char *outcome_name(enum outcome_kind k)
{
	return outcome_names[k];
}

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

void sched_change(struct sched *s, enum change_kind kind, size_t i, const char *text, const char *label)
{
	vec_add(&s->turn.changes, (struct sched_change){ .kind = kind, .issue = i, .text = text, .label = label });
}

void sched_note(struct sched *s, const char *kind, long i, int role, long n, const char *status, const char *reason)
{
	vec_add(&s->turn.notes, (struct sched_note){
		.kind = kind, .issue = i, .role = role, .n = n, .wave = i >= 0 ? s->issue.v[i].wave : s->wave,
		.status = status ? arena_strdup(&s->turn_mem, status) : NULL,
		.reason = reason ? arena_strdup(&s->turn_mem, reason) : NULL });
}

void sched_enter(struct sched *s, size_t i, enum stage stage)
{
	struct sissue *is = &s->issue.v[i];

	is->stage = stage;
	is->work.stage = stage == STAGE_WAIT ? "" :
			 (stage == STAGE_IMPL || stage == STAGE_COLLECT) && is->back != STAGE_N
				 ? arena_printf(&s->mem, "%s.%s", stage_names[stage], stage_names[is->back])
				 : stage_names[stage];
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

void sched_act(struct sched *s, enum act_kind kind, size_t i, bool keep)
{
	vec_add(&s->turn.acts, (struct sched_act){ .kind = kind, .issue = i, .keep = keep, .feedback = "", .why = "" });
}

size_t sched_running_of(const struct sched *s, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < s->running.n; k++)
		n += s->running.v[k].issue == i;
	return n;
}

const char *sched_issue_id(const void *s, size_t i)
{
	return ((const struct sched *)s)->issue.v[i].id;
}

/* Construction */

struct sched *sched_new(const struct sched_conf *c, int64_t now_us)
{
	struct sched *s = xcalloc(1, sizeof(*s));

	s->conf = *c;
	s->merging = -1;
	s->now_us = s->started_us = now_us;
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
	free(s->order);
	arena_release(&s->mem);
	arena_release(&s->turn_mem);
	free(s);
}

/* A copy of what earlier runs recorded, strings in our arena. */
static void copy_work(struct sched *s, struct work *to, const struct work *from)
{
	BUF_AUTO text = BUF_INIT;

	work_init(to);
	if (!from)
		return;
	work_write(from, &text);
	work_parse(to, text.s, text.len, "work", &s->mem, NULL);
}

/* The seats of a review round that was under way, from its attempts. */
static void resume_seats(struct sched *s, struct sissue *is)
{
	is->nseat = (int)work_count_get(&is->work, "reviewers");
	is->seat = arena_alloc(&s->mem, (size_t)(is->nseat + 1) * sizeof(*is->seat));
	for (size_t k = 0; k < is->work.nattempt; k++) {
		const struct work_attempt *a = &is->work.attempt[k];
		struct seat *seat;

		if (strcmp(a->role, "code") || a->started_at < is->work.since || a->reviewer < 1 ||
		    a->reviewer > is->nseat)
			continue;
		seat = &is->seat[a->reviewer - 1];
		seat->n = a->n;
		seat->corrections += !strcmp(a->outcome, "unparsed");
		seat->crashes += !strcmp(a->outcome, "crashed") || !strcmp(a->outcome, "timeout");
	}
}

/* How the last implementer ended: what its collected work means. */
static enum outcome_kind last_impl(const struct work *w)
{
	long n = work_attempt_last(w, "impl");
	const struct work_attempt *a = NULL;

	for (size_t k = 0; k < w->nattempt; k++)
		if (!strcmp(w->attempt[k].role, "impl") && w->attempt[k].n == n)
			a = &w->attempt[k];
	if (!a || !strcmp(a->outcome, "passed"))
		return OUT_PASS;
	return !strcmp(a->outcome, "crashed") ? OUT_CRASH : !strcmp(a->outcome, "timeout") ? OUT_TIMEOUT : OUT_FAIL;
}

/* Where a run that was interrupted goes on with an issue. Adopted attempts then clear due again. */
static void resume_stage(struct sched *s, struct sissue *is)
{
	if (is->stage == STAGE_WAIT)
		return;
	is->wave = 1;
	switch (is->stage) {
	case STAGE_COLLECT:
		is->after = last_impl(&is->work);
		is->git_due = true;
		break;
	case STAGE_CODE:
		resume_seats(s, is);
		is->due = true;
		break;
	case STAGE_MERGE:
		is->git_due = true;
		break;
	case STAGE_IMPL:
	case STAGE_SPEC:
	case STAGE_TEST:
	case STAGE_VERIFY:
		is->due = true;
		break;
	case STAGE_WAIT:
	case STAGE_HELD:
	case STAGE_CANDIDATE:
	case STAGE_CLOSED:
	case STAGE_FAILED:
	case STAGE_HUMAN:
	case STAGE_N:
		break;
	}
}

/* The merge queue of an interrupted run: one issue holds it, the others wait in it. */
static void resume_queue(struct sched *s)
{
	if (s->queue.n || s->merging >= 0)
		return;
	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];

		if (is->stage == STAGE_MERGE || (is->stage == STAGE_TEST && !s->conf.shared && sched_running_of(s, k)))
			s->merging = (long)k;
	}
	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];

		if (is->stage == STAGE_TEST && !s->conf.shared && s->merging != (long)k) {
			is->stage = STAGE_CANDIDATE;	/* the run branch may have moved: made anew */
			is->due = false;
		}
		if (is->stage == STAGE_CANDIDATE)
			vec_add(&s->queue, k);
	}
}

size_t sched_add(struct sched *s, const struct sched_item *item)
{
	struct sissue is = {
		.id = arena_strdup(&s->mem, item->id), .title = arena_strdup(&s->mem, item->title),
		.complexity = arena_strdup(&s->mem, item->complexity), .priority = item->priority,
		.estimate_min = item->estimate_min, .epic = item->epic, .no_diff = item->no_diff,
		.launchable = item->launchable, .parent = -1, .back = STAGE_N, .feedback = "", .why = "",
		.reason = "", .lines = -1, .nblocker_id = item->nblockers,
		.parent_id = item->parent ? arena_strdup(&s->mem, item->parent) : NULL,
	};

	files_parse(&is.files, item->body, strlen(item->body), &s->mem);
	is.blocker_id = arena_alloc(&s->mem, (item->nblockers + 1) * sizeof(*is.blocker_id));
	for (size_t k = 0; k < item->nblockers; k++)
		is.blocker_id[k] = arena_strdup(&s->mem, item->blockers[k]);
	copy_work(s, &is.work, item->work);
	if (item->closed) {
		is.stage = STAGE_CLOSED;
	} else if (item->work && item->launchable) {
		is.stage = stage_parse(item->work->stage, &is.back);
		if (is.stage >= STAGE_CLOSED)
			is.stage = STAGE_WAIT;
		resume_stage(s, &is);
	}
	vec_add(&s->issue, is);
	return s->issue.n - 1;
}

static void add_succ(struct sissue *is, size_t to)
{
	if (is->nsucc == is->succ_cap) {
		is->succ_cap = is->succ_cap ? is->succ_cap * 2 : 4;
		is->succ = xrealloc(is->succ, is->succ_cap * sizeof(*is->succ));
	}
	is->succ[is->nsucc++] = to;
}

/* Ids to indices: blockers that are open, parents. A blocker that is no issue of the run holds until
 * sched_set_closed() names the issue itself: it must have been added as not launchable. */
static void resolve(struct sched *s)
{
	MAP_AUTO ids = MAP_INIT;

	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];

		map_put(&ids, is->id, (void *)(k + 1));
		is->nsucc = is->nblock = is->nopen_child = is->nchild = 0;
		is->parent = -1;
	}
	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];
		size_t at = is->parent_id ? (size_t)map_get(&ids, is->parent_id) : 0;

		if (at) {
			is->parent = (long)at - 1;
			s->issue.v[at - 1].nchild++;
			s->issue.v[at - 1].nopen_child += is->stage != STAGE_CLOSED;
		}
		for (size_t j = 0; j < is->nblocker_id; j++) {
			at = (size_t)map_get(&ids, is->blocker_id[j]);
			if (!at || s->issue.v[at - 1].stage == STAGE_CLOSED)
				continue;
			add_succ(&s->issue.v[at - 1], k);
			is->nblock++;
		}
	}
}

/* Kahn's algorithm, and the longest path to the end along the way back. False: a cycle is left, and wait says how
 * many blockers each issue still has. */
static bool rank(struct sched *s, size_t *topo, size_t *wait)
{
	size_t n = s->issue.n, done = 0;

	for (size_t k = 0; k < n; k++)
		if (!(wait[k] = s->issue.v[k].nblock))
			topo[done++] = k;
	for (size_t k = 0; k < done; k++)
		for (size_t j = 0; j < s->issue.v[topo[k]].nsucc; j++)
			if (!--wait[s->issue.v[topo[k]].succ[j]])
				topo[done++] = s->issue.v[topo[k]].succ[j];
	for (size_t k = done; k-- > 0;) {
		struct sissue *is = &s->issue.v[topo[k]];
		int64_t longest = 0;

		for (size_t j = 0; j < is->nsucc; j++)
			if (s->issue.v[is->succ[j]].rank > longest)
				longest = s->issue.v[is->succ[j]].rank;
		/* without estimates every step weighs the same: hop count (scheduling.md 7.15) */
		is->rank = longest + (is->estimate_min > 0 ? is->estimate_min : 10);
	}
	return done == n;
}

/* A blocker of issue i that is on or behind a cycle too: wait counts are left over from rank(). */
static size_t stuck_blocker(const struct sched *s, const size_t *wait, size_t i)
{
	for (size_t k = 0; k < s->issue.n; k++)
		for (size_t j = 0; j < s->issue.v[k].nsucc; j++)
			if (s->issue.v[k].succ[j] == i && wait[k])
				return k;
	return i;
}

/* Walks from blocker to blocker until an issue comes again: that is a cycle. */
static int name_cycle(const struct sched *s, const size_t *wait, struct err *e)
{
	size_t *seen = xcalloc(s->issue.n, sizeof(*seen)), at = 0, first, step = 0;
	BUF_AUTO text = BUF_INIT;

	while (!wait[at])
		at++;
	for (; !seen[at]; at = stuck_blocker(s, wait, at))
		seen[at] = ++step;
	free(seen);
	first = at;
	do {
		buf_addf(&text, "%s -> ", s->issue.v[at].id);
		at = stuck_blocker(s, wait, at);
	} while (at != first);
	err_set(e, ERR_REFUSED, "circular dependency: %s%s", text.s, s->issue.v[first].id);
	err_hint(e, "break it with: bdw dep remove %s %s", s->issue.v[first].id,
		 s->issue.v[stuck_blocker(s, wait, first)].id);
	return ERR_REFUSED;
}

static int by_order(const void *a, const void *b, void *arg)
{
	const struct sched *s = arg;
	const struct sissue *x = &s->issue.v[*(const size_t *)a], *y = &s->issue.v[*(const size_t *)b];

	if (!s->conf.fifo && x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	if (!s->conf.fifo && x->priority != y->priority)
		return x->priority - y->priority;
	return id_compare_natural(x->id, y->id);
}

/* auto: a chain is sequential, an edgeless set fully parallel (F001-09). */
static enum sched_mode shape(const struct sched *s)
{
	size_t edges = 0, open = 0, forks = 0, starts = 0;

	for (size_t k = 0; k < s->issue.n; k++) {
		const struct sissue *is = &s->issue.v[k];

		if (is->epic || is->stage == STAGE_CLOSED)
			continue;
		open++;
		edges += is->nblock;
		forks += is->nsucc > 1;
		starts += !is->nblock;
	}
	if (!edges && open > 1)
		return MODE_FULLY;
	return open <= 1 || (!forks && starts == 1 && edges == open - 1) ? MODE_SEQUENTIAL : MODE_WAVES;
}

int sched_link(struct sched *s, struct err *e)
{
	size_t *topo = xcalloc(s->issue.n, sizeof(*topo)), *wait = xcalloc(s->issue.n, sizeof(*wait));
	int rc;

	resolve(s);
	rc = rank(s, topo, wait) ? 0 : name_cycle(s, wait, e);
	free(topo);
	free(wait);
	if (rc < 0)
		return rc;
	s->order = xrealloc(s->order, (s->issue.n + 1) * sizeof(*s->order));
	for (size_t k = 0; k < s->issue.n; k++)
		s->order[k] = k;
	qsort_r(s->order, s->issue.n, sizeof(*s->order), by_order, s);
	s->mode = s->conf.mode == MODE_AUTO ? shape(s) : s->conf.mode;
	return 0;
}

void sched_set_closed(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];

	if (is->stage == STAGE_CLOSED)
		return;
	is->stage = STAGE_CLOSED;
	resolve(s);
}

void sched_reopen(struct sched *s, size_t i, const struct sched_item *item)
{
	struct sissue *is = &s->issue.v[i];

	copy_work(s, &is->work, item->work);
	is->work.ncount = 0;
	is->launchable = true;
	is->cancelled = is->due = is->git_due = false;
	is->not_before_us = 0;
	is->strength = 0;
	is->feedback = is->why = is->reason = "";
	is->stage = stage_parse(is->work.stage, &is->back);
	if (is->stage == STAGE_CANDIDATE)
		vec_add(&s->queue, i);
	else
		is->stage = STAGE_WAIT;
}

/* Restart: what was under way */

void sched_adopt(struct sched *s, size_t i, enum role role, long n)
{
	const struct work_attempt *a = work_attempt_get(&s->issue.v[i].work, role_name(role), n);
	int reviewer = a ? (int)a->reviewer : 0;

	vec_add(&s->running, (struct sched_running){ .issue = i, .role = role, .n = n, .reviewer = reviewer,
						     .since_us = a ? a->started_at : s->now_us });
	s->issue.v[i].due = false;
	if (role == ROLE_CODE && reviewer > 0 && reviewer <= s->issue.v[i].nseat) {
		s->issue.v[i].seat[reviewer - 1].n = n;
		s->issue.v[i].seat[reviewer - 1].running = true;
	}
}

void sched_set_feedback(struct sched *s, size_t i, const char *why, const char *feedback)
{
	s->issue.v[i].why = arena_strdup(&s->mem, why);
	s->issue.v[i].feedback = arena_strdup(&s->mem, feedback);
}

void sched_replay(struct sched *s, size_t i, enum role role, long n, const struct outcome *o)
{
	struct sissue *is = &s->issue.v[i];
	const struct work_attempt *a = work_attempt_get(&is->work, role_name(role), n);

	if (role != ROLE_CODE || !a || a->reviewer < 1 || a->reviewer > is->nseat || !o->review)
		return;
	is->seat[a->reviewer - 1] = (struct seat){ .n = n, .reported = true, .review = o->review };
}

void sched_event(struct sched *s, const struct sched_event *ev)
{
	struct sched_event copy = *ev;
	struct arena *m = &s->mem;
	const char **text[] = {
		&copy.text, &copy.outcome.verdict, &copy.outcome.text, &copy.outcome.summary, &copy.outcome.commit,
		&copy.outcome.session, &copy.collected.head, &copy.collected.problem, &copy.collected.scope,
		&copy.collected.files, &copy.candidate.oid, &copy.candidate.tree, &copy.candidate.tip,
		&copy.candidate.conflict,
	};

	for (size_t k = 0; k < sizeof(text) / sizeof(text[0]); k++)
		*text[k] = *text[k] ? arena_strdup(m, *text[k]) : "";
	if (copy.outcome.review)
		copy.outcome.review = review_copy(copy.outcome.review, m);
	vec_add(&s->inbox, copy);
}

/* The turn */

static void launch(struct sched *s, size_t i, enum role role, int seat)
{
	struct sissue *is = &s->issue.v[i];
	long n = work_attempt_last(&is->work, role_names[role]) + 1;
	struct work_attempt *a = work_attempt_add(&is->work, role_names[role], n, &s->mem);
	int reviewer = role == ROLE_CODE ? seat + 1 : 0;

	a->outcome = "running";
	a->verdict = a->model = a->agent = a->run = "";
	a->reviewer = reviewer;
	a->wave = is->wave;
	a->started_at = s->now_us;
	a->ms = -1;
	a->head = is->work.head;
	is->work_dirty = true;
	s->launches++;
	vec_add(&s->running, (struct sched_running){ .issue = i, .role = role, .n = n, .reviewer = reviewer,
						     .since_us = s->now_us });
	vec_add(&s->turn.acts, (struct sched_act){
		.kind = ACT_SPAWN, .issue = i, .role = role, .n = n, .reviewer = reviewer,
		.reviewers = role == ROLE_CODE ? is->nseat : 0, .wave = is->wave, .strength = is->strength,
		.timeouts = (int)work_count_get(&is->work, "timeout"), .feedback = is->feedback, .why = is->why });
}

static int running_roles(const struct sched *s, bool impl)
{
	int n = 0;

	for (size_t k = 0; k < s->running.n; k++) {
		enum role r = s->running.v[k].role;

		n += impl ? r == ROLE_IMPL : r == ROLE_SPEC || r == ROLE_CODE || r == ROLE_VERIFY;
	}
	return n;
}

static bool slot_free(const struct sched *s, enum stage stage)
{
	if (s->breaker_until_us && (s->now_us < s->breaker_until_us || s->breaker_probe))
		return false;
	if (stage == STAGE_IMPL)
		return !s->max_parallel || running_roles(s, true) < s->max_parallel;
	return stage == STAGE_TEST || !s->conf.review_slots || running_roles(s, false) < s->conf.review_slots;
}

/* Starts as many of the round's reviewers as there are slots. */
static void launch_seats(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];
	bool left = false;

	for (int k = 0; k < is->nseat; k++) {
		struct seat *seat = &is->seat[k];

		if (seat->running || seat->reported || seat->lost)
			continue;
		if (!slot_free(s, STAGE_CODE)) {
			left = true;
			break;
		}
		launch(s, i, ROLE_CODE, k);
		seat->n = s->running.v[s->running.n - 1].n;
		seat->running = true;
		if (s->breaker_until_us)
			s->breaker_probe = true;
	}
	is->due = left;
}

static void wake_at(struct sched *s, int64_t us)
{
	if (us > s->now_us && (!s->turn.wake_us || us < s->turn.wake_us))
		s->turn.wake_us = us;
}

static void launch_due(struct sched *s)
{
	static const enum role role_of[STAGE_N] = {
		[STAGE_IMPL] = ROLE_IMPL, [STAGE_SPEC] = ROLE_SPEC, [STAGE_CODE] = ROLE_CODE,
		[STAGE_TEST] = ROLE_TEST, [STAGE_VERIFY] = ROLE_VERIFY,
	};

	for (size_t k = 0; k < s->issue.n; k++) {
		size_t i = s->order[k];
		struct sissue *is = &s->issue.v[i];

		if (!is->due || is->cancelled || s->halted)
			continue;
		if (is->not_before_us > s->now_us) {
			wake_at(s, is->not_before_us);
			continue;
		}
		if (!slot_free(s, is->stage)) {
			wake_at(s, s->breaker_until_us);
			continue;
		}
		if (is->stage == STAGE_CODE) {
			launch_seats(s, i);
			continue;
		}
		is->due = false;
		launch(s, i, role_of[is->stage], 0);
		if (s->breaker_until_us)
			s->breaker_probe = true;
	}
}

/* An epic whose last child of the run has closed is verified, then closed (decisions B5). */
static void start_epics(struct sched *s)
{
	for (size_t i = 0; i < s->issue.n; i++) {
		struct sissue *is = &s->issue.v[i];

		if (!is->epic || is->stage != STAGE_WAIT || !is->launchable || !is->nchild || is->nopen_child || is->nblock)
			continue;
		if (!s->conf.verify_limit) {
			stage_close(s, i, "all children closed");
			continue;
		}
		is->due = true;
		sched_enter(s, i, STAGE_VERIFY);
	}
}

static bool git_busy(const struct sched *s)
{
	for (size_t k = 0; k < s->issue.n; k++)
		if (s->issue.v[k].git_busy)
			return true;
	return false;
}

/* What waits for another issue's change is looked at again when one has closed, or when nobody else is left. */
static void release_held(struct sched *s)
{
	bool idle = !s->running.n && !git_busy(s);

	for (size_t i = 0; i < s->issue.n; i++) {
		struct sissue *is = &s->issue.v[i];

		if (is->stage != STAGE_HELD || !(s->closed_now || idle))
			continue;
		is->due = true;
		is->not_before_us = 0;
		is->why = "held";
		sched_enter(s, i, STAGE_SPEC);
	}
}

static void start_git(struct sched *s)
{
	static const enum act_kind act_of[STAGE_N] = {
		[STAGE_COLLECT] = ACT_COLLECT, [STAGE_CANDIDATE] = ACT_CANDIDATE, [STAGE_MERGE] = ACT_MERGE,
	};

	while (s->merging < 0 && s->queue.n && !s->stopping) {
		size_t i = s->queue.v[0];

		memmove(s->queue.v, s->queue.v + 1, --s->queue.n * sizeof(*s->queue.v));
		if (s->issue.v[i].stage != STAGE_CANDIDATE || s->issue.v[i].cancelled)
			continue;
		s->merging = (long)i;
		s->issue.v[i].git_due = true;
	}
	for (size_t i = 0; i < s->issue.n; i++) {
		struct sissue *is = &s->issue.v[i];

		if (!is->git_due || is->git_busy)
			continue;
		is->git_due = false;
		is->git_busy = true;
		sched_act(s, act_of[is->stage], i, false);
	}
}

static void cancel_running(struct sched *s)
{
	for (size_t k = 0; k < s->running.n; k++) {
		struct sched_running *r = &s->running.v[k];

		if (r->cancelling || !(s->stopping || s->issue.v[r->issue].cancelled))
			continue;
		r->cancelling = true;
		vec_add(&s->turn.acts, (struct sched_act){ .kind = ACT_CANCEL, .issue = r->issue, .role = r->role,
							   .n = r->n, .feedback = "", .why = "" });
	}
	/* what a person cancelled, and what a spent budget or a broken agent leaves unfinished, is open again */
	for (size_t i = 0; i < s->issue.n && !s->stopping; i++) {
		struct sissue *is = &s->issue.v[i];

		if ((is->cancelled || (s->halted && is->stage != STAGE_WAIT)) && is->stage < STAGE_CLOSED &&
		    !is->git_busy && !sched_running_of(s, i))
			stage_give_back(s, i);
	}
}

static void check_budget(struct sched *s)
{
	int64_t tokens = 0;
	double cost = 0;
	const struct sched_conf *c = &s->conf;

	if (s->halted || !(c->budget_tokens || c->budget_launches || c->budget_wall_ms || c->budget_cost > 0))
		return;
	for (size_t i = 0; i < s->issue.n; i++) {
		const struct work *w = &s->issue.v[i].work;

		for (size_t k = 0; k < w->nattempt; k++) {
			if (w->attempt[k].started_at < s->started_us)
				continue;
			tokens += w->attempt[k].usage.total_tokens > 0 ? w->attempt[k].usage.total_tokens : 0;
			cost += w->attempt[k].usage.cost_usd > 0 ? w->attempt[k].usage.cost_usd : 0;
		}
	}
	if ((c->budget_tokens && tokens >= c->budget_tokens) ||
	    (c->budget_launches && s->launches >= c->budget_launches) ||
	    (c->budget_wall_ms && s->now_us - s->started_us >= c->budget_wall_ms * 1000) ||
	    (c->budget_cost > 0 && cost >= c->budget_cost)) {
		s->halted = true;
		s->stop_reason = "budget";
		sched_note(s, "alert", -1, -1, 0, "budget", "the budget is spent: nothing more is started");
	} else if (c->budget_wall_ms) {
		wake_at(s, s->started_us + c->budget_wall_ms * 1000);
	}
}

const struct sched_turn *sched_turn(struct sched *s, int64_t now_us)
{
	size_t waiting = 0;

	s->turn.changes.n = s->turn.acts.n = s->turn.notes.n = 0;
	s->turn.wake_us = 0;
	arena_release(&s->turn_mem);
	s->closed_now = false;
	s->now_us = now_us;
	resume_queue(s);
	for (size_t k = 0; k < s->inbox.n; k++)
		stage_event(s, &s->inbox.v[k]);
	s->inbox.n = 0;
	check_budget(s);
	cancel_running(s);
	start_git(s);
	release_held(s);
	if (!s->halted) {
		start_epics(s);
		wave_admit(s);
		launch_due(s);
	}
	for (size_t i = 0; i < s->issue.n; i++) {
		if (s->issue.v[i].work_dirty)
			sched_change(s, CHANGE_WORK, i, NULL, NULL);
		s->issue.v[i].work_dirty = false;
	}
	for (size_t k = 0; k < s->turn.acts.n; k++)
		waiting += s->turn.acts.v[k].kind != ACT_RELEASE;
	s->turn.done = !s->running.n && !git_busy(s) && !waiting && (s->halted || !s->turn.wake_us);
	return &s->turn;
}

/* Looking at it */

size_t sched_count(const struct sched *s)
{
	return s->issue.n;
}

long sched_index(const struct sched *s, const char *id)
{
	for (size_t k = 0; k < s->issue.n; k++)
		if (!strcmp(s->issue.v[k].id, id))
			return (long)k;
	return -1;
}

struct work *sched_work(struct sched *s, size_t i)
{
	return &s->issue.v[i].work;
}

/* The first thing an issue waits for: an open blocker, or who holds its files. */
static const char *waits_for(const struct sched *s, size_t i)
{
	const struct sissue *is = &s->issue.v[i];

	if (is->stage != STAGE_WAIT)
		return "";
	for (size_t k = 0; k < s->issue.n && is->nblock; k++)
		for (size_t j = 0; j < s->issue.v[k].nsucc; j++)
			if (s->issue.v[k].succ[j] == i && s->issue.v[k].stage != STAGE_CLOSED)
				return s->issue.v[k].id;
	return wave_waits_for(s, i);
}

void sched_state(const struct sched *s, size_t i, struct sched_state *out)
{
	const struct sissue *is = &s->issue.v[i];

	*out = (struct sched_state){
		.id = is->id, .title = is->title, .complexity = is->complexity, .stage = is->stage,
		.back = is->back, .epic = is->epic, .launchable = is->launchable, .wave = is->wave,
		.epic_index = is->parent, .files = &is->files, .reason = is->reason, .waits_for = waits_for(s, i),
		.since_us = is->work.since, .lines = is->lines, .estimate_min = is->estimate_min,
		.feedback = is->feedback, .why = is->why,
	};
}

size_t sched_running(const struct sched *s, const struct sched_running **out)
{
	*out = s->running.v;
	return s->running.n;
}

bool sched_stopping(const struct sched *s)
{
	return s->stopping;
}

enum sched_mode sched_mode(const struct sched *s)
{
	return s->mode;
}

int sched_wave(const struct sched *s)
{
	return s->wave;
}

const char *sched_stop_reason(const struct sched *s)
{
	return s->stop_reason;
}

int sched_exit_code(const struct sched *s)
{
	size_t open = 0, failed = 0, human = 0;

	for (size_t k = 0; k < s->issue.n; k++) {
		const struct sissue *is = &s->issue.v[k];

		failed += is->stage == STAGE_FAILED;
		human += is->stage == STAGE_HUMAN;
		open += is->launchable && is->stage < STAGE_CLOSED;
	}
	if (*s->stop_reason)
		return !strcmp(s->stop_reason, "budget") ? 7 : 2;
	if (s->verify_failed)
		return 5;
	return failed ? 1 : human ? 3 : open ? 4 : 0;
}
