#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "store/checkout.h"
#include "store/intent.h"
#include "store/repo.h"
#include "tests/unit/tmptxn.h"

#define REF_LOCK ".git/refs/heads/beadwave.lock"
#define STAMP ".git/beadwave/checkout"
#define INTENT ".git/beadwave/intent"
#define DEAD_PID 999999999	/* above pid_max: nobody has it */

static void age(struct fix *f, const char *file, long sec)
{
	char *path = xasprintf("%s/%s", f->dir, file);
	struct timespec now, t[2];

	clock_gettime(CLOCK_REALTIME, &now);
	t[0] = t[1] = (struct timespec){ .tv_sec = now.tv_sec - sec };
	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
	free(path);
}

/* The stamp as another boot left it. */
static void reboot(struct fix *f)
{
	char *text = file_read(f->dir, STAMP);

	memcpy(text + 41, "00000000-0000", 13);
	file_write(f->dir, STAMP, text);
	free(text);
	store_close(f->s);
	f->s = NULL;
}

static void reopen(struct fix *f)
{
	store_close(f->s);
	f->s = NULL;
	OK(store_open(&f->s, f->dir, NULL, 0, &f->e));
}

static void assert_not_there(struct fix *f, const char *file)
{
	if (file_there(f->dir, file))
		fail_msg("%s is there", file);
}

/* The file of demo-1 as it was before its last change, which the stamp takes back too: a crash
 * after the ref moved. */
static void take_back(struct fix *f)
{
	char *old = file_read(f->dir, issue_file("demo-1")), *stamp = file_read(f->dir, STAMP);

	set_title(f, "demo-1", "Second");
	file_write(f->dir, issue_file("demo-1"), old);
	file_write(f->dir, STAMP, stamp);
	free(old);
	free(stamp);
}

static void behind_the_ref(void **state)
{
	struct fix *f = *state;

	create(f, "demo-1", "First");
	take_back(f);
	assert_in_file(f, issue_file("demo-1"), "First");
	assert_title(f, "demo-1", "Second");
	assert_in_step(f, "demo-1");
}

static void behind_and_edited(void **state)
{
	struct fix *f = *state;

	create(f, "demo-1", "First");
	take_back(f);
	hand_edit(f, issue_file("demo-1"), "priority: 2", "priority: 0");
	assert_title(f, "demo-1", "Second");
	assert_in_file(f, issue_file("demo-1"), "priority: 0");
	set_title(f, "demo-1", "Third");
	assert_in_file(f, issue_file("demo-1"), "priority: 0");
	assert_in_step(f, "demo-1");
}

static void behind_and_broken(void **state)
{
	struct fix *f = *state;
	struct txn *t;

	create(f, "demo-1", "First");
	take_back(f);
	file_write(f->dir, issue_file("demo-1"), "half an edi");
	t = begin(f);
	assert_string_equal(txn_get(t, "demo-1")->title, "Second");
	txn_abort(t);
	assert_in_file(f, issue_file("demo-1"), "half an edi");
}

static void reader_rolls_forward(void **state)
{
	struct fix *f = *state;
	int fd;

	create(f, "demo-1", "First");
	take_back(f);
	OK(store_lock_shared(f->s, 1000, &fd, &f->e));
	assert_in_step(f, "demo-1");
	assert_in_file(f, issue_file("demo-1"), "Second");
	close(fd);
}

static void two_readers_one_writer(void **state)
{
	struct fix *f = *state;
	int one, two, ex;

	OK(store_lock_shared(f->s, 0, &one, &f->e));
	OK(store_lock_shared(f->s, 0, &two, &f->e));
	assert_int_equal(store_lock(f->s, 0, &ex, &f->e), ERR_BUSY);
	close(one);
	close(two);
	OK(store_lock(f->s, 0, &ex, &f->e));
	assert_int_equal(store_lock_shared(f->s, 0, &one, &f->e), ERR_BUSY);
	close(ex);
}

/* ---- stamps ---- */

static struct stamp_row { const char *what, *text; } stamps[] = {
	{ "stamp_empty", "" },
	{ "stamp_garbage", "garbage\n" },
	{ "stamp_cut", "0123456789abcdef" },
	{ "stamp_of_a_pruned_commit", "1111111111111111111111111111111111111111 x\n" },
};

/* Without a base old versions must not count as edits, and edits must not be lost. */
static void damaged_stamp(void **state)
{
	const struct stamp_row *r = *state;
	struct fix *f;
	char *old;

	assert_int_equal(fix_setup((void **)&f), 0);
	create(f, "demo-1", "First");
	create(f, "demo-2", "Edited");
	create(f, "demo-3", "Old");
	old = file_read(f->dir, issue_file("demo-3"));
	set_title(f, "demo-3", "New");
	take_back(f);
	hand_edit(f, issue_file("demo-2"), "priority: 2", "priority: 0");
	file_write(f->dir, issue_file("demo-3"), old);
	hand_edit(f, issue_file("demo-3"), "priority: 2", "priority: 0");
	file_write(f->dir, STAMP, r->text);
	reopen(f);
	assert_title(f, "demo-1", "Second");
	assert_in_step(f, "demo-1");
	assert_in_file(f, issue_file("demo-2"), "priority: 0");
	/* edited from a version that is no longer current: merged with what came since */
	assert_title(f, "demo-3", "New");
	assert_in_file(f, issue_file("demo-3"), "priority: 0");
	free(old);
	fix_teardown((void **)&f);
}

static struct loss_row { const char *what, *text; bool restored; } losses[] = {
	{ "loss_empty", "", true },
	{ "loss_cut", "---\nid: demo-1\ntit", true },
	{ "loss_old_version", NULL, true },
	{ "loss_edit_is_kept",
	  "---\nid: demo-1\ntitle: By hand\nstatus: open\ntype: task\npriority: 2\n---\n", false },
};

/* After a power loss a file may be empty, cut or old; a real edit is still one. */
static void power_loss(void **state)
{
	const struct loss_row *r = *state;
	struct fix *f;
	char *old;

	assert_int_equal(fix_setup((void **)&f), 0);
	create(f, "demo-1", "First");
	old = file_read(f->dir, issue_file("demo-1"));
	set_title(f, "demo-1", "Second");
	file_write(f->dir, issue_file("demo-1"), r->text ? r->text : old);
	reboot(f);
	reopen(f);	/* opening is enough: nobody may read such files */
	assert_in_file(f, issue_file("demo-1"), r->restored ? "Second" : "By hand");
	assert_title(f, "demo-1", r->restored ? "Second" : "By hand");
	free(old);
	fix_teardown((void **)&f);
}

static void power_loss_nul_bytes(void **state)
{
	struct fix *f = *state;
	char *path;

	create(f, "demo-1", "First");
	path = xasprintf("%s/%s", f->dir, issue_file("demo-1"));
	assert_int_equal(fsx_write_atomic(AT_FDCWD, path, "---\0\0\0\0", 8, 0666, 0, NULL), 0);
	reboot(f);
	reopen(f);
	assert_in_step(f, "demo-1");
	free(path);
}

/* What did not parse was put aside, not thrown away. */
static void power_loss_keeps_what_it_replaces(void **state)
{
	struct fix *f = *state;
	char *argv[] = { "find", NULL, "-type", "f", NULL };
	struct proc p = { .argv = argv };
	struct buf out = BUF_INIT;

	create(f, "demo-1", "First");
	file_write(f->dir, issue_file("demo-1"), "my unfinished edit");
	reboot(f);
	reopen(f);
	assert_in_step(f, "demo-1");
	argv[1] = xasprintf("%s/.git/beadwave/rescued", f->dir);
	assert_int_equal(proc_run(&p, &out, NULL, &f->e), 0);
	assert_non_null(strstr(out.s, "demo-1.md"));
	free(argv[1]);
	buf_release(&out);
}

/* ---- a branch that others moved ---- */

static void branch_set_back(void **state)
{
	struct fix *f = *state;

	create(f, "demo-1", "First");
	set_title(f, "demo-1", "Second");
	create(f, "demo-2", "Two");
	create(f, "demo-3", "Three");
	hand_edit(f, issue_file("demo-3"), "priority: 2", "priority: 0");
	assert_int_equal(git_run(f->dir, NULL, "update-ref", "refs/heads/beadwave", "beadwave~3",
				 NULL), 0);
	assert_title(f, "demo-1", "First");
	assert_in_step(f, "demo-1");
	assert_not_there(f, issue_file("demo-2"));
	/* the edit outlives the issue's removal */
	assert_in_file(f, issue_file("demo-3"), "priority: 0");
}

static void pruned_base(void **state)
{
	struct fix *f = *state;

	create(f, "demo-1", "First");
	set_title(f, "demo-1", "Second");
	assert_int_equal(git_run(f->dir, NULL, "update-ref", "refs/heads/beadwave", "beadwave~1",
				 NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "reflog", "expire", "--expire=now", "--all",
				 NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "gc", "-q", "--prune=now", NULL), 0);
	reopen(f);
	/* nothing is known of the old base, and still nothing stops */
	set_title(f, "demo-1", "Third");
	assert_in_step(f, "demo-1");
}

/* The reflog keeps what the stamp names alive, in bare repositories too (decisions A21). */
static void stamp_survives_gc(void **state)
{
	struct fix *f = *state;
	char *stamp;

	create(f, "demo-1", "First");
	stamp = file_read(f->dir, STAMP);
	stamp[40] = 0;
	assert_int_equal(git_run(f->dir, NULL, "config", "core.logAllRefUpdates", "false",
				 NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "update-ref", "refs/heads/beadwave", "beadwave~1",
				 NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "gc", "-q", "--prune=now", NULL), 0);
	assert_int_equal(git_run(f->dir, NULL, "cat-file", "-e", stamp, NULL), 0);
	free(stamp);
}

/* ---- locks that a killed process left ---- */

static void own_lock_by_its_bytes(void **state)
{
	struct fix *f = *state;
	const char *hex = "1234567890123456789012345678901234567890";
	char *intent = xasprintf("%s %d\n", hex, DEAD_PID), *held = xasprintf("%s\n", hex);

	file_write(f->dir, INTENT, intent);
	file_write(f->dir, REF_LOCK, held);
	create(f, "demo-1", "First");
	assert_not_there(f, REF_LOCK);
	assert_not_there(f, INTENT);
	free(intent);
	free(held);
}

static void own_lock_still_empty(void **state)
{
	struct fix *f = *state;
	char *intent = xasprintf("1234567890123456789012345678901234567890 %d\n", DEAD_PID);

	file_write(f->dir, INTENT, intent);
	file_write(f->dir, REF_LOCK, "");
	age(f, REF_LOCK, 10);
	create(f, "demo-1", "First");
	assert_not_there(f, REF_LOCK);
	free(intent);
}

static void foreign_lock_stays(void **state)
{
	struct fix *f = *state;
	struct issue *is;
	struct txn *t;

	create(f, "demo-1", "First");
	file_write(f->dir, REF_LOCK, "1234567890123456789012345678901234567890\n");
	file_write(f->dir, INTENT, "0000000000000000000000000000000000000000 1\n");
	age(f, REF_LOCK, 100);
	t = begin(f);
	OK(txn_edit(t, "demo-1", &is, &f->e));
	is->title = "Never";
	assert_int_equal(txn_commit(t, "x", NULL, &f->e), ERR_BUSY);
	assert_non_null(strstr(f->e.hint, "beadwave.lock"));
	assert_true(file_there(f->dir, REF_LOCK));
	assert_not_there(f, INTENT);
	assert_in_file(f, issue_file("demo-1"), "First");
}

static void old_lock_without_intent_stays(void **state)
{
	struct fix *f = *state;

	file_write(f->dir, REF_LOCK, "");
	age(f, REF_LOCK, 100);
	intent_recover(f->s);
	assert_true(file_there(f->dir, REF_LOCK));
}

/* ---- temp files ---- */

static const char *in_shard(const char *id, const char *name)
{
	static char out[512];

	snprintf(out, sizeof(out), "%s", issue_file(id));
	snprintf(strrchr(out, '/') + 1, 64, "%s", name);
	return out;
}

/* Killed after the exchange: the edit that came out stands under a temp name. */
static void edit_in_a_temp_file(void **state)
{
	struct fix *f = *state;
	char *text;

	create(f, "demo-1", "First");
	take_back(f);
	hand_edit(f, issue_file("demo-1"), "priority: 2", "priority: 0");
	text = file_read(f->dir, issue_file("demo-1"));
	file_write(f->dir, in_shard("demo-1", ".tmp.999999999.0"), text);
	hand_edit(f, issue_file("demo-1"), "priority: 0", "priority: 2");
	assert_title(f, "demo-1", "Second");
	assert_in_file(f, issue_file("demo-1"), "priority: 0");
	assert_not_there(f, in_shard("demo-1", ".tmp.999999999.0"));
	free(text);
}

static void torn_temp_file(void **state)
{
	struct fix *f = *state;

	create(f, "demo-1", "First");
	take_back(f);
	file_write(f->dir, in_shard("demo-1", ".tmp.999999999.0"), "---\nid: demo-1\ntitle: Sec");
	file_write(f->dir, in_shard("demo-1", ".tmp.999999999.1"), "");
	file_write(f->dir, ".git/beadwave/.tmp.999999999.0", "x");
	assert_title(f, "demo-1", "Second");
	assert_not_there(f, in_shard("demo-1", ".tmp.999999999.0"));
	assert_not_there(f, in_shard("demo-1", ".tmp.999999999.1"));
	assert_not_there(f, ".git/beadwave/.tmp.999999999.0");
	assert_not_there(f, ".git/beadwave/rescued");
}

static void temp_file_nobody_knows(void **state)
{
	struct fix *f = *state;

	create(f, "demo-1", "First");
	take_back(f);
	file_write(f->dir, in_shard("demo-1", ".tmp.999999999.0"), "something");
	assert_title(f, "demo-1", "Second");
	assert_not_there(f, in_shard("demo-1", ".tmp.999999999.0"));
	assert_true(file_there(f->dir, ".git/beadwave/rescued"));
}

/* An editor's own temp and backup names are not ours. */
static void other_names_stay(void **state)
{
	static const char *const names[] = { ".demo-1.md.swp", "demo-1.md~", "#demo-1.md#", ".tmp",
					     "x.tmp" };
	struct fix *f = *state;

	create(f, "demo-1", "First");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		file_write(f->dir, in_shard("demo-1", names[i]), "x");
	take_back(f);
	assert_title(f, "demo-1", "Second");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(file_there(f->dir, in_shard("demo-1", names[i])));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest fixed[] = {
		CASE(behind_the_ref), CASE(behind_and_edited), CASE(behind_and_broken),
		CASE(reader_rolls_forward), CASE(two_readers_one_writer),
		CASE(power_loss_nul_bytes), CASE(power_loss_keeps_what_it_replaces),
		CASE(branch_set_back), CASE(pruned_base), CASE(stamp_survives_gc),
		CASE(own_lock_by_its_bytes), CASE(own_lock_still_empty), CASE(foreign_lock_stays),
		CASE(old_lock_without_intent_stays), CASE(edit_in_a_temp_file),
		CASE(torn_temp_file), CASE(temp_file_nobody_knows), CASE(other_names_stay),
	};
	struct CMUnitTest t[40] = { 0 };
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		t[n++] = fixed[i];
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++)
		t[n++] = (struct CMUnitTest){ .name = stamps[i].what, .test_func = damaged_stamp,
						.initial_state = &stamps[i] };
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		t[n++] = (struct CMUnitTest){ .name = losses[i].what, .test_func = power_loss,
						.initial_state = &losses[i] };
	tmp_begin();
	setenv("BDW_STORE__FSYNC", "off", 1);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = _cmocka_run_group_tests("recover", t, n, NULL, NULL);
	tmp_end();
	return rc;
}
