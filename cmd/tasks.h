/* cmd/tasks.h - tasks.json (agent-os v2.0 to v4.0) and its context-summary.json, both ways */
#ifndef CMD_TASKS_H
#define CMD_TASKS_H
#include <stdbool.h>
#include <stddef.h>
struct buf; struct ctx; struct view;

/*
 * The spec becomes an epic, each task a child of it, each subtask a child of its task;
 * depends_on (v4) and parallelization.blocked_by (v2, v3) become edges. What was read is kept
 * whole in the metadata, so that writing it again gives the same files but for what has changed
 * since: status and its times, blocker, title, notes, edges.
 */
/* All of it or nothing. context (may be NULL) is a context-summary.json. ERR_PARSE, ERR_USAGE
 * name the task. */
int tasks_import(struct ctx *c, const char *source, const struct buf *text,
		 const struct buf *context, bool dry);
/* Appends the tasks.json of an epic, or of the only one there is (part NULL), and to context,
 * unless it is NULL, the context-summary.json; *n is the number of tasks. What did not come from
 * a file is written as version 4.0 and 2.0. */
int tasks_write(struct ctx *c, struct view *v, const char *part, struct buf *out,
		struct buf *context, size_t *n);
/* The status an issue gets for a task's word ("pass", "in_progress", ...; NULL is open). */
const char *tasks_status(const char *s);
/* The title an issue gets: the first line of its description, short enough; without one "Task
 * ID". In c->arena. */
const char *tasks_title(struct ctx *c, const char *description, const char *id);
/* Is this JSON document a tasks.json? */
bool tasks_is(const struct buf *text);

#endif
