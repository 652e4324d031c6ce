/* tests/unit/test_yaml_flat.c - bd's settings files: YAML as names and values, and what stands
 * over what */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/bdconf.h"
#include "store/yaml_flat.h"

/* want: "name=value;" for each, or the message */
static struct row { const char *what, *text, *want; } rows[] = {
	{ "flat", "json: true\nactor: Tess Agent # who\n", "json=true;actor=Tess Agent;" },
	{ "nested", "export:\n  auto: true\n  path: x.jsonl\nimport:\n  auto: false\n",
	  "export.auto=true;export.path=x.jsonl;import.auto=false;" },
	{ "dotted", "export.auto: \"true\"\n", "export.auto=true;" },
	{ "deep", "a:\n    b:\n        c: 1\n    d: 2\ne: 3\n", "a.b.c=1;a.d=2;e=3;" },
	{ "quoted_key", "\"a b\": 'it''s'\n'c': x:y\n", "a b=it's;c=x:y;" },
	{ "comments_and_blanks", "---\n# all\n\n  # more\na: 1 # one\n   \n...\n?\n", "a=1;" },
	{ "mark_and_crlf", "\xef\xbb\xbf" "a: 1\r\nb:\r\n  c: 2\r\n", "a=1;b.c=2;" },
	{ "no_newline", "a: 1", "a=1;" },
	{ "empty", "", "" },
	{ "null", "a:\nb: ~\nc: \"\"\n", "b=;c=;" },
	{ "list", "types:\n  custom:\n    - research\n    - \"two words\"\nx: 1\n",
	  "types.custom=research,two words;x=1;" },
	{ "list_at_the_key", "types:\n  custom:\n  - a\n  - b\n  infra: c\n",
	  "types.custom=a,b;types.infra=c;" },
	{ "list_in_brackets", "types: { custom: [a] }\nt: [a, 'b c', d] # three\n", "t=a,b c,d;" },
	{ "goes_on", "a: one\n  two\nb: 3\n", "a=one two;b=3;" },
	/* somebody else's */
	{ "block", "a: |\n  x: 1\n  - y\n\n   z\nb: >-\n  t\nc: 1\n", "c=1;" },
	{ "list_of_maps", "a:\n  - x: 1\n    y: 2\n  - x: 3\nb: 1\n", "b=1;" },
	{ "map_in_braces", "a: {x: 1,\n  y: 2}\nb: {}\nc: 1\n", "c=1;" },
	{ "long_list", "a: [x,\n  y]\nb: 1\n", "b=1;" },
	{ "anchor", "a: &x\n  b: 1\nc: *x\nd: !!str 1\ne: 1\n", "e=1;" },
	/* broken */
	{ "no_colon", "a: 1\njson true\n", "f:2: a line 'key: value' is needed" },
	{ "tab", "a:\n\tb: 1\n", "f:2: a tab in front of a key" },
	{ "quote", "a: \"x\n", "f:1: a quote is not closed" },
	{ "behind_quote", "a: \"x\" y\n", "f:1: text after the closing quote" },
	{ "indented", "a: 1\n  b: 2\n",
	  "f:2: this line is indented, but the key above has a value" },
	{ "askew", "a:\n    b: 1\n  c: 2\n",
	  "f:3: this line does not stand below the keys it belongs to" },
	{ "lone_element", "- a\n", "f:1: a list element without a list" },
	{ "element_of_value", "a: 1\n- b\n", "f:2: a list element without a list" },
	{ "empty_key", ": 1\n", "f:1: a key is empty" },
	{ "no_utf8", "a: \xff\n", "f:1: this is no text in UTF-8" },
	{ "too_deep", "a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h:\n        i:\n"
	  "         j:\n          k:\n           l:\n            m:\n             n:\n"
	  "              o:\n               p:\n                q:\n",
	  "f:17: keys are nested too deep" },
};

static void collect(void *arg, const char *name, const char *value, int line)
{
	(void)line;
	buf_addf(arg, "%s=%s;", name, value);
}

static void check(void **state)
{
	const struct row *r = *state;
	BUF_AUTO got = BUF_INIT;
	struct err e = ERR_INIT;

	if (yaml_flat_read(r->text, strlen(r->text), "f", collect, &got, &e) < 0) {
		assert_int_equal(e.code, ERR_PARSE);
		assert_string_equal(e.msg, r->want);
	} else {
		assert_string_equal(got.s, r->want);
	}
}

/* No bytes make it crash: every file above, cut off and spoiled at each place. */
static void spoiled(void **state)
{
	static const char bytes[] = "\0:-\"[ \t#\xff|\n";
	BUF_AUTO got = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = strdup(rows[i].text);
		size_t n = strlen(text);

		for (size_t at = 0; at < n; at++) {
			char was = text[at];

			yaml_flat_read(text, at, "f", collect, &got, NULL);
			for (size_t b = 0; b < sizeof(bytes) - 1; b++) {
				text[at] = bytes[b];
				yaml_flat_read(text, n, "f", collect, &got, NULL);
			}
			text[at] = was;
			buf_reset(&got);
		}
		free(text);
	}
}

static void same_names(void **state)
{
	(void)state;
	assert_true(bdconf_same("VALIDATION_ON_CREATE", "validation.on-create"));
	assert_true(bdconf_same("issue-prefix", "issue_prefix"));
	assert_false(bdconf_same("EXPORT", "export.auto"));
	assert_false(bdconf_same("EXPORT_AUTO", "export"));
	assert_false(bdconf_same("", "json"));
}

static void environment(void **state)
{
	struct bdconf *b;

	(void)state;
	setenv("BD_EXPORT_AUTO", "true", 1);
	setenv("BD_JSON", "", 1);
	setenv("BD_", "x", 1);
	b = bdconf_env();
	assert_string_equal(bdconf_get(b, "export.auto"), "true");
	assert_string_equal(bdconf_find(b, "export.auto", BDCONF_ENV, BDCONF_ENV)->from,
			    "env: BD_EXPORT_AUTO");
	assert_null(bdconf_find(b, "export.auto", BDCONF_DOTENV, BDCONF_HOME));
	assert_null(bdconf_get(b, "json"));
	assert_null(bdconf_get(NULL, "json"));
	bdconf_free(b);
	bdconf_free(NULL);
}

int main(int argc, char **argv)
{
	struct CMUnitTest t[sizeof(rows) / sizeof(rows[0]) + 3] = { 0 };
	size_t n = 0;

	for (; n < sizeof(rows) / sizeof(rows[0]); n++)
		t[n] = (struct CMUnitTest){ .name = rows[n].what, .test_func = check,
					    .initial_state = &rows[n] };
	t[n++] = (struct CMUnitTest)cmocka_unit_test(spoiled);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(same_names);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(environment);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
