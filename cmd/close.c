/* cmd/close.c - bdw close, done */
#include <string.h>

#include "cmd/close.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "core/lint.h"
#include "core/settings.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/txn.h"
#include "store/view.h"

struct closing {
	struct strs reasons;
	const char *reason_file, *session;
	bool force, suggest, claim_next, go_on;
	/* what came of it, in c->arena */
	const struct issue **closed, **unblocked, *claimed;
	size_t nclosed, nunblocked;
};

static int take_reasons(struct ctx *c, struct closing *o, struct write *w, struct strs *targets)
{
	BUF_AUTO text = BUF_INIT;
	char *last;
	int rc;

	if (o->reason_file) {
		if (o->reasons.n)
			return err_set(&c->err, ERR_USAGE,
				       "cannot specify both --reason and --reason-file");
		if ((rc = cmd_read_file(c, o->reason_file, &text)) < 0)
			return err_wrap(&c->err, rc, "reading reason file");
		while (text.len && text.s[text.len - 1] == '\n')
			buf_cut(&text, text.len - 1);
		strs_add(&o->reasons, text.s);
	}
	/* done ID "what was done" */
	last = targets->v[targets->n - 1];
	if (!strcmp(c->called, "done") && !o->reasons.n && targets->n > 1 && !txn_get(w->t, last)) {
		strs_add(&o->reasons, last);
		free(last);
		targets->n--;
	}
	if (o->reasons.n > 1 && o->reasons.n != targets->n)
		return err_set(&c->err, ERR_USAGE,
			       "got %zu close reasons for %zu issue IDs; provide exactly one "
			       "shared reason or one reason per issue", o->reasons.n, targets->n);
	for (size_t i = 0; i < o->reasons.n; i++)
		if (text_utf8_bad(o->reasons.v[i], strlen(o->reasons.v[i])) >= 0)
			return err_set(&c->err, ERR_USAGE, "the reason is not valid UTF-8");
	return 0;
}

static const char *reason_of(const struct closing *o, size_t i)
{
	return !o->reasons.n ? "" : o->reasons.n == 1 ? o->reasons.v[0] : o->reasons.v[i];
}

/* config validation.on-close = warn | error */
static int check_reasons(struct ctx *c, const struct closing *o, size_t n)
{
	const char *mode = settings_get(cmd_settings(c), "validation.on-close");
	bool strict = mode && !strcmp(mode, "error");

	if (o->force || (!strict && !(mode && !strcmp(mode, "warn"))))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!lint_reason_terse(reason_of(o, i)))
			continue;
		if (strict)
			return err_set(&c->err, ERR_USAGE,
				       "validation.on-close wants a --reason of at least %d "
				       "characters (--force closes without)", LINT_REASON);
		out_warn(c, "Warning: the close reason is terse; aim for %d+ characters that say "
			    "what was done",
			 LINT_REASON);
	}
	return 0;
}

/* Every id must be known before the first is closed. */
static int resolve_all(struct ctx *c, struct write *w, const struct strs *targets, const char **ids)
{
	for (size_t i = 0; i < targets->n; i++) {
		int rc = write_resolve(c, w, targets->v[i], &ids[i]);

		if (rc < 0)
			return err_wrap(&c->err, rc, "resolving ID %s", targets->v[i]);
	}
	return 0;
}

static int by_priority(const void *a, const void *b)
{
	const struct issue *x = *(const struct issue *const *)a,
		*y = *(const struct issue *const *)b;

	return x->priority != y->priority ? x->priority - y->priority : strcmp(x->id, y->id);
}

static bool is_listed(const struct issue *const *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i]->id, id))
			return true;
	return false;
}

/* Open issues that waited for one of those just closed and wait for nothing else now. */
static void find_unblocked(struct ctx *c, struct closing *o, struct write *w)
{
	o->unblocked = arena_alloc(&c->arena, (view_count(w->v) + 1) * sizeof(*o->unblocked));
	for (size_t i = 0; i < o->nclosed; i++) {
		long index = view_index(w->v, o->closed[i]->id);
		const uint32_t *up;
		size_t n = 0;

		up = index < 0 ? NULL : view_dependents(w->v, (size_t)index, &n);
		for (size_t k = 0; k < n; k++) {
			const struct issue *is = txn_get(w->t, view_at(w->v, up[k])->id);
			STRS_AUTO blockers = { 0 };

			if (!is || strcmp(is->status, "open") ||
			    !issue_dep_find(is, o->closed[i]->id, "blocks"))
				continue;
			life_blockers(&w->life, is, &blockers);
			if (!blockers.n && !is_listed(o->unblocked, o->nunblocked, is->id))
				o->unblocked[o->nunblocked++] = write_result(c, w, is->id);
		}
	}
	if (o->nunblocked > 1)
		qsort(o->unblocked, o->nunblocked, sizeof(*o->unblocked), by_priority);
}

static void print_text(struct ctx *c, const struct closing *o)
{
	for (size_t i = 0; i < o->nclosed; i++)
		out_done(c, "Closed %s: %s\n",
			 out_id_title(c, o->closed[i]->id, o->closed[i]->title),
			 o->closed[i]->close_reason);
	if (o->nunblocked)
		out_text(c, "\nNewly unblocked:\n");
	for (size_t i = 0; i < o->nunblocked; i++)
		out_text(c, "  • %s (P%d)\n",
			 out_id_title(c, o->unblocked[i]->id, o->unblocked[i]->title),
			 o->unblocked[i]->priority);
	if (o->claimed)
		out_text(c, "\n");
	if (o->claimed)
		out_made(c, "Claimed issue: %s\n",
			 out_id_title(c, o->claimed->id, o->claimed->title));
	else if (o->claim_next)
		out_text(c, "\n○ No ready work to claim\n");
}

static void put_list(struct jsw *w, const char *key, const struct issue *const *list, size_t n)
{
	js_key(w, key);
	js_open(w, '[');
	for (size_t i = 0; i < n; i++)
		json_issue(w, list[i], NULL);
	js_close(w, ']');
}

static void print_json(struct ctx *c, const struct closing *o)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	if (!o->nunblocked && !o->claim_next) {
		write_print_issues(c, o->closed, o->nclosed);
		return;
	}
	js_open(&w, '{');
	put_list(&w, "closed", o->closed, o->nclosed);
	if (o->nunblocked)
		put_list(&w, "unblocked", o->unblocked, o->nunblocked);
	if (o->claimed) {
		js_key(&w, "claimed");
		json_issue(&w, o->claimed, NULL);
	} else if (o->claim_next) {
		js_key(&w, "claimed");
		js_add_null(&w);
	}
	js_close(&w, '}');
	json_print(c, text.s);
}

static int close_all(struct ctx *c, struct closing *o, struct strs *targets)
{
	const char **ids = arena_alloc(&c->arena, (targets->n + 1) * sizeof(*ids));
	STRS_AUTO done = { 0 };
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	if (o->session)
		w.life.session = o->session;
	if ((rc = take_reasons(c, o, &w, targets)) < 0 ||
	    (rc = resolve_all(c, &w, targets, ids)) < 0 ||
	    (rc = check_reasons(c, o, targets->n)) < 0)
		return write_abort(&w, rc);
	o->closed = arena_alloc(&c->arena, (targets->n + 1) * sizeof(*o->closed));
	for (size_t i = 0; i < targets->n; i++) {
		rc = life_close(&w.life, ids[i], reason_of(o, i), o->force, &c->err);
		if (rc < 0) {
			out_warn(c, "%s", c->err.msg);
			continue;
		}
		strs_add(&done, ids[i]);
		o->closed[o->nclosed++] = write_result(c, &w, ids[i]);
	}
	if (!o->nclosed)
		return write_none(c, &w);
	if (o->suggest)
		find_unblocked(c, o, &w);
	if ((rc = write_commit(c, &w, "%s", write_subject(c, "close", &done))) < 0)
		return rc;
	if (o->claim_next && (rc = close_claim_next(c, &o->claimed)) < 0)
		return rc;
	if (c->json)
		print_json(c, o);
	else
		print_text(c, o);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct closing o = { 0 };
	const struct opt opts[] = {
		{ 'r', "reason", OPT_MULTI, &o.reasons, "<text>",
		  "why; one for all, or one for each id", 0 },
		{ 0, "resolution", OPT_MULTI, &o.reasons, "<text>", NULL, OPT_HIDDEN },
		{ 'm', "message", OPT_MULTI, &o.reasons, "<text>", NULL, OPT_HIDDEN },
		{ 0, "comment", OPT_MULTI, &o.reasons, "<text>", NULL, OPT_HIDDEN },
		{ 0, "reason-file", OPT_STR, &o.reason_file, "<file>",
		  "read the reason from a file (- is standard input)", 0 },
		{ 'f', "force", OPT_BOOL, &o.force, NULL,
		  "close although blockers or children are open, or it is pinned", 0 },
		{ 0, "suggest-next", OPT_BOOL, &o.suggest, NULL,
		  "say which issues this unblocked", 0 },
		{ 0, "claim-next", OPT_BOOL, &o.claim_next, NULL,
		  "claim the first ready issue afterwards", 0 },
		{ 0, "continue", OPT_BOOL, &o.go_on, NULL, NULL, OPT_HIDDEN },
		{ 0, "no-auto", OPT_BOOL, &o.go_on, NULL, NULL, OPT_HIDDEN },
		{ 0, "session", OPT_STR, &o.session, "<id>",
		  "session that closes it (default: $CLAUDE_SESSION_ID)", 0 },
		{ 0 },
	};
	STRS_AUTO targets = { 0 };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && (rc = write_targets(c, argc, argv, &targets)) == 0)
		rc = close_all(c, &o, &targets);
	strs_free_all(&o.reasons);
	return rc;
}

const struct cmd cmd_close = {
	.name = "close", .aliases = "done", .args = "[id...]", .brief = "Close one or more issues",
	.help = "An unknown id closes nothing. An epic with open children, and an issue with open "
		"blockers,\n"
		"stay open unless --force is given. Without an id the one last touched is meant. "
		"The setting\n"
		"validation.on-close = warn | error wants a reason of 20 characters or more.",
	.example = "close demo-4f2a --reason \"Commit: abc123\"\ndone demo-4f2a \"what was done\"",
	.group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE, .max_args = -1, .run = run,
};
