#include "store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/find.h"
#include "store/gitconf.h"
#include "store/ini.h"
#include "store/place.h"
#include "store/repo.h"
#include "store/setup.h"
#include "store/store_priv.h"
#include "store/txn.h"

enum { LOCK_WAIT_MS = 30000 };

struct store *store_new(const char *common, const struct place *at, unsigned flags)
{
	struct store *s = xcalloc(1, sizeof(*s));
	AUTO_FREE char *inside = xasprintf("%s/", common);
	const char *slash = strrchr(at->tree, '/');
	bool bare = text_starts(at->tree, inside);

	s->p.common = xstrdup(common);
	s->p.priv = xasprintf("%s/%s", common, PRIV_DIR);
	s->p.tree = xstrdup(at->tree);
	s->p.worktree = bare ? xstrdup("") :
		xstrndup(at->tree, slash == at->tree ? 1 : (size_t)(slash - at->tree));
	s->p.ref = xstrdup(at->ref);
	s->flags = flags;
	s->tree_fd = s->priv_fd = s->lock_fd = -1;
	return s;
}

int store_open_dirs(struct store *s, struct err *e)
{
	s->priv_fd = open(s->p.priv, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->priv_fd < 0)
		return err_errno(e, "cannot open '%s'", s->p.priv);
	s->disk_ro = faccessat(s->priv_fd, ".", W_OK, AT_EACCESS) != 0;
	s->tree_fd = open(s->p.tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->tree_fd >= 0 || store_read_only(s))
		return 0;
	/* `git clean -fdx` took it, or it was moved: the files come back from the ref */
	if (fsx_mkdirs(AT_FDCWD, s->p.tree, 0777, e) < 0)
		return ERR_IO;
	s->tree_fd = open(s->p.tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->tree_fd < 0 ? err_errno(e, "cannot open '%s'", s->p.tree) : 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	repo_close(s->repo);
	if (s->tree_fd >= 0)
		close(s->tree_fd);
	if (s->priv_fd >= 0)
		close(s->priv_fd);
	free((char *)s->p.common);
	free((char *)s->p.priv);
	free((char *)s->p.tree);
	free((char *)s->p.worktree);
	free((char *)s->p.ref);
	free(s);
}

/* A main work tree that was moved away from its git dir (--separate-git-dir) is known by who
 * runs in it. */
static void follow_move(const struct found *f, struct place *at, unsigned flags)
{
	AUTO_FREE char *inside = xasprintf("%s/", f->common);
	AUTO_FREE char *here = *f->top ?
		xasprintf("%s/.beadwave", strcmp(f->top, "/") ? f->top : "") : NULL;
	AUTO_FREE char *old_git = NULL;

	if (!here || f->linked || !strcmp(here, at->tree) || text_starts(at->tree, inside))
		return;
	old_git = path_join(at->tree, "../.git");
	if (!access(old_git, F_OK))
		return;
	free(at->tree);
	at->tree = xstrdup(here);
	if (!(flags & STORE_READ_ONLY))
		place_write(f->common, at, NULL);
}

/* After a reboot nobody has looked at the files yet: a power loss may have eaten some (decisions
 * A8). */
static int check_boot(struct store *s, struct err *e)
{
	struct stamp st;
	char boot[40];
	int fd, rc;

	if (store_read_only(s) || stamp_read(s, &st, NULL) < 0)
		return 0;
	fsx_boot_id(boot);
	if (!strcmp(boot, st.boot))
		return 0;
	rc = store_lock(s, LOCK_WAIT_MS, &fd, e);
	if (rc == 0)
		close(fd);
	return rc;
}

/* Every store has a config.ini: where it is missing, `git clean` went through, and settings
 * would be wrong. */
static int check_swept(struct store *s, struct err *e)
{
	if (store_read_only(s) || !faccessat(s->tree_fd, "config.ini", F_OK, 0))
		return 0;
	return store_restore(s, e);
}

static int open_found(struct store **out, const struct found *f, unsigned flags, struct err *e)
{
	struct place at;
	struct store *s;
	int rc = place_read(&at, f->common, e);

	if (rc == ERR_NOTFOUND)
		rc = setup_first_use(f, &at, flags, e);
	if (rc < 0)
		return rc;
	follow_move(f, &at, flags);
	s = store_new(f->common, &at, flags);
	place_release(&at);
	rc = store_open_dirs(s, e);
	if (rc == 0)
		rc = check_boot(s, e);
	if (rc == 0)
		rc = check_swept(s, e);
	if (rc < 0)
		store_close(s);
	else
		*out = s;
	return rc;
}

static int open_at(struct store **out, const char *path, unsigned flags, struct err *e)
{
	struct found f;
	int rc = find_repo(&f, path, e);

	if (rc < 0)
		return rc;
	rc = open_found(out, &f, flags, e);
	found_release(&f);
	return rc;
}

int store_open(struct store **out, const char *path, const char *env_dir, unsigned flags,
	       struct err *e)
{
	AUTO_FREE char *named = env_dir && *env_dir ? find_named(env_dir) : NULL;
	AUTO_FREE char *other = NULL;
	int rc = open_at(out, named ? named : path, flags, e);

	/* a store of its own comes first: what a clone brings cannot lead away from it */
	if (rc != ERR_NOTFOUND || named || path || !(other = find_redirect()))
		return rc;
	return open_at(out, other, flags, e);
}

const struct store_paths *store_paths(const struct store *s)
{
	return &s->p;
}

int store_tree_fd(const struct store *s)
{
	return s->tree_fd;
}

int store_priv_fd(const struct store *s)
{
	return s->priv_fd;
}

bool store_read_only(const struct store *s)
{
	return s->disk_ro || (s->flags & STORE_READ_ONLY);
}

/* ---- libgit2, and the one setting that its opening needs ---- */

static int take_fsync(void *arg, const char *section, const char *key, const char *value, int line,
		      struct err *e)
{
	struct buf *out = arg;

	(void)line, (void)e;
	if (!strcmp(section, "store") && !strcmp(key, "fsync")) {
		buf_reset(out);
		buf_adds(out, value);
	}
	return 0;
}

static void file_fsync(int dirfd, const char *name, struct buf *out)
{
	BUF_AUTO text = BUF_INIT;

	if (fsx_read(dirfd, name, &text, NULL) == 0 && strstr(text.s, "fsync"))
		ini_read(text.s, text.len, name, take_fsync, out, NULL);
}

/* store.fsync by the usual precedence, without reading all settings: they may be wrong, and a
 * write is no place to say so. Anything but a clear "off" means on. */
static bool setting_fsync(struct store *s)
{
	const char *env = getenv("BDW_STORE__FSYNC"), *xdg = getenv("XDG_CONFIG_HOME"),
		*home = getenv("HOME");
	AUTO_FREE char *user = NULL;
	BUF_AUTO v = BUF_INIT;

	if (env && *env)
		return strcmp(env, "off") != 0;
	if (gitconf_get(s->p.common, "beadwave.store.fsync", &v, NULL) < 0)
		file_fsync(s->tree_fd, "config.ini", &v);
	if (!v.len && ((xdg && *xdg) || home)) {
		user = xdg && *xdg ? xasprintf("%s/beadwave/config.ini", xdg)
				   : xasprintf("%s/.config/beadwave/config.ini", home);
		file_fsync(AT_FDCWD, user, &v);
	}
	return strcmp(v.s, "off") != 0;
}

int store_repo(struct store *s, struct repo **out, struct err *e)
{
	if (!s->repo) {
		int rc;

		s->fsync = setting_fsync(s);
		rc = repo_open(&s->repo, s->p.common, s->fsync, e);
		if (rc < 0) {
			s->repo = NULL;
			return rc;
		}
	}
	if (out)
		*out = s->repo;
	return 0;
}

int store_head(struct store *s, struct oid *out, struct err *e)
{
	int rc = ref_read(s->p.common, s->p.ref, out, e);

	if (rc == ERR_NOTFOUND) {
		err_set(e, rc, "the branch of the issues, '%s', is gone", s->p.ref);
		err_hint(e, "any command that writes brings it back");
	}
	return rc;
}

/* ---- small files ---- */

int store_note_get(struct store *s, const char *name, struct buf *out, struct err *e)
{
	size_t start = out->len;
	int rc = fsx_read(s->priv_fd, name, out, e);

	if (rc == 0)
		buf_cut(out, start + strcspn(out->s + start, "\n"));
	return rc;
}

void store_note_set(struct store *s, const char *name, const char *value)
{
	AUTO_FREE char *line = xasprintf("%s\n", value);

	if (!store_read_only(s))
		fsx_write_atomic(s->priv_fd, name, line, strlen(line), 0666, 0, NULL);
}

/* From the ref, when the file is not there: on a read-only disk, or before it was put back. */
static int read_from_head(struct store *s, const char *path, struct buf *out, struct err *e)
{
	struct oid head, blob;
	int rc = store_head(s, &head, e);

	if (rc == 0)
		rc = store_repo(s, NULL, e);
	if (rc == 0)
		rc = repo_find(s->repo, &head, path, &blob, e);
	return rc < 0 ? rc : repo_blob_read(s->repo, &blob, out, e);
}

int store_read(struct store *s, const char *path, struct buf *out, struct err *e)
{
	return s->tree_fd < 0 ? read_from_head(s, path, out, e) :
		fsx_read(s->tree_fd, path, out, e);
}
