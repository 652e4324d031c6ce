/* cmd/prompt.c - bdw prompt: what an agent would be told (decisions D2) */
#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/run_setup.h"
#include "core/prompt.h"
#include "store/base/mem.h"
#include "store/config.h"
#include "store/issue.h"
#include "store/txn.h"
#include "store/view.h"

static int show(struct ctx *c, const struct view *v, const struct issue *is, const char *role,
		const struct config *cfg)
{
	const struct issue *epic = issue_parent(is) ? view_get(v, issue_parent(is)) : NULL;
	AUTO_FREE char *path = xasprintf("prompt/%s.md", role);
	BUF_AUTO template = BUF_INIT;
	BUF_AUTO out = BUF_INIT;
	struct prompt_input in = {
		.role = role, .id = is->id, .title = is->title, .type = is->type,
		.description = is->description, .design = is->design, .acceptance = is->acceptance,
		.notes = is->notes, .epic_id = epic ? epic->id : NULL,
		.epic_title = epic ? epic->title : NULL,
		.epic_body = epic ? epic->description : NULL,
		.product = config_str(cfg, "project.product"),
		.tech_stack = config_str(cfg, "project.tech_stack"),
		.branch = config_str(cfg, "project.target"),
		.test_command = config_str(cfg, "run.test"), .attempt = 1,
	};
	int rc;

	if (store_read(c->store, path, &template, NULL) == 0)
		in.template = template.s;
	rc = prompt_build(&in, &out, &c->err);
	if (rc == 0)
		out_text(c, "%s", out.s);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	const char *role = "impl";
	const struct opt opts[] = {
		{ 0, "role", OPT_STR, &role, "<role>",
		  "impl, spec, code, verify, ... (default: impl)", 0 },
		{ 0 },
	};
	const struct run_flags flags = RUN_FLAGS_INIT;
	const struct issue *is;
	struct config *cfg;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = cmd_view(c, VIEW_QUICK, &v)) < 0 || (rc = cmd_resolve(c, v, argv[0], &is)) < 0 ||
	    (rc = run_config(c, &flags, &cfg)) < 0)
		return rc;
	rc = show(c, v, is, role, cfg);
	config_free(cfg);
	return rc;
}

const struct cmd cmd_prompt = {
	.name = "prompt", .args = "<issue>", .brief = "Show what an agent would be told",
	.example = "prompt demo-77aa.3 --role spec", .group = GROUP_RUN, .need = NEED_STORE,
	.flags = CMD_OWN, .min_args = 1, .max_args = 1, .run = run,
};
