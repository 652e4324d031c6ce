/* store/config.h - settings: one table of what exists, many places they come from (contract.md
 * 3, decisions A17, B21) */
#ifndef STORE_CONFIG_H
#define STORE_CONFIG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf; struct config; struct err; struct strs;

/* Precedence, highest first: flag (config_set), BDW_SECTION__KEY, git config
 * beadwave.section.key-name, .beadwave/config.ini, .beadwave/workflow/NAME.ini,
 * $XDG_CONFIG_HOME/beadwave/config.ini, built-in. */
enum config_origin { ORIGIN_BUILTIN, ORIGIN_USER, ORIGIN_WORKFLOW, ORIGIN_PROJECT, ORIGIN_GIT,
		     ORIGIN_ENV, ORIGIN_FLAG };

struct config_sources {
	const char *tree;	/* .beadwave folder; NULL: none */
	const char *common;	/* git common dir, whose config file is read; NULL: none */
	bool env;		/* look at BDW_SECTION__KEY */
	bool user;		/* look at the user's file */
	const char *workflow;	/* NULL: what run.workflow says */
};
/* Reads and checks everything. Unknown section or key, bad value: ERR_PARSE "file:line: unknown
 * key 'timout' in [role impl]; did you mean 'timeout'?". *out is the caller's: config_free(). */
int config_load(struct config **out, const struct config_sources *src, struct err *e);
/* Only the built-in values (tests, simulation). */
struct config *config_builtin(void);
void config_free(struct config *c);
/* A flag's or --set's "section.key" ("run.max_parallel", "role impl.agent", "tier max-5x.code").
 * ERR_USAGE. */
int config_set(struct config *c, const char *name, const char *value, enum config_origin origin,
	       struct err *e);
/* "section.key=value" of --set. */
int config_set_pair(struct config *c, const char *pair, struct err *e);

/*
 * Beyond contract 3 there are run.agent (the agent of every role without one, --agent),
 * run.executor and review.n (decisions B14; "tier": what the tier says). Lists are
 * comma-separated text; config_int of a word ("auto", "tier") is -1.
 */
/* name is "section.key". Unknown names are a bug of the caller (abort). Values were checked when
 * they were set. */
const char *config_str(const struct config *c, const char *name);	/* never NULL; borrowed */
long config_int(const struct config *c, const char *name);
double config_num(const struct config *c, const char *name);
bool config_bool(const struct config *c, const char *name);
/* durations in milliseconds */
int64_t config_ms(const struct config *c, const char *name);
bool config_is_set(const struct config *c, const char *name);		/* other than built-in */
enum config_origin config_origin(const struct config *c, const char *name);
bool config_truth(const char *value);		/* a checked bool of a section with a name */

/* Sections with names: [agent NAME], [role NAME], [tier NAME], [price MODEL], [executor NAME],
 * [phase NAME], [artifact NAME]. NULL when the key (or section) is absent. Borrowed. */
const char *config_named(const struct config *c, const char *section, const char *name,
			 const char *key);
enum config_origin config_named_origin(const struct config *c, const char *section,
				       const char *name, const char *key);
/* Names of all sections of a kind, sorted; appends copies. */
void config_names(const struct config *c, const char *section, struct strs *out);

/* Every value with its origin, one "origin<TAB>section.key=value" a line, sorted: config list,
 * run/R/config. Further lines of a value begin with a tab. */
void config_dump(const struct config *c, bool all, struct buf *out);
/* Takes such lines in again, each with the origin it had: a resumed run has the settings it
 * began with. ERR_PARSE. */
int config_undump(struct config *c, const char *text, size_t n, struct err *e);
/* Does contract 3 know this name? (bd's `config set` sends such keys to config.ini, others to
 * settings.json: A15) */
bool config_known(const char *name);

/* Values that nothing reads yet, with what that means ("agents would run unconfined"); needed: a
 * run must not go on as if it did. Only those that differ from the built-in ones. */
typedef void (*config_unused_fn)(void *arg, const char *name, const char *value, const char *why,
				 bool needed);
void config_unused_each(const struct config *c, config_unused_fn fn, void *arg);

/* The same of one name and value; NULL: it has an effect, or there is no such setting. */
const char *config_unused_why(const char *name, const char *value);

/* Values that name a program and came from a file that came through git (project, workflow):
 * what trust asks about. Calls fn with "section.key" and value. */
typedef void (*config_command_fn)(void *arg, const char *name, const char *value,
				  enum config_origin origin);
void config_commands(const struct config *c, config_command_fn fn, void *arg);
/* The bytes of the file as they were read (ORIGIN_USER, ORIGIN_WORKFLOW, ORIGIN_PROJECT), empty
 * when there is none: what trust approves and what a run copies is what was parsed, not what
 * stands there a moment later. Borrowed. */
const struct buf *config_text(const struct config *c, enum config_origin origin);

#endif
