/* cmd/config_keys.c - bd's keys: which there are, and where bd keeps them */
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/config.h"
#include "cmd/json.h"
#include "cmd/out.h"
#include "store/base/text.h"
#include "store/config.h"

const struct bd_key bd_keys[] = {
	{ "actor", "" },
	{ "allowed_prefixes", "" },
	{ "create.require-description", "false" },
	{ "export.auto", "false" },
	{ "export.comment-ids", "string" },
	{ "export.git-add", "false" },
	{ "export.path", "issues.jsonl" },
	{ "import.auto", "false" },
	{ "import.path", "issues.jsonl" },
	{ "issue_id_mode", "hash" },
	{ "issue_prefix", "" },
	{ "json", "false" },
	{ "json-envelope", "false" },
	{ "max_collision_prob", "0.25" },
	{ "max_hash_length", "8" },
	{ "min_hash_length", "3" },
	{ "no-git-ops", "false" },
	{ "no-pager", "" },
	{ "output.title-length", "255" },
	{ "readonly", "false" },
	{ "status.custom", "" },
	{ "types.custom", "" },
	{ "validation.on-close", "none" },
	{ "validation.on-create", "none" },
	{ NULL, NULL },
};

const char *bd_key_otherwise(const char *key)
{
	for (const struct bd_key *k = bd_keys; k->name; k++)
		if (!strcmp(k->name, key))
			return k->otherwise;
	return NULL;
}

/* Is key one of words, or does it begin with one that ends with a dot? */
static bool is_listed(const char *key, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], key) ||
		    (text_ends(words[i], ".") && text_starts(key, words[i])))
			return true;
	return false;
}

bool bd_key_in_yaml(const char *key)
{
	static const char *const words[] = {
		"actor", "ai.", "backup.", "create.require-description", "db", "directory.",
		"dolt.", "export.", "external_projects.", "federation.", "git.", "hierarchy.",
		"identity", "import.path", "json", "no-db", "no-git-ops", "no-push", "repos.",
		"routing.", "sync.", "validation.",
	};

	return is_listed(key, words, sizeof(words) / sizeof(words[0]));
}

const char *bd_key_place(const struct ctx *c, const char *key)
{
	return c->bd && bd_key_in_yaml(key) ? " in config.yaml" : "";
}

void bd_key_print(struct ctx *c, const char *key, const char *value)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);

	js_open(&w, '{');
	js_put_str(&w, "key", key);
	js_put_str(&w, "value", value);
	if (*bd_key_place(c, key))
		js_put_str(&w, "location", "config.yaml");
	js_close(&w, '}');
	json_print(c, text.s);
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

	if (!c->bd) {
		struct { const char **v; size_t n, cap; } names = { 0 };

		for (const struct bd_key *k = bd_keys; k->name; k++)
			vec_add(&names, k->name);
		near = text_nearest(key, names.v, names.n);
		vec_free(&names);
		return near;
	}
	for (size_t i = 0; dot && i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		int d = text_distance(space, spaces[i]);

		if (d < best) {
			best = d;
			near = spaces[i];
		}
	}
	return near ? arena_printf(&c->arena, "%s%s", near, dot) : NULL;
}

void bd_key_warn(struct ctx *c, const char *key)
{
	/* what else bd takes without a word; it is stored, for bd */
	static const char *const free_names[] = { "custom.", "doctor.suppress.", "import.", "kv." };
	const char *near;

	if (bd_key_otherwise(key) || bd_key_in_yaml(key) || config_known(key) ||
	    is_listed(key, free_names, sizeof(free_names) / sizeof(free_names[0])))
		return;
	if ((near = guess(c, key)))
		out_warn(c, "Warning: \"%s\" is not a recognized config key. Did you mean \"%s\"?\n"
			 "Run '%s config --help' for valid namespaces.", key, near, c->prog);
	else
		out_warn(c, "Warning: \"%s\" is not a recognized config key. Use 'custom.*' for "
			    "user-defined keys.\n"
		 "Run '%s config --help' for valid namespaces.", key, c->prog);
}
