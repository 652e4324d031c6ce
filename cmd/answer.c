/* cmd/answer.c - bdw answer: a person's word on an issue that waits for one (decisions B27) */
#include <string.h>

#include "cmd/beads.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/rundir.h"
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/view.h"
#include "store/work.h"

enum answer { ANSWER_RETRY, ANSWER_TAKEOVER, ANSWER_SPLIT, ANSWER_ACCEPT, ANSWER_CLOSE,
	      ANSWER_TEXT };

static enum answer answer_parse(const char *word)
{
	static const char *const words[] = { "retry", "takeover", "split", "accept", "close" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i], word))
			return (enum answer)i;
	return ANSWER_TEXT;
}

static void comment(struct ctx *c, struct txn *t, struct issue *is, const char *text)
{
	struct comment k = { .author = cmd_actor(c), .text = text, .created_at = c->now_us };
	char id[37];

	id_new_uuid(c->now_us, (unsigned)is->ncomments + 1, id);
	k.id = id;
	issue_comment_add(is, &k, txn_arena(t));
}

/* Did a run record a commit of the issue, so that there is something to merge? */
static bool has_commit(struct ctx *c, const char *id)
{
	ARENA_AUTO mem = ARENA_INIT;
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct work w;

	id_work_path(id, &path);
	return store_read(c->store, path.s, &text, NULL) == 0 &&
	       work_parse(&w, text.s, text.len, path.s, &mem, NULL) == 0 && *w.head;
}

static int refuse_accept(struct ctx *c, const char *id)
{
	err_set(&c->err, ERR_REFUSED, "there is nothing to accept: no commit of '%s' is recorded", id);
	err_hint(&c->err, "have it tried again: bdw answer %s retry", id);
	return ERR_REFUSED;
}

/* What each answer makes of the issue; "what" says it for people. */
static int apply(struct ctx *c, struct txn *t, struct issue *is, enum answer a, const char *text,
		 const char **what)
{
	struct arena *mem = txn_arena(t);

	issue_label_remove(is, "needs-human");
	issue_label_remove(is, "failed");
	issue_label_remove(is, "split");
	is->status = "open";
	switch (a) {
	case ANSWER_RETRY:
		is->assignee = "";
		*what = "goes back into the queue";
		return 0;
	case ANSWER_TEXT:
		is->assignee = "";
		comment(c, t, is, text);
		*what = "goes back into the queue with your comment";
		return 0;
	case ANSWER_TAKEOVER:
		is->assignee = arena_strdup(mem, cmd_actor(c));
		is->status = "in_progress";
		*what = "is yours now";
		return 0;
	case ANSWER_SPLIT:
		is->status = "blocked";
		issue_label_add(is, "split", mem);
		*what = "waits to be split: bdw create TITLE --parent ID for each part, then bdw "
			"close ID";
		return 0;
	case ANSWER_ACCEPT:
		if (!has_commit(c, is->id))
			return refuse_accept(c, is->id);
		is->assignee = "";
		issue_label_add(is, "accepted", mem);
		*what = "is accepted: the next run merges it";
		return 0;
	case ANSWER_CLOSE:
		break;
	}
	is->status = "closed";
	is->closed_at = c->now_us;
	is->close_reason = arena_printf(mem, "closed by %s", cmd_actor(c));
	*what = "is closed";
	return 0;
}

static int answer(struct ctx *c, const char *id, const char *text, const char **what)
{
	struct issue *is;
	struct txn *t;
	int rc = cmd_txn(c, &t);

	if (rc < 0)
		return rc;
	if ((rc = txn_edit(t, id, &is, &c->err)) == 0 && strcmp(is->status, "blocked") &&
	    !issue_has_label(is, "needs-human") && !issue_has_label(is, "failed"))
		rc = err_set(&c->err, ERR_REFUSED, "'%s' does not wait for an answer (status %s)",
			     id, is->status);
	if (rc == 0)
		rc = apply(c, t, is, answer_parse(text), text, what);
	if (rc < 0) {
		txn_abort(t);
		return rc;
	}
	rc = txn_commit(t, "answer", NULL, &c->err);
	if (rc == 0)
		beads_export(c);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	const struct issue *is;
	const char *what = "";
	BUF_AUTO text = BUF_INIT;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = cmd_view(c, VIEW_QUICK, &v)) < 0 || (rc = cmd_resolve(c, v, argv[0], &is)) < 0)
		return rc;
	for (int i = 1; i < argc; i++)
		buf_addf(&text, "%s%s", i > 1 ? " " : "", argv[i]);
	if ((rc = answer(c, is->id, text.s, &what)) < 0)
		return rc;
	if (c->json) {
		BUF_AUTO o = BUF_INIT;
		struct jsw w = JSW(&o, JS_COMPACT);

		js_open(&w, '{');
		js_put_str(&w, "answer", text.s);
		js_put_str(&w, "id", is->id);
		js_close(&w, '}');
		json_print(c, o.s);
		return 0;
	}
	out_text(c, "%s %s.\n", is->id, what);
	switch (answer_parse(text.s)) {
	case ANSWER_RETRY:
	case ANSWER_TEXT:
	case ANSWER_ACCEPT:
		if (!run_alive(c->store, NULL))
			out_text(c, "No run is under way: start one with 'bdw run'.\n");
		break;
	case ANSWER_TAKEOVER:
	case ANSWER_SPLIT:
	case ANSWER_CLOSE:
		break;
	}
	return 0;
}

const struct cmd cmd_answer = {
	.name = "answer", .args = "<issue> retry|takeover|split|accept|close|<text>...",
	.brief = "Decide about an issue that waits for a person",
	.help = "retry: once more, with fresh limits, from the review that held it. takeover: you "
		"do it. split: it is too big.\n"
		"accept: merge what is there. close: leave it. Anything else is a comment for the "
		"next attempt, and a retry. A live run goes on with it.",
	.example = "answer demo-77aa.3 \"use the existing parser, do not write one\"",
	.group = GROUP_RUN, .need = NEED_STORE | NEED_WRITE, .flags = CMD_OWN | CMD_ALONE,
	.min_args = 2, .max_args = -1, .run = run,
};
