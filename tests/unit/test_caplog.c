/* tests/unit/test_caplog.c - a limited log keeps its beginning and its end */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/caplog.h"
#include "store/base/buf.h"

static const struct row { const char *what; int64_t max; size_t total, chunk; bool cut; } rows[] = {
	{ "no_limit", 0, 300000, 1000, false },
	{ "fits", 5000, 4999, 100, false },
	{ "fits_to_the_byte", 5000, 5000, 100, false },
	{ "one_too_many", 5000, 5001, 100, true },
	{ "many_times", 5000, 300000, 7, true },
	{ "chunks_above_the_limit", 5000, 300000, 65536, true },
	{ "too_small_for_a_note", 100, 5000, 10, true },
	{ "tiny", 4, 100, 3, true },
	{ "one_byte", 1, 100, 3, true },
	{ "whole_at_once", 2048, 100000, 100000, true },
};

/* n bytes of numbered lines. */
static void fill(struct buf *b, size_t n)
{
	for (int i = 0; b->len < n; i++)
		buf_addf(b, "line %d\n", i);
	buf_cut(b, n);
}

static void check(void **state)
{
	const struct row *r = *state;
	BUF_AUTO all = BUF_INIT;
	int fd = memfd_create("log", MFD_CLOEXEC);
	struct caplog c;
	char *got;
	size_t n, tail;

	fill(&all, r->total);
	caplog_init(&c, fd, r->max);
	for (size_t at = 0; at < all.len; at += r->chunk)
		caplog_add(&c, all.s + at, all.len - at < r->chunk ? all.len - at : r->chunk);
	n = (size_t)lseek(fd, 0, SEEK_END);
	got = calloc(1, n + 1);
	assert_int_equal(pread(fd, got, n, 0), n);
	assert_int_equal(c.cut, r->cut);
	assert_int_equal(c.len, n);
	if (!r->cut) {
		assert_int_equal(n, all.len);
		assert_memory_equal(got, all.s, n);
	} else {
		assert_true(n <= (size_t)r->max);
		assert_memory_equal(got, all.s, (size_t)r->max / 2);
		tail = (size_t)r->max / 5;	/* at least so much of the end is there */
		assert_memory_equal(got + n - tail, all.s + all.len - tail, tail);
		if (r->max >= 1024) {
			char *note = strstr(got, "\n[bdw: output cut here]\nline ");

			assert_non_null(note);	/* and a whole line follows */
			assert_null(strstr(note + 2, "[bdw:"));
		}
	}
	free(got);
	close(fd);
}

static void check_full_disk(void **state)
{
	struct caplog c;
	int fd = memfd_create("log", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	(void)state;
	assert_int_equal(ftruncate(fd, 10), 0);
	fcntl(fd, F_ADD_SEALS, F_SEAL_GROW);
	caplog_init(&c, fd, 0);
	caplog_add(&c, "0123456789", 10);
	assert_false(c.cut);
	caplog_add(&c, "x", 1);
	assert_true(c.cut);
	assert_int_equal(c.len, 10);
	close(fd);
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N + 1] =
		{ [N] = { .name = "full_disk", .test_func = check_full_disk } };

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].what, .test_func = check,
					    .initial_state = (void *)(uintptr_t)&rows[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
