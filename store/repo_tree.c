/* store/repo_tree.c - trees: looked into, walked, compared, built */
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/vec.h"
#include "store/repo_priv.h"

/* A tree by its id; NULL (and 0) for the zero id: the empty tree. */
static int tree_open(struct repo *r, const struct oid *tree, git_tree **out, struct err *e)
{
	*out = NULL;
	if (!tree || oid_is_zero(tree))
		return 0;
	return r->g.git_tree_lookup(out, r->git, as_git(tree)) < 0 ?
		repo_fail(r, e, ERR_IO, "read a tree") : 0;
}

int repo_commit_tree(struct repo *r, const struct oid *commit, struct oid *tree, struct err *e)
{
	git_commit *c;
	int rc;

	*tree = (struct oid){ 0 };
	if (!commit || oid_is_zero(commit))
		return 0;
	rc = repo_commit_open(r, commit, &c, e);
	if (rc < 0)
		return rc;
	*tree = from_git(r->g.git_commit_tree_id(c));
	r->g.git_commit_free(c);
	return 0;
}

static int commit_tree_open(struct repo *r, const struct oid *commit, git_tree **out, struct err *e)
{
	struct oid tree;
	int rc = repo_commit_tree(r, commit, &tree, e);

	*out = NULL;
	return rc < 0 ? rc : tree_open(r, &tree, out, e);
}

static bool is_file(struct repo *r, const git_tree_entry *te)
{
	git_filemode_t mode = r->g.git_tree_entry_filemode(te);

	return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

int repo_find(struct repo *r, const struct oid *commit, const char *path, struct oid *blob,
	      struct err *e)
{
	git_tree_entry *te = NULL;
	git_tree *t;
	int rc = commit_tree_open(r, commit, &t, e);

	if (rc < 0)
		return rc;
	if (!t)
		return err_set(e, ERR_NOTFOUND, "no '%s'", path);
	rc = r->g.git_tree_entry_bypath(&te, t, path);
	r->g.git_tree_free(t);
	if (rc == GIT_ENOTFOUND || (rc == 0 && !is_file(r, te)))
		rc = err_set(e, ERR_NOTFOUND, "no '%s'", path);
	else if (rc < 0)
		rc = repo_fail(r, e, ERR_IO, "read a tree");
	else
		*blob = from_git(r->g.git_tree_entry_id(te));
	if (te)
		r->g.git_tree_entry_free(te);
	return rc;
}

struct walk { repo_walk_fn fn; void *arg; struct buf path; };

static int walk_tree(struct repo *r, const struct oid *tree, struct walk *w, struct err *e)
{
	size_t len = w->path.len, n;
	git_tree *t;
	int rc = tree_open(r, tree, &t, e);

	if (rc < 0 || !t)
		return rc;
	n = r->g.git_tree_entrycount(t);
	for (size_t i = 0; i < n && !rc; i++) {
		const git_tree_entry *te = r->g.git_tree_entry_byindex(t, i);
		struct oid id = from_git(r->g.git_tree_entry_id(te));

		buf_adds(&w->path, r->g.git_tree_entry_name(te));
		if (is_file(r, te)) {
			rc = w->fn(w->arg, w->path.s, &id, e);
		} else if (r->g.git_tree_entry_type(te) == GIT_OBJECT_TREE) {
			buf_addc(&w->path, '/');
			rc = walk_tree(r, &id, w, e);
		}
		buf_cut(&w->path, len);
	}
	r->g.git_tree_free(t);
	return rc;
}

int repo_walk(struct repo *r, const struct oid *commit, const char *dir, repo_walk_fn fn, void *arg,
	      struct err *e)
{
	struct walk w = { .fn = fn, .arg = arg, .path = BUF_INIT };
	git_tree_entry *te = NULL;
	struct oid tree;
	git_tree *t = NULL;
	int rc = repo_commit_tree(r, commit, &tree, e);

	if (rc == 0 && *dir) {
		rc = tree_open(r, &tree, &t, e);
		if (rc == 0 && t && !r->g.git_tree_entry_bypath(&te, t, dir) &&
		    r->g.git_tree_entry_type(te) == GIT_OBJECT_TREE)
			tree = from_git(r->g.git_tree_entry_id(te));
		else
			tree = (struct oid){ 0 };	/* no such folder: nothing to walk */
		if (te)
			r->g.git_tree_entry_free(te);
		r->g.git_tree_free(t);
		buf_addf(&w.path, "%s/", dir);
	}
	if (rc == 0)
		rc = walk_tree(r, &tree, &w, e);
	buf_release(&w.path);
	return rc;
}

struct diff { repo_diff_fn fn; void *arg; struct buf path; };

static int diff_trees(struct repo *r, const struct oid *a, const struct oid *b, struct diff *d,
		      struct err *e);

/* One name: a or b is NULL where that side has none; when both are there, both are files or both
 * are folders. */
static int diff_entry(struct repo *r, const git_tree_entry *a, const git_tree_entry *b,
		      struct diff *d, struct err *e)
{
	const git_tree_entry *any = a ? a : b;
	struct oid ida = { 0 }, idb = { 0 };
	size_t len = d->path.len;
	int rc = 0;

	if (a)
		ida = from_git(r->g.git_tree_entry_id(a));
	if (b)
		idb = from_git(r->g.git_tree_entry_id(b));
	if (oid_equal(&ida, &idb))
		return 0;
	buf_adds(&d->path, r->g.git_tree_entry_name(any));
	if (r->g.git_tree_entry_type(any) == GIT_OBJECT_TREE) {
		buf_addc(&d->path, '/');
		rc = diff_trees(r, &ida, &idb, d, e);
	} else if (is_file(r, any)) {
		rc = d->fn(d->arg, d->path.s, a ? &ida : NULL, b ? &idb : NULL, e);
	}
	buf_cut(&d->path, len);
	return rc;
}

static const git_tree_entry *entry_at(struct repo *r, git_tree *t, size_t i)
{
	return t && i < r->g.git_tree_entrycount(t) ? r->g.git_tree_entry_byindex(t, i) : NULL;
}

static int diff_trees(struct repo *r, const struct oid *a, const struct oid *b, struct diff *d,
		      struct err *e)
{
	git_tree *ta = NULL, *tb = NULL;
	size_t i = 0, j = 0;
	int rc = tree_open(r, a, &ta, e);

	if (rc == 0)
		rc = tree_open(r, b, &tb, e);
	while (!rc) {
		const git_tree_entry *ea = entry_at(r, ta, i), *eb = entry_at(r, tb, j);
		int cmp;

		if (!ea && !eb)
			break;
		/* git's order tells a file from a folder of the same name, so they meet as two
		 * entries */
		cmp = !ea ? 1 : !eb ? -1 : r->g.git_tree_entry_cmp(ea, eb);
		rc = diff_entry(r, cmp <= 0 ? ea : NULL, cmp >= 0 ? eb : NULL, d, e);
		i += cmp <= 0;
		j += cmp >= 0;
	}
	r->g.git_tree_free(ta);
	r->g.git_tree_free(tb);
	return rc;
}

int repo_diff(struct repo *r, const struct oid *from, const struct oid *to, repo_diff_fn fn,
	      void *arg, struct err *e)
{
	struct diff d = { .fn = fn, .arg = arg, .path = BUF_INIT };
	struct oid a, b;
	int rc = repo_commit_tree(r, from, &a, e);

	if (rc == 0)
		rc = repo_commit_tree(r, to, &b, e);
	if (rc == 0 && !oid_equal(&a, &b))
		rc = diff_trees(r, &a, &b, &d, e);
	buf_release(&d.path);
	return rc;
}

static int change_order(const void *a, const void *b)
{
	return strcmp(((const struct repo_change *)a)->path, ((const struct repo_change *)b)->path);
}

/* How many of the changes (sorted) lie in the same folder as the first: all below "name/". */
static size_t same_folder(const struct repo_change *c, size_t n, size_t skip, size_t name_len)
{
	size_t k = 1;

	while (k < n && !strncmp(c[k].path + skip, c[0].path + skip, name_len + 1))
		k++;
	return k;
}

/* One name of a tree that is being built; id zero: it goes. */
struct entry { const char *name; size_t n; git_filemode_t mode; struct oid id; };
struct entries { struct entry *v; size_t n, cap; };

/* Git's order: a folder's name counts as if a slash stood at its end. */
static int entry_order(const struct entry *a, const struct entry *b)
{
	size_t n = a->n < b->n ? a->n : b->n;
	int cmp = memcmp(a->name, b->name, n);
	int ca = n < a->n ? (unsigned char)a->name[n] : a->mode == GIT_FILEMODE_TREE ? '/' : 0;
	int cb = n < b->n ? (unsigned char)b->name[n] : b->mode == GIT_FILEMODE_TREE ? '/' : 0;

	return cmp ? cmp : ca - cb;
}

static struct entry entry_of(struct repo *r, const git_tree_entry *te)
{
	const char *name = r->g.git_tree_entry_name(te);

	return (struct entry){ name, strlen(name), r->g.git_tree_entry_filemode(te),
			       from_git(r->g.git_tree_entry_id(te)) };
}

static void add_entry(struct buf *out, const struct entry *en)
{
	if (oid_is_zero(&en->id))
		return;
	if (en->mode == GIT_FILEMODE_TREE)
		buf_adds(out, "40000 ");
	else if (en->mode == GIT_FILEMODE_BLOB)
		buf_adds(out, "100644 ");
	else
		buf_addf(out, "%o ", (unsigned)en->mode);
	buf_add(out, en->name, en->n);
	buf_addc(out, 0);
	buf_add(out, en->id.b, sizeof(en->id.b));
}

/* The bytes of the tree old with the changed entries, which are in git's order. */
static void tree_text(struct repo *r, git_tree *old, const struct entries *changed, struct buf *out)
{
	size_t n = old ? r->g.git_tree_entrycount(old) : 0, i = 0, k = 0;

	while (i < n || k < changed->n) {
		struct entry was = { 0 };
		int cmp = 1;

		if (i < n) {
			was = entry_of(r, r->g.git_tree_entry_byindex(old, i));
			cmp = k < changed->n ? entry_order(&was, &changed->v[k]) : -1;
		}
		add_entry(out, cmp < 0 ? &was : &changed->v[k]);
		i += cmp <= 0;
		k += cmp >= 0;
	}
}

static int tree_build(struct repo *r, const struct oid *old, const struct repo_change *c, size_t n,
		      size_t skip, struct oid *out, struct err *e);

/* What becomes of the folder that the first n changes lie in. */
static int folder_build(struct repo *r, git_tree *t, const struct repo_change *c, size_t n,
			size_t skip, struct entry *en, struct err *e)
{
	AUTO_FREE char *dir = xstrndup(en->name, en->n);
	const git_tree_entry *te = t ? r->g.git_tree_entry_byname(t, dir) : NULL;
	struct oid was = { 0 };

	if (te && r->g.git_tree_entry_type(te) == GIT_OBJECT_TREE)
		was = from_git(r->g.git_tree_entry_id(te));
	return tree_build(r, &was, c, n, skip + en->n + 1, &en->id, e);
}

/* The tree old with the changes, whose paths are looked at from byte skip on; *out is zero when
 * it became empty. */
static int tree_build(struct repo *r, const struct oid *old, const struct repo_change *c, size_t n,
		      size_t skip, struct oid *out, struct err *e)
{
	struct entries changed = { 0 };
	BUF_AUTO text = BUF_INIT;
	git_tree *t;
	int rc = tree_open(r, old, &t, e);

	*out = (struct oid){ 0 };
	for (size_t i = 0, k; rc == 0 && i < n; i += k) {
		const char *name = c[i].path + skip, *slash = strchr(name, '/');
		struct entry en = { name, slash ? (size_t)(slash - name) : strlen(name),
				    GIT_FILEMODE_BLOB, { { 0 } } };

		k = 1;
		if (!slash) {
			en.id = c[i].blob ? *c[i].blob : en.id;
		} else {
			k = same_folder(c + i, n - i, skip, en.n);
			en.mode = GIT_FILEMODE_TREE;
			rc = folder_build(r, t, c + i, k, skip, &en, e);
		}
		vec_add(&changed, en);
	}
	if (rc == 0)
		tree_text(r, t, &changed, &text);
	if (rc == 0 && (text.len || skip == 0))
		rc = repo_object_write(r, text.s, text.len, PACK_TREE, out, e);
	vec_free(&changed);
	r->g.git_tree_free(t);
	return rc;
}

int repo_tree_update(struct repo *r, const struct oid *base_commit,
		     const struct repo_change *c, size_t n, struct oid *tree, struct err *e)
{
	VEC(struct repo_change) sorted = { 0 };
	struct oid base;
	int rc = repo_commit_tree(r, base_commit, &base, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		vec_add(&sorted, c[i]);
	if (n)
		qsort(sorted.v, n, sizeof(*sorted.v), change_order);
	rc = tree_build(r, &base, sorted.v, n, 0, tree, e);
	vec_free(&sorted);
	return rc;
}
