#include "cmd/write.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/batch.h"
#include "cmd/beads.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "store/base/clock.h"
#include "store/txn.h"
#include "store/view.h"

int write_begin(struct ctx *c, struct write *w)
{
	const char *owner = cmd_owner(c);
	int rc = cmd_txn(c, &w->t);

	w->v = NULL;
	w->batch = c->batch;
	if (rc < 0)
		return rc;
	if ((rc = txn_view(w->t, &w->v, &c->err)) < 0)
		return write_abort(w, rc);
	w->life = (struct life){
		.t = w->t, .actor = cmd_actor(c), .owner = owner,
		.prog = c->prog, .session = getenv("CLAUDE_SESSION_ID"), .now_us = clock_now_us(),
		.settings = cmd_settings(c), .seq = c->batch ? c->batch->seq : 0,
	};
	return 0;
}

int write_resolve(struct ctx *c, struct write *w, const char *part, const char **id)
{
	const struct issue *is;
	int rc;

	if (txn_get(w->t, part)) {	/* also one that this transaction has just made */
		*id = arena_strdup(&c->arena, part);
		return 0;
	}
	rc = view_resolve(w->v, part, &is, &c->err);
	if (rc == 0)
		*id = arena_strdup(&c->arena, is->id);
	return rc;
}

const struct issue *write_result(struct ctx *c, struct write *w, const char *id)
{
	return issue_copy(txn_get(w->t, id), &c->arena);
}

int write_commit(struct ctx *c, struct write *w, const char *fmt, ...)
{
	BUF_AUTO message = BUF_INIT;
	va_list ap;
	int rc;

	va_start(ap, fmt);
	buf_vaddf(&message, fmt, ap);
	va_end(ap);
	if (c->batch)
		c->batch->seq = w->life.seq;
	rc = cmd_commit(c, w->t, message.s);
	if (rc == 0 && !c->batch)
		beads_export(c);
	return rc;
}

int write_abort(struct write *w, int rc)
{
	if (!w->batch)
		txn_abort(w->t);
	return rc;
}

int write_none(struct ctx *c, struct write *w)
{
	if (c->json && !c->bd)
		json_error(c, c->out, c->err.msg, c->err.hint);
	return write_abort(w, 1);
}

int write_one(struct ctx *c, const char *part, const char *verb, write_fn fn, const void *arg,
	      const struct issue **out)
{
	const struct issue *done = NULL;
	const char *id;
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	if ((rc = write_resolve(c, &w, part, &id)) < 0)
		return write_abort(&w, err_wrap(&c->err, rc, "resolving %s", part));
	if ((rc = fn(c, &w, id, arg)) < 0)
		return write_abort(&w, rc);
	done = write_result(c, &w, id);
	if ((rc = write_commit(c, &w, "%s %s", verb, id)) < 0)
		return rc;
	cmd_touch(c, id);
	if (out)
		*out = done;
	return 0;
}

int write_absorb(struct ctx *c, const struct strs *ids, size_t *n)
{
	struct txn *t;
	int rc = cmd_txn(c, &t);

	*n = 0;
	if (rc < 0)
		return rc;
	rc = ids ? txn_absorb(t, ids, n, &c->err) : txn_absorb_all(t, n, &c->err);
	if (rc < 0) {
		cmd_abort(c, t);
		return rc;
	}
	rc = cmd_commit(c, t, "hand edits");
	if (rc == 0 && *n)
		beads_export(c);
	return rc;
}

int write_targets(struct ctx *c, int argc, char **argv, struct strs *out)
{
	const char *last;

	for (int i = 0; i < argc; i++)
		strs_add(out, argv[i]);
	if (argc > 0)
		return 0;
	if (!(last = cmd_last_touched(c)))
		return err_set(&c->err, ERR_USAGE,
			       "no issue ID provided and no last touched issue");
	strs_add(out, last);
	return 0;
}

const char *write_subject(struct ctx *c, const char *verb, const struct strs *ids)
{
	enum { NAMED = 3 };
	BUF_AUTO s = BUF_INIT;

	buf_adds(&s, verb);
	for (size_t i = 0; i < ids->n && i < NAMED; i++)
		buf_addf(&s, "%s %s", i ? "," : "", ids->v[i]);
	if (ids->n > NAMED)
		buf_addf(&s, " and %zu more", ids->n - NAMED);
	return arena_strdup(&c->arena, s.s);
}

void write_print_issues(struct ctx *c, const struct issue *const *list, size_t n)
{
	struct json_doc d;

	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < n; i++)
		json_issue(&d.w, list[i], NULL);
	js_close(&d.w, ']');
	json_finish(&d, c);
}
