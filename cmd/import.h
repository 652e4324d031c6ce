/* cmd/import.h - JSONL in */
#ifndef CMD_IMPORT_H
#define CMD_IMPORT_H
#include <stdbool.h>
#include <stddef.h>
#include "store/base/buf.h"
#include "store/base/vec.h"
struct ctx;

struct import_result {
	struct strs ids;		/* issues taken: new, updated or the same as here */
	struct strs stale;		/* older than what is here */
	struct strs skipped_deps;	/* "a -> b: target not found" */
	size_t updated, unchanged;	/* of ids */
	size_t skipped;			/* by --dedup */
	size_t memories;
};
void import_result_release(struct import_result *r);
/* Imports all lines of text in one transaction, or none: upsert by id, tombstones skipped,
 * missing ids made up. ERR_PARSE: "failed to parse JSONL line: SOURCE:3: ..."; ERR_USAGE: a
 * value that is not allowed. */
int import_lines(struct ctx *c, const char *source, const struct buf *text, bool dedup, bool dry,
		 struct import_result *r);

/* Statuses and types that issues of a file have and no store knows by itself: "in_review,qa",
 * "agent". */
struct import_words { struct buf status, types; };
/* Would a store that has nothing yet take all lines, if it knew these words? Adds to words;
 * writes nothing. Errors as import_lines. */
int import_check(struct ctx *c, const char *source, const struct buf *text,
		 struct import_words *words);

#endif
