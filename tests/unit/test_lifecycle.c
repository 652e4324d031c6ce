/* the rules of core/lifecycle.h: pure parts a row each, the others on a real store */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/lifecycle.h"
#include "core/settings.h"
#include "store/view.h"
#include "tests/unit/tmptxn.h"

/* Mentions */

static struct mention { const char *what, *text, *want; } mentions[] = {
	{ "alone", "t-1", "[t-9]" },
	{ "in_a_sentence", "See t-1, then t-1.", "See [t-9], then [t-9]." },
	{ "child_id_is_another", "t-1.2 and t-1.", "t-1.2 and [t-9]." },
	{ "longer_ids_are_others", "t-12 t-1-x t-1_ xt-1 a-t-1", "t-12 t-1-x t-1_ xt-1 a-t-1" },
	{ "brackets", "(t-1)", "([t-9])" },
	{ "marked_before", "[deleted:t-1]", "[deleted:t-1]" },
	{ "twice_together", "t-1 t-1", "[t-9] [t-9]" },
	{ "end_of_text_after_dot", "end t-1.", "end [t-9]." },
};

static void replaces_mentions(void **state)
{
	const struct mention *m = *state;
	struct arena a = ARENA_INIT;
	struct issue is;
	bool changed;

	issue_init(&is);
	is.notes = m->text;
	is.title = "t-1";
	changed = life_replace_mentions(&is, "t-1", "[t-9]", false, &a);
	assert_string_equal(is.notes, m->want);
	assert_string_equal(is.title, "t-1");
	assert_int_equal(changed, strcmp(m->text, m->want) != 0);
	assert_true(life_replace_mentions(&is, "t-1", "[t-9]", true, &a));
	assert_string_equal(is.title, "[t-9]");
	arena_release(&a);
}

/* Items of --deps */

static struct item { const char *what, *text, *want; } items[] = {
	{ "bare_id", "t-1", "blocks t-1" },
	{ "depends_on", "depends-on:t-1", "blocks t-1" },
	{ "blocked_by", "blocked-by: t-1", "blocks t-1" },
	{ "blocks_is_the_other_way", "blocks:t-1", "blocks t-1 reverse" },
	{ "other_type", "discovered-from:t-1", "discovered-from t-1" },
	{ "external_is_an_id", "external:proj:cap", "blocks external:proj:cap" },
	{ "unknown_type", "foo:t-1", "error" },
	{ "no_id", "blocks:", "error" },
};

static void parses_deps(void **state)
{
	const struct item *it = *state;
	const char *type, *target;
	BUF_AUTO got = BUF_INIT;
	bool reverse;

	if (life_parse_dep(it->text, &type, &target, &reverse, NULL) < 0)
		buf_adds(&got, "error");
	else
		buf_addf(&got, "%s %s%s", type, target, reverse ? " reverse" : "");
	assert_string_equal(got.s, it->want);
}

/* On a store */

static struct settings *plain;

static struct life life_of(struct fix *f, const char *actor)
{
	return (struct life){ .t = begin(f), .actor = actor, .owner = "", .prog = "bdw",
			      .now_us = 1700000000000000, .settings = plain };
}

/* A new issue of its own transaction. deps: one item or NULL. */
static void make(struct fix *f, const char *id, const char *type, const char *parent,
		 const char *dep)
{
	struct life l = life_of(f, "tess");
	struct issue fields, *made;
	const struct life_new n = { .fields = &fields, .parent = parent, .deps = &dep,
				    .ndeps = dep ? 1 : 0, .force = true };
	STRS_AUTO warnings = { 0 };

	issue_init(&fields);
	fields.id = id ? id : "";
	fields.title = "T";
	fields.type = type;
	OK(life_create(&l, &n, &made, &warnings, &f->e));
	assert_int_equal(warnings.n, 0);
	commit(f, l.t, "make");
}

#define REFUSED(call, text) do { \
		int rc_ = (call); \
		assert_true(rc_ < 0); \
		assert_string_equal(f->e.msg, text); \
	} while (0)

static void close_guards(void **state)
{
	struct fix *f = *state;
	struct life l;

	make(f, "t-e", "epic", NULL, NULL);
	make(f, NULL, "task", "t-e", NULL);
	make(f, NULL, "task", "t-e", "t-e.1");
	l = life_of(f, "tess");
	REFUSED(life_close(&l, "t-e", "", false, &f->e),
		"cannot close epic t-e: 2 open child issue(s); close children first or use "
		"--force to override");
	REFUSED(life_close(&l, "t-e.2", "", false, &f->e),
		"cannot close t-e.2: blocked by open issues [t-e.1] (use --force to override)");
	assert_string_equal(txn_get(l.t, "t-e.2")->status, "open");
	OK(life_close(&l, "t-e.1", "done", false, &f->e));
	OK(life_close(&l, "t-e.2", "", false, &f->e));
	OK(life_close(&l, "t-e", "all", false, &f->e));
	OK(life_close(&l, "t-e.1", "again", false, &f->e));
	assert_string_equal(txn_get(l.t, "t-e.1")->close_reason, "done");
	assert_string_equal(txn_get(l.t, "t-e.2")->close_reason, "Closed");
	assert_int_equal(txn_get(l.t, "t-e")->closed_at, l.now_us);
	commit(f, l.t, "close");
}

static void forced_close(void **state)
{
	struct fix *f = *state;
	struct life l;

	make(f, "t-a", "task", NULL, NULL);
	make(f, "t-b", "task", NULL, "t-a");
	l = life_of(f, "tess");
	OK(life_close(&l, "t-b", "", true, &f->e));
	OK(life_status(&l, "t-a", "pinned", &f->e));
	REFUSED(life_close(&l, "t-a", "", false, &f->e),
		"cannot modify pinned issue t-a (use --force to override)");
	REFUSED(life_status(&l, "t-a", "closed", &f->e),
		"cannot modify pinned issue t-a (use close --force to override)");
	txn_abort(l.t);
}

static void claims(void **state)
{
	struct fix *f = *state;
	struct life l;
	int64_t first;

	make(f, "t-a", "task", NULL, NULL);
	l = life_of(f, "ann");
	OK(life_claim(&l, "t-a", &f->e));
	first = txn_get(l.t, "t-a")->started_at;
	l.now_us += 1000000;
	OK(life_claim(&l, "t-a", &f->e));
	assert_int_equal(txn_get(l.t, "t-a")->started_at, first);
	commit(f, l.t, "claim");
	l = life_of(f, "bob");
	REFUSED(life_claim(&l, "t-a", &f->e), "issue already claimed by ann");
	OK(life_close(&l, "t-a", "", false, &f->e));
	txn_abort(l.t);
	l = life_of(f, "ann");
	OK(life_status(&l, "t-a", "blocked", &f->e));
	REFUSED(life_claim(&l, "t-a", &f->e), "issue not claimable: status blocked");
	OK(life_status(&l, "t-a", "open", &f->e));
	OK(life_claim(&l, "t-a", &f->e));
	txn_abort(l.t);
}

static void edge_guards(void **state)
{
	struct fix *f = *state;
	struct life l;

	make(f, "t-a", "task", NULL, NULL);
	make(f, "t-b", "task", NULL, "t-a");
	make(f, "t-c", "task", NULL, "t-b");
	make(f, "t-e", "epic", NULL, NULL);
	make(f, NULL, "task", "t-e", NULL);
	l = life_of(f, "tess");
	REFUSED(life_dep_add(&l, "t-a", "t-c", "blocks", true, &f->e),
		"adding dependency would create a cycle");
	OK(life_dep_add(&l, "t-a", "t-c", "related", true, &f->e));
	REFUSED(life_dep_add(&l, "t-a", "t-a", "blocks", true, &f->e),
		"cannot add self-dependency: t-a cannot depend on itself");
	REFUSED(life_dep_add(&l, "t-a", "t-e", "blocks", true, &f->e),
		"tasks can only block other tasks, not epics");
	REFUSED(life_dep_add(&l, "t-e", "t-a", "blocks", true, &f->e),
		"epics can only block other epics, not tasks");
	REFUSED(life_dep_add(&l, "t-a", "t-x", "blocks", true, &f->e), "issue t-x not found");
	REFUSED(life_set_parent(&l, "t-e", "t-e.1", &f->e),
		"adding dependency would create a cycle");
	OK(life_dep_add(&l, "t-a", "external:x:y", "blocks", true, &f->e));
	OK(life_dep_add(&l, "t-b", "t-a", "blocks", true, &f->e));
	assert_int_equal(txn_get(l.t, "t-b")->ndeps, 1);
	/* t-e.1 waits for its parent's blockers: t-f -> t-e.1 -> t-e -> t-f */
	txn_abort(l.t);
	make(f, "t-f", "epic", NULL, NULL);
	l = life_of(f, "tess");
	OK(life_dep_add(&l, "t-e", "t-f", "blocks", true, &f->e));
	REFUSED(life_dep_add(&l, "t-f", "t-e.1", "waits-for", true, &f->e),
		"adding dependency would create a cycle");
	OK(life_dep_add(&l, "t-f", "t-e.1", "waits-for", false, &f->e));
	txn_abort(l.t);
}

static void child_numbers_never_come_back(void **state)
{
	struct fix *f = *state;
	struct life_deletion d;
	const char *ids[] = { "t-e.2" };
	struct life l;

	make(f, "t-e", "epic", NULL, NULL);
	make(f, NULL, "task", "t-e", NULL);
	make(f, NULL, "task", "t-e", NULL);
	l = life_of(f, "tess");
	OK(life_plan_delete(&l, ids, 1, false, &d, &f->e));
	OK(life_delete(&l, &d, &f->e));
	life_deletion_release(&d);
	commit(f, l.t, "delete");
	make(f, NULL, "task", "t-e", NULL);
	make(f, "t-e.7", "task", NULL, NULL);
	make(f, NULL, "task", "t-e", NULL);
	l = life_of(f, "tess");
	assert_null(txn_get(l.t, "t-e.2"));
	assert_non_null(txn_get(l.t, "t-e.3"));
	assert_non_null(txn_get(l.t, "t-e.8"));
	txn_abort(l.t);
}

static void deletion_takes_links_along(void **state)
{
	struct fix *f = *state;
	struct life_deletion d;
	const char *ids[] = { "t-a" };
	struct issue *is;
	struct life l;

	make(f, "t-a", "task", NULL, NULL);
	make(f, "t-b", "task", NULL, "t-a");
	make(f, "t-c", "task", NULL, "related:t-a");
	l = life_of(f, "tess");
	OK(txn_edit(l.t, "t-b", &is, &f->e));
	is->description = "after t-a";
	commit(f, l.t, "edit");
	l = life_of(f, "tess");
	OK(life_plan_delete(&l, ids, 1, true, &d, &f->e));
	assert_int_equal(d.ids.n, 2);	/* t-b hangs on it, t-c is only related */
	life_deletion_release(&d);
	OK(life_plan_delete(&l, ids, 1, false, &d, &f->e));
	assert_int_equal(d.nedges, 2);
	assert_int_equal(d.mentioned.n, 1);
	OK(life_delete(&l, &d, &f->e));
	life_deletion_release(&d);
	commit(f, l.t, "delete");
	l = life_of(f, "tess");
	assert_null(txn_get(l.t, "t-a"));
	assert_int_equal(txn_get(l.t, "t-b")->ndeps, 0);
	assert_int_equal(txn_get(l.t, "t-c")->ndeps, 0);
	assert_string_equal(txn_get(l.t, "t-b")->description, "after [deleted:t-a]");
	ids[0] = "t-a";
	REFUSED(life_plan_delete(&l, ids, 1, false, &d, &f->e), "issue t-a not found");
	txn_abort(l.t);
}

static void rename_moves_everything(void **state)
{
	struct fix *f = *state;
	struct life l;

	make(f, "t-a", "task", NULL, NULL);
	make(f, "t-b", "task", NULL, "t-a");
	l = life_of(f, "tess");
	REFUSED(life_rename(&l, "t-a", "t-b", &f->e), "issue t-b already exists");
	OK(life_rename(&l, "t-a", "t-z", &f->e));
	commit(f, l.t, "rename");
	l = life_of(f, "tess");
	assert_null(txn_get(l.t, "t-a"));
	assert_string_equal(txn_get(l.t, "t-b")->deps[0].target, "t-z");
	txn_abort(l.t);
}

static void creation_is_checked_first(void **state)
{
	struct fix *f = *state;
	struct life l = life_of(f, "tess");
	struct issue fields, *made;
	const char *dep = "foo:t-a";
	struct life_new n = { .fields = &fields, .force = true };
	STRS_AUTO warnings = { 0 };

	issue_init(&fields);
	REFUSED(life_create(&l, &n, &made, &warnings, &f->e),
		"validation failed for issue : title is required");
	fields.title = "T";
	fields.id = "nodash";
	assert_true(life_create(&l, &n, &made, &warnings, &f->e) < 0);
	fields.id = "";
	n.deps = &dep;
	n.ndeps = 1;
	assert_true(life_create(&l, &n, &made, &warnings, &f->e) < 0);
	dep = "t-none";
	OK(life_create(&l, &n, &made, &warnings, &f->e));
	assert_int_equal(warnings.n, 1);
	commit(f, l.t, "one");
	l = life_of(f, "tess");
	{
		struct view *v;

		OK(txn_view(l.t, &v, &f->e));
		assert_int_equal(view_count(v), 1);
	}
	txn_abort(l.t);
}

int main(int argc, char **argv)
{
	enum { M = sizeof(mentions) / sizeof(mentions[0]), I = sizeof(items) / sizeof(items[0]) };
	const struct CMUnitTest on_store[] = {
		CASE(close_guards), CASE(forced_close), CASE(claims), CASE(edge_guards),
		CASE(child_numbers_never_come_back), CASE(deletion_takes_links_along),
		CASE(rename_moves_everything), CASE(creation_is_checked_first),
	};
	enum { S = sizeof(on_store) / sizeof(on_store[0]) };
	struct CMUnitTest t[M + I + S] = { 0 };
	int rc;

	for (size_t i = 0; i < M; i++)
		t[i] = (struct CMUnitTest){ .name = mentions[i].what,
					    .test_func = replaces_mentions,
					    .initial_state = &mentions[i] };
	for (size_t i = 0; i < I; i++)
		t[M + i] = (struct CMUnitTest){ .name = items[i].what, .test_func = parses_deps,
						.initial_state = &items[i] };
	memcpy(t + M + I, on_store, sizeof(on_store));
	plain = settings_none(NULL);
	tmp_begin();
	setenv("BDW_STORE__FSYNC", "off", 1);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = cmocka_run_group_tests(t, NULL, NULL);
	tmp_end();
	settings_free(plain);
	return rc;
}
