/* PRIV/recent: "life <16 hex>", then an id a line. Appended to by writers, read from a mark on
 * by readers. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/snapshot.h"
#include "store/store_priv.h"

enum {
	HEAD = 22,		/* "life " + 16 hex + newline */
	RECENT_MAX = 64 * 1024,	/* bytes; then a new life begins, by a scan */
};

void snapshot_drop(struct store *s)
{
	unlinkat(s->priv_fd, PRIV_RECENT, 0);
}

void snapshot_note(struct store *s, const char *const *ids, size_t n)
{
	int fd = openat(s->priv_fd, PRIV_RECENT, O_WRONLY | O_APPEND | O_CLOEXEC);
	BUF_AUTO text = BUF_INIT;
	struct stat st;

	if (fd < 0) {
		/* one that is there but cannot be written would hide this change */
		if (errno != ENOENT)
			snapshot_drop(s);
		return;
	}
	for (size_t i = 0; i < n; i++)
		buf_addf(&text, "%s\n", ids[i]);
	/* one write: a reader sees all of it or none */
	if (fstat(fd, &st) < 0 || st.st_size > RECENT_MAX ||
	    write(fd, text.s, text.len) != (ssize_t)text.len)
		snapshot_drop(s);
	close(fd);
}

static int head_parse(const char *s, size_t n, uint64_t *life)
{
	char *end;

	if (n < HEAD || strncmp(s, "life ", 5) || s[HEAD - 1] != '\n')
		return -1;
	*life = strtoull(s + 5, &end, 16);
	return end == s + HEAD - 1 && *life ? 0 : -1;
}

static int mark_read(struct store *s, struct recent_mark *out, struct err *e)
{
	int fd = openat(s->priv_fd, PRIV_RECENT, O_RDONLY | O_CLOEXEC);
	char head[HEAD + 1] = "";
	struct stat st;
	bool ok;

	if (fd < 0)
		return errno == ENOENT ? err_set(e, ERR_NOTFOUND, "nothing noted")
				       : err_errno(e, "cannot open '%s/" PRIV_RECENT "'",
						   s->p.priv);
	ok = read(fd, head, HEAD) == HEAD && !fstat(fd, &st) && !head_parse(head, HEAD, &out->life);
	if (ok)
		out->size = (uint64_t)st.st_size;
	close(fd);
	return ok ? 0 : err_set(e, ERR_PARSE, "'%s/" PRIV_RECENT "' is damaged", s->p.priv);
}

int recent_mark(struct store *s, bool make, struct recent_mark *out, struct err *e)
{
	int rc = mark_read(s, out, e);
	char head[HEAD + 1];
	uint64_t life;

	if (!rc || !make)
		return rc;
	if (rc == ERR_PARSE)
		snapshot_drop(s);
	if (getrandom(&life, sizeof(life), GRND_NONBLOCK) != sizeof(life))
		life = (uint64_t)clock_mono_ns() * 0x9e3779b97f4a7c15ull ^ (uint64_t)getpid();
	snprintf(head, sizeof(head), "life %016" PRIx64 "\n", life | 1);
	rc = fsx_write_atomic(s->priv_fd, PRIV_RECENT, head, HEAD, 0600, FSX_NEW, e);
	return rc < 0 && rc != ERR_EXISTS ? rc : mark_read(s, out, e);
}

static int text_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void drop_twins(struct strs *a)
{
	size_t n = 0;

	if (a->n)
		qsort(a->v, a->n, sizeof(*a->v), text_order);
	for (size_t i = 0; i < a->n; i++) {
		if (n && !strcmp(a->v[n - 1], a->v[i]))
			free(a->v[i]);
		else
			a->v[n++] = a->v[i];
	}
	a->n = n;
}

int recent_since(struct store *s, const struct recent_mark *mark, struct strs *out, struct err *e)
{
	BUF_AUTO all = BUF_INIT;
	int rc = fsx_read(s->priv_fd, PRIV_RECENT, &all, e);
	const char *p, *end;
	uint64_t life;

	if (rc < 0)
		return rc;
	if (head_parse(all.s, all.len, &life) || life != mark->life || mark->size < HEAD ||
	    mark->size > all.len)
		return err_set(e, ERR_NOTFOUND, "what was noted belongs to another snapshot");
	for (p = all.s + mark->size; (end = memchr(p, '\n', (size_t)(all.s + all.len - p)));
	     p = end + 1) {
		AUTO_FREE char *id = xstrndup(p, (size_t)(end - p));

		strs_add(out, id);
	}
	drop_twins(out);
	return 0;
}
