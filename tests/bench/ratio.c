/*
 * tests/bench/ratio.c - two commands in turn, and how long each takes
 *
 * ratio RUNS WARM BASE... -- OURS...: each WARM times, then RUNS times in turn. An argument's %d
 * is the number of the run. Prints "base_median base_min our_median our_min our_peak":
 * microseconds, and KB.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/mem.h"
#include "store/base/vec.h"

extern char **environ;

struct side { char **argv; int argc; long *us; long peak_kb; };

static char *number_in(const char *arg, int run)
{
	const char *at = strstr(arg, "%d");

	return at ? xasprintf("%.*s%d%s", (int)(at - arg), arg, run, at + 2) : xstrdup(arg);
}

static long run_once(struct side *s, int run)
{
	char **argv = xcalloc((size_t)s->argc + 1, sizeof(*argv));
	posix_spawn_file_actions_t quiet;
	struct rusage ru;
	int64_t began;
	int status;
	pid_t pid;

	for (int i = 0; i < s->argc; i++)
		argv[i] = number_in(s->argv[i], run);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	began = clock_mono_ns();
	if (posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ) ||
	    wait4(pid, &status, 0, &ru) < 0 || status) {
		fprintf(stderr, "ratio: '%s' failed\n", argv[0]);
		exit(1);
	}
	began = clock_mono_ns() - began;
	if (ru.ru_maxrss > s->peak_kb)
		s->peak_kb = ru.ru_maxrss;
	posix_spawn_file_actions_destroy(&quiet);
	for (int i = 0; i < s->argc; i++)
		free(argv[i]);
	free(argv);
	return (long)(began / 1000);
}

static int by_value(const void *a, const void *b)
{
	return (*(const long *)a > *(const long *)b) - (*(const long *)a < *(const long *)b);
}

int main(int argc, char **argv)
{
	int runs = argc > 2 ? atoi(argv[1]) : 0, warm = argc > 2 ? atoi(argv[2]) : 0, mid = 3;
	struct side s[2];

	while (mid < argc && strcmp(argv[mid], "--") != 0)
		mid++;
	if (runs < 1 || mid == 3 || mid + 1 >= argc)
		return 2;
	s[0] = (struct side){ argv + 3, mid - 3, xcalloc((size_t)runs, sizeof(long)), 0 };
	s[1] = (struct side){ argv + mid + 1, argc - mid - 1,
			      xcalloc((size_t)runs, sizeof(long)), 0 };
	for (int run = 0; run < warm + runs; run++)
		for (int k = 0; k < 2; k++) {
			long us = run_once(&s[k], run);

			if (run >= warm)
				s[k].us[run - warm] = us;
		}
	for (int k = 0; k < 2; k++) {
		qsort(s[k].us, (size_t)runs, sizeof(long), by_value);
		printf("%ld %ld ", s[k].us[runs / 2], s[k].us[0]);
		free(s[k].us);
	}
	printf("%ld\n", s[1].peak_kb);
	return 0;
}
