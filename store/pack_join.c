/* store/pack_join.c - few larger packs instead of many small ones */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/sha1.h"
#include "store/base/text.h"
#include "store/base/trace.h"
#include "store/pack.h"

enum { LEVELS = 3, LARGE = 4 * 1024 * 1024, PACK_HEAD = 12,
       INDEX_HEAD = 8 + 256 * 4 };

/* An object in a pack that was read. */
struct part { struct oid id; uint32_t crc, at; const char *data; size_t n; };
struct parts { struct part *v; size_t n, cap; };

static uint32_t get32(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int by_place(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct part *)a)->id.b, ((const struct part *)b)->id.b,
		      sizeof(struct oid));
}

/* Is the pack whole? What is copied from it gets a sum of its own, which must not cover damage
 * up. */
static bool is_whole(const struct buf *pack, const struct buf *idx)
{
	unsigned char sum[SHA1_LEN];
	struct sha1 s;
	size_t n;

	if (pack->len < PACK_HEAD + SHA1_LEN || idx->len < INDEX_HEAD + 2 * SHA1_LEN ||
	    memcmp(idx->s, "\377tOc\0\0\0\2", 8))
		return false;
	n = get32(pack->s + 8);
	if (idx->len != INDEX_HEAD + n * (SHA1_LEN + 8) + 2 * SHA1_LEN)
		return false;
	sha1_init(&s);
	sha1_add(&s, pack->s, pack->len - SHA1_LEN);
	sha1_end(&s, sum);
	return !memcmp(sum, pack->s + pack->len - SHA1_LEN, SHA1_LEN) &&
	       !memcmp(sum, idx->s + idx->len - 2 * SHA1_LEN, SHA1_LEN);
}

/* Where each object stands: in the order of the file, each ends where the next begins. */
static bool list_parts(const struct buf *pack, const struct buf *idx, struct parts *out)
{
	size_t n = get32(pack->s + 8), first = out->n, end = pack->len - SHA1_LEN;
	const char *ids = idx->s + INDEX_HEAD, *crcs = ids + n * SHA1_LEN, *places = crcs + n * 4;

	for (size_t i = 0; i < n; i++) {
		struct part p = { .crc = get32(crcs + 4 * i), .at = get32(places + 4 * i) };

		memcpy(p.id.b, ids + i * SHA1_LEN, SHA1_LEN);
		vec_add(out, p);
	}
	if (n)
		qsort(out->v + first, n, sizeof(*out->v), by_place);
	for (size_t i = out->n; i-- > first; end = out->v[i].at) {
		if (out->v[i].at < PACK_HEAD || out->v[i].at >= end)
			return false;
		out->v[i].data = pack->s + out->v[i].at;
		out->v[i].n = end - out->v[i].at;
	}
	return true;
}

static bool read_pack(const char *dir, const char *name, struct buf *pack, struct parts *out)
{
	AUTO_FREE char *path = xasprintf("%s/%s.pack", dir, name);
	AUTO_FREE char *index = xasprintf("%s/%s.idx", dir, name);
	BUF_AUTO idx = BUF_INIT;

	return !fsx_read(AT_FDCWD, path, pack, NULL) && !fsx_read(AT_FDCWD, index, &idx, NULL) &&
		is_whole(pack, &idx) &&
	       list_parts(pack, &idx, out);
}

/* An object that stands in two of them goes in once. */
static void put_together(struct parts *parts, struct pack *out)
{
	size_t n = 0;

	for (size_t i = 0; i < parts->n; i++)
		n += parts->v[i].n;
	buf_grow(&out->body, n + PACK_HEAD + SHA1_LEN);
	qsort(parts->v, parts->n, sizeof(*parts->v), by_id);
	for (size_t i = 0; i < parts->n; i++)
		if (!i || by_id(&parts->v[i - 1], &parts->v[i]))
			pack_add_raw(out, &parts->v[i].id, parts->v[i].crc, parts->v[i].data,
				     parts->v[i].n);
}

/* The index first: without it nobody looks for the pack. */
static void drop_packs(const char *dir, const struct strs *names)
{
	static const char *const end[] = { "idx", "pack" };

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < names->n; i++) {
			AUTO_FREE char *path = xasprintf("%s/%s.%s", dir, names->v[i], end[k]);

			unlink(path);
		}
}

/* A pack that is damaged, or that another process has just joined, is left alone. */
static bool join(const char *commondir, const char *dir, const struct strs *names, int level,
		 bool sync)
{
	struct buf *packs = xcalloc(names->n, sizeof(*packs));
	struct pack joined = { .body = BUF_INIT };
	struct parts parts = { 0 };
	STRS_AUTO taken = { 0 };
	bool ok;

	for (size_t i = 0; i < names->n; i++) {
		size_t had = parts.n;

		packs[i] = (struct buf)BUF_INIT;
		if (read_pack(dir, names->v[i], &packs[i], &parts))
			strs_add(&taken, names->v[i]);
		else
			parts.n = had;
	}
	if (taken.n > 1)
		put_together(&parts, &joined);
	for (size_t i = 0; i < names->n; i++)
		buf_release(&packs[i]);
	ok = taken.n > 1 && pack_write(&joined, commondir, level, sync, NULL) == 0 &&
	     (!sync || fsx_sync(dir, NULL) == 0);
	if (ok)
		drop_packs(dir, &taken);
	pack_release(&joined);
	trace("pack.join", "\"packs\":%zu,\"objects\":%zu,\"done\":%s", taken.n, parts.n,
	      ok ? "true" : "false");
	vec_free(&parts);
	free(packs);
	return ok;
}

/* Names of our packs of a level, without their ending, sorted. What is large already stays as it
 * is. */
static void list_packs(const char *dir, int level, struct strs *out)
{
	AUTO_FREE char *prefix = xasprintf(PACK_PREFIX "%d000", level);
	DIR *d = opendir(dir);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		struct stat st;

		if (!text_starts(de->d_name, prefix) || !text_ends(de->d_name, ".pack") ||
		    fstatat(dirfd(d), de->d_name, &st, 0) < 0 || st.st_size > LARGE)
			continue;
		de->d_name[strlen(de->d_name) - 5] = 0;
		strs_add(out, de->d_name);
	}
	if (d)
		closedir(d);
	strs_sort(out);
}

size_t pack_join(const char *commondir, bool sync)
{
	AUTO_FREE char *dir = xasprintf("%s/objects/pack", commondir);
	size_t left = 0;

	for (int level = 0; level < LEVELS; level++) {
		STRS_AUTO names = { 0 };
		bool joined;

		list_packs(dir, level, &names);
		joined = names.n >= PACK_JOIN_AT &&
			 join(commondir, dir, &names, level + 1, sync);
		if (level == 0 && !joined)
			left = names.n;
		if (!joined)
			break;
	}
	return left;
}
