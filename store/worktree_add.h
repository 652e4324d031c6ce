/* store/worktree_add.h - makes a folder a linked work tree of a repository, without git */
#ifndef STORE_WORKTREE_ADD_H
#define STORE_WORKTREE_ADD_H
struct err; struct store_paths;

/*
 * `git worktree add --no-checkout --detach path commit`, which runs three git processes (the
 * checkout would be a fourth): gitrepository-layout(5), "worktrees". path must not be there;
 * its parent is. Another git sees the tree whole or not at all. One caller at a time.
 *
 * ERR_REFUSED without a message: the repository has settings that git hands on to a new tree
 * (sparse checkouts), so git has to make it.
 */
int worktree_add(const struct store_paths *p, const char *path, const char *commit,
		 struct err *e);

/* What a killed process left half made. */
void worktree_add_sweep(const struct store_paths *p);

#endif
