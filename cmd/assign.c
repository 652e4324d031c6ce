/* cmd/assign.c - bdw assign */
#include "cmd/cmd.h"
#include "cmd/fields.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/issue.h"
#include "store/txn.h"

static int assign(struct ctx *c, struct write *w, const char *id, const void *name)
{
	struct issue *is;
	int rc = txn_edit(w->t, id, &is, &c->err);

	if (rc < 0)
		return rc;
	is->assignee = arena_strdup(txn_arena(w->t), name);
	is->updated_at = w->life.now_us;
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	const struct issue *is;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = fields_check_line(c, "an assignee", argv[1])) < 0 ||
	    (rc = write_one(c, argv[0], "assign", assign, argv[1], &is)) < 0)
		return rc;
	if (c->json)
		write_print_issues(c, &is, 1);
	else if (*argv[1])
		out_done(c, "Assigned %s to %s\n", out_id_title(c, is->id, is->title), argv[1]);
	else
		out_done(c, "Unassigned %s\n", out_id_title(c, is->id, is->title));
	return 0;
}

const struct cmd cmd_assign = {
	.name = "assign", .args = "<id> <name>", .brief = "Assign an issue to someone",
	.help = "An empty name (\"\") takes the assignee away.",
	.example = "assign demo-4f2a alice", .group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE,
	.min_args = 2, .max_args = 2, .run = run,
};
