#include "core/files.h"

#include <ctype.h>
#include <string.h>

#include "core/md.h"
#include "store/base/buf.h"
#include "store/base/text.h"

static const char *const actions[] = {
	[FILES_MODIFY] = "Modify", [FILES_CREATE] = "Create", [FILES_TEST] = "Test",
};

const char *files_action_name(enum files_action a)
{
	return actions[a];
}

/* Length of [s,n) without a ":10", ":10-20" or ":3,7-9" behind it. */
static size_t without_lines(const char *s, size_t n)
{
	size_t k = n;

	while (k && (isdigit((unsigned char)s[k - 1]) || s[k - 1] == '-' || s[k - 1] == ','))
		k--;
	return k && k < n && s[k - 1] == ':' && isdigit((unsigned char)s[k]) ? k - 1 : n;
}

/* One path in normal form, in a: "./core//x.c:10-20" -> "core/x.c". */
static const char *normal_path(const char *path, size_t n, struct arena *a)
{
	char *out = arena_alloc(a, n + 1);
	size_t len = 0, part;

	n = without_lines(path, n);
	if (n && *path == '/')
		out[len++] = '/';
	for (size_t i = 0; i < n; i += part + 1) {
		const char *slash = memchr(path + i, '/', n - i);

		part = slash ? (size_t)(slash - path) - i : n - i;
		if (!part || (part == 1 && path[i] == '.'))
			continue;
		memcpy(out + len, path + i, part);
		len += part;
		if (slash)
			out[len++] = '/';
	}
	out[len] = 0;
	return out;
}

static void add(struct files *out, const char *s, size_t n, enum files_action action,
		struct arena *a)
{
	struct file_entry e = { .action = action };

	text_trim(&s, &n);
	if (!n || memchr(s, 0, n))
		return;
	e.path = normal_path(s, n, a);
	for (size_t i = 0; i < out->n; i++)
		if (!strcmp(out->v[i].path, e.path))
			return;
	list_add(a, out->v, out->n, e);
	out->present = true;
}

/* Paths in backticks, as long as nothing but commas and "and" stands between them; what follows
 * is prose. */
static void quoted_paths(struct files *out, const char *s, size_t n, enum files_action action,
			 struct arena *a)
{
	while (n && *s == '`') {
		const char *end = memchr(s + 1, '`', n - 1);

		if (!end)
			return;
		add(out, s + 1, (size_t)(end - s) - 1, action, a);
		n -= (size_t)(end - s) + 1;
		s = end + 1;
		while (n && (isspace((unsigned char)*s) || strchr(",;+&", *s) ||
			     md_starts_word(s, n, "and"))) {
			size_t step = *s == 'a' || *s == 'A' ? 3 : 1;

			s += step;
			n -= step;
		}
	}
}

/* Without backticks: words between commas, each cut at its first blank. */
static void bare_paths(struct files *out, const char *s, size_t n, enum files_action action,
		       struct arena *a)
{
	while (n) {
		const char *comma = memchr(s, ',', n);
		size_t len = comma ? (size_t)(comma - s) : n, word = 0;
		const char *p = s;
		size_t rest = len;

		text_trim(&p, &rest);
		while (word < rest && !isspace((unsigned char)p[word]))
			word++;
		add(out, p, word, action, a);
		if (!comma || word < rest)
			return;
		s += len + 1;
		n -= len + 1;
	}
}

/*
 * "Create: `path`", or only a path. Words before a colon that are no action make
 * the item prose ("Note: ..."), and so does a bare word that looks like no path.
 */
static void item(struct files *out, const char *s, size_t n, struct arena *a)
{
	enum files_action action = FILES_MODIFY;
	bool named = false;

	while (n >= 2 && s[0] == '*' && s[1] == '*') {
		s += 2;
		n -= 2;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		size_t k = strlen(actions[i]);

		if (n > k && !strncmp(s, actions[i], k) && (s[k] == ':' || s[k] == '*')) {
			action = (enum files_action)i;
			named = true;
			s += k;
			n -= k;
			while (n && (*s == ':' || *s == '*')) {
				s++;
				n--;
			}
			break;
		}
	}
	text_trim(&s, &n);
	if (n && *s == '`')
		quoted_paths(out, s, n, action, a);
	else if (named || (n && (memchr(s, '/', n) || memchr(s, '.', n)) && !memchr(s, ' ', n)))
		bare_paths(out, s, n, action, a);
}

/* Is this the line that begins a section? Then *rest is what stands behind "Files:". */
static bool begins(const struct md_line *l, const char **rest, size_t *nrest)
{
	*nrest = 0;
	if (l->kind == MD_HEADING)
		return md_is(l->text, l->ntext, "files") || md_is(l->text, l->ntext, "files:") ||
		       md_is(l->text, l->ntext, "**files:**");
	return l->kind == MD_TEXT && md_label(l, "files", rest, nrest);
}

void files_parse(struct files *out, const char *body, size_t n, struct arena *a)
{
	bool inside = false, headed = false;
	const char *rest = NULL;
	size_t nrest;
	struct md m;
	struct md_line l;

	*out = (struct files){ 0 };
	md_start(&m, body, n);
	while (md_next(&m, &l)) {
		if (begins(&l, &rest, &nrest)) {
			inside = true;
			headed = l.kind == MD_HEADING;
			if (nrest)
				item(out, rest, nrest, a);
		} else if (l.kind == MD_HEADING || md_any_label(&l)) {
			inside = false;
		} else if (l.kind == MD_TEXT && !headed && l.indent == 0) {
			inside = false;
		} else if (inside && l.kind == MD_ITEM) {
			item(out, l.text, l.ntext, a);
		}
	}
}

static size_t literal_prefix(const char *p)
{
	return strcspn(p, "*?[");
}

static bool is_pattern(const char *p)
{
	return p[literal_prefix(p)] != 0;
}

static size_t literal_suffix(const char *p)
{
	size_t n = strlen(p), k = 0;

	while (k < n && !strchr("*?]", p[n - 1 - k]))
		k++;
	return k;
}

/* Do the first bytes of both agree as far as the shorter goes? */
static bool heads_agree(const char *p, size_t n, const char *q, size_t m)
{
	return !memcmp(p, q, n < m ? n : m);
}

static bool tails_agree(const char *p, const char *q)
{
	size_t n = literal_suffix(p), m = literal_suffix(q), k = n < m ? n : m;

	return !memcmp(p + strlen(p) - k, q + strlen(q) - k, k);
}

/* Is q the folder p itself, or below it? "" is the top of the tree. */
static bool below(const char *p, const char *q)
{
	size_t n = strlen(p);

	if (n && p[n - 1] == '/')
		n--;
	return !n || (!strncmp(p, q, n) && (!q[n] || q[n] == '/'));
}

static bool is_folder(const char *p)
{
	size_t n = strlen(p);

	return !n || p[n - 1] == '/';
}

bool files_path_conflict(const char *p, const char *q)
{
	bool pp = is_pattern(p), qp = is_pattern(q);

	if (below(p, q) || below(q, p))
		return true;
	if (!pp && !qp)
		return false;
	if (text_glob(p, q) || text_glob(q, p))
		return true;
	/* what a pattern may still match in a folder, or together with another one, is not
	 * known: hold back */
	if ((pp && is_folder(q)) || (qp && is_folder(p)))
		return heads_agree(p, literal_prefix(p), q, literal_prefix(q));
	return pp && qp && heads_agree(p, literal_prefix(p), q, literal_prefix(q)) &&
		tails_agree(p, q);
}

bool files_conflict(const struct files *a, const struct files *b, const char **where)
{
	const char *ignored;

	if (!where)
		where = &ignored;
	*where = "";
	if (!a->present || !b->present)
		return true;
	for (size_t i = 0; i < a->n; i++) {
		for (size_t j = 0; j < b->n; j++) {
			if (!files_path_conflict(a->v[i].path, b->v[j].path))
				continue;
			*where = a->v[i].path;
			return true;
		}
	}
	return false;
}

/* Does the section name this (concrete) path? */
static bool names_path(const struct files *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++)
		if (below(f->v[i].path, path) ||
		    (is_pattern(f->v[i].path) && text_glob(f->v[i].path, path)))
			return true;
	return false;
}

static void cell(struct buf *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '|')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
}

void files_map_write(const struct files_owner *o, size_t n, struct buf *out)
{
	bool head = false;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < o[i].files->n; j++) {
			const struct file_entry *e = &o[i].files->v[j];

			if (!head)
				buf_adds(out, "| File | Owner | Action |\n|---|---|---|\n");
			head = true;
			buf_adds(out, "| ");
			cell(out, *e->path ? e->path : "./");
			buf_addf(out, " | %s | %s |\n", o[i].id, files_action_name(e->action));
		}
	}
}

void files_scope(struct scope *out, const struct files *mine, const struct files_owner *others,
		 size_t nothers, const char *const *paths, size_t npaths, struct arena *a)
{
	*out = (struct scope){ 0 };
	if (!mine->present)
		return;
	for (size_t i = 0; i < npaths; i++) {
		const struct files_owner *owner = NULL;

		if (names_path(mine, paths[i]))
			continue;
		for (size_t j = 0; j < nothers && !owner; j++)
			if (names_path(others[j].files, paths[i]))
				owner = &others[j];
		if (owner)
			list_add(a, out->foreign, out->nforeign,
				 (struct scope_hit){ paths[i], owner->id });
		else
			list_add(a, out->unlisted.v, out->unlisted.n, paths[i]);
	}
}
