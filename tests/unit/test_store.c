#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/find.h"
#include "store/repo.h"
#include "store/store_priv.h"
#include "store/txn.h"
#include "tests/unit/tmprepo.h"

static int init_in(const char *dir, struct store_inited *out, struct err *e)
{
	struct store_init o = { .actor = "tess" };

	return store_init(dir, &o, out, e);
}

/* Opens, and answers the tree's path without the test's folder; "" on failure. */
static const char *open_tree(const char *dir, const char *env_dir, unsigned flags)
{
	static char seen[1024];
	struct err e = ERR_INIT;
	struct store *s;

	*seen = 0;
	if (store_open(&s, dir, env_dir, flags, &e) < 0) {
		snprintf(seen, sizeof(seen), "%d", e.code);
		return seen;
	}
	snprintf(seen, sizeof(seen), "%s", store_paths(s)->tree + strlen(tmp_dir) + 1);
	store_close(s);
	return seen;
}

static void create_issue(const char *dir, const char *id)
{
	struct txn_opts o = { .actor = "tess", .wait_ms = 30000 };
	struct err e = ERR_INIT;
	struct issue *is;
	struct store *s;
	struct txn *t;

	if (store_open(&s, dir, NULL, 0, &e) || txn_begin(&t, s, &o, &e) ||
	    txn_create(t, id, &is, &e))
		fail_msg("%s", e.msg);
	is->title = "An issue";
	if (txn_commit(t, "create", NULL, &e))
		fail_msg("%s", e.msg);
	store_close(s);
}

static bool has_issue(const char *dir, const char *id)
{
	struct err e = ERR_INIT;
	struct store *s;
	struct txn *t;
	bool has;

	if (store_open(&s, dir, NULL, 0, &e) ||
	    txn_begin(&t, s, &(struct txn_opts){ "tess", 30000 }, &e))
		fail_msg("%s", e.msg);
	has = txn_get(t, id) != NULL;
	txn_abort(t);
	store_close(s);
	return has;
}

static void init_sets_up(void **state)
{
	char *dir = tmp_repo("init one"), *exclude, *config;
	struct store_inited got;
	struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(init_in(dir, &got, NULL), 0);
	assert_string_equal(got.branch, "beadwave");
	assert_string_equal(got.prefix, "init_one");
	assert_false(got.made_repo);
	assert_false(got.adopted);
	exclude = file_read(dir, ".git/info/exclude");
	assert_non_null(strstr(exclude, "\n/.beadwave/\n"));
	config = file_read(dir, ".beadwave/config.ini");
	assert_non_null(strstr(config, "init_one"));
	assert_int_equal(git_run(dir, &out, "status", "--porcelain", NULL), 0);
	assert_string_equal(out.s, "");
	assert_int_equal(git_run(dir, &out, "log", "--format=%an %s", "beadwave", NULL), 0);
	assert_string_equal(out.s, "tess bdw init: prefix init_one\n");
	assert_string_equal(open_tree(dir, NULL, 0), "init one/.beadwave");
	store_inited_release(&got);
	buf_release(&out);
	free(exclude);
	free(config);
	free(dir);
}

static void init_twice_is_refused(void **state)
{
	char *dir = tmp_store("twice"), *sub = tmp_path("twice/a/b");
	struct store_inited got;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(fsx_mkdirs(AT_FDCWD, sub, 0777, NULL), 0);
	assert_int_equal(init_in(dir, &got, &e), ERR_EXISTS);
	assert_int_equal(init_in(sub, &got, &e), ERR_EXISTS);
	assert_string_equal(open_tree(sub, NULL, 0), "twice/.beadwave");
	free(dir);
	free(sub);
}

static void init_makes_a_repository(void **state)
{
	char *dir = tmp_path("plain folder");
	struct store_inited got;

	(void)state;
	assert_int_equal(fsx_mkdirs(AT_FDCWD, dir, 0777, NULL), 0);
	assert_string_equal(open_tree(dir, NULL, 0), "-3");
	assert_int_equal(init_in(dir, &got, NULL), 0);
	assert_true(got.made_repo);
	assert_string_equal(open_tree(dir, NULL, 0), "plain folder/.beadwave");
	store_inited_release(&got);
	free(dir);
}

static void messages_say_what_to_do(void **state)
{
	char *dir = tmp_repo("none"), *outside = tmp_path("outside");
	struct err e = ERR_INIT;
	struct store *s;

	(void)state;
	assert_int_equal(store_open(&s, dir, NULL, 0, &e), ERR_NOTFOUND);
	assert_non_null(strstr(e.msg, "no beadwave store"));
	assert_non_null(strstr(e.hint, "bdw init"));
	assert_int_equal(fsx_mkdirs(AT_FDCWD, outside, 0777, NULL), 0);
	assert_int_equal(store_open(&s, outside, NULL, 0, &e), ERR_NOTFOUND);
	assert_non_null(strstr(e.msg, "not a git repository"));
	assert_non_null(strstr(e.hint, "bdw init"));
	assert_int_equal(store_open(&s, "/nowhere/at/all", NULL, 0, &e), ERR_IO);
	free(dir);
	free(outside);
}

static struct prefix_row { const char *what, *prefix, *want; } prefixes[] = {
	{ "prefix_given", "demo", "demo" },
	{ "prefix_with_hyphen", "demo-", "demo" },
	{ "prefix_of_two_words", "my-demo", "my-demo" },
	{ "prefix_with_space", "my demo", NULL },
	{ "prefix_only_hyphens", "--", NULL },
	{ "prefix_with_newline", "a\nb", NULL },
	{ "prefix_with_comment", "a;b", NULL },
};

static void prefix(void **state)
{
	const struct prefix_row *r = *state;
	char *dir = tmp_repo(r->what);
	struct store_init o = { .prefix = r->prefix, .actor = "tess" };
	struct store_inited got;
	struct err e = ERR_INIT;

	assert_int_equal(store_init(dir, &o, &got, &e), r->want ? 0 : ERR_USAGE);
	if (r->want)
		assert_string_equal(got.prefix, r->want);
	else
		assert_false(file_there(dir, ".beadwave"));
	store_inited_release(&got);
	free(dir);
}

static void linked_work_tree(void **state)
{
	char *dir = tmp_repo("main_tree"), *other = tmp_path("other_tree"),
		*third = tmp_path("third_tree");
	struct store_inited got;

	(void)state;
	assert_int_equal(git_run(dir, NULL, "commit", "-q", "--allow-empty", "-m", "x", NULL), 0);
	assert_int_equal(git_run(dir, NULL, "worktree", "add", "-q", other, NULL), 0);
	/* init in the linked tree puts the store into the main one */
	assert_int_equal(init_in(other, &got, NULL), 0);
	assert_string_equal(got.tree + strlen(tmp_dir), "/main_tree/.beadwave");
	store_inited_release(&got);
	assert_int_equal(git_run(dir, NULL, "worktree", "add", "-q", third, NULL), 0);
	assert_string_equal(open_tree(other, NULL, 0), "main_tree/.beadwave");
	create_issue(third, "demo-1");
	assert_true(has_issue(dir, "demo-1"));
	assert_false(file_there(third, ".beadwave"));
	free(dir);
	free(other);
	free(third);
}

static void bare_repository(void **state)
{
	char *dir = tmp_path("bare.git");
	struct store_inited got;
	struct err e = ERR_INIT;
	struct store *s;

	(void)state;
	assert_int_equal(fsx_mkdirs(AT_FDCWD, dir, 0777, NULL), 0);
	assert_int_equal(git_run(dir, NULL, "init", "-q", "--bare", NULL), 0);
	assert_int_equal(init_in(dir, &got, &e), 0);
	assert_string_equal(got.prefix, "bare");
	store_inited_release(&got);
	assert_string_equal(open_tree(dir, NULL, 0), "bare.git/beadwave/tree");
	create_issue(dir, "bare-1");
	assert_int_equal(store_open(&s, dir, NULL, 0, &e), 0);
	assert_string_equal(store_paths(s)->worktree, "");
	store_close(s);
	/* also where git would keep none */
	assert_true(file_there(dir, "logs/refs/heads/beadwave"));
	free(dir);
}

static void separate_git_dir(void **state)
{
	char *dir = tmp_path("sep_work"), *git = tmp_path("sep_git"),
		*linked = tmp_path("sep_linked");
	char *moved = tmp_path("sep_moved"), *arg = xasprintf("--separate-git-dir=%s", git);
	struct store_inited got;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(fsx_mkdirs(AT_FDCWD, dir, 0777, NULL), 0);
	assert_int_equal(git_run(dir, NULL, "init", "-q", arg, NULL), 0);
	assert_int_equal(git_run(dir, NULL, "commit", "-q", "--allow-empty", "-m", "x", NULL), 0);
	assert_int_equal(git_run(dir, NULL, "worktree", "add", "-q", linked, NULL), 0);
	/* nothing points to the main tree */
	assert_int_equal(init_in(linked, &got, &e), ERR_REFUSED);
	assert_int_equal(init_in(dir, &got, &e), 0);
	store_inited_release(&got);
	assert_string_equal(open_tree(linked, NULL, 0), "sep_work/.beadwave");
	/* moved: a command run inside finds it again, for everybody */
	assert_int_equal(rename(dir, moved), 0);
	assert_string_equal(open_tree(moved, NULL, 0), "sep_moved/.beadwave");
	assert_string_equal(open_tree(linked, NULL, 0), "sep_moved/.beadwave");
	free(dir);
	free(git);
	free(linked);
	free(moved);
	free(arg);
}

static void whole_repository_moved(void **state)
{
	char *dir = tmp_store("before"), *moved = tmp_path("after");

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(rename(dir, moved), 0);
	assert_true(has_issue(moved, "demo-1"));
	assert_string_equal(open_tree(moved, NULL, 0), "after/.beadwave");
	free(dir);
	free(moved);
}

static void fresh_clone(void **state)
{
	char *dir = tmp_store("upstream"), *clone = tmp_path("clone"),
		*readonly = tmp_path("clone2");

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(git_run(tmp_dir, NULL, "clone", "-q", dir, clone, NULL), 0);
	assert_int_equal(git_run(tmp_dir, NULL, "clone", "-q", "--origin", "up", dir, readonly,
				 NULL), 0);
	assert_string_equal(open_tree(clone, NULL, STORE_NO_SETUP), "-3");
	assert_string_equal(open_tree(clone, NULL, STORE_READ_ONLY), "-3");
	assert_false(file_there(clone, ".beadwave"));
	assert_string_equal(open_tree(clone, NULL, 0), "clone/.beadwave");
	assert_true(has_issue(clone, "demo-1"));
	/* a remote of any name, its refs packed; the first command writes */
	assert_int_equal(git_run(readonly, NULL, "pack-refs", "--all", NULL), 0);
	create_issue(readonly, "demo-2");
	assert_true(has_issue(readonly, "demo-1"));
	free(dir);
	free(clone);
	free(readonly);
}

/* Blobs that only git can fetch. */
static void partial_clone(void **state)
{
	char *dir = tmp_store("promising"), *clone = tmp_path("partial"),
		*url = xasprintf("file://%s", dir);

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(git_run(dir, NULL, "config", "uploadpack.allowFilter", "true", NULL), 0);
	assert_int_equal(git_run(tmp_dir, NULL, "clone", "-q", "--filter=blob:none", url, clone,
				 NULL), 0);
	assert_string_equal(open_tree(clone, NULL, 0), "partial/.beadwave");
	assert_true(has_issue(clone, "demo-1"));
	/* and what comes later */
	create_issue(dir, "demo-2");
	assert_int_equal(git_run(clone, NULL, "fetch", "-q", "origin", NULL), 0);
	assert_int_equal(git_run(clone, NULL, "update-ref", "refs/heads/beadwave",
				 "origin/beadwave", NULL), 0);
	assert_true(has_issue(clone, "demo-2"));
	free(dir);
	free(clone);
	free(url);
}

static void init_adopts_a_branch(void **state)
{
	char *dir = tmp_store("upstream2"), *clone = tmp_path("adopting");
	struct store_init o = { .prefix = "other", .actor = "tess" };
	struct store_inited got;

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(git_run(tmp_dir, NULL, "clone", "-q", dir, clone, NULL), 0);
	assert_int_equal(store_init(clone, &o, &got, NULL), 0);
	assert_true(got.adopted);
	assert_string_equal(got.prefix, "demo");
	assert_true(has_issue(clone, "demo-1"));
	store_inited_release(&got);
	free(dir);
	free(clone);
}

static void foreign_branch_of_that_name(void **state)
{
	char *dir = tmp_repo("foreign");
	struct store_inited got;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(git_run(dir, NULL, "commit", "-q", "--allow-empty", "-m", "x", NULL), 0);
	assert_int_equal(git_run(dir, NULL, "branch", "beadwave", NULL), 0);
	assert_int_equal(init_in(dir, &got, &e), ERR_REFUSED);
	assert_non_null(strstr(e.hint, "beadwave.branch"));
	assert_false(file_there(dir, ".beadwave"));
	assert_string_equal(open_tree(dir, NULL, 0), "-7");
	assert_int_equal(git_run(dir, NULL, "config", "beadwave.branch", "issues", NULL), 0);
	assert_int_equal(init_in(dir, &got, &e), 0);
	assert_string_equal(got.branch, "issues");
	assert_string_equal(open_tree(dir, NULL, 0), "foreign/.beadwave");
	store_inited_release(&got);
	free(dir);
}

static struct named_row { const char *what, *named, *want; } named[] = {
	{ "named_beads", "named/.beads", "named/.beadwave" },
	{ "named_beads_slash", "named/.beads/", "named/.beadwave" },
	{ "named_beadwave", "named/.beadwave", "named/.beadwave" },
	{ "named_parent", "named", "named/.beadwave" },
	{ "named_database", "named/.beads/beads.db", "named/.beadwave" },
	{ "named_sub_folder", "named/.git", "named/.beadwave" },
	{ "named_other", "empty/.beads", "-3" },
	{ "named_empty_is_unset", "", "named/.beadwave" },
};

static void by_name(void **state)
{
	const struct named_row *r = *state;
	char *dir = tmp_path("named"), *arg = *r->named ? tmp_path(r->named) : xstrdup(""),
		*empty = tmp_path("empty");

	if (!file_there(dir, ".beadwave")) {
		struct store_init o = { .actor = "tess", .beads = true };
		struct store_inited got;
		char *meta;

		free(tmp_repo("named"));
		assert_int_equal(store_init(dir, &o, &got, NULL), 0);
		store_inited_release(&got);
		meta = file_read(dir, ".beads/metadata.json");
		assert_non_null(strstr(meta, "\"database\""));
		free(meta);
	}
	fsx_mkdirs(AT_FDCWD, empty, 0777, NULL);
	/* the name counts, wherever we are */
	assert_string_equal(open_tree(*r->named ? "/" : dir, arg, 0), r->want);
	free(dir);
	free(arg);
	free(empty);
}

static void unreadable_formats(void **state)
{
	char *dir = tmp_path("sha256");
	struct store_inited got;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(fsx_mkdirs(AT_FDCWD, dir, 0777, NULL), 0);
	assert_int_equal(git_run(dir, NULL, "init", "-q", "--object-format=sha256", NULL), 0);
	assert_int_equal(init_in(dir, &got, &e), ERR_REFUSED);
	assert_non_null(strstr(e.msg, "sha256"));
	assert_string_equal(open_tree(dir, NULL, 0), "-7");
	free(dir);
	dir = tmp_repo("reftable");
	file_write(dir, ".git/config",
		   "[core]\n\trepositoryformatversion = 1\n[extensions]\n"
		   "\trefStorage = reftable\n");
	assert_int_equal(init_in(dir, &got, &e), ERR_REFUSED);
	assert_non_null(strstr(e.msg, "reftable"));
	free(dir);
}

static void newer_store_format(void **state)
{
	char *dir = tmp_store("newer");
	struct err e = ERR_INIT;
	struct store *s;

	(void)state;
	file_write(dir, ".git/beadwave/store",
		   "format = 2\nref = refs/heads/beadwave\ntree = ../.beadwave\n");
	assert_int_equal(store_open(&s, dir, NULL, 0, &e), ERR_PARSE);
	assert_non_null(strstr(e.msg, "newer"));
	file_write(dir, ".git/beadwave/store", "");
	assert_int_equal(store_open(&s, dir, NULL, 0, &e), ERR_PARSE);
	assert_non_null(strstr(e.msg, "damaged"));
	free(dir);
}

static void swept_tree_comes_back(void **state)
{
	char *dir = tmp_store("swept"), *tree = tmp_path("swept/.beadwave");

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(git_run(dir, NULL, "clean", "-q", "-fdx", NULL), 0);
	assert_false(file_there(dir, ".beadwave"));
	assert_true(has_issue(dir, "demo-1"));
	assert_true(file_there(dir, ".beadwave/config.ini"));
	/* and without anybody asking for the issue */
	assert_int_equal(fsx_remove_tree(AT_FDCWD, tree, NULL), 0);
	assert_string_equal(open_tree(dir, NULL, 0), "swept/.beadwave");
	assert_true(file_there(dir, ".beadwave/issue"));
	free(dir);
	free(tree);
}

static void private_folder_lost(void **state)
{
	char *dir = tmp_store("lost"), *priv = tmp_path("lost/.git/beadwave");

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(fsx_remove_tree(AT_FDCWD, priv, NULL), 0);
	assert_true(has_issue(dir, "demo-1"));
	create_issue(dir, "demo-2");
	assert_true(has_issue(dir, "demo-2"));
	free(dir);
	free(priv);
}

static void branch_deleted(void **state)
{
	char *dir = tmp_store("cut");

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(git_run(dir, NULL, "branch", "-q", "-D", "beadwave", NULL), 0);
	create_issue(dir, "demo-2");
	assert_true(has_issue(dir, "demo-1"));
	assert_int_equal(git_run(dir, NULL, "rev-parse", "-q", "--verify", "beadwave~1", NULL), 0);
	free(dir);
}

static void read_only_writes_nothing(void **state)
{
	char *dir = tmp_store("ro");
	struct err e = ERR_INIT;
	struct store *s;
	struct txn *t;

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(store_open(&s, dir, NULL, STORE_READ_ONLY, &e), 0);
	assert_true(store_read_only(s));
	assert_int_equal(txn_begin(&t, s, &(struct txn_opts){ "tess", 0 }, &e), ERR_REFUSED);
	store_note_set(s, "last-touched", "demo-1");
	assert_false(file_there(dir, ".git/beadwave/last-touched"));
	store_close(s);
	free(dir);
}

static void notes(void **state)
{
	char *dir = tmp_store("notes");
	struct buf out = BUF_INIT;
	struct store *s;

	(void)state;
	assert_int_equal(store_open(&s, dir, NULL, 0, NULL), 0);
	assert_int_equal(store_note_get(s, "last-touched", &out, NULL), ERR_NOTFOUND);
	store_note_set(s, "last-touched", "demo-1");
	store_note_set(s, "last-touched", "demo-2");
	assert_int_equal(store_note_get(s, "last-touched", &out, NULL), 0);
	assert_string_equal(out.s, "demo-2");
	store_close(s);
	buf_release(&out);
	free(dir);
}

/* What every reader pays: it must not load libgit2. */
static void open_is_light(void **state)
{
	char *dir = tmp_store("light");
	struct store *s;
	struct oid head;

	(void)state;
	create_issue(dir, "demo-1");
	assert_int_equal(store_open(&s, dir, NULL, 0, NULL), 0);
	assert_int_equal(store_head(s, &head, NULL), 0);
	assert_null(s->repo);
	store_close(s);
	free(dir);
}

static struct path_row { const char *what, *from, *to, *rel; } paths[] = {
	{ "path_sibling", "/a/.git", "/a/.beadwave", "../.beadwave" },
	{ "path_below", "/a/.git", "/a/.git/beadwave/tree", "beadwave/tree" },
	{ "path_far", "/x/y/git", "/a/b", "../../../a/b" },
	{ "path_prefix_is_no_parent", "/a/git", "/a/git2/t", "../git2/t" },
	{ "path_root", "/", "/a", "a" },
	{ "path_to_root", "/a/b", "/", "../.." },
	{ "path_same", "/a/b", "/a/b", "." },
};

static void relative(void **state)
{
	const struct path_row *r = *state;
	char *rel = path_relative(r->from, r->to), *back = path_join(r->from, rel);

	assert_string_equal(rel, r->rel);
	assert_string_equal(back, r->to);
	free(rel);
	free(back);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest fixed[] = {
		cmocka_unit_test(init_sets_up), cmocka_unit_test(init_twice_is_refused),
		cmocka_unit_test(init_makes_a_repository),
		cmocka_unit_test(messages_say_what_to_do), cmocka_unit_test(linked_work_tree),
		cmocka_unit_test(bare_repository), cmocka_unit_test(separate_git_dir),
		cmocka_unit_test(whole_repository_moved), cmocka_unit_test(fresh_clone),
		cmocka_unit_test(partial_clone), cmocka_unit_test(init_adopts_a_branch),
		cmocka_unit_test(foreign_branch_of_that_name), cmocka_unit_test(unreadable_formats),
		cmocka_unit_test(newer_store_format), cmocka_unit_test(swept_tree_comes_back),
		cmocka_unit_test(private_folder_lost), cmocka_unit_test(branch_deleted),
		cmocka_unit_test(read_only_writes_nothing), cmocka_unit_test(notes),
		cmocka_unit_test(open_is_light),
	};
	struct CMUnitTest t[64] = { 0 };
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		t[n++] = fixed[i];
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		t[n++] = (struct CMUnitTest){ .name = prefixes[i].what, .test_func = prefix,
						.initial_state = &prefixes[i] };
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		t[n++] = (struct CMUnitTest){ .name = named[i].what, .test_func = by_name,
						.initial_state = &named[i] };
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		t[n++] = (struct CMUnitTest){ .name = paths[i].what, .test_func = relative,
						.initial_state = &paths[i] };
	tmp_begin();
	setenv("BDW_STORE__FSYNC", "off", 1);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = _cmocka_run_group_tests("store", t, n, NULL, NULL);
	tmp_end();
	return rc;
}
