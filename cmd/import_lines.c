/* cmd/import_lines.c - the lines of an issues.jsonl into the store; see import.h */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/import.h"
#include "cmd/write.h"
#include "core/memory.h"
#include "core/settings.h"
#include "store/base/clock.h"
#include "store/base/map.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/jsonl.h"
#include "store/record.h"
#include "store/txn.h"
#include "store/view.h"

struct importing {
	struct ctx *c;
	struct write w;
	struct import_result *r;
	const char *source;
	bool dedup;
	struct arena arena;		/* parsed lines */
	VEC(struct issue *) taken;	/* in arena; their edges are added last */
	struct map titles;		/* of open issues, for --dedup */
};

void import_result_release(struct import_result *r)
{
	strs_free_all(&r->ids);
	strs_free_all(&r->stale);
	strs_free_all(&r->skipped_deps);
}

static void note_titles(struct importing *m)
{
	for (size_t i = 0; m->dedup && i < view_count(m->w.v); i++) {
		const struct issue *is = view_at(m->w.v, i);

		if (strcmp(is->status, "closed"))
			map_put(&m->titles, is->title, (void *)is->id);
	}
}

/* An id for a line without one: as create would, which also checks the rest. */
static int give_id(struct importing *m, struct issue *is)
{
	const struct life_new n = { .fields = is, .force = true };
	STRS_AUTO warnings = { 0 };
	struct issue *made;
	int rc = life_create(&m->w.life, &n, &made, &warnings, &m->c->err);

	if (rc == 0)
		is->id = arena_strdup(&m->arena, made->id);
	return rc;
}

enum { SECOND_US = 1000000, WORD_MAX = 50 };

static bool has_comment(const struct issue *is, const char *id)
{
	for (size_t i = 0; i < is->ncomments; i++)
		if (!strcmp(is->comments[i].id, id))
			return true;
	return false;
}

/* A comment whose id the file has under another name (export --comment-ids=int, beads 0.x) keeps
 * the one it has here. */
static void keep_comment_ids(struct issue *to, const struct issue *here)
{
	for (size_t i = 0; i < to->ncomments; i++) {
		struct comment *x = &to->comments[i];

		for (size_t k = 0; !has_comment(here, x->id) && k < here->ncomments; k++) {
			const struct comment *y = &here->comments[k];

			if (clock_second(x->created_at) == clock_second(y->created_at) &&
			    !strcmp(x->author, y->author) && !strcmp(x->text, y->text) &&
				    !has_comment(to, y->id))
				x->id = y->id;
		}
	}
}

static void merge_comments(struct issue *to, const struct issue *here, struct arena *a)
{
	for (size_t i = 0; i < here->ncomments; i++)
		if (!has_comment(to, here->comments[i].id))
			issue_comment_add(to, &here->comments[i], a);
}

/* JSONL has whole seconds: where the second is the same, the finer time stays. */
static void keep_fraction(int64_t *to, int64_t was)
{
	if (*to % SECOND_US == 0 && clock_second(*to) == clock_second(was))
		*to = was;
}

static void keep_times(struct issue *to, const struct issue *here)
{
	keep_fraction(&to->created_at, here->created_at);
	keep_fraction(&to->updated_at, here->updated_at);
	keep_fraction(&to->started_at, here->started_at);
	keep_fraction(&to->closed_at, here->closed_at);
	keep_fraction(&to->due_at, here->due_at);
	keep_fraction(&to->defer_until, here->defer_until);
	for (size_t i = 0; i < to->ndeps; i++) {
		const struct dep *d = issue_dep_find(here, to->deps[i].target, to->deps[i].type);

		if (d)
			keep_fraction(&to->deps[i].created_at, d->created_at);
	}
	for (size_t i = 0; i < to->ncomments; i++)
		for (size_t k = 0; k < here->ncomments; k++)
			if (!strcmp(to->comments[i].id, here->comments[k].id))
				keep_fraction(&to->comments[i].created_at,
					      here->comments[k].created_at);
}

static bool same_bytes(const struct issue *a, const struct issue *b)
{
	BUF_AUTO x = BUF_INIT;
	BUF_AUTO y = BUF_INIT;

	record_write(a, &x);
	record_write(b, &y);
	return x.len == y.len && !memcmp(x.s, y.s, x.len);
}

/* What stands here and not in the file is kept: child numbers, comments, lines by hand. */
static void replace_issue(struct importing *m, struct issue *here, const struct issue *is)
{
	struct arena *a = txn_arena(m->w.t);
	struct issue *was = issue_copy(here, a), *now = issue_copy(is, a);

	now->id = here->id;
	if (now->last_child < was->last_child)
		now->last_child = was->last_child;
	now->unknown = was->unknown;
	keep_comment_ids(now, was);
	keep_times(now, was);
	merge_comments(now, was, a);
	issue_sort(now);
	*here = *now;
	if (same_bytes(was, here))
		m->r->unchanged++;
	else
		m->r->updated++;
}

static void fix_up(const struct importing *m, struct issue *is)
{
	if (!is->created_at)
		is->created_at = m->w.life.now_us;
	if (!is->updated_at)
		is->updated_at = is->created_at;
	if (!strcmp(is->status, "closed") && !is->closed_at)
		is->closed_at = is->updated_at;
	is->type = type_canonical(is->type);
}

static int take_issue(struct importing *m, struct issue *is)
{
	const struct issue *have = *is->id ? txn_get(m->w.t, is->id) : NULL;
	struct issue *here;
	int rc;

	if (m->dedup && !have && map_get(&m->titles, is->title)) {
		m->r->skipped++;
		return 0;
	}
	fix_up(m, is);
	if ((rc = life_check(&m->w.life, is, &m->c->err)) < 0)
		return rc;
	if (have && clock_second(is->updated_at) < clock_second(have->updated_at)) {
		strs_add(&m->r->stale, is->id);
		return 0;
	}
	if (!*is->id)
		rc = give_id(m, is);
	else if (id_check(is->id, &m->c->err) < 0)
		return ERR_USAGE;
	else if (have)
		rc = txn_edit(m->w.t, is->id, &here, &m->c->err);
	else if ((rc = txn_create(m->w.t, is->id, &here, &m->c->err)) == 0)
		*here = *issue_copy(is, txn_arena(m->w.t));
	if (rc < 0)
		return rc;
	if (have)
		replace_issue(m, here, is);
	strs_add(&m->r->ids, is->id);
	vec_add(&m->taken, is);
	return 0;
}

/* The file's lines that hold something, one after the other. */
struct lines { const char *s; size_t left; const char *line; size_t len, at; };

static bool next_line(struct lines *l)
{
	while (text_line(&l->s, &l->left, &l->line, &l->len)) {
		if (++l->at == 1 && l->len >= 3 && !memcmp(l->line, "\xef\xbb\xbf", 3)) {
			l->line += 3;
			l->len -= 3;
		}
		text_trim(&l->line, &l->len);
		if (l->len)
			return true;
	}
	return false;
}

static int parse_line(struct importing *m, const struct lines *l, struct jsonl_line *out)
{
	int rc = jsonl_parse(out, l->line, l->len, &m->arena, &m->c->err);

	return rc < 0 ? err_wrap(&m->c->err, rc, "failed to parse JSONL line: %s:%zu", m->source,
				 l->at) : 0;
}

static int bad_line(struct importing *m, const struct lines *l, int rc)
{
	return err_wrap(&m->c->err, rc, "import failed: %s:%zu", m->source, l->at);
}

static int take_line(struct importing *m, const struct lines *l)
{
	struct jsonl_line parsed;
	int rc = parse_line(m, l, &parsed);

	if (rc < 0)
		return rc;
	switch (parsed.kind) {
	case JSONL_ISSUE:
		rc = take_issue(m, issue_copy(&parsed.issue, &m->arena));
		return rc < 0 ? bad_line(m, l, rc) : 0;
	case JSONL_MEMORY:
		m->r->memories++;
		rc = memory_write(m->w.t, parsed.key, parsed.value, &m->c->err);
		return rc < 0 ? bad_line(m, l, rc) : 0;
	case JSONL_TOMBSTONE:
		break;
	}
	return 0;
}

static bool own_prefix(const struct importing *m, const char *id)
{
	const char *prefix = settings_prefix(m->w.life.settings);
	size_t n = id_prefix_len(id);

	return n == strlen(prefix) && !strncmp(id, prefix, n);
}

/* Edges to issues of ours that do not exist, here or in the file, go; those of other projects
 * stay. */
static int check_edges(struct importing *m, const struct issue *is)
{
	for (size_t i = 0; i < is->ndeps; i++) {
		const char *target = is->deps[i].target;
		BUF_AUTO text = BUF_INIT;
		struct issue *here;
		int rc;

		if (txn_get(m->w.t, target) || life_external(target) || !own_prefix(m, target))
			continue;
		if ((rc = txn_edit(m->w.t, is->id, &here, &m->c->err)) < 0)
			return rc;
		issue_dep_remove(here, target, is->deps[i].type);
		buf_addf(&text, "%s -> %s: target not found", is->id, target);
		strs_add(&m->r->skipped_deps, text.s);
	}
	return 0;
}

/* An imported P.9 makes the next child of P number 10. */
static int note_child(struct importing *m, const char *id)
{
	size_t n = id_parent_len(id);
	const char *parent = arena_strndup(&m->arena, id, n);
	long number = (long)id_child_number(id);
	const struct issue *have = n ? txn_get(m->w.t, parent) : NULL;
	struct issue *p;
	int rc;

	if (!have || have->last_child >= number)
		return 0;
	if ((rc = txn_edit(m->w.t, parent, &p, &m->c->err)) == 0)
		p->last_child = number;
	return rc;
}

static int take_all(struct importing *m, const struct buf *text)
{
	struct lines l = { .s = text->s, .left = text->len };
	int rc = 0;

	while (rc == 0 && next_line(&l))
		rc = take_line(m, &l);
	for (size_t i = 0; rc == 0 && i < m->taken.n; i++)
		rc = check_edges(m, m->taken.v[i]);
	for (size_t i = 0; rc == 0 && i < m->taken.n; i++)
		rc = note_child(m, m->taken.v[i]->id);
	return rc;
}

int import_lines(struct ctx *c, const char *source, const struct buf *text, bool dedup, bool dry,
		 struct import_result *r)
{
	struct importing m = { .c = c, .r = r, .source = source, .dedup = dedup };
	int rc = write_begin(c, &m.w);

	if (rc == 0) {
		note_titles(&m);
		rc = take_all(&m, text);
		if (rc < 0 || dry)
			write_abort(&m.w, rc);
		else
			rc = write_commit(c, &m.w, "import %zu issues from %s", r->ids.n, source);
	}
	vec_free(&m.taken);
	map_release(&m.titles);
	arena_release(&m.arena);
	return rc;
}

/* A store without these words would refuse the issue: they are its project's own. */
static void note_word(struct buf *list, const char *word, bool known)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	if (known || !n || word[n] || n > WORD_MAX || *word < 'a')
		return;
	buf_addf(list, "%s%s", list->len ? "," : "", word);
}

static int check_line(struct importing *m, const struct lines *l, struct map *ids,
		      struct import_words *words)
{
	struct vocab v = { words->status.s, words->types.s };
	struct jsonl_line parsed;
	struct issue *is = &parsed.issue;
	const char *twin;
	char *low;
	int rc = parse_line(m, l, &parsed);

	if (rc == 0 && parsed.kind == JSONL_MEMORY &&
	    (rc = memory_check(parsed.key, parsed.value, &m->c->err)) < 0)
		return bad_line(m, l, rc);
	if (rc < 0 || parsed.kind != JSONL_ISSUE)
		return rc;
	is->type = type_canonical(is->type);
	note_word(&words->status, is->status, status_class(is->status, &v) != STATUS_UNKNOWN);
	note_word(&words->types, is->type, type_known(is->type, &v));
	v = (struct vocab){ words->status.s, words->types.s };
	if ((rc = issue_check(is, &v, &m->c->err)) < 0)
		return bad_line(m, l, rc);
	low = arena_strdup(&m->arena, is->id);
	for (char *p = low; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (*low && (twin = map_get(ids, low)) && strcmp(twin, is->id)) {
		err_set(&m->c->err, ERR_USAGE, "'%s' differs from '%s' only in case", is->id, twin);
		return bad_line(m, l, ERR_USAGE);
	}
	if (*low)
		map_put(ids, low, arena_strdup(&m->arena, is->id));
	return 0;
}

int import_check(struct ctx *c, const char *source, const struct buf *text,
		 struct import_words *words)
{
	struct importing m = { .c = c, .source = source };
	struct lines l = { .s = text->s, .left = text->len };
	MAP_AUTO ids = MAP_INIT;
	int rc = 0;

	while (rc == 0 && next_line(&l))
		rc = check_line(&m, &l, &ids, words);
	arena_release(&m.arena);
	return rc;
}
