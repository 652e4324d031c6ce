/* cmd/duplicate.c - bdw duplicate, supersede */
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/write.h"

static int replace(struct ctx *c, const char *part, const char *other_part, const char *type,
		   bool duplicate)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw j = JSW(&text, JS_COMPACT);
	const char *id, *other;
	struct write w;
	int rc = write_begin(c, &w);

	if (rc < 0)
		return rc;
	if ((rc = write_resolve(c, &w, part, &id)) < 0)
		return write_abort(&w, err_wrap(&c->err, rc, "resolving %s", part));
	if ((rc = write_resolve(c, &w, other_part, &other)) < 0)
		return write_abort(&w, err_wrap(&c->err, rc, "resolving %s", other_part));
	if ((rc = life_replace(&w.life, id, other, type, &c->err)) < 0)
		return write_abort(&w, rc);
	if ((rc = write_commit(c, &w, "%s %s by %s", duplicate ? "duplicate" : "supersede", id,
			       other)) < 0)
		return rc;
	if (!c->json) {
		out_done(c, "Marked %s as %s %s (closed)\n", id,
			 duplicate ? "duplicate of" : "superseded by", other);
		return 0;
	}
	js_open(&j, '{');
	js_put_str(&j, duplicate ? "duplicate" : "superseded", id);
	js_put_str(&j, duplicate ? "canonical" : "replacement", other);
	js_put_str(&j, "status", "closed");
	js_close(&j, '}');
	json_print(c, text.s);
	return 0;
}

static int run_duplicate(struct ctx *c, int argc, char **argv)
{
	const char *of = NULL;
	const struct opt opts[] = {
		{ 0, "of", OPT_STR, &of, "<id>", "the issue it is a duplicate of", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (!of)
		return err_set(&c->err, ERR_USAGE, "required flag(s) \"of\" not set");
	return replace(c, argv[0], of, "duplicates", true);
}

static int run_supersede(struct ctx *c, int argc, char **argv)
{
	const char *with = NULL;
	const struct opt opts[] = {
		{ 0, "with", OPT_STR, &with, "<id>", "the issue that replaces it", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (!with)
		return err_set(&c->err, ERR_USAGE, "required flag(s) \"with\" not set");
	return replace(c, argv[0], with, "supersedes", false);
}

const struct cmd cmd_duplicate = {
	.name = "duplicate", .args = "<id> --of <id>",
	.brief = "Close an issue as a duplicate of another",
	.example = "duplicate demo-4f2a --of demo-91c2", .group = GROUP_DEPS,
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = 1, .run = run_duplicate,
};
const struct cmd cmd_supersede = {
	.name = "supersede", .args = "<id> --with <id>",
	.brief = "Close an issue as replaced by a newer one",
	.example = "supersede demo-4f2a --with demo-91c2", .group = GROUP_DEPS,
	.need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = 1, .run = run_supersede,
};
