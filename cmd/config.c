/* cmd/config.c - bdw config: settings of the program (config.ini) and bd's free keys
 * (settings.json) */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "core/settings.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/ini.h"
#include "store/store.h"
#include "store/txn.h"

static const struct opt no_opts[] = { { 0 } };

static const char *const bd_keys[] = {
	"issue_prefix", "status.custom", "types.custom", "allowed_prefixes", "issue_id_mode",
	"min_hash_length", "max_hash_length", "max_collision_prob", "validation.on-create",
	"validation.on-close", "output.title-length", "export.auto", "import.auto",
};
enum { NBD_KEYS = sizeof(bd_keys) / sizeof(bd_keys[0]) };

/* bd's keys that mean something here; any other is stored as well, with a warning. */
static bool is_bd_key(const char *key)
{
	static const char *const free_names[] = { "custom.", "kv.", "export.", "import.",
						  "hierarchy.", "git." };

	for (size_t i = 0; i < NBD_KEYS; i++)
		if (!strcmp(bd_keys[i], key))
			return true;
	for (size_t i = 0; i < sizeof(free_names) / sizeof(free_names[0]); i++)
		if (text_starts(key, free_names[i]))
			return true;
	return false;
}

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

/* The key that was probably meant, in c->arena: another name space (as bd guesses), or a known
 * key nearby. */
static const char *guess(struct ctx *c, const char *key)
{
	static const char *const spaces[] = {
		"ai", "custom", "export", "git", "hierarchy", "import", "kv", "output", "status",
		"types", "validation",
	};
	enum { NEAR = 2 };
	const char *dot = strchr(key, '.'), *near = NULL;
	const char *space = dot ? arena_strndup(&c->arena, key, (size_t)(dot - key)) : key;
	int best = NEAR + 1;

	if (!c->bd)
		return text_nearest(key, bd_keys, NBD_KEYS);
	for (size_t i = 0; dot && i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		int d = text_distance(space, spaces[i]);

		if (d < best) {
			best = d;
			near = spaces[i];
		}
	}
	return near ? arena_printf(&c->arena, "%s%s", near, dot) : NULL;
}

static void warn_unknown(struct ctx *c, const char *key)
{
	const char *near;

	if (is_bd_key(key) || config_known(key))
		return;
	if ((near = guess(c, key)))
		out_warn(c, "Warning: \"%s\" is not a recognized config key. Did you mean \"%s\"?\n"
			 "Run '%s config --help' for valid namespaces.", key, near, c->prog);
	else
		out_warn(c, "Warning: \"%s\" is not a recognized config key. Use 'custom.*' for "
			    "user-defined keys.\n"
		 "Run '%s config --help' for valid namespaces.", key, c->prog);
}

static void print_set(struct ctx *c, const char *key, const char *value)
{
	bool yaml = c->bd && (text_starts(key, "export.") || text_starts(key, "import."));

	const char *why = config_unused_why(key, value);

	warn_unknown(c, key);
	if (why)
		out_warn(c, "Warning: %s has no effect yet: %s\n", key, why);
	if (c->json)
		json_print_pair(c, key, value);
	else
		out_note(c, "Set %s = %s%s\n", key, value, yaml ? " (in config.yaml)" : "");
}

/* Pairs of key and value; value NULL removes. */
struct pairs { char **v; int n; };

static int put_pairs(struct ctx *c, struct txn *t, const void *arg)
{
	const struct pairs *p = arg;
	int rc = 0;

	for (int i = 0; rc == 0 && i < p->n; i++)
		rc = put(c, t, p->v[2 * i], p->v[2 * i + 1]);
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
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	pair[0] = argv[0];
	pair[1] = NULL;
	if ((rc = change(c, pair, 1, arena_printf(&c->arena, "config unset %s", argv[0]))) < 0)
		return rc;
	if (c->json)
		json_print_pair(c, argv[0], "");
	else
		out_note(c, "Unset %s\n", argv[0]);
	return 0;
}

/* Everything that holds here, from all places. */
static int load(struct ctx *c, struct config **out)
{
	const struct store_paths *p = store_paths(c->store);
	const struct config_sources from = { .tree = p->tree, .common = p->common, .env = true,
					     .user = true };

	return config_load(out, &from, &c->err);
}

/* The value of a setting of the program, "" when it has none; lives in c->arena. */
static int effective(struct ctx *c, const char *key, const char **value)
{
	BUF_AUTO all = BUF_INIT;
	struct config *conf;
	size_t n = strlen(key), left, len;
	const char *s, *line;
	int rc = load(c, &conf);

	*value = "";
	if (rc < 0)
		return rc;
	config_dump(conf, true, &all);
	config_free(conf);
	for (s = all.s, left = all.len; text_line(&s, &left, &line, &len);) {
		const char *tab = memchr(line, '\t', len);

		if (tab && (size_t)(line + len - tab) > n + 1 && !strncmp(tab + 1, key, n) &&
		    tab[1 + n] == '=')
			*value = arena_strndup(&c->arena, tab + n + 2,
					       (size_t)(line + len - (tab + n + 2)));
	}
	return 0;
}

static int run_get(struct ctx *c, int argc, char **argv)
{
	const char *value;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	value = settings_get(cmd_settings(c), argv[0]);
	if (!value && config_known(argv[0]) && (rc = effective(c, argv[0], &value)) < 0)
		return rc;
	if (c->json)
		json_print_pair(c, argv[0], value ? value : "");
	else if (value && *value)
		out_text(c, "%s\n", value);
	else
		out_text(c, "%s (not set)\n", argv[0]);
	return 0;
}

/* Why a setting changes nothing: "name=value" up to end. */
static const char *unused(struct ctx *c, const char *name, const char *eq, const char *end)
{
	return config_unused_why(arena_strndup(&c->arena, name, (size_t)(eq - name)),
				 arena_strndup(&c->arena, eq + 1, (size_t)(end - eq - 1)));
}

/* "origin<TAB>section.key=value" lines as a map or a table; with_origin: show. */
static void add_dump(struct ctx *c, const struct buf *dump, struct jsw *w, bool with_origin)
{
	const char *s = dump->s, *line;
	size_t left = dump->len, len;

	while (text_line(&s, &left, &line, &len)) {
		const char *end = line + len, *tab = memchr(line, '\t', len);
		const char *eq = tab ? memchr(tab, '=', (size_t)(end - tab)) : NULL;

		/* issue_prefix, said before */
		if (!eq || text_starts(tab + 1, "project.prefix="))
			continue;
		if (w) {
			js_key(w, arena_strndup(&c->arena, tab + 1, (size_t)(eq - tab - 1)));
			js_add_strn(w, eq + 1, (size_t)(end - eq - 1));
		} else if (with_origin) {
			const char *why = unused(c, tab + 1, eq, end);

			out_text(c, "  %.*s = %.*s  (%.*s%s%s)\n", (int)(eq - tab - 1), tab + 1,
				 (int)(end - eq - 1), eq + 1, (int)(tab - line), line,
					 why ? "; no effect yet: " : "", why ? why : "");
		} else {
			out_text(c, "  %.*s = %.*s\n", (int)(eq - tab - 1), tab + 1,
				 (int)(end - eq - 1), eq + 1);
		}
	}
}

static int list(struct ctx *c, bool all)
{
	BUF_AUTO dump = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);
	const struct settings *s = cmd_settings(c);
	STRS_AUTO keys = { 0 };
	struct config *conf;
	int rc = load(c, &conf);

	if (rc < 0)
		return rc;
	config_dump(conf, all, &dump);
	config_free(conf);
	settings_keys(s, &keys);
	js_open(&w, '{');
	if (!c->json)
		out_text(c, "\nConfiguration:\n");
	for (size_t i = 0; i < keys.n; i++) {
		js_put_str(&w, keys.v[i], settings_get(s, keys.v[i]));
		if (!c->json)
			out_text(c, "  %s = %s%s\n", keys.v[i], settings_get(s, keys.v[i]),
				 all ? "  (settings.json)" : "");
	}
	add_dump(c, &dump, c->json ? &w : NULL, all);
	js_close(&w, '}');
	if (c->json)
		json_print(c, text.s);
	else if (!all)
		out_text(c, "\nTip: Run '%s config show' for all effective config with "
			    "provenance.\n", c->prog);
	return 0;
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	int rc = cmd_begin(c, no_opts, &argc, argv);

	return rc != 0 ? rc : list(c, false);
}

static int run_show(struct ctx *c, int argc, char **argv)
{
	int rc = cmd_begin(c, no_opts, &argc, argv);

	return rc != 0 ? rc : list(c, true);
}

static int run_validate(struct ctx *c, int argc, char **argv)
{
	struct config *conf;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0 || (rc = load(c, &conf)) < 0)
		return rc;
	config_free(conf);
	out_done(c, "Configuration is valid\n");
	return 0;
}

static const struct cmd get_cmd = {
	.name = "get", .args = "<key>", .brief = "Print a value",
	.example = "config get run.max_parallel", .need = NEED_STORE, .min_args = 1, .max_args = 1,
	.run = run_get,
};
static const struct cmd list_cmd = {
	.name = "list", .brief = "List what is set", .example = "config list --json",
	.need = NEED_STORE, .run = run_list,
};
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
static const struct cmd show_cmd = {
	.name = "show", .brief = "List every effective value and where it comes from",
	.example = "config show", .need = NEED_STORE, .run = run_show,
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
	&get_cmd, &list_cmd, &set_cmd, &set_many_cmd, &show_cmd, &unset_cmd, &validate_cmd, NULL,
};

const struct cmd cmd_config = {
	.name = "config", .brief = "Manage configuration",
	.help =
	"Keys of the program (run.max_parallel, role impl.agent, ...) go to .beadwave/config.ini,\n"
		"all others to .beadwave/settings.json. Both travel with the issues.",
	.example = "config set status.custom \"in_review:active,qa:wip\"", .group = GROUP_SETUP,
	.subs = subs,
};
