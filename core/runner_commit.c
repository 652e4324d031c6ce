/* core/runner_commit.c - what a turn decided, as one commit of the store */
#include <string.h>

#include "core/runner_priv.h"
#include "store/base/clock.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/store.h"
#include "store/txn.h"

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

int runner_put_change(struct runner *r, struct txn *t, const struct sched_change *c, struct err *e)
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
		r->pen[r->npen] = (struct pen){ .stage = STAGE_WAIT, .told = r->o.resume };
}

void runner_commit_begin(struct runner *r)
{
	grow_pens(r);
	for (size_t i = 0; i < r->npen; i++) {
		struct sched_state st;

		sched_state(r->sched, i, &st);
		r->pen[i].stage = st.stage;
	}
}

/*
 * An attempt's end that only leads to looking at what it left need not be on disk: after a crash
 * its exit record says the same again, and the next turn of the issue commits both.
 */
static bool may_wait(const struct sched_turn *t, const struct sched_change *c)
{
	for (size_t a = 0; a < t->acts.n; a++)
		if (t->acts.v[a].issue == c->issue && c->kind == CHANGE_WORK &&
		    (t->acts.v[a].kind == ACT_COLLECT || t->acts.v[a].kind == ACT_CANDIDATE ||
		     t->acts.v[a].kind == ACT_LOOK))
			return true;
	return false;
}

/* Work records that wait for a commit; the array follows the number of issues. */
static void note_dirty(struct runner *r, const struct sched_turn *t)
{
	grow_pens(r);
	for (size_t k = 0; k < t->changes.n; k++) {
		struct pen *p = &r->pen[t->changes.v[k].issue];

		p->dirty |= t->changes.v[k].kind == CHANGE_WORK;
		p->due |= !may_wait(t, &t->changes.v[k]);
	}
}

/* Does anything that follows from this turn need it on disk? */
static bool must_commit(const struct sched_turn *t)
{
	for (size_t k = 0; k < t->acts.n; k++)
		if (t->acts.v[k].kind == ACT_SPAWN || t->acts.v[k].kind == ACT_MERGE ||
		    t->acts.v[k].kind == ACT_RELEASE)
			return true;
	for (size_t k = 0; k < t->changes.n; k++)
		if (!may_wait(t, &t->changes.v[k]))
			return true;
	return false;
}

bool runner_is_due(const struct runner *r, size_t issue)
{
	return r->pen[issue].dirty && r->pen[issue].due;
}

static void note_committed(struct runner *r)
{
	for (size_t i = 0; i < r->npen; i++) {
		struct sched_state st;

		if (runner_is_due(r, i)) {
			sched_state(r->sched, i, &st);
			r->pen[i].dirty = false;
			r->pen[i].stage = st.stage;
		}
		r->pen[i].due = false;
	}
}

int runner_commit(struct runner *r, const struct sched_turn *t, struct err *e)
{
	struct txn_opts o = { .actor = r->o.actor, .wait_ms = 0 };
	BUF_AUTO message = BUF_INIT;
	struct oid before;
	struct txn *txn;
	int rc;

	note_dirty(r, t);
	if (!must_commit(t))
		return 0;
	if ((rc = txn_begin(&txn, r->o.store, &o, e)) < 0)
		return rc;
	unread_put(r, txn);
	for (size_t k = 0; k < t->changes.n; k++) {
		struct err why = ERR_INIT;

		rc = t->changes.v[k].kind == CHANGE_WORK ? 0 :
			runner_put_change(r, txn, &t->changes.v[k], &why);
		/* deleted or broken by hand: the run goes on without it */
		if (rc == ERR_NOTFOUND || rc == ERR_PARSE) {
			unread_refused(r, &t->changes.v[k], &why);
			rc = 0;
		}
		if (rc < 0) {
			*e = why;
			txn_abort(txn);
			return rc;
		}
	}
	for (size_t i = 0; i < r->npen; i++)
		if (runner_is_due(r, i) && (rc = put_work(r, txn, i, e)) < 0) {
			txn_abort(txn);
			return rc;
		}
	commit_message(r, t, &message);
	story_put_aside(r, t);
	if (store_head(r->o.store, &before, NULL) < 0)
		before = (struct oid){ 0 };
	rc = txn_commit(txn, message.s, &r->last_commit, e);
	if (rc == 0) {
		/* else there is something of others below it */
		if (oid_equal(&before, &r->seen))
			r->seen = r->last_commit;
		r->commits++;
		note_committed(r);
		unread_committed(r);
	}
	return rc;
}
