#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/changes.h"
#include "store/base/buf.h"
#include "store/issue.h"

static void dump(const struct changes *c, struct buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		buf_addf(out, "%s: '%s' -> '%s'\n", c->v[i].field, c->v[i].was, c->v[i].now);
}

static struct issue sample(struct arena *a)
{
	struct issue is;

	issue_init(&is);
	is.id = "t-1";
	is.title = "One";
	is.description = "Text";
	issue_label_add(&is, "old", a);
	issue_dep_add(&is, &(struct dep){ .target = "t-2", .type = "blocks", .created_by = "",
					  .metadata = "", .thread_id = "", .extra = "" }, a);
	issue_comment_add(&is, &(struct comment){ .id = "1", .author = "ann", .text = "Hi",
						  .created_at = 1 }, a);
	return is;
}

static void each_field_is_named(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct issue was = sample(&a), now = sample(&a);
	struct changes c;

	(void)state;
	now.title = "Two";
	now.status = "closed";
	now.priority = 0;
	now.description = "";
	now.estimate_minutes = 30;
	now.closed_at = 1764000000 * INT64_C(1000000);
	now.updated_at = 99;
	issue_label_remove(&now, "old");
	issue_label_add(&now, "new", &a);
	issue_dep_remove(&now, "t-2", NULL);
	issue_comment_add(&now, &(struct comment){ .id = "2", .author = "bob", .text = "Ho",
						   .created_at = 2 }, &a);
	c = changes_between(&was, &now, &a);
	dump(&c, &got);
	assert_string_equal(got.s,
			    "title: 'One' -> 'Two'\n"
			    "status: 'open' -> 'closed'\n"
			    "priority: '2' -> '0'\n"
			    "description: 'Text' -> ''\n"
			    "estimated_minutes: '' -> '30'\n"
			    "closed_at: '' -> '2025-11-24T16:00:00Z'\n"
			    "labels: 'old' -> ''\n"
			    "dependencies: 'blocks t-2' -> ''\n"
			    "labels: '' -> 'new'\n"
			    "comments: '' -> 'Ho'\n");
}

static void a_new_issue_tells_what_it_has(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct issue now = sample(&a);
	struct changes c = changes_between(NULL, &now, &a);

	(void)state;
	dump(&c, &got);
	assert_string_equal(got.s,
			    "title: '' -> 'One'\n"
			    "status: '' -> 'open'\n"
			    "issue_type: '' -> 'task'\n"
			    "priority: '' -> '2'\n"
			    "description: '' -> 'Text'\n"
			    "labels: '' -> 'old'\n"
			    "dependencies: '' -> 'blocks t-2'\n"
			    "comments: '' -> 'Hi'\n");
}

static void only_the_time_of_writing_is_no_change(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issue was = sample(&a), now = sample(&a);

	(void)state;
	now.updated_at = 5;
	assert_int_equal(changes_between(&was, &now, &a).n, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest t[] = {
		cmocka_unit_test(each_field_is_named),
		cmocka_unit_test(a_new_issue_tells_what_it_has),
		cmocka_unit_test(only_the_time_of_writing_is_no_change),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
