/* cmd/rename.c - bdw rename */
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	BUF_AUTO text = BUF_INIT;
	struct jsw j = JSW(&text, JS_COMPACT);
	const char *from;
	struct write w;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = write_begin(c, &w)) < 0)
		return rc;
	if ((rc = write_resolve(c, &w, argv[0], &from)) < 0)
		return write_abort(&w, err_wrap(&c->err, rc, "resolving %s", argv[0]));
	if ((rc = life_rename(&w.life, from, argv[1], &c->err)) < 0)
		return write_abort(&w, rc);
	if ((rc = write_commit(c, &w, "rename %s to %s", from, argv[1])) < 0)
		return rc;
	cmd_touch(c, argv[1]);
	if (!c->json || c->bd) {	/* bd prints text even then */
		out_note(c, "Renamed %s -> %s\n", from, argv[1]);
		return 0;
	}
	js_open(&j, '{');
	js_put_str(&j, "old_id", from);
	js_put_str(&j, "new_id", argv[1]);
	js_put_str(&j, "status", "renamed");
	js_close(&j, '}');
	json_print(c, text.s);
	return 0;
}

const struct cmd cmd_rename = {
	.name = "rename", .args = "<old-id> <new-id>", .brief = "Give an issue another id",
	.help = "Links and mentions follow.", .example = "rename demo-4f2a demo-parser",
	.group = GROUP_ISSUES, .need = NEED_STORE | NEED_WRITE, .flags = CMD_ERR_PLAIN,
	.min_args = 2, .max_args = 2, .run = run,
};
