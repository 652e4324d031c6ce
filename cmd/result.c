/* cmd/result.c - bdw result: what an agent gives back, before it is given (contract.md 2) */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/result.h"

/* The role asked for, or the one this process was started in. */
static int choose_role(struct ctx *c, const char **role)
{
	const char *given = getenv("BDW_ROLE");

	if (!*role)
		*role = given && *given ? given : "impl";
	return *verdict_words(*role) ? 0 :
		err_set(&c->err, ERR_USAGE, "role '%s' gives no result back", *role);
}

static void print_json(struct ctx *c, const char *file, const char *role, const struct result *r,
		       const struct strs *wrong)
{
	BUF_AUTO o = BUF_INIT;
	struct jsw w = JSW(&o, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "file", file);
	js_put_str(&w, "role", role);
	js_put_bool(&w, "ok", !wrong->n);
	js_put_str(&w, "class", result_class_name(r->class));
	if (*r->status)
		js_put_str(&w, "status", r->status);
	if (*r->reason)
		js_put_str(&w, "reason", r->reason);
	js_put_strs(&w, "wrong", wrong);
	js_close(&w, '}');
	json_print(c, o.s);
}

static int check(struct ctx *c, const char *file, const char *role)
{
	BUF_AUTO text = BUF_INIT;
	STRS_AUTO wrong = { 0 };
	struct result r;
	int rc = cmd_read_file(c, file, &text);

	if (rc < 0)
		return rc;
	result_check(&r, role, text.s, text.len, &wrong, &c->arena);
	for (size_t i = 0; i < wrong.n; i++)
		out_warn(c, "%s: %s: %s", c->prog, file, wrong.v[i]);
	if (c->json)
		print_json(c, file, role, &r, &wrong);
	else if (!wrong.n)
		out_done(c, "%s: %s says %s: %s\n", file, role, r.status,
			 result_class_name(r.class));
	return wrong.n > 0;
}

static int run_check(struct ctx *c, int argc, char **argv)
{
	const char *role = NULL, *file = getenv("BDW_RESULT");
	const struct opt opts[] = {
		{ 0, "role", OPT_STR, &role, "<role>",
		  "whose result it is (default: $BDW_ROLE, else impl)", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = choose_role(c, &role)) < 0)
		return rc;
	if (argc)
		file = argv[0];
	if (file && *file)
		return check(c, file, role);
	err_set(&c->err, ERR_USAGE, "no file is named, and BDW_RESULT is not set");
	err_hint(&c->err, "name one: %s result check FILE, or - for standard input", c->prog);
	return ERR_USAGE;
}

static int run_schema(struct ctx *c, int argc, char **argv)
{
	const char *role = NULL;
	const struct opt opts[] = {
		{ 0, "role", OPT_STR, &role, "<role>",
		  "whose result (default: $BDW_ROLE, else impl)", 0 },
		{ 0 },
	};
	BUF_AUTO out = BUF_INIT;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0 || (rc = choose_role(c, &role)) < 0)
		return rc;
	result_schema(role, &out);
	out_text(c, "%s\n", out.s);
	return 0;
}

static const struct cmd result_check_cmd = {
	.name = "check", .args = "[<file>]", .brief = "Check a result file, and say what is wrong with it",
	.help = "Without a file: the one at $BDW_RESULT. Members that bdw does not know are kept, "
		"and are no mistake.\n"
		"Exit code: 0 it can be read, whatever it says; 1 something is wrong; 2 wrong usage.",
	.example = "result check\nresult check result.json --role spec --json", .group = GROUP_RUN,
	.flags = CMD_OWN, .max_args = 1, .run = run_check,
}, result_schema_cmd = {
	.name = "schema", .brief = "Print the JSON schema of a result file",
	.example = "result schema --role code >schema.json", .group = GROUP_RUN, .flags = CMD_OWN,
	.run = run_schema,
};
static const struct cmd *const subs[] = { &result_check_cmd, &result_schema_cmd, NULL };

const struct cmd cmd_result = {
	.name = "result", .brief = "Check what an agent gives back", .group = GROUP_RUN,
	.example = "result check\nresult schema", .flags = CMD_OWN, .subs = subs,
};
