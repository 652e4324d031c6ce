#include "core/select.h"

#include <string.h>

#include "core/policy.h"
#include "core/preset.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/config.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/store.h"
#include "store/txn.h"
#include "store/view.h"
#include "store/work.h"

enum mark { MARK_NONE, MARK_BLOCKER, MARK_WANTED, MARK_NAMED };

struct selecting {
	struct store *store;
	const struct view *view;
	const struct select_opts *o;
	unsigned char *mark;	/* by index of the view */
	struct arena *mem;
};

static bool is_epic(const struct issue *is)
{
	return !strcmp(is->type, "epic");
}

/* Types that a run starts agents for (decisions B5): everything but containers and machinery. */
static bool type_launchable(const char *type)
{
	static const char *const never[] = {
		"epic", "milestone", "decision", "gate", "event", "message", "molecule",
		"merge-request", "agent", "role",
		"rig",
	};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (!strcmp(never[i], type))
			return false;
	return true;
}

static bool holds_back(const char *type)
{
	return !strcmp(type, "blocks") || !strcmp(type, "conditional-blocks") ||
		!strcmp(type, "waits-for");
}

/* Marks an issue and all below it. */
static void mark_tree(struct selecting *s, size_t i, enum mark m)
{
	size_t n;
	const uint32_t *up = view_dependents(s->view, i, &n);
	const char *id = view_at(s->view, i)->id;

	if (s->mark[i] >= m)
		return;
	s->mark[i] = (unsigned char)m;
	for (size_t k = 0; k < n; k++)
		if (issue_dep_find(view_at(s->view, up[k]), id, "parent-child"))
			mark_tree(s, up[k], MARK_WANTED);
}

/* What a wanted issue waits for belongs into the graph, and what that waits for. */
static void mark_blockers(struct selecting *s, size_t i)
{
	const struct issue *is = view_at(s->view, i);

	for (size_t k = 0; k < is->ndeps; k++) {
		long t = dep_type_blocking(is->deps[k].type) ?
			view_index(s->view, is->deps[k].target) : -1;

		if (t < 0 || s->mark[t] != MARK_NONE ||
		    !strcmp(view_at(s->view, (size_t)t)->status, "closed"))
			continue;
		s->mark[t] = MARK_BLOCKER;
		mark_blockers(s, (size_t)t);
	}
}

/* What is said of a file that cannot be read; NULL. It takes no status either, so its issue is
 * left alone (decisions A20). */
static const char *unreadable(const struct view *v, const char *id)
{
	BUF_AUTO path = BUF_INIT;
	const char *w;

	if (!view_warning(v, 0))
		return NULL;
	id_issue_path(id, &path);
	for (size_t i = 0; (w = view_warning(v, i)); i++)
		if (!strncmp(w, path.s, path.len) && w[path.len] == ':')
			return w;
	return NULL;
}

static int mark_named(struct selecting *s, struct err *e)
{
	for (size_t k = 0; k < s->o->ids->n; k++) {
		const struct issue *is;
		int rc = view_resolve(s->view, s->o->ids->v[k], &is, e);

		if (rc < 0)
			return rc;
		if (unreadable(s->view, is->id))
			return err_set(e, ERR_PARSE, "%s", unreadable(s->view, is->id));
		if (!is_epic(is) && !type_launchable(is->type))
			return err_set(e, ERR_USAGE, "'%s' is a %s: a run does not work on those",
				       is->id, is->type);
		mark_tree(s, (size_t)view_index(s->view, is->id), MARK_NAMED);
	}
	return 0;
}

static struct work *load_work(struct store *store, const char *id, struct arena *a)
{
	struct work *w = arena_alloc(a, sizeof(*w));
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;

	id_work_path(id, &path);
	if (store_read(store, path.s, &text, NULL) < 0 ||
	    work_parse(w, text.s, text.len, path.s, a, NULL) < 0)
		return NULL;
	return w;
}

/* Fresh limits; attempts go on being numbered. Work that a person accepted goes straight into
 * the merge queue, and what failed a review goes on there (pipeline 2.1): its stage "human.code"
 * says so. */
static void forget(struct work *w, bool accepted)
{
	enum stage again;

	stage_parse(w->stage, &again);
	w->ncount = 0;
	w->run = w->merge_oid = w->session = "";
	if (accepted && *w->head)
		w->stage = "candidate";
	else if (again == STAGE_N || !*w->head || strncmp(w->stage, "human.", 6))
		w->stage = w->base = w->head = "";
}

static bool may_start(const struct select_opts *o, const struct issue *is, const struct work *w,
		      bool named)
{
	if (issue_flag(is, "ephemeral") || issue_flag(is, "is_template") ||
	    issue_flag(is, "pinned"))
		return false;
	if (o->run && w && !strcmp(w->run, o->run) &&
	    (!strcmp(is->status, "in_progress") || is_epic(is)))
		return strcmp(is->status, "closed") != 0;
	if (strcmp(is->status, "open") && !issue_is_back(is, o->now_us))
		return false;
	return is_epic(is) || !*is->assignee || named || !strcmp(is->assignee, o->actor);
}

/* Own blockers and those of every ancestor: a blocked epic blocks what is below it. */
static void add_blockers(const struct view *v, const struct issue *is, struct arena *a,
			 struct sched_item *item, int depth)
{
	const char **list = arena_alloc(a, (item->nblockers + is->ndeps + 1) * sizeof(*list));

	if (item->nblockers)
		memcpy(list, item->blockers, item->nblockers * sizeof(*list));
	for (size_t k = 0; k < is->ndeps; k++)
		if (holds_back(is->deps[k].type) && view_get(v, is->deps[k].target))
			list[item->nblockers++] = is->deps[k].target;
	item->blockers = list;
	for (size_t k = 0; k < is->ndeps && depth < 50; k++) {
		const struct issue *up =
			strcmp(is->deps[k].type, "parent-child") ? NULL :
				view_get(v, is->deps[k].target);

		if (up)
			add_blockers(v, up, a, item, depth + 1);
	}
}

/* Is this close in a wave's summary? The reason names the commit, so a close of an earlier run is
 * another one; who was closed by hand meanwhile stands there without. */
static bool is_told(const struct view *v, const struct issue *is)
{
	const struct issue *epic = issue_parent(is) ? view_get(v, issue_parent(is)) : NULL;
	AUTO_FREE char *line = xasprintf("\n  - %s: %s\n", is->id, is->close_reason);
	AUTO_FREE char *bare = xasprintf("\n  - %s: \n", is->id);

	for (size_t k = 0; epic && k < epic->ncomments; k++)
		if (text_starts(epic->comments[k].text, "[WAVE-SUMMARY]") &&
		    (strstr(epic->comments[k].text, line) || strstr(epic->comments[k].text, bare)))
			return true;
	return false;
}

/* One issue of a view as an item, strings in a; blockers and parent resolved by the view. */
static void fill_item(struct sched_item *item, struct store *s, const struct view *v, size_t i,
		      const struct select_opts *o, bool wanted, struct arena *a)
{
	const struct issue *is = view_at(v, i);
	const char *complexity = issue_label_value(is, "complexity");
	struct work *w = load_work(s, is->id, a);
	bool resumed = o->run && w && !strcmp(w->run, o->run),
		waits = !strcmp(is->status, "blocked");

	if (w && (!resumed || (stage_parse(w->stage, NULL) >= STAGE_FAILED && !waits)))
		forget(w, issue_has_label(is, "accepted"));
	*item = (struct sched_item){
		.id = arena_strdup(a, is->id), .title = arena_strdup(a, is->title),
		.type = arena_strdup(a, is->type), .priority = is->priority,
		.estimate_min = is->estimate_minutes,
		.complexity = arena_strdup(a, complexity ? complexity : "standard"),
		.body = arena_strdup(a, is->description),
		.no_diff = issue_has_label(is, "no-diff") || !strcmp(is->type, "spike"),
		.epic = is_epic(is),
		.parent = issue_parent(is) ? arena_strdup(a, issue_parent(is)) : NULL,
		.closed = !strcmp(is->status, "closed"), .work = w,
	};
	if (item->closed && resumed) {
		item->reason = arena_strdup(a, is->close_reason);
		item->told = is_told(v, is);
	}
	item->launchable = wanted && !item->closed && !unreadable(v, is->id) &&
			   (item->epic || type_launchable(is->type)) &&
			   may_start(o, is, w, o->ids && strs_has(o->ids, is->id));
	add_blockers(v, is, a, item, 0);
	for (size_t k = 0; k < item->nblockers; k++)
		((const char **)item->blockers)[k] = arena_strdup(a, item->blockers[k]);
}

int select_issues(struct selection *out, struct store *s, const struct view *v,
		  const struct select_opts *o, struct err *e)
{
	size_t n = view_count(v);
	AUTO_FREE unsigned char *mark = xcalloc(n, 1);
	struct selecting sel = { .store = s, .view = v, .o = o, .mark = mark, .mem = &out->mem };
	int rc = 0;

	*out = (struct selection){ 0 };
	if (o->ids && o->ids->n)
		rc = mark_named(&sel, e);
	else
		memset(mark, MARK_WANTED, n);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (mark[i] >= MARK_WANTED)
			mark_blockers(&sel, i);
	out->item = arena_alloc(&out->mem, (n + 1) * sizeof(*out->item));
	for (size_t i = 0; i < n; i++) {
		const struct issue *is = view_at(v, i);

		/* of what is closed only an epic's children matter: they say that it has any */
		if (!mark[i] || (!strcmp(is->status, "closed") && !issue_parent(is) && !o->run))
			continue;
		fill_item(&out->item[out->n], s, v, i, o, mark[i] >= MARK_WANTED, &out->mem);
		out->launchable += out->item[out->n++].launchable && !is_epic(is);
	}
	return 0;
}

void selection_release(struct selection *sel)
{
	arena_release(&sel->mem);
	*sel = (struct selection){ 0 };
}

static int word_index(const char *word, const char *const *words, int dflt)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return dflt;
}

static void conf_limits(struct sched_conf *out, const struct config *c)
{
	out->retry_max = (int)config_int(c, "retry.max");
	out->fix_rounds = (int)config_int(c, "retry.fix_rounds");
	out->redispatch = (int)config_int(c, "retry.redispatch");
	out->crash = (int)config_int(c, "retry.crash");
	out->malformed = (int)config_int(c, "retry.malformed");
	/* pipeline 5.5: three attempts, two fixes */
	out->test_rounds = out->verify_rounds = 3;
	out->backoff = policy_backoff(c);
	out->breaker = policy_breaker(c);
	out->budget = policy_budget(c);
	out->alert = policy_alert(c);
	out->fallback = !strcmp(config_str(c, "breaker.fallback"), "queue") ? FALLBACK_QUEUE
			: !strcmp(config_str(c, "breaker.fallback"), "sequential") ?
				FALLBACK_SEQUENTIAL : FALLBACK_AGENT;
}

/* How far an implementer can be made stronger, which the agent has a say in: it may know neither
 * models nor efforts. */
static void conf_steps(struct sched_conf *out, const struct config *c)
{
	static const char *const complexities[POLICY_COMPLEXITIES] =
		{ "simple", "standard", "complex" };
	struct agent a;

	if (agent_load(&a, c, policy_agent(c, "impl"), NULL) < 0)
		return;
	for (int i = 0; i < POLICY_COMPLEXITIES; i++)
		out->steps[i] = policy_strengths(c, complexities[i], a.tier_models, a.tier_effort);
	agent_release(&a);
}

void select_conf(struct sched_conf *out, const struct config *c, const struct selection *sel)
{
	static const char *const modes[] = { "auto", "sequential", "parallel_waves",
					     "fully_parallel", NULL };
	static const char *const barriers[] = { "none", "reviews", "full", NULL };
	static const char *const policies[] = { "block-dependents", "keep-going", "fail-fast",
						"stop", NULL };
	static const char *const severities[] = { "suggestion", "minor", "important",
						  "critical", NULL };

	*out = (struct sched_conf){
		.max_parallel = (int)config_int(c, "run.max_parallel"),
		.review_slots = (int)config_int(c, "run.review_slots"),
		.mode = (enum sched_mode)word_index(config_str(c, "run.mode"), modes, MODE_AUTO),
		.mode_explicit = config_is_set(c, "run.mode"),
		.barrier = (enum sched_barrier)word_index(config_str(c, "run.barrier"), barriers,
							  BARRIER_NONE),
		.fifo = !strcmp(config_str(c, "run.order"), "fifo"),
		.fail_policy = (enum sched_policy)word_index(config_str(c, "run.fail_policy"),
							     policies, 0),
		.max_failures = (int)config_int(c, "run.max_failures"),
		.shared = !strcmp(config_str(c, "run.isolation"), "shared"),
		.empty_allowed = !strcmp(config_str(c, "run.empty"), "allow"),
		.has_test = *config_str(c, "run.test") != 0,
		.fastpath = !strcmp(config_str(c, "review.aggregate"), "fastpath"),
		.block_on = (enum severity)word_index(config_str(c, "review.block_on"), severities,
						      SEV_IMPORTANT),
		.trivial_lines = (int)config_int(c, "review.trivial_lines"), .seed = 1,
	};
	conf_limits(out, c);
	conf_steps(out, c);
	out->reviews = policy_reviews(c);
	out->verify_limit = out->reviews ? out->verify_rounds : 0;
	if (!strcmp(config_str(c, "run.wave_cap"), "auto")) {
		struct policy_mix mix = { 0 };

		for (size_t i = 0; i < sel->n; i++)
			if (sel->item[i].launchable && !sel->item[i].epic)
				policy_mix_add(&mix, sel->item[i].complexity);
		out->wave_cap = policy_wave_cap(c, &mix);
	} else {
		out->wave_cap = (int)config_int(c, "run.wave_cap");
	}
}
