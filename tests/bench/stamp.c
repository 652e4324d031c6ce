/* tests/bench/stamp.c - an agent that appends "began ended" (monotonic clock, ns) to the file it
 * is given */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "store/base/clock.h"

int main(int argc, char **argv)
{
	long long began = clock_mono_ns();
	int fd = argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;

	return fd < 0 || dprintf(fd, "%lld %lld\n", began, (long long)clock_mono_ns()) < 0;
}
