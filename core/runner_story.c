/*
 * core/runner_story.c - events.jsonl tells the whole story of a run, whoever is killed when:
 * each committed transition once (contract.md 4).
 *
 * A turn's notes are printed after its commit. They are put aside before it, in notes.json, and
 * a restart prints those that are missing, if the commit was made. What happens to attempts is
 * printed as it happens, so after a restart it may come again: what was told then is left out.
 *
 * None of it is synced: a power cut may take the end of events.jsonl, which no sync of notes.json
 * would bring back, and syncing both would cost every turn a flush of its own. What was decided is
 * in the store, and what attempts came to in their exit.json; those are synced, so the run goes on
 * rightly, and only its story lacks lines. notes.json that is empty or older is of no harm: its seq
 * or its head do not fit.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/runner_priv.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/gitcmd.h"
#include "store/store.h"

static char *notes_path(const struct runner *r)
{
	return xasprintf("%s/notes.json", r->dir);
}

static void put_note(struct runner *r, struct jsw *w, const struct sched_note *n)
{
	struct sched_state st;

	js_open(w, '{');
	js_put_str(w, "kind", n->kind);
	if (n->issue >= 0) {
		sched_state(r->sched, (size_t)n->issue, &st);
		js_put_str(w, "issue", st.id);
	}
	js_put_int(w, "role", n->role);
	js_put_int(w, "n", n->n);
	js_put_int(w, "reviewer", n->reviewer);
	js_put_int(w, "wave", n->wave);
	if (n->status)
		js_put_str(w, "status", n->status);
	if (n->reason)
		js_put_str(w, "reason", n->reason);
	if (n->evidence)
		js_put_str(w, "evidence", n->evidence);
	js_close(w, '}');
}

void story_put_aside(struct runner *r, const struct sched_turn *t)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);
	AUTO_FREE char *path = NULL;
	char hex[OID_HEX];

	if (!t->notes.n)
		return;
	js_open(&w, '{');
	js_put_int(&w, "seq", r->seq);
	js_put_str(&w, "head", oid_hex(&r->last_commit, hex));
	js_key(&w, "notes");
	js_open(&w, '[');
	for (size_t k = 0; k < t->notes.n; k++)
		put_note(r, &w, &t->notes.v[k]);
	js_close(&w, ']');
	js_close(&w, '}');
	path = notes_path(r);
	/* best effort: the run goes on without */
	fsx_write_atomic(AT_FDCWD, path, text.s, text.len, 0600, 0, NULL);
}

/* What this run committed after head, which is one commit at most; nobody but its scheduler
 * writes such subjects. */
static bool committed_since(struct runner *r, const char *head, struct oid *commit)
{
	const struct store_paths *p = store_paths(r->o.store);
	AUTO_FREE char *range = xasprintf("%s..%s", head, p->ref);
	AUTO_FREE char *subject = xasprintf("^run %s:", r->run);
	BUF_AUTO out = BUF_INIT;

	return git_do(p->common, NULL, &out, NULL, "log", "--format=%H", "--grep", subject, range,
		      NULL) == 0 &&
	       oid_parse(commit, out.s) == 0;
}

static void tell(struct runner *r, const struct js *j)
{
	const char *issue = js_str(j, "issue");
	struct sched_note n = {
		.kind = js_str(j, "kind"), .issue = issue ? sched_index(r->sched, issue) : -1,
		.role = (int)js_int(j, "role", -1), .n = (long)js_int(j, "n", 0),
		.reviewer = (int)js_int(j, "reviewer", 0), .wave = (int)js_int(j, "wave", 0),
		.status = js_str(j, "status"), .reason = js_str(j, "reason"),
		.evidence = js_str(j, "evidence"),
	};

	if (n.kind && (!issue || n.issue >= 0) && n.role < ROLE_N)
		events_note(r, &n);
}

/* What the last turn of the scheduler before had committed, but not printed. */
static void tell_rest(struct runner *r)
{
	AUTO_FREE char *path = notes_path(r);
	BUF_AUTO text = BUF_INIT;
	struct oid commit, head = r->last_commit;
	struct js *j;
	int64_t told;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0 || js_parse(&j, text.s, text.len, NULL) < 0)
		return;
	told = r->seq - js_int(j, "seq", 0);
	if (told >= 0 && js_str(j, "head") && committed_since(r, js_str(j, "head"), &commit)) {
		r->last_commit = commit;
		for (size_t k = (size_t)told; k < js_len(js_get(j, "notes")); k++)
			tell(r, js_at(js_get(j, "notes"), k));
		r->last_commit = head;
	}
	js_free(j);
	unlink(path);
}

static const char *key_of(struct arena *a, const char *kind, const char *issue,
			  const char *role, long n)
{
	return arena_printf(a, "%s %s %s %ld", kind, issue, role, n);
}

static void learn(struct runner *r, const char *line, size_t len)
{
	struct js *j;

	if (js_parse(&j, line, len, NULL) < 0)
		return;
	if (js_str(j, "event") && js_str(j, "issue") && js_str(j, "role"))
		map_put(&r->told,
			key_of(&r->mem, js_str(j, "event"), js_str(j, "issue"), js_str(j, "role"),
					 (long)js_int(j, "attempt", 0)), r);
	else if (js_str(j, "event") && js_str(j, "issue") && js_str(j, "oid"))
		map_put(&r->told, key_of(&r->mem, js_str(j, "event"), js_str(j, "issue"),
					 js_str(j, "oid"), 0), r);
	js_free(j);
}

static void learn_all(struct runner *r)
{
	AUTO_FREE char *path = xasprintf("%s/events.jsonl", r->dir);
	BUF_AUTO text = BUF_INIT;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0)
		return;
	for (const char *line = text.s; *line; line += strcspn(line, "\n"), line += *line == '\n')
		learn(r, line, strcspn(line, "\n"));
}

void story_resume(struct runner *r)
{
	/* before, because a scheduler that told the rest may have been killed at it, too */
	learn_all(r);
	tell_rest(r);
	learn_all(r);
}

bool story_told(struct runner *r, const char *kind, const char *issue, const char *what, long n)
{
	static const char *const once[] = { "spawn", "result", "exit", "timeout", "verdict",
					    "merge" };
	ARENA_AUTO a = ARENA_INIT;

	if (!r->told.n)
		return false;
	for (size_t k = 0; k < sizeof(once) / sizeof(once[0]); k++)
		if (!strcmp(once[k], kind))
			return map_get(&r->told, key_of(&a, kind, issue, what, n)) != NULL;
	return false;
}
