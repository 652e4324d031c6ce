/* cmd/tag.c - bdw tag: label add in one word */
#include "cmd/cmd.h"
#include "cmd/fields.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/issue.h"
#include "store/txn.h"

static int add_label(struct ctx *c, struct write *w, const char *id, const void *label)
{
	struct arena *a = txn_arena(w->t);
	struct issue *is;
	int rc = txn_edit(w->t, id, &is, &c->err);

	if (rc == 0 && issue_label_add(is, arena_strdup(a, label), a))
		is->updated_at = w->life.now_us;
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	const struct issue *is;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (!*argv[1])
		return err_set(&c->err, ERR_USAGE, "label cannot be empty");
	if ((rc = fields_check_line(c, "a label", argv[1])) < 0 ||
	    (rc = write_one(c, argv[0], "tag", add_label, argv[1], &is)) < 0)
		return rc;
	if (c->json)
		write_print_issues(c, &is, 1);
	else
		out_done(c, "Added label \"%s\" to %s\n", argv[1],
			 out_id_title(c, is->id, is->title));
	return 0;
}

const struct cmd cmd_tag = {
	.name = "tag", .args = "<id> <label>", .brief = "Add a label to an issue",
	.example = "tag demo-4f2a urgent", .group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE,
	.min_args = 2, .max_args = 2, .run = run,
};
