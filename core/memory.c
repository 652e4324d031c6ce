#include "core/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/id.h"
#include "store/store.h"
#include "store/txn.h"

enum { KEY_MAX = 100 };		/* bytes; a percent-encoded name must still be a file name */

/* "memory/KEY.md"; the key is written as ids are, so that no key leaves the folder. */
static void path_of(const char *key, struct buf *out)
{
	buf_adds(out, "memory/");
	id_file_name(key, out);
	buf_adds(out, ".md");
}

void memory_keys(struct store *s, struct strs *out)
{
	int fd = openat(store_tree_fd(s), "memory", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	for (struct dirent *d; dir && (d = readdir(dir)); ) {
		BUF_AUTO key = BUF_INIT;

		if (text_ends(d->d_name, ".md") && id_file_text(d->d_name, strlen(d->d_name) - 3, &key))
			strs_add(out, key.s);
	}
	if (dir)
		closedir(dir);
	strs_sort(out);
}

int memory_read(struct store *s, const char *key, struct buf *out, struct err *e)
{
	BUF_AUTO path = BUF_INIT;
	int rc;

	path_of(key, &path);
	if ((rc = store_read(s, path.s, out, e)) == 0 && out->len && out->s[out->len - 1] == '\n')
		buf_cut(out, out->len - 1);
	return rc;
}

int memory_check(const char *key, const char *value, struct err *e)
{
	if (!*key || strlen(key) > KEY_MAX)
		return err_set(e, ERR_USAGE, "a memory's key has 1 to %d bytes", KEY_MAX);
	if (text_utf8_bad(key, strlen(key)) >= 0 ||
	    (value && text_utf8_bad(value, strlen(value)) >= 0))
		return err_set(e, ERR_USAGE, "memory '%s': not valid UTF-8", key);
	return 0;
}

int memory_write(struct txn *t, const char *key, const char *value, struct err *e)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	int rc = memory_check(key, value, e);

	if (rc < 0)
		return rc;
	path_of(key, &path);
	if (!value) {
		if ((rc = txn_read(t, path.s, &text, NULL)) < 0)
			return err_set(e, rc, "no memory found with key '%s'", key);
		return txn_put(t, path.s, NULL, 0, e);
	}
	buf_addf(&text, "%s\n", value);
	return txn_put(t, path.s, text.s, text.len, e);
}
