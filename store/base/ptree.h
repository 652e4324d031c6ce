/* store/base/ptree.h - process trees, as /proc shows them */
#ifndef STORE_BASE_PTREE_H
#define STORE_BASE_PTREE_H
#include <sys/types.h>

/* start: clock ticks since boot */
struct ptree_proc { pid_t pid, parent; unsigned long long start; };
struct ptree { struct ptree_proc *v; size_t n, cap; };
#define PTREE_AUTO __attribute__((cleanup(ptree_release))) struct ptree
void ptree_release(struct ptree *t);

/* Appends all living descendants of a process, parents before their children. */
void ptree_below(pid_t pid, struct ptree *out);
/* Appends every living process whose environment holds exactly the entry "K=V", and the
 * descendants of those, which may have dropped it. Never pid 1 nor the caller. Another user's
 * processes cannot be read. */
void ptree_by_env(const char *entry, struct ptree *out);
/* Sends a signal to each, through a pidfd and after a look at the start time: never to a process
 * that took over a number meanwhile. Then waits up to wait_ms for all of them to end (0: does
 * not wait). How many got it. */
int ptree_signal(const struct ptree *t, int sig, int wait_ms);

/* The caller's own children, zombies included: at most max, how many in all. One born meanwhile
 * may be missed; who must have all asks again until waitpid() says ECHILD. */
size_t ptree_children(pid_t *out, size_t max);

#endif
