#include "store/bdconf.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/yaml.h"
#include "store/yaml_flat.h"

static int plain(char c)
{
	return c == '.' || c == '-' ? '_' : toupper((unsigned char)c);
}

bool bdconf_same(const char *name, const char *key)
{
	while (*name && plain(*name) == plain(*key)) {
		name++;
		key++;
	}
	return !*name && !*key;
}

static void value_release(struct bdconf_value *v)
{
	free(v->name);
	free(v->value);
	free(v->from);
}

/* Within one place the later of two stands. */
static void put(struct bdconf *b, enum bdconf_origin origin, const char *name, const char *value,
		const char *from)
{
	struct bdconf_value *old = (struct bdconf_value *)bdconf_find(b, name, origin, origin);
	struct bdconf_value new = { origin, xstrdup(name), xstrdup(value), xstrdup(from) };

	if (!old) {
		vec_add(b, new);
		return;
	}
	value_release(old);
	*old = new;
}

struct bdconf *bdconf_env(void)
{
	struct bdconf *b = xcalloc(1, sizeof(*b));

	for (char **p = environ; p && *p; p++) {
		size_t n = text_starts(*p, "BD_") ? strcspn(*p, "=") : 0;
		AUTO_FREE char *from = NULL;

		if (n <= 3 || !(*p)[n] || !(*p)[n + 1])
			continue;
		from = xasprintf("env: %.*s", (int)n, *p);
		put(b, BDCONF_ENV, from + strlen("env: BD_"), *p + n + 1, from);
	}
	return b;
}

/* ---- .env ---- */

/* The value behind '=': in quotes, or up to a comment. NULL when it cannot be read. */
static const char *dotenv_value(char *s)
{
	const char *value;
	char *comment;

	if (*s == '"' || *s == '\'')
		return yaml_read_quoted(&s, &value) ? NULL : value;
	if ((comment = strstr(s, " #")))
		*comment = 0;
	return s;
}

static void take_dotenv(struct bdconf *b, char *line)
{
	char *name = yaml_skip(line), *eq;
	const char *value;

	if (text_starts(name, "export "))
		name = yaml_skip(name + 7);
	if (!(eq = strchr(name, '=')))
		return;
	*eq = 0;
	value = dotenv_value(eq + 1);
	if (!value || !*value)
		return;
	/* bd gives the one name before the other: BEADS_ACTOR, then BD_ACTOR */
	if (!strcmp(name, "BEADS_ACTOR"))
		put(b, BDCONF_DOTENV, "ACTOR", value, "env: .beads/.env");
	else if (text_starts(name, "BD_") &&
		 (strcmp(name, "BD_ACTOR") || !bdconf_find(b, "actor", BDCONF_DOTENV, BDCONF_DOTENV)))
		put(b, BDCONF_DOTENV, name + 3, value, "env: .beads/.env");
}

static int read_dotenv(struct bdconf *b, const char *worktree, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/.beads/.env", worktree);
	BUF_AUTO text = BUF_INIT;
	const char *s, *line;
	size_t n, len;
	int rc = fsx_read(AT_FDCWD, path, &text, e);

	if (rc < 0)
		return rc == ERR_NOTFOUND ? 0 : rc;
	for (s = text.s, n = text.len; text_line(&s, &n, &line, &len);) {
		AUTO_FREE char *copy = NULL;

		text_trim(&line, &len);
		copy = xstrndup(line, len);
		if (*copy != '#' && text_utf8_bad(copy, strlen(copy)) < 0)
			take_dotenv(b, copy);
	}
	return 0;
}

/* ---- YAML ---- */

struct reading { struct bdconf *b; enum bdconf_origin origin; const char *from; };

static void take_yaml(void *arg, const char *name, const char *value, int line)
{
	struct reading *r = arg;

	(void)line;
	if (*value)
		put(r->b, r->origin, name, value, r->from);
}

/* 1: there is none. Takes path. */
static int read_yaml(struct bdconf *b, char *path, enum bdconf_origin origin, struct err *e)
{
	bool users = origin == BDCONF_USER || origin == BDCONF_HOME;
	struct reading r = { b, origin, users ? path : strrchr(path, '/') + 1 };
	BUF_AUTO text = BUF_INIT;
	int rc = fsx_read(AT_FDCWD, path, &text, e);

	/* a HOME that is somebody else's holds nothing of this user */
	if (rc == ERR_NOTFOUND || (rc < 0 && users))
		rc = 1;
	else if (rc == 0)
		rc = yaml_flat_read(text.s, text.len, path, take_yaml, &r, e);
	free(path);
	return rc;
}

static int read_project(struct bdconf *b, const char *worktree, struct err *e)
{
	int rc = read_yaml(b, xasprintf("%s/.beads/config.yaml", worktree), BDCONF_PROJECT, e);

	if (rc == 0)
		rc = read_yaml(b, xasprintf("%s/.beads/config.local.yaml", worktree), BDCONF_LOCAL,
			       e);
	return rc < 0 ? rc : read_dotenv(b, worktree, e);
}

int bdconf_read(struct bdconf *b, const char *worktree, struct err *e)
{
	const char *home = getenv("HOME"), *xdg = getenv("XDG_CONFIG_HOME");
	int rc = worktree && *worktree ? read_project(b, worktree, e) : 0;

	if (rc >= 0 && xdg && *xdg)
		rc = read_yaml(b, xasprintf("%s/bd/config.yaml", xdg), BDCONF_USER, e);
	if (rc >= 0 && home && *home)
		rc = read_yaml(b, xasprintf("%s/.config/bd/config.yaml", home), BDCONF_USER, e);
	if (rc >= 0 && home && *home)
		rc = read_yaml(b, xasprintf("%s/.beads/config.yaml", home), BDCONF_HOME, e);
	return rc < 0 ? rc : 0;
}

/* ---- writing ---- */

static bool is_line_of(const char *line, size_t len, const char *key)
{
	size_t n = strlen(key);

	return len > n && !memcmp(line, key, n) && line[n + strspn(line + n, " \t")] == ':';
}

/* The text with the key's line replaced, or put at its end. */
static void edit(const struct buf *text, const char *key, const char *value, struct buf *out)
{
	const char *s = text->s, *line;
	size_t n = text->len, len;
	BUF_AUTO new = BUF_INIT;

	if (value) {
		buf_addf(&new, "%s: ", key);
		yaml_add_scalar(&new, value);
		buf_addc(&new, '\n');
	}
	while (text_line(&s, &n, &line, &len)) {
		if (is_line_of(line, len, key)) {
			buf_adds(out, new.s);
			buf_reset(&new);
			continue;
		}
		buf_add(out, line, len);
		buf_addc(out, '\n');
	}
	buf_adds(out, new.s);
}

static void drop(struct bdconf *b, enum bdconf_origin origin, const char *key)
{
	for (size_t i = 0; i < b->n; i++) {
		struct bdconf_value *v = &b->v[i];

		if (v->origin != origin || !bdconf_same(v->name, key))
			continue;
		value_release(v);
		*v = b->v[--b->n];
		return;
	}
}

int bdconf_set(struct bdconf *b, const char *worktree, const char *key, const char *value,
	       struct err *e)
{
	AUTO_FREE char *dir = xasprintf("%s/.beads", worktree);
	AUTO_FREE char *path = xasprintf("%s/config.yaml", dir);
	BUF_AUTO was = BUF_INIT;
	BUF_AUTO now = BUF_INIT;
	int rc;

	if (!*worktree || access(dir, F_OK) < 0)
		return err_set(e, ERR_NOTFOUND, "there is no .beads folder");
	if (value && text_utf8_bad(value, strlen(value)) >= 0)
		return err_set(e, ERR_USAGE, "not valid UTF-8");
	if ((rc = fsx_read(AT_FDCWD, path, &was, e)) < 0 && rc != ERR_NOTFOUND)
		return rc;
	edit(&was, key, value, &now);
	if ((rc = fsx_write_atomic(AT_FDCWD, path, now.s, now.len, 0600, 0, e)) < 0)
		return rc;
	drop(b, BDCONF_PROJECT, key);
	if (value && *value)
		put(b, BDCONF_PROJECT, key, value, "config.yaml");
	return 0;
}

void bdconf_free(struct bdconf *b)
{
	for (size_t i = 0; b && i < b->n; i++)
		value_release(&b->v[i]);
	if (b)
		vec_free(b);
	free(b);
}

const struct bdconf_value *bdconf_find(const struct bdconf *b, const char *key,
				       enum bdconf_origin first, enum bdconf_origin last)
{
	const struct bdconf_value *found = NULL;

	for (size_t i = 0; b && i < b->n; i++) {
		const struct bdconf_value *v = &b->v[i];

		if (v->origin >= first && v->origin <= last && bdconf_same(v->name, key) &&
		    (!found || v->origin < found->origin))
			found = v;
	}
	return found;
}

const char *bdconf_get(const struct bdconf *b, const char *key)
{
	const struct bdconf_value *v = bdconf_find(b, key, BDCONF_ENV, BDCONF_HOME);

	return v ? v->value : NULL;
}
