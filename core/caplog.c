#include "core/caplog.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char note[] = "\n[bdw: output cut here]\n";
enum { NOTE_LEN = sizeof(note) - 1, NOTE_WORTH = 1024 };

void caplog_init(struct caplog *c, int fd, int64_t max)
{
	*c = (struct caplog){ .fd = fd, .max = max, .head = max / 2 };
}

static bool write_at(struct caplog *c, int64_t at, const char *data, size_t n)
{
	while (n) {
		ssize_t k = pwrite(c->fd, data, n, at);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		data += k;
		at += k;
		n -= (size_t)k;
	}
	return true;
}

/* Where the first whole line behind from begins, when it is near; else from. */
static int64_t line_start(const struct caplog *c, int64_t from)
{
	char chunk[4096];
	ssize_t n = pread(c->fd, chunk, sizeof(chunk), from);
	const char *nl = n > 0 ? memchr(chunk, '\n', (size_t)n) : NULL;

	return nl ? from + (nl - chunk) + 1 : from;
}

/* Moves the newer half of what is behind the head down to it. */
static bool make_room(struct caplog *c)
{
	int64_t from = line_start(c, c->len - (c->max - c->head) / 2), to;
	char chunk[16384];
	ssize_t n;

	if (!c->cut && c->max >= NOTE_WORTH) {
		if (!write_at(c, c->head, note, NOTE_LEN))
			return false;
		c->head += NOTE_LEN;
	}
	c->cut = true;
	for (to = c->head; from < c->len; from += n, to += n) {
		n = pread(c->fd, chunk, sizeof(chunk), from);
		if (n <= 0 || !write_at(c, to, chunk, (size_t)n))
			return false;
	}
	c->len = to;
	return ftruncate(c->fd, to) == 0;
}

void caplog_add(struct caplog *c, const char *data, size_t n)
{
	while (n) {
		size_t part = n;

		if (c->max && c->len >= c->max && !make_room(c))
			break;
		if (c->max && (int64_t)part > c->max - c->len)
			part = (size_t)(c->max - c->len);
		if (!part || !write_at(c, c->len, data, part))
			break;
		c->len += (int64_t)part;
		data += part;
		n -= part;
	}
	if (n)
		c->cut = true;
}
