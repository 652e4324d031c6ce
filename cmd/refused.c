/* cmd/refused.c - commands and flags of bd that are left out, each with what to use in its place
 * (spec: one sentence, never silence) */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/refused.h"

#define TOWN "here an epic with children is planned by `bdw plan` and worked off by `bdw run`"
#define GIT "issues are files on a git branch, which git fetches, pushes and compares"
#define SETTINGS "settings are read where they stand: nothing is to be applied"
#define SERVER "there is no server and no other backend: the files in .beadwave/ are the store"
#define TRACKER "`bdw export` and `bdw import` speak JSONL, from which any tracker can be fed"

struct refused { const char *name, *instead; };

static const struct refused list[] = {
	{ "admin", "nothing needs compacting or resetting; `bdw doctor` checks the store" },
	{ "ado", TRACKER },
	{ "agent", TOWN },
	{ "audit", "`bdw history ID` shows who changed what, and when" },
	{ "backup", "the issues' branch is the backup: push it, or clone the repository" },
	{ "batch", "`bdw --batch` reads commands as you would type them, one a line, and does all "
		   "of them or none" },
	{ "bond", TOWN },
	{ "bootstrap", "`bdw init` takes over the branch of a remote, and so does the first "
		       "command in a clone" },
	{ "branch", GIT },
	{ "compact", "nothing needs compacting: git packs what is old" },
	{ "config apply", SETTINGS },
	{ "config drift", SETTINGS },
	{ "cook", TOWN },
	{ "create-form", "`bdw create` takes flags and `bdw edit ID` opens an editor" },
	{ "daemon", "there is none: every command reads the files as they are" },
	{ "daemons", "there is none: every command reads the files as they are" },
	{ "diff", "`bdw history ID` shows what changed in an issue, `git diff beadwave~1 "
		  "beadwave` in all of them" },
	{ "dolt remote", GIT },
	{ "dolt start", GIT },
	{ "dolt stop", GIT },
	{ "federation", GIT },
	{ "find-duplicates",
	  "`bdw duplicates` finds those that say the same, `bdw search WORDS` the others" },
	{ "flatten", GIT },
	{ "formula", "`bdw import plan.md` makes an epic from a Markdown plan" },
	{ "gate", "scores are judged by the run's `[gate]` settings; `bdw answer ID` lets a "
		  "waiting issue go on" },
	{ "gc", GIT },
	{ "github", TRACKER },
	{ "gitlab", TRACKER },
	{ "init-safety", "`bdw init` never replaces a store: it refuses where there is one" },
	{ "jira", TRACKER },
	{ "linear", TRACKER },
	{ "mail", "`bdw comment ID TEXT` leaves a message where it belongs" },
	{ "merge-slot", "`bdw run` merges one issue after another by itself" },
	{ "migrate", "there is nothing to migrate: `bdw init --from-beads` imports what bd left" },
	{ "mol", TOWN },
	{ "notion", TRACKER },
	{ "pour", TOWN },
	{ "preflight", "`bdw lint`, `bdw doctor` and `bdw orphans` look at issues; `bdw run` "
		       "tests before it merges" },
	{ "promote", "`bdw update ID --persistent` keeps an issue" },
	{ "prune", "`bdw delete ID --force` deletes" },
	{ "purge", "`bdw delete ID --force` deletes" },
	{ "rename-prefix", "`bdw config set issue_prefix NEW` is for new ids, `bdw rename OLD "
			   "NEW` for one that is there" },
	{ "repair-deps", "`bdw doctor --fix` takes dependencies on issues that do not exist away" },
	{ "repo", "each repository has its own issues; ids of another one are kept as links" },
	{ "restore",
	  "`bdw show ID --as-of TIME` shows an earlier text, `bdw history ID` what changed when" },
	{ "role", TOWN },
	{ "rules",
	  "`bdw setup RECIPE` writes what an agent must know, `bdw prime` tells the rest" },
	{ "set-state", "`bdw label add ID dimension:value` sets a state" },
	{ "ship", "`bdw close ID` and a label say that something is out" },
	{ "slot", TOWN },
	{ "sql", "`bdw count --by-label`, `bdw query` and `--json` answer what SQL was used for" },
	{ "state", "`bdw label list ID` shows states kept as dimension:value" },
	{ "swarm create", TOWN },
	{ "swarm list", "`bdw epic status` lists epics and how far they are" },
	{ "upgrade", "a package manager or `make install` upgrades the program" },
	{ "vc", GIT },
	{ "wisp", TOWN },
};

static const struct refused flags[] = {
	{ "agent-rig", TOWN },
	{ "await-id", TOWN },
	{ "backend", SERVER },
	{ "contributor", "each repository has its own issues; `--branch NAME` keeps yours apart" },
	{ "database", SERVER },
	{ "event-actor", TOWN },
	{ "event-category", TOWN },
	{ "event-payload", TOWN },
	{ "event-target", TOWN },
	{ "gated", TOWN },
	{ "mol", TOWN },
	{ "mol-type", TOWN },
	{ "remote", "git's remotes are used: `git push REMOTE beadwave` shares the issues, and init "
		    "takes over a branch it finds there" },
	{ "repo", "each repository has its own issues; `-C DIR` works in another one" },
	{ "rig", TOWN },
	{ "role-type", TOWN },
	{ "server", SERVER },
	{ "server-host", SERVER },
	{ "server-port", SERVER },
	{ "server-socket", SERVER },
	{ "server-user", SERVER },
	{ "shared-server", SERVER },
	{ "team", "each repository has its own issues; all who have its branch share them" },
	{ "thread", "`bdw comments ID` shows what was said about an issue" },
	{ "wisp-type", "--ephemeral marks what is short-lived" },
};

static const char *find(const struct refused *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].name, name))
			return v[i].instead;
	return NULL;
}

const char *refused_flag(const char *name)
{
	return find(flags, sizeof(flags) / sizeof(flags[0]), name);
}

const char *refused_instead(const char *name)
{
	return find(list, sizeof(list) / sizeof(list[0]), name);
}
