#include "store/place.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/find.h"
#include "store/store_priv.h"

void place_release(struct place *p)
{
	free(p->ref);
	free(p->tree);
	*p = (struct place){ 0 };
}

static char *file_name(const char *common)
{
	return xasprintf("%s/%s/%s", common, PRIV_DIR, PRIV_STORE);
}

/* "key = value"; anything else is left for a later format to mean. */
static void take_line(const char *line, size_t n, struct place *p, char **format)
{
	const char *eq = memchr(line, '=', n), *value = eq ? eq + 1 : NULL;
	size_t key_len = eq ? (size_t)(eq - line) : 0, len = eq ? n - key_len - 1 : 0;
	char **to = NULL;

	if (!eq)
		return;
	text_trim(&line, &key_len);
	text_trim(&value, &len);
	if (key_len == 6 && !strncmp(line, "format", 6))
		to = format;
	else if (key_len == 3 && !strncmp(line, "ref", 3))
		to = &p->ref;
	else if (key_len == 4 && !strncmp(line, "tree", 4))
		to = &p->tree;
	if (to) {
		free(*to);
		*to = xstrndup(value, len);
	}
}

int place_read(struct place *out, const char *common, struct err *e)
{
	AUTO_FREE char *path = file_name(common);
	AUTO_FREE char *format = NULL;
	AUTO_FREE char *rel = NULL;
	BUF_AUTO text = BUF_INIT;
	const char *s, *line;
	long long version;
	size_t n, len;
	int rc = fsx_read(AT_FDCWD, path, &text, e);

	*out = (struct place){ 0 };
	if (rc < 0)
		return rc;
	s = text.s;
	n = text.len;
	while (text_line(&s, &n, &line, &len))
		take_line(line, len, out, &format);
	rel = out->tree;
	out->tree = NULL;
	if (!format || text_int(format, 1, 1000000, &version) < 0 || !rel || !out->ref ||
	    !text_starts(out->ref, "refs/")) {
		place_release(out);
		err_set(e, ERR_PARSE, "'%s' is damaged", path);
		err_hint(e, "remove it: the next command writes it again");
		return ERR_PARSE;
	}
	if (version > PLACE_FORMAT) {
		place_release(out);
		err_set(e, ERR_PARSE, "'%s' has format %lld: a newer beadwave made this store",
			path, version);
		err_hint(e, "update bdw");
		return ERR_PARSE;
	}
	out->tree = path_join(common, rel);
	return 0;
}

int place_write(const char *common, const struct place *p, struct err *e)
{
	AUTO_FREE char *path = file_name(common);
	AUTO_FREE char *rel = path_relative(common, p->tree);
	BUF_AUTO text = BUF_INIT;

	buf_addf(&text, "format = %d\nref = %s\ntree = %s\n", PLACE_FORMAT, p->ref, rel);
	return fsx_write_atomic(AT_FDCWD, path, text.s, text.len, 0666, FSX_SYNC, e);
}
