/* core/launch_prompt.c - gathers what an agent is told from the store, the run and the settings */
#include <fcntl.h>
#include <string.h>

#include "core/prompt.h"
#include "core/runner_priv.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/config.h"
#include "store/issue.h"
#include "store/view.h"

static void add_text(struct texts *t, const char *s, struct arena *a)
{
	list_add(a, t->v, t->n, arena_strdup(a, s));
}

/* As it stands on disk: this run itself has changed issues since the view was opened. NULL:
 * there is none. */
static const struct issue *issue_now(struct view *v, const char *id)
{
	const struct issue *is;

	return view_fresh(v, id, &is, NULL) == 0 ? is : NULL;
}

/* What it built upon: closed blockers with what came of them. */
static void add_dependencies(struct prompt_input *in, struct view *v, const struct issue *is,
			     struct arena *a)
{
	for (size_t k = 0; k < is->ndeps; k++) {
		const struct issue *d = strcmp(is->deps[k].type, "blocks") ? NULL :
			issue_now(v, is->deps[k].target);

		if (d)
			add_text(&in->dependencies, arena_printf(a, "%s %s: %s", d->id, d->title,
								 *d->close_reason ?
									 d->close_reason :
										 d->status), a);
	}
}

static void add_epic(struct prompt_input *in, struct view *v, const struct issue *is,
		     struct arena *a)
{
	const struct issue *epic = issue_parent(is) ? issue_now(v, issue_parent(is)) : NULL;

	if (!epic)
		return;
	in->epic_id = epic->id;
	in->epic_title = epic->title;
	in->epic_body = epic->description;
	for (size_t k = 0; k < epic->ncomments; k++)
		if (!strncmp(epic->comments[k].text, "[WAVE-SUMMARY]", 14))
			add_text(&in->history, epic->comments[k].text, a);
}

/* What came of an issue: as the store says, or the turn that is being committed. */
static const char *end_of(struct runner *r, const struct issue *is)
{
	long i = sched_index(r->sched, is->id);
	struct sched_state st;

	if (i >= 0)
		sched_state(r->sched, (size_t)i, &st);
	if (i >= 0 && st.stage == STAGE_CLOSED && *st.reason)
		return st.reason;
	return *is->close_reason ? is->close_reason : is->status;
}

/* The verifier of an epic reads what came of its children. */
static void add_reports(struct runner *r, struct prompt_input *in, const struct issue *epic,
			struct arena *a)
{
	const struct view *v = r->view;
	long at = view_index(v, epic->id);
	size_t n = 0;
	const uint32_t *child = at < 0 ? NULL : view_dependents(v, (size_t)at, &n);

	for (size_t k = 0; k < n; k++) {
		const struct issue *is = view_at(v, child[k]);

		if (issue_dep_find(is, epic->id, "parent-child"))
			add_text(&in->reports, arena_printf(a, "%s %s: %s", is->id, is->title,
							    end_of(r, is)), a);
	}
}

/* Who works beside it, and on which files. */
static void add_wave(struct runner *r, const struct flight *f, struct prompt_input *in,
		     struct arena *a)
{
	size_t n = sched_count(r->sched), owners = 0;
	struct files_owner *map = arena_alloc(a, (n + 1) * sizeof(*map));

	for (size_t i = 0; i < n; i++) {
		struct sched_state st;

		sched_state(r->sched, i, &st);
		if (st.stage == STAGE_WAIT || st.stage >= STAGE_CLOSED || st.epic)
			continue;
		if (st.files->present)
			map[owners++] = (struct files_owner){ st.id, st.files };
		if (i != f->issue)
			add_text(&in->concurrent, arena_printf(a, "%s %s", st.id, st.title), a);
	}
	in->wave_map = map;
	in->nwave_map = owners;
}

static void add_issue(struct prompt_input *in, const struct issue *is)
{
	in->id = is->id;
	in->title = is->title;
	in->type = is->type;
	in->description = is->description;
	in->design = is->design;
	in->acceptance = is->acceptance;
	in->notes = is->notes;
}

/* Does a comment tell what a run did? Those have prompts of their own. */
static bool is_record(const struct comment *k)
{
	static const char person[] = "A person is needed:";

	return k->text[0] == '[' || !strncmp(k->text, person, sizeof(person) - 1);
}

/* People's words on the issue, an answer to a question among them. */
static void add_comments(struct prompt_input *in, const struct issue *is, struct arena *a)
{
	for (size_t k = 0; k < is->ncomments; k++)
		if (!is_record(&is->comments[k]))
			add_text(&in->comments,
				 arena_printf(a, "%s: %s", is->comments[k].author,
					      is->comments[k].text), a);
}

/* "context": what people and the other agents wrote on the issue is all that a program can add
 * (pipeline 5.1). */
static const char *context_of(const struct issue *is, struct arena *a)
{
	BUF_AUTO text = BUF_INIT;

	for (size_t k = is->ncomments > 5 ? is->ncomments - 5 : 0; k < is->ncomments; k++)
		buf_addf(&text, "%s: %s\n\n", is->comments[k].author, is->comments[k].text);
	return arena_strdup(a, text.s);
}

static void add_why(struct runner *r, const struct flight *f, const struct sched_act *act,
		    const struct issue *is, struct prompt_input *in, struct arena *a)
{
	in->why = !strcmp(act->why, "restart") || !strcmp(act->why, "held") ? "" : act->why;
	if (f->role == ROLE_SPEC && !*in->why)
		in->concerns = act->feedback;
	else
		in->feedback = act->feedback;
	if (!strcmp(in->why, "context") || !strcmp(in->why, "blocked"))
		in->context = context_of(is, a);
	else
		add_comments(in, is, a);
	if (!strcmp(in->why, "conflict")) {
		in->ours = arena_printf(a, "branch beadwave-work of this issue at %.12s",
					sched_work(r->sched, f->issue)->head);
		in->theirs = arena_printf(a, "what was merged before it, at %.12s",
					  sched_work(r->sched, f->issue)->base);
	}
}

/* .beadwave/prompt/ROLE.md as the run began with it. */
static const char *template_of(struct runner *r, const char *role, struct arena *a)
{
	AUTO_FREE char *path = xasprintf("%s/prompt/%s.md", r->dir, role);
	BUF_AUTO text = BUF_INIT;

	return fsx_read(AT_FDCWD, path, &text, NULL) < 0 ? NULL : arena_strdup(a, text.s);
}

int launch_prompt(struct runner *r, const struct flight *f, const struct sched_act *act,
		  struct buf *out, struct err *e)
{
	const struct work *w = sched_work(r->sched, f->issue);
	ARENA_AUTO a = ARENA_INIT;
	struct prompt_input in = {
		.role = role_name(f->role), .product = config_str(r->o.config, "project.product"),
		.tech_stack = config_str(r->o.config, "project.tech_stack"), .branch = r->o.target,
		.run = r->run, .worktree = f->tree, .base = w->base,
		.head = f->role == ROLE_VERIFY ? r->tip.s : w->head, .test_command =
		config_str(r->o.config, "run.test"), .attempt = f->n, .wave = act->wave,
			.reviewer = act->reviewer, .reviewers = act->reviewers,
	};
	const struct issue *is;
	struct sched_state st;
	int rc;

	sched_state(r->sched, f->issue, &st);
	if (f->role == ROLE_VERIFY)
		runner_drop_view(r);	/* asks for what all children have come to */
	if (!r->view && (rc = view_open(&r->view, r->o.store, VIEW_QUICK, e)) < 0)
		return rc;
	if ((rc = view_fresh(r->view, st.id, &is, e)) < 0)
		return rc;
	in.template = template_of(r, in.role, &a);
	add_issue(&in, is);
	add_epic(&in, r->view, is, &a);
	add_dependencies(&in, r->view, is, &a);
	if (f->role == ROLE_VERIFY)
		add_reports(r, &in, is, &a);
	if (f->role == ROLE_IMPL)
		add_wave(r, f, &in, &a);
	add_why(r, f, act, is, &in, &a);
	return prompt_build(&in, out, e);
}
