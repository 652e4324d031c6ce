/* store/config_priv.h - shared by config.c (values and their origin), config_load.c (where they
 * come from), config_table.c (what exists) and config_check.c (what a value may be) */
#ifndef STORE_CONFIG_PRIV_H
#define STORE_CONFIG_PRIV_H
#include <stdbool.h>
#include <stddef.h>
#include "store/config.h"

enum config_type {
	TYPE_TEXT,
	TYPE_NAME,	/* becomes part of a file name: letters, digits, "._-" */
	TYPE_PATH_INSIDE,	/* relative, and stays below where it starts */
	TYPE_INT, TYPE_REAL,	/* within min and max */
	TYPE_BOOL,
	TYPE_MS,	/* a duration */
	TYPE_MS_LIST,	/* durations with commas */
	TYPE_WORD,	/* one of choices, "a|b|c" */
	TYPE_INT_OR_WORD,	/* TYPE_INT or TYPE_WORD: wave_cap=auto */
	TYPE_ARGV,	/* words as a shell would split them */
	TYPE_LIST,	/* words with commas */
	TYPE_MAP,	/* WORD:STATE,... */
};

struct config_key {
	const char *section;	/* of [role NAME]: "role" */
	const char *key;
	enum config_type type;
	const char *value;	/* built-in; NULL in sections with names */
	const char *choices;
	double min, max;
	/* names a program, or decides what one may do: trust asks about it */
	bool command;
};

struct config_section {
	const char *name;
	bool named;		/* [section NAME] */
	const char *names;	/* the only names it may have, "a|b"; NULL: any */
};

/* A built-in value of a section with names. */
struct config_preset { const char *name, *value; };

extern const struct config_section config_sections[];
extern const size_t config_nsections;
extern const struct config_key config_keys[];
extern const size_t config_nkeys;
extern const struct config_preset config_presets[];
extern const size_t config_npresets;

/* A setting's name, understood. */
struct config_name {
	const struct config_section *section;
	const struct config_key *key;
	char text[256];		/* canonical: "run.max_parallel", "tier max-5x.code" */
};
/* From an INI header ("role impl") and key. ERR_PARSE says what is unknown and what was probably
 * meant. */
int config_resolve(struct config_name *out, const char *section, const char *key, struct err *e);
/* From "section.key" as people write it; names may hold dots. */
int config_resolve_path(struct config_name *out, const char *path, struct err *e);
/* config_unused.c: why a value of a key changes nothing, NULL when it does, or is what happens
 * anyway. */
const char *config_unused(const struct config_key *key, const char *value, bool *needed);
/* Is value one that key can have? ERR_PARSE says what is needed. */
int config_check(const struct config_key *key, const char *value, struct err *e);
/* Is word one of "a|b|c"? */
bool config_choice(const char *choices, const char *word);
/* "pro/api" and "pro-api" are names of the tier "pro" (decisions D6). */
const char *config_tier(const char *name);
int config_parse_bool(const char *s, bool *out);	/* 0 or -1 */

/* Checks a value and stores it, unless a higher origin has set the name. where: "file:line", for
 * messages. */
int config_take(struct config *c, const struct config_name *n, const char *value,
		enum config_origin origin, const char *where, struct err *e);
const char *config_where(const struct config *c, const char *name);
/* what config_text() shows */
struct buf *config_text_slot(struct config *c, enum config_origin origin);

#endif
