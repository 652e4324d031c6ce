#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/repo.h"
#include "tests/unit/openrepo.h"

#define TOPIC "refs/heads/topic"

static const struct repo_sig who = { "Tess <Agent>", "tess@example.org", 1763690400000000 };
static const struct oid none;

static int setup(void **state)
{
	return open_repo(state, false);
}

static struct oid blob(struct fix *f, const char *text)
{
	struct oid o;

	assert_int_equal(repo_blob_write(f->r, text, strlen(text), &o, NULL), 0);
	return o;
}

/* A commit on parent with "path=text" changes; "path" alone removes. */
static struct oid commit(struct fix *f, const struct oid *parent,
			 const char *const *changes, size_t n)
{
	struct repo_change c[16] = { 0 };
	struct oid id[16], tree, out;
	char *path[16];

	for (size_t i = 0; i < n; i++) {
		const char *eq = strchr(changes[i], '=');

		path[i] = xstrndup(changes[i], eq ? (size_t)(eq - changes[i]) : strlen(changes[i]));
		if (eq)
			id[i] = blob(f, eq + 1);
		c[i] = (struct repo_change){ path[i], eq ? &id[i] : NULL };
	}
	assert_int_equal(repo_tree_update(f->r, parent, c, n, &tree, NULL), 0);
	assert_int_equal(repo_commit_write(f->r, &tree, &parent, oid_is_zero(parent) ? 0 : 1, &who,
					   &who, "msg\n", &out, NULL), 0);
	for (size_t i = 0; i < n; i++)
		free(path[i]);
	return out;
}

#define COMMIT(f, parent, ...) \
	commit(f, parent, (const char *const[]){ __VA_ARGS__ }, \
	       sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static int list_path(void *arg, const char *path, const struct oid *id, struct err *e)
{
	(void)id, (void)e;
	buf_addf(arg, "%s ", path);
	return 0;
}

static int list_diff(void *arg, const char *path, const struct oid *a, const struct oid *b,
		     struct err *e)
{
	(void)e;
	buf_addf(arg, "%s%s ", a && b ? "~" : a ? "-" : "+", path);
	return 0;
}

static void blobs(void **state)
{
	struct fix *f = *state;
	struct buf out = BUF_INIT;
	struct oid a, b;

	a = blob(f, "hello");
	assert_int_equal(repo_blob_hash(f->r, "hello", 5, &b, NULL), 0);
	assert_true(oid_equal(&a, &b));
	assert_int_equal(repo_blob_read(f->r, &a, &out, NULL), 0);
	assert_string_equal(out.s, "hello");
	assert_int_equal(repo_blob_hash(f->r, "other", 5, &b, NULL), 0);
	assert_false(repo_has(f->r, &b));
	assert_int_equal(repo_blob_read(f->r, &b, &out, NULL), ERR_NOTFOUND);
	a = blob(f, "");
	buf_reset(&out);
	assert_int_equal(repo_blob_read(f->r, &a, &out, NULL), 0);
	assert_int_equal(out.len, 0);
	buf_release(&out);
}

static void trees(void **state)
{
	struct fix *f = *state;
	struct oid c1 = COMMIT(f, &none, "issue/4f/b=1", "issue/4f/a=1", "issue/4f-x=1",
			       "config.ini=1", "z/y/x=1");
	struct oid c2 = COMMIT(f, &c1, "issue/4f/a", "issue/4f/c=1", "z/y/x", "not/there",
			       "config.ini=2");
	struct oid got, want = blob(f, "2");
	struct buf out = BUF_INIT;

	assert_int_equal(repo_walk(f->r, &c1, "", list_path, &out, NULL), 0);
	assert_string_equal(out.s, "config.ini issue/4f-x issue/4f/a issue/4f/b z/y/x ");
	buf_reset(&out);
	assert_int_equal(repo_walk(f->r, &c2, "", list_path, &out, NULL), 0);
	assert_string_equal(out.s, "config.ini issue/4f-x issue/4f/b issue/4f/c ");
	buf_reset(&out);
	assert_int_equal(repo_walk(f->r, &c2, "issue/4f", list_path, &out, NULL), 0);
	assert_string_equal(out.s, "issue/4f/b issue/4f/c ");
	buf_reset(&out);
	assert_int_equal(repo_walk(f->r, &c2, "nowhere", list_path, &out, NULL), 0);
	assert_int_equal(repo_walk(f->r, &none, "", list_path, &out, NULL), 0);
	assert_string_equal(out.s, "");
	assert_int_equal(repo_diff(f->r, &c1, &c2, list_diff, &out, NULL), 0);
	assert_string_equal(out.s, "~config.ini -issue/4f/a +issue/4f/c -z/y/x ");
	buf_reset(&out);
	assert_int_equal(repo_diff(f->r, &none, &c2, list_diff, &out, NULL), 0);
	assert_string_equal(out.s, "+config.ini +issue/4f-x +issue/4f/b +issue/4f/c ");
	buf_reset(&out);
	assert_int_equal(repo_diff(f->r, &c2, &c2, list_diff, &out, NULL), 0);
	assert_string_equal(out.s, "");
	assert_int_equal(repo_find(f->r, &c2, "config.ini", &got, NULL), 0);
	assert_true(oid_equal(&got, &want));
	assert_int_equal(repo_find(f->r, &c2, "issue", &got, NULL), ERR_NOTFOUND);
	assert_int_equal(repo_find(f->r, &c2, "issue/4f/a", &got, NULL), ERR_NOTFOUND);
	assert_int_equal(repo_find(f->r, &none, "config.ini", &got, NULL), ERR_NOTFOUND);
	buf_release(&out);
}

/* A file that becomes a folder, and back: two entries of one name. */
static void file_and_folder(void **state)
{
	struct fix *f = *state;
	struct oid c1 = COMMIT(f, &none, "a=1", "a.b=1"), c2 = COMMIT(f, &none, "a/x=1", "a.b=1");
	struct oid c3 = COMMIT(f, &c1, "a", "a/x=1");
	struct buf out = BUF_INIT;

	assert_int_equal(repo_diff(f->r, &c1, &c2, list_diff, &out, NULL), 0);
	assert_string_equal(out.s, "-a +a/x ");
	buf_reset(&out);
	assert_int_equal(repo_diff(f->r, &c2, &c3, list_diff, &out, NULL), 0);
	assert_string_equal(out.s, "");
	buf_release(&out);
}

static void commits(void **state)
{
	struct fix *f = *state;
	struct oid c1 = COMMIT(f, &none, "a=1"), c2 = COMMIT(f, &c1, "a=2"), p,
		other = COMMIT(f, &none, "b=1");
	const struct oid *both[] = { &c2, &other };
	struct oid tree, merge;
	struct buf out = BUF_INIT;
	char hex[OID_HEX];

	assert_int_equal(repo_commit_parent(f->r, &c2, &p, NULL), 0);
	assert_true(oid_equal(&p, &c1));
	assert_int_equal(repo_commit_parent(f->r, &c1, &p, NULL), ERR_NOTFOUND);
	assert_int_equal(repo_commit_tree(f->r, &c2, &tree, NULL), 0);
	assert_int_equal(repo_commit_write(f->r, &tree, both, 2, &who, &who, "m\n", &merge,
					   NULL), 0);
	/* what git makes of it */
	assert_int_equal(repo_flush(f->r, NULL), 0);
	assert_int_equal(git_run(f->dir, &out, "log", "-1", "--format=%an/%ae/%s/%at",
				 oid_hex(&merge, hex), NULL), 0);
	assert_string_equal(out.s, "Tess  Agent/tess@example.org/m/1763690400\n");
	assert_int_equal(git_run(f->dir, NULL, "fsck", "--strict", NULL), 0);
	buf_release(&out);
}

static void odd_signatures(void **state)
{
	static const char *const names[] = { "", " ", ".", "<>", "a\nb", "Ünï" };
	struct fix *f = *state;
	struct oid c = COMMIT(f, &none, "a=1"), tree, out;

	assert_int_equal(repo_commit_tree(f->r, &c, &tree, NULL), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct repo_sig s = { names[i], "a b<c>@x", 1000000 };
		const struct oid *p = &c;

		assert_int_equal(repo_commit_write(f->r, &tree, &p, 1, &s, &s, "m\n", &out,
						   NULL), 0);
	}
	assert_int_equal(repo_flush(f->r, NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "fsck", "--strict", NULL), 0);
}

static void refs(void **state)
{
	struct fix *f = *state;
	struct oid c1 = COMMIT(f, &none, "a=1"), c2 = COMMIT(f, &c1, "a=2"), now;
	struct err e = ERR_INIT;
	char *lock;

	assert_int_equal(repo_ref_cas(f->r, TOPIC, &c1, NULL, "new", &e), 0);
	assert_int_equal(repo_ref_cas(f->r, TOPIC, &c2, NULL, "again", &e), ERR_CONFLICT);
	assert_int_equal(repo_ref_cas(f->r, TOPIC, &c2, &c2, "wrong", &e), ERR_CONFLICT);
	assert_int_equal(ref_read(f->git, TOPIC, &now, NULL), 0);
	assert_true(oid_equal(&now, &c1));
	assert_int_equal(git_run(f->dir, NULL, "pack-refs", "--all", NULL), 0);
	assert_int_equal(repo_ref_cas(f->r, TOPIC, &c2, &c1, "move", &e), 0);
	assert_int_equal(repo_ref_cas(f->r, "refs/heads/gone", &c2, &c1, "x", &e), ERR_CONFLICT);
	file_write(f->git, TOPIC ".lock", "");
	assert_int_equal(repo_ref_cas(f->r, TOPIC, &c1, &c2, "locked", &e), ERR_BUSY);
	assert_int_equal(repo_ref_delete(f->r, TOPIC, &c2, &e), ERR_BUSY);
	lock = xasprintf("%s/%s.lock", f->git, TOPIC);
	unlink(lock);
	free(lock);
	assert_int_equal(repo_ref_delete(f->r, TOPIC, &c1, &e), ERR_CONFLICT);
	assert_int_equal(repo_ref_delete(f->r, TOPIC, &c2, &e), ERR_REFUSED);	/* packed */
	assert_int_equal(git_run(f->dir, NULL, "update-ref", "-d", TOPIC, NULL), 0);
	assert_int_equal(repo_ref_delete(f->r, TOPIC, &c2, &e), ERR_NOTFOUND);
	assert_int_equal(repo_ref_cas(f->r, TOPIC, &c2, NULL, "new", &e), 0);
	assert_int_equal(repo_ref_delete(f->r, TOPIC, &c2, &e), 0);
	assert_int_equal(ref_read(f->git, TOPIC, &now, NULL), ERR_NOTFOUND);
	assert_false(file_there(f->git, TOPIC ".lock"));
}

/* A ref is a file: it cannot be the folder of another, loose or packed. */
static void refs_in_the_way(void **state)
{
	struct fix *f = *state;
	struct oid c = COMMIT(f, &none, "a=1"), now;
	char *empty = xasprintf("%s/refs/heads/empty", f->git),
		*log = xasprintf("%s/logs/" TOPIC, f->git);
	struct buf text = BUF_INIT;

	assert_int_equal(repo_ref_cas(f->r, TOPIC, &c, NULL, "new", NULL), 0);
	assert_true(repo_ref_cas(f->r, TOPIC "/below", &c, NULL, "new", NULL) < 0);
	assert_true(repo_ref_cas(f->r, "refs/heads", &c, NULL, "new", NULL) < 0);
	assert_int_equal(git_run(f->dir, NULL, "pack-refs", "--all", NULL), 0);
	assert_int_equal(repo_ref_cas(f->r, TOPIC "/below", &c, NULL, "new", NULL), ERR_CONFLICT);
	assert_int_equal(repo_ref_cas(f->r, "refs/heads", &c, NULL, "new", NULL), ERR_CONFLICT);
	assert_int_equal(git_run(f->dir, NULL, "rev-parse", "--verify", TOPIC, NULL), 0);
	assert_int_equal(mkdir(empty, 0777), 0);
	assert_int_equal(repo_ref_cas(f->r, "refs/heads/empty", &c, NULL, "new", NULL), 0);
	assert_int_equal(ref_read(f->git, "refs/heads/empty", &now, NULL), 0);
	assert_int_not_equal(fsx_read(AT_FDCWD, log, &text, NULL), 0);
	assert_int_equal(repo_ref_keep_log(f->r, TOPIC, NULL), 0);
	assert_int_equal(repo_ref_cas(f->r, TOPIC, &c, &c, "again\nand again", NULL), 0);
	assert_int_equal(git_run(f->dir, &text, "reflog", "show", "--format=%gs", TOPIC, NULL), 0);
	assert_string_equal(text.s, "again\n");
	buf_release(&text);
	free(empty);
	free(log);
}

static void user_email(void **state)
{
	struct fix *f = *state;
	struct buf out = BUF_INIT;

	repo_user_email(f->r, &out);
	assert_string_equal(out.s, "");
	assert_int_equal(git_run(f->dir, NULL, "config", "user.email", "x@y", NULL), 0);
	repo_user_email(f->r, &out);
	assert_string_equal(out.s, "x@y");
	buf_release(&out);
}

/* The commit object cannot be written: that must never read as success (libgit2's
 * git_commit_create says it is). */
static void unwritable_objects(void **state)
{
	struct fix *f = *state;
	struct oid c1 = COMMIT(f, &none, "a=1"), tree, out;
	const struct oid *p = &c1;
	char *objects = xasprintf("%s/objects", f->git), *aside = xasprintf("%s/away", f->git);
	struct err e = ERR_INIT;

	assert_int_equal(repo_commit_tree(f->r, &c1, &tree, NULL), 0);
	assert_int_equal(rename(objects, aside), 0);
	file_write(f->git, "objects", "a file where the folder was");
	repo_commit_write(f->r, &tree, &p, 1, &who, &who, "new\n", &out, &e);
	assert_true(repo_flush(f->r, &e) < 0);
	assert_true(*e.msg);
	assert_true(repo_ref_cas(f->r, TOPIC, &out, NULL, "new", &e) < 0);
	assert_int_equal(ref_read(f->git, TOPIC, &out, NULL), ERR_NOTFOUND);
	unlink(objects);
	assert_int_equal(rename(aside, objects), 0);
	assert_int_equal(repo_flush(f->r, NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "fsck", "--strict", NULL), 0);
	free(objects);
	free(aside);
}

static void formats_refused(void **state)
{
	char *dir = tmp_path("sha256"), *git = tmp_path("sha256/.git"),
		*empty = tmp_path("nothing");
	struct err e = ERR_INIT;
	struct repo *r;

	(void)state;
	assert_int_equal(fsx_mkdirs(AT_FDCWD, dir, 0777, NULL), 0);
	assert_int_equal(git_run(dir, NULL, "init", "-q", "--object-format=sha256", NULL), 0);
	assert_int_equal(repo_open(&r, git, false, &e), ERR_REFUSED);
	assert_non_null(strstr(e.msg, "sha256"));
	assert_int_equal(repo_open(&r, empty, false, &e), ERR_NOTFOUND);
	free(dir);
	free(git);
	free(empty);
}

/* What `git sparse-checkout` sets: libgit2 would refuse it. */
static void known_extensions(void **state)
{
	struct fix *f = *state;
	struct repo *r;

	assert_int_equal(git_run(f->dir, NULL, "config", "core.repositoryformatversion", "1",
				 NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "config", "extensions.worktreeConfig", "true",
				 NULL), 0);
	assert_int_equal(repo_open(&r, f->git, false, NULL), 0);
	repo_close(r);
}

static void foreign_owner(void **state)
{
	struct fix *f = *state;
	struct err e = ERR_INIT;
	struct repo *r;
	char *config;

	if (geteuid() != 0)
		skip();	/* only root can give a repository away */
	assert_int_equal(chown(f->git, 12345, 12345), 0);
	assert_int_equal(chown(f->dir, 12345, 12345), 0);
	assert_int_equal(repo_open(&r, f->git, false, &e), ERR_REFUSED);
	assert_non_null(strstr(e.msg, "dubious ownership"));
	/* what the hint says helps, git and us */
	config = xasprintf("[safe]\n\tdirectory = %s\n", f->dir);
	assert_non_null(strstr(e.hint, "safe.directory"));
	assert_non_null(strstr(e.hint, f->dir));
	assert_null(strstr(e.hint, "/.git"));
	file_write(tmp_dir, ".gitconfig", config);
	assert_int_equal(repo_open(&r, f->git, false, &e), 0);
	repo_close(r);
	free(config);
}

static bool clean_at(struct fix *f, const char *tree, const struct oid *commit)
{
	struct oid head;
	bool clean;

	assert_int_equal(repo_look_tree(f->r, tree, &head, &clean, NULL), 0);
	assert_true(oid_equal(&head, commit));
	return clean;
}

/* What is kept open between two looks does not hide what happened. */
static void looks(void **state)
{
	struct fix *f = *state;
	struct oid c = COMMIT(f, &none, "a=1", ".gitignore=*.o\n"), d = COMMIT(f, &c, "a=2");
	AUTO_FREE char *tree = xasprintf("%s.tree", f->dir), *new = xasprintf("%s/new", tree);
	AUTO_FREE char *a = xasprintf("%s/a", tree);
	char chex[OID_HEX], dhex[OID_HEX];

	assert_int_equal(repo_flush(f->r, NULL), 0);
	oid_hex(&c, chex), oid_hex(&d, dhex);
	assert_int_equal(git_run(f->dir, NULL, "worktree", "add", "-q", "--detach", tree, chex, NULL), 0);
	assert_true(clean_at(f, tree, &c));
	file_write(tree, "new", "");
	assert_false(clean_at(f, tree, &c));
	unlink(new);
	file_write(tree, "x.o", "");
	assert_true(clean_at(f, tree, &c));
	file_write(tree, "a", "3");
	assert_false(clean_at(f, tree, &c));
	assert_int_equal(git_run(tree, NULL, "checkout", "-qf", "--detach", dhex, NULL), 0);
	assert_true(clean_at(f, tree, &d));
	chmod(a, 0755);
	assert_false(clean_at(f, tree, &d));
	assert_int_equal(git_run(f->dir, NULL, "config", "core.fileMode", "false", NULL), 0);
	assert_true(clean_at(f, tree, &d));
	/* made anew by another name of git's */
	assert_int_equal(git_run(f->dir, NULL, "worktree", "add", "-q", "--detach", new, chex, NULL), 0);
	assert_int_equal(fsx_remove_tree(AT_FDCWD, tree, NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "worktree", "add", "-qf", "--detach", tree, chex, NULL), 0);
	assert_true(clean_at(f, tree, &c));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, close_repo)

int main(int argc, char **argv)
{
	const struct CMUnitTest t[] = {
		CASE(blobs), CASE(trees), CASE(file_and_folder), CASE(commits),
		CASE(odd_signatures), CASE(refs), CASE(refs_in_the_way), CASE(user_email),
		CASE(unwritable_objects), cmocka_unit_test(formats_refused), CASE(known_extensions),
		CASE(foreign_owner), CASE(looks),
	};
	int rc;

	tmp_begin();
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = cmocka_run_group_tests(t, NULL, NULL);
	tmp_end();
	return rc;
}
