#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/repo.h"
#include "store/view.h"
#include "tests/unit/tmptxn.h"

static void create_and_edit(void **state)
{
	struct fix *f = *state;
	struct oid oid, head;
	struct issue *is, *again;
	struct txn *t;

	create(f, "demo-1", "First");
	assert_git(f, "tess: create", "log", "-1", "--format=%an: %s", "beadwave");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	OK(txn_edit(t, "demo-1", &again, &f->e));
	assert_ptr_equal(is, again);
	is->priority = 0;
	OK(txn_commit(t, "raise demo-1", &oid, &f->e));
	OK(store_head(f->s, &head, &f->e));
	assert_true(oid_equal(&oid, &head));
	assert_in_file(f, issue_file("demo-1"), "priority: 0");
	assert_in_step(f, "demo-1");
	assert_git(f, "3", "rev-list", "--count", "beadwave");
	assert_int_equal(git_run(f->dir, NULL, "fsck", "--strict", NULL), 0);
}

static void nothing_changed_no_commit(void **state)
{
	struct fix *f = *state;
	struct oid before, after;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	OK(store_head(f->s, &before, &f->e));
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->priority = 1;
	is->priority = 2;
	OK(txn_put(t, "config.ini", "[project]\nprefix = demo\n", 24, &f->e));
	OK(txn_commit(t, "nothing", &after, &f->e));
	if (!oid_equal(&before, &after))
		assert_git(f, "config.ini", "diff", "--name-only", "beadwave~..beadwave");
	t = begin(f);
	OK(txn_commit(t, "nothing", &after, &f->e));
	OK(store_head(f->s, &before, &f->e));
	assert_true(oid_equal(&before, &after));
}

static void abort_leaves_nothing(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t = begin(f);

	OK(txn_create(t, "demo-1", &is, &f->e));
	is->title = "x";
	txn_abort(t);
	assert_git(f, "1", "rev-list", "--count", "beadwave");
	assert_false(file_there(f->dir, issue_file("demo-1")));
	txn_abort(NULL);
}

static void times(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t = begin(f);

	setenv("BDW_NOW", "2026-11-21T02:00:00Z", 1);
	OK(txn_create(t, "demo-1", &is, &f->e));
	is->title = "x";
	commit(f, t, "m");
	assert_in_file(f, issue_file("demo-1"), "created_at: 2026-11-21T02:00:00Z");
	assert_in_file(f, issue_file("demo-1"), "updated_at: 2026-11-21T02:00:00Z");
	setenv("BDW_NOW", "2026-11-21T03:00:00Z", 1);
	set_title(f, "demo-1", "y");
	assert_in_file(f, issue_file("demo-1"), "updated_at: 2026-11-21T03:00:00Z");
	/* the caller's own time stands */
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->title = "z";
	is->updated_at = 1000000;
	commit(f, t, "m");
	assert_in_file(f, issue_file("demo-1"), "updated_at: 1970-01-01T00:00:01Z");
	/* a clock that went back does not make the change older */
	set_title(f, "demo-1", "a");
	setenv("BDW_NOW", "2020-01-01T00:00:00Z", 1);
	set_title(f, "demo-1", "b");
	assert_in_file(f, issue_file("demo-1"), "updated_at: 2026-11-21T03:00:00Z");
	unsetenv("BDW_NOW");
}

static void refusals(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t, *second;

	create(f, "demo-1", "First");
	create(f, "demo-Big", "Case");
	t = begin(f);
	assert_int_equal(txn_begin(&second, f->s, &(struct txn_opts){ "x", 0 }, &f->e), ERR_BUSY);
	assert_int_equal(txn_edit(t, "demo-9", &is, &f->e), ERR_NOTFOUND);
	assert_int_equal(txn_delete(t, "demo-9", &f->e), ERR_NOTFOUND);
	assert_int_equal(txn_create(t, "demo-1", &is, &f->e), ERR_EXISTS);
	assert_int_equal(txn_create(t, "demo-big", &is, &f->e), ERR_EXISTS);
	assert_int_equal(txn_create(t, "DEMO-1", &is, &f->e), ERR_EXISTS);
	OK(txn_create(t, "demo-2", &is, &f->e));
	is->title = "Second";
	assert_int_equal(txn_create(t, "demo-2", &is, &f->e), ERR_EXISTS);
	assert_int_equal(txn_create(t, "Demo-2", &is, &f->e), ERR_EXISTS);
	assert_int_equal(txn_create(t, "demo 2", &is, &f->e), ERR_USAGE);
	assert_null(txn_get(t, "demo-9"));
	assert_null(txn_get(t, "../../etc/passwd"));
	assert_non_null(txn_get(t, "demo-2"));
	txn_abort(t);
}

/* A second process gets "busy", not a wait without end. */
static void busy(void **state)
{
	struct fix *f = *state;
	struct txn *t = begin(f), *other;
	struct store *s;

	OK(store_open(&s, f->dir, NULL, 0, &f->e));
	assert_int_equal(txn_begin(&other, s, &(struct txn_opts){ "x", 0 }, &f->e), ERR_BUSY);
	assert_non_null(strstr(f->e.msg, "busy"));
	txn_abort(t);
	OK(txn_begin(&other, s, &(struct txn_opts){ "x", 0 }, &f->e));
	txn_abort(other);
	store_close(s);
}

static void delete_and_create_again(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	t = begin(f);
	OK(txn_delete(t, "demo-1", &f->e));
	assert_null(txn_get(t, "demo-1"));
	assert_int_equal(txn_edit(t, "demo-1", &is, &f->e), ERR_NOTFOUND);
	commit(f, t, "delete");
	assert_false(file_there(f->dir, issue_file("demo-1")));
	assert_git(f, "config.ini", "ls-tree", "-r", "--name-only", "beadwave");
	create(f, "demo-1", "Again");
	assert_title(f, "demo-1", "Again");
	/* in one transaction */
	t = begin(f);
	OK(txn_delete(t, "demo-1", &f->e));
	OK(txn_create(t, "demo-1", &is, &f->e));
	is->title = "Third";
	commit(f, t, "replace");
	assert_title(f, "demo-1", "Third");
	t = begin(f);
	OK(txn_create(t, "demo-2", &is, &f->e));
	OK(txn_delete(t, "demo-2", &f->e));
	commit(f, t, "nothing");
	assert_git(f, "replace", "log", "-1", "--format=%s", "beadwave");
}

static const char *work_file(const char *id, struct buf *out)
{
	buf_reset(out);
	id_work_path(id, out);
	return out->s;
}

static void delete_and_rename_take_work_along(void **state)
{
	struct fix *f = *state;
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct txn *t;

	create(f, "demo-1", "First");
	t = begin(f);
	OK(txn_put(t, work_file("demo-1", &path), "[state]\n", 8, &f->e));
	commit(f, t, "work");
	t = begin(f);
	OK(txn_rename(t, "demo-1", "demo-2", &f->e));
	commit(f, t, "rename");
	assert_title(f, "demo-2", "First");
	assert_in_file(f, issue_file("demo-2"), "id: demo-2");
	t = begin(f);
	assert_null(txn_get(t, "demo-1"));
	assert_int_equal(txn_read(t, work_file("demo-1", &path), &text, &f->e), ERR_NOTFOUND);
	OK(txn_read(t, work_file("demo-2", &path), &text, &f->e));
	assert_string_equal(text.s, "[state]\n");
	OK(txn_delete(t, "demo-2", &f->e));
	commit(f, t, "delete");
	assert_git(f, "config.ini", "ls-tree", "-r", "--name-only", "beadwave");
	buf_release(&path);
	buf_release(&text);
}

static void other_files(void **state)
{
	static const char *const refused[] = {
		"../x", "/etc/passwd", ".hidden", "readme.txt", "memory/../config.ini",
		"memory/.x.md", "workflow/x.md",
		"issue/00/demo-1.md", "issue/demo-1.md", "work/00/demo-1.ini", "memory/a/b.md", "",
	};
	struct fix *f = *state;
	struct buf out = BUF_INIT;
	struct txn *t = begin(f);

	assert_int_equal(txn_read(t, "settings.json", &out, &f->e), ERR_NOTFOUND);
	OK(txn_put(t, "settings.json", "{}\n", 3, &f->e));
	OK(txn_put(t, "memory/a key.md", "x", 1, &f->e));
	OK(txn_read(t, "settings.json", &out, &f->e));
	assert_string_equal(out.s, "{}\n");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(txn_put(t, refused[i], "x", 1, &f->e), ERR_USAGE);
	commit(f, t, "settings");
	buf_reset(&out);
	OK(store_read(f->s, "settings.json", &out, &f->e));
	assert_string_equal(out.s, "{}\n");
	assert_int_equal(store_read(f->s, "workflow/x.ini", &out, &f->e), ERR_NOTFOUND);
	t = begin(f);
	OK(txn_put(t, "settings.json", NULL, 0, &f->e));
	assert_int_equal(txn_read(t, "settings.json", &out, &f->e), ERR_NOTFOUND);
	commit(f, t, "unset");
	assert_false(file_there(f->dir, ".beadwave/settings.json"));
	buf_release(&out);
}

static void view_of_a_txn(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct view *v;
	struct txn *t;

	create(f, "demo-1", "First");
	create(f, "demo-2", "Second");
	t = begin(f);
	OK(txn_view(t, &v, &f->e));
	assert_int_equal(view_count(v), 2);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->title = "New";
	assert_string_equal(view_get(v, "demo-1")->title, "First");
	commit(f, t, "m");
	OK(view_open(&v, f->s, 0, &f->e));
	assert_string_equal(view_get(v, "demo-1")->title, "New");
	view_close(v);
}

/* Missing files do not stop a reader inside a transaction: no lock waits for itself. */
static void view_of_a_txn_with_files_gone(void **state)
{
	struct fix *f = *state;
	struct view *v;
	struct txn *t;
	char *path;

	create(f, "demo-1", "First");
	path = xasprintf("%s/%s", f->dir, issue_file("demo-1"));
	unlink(path);
	t = begin(f);
	OK(txn_view(t, &v, &f->e));
	assert_non_null(view_get(v, "demo-1"));
	OK(store_restore(f->s, &f->e));
	assert_int_equal(access(path, F_OK), 0);
	txn_abort(t);
	free(path);
}

static void many_in_one(void **state)
{
	struct fix *f = *state;
	struct txn *t = begin(f);
	struct issue *is;
	char id[32];

	for (int i = 0; i < 300; i++) {
		snprintf(id, sizeof(id), "demo-%d", i);
		OK(txn_create(t, id, &is, &f->e));
		is->title = "many";
	}
	commit(f, t, "import");
	assert_git(f, "2", "rev-list", "--count", "beadwave");
	t = begin(f);
	for (int i = 0; i < 300; i++) {
		snprintf(id, sizeof(id), "demo-%d", i);
		assert_non_null(txn_get(t, id));
		OK(txn_delete(t, id, &f->e));
	}
	commit(f, t, "empty");
	assert_git(f, "config.ini", "ls-tree", "-r", "--name-only", "beadwave");
}

/* ---- other gits on the same branch ---- */

/* Commits on the branch by plain git: path with this text. */
static void by_git(struct fix *f, const char *path, const char *text)
{
	char *index = xasprintf("%s/other-index", f->dir),
		*file = xasprintf("%s/other-file", f->dir), *info;
	struct buf blob = BUF_INIT, tree = BUF_INIT, commit_id = BUF_INIT;

	file_write(f->dir, "other-file", text);
	setenv("GIT_INDEX_FILE", index, 1);
	git_run(f->dir, &blob, "hash-object", "-w", file, NULL);
	buf_cut(&blob, 40);
	git_run(f->dir, NULL, "read-tree", "beadwave", NULL);
	info = xasprintf("100644,%s,%s", blob.s, path);
	git_run(f->dir, NULL, "update-index", "--add", "--cacheinfo", info, NULL);
	git_run(f->dir, &tree, "write-tree", NULL);
	buf_cut(&tree, 40);
	git_run(f->dir, &commit_id, "commit-tree", "-p", "beadwave", "-m", "by git", tree.s, NULL);
	buf_cut(&commit_id, 40);
	assert_int_equal(git_run(f->dir, NULL, "update-ref", "refs/heads/beadwave", commit_id.s,
				 NULL), 0);
	unsetenv("GIT_INDEX_FILE");
	unlink(index);
	unlink(file);
	buf_release(&blob);
	buf_release(&tree);
	buf_release(&commit_id);
	free(index);
	free(file);
	free(info);
}

static void branch_moved_elsewhere(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->title = "Ours";
	by_git(f, "memory/note.md", "by git");
	commit(f, t, "ours");
	assert_git(f, "ours\nby git\ncreate\nbdw init: prefix demo", "log", "--format=%s",
		   "beadwave");
	assert_in_file(f, ".beadwave/memory/note.md", "by git");
	assert_in_step(f, "demo-1");
	assert_title(f, "demo-1", "Ours");
}

static void branch_moved_here(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;
	char *text;

	create(f, "demo-1", "First");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->title = "Ours";
	text = file_read(f->dir, issue_file("demo-1"));
	memcpy(strstr(text, "First"), "Third", 5);
	by_git(f, issue_file("demo-1") + 10, text);
	assert_int_equal(txn_commit(t, "ours", NULL, &f->e), ERR_CONFLICT);
	assert_git(f, "by git", "log", "-1", "--format=%s", "beadwave");
	assert_title(f, "demo-1", "Third");
	set_title(f, "demo-1", "Ours");
	assert_in_step(f, "demo-1");
	free(text);
}

/* Names that are not the store's are neither written to disk nor dropped from the branch. */
static void foreign_names_on_the_branch(void **state)
{
	struct fix *f = *state;

	by_git(f, "hooks/run.sh", "evil");
	by_git(f, "issue/00/demo-1.md", "wrong shard");
	create(f, "demo-2", "x");
	assert_false(file_there(f->dir, ".beadwave/hooks"));
	assert_false(file_there(f->dir, ".beadwave/issue/00/demo-1.md"));
	assert_git(f, "run.sh", "ls-tree", "--name-only", "beadwave:hooks");
}

static void packed_ref(void **state)
{
	struct fix *f = *state;

	create(f, "demo-1", "First");
	assert_int_equal(git_run(f->dir, NULL, "gc", "-q", NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "pack-refs", "--all", NULL), 0);
	set_title(f, "demo-1", "Second");
	assert_title(f, "demo-1", "Second");
	assert_git(f, "3", "rev-list", "--count", "beadwave");
}

/* Whoever has the branch checked out is not in the way. */
static void branch_checked_out(void **state)
{
	struct fix *f = *state;

	assert_int_equal(git_run(f->dir, NULL, "checkout", "-q", "beadwave", NULL), 0);
	create(f, "demo-1", "First");
	assert_title(f, "demo-1", "First");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest t[] = {
		CASE(create_and_edit), CASE(nothing_changed_no_commit), CASE(abort_leaves_nothing),
		CASE(times), CASE(refusals), CASE(busy), CASE(delete_and_create_again),
		CASE(delete_and_rename_take_work_along), CASE(other_files), CASE(view_of_a_txn),
		CASE(view_of_a_txn_with_files_gone), CASE(many_in_one),
		CASE(branch_moved_elsewhere), CASE(branch_moved_here),
		CASE(foreign_names_on_the_branch), CASE(packed_ref), CASE(branch_checked_out),
	};
	int rc;

	tmp_begin();
	setenv("BDW_STORE__FSYNC", "off", 1);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = cmocka_run_group_tests(t, NULL, NULL);
	tmp_end();
	return rc;
}
