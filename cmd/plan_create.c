#include "cmd/plan_create.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/plan_again.h"
#include "cmd/write.h"
#include "core/planmd.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/txn.h"

enum { EPIC_PRIORITY = 1, TASK_PRIORITY = 2 };

struct making {
	struct ctx *c;
	struct write w;
	const struct plan_import *plan;
	const char *source;
	const char *epic_id;		/* NULL: none */
	const char **ids;		/* of the tasks that there are so far */
	struct plan_gone gone;
	struct plan_made *made;
	struct strs warnings;
};

static void fill(struct issue *is, const struct plan_task *t, const char *type, int priority,
		 struct arena *a)
{
	issue_init(is);
	is->title = t->title;
	is->description = t->body;
	is->design = t->design;
	is->acceptance = t->acceptance;
	is->assignee = t->assignee;
	is->type = *t->type ? type_canonical(t->type) : type;
	is->priority = t->priority >= 0 ? t->priority : priority;
	for (size_t i = 0; i < t->labels.n; i++)
		issue_label_add(is, t->labels.v[i], a);
}

/* The deps words of a task: bd's own, and the tasks of the plan it waits for, which stand before
 * it and so have ids. */
static void task_deps(struct making *m, const struct plan_task *t, struct strs *out)
{
	for (size_t i = 0; i < t->depends.n; i++)
		strs_add(out, t->depends.v[i]);
	for (size_t i = 0; i < t->ndep; i++)
		if (m->ids[t->dep[i]])
			strs_add(out, m->ids[t->dep[i]]);
}

static int make_one(struct making *m, const struct plan_task *t, bool epic, const char **id)
{
	struct ctx *c = m->c;
	struct issue fields, *made;
	STRS_AUTO deps = { 0 };
	struct life_new n = { .fields = &fields, .parent = epic ? NULL : m->epic_id };
	int rc;

	fill(&fields, t, epic ? "epic" : "task", epic ? EPIC_PRIORITY : TASK_PRIORITY, &c->arena);
	task_deps(m, t, &deps);
	n.deps = (const char *const *)deps.v;
	n.ndeps = deps.n;
	rc = life_create(&m->w.life, &n, &made, &m->warnings, &c->err);
	if (rc == 0 && *m->plan->epic.title)
		rc = plan_mark(made, m->plan, t, txn_arena(m->w.t), &c->err);
	if (rc == 0)
		*id = arena_strdup(&c->arena, made->id);
	m->made->created++;
	return rc;
}

/* Makes it, or brings what is there up to date. */
static int take_one(struct making *m, const struct plan_task *t, bool epic, const char **id)
{
	bool changed = false;
	int rc;

	if (!*id)
		rc = make_one(m, t, epic, id);
	else if ((rc = plan_update(&m->w.life, *id, m->plan, t, m->ids, &changed, &m->warnings,
				   &m->c->err)) == 0)
		m->made->updated += changed;
	return rc < 0 ? err_wrap(&m->c->err, rc, "%s: '%s'", m->source, t->title) : 0;
}

static int take_all(struct making *m)
{
	int rc = 0;

	if (*m->plan->epic.title)
		rc = take_one(m, &m->plan->epic, true, &m->epic_id);
	for (size_t i = 0; rc == 0 && i < m->plan->ntask; i++)
		rc = take_one(m, &m->plan->task[i], false, &m->ids[i]);
	return rc;
}

static void find_all(struct making *m)
{
	struct arena *a = &m->c->arena;
	const char *title = m->plan->epic.title;

	m->epic_id = *title ? plan_find_epic(m->w.v, m->w.t, title, a) : NULL;
	if (m->epic_id)
		plan_find_tasks(m->w.v, m->w.t, m->epic_id, m->plan, m->ids, &m->gone, a);
	m->made->again = m->epic_id != NULL;
}

static void keep_results(struct making *m, struct plan_made *made)
{
	struct ctx *c = m->c;

	made->n = m->plan->ntask;
	made->issue = arena_alloc(&c->arena, (made->n + 1) * sizeof(*made->issue));
	made->epic = m->epic_id ? write_result(c, &m->w, m->epic_id) : NULL;
	for (size_t i = 0; i < made->n; i++)
		made->issue[i] = write_result(c, &m->w, m->ids[i]);
}

static int commit(struct making *m, const struct plan_made *made, bool dry)
{
	struct ctx *c = m->c;
	int rc;

	if (dry)
		return write_abort(&m->w, 0);
	if (made->again)
		rc = write_commit(c, &m->w, "import %s: epic %s: %zu new, %zu changed", m->source,
				  made->epic->id, made->created, made->updated);
	else if (made->epic)
		rc = write_commit(c, &m->w, "import %s: epic %s with %zu issues", m->source,
				  made->epic->id, made->n);
	else
		rc = write_commit(c, &m->w, "import %s: %zu issues", m->source, made->n);
	if (rc == 0 && made->epic)
		cmd_touch(c, made->epic->id);
	else if (rc == 0)
		cmd_touch(c, made->issue[made->n - 1]->id);
	return rc;
}

static void warn(const struct making *m)
{
	for (size_t i = 0; i < m->plan->warnings.n; i++)
		out_warn(m->c, "Warning: %s: %s", m->source, m->plan->warnings.v[i]);
	for (size_t i = 0; i < m->warnings.n; i++)
		out_warn(m->c, "Warning: %s", m->warnings.v[i]);
	for (size_t i = 0; i < m->gone.n; i++)
		out_warn(m->c, "Warning: %s is no longer in %s: left as it is", m->gone.v[i],
			 m->source);
}

int plan_create(struct ctx *c, const char *source, const struct buf *text, unsigned how,
		struct plan_made *made)
{
	struct plan_import plan;
	struct making m = { .c = c, .plan = &plan, .source = source, .made = made };
	int rc;

	*made = (struct plan_made){ 0 };
	if (text_utf8_bad(text->s, text->len) >= 0)
		return err_set(&c->err, ERR_PARSE, "%s: not valid UTF-8 text", source);
	if (planmd_is_plan(text->s, text->len))
		planmd_parse(&plan, text->s, text->len, &c->arena);
	else
		planmd_parse_bd(&plan, text->s, text->len, &c->arena);
	if (!plan.ntask && !*plan.epic.title)
		return err_set(&c->err, ERR_USAGE, "no issues found in markdown file");
	m.ids = arena_alloc(&c->arena, (plan.ntask + 1) * sizeof(*m.ids));
	if ((rc = write_begin(c, &m.w)) < 0)
		return rc;
	if (how & PLAN_AGAIN)
		find_all(&m);
	if ((rc = take_all(&m)) < 0) {
		write_abort(&m.w, rc);
	} else {
		keep_results(&m, made);
		rc = commit(&m, made, how & PLAN_DRY);
	}
	if (rc == 0)
		warn(&m);
	strs_free_all(&m.warnings);
	return rc;
}
