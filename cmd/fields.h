/* cmd/fields.h - the flags that create and update share: one table, one reading, one way onto an
 * issue */
#ifndef CMD_FIELDS_H
#define CMD_FIELDS_H
#include <stdbool.h>
#include <stdint.h>
#include "cmd/opt.h"
#include "store/base/buf.h"
struct arena; struct ctx; struct err; struct issue; struct strs;

/* NULL: the flag was not given. */
struct fields {
	const char *title, *type, *priority, *assignee;
	const char *description, *body, *message, *body_file, *description_file;
	bool from_stdin;
	const char *design, *design_file, *acceptance, *acceptance_old, *notes, *append_notes;
	const char *external_ref, *spec_id, *metadata, *due, *defer, *estimate;
	/* filled by fields_read() */
	struct buf text, design_text;	/* of files and stdin */
	const char *full_description;	/* NULL: none given; else what it shall be */
	bool description_piped;		/* it came from a file or from stdin */
	int priority_n;
	long estimate_n;
	int64_t due_us, defer_us;	/* 0: to be cleared */
	const char *metadata_json;	/* compact object */
};
#define FIELDS_INIT { .text = BUF_INIT, .design_text = BUF_INIT }

enum { FIELD_OPTS = 26 };
/* Appends the shared options to table at *n. */
void fields_opts(struct fields *f, struct opt *table, int *n);
/* Reads files, checks and parses what was given. ERR_USAGE in bd's words, ERR_IO. */
int fields_read(struct ctx *c, struct fields *f);
/* ERR_USAGE unless text is one line of valid UTF-8; what: "a label". */
int fields_check_line(struct ctx *c, const char *what, const char *text);
/* The same of each of labels. */
int fields_check_labels(struct ctx *c, const struct strs *labels);
/* Puts what was given onto is, strings copied into a; append_notes is joined with a newline.
 * Title, metadata and status of a deferred one are the caller's. True when anything was given. */
bool fields_apply(const struct fields *f, struct issue *is, struct arena *a);
void fields_release(struct fields *f);

#endif
