/* store/gitconf.h - values of git config files, read without libgit2 or the git program */
#ifndef STORE_GITCONF_H
#define STORE_GITCONF_H
struct buf; struct err;

/* Every key of a file in order. name is "section.key" or "section.sub.key", section and key in
 * lower case; a key without "=" is "true". Includes are not followed. Return < 0 to stop with
 * that error. */
typedef int (*gitconf_fn)(void *arg, const char *name, const char *value, int line, struct err *e);
/* ERR_NOTFOUND when there is no such file, ERR_IO. */
int gitconf_read(const char *path, gitconf_fn fn, void *arg, struct err *e);

/* The last value of name in the repository's own config file (COMMON/config; includes are not
 * followed). name is "section.key" or "section.sub.key", section and key in lower case. A key
 * without "=" is "true". Appends. ERR_NOTFOUND, ERR_IO. */
int gitconf_get(const char *commondir, const char *name, struct buf *out, struct err *e);

/* A remote of which only some branches are fetched, this one not (git clone --depth, or
 * --single-branch): its name is appended. ERR_NOTFOUND: none is known to be so. */
int gitconf_narrow_remote(const char *commondir, const char *branch, struct buf *name);

/* 0 when libgit2 can read this repository; ERR_REFUSED with a sentence for SHA-256 objects and
 * reftable. */
int gitconf_check_format(const char *commondir, struct err *e);

#endif
