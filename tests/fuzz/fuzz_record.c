/* tests/fuzz/fuzz_record.c - reads each file named (or stdin) as an issue file; what is accepted
 * must be written and read again to the same bytes. Aborts where it is not. For AFL: afl-fuzz -i
 * tests/data -o out -- fuzz_record @@ */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/record.h"

static void try_bytes(const char *s, size_t n)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO one = BUF_INIT;
	BUF_AUTO two = BUF_INIT;
	struct err e = ERR_INIT;
	struct issue is;

	if (record_parse(&is, s, n, "input", &a, &e) < 0)
		return;
	record_write(&is, &one);
	if (record_parse(&is, one.s, one.len, "written", &a, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		abort();
	}
	record_write(&is, &two);
	if (one.len != two.len || memcmp(one.s, two.s, one.len))
		abort();
}

static int read_stdin(struct buf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)n);
	return (int)n;
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;

	for (int i = 1; i < argc || i == 1; i++) {
		BUF_AUTO in = BUF_INIT;

		if (argc > 1 ? fsx_read(AT_FDCWD, argv[i], &in, &e) < 0 : read_stdin(&in) < 0) {
			fprintf(stderr, "fuzz_record: %s\n", argc > 1 ? e.msg :
				"cannot read stdin");
			return 1;
		}
		try_bytes(in.s, in.len);
	}
	return 0;
}
