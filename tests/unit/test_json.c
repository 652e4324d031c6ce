#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/json.h"
#include "store/base/mem.h"

static const struct row { const char *what, *text, *html, *plain; } rows[] = {
	{ "empty", "", "\"\"", "\"\"" },
	{ "words", "abc def", "\"abc def\"", "\"abc def\"" },
	{ "quote_and_backslash", "a\"b\\c", "\"a\\\"b\\\\c\"", "\"a\\\"b\\\\c\"" },
	{ "named_controls", "\n\r\t", "\"\\n\\r\\t\"", "\"\\n\\r\\t\"" },
	{ "other_controls", "\001\037\b\f", "\"\\u0001\\u001f\\u0008\\u000c\"",
	  "\"\\u0001\\u001f\\u0008\\u000c\"" },
	{ "html", "<a & b>", "\"\\u003ca \\u0026 b\\u003e\"", "\"<a & b>\"" },
	{ "utf8_stays", "\xc3\xa9\xe2\x9c\x93", "\"\xc3\xa9\xe2\x9c\x93\"",
	  "\"\xc3\xa9\xe2\x9c\x93\"" },
	{ "line_separators", "a\xe2\x80\xa8" "b\xe2\x80\xa9", "\"a\\u2028b\\u2029\"",
	  "\"a\xe2\x80\xa8" "b\xe2\x80\xa9\"" },
	{ "cut_separator", "a\xe2\x80", "\"a\xe2\x80\"", "\"a\xe2\x80\"" },
	{ "delete_stays", "\177", "\"\177\"", "\"\177\"" },
};

static void check(void **state)
{
	const struct row *r = *state;
	BUF_AUTO html = BUF_INIT;
	BUF_AUTO plain = BUF_INIT;

	js_quote(&html, r->text, strlen(r->text), true);
	js_quote(&plain, r->text, strlen(r->text), false);
	assert_string_equal(html.s, r->html);
	assert_string_equal(plain.s, r->plain);
}

/* Blocks of 16 bytes are looked at at once: a special byte at any place, in text of any length,
 * must be seen. */
static void every_place_and_length(void **state)
{
	static const char special[] = "\n\"\\<>&\001\037";

	(void)state;
	for (size_t n = 1; n < 70; n++)
		for (size_t at = 0; at < n; at++)
			for (const char *c = special; *c; c++) {
				AUTO_FREE char *text = malloc(n);
				BUF_AUTO out = BUF_INIT;
				struct js *back;

				memset(text, 'x', n);
				text[at] = *c;
				js_quote(&out, text, n, true);
				assert_true(out.len > n + 2);
				assert_null(strpbrk(out.s, "<>&\n"));
				assert_int_equal(js_parse(&back, out.s, out.len, NULL), 0);
				assert_memory_equal(js_text(back), text, n);
				js_free(back);
			}
}

static void numbers(void **state)
{
	static const struct { long long n; const char *text; } ints[] = {
		{ 0, "0" }, { 7, "7" }, { -1, "-1" }, { 1234567890123LL, "1234567890123" },
		{ INT64_MAX, "9223372036854775807" }, { INT64_MIN, "-9223372036854775808" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++) {
		BUF_AUTO out = BUF_INIT;
		struct jsw w = JSW(&out, JS_COMPACT);

		js_add_int(&w, ints[i].n);
		assert_string_equal(out.s, ints[i].text);
	}
}

static void reals(void **state)
{
	static const struct { double v; const char *text; } reals[] = {
		{ 0, "0" }, { 1, "1" }, { 120, "120" }, { -2.5, "-2.5" }, { 0.1, "0.1" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 123456.789, "123456.789" }, { 1e20, "100000000000000000000" }, { 1e21, "1e+21" },
		{ 1e-6, "0.000001" },
		{ 2.5e-9, "2.5e-09" }, { 0.0 / 1, "0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
		BUF_AUTO out = BUF_INIT;
		struct jsw w = JSW(&out, JS_COMPACT);

		js_add_real(&w, reals[i].v);
		assert_string_equal(out.s, reals[i].text);
		assert_true(strtod(out.s, NULL) == reals[i].v);
	}
}

/* Documents come out as they went in, whatever their numbers. */
static void numbers_are_kept(void **state)
{
	static const char *const texts[] = {
		"1.0", "-0", "-0.0", "0", "-7", "1e400", "-1E-400", "1e+2", "0.10",
		"9223372036854775807", "123456789012345678", "1234567890123456789",
		"-9223372036854775809", "340282366920938463463374607431768211456",
		"[1,1.0,2,2e0,[3.50,4],{\"a\":5.0,\"b\":[6,7.70],\"1.0\":\"8.0 \\\" 9.0\"},10]",
		"{\"a\":[],\"b\":{},\"c\":\"\\\\\",\"d\":1.0}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		BUF_AUTO out = BUF_INIT;
		struct js *v;

		assert_int_equal(js_parse(&v, texts[i], strlen(texts[i]), NULL), 0);
		js_dump(v, false, &out);
		assert_string_equal(out.s, texts[i]);
		js_free(v);
	}
}

/* Longer than the pieces in which a document is read: numbers stand across their edges. */
static void numbers_at_any_place(void **state)
{
	(void)state;
	for (size_t n = 1000; n < 1060; n++) {
		BUF_AUTO text = BUF_INIT;
		BUF_AUTO out = BUF_INIT;
		struct js *v;

		buf_addf(&text, "[\"%0*d\",1.2345678901234567890e-10,12]", (int)n, 0);
		assert_int_equal(js_parse(&v, text.s, text.len, NULL), 0);
		js_dump(v, false, &out);
		assert_string_equal(out.s, text.s);
		js_free(v);
	}
}

static void numbers_have_values(void **state)
{
	static const char text[] = "{\"a\":2.0,\"b\":2.5,\"c\":1e400,\"d\":12345678901234567890,"
				   "\"e\":9223372036854775807,\"f\":-0}";
	struct js *v;

	(void)state;
	assert_int_equal(js_parse(&v, text, sizeof(text) - 1, NULL), 0);
	assert_int_equal(js_int(v, "a", -1), 2);
	assert_int_equal(js_int(v, "b", -1), -1);
	assert_int_equal(js_int(v, "c", -1), -1);
	assert_int_equal(js_int(v, "d", -1), -1);
	assert_true(js_int(v, "e", -1) == INT64_MAX);
	assert_int_equal(js_int(v, "f", -1), 0);
	assert_true(js_num(v, "b", -1) == 2.5);
	assert_true(js_num(v, "c", -1) == -1);
	assert_true(js_num(v, "d", -1) == 12345678901234567890.0);
	assert_null(js_str(v, "a"));
	assert_int_equal(js_kind(js_get(v, "a")), JS_REAL);
	assert_int_equal(js_kind(js_get(v, "d")), JS_INT);
	js_free(v);
}

/* What is no number stays none, and is refused where it stands. */
static void odd_numbers_are_refused(void **state)
{
	static const char *const odd[] = {
		"[1.0,01]", "1.", "1e", "-", "[1.0,+1]", "1.0.0", "1e400e1", "1.0 1.0", ".5",
		"[1.0", "00000000000000000000", "{\"a\":1.0,\"a\":1.0}",
	};
	struct err e = ERR_INIT;
	size_t used;
	struct js *v;

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_int_equal(js_parse(&v, odd[i], strlen(odd[i]), NULL), ERR_PARSE);
	assert_int_equal(js_parse(&v, "[1.0,\n 2.00 x]", 14, &e), ERR_PARSE);
	assert_string_equal(e.msg, "line 2, column 7: ']' expected near 'x'");
	assert_int_equal(js_parse_prefix(&v, "{\"a\":1.0} 1.0 x", 16, &used, NULL), 0);
	assert_int_equal(used, 9);
	js_free(v);
}

static void pretty_is_indented_at_any_depth(void **state)
{
	BUF_AUTO out = BUF_INIT;
	struct jsw w = JSW(&out, JS_PRETTY);
	BUF_AUTO want = BUF_INIT;

	(void)state;
	for (int i = 0; i < 30; i++)
		js_open(&w, '[');
	js_add_int(&w, 1);
	for (int i = 0; i < 30; i++)
		js_close(&w, ']');
	for (int i = 0; i < 30; i++)
		buf_addf(&want, "[\n%*s", 2 * (i + 1), "");
	buf_addc(&want, '1');
	for (int i = 29; i >= 0; i--)
		buf_addf(&want, "\n%*s]", 2 * i, "");
	assert_string_equal(out.s, want.s);
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]), FIXED = 8 };
	struct CMUnitTest t[N + FIXED] = {
		cmocka_unit_test(every_place_and_length),
		cmocka_unit_test(numbers),
		cmocka_unit_test(reals),
		cmocka_unit_test(numbers_are_kept),
		cmocka_unit_test(numbers_at_any_place),
		cmocka_unit_test(numbers_have_values),
		cmocka_unit_test(odd_numbers_are_refused),
		cmocka_unit_test(pretty_is_indented_at_any_depth),
	};

	for (size_t i = 0; i < N; i++)
		t[FIXED + i] = (struct CMUnitTest){
			.name = rows[i].what, .test_func = check, .initial_state = (void *)&rows[i],
		};
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
