/* store/bdconf.h - bd's settings that stand outside of the store: BD_* variables, .beads/.env and
 * bd's YAML files (spec/cli.md 7) */
#ifndef STORE_BDCONF_H
#define STORE_BDCONF_H
#include <stdbool.h>
#include <stddef.h>
struct err;

/* Where a value comes from, strongest first. What `config set` stored goes between LOCAL and
 * PROJECT: it is the project's too, and was set last. */
enum bdconf_origin {
	BDCONF_ENV,	/* BD_EXPORT_AUTO=true */
	BDCONF_DOTENV,	/* the same, in .beads/.env */
	BDCONF_LOCAL,	/* .beads/config.local.yaml */
	BDCONF_PROJECT,	/* .beads/config.yaml */
	BDCONF_USER,	/* ~/.config/bd/config.yaml, or in $XDG_CONFIG_HOME */
	BDCONF_HOME,	/* ~/.beads/config.yaml */
};

struct bdconf_value {
	enum bdconf_origin origin;
	char *name;	/* "export.auto", of a variable "EXPORT_AUTO" */
	char *value;
	char *from;	/* for people: "env: BD_EXPORT_AUTO", "config.yaml" */
};

struct bdconf { struct bdconf_value *v; size_t n, cap; };

/* What the environment says; reads no file. Empty variables are as good as none. Free with
 * bdconf_free(). */
struct bdconf *bdconf_env(void);
/*
 * Adds what the files say: those of the main work tree ("" or NULL: none) and the user's. Missing
 * files are fine, as are the user's that cannot be read. A config.local.yaml counts beside a
 * config.yaml only; of .env only the variables of bd do, so that what a repository brings cannot
 * set others. ERR_PARSE: "file:line: why"; ERR_IO.
 */
int bdconf_read(struct bdconf *b, const char *worktree, struct err *e);
/* Sets an outermost key in .beads/config.yaml of the work tree, and in b; value NULL takes it out.
 * The rest of the file stays as it is. ERR_NOTFOUND: there is no .beads folder; ERR_IO. */
int bdconf_set(struct bdconf *b, const char *worktree, const char *key, const char *value,
	       struct err *e);
void bdconf_free(struct bdconf *b);	/* NULL is fine */

/* Is a variable's or a file's name this key? '.', '-' and '_' are the same, and so is case. */
bool bdconf_same(const char *name, const char *key);
/* The strongest value from first to last; NULL when there is none, or b is NULL. Borrowed. */
const struct bdconf_value *bdconf_find(const struct bdconf *b, const char *key,
				       enum bdconf_origin first, enum bdconf_origin last);
/* What bdconf_find() has for the key from any place; NULL. */
const char *bdconf_get(const struct bdconf *b, const char *key);

#endif
