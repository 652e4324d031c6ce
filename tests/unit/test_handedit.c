#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/vec.h"
#include "store/handedit.h"
#include "tests/unit/tmptxn.h"

static void set_times(struct fix *f, const char *file, long sec)
{
	char *path = xasprintf("%s/%s", f->dir, file);
	struct timespec t[2] = { { .tv_sec = sec }, { .tv_sec = sec } };

	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
	free(path);
}

/* A hand edit of the file that a command changes is committed first, under the user's name. */
static void edit_is_committed_first(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	hand_edit(f, issue_file("demo-1"), "title: First", "title: By hand");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	assert_string_equal(is->title, "By hand");
	is->priority = 0;
	commit(f, t, "raise");
	assert_git(f, "tess: raise\ntess: edited by hand: demo-1", "log", "-2", "--format=%an: %s",
		   "beadwave");
	assert_in_step(f, "demo-1");
	assert_in_file(f, issue_file("demo-1"), "By hand");
	assert_git(f, "4", "rev-list", "--count", "beadwave");
}

/* Stat cannot tell: same size, same times. */
static void same_size_same_time(void **state)
{
	struct fix *f = *state;

	create(f, "demo-1", "First");
	set_times(f, issue_file("demo-1"), 1000000000);
	hand_edit(f, issue_file("demo-1"), "title: First", "title: Other");
	set_times(f, issue_file("demo-1"), 1000000000);
	set_title(f, "demo-1", "Mine");
	assert_git(f, "update\nedited by hand: demo-1", "log", "-2", "--format=%s", "beadwave");
	assert_git(f, "title: Other", "grep", "-h", "^title: O", "beadwave~");
}

static void only_edit_no_change(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	hand_edit(f, issue_file("demo-1"), "title: First", "title: By hand");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	commit(f, t, "nothing of ours");
	assert_git(f, "edited by hand: demo-1", "log", "-1", "--format=%s", "beadwave");
	assert_in_step(f, "demo-1");
}

static void edit_is_not_taken_on_abort(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	hand_edit(f, issue_file("demo-1"), "title: First", "title: By hand");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	txn_abort(t);
	assert_in_file(f, issue_file("demo-1"), "By hand");
	assert_git(f, "2", "rev-list", "--count", "beadwave");
}

/* An edit of another file is none of our business. */
static void other_edits_wait(void **state)
{
	struct fix *f = *state;
	struct txn *t;
	size_t n;

	create(f, "demo-1", "First");
	create(f, "demo-2", "Second");
	hand_edit(f, issue_file("demo-2"), "title: Second", "title: By hand");
	set_title(f, "demo-1", "Changed");
	assert_in_file(f, issue_file("demo-2"), "By hand");
	assert_git(f, "", "log", "--grep=edited by hand", "--format=%s", "beadwave");
	t = begin(f);
	OK(txn_absorb_all(t, &n, &f->e));
	assert_int_equal(n, 1);
	commit(f, t, "unused");
	assert_git(f, "edited by hand: demo-2", "log", "-1", "--format=%s", "beadwave");
	assert_in_step(f, "demo-2");
}

/* Of these issues only, and what is broken or gone is none. */
static void edits_of_some(void **state)
{
	struct fix *f = *state;
	STRS_AUTO ids = { 0 };
	struct txn *t;
	size_t n;

	for (int i = 1; i <= 4; i++) {
		AUTO_FREE char *id = xasprintf("demo-%d", i);

		create(f, id, "First");
		strs_add(&ids, id);
		hand_edit(f, issue_file(id), "title: First", i == 2 ? "titel: x" : "title: By hand");
	}
	create(f, "demo-5", "First");
	hand_edit(f, issue_file("demo-5"), "title: First", "title: Later");
	strs_add(&ids, "demo-none");
	hand_edit(f, issue_file("demo-4"), "title: By hand", "title: First");
	t = begin(f);
	OK(txn_absorb(t, &ids, &n, &f->e));
	assert_int_equal(n, 2);
	commit(f, t, "unused");
	assert_in_step(f, "demo-1");
	assert_in_step(f, "demo-3");
	assert_git(f, "6", "rev-list", "--count", "beadwave", "--", "issue");
	t = begin(f);
	OK(txn_absorb(t, &ids, &n, &f->e));
	assert_int_equal(n, 0);
	OK(txn_absorb_all(t, &n, &f->e));
	assert_int_equal(n, 1);
	txn_abort(t);
}

static void status_brings_its_time(void **state)
{
	struct fix *f = *state;
	struct txn *t;
	const struct issue *is;

	create(f, "demo-1", "First");
	hand_edit(f, issue_file("demo-1"), "status: open", "status: closed");
	t = begin(f);
	is = txn_get(t, "demo-1");
	assert_true(is->closed_at != 0);
	assert_int_equal(is->closed_at, is->updated_at);
	assert_true(is->updated_at > is->created_at);
	txn_abort(t);
}

static void new_files(void **state)
{
	struct fix *f = *state;
	struct txn *t;
	size_t n;

	file_write(f->dir, issue_file("demo-7"),
		   "---\nid: demo-7\ntitle: By hand\nstatus: open\ntype: task\npriority: 1\n---\n"
		   "\nBody\n");
	file_write(f->dir, ".beadwave/workflow/default.ini", "[run]\nmax_parallel=2\n");
	file_write(f->dir, ".beadwave/issue/00/demo-8.md", "---\ntitle: wrong folder\n---\n");
	file_write(f->dir, ".beadwave/issue/readme.txt", "x");
	file_write(f->dir, ".beadwave/notes.md~", "x");
	t = begin(f);
	OK(txn_absorb_all(t, &n, &f->e));
	assert_int_equal(n, 2);
	assert_string_equal(txn_get(t, "demo-7")->created_by, "tess");
	commit(f, t, "unused");
	assert_in_step(f, "demo-7");
	assert_in_file(f, issue_file("demo-7"), "created_by: tess");
	assert_git(f, "config.ini\nissue\nworkflow", "ls-tree", "--name-only", "beadwave");
	assert_true(file_there(f->dir, ".beadwave/notes.md~"));
}

/* `git clean`, `rm -r`: a missing file is never an edit. */
static void missing_is_no_edit(void **state)
{
	struct fix *f = *state;
	char *path, *tree = xasprintf("%s/.beadwave/issue", f->dir);
	struct issue *is;
	struct txn *t;
	size_t n;

	create(f, "demo-1", "First");
	create(f, "demo-2", "Second");
	path = xasprintf("%s/%s", f->dir, issue_file("demo-1"));
	unlink(path);
	t = begin(f);
	OK(txn_absorb_all(t, &n, &f->e));
	assert_int_equal(n, 0);
	assert_non_null(txn_get(t, "demo-1"));
	assert_int_equal(txn_create(t, "demo-1", &is, &f->e), ERR_EXISTS);
	commit(f, t, "nothing");
	assert_int_equal(fsx_remove_tree(AT_FDCWD, tree, NULL), 0);
	set_title(f, "demo-1", "Changed");
	assert_in_step(f, "demo-1");
	OK(store_restore(f->s, &f->e));
	assert_in_step(f, "demo-2");
	free(path);
	free(tree);
}

static struct row { const char *what, *text; } broken[] = {
	{ "no_front_matter", "just text\n" },
	{ "no_end", "---\nid: demo-1\ntitle: x\n" },
	{ "conflict_markers",
	  "---\nid: demo-1\n<<<<<<< HEAD\ntitle: a\n=======\ntitle: b\n>>>>>>> x\n---\n" },
	{ "wrong_id", "---\nid: demo-2\ntitle: x\n---\n" },
	{ "empty", "" },
	{ "no_title", "---\nid: demo-1\nstatus: open\n---\n" },
};

/* A broken edit is left alone: not committed, not lost, in nobody's way. */
static void broken_edit(void **state)
{
	const struct row *r = *state;
	struct fix *f;
	struct issue *is;
	struct txn *t;
	char *text;
	size_t n;

	assert_int_equal(fix_setup((void **)&f), 0);
	create(f, "demo-1", "First");
	create(f, "demo-3", "Third");
	file_write(f->dir, issue_file("demo-1"), r->text);
	t = begin(f);
	assert_int_equal(txn_edit(t, "demo-1", &is, &f->e), ERR_PARSE);
	assert_non_null(strstr(f->e.msg, "demo-1.md:"));
	assert_int_equal(txn_edit(t, "demo-1", &is, &f->e), ERR_PARSE);
	assert_int_equal(txn_delete(t, "demo-1", &f->e), ERR_PARSE);
	assert_int_equal(txn_create(t, "demo-1", &is, &f->e), ERR_EXISTS);
	assert_string_equal(txn_get(t, "demo-1")->title, "First");
	OK(txn_edit(t, "demo-3", &is, &f->e));
	is->title = "Changed";
	OK(txn_absorb_all(t, &n, &f->e));
	assert_int_equal(n, 0);
	commit(f, t, "others go on");
	assert_title(f, "demo-3", "Changed");
	text = file_read(f->dir, issue_file("demo-1"));
	assert_string_equal(text, r->text);
	free(text);
	/* mended by removing it */
	text = xasprintf("%s/%s", f->dir, issue_file("demo-1"));
	unlink(text);
	set_title(f, "demo-1", "Mended");
	assert_in_step(f, "demo-1");
	free(text);
	fix_teardown((void **)&f);
}

/* ---- saved between our reading and our writing ---- */

static void saved_meanwhile_is_merged(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->priority = 0;
	hand_edit(f, issue_file("demo-1"), "title: First", "title: Meanwhile");
	commit(f, t, "raise");
	assert_in_file(f, issue_file("demo-1"), "title: Meanwhile");
	assert_in_file(f, issue_file("demo-1"), "priority: 0");
	/* ours is committed; the edit is like any other, and goes in with the next write */
	assert_git(f, "raise", "log", "-1", "--format=%s", "beadwave");
	set_title(f, "demo-1", "Later");
	assert_git(f, "update\nedited by hand: demo-1", "log", "-2", "--format=%s", "beadwave");
	assert_in_step(f, "demo-1");
	assert_in_file(f, issue_file("demo-1"), "priority: 0");
}

static void saved_twice_is_merged(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	hand_edit(f, issue_file("demo-1"), "title: First", "title: Before");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->priority = 0;
	hand_edit(f, issue_file("demo-1"), "type: task", "type: bug");
	commit(f, t, "raise");
	assert_in_file(f, issue_file("demo-1"), "title: Before");
	assert_in_file(f, issue_file("demo-1"), "priority: 0");
	assert_in_file(f, issue_file("demo-1"), "type: bug");
}

static void broken_meanwhile_is_put_back(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->priority = 0;
	file_write(f->dir, issue_file("demo-1"), "half an edi");
	commit(f, t, "raise");
	assert_in_file(f, issue_file("demo-1"), "half an edi");
	assert_git(f, "raise", "log", "-1", "--format=%s", "beadwave");
	t = begin(f);
	assert_int_equal(txn_edit(t, "demo-1", &is, &f->e), ERR_PARSE);
	assert_int_equal(txn_get(t, "demo-1")->priority, 0);
	txn_abort(t);
}

static void saved_while_deleted_stays(void **state)
{
	struct fix *f = *state;
	struct txn *t;

	create(f, "demo-1", "First");
	t = begin(f);
	OK(txn_delete(t, "demo-1", &f->e));
	hand_edit(f, issue_file("demo-1"), "title: First", "title: Wait");
	commit(f, t, "delete");
	assert_in_file(f, issue_file("demo-1"), "title: Wait");
	assert_title(f, "demo-1", "Wait");
}

static void made_meanwhile_is_merged(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t = begin(f);

	OK(txn_create(t, "demo-1", &is, &f->e));
	is->title = "Ours";
	is->description = "Ours";
	file_write(f->dir, issue_file("demo-1"),
		   "---\nid: demo-1\ntitle: Theirs\nassignee: bo\n---\n\nTheirs\n");
	commit(f, t, "create");
	assert_in_file(f, issue_file("demo-1"), "assignee: bo");
	assert_in_file(f, issue_file("demo-1"), "Theirs");
	assert_in_file(f, issue_file("demo-1"), "Ours");
}

static void gone_meanwhile_comes_back(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;
	char *path;

	create(f, "demo-1", "First");
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->priority = 0;
	path = xasprintf("%s/%s", f->dir, issue_file("demo-1"));
	unlink(path);
	commit(f, t, "raise");
	assert_in_step(f, "demo-1");
	free(path);
}

static void config_saved_meanwhile(void **state)
{
	struct fix *f = *state;
	struct txn *t = begin(f);
	const char ours[] = "[project]\nprefix = demo\nproduct = ours\n\n[run]\nmax_parallel = 3\n";

	OK(txn_put(t, "config.ini", ours, sizeof(ours) - 1, &f->e));
	commit(f, t, "config");
	t = begin(f);
	OK(txn_put(t, "config.ini",
		   "[project]\nprefix = demo\nproduct = ours\n\n[run]\nmax_parallel = 4\n",
		   sizeof(ours) - 1, &f->e));
	hand_edit(f, ".beadwave/config.ini", "product = ours", "product = theirs");
	commit(f, t, "config");
	assert_in_file(f, ".beadwave/config.ini", "product = theirs");
	assert_in_file(f, ".beadwave/config.ini", "max_parallel = 4");
}

static void no_temp_files_left(void **state)
{
	struct fix *f = *state;
	char *argv[] = { "find", f->dir, "-name", ".tmp*", "-o", "-name", "*.lock", NULL };
	struct proc p = { .argv = argv };
	struct buf out = BUF_INIT;

	saved_meanwhile_is_merged(state);
	hand_edit(f, issue_file("demo-1"), "title: Later", "title: x");
	set_title(f, "demo-1", "y");
	assert_int_equal(proc_run(&p, &out, NULL, &f->e), 0);
	assert_string_equal(out.s, "");
	buf_release(&out);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest fixed[] = {
		CASE(edit_is_committed_first), CASE(same_size_same_time), CASE(only_edit_no_change),
		CASE(edit_is_not_taken_on_abort), CASE(other_edits_wait), CASE(edits_of_some),
		CASE(status_brings_its_time), CASE(new_files), CASE(missing_is_no_edit),
		CASE(saved_meanwhile_is_merged), CASE(saved_twice_is_merged),
		CASE(broken_meanwhile_is_put_back), CASE(saved_while_deleted_stays),
		CASE(made_meanwhile_is_merged), CASE(gone_meanwhile_comes_back),
		CASE(config_saved_meanwhile), CASE(no_temp_files_left),
	};
	struct CMUnitTest t[32] = { 0 };
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		t[n++] = fixed[i];
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		t[n++] = (struct CMUnitTest){ .name = broken[i].what, .test_func = broken_edit,
						.initial_state = &broken[i] };
	tmp_begin();
	setenv("BDW_STORE__FSYNC", "off", 1);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = _cmocka_run_group_tests("handedit", t, n, NULL, NULL);
	tmp_end();
	return rc;
}
