#include "core/changes.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/list.h"
#include "store/base/clock.h"
#include "store/issue.h"

enum kind { TEXT, NUMBER, MINUTES, TIME };

#define FIELD(name, kind, member) { name, kind, offsetof(struct issue, member) }
static const struct field { const char *name; enum kind kind; size_t offset; } fields[] = {
	FIELD("title", TEXT, title), FIELD("status", TEXT, status), FIELD("issue_type", TEXT, type),
	FIELD("priority", NUMBER, priority), FIELD("assignee", TEXT, assignee),
	FIELD("owner", TEXT, owner), FIELD("description", TEXT, description),
	FIELD("design", TEXT, design), FIELD("acceptance_criteria", TEXT, acceptance),
	FIELD("notes", TEXT, notes), FIELD("spec_id", TEXT, spec_id),
	FIELD("external_ref", TEXT, external_ref), FIELD("metadata", TEXT, metadata),
	FIELD("estimated_minutes", MINUTES, estimate_minutes), FIELD("due_at", TIME, due_at),
	FIELD("defer_until", TIME, defer_until), FIELD("started_at", TIME, started_at),
	FIELD("closed_at", TIME, closed_at), FIELD("close_reason", TEXT, close_reason),
};

static const char *value(const struct issue *is, const struct field *f, struct arena *a)
{
	const char *at = (const char *)is + f->offset, *text;
	char when[CLOCK_TEXT];
	int64_t us;
	long n;
	int i;

	switch (f->kind) {
	case TEXT:
		memcpy(&text, at, sizeof(text));
		return text;
	case NUMBER:
		memcpy(&i, at, sizeof(i));
		return arena_printf(a, "%d", i);
	case MINUTES:
		memcpy(&n, at, sizeof(n));
		return n < 0 ? "" : arena_printf(a, "%ld", n);
	case TIME:
		memcpy(&us, at, sizeof(us));
		return us ? arena_strdup(a, clock_format_s(us, when)) : "";
	}
	return "";
}

static void add(struct changes *c, struct arena *a, const char *field, const char *was,
		const char *now)
{
	list_add(a, c->v, c->n, (struct change){ field, was, now });
}

static bool has_comment(const struct issue *is, const char *id)
{
	for (size_t i = 0; i < is->ncomments; i++)
		if (!strcmp(is->comments[i].id, id))
			return true;
	return false;
}

/* Members that only one of the two has: with added they are new in one, else they are gone. */
static void add_members(struct changes *c, struct arena *a, const struct issue *one,
			const struct issue *other, bool added)
{
	for (size_t i = 0; i < one->nlabels; i++)
		if (!issue_has_label(other, one->labels[i]))
			add(c, a, "labels", added ? "" : one->labels[i],
			    added ? one->labels[i] : "");
	for (size_t i = 0; i < one->ndeps; i++) {
		const struct dep *d = &one->deps[i];
		const char *text;

		if (issue_dep_find(other, d->target, d->type))
			continue;
		text = arena_printf(a, "%s %s", d->type, d->target);
		add(c, a, "dependencies", added ? "" : text, added ? text : "");
	}
	for (size_t i = 0; i < one->ncomments; i++)
		if (!has_comment(other, one->comments[i].id))
			add(c, a, "comments", added ? "" : one->comments[i].text,
			    added ? one->comments[i].text : "");
}

struct changes changes_between(const struct issue *was, const struct issue *now, struct arena *a)
{
	struct changes c = { .n = 0 };
	struct issue none;

	if (!was) {
		issue_init(&none);
		none.status = none.type = "";
		was = &none;
	}
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *before = value(was, &fields[i], a), *after = value(now, &fields[i], a);

		if (strcmp(before, after) != 0 || (was == &none && fields[i].kind == NUMBER))
			add(&c, a, fields[i].name, was == &none ? "" : before, after);
	}
	add_members(&c, a, was, now, false);
	add_members(&c, a, now, was, true);
	return c;
}
