/* core/exec_local.h - attempts as children of this process */
#ifndef CORE_EXEC_LOCAL_H
#define CORE_EXEC_LOCAL_H
struct executor;

/*
 * Makes the calling process a subreaper (decisions A9): what a killed shim leaves behind becomes
 * our child and is reaped here, so no child that the main thread starts may count on waitpid()
 * for it later than its own next line (proc_run() does not). Children of other threads are not
 * touched.
 *
 * program: what is started as `program shim -` (core/keepers.h); NULL: this very program
 * (/proc/self/exe, so it may have been renamed or replaced). slots: see struct executor. Set ended and arg before
 * the first submit. x->free() frees it.
 */
struct executor *exec_local_new(int slots, const char *program);

#endif
