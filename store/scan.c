#include "store/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/snapshot.h"

enum { ONE_THREAD_ROWS = 400 };	/* below that a thread costs more than it saves */

/* What the threads share. Rows of one shard are touched by the one thread that took the shard. */
struct job {
	const struct snapshot *sn;
	struct scan *out;
	int fd;				/* folder issue/ */
	unsigned char shard[SNAPSHOT_SHARDS];
	int nshards;
	atomic_int next;
	atomic_int error;		/* errno of the first failure */
	atomic_bool damaged;
};
struct part {
	struct job *job;
	struct scan_changes *change;
	struct arena *arena;
	struct buf id, name;
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A name that stands for itself: what id_file_name() leaves alone. Nearly all; the others go the long way. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return !name[strspn(name, plain)] && !strstr(name, "..") && !text_ends(name, ".lock.md");
}

static void look_at_row(struct part *p, int dir, size_t row, const char *id, const char *name)
{
	const struct snapshot *sn = p->job->sn;
	struct file_stat was, now;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	p->job->out->seen[row] = 1;
	file_stat_from(&now, &st);
	snapshot_stat(sn, row, &was);
	if (!file_stat_equal(&was, &now))
		vec_add(p->change, (struct scan_change){ arena_strdup(p->arena, id), (long)row });
}

static void look_at_name(struct part *p, int dir, unsigned shard, const char *name)
{
	size_t n = strlen(name);
	struct stat st;
	long row;

	if (n <= 3 || name[0] == '.' || memcmp(name + n - 3, ".md", 3))
		return;
	buf_reset(&p->id);
	if (is_plain(name))
		buf_add(&p->id, name, n - 3);
	else if (!id_from_file_name(name, n - 3, &p->id))
		return;
	if (id_shard(p->id.s) != shard)
		return;
	row = p->job->sn ? snapshot_find(p->job->sn, p->id.s) : -1;
	if (row >= 0 && !snapshot_check(p->job->sn, (size_t)row))
		atomic_store(&p->job->damaged, true);
	else if (row >= 0)
		look_at_row(p, dir, (size_t)row, p->id.s, name);
	else if (id_check(p->id.s, NULL) == 0 && !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) &&
		 S_ISREG(st.st_mode))
		vec_add(p->change, (struct scan_change){ arena_strdup(p->arena, p->id.s), -1 });
}

static int list_names(struct part *p, int fd, unsigned shard)
{
	_Alignas(struct dirent64) char block[32 * 1024];
	ssize_t n;

	/* readdir() would allocate and free its block for each of 256 folders */
	while ((n = getdents64(fd, block, sizeof(block))) > 0)
		for (ssize_t at = 0; at < n; ) {
			const struct dirent64 *d = (const void *)(block + at);

			look_at_name(p, fd, shard, d->d_name);
			at += d->d_reclen;
		}
	return n < 0 ? errno : 0;
}

/* No name came or went since the snapshot: its rows are the names. */
static void list_rows(struct part *p, int fd, const uint32_t *rows, size_t n)
{
	struct job *j = p->job;

	for (size_t i = 0; i < n; i++) {
		const char *id;

		if (rows[i] >= snapshot_count(j->sn) || !snapshot_check(j->sn, rows[i])) {
			atomic_store(&j->damaged, true);
			return;
		}
		id = snapshot_id(j->sn, rows[i]);
		buf_reset(&p->name);
		buf_adds(&p->name, id);
		buf_adds(&p->name, ".md");
		if (!is_plain(p->name.s)) {
			buf_reset(&p->name);
			id_file_name(id, &p->name);
			buf_adds(&p->name, ".md");
		}
		look_at_row(p, fd, rows[i], id, p->name.s);
	}
}

static int scan_shard(struct part *p, unsigned shard)
{
	static const char digit[] = "0123456789abcdef";
	const char name[3] = { digit[shard >> 4], digit[shard & 15], 0 };
	struct job *j = p->job;
	int fd = openat(j->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	struct file_look *look = &j->out->shard[shard];
	const uint32_t *rows = NULL;
	struct file_stat was = { 0 };
	struct stat st;
	size_t n = 0;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : errno;
	look->read_ns = clock_coarse_ns();
	if (!fstat(fd, &st))
		file_stat_from(&look->st, &st);
	if (j->sn)
		rows = snapshot_shard(j->sn, shard, &was, &n);
	if (file_stat_equal(&was, &look->st)) {
		look->read_ns = 0;
		list_rows(p, fd, rows, n);
	} else {
		rc = list_names(p, fd, shard);
	}
	close(fd);
	return rc;
}

static void *scan_part(void *arg)
{
	struct part *p = arg;
	struct job *j = p->job;
	int i;

	while ((i = atomic_fetch_add(&j->next, 1)) < j->nshards) {
		int error = scan_shard(p, j->shard[i]), none = 0;

		if (error)
			atomic_compare_exchange_strong(&j->error, &none, error);
	}
	return NULL;
}

/* Which of the 256 folders there are: most do not exist in a small store. */
static int list_shards(struct job *j)
{
	int copy = openat(j->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *de;

	if (!d)
		return errno;
	while ((de = readdir(d)) && j->nshards < SNAPSHOT_SHARDS) {
		int hi = hex_digit(de->d_name[0]), lo = hi < 0 ? -1 : hex_digit(de->d_name[1]);

		if (lo >= 0 && !de->d_name[2])
			j->shard[j->nshards++] = (unsigned char)(hi << 4 | lo);
	}
	closedir(d);
	return 0;
}

static void run_parts(struct job *j, struct scan *out, int threads)
{
	struct part part[SCAN_THREADS];
	pthread_t t[SCAN_THREADS];
	int started = 0;

	for (int i = 0; i < threads; i++)
		part[i] = (struct part){ j, &out->change[i], &out->arena[i], BUF_INIT, BUF_INIT };
	/* a thread that cannot be had is no harm: the first part does all shards that are left */
	for (int i = 1; i < threads && !pthread_create(&t[i], NULL, scan_part, &part[i]); i++)
		started = i;
	scan_part(&part[0]);
	for (int i = 1; i <= started; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < threads; i++) {
		buf_release(&part[i].id);
		buf_release(&part[i].name);
	}
}

int scan_run(struct scan *out, int tree_fd, const struct snapshot *sn, struct err *e)
{
	size_t rows = sn ? snapshot_count(sn) : 0;
	struct job j = { .sn = sn, .out = out };
	int error;

	*out = (struct scan){ .seen = xcalloc(rows + 1, 1) };
	j.fd = tree_fd < 0 ? -1 : openat(tree_fd, "issue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j.fd < 0)
		return tree_fd < 0 || errno == ENOENT ? 0 : err_errno(e, "cannot open folder 'issue'");
	error = list_shards(&j);
	if (!error) {
		run_parts(&j, out, rows < ONE_THREAD_ROWS ? 1 : SCAN_THREADS);
		error = atomic_load(&j.error);
	}
	out->damaged = atomic_load(&j.damaged);
	close(j.fd);
	errno = error;
	return error ? err_errno(e, "cannot read folder 'issue'") : 0;
}

void scan_release(struct scan *sc)
{
	free(sc->seen);
	for (int i = 0; i < SCAN_THREADS; i++) {
		vec_free(&sc->change[i]);
		arena_release(&sc->arena[i]);
	}
	*sc = (struct scan){ 0 };
}
