/* store/snapshot_priv.h - the bytes of PRIV/snapshot; only snapshot.c and snapshot_write.c
 * include it */
#ifndef STORE_SNAPSHOT_PRIV_H
#define STORE_SNAPSHOT_PRIV_H
#include <stddef.h>
#include <stdint.h>
#include "store/snapshot.h"

/*
 * header, cold strings (bodies, comments), the issues as JSON, then the tables, hot strings last.
 * Numbers are the machine's own: the file never leaves it, and another byte order is another magic.
 * Offsets of strings count from the start of their pool; offset 0 of each pool is "". An issue's
 * strings stand together, so that one hash covers its part of a pool.
 *
 * Damage: header and index (what leads to rows) have hashes, looked at when the file is mapped:
 * 16 bytes an issue. Each shard has one over its files, looked at when it is scanned. Each row has
 * one over its own bytes, its part of each table and of the hot pool, looked at at the row's first
 * use; and one over its part of the cold pool and one over its JSON, looked at by snapshot_verify()
 * only, because reading all bodies would triple the cost of `ready`. Beyond that every offset is
 * checked against its bounds when it is used, and pools begin and end with NUL, so that no damage
 * can lead outside the map.
 */
#define SNAP_MAGIC 0x35304e5357444241ull	/* "ABDWSN05" */

enum snap_section {
	SNAP_COLD, SNAP_JSON, SNAP_ROWS, SNAP_FIND, SNAP_DEPS, SNAP_LABELS, SNAP_COMMENTS,
	SNAP_EXTRAS, SNAP_REVERSE, SNAP_DANGLING, SNAP_SHARDS, SNAP_FILES, SNAP_NAMES, SNAP_HOT,
		SNAP_SECTIONS
};

struct snap_section_at { uint64_t off, n; };	/* from the start of the file; n elements */

struct snap_header {
	uint64_t magic;
	uint64_t size;			/* of the whole file */
	struct recent_mark mark;
	struct oid commit;
	char boot[40];
	uint32_t row_size;		/* another build's rows may differ, */
	uint32_t json_form;		/* or its JSON */
	struct snap_section_at at[SNAP_SECTIONS];
	uint64_t index_hash;		/* of SNAP_FIND, SNAP_DANGLING, SNAP_SHARDS */
	uint64_t hash;			/* of all bytes before it */
};

struct snap_range { uint32_t at, n; };		/* elements of a table */
struct snap_bytes { uint64_t at, n; };		/* part of a pool */

enum snap_hot_string {
	HOT_ID, HOT_TITLE, HOT_STATUS, HOT_TYPE, HOT_ASSIGNEE, HOT_OWNER, HOT_SPEC_ID,
	HOT_EXTERNAL_REF, HOT_SOURCE_SYSTEM, HOT_METADATA, HOT_CREATED_BY, HOT_CLOSE_REASON,
		HOT_CLOSED_BY_SESSION, HOT_UNKNOWN, HOT_N
};
enum snap_cold_string { COLD_DESCRIPTION, COLD_DESIGN, COLD_ACCEPTANCE, COLD_NOTES, COLD_N };
enum snap_time { TIME_CREATED, TIME_UPDATED, TIME_STARTED, TIME_CLOSED, TIME_DUE,
		 TIME_DEFER, TIME_N };

struct snap_row {
	int64_t time[TIME_N];
	int64_t estimate, last_child, priority;
	uint32_t hot[HOT_N];
	uint32_t cold[COLD_N];
	uint32_t file;			/* in SNAP_FILES */
	struct snap_range labels, deps, comments, extras, reverse;
	uint32_t committed;		/* the file with this stat is what was committed */
	struct snap_bytes hot_part, cold_part, json;
	uint64_t cold_hash, json_hash;
	uint64_t hash;
};

struct snap_dep {			/* all hot */
	uint32_t target, type, created_by, metadata, thread_id, extra;
	uint32_t row;			/* of the target; UINT32_MAX: none */
	uint32_t none;			/* 0: a hash covers the whole */
	int64_t created_at;
};
struct snap_comment {			/* all cold */
	uint32_t id, author, text, extra, int_id, unused;
	int64_t created_at;
};
struct snap_extra { uint32_t name, json; };	/* hot */
struct snap_shard {			/* SNAPSHOT_SHARDS of them */
	struct file_stat dir;
	struct snap_range files;
	struct snap_bytes names;
	uint64_t hash;			/* of both */
};

/* What a row's hash covers, found in a finished or half-finished file. */
struct snap_view {
	const struct snap_row *rows;
	const struct snap_dep *deps;
	const uint32_t *labels;
	const struct snap_comment *comments;
	const struct snap_extra *extras;
	const uint32_t *reverse;
	const char *hot;
};
uint64_t snap_hash(uint64_t seed, const void *p, size_t n);
uint64_t snap_shard_hash(unsigned shard, const struct snapshot_file *file, size_t n,
			 const char *names, size_t len);
/* What index_hash is, given the sections' bytes. */
uint64_t snap_index_hash(const void *const section[SNAP_SECTIONS],
			 const struct snap_section_at at[SNAP_SECTIONS]);
/* The hash of row i; ranges must have been checked. */
uint64_t snap_row_hash(const struct snap_view *v, size_t i);

#endif
