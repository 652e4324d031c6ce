/* cmd/plan.h - showing what a run would do */
#ifndef CMD_PLAN_H
#define CMD_PLAN_H
struct ctx; struct run_flags;

/* `bdw plan` and `bdw run --dry-run`. An exit code, or an error in c->err. */
int plan_show(struct ctx *c, const struct run_flags *f, int argc, char **argv);

#endif
