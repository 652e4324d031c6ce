/* core/settings.h - bd's `config` values: what is stored (.beadwave/settings.json, the prefix of
 * new ids in config.ini), and what stands over or under that (store/bdconf.h) */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H
#include <stdbool.h>
#include <stddef.h>
#include "store/issue.h"
#include "store/base/vec.h"
struct bdconf; struct buf; struct err; struct settings; struct store; struct txn;

/*
 * A flat map of names to strings, as bd's: "status.custom", "types.custom",
 * "validation.on-create", "kv.NAME". "issue_prefix" is [project] prefix of config.ini under bd's
 * name.
 */
/* Reads both files; missing ones are empty. over (NULL: nothing) is borrowed for the life of the
 * settings. *out is the caller's: settings_free(). ERR_PARSE names file and line. */
int settings_load(struct settings **out, struct store *s, const struct bdconf *over,
		  struct err *e);
/* Nothing stored (no store). */
struct settings *settings_none(const struct bdconf *over);
void settings_free(struct settings *s);		/* NULL is fine */

/* The value that holds, NULL when there is none; borrowed */
const char *settings_get(const struct settings *s, const char *key);
/* What the store has, whatever stands over it; NULL. Borrowed */
const char *settings_stored(const struct settings *s, const char *key);
/* Does settings_get() say yes? */
bool settings_true(const struct settings *s, const char *key);
/* As settings_get; a number that is not one, or is unset, is dflt. */
long settings_int(const struct settings *s, const char *key, long dflt);
/* never NULL; "issue" when unset */
const char *settings_prefix(const struct settings *s);
/* Custom statuses and types; borrowed from s. */
struct vocab settings_vocab(const struct settings *s);
/* The names that are stored, sorted; appends copies. */
void settings_keys(const struct settings *s, struct strs *out);

/* Stages settings.json (or config.ini for issue_prefix) with key set; value NULL removes. */
int settings_put(struct txn *t, const char *key, const char *value, struct err *e);

#endif
