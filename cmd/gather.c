#include "cmd/gather.h"

#include <errno.h>
#include <stdint.h>
#include <sys/uio.h>

#include "store/base/buf.h"
#include "store/base/vec.h"

enum { AT_ONCE = 512 };		/* the kernel takes 1024 */

void gather_add(void *gather, const char *s, size_t n)
{
	struct gather *g = gather;

	vec_add(&g->piece, (struct gather_piece){ g->text->len, s, n });
}

/* Bytes that are written go from the front. */
static void drop(struct iovec **v, int *n, size_t done)
{
	while (*n && done >= (*v)->iov_len) {
		done -= (*v)->iov_len;
		++*v;
		--*n;
	}
	if (*n) {
		(*v)->iov_base = (char *)(*v)->iov_base + done;
		(*v)->iov_len -= done;
	}
}

static void write_all(FILE *out, struct iovec *v, int n)
{
	int fd = fileno(out);

	fflush(out);
	while (fd >= 0 && n) {
		ssize_t k = writev(fd, v, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			break;
		drop(&v, &n, (size_t)k);
	}
	/* memory, or an error that stdio shall meet too */
	for (; n; n--, v++)
		fwrite(v->iov_base, 1, v->iov_len, out);
}

void gather_flush(struct gather *g)
{
	struct iovec v[AT_ONCE];
	size_t from = 0;
	int n = 0;

	for (size_t i = 0; i <= g->piece.n; i++) {
		size_t to = i < g->piece.n ? g->piece.v[i].at : g->text->len;

		if (n + 2 > AT_ONCE) {
			write_all(g->out, v, n);
			n = 0;
		}
		if (to > from)
			v[n++] = (struct iovec){ g->text->s + from, to - from };
		if (i < g->piece.n)
			v[n++] = (struct iovec){ (char *)(uintptr_t)g->piece.v[i].s,
						 g->piece.v[i].n };
		from = to;
	}
	write_all(g->out, v, n);
	buf_reset(g->text);
	g->piece.n = 0;
}

void gather_release(struct gather *g)
{
	vec_free(&g->piece);
}
