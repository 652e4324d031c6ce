#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "core/qexpr.h"
#include "store/base/arena.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/issue.h"

enum { YES = 1, NO = 0, BAD = -1 };

/* Asked of the issue below, at 2026-11-21 10:30 UTC. */
static const struct row { const char *query; int want; } rows[] = {
	{ "status=open", YES },
	{ "status=closed", NO },
	{ "status!=closed", YES },
	{ "STATUS=open", YES },
	{ "status==open", YES },
	{ "status=in_review", NO },
	{ "priority=1", YES },
	{ "priority=P1", YES },
	{ "priority<=0", NO },
	{ "priority<2", YES },
	{ "priority>=1", YES },
	{ "priority!=1", NO },
	{ "type=bug", YES },
	{ "type=feat", NO },
	{ "assignee=ann", YES },
	{ "assignee=none", NO },
	{ "owner=none", YES },
	{ "assignee=a*", YES },
	{ "label=urgent", YES },
	{ "label=none", NO },
	{ "label!=urgent", NO },
	{ "label=area:*", YES },
	{ "id=t-*", YES },
	{ "id=t-1", YES },
	{ "id=x-1", NO },
	{ "parent=t-ep", YES },
	{ "parent=none", NO },
	{ "title=nul", YES },
	{ "title=\"NUL bytes\"", YES },
	{ "title='bytes in'", YES },
	{ "title=nope", NO },
	{ "description=none", YES },
	{ "notes=care", YES },
	{ "created>7d", YES },
	{ "created<7d", NO },
	{ "created>=2026-11-20 AND created<2026-11-21", YES },
	{ "created=2026-11-20", YES },
	{ "created!=2026-11-20", NO },
	{ "created>yesterday", NO },
	{ "updated>\"2 hours ago\"", YES },
	{ "closed=none", YES },
	{ "closed<2030-01-01", NO },
	{ "pinned=true", YES },
	{ "pinned=false", NO },
	{ "ephemeral=false", YES },
	{ "metadata.team=core", YES },
	{ "metadata.k=1", YES },
	{ "metadata.none=1", NO },
	{ "has_metadata_key=k", YES },
	{ "has_metadata_key!=k", NO },
	{ "status=open AND priority=1", YES },
	{ "status=closed OR priority=1", YES },
	{ "status=closed or status=open and priority=3", NO },
	{ "(status=closed OR status=open) AND priority=1", YES },
	{ "NOT status=closed", YES },
	{ "not not status=open", YES },
	{ "NOT (status=open AND priority=1)", NO },
	{ "NOT status=closed AND priority=1", YES },
	{ "", BAD },
	{ "status", BAD },
	{ "status=", BAD },
	{ "status=opn", BAD },
	{ "type=bogus", BAD },
	{ "stauts=open", BAD },
	{ "status>open", BAD },
	{ "priority=9", BAD },
	{ "priority=high", BAD },
	{ "created>whenever", BAD },
	{ "created>none", BAD },
	{ "pinned=maybe", BAD },
	{ "(status=open", BAD },
	{ "status=open)", BAD },
	{ "status=open priority=1", BAD },
	{ "status=open AND", BAD },
	{ "AND", BAD },
	{ "title=\"open", BAD },
	{ "status ! open", BAD },
};

static struct issue sample(struct arena *a)
{
	static const char *labels[] = { "area:store", "urgent" };
	static struct dep deps[] = { { .target = "t-ep", .type = "parent-child" } };
	struct issue is;

	issue_init(&is);
	is.id = "t-1";
	is.title = "Reject NUL bytes in names";
	is.type = "bug";
	is.priority = 1;
	is.assignee = "ann";
	is.notes = "Careful";
	is.labels = labels;
	is.nlabels = 2;
	is.deps = deps;
	is.ndeps = 1;
	is.metadata = "{\"k\":1,\"team\":\"core\"}";
	issue_extra_set(&is, "pinned", "true", a);
	clock_parse("2026-11-20T09:00:00Z", &is.created_at);
	clock_parse("2026-11-21T09:00:00Z", &is.updated_at);
	return is;
}

static int ask(const char *query, struct buf *printed, struct err *e)
{
	static const struct vocab vocab = { .custom_status = "in_review:active" };
	ARENA_AUTO a = ARENA_INIT;
	struct issue is = sample(&a);
	struct qexpr *q;
	int64_t now;

	clock_parse("2026-11-21T10:30:00Z", &now);
	if (qexpr_parse(&q, query, now, &vocab, &a, e) < 0)
		return BAD;
	if (printed)
		qexpr_print(q, printed);
	return qexpr_match(q, &is);
}

static void check(void **state)
{
	const struct row *r = *state;
	struct err e = ERR_INIT;

	assert_int_equal(ask(r->query, NULL, &e), r->want);
	assert_int_equal(e.code, r->want == BAD ? ERR_USAGE : 0);
}

static void not_binds_before_and_before_or(void **state)
{
	BUF_AUTO out = BUF_INIT;

	(void)state;
	ask("not type=bug and priority>1 or metadata.k!=2", &out, NULL);
	assert_string_equal(out.s, "((NOT (type=bug) AND priority>1) OR metadata.k!=2)");
}

static void errors_say_where_and_what(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(ask("status=open priority=1", NULL, &e), BAD);
	assert_string_equal(e.msg, "parsing query: expected AND or OR at column 13");
	assert_int_equal(ask("stauts=open", NULL, &e), BAD);
	assert_string_equal(e.hint, "did you mean \"status\"?");
}

static void deep_nesting_is_refused(void **state)
{
	BUF_AUTO q = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_addc(&q, '(');
	assert_int_equal(ask(q.s, NULL, &e), BAD);
	assert_non_null(strstr(e.msg, "nested too deeply"));
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]), FIXED = 3 };
	struct CMUnitTest t[N + FIXED] = {
		cmocka_unit_test(not_binds_before_and_before_or),
		cmocka_unit_test(errors_say_where_and_what),
		cmocka_unit_test(deep_nesting_is_refused),
	};

	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < N; i++)
		t[FIXED + i] = (struct CMUnitTest){
			.name = *rows[i].query ? rows[i].query : "empty", .test_func = check,
			.initial_state = (void *)&rows[i],
		};
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
