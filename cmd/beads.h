/* cmd/beads.h - .beads/issues.jsonl, which programs made for bd read */
#ifndef CMD_BEADS_H
#define CMD_BEADS_H
struct ctx; struct jsonl_opts;

/* Writes the file, whole or not at all: issues.jsonl, or as export.path says. With export.git-add
 * it is staged. ERR_NOTFOUND: there is no .beads folder; ERR_USAGE: export.path leads out of it. */
int beads_write(struct ctx *c, const struct jsonl_opts *lines);
/* `export.auto = true` (bd): after every change the file is written, where there is a .beads
 * folder. Best effort: a failure is a warning. */
void beads_export(struct ctx *c);
/* The same for a commit under way, when something below .beads is part of it. */
void beads_commit(struct ctx *c);
/* The file to be imported where none is named: import.path, else export.path. Lives in c->arena.
 * ERR_USAGE: it leads out of .beads. */
int beads_import_file(struct ctx *c, const char **file);

#endif
