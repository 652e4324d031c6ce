#include "store/snapshot.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/map.h"
#include "store/base/mem.h"
#include "store/issue_json.h"
#include "store/snapshot_priv.h"
#include "store/store_priv.h"

struct snapshot {
	const struct snap_header *h;	/* start of the map */
	size_t size;
	struct snap_view v;
	const uint32_t *find;		/* hash table of row + 1 */
	const char *cold, *json;
	void *room;			/* what the issues are filled into; NULL until the first */
	size_t room_size;
	struct issue *issues;
	struct dep *deps;
	struct comment *comments;
	struct extra *extras;
	const char **labels;
};

enum { LARGE_PAGE = 2 * 1024 * 1024, PAGE = 4096, COPY = 1024 * 1024 };

static const void *section(const struct snapshot *sn, enum snap_section s)
{
	return (const char *)sn->h + sn->h->at[s].off;
}

static size_t count(const struct snapshot *sn, enum snap_section s)
{
	return sn->h->at[s].n;
}

void file_stat_from(struct file_stat *out, const struct stat *st)
{
	*out = (struct file_stat){
		.ino = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
		.ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec,
	};
}

bool file_stat_equal(const struct file_stat *a, const struct file_stat *b)
{
	return a->ino && a->ino == b->ino && a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns;
}

static bool is_index_good(const struct snap_header *h)
{
	const void *section[SNAP_SECTIONS];

	for (int i = 0; i < SNAP_SECTIONS; i++)
		section[i] = (const char *)h + h->at[i].off;
	return h->at[SNAP_SHARDS].n == SNAPSHOT_SHARDS &&
		h->index_hash == snap_index_hash(section, h->at);
}

/* Begins with "" (offset 0) and ends in NUL, so that every offset is a string. */
static bool is_pool(const char *base, const struct snap_section_at *s)
{
	return s->n && !base[s->off] && !base[s->off + s->n - 1];
}

/* A header that is whole, ours and of this boot; sections inside the file; pools that end in
 * NUL. */
static const char *header_fault(const struct snap_header *h, size_t size)
{
	static const size_t element[SNAP_SECTIONS] = {
		[SNAP_COLD] = 1, [SNAP_JSON] = 1, [SNAP_ROWS] = sizeof(struct snap_row),
		[SNAP_FIND] = sizeof(uint32_t), [SNAP_DEPS] = sizeof(struct snap_dep),
		[SNAP_LABELS] = sizeof(uint32_t), [SNAP_COMMENTS] = sizeof(struct snap_comment),
		[SNAP_EXTRAS] = sizeof(struct snap_extra), [SNAP_REVERSE] = sizeof(uint32_t),
		[SNAP_DANGLING] = sizeof(uint32_t), [SNAP_SHARDS] = sizeof(struct snap_shard),
		[SNAP_FILES] = sizeof(struct snapshot_file), [SNAP_NAMES] = 1, [SNAP_HOT] = 1,
	};
	const char *base = (const char *)h;
	char boot[40];

	if (size < sizeof(*h) || h->magic != SNAP_MAGIC || h->row_size != sizeof(struct snap_row) ||
	    h->json_form != ISSUE_JSON_FORM)
		return "not a snapshot of this version";
	if (h->size != size || h->hash != snap_hash(0, h, offsetof(struct snap_header, hash)))
		return "damaged";
	for (int i = 0; i < SNAP_SECTIONS; i++) {
		const struct snap_section_at *s = &h->at[i];

		if (s->off > size || s->off % 8 || s->n > (size - s->off) / element[i] ||
		    s->n > UINT32_MAX)
			return "damaged";
	}
	if (!is_pool(base, &h->at[SNAP_HOT]) || !is_pool(base, &h->at[SNAP_COLD]) ||
	    !is_pool(base, &h->at[SNAP_NAMES]) || !h->at[SNAP_FIND].n ||
	    (h->at[SNAP_FIND].n & (h->at[SNAP_FIND].n - 1)) || !is_index_good(h))
		return "damaged";
	fsx_boot_id(boot);
	return strncmp(h->boot, boot, sizeof(boot)) ? "of another boot" : NULL;
}

int snapshot_map(struct snapshot **out, struct store *s, struct err *e)
{
	int fd = openat(s->priv_fd, PRIV_SNAPSHOT, O_RDONLY | O_CLOEXEC);
	const char *fault;
	struct snapshot *sn;
	struct stat st;
	void *p;

	if (fd < 0)
		return err_set(e, ERR_NOTFOUND, "no snapshot");
	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(struct snap_header)) {
		close(fd);
		return err_set(e, ERR_PARSE, "snapshot: too short");
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return err_errno(e, "cannot map the snapshot");
	fault = header_fault(p, (size_t)st.st_size);
	if (fault) {
		munmap(p, (size_t)st.st_size);
		return err_set(e, ERR_PARSE, "snapshot: %s", fault);
	}
	sn = xcalloc(1, sizeof(*sn));
	sn->h = p;
	sn->size = (size_t)st.st_size;
	sn->v = (struct snap_view){
		.rows = section(sn, SNAP_ROWS), .deps = section(sn, SNAP_DEPS),
		.labels = section(sn, SNAP_LABELS), .comments = section(sn, SNAP_COMMENTS),
		.extras = section(sn, SNAP_EXTRAS), .reverse = section(sn, SNAP_REVERSE),
		.hot = section(sn, SNAP_HOT),
	};
	sn->find = section(sn, SNAP_FIND);
	sn->cold = section(sn, SNAP_COLD);
	sn->json = section(sn, SNAP_JSON);
	*out = sn;
	return 0;
}

void snapshot_unmap(struct snapshot *sn)
{
	if (!sn)
		return;
	if (sn->room)
		munmap(sn->room, sn->room_size);
	munmap((void *)(uintptr_t)sn->h, sn->size);
	free(sn);
}

void snapshot_forget(struct snapshot *sn)
{
	madvise((void *)(uintptr_t)sn->h, sn->size, MADV_DONTNEED);
}

size_t snapshot_count(const struct snapshot *sn)
{
	return count(sn, SNAP_ROWS);
}

const struct oid *snapshot_commit(const struct snapshot *sn)
{
	return &sn->h->commit;
}

const struct recent_mark *snapshot_mark(const struct snapshot *sn)
{
	return &sn->h->mark;
}

static const char *hot(const struct snapshot *sn, uint32_t at)
{
	return sn->v.hot + (at < count(sn, SNAP_HOT) ? at : 0);
}

static const char *cold(const struct snapshot *sn, uint32_t at)
{
	return sn->cold + (at < count(sn, SNAP_COLD) ? at : 0);
}

const char *snapshot_id(const struct snapshot *sn, size_t row)
{
	return hot(sn, sn->v.rows[row].hot[HOT_ID]);
}

void snapshot_stat(const struct snapshot *sn, size_t row, struct file_stat *out)
{
	const struct snapshot_file *file = section(sn, SNAP_FILES);
	uint32_t at = sn->v.rows[row].file;

	*out = at < count(sn, SNAP_FILES) ? file[at].st : (struct file_stat){ 0 };
}

bool snapshot_committed(const struct snapshot *sn, size_t row)
{
	return sn->v.rows[row].committed != 0;
}

long snapshot_find(const struct snapshot *sn, const char *id)
{
	size_t cap = count(sn, SNAP_FIND), n = snapshot_count(sn);
	size_t at = hash_fnv1a(id, strlen(id));

	/* a damaged table may have no hole to stop at */
	for (size_t tries = 0; tries < cap; tries++, at++) {
		uint32_t row = sn->find[at & (cap - 1)];

		if (!row || row > n)
			return -1;
		if (!strcmp(snapshot_id(sn, row - 1), id))
			return (long)row - 1;
	}
	return -1;
}

static bool in_table(const struct snapshot *sn, enum snap_section s, const struct snap_range *r)
{
	return r->at <= count(sn, s) && r->n <= count(sn, s) - r->at;
}

static bool in_pool(const struct snapshot *sn, enum snap_section s, const struct snap_bytes *b)
{
	return b->at <= count(sn, s) && b->n <= count(sn, s) - b->at;
}

bool snapshot_check(const struct snapshot *sn, size_t row)
{
	const struct snap_row *r = &sn->v.rows[row];

	return in_table(sn, SNAP_LABELS, &r->labels) && in_table(sn, SNAP_DEPS, &r->deps) &&
	       in_table(sn, SNAP_COMMENTS, &r->comments) && in_table(sn, SNAP_EXTRAS, &r->extras) &&
	       in_table(sn, SNAP_REVERSE, &r->reverse) && in_pool(sn, SNAP_HOT, &r->hot_part) &&
	       in_pool(sn, SNAP_COLD, &r->cold_part) && in_pool(sn, SNAP_JSON, &r->json) &&
	       snap_row_hash(&sn->v, row) == r->hash;
}

/*
 * Room for all issues and their arrays in one piece: an element of a table has its place by its
 * number, so filling a row allocates nothing and threads do not meet. Pages that are never
 * touched cost nothing.
 */
static size_t room_size(const struct snapshot *sn)
{
	return count(sn, SNAP_ROWS) * sizeof(struct issue) +
		count(sn, SNAP_DEPS) * sizeof(struct dep) +
	       count(sn, SNAP_COMMENTS) * sizeof(struct comment) +
		       count(sn, SNAP_EXTRAS) * sizeof(struct extra) +
	       count(sn, SNAP_LABELS) * sizeof(char *);
}

static void make_room(struct snapshot *sn, bool large)
{
	/* whole large pages, wherever the first begins */
	size_t size = (room_size(sn) / LARGE_PAGE + 2) * LARGE_PAGE;
	char *p;

	if (sn->room)
		return;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		abort();	/* as xmalloc() */
	sn->room = p;
	sn->room_size = size;
	p += -(uintptr_t)p & (LARGE_PAGE - 1);
	if (large)
		madvise(p, size - LARGE_PAGE, MADV_HUGEPAGE);
	sn->issues = (void *)p;
	sn->deps = (void *)(sn->issues + count(sn, SNAP_ROWS));
	sn->comments = (void *)(sn->deps + count(sn, SNAP_DEPS));
	sn->extras = (void *)(sn->comments + count(sn, SNAP_COMMENTS));
	sn->labels = (void *)(sn->extras + count(sn, SNAP_EXTRAS));
}

void snapshot_expect(struct snapshot *sn)
{
	make_room(sn, room_size(sn) > LARGE_PAGE / 2);
}

static void fill_deps(struct snapshot *sn, const struct snap_range *r, struct issue *out)
{
	if (!in_table(sn, SNAP_DEPS, r))
		return;
	out->deps = sn->deps + r->at;
	out->ndeps = r->n;
	for (size_t i = 0; i < out->ndeps; i++) {
		const struct snap_dep *d = &sn->v.deps[r->at + i];

		out->deps[i] = (struct dep){
			.target = hot(sn, d->target), .type = hot(sn, d->type),
			.created_at = d->created_at, .created_by = hot(sn, d->created_by),
			.metadata = hot(sn, d->metadata), .thread_id = hot(sn, d->thread_id),
			.extra = hot(sn, d->extra),
		};
	}
}

static void fill_comments(struct snapshot *sn, const struct snap_range *r, struct issue *out)
{
	if (!in_table(sn, SNAP_COMMENTS, r))
		return;
	out->comments = sn->comments + r->at;
	out->ncomments = r->n;
	for (size_t i = 0; i < out->ncomments; i++) {
		const struct snap_comment *c = &sn->v.comments[r->at + i];

		out->comments[i] = (struct comment){
			.id = cold(sn, c->id), .int_id = c->int_id, .author = cold(sn, c->author),
			.text = cold(sn, c->text), .extra = cold(sn, c->extra),
			.created_at = c->created_at,
		};
	}
}

static void fill_small(struct snapshot *sn, const struct snap_row *r, struct issue *out)
{
	if (in_table(sn, SNAP_LABELS, &r->labels)) {
		out->labels = sn->labels + r->labels.at;
		out->nlabels = r->labels.n;
	}
	for (size_t i = 0; i < out->nlabels; i++)
		out->labels[i] = hot(sn, sn->v.labels[r->labels.at + i]);
	if (in_table(sn, SNAP_EXTRAS, &r->extras)) {
		out->extras = sn->extras + r->extras.at;
		out->nextras = r->extras.n;
	}
	for (size_t i = 0; i < out->nextras; i++) {
		const struct snap_extra *x = &sn->v.extras[r->extras.at + i];

		out->extras[i] = (struct extra){ .name = hot(sn, x->name),
						 .json = hot(sn, x->json) };
	}
}

const struct issue *snapshot_issue(struct snapshot *sn, size_t row)
{
	const struct snap_row *r = &sn->v.rows[row];
	const char *h[HOT_N], *c[COLD_N];
	struct issue *out;

	make_room(sn, false);
	out = &sn->issues[row];
	if (out->id)
		return out;
	for (int i = 0; i < HOT_N; i++)
		h[i] = hot(sn, r->hot[i]);
	for (int i = 0; i < COLD_N; i++)
		c[i] = cold(sn, r->cold[i]);
	*out = (struct issue){
		.id = h[HOT_ID], .title = h[HOT_TITLE], .status = h[HOT_STATUS],
		.type = h[HOT_TYPE], .priority = (int)r->priority, .assignee = h[HOT_ASSIGNEE],
		.owner = h[HOT_OWNER], .description = c[COLD_DESCRIPTION], .design = c[COLD_DESIGN],
		.acceptance = c[COLD_ACCEPTANCE], .notes = c[COLD_NOTES],
		.spec_id = h[HOT_SPEC_ID], .external_ref = h[HOT_EXTERNAL_REF],
		.source_system = h[HOT_SOURCE_SYSTEM], .metadata = h[HOT_METADATA],
		.estimate_minutes = (long)r->estimate,
		.created_at = r->time[TIME_CREATED], .updated_at = r->time[TIME_UPDATED],
		.started_at = r->time[TIME_STARTED], .closed_at = r->time[TIME_CLOSED],
		.due_at = r->time[TIME_DUE], .defer_until = r->time[TIME_DEFER],
		.created_by = h[HOT_CREATED_BY], .close_reason = h[HOT_CLOSE_REASON],
		.closed_by_session = h[HOT_CLOSED_BY_SESSION], .last_child = (long)r->last_child,
		.unknown = h[HOT_UNKNOWN],
	};
	fill_deps(sn, &r->deps, out);
	fill_comments(sn, &r->comments, out);
	fill_small(sn, r, out);
	return out;
}

const char *snapshot_json(const struct snapshot *sn, size_t row, size_t *n)
{
	const struct snap_bytes *b = &sn->v.rows[row].json;

	*n = in_pool(sn, SNAP_JSON, b) ? b->n : 0;
	return sn->json + (*n ? b->at : 0);
}

void snapshot_prefetch(const struct snapshot *sn, size_t row)
{
	__builtin_prefetch(&sn->v.rows[row].json);
	__builtin_prefetch(&sn->v.rows[row].reverse);
	if (sn->room) {
		__builtin_prefetch(&sn->issues[row].deps);
		__builtin_prefetch(&sn->issues[row].id);
	}
}

bool snapshot_shard(const struct snapshot *sn, unsigned shard, struct snapshot_dir *out)
{
	const struct snap_shard *s = (const struct snap_shard *)section(sn, SNAP_SHARDS) + shard;

	if (!in_table(sn, SNAP_FILES, &s->files) || !in_pool(sn, SNAP_NAMES, &s->names))
		return false;
	out->st = s->dir;
	out->file = (const struct snapshot_file *)section(sn, SNAP_FILES) + s->files.at;
	out->n = s->files.n;
	return s->hash == snap_shard_hash(shard, out->file, out->n,
					  (const char *)section(sn, SNAP_NAMES) + s->names.at,
					  s->names.n);
}

const char *snapshot_file_name(const struct snapshot *sn, const struct snapshot_file *f)
{
	return (const char *)section(sn, SNAP_NAMES) +
		(f->name < count(sn, SNAP_NAMES) ? f->name : 0);
}

uint32_t snapshot_edge(const struct snapshot *sn, size_t row, size_t k)
{
	const struct snap_range *r = &sn->v.rows[row].deps;

	return in_table(sn, SNAP_DEPS, r) && k < r->n ? sn->v.deps[r->at + k].row : UINT32_MAX;
}

const uint32_t *snapshot_dependents(const struct snapshot *sn, size_t row, size_t *n)
{
	const struct snap_range *r = &sn->v.rows[row].reverse;

	*n = in_table(sn, SNAP_REVERSE, r) ? r->n : 0;
	return sn->v.reverse + (*n ? r->at : 0);
}

const uint32_t *snapshot_dangling(const struct snapshot *sn, size_t *n)
{
	*n = count(sn, SNAP_DANGLING);
	return section(sn, SNAP_DANGLING);
}

int snapshot_verify(const struct snapshot *sn, struct err *e)
{
	for (unsigned i = 0; i < SNAPSHOT_SHARDS; i++)
		if (!snapshot_shard(sn, i, &(struct snapshot_dir){ .n = 0 }))
			return err_set(e, ERR_PARSE, "snapshot: shard %02x is damaged", i);
	for (size_t i = 0; i < snapshot_count(sn); i++) {
		const struct snap_row *r = &sn->v.rows[i];

		if (!snapshot_check(sn, i) ||
		    snap_hash(i, sn->cold + r->cold_part.at, r->cold_part.n) != r->cold_hash ||
		    snap_hash(i, sn->json + r->json.at, r->json.n) != r->json_hash)
			return err_set(e, ERR_PARSE, "snapshot: row %zu is damaged", i);
		if (i && strcmp(snapshot_id(sn, i - 1), snapshot_id(sn, i)) >= 0)
			return err_set(e, ERR_PARSE, "snapshot: row %zu is out of order", i);
		if (snapshot_find(sn, snapshot_id(sn, i)) != (long)i)
			return err_set(e, ERR_PARSE, "snapshot: row %zu cannot be found", i);
	}
	return 0;
}

/* What was copied leaves our memory again: most of a table is never needed at once. */
static void copy_part(struct fsx_file *to, const struct snapshot *sn, size_t at, size_t end)
{
	for (size_t n; at < end; at += n) {
		char *p = (char *)(uintptr_t)sn->h + at, *page;

		n = end - at < COPY ? end - at : COPY;
		fsx_add(to, p, n);
		page = p - ((uintptr_t)p & (PAGE - 1));
		madvise(page, (size_t)(p + n - page), MADV_DONTNEED);
	}
}

int snapshot_note_committed(struct store *s, const struct snapshot *sn, const bool *which,
			    struct err *e)
{
	size_t n = snapshot_count(sn), at = sn->h->at[SNAP_ROWS].off;
	struct snap_row *rows = xmalloc(n * sizeof(*rows));
	struct snap_view v = sn->v;
	struct fsx_file f;
	int rc;

	memcpy(rows, v.rows, n * sizeof(*rows));
	v.rows = rows;
	for (size_t i = 0; i < n; i++)
		if (which[i]) {
			rows[i].committed = 1;
			rows[i].hash = snap_row_hash(&v, i);
		}
	rc = fsx_begin(&f, s->priv_fd, PRIV_SNAPSHOT, 0600, e);
	if (rc == 0) {
		copy_part(&f, sn, 0, at);
		fsx_add(&f, (const char *)rows, n * sizeof(*rows));
		copy_part(&f, sn, at + n * sizeof(*rows), sn->size);
		rc = fsx_end(&f, true, e);
	}
	free(rows);
	return rc;
}
