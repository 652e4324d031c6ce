/* The circuit breaker of core/policy.h. */
#include "core/policy.h"

#include "store/config.h"

struct breaker_conf policy_breaker(const struct config *c)
{
	return (struct breaker_conf){
		.failures = (int)config_int(c, "breaker.failures"),
		.successes = (int)config_int(c, "breaker.successes"),
		.reset_us = config_ms(c, "breaker.reset") * 1000,
	};
}

const char *breaker_state_name(enum breaker_state s)
{
	static const char *const names[] = {
		[BREAKER_CLOSED] = "closed", [BREAKER_OPEN] = "open",
		[BREAKER_HALF_OPEN] = "half-open",
	};

	return names[s];
}

static void open_until(struct breaker *b, int64_t until_us)
{
	*b = (struct breaker){ .state = BREAKER_OPEN, .until_us = until_us };
}

bool breaker_allows(struct breaker *b, int64_t now_us)
{
	if (b->state == BREAKER_OPEN && now_us >= b->until_us)
		*b = (struct breaker){ .state = BREAKER_HALF_OPEN };
	return b->state == BREAKER_CLOSED || (b->state == BREAKER_HALF_OPEN && !b->probing);
}

void breaker_started(struct breaker *b)
{
	b->probing = b->state == BREAKER_HALF_OPEN;
}

void breaker_success(struct breaker *b, const struct breaker_conf *conf)
{
	switch (b->state) {
	case BREAKER_CLOSED:
		b->failures = 0;
		break;
	case BREAKER_OPEN:	/* started before it opened: says nothing about now */
		break;
	case BREAKER_HALF_OPEN:
		b->probing = false;
		if (++b->successes >= conf->successes)
			*b = (struct breaker){ .state = BREAKER_CLOSED };
		break;
	}
}

void breaker_failure(struct breaker *b, const struct breaker_conf *conf, int64_t now_us)
{
	switch (b->state) {
	case BREAKER_CLOSED:
		if (++b->failures >= conf->failures)
			open_until(b, now_us + conf->reset_us);
		break;
	case BREAKER_OPEN:
		break;
	case BREAKER_HALF_OPEN:
		open_until(b, now_us + conf->reset_us);
		break;
	}
}

void breaker_withdrawn(struct breaker *b)
{
	b->probing = false;
}

void breaker_trip(struct breaker *b, const struct breaker_conf *conf, int64_t now_us,
		  int64_t until_us)
{
	int64_t until = until_us > now_us ? until_us : now_us + conf->reset_us;

	open_until(b, b->state == BREAKER_OPEN && b->until_us > until ? b->until_us : until);
}
