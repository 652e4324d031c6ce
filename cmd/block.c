#include "cmd/block.h"

#include <string.h>

#include "store/base/buf.h"

/* A marker counts only as a whole line. */
static const char *find_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text; (p = strstr(p, line)); p += n)
		if ((p == text || p[-1] == '\n') && (p[n] == '\n' || p[n] == '\r' || !p[n]))
			return p;
	return NULL;
}

bool block_find(const struct block *b, const char *text, size_t *at, size_t *len)
{
	const char *begin = find_line(text, b->begin);
	const char *end = begin ? find_line(begin, b->end) : NULL;

	if (!end)
		return false;
	end = strchrnul(end, '\n');
	if (*end)
		end++;
	*at = (size_t)(begin - text);
	*len = (size_t)(end - begin);
	return true;
}

void block_put(const struct block *b, const char *text, size_t where, const char *body,
	       struct buf *out)
{
	size_t at = where, len = 0;

	block_find(b, text, &at, &len);
	buf_add(out, text, at);
	if (at && text[at - 1] != '\n')
		buf_addc(out, '\n');
	buf_addf(out, "%s\n%s%s\n", b->begin, body, b->end);
	buf_adds(out, text + at + len);
}

bool block_remove(const struct block *b, const char *text, struct buf *out)
{
	size_t at, len;

	if (!block_find(b, text, &at, &len)) {
		buf_adds(out, text);
		return false;
	}
	buf_add(out, text, at);
	buf_adds(out, text + at + len);
	return true;
}
