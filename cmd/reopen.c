/* cmd/reopen.c - bdw reopen */
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "store/issue.h"

struct reopening {
	const char *reason;
	const struct issue **done;	/* for --json: also those that were open already */
	size_t n;
	struct strs ids;		/* of those that were not */
};

static void reopen_one(struct ctx *c, struct reopening *o, struct write *w, const char *part)
{
	const char *id;
	bool was_open;

	if (write_resolve(c, w, part, &id) < 0) {
		out_warn(c, "Error resolving %s: %s", part, c->err.msg);
	} else if (life_reopen(&w->life, id, o->reason, &was_open, &c->err) < 0) {
		out_warn(c, "Error reopening %s: %s", id, c->err.msg);
	} else if (was_open) {
		out_warn(c, "%s is already open", id);
		o->done[o->n++] = write_result(c, w, id);
	} else {
		o->done[o->n++] = write_result(c, w, id);
		strs_add(&o->ids, id);
	}
}

static int reopen_all(struct ctx *c, struct reopening *o, int argc, char **argv)
{
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	o->done = arena_alloc(&c->arena, ((size_t)argc + 1) * sizeof(*o->done));
	for (int i = 0; i < argc; i++)
		reopen_one(c, o, &w, argv[i]);
	if (!o->n)
		return write_none(c, &w);
	if (!o->ids.n) {
		write_abort(&w, 0);
	} else {
		if ((rc = write_commit(c, &w, "%s", write_subject(c, "reopen", &o->ids))) < 0)
			return rc;
		cmd_touch(c, o->ids.v[o->ids.n - 1]);
	}
	for (size_t i = 0; !c->json && i < o->ids.n; i++)
		out_note(c, "%s↻%s Reopened %s%s%s\n", out_paint(c, PAINT_BLUE), out_plain(c),
			 o->ids.v[i],
			 *o->reason ? ": " : "", o->reason);
	if (c->json)
		write_print_issues(c, o->done, o->n);
	return 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct reopening o = { .reason = "" };
	const struct opt opts[] = {
		{ 'r', "reason", OPT_STR, &o.reason, "<text>", "why; kept as a comment", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0)
		rc = reopen_all(c, &o, argc, argv);
	strs_free_all(&o.ids);
	return rc;
}

const struct cmd cmd_reopen = {
	.name = "reopen", .args = "<id>...", .brief = "Reopen one or more issues",
	.help = "The status becomes open, whatever it was; the closing date and reason go, and "
		"what depends on it is\n"
		"blocked again.",
	.example = "reopen demo-4f2a --reason \"still fails with NUL bytes\"",
	.group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = -1,
	.run = run,
};
