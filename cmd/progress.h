/* cmd/progress.h - a run for people: a table redrawn in place on a terminal, one line an event
 * otherwise */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct ctx; struct progress; struct runner;

enum progress_mode { PROGRESS_TABLE, PROGRESS_LINES, PROGRESS_JSON, PROGRESS_NONE };
/* json, else a table when c->out is a terminal that can be drawn on, else lines. */
enum progress_mode progress_choose(struct ctx *c);
struct progress *progress_new(struct ctx *c, enum progress_mode mode);
/* Lines only: a picture of the whole run every so often, though nothing happens (F003-25). */
void progress_report_every(struct progress *p, int64_t ms);
void progress_free(struct progress *p);

/* The hooks of struct runner_opts. arg is the progress. */
void progress_event(void *arg, const char *line, size_t n);
void progress_draw(void *arg, struct runner *r);
/* Ends the table: what is printed next stands below it. */
void progress_end(struct progress *p);

#endif
