/* core/runner_unread.c - issues whose file somebody made unreadable while the run works on them
 * (decisions A20) */
#include "core/runner_priv.h"

#include "store/base/clock.h"
#include "store/txn.h"

enum { END_WAIT_MS = 2000 };

static bool waits(const struct runner *r, size_t issue)
{
	for (size_t i = 0; i < r->late.n; i++)
		if (r->late.v[i].change.issue == issue)
			return true;
	return false;
}

void unread_refused(struct runner *r, const struct sched_change *c, const struct err *why)
{
	struct late late = { .change = { .kind = c->kind, .issue = c->issue } };
	struct sched_state st;

	sched_state(r->sched, c->issue, &st);
	if (!waits(r, c->issue))
		events_simple(r, "alert", st.id, why->msg);
	if (why->code != ERR_PARSE)
		return;
	late.change.text = c->text ? arena_strdup(&r->mem, c->text) : NULL;
	late.change.label = c->label ? arena_strdup(&r->mem, c->label) : NULL;
	vec_add(&r->late, late);
	strs_add(&r->unread, why->msg);
}

void unread_put(struct runner *r, struct txn *t)
{
	for (size_t i = 0; i < r->late.n; i++)
		r->late.v[i].put = runner_put_change(r, t, &r->late.v[i].change, NULL) == 0;
}

void unread_committed(struct runner *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->late.n; i++)
		if (!r->late.v[i].put)
			r->late.v[n++] = r->late.v[i];
	r->late.n = n;
}

bool unread_end(struct runner *r)
{
	struct txn_opts o = { .actor = r->o.actor, .wait_ms = END_WAIT_MS };
	struct txn *t;

	if (!r->late.n)
		return false;
	if (txn_begin(&t, r->o.store, &o, NULL) == 0) {
		unread_put(r, t);
		if (txn_commit(t, "what could not be recorded before", &r->last_commit, NULL) == 0)
			unread_committed(r);
	}
	for (size_t i = 0; i < r->late.n; i++) {
		const struct sched_change *c = &r->late.v[i].change;
		struct sched_state st;
		BUF_AUTO text = BUF_INIT;

		if (c->kind == CHANGE_COMMENT)
			continue;
		sched_state(r->sched, c->issue, &st);
		if (c->kind == CHANGE_CLOSE)
			buf_addf(&text, "merged, but not closed: correct its file, then: bdw "
					"close %s", st.id);
		else
			buf_addf(&text, "not recorded: %s", c->text);
		events_simple(r, "alert", st.id, text.s);
	}
	return r->late.n > 0;
}
