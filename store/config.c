#include "store/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/map.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/config_priv.h"

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
	[ORIGIN_PROJECT] = "project", [ORIGIN_GIT] = "git", [ORIGIN_ENV] = "env",
	[ORIGIN_FLAG] = "flag",
};

/* A value of a lower origin never replaces one of a higher, whatever the order of reading. */
static void put(struct config *c, const struct config_name *n, const char *value,
		enum config_origin origin, const char *where)
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

int config_take(struct config *c, const struct config_name *n, const char *value,
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

int config_set(struct config *c, const char *name, const char *value, enum config_origin origin,
	       struct err *e)
{
	struct config_name n;
	int rc = config_resolve_path(&n, name, e);

	if (rc == 0)
		rc = config_take(c, &n, value, origin, "", e);
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

static const struct entry *find_named(const struct config *c, const char *section, const char *name,
				      const char *key)
{
	AUTO_FREE char *full = NULL;

	if (!strcmp(section, "tier"))
		name = config_tier(name);
	full = xasprintf("%s %s.%s", section, name, key);
	return map_get(&c->map, full);
}

const char *config_named(const struct config *c, const char *section, const char *name,
			 const char *key)
{
	const struct entry *en = find_named(c, section, name, key);

	return en ? en->value : NULL;
}

enum config_origin config_named_origin(const struct config *c, const char *section,
				       const char *name, const char *key)
{
	const struct entry *en = find_named(c, section, name, key);

	return en ? en->origin : ORIGIN_BUILTIN;
}

void config_names(const struct config *c, const char *section, struct strs *out)
{
	size_t len = strlen(section);
	STRS_AUTO names = { 0 };

	for (size_t i = 0; i < c->list.n; i++) {
		const struct entry *en = c->list.v[i];
		AUTO_FREE char *name = NULL;

		if (strncmp(en->name, section, len) || en->name[len] != ' ')
			continue;
		name = xstrndup(en->name + len + 1,
				strlen(en->name) - len - 1 - strlen(en->key->key) - 1);
		if (!strs_has(&names, name))
			strs_add(&names, name);
	}
	strs_sort(&names);
	for (size_t i = 0; i < names.n; i++)
		strs_add(out, names.v[i]);
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

static void dump_entry(const struct entry *en, struct buf *out)
{
	buf_addf(out, "%s\t%s=", origin_words[en->origin], en->name);
	for (const char *p = en->value; *p; p++) {
		buf_addc(out, *p);
		if (*p == '\n')
			buf_addc(out, '\t');
	}
	buf_addc(out, '\n');
}

void config_dump(const struct config *c, bool all, struct buf *out)
{
	AUTO_FREE struct entry **list = sorted(c);

	for (size_t i = 0; i < c->list.n; i++)
		if (all || list[i]->origin != ORIGIN_BUILTIN)
			dump_entry(list[i], out);
}

/* "git<TAB>run.mode=auto"; -1: no such origin */
static int parse_origin(const char *word, size_t n)
{
	for (int i = ORIGIN_BUILTIN; i <= ORIGIN_FLAG; i++)
		if (strlen(origin_words[i]) == n && !memcmp(origin_words[i], word, n))
			return i;
	return -1;
}

static int undump_line(struct config *c, const char *line, struct err *e)
{
	const char *tab = strchr(line, '\t'), *eq = tab ? strchr(tab, '=') : NULL;
	int origin = eq ? parse_origin(line, (size_t)(tab - line)) : -1;
	AUTO_FREE char *name = eq ? xstrndup(tab + 1, (size_t)(eq - tab - 1)) : NULL;
	struct config_name n;
	int rc;

	if (origin < 0)
		return err_set(e, ERR_PARSE, "not of the form origin<TAB>section.key=value");
	rc = config_resolve_path(&n, name, e);
	return rc < 0 ? rc : config_take(c, &n, eq + 1, (enum config_origin)origin, "", e);
}

int config_undump(struct config *c, const char *text, size_t n, struct err *e)
{
	const char *line;
	size_t len;
	int rc = 0;

	for (int at = 1; rc == 0 && text_line(&text, &n, &line, &len); at++) {
		BUF_AUTO whole = BUF_INIT;
		int first = at;

		buf_add(&whole, line, len);
		for (; n && *text == '\t' && text_line(&text, &n, &line, &len); at++) {
			buf_addc(&whole, '\n');
			buf_add(&whole, line + 1, len - 1);
		}
		if ((rc = undump_line(c, whole.s, e)) < 0)
			err_wrap(e, rc, "line %d", first);
	}
	return rc;
}

bool config_known(const char *name)
{
	struct config_name n;

	return config_resolve_path(&n, name, NULL) == 0;
}

void config_unused_each(const struct config *c, config_unused_fn fn, void *arg)
{
	AUTO_FREE struct entry **list = sorted(c);

	for (size_t i = 0; i < c->list.n; i++) {
		const struct entry *en = list[i];
		bool needed = false;
		const char *why = en->origin == ORIGIN_BUILTIN ? NULL :
			config_unused(en->key, en->value, &needed);

		if (why)
			fn(arg, en->name, en->value, why, needed);
	}
}

void config_commands(const struct config *c, config_command_fn fn, void *arg)
{
	AUTO_FREE struct entry **list = sorted(c);

	for (size_t i = 0; i < c->list.n; i++) {
		const struct entry *en = list[i];

		if (en->key->command &&
		    (en->origin == ORIGIN_PROJECT || en->origin == ORIGIN_WORKFLOW))
			fn(arg, en->name, en->value, en->origin);
	}
}

const struct buf *config_text(const struct config *c, enum config_origin origin)
{
	return &c->text[origin];
}

struct buf *config_text_slot(struct config *c, enum config_origin origin)
{
	return &c->text[origin];
}

const char *config_where(const struct config *c, const char *name)
{
	return must(c, name)->where;
}
