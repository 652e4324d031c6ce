/* cmd/priority.c - bdw priority */
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/issue.h"
#include "store/txn.h"

static int set_priority(struct ctx *c, struct write *w, const char *id, const void *priority)
{
	struct issue *is;
	int rc = txn_edit(w->t, id, &is, &c->err);

	if (rc < 0)
		return rc;
	is->priority = *(const int *)priority;
	is->updated_at = w->life.now_us;
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	const struct issue *is;
	int priority, rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = priority_parse(argv[1], &priority, &c->err)) < 0 ||
	    (rc = write_one(c, argv[0], "priority", set_priority, &priority, &is)) < 0)
		return rc;
	if (c->json)
		write_print_issues(c, &is, 1);
	else
		out_done(c, "Set priority of %s to P%d\n", out_id_title(c, is->id, is->title),
			 priority);
	return 0;
}

const struct cmd cmd_priority = {
	.name = "priority", .args = "<id> <0-4>", .brief = "Set the priority of an issue",
	.example = "priority demo-4f2a 1",
	.group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE, .min_args = 2, .max_args = 2,
	.run = run,
};
