#include "cmd/batch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/beads.h"
#include "cmd/cmd.h"
#include "store/base/text.h"
#include "store/store.h"
#include "store/txn.h"

/* What the commands print, kept back until it is true. */
struct printed {
	char *text;
	size_t len;
	FILE *f;
};

static int printed_open(struct printed *p, struct err *e)
{
	p->f = open_memstream(&p->text, &p->len);
	return p->f ? 0 : err_errno(e, "cannot keep the output");
}

static void printed_release(struct printed *p, FILE *to)
{
	if (p->f)
		fclose(p->f);
	if (to && p->len)
		fwrite(p->text, 1, p->len, to);
	free(p->text);
	*p = (struct printed){ 0 };
}

int batch_accepts(struct ctx *c)
{
	if ((c->cmd->need & NEED_OPERATOR) && getenv("BDW_RUN"))
		return err_set(&c->err, ERR_REFUSED,
			       "'%s' is not for agents: it is refused inside a run (BDW_RUN is "
			       "set)", c->path);
	if (!(c->cmd->need & NEED_WRITE) || !(c->cmd->need & NEED_STORE))
		return err_set(&c->err, ERR_USAGE,
			       "'%s' changes no issues: it has no place in a batch", c->path);
	if (c->cmd->flags & CMD_ALONE)
		return err_set(&c->err, ERR_USAGE,
			       "'%s' does more than change issues: it has no place in a batch",
			       c->path);
	if (c->dir || c->db)
		return err_set(&c->err, ERR_USAGE,
			       "-C and --db have no place in a line of a batch");
	return 0;
}

/* One command in a ctx of its own that borrows the store and the transaction. */
static int run_line(struct ctx *c, struct batch *b, struct strs *words, struct printed *out,
		    struct printed *errs)
{
	struct ctx one = {
		.prog = c->prog, .bd = c->bd, .in = fopen("/dev/null", "re"), .out = out->f,
		.errs = errs->f, .usage = BUF_INIT, .now_us = c->now_us, .json = c->json,
		.quiet = c->quiet, .verbose = c->verbose, .actor_flag = c->actor_flag,
		.envelope = c->envelope, .colors = c->colors, .bdconf = c->bdconf,
		.store = c->store, .batch = b,
	};
	int rc;

	if (!one.in)
		return err_errno(&c->err, "cannot open /dev/null");
	vec_grow(words);
	words->v[words->n] = NULL;
	rc = cmd_dispatch(&one, (int)words->n, words->v);
	if (rc == 0 && !one.cmd)
		rc = err_set(&one.err, ERR_USAGE, "no command");
	if (rc > 0 && rc != CMD_DONE)
		rc = err_set(&one.err, ERR_REFUSED, "'%s' failed", one.path);
	if (rc < 0)
		c->err = one.err;
	fclose(one.in);
	one.store = NULL;
	one.bdconf = NULL;
	cmd_release(&one);
	return rc < 0 ? rc : 0;
}

static int run_lines(struct ctx *c, struct batch *b, const struct buf *text, struct printed *out,
		     struct printed *errs)
{
	const char *s = text->s, *line;
	size_t left = text->len, len;

	for (size_t at = 1; text_line(&s, &left, &line, &len); at++) {
		STRS_AUTO given = { 0 };
		struct strs words = { 0 };
		AUTO_FREE char *copy = NULL;
		int rc;

		text_trim(&line, &len);
		if (!len || *line == '#')
			continue;
		copy = xstrndup(line, len);
		rc = strlen(copy) != len ? err_set(&c->err, ERR_PARSE, "a NUL byte") :
					   text_words(copy, &given, &c->err);
		/* options are moved about in the list, so it is not the one that is freed */
		for (size_t i = 0; rc == 0 && i < given.n; i++)
			vec_add(&words, given.v[i]);
		if (rc == 0 && words.n)
			rc = run_line(c, b, &words, out, errs);
		vec_free(&words);
		if (rc < 0)
			return err_wrap(&c->err, rc, "line %zu", at);
	}
	return 0;
}

static int commit(struct ctx *c, struct batch *b)
{
	BUF_AUTO message = BUF_INIT;
	int rc;

	if (b->done.n == 1)
		buf_adds(&message, b->done.v[0]);
	else
		buf_addf(&message, "batch: %zu changes\n\n", b->done.n);
	for (size_t i = 0; b->done.n > 1 && i < b->done.n; i++)
		buf_addf(&message, "%s\n", b->done.v[i]);
	rc = txn_commit(b->t, message.s, NULL, &c->err);
	b->t = NULL;
	if (rc == 0 && b->last.len)
		store_note_set(c->store, "last-touched", b->last.s);
	if (rc == 0)
		beads_export(c);
	return rc;
}

int batch_run(struct ctx *c)
{
	struct batch b = { .last = BUF_INIT };
	struct printed out = { 0 }, errs = { 0 };
	BUF_AUTO text = BUF_INIT;
	int rc;

	if (c->batch)
		return err_set(&c->err, ERR_USAGE, "a batch within a batch");
	if (c->dir && chdir(c->dir) < 0)
		return err_errno(&c->err, "cannot change to '%s'", c->dir);
	if ((rc = cmd_open_store(c)) < 0)
		return rc;
	if (c->readonly)
		return err_set(&c->err, ERR_REFUSED,
			       "operation '--batch' is not allowed in read-only mode");
	if ((rc = cmd_read_file(c, "-", &text)) < 0 ||
	    (rc = printed_open(&out, &c->err)) < 0 || (rc = printed_open(&errs, &c->err)) < 0 ||
	    (rc = cmd_txn(c, &b.t)) < 0)
		goto out;
	if ((rc = run_lines(c, &b, &text, &out, &errs)) == 0)
		rc = commit(c, &b);
	txn_abort(b.t);
out:
	printed_release(&out, rc == 0 ? c->out : NULL);
	printed_release(&errs, c->errs);
	strs_free_all(&b.done);
	buf_release(&b.last);
	return rc;
}
