/* store/record.h - the issue file: YAML front matter + Markdown (DESIGN 2, decisions A14, B22;
 * beadwave-issue(5)) */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H
#include <stddef.h>
#include "store/issue.h"
struct buf; struct err;

/* Parses n bytes. name is for messages ("issue/4f/demo-1.md"). What *out points to is in a; text
 * is copied. Unknown keys and comments are kept; CRLF, a BOM, missing keys (all but title),
 * quotes of both kinds, bare text, "[a, b]" and indented lists are accepted; text blocks ("key:
 * |") are not. id may be missing (then "" and the caller takes it from the file name).
 * ERR_PARSE: "name:line: what". Never crashes on any bytes. */
int record_parse(struct issue *out, const char *s, size_t n, const char *name, struct arena *a,
		 struct err *e);
/* Appends the canonical form. For what record_parse accepted from canonical bytes: the same
 * bytes. */
void record_write(const struct issue *is, struct buf *out);

#endif
