#include "store/setup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/base/text.h"
#include "store/base/vec.h"
#include "store/checkout.h"
#include "store/commit.h"
#include "store/find.h"
#include "store/gitconf.h"
#include "store/id.h"
#include "store/ini.h"
#include "store/intent.h"
#include "store/place.h"
#include "store/repo.h"

enum { LOCK_WAIT_MS = 30000 };

static const char config_file[] = "config.ini";

/* Where a new store's first commit comes from: a branch that is there, else a prefix and who
 * makes it. */
struct origin { struct oid from; const char *prefix, *actor; };

/* ---- a branch that is there ---- */

static void branch_name(const char *common, const char *wanted, struct buf *out)
{
	if (wanted && *wanted)
		buf_adds(out, wanted);
	else if (gitconf_get(common, "beadwave.branch", out, NULL) < 0)
		buf_adds(out, "beadwave");
}

static void loose_remotes(const char *common, struct strs *out)
{
	AUTO_FREE char *path = xasprintf("%s/refs/remotes", common);
	DIR *d = opendir(path);
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (de->d_name[0] != '.')
			strs_add(out, de->d_name);
	if (d)
		closedir(d);
}

static void packed_remotes(const char *common, struct strs *out)
{
	static const char below[] = " refs/remotes/";
	AUTO_FREE char *path = xasprintf("%s/packed-refs", common);
	BUF_AUTO text = BUF_INIT;

	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0)
		return;
	for (const char *p = text.s; (p = strstr(p, below));) {
		AUTO_FREE char *name = NULL;

		p += sizeof(below) - 1;
		name = xstrndup(p, strcspn(p, "/\n"));
		if (!strs_has(out, name))
			strs_add(out, name);
	}
}

/* The branch as a remote has it: origin's first, then by name. */
static int remote_branch(const char *common, const char *branch, struct oid *out)
{
	STRS_AUTO names = { 0 };

	strs_add(&names, "origin");
	loose_remotes(common, &names);
	packed_remotes(common, &names);
	if (names.n > 1) {
		struct strs rest = { names.v + 1, names.n - 1, 0 };

		strs_sort(&rest);
	}
	for (size_t i = 0; i < names.n; i++) {
		AUTO_FREE char *ref = xasprintf("refs/remotes/%s/%s", names.v[i], branch);

		if (ref_read(common, ref, out, NULL) == 0)
			return 0;
	}
	return ERR_NOTFOUND;
}

static int existing_branch(const char *common, const char *branch, struct oid *out)
{
	AUTO_FREE char *ref = xasprintf("refs/heads/%s", branch);

	return ref_read(common, ref, out, NULL) == 0 ? 0 : remote_branch(common, branch, out);
}

/* ---- the steps ---- */

static int exclude(const char *common, const char *line, struct err *e)
{
	AUTO_FREE char *dir = xasprintf("%s/info", common);
	AUTO_FREE char *path = xasprintf("%s/exclude", dir);
	BUF_AUTO text = BUF_INIT;
	const char *s, *have;
	size_t n, len;
	int rc = fsx_read(AT_FDCWD, path, &text, e);

	if (rc < 0 && rc != ERR_NOTFOUND)
		return rc;
	fsx_sweep_temp(AT_FDCWD, dir);	/* of an init that was killed */
	s = text.s;
	n = text.len;
	while (text_line(&s, &n, &have, &len))
		if (len == strlen(line) && !strncmp(have, line, len))
			return 0;
	if (text.len && text.s[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	buf_addf(&text, "%s\n", line);
	rc = fsx_mkdirs(AT_FDCWD, dir, 0777, e);
	return rc < 0 ? rc : fsx_write_atomic(AT_FDCWD, path, text.s, text.len, 0666, 0, e);
}

static int root_commit(struct store *s, const struct origin *o, struct oid *out, struct err *e)
{
	AUTO_FREE char *subject = xasprintf("bdw init: prefix %s", o->prefix);
	BUF_AUTO ini = BUF_INIT;
	struct oid blob;
	int rc = ini_set(&ini, "project", "prefix", o->prefix, e);

	if (rc == 0)
		rc = repo_blob_write(s->repo, ini.s, ini.len, &blob, e);
	if (rc == 0)
		rc = commit_make(s, &(struct oid){ 0 }, &(struct repo_change){ config_file, &blob },
				 1, o->actor, subject, out, e);
	return rc;
}

/* The clone's own branch, made from where the store's history is to come. */
static int make_branch(struct store *s, const struct origin *o, struct err *e)
{
	struct oid commit = o->from, blob;
	int rc;

	if (intent_left(s))
		intent_recover(s);	/* of an init that was killed */
	if (ref_read(s->p.common, s->p.ref, &commit, NULL) < 0) {
		if (oid_is_zero(&commit) && (rc = root_commit(s, o, &commit, e)) < 0)
			return rc;
		repo_ref_keep_log(s->repo, s->p.ref, NULL);
		if ((rc = intent_move_ref(s, &commit, NULL, "bdw init", e)) < 0 ||
		    (rc = repo_ref_sync(s->repo, s->p.ref, e)) < 0)
			return rc;
	}
	if (repo_find(s->repo, &commit, config_file, &blob, NULL) == 0)
		return 0;
	err_set(e, ERR_REFUSED, "'%s' holds something else than issues: it has no %s", s->p.ref,
		config_file);
	err_hint(e, "choose another name: git config beadwave.branch NAME");
	return ERR_REFUSED;
}

static int settle_locked(struct store *s, const struct place *at, const struct origin *o,
			 struct err *e)
{
	int rc = store_repo(s, NULL, e);

	if (rc == 0)
		rc = make_branch(s, o, e);
	if (rc == 0 && *s->p.worktree)
		rc = exclude(s->p.common, "/.beadwave/", e);
	if (rc == 0)
		rc = place_write(s->p.common, at, e);
	fsx_crash_point("place");
	return rc < 0 ? rc : checkout_recover(s, e);
}

/* Makes branch, folders and files, under the lock: of two first users one does it. ERR_EXISTS:
 * it was the other. */
static int settle(const char *common, const struct place *at, const struct origin *o, struct err *e)
{
	struct store *s = store_new(common, at, 0);
	struct place there;
	int fd = -1, rc = fsx_mkdirs(AT_FDCWD, s->p.priv, 0777, e);

	if (rc == 0)
		rc = fsx_mkdirs(AT_FDCWD, s->p.tree, 0777, e);
	if (rc == 0)
		rc = store_open_dirs(s, e);
	if (rc == 0)
		rc = fsx_lock(s->priv_fd, PRIV_LOCK, FSX_LOCK_EX, LOCK_WAIT_MS, &fd, e);
	if (rc == 0 && place_read(&there, common, NULL) == 0) {
		place_release(&there);
		rc = ERR_EXISTS;
	}
	if (rc == 0)
		rc = settle_locked(s, at, o, e);
	if (fd >= 0)
		close(fd);
	store_close(s);
	if (rc < 0 && rc != ERR_EXISTS)
		rmdir(at->tree);	/* when it is still empty */
	return rc;
}

static int choose_place(const struct found *f, const char *branch, struct place *at, struct err *e)
{
	AUTO_FREE char *top = NULL;
	int rc = find_main_top(f, &top, e);

	if (rc < 0)
		return rc;
	at->ref = xasprintf("refs/heads/%s", branch);
	at->tree = *top ? path_join(top, ".beadwave") :
		xasprintf("%s/%s/tree", f->common, PRIV_DIR);
	return 0;
}

/* ---- first use ---- */

static int no_store(const struct found *f, bool elsewhere, const char *branch, struct err *e)
{
	const char *where = *f->top ? f->top : f->common;
	BUF_AUTO remote = BUF_INIT;

	if (!elsewhere && gitconf_narrow_remote(f->common, branch, &remote) == 0) {
		err_set(e, ERR_NOTFOUND, "no beadwave store in '%s', a clone of some branches of "
					 "'%s' only", where, remote.s);
		err_hint(e, "fetch its issues: git fetch %s %s:refs/remotes/%s/%s; if it has none, "
			    "run 'bdw init'", remote.s, branch, remote.s, branch);
		return ERR_NOTFOUND;
	}
	err_set(e, ERR_NOTFOUND,
		elsewhere ? "the beadwave store of '%s' is not set up yet" :
		"no beadwave store in '%s'", where);
	err_hint(e, "run 'bdw init'");
	return ERR_NOTFOUND;
}

int setup_first_use(const struct found *f, struct place *at, unsigned flags, struct err *e)
{
	struct origin o = { .actor = "beadwave" };
	BUF_AUTO branch = BUF_INIT;
	int rc;

	*at = (struct place){ 0 };
	branch_name(f->common, NULL, &branch);
	if ((rc = gitconf_check_format(f->common, e)) < 0)
		return rc;
	if (existing_branch(f->common, branch.s, &o.from) < 0)
		return no_store(f, false, branch.s, e);
	if (flags & (STORE_NO_SETUP | STORE_READ_ONLY))
		return no_store(f, true, branch.s, e);
	rc = choose_place(f, branch.s, at, e);
	if (rc == 0)
		rc = settle(f->common, at, &o, e);
	if (rc == ERR_EXISTS) {
		place_release(at);
		rc = place_read(at, f->common, e);
	}
	if (rc < 0)
		place_release(at);
	return rc;
}

/* ---- init ---- */

static int git_init(const char *path, struct err *e)
{
	char *argv[] = { "git", "init", "-q", NULL };
	STRS_AUTO env = { 0 };
	BUF_AUTO said = BUF_INIT;
	struct proc p = { .argv = argv, .cwd = path };
	int rc;

	proc_git_env(&env);
	p.env = env.v;
	rc = proc_run(&p, NULL, &said, e);
	return rc > 0 ? err_set(e, ERR_IO, "git init: %s", said.s) : rc;
}

static int find_or_make(const char *path, struct found *f, bool *made, struct err *e)
{
	int rc = find_repo(f, path, e);

	*made = rc == ERR_NOTFOUND;
	if (rc != ERR_NOTFOUND)
		return rc;
	rc = git_init(path, e);
	return rc < 0 ? rc : find_repo(f, path, e);
}

/* "demo-" means "demo"; none given: from the folder's name, without a bare repository's ".git". */
static int choose_prefix(const struct found *f, const struct place *at, const char *wanted,
			 struct buf *out, struct err *e)
{
	AUTO_FREE char *dir = NULL;
	AUTO_FREE char *probe = NULL;

	if (wanted && *wanted) {
		buf_adds(out, wanted);
		while (out->len && out->s[out->len - 1] == '-')
			buf_cut(out, out->len - 1);
	} else {
		bool bare = strstr(at->tree, "/" PRIV_DIR "/tree") != NULL;
		char *name;

		dir = bare ? xstrdup(f->common) : path_join(at->tree, "..");
		if (bare && text_ends(dir, ".git"))
			dir[strlen(dir) - 4] = 0;
		name = strrchr(dir, '/');
		id_prefix_from_dir(name ? name + 1 : dir, out);
	}
	probe = xasprintf("%s-1", out->s);
	if (out->len && strcspn(out->s, ";#=[]\"'") == out->len && id_check(probe, NULL) == 0)
		return 0;
	return err_set(e, ERR_USAGE,
		       "'%s' cannot be a prefix of ids: use letters, digits, '-' and '_'",
		       wanted ? wanted : out->s);
}

static int take_prefix(void *arg, const char *section, const char *key, const char *value, int line,
		       struct err *e)
{
	(void)line, (void)e;
	if (!strcmp(section, "project") && !strcmp(key, "prefix")) {
		buf_reset(arg);
		buf_adds(arg, value);
	}
	return 0;
}

static char *prefix_of(const char *tree)
{
	AUTO_FREE char *path = xasprintf("%s/%s", tree, config_file);
	BUF_AUTO text = BUF_INIT, prefix = BUF_INIT;

	if (fsx_read(AT_FDCWD, path, &text, NULL) == 0)
		ini_read(text.s, text.len, config_file, take_prefix, &prefix, NULL);
	return buf_detach(&prefix);
}

/* A file in dir that nobody had put there before. */
static int make_file(const char *dir, const char *name, const char *text, struct err *e)
{
	AUTO_FREE char *path = path_join(dir, name);
	int rc = fsx_write_atomic(AT_FDCWD, path, text, strlen(text), 0600, FSX_NEW, e);

	return rc == ERR_EXISTS ? 0 : rc;
}

/* .beads/ for programs that look for it; the issues are not in there. */
static int make_beads(const char *common, const char *tree, struct err *e)
{
	static const char note[] =
		"The issues of this repository are kept by beadwave: the files are in "
		"../.beadwave, their history\n"
		"is on the branch beadwave. This folder only tells programs written for beads "
		"that there is a\n"
		"tracker; `bd` and `bdw` are the same program here. A PRIME.md beside this file "
		"replaces what\n"
		"`bd prime` says.\n";
	AUTO_FREE char *dir = path_join(tree, "../.beads");
	BUF_AUTO json = BUF_INIT;
	struct jsw w = JSW(&json, JS_PRETTY);
	char id[37];
	int rc = exclude(common, "/.beads/", e);

	id_new_uuid(clock_now_us(), 0, id);
	js_open(&w, '{');
	js_put_str(&w, "database", "beadwave");
	js_put_str(&w, "backend", "beadwave");
	js_put_str(&w, "project_id", id);
	js_close(&w, '}');
	buf_addc(&json, '\n');
	if (rc == 0)
		rc = fsx_mkdirs(AT_FDCWD, dir, 0700, e);
	fsx_sweep_temp(AT_FDCWD, dir);
	if (rc == 0)
		rc = make_file(dir, "metadata.json", json.s, e);
	if (rc == 0)
		rc = make_file(dir, "README.md", note, e);
	if (rc == 0)
		/* its time follows every change: txn_commit.c */
		rc = make_file(dir, "last-touched", "", e);
	return rc;
}

/* A bare repository's tree is in its private folder. */
static bool has_work_tree(const char *tree)
{
	return !text_ends(tree, "/" PRIV_DIR "/tree");
}

int store_make_beads(struct store *s, struct err *e)
{
	AUTO_FREE char *meta = path_join(s->p.tree, "../.beads/metadata.json");

	if (!has_work_tree(s->p.tree))
		return err_set(e, ERR_REFUSED,
			       "a bare repository has no work tree for a .beads folder");
	if (access(meta, F_OK) == 0)
		return err_set(e, ERR_EXISTS, "there is '%s' already", meta);
	return make_beads(s->p.common, s->p.tree, e);
}

static int init_found(const struct found *f, const struct store_init *o, struct store_inited *out,
		      struct err *e)
{
	BUF_AUTO branch = BUF_INIT, prefix = BUF_INIT, narrow = BUF_INIT;
	struct origin from = { .actor = o->actor };
	struct place at = { 0 };
	int rc = place_read(&at, f->common, e);

	if (rc == 0) {
		rc = err_set(e, ERR_EXISTS, "there is a beadwave store already: '%s'", at.tree);
		place_release(&at);
		return rc;
	}
	if (rc != ERR_NOTFOUND || (rc = gitconf_check_format(f->common, e)) < 0)
		return rc;
	branch_name(f->common, o->branch, &branch);
	rc = choose_place(f, branch.s, &at, e);
	if (rc == 0)
		rc = choose_prefix(f, &at, o->prefix, &prefix, e);
	/* before the store is there: a killed init is run again from the start */
	if (rc == 0 && o->beads && has_work_tree(at.tree))
		rc = make_beads(f->common, at.tree, e);
	if (rc == 0) {
		from.prefix = prefix.s;
		out->adopted = existing_branch(f->common, branch.s, &from.from) == 0;
		rc = settle(f->common, &at, &from, e);
		if (rc == ERR_EXISTS)
			err_set(e, rc, "there is a beadwave store already: '%s'", at.tree);
	}
	if (rc == 0) {
		out->tree = xstrdup(at.tree);
		out->branch = xstrdup(branch.s);
		out->prefix = prefix_of(at.tree);
		if (!out->adopted && gitconf_narrow_remote(f->common, branch.s, &narrow) == 0)
			out->narrow = buf_detach(&narrow);
	}
	place_release(&at);
	return rc;
}

int store_init(const char *path, const struct store_init *o, struct store_inited *out,
	       struct err *e)
{
	struct found f;
	int rc;

	*out = (struct store_inited){ 0 };
	rc = find_or_make(path, &f, &out->made_repo, e);
	if (rc < 0)
		return rc;
	rc = init_found(&f, o, out, e);
	found_release(&f);
	return rc;
}

void store_inited_release(struct store_inited *i)
{
	free(i->tree);
	free(i->branch);
	free(i->prefix);
	free(i->narrow);
	*i = (struct store_inited){ 0 };
}
