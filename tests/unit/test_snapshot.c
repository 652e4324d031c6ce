#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/snapshot.h"
#include "store/snapshot_priv.h"
#include "store/base/buf.h"
#include "store/base/map.h"
#include "store/id.h"
#include "store/store_priv.h"
#include "store/view.h"
#include "tests/unit/fuzz.h"
#include "tests/unit/issues_from.h"
#include "tests/unit/tmprepo.h"

static const struct recent_mark mark = { .life = 7, .size = 22 };
static const struct oid commit = { .b = { 1, 2, 3 } };

/* Only what the snapshot uses of a store. */
static struct store *bare_store(const char *name)
{
	struct store *s = xcalloc(1, sizeof(*s));

	s->p.priv = tmp_path(name);
	if (fsx_mkdirs(AT_FDCWD, s->p.priv, 0777, NULL))
		abort();
	s->priv_fd = open(s->p.priv, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s;
}

static void bare_close(struct store *s)
{
	close(s->priv_fd);
	free((char *)(uintptr_t)s->p.priv);
	free(s);
}

/* Every field, one a line: what two issues are compared by. */
static void dump(struct buf *out, const struct issue *is)
{
	const char *const s[] = {
		is->id, is->title, is->status, is->type, is->assignee, is->owner, is->description,
		is->design, is->acceptance, is->notes, is->spec_id, is->external_ref,
		is->source_system, is->metadata, is->created_by, is->close_reason,
		is->closed_by_session, is->unknown,
	};
	const int64_t n[] = {
		is->priority, is->estimate_minutes, is->created_at, is->updated_at, is->started_at,
		is->closed_at, is->due_at, is->defer_until, is->last_child,
	};

	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++)
		buf_addf(out, "%zu=%s\n", i, s[i]);
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		buf_addf(out, "n%zu=%lld\n", i, (long long)n[i]);
	for (size_t i = 0; i < is->nlabels; i++)
		buf_addf(out, "label %s\n", is->labels[i]);
	for (size_t i = 0; i < is->ndeps; i++)
		buf_addf(out, "dep %s|%s|%lld|%s|%s|%s|%s\n", is->deps[i].target, is->deps[i].type,
			 (long long)is->deps[i].created_at, is->deps[i].created_by,
			 is->deps[i].metadata, is->deps[i].thread_id, is->deps[i].extra);
	for (size_t i = 0; i < is->ncomments; i++)
		buf_addf(out, "comment %s|%d|%s|%s|%lld\n", is->comments[i].id,
			 is->comments[i].int_id, is->comments[i].author, is->comments[i].text,
			 (long long)is->comments[i].created_at);
	for (size_t i = 0; i < is->nextras; i++)
		buf_addf(out, "extra %s|%s\n", is->extras[i].name, is->extras[i].json);
}

static void fill_all_fields(struct issue *is, struct arena *a)
{
	static struct comment c[] = {
		{ "1", true, "ann", "first\n", 5, "{\"a\":1.0}" },
		{ "0192-uuid", false, "bob b", "", 6, "" },
	};

	is->title = "Tïtle";
	is->owner = "o@x";
	is->description = "body\nwith lines\n";
	is->design = "D";
	is->acceptance = "A";
	is->notes = "N";
	is->external_ref = "gh-1";
	is->source_system = "src";
	is->metadata = "{\"k\":1}";
	is->estimate_minutes = 45;
	is->started_at = 11;
	is->closed_at = 12;
	is->due_at = 13;
	is->defer_until = 14;
	is->created_by = "cb";
	is->close_reason = "cr";
	is->closed_by_session = "cs";
	is->last_child = 9;
	is->unknown = "odd: 1\n";
	is->comments = c;
	is->ncomments = 2;
	issue_dep_add(is,
		      &(struct dep){ "demo-2", "related", 77, "who", "{}", "th", "{\"x\":1}" }, a);
}

struct set {
	struct issues all;
	struct snapshot_item *item;
	struct file_look shard[SNAPSHOT_SHARDS];
};

static void set_make(struct set *s, const char *text, struct arena *a)
{
	*s = (struct set){ 0 };
	issues_from(&s->all, text, a);
	s->item = xcalloc(s->all.n + 1, sizeof(*s->item));
	for (size_t i = 0; i < s->all.n; i++) {
		s->item[i].issue = s->all.v[i];
		s->item[i].look.st = (struct file_stat){ .ino = 100 + i, .size = i, .mtime_ns = 5,
							 .ctime_ns = 6 };
	}
	for (int i = 0; i < SNAPSHOT_SHARDS; i++)
		s->shard[i].st.ino = 1000 + (uint64_t)i;
}

static void set_release(struct set *s)
{
	vec_free(&s->all);
	free(s->item);
}

static int set_write(struct set *s, struct store *st)
{
	return snapshot_write(st, NULL, s->item, s->all.n, s->shard, &commit, &mark, NULL);
}

static const char some[] =
	"demo-1 open p=1 on=demo-2 label=b label=a flag=pinned; demo-1.1 closed up=demo-1 "
	"related=demo-1 on=gone-1;"
	"demo-2 in_progress asg=ann desc=text; demo-3 open on=demo-1 on=demo-2";

static void round_trip(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("round");
	struct snapshot *sn;
	struct set s;
	(void)state;

	set_make(&s, some, &a);
	fill_all_fields((struct issue *)(uintptr_t)s.all.v[0], &a);
	assert_int_equal(set_write(&s, st), 0);
	assert_int_equal(snapshot_map(&sn, st, NULL), 0);
	assert_int_equal(snapshot_verify(sn, NULL), 0);
	assert_int_equal(snapshot_count(sn), s.all.n);
	assert_memory_equal(snapshot_commit(sn), &commit, sizeof(commit));
	assert_memory_equal(snapshot_mark(sn), &mark, sizeof(mark));
	for (size_t i = 0; i < s.all.n; i++) {
		BUF_AUTO want = BUF_INIT;
		BUF_AUTO got = BUF_INIT;
		struct file_stat f;

		assert_int_equal(snapshot_find(sn, s.all.v[i]->id), i);
		assert_true(snapshot_check(sn, i));
		dump(&want, s.all.v[i]);
		dump(&got, snapshot_issue(sn, i));
		assert_string_equal(got.s, want.s);
		snapshot_stat(sn, i, &f);
		assert_true(file_stat_equal(&f, &s.item[i].look.st));
	}
	assert_int_equal(snapshot_find(sn, "demo-9"), -1);
	assert_int_equal(snapshot_find(sn, ""), -1);
	snapshot_unmap(sn);
	set_release(&s);
	bare_close(st);
}

static void empty_table(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("empty");
	struct snapshot *sn;
	struct set s;
	size_t n;
	(void)state;

	assert_int_equal(snapshot_map(&sn, st, NULL), ERR_NOTFOUND);
	set_make(&s, "", &a);
	assert_int_equal(set_write(&s, st), 0);
	assert_int_equal(snapshot_map(&sn, st, NULL), 0);
	assert_int_equal(snapshot_count(sn), 0);
	assert_int_equal(snapshot_find(sn, "demo-1"), -1);
	snapshot_dangling(sn, &n);
	assert_int_equal(n, 0);
	assert_int_equal(snapshot_verify(sn, NULL), 0);
	snapshot_unmap(sn);
	set_release(&s);
	bare_close(st);
}

static void edges_turned_round(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("edges");
	const uint32_t *r;
	struct snapshot *sn;
	struct set s;
	size_t n;
	(void)state;

	set_make(&s, some, &a);
	assert_int_equal(set_write(&s, st), 0);
	assert_int_equal(snapshot_map(&sn, st, NULL), 0);
	r = snapshot_dependents(sn, 0, &n);	/* demo-1.1 holds two edges to demo-1 */
	assert_int_equal(n, 2);
	assert_int_equal(r[0], 1);
	assert_int_equal(r[1], 3);
	r = snapshot_dependents(sn, 2, &n);
	assert_int_equal(n, 2);
	assert_int_equal(r[0], 0);
	snapshot_dependents(sn, 3, &n);
	assert_int_equal(n, 0);
	r = snapshot_dangling(sn, &n);
	assert_int_equal(n, 1);
	assert_int_equal(r[0], 1);
	snapshot_unmap(sn);
	set_release(&s);
	bare_close(st);
}

static void shards_list_their_files(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("shards");
	struct snapshot *sn;
	size_t sum = 0;
	struct set s;
	(void)state;

	set_make(&s, some, &a);
	s.shard[3].read_ns = -1;	/* racy */
	assert_int_equal(set_write(&s, st), 0);
	assert_int_equal(snapshot_map(&sn, st, NULL), 0);
	for (unsigned i = 0; i < SNAPSHOT_SHARDS; i++) {
		struct snapshot_dir d;

		assert_true(snapshot_shard(sn, i, &d));
		assert_int_equal(d.st.ino, i == 3 ? 0 : 1000 + i);
		for (size_t k = 0; k < d.n; k++) {
			const char *id = snapshot_id(sn, d.file[k].row);
			BUF_AUTO name = BUF_INIT;

			assert_int_equal(id_shard(id), i);
			id_file_name(id, &name);
			buf_adds(&name, ".md");
			assert_string_equal(snapshot_file_name(sn, &d.file[k]), name.s);
			assert_int_equal(d.file[k].st.ino, 100 + d.file[k].row);
		}
		sum += d.n;
	}
	assert_int_equal(sum, s.all.n);
	snapshot_unmap(sn);
	set_release(&s);
	bare_close(st);
}

/* What stands there is what would be written now, for every member there is. Should this fail
 * because issue_json.c writes something else than it did: raise ISSUE_JSON_FORM, or old
 * snapshots are shown. */
static void json_is_kept(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("json");
	BUF_AUTO all = BUF_INIT;
	struct snapshot *sn;
	struct set s;
	(void)state;

	set_make(&s, some, &a);
	fill_all_fields((struct issue *)(uintptr_t)s.all.v[0], &a);
	assert_int_equal(set_write(&s, st), 0);
	assert_int_equal(snapshot_map(&sn, st, NULL), 0);
	for (size_t i = 0; i < s.all.n; i++) {
		BUF_AUTO want = BUF_INIT;
		struct jsw w = JSW(&want, JS_PRETTY);
		size_t n;
		const char *got = snapshot_json(sn, i, &n);

		w.depth = VIEW_JSON_DEPTH;
		issue_json_members(&w, s.all.v[i], VIEW_JSON_FLAGS);
		assert_int_equal(n, want.len);
		assert_memory_equal(got, want.s, n);
		buf_add(&all, got, n);
	}
	assert_int_equal(ISSUE_JSON_FORM, 1);
	assert_int_equal(hash_fnv1a(all.s, all.len), 0x76a2675c);
	snapshot_unmap(sn);
	set_release(&s);
	bare_close(st);
}

/* A file as young as the look at it may change without showing: its stat must not be believed. */
static struct racy { const char *what; int64_t mtime_ns, read_ns; int kept; } racies[] = {
	{ "racy_older", 999, 1000, 1 },
	{ "racy_same", 1000, 1000, 0 },
	{ "racy_younger", 1001, 1000, 0 },
	{ "racy_from_table", 1001, 0, 1 },
};

static void check_racy(void **state)
{
	const struct racy *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store(r->what);
	struct file_stat f;
	struct snapshot *sn;
	struct set s;

	set_make(&s, "demo-1 open", &a);
	s.item[0].look.st.mtime_ns = r->mtime_ns;
	s.item[0].look.read_ns = r->read_ns;
	assert_int_equal(set_write(&s, st), 0);
	assert_int_equal(snapshot_map(&sn, st, NULL), 0);
	snapshot_stat(sn, 0, &f);
	assert_int_equal(file_stat_equal(&f, &s.item[0].look.st), r->kept);
	snapshot_unmap(sn);
	set_release(&s);
	bare_close(st);
}

/* Calls everything there is to call. True when it was told apart from a good one. */
static bool is_refused(struct store *st, struct set *s)
{
	struct snapshot *sn;
	bool bad;

	if (snapshot_map(&sn, st, NULL) < 0)
		return true;
	bad = snapshot_verify(sn, NULL) < 0;
	for (size_t i = 0; i < snapshot_count(sn); i++) {
		BUF_AUTO got = BUF_INIT;
		BUF_AUTO want = BUF_INIT;
		size_t n;
		const uint32_t *r = snapshot_dependents(sn, i, &n);
		const char *text;

		dump(&got, snapshot_issue(sn, i));
		text = snapshot_json(sn, i, &n);
		assert_true(!n || text[n - 1] != 1);	/* all of it can be read */
		while (n--)
			assert_true(r[n] < UINT32_MAX);	/* every one can be read */
		snapshot_find(sn, snapshot_id(sn, i));
		if (bad)
			continue;
		dump(&want, s->all.v[i]);
		assert_string_equal(got.s, want.s);
	}
	for (unsigned i = 0; i < SNAPSHOT_SHARDS; i++) {
		struct snapshot_dir d;

		for (size_t k = 0; snapshot_shard(sn, i, &d) && k < d.n; k++)
			assert_true(strlen(snapshot_file_name(sn, &d.file[k])) < UINT32_MAX);
	}
	snapshot_find(sn, "no-such");
	snapshot_unmap(sn);
	return bad;
}

static void put(struct store *st, const struct buf *b, size_t n)
{
	if (fsx_write_atomic(st->priv_fd, PRIV_SNAPSHOT, b->s, n, 0600, 0, NULL))
		abort();
}

static void truncated(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("truncated");
	BUF_AUTO whole = BUF_INIT;
	struct set s;
	(void)state;

	set_make(&s, some, &a);
	set_write(&s, st);
	fsx_read(st->priv_fd, PRIV_SNAPSHOT, &whole, NULL);
	for (size_t n = 0; n < whole.len; n += n < 600 ? 1 : 61) {
		put(st, &whole, n);
		assert_true(is_refused(st, &s));
	}
	buf_addc(&whole, 0);
	put(st, &whole, whole.len);
	assert_true(is_refused(st, &s));
	set_release(&s);
	bare_close(st);
}

/* Every byte of the header and of the tables, and many of the rest: never a crash, and never
 * another issue. */
static void flipped(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("flipped");
	BUF_AUTO whole = BUF_INIT;
	uint64_t seed = 42;
	size_t refused = 0, tried = 0;
	struct set s;
	(void)state;

	set_make(&s, some, &a);
	set_write(&s, st);
	fsx_read(st->priv_fd, PRIV_SNAPSHOT, &whole, NULL);
	for (size_t i = 0; i < whole.len; i += 1 + fuzz_next(&seed) % (i < 400 ? 1 : 12)) {
		char was = whole.s[i];

		whole.s[i] ^= (char)(1 << fuzz_next(&seed) % 8);
		put(st, &whole, whole.len);
		refused += is_refused(st, &s);
		tried++;
		whole.s[i] = was;
	}
	/* what may stay unseen is padding between the sections */
	assert_true(refused > tried * 99 / 100);
	set_release(&s);
	bare_close(st);
}

/* As flipped, but the header's own hash is made good again: offsets lead anywhere. */
static void lying_header(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("lying");
	BUF_AUTO whole = BUF_INIT;
	BUF_AUTO lie = BUF_INIT;
	struct snap_header h;
	uint64_t seed = 43;
	struct set s;
	(void)state;

	set_make(&s, some, &a);
	set_write(&s, st);
	fsx_read(st->priv_fd, PRIV_SNAPSHOT, &whole, NULL);
	for (int i = 0; i < 1000; i++) {
		struct snapshot *sn;
		uint64_t *field;

		memcpy(&h, whole.s, sizeof(h));
		field = i & 1 ? &h.at[fuzz_next(&seed) % SNAP_SECTIONS].off :
			&h.at[fuzz_next(&seed) % SNAP_SECTIONS].n;
		*field = i % 3 ? fuzz_next(&seed) % whole.len & ~7u :
			*field ^ 1ull << fuzz_next(&seed) % 64;
		h.hash = snap_hash(0, &h, offsetof(struct snap_header, hash));
		buf_reset(&lie);
		buf_add(&lie, &h, sizeof(h));
		buf_add(&lie, whole.s + sizeof(h), whole.len - sizeof(h));
		put(st, &lie, lie.len);
		if (snapshot_map(&sn, st, NULL) < 0)
			continue;
		snapshot_verify(sn, NULL);
		for (size_t k = 0; k < snapshot_count(sn) && k < 50; k++) {
			BUF_AUTO got = BUF_INIT;

			if (snapshot_check(sn, k))
				dump(&got, snapshot_issue(sn, k));
		}
		snapshot_find(sn, "demo-3");
		snapshot_unmap(sn);
	}
	set_release(&s);
	bare_close(st);
}

static void other_boot(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct store *st = bare_store("boot");
	BUF_AUTO whole = BUF_INIT;
	struct snap_header h;
	struct set s;
	(void)state;

	set_make(&s, some, &a);
	set_write(&s, st);
	fsx_read(st->priv_fd, PRIV_SNAPSHOT, &whole, NULL);
	memcpy(&h, whole.s, sizeof(h));
	h.boot[0] ^= 1;
	h.hash = snap_hash(0, &h, offsetof(struct snap_header, hash));
	memcpy(whole.s, &h, sizeof(h));
	put(st, &whole, whole.len);
	assert_true(is_refused(st, &s));
	set_release(&s);
	bare_close(st);
}

static size_t since(struct store *st, const struct recent_mark *m, struct buf *out)
{
	STRS_AUTO ids = { 0 };

	if (recent_since(st, m, &ids, NULL) < 0)
		return 999;
	for (size_t i = 0; i < ids.n; i++)
		buf_addf(out, "%s ", ids.v[i]);
	return ids.n;
}

static void notes(void **state)
{
	struct store *st = bare_store("notes");
	const char *const one[] = { "demo-2", "demo-1" }, *const two[] = { "demo-1" };
	struct recent_mark first, second, third;
	BUF_AUTO got = BUF_INIT;
	(void)state;

	snapshot_note(st, one, 2);	/* nobody has a mark: nothing to do */
	assert_int_equal(recent_mark(st, false, &first, NULL), ERR_NOTFOUND);
	assert_int_equal(recent_mark(st, true, &first, NULL), 0);
	assert_int_equal(since(st, &first, &got), 0);
	snapshot_note(st, one, 2);
	snapshot_note(st, two, 1);
	assert_int_equal(recent_mark(st, true, &second, NULL), 0);
	assert_int_equal(second.life, first.life);
	assert_int_equal(since(st, &first, &got), 2);
	assert_string_equal(got.s, "demo-1 demo-2 ");
	assert_int_equal(since(st, &second, &got), 0);
	snapshot_drop(st);
	assert_int_equal(since(st, &second, &got), 999);
	assert_int_equal(recent_mark(st, true, &third, NULL), 0);
	assert_int_not_equal(third.life, first.life);
	assert_int_equal(since(st, &first, &got), 999);
	bare_close(st);
}

static void notes_end(void **state)
{
	struct store *st = bare_store("notes end");
	static char big[4000];
	const char *const id[] = { big };
	struct recent_mark m;
	BUF_AUTO got = BUF_INIT;
	int n = 0;
	(void)state;

	memset(big, 'a', sizeof(big) - 1);
	assert_int_equal(recent_mark(st, true, &m, NULL), 0);
	for (; n < 100 && since(st, &m, &got) != 999; n++)
		snapshot_note(st, id, 1);
	assert_in_range(n, 16, 19);	/* 64 KiB */
	bare_close(st);
}

static void notes_damaged(void **state)
{
	struct store *st = bare_store("notes damaged");
	struct recent_mark m;
	BUF_AUTO got = BUF_INIT;
	(void)state;

	file_write(st->p.priv, PRIV_RECENT, "life zzzz\n");
	assert_int_equal(recent_mark(st, false, &m, NULL), ERR_PARSE);
	assert_int_equal(recent_mark(st, true, &m, NULL), 0);
	assert_int_equal(since(st, &m, &got), 0);
	file_write(st->p.priv, PRIV_RECENT, "");
	assert_int_equal(since(st, &m, &got), 999);
	bare_close(st);
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
	tmp_end();
	return 0;
}

int main(int argc, char **argv)
{
	enum { RACIES = sizeof(racies) / sizeof(racies[0]) };
	struct CMUnitTest t[RACIES + 12] = {
		[RACIES] = cmocka_unit_test(round_trip), cmocka_unit_test(empty_table),
		cmocka_unit_test(edges_turned_round), cmocka_unit_test(shards_list_their_files),
		cmocka_unit_test(json_is_kept),
		cmocka_unit_test(truncated), cmocka_unit_test(flipped),
		cmocka_unit_test(lying_header), cmocka_unit_test(other_boot),
		cmocka_unit_test(notes), cmocka_unit_test(notes_end),
		cmocka_unit_test(notes_damaged),
	};

	for (size_t i = 0; i < RACIES; i++)
		t[i] = (struct CMUnitTest){ .name = racies[i].what, .test_func = check_racy,
					    .initial_state = &racies[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, setup, teardown);
}
