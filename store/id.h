/* store/id.h - issue ids: shape, new ones, the file name and shard of one (decisions B12) */
#ifndef STORE_ID_H
#define STORE_ID_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf; struct err;

enum { ID_MAX = 200 };	/* bytes */

/* Printable, no white space, at most ID_MAX bytes, valid UTF-8, at least one hyphen inside. 0 or ERR_USAGE. */
int id_check(const char *id, struct err *e);
/* Low byte of FNV-1a-32 of the id: the name of its folder is two hex digits of it. */
unsigned id_shard(const char *id);
/* The id as a file, branch or folder name: bytes outside [A-Za-z0-9._-], a leading dot, ".." and a final
 * ".lock" as %XX. Appends. */
void id_file_name(const char *id, struct buf *out);
/* The id a file name (without its ".md") stands for; false when it is no name id_file_name makes. Appends. */
bool id_from_file_name(const char *name, size_t n, struct buf *out);
/* "issue/4f/demo-4f2a.md" and "work/4f/demo-4f2a.ini". Append. */
void id_issue_path(const char *id, struct buf *out);
void id_work_path(const char *id, struct buf *out);

/* The prefix of "prefix-hash" or "prefix-hash.1": bytes before the last hyphen (of the part before the first
 * dot after it). Its length; 0 when there is no hyphen. */
size_t id_prefix_len(const char *id);
/* "demo-4f2a.3" -> length of "demo-4f2a"; 0 when it is no child id. */
size_t id_parent_len(const char *id);
/* The number after the last dot of a child id; 0 when it is none. */
unsigned long id_child_number(const char *id);
/* Compares ids so that .2 stands before .10; bytewise otherwise. */
int id_compare_natural(const char *a, const char *b);

/* How many base36 digits a new id gets when n top-level ids with the prefix exist: smallest L in
 * min_len..8 with 1-exp(-n^2/(2*36^L)) <= 0.25 (spec/cli.md 2). */
int id_hash_len(size_t n, int min_len);
/* A new "prefix-hash" (not NUL-checked against the store: the caller asks again with nonce+1 when taken).
 * sha-free: 64 bits of FNV-1a over title, description, actor, time, nonce and 16 random bytes (BDW_SEED
 * instead of the random ones when set). Appends. */
void id_new(const char *prefix, const char *title, const char *description, const char *actor, int64_t now_us,
	    int len, unsigned nonce, struct buf *out);
/* A UUIDv7-shaped comment id from time and random bytes (BDW_SEED and seq when set). out: 37 bytes. */
void id_new_uuid(int64_t now_us, unsigned seq, char out[37]);
/* A prefix from a folder name: characters outside [A-Za-z0-9_-] become '_'. Appends; "issue" when empty. */
void id_prefix_from_dir(const char *dir, struct buf *out);

#endif
