/* editing the metadata object, and what --json prints around objects */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/metadata.h"
#include "store/base/text.h"
#include "store/issue.h"

static struct row { const char *what, *old, *merge, *set, *unset, *want; } rows[] = {
	{ "nothing_stays_nothing", "", NULL, "", "", "" },
	{ "set_into_nothing", "", NULL, "team=core", "", "{\"team\":\"core\"}" },
	{ "numbers_and_bools_are_typed", "", NULL, "n=3,f=1.5,t=true", "",
	  "{\"f\":1.5,\"n\":3,\"t\":true}" },
	{ "other_json_is_text", "", NULL, "a=[1],b=null", "", "{\"a\":\"[1]\",\"b\":\"null\"}" },
	{ "set_replaces", "{\"k\":1,\"z\":2}", NULL, "k=two", "", "{\"k\":\"two\",\"z\":2}" },
	{ "last_set_stands", "", NULL, "k=1,k=2", "", "{\"k\":2}" },
	{ "merge_replaces_top_level", "{\"a\":{\"x\":1},\"b\":1}", "{\"a\":{\"y\":2}}", "", "",
	  "{\"a\":{\"y\":2},\"b\":1}" },
	{ "set_beats_merge", "", "{\"a\":1}", "a=2", "", "{\"a\":2}" },
	{ "unset", "{\"a\":1,\"b\":2}", NULL, "", "a", "{\"b\":2}" },
	{ "unset_the_last", "{\"a\":1}", NULL, "", "a", "" },
	{ "value_with_equals", "", NULL, "k=a=b", "", "{\"k\":\"a=b\"}" },
	{ "no_equals", "", NULL, "k", "", "error" },
	{ "no_key", "", NULL, "=v", "", "error" },
};

static void check(void **state)
{
	const struct row *r = *state;
	STRS_AUTO set = { 0 };
	STRS_AUTO unset = { 0 };
	BUF_AUTO got = BUF_INIT;
	int rc;

	text_split(r->set, ',', &set);
	text_split(r->unset, ',', &unset);
	rc = metadata_edit(r->old, r->merge, &set, &unset, &got, NULL);
	assert_string_equal(rc < 0 ? "error" : got.s, r->want);
}

/* What a function prints with a ctx of its own; the caller's to free(). */
static char *printed(bool envelope, void (*print)(struct ctx *c))
{
	struct ctx c = { .prog = "bdw", .usage = BUF_INIT, .errs = stderr, .in = stdin,
			 .envelope = envelope };
	char *text = NULL;
	size_t n = 0;

	c.out = open_memstream(&text, &n);
	print(&c);
	fclose(c.out);
	cmd_release(&c);
	return text;
}

static void print_object(struct ctx *c)
{
	json_print(c, "{\"b\":[{\"z\":1,\"a\":2}],\"a\":\"<x>\"}");
}

static void print_empty(struct ctx *c)
{
	json_print(c, "{}");
}

static void print_array(struct ctx *c)
{
	struct dep dep = { .target = "t-2", .type = "blocks", .created_at = 1000000,
			   .created_by = "me", .metadata = "", .thread_id = "", .extra = "" };
	const char *labels[] = { "x" };
	const struct json_extra x = { .edges = true, .counts = true, .dependency_count = 1,
				      .parent = "t-0" };
	struct json_doc d;
	struct issue is;

	issue_init(&is);
	is.id = "t-1";
	is.title = "T";
	is.created_at = is.updated_at = 1500000;
	is.labels = labels;
	is.nlabels = 1;
	is.deps = &dep;
	is.ndeps = 1;
	json_start(&d, c);
	js_open(&d.w, '[');
	json_issue(&d.w, &is, &x);
	js_close(&d.w, ']');
	json_finish(&d, c);
}

static void object_keys_are_sorted(void **state)
{
	AUTO_FREE char *plain = printed(false, print_object);
	AUTO_FREE char *wrapped = printed(true, print_object);
	AUTO_FREE char *empty = printed(false, print_empty);

	(void)state;
	assert_string_equal(plain, "{\n  \"a\": \"\\u003cx\\u003e\",\n  \"b\": [\n    {\n"
				   "      \"a\": 2,\n      \"z\": 1\n    }\n"
			    "  ],\n  \"schema_version\": 1\n}\n");
	assert_string_equal(wrapped, "{\n  \"data\": {\n    \"a\": \"\\u003cx\\u003e\",\n"
				     "    \"b\": [\n      {\n        \"a\": 2,\n"
			    "        \"z\": 1\n      }\n    ]\n  },\n  \"schema_version\": 1\n}\n");
	assert_string_equal(empty, "{\n  \"schema_version\": 1\n}\n");
}

static void array_keeps_struct_order(void **state)
{
	AUTO_FREE char *got = printed(false, print_array);

	(void)state;
	assert_string_equal(got,
			    "[\n  {\n    \"id\": \"t-1\",\n    \"title\": \"T\",\n"
			    "    \"status\": \"open\",\n    \"priority\": 2,\n"
			    "    \"issue_type\": \"task\",\n"
			    "    \"created_at\": \"1970-01-01T00:00:01Z\",\n"
			    "    \"updated_at\": \"1970-01-01T00:00:01Z\",\n    \"labels\": [\n"
			    "      \"x\"\n    ],\n"
			    "    \"dependencies\": [\n      {\n        \"issue_id\": \"t-1\",\n"
			    "        \"depends_on_id\": \"t-2\",\n"
			    "        \"type\": \"blocks\",\n"
			    "        \"created_at\": \"1970-01-01T00:00:01Z\",\n"
			    "        \"created_by\": \"me\",\n        \"metadata\": \"{}\"\n"
			    "      }\n    ],\n"
			    "    \"dependency_count\": 1,\n    \"dependent_count\": 0,\n"
			    "    \"comment_count\": 0,\n"
			    "    \"parent\": \"t-0\"\n  }\n]\n");
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N + 2] = { 0 };

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].what, .test_func = check,
					    .initial_state = &rows[i] };
	t[N] = (struct CMUnitTest)cmocka_unit_test(object_keys_are_sorted);
	t[N + 1] = (struct CMUnitTest)cmocka_unit_test(array_keeps_struct_order);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
