#include "core/query.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/id.h"

void query_init(struct query *q)
{
	*q = (struct query){ .priority = -1, .priority_min = -1, .priority_max = -1 };
}

int query_prepare(struct query *q, const struct board *b, struct err *e)
{
	long top;

	if (q->label_regex) {
		int rc = regcomp(&q->regex, q->label_regex, REG_EXTENDED | REG_NOSUB);
		char why[200];

		if (rc) {
			regerror(rc, &q->regex, why, sizeof(why));
			return err_set(e, ERR_USAGE, "invalid label regex \"%s\": %s",
				       q->label_regex, why);
		}
		q->has_regex = true;
	}
	if (q->ancestor) {
		q->below = xcalloc(b->n + 1, sizeof(*q->below));
		top = board_index(b, q->ancestor);
		if (top >= 0)
			board_descendants(b, (size_t)top, q->below);
	}
	return 0;
}

void query_release(struct query *q)
{
	if (q->has_regex)
		regfree(&q->regex);
	free(q->below);
	q->has_regex = false;
	q->below = NULL;
}

static bool listed(const struct strs *list, const char *s)
{
	return !list->n || strs_has(list, s);
}

static bool contains(const char *text, const char *part)
{
	return !part || strcasestr(text, part);
}

static bool in_span(const struct query_span *s, int64_t t)
{
	return (!s->after && !s->before) ||
		(t && (!s->after || t > s->after) && (!s->before || t < s->before));
}

static bool is_infra(const char *type)
{
	return !strcmp(type, "agent") || !strcmp(type, "role") || !strcmp(type, "rig") ||
		!strcmp(type, "message");
}

static bool status_shown(const struct query *q, const struct board *b, const struct issue *is)
{
	enum status_class c;

	if (q->all)
		return true;
	if (q->status.n)
		return strs_has(&q->status, is->status);
	c = status_class(is->status, &b->vocab);
	/* "deferred" is frozen too, but bd lists it */
	return c != STATUS_DONE && (c != STATUS_FROZEN || !strcmp(is->status, "deferred"));
}

static bool kind_shown(const struct query *q, const struct issue *is)
{
	if (q->type.n)
		return true;
	if (q->ready && (!strcmp(is->type, "merge-request") || !strcmp(is->type, "gate") ||
			 !strcmp(is->type, "molecule") || is_infra(is->type)))
		return false;
	return (q->include_gates || strcmp(is->type, "gate") != 0) &&
		(q->include_infra || !is_infra(is->type)) &&
	       (q->include_templates || !issue_flag(is, "is_template"));
}

static bool match_state(const struct query *q, const struct board *b, size_t i)
{
	if (q->ready ? !board_is_ready(b, i, q->include_deferred, q->include_ephemeral)
		     : !status_shown(q, b, b->is[i]))
		return false;
	return (!q->blocked || board_is_blocked(b, i)) && kind_shown(q, b->is[i]);
}

static bool match_scalars(const struct query *q, const struct issue *is)
{
	if ((q->priority >= 0 && is->priority != q->priority) ||
	    (q->priority_min >= 0 && is->priority < q->priority_min) ||
	    (q->priority_max >= 0 && is->priority > q->priority_max))
		return false;
	if (!listed(&q->type, is->type) ||
	    (q->exclude_type.n && strs_has(&q->exclude_type, is->type)) || !listed(&q->ids, is->id))
		return false;
	if ((q->assignee && strcmp(is->assignee, q->assignee) != 0) ||
	    (q->no_assignee && *is->assignee))
		return false;
	return !q->spec || text_starts(is->spec_id, q->spec);
}

static bool match_labels(const struct query *q, const struct issue *is)
{
	bool any = !q->label_any.n, glob = !q->label_pattern, regex = !q->has_regex;

	if (q->no_labels && is->nlabels)
		return false;
	for (size_t i = 0; i < q->label_all.n; i++)
		if (!issue_has_label(is, q->label_all.v[i]))
			return false;
	for (size_t i = 0; i < is->nlabels; i++) {
		const char *l = is->labels[i];

		if (q->label_none.n && strs_has(&q->label_none, l))
			return false;
		any = any || strs_has(&q->label_any, l);
		glob = glob || text_glob(q->label_pattern, l);
		regex = regex || !regexec(&q->regex, l, 0, NULL, 0);
	}
	return any && glob && regex;
}

static bool match_family(const struct query *q, size_t i, const struct issue *is)
{
	bool child = !q->parent;

	for (size_t k = 0; k < is->ndeps && !child; k++)
		child = !strcmp(is->deps[k].type, "parent-child") &&
			!strcmp(is->deps[k].target, q->parent);
	return child && (!q->below || q->below[i]) && (!q->no_parent || !issue_parent(is));
}

static bool match_text(const struct query *q, const struct issue *is)
{
	return (!q->text || strcasestr(is->title, q->text) || strcasestr(is->id, q->text)) &&
	       contains(is->title, q->title) && contains(is->description, q->description) &&
	       contains(is->notes, q->notes) && contains(is->external_ref, q->external) &&
	       (!q->empty_description || !*is->description);
}

static bool match_times(const struct query *q, const struct board *b, size_t i)
{
	const struct issue *is = b->is[i];

	return in_span(&q->created, is->created_at) && in_span(&q->updated, is->updated_at) &&
	       in_span(&q->closed, is->closed_at) && in_span(&q->due, is->due_at) &&
	       in_span(&q->defer, is->defer_until) &&
	       (!q->deferred || is->defer_until || !strcmp(is->status, "deferred")) &&
	       (!q->overdue || (is->due_at && is->due_at < b->now_us && !board_is_over(b, i)));
}

/* Is the member's value, as text, what stands behind '='? */
static bool member_is(const struct js *o, const char *pair)
{
	const char *eq = strchr(pair, '=');
	AUTO_FREE char *key = eq ? xstrndup(pair, (size_t)(eq - pair)) : xstrdup(pair);
	const struct js *v = js_get(o, key);
	BUF_AUTO text = BUF_INIT;

	if (!v || !eq)
		return false;
	if (js_text(v))
		return !strcmp(js_text(v), eq + 1);
	js_dump(v, false, &text);
	return !strcmp(text.s, eq + 1);
}

static bool match_metadata(const struct query *q, const struct issue *is)
{
	struct js *o = NULL;
	bool ok = true;

	if (!q->metadata.n && !q->has_metadata.n)
		return true;
	if (!*is->metadata || js_parse(&o, is->metadata, strlen(is->metadata), NULL) < 0)
		return false;
	for (size_t i = 0; ok && i < q->metadata.n; i++)
		ok = member_is(o, q->metadata.v[i]);
	for (size_t i = 0; ok && i < q->has_metadata.n; i++)
		ok = js_has(o, q->has_metadata.v[i]);
	js_free(o);
	return ok;
}

static bool match_pinned(const struct query *q, const struct issue *is)
{
	return q->pinned == QUERY_ANY ||
	       (q->pinned == QUERY_YES) == (issue_flag(is, "pinned") ||
					    !strcmp(is->status, "pinned"));
}

static bool matches(const struct query *q, const struct board *b, size_t i)
{
	const struct issue *is = b->is[i];

	return match_scalars(q, is) && match_state(q, b, i) && match_labels(q, is) &&
		match_family(q, i, is) &&
	       match_times(q, b, i) && match_pinned(q, is) && match_text(q, is) &&
		       match_metadata(q, is);
}

void query_run(const struct query *q, const struct board *b, struct board_list *out)
{
	for (size_t i = 0; i < b->n; i++)
		if (matches(q, b, i))
			vec_add(out, (uint32_t)i);
}

static const char *const list_words[] = {
	[SORT_PRIORITY] = "priority", [SORT_CREATED] = "created", [SORT_UPDATED] = "updated",
	[SORT_CLOSED] = "closed", [SORT_STATUS] = "status", [SORT_ID] = "id",
	[SORT_TITLE] = "title", [SORT_TYPE] = "type", [SORT_ASSIGNEE] = "assignee",
};

static int ready_sort_parse(const char *word, enum query_sort *out, struct err *e)
{
	if (!strcmp(word, "priority"))
		*out = SORT_DEFAULT;
	else if (!strcmp(word, "oldest"))
		*out = SORT_OLDEST;
	else if (!strcmp(word, "hybrid"))
		*out = SORT_HYBRID;
	else
		return err_set(e, ERR_USAGE, "invalid sort policy '%s'. Valid values: hybrid, "
					     "priority, oldest", word);
	return 0;
}

int query_sort_parse(const char *word, bool ready, enum query_sort *out, struct err *e)
{
	if (ready)
		return ready_sort_parse(word, out, e);
	for (enum query_sort s = SORT_PRIORITY; s <= SORT_ASSIGNEE; s++)
		if (!strcmp(word, list_words[s])) {
			*out = s;
			return 0;
		}
	return err_set(e, ERR_USAGE, "invalid sort field \"%s\" (valid: priority, created, "
				     "updated, closed, status, id, "
		       "title, type, assignee)", word);
}

/* What two issues are compared by, side by side in memory: first, text, then, at, i. All
 * ascending. */
struct key {
	const char *text;	/* NULL: not used */
	int64_t first, at;
	int then;
	uint32_t i;
};
struct how { int (*text)(const char *a, const char *b); int sign; };

static void key_make(struct key *k, const struct board *b, uint32_t i, enum query_sort sort)
{
	static const int64_t recent_us = 48ll * 3600 * 1000000;
	const struct issue *is = b->is[i];

	*k = (struct key){ .then = is->priority, .at = -is->created_at, .i = i };
	switch (sort) {
	case SORT_DEFAULT:
		break;
	case SORT_PRIORITY:
		k->first = is->priority;
		break;
	case SORT_CREATED:
		k->first = -is->created_at;
		break;
	case SORT_UPDATED:
		k->first = -is->updated_at;
		break;
	case SORT_CLOSED:
		k->first = is->closed_at ? -is->closed_at : INT64_MAX;
		break;
	case SORT_STATUS:
		k->text = is->status;
		break;
	case SORT_ID:
		k->text = is->id;
		break;
	case SORT_TITLE:
		k->text = is->title;
		break;
	case SORT_TYPE:
		k->text = is->type;
		break;
	case SORT_ASSIGNEE:
		k->text = is->assignee;
		break;
	case SORT_HYBRID:
	case SORT_OLDEST:
		if (sort == SORT_HYBRID)
			k->first = is->created_at >= b->now_us - recent_us ? is->priority :
				INT32_MAX;
		k->then = 0;
		k->at = is->created_at;
		break;
	}
}

static int key_order(const void *pa, const void *pb, void *arg)
{
	const struct key *a = pa, *b = pb;
	const struct how *how = arg;
	int c;

	if (a->first != b->first)
		return a->first < b->first ? -how->sign : how->sign;
	if (a->text && (c = how->text(a->text, b->text)))
		return c * how->sign;
	if (a->then != b->then)
		return a->then < b->then ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->i < b->i ? -1 : a->i > b->i;
}

void query_order(const struct board *b, struct board_list *list, enum query_sort sort, bool reverse)
{
	struct how how = {
		.text = sort == SORT_ID ? id_compare_natural :
		sort == SORT_TITLE ? strcasecmp : strcmp, .sign = reverse ? -1 : 1,
	};
	struct key *key = xmalloc((list->n + 1) * sizeof(*key));
	size_t n = list->n;

	for (size_t i = 0; i < n; i++)
		key_make(&key[i], b, list->v[i], sort);
	qsort_r(key, n, sizeof(*key), key_order, &how);
	/* these have no field of their own to turn round: the whole list is */
	reverse = reverse && (sort == SORT_DEFAULT || sort == SORT_OLDEST || sort == SORT_HYBRID);
	for (size_t i = 0; i < n; i++)
		list->v[reverse ? n - 1 - i : i] = key[i].i;
	free(key);
}
