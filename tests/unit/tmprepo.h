/* tests/unit/tmprepo.h - throwaway repositories for tests: a folder of its own, git without the
 * user's settings */
#ifndef TESTS_UNIT_TMPREPO_H
#define TESTS_UNIT_TMPREPO_H
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/store.h"

/* libgit2 1.5 does not free what it matches extensions with */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libpcre2\n";
}

/* The folder of a test program; made by tmp_begin(), removed by tmp_end(). */
static char tmp_dir[512];

static inline void tmp_begin(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(tmp_dir, sizeof(tmp_dir), "%s/bdw-test.XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(tmp_dir))
		abort();
	setenv("HOME", tmp_dir, 1);
	setenv("XDG_CONFIG_HOME", tmp_dir, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "t", 1);
	setenv("GIT_AUTHOR_EMAIL", "t@example.org", 1);
	setenv("GIT_COMMITTER_NAME", "t", 1);
	setenv("GIT_COMMITTER_EMAIL", "t@example.org", 1);
	unsetenv("GIT_DIR");
	unsetenv("BDW_NOW");
}

static inline void tmp_end(void)
{
	fsx_remove_tree(AT_FDCWD, tmp_dir, NULL);
}

/* "DIR/NAME" for a name; the caller's. */
static inline char *tmp_path(const char *name)
{
	return xasprintf("%s/%s", tmp_dir, name);
}

/* Runs git in a folder, words ended by NULL; its exit code. What it printed (both streams) is
 * appended to out. */
static inline int git_run(const char *dir, struct buf *out, ...)
{
	char *argv[24] = { "git", "-C", (char *)dir };
	BUF_AUTO said = BUF_INIT;
	struct proc p = { .argv = argv };
	va_list ap;
	int n = 3, rc;

	va_start(ap, out);
	while (n < 23 && (argv[n] = va_arg(ap, char *)))
		n++;
	va_end(ap);
	rc = proc_run(&p, &said, &said, NULL);
	if (out)
		buf_add(out, said.s, said.len);
	else if (rc)
		fprintf(stderr, "git %s: %s\n", argv[3], said.s);
	return rc;
}

/* A repository without a commit; its path is the caller's. */
static inline char *tmp_repo(const char *name)
{
	char *path = tmp_path(name);

	if (fsx_mkdirs(AT_FDCWD, path, 0777, NULL) ||
	    git_run(path, NULL, "init", "-q", "-b", "main", NULL))
		abort();
	return path;
}

/* A repository with a store (prefix "demo"); its path is the caller's. */
static inline char *tmp_store(const char *name)
{
	char *path = tmp_repo(name);
	struct store_init o = { .prefix = "demo", .actor = "tess" };
	struct store_inited done;
	struct err e = ERR_INIT;

	if (store_init(path, &o, &done, &e) < 0) {
		fprintf(stderr, "store_init: %s\n", e.msg);
		abort();
	}
	store_inited_release(&done);
	return path;
}

static inline void file_write(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);

	if (fsx_mkparent(AT_FDCWD, path, 0777, NULL) ||
	    fsx_write_atomic(AT_FDCWD, path, text, strlen(text), 0666, 0, NULL))
		abort();
	free(path);
}

/* The file's bytes, "" when it is not there; the caller's. */
static inline char *file_read(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	struct buf b = BUF_INIT;

	fsx_read(AT_FDCWD, path, &b, NULL);
	free(path);
	return buf_detach(&b);
}

static inline int file_there(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	int there = !access(path, F_OK);

	free(path);
	return there;
}

#endif
