#include "store/issue.h"

#include <stdlib.h>
#include <string.h>

void issue_init(struct issue *is)
{
	*is = (struct issue){
		.id = "", .title = "", .status = "open", .type = "task", .priority = 2,
		.assignee = "", .owner = "",
		.description = "", .design = "", .acceptance = "", .notes = "",
		.spec_id = "", .external_ref = "", .source_system = "", .metadata = "",
		.estimate_minutes = -1,
		.created_by = "", .close_reason = "", .closed_by_session = "",
		.unknown = "",
	};
}

static const char *copy(const char *s, struct arena *a)
{
	return *s ? arena_strdup(a, s) : "";
}

static void copy_arrays(struct issue *to, const struct issue *is, struct arena *a)
{
	to->labels = arena_alloc(a, is->nlabels * sizeof(*to->labels));
	for (size_t i = 0; i < is->nlabels; i++)
		to->labels[i] = copy(is->labels[i], a);
	to->deps = arena_alloc(a, is->ndeps * sizeof(*to->deps));
	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		to->deps[i] = (struct dep){
			.target = copy(d->target, a), .type = copy(d->type, a),
			.created_at = d->created_at, .created_by = copy(d->created_by, a),
			.metadata = copy(d->metadata, a), .thread_id = copy(d->thread_id, a),
			.extra = copy(d->extra, a),
		};
	}
	to->comments = arena_alloc(a, is->ncomments * sizeof(*to->comments));
	for (size_t i = 0; i < is->ncomments; i++) {
		const struct comment *c = &is->comments[i];

		to->comments[i] = *c;
		to->comments[i].id = copy(c->id, a);
		to->comments[i].author = copy(c->author, a);
		to->comments[i].text = copy(c->text, a);
		to->comments[i].extra = copy(c->extra, a);
	}
	to->extras = arena_alloc(a, is->nextras * sizeof(*to->extras));
	for (size_t i = 0; i < is->nextras; i++)
		to->extras[i] = (struct extra){ copy(is->extras[i].name, a),
						copy(is->extras[i].json, a) };
}

struct issue *issue_copy(const struct issue *is, struct arena *a)
{
	struct issue *to = arena_alloc(a, sizeof(*to));
	const char **const strings[] = {
		&to->id, &to->title, &to->status, &to->type, &to->assignee, &to->owner,
		&to->description, &to->design, &to->acceptance, &to->notes, &to->spec_id,
		&to->external_ref, &to->source_system, &to->metadata, &to->created_by,
		&to->close_reason, &to->closed_by_session, &to->unknown,
	};

	*to = *is;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		*strings[i] = copy(*strings[i], a);
	copy_arrays(to, is, a);
	return to;
}

/* The array with room for one more element at index at, in new memory: the old array may be
 * shared. */
static void *insert(struct arena *a, const void *array, size_t n, size_t size, size_t at)
{
	char *more = arena_alloc(a, (n + 1) * size);

	if (n) {
		memcpy(more, array, at * size);
		memcpy(more + (at + 1) * size, (const char *)array + at * size, (n - at) * size);
	}
	return more;
}

static void cut_out(void *array, size_t *n, size_t size, size_t at)
{
	char *p = array;

	memmove(p + at * size, p + (at + 1) * size, (--*n - at) * size);
}

bool issue_has_label(const struct issue *is, const char *label)
{
	for (size_t i = 0; i < is->nlabels; i++)
		if (!strcmp(is->labels[i], label))
			return true;
	return false;
}

bool issue_label_add(struct issue *is, const char *label, struct arena *a)
{
	size_t at = 0;

	if (!*label || issue_has_label(is, label))
		return false;
	while (at < is->nlabels && strcmp(is->labels[at], label) < 0)
		at++;
	is->labels = insert(a, is->labels, is->nlabels++, sizeof(*is->labels), at);
	is->labels[at] = arena_strdup(a, label);
	return true;
}

bool issue_label_remove(struct issue *is, const char *label)
{
	for (size_t i = 0; i < is->nlabels; i++)
		if (!strcmp(is->labels[i], label)) {
			cut_out(is->labels, &is->nlabels, sizeof(*is->labels), i);
			return true;
		}
	return false;
}

static bool is_parent(const struct dep *d)
{
	return !strcmp(d->type, "parent-child");
}

int dep_compare(const struct dep *a, const struct dep *b)
{
	int diff = is_parent(b) - is_parent(a);

	if (!diff)
		diff = strcmp(a->target, b->target);
	return diff ? diff : strcmp(a->type, b->type);
}

static int compare_deps(const void *a, const void *b)
{
	return dep_compare(a, b);
}

const struct dep *issue_dep_find(const struct issue *is, const char *target, const char *type)
{
	for (size_t i = 0; i < is->ndeps; i++)
		if (!strcmp(is->deps[i].target, target) &&
		    (!type || !strcmp(is->deps[i].type, type)))
			return &is->deps[i];
	return NULL;
}

bool issue_dep_add(struct issue *is, const struct dep *d, struct arena *a)
{
	size_t at = 0;

	if (issue_dep_find(is, d->target, d->type))
		return false;
	while (at < is->ndeps && dep_compare(&is->deps[at], d) < 0)
		at++;
	is->deps = insert(a, is->deps, is->ndeps++, sizeof(*is->deps), at);
	is->deps[at] = (struct dep){
		.target = copy(d->target, a), .type = copy(d->type, a), .created_at = d->created_at,
		.created_by = copy(d->created_by ? d->created_by : "", a),
		.metadata = copy(d->metadata ? d->metadata : "", a),
		.thread_id = copy(d->thread_id ? d->thread_id : "", a),
		.extra = copy(d->extra ? d->extra : "", a),
	};
	return true;
}

bool issue_dep_remove(struct issue *is, const char *target, const char *type)
{
	size_t was = is->ndeps;

	for (size_t i = is->ndeps; i-- > 0; )
		if (!strcmp(is->deps[i].target, target) &&
		    (!type || !strcmp(is->deps[i].type, type)))
			cut_out(is->deps, &is->ndeps, sizeof(*is->deps), i);
	return is->ndeps < was;
}

/* Time, then id, numbers before words; the rest only makes the order of equal ids the same
 * everywhere. */
int comment_compare(const struct comment *x, const struct comment *y)
{
	size_t xlen, ylen;
	int diff = (x->created_at > y->created_at) - (x->created_at < y->created_at);

	if (!diff)
		diff = y->int_id - x->int_id;
	if (!diff && x->int_id && (xlen = strlen(x->id)) != (ylen = strlen(y->id)))
		diff = xlen < ylen ? -1 : 1;
	if (!diff)
		diff = strcmp(x->id, y->id);
	if (!diff)
		diff = strcmp(x->author, y->author);
	if (!diff)
		diff = strcmp(x->text, y->text);
	return diff ? diff : strcmp(x->extra, y->extra);
}

static int compare_comments(const void *a, const void *b)
{
	return comment_compare(a, b);
}

void issue_comment_add(struct issue *is, const struct comment *c, struct arena *a)
{
	struct comment k = *c;
	size_t at = is->ncomments;

	k.id = copy(c->id, a);
	k.author = copy(c->author, a);
	k.text = copy(c->text, a);
	k.extra = copy(c->extra ? c->extra : "", a);
	while (at && comment_compare(&is->comments[at - 1], &k) > 0)
		at--;
	is->comments = insert(a, is->comments, is->ncomments++, sizeof(*is->comments), at);
	is->comments[at] = k;
}

static int compare_extras(const void *a, const void *b)
{
	return strcmp(((const struct extra *)a)->name, ((const struct extra *)b)->name);
}

void issue_extra_set(struct issue *is, const char *name, const char *json, struct arena *a)
{
	size_t at = 0;

	while (at < is->nextras && strcmp(is->extras[at].name, name) < 0)
		at++;
	if (at < is->nextras && !strcmp(is->extras[at].name, name)) {
		if (json)
			is->extras[at].json = arena_strdup(a, json);
		else
			cut_out(is->extras, &is->nextras, sizeof(*is->extras), at);
	} else if (json) {
		is->extras = insert(a, is->extras, is->nextras++, sizeof(*is->extras), at);
		is->extras[at] = (struct extra){ arena_strdup(a, name), arena_strdup(a, json) };
	}
}

const char *issue_extra(const struct issue *is, const char *name)
{
	for (size_t i = 0; i < is->nextras; i++)
		if (!strcmp(is->extras[i].name, name))
			return is->extras[i].json;
	return NULL;
}

bool issue_flag(const struct issue *is, const char *name)
{
	const char *json = issue_extra(is, name);

	return json && !strcmp(json, "true");
}

bool issue_is_back(const struct issue *is, int64_t now_us)
{
	return !strcmp(is->status, "deferred") && is->defer_until && is->defer_until <= now_us;
}

const char *issue_parent(const struct issue *is)
{
	return is->ndeps && is_parent(&is->deps[0]) ? is->deps[0].target : NULL;
}

const char *issue_label_value(const struct issue *is, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < is->nlabels; i++)
		if (!strncmp(is->labels[i], key, n) && is->labels[i][n] == ':')
			return is->labels[i] + n + 1;
	return NULL;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

typedef int compare_fn(const void *, const void *);

/* Sorts, and of equal elements keeps the first. Most arrays come sorted from a file: those are
 * only looked at. */
static void sort_set(void *array, size_t *n, size_t size, compare_fn *compare)
{
	char *p = array;
	size_t kept = 1, i = 1;

	while (i < *n && compare(p + (i - 1) * size, p + i * size) < 0)
		i++;
	if (i >= *n)
		return;
	qsort(p, *n, size, compare);
	for (i = 1; i < *n; i++) {
		if (!compare(p + (kept - 1) * size, p + i * size))
			continue;
		if (kept != i)
			memcpy(p + kept * size, p + i * size, size);
		kept++;
	}
	*n = kept;
}

void issue_sort(struct issue *is)
{
	sort_set(is->labels, &is->nlabels, sizeof(*is->labels), compare_strings);
	sort_set(is->deps, &is->ndeps, sizeof(*is->deps), compare_deps);
	sort_set(is->comments, &is->ncomments, sizeof(*is->comments), compare_comments);
	sort_set(is->extras, &is->nextras, sizeof(*is->extras), compare_extras);
}
