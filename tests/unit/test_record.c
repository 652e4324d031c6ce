/* tests/unit/test_record.c - issue files: byte-stable, plain YAML, kind to hands, never a crash */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/proc.h"
#include "store/base/json.h"
#include "store/base/clock.h"
#include "store/record.h"
#include "tests/unit/random_issue.h"

#define FULL \
	"---\n" \
	"id: demo-4f2a\n" \
	"title: \"Parser: reject NUL bytes\"\n" \
	"status: open\n" \
	"type: task\n" \
	"priority: 1\n" \
	"assignee: alice\n" \
	"owner: tess@example.com\n" \
	"labels:\n" \
	"- area:store\n" \
	"- complexity:simple\n" \
	"parent: demo-77aa\n" \
	"depends_on:\n" \
	"- demo-91c2\n" \
	"links:\n" \
	"- parent-child demo-88bb\n" \
	"- discovered-from demo-0b1d\n" \
	"dep_info:\n" \
	"- {\"depends_on_id\":\"demo-91c2\",\"type\":\"blocks\",\"created_at\":\"2026-11-21T02:00:00.5Z\"," \
	"\"created_by\":\"Tess Agent\",\"metadata\":\"{\\\"k\\\":1}\",\"thread_id\":\"t1\",\"extra\":{\"w\":[1,\"}\"]}}\n" \
	"estimate_minutes: 45\n" \
	"spec_id: S1\n" \
	"external_ref: gh-9\n" \
	"source_system: github\n" \
	"metadata: {\"k\":1,\"team\":\"core\"}\n" \
	"due_at: 2026-12-01T00:00:00Z\n" \
	"defer_until: 2026-11-22T00:00:00Z\n" \
	"created_at: 2026-11-21T02:00:00.123456Z\n" \
	"created_by: Tess Agent\n" \
	"updated_at: 2026-11-21T02:00:00Z\n" \
	"started_at: 2026-11-21T03:00:00Z\n" \
	"closed_at: 2026-11-21T04:00:00Z\n" \
	"close_reason: \"done\\nreally\"\n" \
	"closed_by_session: s-1\n" \
	"last_child: 3\n" \
	"\"x_a b\": true\n" \
	"x_compaction_level: 0\n" \
	"# a note\n" \
	"future: |\n" \
	"  kept\n" \
	"\n" \
	"  as it is\n" \
	"---\n" \
	"\n" \
	"The description, free Markdown.\n" \
	"\n" \
	"## Files\n" \
	"- Modify: `core/parse.c`\n" \
	"\n" \
	"<!-- beadwave: design -->\n" \
	"Design\n" \
	"\\---\n" \
	"\\<!-- beadwave: notes -->\n" \
	"<!-- beadwave: acceptance -->\n" \
	"1. it works\n" \
	"<!-- beadwave: notes -->\n" \
	"\n" \
	"\n" \
	"<!-- beadwave: comment 1 2026-11-21T02:10:00Z Tess Agent -->\n" \
	"first\n" \
	"<!-- beadwave: comment 0199-a 2026-11-21T02:11:00.25Z -->\n" \
	"\n"

/* Canonical: what is read is written again byte for byte. */
static struct same_row { const char *what, *text; } sames[] = {
	{ "same_full", FULL },
	{ "same_least", "---\ntitle: t\nstatus: open\ntype: task\npriority: 2\n---\n" },
	{ "same_empty_title", "---\ntitle: \"\"\nstatus: open\ntype: task\npriority: 2\n---\n" },
	{ "same_description_newlines",
	  "---\ntitle: t\nstatus: open\ntype: task\npriority: 2\n---\n\n\na\n\n\n" },
	{ "same_only_newline",
	  "---\ntitle: t\nstatus: open\ntype: task\npriority: 2\n---\n\n\n\n" },
	{ "same_section_without_description",
	  "---\ntitle: t\nstatus: open\ntype: task\npriority: 2\n---\n\n<!-- beadwave: notes -->\n"
	  "n\n" },
	{ "same_escapes",
	  "---\ntitle: t\nstatus: open\ntype: task\npriority: 2\n---\n\n\\---\n\\\\---\n----\n"
	  "--- \n\\x\n <!-- beadwave: x\n"
	  "\\\\\\<!-- beadwave:\n" },
	{ "same_carriage_returns", "---\ntitle: \"a\\rb\"\nstatus: open\ntype: task\npriority: 2\n"
				   "---\n\na\r\nb\r\n\r\n---\r\n" },
	{ "same_string_comment_id",
	  "---\ntitle: t\nstatus: open\ntype: task\npriority: 2\n---\n\n"
	  "<!-- beadwave: comment %31 - a%25 -->\n\n" },
	{ "same_author",
	  "---\ntitle: t\nstatus: open\ntype: task\npriority: 2\n---\n\n"
	  "<!-- beadwave: comment -7 -  a --%3E%0A  -->\nx\n" },
};

static void parse(struct issue *is, const char *s, size_t n, struct arena *a)
{
	struct err e = ERR_INIT;

	if (record_parse(is, s, n, "f", a, &e) < 0)
		fail_msg("%s\nin\n%.*s", e.msg, (int)n, s);
}

static void check_same(void **state)
{
	const struct same_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct issue is;

	parse(&is, r->text, strlen(r->text), &a);
	record_write(&is, &out);
	assert_string_equal(out.s, r->text);
}

/* Every field of FULL, so that reading and writing cannot be wrong in the same way. */
static void check_fields(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct issue is;

	(void)state;
	parse(&is, FULL, strlen(FULL), &a);
	assert_string_equal(is.id, "demo-4f2a");
	assert_string_equal(is.title, "Parser: reject NUL bytes");
	assert_string_equal(is.assignee, "alice");
	assert_string_equal(is.owner, "tess@example.com");
	assert_int_equal(is.priority, 1);
	assert_int_equal(is.estimate_minutes, 45);
	assert_int_equal(is.last_child, 3);
	assert_int_equal(is.nlabels, 2);
	assert_string_equal(is.labels[1], "complexity:simple");
	assert_int_equal(is.ndeps, 4);
	assert_string_equal(issue_parent(&is), "demo-77aa");
	assert_string_equal(is.deps[1].target, "demo-88bb");
	assert_string_equal(is.deps[2].type, "discovered-from");
	assert_int_equal(is.deps[3].created_at, 1795226400500000);
	assert_string_equal(is.deps[3].created_by, "Tess Agent");
	assert_string_equal(is.deps[3].metadata, "{\"k\":1}");
	assert_string_equal(is.deps[3].thread_id, "t1");
	assert_string_equal(is.deps[3].extra, "{\"w\":[1,\"}\"]}");
	assert_string_equal(is.spec_id, "S1");
	assert_string_equal(is.external_ref, "gh-9");
	assert_string_equal(is.source_system, "github");
	assert_string_equal(is.metadata, "{\"k\":1,\"team\":\"core\"}");
	assert_int_equal(is.created_at, 1795226400123456);
	assert_string_equal(is.close_reason, "done\nreally");
	assert_string_equal(is.closed_by_session, "s-1");
	assert_string_equal(issue_extra(&is, "a b"), "true");
	assert_string_equal(issue_extra(&is, "compaction_level"), "0");
	assert_string_equal(is.unknown, "# a note\nfuture: |\n  kept\n\n  as it is\n");
	assert_string_equal(is.description, "The description, free Markdown.\n\n## Files\n"
					    "- Modify: `core/parse.c`\n");
	assert_string_equal(is.design, "Design\n---\n<!-- beadwave: notes -->");
	assert_string_equal(is.acceptance, "1. it works");
	assert_string_equal(is.notes, "\n");
	assert_int_equal(is.ncomments, 2);
	assert_string_equal(is.comments[0].id, "1");
	assert_true(is.comments[0].int_id);
	assert_string_equal(is.comments[0].author, "Tess Agent");
	assert_string_equal(is.comments[0].text, "first");
	assert_string_equal(is.comments[1].id, "0199-a");
	assert_false(is.comments[1].int_id);
	assert_string_equal(is.comments[1].author, "");
	assert_string_equal(is.comments[1].text, "");
}

#define HEAD "title: t\nstatus: open\ntype: task\npriority: 2\n"

/* What people write, and what it becomes. */
static struct hand_row { const char *what, *text, *want; } hands[] = {
	{ "hand_only_title", "---\ntitle: t\n---\n", "---\n" HEAD "---\n" },
	{ "hand_single_quotes", "---\ntitle: 'it''s'\n---\n",
	  "---\ntitle: \"it's\"\nstatus: open\ntype: task\npriority: 2\n---\n" },
	{ "hand_bare_title", "---\ntitle: Fix: [WIP] *all* of it\n---\n",
	  "---\ntitle: \"Fix: [WIP] *all* of it\"\nstatus: open\ntype: task\npriority: 2\n---\n" },
	{ "hand_escapes", "---\ntitle: \"\\x41\\u00fc\\ud83c\\udf0a\\U0001F30a\\t\\/\"\n---\n",
	  "---\ntitle: \"A\xc3\xbc\xf0\x9f\x8c\x8a\xf0\x9f\x8c\x8a\\t/\"\nstatus: open\n"
	  "type: task\npriority: 2\n---\n" },
	{ "hand_flow_lists",
	  "---\ntitle: t\nlabels: [b, \"c d\", 'e' ,a,]\ndepends_on: [ d-2,d-1 ] # why\n---\n",
	  "---\n" HEAD "labels:\n- a\n- b\n- c d\n- e\ndepends_on:\n- d-1\n- d-2\n# why\n---\n" },
	{ "hand_empty_lists", "---\ntitle: t\nlabels: []\ndepends_on:\nlinks: null\nassignee: ~\n"
			      "owner:\n---\n", "---\n" HEAD "---\n" },
	{ "hand_indented_list",
	  "---\ntitle: t\nlabels:\n  - b\n\n  # about a\n  - a   # it\n  -\n---\n",
	  "---\n" HEAD "labels:\n- a\n- b\n# about a\n# it\n---\n" },
	{ "hand_one_label", "---\ntitle: t\nlabels: a b\n---\n",
	  "---\n" HEAD "labels:\n- a b\n---\n" },
	{ "hand_labels_twice", "---\ntitle: t\nlabels: [b, a, b]\n---\n",
	  "---\n" HEAD "labels:\n- a\n- b\n---\n" },
	{ "hand_order", "---\npriority: P0\ntype: bug\ntitle: t\nid: d-1\nstatus: 'qa'\n---\n",
	  "---\nid: d-1\ntitle: t\nstatus: qa\ntype: bug\npriority: 0\n---\n" },
	{ "hand_comment_after",
	  "---\ntitle: t # soon\nstatus: \"open\" # now\npriority: 2#x\n---\n", NULL },
	{ "hand_comments_kept", "---\n# one\ntitle: t # two\nassignee: \"a#b\"   # three\n---\n",
	  "---\n" HEAD "assignee: \"a#b\"\n# one\n# two\n# three\n---\n" },
	{ "hand_hash_inside", "---\ntitle: C#\n---\n",
	  "---\ntitle: \"C#\"\nstatus: open\ntype: task\npriority: 2\n---\n" },
	{ "hand_unknown",
	  "---\nkey with blanks: 1\n  more: 2\ntitle: t\nz:\n- a\n- b\ntags: [x]\n---\n",
	  "---\n" HEAD "key with blanks: 1\n  more: 2\nz:\n- a\n- b\ntags: [x]\n---\n" },
	{ "hand_crlf", "---\r\ntitle: t\r\nlabels:\r\n- a\r\nodd: 1\r\n---\r\n\r\nBody\r\nmore\r\n",
	  "---\n" HEAD "labels:\n- a\nodd: 1\n---\n\nBody\nmore\n" },
	{ "hand_bom", "\xef\xbb\xbf---\ntitle: t\n---\n", "---\n" HEAD "---\n" },
	{ "hand_no_blank_line", "---\ntitle: t\n---\nBody", "---\n" HEAD "---\n\nBody\n" },
	{ "hand_no_last_newline", "---\ntitle: t\n---\n\nBody\n<!-- beadwave: notes -->\nn",
	  "---\n" HEAD "---\n\nBody\n<!-- beadwave: notes -->\nn\n" },
	{ "hand_fence_blanks", "--- \ntitle: t\n---\t\n", "---\n" HEAD "---\n" },
	{ "hand_extra",
	  "---\ntitle: t\n---\n\n<!-- beadwave: comment 1 - a -->\n"
	  "<!-- beadwave: extra { \"b\" : \"-->\", \"a\" : [ 1.50 ] } -->\nx\n"
	  "<!-- beadwave: comment 2 - b -->\n<!-- beadwave: extra {} -->\ny\n",
	  "---\n" HEAD "---\n\n<!-- beadwave: comment 1 - a -->\n"
	  "<!-- beadwave: extra {\"b\":\"--\\u003e\",\"a\":[1.50]} -->\nx\n"
	  "<!-- beadwave: comment 2 - b -->\ny\n" },
	{ "hand_sections_any_order",
	  "---\ntitle: t\n---\n<!-- beadwave: notes --> \nn\n<!-- beadwave: design -->\nd\n",
	  "---\n" HEAD "---\n\n<!-- beadwave: design -->\nd\n<!-- beadwave: notes -->\nn\n" },
	{ "hand_links",
	  "---\ntitle: t\nlinks:\n- d-1\n- tracks   d-2\n- parent-child d-3\n- blocks d-4\n---\n",
	  "---\n" HEAD "parent: d-3\ndepends_on:\n- d-4\nlinks:\n- related d-1\n- tracks d-2\n"
		       "---\n" },
	{ "hand_info_of_a_gone_edge", "---\ntitle: t\ndepends_on: [d-1]\ndep_info:\n"
	  "- { \"depends_on_id\" : \"d-2\", \"type\": \"blocks\", \"created_by\": \"x\" }\n"
	  "- {\"depends_on_id\": \"d-1\", \"created_by\": \"y\"}\n---\n",
	  "---\n" HEAD "depends_on:\n- d-1\ndep_info:\n"
		       "- {\"depends_on_id\":\"d-1\",\"type\":\"blocks\",\"created_by\":\"y\"}\n"
		       "---\n" },
	{ "hand_json", "---\ntitle: t\nmetadata: { \"b\": 1, \"a\": [ ] }\nx_a: yes\nx_b: 'q'\n"
		       "x_c:\nx_d: 1.50\n\"x_e f\" : {}\n---\n",
	  "---\n" HEAD "metadata: {\"b\":1,\"a\":[]}\nx_a: \"yes\"\nx_b: \"q\"\nx_c: null\n"
		       "x_d: 1.50\n\"x_e f\": {}\n---\n" },
	{ "hand_times", "---\ntitle: t\ndue_at: 2026-12-01\n"
			"created_at: \"2026-11-21T04:00:00.10+02:00\"\nupdated_at:\n---\n",
	  "---\n" HEAD "due_at: 2026-12-01T00:00:00Z\ncreated_at: 2026-11-21T02:00:00.1Z\n---\n" },
	{ "hand_numbers",
	  "---\ntitle: t\nestimate_minutes: \"0\"\nlast_child: 07\npriority: \"p3\"\n---\n",
	  "---\ntitle: t\nstatus: open\ntype: task\npriority: 3\nestimate_minutes: 0\n"
	  "last_child: 7\n---\n" },
};

static void check_hand(void **state)
{
	const struct hand_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	BUF_AUTO again = BUF_INIT;
	struct issue is;

	if (!r->want) {
		assert_int_equal(record_parse(&is, r->text, strlen(r->text), "f", &a, NULL),
				 ERR_PARSE);
		return;
	}
	parse(&is, r->text, strlen(r->text), &a);
	record_write(&is, &out);
	assert_string_equal(out.s, r->want);
	parse(&is, out.s, out.len, &a);
	record_write(&is, &again);
	assert_string_equal(again.s, r->want);
}

static struct refuse_row { const char *what, *text, *why; } refuses[] = {
	{ "refuse_empty", "", "f:1: no front matter: the first line is not '---'" },
	{ "refuse_no_front", "# Title\n", "f:1: no front matter: the first line is not '---'" },
	{ "refuse_open_front", "---\ntitle: t\n",
	  "f:2: the front matter is not closed by a line '---'" },
	{ "refuse_no_title", "---\nid: d-1\n---\n", "f:3: no 'title' in the front matter" },
	{ "refuse_bad_id", "---\nid: nodash\ntitle: t\n---\n",
	  "f:4: invalid ID format 'nodash' (expected format: prefix-hash or "
	  "prefix-hash.number, e.g., 'bd-a3f8e9' or 'bd-a3f8e9.1')" },
	{ "refuse_block", "---\ntitle: |\n  t\n---\n",
	  "f:2: text blocks ('|', '>') are not read here; use a quoted string, or the body" },
	{ "refuse_folded", "---\ntitle: >-  # c\n  t\n---\n",
	  "f:2: text blocks ('|', '>') are not read here; use a quoted string, or the body" },
	{ "refuse_second_line", "---\ntitle: t\n  more\n---\n",
	  "f:3: an element or an indented line that belongs to no key" },
	{ "refuse_element", "---\ntitle: t\n- a\n---\n",
	  "f:3: an element or an indented line that belongs to no key" },
	{ "refuse_no_colon", "---\ntitle t\n---\n", "f:2: not a line of the form 'key: value'" },
	{ "refuse_twice", "---\ntitle: t\ntitle: u\n---\n",
	  "f:3: the key 'title' stands here twice" },
	{ "refuse_x_twice", "---\ntitle: t\nx_a: 1\nx_a: 2\n---\n",
	  "f:5: a key 'x_...' stands here twice" },
	{ "refuse_open_quote", "---\ntitle: \"t\n---\n", "f:2: a quote is not closed" },
	{ "refuse_open_single", "---\ntitle: 't''\n---\n", "f:2: a quote is not closed" },
	{ "refuse_after_quote", "---\ntitle: \"t\" u\n---\n", "f:2: text after the closing quote" },
	{ "refuse_escape", "---\ntitle: \"\\q\"\n---\n", "f:2: an unknown escape" },
	{ "refuse_escape_nul", "---\ntitle: \"\\u0000\"\n---\n",
	  "f:2: an escape for a character that no text holds" },
	{ "refuse_escape_cut", "---\ntitle: \"\\u12\"\n---\n",
	  "f:2: an escape without its hex digits" },
	{ "refuse_surrogate", "---\ntitle: \"\\ud800x\"\n---\n", "f:2: half of a surrogate pair" },
	{ "refuse_priority", "---\ntitle: t\npriority: 5\n---\n",
	  "f:3: priority: '5' is none of 0 to 4" },
	{ "refuse_estimate", "---\ntitle: t\nestimate_minutes: -1\n---\n",
	  "f:3: estimate_minutes: not a whole number" },
	{ "refuse_time", "---\ntitle: t\ndue_at: tomorrow\n---\n",
	  "f:3: due_at: not a time such as 2026-11-21T02:00:00Z" },
	{ "refuse_date", "---\ntitle: t\ndue_at: 2026-02-30\n---\n",
	  "f:3: due_at: not a time such as 2026-11-21T02:00:00Z" },
	{ "refuse_open_list", "---\ntitle: t\nlabels: [a\n---\n",
	  "f:3: labels: a list is not closed by ']'" },
	{ "refuse_after_list", "---\ntitle: t\nlabels: [a] b\n---\n",
	  "f:3: labels: text after the list" },
	{ "refuse_target", "---\ntitle: t\ndepends_on: [a b]\n---\n",
	  "f:3: an issue id cannot hold white space or control characters" },
	{ "refuse_json", "---\ntitle: t\nmetadata: {a: 1}\n---\n",
	  "f:3: metadata: not valid JSON on one line" },
	{ "refuse_json_kind", "---\ntitle: t\nmetadata: [1]\n---\n",
	  "f:3: metadata: not a JSON object" },
	{ "refuse_info", "---\ntitle: t\ndep_info:\n- d-1\n---\n",
	  "f:4: dep_info: an element is a JSON object" },
	{ "refuse_info_flow", "---\ntitle: t\ndep_info: [1]\n---\n",
	  "f:3: dep_info: its elements stand below, one a line" },
	{ "refuse_info_name", "---\ntitle: t\ndep_info:\n- {\"a\":\"b\"}\n---\n",
	  "f:4: dep_info: a name that is not known" },
	{ "refuse_info_cut", "---\ntitle: t\ndep_info:\n- {\"type\":\"b\"\n---\n",
	  "f:4: dep_info: not a JSON object of strings" },
	{ "refuse_section", "---\ntitle: t\n---\n\nx\n<!-- beadwave: desing -->\n",
	  "f:6: a section 'desing' is not known; a backslash in front makes the line text" },
	{ "refuse_section_twice",
	  "---\ntitle: t\n---\n<!-- beadwave: notes -->\n<!-- beadwave: notes -->\n",
	  "f:5: the section 'notes' stands here twice" },
	{ "refuse_extra_alone", "---\ntitle: t\n---\n\nx\n<!-- beadwave: extra {} -->\n",
	  "f:6: 'extra' stands right behind a comment's marker" },
	{ "refuse_extra_late", "---\ntitle: t\n---\n\n<!-- beadwave: comment 1 - a -->\nx\n"
			       "<!-- beadwave: extra {\"a\":1} -->\n",
	  "f:7: 'extra' stands right behind a comment's marker" },
	{ "refuse_extra_twice", "---\ntitle: t\n---\n\n<!-- beadwave: comment 1 - a -->\n"
				"<!-- beadwave: extra {\"a\":1} -->\n<!-- beadwave: extra {} -->\n",
	  "f:7: 'extra' stands right behind a comment's marker" },
	{ "refuse_extra_word", "---\ntitle: t\n---\n\n<!-- beadwave: comment 1 - a -->\n"
			       "<!-- beadwave: extra [1] -->\n",
	  "f:6: behind 'extra' stands no JSON object" },
	{ "refuse_marker", "---\ntitle: t\n---\n<!-- beadwave: notes\n",
	  "f:4: a marker that does not end in ' -->'" },
	{ "refuse_comment", "---\ntitle: t\n---\n<!-- beadwave: comment 1 -->\n",
	  "f:4: a comment's marker has the form '<!-- beadwave: comment ID TIME AUTHOR -->'" },
	{ "refuse_comment_time", "---\ntitle: t\n---\n<!-- beadwave: comment 1 noon a -->\n",
	  "f:4: 'noon' is not a time such as 2026-11-21T02:00:00Z" },
	{ "refuse_author", "---\ntitle: t\n---\n<!-- beadwave: comment 1 - %FF -->\n",
	  "f:4: not valid UTF-8 behind '%'" },
	{ "refuse_utf8", "---\ntitle: t\n---\n\nlong enough to be read by words\n\xff\n",
	  "f:6: not valid UTF-8" },
};

static void refuse(const char *s, size_t n, const char *why)
{
	ARENA_AUTO a = ARENA_INIT;
	struct err e = ERR_INIT;
	struct issue is;

	assert_int_equal(record_parse(&is, s, n, "f", &a, &e), ERR_PARSE);
	assert_string_equal(e.msg, why);
}

static void check_refuse(void **state)
{
	const struct refuse_row *r = *state;

	refuse(r->text, strlen(r->text), r->why);
}

static void check_nul(void **state)
{
	(void)state;
	refuse("---\ntitle: t\n---\n\nab\0c", 23, "f:5: a NUL byte");
}

/* Reading what was written gives every field back, and writing that the same bytes. */
static void check_random(void **state)
{
	struct random r = { .state = 20261121 };

	(void)state;
	for (int i = 0; i < 3000; i++) {
		ARENA_AUTO a = ARENA_INIT;
		BUF_AUTO one = BUF_INIT;
		BUF_AUTO two = BUF_INIT;
		struct issue is, back;
		const char *differs;

		r.a = &a;
		random_issue(&r, &is);
		if (pick(&r, 4) == 0)
			is.unknown = "odd:\n- 1\n\n# c\nmore: x\n";
		record_write(&is, &one);
		parse(&back, one.s, one.len, &a);
		differs = issue_difference(&is, &back);
		if (differs)
			fail_msg("%s of issue %d differs after\n%s", differs, i, one.s);
		record_write(&back, &two);
		assert_string_equal(two.s, one.s);
	}
}

/* Both loaders of PyYAML: one that resolves nothing, and the one for YAML 1.1. Each line of
 * input is a JSON array of a front matter and, as JSON, what it has to hold. */
static const char compare_py[] =
	"import sys, json, datetime, yaml\n"
	"times = {'due_at', 'defer_until', 'created_at', 'updated_at', 'started_at', 'closed_at'}\n"
	"def text(v):\n"
	"    if isinstance(v, dict): return {k: text(x) for k, x in v.items()}\n"
	"    if isinstance(v, list): return [text(x) for x in v]\n"
	"    return v if isinstance(v, str) else json.dumps(v)\n"
	"for n, line in enumerate(sys.stdin):\n"
	"    front, want = json.loads(line)\n"
	"    base = yaml.load(front, yaml.BaseLoader)\n"
	"    safe = yaml.load(front, yaml.SafeLoader)\n"
	"    assert list(base) == list(want), (n, list(base), list(want))\n"
	"    for k, v in want.items():\n"
	"        assert base[k] == text(v), (n, k, base[k], v)\n"
	"        if k in times: v = datetime.datetime.fromisoformat(v[:-1] + '+00:00')\n"
	"        assert safe[k] == v, (n, k, safe[k], v)\n"
	"print('same', n + 1)\n";

static void put_list(struct jsw *w, const char *key, const struct issue *is, bool links)
{
	bool open = false;

	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];
		bool blocks = !strcmp(d->type, "blocks"), parent = i == 0 &&
			!strcmp(d->type, "parent-child");
		BUF_AUTO text = BUF_INIT;

		if (links ? blocks || parent : !blocks)
			continue;
		if (!open) {
			js_key(w, key);
			js_open(w, '[');
		}
		open = true;
		buf_addf(&text, links ? "%s %s" : "%.0s%s", d->type, d->target);
		js_add_str(w, text.s);
	}
	if (open)
		js_close(w, ']');
}

static void put_info(struct jsw *w, const struct issue *is)
{
	char time[CLOCK_TEXT];
	bool open = false;

	for (size_t i = 0; i < is->ndeps; i++) {
		const struct dep *d = &is->deps[i];

		if (!d->created_at && !*d->created_by && !*d->metadata && !*d->thread_id &&
		    !*d->extra)
			continue;
		if (!open) {
			js_key(w, "dep_info");
			js_open(w, '[');
		}
		open = true;
		js_open(w, '{');
		js_put_str(w, "depends_on_id", d->target);
		js_put_str(w, "type", d->type);
		if (d->created_at)
			js_put_str(w, "created_at", clock_format_us(d->created_at, time));
		if (*d->created_by)
			js_put_str(w, "created_by", d->created_by);
		if (*d->metadata)
			js_put_str(w, "metadata", d->metadata);
		if (*d->thread_id)
			js_put_str(w, "thread_id", d->thread_id);
		if (*d->extra) {
			js_key(w, "extra");
			js_add_raw(w, d->extra);
		}
		js_close(w, '}');
	}
	if (open)
		js_close(w, ']');
}

static void put_text(struct jsw *w, const char *key, const char *s)
{
	if (*s)
		js_put_str(w, key, s);
}

static void put_time(struct jsw *w, const char *key, int64_t us)
{
	char time[CLOCK_TEXT];

	if (us)
		js_put_str(w, key, clock_format_us(us, time));
}

/* What the front matter has to hold, key by key in DESIGN's order, made without the code under
 * test. */
static void put_front(struct jsw *w, const struct issue *is)
{
	js_open(w, '{');
	put_text(w, "id", is->id);
	js_put_str(w, "title", is->title);
	js_put_str(w, "status", is->status);
	js_put_str(w, "type", is->type);
	js_put_int(w, "priority", is->priority);
	put_text(w, "assignee", is->assignee);
	put_text(w, "owner", is->owner);
	if (is->nlabels) {
		js_key(w, "labels");
		js_open(w, '[');
		for (size_t i = 0; i < is->nlabels; i++)
			js_add_str(w, is->labels[i]);
		js_close(w, ']');
	}
	put_text(w, "parent", issue_parent(is) ? issue_parent(is) : "");
	put_list(w, "depends_on", is, false);
	put_list(w, "links", is, true);
	put_info(w, is);
	if (is->estimate_minutes >= 0)
		js_put_int(w, "estimate_minutes", is->estimate_minutes);
	put_text(w, "spec_id", is->spec_id);
	put_text(w, "external_ref", is->external_ref);
	put_text(w, "source_system", is->source_system);
	if (*is->metadata) {
		js_key(w, "metadata");
		js_add_raw(w, is->metadata);
	}
	put_time(w, "due_at", is->due_at);
	put_time(w, "defer_until", is->defer_until);
	put_time(w, "created_at", is->created_at);
	put_text(w, "created_by", is->created_by);
	put_time(w, "updated_at", is->updated_at);
	put_time(w, "started_at", is->started_at);
	put_time(w, "closed_at", is->closed_at);
	put_text(w, "close_reason", is->close_reason);
	put_text(w, "closed_by_session", is->closed_by_session);
	if (is->last_child)
		js_put_int(w, "last_child", is->last_child);
	for (size_t i = 0; i < is->nextras; i++) {
		BUF_AUTO key = BUF_INIT;

		buf_addf(&key, "x_%s", is->extras[i].name);
		js_key(w, key.s);
		js_add_raw(w, is->extras[i].json);
	}
	js_close(w, '}');
}

static void check_yaml(void **state)
{
	char *probe[] = { "python3", "-c", "import yaml", NULL },
		*compare[] = { "python3", "-c", (char *)compare_py, NULL };
	struct random r = { .state = 42 };
	BUF_AUTO in = BUF_INIT;
	BUF_AUTO out = BUF_INIT;
	BUF_AUTO errout = BUF_INIT;

	(void)state;
	if (proc_run(&(struct proc){ .argv = probe }, NULL, NULL, NULL) != 0) {
		print_message("skipped: python3 with yaml is not here\n");
		skip();
	}
	for (int i = 0; i < 400; i++) {
		ARENA_AUTO a = ARENA_INIT;
		BUF_AUTO file = BUF_INIT;
		struct jsw w = JSW(&in, JS_COMPACT);
		struct issue is;

		r.a = &a;
		random_issue(&r, &is);
		record_write(&is, &file);
		js_open(&w, '[');
		js_add_strn(&w, file.s + 4,
			    (size_t)(strstr(file.s + 4, "\n---\n") + 1 - (file.s + 4)));
		put_front(&w, &is);
		js_close(&w, ']');
		buf_addc(&in, '\n');
	}
	if (proc_run(&(struct proc){ .argv = compare, .in = in.s, .in_len = in.len }, &out, &errout,
		     NULL) != 0)
		fail_msg("%s", errout.s);
	assert_string_equal(out.s, "same 400\n");
}

/* Any bytes: refused with a message, or read to what is written and read again to the same. */
static void one(const char *s, size_t n)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	BUF_AUTO again = BUF_INIT;
	struct err e = ERR_INIT;
	struct issue is;

	if (record_parse(&is, s, n, "f", &a, &e) < 0) {
		assert_memory_equal(e.msg, "f:", 2);
		return;
	}
	record_write(&is, &out);
	parse(&is, out.s, out.len, &a);
	record_write(&is, &again);
	assert_string_equal(again.s, out.s);
}

static void check_fuzz(void **state)
{
	struct random r = { .state = 99 };

	(void)state;
	fuzz_bytes(FULL, strlen(FULL), 4000, one);
	for (int i = 0; i < 100; i++) {
		ARENA_AUTO a = ARENA_INIT;
		BUF_AUTO b = BUF_INIT;
		struct issue is;

		r.a = &a;
		random_issue(&r, &is);
		record_write(&is, &b);
		fuzz_bytes(b.s, b.len, 20, one);
	}
}

/* 5 MB of one thing each. Where the time grew with the square of it, the alarm would end the
 * test. */
static struct big_row { const char *what, *head, *unit, *tail; } bigs[] = {
	{ "big_description", "---\ntitle: t\n---\n\n", "a line of text\n", "" },
	{ "big_blank_lines", "---\ntitle: t\n---\n\n", "\n", "" },
	{ "big_escapes", "---\ntitle: t\n---\n\n", "\\---\n", "" },
	{ "big_comments", "---\ntitle: t\n---\n\n", "<!-- beadwave: comment 1 - a -->\nx\n", "" },
	{ "big_labels", "---\ntitle: t\nlabels:\n", "- a\n- b\n", "---\n" },
	{ "big_flow", "---\ntitle: t\nlabels: [", "b,a,", "]\n---\n" },
	{ "big_links", "---\ntitle: t\nlinks:\n", "- tracks a-2\n- related a-1\n", "---\n" },
	{ "big_dep_info", "---\ntitle: t\ndep_info:\n",
	  "- {\"depends_on_id\":\"a-1\",\"created_by\":\"x\"}\n", "---\n" },
	{ "big_unknown", "---\ntitle: t\nodd:\n", "- a\n", "---\n" },
	{ "big_unknown_keys", "---\ntitle: t\n", "k: v\n", "---\n" },
	{ "big_comment_lines", "---\ntitle: t\n", "# c\n", "---\n" },
	{ "big_title", "---\ntitle: \"", "\\u00fc", "\"\n---\n" },
	{ "big_bare_hashes", "---\ntitle: ", "a#", "\n---\n" },
	{ "big_colons", "---\ntitle: t\n", ":a", ": \n---\n" },
	{ "big_backslashes", "---\ntitle: t\n---\n\n", "\\", "" },
	{ "big_open_front", "---\n", "a: b\n", "" },
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

/* As big_labels and big_links, but none alike: sorting and joining have work to do. */
static void check_big_sets(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO text = BUF_INIT;
	BUF_AUTO info = BUF_INIT;
	BUF_AUTO out = BUF_INIT;
	struct issue is;
	int n = 50000;

	(void)state;
	alarm(60);
	buf_adds(&text, "---\ntitle: t\ndepends_on:\n");
	for (int i = n; i; i--) {
		buf_addf(&text, "- a-%d\n", i);
		buf_addf(&info, "- {\"depends_on_id\":\"a-%d\",\"created_by\":\"x\"}\n", i);
	}
	buf_addf(&text, "dep_info:\n%s", info.s);
	for (int i = n; i; i--)
		buf_addf(&text, "x_%d: %d\n", i, i);
	buf_adds(&text, "---\n");
	parse(&is, text.s, text.len, &a);
	assert_int_equal(is.ndeps, n);
	assert_int_equal(is.nextras, n);
	assert_string_equal(is.deps[n - 1].created_by, "x");
	record_write(&is, &out);
	one(out.s, out.len);
	alarm(0);
}

#define ROWS(rows, check) \
	for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
		t[n++] = (struct CMUnitTest){ .name = (rows)[i].what, .test_func = check, .initial_state = &(rows)[i] }

int main(int argc, char **argv)
{
	struct CMUnitTest t[160] = {
		cmocka_unit_test(check_fields), cmocka_unit_test(check_nul),
		cmocka_unit_test(check_random), cmocka_unit_test(check_yaml),
		cmocka_unit_test(check_fuzz), cmocka_unit_test(check_big_sets),
	};
	size_t n = 6;

	ROWS(sames, check_same);
	ROWS(hands, check_hand);
	ROWS(refuses, check_refuse);
	ROWS(bigs, check_big);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return _cmocka_run_group_tests("record", t, n, NULL, NULL);
}
