/* store/base/fsx.h - a file is the old version or the new one, never half */
#ifndef STORE_BASE_FSX_H
#define STORE_BASE_FSX_H
#include <stdbool.h>
#include <sys/types.h>
struct buf; struct err;

enum fsx_flags {
	FSX_SYNC = 1 << 0,	/* fsync the file, and its folder after the rename */
	FSX_NEW = 1 << 1,	/* ERR_EXISTS when the name is taken */
	/* fsync the file only: after a power loss it is the old or the new one, whole */
	FSX_SYNC_FILE = 1 << 2,
	/* do not wait: a later fsx_sync() of it takes no longer than that of another */
	FSX_SYNC_BEGIN = 1 << 3,
};

/* Writes ".tmp.PID.N" beside the target and renames it (RENAME_NOREPLACE for FSX_NEW). name is
 * relative to dirfd (or AT_FDCWD). On failure nothing changed. 0, ERR_IO, ERR_EXISTS. */
int fsx_write_atomic(int dirfd, const char *name, const char *data, size_t n, mode_t mode,
		     unsigned flags, struct err *e);
/* The same in pieces. begin: 0 or ERR_IO. add: an error shows at the end. end must follow each
 * begin that went well; keep false: name stays as it was. */
struct fsx_file { int dirfd, fd, error; char *name, *tmp; };
int fsx_begin(struct fsx_file *f, int dirfd, const char *name, mode_t mode, struct err *e);
void fsx_add(struct fsx_file *f, const char *data, size_t n);
int fsx_end(struct fsx_file *f, bool keep, struct err *e);
/* fsync of a file, or of a folder (what stands in it), by its path. 0 or ERR_IO. */
int fsx_sync(const char *path, struct err *e);
/* Puts data in place by RENAME_EXCHANGE (data NULL: only takes away). What stood there stays
 * beside the file, under the name *aside (NULL: nothing stood there), until the caller unlinks
 * it: neither a save made in between nor a crash loses anything. Where the file system cannot
 * exchange, by a second name and rename. *aside is the caller's. 0, ERR_IO or, when data has no
 * folder to stand in, ERR_NOTFOUND. */
int fsx_swap(int dirfd, const char *name, const char *data, size_t n, mode_t mode, char **aside,
	     struct err *e);
/* Appends the whole file to out. ERR_NOTFOUND when it is not there, else ERR_IO. */
int fsx_read(int dirfd, const char *name, struct buf *out, struct err *e);
/* mkdir -p, each new folder with mode. 0 or ERR_IO. */
int fsx_mkdirs(int dirfd, const char *path, mode_t mode, struct err *e);
/* Makes the folder a file name stands in. */
int fsx_mkparent(int dirfd, const char *name, mode_t mode, struct err *e);
/* rm -rf that never follows a symbolic link; a missing path is fine. */
int fsx_remove_tree(int dirfd, const char *path, struct err *e);
/* Removes ".tmp.PID.N" files of dead processes directly in the folder. */
void fsx_sweep_temp(int dirfd, const char *path);

enum fsx_lock { FSX_LOCK_SH, FSX_LOCK_EX };
/* flock on a file (made when missing for FSX_LOCK_EX). wait_ms 0: do not wait. *fd is the
 * caller's to close. ERR_BUSY when it stays held, ERR_IO. */
int fsx_lock(int dirfd, const char *name, enum fsx_lock how, int wait_ms, int *fd, struct err *e);

/* The n-th durable step (write, rename, ref update): aborts the process when BDW_CRASH_AT names
 * it or when BDW_CRASH_AT=NAME; counts by itself. For the crash tests; one getenv when unused. */
void fsx_crash_point(const char *name);

/* The kernel's boot id, 36 characters; "" where /proc has none. */
void fsx_boot_id(char out[40]);

#endif
