/* Where settings come from: files, git's files, the environment. */
#include "store/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/config_priv.h"
#include "store/gitconf.h"
#include "store/ini.h"

struct reading { struct config *c; const char *file; enum config_origin origin; };

static int take_ini(void *arg, const char *section, const char *key, const char *value, int line,
		    struct err *e)
{
	struct reading *r = arg;
	AUTO_FREE char *where = xasprintf("%s:%d", r->file, line);
	struct config_name n;
	int rc = config_resolve(&n, section, key, e);

	if (rc == 0)
		rc = config_take(r->c, &n, value, r->origin, where, e);
	return rc < 0 ? err_wrap(e, rc, "%s", where) : 0;
}

/* A missing file is empty. show is what messages call it. */
static int read_ini(struct config *c, const char *path, const char *show, enum config_origin origin,
		    bool must, struct err *e)
{
	struct reading r = { .c = c, .file = show, .origin = origin };
	struct buf *text = config_text_slot(c, origin);
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
	AUTO_FREE char *under = xasprintf("%s.%s", section, key),
		*dash = xasprintf("%s.%s", section, key);

	replace(under + strlen(section), '-', '_');
	replace(dash + strlen(section), '_', '-');
	return config_resolve_path(n, dash, NULL) == 0 ? 0 : config_resolve_path(n, under, e);
}

/* [beadwave "run"] max-parallel = 4 */
static int take_git(void *arg, const char *name, const char *value, int line, struct err *e)
{
	static const char prefix[] = "beadwave.";
	/* not settings of this table: store/find.c, cmd/ */
	static const char plain[] = "branch|actor";
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
		return err_set(e, ERR_PARSE, "%s: unknown name 'beadwave.%s'; settings are "
					     "beadwave.SECTION.KEY", where,
			       key);
	}
	section = xstrndup(name, (size_t)(key - 1 - name));
	rc = resolve_loose(&n, section, key, e);
	if (rc == 0)
		rc = config_take(r->c, &n, value, r->origin, where, e);
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

/* BDW_RUN__MAX_PARALLEL=4, BDW_ROLE__IMPL__MODEL=x; the variables of contract.md 1 have no "__". */
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
	for (char *p; (p = strstr(key, "__"));) {
		*p = '.';
		memmove(p + 1, p + 2, strlen(p + 2) + 1);
	}
	for (char *p = section; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (char *p = key; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	rc = resolve_loose(&n, section, key, e);
	if (rc == 0)
		rc = config_take(c, &n, eq + 1, ORIGIN_ENV, var, e);
	return rc < 0 ? err_wrap(e, rc, "%s", var) : 0;
}

static int read_env(struct config *c, struct err *e)
{
	int rc = 0;

	for (char **p = environ; rc == 0 && p && *p; p++)
		rc = read_env_entry(c, *p, e);
	return rc;
}

/* ".beadwave/config.ini" reads better than its absolute path; a bare repository's "tree" says
 * too little. */
static char *show_path(const char *tree, const char *rest)
{
	return text_ends(tree, "/.beadwave") ? xasprintf(".beadwave/%s", rest) :
		xasprintf("%s/%s", tree, rest);
}

static int read_project(struct config *c, const char *tree, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/config.ini", tree),
		*show = show_path(tree, "config.ini");

	return read_ini(c, path, show, ORIGIN_PROJECT, false, e);
}

static int read_workflow(struct config *c, const char *tree, struct err *e)
{
	AUTO_FREE char *rest = xasprintf("workflow/%s.ini", config_str(c, "run.workflow"));
	AUTO_FREE char *path = xasprintf("%s/%s", tree, rest), *show = show_path(tree, rest);

	return read_ini(c, path, show, ORIGIN_WORKFLOW, config_is_set(c, "run.workflow"), e);
}

/* Any file may define a tier, so that the chosen one exists is known only at the end. */
static int check_tier(const struct config *c, struct err *e)
{
	const char *tier = config_str(c, "run.tier"), *where = config_where(c, "run.tier");
	STRS_AUTO names = { 0 };
	const char *near;

	config_names(c, "tier", &names);
	if (strs_has(&names, tier))
		return 0;
	near = text_nearest(tier, (const char *const *)names.v, names.n);
	return err_set(e, ERR_PARSE, "%s%sno tier '%s'%s%s%s", where, *where ? ": " : "", tier,
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
