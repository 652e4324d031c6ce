/* cmd/opt.h - option tables: one table gives parsing, -h text, completion words and schema; no
 * globals */
#ifndef CMD_OPT_H
#define CMD_OPT_H
#include <stdbool.h>
#include <stddef.h>
struct buf; struct err;

enum opt_kind {
	OPT_BOOL,	/* bool *; --f, --f=false */
	/* const char **, borrowed from argv; leave it NULL to see whether it was given */
	OPT_STR,
	OPT_INT,	/* long * */
	/* struct strs *, copies; repeats and splits at commas (bd's string slice) */
	OPT_LIST,
	OPT_MULTI,	/* struct strs *, copies; repeats only */
	OPT_COUNT,	/* int *, counts up: -vv */
};

enum opt_flags {
	OPT_HIDDEN = 1 << 0,	/* an alias or an old name: works, is not shown */
	OPT_NEGATE = 1 << 1,	/* --no-NAME too */
	/* OPT_LIST: an empty value is kept as one empty element (--labels "") */
	OPT_GIVEN_EMPTY = 1 << 2,
};

/* A table ends with an entry of zeros. */
struct opt {
	char letter;		/* 0: none */
	const char *name;
	enum opt_kind kind;
	void *value;
	const char *arg;	/* "<text>"; NULL for flags without a value */
	const char *help;
	unsigned flags;
};

/*
 * Takes the options out of argv[0..*argc-1] (no program name in it) wherever they stand, as
 * cobra does: --f v, --f=v, -f v, -fv, -f=v, -abc, "--" ends them; "-" and what begins with "- "
 * are none. What is left are the operands, in order, at the front of argv; *argc is their
 * number. Tables are searched in order, so a command's own flag hides a global one. ntables >=
 * 1. ERR_USAGE in cobra's words, with the nearest known flag as hint.
 */
int opt_parse(const struct opt *const *tables, size_t ntables, int *argc, char **argv,
	      struct err *e);

/* Index of the first operand of argv when only the options of table are known to take values;
 * argc when there is none: how the name of a command is found among flags. */
int opt_first_operand(const struct opt *table, int argc, char *const *argv);

/* The option that a word of a command line names ("-x", "--name", "--name=value"), hidden ones
 * too; *next says that the word after it is its value. NULL: none of these. */
const struct opt *opt_named(const struct opt *const *tables, size_t ntables, const char *word,
			    bool *next);

/* "  -p, --priority <n>   Priority 0-4 or P0-P4" lines for every option that is not hidden. */
void opt_help(const struct opt *table, struct buf *out);

#endif
