/* core/runner_poll.c - watch.mode=poll: for file systems that do not tell what changes (F003-09,
 * -10, -15; F004-08, -10) */
#include <sys/stat.h>

#include "core/runner_priv.h"
#include "store/base/clock.h"
#include "store/base/mem.h"
#include "store/config.h"

/* Bytes that all running attempts have printed so far. */
static int64_t printed(const struct runner *r)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->flights.n; i++) {
		AUTO_FREE char *path = xasprintf("%s/stdout.log", r->flights.v[i]->dir);
		struct stat st;

		sum += stat(path, &st) ? 0 : st.st_size;
	}
	return sum;
}

/* Quiet: longer and longer; anything printed: as often as at first. +- jitter, so that many runs
 * do not look at once. */
static void set_next(struct runner *r)
{
	int64_t now = printed(r), first = config_ms(r->o.config, "watch.interval");
	int64_t max = config_ms(r->o.config, "watch.interval_max");
	double jitter = config_num(r->o.config, "watch.jitter");

	if (now != r->printed || !r->poll_ms)
		r->poll_ms = first;
	else
		r->poll_ms =
			(int64_t)((double)r->poll_ms * config_num(r->o.config, "watch.multiplier"));
	if (r->poll_ms > max)
		r->poll_ms = max;
	if (r->poll_ms < 100)
		r->poll_ms = 100;
	r->printed = now;
	jitter *= (double)(clock_mono_ns() % 2001 - 1000) / 1000;
	loop_at(r->loop, clock_mono_ms() + (int64_t)((double)r->poll_ms * (1 + jitter)),
		poll_look, r);
}

void poll_look(void *arg)
{
	struct runner *r = arg;

	r->polls++;
	runner_look(r);
	for (size_t i = 0; i < r->flights.n; i++)
		launch_look(r->flights.v[i]);
	set_next(r);
}

bool poll_mode(const struct runner *r)
{
	return config_str(r->o.config, "watch.mode")[0] == 'p';
}

int64_t runner_poll_ms(const struct runner *r)
{
	return !poll_mode(r) ? 0 : r->poll_ms ? r->poll_ms :
		config_ms(r->o.config, "watch.interval");
}
