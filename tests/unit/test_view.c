#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/clock.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "store/id.h"
#include "store/record.h"
#include "store/snapshot.h"
#include "store/store_priv.h"
#include "store/txn.h"
#include "store/view.h"
#include "tests/unit/fuzz.h"
#include "tests/unit/tmprepo.h"

static struct store *open_store(const char *dir, unsigned flags)
{
	struct err e = ERR_INIT;
	struct store *s;

	if (store_open(&s, dir, NULL, flags, &e) < 0)
		fail_msg("store_open: %s", e.msg);
	return s;
}

/* A new store, opened. */
static struct store *fresh(const char *name)
{
	char *dir = tmp_store(name);
	struct store *s = open_store(dir, 0);

	free(dir);
	return s;
}

static struct txn *begin(struct store *s)
{
	struct err e = ERR_INIT;
	struct txn *t;

	if (txn_begin(&t, s, &(struct txn_opts){ "tess", 5000 }, &e) < 0)
		fail_msg("txn_begin: %s", e.msg);
	return t;
}

static void commit(struct txn *t)
{
	struct err e = ERR_INIT;

	if (txn_commit(t, "test", NULL, &e) < 0)
		fail_msg("txn_commit: %s", e.msg);
}

/* The staged issue; made when there is none. */
static struct issue *edit(struct txn *t, const char *id)
{
	struct err e = ERR_INIT;
	struct issue *is;

	if ((txn_get(t, id) ? txn_edit(t, id, &is, &e) : txn_create(t, id, &is, &e)) < 0)
		fail_msg("%s: %s", id, e.msg);
	return is;
}

static void set_title(struct store *s, const char *id, const char *title)
{
	struct txn *t = begin(s);

	edit(t, id)->title = arena_strdup(txn_arena(t), title);
	commit(t);
}

static void add_edge(struct txn *t, const char *from, const char *to, const char *type)
{
	issue_dep_add(edit(t, from),
		      &(struct dep){ .target = to, .type = type, .created_by = "", .metadata = "",
						     .thread_id = "", .extra = "" }, txn_arena(t));
}

/* Issues "demo-000".. with their id as title, in one transaction. */
static void populate(struct store *s, int n)
{
	struct txn *t = begin(s);

	for (int i = 0; i < n; i++) {
		char *id = arena_printf(txn_arena(t), "demo-%03d", i);

		edit(t, id)->title = id;
	}
	commit(t);
}

static void remove_issue(struct store *s, const char *id)
{
	struct txn *t = begin(s);

	assert_int_equal(txn_delete(t, id, NULL), 0);
	commit(t);
}

static struct view *look(struct store *s, unsigned flags)
{
	struct err e = ERR_INIT;
	struct view *v;

	if (view_open(&v, s, flags, &e) < 0)
		fail_msg("view_open: %s", e.msg);
	return v;
}

/* "ID=TITLE " of all; "!N" at the end when there are N warnings. */
static char *picture(struct store *s, unsigned flags)
{
	struct view *v = look(s, flags);
	struct buf out = BUF_INIT;
	size_t warnings = 0;

	for (size_t i = 0; i < view_count(v); i++) {
		const struct issue *is = view_at(v, i);

		assert_string_equal(view_id(v, i), is->id);
		assert_int_equal(view_index(v, is->id), i);
		assert_ptr_equal(view_get(v, is->id), is);
		buf_addf(&out, "%s=%s ", is->id, is->title);
	}
	while (view_warning(v, warnings))
		warnings++;
	if (warnings)
		buf_addf(&out, "!%zu", warnings);
	view_close(v);
	return out.len ? buf_detach(&out) : xstrdup("");
}

static void assert_picture(struct store *s, unsigned flags, const char *want)
{
	char *got = picture(s, flags);

	assert_string_equal(got, want);
	free(got);
}

static char *issue_path(const char *id)
{
	struct buf b = BUF_INIT;

	id_issue_path(id, &b);
	return buf_detach(&b);
}

/* A hand edit: the file gets a new title, by rename as editors do, or in place. */
static void hand_edit(struct store *s, const char *id, const char *title, bool in_place)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO text = BUF_INIT;
	char *path = issue_path(id);
	struct issue is;

	if (fsx_read(s->tree_fd, path, &text, NULL) < 0)
		issue_init(&is), is.id = id;
	else if (record_parse(&is, text.s, text.len, path, &a, NULL) < 0)
		abort();
	is.title = title;
	buf_reset(&text);
	record_write(&is, &text);
	if (in_place) {
		int fd = openat(s->tree_fd, path, O_WRONLY | O_TRUNC | O_CLOEXEC);

		assert_int_equal(write(fd, text.s, text.len), text.len);
		close(fd);
	} else {
		assert_int_equal(fsx_mkparent(s->tree_fd, path, 0777, NULL), 0);
		assert_int_equal(fsx_write_atomic(s->tree_fd, path, text.s, text.len, 0666, 0,
						  NULL), 0);
	}
	free(path);
}

static void spoil(struct store *s, const char *id, const char *text)
{
	char *path = issue_path(id);

	assert_int_equal(fsx_mkparent(s->tree_fd, path, 0777, NULL), 0);
	assert_int_equal(fsx_write_atomic(s->tree_fd, path, text, strlen(text), 0666, 0, NULL), 0);
	free(path);
}

static ino_t snapshot_ino(struct store *s)
{
	struct stat st;

	return fstatat(s->priv_fd, PRIV_SNAPSHOT, &st, 0) < 0 ? 0 : st.st_ino;
}

static void nothing_yet(void **state)
{
	struct store *s = fresh("nothing");
	(void)state;

	assert_picture(s, 0, "");
	assert_picture(s, VIEW_QUICK, "");
	store_close(s);
}

static void own_writes(void **state)
{
	struct store *s = fresh("own");
	(void)state;

	populate(s, 2);
	assert_picture(s, VIEW_QUICK, "demo-000=demo-000 demo-001=demo-001 ");
	set_title(s, "demo-001", "changed");
	assert_picture(s, VIEW_QUICK, "demo-000=demo-000 demo-001=changed ");
	set_title(s, "demo-0005", "between");
	set_title(s, "zz-1", "behind");
	assert_picture(s, VIEW_QUICK,
		       "demo-000=demo-000 demo-0005=between demo-001=changed zz-1=behind ");
	assert_picture(s, 0, "demo-000=demo-000 demo-0005=between demo-001=changed zz-1=behind ");
	store_close(s);
}

static void deleted(void **state)
{
	struct store *s = fresh("deleted");
	(void)state;

	populate(s, 3);
	assert_picture(s, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
	remove_issue(s, "demo-001");
	set_title(s, "demo-002", "x");	/* a writer first: it must not wait for its own lock */
	assert_picture(s, VIEW_QUICK, "demo-000=demo-000 demo-002=x ");
	assert_picture(s, 0, "demo-000=demo-000 demo-002=x ");
	remove_issue(s, "demo-000");
	assert_picture(s, 0, "demo-002=x ");
	set_title(s, "demo-000", "again");
	assert_picture(s, VIEW_QUICK, "demo-000=again demo-002=x ");
	store_close(s);
}

static void hand_edits(void **state)
{
	struct store *s = fresh("hand");
	const struct issue *is;
	struct view *v;
	(void)state;

	populate(s, 2);
	assert_int_equal(view_rebuild(s, NULL), 0);
	hand_edit(s, "demo-000", "by rename", false);
	hand_edit(s, "demo-001", "in place", true);
	hand_edit(s, "demo-002", "made", false);
	assert_picture(s, 0, "demo-000=by rename demo-001=in place demo-002=made ");

	v = look(s, VIEW_QUICK);
	assert_int_equal(view_count(v), 2);
	assert_string_equal(view_get(v, "demo-000")->title, "demo-000");
	assert_int_equal(view_fresh(v, "demo-000", &is, NULL), 0);
	assert_string_equal(is->title, "by rename");
	assert_ptr_equal(view_get(v, "demo-000"), is);
	/* new: indices move, pointers stay */
	assert_int_equal(view_fresh(v, "demo-002", &is, NULL), 0);
	assert_string_equal(is->title, "made");
	assert_int_equal(view_count(v), 3);
	assert_string_equal(view_get(v, "demo-000")->title, "by rename");
	assert_int_equal(view_fresh(v, "demo-009", &is, NULL), ERR_NOTFOUND);
	view_close(v);
	store_close(s);
}

/* Same size, same tick: only the content tells. */
static void racy_edits(void **state)
{
	struct store *s = fresh("racy");
	char title[20], want[60];
	(void)state;

	populate(s, 1);
	for (int i = 0; i < 300; i++) {
		snprintf(title, sizeof(title), "edit %03d", i);
		snprintf(want, sizeof(want), "demo-000=%s ", title);
		hand_edit(s, "demo-000", title, true);
		assert_picture(s, 0, want);
		if (i % 3 == 0)
			assert_int_equal(view_rebuild(s, NULL), 0);
	}
	store_close(s);
}

static void broken_edit(void **state)
{
	struct store *s = fresh("broken");
	struct view *v;
	char *path = issue_path("demo-000"), *want = xasprintf("%s:", path);
	(void)state;

	populate(s, 2);
	view_rebuild(s, NULL);
	spoil(s, "demo-000", "---\nid: demo-000\ntitle: \"open\n---\n");
	/* also when the table was made with it standing there, and without any table */
	for (int i = 0; i < 3; i++) {
		assert_picture(s, 0, "demo-000=demo-000 demo-001=demo-001 !1");
		v = look(s, 0);
		assert_memory_equal(view_warning(v, 0), want, strlen(want));
		view_close(v);
		if (i == 0)
			view_rebuild(s, NULL);
		else
			unlinkat(s->priv_fd, PRIV_SNAPSHOT, 0);
	}
	hand_edit(s, "demo-001", "x", true);
	assert_picture(s, 0, "demo-000=demo-000 demo-001=x !1");
	free(want);
	free(path);
	store_close(s);
}

static void broken_new_file(void **state)
{
	struct store *s = fresh("broken new");
	char *path = issue_path("demo-005");
	int fd;
	(void)state;

	populate(s, 1);
	spoil(s, "demo-005", "no issue");
	assert_picture(s, 0, "demo-000=demo-000 !1");
	view_rebuild(s, NULL);
	assert_picture(s, 0, "demo-000=demo-000 !1");
	/* mended in place: the folder does not show it */
	fd = openat(s->tree_fd, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(write(fd, "---\ntitle: good\n---\n", 20) == 20);
	close(fd);
	assert_picture(s, 0, "demo-000=demo-000 demo-005=good ");
	free(path);
	store_close(s);
}

static void foreign_names(void **state)
{
	struct store *s = fresh("foreign");
	char *good = issue_path("demo-001"), *bad = xstrdup(good);
	(void)state;

	populate(s, 1);
	memcpy(strchr(bad, '/') + 1, "zz", 2);
	spoil(s, "demo-001", "---\nid: demo-007\ntitle: x\n---\n");	/* not the id of its name */
	assert_int_equal(fsx_write_atomic(s->tree_fd, "issue/notes.txt", "x", 1, 0666, 0, NULL), 0);
	assert_int_equal(fsx_mkdirs(s->tree_fd, "issue/00/sub.md", 0777, NULL), 0);
	assert_int_equal(fsx_write_atomic(s->tree_fd, "issue/00/.demo-3.md", "x", 1, 0666, 0,
					  NULL), 0);
	assert_int_equal(fsx_write_atomic(s->tree_fd, "issue/00/wrong-shard.md", "x", 1, 0666, 0,
					  NULL), 0);
	assert_int_equal(fsx_write_atomic(s->tree_fd, "issue/00/demo-3.md~", "x", 1, 0666, 0,
					  NULL), 0);
	assert_picture(s, 0, "demo-000=demo-000 !1");
	free(good);
	free(bad);
	store_close(s);
}

static void odd_ids(void **state)
{
	static const char *const id[] = { "FEAT-5:DEC-3", "a..b-1", "demo-x.lock", "p-\xc3\xa4",
					  "x-%41" };
	struct store *s = fresh("odd");
	(void)state;

	for (size_t i = 0; i < sizeof(id) / sizeof(id[0]); i++)
		set_title(s, id[i], "t");
	for (int i = 0; i < 2; i++) {
		assert_picture(s, 0, "FEAT-5:DEC-3=t a..b-1=t demo-x.lock=t p-\xc3\xa4=t x-%41=t ");
		assert_picture(s, VIEW_QUICK,
			       "FEAT-5:DEC-3=t a..b-1=t demo-x.lock=t p-\xc3\xa4=t x-%41=t ");
		view_rebuild(s, NULL);
	}
	store_close(s);
}

static void missing_files_come_back(void **state)
{
	struct store *s = fresh("missing"), *again;
	char *path = issue_path("demo-001");
	(void)state;

	populate(s, 3);
	assert_picture(s, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
	unlinkat(s->tree_fd, path, 0);
	assert_picture(s, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
	assert_int_equal(faccessat(s->tree_fd, path, F_OK, 0), 0);

	fsx_remove_tree(s->tree_fd, "issue", NULL);	/* git clean -fdx */
	assert_picture(s, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
	fsx_remove_tree(s->tree_fd, "issue", NULL);
	unlinkat(s->priv_fd, PRIV_SNAPSHOT, 0);
	assert_picture(s, VIEW_QUICK, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
	assert_int_equal(faccessat(s->tree_fd, path, F_OK, 0), 0);

	/* written after the table, and lost */
	set_title(s, "demo-003", "new");
	fsx_remove_tree(s->tree_fd, "issue", NULL);
	assert_picture(s, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 demo-003=new ");

	fsx_remove_tree(AT_FDCWD, s->p.tree, NULL);
	again = open_store(s->p.common, 0);
	assert_picture(again, 0,
		       "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 demo-003=new ");
	store_close(again);
	free(path);
	store_close(s);
}

/* A table does not trust files that were written in the tick of the clock in which it read them. */
static void next_tick(void)
{
	int64_t now = clock_coarse_ns();

	while (clock_coarse_ns() == now)
		;
}

static void rewritten_when_worn(void **state)
{
	struct store *s = fresh("worn");
	char id[20];
	ino_t was;
	(void)state;

	populate(s, 80);
	next_tick();
	view_rebuild(s, NULL);
	was = snapshot_ino(s);
	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof(id), "demo-%03d", i);
		hand_edit(s, id, "x", false);
	}
	free(picture(s, 0));
	assert_int_equal(snapshot_ino(s), was);
	for (int i = 40; i < 80; i++) {
		snprintf(id, sizeof(id), "demo-%03d", i);
		hand_edit(s, id, "x", false);
	}
	free(picture(s, 0));
	assert_int_not_equal(snapshot_ino(s), was);
	was = snapshot_ino(s);
	free(picture(s, VIEW_QUICK));
	assert_int_equal(snapshot_ino(s), was);
	store_close(s);
}

static size_t known(struct store *s)
{
	struct view *v = look(s, 0);
	size_t n = 0;

	for (size_t i = 0; i < view_count(v); i++)
		n += view_committed(v, i);
	view_close(v);
	return n;
}

/* What is known to be committed stays known while the file is as it was, however often the table
 * is written; what came from a file meanwhile is not. */
static void known_as_committed(void **state)
{
	struct store *s = fresh("known");
	struct snapshot *sn;
	struct view *v;
	char id[20];
	(void)state;

	populate(s, 150);
	next_tick();
	view_rebuild(s, NULL);
	assert_int_equal(known(s), 0);
	v = look(s, 0);
	view_note_committed(v);
	view_close(v);
	assert_int_equal(known(s), 150);
	assert_int_equal(snapshot_map(&sn, s, NULL), 0);
	assert_int_equal(snapshot_verify(sn, NULL), 0);
	snapshot_unmap(sn);
	hand_edit(s, "demo-000", "x", true);
	hand_edit(s, "demo-150", "new", false);
	assert_int_equal(known(s), 149);
	for (int i = 10; i < 80; i++) {
		snprintf(id, sizeof(id), "demo-%03d", i);
		hand_edit(s, id, "x", false);
	}
	next_tick();
	assert_int_equal(known(s), 79);
	assert_int_equal(known(s), 79);		/* in the new table as well */
	v = look(s, VIEW_QUICK);
	assert_false(view_committed(v, 0));
	view_close(v);
	store_close(s);
}

static void damaged_table(void **state)
{
	struct store *s = fresh("damaged");
	BUF_AUTO whole = BUF_INIT;
	uint64_t seed = 5;
	(void)state;

	populate(s, 5);
	view_rebuild(s, NULL);
	fsx_read(s->priv_fd, PRIV_SNAPSHOT, &whole, NULL);
	for (int i = 0; i < 120; i++) {
		/* hot strings and rows are the end of the file; a body that changed is not
		 * looked at */
		size_t at = whole.len - 1 - fuzz_next(&seed) % (whole.len - 600);
		char was = whole.s[at];

		whole.s[at] ^= 0x11;
		fsx_write_atomic(s->priv_fd, PRIV_SNAPSHOT, whole.s, i % 10 ? whole.len : at,
				 0600, 0, NULL);
		whole.s[at] = was;
		assert_picture(s, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 "
				     "demo-003=demo-003 "
			       "demo-004=demo-004 ");
		fsx_write_atomic(s->priv_fd, PRIV_SNAPSHOT, whole.s, i % 10 ? whole.len : at,
				 0600, 0, NULL);
		free(picture(s, VIEW_QUICK));
	}
	store_close(s);
}

static void read_only(void **state)
{
	struct store *s = fresh("ro"), *ro;
	char *path = issue_path("demo-001");
	(void)state;

	populate(s, 3);
	ro = open_store(s->p.common, STORE_READ_ONLY);
	for (int i = 0; i < 2; i++) {	/* without a table, then with one */
		ino_t was = snapshot_ino(s);

		assert_picture(ro, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
		unlinkat(s->tree_fd, path, 0);
		assert_picture(ro, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
		assert_picture(ro, VIEW_QUICK,
			       "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
		assert_int_equal(snapshot_ino(s), was);
		assert_int_not_equal(faccessat(s->tree_fd, path, F_OK, 0), 0);
		view_rebuild(s, NULL);
	}
	assert_int_equal(view_rebuild(ro, NULL), ERR_REFUSED);
	/* no stamp: the files belong to nobody knows what */
	unlinkat(s->tree_fd, path, 0);
	unlinkat(s->priv_fd, PRIV_STAMP, 0);
	hand_edit(s, "demo-000", "not committed", false);
	assert_picture(ro, 0, "demo-000=demo-000 demo-001=demo-001 demo-002=demo-002 ");
	store_close(ro);
	store_close(s);
	free(path);
}

static struct partial { const char *what, *part, *want; } partials[] = {
	{ "partial_exact", "test-in1", "test-in1" },
	{ "partial_hash", "aa1", "test-aa1" },
	{ "partial_part", "aa1.1", "test-aa1.1" },
	{ "partial_parts", "a1",
	  "!ambiguous ID \"a1\" matches 3 issues: [test-aa1.4 test-aa1.1 test-aa1]" },
	{ "partial_with_prefix", "test-in",
	  "!ambiguous ID \"test-in\" matches 2 issues: [test-in2 test-in1]" },
	{ "partial_prefix_and_child", "test-1.4", "test-aa1.4" },
	{ "partial_child", "aa1.",
	  "!ambiguous ID \"aa1.\" matches 2 issues: [test-aa1.4 test-aa1.1]" },
	{ "partial_child_number", ".4", "test-aa1.4" },
	{ "partial_child_of_hash", "aa1.4", "test-aa1.4" },
	{ "partial_hash_before_children", "aa1", "test-aa1" },
	{ "partial_ambiguous", "in", "!ambiguous ID \"in\" matches 2 issues: [test-in2 test-in1]" },
	{ "partial_case_counts", "AA1", "!no issue found matching \"AA1\"" },
	{ "partial_none", "zz", "!no issue found matching \"zz\"" },
	{ "partial_empty", "", "!no issue found matching \"\"" },
	{ "partial_long_prefix", "my-proj-q7", "my-proj-q7" },
	{ "partial_long_prefix_hash", "q7", "my-proj-q7" },
	{ "partial_inside_prefix", "proj-q", "my-proj-q7" },
	{ "partial_prefix_is_no_match", "test", "!no issue found matching \"test\"" },
};

static struct store *partial_store;

static void check_partial(void **state)
{
	const struct partial *p = *state;
	const struct issue *is = NULL;
	struct err e = ERR_INIT;
	struct view *v;
	int rc;

	if (!partial_store) {
		struct txn *t;
		int64_t at = 1000;

		partial_store = fresh("partial");
		t = begin(partial_store);
		for (const char *const *id = (const char *const[]){
		     "test-in1", "test-in2", "test-aa1", "test-aa1.1",
								    "test-aa1.4", "my-proj-q7",
									    NULL }; *id; id++) {
			struct issue *made = edit(t, *id);

			made->title = "t";
			made->created_at = made->updated_at = at++;
		}
		commit(t);
	}
	v = look(partial_store, VIEW_QUICK);
	rc = view_resolve(v, p->part, &is, &e);
	if (*p->want != '!') {
		assert_int_equal(rc, 0);
		assert_string_equal(is->id, p->want);
	} else {
		assert_string_equal(e.msg, p->want + 1);
		assert_int_equal(rc, strstr(p->want, "ambiguous") ? ERR_USAGE : ERR_NOTFOUND);
		assert_string_equal(e.hint, strstr(p->want, "ambiguous") ?
				    "Use more characters to disambiguate" : "");
	}
	view_close(v);
}

static void assert_dependents(struct store *s, unsigned flags)
{
	struct view *v = look(s, flags);

	for (size_t i = 0; i < view_count(v); i++) {
		size_t n, at = 0;
		const uint32_t *d = view_dependents(v, i, &n);

		for (size_t k = 0; k < view_count(v); k++) {
			bool holds = issue_dep_find(view_at(v, k), view_id(v, i), NULL);

			if (holds)
				assert_true(at < n && d[at] == k);
			at += holds;
		}
		assert_int_equal(at, n);
		for (size_t k = 0; k < view_at(v, i)->ndeps; k++)
			assert_int_equal(view_edge(v, i, k),
					 view_index(v, view_at(v, i)->deps[k].target));
	}
	view_close(v);
}

/* Edges come and go, issues too; the table is made at any time: always what a look at all edges
 * says. */
static void dependents(void **state)
{
	static const char *const type[] = { "blocks", "related", "parent-child" };
	struct store *s = fresh("dependents");
	uint64_t seed = 11;
	char from[20], to[20];
	(void)state;

	populate(s, 12);
	for (int round = 0; round < 25; round++) {
		struct txn *t = begin(s);

		for (int k = 0; k < 3; k++) {
			const char *kind = type[fuzz_next(&seed) % 3];

			/* some targets are made later, or never */
			snprintf(from, sizeof(from), "demo-%03u", fuzz_next(&seed) % 14);
			snprintf(to, sizeof(to), "demo-%03u", fuzz_next(&seed) % 16);
			if (strcmp(from, to) != 0)
				add_edge(t, from, arena_strdup(txn_arena(t), to), kind);
			edit(t, from)->title = "t";
		}
		commit(t);
		if (round % 7 == 3) {
			snprintf(from, sizeof(from), "demo-%03u", fuzz_next(&seed) % 12);
			t = begin(s);
			if (txn_get(t, from))
				txn_delete(t, from, NULL);
			commit(t);
		}
		if (round % 5 == 4)
			view_rebuild(s, NULL);
		if (round == 20)
			unlinkat(s->priv_fd, PRIV_SNAPSHOT, 0);
		assert_dependents(s, VIEW_QUICK);
		assert_dependents(s, 0);
	}
	store_close(s);
}

static void many_without_table(void **state)
{
	struct store *s = fresh("many"), *ro;
	struct txn *t = begin(s);
	(void)state;

	for (int i = 0; i < 90; i++) {
		char *id = arena_printf(txn_arena(t), "demo-%03d", i);

		edit(t, id)->title = "t";
		add_edge(t, id, arena_printf(txn_arena(t), "demo-%03d", i / 2 + 1), "blocks");
		add_edge(t, id, arena_printf(txn_arena(t), "demo-%03d", i / 2 + 1), "related");
	}
	commit(t);
	snapshot_drop(s);
	unlinkat(s->priv_fd, PRIV_SNAPSHOT, 0);
	ro = open_store(s->p.common, STORE_READ_ONLY);
	assert_dependents(ro, 0);
	store_close(ro);
	store_close(s);
}

/* A writer without a pause; each transaction gives two issues the same title. */
static void write_for_ever(const char *common)
{
	struct store *s;

	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* also when an assertion ends the test */
	s = open_store(common, 0);
	for (int i = 0; ; i++) {
		struct txn *t = begin(s);
		char *title = arena_printf(txn_arena(t), "n%d", i);

		edit(t, "demo-000")->title = title;
		edit(t, "demo-001")->title = title;
		commit(t);
	}
}

static void whole_transactions_only(void **state)
{
	struct store *s = fresh("whole");
	int64_t until = clock_mono_ms() + 60000;
	char first[64] = "";
	int seen = 0;
	pid_t pid;
	(void)state;

	populate(s, 2);
	set_title(s, "demo-000", "n");
	set_title(s, "demo-001", "n");
	pid = fork();
	if (!pid) {
		write_for_ever(s->p.common);
		_exit(1);
	}
	/* the writer sets the pace; the limit only ends a test that would hang */
	for (int i = 0; seen < 20 && clock_mono_ms() < until; i++) {
		struct view *v = look(s, i & 1 ? VIEW_QUICK : 0);
		const char *a = view_get(v, "demo-000")->title, *b = view_get(v, "demo-001")->title;

		assert_string_equal(a, b);
		seen += strcmp(a, first) != 0;
		snprintf(first, sizeof(first), "%s", a);
		view_close(v);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_true(seen >= 5);
	free(picture(s, 0));	/* and what the kill left does not stop us */
	store_close(s);
}

static int setup(void **state)
{
	(void)state;
	tmp_begin();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(partial_store);
	tmp_end();
	return 0;
}

int main(int argc, char **argv)
{
	enum { PARTIALS = sizeof(partials) / sizeof(partials[0]) };
	struct CMUnitTest t[PARTIALS + 17] = {
		[PARTIALS] = cmocka_unit_test(nothing_yet), cmocka_unit_test(own_writes),
		cmocka_unit_test(deleted), cmocka_unit_test(hand_edits),
		cmocka_unit_test(racy_edits), cmocka_unit_test(broken_edit),
		cmocka_unit_test(broken_new_file), cmocka_unit_test(foreign_names),
		cmocka_unit_test(odd_ids), cmocka_unit_test(missing_files_come_back),
		cmocka_unit_test(rewritten_when_worn), cmocka_unit_test(damaged_table),
		cmocka_unit_test(known_as_committed),
		cmocka_unit_test(read_only), cmocka_unit_test(dependents),
		cmocka_unit_test(many_without_table), cmocka_unit_test(whole_transactions_only),
	};

	for (size_t i = 0; i < PARTIALS; i++)
		t[i] = (struct CMUnitTest){ .name = partials[i].what, .test_func = check_partial,
					    .initial_state = &partials[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, setup, teardown);
}
