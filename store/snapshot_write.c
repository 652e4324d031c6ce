#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/map.h"
#include "store/base/mem.h"
#include "store/base/vec.h"
#include "store/id.h"
#include "store/issue_json.h"
#include "store/snapshot.h"
#include "store/snapshot_priv.h"
#include "store/store_priv.h"
#include "store/view.h"

enum {
	CHUNK = 256 * 1024,		/* bytes kept before they go to the file */
	FORGET = 4 * 1024 * 1024,	/* bytes written between two calls of snapshot_forget() */
};

/* The file being written. Bodies go out as they come; tables and short strings are a fifth and
 * are kept till the end. */
struct writer {
	int fd;
	bool failed;			/* errno says why */
	struct snapshot *from;		/* what the issues come from; NULL: none */
	uint64_t off;			/* written so far */
	uint64_t forgot;		/* of them, when from was told to forget */
	struct buf out;			/* not yet written */
	struct snap_header h;
	uint64_t cold_n;		/* bytes of the cold pool so far */
	struct buf hot;
	struct snap_row *rows;
	size_t nrows;
	uint32_t *find;
	size_t find_cap;
	VEC(struct snap_dep) deps;
	VEC(uint32_t) labels;
	VEC(struct snap_comment) comments;
	VEC(struct snap_extra) extras;
	uint32_t *reverse;
	size_t nreverse;
	VEC(uint32_t) dangling;
};

int64_t clock_coarse_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void write_out(struct writer *w, const char *p, size_t n)
{
	w->off += n;
	while (n && !w->failed) {
		ssize_t k = write(w->fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			w->failed = true;
		else
			p += k, n -= (size_t)k;
	}
}

static void flush(struct writer *w)
{
	write_out(w, w->out.s, w->out.len);
	buf_reset(&w->out);
	if (!w->from || w->off - w->forgot < FORGET)
		return;
	snapshot_forget(w->from);
	w->forgot = w->off;
}

static void put_section(struct writer *w, enum snap_section s, const void *p, size_t n,
			size_t element)
{
	static const char zero[8];

	write_out(w, zero, -w->off & 7);
	w->h.at[s] = (struct snap_section_at){ .off = w->off, .n = n };
	write_out(w, p, n * element);
}

static uint32_t hot_add(struct writer *w, const char *s)
{
	size_t at = w->hot.len;

	if (!*s)
		return 0;
	buf_add(&w->hot, s, strlen(s) + 1);
	return (uint32_t)at;
}

static uint32_t cold_add(struct writer *w, const char *s)
{
	uint64_t at = w->cold_n;
	size_t n = strlen(s) + 1;

	if (n == 1)
		return 0;
	buf_add(&w->out, s, n);
	w->cold_n += n;
	return (uint32_t)at;
}

static void add_edges(struct writer *w, struct snap_row *r, const struct issue *is)
{
	r->labels = (struct snap_range){ (uint32_t)w->labels.n, (uint32_t)is->nlabels };
	for (size_t i = 0; i < is->nlabels; i++)
		vec_add(&w->labels, hot_add(w, is->labels[i]));
	r->deps = (struct snap_range){ (uint32_t)w->deps.n, (uint32_t)is->ndeps };
	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		vec_add(&w->deps, (struct snap_dep){
			.target = hot_add(w, d->target), .type = hot_add(w, d->type),
			.created_by = hot_add(w, d->created_by),
			.metadata = hot_add(w, d->metadata), .thread_id = hot_add(w, d->thread_id),
			.extra = hot_add(w, d->extra), .created_at = d->created_at,
		});
	}
	r->extras = (struct snap_range){ (uint32_t)w->extras.n, (uint32_t)is->nextras };
	for (size_t i = 0; i < is->nextras; i++)
		vec_add(&w->extras, (struct snap_extra){ hot_add(w, is->extras[i].name),
							 hot_add(w, is->extras[i].json) });
}

static void add_hot(struct writer *w, struct snap_row *r, const struct issue *is)
{
	const char *const s[HOT_N] = {
		[HOT_ID] = is->id, [HOT_TITLE] = is->title, [HOT_STATUS] = is->status,
		[HOT_TYPE] = is->type, [HOT_ASSIGNEE] = is->assignee, [HOT_OWNER] = is->owner,
		[HOT_SPEC_ID] = is->spec_id, [HOT_EXTERNAL_REF] = is->external_ref,
		[HOT_SOURCE_SYSTEM] = is->source_system, [HOT_METADATA] = is->metadata,
		[HOT_CREATED_BY] = is->created_by, [HOT_CLOSE_REASON] = is->close_reason,
		[HOT_CLOSED_BY_SESSION] = is->closed_by_session, [HOT_UNKNOWN] = is->unknown,
	};

	r->hot_part.at = w->hot.len;
	for (int i = 0; i < HOT_N; i++)
		r->hot[i] = hot_add(w, s[i]);
	add_edges(w, r, is);
	r->hot_part.n = w->hot.len - r->hot_part.at;
}

static void add_cold(struct writer *w, struct snap_row *r, const struct issue *is)
{
	const char *const s[COLD_N] = {
		[COLD_DESCRIPTION] = is->description, [COLD_DESIGN] = is->design,
		[COLD_ACCEPTANCE] = is->acceptance, [COLD_NOTES] = is->notes,
	};
	size_t from;

	if (w->out.len > CHUNK)
		flush(w);
	from = w->out.len;
	r->cold_part.at = w->cold_n;
	for (int i = 0; i < COLD_N; i++)
		r->cold[i] = cold_add(w, s[i]);
	r->comments = (struct snap_range){ (uint32_t)w->comments.n, (uint32_t)is->ncomments };
	for (size_t i = 0; i < is->ncomments; i++) {
		const struct comment *c = &is->comments[i];

		vec_add(&w->comments, (struct snap_comment){
			.id = cold_add(w, c->id), .author = cold_add(w, c->author),
			.text = cold_add(w, c->text), .extra = cold_add(w, c->extra),
			.int_id = c->int_id, .created_at = c->created_at,
		});
	}
	r->cold_part.n = w->cold_n - r->cold_part.at;
	r->cold_hash = snap_hash((uint64_t)(r - w->rows), w->out.s + from, r->cold_part.n);
}

/* How far the clock of the file system is behind ours (a server's may be): taken from the file
 * just made. */
static int64_t clock_lag(int fd, int64_t before)
{
	struct file_stat f;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return INT64_MAX / 2;	/* everything is racy */
	file_stat_from(&f, &st);
	return f.mtime_ns < before ? before - f.mtime_ns : 0;
}

/* The stat, unless the file could have changed after the look without showing it. */
static struct file_stat settled(const struct file_look *l, int64_t lag)
{
	return l->read_ns && l->st.mtime_ns >= l->read_ns - lag ? (struct file_stat){ 0 } : l->st;
}

static void add_rows(struct writer *w, const struct snapshot_item *items, size_t n)
{
	for (w->find_cap = 16; w->find_cap < 2 * n; )
		w->find_cap *= 2;
	w->find = xcalloc(w->find_cap, sizeof(*w->find));
	w->rows = xcalloc(n, sizeof(*w->rows));
	w->nrows = n;
	for (size_t i = 0; i < n; i++) {
		const struct issue *is = items[i].issue;
		struct snap_row *r = &w->rows[i];
		size_t at = hash_fnv1a(is->id, strlen(is->id));

		r->time[TIME_CREATED] = is->created_at;
		r->time[TIME_UPDATED] = is->updated_at;
		r->time[TIME_STARTED] = is->started_at;
		r->time[TIME_CLOSED] = is->closed_at;
		r->time[TIME_DUE] = is->due_at;
		r->time[TIME_DEFER] = is->defer_until;
		r->estimate = is->estimate_minutes;
		r->last_child = is->last_child;
		r->priority = is->priority;
		r->committed = items[i].committed;
		add_hot(w, r, is);
		add_cold(w, r, is);
		while (w->find[at & (w->find_cap - 1)])
			at++;
		w->find[at & (w->find_cap - 1)] = (uint32_t)i + 1;
	}
}

/* The texts stand together, apart from the bodies: a listing reads all of the one and nothing of
 * the other. */
static void put_json(struct writer *w, const struct snapshot_item *items, size_t n)
{
	put_section(w, SNAP_JSON, NULL, 0, 1);
	for (size_t i = 0; i < n; i++) {
		struct jsw json = JSW(&w->out, JS_PRETTY);
		struct snap_row *r = &w->rows[i];
		size_t at = w->out.len;

		json.depth = VIEW_JSON_DEPTH;
		issue_json_members(&json, items[i].issue, VIEW_JSON_FLAGS);
		r->json = (struct snap_bytes){ w->off + at - w->h.at[SNAP_JSON].off,
					       w->out.len - at };
		r->json_hash = snap_hash(i, w->out.s + at, r->json.n);
		if (w->out.len > CHUNK)
			flush(w);
	}
	flush(w);
	w->h.at[SNAP_JSON].n = w->off - w->h.at[SNAP_JSON].off;
}

static long find_row(const struct writer *w, const char *id)
{
	for (size_t at = hash_fnv1a(id, strlen(id));; at++) {
		uint32_t row = w->find[at & (w->find_cap - 1)];

		if (!row)
			return -1;
		if (!strcmp(w->hot.s + w->rows[row - 1].hot[HOT_ID], id))
			return (long)row - 1;
	}
}

/* Turns the edges round: count, make room, fill. An issue with two edges to one target is there
 * once. */
static void add_reverse(struct writer *w)
{
	uint32_t at = 0;

	for (size_t i = 0; i < w->nrows; i++) {
		const struct snap_range *r = &w->rows[i].deps;
		bool dangles = false;

		for (uint32_t k = r->at; k < r->at + r->n; k++) {
			struct snap_dep *d = &w->deps.v[k];
			long t = find_row(w, w->hot.s + d->target);

			d->row = t < 0 ? UINT32_MAX : (uint32_t)t;
			if (t < 0)
				dangles = true;
			else
				w->rows[t].reverse.n++;
		}
		if (dangles)
			vec_add(&w->dangling, (uint32_t)i);
	}
	w->reverse = xcalloc(w->deps.n + 1, sizeof(*w->reverse));
	w->nreverse = w->deps.n;
	for (size_t i = 0; i < w->nrows; i++) {
		w->rows[i].reverse.at = at;
		at += w->rows[i].reverse.n;
		w->rows[i].reverse.n = 0;
	}
	for (size_t i = 0; i < w->nrows; i++) {
		const struct snap_range *r = &w->rows[i].deps;

		for (uint32_t k = r->at; k < r->at + r->n; k++) {
			uint32_t row = w->deps.v[k].row;
			struct snap_range *to = row == UINT32_MAX ? NULL : &w->rows[row].reverse;

			if (to && (!to->n || w->reverse[to->at + to->n - 1] != i))
				w->reverse[to->at + to->n++] = (uint32_t)i;
		}
	}
}

static void add_file_name(struct buf *names, const char *id)
{
	id_file_name(id, names);
	buf_add(names, ".md", sizeof(".md"));	/* with its NUL */
}

/* The files, shard by shard. */
static void put_shards(struct writer *w, const struct snapshot_item *items,
		       const struct file_look *look, int64_t lag, struct snap_shard *shard)
{
	struct snapshot_file *file = xcalloc(w->nrows + 1, sizeof(*file));
	BUF_AUTO names = BUF_INIT;
	uint32_t at = 0;

	for (size_t i = 0; i < w->nrows; i++)
		shard[id_shard(items[i].issue->id)].files.n++;
	for (int i = 0; i < SNAPSHOT_SHARDS; i++) {
		shard[i].dir = settled(&look[i], lag);
		shard[i].files.at = at;
		at += shard[i].files.n;
		shard[i].files.n = 0;
	}
	for (uint32_t i = 0; i < w->nrows; i++) {
		struct snap_range *r = &shard[id_shard(items[i].issue->id)].files;

		w->rows[i].file = r->at + r->n++;
		file[w->rows[i].file] =
			(struct snapshot_file){ .st = settled(&items[i].look, lag), .row = i };
	}
	buf_addc(&names, 0);
	for (unsigned i = 0; i < SNAPSHOT_SHARDS; i++) {
		struct snap_shard *s = &shard[i];
		struct snapshot_file *f = file + s->files.at;

		s->names.at = names.len;
		for (uint32_t k = 0; k < s->files.n; k++) {
			f[k].name = (uint32_t)names.len;
			add_file_name(&names, items[f[k].row].issue->id);
		}
		s->names.n = names.len - s->names.at;
		s->hash = snap_shard_hash(i, f, s->files.n, names.s + s->names.at, s->names.n);
	}
	put_section(w, SNAP_FILES, file, w->nrows, sizeof(*file));
	put_section(w, SNAP_NAMES, names.s, names.len, 1);
	free(file);
}

static void put_index(struct writer *w, const struct snapshot_item *items,
		      const struct file_look *look, int64_t lag)
{
	struct snap_shard *shard = xcalloc(SNAPSHOT_SHARDS, sizeof(*shard));

	put_shards(w, items, look, lag, shard);
	put_section(w, SNAP_FIND, w->find, w->find_cap, sizeof(*w->find));
	put_section(w, SNAP_DANGLING, w->dangling.v, w->dangling.n, sizeof(*w->dangling.v));
	put_section(w, SNAP_SHARDS, shard, SNAPSHOT_SHARDS, sizeof(*shard));
	w->h.index_hash = snap_index_hash((const void *const[SNAP_SECTIONS]){
		[SNAP_FIND] = w->find, [SNAP_DANGLING] = w->dangling.v,
		[SNAP_SHARDS] = shard }, w->h.at);
	free(shard);
}

static void put_tables(struct writer *w)
{
	struct snap_view v = {
		.rows = w->rows, .deps = w->deps.v, .labels = w->labels.v,
		.comments = w->comments.v, .extras = w->extras.v, .reverse = w->reverse,
		.hot = w->hot.s,
	};

	for (size_t i = 0; i < w->nrows; i++)
		w->rows[i].hash = snap_row_hash(&v, i);
	put_section(w, SNAP_ROWS, w->rows, w->nrows, sizeof(*w->rows));
	put_section(w, SNAP_DEPS, w->deps.v, w->deps.n, sizeof(*w->deps.v));
	put_section(w, SNAP_LABELS, w->labels.v, w->labels.n, sizeof(*w->labels.v));
	put_section(w, SNAP_COMMENTS, w->comments.v, w->comments.n, sizeof(*w->comments.v));
	put_section(w, SNAP_EXTRAS, w->extras.v, w->extras.n, sizeof(*w->extras.v));
	put_section(w, SNAP_REVERSE, w->reverse, w->nreverse, sizeof(*w->reverse));
	put_section(w, SNAP_HOT, w->hot.s, w->hot.len, 1);
}

static void put_all(struct writer *w, const struct snapshot_item *items, size_t n,
		    const struct file_look *shards, int64_t lag)
{
	buf_add(&w->out, &w->h, sizeof(w->h));
	w->h.at[SNAP_COLD].off = w->out.len;
	buf_addc(&w->out, 0);
	w->cold_n = 1;
	buf_addc(&w->hot, 0);
	add_rows(w, items, n);
	w->h.at[SNAP_COLD].n = w->cold_n;
	flush(w);
	put_json(w, items, n);
	add_reverse(w);
	put_index(w, items, shards, lag);
	put_tables(w);
	w->h.size = w->off;
	w->h.hash = snap_hash(0, &w->h, offsetof(struct snap_header, hash));
	if (!w->failed && pwrite(w->fd, &w->h, sizeof(w->h), 0) != (ssize_t)sizeof(w->h))
		w->failed = true;
	if (!w->failed && (w->cold_n > UINT32_MAX || w->hot.len > UINT32_MAX)) {
		w->failed = true;	/* offsets have 32 bits; readers then parse the files */
		errno = EFBIG;
	}
}

static void writer_release(struct writer *w)
{
	buf_release(&w->out);
	buf_release(&w->hot);
	free(w->rows);
	free(w->find);
	free(w->reverse);
	vec_free(&w->deps);
	vec_free(&w->labels);
	vec_free(&w->comments);
	vec_free(&w->extras);
	vec_free(&w->dangling);
}

int snapshot_write(struct store *s, struct snapshot *from, const struct snapshot_item *items,
		   size_t n, const struct file_look *shards, const struct oid *commit,
		   const struct recent_mark *mark, struct err *e)
{
	struct writer w = {
		.out = BUF_INIT, .hot = BUF_INIT, .from = from,
		.h = { .magic = SNAP_MAGIC, .mark = *mark, .commit = *commit,
		       .row_size = sizeof(struct snap_row), .json_form = ISSUE_JSON_FORM },
	};
	int64_t before = clock_coarse_ns();
	char tmp[64];
	int rc = 0;

	/* the shape fsx_sweep_temp() knows, should we be killed */
	snprintf(tmp, sizeof(tmp), ".tmp.%d.%" PRIx64, (int)getpid(), (uint64_t)clock_mono_ns());
	w.fd = openat(s->priv_fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w.fd < 0)
		return err_errno(e, "cannot create '%s/%s'", s->p.priv, tmp);
	fsx_boot_id(w.h.boot);
	put_all(&w, items, n, shards, clock_lag(w.fd, before));
	if (w.failed)
		rc = err_errno(e, "cannot write '%s/%s'", s->p.priv, tmp);
	close(w.fd);
	if (!rc && renameat(s->priv_fd, tmp, s->priv_fd, PRIV_SNAPSHOT) < 0)
		rc = err_errno(e, "cannot rename '%s/%s'", s->p.priv, tmp);
	if (rc)
		unlinkat(s->priv_fd, tmp, 0);
	writer_release(&w);
	return rc;
}
