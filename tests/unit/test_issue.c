/* tests/unit/test_issue.c - an issue's sets stay sorted, copies share nothing, words are bd's */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/issue.h"
#include "store/record.h"
#include "tests/unit/random_issue.h"

static void check_labels(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issue is;

	(void)state;
	issue_init(&is);
	assert_true(issue_label_add(&is, "b", &a));
	assert_true(issue_label_add(&is, "a", &a));
	assert_true(issue_label_add(&is, "tier:pro", &a));
	assert_false(issue_label_add(&is, "b", &a));
	assert_false(issue_label_add(&is, "", &a));
	assert_int_equal(is.nlabels, 3);
	assert_string_equal(is.labels[0], "a");
	assert_string_equal(is.labels[1], "b");
	assert_string_equal(issue_label_value(&is, "tier"), "pro");
	assert_null(issue_label_value(&is, "tie"));
	assert_null(issue_label_value(&is, "a"));
	assert_true(issue_label_remove(&is, "a"));
	assert_false(issue_label_remove(&is, "a"));
	assert_true(issue_has_label(&is, "b"));
	assert_false(issue_has_label(&is, "a"));
	assert_int_equal(is.nlabels, 2);
}

static void add_dep(struct issue *is, const char *type, const char *target, bool changed,
		    struct arena *a)
{
	const struct dep d = { .type = type, .target = target, .created_at = 7, .created_by = "",
			       .metadata = "", .thread_id = "", .extra = "" };

	assert_int_equal(issue_dep_add(is, &d, a), changed);
}

static void check_deps(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issue is;

	(void)state;
	issue_init(&is);
	assert_null(issue_parent(&is));
	add_dep(&is, "related", "d-2", true, &a);
	add_dep(&is, "blocks", "d-2", true, &a);
	add_dep(&is, "parent-child", "d-9", true, &a);
	add_dep(&is, "parent-child", "d-8", true, &a);
	add_dep(&is, "blocks", "d-2", false, &a);
	assert_int_equal(is.ndeps, 4);
	assert_string_equal(issue_parent(&is), "d-8");
	assert_string_equal(is.deps[2].type, "blocks");
	assert_int_equal(issue_dep_find(&is, "d-2", "related")->created_at, 7);
	assert_null(issue_dep_find(&is, "d-2", "tracks"));
	assert_non_null(issue_dep_find(&is, "d-9", NULL));
	assert_false(issue_dep_remove(&is, "d-2", "tracks"));
	assert_true(issue_dep_remove(&is, "d-2", NULL));
	assert_int_equal(is.ndeps, 2);
	assert_true(issue_dep_remove(&is, "d-8", "parent-child"));
	assert_string_equal(issue_parent(&is), "d-9");
}

static void check_comments(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issue is;
	const struct comment in[] = {
		{ .id = "b", .author = "", .text = "4", .created_at = 5 },
		{ .id = "10", .int_id = true, .author = "", .text = "2", .created_at = 5 },
		{ .id = "9", .int_id = true, .author = "", .text = "1", .created_at = 5 },
		{ .id = "z", .author = "", .text = "0", .created_at = 4 },
		{ .id = "a", .author = "", .text = "3", .created_at = 5 },
	};

	(void)state;
	issue_init(&is);
	for (size_t i = 0; i < 5; i++)
		issue_comment_add(&is, &in[i], &a);
	for (int i = 0; i < 5; i++)
		assert_int_equal(is.comments[i].text[0], '0' + i);
}

static void check_extras(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issue is;

	(void)state;
	issue_init(&is);
	issue_extra_set(&is, "pinned", "true", &a);
	issue_extra_set(&is, "b", "1", &a);
	issue_extra_set(&is, "b", "2", &a);
	issue_extra_set(&is, "gone", NULL, &a);
	assert_int_equal(is.nextras, 2);
	assert_string_equal(issue_extra(&is, "b"), "2");
	assert_string_equal(is.extras[0].name, "b");
	assert_true(issue_flag(&is, "pinned"));
	assert_false(issue_flag(&is, "b"));
	assert_false(issue_flag(&is, "ephemeral"));
	issue_extra_set(&is, "b", NULL, &a);
	assert_null(issue_extra(&is, "b"));
	assert_int_equal(is.nextras, 1);
}

/* A set that was filled at will comes out sorted, each element once. */
static void check_sort(void **state)
{
	const char *labels[] = { "c", "a", "c", "b", "a" };
	struct extra extras[] = { { "b", "1" }, { "a", "2" } };
	struct issue is;

	(void)state;
	issue_init(&is);
	is.labels = labels;
	is.nlabels = 5;
	is.extras = extras;
	is.nextras = 2;
	issue_sort(&is);
	assert_int_equal(is.nlabels, 3);
	assert_string_equal(is.labels[0], "a");
	assert_string_equal(is.labels[1], "b");
	assert_string_equal(is.labels[2], "c");
	assert_string_equal(is.extras[0].name, "a");
}

/* The copy outlives what it was made from: a sanitizer sees what it does not own. */
static void check_copy(void **state)
{
	struct random r = { .state = 4711 };

	(void)state;
	for (int i = 0; i < 200; i++) {
		ARENA_AUTO a = ARENA_INIT;
		struct arena gone = ARENA_INIT;
		BUF_AUTO want = BUF_INIT;
		BUF_AUTO got = BUF_INIT;
		struct issue is, *copy;

		r.a = &gone;
		random_issue(&r, &is);
		record_write(&is, &want);
		copy = issue_copy(&is, &a);
		arena_release(&gone);
		record_write(copy, &got);
		assert_string_equal(got.s, want.s);
	}
}

static struct status_row { const char *what, *status,
			   *custom; enum status_class want; } statuses[] = {
	{ "status_open", "open", NULL, STATUS_ACTIVE },
	{ "status_in_progress", "in_progress", NULL, STATUS_WIP },
	{ "status_blocked", "blocked", NULL, STATUS_WIP },
	{ "status_hooked", "hooked", NULL, STATUS_WIP },
	{ "status_deferred", "deferred", NULL, STATUS_FROZEN },
	{ "status_pinned", "pinned", NULL, STATUS_FROZEN },
	{ "status_closed", "closed", NULL, STATUS_DONE },
	{ "status_hyphen", "in-progress", NULL, STATUS_UNKNOWN },
	{ "status_tombstone", "tombstone", NULL, STATUS_UNKNOWN },
	{ "status_empty", "", "a,,b", STATUS_UNKNOWN },
	{ "status_custom", "qa", "in_review:active, qa:wip ,done2:done,hold:frozen", STATUS_WIP },
	{ "status_custom_last", "hold", "in_review:active,qa:wip,done2:done,hold:frozen",
	  STATUS_FROZEN },
	{ "status_custom_done", "done2", "in_review:active,qa:wip,done2:done,hold:frozen",
	  STATUS_DONE },
	{ "status_custom_bare", "qa", "x,qa", STATUS_ACTIVE },
	{ "status_custom_part", "q", "qa:wip", STATUS_UNKNOWN },
	{ "status_built_in_wins", "closed", "closed:active", STATUS_DONE },
};

static void check_status(void **state)
{
	const struct status_row *r = *state;
	const struct vocab v = { .custom_status = r->custom };

	assert_int_equal(status_class(r->status, &v), r->want);
	if (!r->custom)
		assert_int_equal(status_class(r->status, NULL), r->want);
}

static struct type_row { const char *what, *word, *type; bool known; } types[] = {
	{ "type_task", "task", "task", true }, { "type_feat", "feat", "feature", true },
	{ "type_enhancement", "Enhancement", "feature", true },
	{ "type_adr", "adr", "decision", true },
	{ "type_timebox", "timebox", "spike", true },
	{ "type_user_story", "user-story", "story", true },
	{ "type_ms", "ms", "milestone", true }, { "type_gate", "gate", "gate", true },
	{ "type_custom", "widget", "widget", true },
	{ "type_custom_second", "gizmo", "gizmo", true },
	{ "type_bogus", "bogus", "bogus", false }, { "type_empty", "", "", false },
};

static void check_type(void **state)
{
	const struct type_row *r = *state;
	const struct vocab v = { .custom_types = "widget, gizmo" };

	assert_string_equal(type_canonical(r->word), r->type);
	assert_int_equal(type_known(r->type, &v), r->known);
}

static struct priority_row { const char *what, *text; int want; } priorities[] = {
	{ "priority_0", "0", 0 }, { "priority_4", "4", 4 }, { "priority_P2", "P2", 2 },
	{ "priority_p3", "p3", 3 },
	{ "priority_5", "5", -1 }, { "priority_empty", "", -1 }, { "priority_P", "P", -1 },
	{ "priority_10", "10", -1 },
	{ "priority_high", "high", -1 }, { "priority_negative", "-1", -1 },
};

static void check_priority(void **state)
{
	const struct priority_row *r = *state;
	struct err e = ERR_INIT;
	BUF_AUTO want = BUF_INIT;
	int got = -1;

	if (r->want >= 0) {
		assert_int_equal(priority_parse(r->text, &got, &e), 0);
		assert_int_equal(got, r->want);
		return;
	}
	buf_addf(&want, "invalid priority \"%s\" (expected 0-4 or P0-P4, not words like "
			"high/medium/low)", r->text);
	assert_int_equal(priority_parse(r->text, &got, &e), ERR_USAGE);
	assert_string_equal(e.msg, want.s);
	assert_int_equal(got, -1);
}

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X500 X100 X100 X100 X100 X100

static struct bad_row { const char *what; struct issue is; const char *why; } bads[] = {
	{ "bad_nothing", { .title = "t" }, NULL },
	{ "bad_500_characters", {
	  .title = "\xc3\xbc" X100 X100 X100 X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 "xxxxxxxxx" },
	  NULL },
	{ "bad_title_empty", { .title = "" }, "title is required" },
	{ "bad_title_long", { .title = X500 "x" },
	  "title must be 500 characters or less (got 501)" },
	{ "bad_type", { .title = "t", .type = "bogus" }, "invalid issue type: bogus" },
	{ "bad_status", { .title = "t", .status = "bogus" }, "invalid status: bogus" },
	{ "bad_priority", { .title = "t", .priority = 5 },
	  "priority must be between 0 and 4 (got 5)" },
	{ "bad_utf8", { .title = "t", .notes = "\xff" }, "notes must be valid UTF-8" },
};

static void check_bad(void **state)
{
	const struct bad_row *r = *state;
	struct err e = ERR_INIT;
	BUF_AUTO want = BUF_INIT;
	struct issue is;

	issue_init(&is);
	is.id = "d-1";
	is.title = r->is.title;
	is.priority = r->is.priority;
	is.type = r->is.type ? r->is.type : is.type;
	is.status = r->is.status ? r->is.status : is.status;
	is.notes = r->is.notes ? r->is.notes : "";
	if (!r->why) {
		assert_int_equal(issue_check(&is, NULL, &e), 0);
		return;
	}
	assert_int_equal(issue_check(&is, NULL, &e), ERR_USAGE);
	buf_addf(&want, "validation failed for issue d-1: %s", r->why);
	assert_string_equal(e.msg, want.s);
}

static void check_blocking(void **state)
{
	(void)state;
	assert_true(dep_type_blocking("blocks"));
	assert_true(dep_type_blocking("parent-child"));
	assert_true(dep_type_blocking("conditional-blocks"));
	assert_true(dep_type_blocking("waits-for"));
	assert_false(dep_type_blocking("related"));
	assert_false(dep_type_blocking("discovered-from"));
}

#define ROWS(rows, check) \
	for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
		t[n++] = (struct CMUnitTest){ .name = (rows)[i].what, .test_func = check, .initial_state = &(rows)[i] }

int main(int argc, char **argv)
{
	struct CMUnitTest t[96] = {
		cmocka_unit_test(check_labels), cmocka_unit_test(check_deps),
		cmocka_unit_test(check_comments), cmocka_unit_test(check_extras),
		cmocka_unit_test(check_sort), cmocka_unit_test(check_copy),
		cmocka_unit_test(check_blocking),
	};
	size_t n = 7;

	ROWS(statuses, check_status);
	ROWS(types, check_type);
	ROWS(priorities, check_priority);
	ROWS(bads, check_bad);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return _cmocka_run_group_tests("issue", t, n, NULL, NULL);
}
