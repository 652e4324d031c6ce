/* store/gitcmd.h - the git program, for what libgit2 does not do as git does: work trees,
 * merges, transport */
#ifndef STORE_GITCMD_H
#define STORE_GITCMD_H
#include "store/base/buf.h"
struct err;

/* Who commits are by; "" where unset. Borrowed strings. */
struct git_who { const char *name, *email; };

/*
 * Runs `git -c core.hooksPath=/dev/null -C dir ARGS...` (the list ends with NULL) without the
 * variables a hook exports (decisions A12) and waits for it. who (may be NULL) is author and
 * committer. Standard output is appended to out (may be NULL).
 */
/* Its exit code (0..), or an error when it could not run at all. The text of stderr is in e->msg
 * when it is not 0. */
int git_try(const char *dir, const struct git_who *who, struct buf *out, struct err *e, ...)
	__attribute__((sentinel));
/* As git_try, but an exit code other than 0 is ERR_IO: "git merge-tree: fatal: ...". The last
 * newline of out goes. */
int git_do(const char *dir, const struct git_who *who, struct buf *out, struct err *e, ...)
	__attribute__((sentinel));

#endif
