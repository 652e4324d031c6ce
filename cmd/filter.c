/* cmd/filter.c - the flags that narrow a listing */
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/look.h"
#include "cmd/opt.h"
#include "core/settings.h"
#include "core/timeexpr.h"
#include "store/base/text.h"
#include "store/bdconf.h"
#include "store/view.h"

void filter_init(struct filter *f)
{
	*f = (struct filter){ .limit = 50 };
	query_init(&f->q);
}

void filter_release(struct filter *f)
{
	struct strs *lists[] = {
		&f->status, &f->type, &f->exclude_type, &f->q.status, &f->q.type,
		&f->q.exclude_type, &f->q.label_all, &f->q.label_any, &f->q.label_none, &f->q.ids,
		&f->q.metadata, &f->q.has_metadata,
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		strs_free_all(lists[i]);
	query_release(&f->q);
}

static void append(struct opt *table, int *n, const struct opt *part, size_t count)
{
	memcpy(table + *n, part, count * sizeof(*part));
	*n += (int)count;
}
#define APPEND(table, n, part) append(table, n, part, sizeof(part) / sizeof((part)[0]))

static void basic_opts(struct filter *f, struct opt *table, int *n)
{
	const struct opt part[] = {
		{ 't', "type", OPT_LIST, &f->type, "<type>", "only issues of this type", 0 },
		{ 'p', "priority", OPT_STR, &f->priority, "<0-4>",
		  "only this priority (P0-P4 too)", 0 },
		{ 'a', "assignee", OPT_STR, &f->q.assignee, "<name>",
		  "only issues of this person", 0 },
		{ 'l', "label", OPT_LIST, &f->q.label_all, "<label,...>",
		  "that have all these labels", 0 },
		{ 0, "labels", OPT_LIST, &f->q.label_all, "<label,...>", "as --label", OPT_HIDDEN },
		{ 0, "label-any", OPT_LIST, &f->q.label_any, "<label,...>",
		  "that have one of these labels", 0 },
		{ 0, "exclude-label", OPT_LIST, &f->q.label_none, "<label,...>",
		  "that have none of these labels", 0 },
		{ 0, "exclude-type", OPT_LIST, &f->exclude_type, "<type,...>",
		  "not of these types", 0 },
		{ 0, "metadata-field", OPT_MULTI, &f->q.metadata, "<key=value>",
		  "whose metadata says so", 0 },
		{ 0, "has-metadata-key", OPT_MULTI, &f->q.has_metadata, "<key>",
		  "whose metadata has the key", 0 },
	};

	APPEND(table, n, part);
}

static void more_opts(struct filter *f, struct opt *table, int *n)
{
	const struct opt part[] = {
		{ 0, "priority-min", OPT_STR, &f->priority_min, "<0-4>",
		  "this priority number or a greater", 0 },
		{ 0, "priority-max", OPT_STR, &f->priority_max, "<0-4>",
		  "this priority number or a smaller", 0 },
		{ 0, "no-assignee", OPT_BOOL, &f->q.no_assignee, NULL, "of nobody", 0 },
		{ 0, "label-pattern", OPT_STR, &f->q.label_pattern, "<glob>",
		  "with a label that matches", 0 },
		{ 0, "label-regex", OPT_STR, &f->q.label_regex, "<regex>",
		  "with a label that matches", 0 },
		{ 0, "no-labels", OPT_BOOL, &f->q.no_labels, NULL, "without labels", 0 },
		{ 0, "parent", OPT_STR, &f->parent, "<id>", "children of this issue", 0 },
		{ 0, "filter-parent", OPT_STR, &f->parent, "<id>", "as --parent", OPT_HIDDEN },
		{ 0, "no-parent", OPT_BOOL, &f->q.no_parent, NULL, "without a parent", 0 },
		{ 0, "id", OPT_LIST, &f->q.ids, "<id,...>", "only these", 0 },
		{ 0, "title", OPT_STR, &f->q.title, "<text>", "whose title contains it", 0 },
		{ 0, "title-contains", OPT_STR, &f->q.title, "<text>", "as --title", OPT_HIDDEN },
		{ 0, "desc-contains", OPT_STR, &f->q.description, "<text>",
		  "whose description contains it", 0 },
		{ 0, "notes-contains", OPT_STR, &f->q.notes, "<text>",
		  "whose notes contain it", 0 },
		{ 0, "external-contains", OPT_STR, &f->q.external, "<text>",
		  "whose external reference contains it", 0 },
		{ 0, "empty-description", OPT_BOOL, &f->q.empty_description, NULL,
		  "without a description", 0 },
		{ 0, "created-after", OPT_STR, &f->created_after, "<time>",
		  "made after (-7d, 2025-01-15, ...)", 0 },
		{ 0, "created-before", OPT_STR, &f->created_before, "<time>", "made before", 0 },
		{ 0, "updated-after", OPT_STR, &f->updated_after, "<time>", "changed after", 0 },
		{ 0, "updated-before", OPT_STR, &f->updated_before, "<time>",
		  "not changed since", 0 },
		{ 0, "closed-after", OPT_STR, &f->closed_after, "<time>", "closed after", 0 },
		{ 0, "closed-before", OPT_STR, &f->closed_before, "<time>", "closed before", 0 },
		{ 0, "due-after", OPT_STR, &f->due_after, "<time>", "due after", 0 },
		{ 0, "due-before", OPT_STR, &f->due_before, "<time>", "due before", 0 },
		{ 0, "defer-after", OPT_STR, &f->defer_after, "<time>", "deferred until after", 0 },
		{ 0, "defer-before", OPT_STR, &f->defer_before, "<time>",
		  "deferred until before", 0 },
		{ 0, "spec", OPT_STR, &f->q.spec, "<prefix>", "whose spec id begins so", 0 },
	};

	APPEND(table, n, part);
}

void filter_opts(struct filter *f, unsigned parts, struct opt *table, int *n)
{
	const struct opt status[] = {
		{ 's', "status", OPT_LIST, &f->status, "<status,...>",
		  "only these; all for every one", 0 },
		{ 0, "state", OPT_LIST, &f->status, "<status,...>", "as --status", OPT_HIDDEN },
		{ 0, "all", OPT_BOOL, &f->q.all, NULL, "closed ones too", 0 },
	};
	const struct opt sort[] = {
		{ parts & FILTER_STATUS ? 0 : 's', "sort", OPT_STR, &f->sort, "<field>",
		  "order by", 0 },
		{ 'r', "reverse", OPT_BOOL, &f->reverse, NULL, "the other way round", 0 },
		{ 'n', "limit", OPT_INT, &f->limit, "<n>", "at most so many (0: all)", 0 },
	};

	if (parts & FILTER_STATUS)
		APPEND(table, n, status);
	if (parts & FILTER_BASIC)
		basic_opts(f, table, n);
	if (parts & FILTER_MORE)
		more_opts(f, table, n);
	if (parts & FILTER_SORT)
		APPEND(table, n, sort);
}

/* ", in_review, qa": the custom words behind the built-in ones. */
static void add_custom(struct buf *out, const char *list)
{
	STRS_AUTO words = { 0 };

	text_split(list ? list : "", ',', &words);
	for (size_t i = 0; i < words.n; i++)
		buf_addf(out, ", %.*s", (int)strcspn(words.v[i], ":"), words.v[i]);
}

static int read_status(struct ctx *c, struct filter *f, const struct vocab *v)
{
	for (size_t i = 0; i < f->status.n; i++) {
		const char *word = f->status.v[i];
		BUF_AUTO valid = BUF_INIT;

		if (!strcmp(word, "all")) {
			f->q.all = true;
			continue;
		}
		if (status_class(word, v) != STATUS_UNKNOWN) {
			strs_add(&f->q.status, word);
			continue;
		}
		buf_adds(&valid, "open, in_progress, blocked, deferred, closed, pinned, hooked");
		add_custom(&valid, v->custom_status);
		return err_set(&c->err, ERR_USAGE, "invalid status \"%s\" (valid: %s)",
			       word, valid.s);
	}
	if (f->q.all)
		strs_free_all(&f->q.status);
	return 0;
}

static int read_types(struct ctx *c, const struct strs *typed, const struct vocab *v,
		      struct strs *out)
{
	for (size_t i = 0; i < typed->n; i++) {
		const char *word = type_canonical(typed->v[i]);
		BUF_AUTO valid = BUF_INIT;

		/* bd makes none of its merge requests by hand, but looks for them */
		if (type_known(word, v) || !strcmp(word, "merge-request")) {
			strs_add(out, word);
			continue;
		}
		buf_adds(&valid, "bug, feature, task, epic, chore, decision");
		add_custom(&valid, v->custom_types);
		return err_set(&c->err, ERR_USAGE, "invalid issue type \"%s\" (valid: %s)",
			       typed->v[i], valid.s);
	}
	return 0;
}

static int read_times(struct ctx *c, struct filter *f)
{
	struct query *q = &f->q;
	const struct { const char *flag, *value; int64_t *out; } times[] = {
		{ "created-after", f->created_after, &q->created.after },
		{ "created-before", f->created_before, &q->created.before },
		{ "updated-after", f->updated_after, &q->updated.after },
		{ "updated-before", f->updated_before, &q->updated.before },
		{ "closed-after", f->closed_after, &q->closed.after },
		{ "closed-before", f->closed_before, &q->closed.before },
		{ "due-after", f->due_after, &q->due.after },
		{ "due-before", f->due_before, &q->due.before },
		{ "defer-after", f->defer_after, &q->defer.after },
		{ "defer-before", f->defer_before, &q->defer.before },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(times) / sizeof(times[0]); i++)
		if (times[i].value)
			rc = timeexpr_flag(times[i].flag, times[i].value, c->now_us,
					   times[i].out, &c->err);
	return rc;
}

static int read_priorities(struct ctx *c, struct filter *f)
{
	int rc = 0;

	if (f->priority)
		rc = priority_parse(f->priority, &f->q.priority, &c->err);
	if (rc == 0 && f->priority_min)
		rc = priority_parse(f->priority_min, &f->q.priority_min, &c->err);
	if (rc == 0 && f->priority_max)
		rc = priority_parse(f->priority_max, &f->q.priority_max, &c->err);
	return rc;
}

static int check_metadata(struct ctx *c, const struct strs *fields)
{
	for (size_t i = 0; i < fields->n; i++)
		if (!strchr(fields->v[i], '=') || fields->v[i][0] == '=')
			return err_set(&c->err, ERR_USAGE,
				       "invalid --metadata-field: expected key=value, got \"%s\"",
				       fields->v[i]);
	return 0;
}

void filter_directory(struct ctx *c, struct filter *f)
{
	static const char key[] = "directory.labels.";
	AUTO_FREE char *here = NULL;
	const char *label = NULL;
	size_t longest = 0;

	if (f->q.label_all.n || f->q.label_any.n)
		return;
	for (size_t i = 0; c->bdconf && i < c->bdconf->n; i++) {
		const char *name = c->bdconf->v[i].name, *folder = name + strlen(key);
		size_t n = text_starts(name, key) ? strlen(folder) : 0;

		if (n <= longest)
			continue;
		if (!here && !(here = getcwd(NULL, 0)))
			return;
		if (strstr(arena_printf(&c->arena, "%s/", here),
			   arena_printf(&c->arena, "/%s/", folder))) {
			label = bdconf_get(c->bdconf, name);
			longest = n;
		}
	}
	if (label)
		strs_add(&f->q.label_any, label);
}

int filter_read(struct ctx *c, struct filter *f, const struct look *l)
{
	struct vocab v = settings_vocab(cmd_settings(c));
	const struct issue *parent;
	int rc;

	if ((rc = read_status(c, f, &v)) < 0 ||
	    (rc = read_types(c, &f->type, &v, &f->q.type)) < 0 ||
	    (rc = read_types(c, &f->exclude_type, &v, &f->q.exclude_type)) < 0 ||
	    (rc = read_priorities(c, f)) < 0 || (rc = read_times(c, f)) < 0 ||
	    (rc = check_metadata(c, &f->q.metadata)) < 0)
		return rc;
	if (f->limit < 0)
		return err_set(&c->err, ERR_USAGE, "--limit must not be negative");
	if (f->parent && (rc = cmd_resolve(c, l->v, f->parent, &parent)) < 0)
		return err_wrap(&c->err, rc, "parent %s", f->parent);
	if (f->parent)
		f->parent = f->q.parent = parent->id;
	return query_prepare(&f->q, &l->b, &c->err);
}
