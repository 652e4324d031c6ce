/* cmd/config.c - bdw config: settings of the program (config.ini) and bd's free keys
 * (settings.json) */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/settings.h"
#include "store/base/text.h"
#include "store/bdconf.h"
#include "store/config.h"
#include "store/ini.h"
#include "store/store.h"
#include "store/txn.h"

static const struct opt no_opts[] = { { 0 } };

/* One item of status.custom: "name" or "name:category". */
static int check_custom_status(struct ctx *c, const char *item)
{
	static const char *const categories[] = { "active", "wip", "done", "frozen" };
	size_t n = strcspn(item, ":");
	const char *name = arena_strndup(&c->arena, item, n);
	bool known = !item[n];

	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		known |= item[n] && !strcmp(item + n + 1, categories[i]);
	if (status_class(name, NULL) != STATUS_UNKNOWN)
		return err_set(&c->err, ERR_USAGE,
			       "invalid custom status \"%s\": it is built in", name);
	if (!known || n < 1 || n > 50 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != n ||
		    !(*name >= 'a' && *name <= 'z'))
		return err_set(&c->err, ERR_USAGE,
			       "invalid custom status \"%s\" (expected name or name:category; "
			       "names are "
			       "[a-z][a-z0-9_-]*, categories active, wip, done, frozen)", item);
	return 0;
}

static int check_custom(struct ctx *c, const char *key, const char *value)
{
	STRS_AUTO items = { 0 };
	int rc = 0;

	if (strcmp(key, "status.custom"))
		return 0;
	text_split(value, ',', &items);
	for (size_t i = 0; rc == 0 && i < items.n; i++)
		rc = check_custom_status(c, items.v[i]);
	return rc;
}

/* config.ini: "run.max_parallel" is key max_parallel of section run, "role impl.agent" of
 * section "role impl". */
static int put_ini(struct ctx *c, struct txn *t, const char *name, const char *value)
{
	const char *dot = strrchr(name, '.');
	char *section = arena_strndup(&c->arena, name, (size_t)(dot - name));
	struct config *probe = config_builtin();
	BUF_AUTO text = BUF_INIT;
	int rc = value ? config_set(probe, name, value, ORIGIN_PROJECT, &c->err) : 0;

	config_free(probe);
	if (rc < 0)
		return rc;
	if ((rc = txn_read(t, "config.ini", &text, &c->err)) < 0 && rc != ERR_NOTFOUND)
		return rc;
	if ((rc = ini_set(&text, section, dot + 1, value, &c->err)) < 0)
		return rc;
	return txn_put(t, "config.ini", text.s, text.len, &c->err);
}

/* Keys that say how one person works: not for all who share the store. */
static bool is_personal(const char *key)
{
	static const char *const keys[] = { "actor", "json", "json-envelope", "no-pager",
					    "readonly" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!strcmp(keys[i], key))
			return true;
	return false;
}

static int put_personal(struct ctx *c, const char *key, const char *value)
{
	int rc = bdconf_set(c->bdconf, store_paths(c->store)->worktree, key, value, &c->err);

	if (rc == ERR_NOTFOUND)
		err_hint(&c->err, "`%s init --beads` makes one for settings of your own; for all "
			 "repositories they go to ~/.config/bd/config.yaml", c->prog);
	return rc;
}

static int put(struct ctx *c, struct txn *t, const char *key, const char *value)
{
	int rc;

	if (!*key)
		return err_set(&c->err, ERR_USAGE, "a key cannot be empty");
	if (value && (rc = check_custom(c, key, value)) < 0)
		return rc;
	if (strchr(key, '.') && config_known(key))
		return put_ini(c, t, key, value);
	return settings_put(t, key, value, &c->err);
}

/* What was changed may not be what holds. */
static void warn_stays(struct ctx *c, const char *key, const char *value)
{
	const struct bdconf_value *v = bdconf_find(c->bdconf, key, BDCONF_ENV,
						   value ? BDCONF_LOCAL : BDCONF_HOME);

	if (v && !config_known(key) && !(value && !strcmp(value, v->value)))
		out_warn(c, "Warning: %s stays %s: %s takes precedence", key, v->value, v->from);
}

static void print_set(struct ctx *c, const char *key, const char *value)
{
	const char *why = config_unused_why(key, value);
	const char *place = bd_key_place(c, key);

	bd_key_warn(c, key);
	warn_stays(c, key, value);
	if (why)
		out_warn(c, "Warning: %s has no effect yet: %s\n", key, why);
	if (c->json)
		bd_key_print(c, key, value);
	else if (*place)
		out_note(c, "Set %s = %s (%s)\n", key, value, place + 1);
	else
		out_note(c, "Set %s = %s\n", key, value);
}

/* Pairs of key and value; value NULL removes. */
struct pairs { char **v; int n; };

static int put_pairs(struct ctx *c, struct txn *t, const void *arg)
{
	const struct pairs *p = arg;
	int rc = 0;

	for (int i = 0; rc == 0 && i < p->n; i++)
		if (!is_personal(p->v[2 * i]))
			rc = put(c, t, p->v[2 * i], p->v[2 * i + 1]);
	/* what can still fail has been tried */
	for (int i = 0; rc == 0 && i < p->n; i++)
		if (is_personal(p->v[2 * i]))
			rc = put_personal(c, p->v[2 * i], p->v[2 * i + 1]);
	return rc;
}

static int change(struct ctx *c, char **pairs, int n, const char *message)
{
	return cmd_change(c, put_pairs, &(struct pairs){ pairs, n }, message);
}

static int run_set(struct ctx *c, int argc, char **argv)
{
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = change(c, argv, 1, arena_printf(&c->arena, "config set %s", argv[0]))) == 0)
		print_set(c, argv[0], argv[1]);
	return rc;
}

static int run_set_many(struct ctx *c, int argc, char **argv)
{
	char **pairs;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	pairs = arena_alloc(&c->arena, (size_t)argc * 2 * sizeof(*pairs));
	for (int i = 0; i < argc; i++) {
		char *eq = strchr(argv[i], '=');

		if (!eq || eq == argv[i])
			return err_set(&c->err, ERR_USAGE,
				       "invalid argument \"%s\" (expected key=value)", argv[i]);
		*eq = 0;
		pairs[2 * i] = argv[i];
		pairs[2 * i + 1] = eq + 1;
	}
	if ((rc = change(c, pairs, argc,
			 arena_printf(&c->arena, "config set-many: %d keys", argc))) < 0)
		return rc;
	for (int i = 0; i < argc; i++)
		print_set(c, pairs[2 * i], pairs[2 * i + 1]);
	return 0;
}

static int run_unset(struct ctx *c, int argc, char **argv)
{
	char *pair[2];
	const char *place;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	pair[0] = argv[0];
	pair[1] = NULL;
	if ((rc = change(c, pair, 1, arena_printf(&c->arena, "config unset %s", argv[0]))) < 0)
		return rc;
	warn_stays(c, argv[0], NULL);
	place = bd_key_place(c, argv[0]);
	if (c->json)
		bd_key_print(c, argv[0], "");
	else if (*place)
		out_note(c, "Unset %s (%s)\n", argv[0], place + 1);
	else
		out_note(c, "Unset %s\n", argv[0]);
	return 0;
}

int config_cmd_load(struct ctx *c, struct config **out)
{
	const struct store_paths *p = store_paths(c->store);
	const struct config_sources from = { .tree = p->tree, .common = p->common, .env = true,
					     .user = true };

	return config_load(out, &from, &c->err);
}

static int run_validate(struct ctx *c, int argc, char **argv)
{
	struct config *conf;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0 || (rc = config_cmd_load(c, &conf)) < 0)
		return rc;
	config_free(conf);
	if (c->json)
		json_print(c, "{\"valid\":true}");
	else
		out_done(c, "Configuration is valid\n");
	return 0;
}

static const struct cmd set_cmd = {
	.name = "set", .args = "<key> <value>", .brief = "Set a value",
	.example = "config set run.max_parallel 4", .need = NEED_STORE | NEED_WRITE | NEED_OPERATOR,
	.min_args = 2, .max_args = 2, .run = run_set,
};
static const struct cmd set_many_cmd = {
	.name = "set-many", .args = "<key=value>...", .brief = "Set several values in one step",
	.example = "config set-many run.max_parallel=4 run.tier=pro",
	.need = NEED_STORE | NEED_WRITE | NEED_OPERATOR,
	.min_args = 1, .max_args = -1, .run = run_set_many,
};
static const struct cmd unset_cmd = {
	.name = "unset", .args = "<key>", .brief = "Remove a value",
	.example = "config unset run.max_parallel", .need = NEED_STORE | NEED_WRITE | NEED_OPERATOR,
	.min_args = 1, .max_args = 1, .run = run_unset,
};
static const struct cmd validate_cmd = {
	.name = "validate", .brief = "Check the configuration files", .example = "config validate",
	.need = NEED_STORE,
	.run = run_validate,
};
static const struct cmd *const subs[] = {
	&config_get_cmd, &config_list_cmd, &set_cmd, &set_many_cmd, &config_show_cmd, &unset_cmd,
	&validate_cmd, NULL,
};

const struct cmd cmd_config = {
	.name = "config", .brief = "Manage configuration",
	.help =
	"Keys of the program (run.max_parallel, role impl.agent, ...) go to .beadwave/config.ini,\n"
		"all others to .beadwave/settings.json. Both travel with the issues. What is for one "
		"person\n(actor, json, json-envelope, no-pager, readonly) goes to .beads/config.yaml.",
	.example = "config set status.custom \"in_review:active,qa:wip\"", .group = GROUP_SETUP,
	.subs = subs,
};
