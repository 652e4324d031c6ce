/*
 * tests/bench/dispatch.c - what it costs to run an attempt of `true`: folder, shim, agent,
 * exit.json
 *
 * dispatch [N [SLOTS [PROGRAM]]]: N attempts, SLOTS at once, through the local executor; PROGRAM
 * is started as `PROGRAM shim FOLDER` (default: this program). Prints microseconds per attempt,
 * then per bare child for comparison.
 */
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/exec.h"
#include "core/exec_local.h"
#include "core/shim.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"

struct bench { struct executor *x; const char *root; int next, n, ended; };

static void check(int rc, const struct err *e)
{
	if (rc < 0) {
		fprintf(stderr, "dispatch: %s\n", e->msg);
		exit(1);
	}
}

static void submit_next(struct bench *b)
{
	char *argv[] = { "/bin/true" }, *env[] = { "PATH=/usr/bin:/bin" };
	struct attempt_spec a = {
		.argv = { .v = argv, .n = 1 }, .env = { .v = env, .n = 1 }, .cwd = (char *)"/",
		.timeout_ms = 60000, .grace_ms = 1000,
	};
	AUTO_FREE char *dir = xasprintf("%s/i%d.impl.1", b->root, b->next++);
	struct err e = ERR_INIT;

	check(attempt_write(dir, &a, "prompt\n", &e), &e);
	check(b->x->submit(b->x, dir, &e), &e);
}

static void on_ended(void *arg, const char *dir)
{
	struct bench *b = arg;
	struct attempt_exit x;
	struct err e = ERR_INIT;

	check(attempt_exit_read(dir, &x, &e), &e);
	if (x.end != END_EXIT || x.code)
		check(err_set(&e, ERR_IO, "'%s' did not end well: %s", dir, x.error), &e);
	b->ended++;
	if (b->next < b->n)
		submit_next(b);
}

static double attempts(const char *root, int n, int slots, const char *program)
{
	struct bench b = { .x = exec_local_new(slots, program), .root = root, .n = n };
	int64_t began = clock_mono_ns();

	b.x->ended = on_ended;
	b.x->arg = &b;
	for (int i = 0; i < slots && i < n; i++)
		submit_next(&b);
	while (b.ended < n) {
		struct pollfd f = { .fd = b.x->fd(b.x), .events = POLLIN };

		poll(&f, 1, -1);
		b.x->collect(b.x);
	}
	b.x->free(b.x);
	return (double)(clock_mono_ns() - began) / 1000 / n;
}

static double bare(int n, int slots)
{
	char *const argv[] = { (char *)"true", NULL };
	int64_t began = clock_mono_ns();
	int running = 0;

	while (n > 0 || running) {
		pid_t pid;

		if (n > 0 && running < slots &&
		    !posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL)) {
			n--, running++;
			continue;
		}
		wait(NULL);
		running--;
	}
	return (double)(clock_mono_ns() - began) / 1000;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 500, slots = argc > 2 ? atoi(argv[2]) : 8;
	const char *tmp = getenv("TMPDIR");
	AUTO_FREE char *root = NULL;
	double us;

	if (argc == 3 && !strcmp(argv[1], "shim"))
		return shim_main(argv[2]);
	root = xasprintf("%s/bdw-dispatch-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(root) || n < 1 || slots < 1)
		return 1;
	us = attempts(root, n, slots, argc > 3 ? argv[3] : NULL);
	printf("attempt %.0f us\n", us);
	us = bare(n, slots) / n;
	printf("bare    %.0f us\n", us);
	return fsx_remove_tree(AT_FDCWD, root, NULL) < 0;
}
