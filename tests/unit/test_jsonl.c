/* tests/unit/test_jsonl.c - beads' lines in every dialect, bd's own byte for byte */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/jsonl.h"
#include "tests/unit/random_issue.h"

/* What the real bd 1.0.5 exported. */
#define REAL \
	"{\"_type\":\"issue\",\"id\":\"test-aa1\",\"title\":\"Json bug\",\"description\":\"Desc with \\u003cb\\u003e \\u0026 'q'\"," \
	"\"design\":\"Design\",\"acceptance_criteria\":\"Acc 1\",\"notes\":\"Note\",\"spec_id\":\"S1\",\"status\":\"open\"," \
	"\"priority\":1,\"issue_type\":\"bug\",\"assignee\":\"alice\",\"owner\":\"tess@example.com\",\"estimated_minutes\":90," \
	"\"created_at\":\"2026-11-21T01:46:01Z\",\"created_by\":\"Tess Agent\",\"updated_at\":\"2026-11-21T01:46:09Z\"," \
	"\"external_ref\":\"gh-9\",\"metadata\":{\"k\":1,\"n\":3,\"team\":\"core\"},\"labels\":[\"backend\",\"urgent\"]," \
	"\"dependencies\":[{\"issue_id\":\"test-aa1\",\"depends_on_id\":\"test-bl1\",\"type\":\"blocks\"," \
	"\"created_at\":\"2026-11-21T01:46:03Z\",\"created_by\":\"Tess Agent\",\"metadata\":\"{}\"}]," \
	"\"dependency_count\":1,\"dependent_count\":2,\"comment_count\":0}\n"

#define TIMES "\"created_at\":\"2026-01-02T03:04:05Z\",\"updated_at\":\"2026-01-02T03:04:06Z\""
#define START "{\"_type\":\"issue\",\"id\":\"t-1\",\"title\":\"T\",\"status\":\"open\",\"priority\":2,\"issue_type\":\"task\"," TIMES
#define LEAST "{\"id\":\"t-1\",\"title\":\"T\",\"priority\":2," TIMES

/* Lines that come out as they went in, counts left away. */
static struct same_row { const char *what, *line; } sames[] = {
	{ "same_least", START "}\n" },
	{ "same_all_of_bd",
	  "{\"_type\":\"issue\",\"id\":\"t-1\",\"title\":\"T\",\"status\":\"closed\",\"priority\":0,\"issue_type\":\"gate\","
	  TIMES ",\"started_at\":\"2026-01-03T00:00:00Z\",\"closed_at\":\"2026-01-04T00:00:00Z\",\"close_reason\":\"r\","
	  "\"closed_by_session\":\"s\",\"due_at\":\"2026-01-05T00:00:00Z\",\"defer_until\":\"2026-01-06T00:00:00Z\","
	  "\"external_ref\":\"e\",\"source_system\":\"y\",\"metadata\":{\"b\":\"\\u003c\",\"a\":[1,2.5,null,true,{}]},"
	  "\"compaction_level\":1,\"compacted_at\":\"2026-01-07T00:00:00Z\",\"compacted_at_commit\":\"abc\",\"original_size\":9,"
	  "\"labels\":[\"a\",\"b\"],"
	  "\"dependencies\":[{\"issue_id\":\"t-1\",\"depends_on_id\":\"t-2\",\"type\":\"waits-for\","
	  "\"created_at\":\"2026-01-02T03:04:05Z\",\"metadata\":\"{\\\"gate\\\":\\\"any-children\\\"}\",\"thread_id\":\"th\"}],"
	  "\"comments\":[{\"id\":\"0199\",\"issue_id\":\"t-1\",\"author\":\"a\",\"text\":\"x\\ny\",\"created_at\":\"2026-01-02T03:04:05Z\"}],"
	  "\"sender\":\"s\",\"ephemeral\":true,\"no_history\":true,\"wisp_type\":\"w\",\"pinned\":true,\"is_template\":true,"
	  "\"bonded_from\":[{\"source_id\":\"m-1\",\"bond_type\":\"b\"}],\"await_type\":\"t\",\"await_id\":\"i\",\"timeout\":5000000000,"
	  "\"waiters\":[\"x\"],\"source_formula\":\"f\",\"source_location\":\"l\",\"mol_type\":\"m\",\"work_type\":\"w\","
	  "\"event_kind\":\"k\",\"actor\":\"a\",\"target\":\"t\",\"payload\":\"p\"}\n" },
	{ "same_unknown_last",
	  START ",\"pinned\":false,\"aaa\":1,\"zzz\":{\"k\":\"\\u003e\\u2028\"}}\n" },
	{ "same_zero_times",
	  "{\"_type\":\"issue\",\"id\":\"t-1\",\"title\":\"\",\"status\":\"open\",\"priority\":0,\"issue_type\":\"task\","
	  "\"created_at\":\"0001-01-01T00:00:00Z\",\"updated_at\":\"0001-01-01T00:00:00Z\"}\n" },
	{ "same_epoch",
	  "{\"_type\":\"issue\",\"id\":\"t-1\",\"title\":\"T\",\"status\":\"open\",\"priority\":2,\"issue_type\":\"task\","
	  "\"created_at\":\"1970-01-01T00:00:00Z\",\"updated_at\":\"1970-01-01T00:00:00Z\",\"due_at\":\"1970-01-01T00:00:00Z\"}\n" },
	{ "same_edge_unknown",
	  START ",\"dependencies\":[{\"issue_id\":\"t-1\",\"depends_on_id\":\"t-2\",\"type\":\"blocks\","
	  "\"created_at\":\"2026-01-02T03:04:05Z\",\"metadata\":\"{}\",\"weight\":3,\"why\":\"\\u003c\"}]}\n" },
	{ "same_numbers",
	  START ",\"metadata\":{\"n\":[1.0,-0,1e400]},"
	  "\"dependencies\":[{\"issue_id\":\"t-1\",\"depends_on_id\":\"t-2\",\"type\":\"blocks\","
	  "\"created_at\":\"2026-01-02T03:04:05Z\",\"metadata\":\"{}\",\"weight\":{\"w\":-0.0}}],\"timeout\":99999999999999999999,"
	  "\"odd\":[1.50,{\"b\":340282366920938463463374607431768211456}]}\n" },
	{ "same_comment_unknown",
	  START ",\"comments\":[{\"id\":123456789012345678901234567890,\"issue_id\":\"t-1\",\"author\":\"a\","
	  "\"text\":\"x\",\"created_at\":\"2026-01-02T03:04:05Z\",\"edited_at\":null,\"seen\":[{\"by\":\"--\\u003e\",\"n\":1.0}]}]}\n" },
	{ "same_number_comment",
	  START ",\"comments\":[{\"id\":7,\"issue_id\":\"t-1\",\"author\":\"\",\"text\":\"\","
	  "\"created_at\":\"2026-01-02T03:04:05Z\"},{\"id\":\"7\",\"issue_id\":\"t-1\",\"author\":\"\",\"text\":\"\","
	  "\"created_at\":\"2026-01-02T03:04:05Z\"}]}\n" },
};

static void parse(struct jsonl_line *l, const char *s, struct arena *a)
{
	struct err e = ERR_INIT;

	if (jsonl_parse(l, s, strlen(s), a, &e) < 0)
		fail_msg("%s\nin %s", e.msg, s);
}

static void check_same(void **state)
{
	const struct same_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct jsonl_line l;

	parse(&l, r->line, &a);
	assert_int_equal(l.kind, JSONL_ISSUE);
	jsonl_write(&l.issue, NULL, NULL, &out);
	assert_string_equal(out.s, r->line);
}

static void check_real(void **state)
{
	const struct jsonl_counts counts = { 1, 2, 0 };
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct jsonl_line l;

	(void)state;
	parse(&l, REAL, &a);
	assert_string_equal(l.issue.description, "Desc with <b> & 'q'");
	assert_string_equal(l.issue.metadata, "{\"k\":1,\"n\":3,\"team\":\"core\"}");
	assert_string_equal(l.issue.deps[0].metadata, "");
	assert_int_equal(l.issue.estimate_minutes, 90);
	assert_int_equal(l.issue.nextras, 0);
	jsonl_write(&l.issue, &counts, NULL, &out);
	assert_string_equal(out.s, REAL);
}

/* Other dialects, and what bd's would be. */
static struct dialect_row { const char *what, *line, *want; } dialects[] = {
	{ "dialect_defaults", "{\"id\":\"t-1\",\"title\":\"T\"," TIMES "}",
	  "{\"_type\":\"issue\",\"id\":\"t-1\",\"title\":\"T\",\"status\":\"open\",\"priority\":0,\"issue_type\":\"task\"," TIMES "}\n" },
	{ "dialect_nulls",
	  LEAST ",\"status\":null,\"assignee\":null,\"labels\":null,\"dependencies\":null,\"comments\":null,"
	  "\"metadata\":null,\"estimated_minutes\":null,\"closed_at\":null}", START "}\n" },
	{ "dialect_rust", LEAST ",\"compaction_level\":0,\"original_size\":0,\"source_repo\":\".\","
	  "\"dependencies\":[{\"issue_id\":\"t-1\",\"depends_on_id\":\"t-0\",\"type\":\"parent_child\",\"created_at\":"
	  "\"2026-01-02T03:04:05.123456789Z\",\"created_by\":\"u\",\"metadata\":\"\",\"thread_id\":\"\"}],"
	  "\"comments\":[{\"id\":3,\"issue_id\":\"t-1\",\"author\":\"a\",\"text\":\"c\",\"created_at\":\"2026-01-02T03:04:05+01:00\"}]}",
	  START ",\"compaction_level\":0,\"original_size\":0,"
	  "\"dependencies\":[{\"issue_id\":\"t-1\",\"depends_on_id\":\"t-0\",\"type\":\"parent-child\",\"created_at\":"
	  "\"2026-01-02T03:04:05Z\",\"created_by\":\"u\",\"metadata\":\"{}\"}],"
	  "\"comments\":[{\"id\":3,\"issue_id\":\"t-1\",\"author\":\"a\",\"text\":\"c\",\"created_at\":\"2026-01-02T02:04:05Z\"}],"
	  "\"source_repo\":\".\"}\n" },
	{ "dialect_wisp", LEAST ",\"wisp\":true}", START ",\"ephemeral\":true}\n" },
	{ "dialect_no_wisp", LEAST ",\"wisp\":false}", START "}\n" },
	{ "dialect_list_output",
	  LEAST ",\"parent\":\"t-0\",\"dependency_count\":3,\"dependent_count\":1,\"comment_count\":9}", START "}\n" },
	{ "dialect_closed_without_time", LEAST ",\"status\":\"closed\"}",
	  "{\"_type\":\"issue\",\"id\":\"t-1\",\"title\":\"T\",\"status\":\"closed\",\"priority\":2,\"issue_type\":\"task\"," TIMES
	  ",\"closed_at\":\"2026-01-02T03:04:06Z\"}\n" },
	{ "dialect_labels_unsorted", LEAST ",\"labels\":[\"b\",\"a\",\"b\",\"\"]}",
	  START ",\"labels\":[\"a\",\"b\"]}\n" },
	{ "dialect_edges_unsorted",
	  LEAST ",\"dependencies\":[{\"depends_on_id\":\"t-3\"},{\"depends_on_id\":\"t-2\",\"metadata\":{\"a\":1}},"
	  "{\"depends_on_id\":\"t-9\",\"type\":\"parent-child\"},{\"depends_on_id\":\"t-3\",\"type\":\"blocks\"}]}",
	  START ",\"dependencies\":["
	  "{\"issue_id\":\"t-1\",\"depends_on_id\":\"t-9\",\"type\":\"parent-child\",\"created_at\":\"0001-01-01T00:00:00Z\",\"metadata\":\"{}\"},"
	  "{\"issue_id\":\"t-1\",\"depends_on_id\":\"t-2\",\"type\":\"blocks\",\"created_at\":\"0001-01-01T00:00:00Z\",\"metadata\":\"{\\\"a\\\":1}\"},"
	  "{\"issue_id\":\"t-1\",\"depends_on_id\":\"t-3\",\"type\":\"blocks\",\"created_at\":\"0001-01-01T00:00:00Z\",\"metadata\":\"{}\"}]}\n" },
	{ "dialect_comments_of_a_second",
	  LEAST ",\"comments\":[{\"id\":\"b\",\"created_at\":\"2026-01-02T03:04:05.1Z\"},{\"id\":\"a\",\"created_at\":"
	  "\"2026-01-02T03:04:05.2Z\"},{\"id\":\"c\",\"created_at\":\"2026-01-02T03:04:04.9Z\"}]}",
	  START ",\"comments\":["
	  "{\"id\":\"c\",\"issue_id\":\"t-1\",\"author\":\"\",\"text\":\"\",\"created_at\":\"2026-01-02T03:04:04Z\"},"
	  "{\"id\":\"a\",\"issue_id\":\"t-1\",\"author\":\"\",\"text\":\"\",\"created_at\":\"2026-01-02T03:04:05Z\"},"
	  "{\"id\":\"b\",\"issue_id\":\"t-1\",\"author\":\"\",\"text\":\"\",\"created_at\":\"2026-01-02T03:04:05Z\"}]}\n" },
	{ "dialect_no_id", "{\"title\":\"T\",\"priority\":2," TIMES "}",
	  "{\"_type\":\"issue\",\"id\":\"\",\"title\":\"T\",\"status\":\"open\",\"priority\":2,\"issue_type\":\"task\"," TIMES "}\n" },
	{ "dialect_blanks",
	  " { \"title\" : \"T\" , \"id\":\"t-1\", \"priority\":2.0, " TIMES " } \r\n",
	  START "}\n" },
};

static void check_dialect(void **state)
{
	const struct dialect_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct jsonl_line l;

	parse(&l, r->line, &a);
	jsonl_write(&l.issue, NULL, NULL, &out);
	assert_string_equal(out.s, r->want);
}

/* Microseconds are kept, though not shown. */
static void check_fraction(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct jsonl_line l;

	(void)state;
	parse(&l,
	      "{\"id\":\"t-1\",\"title\":\"T\",\"created_at\":\"2026-11-21T02:00:00.123456789Z\"}",
	      &a);
	assert_int_equal(l.issue.created_at, 1795226400123456);
	assert_int_equal(l.issue.updated_at, 0);
}

static void check_kinds(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct jsonl_line l;

	(void)state;
	parse(&l, "{\"_type\":\"memory\",\"key\":\"k\",\"value\":\"v\"}", &a);
	assert_int_equal(l.kind, JSONL_MEMORY);
	assert_string_equal(l.key, "k");
	assert_string_equal(l.value, "v");
	parse(&l,
	      "{\"id\":\"t-1\",\"title\":\"gone\",\"status\":\"tombstone\",\"deleted_at\":\"x\",\"priority\":77}", &a);
	assert_int_equal(l.kind, JSONL_TOMBSTONE);
	assert_string_equal(l.issue.id, "t-1");
}

static void check_int_ids(void **state)
{
	const struct jsonl_opts numbers = { .int_comment_ids = 1 };
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct jsonl_line l;

	(void)state;
	parse(&l,
	      LEAST ",\"comments\":[{\"id\":\"b\",\"text\":\"1\",\"created_at\":\"2026-01-02T03:04:05Z\"},"
	      "{\"id\":\"a\",\"text\":\"0\",\"created_at\":\"2026-01-02T03:04:04Z\"}]}", &a);
	jsonl_write(&l.issue, NULL, &numbers, &out);
	assert_non_null(strstr(out.s,
			       "[{\"id\":1,\"issue_id\":\"t-1\",\"author\":\"\",\"text\":\"0\""));
	assert_non_null(strstr(out.s,
			       ",{\"id\":2,\"issue_id\":\"t-1\",\"author\":\"\",\"text\":\"1\""));
}

static struct refuse_row { const char *what, *line, *why; } refuses[] = {
	{ "refuse_word", "nope", "line 1, column 4: invalid token near 'nope'" },
	{ "refuse_empty", "", NULL },
	{ "refuse_array", "[]", "not a JSON object" },
	{ "refuse_two", "{} {}", NULL },
	{ "refuse_duplicate", "{\"id\":\"a-1\",\"id\":\"a-2\"}", NULL },
	{ "refuse_utf8", "{\"id\":\"a-\xff\"}", NULL },
	{ "refuse_nul", "{\"title\":\"a\\u0000b\"}", NULL },
	{ "refuse_surrogate", "{\"title\":\"\\ud800\"}", NULL },
	{ "refuse_type", "{\"_type\":\"event\"}", "_type: 'event' is neither issue nor memory" },
	{ "refuse_memory", "{\"_type\":\"memory\",\"value\":\"v\"}", "key: missing" },
	{ "refuse_title", "{\"title\":7}", "title: not a string" },
	{ "refuse_id", "{\"id\":\"a b\"}",
	  "id: an issue id cannot hold white space or control characters" },
	{ "refuse_priority", "{\"priority\":5}", "priority: not a number from 0 to 4" },
	{ "refuse_priority_real", "{\"priority\":1e400}", "priority: not a number from 0 to 4" },
	{ "refuse_priority_text", "{\"priority\":\"P1\"}", "priority: not a number from 0 to 4" },
	{ "refuse_estimate", "{\"estimated_minutes\":-3}",
	  "estimated_minutes: not a whole number" },
	{ "refuse_time", "{\"created_at\":\"yesterday\"}", "created_at: not an RFC 3339 time" },
	{ "refuse_time_year", "{\"created_at\":\"9999-12-31T23:30:00-01:00\"}",
	  "created_at: not an RFC 3339 time" },
	{ "refuse_metadata", "{\"metadata\":\"{}\"}", "metadata: not a JSON object" },
	{ "refuse_labels", "{\"labels\":\"a\"}", "labels: not an array" },
	{ "refuse_label", "{\"labels\":[\"a\",1]}", "labels[1]: not a string" },
	{ "refuse_edges", "{\"dependencies\":{}}", "dependencies: not an array" },
	{ "refuse_edge", "{\"dependencies\":[{\"depends_on_id\":\"a-1\"},7]}",
	  "dependencies[1]: not an object" },
	{ "refuse_edge_target", "{\"dependencies\":[{}]}",
	  "dependencies[0]: depends_on_id: an issue id cannot be empty" },
	{ "refuse_edge_time", "{\"dependencies\":[{\"depends_on_id\":\"a-1\",\"created_at\":1}]}",
	  "dependencies[0]: created_at: not an RFC 3339 time" },
	{ "refuse_comments", "{\"comments\":1}", "comments: not an array" },
	{ "refuse_comment", "{\"comments\":[{\"id\":true}]}", "comments[0]: id: not a string" },
};

static void check_refuse(void **state)
{
	const struct refuse_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	struct err e = ERR_INIT;
	struct jsonl_line l;

	assert_int_equal(jsonl_parse(&l, r->line, strlen(r->line), &a, &e), ERR_PARSE);
	if (r->why)
		assert_string_equal(e.msg, r->why);
	assert_true(*e.msg);
}

/* Lines have whole seconds, and neither child counters nor lines by hand nor fields under a
 * wrong name. */
static void as_line_holds(struct issue *is, struct arena *a)
{
	int64_t *const times[] = {
		&is->created_at, &is->updated_at, &is->started_at, &is->closed_at, &is->due_at,
		&is->defer_until,
	};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		*times[i] -= *times[i] % 1000000;
	for (size_t i = 0; i < is->ndeps; i++)
		is->deps[i].created_at -= is->deps[i].created_at % 1000000;
	for (size_t i = 0; i < is->ncomments; i++)
		is->comments[i].created_at -= is->comments[i].created_at % 1000000;
	is->last_child = 0;
	issue_extra_set(is, "title", NULL, a);
	issue_sort(is);
}

static void check_random(void **state)
{
	struct random r = { .state = 7 };

	(void)state;
	for (int i = 0; i < 3000; i++) {
		ARENA_AUTO a = ARENA_INIT;
		BUF_AUTO one = BUF_INIT;
		BUF_AUTO two = BUF_INIT;
		struct jsonl_line l;
		struct issue is;
		const char *differs;

		r.a = &a;
		random_issue(&r, &is);
		as_line_holds(&is, &a);
		jsonl_write(&is, NULL, NULL, &one);
		assert_ptr_equal(memchr(one.s, '\n', one.len), one.s + one.len - 1);
		assert_null(strpbrk(one.s, "<>&"));
		parse(&l, one.s, &a);
		differs = issue_difference(&is, &l.issue);
		if (differs)
			fail_msg("%s of issue %d differs after\n%s", differs, i, one.s);
		jsonl_write(&l.issue, NULL, NULL, &two);
		assert_string_equal(two.s, one.s);
	}
}

static void one(const char *s, size_t n)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	BUF_AUTO again = BUF_INIT;
	struct err e = ERR_INIT;
	struct jsonl_line l;

	if (jsonl_parse(&l, s, n, &a, &e) < 0) {
		assert_true(*e.msg);
		return;
	}
	if (l.kind != JSONL_ISSUE)
		return;
	jsonl_write(&l.issue, NULL, NULL, &out);
	parse(&l, out.s, &a);
	jsonl_write(&l.issue, NULL, NULL, &again);
	assert_string_equal(again.s, out.s);
}

static void check_fuzz(void **state)
{
	(void)state;
	fuzz_bytes(REAL, strlen(REAL), 10000, one);
	fuzz_bytes(sames[1].line, strlen(sames[1].line), 10000, one);
	fuzz_bytes(dialects[2].line, strlen(dialects[2].line), 10000, one);
}

/* 5 MB of one thing each; the alarm would end what takes the square of it. */
static struct big_row { const char *what, *head, *unit, *tail; } bigs[] = {
	{ "big_text", "{\"title\":\"", "\\u003c<", "\"}" },
	{ "big_labels", "{\"labels\":[\"z\"", ",\"b\",\"a\"", "]}" },
	{ "big_edges", "{\"dependencies\":[{\"depends_on_id\":\"a-1\"}",
	  ",{\"depends_on_id\":\"a-2\"},{\"depends_on_id\":\"a-1\"}", "]}" },
	{ "big_comments", "{\"comments\":[{}", ",{\"text\":\"b\"},{\"text\":\"a\"}", "]}" },
	{ "big_nested", "{\"odd\":", "[", "" },
	{ "big_extra", "{\"odd\":[1", ",\"\xe2\x80\xa8\"", "]}" },
};

static void check_big(void **state)
{
	const struct big_row *r = *state;
	BUF_AUTO text = BUF_INIT;

	buf_adds(&text, r->head);
	while (text.len < 5000000)
		buf_adds(&text, r->unit);
	buf_adds(&text, r->tail);
	alarm(60);
	one(text.s, text.len);
	alarm(0);
}

#define ROWS(rows, check) \
	for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
		t[n++] = (struct CMUnitTest){ .name = (rows)[i].what, .test_func = check, .initial_state = &(rows)[i] }

int main(int argc, char **argv)
{
	struct CMUnitTest t[96] = {
		cmocka_unit_test(check_real), cmocka_unit_test(check_fraction),
		cmocka_unit_test(check_kinds), cmocka_unit_test(check_int_ids),
		cmocka_unit_test(check_random), cmocka_unit_test(check_fuzz),
	};
	size_t n = 6;

	ROWS(sames, check_same);
	ROWS(dialects, check_dialect);
	ROWS(refuses, check_refuse);
	ROWS(bigs, check_big);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return _cmocka_run_group_tests("jsonl", t, n, NULL, NULL);
}
