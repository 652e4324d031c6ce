#include "store/worktree_add.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/store.h"

static bool there(const char *dir, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);

	return !access(path, F_OK);
}

static char *half_made(const struct store_paths *p)
{
	return xasprintf("%s/tree.new", p->priv);
}

static int put_line(const char *dir, const char *name, const char *line, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
	AUTO_FREE char *text = xasprintf("%s\n", line);

	return fsx_write_atomic(AT_FDCWD, path, text, strlen(text), 0666, 0, e);
}

/* git's folder about the tree, under a name that git does not look at. */
static int make_admin(const char *admin, const char *path, const char *commit, struct err *e)
{
	AUTO_FREE char *link = xasprintf("%s/.git", path);
	int rc = fsx_mkdirs(AT_FDCWD, admin, 0777, e);

	if (!rc)
		rc = put_line(admin, "gitdir", link, e);
	if (!rc)
		rc = put_line(admin, "commondir", "../..", e);
	return rc ? rc : put_line(admin, "HEAD", commit, e);
}

/* The first free name. The tree points there before git can see it: what points back is pruned
 * never. */
static int put_in_place(const struct store_paths *p, const char *admin, const char *path,
			struct err *e)
{
	const char *base = strrchr(path, '/') + 1;

	for (int n = 0;; n++) {
		AUTO_FREE char *name = n ? xasprintf("%s%d", base, n) : xstrdup(base);
		AUTO_FREE char *to = xasprintf("%s/worktrees/%s", p->common, name);
		AUTO_FREE char *line = xasprintf("gitdir: %s", to);
		int rc = fsx_mkparent(AT_FDCWD, to, 0777, e);

		if (rc < 0 || (rc = put_line(path, ".git", line, e)) < 0)
			return rc;
		if (!access(to, F_OK))
			continue;
		if (!rename(admin, to))
			return 0;
		/* ENOENT: git has just removed the empty folder "worktrees" */
		if (errno != EEXIST && errno != ENOTEMPTY && (errno != ENOENT || n > 2))
			return err_errno(e, "cannot rename to '%s'", to);
	}
}

int worktree_add(const struct store_paths *p, const char *path, const char *commit,
		 struct err *e)
{
	AUTO_FREE char *admin = half_made(p);
	AUTO_FREE char *whole = NULL;
	int rc;

	if (there(p->common, "config.worktree") || there(p->common, "info/sparse-checkout"))
		return ERR_REFUSED;
	if (mkdir(path, 0777) < 0)
		return err_errno(e, "cannot make folder '%s'", path);
	if (!(whole = realpath(path, NULL)))
		return err_errno(e, "cannot find folder '%s'", path);
	if ((rc = make_admin(admin, whole, commit, e)) == 0)
		rc = put_in_place(p, admin, whole, e);
	if (rc < 0)
		worktree_add_sweep(p);
	return rc;
}

void worktree_add_sweep(const struct store_paths *p)
{
	AUTO_FREE char *admin = half_made(p);

	fsx_remove_tree(AT_FDCWD, admin, NULL);
}
