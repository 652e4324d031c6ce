/* cmd/stats.h - the overview of all issues */
#ifndef CMD_STATS_H
#define CMD_STATS_H
struct ctx;

/* `stats`, and `status` where no run is to be shown (decisions B10): flags, then the overview. */
int stats_run(struct ctx *c, int argc, char **argv);

#endif
