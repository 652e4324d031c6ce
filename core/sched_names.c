/* core/sched_names.c - the words of stages, roles and ends: what work files, events and people
 * see */
#include "core/sched.h"

#include <string.h>

static const char *const stage_names[STAGE_N] = {
	[STAGE_WAIT] = "wait", [STAGE_IMPL] = "impl", [STAGE_COLLECT] = "collect",
	[STAGE_SPEC] = "spec", [STAGE_CODE] = "code", [STAGE_HELD] = "held",
	[STAGE_CANDIDATE] = "candidate", [STAGE_TEST] = "test", [STAGE_MERGE] = "merge",
	[STAGE_VERIFY] = "verify", [STAGE_CLOSED] = "closed", [STAGE_FAILED] = "failed",
	[STAGE_HUMAN] = "human",
};

static const char *const role_names[ROLE_N] = {
	[ROLE_IMPL] = "impl", [ROLE_SPEC] = "spec", [ROLE_CODE] = "code", [ROLE_AGG] = "agg",
	[ROLE_TEST] = "test", [ROLE_VERIFY] = "verify",
};

static const char *const outcome_names[OUT_N] = {
	[OUT_PASS] = "passed", [OUT_CONCERNS] = "passed", [OUT_REJECT] = "failed",
	[OUT_CANNOT_VERIFY] = "blocked", [OUT_NEEDS_CONTEXT] = "blocked", [OUT_BLOCKED] = "blocked",
	[OUT_FAIL] = "failed", [OUT_MALFORMED] = "unparsed", [OUT_CRASH] = "crashed",
	[OUT_TIMEOUT] = "timeout", [OUT_CANCELLED] = "cancelled", [OUT_LIMITED] = "cancelled",
	[OUT_FATAL] = "failed",
};

const char *stage_name(enum stage st)
{
	return stage_names[st];
}

static enum stage stage_of_name(const char *name, size_t len)
{
	for (int k = 0; k < STAGE_N; k++)
		if (strlen(stage_names[k]) == len && !memcmp(stage_names[k], name, len))
			return (enum stage)k;
	return STAGE_N;
}

enum stage stage_parse(const char *name, enum stage *back)
{
	size_t len = strcspn(name, ".");
	enum stage st = stage_of_name(name, len);

	if (back)
		*back = name[len] ? stage_of_name(name + len + 1, strlen(name + len + 1)) : STAGE_N;
	return st == STAGE_N ? STAGE_WAIT : st;
}

const char *role_name(enum role r)
{
	return role_names[r];
}

int role_parse(const char *name)
{
	for (int k = 0; k < ROLE_N; k++)
		if (!strcmp(role_names[k], name))
			return k;
	return -1;
}

const char *outcome_name(enum outcome_kind k)
{
	return outcome_names[k];
}
