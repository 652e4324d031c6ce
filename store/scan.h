/* store/scan.h - which issue files stand on disk, and which of them differ from the snapshot;
 * private to store/ */
#ifndef STORE_SCAN_H
#define STORE_SCAN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/base/arena.h"
#include "store/base/vec.h"
#include "store/snapshot.h"
struct err;

struct scan_change {
	const char *id;		/* of the snapshot or of the arena below */
	long row;		/* -1: the snapshot does not know it */
};
struct scan_changes { struct scan_change *v; size_t n, cap; };

enum { SCAN_THREADS = 2 };	/* 10 000 files: 5.7 ms on one, 2.6 on two (decisions A13) */

struct scan {
	unsigned char *seen;			/* per row: its file is there */
	/* the snapshot is not what was written: trust none of it */
	bool damaged;
	struct file_look shard[SNAPSHOT_SHARDS];	/* the folders; zero where there is none */
	struct scan_changes change[SCAN_THREADS];	/* in no order */
	struct arena arena[SCAN_THREADS];	/* the ids */
};

/* Looks at every file issue/HH/NAME.md below tree_fd (-1: there is none). A row whose stat is
 * the same is only seen; every other file is a change. sn may be NULL: then all are; else every
 * row of it is checked and filled. Names that are not the store's (decisions A1) are passed
 * over. *out is the caller's: scan_release(), also after an error. ERR_IO. */
int scan_run(struct scan *out, int tree_fd, struct snapshot *sn, struct err *e);
void scan_release(struct scan *sc);

#endif
