/* cmd/defer.c - bdw defer, undefer */
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"
#include "core/timeexpr.h"
#include "store/issue.h"

struct deferring { bool undo; int64_t until; const char *reason; };

static int change_one(struct ctx *c, const struct deferring *o, struct write *w, const char *id)
{
	int rc = o->undo ? life_undefer(&w->life, id, &c->err) :
		life_defer(&w->life, id, o->until, &c->err);

	if (rc == 0 && o->reason && *o->reason)
		rc = life_comment(&w->life, id, cmd_actor(c), o->reason, NULL, &c->err);
	return rc;
}

static int change(struct ctx *c, const struct deferring *o, int argc, char **argv)
{
	const struct issue **done = arena_alloc(&c->arena, ((size_t)argc + 1) * sizeof(*done));
	STRS_AUTO ids = { 0 };
	const char *id;
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	for (int i = 0; i < argc; i++) {
		if (write_resolve(c, &w, argv[i], &id) < 0)
			out_warn(c, "Error resolving %s: %s", argv[i], c->err.msg);
		else if (change_one(c, o, &w, id) < 0)
			out_warn(c, "Error %s %s: %s", o->undo ? "undeferring" : "deferring", id,
				 c->err.msg);
		else
			strs_add(&ids, id);
	}
	if (!ids.n)
		return write_none(c, &w);
	for (size_t i = 0; i < ids.n; i++)
		done[i] = write_result(c, &w, ids.v[i]);
	if ((rc = write_commit(c, &w, "%s",
			       write_subject(c, o->undo ? "undefer" : "defer", &ids))) < 0)
		return rc;
	if (c->json)
		write_print_issues(c, done, ids.n);
	for (size_t i = 0; !c->json && i < ids.n; i++)
		out_note(c, "* %s %s%s\n", o->undo ? "Undeferred" : "Deferred", ids.v[i],
			 o->undo ? " (now open)" : "");
	return 0;
}

static int run_defer(struct ctx *c, int argc, char **argv)
{
	struct deferring o = { 0 };
	const char *until = NULL;
	const struct opt opts[] = {
		{ 0, "until", OPT_STR, &until, "<time>",
		  "when it comes back: +6h, tomorrow, next monday, 2025-01-15", 0 },
		{ 'r', "reason", OPT_STR, &o.reason, "<text>", "why; kept as a comment", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc == 0 && until && *until)
		rc = timeexpr_flag("until", until, c->now_us, &o.until, &c->err);
	return rc != 0 ? rc : change(c, &o, argc, argv);
}

static int run_undefer(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	const struct deferring o = { .undo = true };
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : change(c, &o, argc, argv);
}

const struct cmd cmd_defer = {
	.name = "defer", .args = "<id>...", .brief = "Put issues off until later",
	.help = "A deferred issue and its children are not ready. With --until it comes back by "
		"itself.",
	.example = "defer demo-4f2a --until \"next monday\"", .group = GROUP_ISSUES,
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = -1, .run = run_defer,
};
const struct cmd cmd_undefer = {
	.name = "undefer", .args = "<id>...", .brief = "Open deferred issues again",
	.example = "undefer demo-4f2a", .group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE,
	.min_args = 1, .max_args = -1, .run = run_undefer,
};
