/* cmd/version.c - bdw version */
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"

/* The release of bd whose command line this is: its clients look for a version of at least
 * 0.9.0. */
#define BD_VERSION "1.0.5"

static int run(struct ctx *c, int argc, char **argv)
{
	static const struct opt opts[] = { { 0 } };
	const char *version = c->bd ? BD_VERSION : BDW_VERSION;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (c->json) {
		BUF_AUTO o = BUF_INIT;
		struct jsw w = JSW(&o, JS_COMPACT);

		js_open(&w, '{');
		js_put_str(&w, "version", version);
		js_put_str(&w, "build", c->bd ? "bdw " BDW_VERSION : "bd " BD_VERSION);
		js_close(&w, '}');
		json_print(c, o.s);
	} else if (c->bd) {
		out_text(c, "bd version " BD_VERSION " (bdw " BDW_VERSION ")\n");
	} else {
		out_text(c, "bdw version " BDW_VERSION " (bd " BD_VERSION " command line)\n");
	}
	return 0;
}

const struct cmd cmd_version = {
	.name = "version", .brief = "Print version information", .example = "version --json",
	.group = GROUP_SETUP, .run = run,
};
