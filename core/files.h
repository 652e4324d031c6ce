/* core/files.h - which files an issue says it touches; who may run beside whom (spec/pipeline.md
 * 3, decisions B16, B17) */
#ifndef CORE_FILES_H
#define CORE_FILES_H
#include <stdbool.h>
#include <stddef.h>
#include "core/list.h"
struct buf;

enum files_action { FILES_MODIFY, FILES_CREATE, FILES_TEST };
const char *files_action_name(enum files_action a);	/* "Modify" "Create" "Test" */

struct file_entry {
	/* without ./ and line range; "dir/" is a folder, "" the whole tree, may be a pattern */
	const char *path;
	enum files_action action;
};

struct files {
	bool present;		/* there is a Files section with at least one path */
	struct file_entry *v;	/* in their order, each path once */
	size_t n;
};

/* Reads "## Files", "**Files:**" or "Files:" of an issue's body. Strings in a. */
void files_parse(struct files *out, const char *body, size_t n, struct arena *a);

/* Could both name the same file? Equal, one inside the other's folder, or a pattern that
 * matches. */
bool files_path_conflict(const char *p, const char *q);
/* May they not run side by side? An absent section conflicts with everything. *where (may be
 * NULL) gets the first path of a that is shared, "" for an absent section; borrowed. */
bool files_conflict(const struct files *a, const struct files *b, const char **where);

struct files_owner { const char *id; const struct files *files; };
/* The map every implementer of a wave gets: | File | Owner | Action |. Nothing when nobody has
 * files. Appends. */
void files_map_write(const struct files_owner *o, size_t n, struct buf *out);

struct scope_hit { const char *path, *owner; };
struct scope {
	struct scope_hit *foreign;	/* another open issue's and not mine: a violation */
	size_t nforeign;
	struct texts unlisted;		/* nobody's: told to the spec reviewer */
};
/* Judges the paths of a diff. mine without a section: no check, both lists empty. Borrows paths
 * and ids. */
void files_scope(struct scope *out, const struct files *mine, const struct files_owner *others,
		 size_t nothers, const char *const *paths, size_t npaths, struct arena *a);

#endif
