#include "store/checkout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/trace.h"
#include "store/handedit.h"

enum { FILE_MODE = 0666, FOLDER_MODE = 0777, MERGE_ROUNDS = 10 };

int stamp_read(struct store *s, struct stamp *out, struct err *e)
{
	BUF_AUTO text = BUF_INIT;
	int rc = fsx_read(s->priv_fd, PRIV_STAMP, &text, e);
	size_t n;

	if (rc < 0)
		return rc;
	if (text.len < OID_HEX || oid_parse(&out->commit, text.s) < 0 || text.s[OID_HEX - 1] != ' ')
		return err_set(e, ERR_NOTFOUND, "'%s/%s' is damaged", s->p.priv, PRIV_STAMP);
	n = strcspn(text.s + OID_HEX, "\n");
	if (n >= sizeof(out->boot))
		n = sizeof(out->boot) - 1;
	memcpy(out->boot, text.s + OID_HEX, n);
	out->boot[n] = 0;
	return 0;
}

int stamp_write(struct store *s, const struct oid *commit, struct err *e)
{
	char hex[OID_HEX], boot[40], text[OID_HEX + sizeof(boot) + 2];
	int n;

	fsx_boot_id(boot);
	n = snprintf(text, sizeof(text), "%s %s\n", oid_hex(commit, hex), boot);
	return fsx_write_atomic(s->priv_fd, PRIV_STAMP, text, (size_t)n, FILE_MODE,
				s->fsync ? FSX_SYNC_FILE : 0, e);
}

static bool text_equal(struct text a, struct text b)
{
	return a.s && b.s && a.n == b.n && !memcmp(a.s, b.s, a.n);
}

static struct text text_of(const struct buf *b)
{
	return (struct text){ b->s, b->len };
}

/* The shard's folder is there but for the first issue in it. */
static int swap(struct store *s, const char *path, struct text data, char **aside, struct err *e)
{
	int rc = fsx_swap(s->tree_fd, path, data.s, data.n, FILE_MODE, aside, e);

	if (rc != ERR_NOTFOUND)
		return rc;
	if ((rc = fsx_mkparent(s->tree_fd, path, FOLDER_MODE, e)) == 0)
		rc = fsx_swap(s->tree_fd, path, data.s, data.n, FILE_MODE, aside, e);
	return rc == ERR_NOTFOUND ? ERR_IO : rc;
}

static int64_t mtime_us(int dirfd, const char *path)
{
	struct stat st;

	if (fstatat(dirfd, path, &st, 0) < 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
}

/* Three versions while a hand edit is settled: what was expected, what we put there, what came
 * out instead. */
struct round { struct buf base, put, came; bool has_base; char *aside; };

/* The edit stands on disk again, whatever we had put there: the commit holds ours. A still newer
 * save stays. */
static int put_back(struct store *s, const char *path, struct round *r, struct err *e)
{
	BUF_AUTO there = BUF_INIT;
	int fd = s->tree_fd;

	trace("checkout.put_back", "\"path\":\"%s\"", path);
	if (!renameat2(fd, r->aside, fd, path, RENAME_NOREPLACE))
		return 0;
	if (errno == EEXIST && !renameat2(fd, r->aside, fd, path, RENAME_EXCHANGE)) {
		if (fsx_read(fd, r->aside, &there, NULL) == 0 &&
		    !text_equal(text_of(&there), text_of(&r->put)))
			renameat2(fd, r->aside, fd, path, RENAME_EXCHANGE);
		unlinkat(fd, r->aside, 0);
		return 0;
	}
	return renameat(fd, r->aside, fd, path) < 0
		? err_errno(e, "cannot put '%s' back; it is kept as '%s'", path, r->aside) : 0;
}

/* One merge. 1: settled; 0: another edit came out meanwhile, now in r; < 0: error. */
static int settle_once(struct store *s, const char *path, struct round *r, struct err *e)
{
	struct text base = { r->has_base ? r->base.s : NULL, r->base.len };
	BUF_AUTO merged = BUF_INIT, next = BUF_INIT;
	AUTO_FREE char *aside = NULL;
	int rc = handedit_merge(path, base, text_of(&r->put), text_of(&r->came),
				mtime_us(s->tree_fd, r->aside), &merged, NULL);

	if (rc == ERR_PARSE)
		return put_back(s, path, r, e) < 0 ? ERR_IO : 1;
	if (!text_equal(text_of(&merged), text_of(&r->put))) {
		rc = swap(s, path, text_of(&merged), &aside, e);
		if (rc == 0 && aside)
			rc = fsx_read(s->tree_fd, aside, &next, e);
		if (rc < 0)
			return rc;
	}
	/* only now: what came out is part of what stands there */
	unlinkat(s->tree_fd, r->aside, 0);
	if (!aside || text_equal(text_of(&next), text_of(&r->put))) {
		if (aside)
			unlinkat(s->tree_fd, aside, 0);
		return 1;
	}
	buf_release(&r->base);
	buf_release(&r->put);
	free(r->aside);
	r->base = r->came;
	r->has_base = true;
	r->put = merged;
	r->came = next;
	r->aside = aside;
	merged = next = (struct buf)BUF_INIT;
	aside = NULL;
	return 0;
}

static int settle(struct store *s, const char *path, struct round *r, struct err *e)
{
	int rc = 0;

	trace("checkout.hand_edit", "\"path\":\"%s\"", path);
	for (int i = 0; i < MERGE_ROUNDS && rc == 0; i++)
		rc = settle_once(s, path, r, e);
	if (rc == 0)	/* somebody saves faster than we merge: theirs stands */
		rc = put_back(s, path, r, e);
	return rc < 0 ? rc : 0;
}

int checkout_put(struct store *s, const char *path, struct text expect, struct text data,
		 struct err *e)
{
	struct round r = { BUF_INIT, BUF_INIT, BUF_INIT, expect.s != NULL, NULL };
	int rc = swap(s, path, data, &r.aside, e);

	if (rc < 0 || !r.aside)
		return rc;
	rc = fsx_read(s->tree_fd, r.aside, &r.came, e);
	if (rc < 0) {
		put_back(s, path, &r, NULL);
	} else if (text_equal(text_of(&r.came), expect) || text_equal(text_of(&r.came), data)) {
		unlinkat(s->tree_fd, r.aside, 0);
	} else if (!data.s) {
		rc = put_back(s, path, &r, e);
	} else {
		if (expect.s)
			buf_add(&r.base, expect.s, expect.n);
		buf_add(&r.put, data.s, data.n);
		rc = settle(s, path, &r, e);
	}
	buf_release(&r.base);
	buf_release(&r.put);
	buf_release(&r.came);
	free(r.aside);
	return rc;
}
