/* core/life_edges.c - edges between issues and their guards; see lifecycle.h */
#include <string.h>

#include "core/lifecycle.h"
#include "core/settings.h"
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/map.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/txn.h"
#include "store/view.h"

/* What `create --deps` takes in front of the colon, sorted. */
static const char *const dep_types[] = {
	"approved-by", "assigned-to", "attests", "authored-by", "blocked-by", "blocks", "caused-by",
	"conditional-blocks", "delegated-from", "depends-on", "discovered-from", "duplicates",
	"parent-child", "related", "relates-to",
	"replies-to", "supersedes", "tracks", "until", "validates", "waits-for", NULL
};

const char *const *life_dep_types(void)
{
	return dep_types;
}

bool life_external(const char *id)
{
	return text_starts(id, "external:");
}

int life_parse_dep(const char *item, const char **type, const char **target, bool *reverse,
		   struct err *e)
{
	const char *colon = life_external(item) ? NULL : strchr(item, ':');
	size_t n = colon ? (size_t)(colon - item) : 0;
	BUF_AUTO all = BUF_INIT;

	*reverse = false;
	*type = "blocks";
	*target = colon ? colon + 1 : item;
	while (**target == ' ')
		++*target;
	if (!colon)
		return 0;
	for (size_t i = 0; dep_types[i]; i++) {
		if (strlen(dep_types[i]) == n && !strncmp(dep_types[i], item, n)) {
			*reverse = !strcmp(dep_types[i], "blocks");
			if (strcmp(dep_types[i], "blocked-by") &&
			    strcmp(dep_types[i], "depends-on"))
				*type = dep_types[i];
			if (**target)
				return 0;
			return err_set(e, ERR_USAGE, "invalid dependency format '%s', expected "
						     "'type:id' or 'id'", item);
		}
		buf_addf(&all, "%s%s", i ? ", " : "", dep_types[i]);
	}
	return err_set(e, ERR_USAGE, "unknown dependency type \"%.*s\"; valid types: %s", (int)n,
		       item, all.s);
}

static bool is_done(const struct life *l, const struct issue *is)
{
	const struct vocab v = settings_vocab(l->settings);

	return status_class(is->status, &v) == STATUS_DONE || !strcmp(is->status, "pinned");
}

void life_blockers(struct life *l, const struct issue *is, struct strs *out)
{
	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];
		const struct issue *target;

		if (strcmp(d->type, "blocks") && strcmp(d->type, "conditional-blocks"))
			continue;
		target = txn_get(l->t, d->target);
		if (target && !is_done(l, target) && !strs_has(out, d->target))
			strs_add(out, d->target);
	}
	strs_sort(out);
}

size_t life_open_children(struct life *l, const char *id)
{
	struct view *v;
	const uint32_t *at;
	size_t n, open = 0;
	long index;

	if (txn_view(l->t, &v, NULL) < 0 || (index = view_index(v, id)) < 0)
		return 0;
	at = view_dependents(v, (size_t)index, &n);
	for (size_t i = 0; i < n; i++) {
		const struct issue *child = txn_get(l->t, view_at(v, at[i])->id);

		if (child && issue_dep_find(child, id, "parent-child") && !is_done(l, child))
			open++;
	}
	return open;
}

/* Does a wait for b, over any edges that hold an issue back? Depth first, each issue once. */
static bool waits_for(struct life *l, const char *a, const char *b, struct map *seen)
{
	const struct issue *is;

	if (!strcmp(a, b))
		return true;
	if (map_get(seen, a) || !(is = txn_get(l->t, a)))
		return false;
	map_put(seen, is->id, seen);
	for (size_t i = 0; i < is->ndeps; i++)
		if (dep_type_blocking(is->deps[i].type) &&
		    waits_for(l, is->deps[i].target, b, seen))
			return true;
	return false;
}

/* Is b an ancestor of a, over parent-child edges? */
static bool has_ancestor(struct life *l, const char *a, const char *b, struct map *seen)
{
	const struct issue *is = txn_get(l->t, a);

	if (!is || map_get(seen, a))
		return false;
	map_put(seen, is->id, seen);
	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		if (strcmp(d->type, "parent-child"))
			continue;
		if (!strcmp(d->target, b) || has_ancestor(l, d->target, b, seen))
			return true;
	}
	return false;
}

static bool same_kind(const char *type)
{
	return !strcmp(type, "blocks");
}

static int check_kinds(const struct issue *from, const struct issue *to, struct err *e)
{
	bool epic = !strcmp(from->type, "epic"), other_epic = !strcmp(to->type, "epic");

	if (epic && !other_epic)
		return err_set(e, ERR_REFUSED, "epics can only block other epics, not tasks");
	if (!epic && other_epic)
		return err_set(e, ERR_REFUSED, "tasks can only block other tasks, not epics");
	return 0;
}

static int check_edge(struct life *l, const struct issue *from, const struct issue *to,
		      const char *type, bool check_cycle, struct err *e)
{
	const struct dep *have = issue_dep_find(from, to->id, NULL);
	MAP_AUTO up = MAP_INIT;
	MAP_AUTO seen = MAP_INIT;

	if (have && strcmp(have->type, type) && strcmp(have->type, "parent-child") &&
	    strcmp(type, "parent-child"))
		return err_set(e, ERR_REFUSED,
			       "dependency %s -> %s already exists with type \"%s\" (requested "
			       "\"%s\"); remove it first with '%s dep remove' then re-add",
			       from->id, to->id, have->type, type, l->prog);
	if (dep_type_blocking(type) && strcmp(type, "parent-child") &&
	    has_ancestor(l, from->id, to->id, &up))
		return err_set(e, ERR_REFUSED,
			       "cannot add dependency: %s is already a child of %s. Children "
			       "inherit dependency on parent completion via hierarchy. Adding an "
			       "explicit dependency would create a deadlock", from->id, to->id);
	if (same_kind(type) && check_kinds(from, to, e) < 0)
		return ERR_REFUSED;
	if (check_cycle && dep_type_blocking(type) && waits_for(l, to->id, from->id, &seen))
		return err_set(e, ERR_REFUSED, "adding dependency would create a cycle");
	return 0;
}

int life_dep_add(struct life *l, const char *from, const char *to, const char *type,
		 bool check_cycle, struct err *e)
{
	struct arena *a = txn_arena(l->t);
	const struct issue *have = txn_get(l->t, from), *target = txn_get(l->t, to);
	struct dep d = { .created_at = l->now_us, .metadata = "", .thread_id = "", .extra = "" };
	struct issue *is;
	size_t n = strlen(type);
	int rc;

	if (!have)
		return err_set(e, ERR_NOTFOUND, "issue %s not found", from);
	if (!strcmp(from, to))
		return err_set(e, ERR_REFUSED,
			       "cannot add self-dependency: %s cannot depend on itself", from);
	if (!target && !life_external(to))
		return err_set(e, ERR_NOTFOUND, "issue %s not found", to);
	if (n < 1 || n > 50)
		return err_set(e, ERR_USAGE,
			       "invalid dependency type \"%s\": must be 1 to 50 characters", type);
	if (issue_dep_find(have, to, type))
		return 0;
	if (target && (rc = check_edge(l, have, target, type, check_cycle, e)) < 0)
		return rc;
	if ((rc = txn_edit(l->t, from, &is, e)) < 0)
		return rc;
	d.target = arena_strdup(a, to);
	d.type = arena_strdup(a, type);
	d.created_by = arena_strdup(a, l->actor);
	issue_dep_add(is, &d, a);
	is->updated_at = l->now_us;
	return 0;
}

int life_dep_remove(struct life *l, const char *from, const char *to, const char *type,
		    struct err *e)
{
	const struct issue *have = txn_get(l->t, from);
	struct issue *is;
	int rc;

	if (!have)
		return err_set(e, ERR_NOTFOUND, "issue %s not found", from);
	if (!issue_dep_find(have, to, type))
		return 0;
	if ((rc = txn_edit(l->t, from, &is, e)) < 0)
		return rc;
	while (issue_dep_remove(is, to, type))
		is->updated_at = l->now_us;
	return 0;
}

int life_relate(struct life *l, const char *a, const char *b, struct err *e)
{
	int rc;

	if (!strcmp(a, b))
		return err_set(e, ERR_REFUSED, "cannot relate an issue to itself");
	if ((rc = life_dep_add(l, a, b, "relates-to", false, e)) < 0)
		return rc;
	return life_dep_add(l, b, a, "relates-to", false, e);
}

int life_unrelate(struct life *l, const char *a, const char *b, struct err *e)
{
	int rc = life_dep_remove(l, a, b, "relates-to", e);

	return rc < 0 ? rc : life_dep_remove(l, b, a, "relates-to", e);
}

int life_set_parent(struct life *l, const char *id, const char *parent, struct err *e)
{
	const struct issue *have = txn_get(l->t, id);
	MAP_AUTO seen = MAP_INIT;
	struct issue *is;
	int rc;

	if (!have)
		return err_set(e, ERR_NOTFOUND, "issue %s not found", id);
	if (*parent && !txn_get(l->t, parent))
		return err_set(e, ERR_NOTFOUND, "parent issue %s not found", parent);
	if (*parent && issue_dep_find(have, parent, "parent-child"))
		return 0;
	if (*parent && (!strcmp(id, parent) || has_ancestor(l, parent, id, &seen)))
		return err_set(e, ERR_REFUSED, "adding dependency would create a cycle");
	if ((rc = txn_edit(l->t, id, &is, e)) < 0)
		return rc;
	while (issue_parent(is))
		issue_dep_remove(is, issue_parent(is), "parent-child");
	is->updated_at = l->now_us;
	return *parent ? life_dep_add(l, id, parent, "parent-child", true, e) : 0;
}
