/* core/jobs.c - the git work of a run, in threads: collect, candidate, merge, release */
#include <stdlib.h>
#include <string.h>

#include "core/files.h"
#include "core/held.h"
#include "core/integrate.h"
#include "core/runner_priv.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"

static struct job *job_new(struct runner *r, const struct sched_act *a)
{
	struct job *j = xcalloc(1, sizeof(*j));
	struct sched_state st;

	sched_state(r->sched, a->issue, &st);
	j->r = r;
	j->kind = a->kind;
	j->issue = a->issue;
	j->id = xstrdup(st.id);
	j->head = xstrdup(a->kind != ACT_LOOK ? sched_work(r->sched, a->issue)->head :
			  r->pool ? r->tip.s : "HEAD");
	j->base = xstrdup(sched_work(r->sched, a->issue)->base);
	j->oid = xstrdup(sched_work(r->sched, a->issue)->merge_oid);
	j->claimed = a->kind == ACT_COLLECT ? outcome_claimed(r, a->issue) : xstrdup("");
	j->message = a->kind == ACT_LOOK ? xstrdup(a->feedback) :
		xasprintf("%s: %s\n\nBeadwave-Issue: %s\nBeadwave-Run: %s\n", st.id, st.title,
			  st.id, r->run);
	j->ev.issue = a->issue;
	return j;
}

static void job_free(struct job *j)
{
	char *owned[] = { j->id, j->head, j->base, j->oid, j->claimed, j->message, j->tree };

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		free(owned[i]);
	arena_release(&j->mem);
	free(j);
}

static void collect(struct job *j)
{
	struct git_who who = { j->r->o.actor, j->r->o.email };
	struct collect c = { .objects = j->r->objects, .tree = j->tree ? j->tree : j->r->repo,
			     .base = j->base, .claimed = j->claimed, .message = j->message,
			     .author = who, .head = BUF_INIT, .problem = BUF_INIT,
			     .summary = BUF_INIT };
	BUF_AUTO paths = BUF_INIT;

	/* a tree that is gone cannot tell more than what was recorded of it; the repository's
	 * own is the user's */
	if (j->tree)
		j->failed = integrate_collect(&c, &j->err) < 0;
	else
		j->failed = integrate_measure(&c, *j->head ? j->head : j->base, &j->err) < 0;
	for (size_t i = 0; i < c.paths.n; i++)
		buf_addf(&paths, "%s\n", c.paths.v[i]);
	j->ev.kind = EVENT_COLLECTED;
	j->ev.text = arena_strdup(&j->mem, paths.s);
	j->ev.collected = (struct collected){
		.head = arena_strdup(&j->mem, c.head.s), .empty = c.empty, .progress = c.progress,
		.lines = c.lines, .problem = arena_strdup(&j->mem, c.problem.s),
		.files = arena_strdup(&j->mem, c.summary.s), .scope = "",
	};
	collect_release(&c);
}

static void candidate(struct job *j)
{
	struct merge_try m = { .repo = j->r->repo, .run = j->r->run, .target = j->r->o.target,
			       .head = j->head, .message = j->message,
			       .who = { j->r->o.actor, j->r->o.email }, .oid = BUF_INIT,
			       .tree = BUF_INIT, .tip = BUF_INIT, .conflict = BUF_INIT };

	j->failed = integrate_candidate(&m, &j->err) < 0;
	j->ev.kind = EVENT_CANDIDATE;
	j->ev.candidate = (struct candidate){
		.oid = arena_strdup(&j->mem, m.oid.s), .tree = arena_strdup(&j->mem, m.tree.s),
		.tip = arena_strdup(&j->mem, m.tip.s),
		.conflict = arena_strdup(&j->mem, m.conflict.s),
	};
	merge_try_release(&m);
}

static void merge(struct job *j)
{
	BUF_AUTO behind = BUF_INIT;

	j->failed = integrate_merge(j->r->repo, j->r->run, j->r->o.target, j->oid, &behind,
				    &j->err) < 0;
	j->ev.kind = EVENT_MERGED;
	j->ev.text = arena_strdup(&j->mem, behind.s);
}

/* Has another issue brought what the reviewer missed? */
static void look(struct job *j)
{
	int rc = held_settled(j->r->repo, j->head, j->message, &j->err);

	j->failed = rc < 0;
	j->ev.kind = EVENT_LOOKED;
	j->ev.found = rc > 0;
}

/* In a thread: must not touch the runner but for what never changes. */
static void work(void *arg)
{
	struct job *j = arg;

	switch (j->kind) {
	case ACT_COLLECT: collect(j); break;
	case ACT_CANDIDATE: candidate(j); break;
	case ACT_MERGE: merge(j); break;
	case ACT_LOOK: look(j); break;
	case ACT_RELEASE:
		if (j->tree)
			pool_detach(j->tree);
		integrate_drop_work(j->r->repo, j->r->run, j->r->o.target, j->id);
		break;
	case ACT_SPAWN:
	case ACT_CANCEL: break;
	}
}

/* Changed paths that belong to other open issues of the run (decisions B16), one a line. */
static const char *scope(struct runner *r, struct job *j)
{
	size_t n = sched_count(r->sched), no = 0, np = 0;
	struct files_owner *others = arena_alloc(&j->mem, (n + 1) * sizeof(*others));
	const char **paths = arena_alloc(&j->mem, (strlen(j->ev.text) + 1) * sizeof(*paths));
	struct sched_state mine, st;
	struct scope hits;
	BUF_AUTO text = BUF_INIT;

	sched_state(r->sched, j->issue, &mine);
	for (size_t i = 0; i < n; i++) {
		sched_state(r->sched, i, &st);
		if (i != j->issue && st.stage != STAGE_CLOSED && st.launchable && !st.epic &&
		    st.files->present)
			others[no++] = (struct files_owner){ st.id, st.files };
	}
	for (char *p = (char *)j->ev.text, *end; (end = strchr(p, '\n')); p = end + 1) {
		*end = 0;
		paths[np++] = p;
	}
	files_scope(&hits, mine.files, others, no, paths, np, &j->mem);
	for (size_t i = 0; i < hits.nforeign; i++)
		buf_addf(&text, "- `%s` (%s)\n", hits.foreign[i].path, hits.foreign[i].owner);
	return arena_strdup(&j->mem, text.s);
}

static void after_merge(struct runner *r, struct job *j)
{
	buf_reset(&r->behind);
	buf_adds(&r->behind, j->ev.text);
	buf_reset(&r->tip);
	buf_adds(&r->tip, j->oid);
	events_issue(r, "merge", j->issue, j->oid, *j->ev.text ? j->ev.text : NULL);
}

/* The issue's tree: kept for a person, or idle again. */
static void give_back(struct runner *r, size_t issue, bool keep)
{
	BUF_AUTO owner = BUF_INIT;

	if (r->pool)
		pool_release(r->pool, runner_issue_owner(r, issue, &owner), keep);
}

/* Back in the loop. */
static void done(void *arg)
{
	struct job *j = arg;
	struct runner *r = j->r;

	r->jobs--;
	fsx_crash_point("git-done");
	if (j->kind == ACT_COLLECT && !j->failed) {
		j->ev.collected.scope = scope(r, j);
		if (r->pool && j->ev.collected.empty && !*j->ev.collected.problem)
			pool_note_clean(r->pool, j->tree, j->base);
	}
	if (j->kind == ACT_MERGE && !j->failed)
		after_merge(r, j);
	if (j->failed) {
		j->ev.kind = EVENT_GIT_FAILED;
		j->ev.text = j->err.msg;
	}
	if (j->kind == ACT_RELEASE)
		give_back(r, j->issue, false);
	else
		runner_event(r, &j->ev);
	job_free(j);
}

/* An issue that changed nothing leaves nothing to look at: its branch goes without git. */
static bool let_go(struct runner *r, size_t issue, const char *tree)
{
	struct sched_state st;
	BUF_AUTO branch = BUF_INIT;

	sched_state(r->sched, issue, &st);
	integrate_work_branch(st.id, &branch);
	return tree && pool_let_go(r->pool, r->objects, tree, branch.s);
}

void job_start(struct runner *r, const struct sched_act *a)
{
	BUF_AUTO owner = BUF_INIT;
	const char *tree = r->pool ?
		pool_of(r->pool, runner_issue_owner(r, a->issue, &owner)) : r->repo;
	struct sched_state st;
	struct job *j;

	sched_state(r->sched, a->issue, &st);
	/* accepted: nobody of this run has looked at it */
	if (a->kind == ACT_CANDIDATE && st.lines < 0)
		recover_measure(r, a->issue);
	if (a->kind == ACT_RELEASE && (!r->pool || a->keep)) {
		give_back(r, a->issue, r->keep_failed);
		return;
	}
	if (a->kind == ACT_RELEASE && let_go(r, a->issue, tree)) {
		give_back(r, a->issue, false);
		return;
	}
	if (a->kind == ACT_RELEASE && tree &&
	    pool_stay(tree, sched_work(r->sched, a->issue)->head)) {
		/* at once: the next issue finds its build output there */
		give_back(r, a->issue, false);
		tree = NULL;
	}
	j = job_new(r, a);
	j->tree = tree ? xstrdup(tree) : NULL;
	r->jobs++;
	loop_work(r->loop, work, done, j);
}
