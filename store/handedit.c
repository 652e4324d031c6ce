#include "store/handedit.h"

#include <string.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/id.h"
#include "store/issue.h"
#include "store/merge.h"
#include "store/record.h"

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "HH/NAME.ext" with the shard that NAME's id has. */
static bool sharded_id(const char *rest, const char *ext, struct buf *id)
{
	static const char digit[] = "0123456789abcdef";
	size_t start = id->len, n = strlen(rest), x = strlen(ext);
	unsigned shard;

	if (n <= 3 + x || !is_hex(rest[0]) || !is_hex(rest[1]) || rest[2] != '/' ||
	    strcmp(rest + n - x, ext) || !id_from_file_name(rest + 3, n - 3 - x, id))
		return false;
	shard = id_shard(id->s + start);
	if (rest[0] == digit[shard >> 4 & 15] && rest[1] == digit[shard & 15])
		return true;
	buf_cut(id, start);
	return false;
}

bool store_path_id(const char *path, struct buf *id)
{
	return text_starts(path, "issue/") && sharded_id(path + 6, ".md", id);
}

/* "NAME.ext": one plain name. */
static bool plain_name(const char *name, const char *ext)
{
	size_t n = strlen(name);

	if (n <= strlen(ext) || n > 255 || *name == '.' || strchr(name, '/') ||
	    !text_ends(name, ext))
		return false;
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return true;
}

bool store_owns(const char *path)
{
	static const struct { const char *dir, *ext; } folder[] = {
		{ "workflow/", ".ini" }, { "prompt/", ".md" }, { "memory/", ".md" },
	};
	BUF_AUTO id = BUF_INIT;

	if (!strcmp(path, "config.ini") || !strcmp(path, "settings.json") ||
	    store_path_id(path, &id))
		return true;
	if (text_starts(path, "work/"))
		return sharded_id(path + 5, ".ini", &id);
	for (size_t i = 0; i < sizeof(folder) / sizeof(folder[0]); i++)
		if (text_starts(path, folder[i].dir) &&
		    plain_name(path + strlen(folder[i].dir), folder[i].ext))
			return true;
	return false;
}

int handedit_parse(const char *path, struct text file, struct arena *a, struct issue **out,
		   struct err *e)
{
	BUF_AUTO id = BUF_INIT;
	struct issue *is = arena_alloc(a, sizeof(*is));
	int rc;

	if (!store_path_id(path, &id))
		return err_set(e, ERR_PARSE, "%s: not the name of an issue file", path);
	if (!file.n || memchr(file.s, 0, file.n))
		return err_set(e, ERR_PARSE, "%s:1: %s", path, file.n ? "NUL bytes in the file" :
			       "the file is empty");
	rc = record_parse(is, file.s, file.n, path, a, e);
	if (rc < 0)
		return rc;
	if (*is->id && strcmp(is->id, id.s))
		return err_set(e, ERR_PARSE, "%s:2: the id is '%s', but the file's name says '%s'",
			       path, is->id, id.s);
	if (!*is->title)
		return err_set(e, ERR_PARSE, "%s:2: no title", path);
	is->id = arena_strdup(a, id.s);
	*out = is;
	return 0;
}

void handedit_settle(struct issue *is, const struct issue *was, int64_t mtime_us, const char *actor,
		     struct arena *a)
{
	bool closed = !strcmp(is->status, "closed");

	/* later than what it changes, though a copied file may be older, and the disk's clock is
	 * coarse */
	if (was && mtime_us <= was->updated_at)
		mtime_us = was->updated_at + 1;
	if (!is->updated_at || (was && is->updated_at == was->updated_at))
		is->updated_at = mtime_us;
	if (!is->created_at)
		is->created_at = was && was->created_at ? was->created_at : is->updated_at;
	if (!was && !*is->created_by)
		is->created_by = arena_strdup(a, actor);
	if (closed && !is->closed_at)
		is->closed_at = is->updated_at;
	if (!closed && was && !strcmp(was->status, "closed") && is->closed_at == was->closed_at)
		is->closed_at = 0;
}

static int merge_files(const char *path, struct text base, struct text ours, struct text theirs,
		       int64_t mtime_us, struct buf *out, struct err *e)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issue *b = NULL, *o, *t;
	int rc = handedit_parse(path, theirs, &a, &t, e);

	if (rc < 0)
		return rc;
	if (base.s && handedit_parse(path, base, &a, &b, NULL) < 0)
		b = NULL;
	handedit_settle(t, b, mtime_us, "", &a);
	if (handedit_parse(path, ours, &a, &o, NULL) < 0)
		record_write(t, out);
	else
		record_write(merge_issue(b, o, t, &a), out);
	return 0;
}

int handedit_merge(const char *path, struct text base, struct text ours, struct text theirs,
		   int64_t mtime_us, struct buf *out, struct err *e)
{
	BUF_AUTO id = BUF_INIT;

	if (store_path_id(path, &id))
		return merge_files(path, base, ours, theirs, mtime_us, out, e);
	if (!base.s || !text3_merge(base, ours, theirs, out))
		buf_add(out, theirs.s, theirs.n);
	return 0;
}
