#include "store/ref.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"

enum { SYMREF_DEPTH = 5 };	/* as git's SYMREF_MAXDEPTH */

bool oid_equal(const struct oid *a, const struct oid *b)
{
	return !memcmp(a->b, b->b, sizeof(a->b));
}

bool oid_is_zero(const struct oid *a)
{
	static const struct oid zero;

	return oid_equal(a, &zero);
}

char *oid_hex(const struct oid *a, char out[OID_HEX])
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < sizeof(a->b); i++) {
		out[2 * i] = digit[a->b[i] >> 4];
		out[2 * i + 1] = digit[a->b[i] & 15];
	}
	out[OID_HEX - 1] = 0;
	return out;
}

int oid_parse(struct oid *out, const char *hex)
{
	for (size_t i = 0; i < sizeof(out->b); i++) {
		int hi = text_hex(hex[2 * i]), lo = hi < 0 ? -1 : text_hex(hex[2 * i + 1]);

		if (lo < 0)
			return -1;
		out->b[i] = (unsigned char)(hi << 4 | lo);
	}
	return 0;
}

/* What the loose file of a ref says: its line, without the newline. */
static int read_loose(const char *commondir, const char *ref, struct buf *out, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/%s", commondir, ref);
	int rc = fsx_read(AT_FDCWD, path, out, e);
	struct stat st;

	/* "refs/heads/a" is a folder while only "refs/heads/a/b" exists, or an empty one that
	 * git left */
	if (rc == ERR_IO && !stat(path, &st) && S_ISDIR(st.st_mode))
		return ERR_NOTFOUND;
	while (out->len && strchr(" \t\r\n", out->s[out->len - 1]))
		buf_cut(out, out->len - 1);
	return rc;
}

/* packed-refs: lines "HEX NAME", "^HEX" after an annotated tag, "#" comments. */
static int read_packed(const char *commondir, const char *ref, struct oid *out, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/packed-refs", commondir);
	AUTO_FREE char *want = xasprintf(" %s\n", ref);
	BUF_AUTO text = BUF_INIT;
	int rc = fsx_read(AT_FDCWD, path, &text, e);
	const char *hit;

	if (rc < 0)
		return rc;
	if (text.len && text.s[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	for (const char *from = text.s; (hit = strstr(from, want)); from = hit + 1)
		if (hit - text.s >= OID_HEX - 1 && !oid_parse(out, hit - (OID_HEX - 1)))
			return 0;
	return ERR_NOTFOUND;
}

static int read_once(const char *commondir, const char *ref, struct oid *out, int depth,
		     struct err *e)
{
	BUF_AUTO line = BUF_INIT;
	int rc = read_loose(commondir, ref, &line, e);

	if (rc == ERR_NOTFOUND)
		rc = read_packed(commondir, ref, out, e);
	else if (rc == 0 && !strncmp(line.s, "ref: ", 5) && depth < SYMREF_DEPTH)
		rc = read_once(commondir, line.s + 5, out, depth + 1, e);
	else if (rc == 0 && oid_parse(out, line.s) < 0)
		rc = err_set(e, ERR_PARSE, "'%s/%s' does not hold a commit id", commondir, ref);
	return rc;
}

int ref_read(const char *commondir, const char *ref, struct oid *out, struct err *e)
{
	int rc = read_once(commondir, ref, out, 0, e);

	/* pack-refs may have moved it, or a writer made it loose again, between the two looks */
	if (rc == ERR_NOTFOUND)
		rc = read_once(commondir, ref, out, 0, e);
	return rc == ERR_NOTFOUND ? err_set(e, rc, "no ref '%s'", ref) : rc;
}
