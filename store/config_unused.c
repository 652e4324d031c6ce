/* What settings nothing reads yet: they are checked and kept, and who sets one is told so. */
#include <string.h>

#include "store/config_priv.h"

/* A whole section, or one key; needed: a run that ignored it would do what its user did not
 * want. */
static const struct unused { const char *section, *key; bool needed; const char *why; } unused[] = {
	{ "sandbox", NULL, true, "agents would run unconfined" },
	{ "run", "executor", true, "attempts are started on this machine only" },
	{ "phase", NULL, true, "issues would not wait for their phase" },
	{ "artifact", NULL, true, "issues would not wait for the file" },
	{ "gate", NULL, false, "there are no gates" },
	{ "run", "gate_slots", false, "there are no gates" },
	{ "timeout", "gate", false, "there are no gates" },
	{ "timeout", "refine", false, "there are no gates" },
	{ "timeout", "agg", false, "bdw aggregates by itself" },
	{ "tier", "simplify", false, "nothing is simplified after a wave" },
	{ "executor", NULL, false, "attempts are started on this machine only" },
	{ "worktree", "mode", false, "work trees are always reused" },
	{ "worktree", "size", false, "idle work trees go at the end of a run" },
	{ "sync", NULL, false, "there is no bdw sync" },
	{ "hooks", NULL, false, "git hooks start nothing" },
};

const char *config_unused(const struct config_key *key, const char *value, bool *needed)
{
	for (size_t i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
		const struct unused *u = &unused[i];

		if (strcmp(u->section, key->section) || (u->key && strcmp(u->key, key->key)))
			continue;
		if (key->value && !strcmp(key->value, value))
			return NULL;	/* what happens anyway */
		*needed = u->needed;
		return u->why;
	}
	return NULL;
}

const char *config_unused_why(const char *name, const char *value)
{
	struct config_name n;
	bool needed;

	return config_resolve_path(&n, name, NULL) < 0 ? NULL :
		config_unused(n.key, value, &needed);
}
