/* store/id.h - issue ids: shape, new ones, the file name and shard of one (decisions B12) */
#ifndef STORE_ID_H
#define STORE_ID_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf; struct err;

enum { ID_MAX = 200 };	/* bytes */

/* Printable, no white space, at most ID_MAX bytes, valid UTF-8, a hyphen inside but none in
 * front, and its file name short enough for a file system. 0 or ERR_USAGE, in bd's words where
 * it has any. */
int id_check(const char *id, struct err *e);
/* What an edge may point to: as id_check, but of another tracker too, so without a rule for
 * hyphens. */
int id_check_target(const char *id, struct err *e);
/* Low byte of FNV-1a-32 of the id: the name of its folder is two hex digits of it. */
unsigned id_shard(const char *id);
/* The id as a file, branch or folder name: bytes outside [A-Za-z0-9._-], a dot in front, at the
 * end, after a dot and of a final ".lock" as %XX (git refuses all of these in a ref). Appends. */
void id_file_name(const char *id, struct buf *out);
/* The text that id_file_name makes this name of; false when it makes it of none. Appends. */
bool id_file_text(const char *name, size_t n, struct buf *out);
/* The same of the name of an issue's file (without its ".md"): false when the text is no id. */
bool id_from_file_name(const char *name, size_t n, struct buf *out);
/* "issue/4f/demo-4f2a.md" and "work/4f/demo-4f2a.ini". Append. */
void id_issue_path(const char *id, struct buf *out);
void id_work_path(const char *id, struct buf *out);

/* The prefix of "prefix-hash" or "prefix-hash.1": the bytes before the last hyphen. Its length;
 * 0 when there is no hyphen. */
size_t id_prefix_len(const char *id);
/* "demo-4f2a.3" -> length of "demo-4f2a"; 0 when it is no child id (after the last dot:
 * 1..999999999). */
size_t id_parent_len(const char *id);
/* The number after the last dot of a child id; 0 when it is none. */
unsigned long id_child_number(const char *id);
/* Compares ids part by part between dots, so that .2 stands before .10: numbers first, words
 * bytewise. A total order; 0 only for equal ids. */
int id_compare_natural(const char *a, const char *b);

/* How many base36 digits a new id gets when n top-level ids with the prefix exist: smallest L in
 * min_len..max_len (8 at most) with 1-exp(-n^2/(2*36^L)) <= prob, which lies between 0 and 1
 * (spec/cli.md 2). */
int id_hash_len(size_t n, int min_len, int max_len, double prob);
/* A new "prefix-hash" (not NUL-checked against the store: the caller asks again with nonce+1
 * when taken). sha-free: 64 bits of FNV-1a over title, description, actor, time, nonce and 16
 * random bytes (BDW_SEED instead of the random ones when set). Appends. */
void id_new(const char *prefix, const char *title, const char *description, const char *actor,
	    int64_t now_us, int len, unsigned nonce, struct buf *out);
/* A UUIDv7-shaped comment id from time and random bytes (BDW_SEED and seq when set). out: 37
 * bytes. */
void id_new_uuid(int64_t now_us, unsigned seq, char out[37]);
/* A prefix from the last part of a path: characters outside [A-Za-z0-9_-] become '_', hyphens at
 * the ends go, 100 bytes at most. Appends; "issue" when nothing is left. */
void id_prefix_from_dir(const char *dir, struct buf *out);

#endif
