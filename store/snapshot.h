/* store/snapshot.h - PRIV/snapshot: an immutable, mapped table of all issues; PRIV/recent: ids
 * written since. Private to store/. Derived data: anything odd about it means "there is none",
 * never an error for the user. */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "store/issue.h"
#include "store/ref.h"
struct err; struct stat; struct store; struct strs;

#define PRIV_SNAPSHOT "snapshot"
#define PRIV_RECENT "recent"

/*
 * For the writing side.
 */

/* These issues' files have changed or come to be. Under the writers' lock, after the ref has
 * moved and before the new stamp. A superset is harmless. Best effort: when it cannot be noted,
 * readers scan. */
void snapshot_note(struct store *s, const char *const *ids, size_t n);
/* Issues were deleted or renamed, or anything may have changed (roll-forward): the next reader
 * looks at every file. The table stays as a cache of records whose files did not change. Under
 * the writers' lock. */
void snapshot_drop(struct store *s);

/*
 * For the reading side.
 */

/* What tells that a file changed. ino 0: equal to nothing, the file has to be read. */
struct file_stat {
	uint64_t ino, size;
	int64_t mtime_ns, ctime_ns;
};
void file_stat_from(struct file_stat *out, const struct stat *st);
bool file_stat_equal(const struct file_stat *a, const struct file_stat *b);

/* One life of PRIV/recent, and how much of it is in the table already. */
struct recent_mark { uint64_t life, size; };

/* Where PRIV/recent stands now; made when missing and make is true. Call it before any file is
 * looked at. ERR_NOTFOUND, ERR_IO. */
int recent_mark(struct store *s, bool make, struct recent_mark *out, struct err *e);
/* Appends the ids noted after the mark, each once, in no order. ERR_NOTFOUND: another life, so
 * nobody knows. */
int recent_since(struct store *s, const struct recent_mark *mark, struct strs *out, struct err *e);

struct snapshot;

/* Maps the table; checks header and index, not the rows. *out is the caller's: snapshot_unmap().
 * ERR_NOTFOUND: none. ERR_PARSE: damaged, of another version, or of another boot (its pages may
 * be lost). */
int snapshot_map(struct snapshot **out, struct store *s, struct err *e);
void snapshot_unmap(struct snapshot *sn);	/* NULL is fine */

size_t snapshot_count(const struct snapshot *sn);
const struct oid *snapshot_commit(const struct snapshot *sn);
const struct recent_mark *snapshot_mark(const struct snapshot *sn);
/* Rows are sorted bytewise by id. -1 when there is none. */
long snapshot_find(const struct snapshot *sn, const char *id);
const char *snapshot_id(const struct snapshot *sn, size_t row);
/* The file as it was when it was read last. */
void snapshot_stat(const struct snapshot *sn, size_t row, struct file_stat *out);
/* Was the file, with that stat, found to be what was committed? */
bool snapshot_committed(const struct snapshot *sn, size_t row);
/* Writes the table anew with the difference that these rows were; which has an element a row, all
 * of them checked. ERR_IO. */
int snapshot_note_committed(struct store *s, const struct snapshot *sn, const bool *which,
			    struct err *e);
/* Are the row's record, edges, labels and short strings what was written? Bodies and comments
 * (three quarters of the bytes) are not read: see snapshot_verify(). Call it once before a row's
 * first use. */
bool snapshot_check(const struct snapshot *sn, size_t row);
/* The row as an issue, filled in at the first call; borrowed until snapshot_unmap(), strings
 * point into the map. Never reads outside the map, whatever the row holds. */
const struct issue *snapshot_issue(struct snapshot *sn, size_t row);
/* Its members as view_json() hands them out. Borrowed until snapshot_unmap(). */
const char *snapshot_json(const struct snapshot *sn, size_t row, size_t *n);
/* All rows will be asked for: makes room for them, in large pages where threads do not meet in
 * faults. Afterwards snapshot_issue() may be called by several threads, for different rows. */
void snapshot_expect(struct snapshot *sn);

enum { SNAPSHOT_SHARDS = 256 };
/* A folder as it was, and the files it held: while it has not changed it need not be listed. They
 * stand together, apart from the rows, because a scan goes through them all. */
struct snapshot_file {
	struct file_stat st;
	uint32_t row, name;
};
struct snapshot_dir {
	struct file_stat st;
	const struct snapshot_file *file;
	size_t n;
};
/* false: damaged. */
bool snapshot_shard(const struct snapshot *sn, unsigned shard, struct snapshot_dir *out);
/* "demo-4f2a.md" */
const char *snapshot_file_name(const struct snapshot *sn, const struct snapshot_file *f);
/* The row that edge k of a row points to; some number past the last: none. */
uint32_t snapshot_edge(const struct snapshot *sn, size_t row, size_t k);
/* Rows that hold an edge to this one, each once. */
const uint32_t *snapshot_dependents(const struct snapshot *sn, size_t row, size_t *n);
/* Rows that hold an edge to an id that is no row. */
const uint32_t *snapshot_dangling(const struct snapshot *sn, size_t *n);
/* Looks at every byte that can be handed out, bodies included: for tests, a reader does not pay for
 * it. 0 or ERR_PARSE. */
int snapshot_verify(const struct snapshot *sn, struct err *e);

/* The map's pages are given back; who reads them again gets them again. For who goes through all of
 * it once. */
void snapshot_forget(struct snapshot *sn);
/* The row will be asked for soon: its memory is fetched meanwhile. */
void snapshot_prefetch(const struct snapshot *sn, size_t row);

struct file_look {
	struct file_stat st;
	/* clock_coarse_ns() before the file was read; 0: st stands as it is */
	int64_t read_ns;
};
struct snapshot_item {
	const struct issue *issue;
	struct file_look look;
	bool committed;			/* the file, as it was looked at, is what was committed */
};
/* Nanoseconds of the clock that stamps files (decisions A5: a file as young as its reading is
 * racy). */
int64_t clock_coarse_ns(void);
/* Writes the table and renames it into place. items are sorted by id; shards are the folders'
 * (SNAPSHOT_SHARDS). A racy item's stat is left out, so its file is read again next time.
 * from: the table that (most of) the items come from, which is read once from end to end and must
 * not stay in memory beside the new one; NULL: none. ERR_IO. */
int snapshot_write(struct store *s, struct snapshot *from, const struct snapshot_item *items,
		   size_t n, const struct file_look *shards, const struct oid *commit,
		   const struct recent_mark *mark, struct err *e);

#endif
