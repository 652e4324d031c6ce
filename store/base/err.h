/* store/base/err.h - what went wrong, in words a user can act on; no allocation, no globals */
#ifndef STORE_BASE_ERR_H
#define STORE_BASE_ERR_H

enum err_code {
	ERR_USAGE = -1,		/* wrong arguments or configuration */
	ERR_IO = -2,		/* the system refused: disk, permission, a missing program */
	ERR_NOTFOUND = -3,	/* no such issue, store, file, run */
	/* bytes that are not what they should be; msg names file and line */
	ERR_PARSE = -4,
	ERR_CONFLICT = -5,	/* someone else was first; redo */
	ERR_BUSY = -6,		/* a lock is held */
	ERR_REFUSED = -7,	/* a rule says no: blocked, already claimed, cycle */
	ERR_EXISTS = -8,	/* would overwrite something */
	ERR_UNTRUSTED = -9,	/* names a command this clone has not approved */
	ERR_INTR = -10,		/* stopped by a signal */
};

/* On the caller's stack; always the last parameter, may be NULL. msg: lower case, no full stop. */
struct err {
	int code;
	char msg[1024];
	char hint[512];		/* what to do, or "" */
};

#define ERR_INIT { .code = 0 }

/* Sets code and message, clears the hint. Returns code, so failing is one line:
 * return err_set(e, ERR_NOTFOUND, "no issue '%s'", id); */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set with ": strerror(errno)" at the end; code is ERR_IO. */
int err_errno(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "cannot close 'demo-4f': " in front of the message; returns code. Once per layer. */
int err_wrap(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Adds what to do next; returns e->code (0 when e is NULL). */
int err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
