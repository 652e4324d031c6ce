/* core/sched_end.c - how an issue leaves the run: closed, failed, for a person to decide, or
 * given back */
#include "core/sched_priv.h"

#include <string.h>

#include "store/base/buf.h"

void stage_leave_queue(struct sched *s, size_t i)
{
	if (s->merging == (long)i)
		s->merging = -1;
}

/* What a person needs to decide: what was tried, how often, how it ended. */
static const char *tried(struct sched *s, size_t i)
{
	BUF_AUTO b = BUF_INIT;
	const struct work *w = &s->issue.v[i].work;

	for (size_t k = 0; k < w->nattempt; k++) {
		const struct work_attempt *a = &w->attempt[k];

		buf_addf(&b, "- %s %ld: %s%s%s\n", a->role, a->n, a->outcome, *a->verdict ? ", " :
			 "", a->verdict);
	}
	return arena_strdup(&s->turn_mem, b.s);
}

void stage_end(struct sched *s, size_t i, enum stage stage, const char *reason, bool keep)
{
	struct sissue *is = &s->issue.v[i];

	is->reason = arena_strdup(&s->mem, reason);
	is->due = is->git_due = is->facts_due = is->cancelled = is->member = false;
	stage_leave_queue(s, i);
	sched_enter(s, i, stage);
	sched_act(s, ACT_RELEASE, i, keep);
}

void stage_close(struct sched *s, size_t i, const char *reason)
{
	struct sissue *is = &s->issue.v[i];

	stage_end(s, i, STAGE_CLOSED, reason, false);
	s->closed_now = true;
	sched_change(s, CHANGE_CLOSE, i, is->reason, NULL);
	sched_note(s, "commit", (long)i, -1, 0, "closed", is->reason);
	for (size_t k = 0; k < is->nsucc; k++) {
		struct sissue *next = &s->issue.v[is->succ[k]];

		if (next->nblock && !--next->nblock && next->stage == STAGE_WAIT)
			sched_note(s, "unblocked", (long)is->succ[k], -1, 0, NULL, is->id);
	}
	if (is->parent >= 0 && s->issue.v[is->parent].nopen_child)
		s->issue.v[is->parent].nopen_child--;
	wave_ended(s, i);
}

/* fail-fast and stop: what the failure of one means for the others. */
static void apply_fail_policy(struct sched *s)
{
	s->failures++;
	if (s->conf.fail_policy == FAIL_STOP || s->conf.fail_policy == FAIL_FAST ||
	    (s->conf.max_failures && s->failures >= s->conf.max_failures))
		s->draining = true;
	if (s->conf.fail_policy == FAIL_FAST)
		for (size_t k = 0; k < s->issue.n; k++)
			s->issue.v[k].cancelled |= sched_active(&s->issue.v[k]) &&
				s->issue.v[k].stage != STAGE_MERGE;
}

/* Of a text without the line ends an agent left behind it. */
static int length(const char *s)
{
	size_t n = strlen(s);

	while (n && (s[n - 1] == '\n' || s[n - 1] == ' '))
		n--;
	return (int)n;
}

void stage_fail(struct sched *s, size_t i, const char *why)
{
	stage_end(s, i, STAGE_FAILED, why, true);
	sched_change(s, CHANGE_BLOCK, i,
		     sched_text(s, "Failed: %.*s\n\nWhat was tried:\n%s\n"
				   "Try again with `bdw answer %s retry`.\n",
				length(why), why, tried(s, i), s->issue.v[i].id), "failed");
	sched_note(s, "blocked", (long)i, -1, 0, "failed", why);
	apply_fail_policy(s);
	wave_ended(s, i);
}

/* again: the stage to go on with when the person says retry; STAGE_N: from the beginning. */
void stage_human(struct sched *s, size_t i, const char *why, const char *options, enum stage again)
{
	s->issue.v[i].back = again;	/* ended, it says where an answer lets it go on */
	stage_end(s, i, STAGE_HUMAN, why, true);
	sched_change(s, CHANGE_BLOCK, i,
		     sched_text(s, "A person is needed: %.*s\n\nWhat was tried:\n%s\nOptions: %s\n"
				"Answer with `bdw answer %s "
				"retry|takeover|split|accept|close|TEXT`.\n",
				length(why), why, tried(s, i), options, s->issue.v[i].id),
		     "needs-human");
	sched_note(s, "human", (long)i, -1, 0, "needs-human", why);
	s->humans++;
	wave_ended(s, i);
}

/* Of a reviewer's text its findings, "- ...", or all of it when it has none. */
static void add_findings(const char *text, struct buf *out)
{
	size_t before = out->len;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (line[0] == '-' && line[1] == ' ')
			buf_addf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
	if (out->len == before)
		buf_addf(out, "%.*s\n", length(text), text);
}

/* What was held against it so far, for the person who may be asked in the end. */
void stage_objection(struct sched *s, size_t i, enum stage then, const char *text)
{
	struct sissue *is = &s->issue.v[i];
	BUF_AUTO all = BUF_INIT;

	buf_addf(&all, "%s%ld. %s:\n", is->objections ? is->objections : "",
		 work_count_get(&is->work, "reject") + 1, stage_name(then));
	add_findings(text, &all);
	is->objections = arena_strdup(&s->mem, all.s);
}

/* Back to where it was before the run touched it. */
void stage_give_back(struct sched *s, size_t i)
{
	struct sissue *is = &s->issue.v[i];

	sched_note(s, "cancel", (long)i, -1, 0, "cancelled", NULL);
	is->launchable = false;
	is->withdrawn = true;
	if (is->stage == STAGE_WAIT) {	/* the run had not begun with it */
		is->cancelled = false;
		wave_left(s, i);
		return;
	}
	stage_end(s, i, STAGE_WAIT, "cancelled", true);
	sched_change(s, CHANGE_STATUS, i, "open", NULL);
	wave_ended(s, i);
}
