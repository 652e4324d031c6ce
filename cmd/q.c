/* cmd/q.c - bdw q: quick capture */
#include "cmd/cmd.h"
#include "cmd/create.h"
#include "cmd/fields.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/lifecycle.h"
#include "store/issue.h"

static int run(struct ctx *c, int argc, char **argv)
{
	const char *priority = "2", *type = "task";
	STRS_AUTO labels = { 0 };
	const struct opt opts[] = {
		{ 'p', "priority", OPT_STR, &priority, "<0-4>", "priority", 0 },
		{ 't', "type", OPT_STR, &type, "<type>", "type", 0 },
		{ 'l', "labels", OPT_LIST, &labels, "<a,b>", "labels", 0 },
		{ 0 },
	};
	BUF_AUTO title = BUF_INIT;
	const struct issue *made;
	struct issue is;
	const struct life_new n = { .fields = &is };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	issue_init(&is);
	for (int i = 0; i < argc; i++)
		buf_addf(&title, "%s%s", i ? " " : "", argv[i]);
	is.title = title.s;
	is.type = type_canonical(type);
	if ((rc = priority_parse(priority, &is.priority, &c->err)) < 0 ||
	    (rc = fields_check_labels(c, &labels)) < 0)
		return rc;
	for (size_t i = 0; i < labels.n; i++)
		issue_label_add(&is, labels.v[i], &c->arena);
	if ((rc = create_one(c, &n, false, &made)) < 0)
		return rc;
	if (c->json && !c->bd)	/* bd prints the id even then */
		create_print_json(c, made);
	else
		out_text(c, "%s\n", made->id);
	return 0;
}

const struct cmd cmd_q = {
	.name = "q", .args = "<title>...",
	.brief = "Quick capture: create an issue and print only its id",
	.example = "q \"Man page lacks an example\" -l docs", .group = GROUP_ISSUES,
	.need = NEED_STORE | NEED_WRITE, .flags = CMD_ERR_STDERR, .min_args = 1, .max_args = -1,
	.run = run,
};
