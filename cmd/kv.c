/* cmd/kv.c - bdw kv: small values that travel with the issues (settings.json, under "kv.") */
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/settings.h"
#include "store/base/text.h"
#include "store/txn.h"

static const struct opt no_opts[] = { { 0 } };

static const char *key_of(struct ctx *c, const char *name)
{
	return arena_printf(&c->arena, "kv.%s", name);
}

struct pair { const char *name, *value; };	/* value NULL: to be removed */

static int stage(struct ctx *c, struct txn *t, const void *arg)
{
	const struct pair *p = arg;

	return settings_put(t, key_of(c, p->name), p->value, &c->err);
}

static int put(struct ctx *c, const char *verb, const char *name, const char *value)
{
	if (!*name)
		return err_set(&c->err, ERR_USAGE, "a key cannot be empty");
	return cmd_change(c, stage, &(struct pair){ name, value },
			  arena_printf(&c->arena, "kv %s %s", verb, name));
}

static int run_set(struct ctx *c, int argc, char **argv)
{
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0 || (rc = put(c, "set", argv[0], argv[1])) < 0)
		return rc;
	if (c->json)
		json_print_pair(c, argv[0], argv[1]);
	else
		out_note(c, "Set %s = %s\n", argv[0], argv[1]);
	return 0;
}

static int run_get(struct ctx *c, int argc, char **argv)
{
	int rc = cmd_begin(c, no_opts, &argc, argv);
	const char *value;

	if (rc != 0)
		return rc;
	if (!(value = settings_stored(cmd_settings(c), key_of(c, argv[0]))))
		return err_set(&c->err, ERR_NOTFOUND, "no value for '%s'", argv[0]);
	if (c->json)
		json_print_pair(c, argv[0], value);
	else
		out_text(c, "%s\n", value);
	return 0;
}

static int run_clear(struct ctx *c, int argc, char **argv)
{
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (!settings_stored(cmd_settings(c), key_of(c, argv[0])))
		return err_set(&c->err, ERR_NOTFOUND, "no value for '%s'", argv[0]);
	if ((rc = put(c, "clear", argv[0], NULL)) < 0)
		return rc;
	if (c->json)
		json_print_pair(c, argv[0], "");
	else
		out_note(c, "Cleared %s\n", argv[0]);
	return 0;
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);
	STRS_AUTO keys = { 0 };
	size_t n = 0;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	settings_keys(cmd_settings(c), &keys);
	js_open(&w, '{');
	for (size_t i = 0; i < keys.n; i++) {
		const char *value = settings_stored(cmd_settings(c), keys.v[i]);

		if (!text_starts(keys.v[i], "kv."))
			continue;
		n++;
		js_put_str(&w, keys.v[i] + 3, value);
		if (!c->json)
			out_text(c, "%s = %s\n", keys.v[i] + 3, value);
	}
	js_close(&w, '}');
	if (c->json)
		json_print(c, text.s);
	else if (!n)
		out_text(c, "No values yet. Keep one with: %s kv set KEY VALUE\n", c->prog);
	return 0;
}

static const struct cmd kv_clear = {
	.name = "clear", .aliases = "delete unset", .args = "<key>", .brief = "Remove a value",
	.example = "kv clear phase", .need = NEED_STORE | NEED_WRITE, .min_args = 1, .max_args = 1,
	.run = run_clear,
}, kv_get = {
	.name = "get", .args = "<key>", .brief = "Print a value", .example = "kv get phase",
	.need = NEED_STORE, .min_args = 1, .max_args = 1, .run = run_get,
}, kv_list = {
	.name = "list", .brief = "List all values", .example = "kv list --json", .need = NEED_STORE,
	.run = run_list,
}, kv_set = {
	.name = "set", .args = "<key> <value>", .brief = "Keep a value",
	.example = "kv set phase review", .need = NEED_STORE | NEED_WRITE, .min_args = 2,
	.max_args = 2, .run = run_set,
};
static const struct cmd *const subs[] = { &kv_clear, &kv_get, &kv_list, &kv_set, NULL };

const struct cmd cmd_kv = {
	.name = "kv", .brief = "Small values that travel with the issues",
	.example = "kv set phase review", .group = GROUP_SETUP, .subs = subs,
};
