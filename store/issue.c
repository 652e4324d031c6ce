#include "store/issue.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/vec.h"

void issue_init(struct issue *is)
{
	*is = (struct issue){
		.id = "", .title = "", .status = "open", .type = "task", .priority = 2, .assignee = "", .owner = "",
		.description = "", .design = "", .acceptance = "", .notes = "", .spec_id = "", .external_ref = "",
		.source_system = "", .metadata = "", .estimate_minutes = -1, .created_by = "", .close_reason = "",
		.closed_by_session = "", .unknown = "",
	};
}

static void *copy_array(struct arena *a, const void *v, size_t n, size_t size)
{
	void *p = arena_alloc(a, (n + 1) * size);

	return n ? memcpy(p, v, n * size) : p;
}

struct issue *issue_copy(const struct issue *is, struct arena *a)
{
	struct issue *to = copy_array(a, is, 1, sizeof(*is));
	const char **text[] = {
		&to->id, &to->title, &to->status, &to->type, &to->assignee, &to->owner, &to->description,
		&to->design, &to->acceptance, &to->notes, &to->spec_id, &to->external_ref, &to->source_system,
		&to->metadata, &to->created_by, &to->close_reason, &to->closed_by_session, &to->unknown,
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		*text[i] = arena_strdup(a, *text[i]);
	to->labels = copy_array(a, is->labels, is->nlabels, sizeof(*is->labels));
	to->deps = copy_array(a, is->deps, is->ndeps, sizeof(*is->deps));
	to->comments = copy_array(a, is->comments, is->ncomments, sizeof(*is->comments));
	to->extras = copy_array(a, is->extras, is->nextras, sizeof(*is->extras));
	for (size_t i = 0; i < to->nlabels; i++)
		to->labels[i] = arena_strdup(a, to->labels[i]);
	for (size_t i = 0; i < to->ndeps; i++) {
		struct dep *d = &to->deps[i];

		d->target = arena_strdup(a, d->target);
		d->type = arena_strdup(a, d->type);
		d->created_by = arena_strdup(a, d->created_by);
		d->metadata = arena_strdup(a, d->metadata);
		d->thread_id = arena_strdup(a, d->thread_id);
		d->extra = arena_strdup(a, d->extra);
	}
	for (size_t i = 0; i < to->ncomments; i++) {
		struct comment *c = &to->comments[i];

		c->id = arena_strdup(a, c->id);
		c->author = arena_strdup(a, c->author);
		c->text = arena_strdup(a, c->text);
	}
	for (size_t i = 0; i < to->nextras; i++) {
		to->extras[i].name = arena_strdup(a, to->extras[i].name);
		to->extras[i].json = arena_strdup(a, to->extras[i].json);
	}
	return to;
}

static int by_label(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_dep(const void *a, const void *b)
{
	const struct dep *x = a, *y = b;
	int px = !strcmp(x->type, "parent-child"), py = !strcmp(y->type, "parent-child");

	if (px != py)
		return py - px;
	return strcmp(x->target, y->target) ? strcmp(x->target, y->target) : strcmp(x->type, y->type);
}

static int by_comment(const void *a, const void *b)
{
	const struct comment *x = a, *y = b;

	if (x->created_at != y->created_at)
		return x->created_at < y->created_at ? -1 : 1;
	if (x->int_id && y->int_id && strlen(x->id) != strlen(y->id))
		return strlen(x->id) < strlen(y->id) ? -1 : 1;
	return strcmp(x->id, y->id);
}

static int by_extra(const void *a, const void *b)
{
	return strcmp(((const struct extra *)a)->name, ((const struct extra *)b)->name);
}

void issue_sort(struct issue *is)
{
	size_t n = 0;

	if (is->nlabels > 1)
		qsort(is->labels, is->nlabels, sizeof(*is->labels), by_label);
	for (size_t i = 0; i < is->nlabels; i++)
		if (!n || strcmp(is->labels[n - 1], is->labels[i]))
			is->labels[n++] = is->labels[i];
	is->nlabels = n;
	if (is->ndeps > 1)
		qsort(is->deps, is->ndeps, sizeof(*is->deps), by_dep);
	if (is->ncomments > 1)
		qsort(is->comments, is->ncomments, sizeof(*is->comments), by_comment);
	if (is->nextras > 1)
		qsort(is->extras, is->nextras, sizeof(*is->extras), by_extra);
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
	if (issue_has_label(is, label))
		return false;
	is->labels = copy_array(a, is->labels, is->nlabels, sizeof(*is->labels));
	is->labels[is->nlabels++] = arena_strdup(a, label);
	issue_sort(is);
	return true;
}

bool issue_label_remove(struct issue *is, const char *label)
{
	for (size_t i = 0; i < is->nlabels; i++) {
		if (strcmp(is->labels[i], label))
			continue;
		memmove(is->labels + i, is->labels + i + 1, (--is->nlabels - i) * sizeof(*is->labels));
		return true;
	}
	return false;
}

const struct dep *issue_dep_find(const struct issue *is, const char *target, const char *type)
{
	for (size_t i = 0; i < is->ndeps; i++)
		if (!strcmp(is->deps[i].target, target) && (!type || !strcmp(is->deps[i].type, type)))
			return &is->deps[i];
	return NULL;
}

bool issue_dep_add(struct issue *is, const struct dep *d, struct arena *a)
{
	struct dep *to;

	if (issue_dep_find(is, d->target, d->type))
		return false;
	is->deps = copy_array(a, is->deps, is->ndeps, sizeof(*is->deps));
	to = &is->deps[is->ndeps++];
	*to = *d;
	to->target = arena_strdup(a, d->target);
	to->type = arena_strdup(a, d->type);
	to->created_by = arena_strdup(a, d->created_by ? d->created_by : "");
	to->metadata = arena_strdup(a, d->metadata ? d->metadata : "");
	to->thread_id = arena_strdup(a, d->thread_id ? d->thread_id : "");
	to->extra = arena_strdup(a, d->extra ? d->extra : "");
	issue_sort(is);
	return true;
}

bool issue_dep_remove(struct issue *is, const char *target, const char *type)
{
	size_t n = 0, was = is->ndeps;

	for (size_t i = 0; i < is->ndeps; i++)
		if (strcmp(is->deps[i].target, target) || (type && strcmp(is->deps[i].type, type)))
			is->deps[n++] = is->deps[i];
	is->ndeps = n;
	return n != was;
}

void issue_comment_add(struct issue *is, const struct comment *c, struct arena *a)
{
	struct comment *to;

	is->comments = copy_array(a, is->comments, is->ncomments, sizeof(*is->comments));
	to = &is->comments[is->ncomments++];
	*to = *c;
	to->id = arena_strdup(a, c->id);
	to->author = arena_strdup(a, c->author);
	to->text = arena_strdup(a, c->text);
	issue_sort(is);
}

void issue_extra_set(struct issue *is, const char *name, const char *json, struct arena *a)
{
	size_t n = 0;

	for (size_t i = 0; i < is->nextras; i++)
		if (strcmp(is->extras[i].name, name))
			is->extras[n++] = is->extras[i];
	is->nextras = n;
	if (!json)
		return;
	is->extras = copy_array(a, is->extras, is->nextras, sizeof(*is->extras));
	is->extras[is->nextras++] = (struct extra){ arena_strdup(a, name), arena_strdup(a, json) };
	issue_sort(is);
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

const char *issue_parent(const struct issue *is)
{
	/* parent-child edges stand first */
	return is->ndeps && !strcmp(is->deps[0].type, "parent-child") ? is->deps[0].target : NULL;
}

const char *issue_label_value(const struct issue *is, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < is->nlabels; i++)
		if (!strncmp(is->labels[i], key, n) && is->labels[i][n] == ':')
			return is->labels[i] + n + 1;
	return NULL;
}

bool dep_type_blocking(const char *type)
{
	return !strcmp(type, "blocks") || !strcmp(type, "parent-child") || !strcmp(type, "conditional-blocks") ||
	       !strcmp(type, "waits-for");
}

/* The class after the colon of "name:class"; a custom status without one is active. */
static enum status_class class_of(const char *s, size_t n)
{
	static const struct { const char *name; enum status_class c; } names[] = {
		{ "active", STATUS_ACTIVE }, { "wip", STATUS_WIP }, { "done", STATUS_DONE }, { "frozen", STATUS_FROZEN },
	};

	for (size_t i = 0; i < 4; i++)
		if (strlen(names[i].name) == n && !memcmp(names[i].name, s, n))
			return names[i].c;
	return STATUS_ACTIVE;
}

enum status_class status_class(const char *status, const struct vocab *v)
{
	static const struct { const char *name; enum status_class c; } known[] = {
		{ "open", STATUS_ACTIVE }, { "in_progress", STATUS_WIP }, { "blocked", STATUS_WIP },
		{ "deferred", STATUS_FROZEN }, { "closed", STATUS_DONE }, { "pinned", STATUS_FROZEN },
		{ "hooked", STATUS_WIP },
	};
	const char *s = v && v->custom_status ? v->custom_status : "";
	size_t n = strlen(status);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].name, status))
			return known[i].c;
	while (*s) {
		const char *item = s;
		size_t len = strcspn(s, ","), name;

		s += len + (s[len] == ',');
		text_trim(&item, &len);
		name = strcspn(item, ":,") < len ? strcspn(item, ":,") : len;
		if (name == n && !memcmp(item, status, n))
			return name < len ? class_of(item + name + 1, len - name - 1) : STATUS_ACTIVE;
	}
	return STATUS_UNKNOWN;
}

const char *type_canonical(const char *word)
{
	static const char *const alias[][2] = {
		{ "enhancement", "feature" }, { "feat", "feature" }, { "dec", "decision" }, { "adr", "decision" },
		{ "investigation", "spike" }, { "timebox", "spike" }, { "user-story", "story" },
		{ "user_story", "story" }, { "ms", "milestone" }, { "mr", "merge-request" }, { "mol", "molecule" },
	};

	for (size_t i = 0; i < sizeof(alias) / sizeof(alias[0]); i++)
		if (!strcmp(alias[i][0], word))
			return alias[i][1];
	return word;
}

bool type_known(const char *type, const struct vocab *v)
{
	static const char *const known[] = {
		"bug", "feature", "task", "epic", "chore", "decision", "spike", "story", "milestone", "message",
		"molecule", "gate", "event", "merge-request", "agent", "role", "rig",
	};
	STRS_AUTO custom = { 0 };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i], type))
			return true;
	if (v && v->custom_types)
		text_split(v->custom_types, ',', &custom);
	return strs_has(&custom, type);
}

int priority_parse(const char *s, int *out, struct err *e)
{
	const char *digit = *s == 'P' || *s == 'p' ? s + 1 : s;

	if (*digit < '0' || *digit > '4' || digit[1])
		return err_set(e, ERR_USAGE,
			       "invalid priority \"%s\" (expected 0-4 or P0-P4, not words like high/medium/low)", s);
	*out = *digit - '0';
	return 0;
}

/* Characters of UTF-8 text. */
static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

int issue_check(const struct issue *is, const struct vocab *v, struct err *e)
{
	const struct { const char *name, *text; } body[] = {
		{ "title", is->title }, { "description", is->description }, { "design", is->design },
		{ "acceptance criteria", is->acceptance }, { "notes", is->notes }, { "assignee", is->assignee },
	};

	if (!*is->title)
		return err_set(e, ERR_USAGE, "validation failed for issue %s: title is required", is->id);
	if (characters(is->title) > 500)
		return err_set(e, ERR_USAGE, "validation failed for issue %s: title must be 500 characters or less (got %zu)",
			       is->id, characters(is->title));
	if (is->priority < 0 || is->priority > 4)
		return err_set(e, ERR_USAGE, "validation failed for issue %s: priority must be between 0 and 4 (got %d)",
			       is->id, is->priority);
	if (status_class(is->status, v) == STATUS_UNKNOWN)
		return err_set(e, ERR_USAGE, "validation failed for issue %s: invalid status: %s", is->id, is->status);
	if (!type_known(is->type, v))
		return err_set(e, ERR_USAGE, "validation failed for issue %s: invalid issue type: %s", is->id, is->type);
	for (size_t i = 0; i < sizeof(body) / sizeof(body[0]); i++)
		if (text_utf8_bad(body[i].text, strlen(body[i].text)) >= 0)
			return err_set(e, ERR_USAGE, "validation failed for issue %s: %s is not valid UTF-8", is->id,
				       body[i].name);
	return 0;
}
