#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/query.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "tests/unit/issues_from.h"

#define HOUR 3600000000ll
#define NOW (1000 * HOUR)

static const char issues[] =
	"t-a open p=0 type=bug title=Alpha asg=ann label=back label=front created=100 updated=900 "
	"spec=S-1;"
	"t-b open p=2 title=beta on=t-a label=back created=200 updated=800 "
	"meta={\"team\":\"core\",\"n\":3,\"ok\":true};"
	"t-c in_progress p=1 title=Gamma asg=bob created=300 updated=700 due=5 desc=Some-text;"
	"t-c.10 open title=kid10 up=t-c created=400;"
	"t-c.2 open title=kid2 up=t-c created=400 label=area:store notes=NB;"
	"t-c.2.1 open p=3 title=grandkid up=t-c.2 created=450;"
	"t-d closed title=delta created=500 closed=600 due=5;"
	"t-e deferred title=eps created=600 defer=9000000000000;"
	"t-f pinned title=phi created=700;"
	"t-g open type=gate title=gate created=800;"
	"t-h open title=tmpl flag=is_template created=900;"
	"t-i open type=agent title=infra created=1000;"
	"t-j shelf title=frozen created=1100; t-k in_review type=epic title=Review created=1200 "
	"updated=1;"
	"t-l open p=4 title=pin flag=pinned created=1300";

/* What a filter that set() made finds, by id; "t-" left out. */
struct row {
	const char *what;
	void (*set)(struct query *q);
	const char *want;
};

static void nothing(struct query *q) { (void)q; }
static void all(struct query *q) { q->all = true; }
static void everything(struct query *q)
{
	q->all = q->include_gates = q->include_infra = q->include_templates = true;
}
static void status_two(struct query *q) { strs_add(&q->status,
						   "closed"); strs_add(&q->status, "in_progress"); }
static void ready(struct query *q) { q->ready = true; }
static void ready_gate(struct query *q) { q->ready = true; strs_add(&q->type, "gate"); }
static void ready_deferred(struct query *q) { q->ready = q->include_deferred = true; }
static void blocked(struct query *q) { q->blocked = true; }
static void type_gate(struct query *q) { strs_add(&q->type, "gate"); }
static void not_type(struct query *q) { strs_add(&q->exclude_type, "task"); }
static void priority(struct query *q) { q->priority = 0; }
static void priorities(struct query *q) { q->priority_min = 1; q->priority_max = 2; }
static void assignee(struct query *q) { q->assignee = "ann"; }
static void unassigned(struct query *q) { q->no_assignee = true; }
static void label_and(struct query *q) { strs_add(&q->label_all,
						  "back"); strs_add(&q->label_all, "front"); }
static void label_or(struct query *q) { strs_add(&q->label_any,
						 "front"); strs_add(&q->label_any, "area:store"); }
static void label_not(struct query *q) { strs_add(&q->label_none,
						  "front"); strs_add(&q->label_any, "back"); }
static void label_glob(struct query *q) { q->label_pattern = "area:*"; }
static void label_regex(struct query *q) { q->label_regex = "^(fr|ar).*t"; }
static void unlabelled(struct query *q) { q->no_labels = true; q->no_assignee = true; }
static void children(struct query *q) { q->parent = "t-c"; }
static void descendants(struct query *q) { q->ancestor = "t-c"; }
static void no_such_ancestor(struct query *q) { q->ancestor = "t-zz"; }
static void orphans(struct query *q) { q->no_parent = true; q->priority = 2; }
static void ids(struct query *q) { strs_add(&q->ids,
					    "t-b"); strs_add(&q->ids, "t-d"); q->all = true; }
static void text(struct query *q) { q->text = "ALPH"; }
static void text_id(struct query *q) { q->text = "c.2"; }
static void title(struct query *q) { q->title = "KID"; }
static void description(struct query *q) { q->description = "TEXT"; }
static void notes(struct query *q) { q->notes = "nb"; }
static void no_description(struct query *q) { q->empty_description = true; q->priority = 1; }
static void created_span(struct query *q) { q->created = (struct query_span){ 100, 400 }; }
static void updated_before(struct query *q) { q->updated.before = 800; }
static void closed_after(struct query *q) { q->all = true; q->closed.after = 1; }
static void deferred(struct query *q) { q->deferred = true; }
static void overdue(struct query *q) { q->overdue = q->all = true; }
static void meta_text(struct query *q) { strs_add(&q->metadata, "team=core"); }
static void meta_number(struct query *q) { strs_add(&q->metadata,
						    "n=3"); strs_add(&q->metadata, "ok=true"); }
static void meta_other(struct query *q) { strs_add(&q->metadata, "team=x"); }
static void meta_key(struct query *q) { strs_add(&q->has_metadata, "n"); }
static void pinned(struct query *q) { q->pinned = QUERY_YES; q->all = true; }
static void unpinned(struct query *q) { q->pinned = QUERY_NO; q->priority = 4; }
static void spec(struct query *q) { q->spec = "S-"; }

static struct row rows[] = {
	{ "default_hides", nothing, "a b c c.10 c.2 c.2.1 e k l" },
	{ "all_shows_statuses", all, "a b c c.10 c.2 c.2.1 d e f j k l" },
	{ "everything", everything, "a b c c.10 c.2 c.2.1 d e f g h i j k l" },
	{ "status_set", status_two, "c d" },
	{ "ready", ready, "a c.10 c.2 c.2.1 k" },
	{ "ready_named_type", ready_gate, "g" },
	{ "ready_with_deferred", ready_deferred, "a c.10 c.2 c.2.1 e k" },
	{ "blocked", blocked, "b" },
	{ "type_named_is_shown", type_gate, "g" },
	{ "exclude_type", not_type, "a k" },
	{ "priority", priority, "a" },
	{ "priority_range", priorities, "b c c.10 c.2 e k" },
	{ "assignee", assignee, "a" },
	{ "unassigned", unassigned, "b c.10 c.2 c.2.1 e k l" },
	{ "labels_and", label_and, "a" },
	{ "labels_or", label_or, "a c.2" },
	{ "labels_not", label_not, "b" },
	{ "label_pattern", label_glob, "c.2" },
	{ "label_regex", label_regex, "a c.2" },
	{ "no_labels", unlabelled, "c.10 c.2.1 e k l" },
	{ "children", children, "c.10 c.2" },
	{ "descendants", descendants, "c.10 c.2 c.2.1" },
	{ "ancestor_unknown", no_such_ancestor, "" },
	{ "no_parent", orphans, "b e k" },
	{ "ids", ids, "b d" },
	{ "text_in_title", text, "a" },
	{ "text_in_id", text_id, "c.2 c.2.1" },
	{ "title", title, "c.10 c.2 c.2.1" },
	{ "description", description, "c" },
	{ "notes", notes, "c.2" },
	{ "empty_description", no_description, "" },
	{ "created_between", created_span, "b c" },
	{ "updated_before_skips_never", updated_before, "c k" },
	{ "closed_after", closed_after, "d" },
	{ "deferred", deferred, "e" },
	{ "overdue_not_closed", overdue, "c" },
	{ "metadata_text", meta_text, "b" },
	{ "metadata_other_kinds", meta_number, "b" },
	{ "metadata_differs", meta_other, "" },
	{ "metadata_key", meta_key, "b" },
	{ "pinned", pinned, "f l" },
	{ "not_pinned", unpinned, "" },
	{ "spec_prefix", spec, "a" },
};

static const struct vocab vocab = { .custom_status = "in_review:active,shelf:frozen" };

static void show(struct buf *out, const struct board *b, const struct board_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		buf_addf(out, "%s%s", i ? " " : "", b->is[l->v[i]]->id + 2);
}

static void check_row(void **state)
{
	const struct row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct issues list = { 0 };
	struct board_list found = { 0 };
	struct board b;
	struct query q;

	issues_from(&list, issues, &a);
	board_init(&b, list.v, list.n, &vocab, NOW);
	query_init(&q);
	r->set(&q);
	assert_int_equal(query_prepare(&q, &b, NULL), 0);
	query_run(&q, &b, &found);
	show(&got, &b, &found);
	assert_string_equal(got.s, r->want);
	query_release(&q);
	strs_free_all(&q.status);
	strs_free_all(&q.type);
	strs_free_all(&q.exclude_type);
	strs_free_all(&q.label_all);
	strs_free_all(&q.label_any);
	strs_free_all(&q.label_none);
	strs_free_all(&q.ids);
	strs_free_all(&q.metadata);
	strs_free_all(&q.has_metadata);
	vec_free(&found);
	board_release(&b);
	vec_free(&list);
}

static struct order {
	const char *what;
	enum query_sort sort;
	bool reverse;
	const char *issues, *want;
} orders[] = {
	{ "sort_default", SORT_DEFAULT, false,
	  "t-a open p=2 created=1; t-b open p=2 created=2; t-c open p=0 created=1; t-d open p=2 "
	  "created=2", "c b d a" },
	{ "sort_default_reverse", SORT_DEFAULT, true, "t-a open p=2; t-b open p=0; t-c open p=2",
	  "c a b" },
	{ "sort_inside_a_second", SORT_DEFAULT, false,
	  "t-a open created=1000001; t-b open created=1000002", "b a" },
	{ "sort_priority_reverse", SORT_PRIORITY, true,
	  "t-a open p=1 created=1; t-b open p=3; t-c open p=1 created=2", "b c a" },
	{ "sort_created", SORT_CREATED, false,
	  "t-a open created=1; t-b open created=3; t-c open created=2", "b c a" },
	{ "sort_updated", SORT_UPDATED, true,
	  "t-a open updated=2; t-b open updated=3; t-c open updated=1", "c a b" },
	{ "sort_closed_never_last", SORT_CLOSED, false,
	  "t-a open; t-b closed closed=5; t-c closed closed=9", "c b a" },
	{ "sort_status", SORT_STATUS, false, "t-a open; t-b closed; t-c in_progress", "b c a" },
	{ "sort_id_natural", SORT_ID, false, "t-a.10 open; t-a.2 open", "a.2 a.10" },
	{ "sort_id_reverse", SORT_ID, true, "t-a.10 open; t-a.2 open", "a.10 a.2" },
	{ "sort_title_any_case", SORT_TITLE, false,
	  "t-a open title=b; t-b open title=A; t-c open title=C", "b a c" },
	{ "sort_type", SORT_TYPE, false, "t-a open type=task; t-b open type=bug", "b a" },
	{ "sort_assignee", SORT_ASSIGNEE, false, "t-a open asg=z; t-b open; t-c open asg=b",
	  "b c a" },
	{ "sort_oldest", SORT_OLDEST, false,
	  "t-a open p=0 created=2; t-b open p=4 created=1", "b a" },
	{ "sort_hybrid", SORT_HYBRID, false,
	  "t-a open p=0 created=20; t-b open p=4 created=10; t-c open p=3 created=3599999999998;"
	  "t-d open p=1 created=3599999999999", "d c b a" },
};

static void check_order(void **state)
{
	const struct order *o = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct issues list = { 0 };
	struct board_list l = { 0 };
	struct board b;

	issues_from(&list, o->issues, &a);
	board_init(&b, list.v, list.n, NULL, NOW);
	for (uint32_t i = 0; i < b.n; i++)
		vec_add(&l, i);
	query_order(&b, &l, o->sort, o->reverse);
	show(&got, &b, &l);
	assert_string_equal(got.s, o->want);
	vec_free(&l);
	board_release(&b);
	vec_free(&list);
}

static void sort_words(void **state)
{
	struct err e = ERR_INIT;
	enum query_sort s;
	(void)state;

	assert_int_equal(query_sort_parse("closed", false, &s, &e), 0);
	assert_int_equal(s, SORT_CLOSED);
	assert_int_equal(query_sort_parse("hybrid", true, &s, &e), 0);
	assert_int_equal(s, SORT_HYBRID);
	assert_int_equal(query_sort_parse("oldest", false, &s, &e), ERR_USAGE);
	assert_string_equal(e.msg, "invalid sort field \"oldest\" (valid: priority, created, "
				   "updated, closed, status, "
			    "id, title, type, assignee)");
	assert_int_equal(query_sort_parse("bogus", true, &s, &e), ERR_USAGE);
	assert_string_equal(e.msg,
			    "invalid sort policy 'bogus'. Valid values: hybrid, priority, oldest");
}

static void bad_regex(void **state)
{
	struct query q;
	struct board b;
	struct err e = ERR_INIT;
	(void)state;

	board_init(&b, NULL, 0, NULL, NOW);
	query_init(&q);
	q.label_regex = "(";
	assert_int_equal(query_prepare(&q, &b, &e), ERR_USAGE);
	assert_non_null(strstr(e.msg, "invalid label regex \"(\""));
	query_release(&q);
	board_release(&b);
}

int main(int argc, char **argv)
{
	enum { ROWS = sizeof(rows) / sizeof(rows[0]), ORDERS = sizeof(orders) / sizeof(orders[0]) };
	struct CMUnitTest t[ROWS + ORDERS + 2] = {
		[ROWS + ORDERS] = cmocka_unit_test(sort_words), cmocka_unit_test(bad_regex),
	};

	for (size_t i = 0; i < ROWS; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].what, .test_func = check_row,
					    .initial_state = &rows[i] };
	for (size_t i = 0; i < ORDERS; i++)
		t[ROWS + i] = (struct CMUnitTest){ .name = orders[i].what, .test_func = check_order,
						   .initial_state = &orders[i] };
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
