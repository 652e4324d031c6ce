/* cmd/export.h - JSONL out */
#ifndef CMD_EXPORT_H
#define CMD_EXPORT_H
struct buf; struct ctx; struct view;

/* `export.auto = true` (bd): after every change the issues are written to .beads/issues.jsonl,
 * where there is a .beads folder. Best effort: a failure is a warning. */
void export_auto(struct ctx *c);

#endif
