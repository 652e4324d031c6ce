/* store/jsonl.h - beads' issues.jsonl, one issue a line, both ways without loss (spec/cli.md 6) */
#ifndef STORE_JSONL_H
#define STORE_JSONL_H
#include <stddef.h>
#include "store/issue.h"
struct buf; struct err;

enum jsonl_kind { JSONL_ISSUE, JSONL_MEMORY, JSONL_TOMBSTONE };
struct jsonl_line {
	enum jsonl_kind kind;
	struct issue issue;	/* JSONL_ISSUE; JSONL_TOMBSTONE: only id */
	const char *key, *value;	/* JSONL_MEMORY */
};
/* One line in any dialect (bd 1.x, 0.x, beads_rust: comment ids integer or string, no _type,
 * parent_child spelling). Members that no field of an issue holds go to issue.extras, those of
 * an edge or a comment to its extra; counts and `parent` follow from edges and are dropped.
 * Missing: status open, type task, priority 0 (as bd reads it), closed_at of a closed issue its
 * updated_at; a missing id is "". NUL, invalid UTF-8, bad values: ERR_PARSE "field: reason" (the caller adds
 * file and line). */
int jsonl_parse(struct jsonl_line *out, const char *s, size_t n, struct arena *a, struct err *e);

struct jsonl_counts { size_t dependency_count, dependent_count, comment_count; };
struct jsonl_opts { int int_comment_ids; };	/* 1: number comment ids per issue 1, 2, ... (bv) */
/* Appends the line in bd's field order, HTML-escaped, times cut to seconds, with its newline. c
 * NULL: no counts; o NULL: the defaults. */
void jsonl_write(const struct issue *is, const struct jsonl_counts *c, const struct jsonl_opts *o,
		 struct buf *out);

#endif
