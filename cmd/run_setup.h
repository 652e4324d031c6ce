/* cmd/run_setup.h - what `run`, `resume` and `plan` share: flags that are settings,
 * configuration, trust, items */
#ifndef CMD_RUN_SETUP_H
#define CMD_RUN_SETUP_H
#include <stdbool.h>
#include "cmd/opt.h"
#include "store/base/vec.h"
struct config; struct ctx;

struct run_flags {
	const char *mode, *barrier, *agent, *agent_command, *tier, *wave_cap, *timeout, *on_event,
		*on_failure;
	const char *target;
	long max_parallel;	/* -1: not given */
	struct strs roles, sets, issues;
	bool detach, dry_run;
};
#define RUN_FLAGS_INIT { .max_parallel = -1 }
enum { RUN_OPTS = 18 };
/* Fills table (RUN_OPTS entries, the last one zero). */
void run_opts(struct run_flags *f, struct opt *table);
void run_flags_release(struct run_flags *f);
/* Every setting with the flags on top. *out is the caller's. */
int run_config(struct ctx *c, const struct run_flags *f, struct config **out);
/* Warns of settings that nothing reads yet; ERR_USAGE where the run would do what its user did
 * not want. */
int run_unused(struct ctx *c, const struct config *cfg);
/* Is there an agent, and is it there? ERR_USAGE says which were found and how to choose one. */
int run_agents(struct ctx *c, const struct config *cfg);

#endif
