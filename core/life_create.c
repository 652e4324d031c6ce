/* core/life_create.c - new issues and their ids; see lifecycle.h */
#include <stdlib.h>
#include <string.h>

#include "core/lifecycle.h"
#include "core/settings.h"
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/txn.h"
#include "store/view.h"

enum { NONCES = 10 };	/* tries per length of a new id */

static bool has_prefix(const char *id, const char *prefix, size_t n)
{
	return !strncmp(id, prefix, n) && id[n] == '-' && id[n + 1];
}

static int check_prefix(const struct life *l, const char *id, struct err *e)
{
	const char *own = settings_prefix(l->settings);
	const char *allowed = settings_get(l->settings, "allowed_prefixes");
	STRS_AUTO list = { 0 };

	if (has_prefix(id, own, strlen(own)))
		return 0;
	if (allowed)
		text_split(allowed, ',', &list);
	for (size_t i = 0; i < list.n; i++) {
		size_t n = strlen(list.v[i]);

		if (n && list.v[i][n - 1] == '-')
			n--;
		if (has_prefix(id, list.v[i], n))
			return 0;
	}
	return err_set(e, ERR_USAGE,
		       "prefix mismatch: database uses '%s-' but ID '%s' doesn't match (use "
		       "--force to override)",
		       own, id);
}

static int check_id(const struct life *l, const struct life_new *n, struct err *e)
{
	const char *id = n->fields->id;

	if (!*id)
		return 0;
	if (n->parent)
		return err_set(e, ERR_USAGE, "cannot specify both --id and --parent flags");
	if (!strchr(id, '-') || id_check(id, NULL) < 0)
		return err_set(e, ERR_USAGE,
			       "invalid ID format '%s' (expected format: prefix-hash or "
			       "prefix-hash.number, e.g., 'bd-a3f8e9' or 'bd-a3f8e9.1')", id);
	if (!n->force && check_prefix(l, id, e) < 0)
		return ERR_USAGE;
	return txn_get(l->t, id) ? err_set(e, ERR_EXISTS, "issue %s already exists", id) : 0;
}

/* Top-level issues "PREFIX-x", and the highest number among "PREFIX-12". */
static void count_ids(const struct view *v, const char *prefix, size_t *count, long *highest)
{
	size_t plen = strlen(prefix);
	long long number;

	*count = 0;
	*highest = 0;
	for (size_t i = 0; i < view_count(v); i++) {
		const char *id = view_id(v, i);

		if (!has_prefix(id, prefix, plen) || strchr(id + plen, '.'))
			continue;
		++*count;
		if (text_int(id + plen + 1, 1, 1000000000, &number) == 0 && number > *highest)
			*highest = (long)number;
	}
}

/* min_hash_length, max_hash_length, max_collision_prob: bd's, with its defaults */
static int hash_len(const struct settings *s, size_t count)
{
	const char *word = settings_get(s, "max_collision_prob");
	char *end = NULL;
	double prob = word ? strtod(word, &end) : 0;
	long min = settings_int(s, "min_hash_length", 3), max;

	if (!end || *end || !(prob > 0 && prob < 1))
		prob = 0.25;
	min = min < 1 ? 1 : min > 8 ? 8 : min;
	max = settings_int(s, "max_hash_length", 8);
	return id_hash_len(count, (int)min, max < min ? (int)min : max > 8 ? 8 : (int)max, prob);
}

static int make_id(struct life *l, const struct issue *is, struct buf *id, struct err *e)
{
	const char *prefix = settings_prefix(l->settings),
		*mode = settings_get(l->settings, "issue_id_mode");
	struct view *v;
	size_t count;
	long highest;
	int rc, len;

	if ((rc = txn_view(l->t, &v, e)) < 0)
		return rc;
	count_ids(v, prefix, &count, &highest);
	if (mode && !strcmp(mode, "counter")) {
		do {
			buf_reset(id);
			buf_addf(id, "%s-%ld", prefix, ++highest);
		} while (txn_get(l->t, id->s));
		return 0;
	}
	len = hash_len(l->settings, count);
	for (;; len++) {
		for (unsigned nonce = 0; nonce < NONCES; nonce++) {
			buf_reset(id);
			id_new(prefix, is->title, is->description, l->actor, l->now_us, len,
			       nonce, id);
			if (!txn_get(l->t, id->s))
				return 0;
		}
	}
}

/* The next free child number; a number once given never comes back, deleted or not. */
static int make_child_id(struct life *l, const char *parent, struct buf *id, struct err *e)
{
	struct issue *p;
	int rc = txn_edit(l->t, parent, &p, e);

	if (rc < 0)
		return rc;
	do {
		buf_reset(id);
		buf_addf(id, "%s.%ld", parent, ++p->last_child);
	} while (txn_get(l->t, id->s));
	return 0;
}

/* An id P.9 that was asked for makes the next child of P number 10. */
static int note_child_number(struct life *l, const char *id, struct err *e)
{
	size_t n = id_parent_len(id);
	char *parent = arena_strndup(txn_arena(l->t), id, n);
	long number = (long)id_child_number(id);
	const struct issue *have = n ? txn_get(l->t, parent) : NULL;
	struct issue *p;
	int rc;

	if (!have || have->last_child >= number)
		return 0;
	if ((rc = txn_edit(l->t, parent, &p, e)) == 0)
		p->last_child = number;
	return rc;
}

int life_check_new(struct life *l, const struct life_new *n, struct err *e)
{
	const struct vocab v = settings_vocab(l->settings);
	struct issue is = *n->fields;
	const char *type, *target;
	bool reverse;
	int rc;

	is.type = type_canonical(is.type);
	if (!is.title[strspn(is.title, " \t\n")])
		is.title = "";
	if ((rc = issue_check(&is, &v, e)) < 0)
		return rc;
	if ((rc = check_id(l, n, e)) < 0)
		return rc;
	if (n->parent && !txn_get(l->t, n->parent))
		return err_set(e, ERR_NOTFOUND, "parent issue %s not found", n->parent);
	for (size_t i = 0; i < n->ndeps; i++)
		if ((rc = life_parse_dep(n->deps[i], &type, &target, &reverse, e)) < 0)
			return rc;
	if (n->waits_gate && strcmp(n->waits_gate, "all-children") &&
	    strcmp(n->waits_gate, "any-children"))
		return err_set(e, ERR_USAGE,
			       "invalid --waits-for-gate value '%s': must be 'all-children' "
			       "or 'any-children'",
			       n->waits_gate);
	return 0;
}

static void warn_dep(struct strs *warnings, const char *from, const char *to, const struct err *e)
{
	BUF_AUTO text = BUF_INIT;

	buf_addf(&text, "failed to add dependency %s -> %s: %s", from, to, e->msg);
	strs_add(warnings, text.s);
}

static void add_deps(struct life *l, const struct life_new *n, struct issue *is,
		     struct strs *warnings)
{
	struct err e = ERR_INIT;

	for (size_t i = 0; i < n->ndeps; i++) {
		const char *type, *target, *from, *to;
		bool reverse;

		if (life_parse_dep(n->deps[i], &type, &target, &reverse, NULL) < 0)
			continue;
		from = reverse ? target : is->id;
		to = reverse ? is->id : target;
		if (life_dep_add(l, from, to, type, true, &e) < 0)
			warn_dep(warnings, from, to, &e);
	}
	if (n->waits_for) {
		struct dep d = { .target = n->waits_for, .type = "waits-for",
				 .created_at = l->now_us, .created_by = l->actor, .thread_id = "",
				 .extra = "" };

		bool any = n->waits_gate && !strcmp(n->waits_gate, "any-children");

		d.metadata = any ? "{\"gate\":\"any-children\"}" : "{\"gate\":\"all-children\"}";
		if (txn_get(l->t, n->waits_for)) {
			issue_dep_add(is, &d, txn_arena(l->t));
		} else {
			err_set(&e, ERR_NOTFOUND, "issue %s not found", n->waits_for);
			warn_dep(warnings, is->id, n->waits_for, &e);
		}
	}
}

/* Everything of the template but what belongs to the new one: id, times, edges. */
static void fill_new(struct life *l, const struct life_new *n, struct issue *is, const char *id)
{
	struct arena *a = txn_arena(l->t);
	struct issue *copy = issue_copy(n->fields, a);

	copy->id = is->id;
	*is = *copy;
	is->id = arena_strdup(a, id);
	is->type = type_canonical(is->type);
	is->created_at = is->updated_at = l->now_us;
	is->created_by = arena_strdup(a, l->actor);
	if (!*is->owner)
		is->owner = arena_strdup(a, l->owner ? l->owner : "");
	if (!strcmp(is->status, "in_progress") && !is->started_at)
		is->started_at = l->now_us;
	if (!strcmp(is->status, "closed") && !is->closed_at)
		is->closed_at = l->now_us;
}

int life_create(struct life *l, const struct life_new *n, struct issue **out, struct strs *warnings,
		struct err *e)
{
	BUF_AUTO id = BUF_INIT;
	struct arena *a = txn_arena(l->t);
	const struct issue *parent;
	int rc;

	if ((rc = life_check_new(l, n, e)) < 0)
		return rc;
	buf_adds(&id, n->fields->id);
	if (n->parent)
		rc = make_child_id(l, n->parent, &id, e);
	else if (!id.len)
		rc = make_id(l, n->fields, &id, e);
	else
		rc = note_child_number(l, id.s, e);
	if (rc < 0 || (rc = txn_create(l->t, id.s, out, e)) < 0)
		return rc;
	fill_new(l, n, *out, id.s);
	if (n->parent) {
		struct dep d = { .target = arena_strdup(a, n->parent), .type = "parent-child",
				 .created_at = l->now_us, .created_by = (*out)->created_by,
				 .metadata = "", .thread_id = "", .extra = "" };

		issue_dep_add(*out, &d, a);
		parent = txn_get(l->t, n->parent);
		for (size_t i = 0; !n->no_inherit && i < parent->nlabels; i++)
			issue_label_add(*out, parent->labels[i], a);
	}
	add_deps(l, n, *out, warnings);
	l->now_us++;	/* what is made together keeps its order in lists: ids are random */
	return 0;
}
