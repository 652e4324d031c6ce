/* store/find.h - where the repository around a folder is, as git finds it; private to store/ */
#ifndef STORE_FIND_H
#define STORE_FIND_H
#include <stdbool.h>
struct err;

/* Absolute, symbolic links resolved; owned, found_release(). */
struct found {
	char *gitdir;	/* of the work tree the folder is in */
	char *common;	/* the git common dir: the same but in linked work trees */
	char *top;	/* top of that work tree; "" in a bare repository or below a git dir */
	bool linked;	/* a linked work tree (`git worktree add`) */
};
/* path NULL: the current folder. ERR_NOTFOUND: not a git repository, ERR_IO. */
int find_repo(struct found *out, const char *path, struct err *e);
void found_release(struct found *f);

/* The main work tree's top, or "" for a bare repository: the place where .beadwave/ goes.
 * ERR_REFUSED when it cannot be known (a linked work tree of a repository with
 * --separate-git-dir: nothing points back, decisions A7). The string is the caller's. */
int find_main_top(const struct found *f, char **top, struct err *e);
/* The folder that BEADS_DIR or --db means: the one around a .beads or .beadwave, a database file
 * in it, or itself. The string is the caller's. */
char *find_named(const char *named);
/* The folder that bd's `.beads/redirect` means, looked for from the current folder up to the top
 * of its repository; what it says counts from the folder that holds .beads. NULL when there is
 * none. The string is the caller's. */
char *find_redirect(void);

/* rel put behind base, "." and ".." taken out by name. The caller's. */
char *path_join(const char *base, const char *rel);
/* How to get from folder `from` to `to`, both absolute and normal: "../.beadwave". The caller's. */
char *path_relative(const char *from, const char *to);

#endif
