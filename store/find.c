#include "store/find.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/gitconf.h"

void found_release(struct found *f)
{
	free(f->gitdir);
	free(f->common);
	free(f->top);
	*f = (struct found){ 0 };
}

static bool below(const char *dir, const char *name, mode_t type)
{
	AUTO_FREE char *p = xasprintf("%s/%s", dir, name);
	struct stat st;

	return !stat(p, &st) && (!type || (st.st_mode & S_IFMT) == type);
}

/* git's own test: a HEAD, and objects and refs here or in the common dir. */
static bool is_gitdir(const char *dir)
{
	return below(dir, "HEAD", 0) &&
	       (below(dir, "commondir", S_IFREG) ||
		(below(dir, "objects", S_IFDIR) && below(dir, "refs", S_IFDIR)));
}

/* The first line of a small file, NULL when there is none. */
static char *one_line(const char *dir, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
	BUF_AUTO text = BUF_INIT;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0)
		return NULL;
	buf_cut(&text, strcspn(text.s, "\r\n"));
	return buf_detach(&text);
}

/* What ".git" of this folder leads to; NULL when it leads nowhere. */
static char *dot_git(const char *dir, bool *there)
{
	AUTO_FREE char *path = xasprintf("%s/.git", dir);
	AUTO_FREE char *line = NULL, *to = NULL;
	struct stat st;
	char *real;

	*there = !stat(path, &st);
	if (!*there)
		return NULL;
	if (S_ISREG(st.st_mode)) {
		line = one_line(dir, ".git");
		if (!line || !text_starts(line, "gitdir: "))
			return NULL;
		to = line[8] == '/' ? xstrdup(line + 8) : xasprintf("%s/%s", dir, line + 8);
	} else {
		to = xstrdup(path);
	}
	real = realpath(to, NULL);
	if (real && is_gitdir(real))
		return real;
	free(real);
	return NULL;
}

static char *common_of(const char *gitdir)
{
	AUTO_FREE char *line = one_line(gitdir, "commondir");
	AUTO_FREE char *path = NULL;
	char *real;

	if (!line || !*line)
		return xstrdup(gitdir);
	path = *line == '/' ? xstrdup(line) : xasprintf("%s/%s", gitdir, line);
	real = realpath(path, NULL);
	return real ? real : xstrdup(gitdir);
}

static int not_found(const char *from, struct err *e)
{
	err_set(e, ERR_NOTFOUND,
		"not a git repository (or any of the parent directories): '%s'", from);
	err_hint(e, "run 'bdw init' to make one here");
	return ERR_NOTFOUND;
}

int find_repo(struct found *out, const char *path, struct err *e)
{
	char *dir = realpath(path ? path : ".", NULL);
	AUTO_FREE char *from = dir;

	*out = (struct found){ 0 };
	if (!dir)
		return err_errno(e, "cannot find folder '%s'", path ? path : ".");
	dir = xstrdup(dir);
	for (;;) {
		bool there;
		char *slash;

		out->gitdir = dot_git(dir, &there);
		if (out->gitdir) {
			out->top = dir;
			break;
		}
		if (!there && is_gitdir(dir)) {
			out->gitdir = dir;
			out->top = xstrdup("");
			break;
		}
		slash = strrchr(dir, '/');
		if (!slash || !slash[1]) {
			free(dir);
			return not_found(from, e);
		}
		slash[slash == dir ? 1 : 0] = 0;
	}
	out->common = common_of(out->gitdir);
	out->linked = strcmp(out->common, out->gitdir) != 0;
	return 0;
}

static bool is_bare(const char *common)
{
	BUF_AUTO v = BUF_INIT;

	return !gitconf_get(common, "core.bare", &v, NULL) &&
		(!strcasecmp(v.s, "true") || !strcmp(v.s, "1"));
}

int find_main_top(const struct found *f, char **top, struct err *e)
{
	BUF_AUTO work = BUF_INIT;
	const char *slash;

	if (*f->top && !f->linked) {
		*top = xstrdup(f->top);
		return 0;
	}
	if (!gitconf_get(f->common, "core.worktree", &work, NULL)) {
		*top = path_join(f->common, work.s);
		return 0;
	}
	if (is_bare(f->common)) {
		*top = xstrdup("");
		return 0;
	}
	slash = strrchr(f->common, '/');
	if (slash && slash != f->common && !strcmp(slash, "/.git")) {
		*top = xstrndup(f->common, (size_t)(slash - f->common));
		return 0;
	}
	err_set(e, ERR_REFUSED, "the main work tree of '%s' is not known here", f->common);
	err_hint(e, "run the command in the main work tree once");
	return ERR_REFUSED;
}

static bool is_store_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	return !strcmp(base, ".beads") || !strcmp(base, ".beadwave");
}

static void cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		memcpy(path, ".", sizeof("."));
	else
		slash[slash == path ? 1 : 0] = 0;
}

char *find_named(const char *named)
{
	char *path = xstrdup(*named ? named : ".");
	struct stat st;
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = 0;
	/* a database file need not exist: bd makes it, we have none */
	while (strchr(path, '/') && (stat(path, &st) || !S_ISDIR(st.st_mode)))
		cut_last(path);
	if (stat(path, &st) || !S_ISDIR(st.st_mode) || is_store_name(path))
		cut_last(path);
	return path;
}

char *find_redirect(void)
{
	char *dir = realpath(".", NULL), *slash, *to = NULL;

	while (dir) {
		AUTO_FREE char *line = one_line(dir, ".beads/redirect");

		if (line && *line) {
			AUTO_FREE char *path = path_join(dir, line);

			to = find_named(path);
			break;
		}
		slash = strrchr(dir, '/');
		if (below(dir, ".git", 0) || !slash || !slash[1])
			break;
		slash[slash == dir ? 1 : 0] = 0;
	}
	free(dir);
	return to;
}

char *path_join(const char *base, const char *rel)
{
	BUF_AUTO raw = BUF_INIT, out = BUF_INIT;
	STRS_AUTO part = { 0 };

	if (*rel != '/')
		buf_addf(&raw, "%s/", base);
	buf_adds(&raw, rel);
	for (const char *s = raw.s, *end; *s; s = *end ? end + 1 : end) {
		end = s + strcspn(s, "/");
		if (end == s || (end - s == 1 && *s == '.'))
			continue;
		if (end - s == 2 && s[0] == '.' && s[1] == '.') {
			if (part.n)
				free(part.v[--part.n]);
			continue;
		}
		vec_add(&part, xstrndup(s, (size_t)(end - s)));
	}
	for (size_t i = 0; i < part.n; i++)
		buf_addf(&out, "/%s", part.v[i]);
	if (!out.len)
		buf_addc(&out, '/');
	return buf_detach(&out);
}

char *path_relative(const char *from, const char *to)
{
	BUF_AUTO out = BUF_INIT;
	size_t same = 0, i = 0;

	for (;; i++) {
		bool ends = (!from[i] || from[i] == '/') && (!to[i] || to[i] == '/');

		if (ends)
			same = i;
		if (!from[i] || !to[i] || from[i] != to[i])
			break;
	}
	for (const char *p = from + same; *p; p++)
		if (*p == '/' && p[1])
			buf_adds(&out, "../");
	if (to[same] == '/')
		same++;
	buf_adds(&out, to + same);
	if (out.len && out.s[out.len - 1] == '/')
		buf_cut(&out, out.len - 1);
	return out.len ? buf_detach(&out) : xstrdup(".");
}
