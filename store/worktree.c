#include "store/worktree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/map.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/gitcmd.h"
#include "store/repo.h"
#include "store/store.h"
#include "store/worktree_add.h"

/* One tree: DIR/N, and DIR/N.owner: a line that says who has it, nothing in it: nobody. */
struct tree {
	char *path;
	char *owner;		/* NULL: idle */
	char *clean;		/* commit it is known to be clean at; NULL: unknown */
	bool kept;
};

struct pool {
	const struct store_paths *paths;	/* borrowed */
	char *dir, *git;	/* git: where to run `git worktree` */
	VEC(struct tree) tree;	/* index + 1 is its number */
	pthread_mutex_t *adding;	/* held while git adds a tree */
};

enum { HEAD_MAX = 512 };	/* bytes; within one block of any disk */

static const char kept_mark[] = "kept ";

/* $XDG_STATE_HOME/beadwave/tree/NAME-HASH. NULL when there is no home. */
static char *state_dir(const struct store_paths *p)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const char *top = *p->worktree ? p->worktree : p->common, *name = strrchr(top, '/');
	BUF_AUTO clean = BUF_INIT;

	for (name = name ? name + 1 : top; *name; name++)
		buf_addc(&clean, strchr(" \t\n:", *name) ? '_' : *name);
	if (state && *state == '/')
		return xasprintf("%s/beadwave/tree/%s-%08x", state, clean.s,
				 hash_fnv1a(p->common, strlen(p->common)));
	if (home && *home == '/')
		return xasprintf("%s/.local/state/beadwave/tree/%s-%08x", home, clean.s,
				 hash_fnv1a(p->common, strlen(p->common)));
	return NULL;
}

/* The highest number of a tree in the folder. */
static int highest(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	int max = 0;

	while (d && (de = readdir(d)))
		if (atoi(de->d_name) > max)
			max = atoi(de->d_name);
	if (d)
		closedir(d);
	return max;
}

/* What is there from before: trees and who has them. */
static void scan(struct pool *p)
{
	for (int n = 1, max = highest(p->dir); n <= max; n++) {
		BUF_AUTO owner = BUF_INIT;
		AUTO_FREE char *file = xasprintf("%s/%d.owner", p->dir, n);
		char *path = xasprintf("%s/%d", p->dir, n);
		struct tree t = { .path = path };

		fsx_read(AT_FDCWD, file, &owner, NULL);
		buf_cut(&owner, strcspn(owner.s, "\n"));
		t.kept = text_starts(owner.s, kept_mark);
		if (owner.len)
			t.owner = xstrdup(owner.s + (t.kept ? sizeof(kept_mark) - 1 : 0));
		vec_add(&p->tree, t);
	}
}

int pool_open(struct pool **out, const struct store_paths *sp, const char *dir, struct err *e)
{
	struct pool *p = xcalloc(1, sizeof(*p));
	int rc;

	p->adding = xmalloc(sizeof(*p->adding));
	pthread_mutex_init(p->adding, NULL);
	p->paths = sp;
	p->git = xstrdup(*sp->worktree ? sp->worktree : sp->common);
	p->dir = *dir ? xstrdup(dir) : state_dir(sp);
	rc = p->dir ? fsx_mkdirs(AT_FDCWD, p->dir, 0700, e) : ERR_IO;
	if (rc < 0 && !*dir) {
		free(p->dir);
		p->dir = xasprintf("%s/pool", sp->priv);
		rc = fsx_mkdirs(AT_FDCWD, p->dir, 0700, e);
	}
	if (rc < 0) {
		pool_close(p);
		return err_wrap(e, rc, "cannot make the folder of the work trees");
	}
	fsx_sweep_temp(AT_FDCWD, p->dir);	/* of a scheduler that was killed */
	worktree_add_sweep(sp);
	scan(p);
	*out = p;
	return 0;
}

void pool_close(struct pool *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->tree.n; i++) {
		free(p->tree.v[i].path);
		free(p->tree.v[i].owner);
		free(p->tree.v[i].clean);
	}
	vec_free(&p->tree);
	pthread_mutex_destroy(p->adding);
	free(p->adding);
	free(p->dir);
	free(p->git);
	free(p);
}

/*
 * In place: a file made and removed for each issue costs ext4 a search through what was removed
 * lately. One write of a line is there or not; what is left behind it of a longer one is not
 * read.
 */
static int write_owner(const struct tree *t, struct err *e)
{
	AUTO_FREE char *file = xasprintf("%s.owner", t->path);
	AUTO_FREE char *text = t->owner ? xasprintf("%s%s\n", t->kept ? kept_mark : "", t->owner) :
		xstrdup("");
	size_t n = strlen(text);
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && pwrite(fd, text, n, 0) == (ssize_t)n && ftruncate(fd, (off_t)n) == 0;

	if (!ok)
		err_errno(e, "cannot write '%s'", file);
	if (fd >= 0)
		close(fd);
	return ok ? 0 : ERR_IO;
}

static struct tree *find(const struct pool *p, const char *owner)
{
	for (size_t i = 0; i < p->tree.n; i++)
		if (p->tree.v[i].owner && !strcmp(p->tree.v[i].owner, owner))
			return &p->tree.v[i];
	return NULL;
}

/* The tree that an earlier run kept of the same issue: it has the issue's branch checked out,
 * which no other can. */
static struct tree *find_kept(const struct pool *p, const char *owner)
{
	const char *issue = strchr(owner, ' ');

	for (size_t i = 0; i < p->tree.n && issue; i++) {
		struct tree *t = &p->tree.v[i];
		const char *its = t->kept && t->owner ? strchr(t->owner, ' ') : NULL;

		if (its && !strcmp(its, issue))
			return t;
	}
	return NULL;
}

const char *pool_of(const struct pool *p, const char *owner)
{
	const struct tree *t = find(p, owner);

	return t ? t->path : NULL;
}

int pool_take(struct pool *p, const char *owner, const char **path, struct err *e)
{
	struct tree *t = find(p, owner);

	if (!t)
		t = find_kept(p, owner);
	for (size_t i = 0; i < p->tree.n && !t; i++)
		if (!p->tree.v[i].owner)
			t = &p->tree.v[i];
	if (!t) {
		struct tree new = { .path = xasprintf("%s/%zu", p->dir, p->tree.n + 1) };

		vec_add(&p->tree, new);
		t = &p->tree.v[p->tree.n - 1];
	}
	*path = t->path;
	if (t->owner && !t->kept && !strcmp(t->owner, owner))
		return 0;
	t->kept = false;
	free(t->owner);
	t->owner = xstrdup(owner);
	return write_owner(t, e);
}

/* A file of git's about a linked work tree: its .git file names the folder. False: path is no
 * top of such a tree. */
static bool git_file(const char *path, const char *name, struct buf *out)
{
	static const char gitdir[] = "gitdir: ";
	AUTO_FREE char *file = xasprintf("%s/.git", path);
	BUF_AUTO text = BUF_INIT;

	if (fsx_read(AT_FDCWD, file, &text, NULL) < 0 || !text_starts(text.s, gitdir))
		return false;
	buf_cut(&text, strcspn(text.s, "\n"));
	buf_addf(out, "%s/%s", text.s + sizeof(gitdir) - 1, name);
	return *out->s == '/';
}

/* Is path the top of a work tree of this repository? */
static bool is_tree(const char *path)
{
	BUF_AUTO head = BUF_INIT;

	return git_file(path, "HEAD", &head) && access(head.s, R_OK) == 0;
}

/* A lock of git's that a killed git left in this tree; the tree is ours and nobody works in it
 * now. */
static void drop_stale_locks(const char *path)
{
	BUF_AUTO dir = BUF_INIT;

	if (git_do(path, NULL, &dir, NULL, "rev-parse", "--absolute-git-dir", NULL) < 0)
		return;
	buf_adds(&dir, "/index.lock");
	unlink(dir.s);
}

/* Index and files as in commit, on branch or detached. --force also drops a merge that was under
 * way. */
static int switch_to(const char *path, const char *commit, const char *branch, struct err *e)
{
	return branch ? git_do(path, NULL, NULL, e, "checkout", "--quiet", "--force",
			       "--ignore-other-worktrees", "-B", branch, commit, NULL)
		      : git_do(path, NULL, NULL, e, "checkout", "--quiet", "--force", "--detach",
			       commit, NULL);
}

/* A folder that git does not know as a work tree any more (pruned, half made) is made anew. One
 * at a time: git removes .git/worktrees while another git is adding to it, and four at once take
 * as long as one after the other. */
static int add_tree(const struct pool *p, const char *path, const char *commit, const char *branch,
		    struct err *e)
{
	int rc = 0;

	pthread_mutex_lock(p->adding);
	if (!access(path, F_OK)) {
		git_try(p->git, NULL, NULL, NULL, "worktree", "remove", "--force", "--force",
			path, NULL);
		rc = fsx_remove_tree(AT_FDCWD, path, e);
	}
	if (rc == 0)
		rc = worktree_add(p->paths, path, commit, e);
	if (rc == ERR_REFUSED)
		rc = git_do(p->git, NULL, NULL, e, "worktree", "add", "--quiet", "--force",
			    "--no-checkout", "--detach", path, commit, NULL);
	pthread_mutex_unlock(p->adding);
	return rc ? rc : switch_to(path, commit, branch, e);
}

int pool_prepare(const struct pool *p, const char *path, const char *commit, const char *branch,
		 bool clean_all, struct err *e)
{
	int rc;

	if (!is_tree(path))
		return add_tree(p, path, commit, branch, e);
	if ((rc = switch_to(path, commit, branch, e)) < 0) {
		drop_stale_locks(path);
		if ((rc = switch_to(path, commit, branch, e)) < 0)
			return rc;
	}
	return git_do(path, NULL, NULL, e, "clean", "--quiet", clean_all ? "-ffdx" : "-ffd", NULL);
}

void pool_detach(const char *path)
{
	BUF_AUTO oid = BUF_INIT;

	if (is_tree(path) &&
	    !git_do(path, NULL, &oid, NULL, "rev-parse", "--verify", "--quiet", "HEAD", NULL))
		git_try(path, NULL, NULL, NULL, "update-ref", "--no-deref", "HEAD", oid.s, NULL);
}

static struct tree *find_path(const struct pool *p, const char *path)
{
	for (size_t i = 0; i < p->tree.n; i++)
		if (!strcmp(p->tree.v[i].path, path))
			return &p->tree.v[i];
	return NULL;
}

void pool_note_clean(struct pool *p, const char *path, const char *commit)
{
	struct tree *t = find_path(p, path);

	if (!t)
		return;
	free(t->clean);
	t->clean = commit ? xstrdup(commit) : NULL;
}

/*
 * In place where it is long enough, the rest blank as git takes it: of the same length and in
 * one block, it says the one or the other, after a power loss too. See write_owner().
 */
static bool overwrite(const char *file, const struct buf *line)
{
	/* git can be told to make it a link */
	int fd = open(file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	BUF_AUTO padded = BUF_INIT;
	struct stat st;
	bool ok = fd >= 0 && fstat(fd, &st) == 0 && (size_t)st.st_size >= line->len &&
		st.st_size <= HEAD_MAX;

	buf_add(&padded, line->s, line->len);
	while (ok && padded.len < (size_t)st.st_size)
		buf_addc(&padded, '\n');
	ok = ok && pwrite(fd, padded.s, padded.len, 0) == (ssize_t)padded.len;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Writes what HEAD of a linked work tree says: "ref: ..." or a commit. */
static bool write_head(const char *path, const char *text)
{
	BUF_AUTO line = BUF_INIT;
	BUF_AUTO head = BUF_INIT;

	buf_addf(&line, "%s\n", text);
	return git_file(path, "HEAD", &head) &&
	       (overwrite(head.s, &line) ||
		fsx_write_atomic(AT_FDCWD, head.s, line.s, line.len, 0644, 0, NULL) == 0);
}

bool pool_stay(const char *path, const char *commit)
{
	return *commit && is_tree(path) && write_head(path, commit);
}

bool pool_switch(struct pool *p, struct repo *r, const char *path, const char *commit,
		 const char *branch)
{
	struct tree *t = find_path(p, path);
	AUTO_FREE char *ref = xasprintf("refs/heads/%s", branch ? branch : "");
	AUTO_FREE char *head = xasprintf("ref: %s", ref);
	struct oid oid;

	if (!t || !t->clean || strcmp(t->clean, commit) || oid_parse(&oid, commit) < 0 ||
	    !is_tree(path))
		return false;
	if (!branch)
		return write_head(path, commit);
	/* a branch that is there already may say something else, or be somebody's: git sorts
	 * that out */
	return repo_branch_new(r, ref, &oid, NULL) == 0 && write_head(path, head);
}

bool pool_let_go(struct pool *p, struct repo *r, const char *path, const char *branch)
{
	struct tree *t = find_path(p, path);
	AUTO_FREE char *ref = xasprintf("refs/heads/%s", branch);
	struct oid oid;

	return t && t->clean && oid_parse(&oid, t->clean) == 0 && write_head(path, t->clean) &&
	       repo_ref_delete(r, ref, &oid, NULL) == 0;
}

static void make_idle(struct tree *t)
{
	free(t->owner);
	t->owner = NULL;
	t->kept = false;
	write_owner(t, NULL);
}

void pool_release(struct pool *p, const char *owner, bool keep)
{
	struct tree *t = find(p, owner);

	if (t) {
		t->kept = keep;
		if (!keep)
			make_idle(t);
		else
			write_owner(t, NULL);
	}
	while (!keep && (t = find_kept(p, owner)))
		make_idle(t);
}

void pool_reclaim(struct pool *p, const char *run)
{
	AUTO_FREE char *prefix = xasprintf("%s ", run);

	for (size_t i = 0; i < p->tree.n; i++) {
		struct tree *t = &p->tree.v[i];

		if (!t->owner || t->kept || text_starts(t->owner, prefix))
			continue;
		pool_detach(t->path);
		make_idle(t);
	}
}

int pool_trim(struct pool *p, size_t size, struct err *e)
{
	size_t idle = 0;
	int rc = 0;

	for (size_t i = 0; i < p->tree.n; i++) {
		struct tree *t = &p->tree.v[i];
		AUTO_FREE char *owner_file = xasprintf("%s.owner", t->path);
		BUF_AUTO lock = BUF_INIT;

		if (t->owner)
			continue;
		unlink(owner_file);
		if (idle++ < size || access(t->path, F_OK))
			continue;
		if (git_file(t->path, "locked", &lock))
			/* by an agent, or by a git that was killed: what is locked is not pruned */
			unlink(lock.s);
		rc = fsx_remove_tree(AT_FDCWD, t->path, e);
	}
	git_try(p->git, NULL, NULL, NULL, "worktree", "prune", NULL);
	rmdir(p->dir);	/* stays when a tree is left in it */
	return rc;
}
