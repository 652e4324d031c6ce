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
#include "store/id.h"
#include "store/snapshot.h"
#include "store/store.h"

enum {
	ONE_THREAD_ROWS = 400,	/* below that a thread costs more than it saves */
	BLOCK = 256,		/* rows a thread takes at a time */
};

/* What the threads share. Rows of one shard are touched by the one thread that took the shard. */
struct job {
	struct snapshot *sn;
	struct scan *out;
	int fd;				/* folder issue/ */
	unsigned char shard[SNAPSHOT_SHARDS];
	int nshards;
	atomic_int next;
	atomic_size_t next_row;
	atomic_int error;		/* errno of the first failure */
	atomic_bool damaged;
};
struct part {
	struct job *job;
	struct scan_changes *change;
	struct arena *arena;
	struct buf id;
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void look_at_row(struct part *p, int dir, size_t row, const struct file_stat *was,
			const char *name)
{
	struct file_stat now;
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	p->job->out->seen[row] = 1;
	file_stat_from(&now, &st);
	if (!file_stat_equal(was, &now))
		vec_add(p->change, (struct scan_change){ snapshot_id(p->job->sn, row), (long)row });
}

static void look_at_name(struct part *p, int dir, unsigned shard, const char *name)
{
	const struct snapshot *sn = p->job->sn;
	size_t n = strlen(name);
	struct file_stat was;
	struct stat st;
	long row;

	if (n <= 3 || name[0] == '.' || memcmp(name + n - 3, ".md", 3))
		return;
	buf_reset(&p->id);
	if (!id_from_file_name(name, n - 3, &p->id) || id_shard(p->id.s) != shard)
		return;
	row = sn ? snapshot_find(sn, p->id.s) : -1;
	if (row >= 0) {
		snapshot_stat(sn, (size_t)row, &was);
		look_at_row(p, dir, (size_t)row, &was, name);
	} else if (id_check(p->id.s, NULL) == 0 && !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) &&
		   S_ISREG(st.st_mode)) {
		vec_add(p->change, (struct scan_change){ arena_strdup(p->arena, p->id.s), -1 });
	}
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

/* No name came or went since the snapshot. */
static void look_at_files(struct part *p, int fd, const struct snapshot_dir *d)
{
	const struct snapshot *sn = p->job->sn;

	for (size_t i = 0; i < d->n; i++)
		if (d->file[i].row < snapshot_count(sn))
			look_at_row(p, fd, d->file[i].row, &d->file[i].st,
				    snapshot_file_name(sn, &d->file[i]));
}

static int scan_shard(struct part *p, unsigned shard)
{
	static const char digit[] = "0123456789abcdef";
	const char name[3] = { digit[shard >> 4], digit[shard & 15], 0 };
	struct job *j = p->job;
	int fd = openat(j->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	struct file_look *look = &j->out->shard[shard];
	struct snapshot_dir was = { .n = 0 };
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : errno;
	look->read_ns = clock_coarse_ns();
	if (!fstat(fd, &st))
		file_stat_from(&look->st, &st);
	if (j->sn && !snapshot_shard(j->sn, shard, &was))
		atomic_store(&j->damaged, true);
	if (file_stat_equal(&was.st, &look->st)) {
		look->read_ns = 0;
		look_at_files(p, fd, &was);
	} else {
		rc = list_names(p, fd, shard);
	}
	close(fd);
	return rc;
}

/* In their own order and apart from the files: memory that is read in order is read ahead. Whoever
 * scans wants them all, and now they are at hand. */
static void fill_rows(struct job *j, size_t from)
{
	size_t n = snapshot_count(j->sn), to = n - from < BLOCK ? n : from + BLOCK;

	for (size_t i = from; i < to; i++)
		if (snapshot_check(j->sn, i))
			snapshot_issue(j->sn, i);
		else
			atomic_store(&j->damaged, true);
}

static void *scan_part(void *arg)
{
	struct part *p = arg;
	struct job *j = p->job;
	size_t rows = j->sn ? snapshot_count(j->sn) : 0, row;
	int i;

	while ((i = atomic_fetch_add(&j->next, 1)) < j->nshards) {
		int error = scan_shard(p, j->shard[i]), none = 0;

		if (error)
			atomic_compare_exchange_strong(&j->error, &none, error);
	}
	while ((row = atomic_fetch_add(&j->next_row, BLOCK)) < rows)
		fill_rows(j, row);
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
		part[i] = (struct part){ j, &out->change[i], &out->arena[i], BUF_INIT };
	/* a thread that cannot be had is no harm: the first part does all shards that are left */
	for (int i = 1; i < threads && !pthread_create(&t[i], NULL, scan_part, &part[i]); i++)
		started = i;
	scan_part(&part[0]);
	for (int i = 1; i <= started; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < threads; i++) {
		buf_release(&part[i].id);
	}
}

int scan_run(struct scan *out, int tree_fd, struct snapshot *sn, struct err *e)
{
	size_t rows = sn ? snapshot_count(sn) : 0;
	struct job j = { .sn = sn, .out = out };
	int error;

	*out = (struct scan){ .seen = xcalloc(rows + 1, 1) };
	j.fd = tree_fd < 0 ? -1 : openat(tree_fd, "issue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j.fd < 0)
		return tree_fd < 0 || errno == ENOENT ? 0 :
			err_errno(e, "cannot open folder 'issue'");
	error = list_shards(&j);
	if (!error) {
		if (sn)
			snapshot_expect(sn);
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

/* A name in dir ("issue", "issue/4f"), which is open as fd. True: it is a folder. */
static bool judge_name(int fd, const char *dir, const char *name, struct strs *out)
{
	size_t n = strlen(name);
	BUF_AUTO id = BUF_INIT, is = BUF_INIT, line = BUF_INIT;
	struct stat st;

	if (name[0] == '.' || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode);
	if (n <= 3 || memcmp(name + n - 3, ".md", 3) || !id_from_file_name(name, n - 3, &id) ||
	    id_check(id.s, NULL) < 0)
		return false;
	buf_addf(&is, "%s/%s", dir, name);
	buf_addf(&line, "%s belongs at ", is.s);
	id_issue_path(id.s, &line);
	if (strcmp(is.s, line.s + is.len + strlen(" belongs at ")))
		strs_add(out, line.s);
	return false;
}

static void judge_folder(int tree_fd, const char *dir, bool below, struct strs *out)
{
	int fd = openat(tree_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (fd >= 0 && !d)
		close(fd);
	while (d && (de = readdir(d)))
		if (judge_name(fd, dir, de->d_name, out) && below) {
			AUTO_FREE char *sub = xasprintf("%s/%s", dir, de->d_name);

			judge_folder(tree_fd, sub, false, out);
		}
	if (d)
		closedir(d);
}

void store_misplaced(const struct store *s, struct strs *out)
{
	judge_folder(store_tree_fd(s), "issue", true, out);
	strs_sort(out);
}
