/* tests/unit/tmptxn.h - transactions in one line, for the tests of the store */
#ifndef TESTS_UNIT_TMPTXN_H
#define TESTS_UNIT_TMPTXN_H
#include "store/id.h"
#include "store/store_priv.h"
#include "store/txn.h"
#include "tests/unit/tmprepo.h"

/* A repository with an open store. */
struct fix { char *dir; struct store *s; struct err e; };

static inline int fix_setup(void **state)
{
	static int n;
	struct fix *f = xcalloc(1, sizeof(*f));
	char name[32];

	snprintf(name, sizeof(name), "t%d", n++);
	f->dir = tmp_store(name);
	*state = f;
	return store_open(&f->s, f->dir, NULL, 0, &f->e);
}

static inline int fix_teardown(void **state)
{
	struct fix *f = *state;

	store_close(f->s);
	free(f->dir);
	free(f);
	return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fix_setup, fix_teardown)
#define OK(call) do { int ok_ = (call); if (ok_) fail_msg("%s: %d %s", #call, ok_, f->e.msg); } while (0)

static inline struct txn *begin(struct fix *f)
{
	struct txn *t = NULL;

	OK(txn_begin(&t, f->s, &(struct txn_opts){ "tess", 30000 }, &f->e));
	return t;
}

static inline void commit(struct fix *f, struct txn *t, const char *message)
{
	OK(txn_commit(t, message, NULL, &f->e));
}

static inline void create(struct fix *f, const char *id, const char *title)
{
	struct txn *t = begin(f);
	struct issue *is;

	OK(txn_create(t, id, &is, &f->e));
	is->title = title;
	commit(f, t, "create");
}

static inline void set_title(struct fix *f, const char *id, const char *title)
{
	struct txn *t = begin(f);
	struct issue *is;

	OK(txn_edit(t, id, &is, &f->e));
	is->title = title;
	commit(f, t, "update");
}

/* ".beadwave/issue/HH/ID.md", valid until the next call but one. */
static inline const char *issue_file(const char *id)
{
	static char out[2][256];
	static int turn;
	struct buf b = BUF_INIT;

	id_issue_path(id, &b);
	turn = !turn;
	snprintf(out[turn], sizeof(out[turn]), ".beadwave/%s", b.s);
	buf_release(&b);
	return out[turn];
}

/* Replaces from by to in a file, as an editor does: a new file over the old one. */
static inline void hand_edit(struct fix *f, const char *file, const char *from, const char *to)
{
	char *text = file_read(f->dir, file), *at = strstr(text, from);
	struct buf out = BUF_INIT;

	if (!at)
		fail_msg("no '%s' in %s: %s", from, file, text);
	buf_add(&out, text, (size_t)(at - text));
	buf_adds(&out, to);
	buf_adds(&out, at + strlen(from));
	file_write(f->dir, file, out.s);
	buf_release(&out);
	free(text);
}

static inline void assert_in_file(struct fix *f, const char *file, const char *what)
{
	char *text = file_read(f->dir, file);

	if (!strstr(text, what))
		fail_msg("no '%s' in %s: %s", what, file, text);
	free(text);
}

/* What git prints for these words, without the last newline. */
#define assert_git(f, want, ...) assert_git_words(f, want, (const char *[8]){ __VA_ARGS__ })
static inline void assert_git_words(struct fix *f, const char *want, const char **w)
{
	struct buf out = BUF_INIT;

	git_run(f->dir, &out, w[0], w[1], w[2], w[3], w[4], w[5], NULL);
	if (out.len && out.s[out.len - 1] == '\n')
		buf_cut(&out, out.len - 1);
	assert_string_equal(out.s, want);
	buf_release(&out);
}

/* The file on disk is what the branch has. */
static inline void assert_in_step(struct fix *f, const char *id)
{
	char *disk = file_read(f->dir, issue_file(id)),
		*spec = xasprintf("beadwave:%s", issue_file(id) + 10);
	struct buf out = BUF_INIT;

	assert_int_equal(git_run(f->dir, &out, "show", spec, NULL), 0);
	assert_string_equal(out.s, disk);
	buf_release(&out);
	free(disk);
	free(spec);
}

static inline void assert_title(struct fix *f, const char *id, const char *title)
{
	struct txn *t = begin(f);
	const struct issue *is = txn_get(t, id);

	if (!is)
		fail_msg("no %s", id);
	assert_string_equal(is->title, title);
	txn_abort(t);
}

#endif
