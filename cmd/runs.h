/* cmd/runs.h - what the commands that look at runs share */
#ifndef CMD_RUNS_H
#define CMD_RUNS_H
#include <stdbool.h>
#include "core/metrics.h"
struct buf; struct ctx;

/* The run a command means (NULL: the newest), loaded; metrics_release(). ERR_NOTFOUND. */
int runs_load(struct ctx *c, const char *run, struct metrics *m);
/* The picture of a run as lines of text, cut to width columns unless that is 0. Appends. */
void runs_picture(struct ctx *c, const struct metrics *m, int width, struct buf *out);
/* The object of contract.md 5 with agents[], printed. */
void runs_json(struct ctx *c, const struct metrics *m);
/* `bdw status`: the run's part. False: there never was a run. *rc is the command's result. */
bool runs_show_status(struct ctx *c, const char *run, int *rc);

#endif
