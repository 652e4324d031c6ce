/* core/sched_wave.c - admission: order, slots, files, waves and barriers (spec/pipeline.md 3,
 * scheduling.md 5) */
#include "core/sched_priv.h"

#include <string.h>

#include "store/base/buf.h"

static bool ended(const struct sissue *is)
{
	return is->stage >= STAGE_CLOSED;
}

/* Files are held from dispatch to the end (decisions B17). */
static bool holds_files(const struct sissue *is)
{
	return is->stage != STAGE_WAIT && !ended(is) && !is->epic;
}

static bool conflicts(const struct sched *s, const struct sissue *a, const struct sissue *b)
{
	bool ignore_missing = s->conf.mode == MODE_FULLY && s->conf.mode_explicit;
	bool a_none = !a->files.present, b_none = !b->files.present;

	if (a->no_diff || b->no_diff)
		return false;	/* it changes nothing, so it can disturb nobody */
	if (a_none || b_none)
		return !ignore_missing;
	return files_conflict(&a->files, &b->files, NULL);
}

/* The issue that holds a path this one needs, or -1. */
static long file_holder(const struct sched *s, size_t i)
{
	for (size_t j = 0; j < s->active.n; j++) {
		size_t k = s->active.v[j];

		if (k != i && holds_files(&s->issue.v[k]) &&
		    conflicts(s, &s->issue.v[i], &s->issue.v[k]))
			return (long)k;
	}
	return -1;
}

/* Id of who holds a file that a waiting issue needs; "" nobody. */
const char *wave_waits_for(const struct sched *s, size_t i)
{
	long k = file_holder(s, i);

	return k >= 0 ? s->issue.v[k].id : "";
}

static bool ready(const struct sissue *is)
{
	return is->stage == STAGE_WAIT && is->launchable && !is->epic && !is->nblock;
}

static bool wave_drained(const struct sched *s)
{
	for (size_t k = 0; k < s->active.n; k++) {
		const struct sissue *is = &s->issue.v[s->active.v[k]];

		if (is->wave == s->wave && holds_files(is))
			return false;
	}
	return true;
}

/* May a barrier let the next wave in? */
static bool barrier_open(const struct sched *s)
{
	if (!s->wave || s->conf.barrier == BARRIER_NONE)
		return true;
	for (size_t k = 0; k < s->issue.n; k++) {
		const struct sissue *is = &s->issue.v[k];

		if (!is->member || ended(is) || (is->stage == STAGE_WAIT && !ready(is)))
			continue;
		if (s->conf.barrier == BARRIER_FULL || is->stage <= STAGE_COLLECT)
			return false;
	}
	return true;
}

/* With a barrier a wave is chosen whole: what is ready and shares no file. */
static void choose_members(struct sched *s)
{
	VEC(size_t) chosen = { 0 };

	if (s->conf.barrier == BARRIER_NONE || !barrier_open(s))
		return;
	for (size_t k = 0; k < s->issue.n; k++)
		s->issue.v[k].member = false;
	for (size_t k = s->order_head; k < s->order.n; k++) {
		struct sissue *is = &s->issue.v[s->order.v[k]];
		bool clash = !ready(is) || file_holder(s, s->order.v[k]) >= 0;

		if (s->conf.wave_cap && chosen.n >= (size_t)s->conf.wave_cap)
			break;
		for (size_t j = 0; j < chosen.n && !clash; j++)
			clash = conflicts(s, is, &s->issue.v[chosen.v[j]]);
		is->member = !clash;
		if (!clash)
			vec_add(&chosen, s->order.v[k]);
	}
	s->wave += chosen.n > 0;
	vec_free(&chosen);
}

static size_t admitted(const struct sched *s)
{
	size_t n = 0;

	for (size_t k = 0; k < s->active.n; k++)
		n += holds_files(&s->issue.v[s->active.v[k]]);
	return n;
}

/* Implementers that run or are due; one that ended badly will be, most likely. */
static int implementing(const struct sched *s)
{
	int n = 0;

	for (size_t k = 0; k < s->active.n; k++) {
		const struct sissue *is = &s->issue.v[s->active.v[k]];

		n += is->stage == STAGE_IMPL ||
			(is->stage == STAGE_COLLECT && is->after != OUT_PASS);
	}
	return n;
}

/* Only git's work is left, which takes milliseconds. */
static bool nearly_closed(const struct sched *s, const struct sissue *is)
{
	if (is->stage == STAGE_COLLECT)
		return is->after == OUT_PASS && !s->conf.reviews && !s->conf.has_test;
	return is->stage == STAGE_MERGE || (is->stage == STAGE_CANDIDATE && !s->conf.has_test);
}

/* The longest path of what is ready in a moment: a slot is better kept free for that than given
 * to something shorter. */
static int64_t rank_to_come(const struct sched *s)
{
	int64_t best = 0;

	for (size_t k = 0; k < s->active.n; k++) {
		const struct sissue *is = &s->issue.v[s->active.v[k]];

		for (size_t j = 0; j < is->nsucc && nearly_closed(s, is); j++) {
			const struct sissue *next = &s->issue.v[is->succ[j]];

			if (next->nblock == 1 && next->launchable && next->rank > best)
				best = next->rank;
		}
	}
	return best;
}

static void enter_wave(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];

	if (s->conf.barrier == BARRIER_NONE && (!s->wave || wave_drained(s)))
		s->wave++;
	is->wave = s->wave;
	for (size_t k = 0; k < s->issue.n; k++)
		if (k != i && s->issue.v[k].wave == s->wave)
			return;
	sched_note(s, "wave_open", -1, -1, 0, NULL, NULL);
}

static void admit(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];

	enter_wave(s, i);
	is->due = true;
	is->not_before_us = 0;
	is->feedback = is->why = "";
	sched_change(s, CHANGE_STATUS, i, "in_progress", NULL);
	/* shared: others have written to the tree since */
	if (is->back == STAGE_N || s->conf.shared) {
		if (is->back != STAGE_N)
			is->work.base = is->work.head = "";
		is->back = STAGE_N;
		sched_enter(s, i, STAGE_IMPL);
		return;
	}
	/* an answer lets it go on at the review that held it, with the work it has */
	is->due = false;
	is->git_due = true;
	is->after = OUT_PASS;
	sched_enter(s, i, STAGE_COLLECT);
}

static bool any_ready(const struct sched *s)
{
	for (size_t k = s->order_head; k < s->order.n; k++)
		if (ready(&s->issue.v[s->order.v[k]]))
			return true;
	return false;
}

void wave_admit(struct sched *s)
{
	int room = s->max_parallel ? s->max_parallel - implementing(s) : (int)s->issue.n;
	size_t cap = s->conf.wave_cap ? (size_t)s->conf.wave_cap : s->issue.n, held = admitted(s);
	int64_t soon;

	/* shared: what another commits while an issue is under review would count as its own in
	 * the next round */
	if (s->mode == MODE_SEQUENTIAL || s->conf.shared)
		cap = 1;
	if (s->draining || room <= 0 || held >= cap || !any_ready(s) || !infra_allows(s))
		return;
	/* one probe, and no more begun than that */
	if (s->breaker.state == BREAKER_HALF_OPEN && s->conf.fallback != FALLBACK_AGENT)
		room = sched_any_due(s) ? 0 : 1;
	choose_members(s);
	soon = s->conf.fifo || s->conf.barrier != BARRIER_NONE ? 0 : rank_to_come(s);
	for (size_t k = s->order_head; k < s->order.n && room > 0 && held < cap; k++) {
		size_t i = s->order.v[k];
		struct sissue *is = &s->issue.v[i];

		if (!ready(is) || (s->conf.barrier != BARRIER_NONE && !is->member))
			continue;
		if (is->rank < soon)
			break;
		if (file_holder(s, i) >= 0)
			continue;
		admit(s, i);
		room--;
		held++;
	}
}

/* Sums of a wave's attempts; -1 where nothing was reported. */
struct wave_sums { int64_t tokens, tools, in, out, longest_ms; int measured, unavailable; };

static void add_known(int64_t *sum, int64_t v)
{
	if (v >= 0)
		*sum += v;
}

static void sum_attempts(const struct sissue *is, struct wave_sums *sum)
{
	for (size_t k = 0; k < is->work.nattempt; k++) {
		const struct work_attempt *a = &is->work.attempt[k];

		if (a->wave != is->wave)
			continue;
		if (a->usage.total_tokens >= 0)
			sum->measured++;
		else
			sum->unavailable++;
		add_known(&sum->tokens, a->usage.total_tokens);
		add_known(&sum->tools, a->usage.tool_uses);
		add_known(&sum->in, a->usage.input_tokens);
		add_known(&sum->out, a->usage.output_tokens);
		if (a->ms > sum->longest_ms)
			sum->longest_ms = a->ms;
	}
}

/* The [WAVE-SUMMARY] comment of one epic (pipeline 9); empty when none of its issues closed in
 * the wave that is in no summary yet. */
static void summary(struct sched *s, long epic, int wave, struct buf *out)
{
	struct wave_sums sum = { 0 };
	BUF_AUTO ids = BUF_INIT;
	BUF_AUTO evidence = BUF_INIT;

	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];

		if (is->parent != epic || is->wave != wave || is->epic || is->told)
			continue;
		sum_attempts(is, &sum);
		if (is->stage != STAGE_CLOSED)
			continue;
		is->told = true;
		buf_addf(&ids, "%s%s", ids.len ? ", " : "", is->id);
		buf_addf(&evidence, "  - %s: %s\n", is->id, is->reason);
	}
	if (!ids.len)
		return;
	buf_addf(out, "[WAVE-SUMMARY] Wave %d complete:\n- Closed: %s\n- Evidence:\n%s", wave,
		 ids.s, evidence.s);
	buf_addf(out, "- Simplification: skipped (not asked for)\n"
		      "- Metrics: %d measured, %d unavailable\n",
		 sum.measured, sum.unavailable);
	if (sum.measured)
		buf_addf(out, "  - Known minimum: %lld tokens | %lld tool calls\n"
			      "  - Token split: %lld input | %lld output\n",
			 (long long)sum.tokens, (long long)sum.tools, (long long)sum.in,
			 (long long)sum.out);
	buf_addf(out, "  - Longest measured agent: %.1fs\n", (double)sum.longest_ms / 1000);
}

/* When the last of a wave has ended: its summary on each epic, once. */
static void close_wave(struct sched *s, int wave)
{
	int members = 0, failed = 0;

	for (size_t k = 0; k < s->issue.n; k++) {
		const struct sissue *is = &s->issue.v[k];

		if (is->member && wave == s->wave && ready(is))
			return;		/* chosen for this wave, but no slot was free yet */
		if (is->epic || is->wave != wave)
			continue;
		if (is->stage != STAGE_WAIT && !ended(is))
			return;
		members++;
		failed += is->stage == STAGE_FAILED || is->stage == STAGE_HUMAN;
	}
	for (size_t k = 0; k < s->issue.n; k++) {
		BUF_AUTO text = BUF_INIT;

		if (!s->issue.v[k].epic)
			continue;
		summary(s, (long)k, wave, &text);
		if (text.len)
			sched_change(s, CHANGE_COMMENT, k, sched_text(s, "%s", text.s), NULL);
	}
	sched_note(s, "wave_close", -1, -1, 0, failed ? failed == members ? "failed" : "partial" :
		   "passed", NULL);
	s->turn.notes.v[s->turn.notes.n - 1].wave = wave;	/* the next may have begun */
	if (members > 1 && failed == members && !s->degraded) {
		s->degraded = true;
		s->max_parallel = 1;
		sched_note(s, "degraded", -1, -1, 0, "sequential",
			   "every issue of the wave failed");
	}
}

void wave_ended(struct sched *s, size_t i)
{
	if (s->issue.v[i].wave && !s->issue.v[i].epic)
		close_wave(s, s->issue.v[i].wave);
}

/*
 * With a barrier a wave waits for members that are not begun yet. Who was one is not kept over a
 * restart: what of it had closed is told now, unless others of it are still at work.
 */
void wave_resume(struct sched *s)
{
	for (int wave = 1; wave <= s->wave; wave++) {
		bool untold = false;

		for (size_t k = 0; k < s->issue.n; k++) {
			const struct sissue *is = &s->issue.v[k];

			untold |= is->wave == wave && is->stage == STAGE_CLOSED && !is->told &&
				  !is->epic && is->parent >= 0 && s->conf.run &&
				  !strcmp(is->work.run, s->conf.run);
		}
		if (untold)
			close_wave(s, wave);
	}
}

/* Chosen for the wave, but withdrawn before it was begun. */
void wave_left(struct sched *s, size_t i)
{
	bool member = s->issue.v[i].member;

	s->issue.v[i].member = false;
	if (member)
		close_wave(s, s->wave);
}

/* Nothing more is begun: the wave ends with those of it that were. */
void wave_cut(struct sched *s)
{
	bool any = false;

	for (size_t k = 0; k < s->issue.n; k++) {
		struct sissue *is = &s->issue.v[k];

		any |= is->member && ready(is);
		is->member &= !ready(is);
	}
	if (any)
		close_wave(s, s->wave);
}
