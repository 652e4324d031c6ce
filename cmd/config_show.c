/* cmd/config_show.c - bdw config get, list, show: what holds, and where it comes from */
#include <stdlib.h>
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

static const struct opt no_opts[] = { { 0 } };

/* One value and its place; strings live in c->arena or are borrowed. */
struct row { const char *key, *value, *from; };
struct rows { struct row *v; size_t n, cap; };

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->key, ((const struct row *)b)->key);
}

/* Settings of the program; all: also what is built in. */
static int add_program(struct ctx *c, bool all, struct rows *out)
{
	BUF_AUTO dump = BUF_INIT;
	struct config *conf;
	const char *s, *line;
	size_t left, len;
	int rc = config_cmd_load(c, &conf);

	if (rc < 0)
		return rc;
	config_dump(conf, all, &dump);
	config_free(conf);
	for (s = dump.s, left = dump.len; text_line(&s, &left, &line, &len);) {
		const char *end = line + len, *tab = memchr(line, '\t', len);
		const char *eq = tab ? memchr(tab, '=', (size_t)(end - tab)) : NULL;
		struct arena *a = &c->arena;

		/* issue_prefix of bd's keys */
		if (!eq || text_starts(tab + 1, "project.prefix="))
			continue;
		vec_add(out, (struct row){ arena_strndup(a, tab + 1, (size_t)(eq - tab - 1)),
					   arena_strndup(a, eq + 1, (size_t)(end - eq - 1)),
					   arena_strndup(a, line, (size_t)(tab - line)) });
	}
	return 0;
}

/* What is stored under names of bd's, as it stands there. */
static void add_stored(struct ctx *c, struct rows *out)
{
	const struct settings *s = cmd_settings(c);
	STRS_AUTO keys = { 0 };

	settings_keys(s, &keys);
	for (size_t i = 0; i < keys.n; i++)
		vec_add(out, (struct row){ arena_strdup(&c->arena, keys.v[i]),
					   settings_stored(s, keys.v[i]), "settings.json" });
}

/* The keys that are stored, and those of bd that mean something here; sorted. */
static void bd_names(struct ctx *c, struct strs *out)
{
	settings_keys(cmd_settings(c), out);
	for (const struct bd_key *k = bd_keys; k->name; k++)
		if (!strs_has(out, k->name))
			strs_add(out, k->name);
	strs_sort(out);
}

/* The value of bd's key from outside of the store, when that is the one that holds. */
static const struct bdconf_value *outside(struct ctx *c, const char *key)
{
	const struct bdconf_value *v = bdconf_find(c->bdconf, key, BDCONF_ENV, BDCONF_HOME);

	return v && settings_get(cmd_settings(c), key) == v->value ? v : NULL;
}

static void add_bd(struct ctx *c, struct rows *out)
{
	STRS_AUTO names = { 0 };

	bd_names(c, &names);
	for (size_t i = 0; i < names.n; i++) {
		const char *key = arena_strdup(&c->arena, names.v[i]);
		const char *value = settings_get(cmd_settings(c), key);
		const struct bdconf_value *v = outside(c, key);

		if (value)
			vec_add(out, (struct row){ key, value, v ? v->from : "settings.json" });
		else if (*(value = bd_key_otherwise(key)))
			vec_add(out, (struct row){ key, value, "default" });
	}
}

/* ---- get ---- */

/* A setting of the program, "" when it has no value. */
static int program_value(struct ctx *c, const char *key, const char **value)
{
	struct rows all = { 0 };
	int rc = add_program(c, true, &all);

	*value = "";
	for (size_t i = 0; i < all.n; i++)
		if (!strcmp(all.v[i].key, key))
			*value = all.v[i].value;
	vec_free(&all);
	return rc;
}

static void print_value(struct ctx *c, const char *key, const char *value)
{
	if (c->json)
		bd_key_print(c, key, value);
	else if (*value)
		out_text(c, "%s\n", value);
	else
		out_text(c, "%s (not set%s)\n", key, bd_key_place(c, key));
}

static int run_get(struct ctx *c, int argc, char **argv)
{
	const char *value;
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	value = settings_get(cmd_settings(c), argv[0]);
	if (!value)
		value = bd_key_otherwise(argv[0]);
	if (!value && config_known(argv[0]) && (rc = program_value(c, argv[0], &value)) < 0)
		return rc;
	print_value(c, argv[0], value ? value : "");
	return 0;
}

/* ---- list ---- */

/* What the list of stored values does not show, in bd's words. */
static void print_outside(struct ctx *c)
{
	BUF_AUTO files = BUF_INIT;
	BUF_AUTO env = BUF_INIT;
	STRS_AUTO names = { 0 };

	bd_names(c, &names);
	for (size_t i = 0; i < names.n; i++) {
		const struct bdconf_value *v = outside(c, names.v[i]);
		const char *stored = settings_stored(cmd_settings(c), names.v[i]);

		if (!v || (stored && !strcmp(stored, v->value)))
			continue;
		if (v->origin > BDCONF_DOTENV)
			buf_addf(&files, "  %s = %s\n", names.v[i], v->value);
		else if (stored)
			buf_addf(&env, "  %s: DB has \"%s\", but %s=\"%s\" takes precedence\n",
				 names.v[i], stored, v->from + strlen("env: "), v->value);
		else
			buf_addf(&env, "  %s: env %s=\"%s\" overrides config\n", names.v[i],
				 v->from + strlen("env: "), v->value);
	}
	if (files.len)
		out_text(c, "\nAlso set in config.yaml (not shown above):\n%s", files.s);
	if (env.len)
		out_text(c, "\n⚠ Environment variable overrides detected:\n%s", env.s);
}

static int run_list(struct ctx *c, int argc, char **argv)
{
	struct rows all = { 0 };
	BUF_AUTO text = BUF_INIT;
	struct jsw w = JSW(&text, JS_COMPACT);
	int rc = cmd_begin(c, no_opts, &argc, argv);

	if (rc != 0)
		return rc;
	add_stored(c, &all);
	rc = add_program(c, false, &all);
	js_open(&w, '{');
	if (rc == 0 && !c->json)
		out_text(c, "\nConfiguration:\n");
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		js_put_str(&w, all.v[i].key, all.v[i].value);
		if (!c->json)
			out_text(c, "  %s = %s\n", all.v[i].key, all.v[i].value);
	}
	js_close(&w, '}');
	if (rc == 0 && c->json) {
		json_print(c, text.s);
	} else if (rc == 0) {
		print_outside(c);
		out_text(c, "\nTip: Run '%s config show' for all effective config with "
			    "provenance.\n", c->prog);
	}
	vec_free(&all);
	return rc;
}

/* ---- show ---- */

static void print_rows(struct ctx *c, const struct rows *all, const char *source)
{
	struct json_doc d;

	json_start(&d, c);
	js_open(&d.w, '[');
	for (size_t i = 0; i < all->n; i++) {
		const struct row *r = &all->v[i];
		const char *why = config_unused_why(r->key, r->value);

		if (source && !text_starts(r->from, source))
			continue;
		js_open(&d.w, '{');
		js_put_str(&d.w, "key", r->key);
		js_put_str(&d.w, "value", r->value);
		js_put_str(&d.w, "source", r->from);
		js_close(&d.w, '}');
		if (!c->json)
			out_text(c, "  %s = %s  (%s%s%s)\n", r->key, r->value, r->from,
				 why ? "; no effect yet: " : "", why ? why : "");
	}
	js_close(&d.w, ']');
	if (c->json)
		json_finish(&d, c);
	else
		buf_release(&d.text);
}

static int run_show(struct ctx *c, int argc, char **argv)
{
	const char *source = NULL;
	const struct opt opts[] = {
		{ 0, "source", OPT_STR, &source, "<place>",
		  "only those from there: env, config.yaml, settings.json, project, default, ...",
		  0 },
		{ 0 },
	};
	struct rows all = { 0 };
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	add_bd(c, &all);
	if ((rc = add_program(c, true, &all)) == 0) {
		qsort(all.v, all.n, sizeof(*all.v), by_key);
		print_rows(c, &all, source);
	}
	vec_free(&all);
	return rc;
}

const struct cmd config_get_cmd = {
	.name = "get", .args = "<key>", .brief = "Print a value",
	.example = "config get run.max_parallel", .need = NEED_STORE, .min_args = 1, .max_args = 1,
	.run = run_get,
};
const struct cmd config_list_cmd = {
	.name = "list", .brief = "List what is set", .example = "config list --json",
	.need = NEED_STORE, .run = run_list,
};
const struct cmd config_show_cmd = {
	.name = "show", .brief = "List every effective value and where it comes from",
	.example = "config show\nconfig show --source env", .need = NEED_STORE, .run = run_show,
};
