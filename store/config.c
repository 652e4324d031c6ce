#include "store/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/map.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/config_priv.h"
#include "store/gitconf.h"
#include "store/ini.h"

struct entry {
	const char *name;	/* canonical */
	const struct config_key *key;
	const char *value;
	const char *where;	/* "file:line", "" of others */
	enum config_origin origin;
};

struct config {
	struct arena arena;	/* entries and what they point to */
	struct map map;		/* name -> entry */
	VEC(struct entry *) list;
	struct buf text[ORIGIN_FLAG + 1];	/* files as they were read */
};

static const char *const origin_words[] = {
	[ORIGIN_BUILTIN] = "builtin", [ORIGIN_USER] = "user", [ORIGIN_WORKFLOW] = "workflow",
	[ORIGIN_PROJECT] = "project", [ORIGIN_GIT] = "git", [ORIGIN_ENV] = "env", [ORIGIN_FLAG] = "flag",
};

/* A value of a lower origin never replaces one of a higher, whatever the order of reading. */
static void put(struct config *c, const struct config_name *n, const char *value, enum config_origin origin,
		const char *where)
{
	struct entry *en = map_get(&c->map, n->text);

	if (en && origin < en->origin)
		return;
	if (!en) {
		en = arena_alloc(&c->arena, sizeof(*en));
		en->name = arena_strdup(&c->arena, n->text);
		en->key = n->key;
		map_put(&c->map, en->name, en);
		vec_add(&c->list, en);
	}
	en->value = arena_strdup(&c->arena, value);
	en->where = arena_strdup(&c->arena, where);
	en->origin = origin;
}

static int check_and_put(struct config *c, const struct config_name *n, const char *value,
			 enum config_origin origin, const char *where, struct err *e)
{
	int rc = config_check(n->key, value, e);

	if (rc < 0)
		return rc;
	put(c, n, strcmp(n->text, "run.tier") ? value : config_tier(value), origin, where);
	return 0;
}

struct config *config_builtin(void)
{
	struct config *c = xcalloc(1, sizeof(*c));
	struct config_name n = { 0 };

	for (size_t i = 0; i < sizeof(c->text) / sizeof(c->text[0]); i++)
		c->text[i] = (struct buf)BUF_INIT;
	for (size_t i = 0; i < config_nkeys; i++) {
		n.key = &config_keys[i];
		if (!n.key->value)
			continue;
		snprintf(n.text, sizeof(n.text), "%s.%s", n.key->section, n.key->key);
		put(c, &n, n.key->value, ORIGIN_BUILTIN, "");
	}
	for (size_t i = 0; i < config_npresets; i++)
		if (config_resolve_path(&n, config_presets[i].name, NULL) == 0)
			put(c, &n, config_presets[i].value, ORIGIN_BUILTIN, "");
	return c;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < sizeof(c->text) / sizeof(c->text[0]); i++)
		buf_release(&c->text[i]);
	vec_free(&c->list);
	map_release(&c->map);
	arena_release(&c->arena);
	free(c);
}

struct reading { struct config *c; const char *file; enum config_origin origin; };

static int take_ini(void *arg, const char *section, const char *key, const char *value, int line, struct err *e)
{
	struct reading *r = arg;
	AUTO_FREE char *where = xasprintf("%s:%d", r->file, line);
	struct config_name n;
	int rc = config_resolve(&n, section, key, e);

	if (rc == 0)
		rc = check_and_put(r->c, &n, value, r->origin, where, e);
	return rc < 0 ? err_wrap(e, rc, "%s", where) : 0;
}

/* A missing file is empty. show is what messages call it. */
static int read_ini(struct config *c, const char *path, const char *show, enum config_origin origin, bool must,
		    struct err *e)
{
	struct reading r = { .c = c, .file = show, .origin = origin };
	struct buf *text = &c->text[origin];
	int rc;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return must ? err_set(e, ERR_USAGE, "no workflow file '%s'", show) : 0;
	rc = fsx_read(AT_FDCWD, path, text, e);
	return rc < 0 ? rc : ini_read(text->s, text->len, show, take_ini, &r, e);
}

static const char *env_or_null(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

/* $XDG_CONFIG_HOME/rest or $HOME/.config/rest; NULL without either. The caller's to free(). */
static char *user_path(const char *rest)
{
	const char *xdg = env_or_null("XDG_CONFIG_HOME"), *home = env_or_null("HOME");

	if (xdg)
		return xasprintf("%s/%s", xdg, rest);
	return home ? xasprintf("%s/.config/%s", home, rest) : NULL;
}

static int read_user(struct config *c, struct err *e)
{
	AUTO_FREE char *path = user_path("beadwave/config.ini");

	return path ? read_ini(c, path, path, ORIGIN_USER, false, e) : 0;
}

static void replace(char *s, char from, char to)
{
	for (; *s; s++)
		if (*s == from)
			*s = to;
}

/* Names that cannot hold '_' (git) or '-' (environment) are tried in both spellings. */
static int resolve_loose(struct config_name *n, const char *section, const char *key, struct err *e)
{
	AUTO_FREE char *under = xasprintf("%s.%s", section, key), *dash = xasprintf("%s.%s", section, key);

	replace(under + strlen(section), '-', '_');
	replace(dash + strlen(section), '_', '-');
	return config_resolve_path(n, dash, NULL) == 0 ? 0 : config_resolve_path(n, under, e);
}

/* [beadwave "run"] max-parallel = 4 */
static int take_git(void *arg, const char *name, const char *value, int line, struct err *e)
{
	static const char prefix[] = "beadwave.";
	static const char plain[] = "branch|actor";	/* not settings of this table: store/find.c, cmd/ */
	struct reading *r = arg;
	AUTO_FREE char *where = xasprintf("%s:%d", r->file, line), *section = NULL;
	const char *key = strrchr(name, '.') + 1;
	struct config_name n;
	int rc;

	if (strncmp(name, prefix, strlen(prefix)))
		return 0;
	name += strlen(prefix);
	if (key <= name) {
		if (config_choice(plain, key))
			return 0;
		return err_set(e, ERR_PARSE, "%s: unknown name 'beadwave.%s'; settings are beadwave.SECTION.KEY", where,
			       key);
	}
	section = xstrndup(name, (size_t)(key - 1 - name));
	rc = resolve_loose(&n, section, key, e);
	if (rc == 0)
		rc = check_and_put(r->c, &n, value, r->origin, where, e);
	return rc < 0 ? err_wrap(e, rc, "%s", where) : 0;
}

static int read_git(struct config *c, char *path, struct err *e)
{
	struct reading r = { .c = c, .file = path, .origin = ORIGIN_GIT };
	bool there = path && access(path, F_OK) == 0;
	int rc = there ? gitconf_read(path, take_git, &r, e) : 0;

	free(path);
	return rc;
}

/* The files git itself reads for a user, in its order. */
static int read_git_user(struct config *c, struct err *e)
{
	const char *global = getenv("GIT_CONFIG_GLOBAL"), *home = env_or_null("HOME");
	int rc;

	if (global)
		return read_git(c, xstrdup(global), e);
	rc = read_git(c, user_path("git/config"), e);
	if (rc == 0 && home)
		rc = read_git(c, xasprintf("%s/.gitconfig", home), e);
	return rc;
}

/* BDW_RUN__MAX_PARALLEL=4; the variables of contract.md 1 have no "__". */
static int read_env_entry(struct config *c, const char *entry, struct err *e)
{
	const char *eq = strchr(entry, '='), *two;
	AUTO_FREE char *var = NULL, *section = NULL, *key = NULL;
	struct config_name n;
	int rc;

	if (strncmp(entry, "BDW_", 4) || !eq)
		return 0;
	var = xstrndup(entry, (size_t)(eq - entry));
	two = strstr(var + 4, "__");
	if (!two || two == var + 4 || !two[2])
		return 0;
	section = xstrndup(var + 4, (size_t)(two - var - 4));
	key = xstrdup(two + 2);
	for (char *p = section; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (char *p = key; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	rc = resolve_loose(&n, section, key, e);
	if (rc == 0)
		rc = check_and_put(c, &n, eq + 1, ORIGIN_ENV, var, e);
	return rc < 0 ? err_wrap(e, rc, "%s", var) : 0;
}

static int read_env(struct config *c, struct err *e)
{
	int rc = 0;

	for (char **p = environ; rc == 0 && p && *p; p++)
		rc = read_env_entry(c, *p, e);
	return rc;
}

/* ".beadwave/config.ini" reads better than its absolute path; a bare repository's "tree" says too little. */
static char *show_path(const char *tree, const char *rest)
{
	return text_ends(tree, "/.beadwave") ? xasprintf(".beadwave/%s", rest) : xasprintf("%s/%s", tree, rest);
}

static int read_project(struct config *c, const char *tree, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/config.ini", tree), *show = show_path(tree, "config.ini");

	return read_ini(c, path, show, ORIGIN_PROJECT, false, e);
}

static int read_workflow(struct config *c, const char *tree, struct err *e)
{
	AUTO_FREE char *rest = xasprintf("workflow/%s.ini", config_str(c, "run.workflow"));
	AUTO_FREE char *path = xasprintf("%s/%s", tree, rest), *show = show_path(tree, rest);

	return read_ini(c, path, show, ORIGIN_WORKFLOW, config_is_set(c, "run.workflow"), e);
}

static bool has_section(const struct config *c, const char *section, const char *name)
{
	STRS_AUTO names = { 0 };

	config_names(c, section, &names);
	return strs_has(&names, name);
}

/* Any file may define a tier, so that the chosen one exists is known only at the end. */
static int check_tier(const struct config *c, struct err *e)
{
	const struct entry *en = map_get(&c->map, "run.tier");
	STRS_AUTO names = { 0 };
	const char *near;

	if (has_section(c, "tier", en->value))
		return 0;
	config_names(c, "tier", &names);
	near = text_nearest(en->value, (const char *const *)names.v, names.n);
	return err_set(e, ERR_PARSE, "%s%sno tier '%s'%s%s%s", en->where, *en->where ? ": " : "", en->value,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

int config_load(struct config **out, const struct config_sources *src, struct err *e)
{
	struct config *c = *out = config_builtin();
	int rc = 0;

	if (src->workflow)
		rc = config_set(c, "run.workflow", src->workflow, ORIGIN_FLAG, e);
	if (rc == 0 && src->user && (rc = read_user(c, e)) == 0)
		rc = read_git_user(c, e);
	if (rc == 0 && src->common)
		rc = read_git(c, xasprintf("%s/config", src->common), e);
	if (rc == 0 && src->env)
		rc = read_env(c, e);
	if (rc == 0 && src->tree && (rc = read_project(c, src->tree, e)) == 0)
		rc = read_workflow(c, src->tree, e);
	if (rc == 0)
		rc = check_tier(c, e);
	if (rc < 0) {
		config_free(c);
		*out = NULL;
	}
	return rc;
}

int config_set(struct config *c, const char *name, const char *value, enum config_origin origin, struct err *e)
{
	struct config_name n;
	int rc = config_resolve_path(&n, name, e);

	if (rc == 0)
		rc = check_and_put(c, &n, value, origin, "", e);
	if (rc < 0 && e)
		e->code = ERR_USAGE;
	return rc < 0 ? ERR_USAGE : 0;
}

int config_set_pair(struct config *c, const char *pair, struct err *e)
{
	const char *eq = strchr(pair, '=');
	AUTO_FREE char *name = NULL;

	if (!eq)
		return err_set(e, ERR_USAGE, "'%s' is not of the form section.key=value", pair);
	name = xstrndup(pair, (size_t)(eq - pair));
	return config_set(c, name, eq + 1, ORIGIN_FLAG, e);
}

static const struct entry *must(const struct config *c, const char *name)
{
	const struct entry *en = map_get(&c->map, name);

	if (!en) {
		fprintf(stderr, "BUG: no setting '%s'\n", name);
		abort();
	}
	return en;
}

const char *config_str(const struct config *c, const char *name)
{
	return must(c, name)->value;
}

/* A word where a number may stand ("auto") counts -1. */
long config_int(const struct config *c, const char *name)
{
	long long v;

	return text_int(config_str(c, name), INT64_MIN, INT64_MAX, &v) < 0 ? -1 : (long)v;
}

double config_num(const struct config *c, const char *name)
{
	return strtod(config_str(c, name), NULL);
}

bool config_truth(const char *value)
{
	bool v;

	return config_parse_bool(value, &v) == 0 && v;
}

bool config_bool(const struct config *c, const char *name)
{
	return config_truth(config_str(c, name));
}

int64_t config_ms(const struct config *c, const char *name)
{
	int64_t ms = 0;

	clock_parse_duration(config_str(c, name), &ms);
	return ms;
}

bool config_is_set(const struct config *c, const char *name)
{
	return must(c, name)->origin != ORIGIN_BUILTIN;
}

enum config_origin config_origin(const struct config *c, const char *name)
{
	return must(c, name)->origin;
}

static const struct entry *find_named(const struct config *c, const char *section, const char *name, const char *key)
{
	AUTO_FREE char *full = NULL;

	if (!strcmp(section, "tier"))
		name = config_tier(name);
	full = xasprintf("%s %s.%s", section, name, key);
	return map_get(&c->map, full);
}

const char *config_named(const struct config *c, const char *section, const char *name, const char *key)
{
	const struct entry *en = find_named(c, section, name, key);

	return en ? en->value : NULL;
}

enum config_origin config_named_origin(const struct config *c, const char *section, const char *name, const char *key)
{
	const struct entry *en = find_named(c, section, name, key);

	return en ? en->origin : ORIGIN_BUILTIN;
}

void config_names(const struct config *c, const char *section, struct strs *out)
{
	size_t len = strlen(section), from = out->n;

	for (size_t i = 0; i < c->list.n; i++) {
		const struct entry *en = c->list.v[i];
		AUTO_FREE char *name = NULL;

		if (strncmp(en->name, section, len) || en->name[len] != ' ')
			continue;
		name = xstrndup(en->name + len + 1, strlen(en->name) - len - 1 - strlen(en->key->key) - 1);
		struct strs added = { out->v + from, out->n - from, 0 };

		if (!strs_has(&added, name))
			strs_add(out, name);
	}
	struct strs added = { out->v + from, out->n - from, 0 };

	strs_sort(&added);
}

static int by_name(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Entries by name; the caller's to free(). */
static struct entry **sorted(const struct config *c)
{
	struct entry **all = xmalloc((c->list.n + 1) * sizeof(*all));

	memcpy(all, c->list.v, c->list.n * sizeof(*all));
	qsort(all, c->list.n, sizeof(*all), by_name);
	return all;
}

void config_dump(const struct config *c, bool all, struct buf *out)
{
	AUTO_FREE struct entry **list = sorted(c);

	for (size_t i = 0; i < c->list.n; i++)
		if (all || list[i]->origin != ORIGIN_BUILTIN)
			buf_addf(out, "%s\t%s=%s\n", origin_words[list[i]->origin], list[i]->name, list[i]->value);
}

bool config_known(const char *name)
{
	struct config_name n;

	return config_resolve_path(&n, name, NULL) == 0;
}

void config_commands(const struct config *c, config_command_fn fn, void *arg)
{
	AUTO_FREE struct entry **list = sorted(c);

	for (size_t i = 0; i < c->list.n; i++) {
		const struct entry *en = list[i];

		if (en->key->command && (en->origin == ORIGIN_PROJECT || en->origin == ORIGIN_WORKFLOW))
			fn(arg, en->name, en->value, en->origin);
	}
}

const struct buf *config_text(const struct config *c, enum config_origin origin)
{
	return &c->text[origin];
}
