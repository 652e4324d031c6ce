/* tests/unit/test_ini.c - what inih would lose in silence is refused; setting a key keeps the
 * rest */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/vec.h"
#include "store/ini.h"

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X190 X50 X50 X50 X10 X10 X10 X10

/* Every key as "section|key|value|line" lines. */
static int collect(void *arg, const char *section, const char *key, const char *value, int line,
		   struct err *e)
{
	if (!strcmp(key, "stop"))
		return err_set(e, ERR_REFUSED, "told to stop");
	buf_addf(arg, "%s|%s|%s|%d\n", section, key, value, line);
	return 0;
}

static struct read_row { const char *what, *text, *want; } reads[] = {
	{ "read_empty", "", "" },
	{ "read_key", "[a]\nk=v\n", "a|k|v|2\n" },
	{ "read_no_last_newline", "[a]\nk=v", "a|k|v|2\n" },
	{ "read_before_section", "k=v\n", "|k|v|1\n" },
	{ "read_blanks", "[a]\nk =  v w \n", "a|k|v w|2\n" },
	{ "read_colon", "[a]\nk: v\n", "a|k|v|2\n" },
	{ "read_equals_in_value", "[a]\nk=x=y:z\n", "a|k|x=y:z|2\n" },
	{ "read_empty_value", "[a]\nk=\n", "a|k||2\n" },
	{ "read_comments", "; c\n# c\n[a]\n  ; indented\nk=v\n", "a|k|v|5\n" },
	{ "read_semicolon_inside", "[a]\nk=a;b\n", "a|k|a;b|2\n" },
	{ "read_hash_in_value", "[a]\nk=a #b\n", "a|k|a #b|2\n" },
	{ "read_crlf", "[a]\r\nk=v\r\n", "a|k|v|2\n" },
	{ "read_bom", "\xef\xbb\xbf[a]\nk=v\n", "a|k|v|2\n" },
	{ "read_named_section", "[role impl]\nagent=x\n", "role impl|agent|x|2\n" },
	{ "read_198_bytes", "[a]\nlong67=" X190 "x\n", "a|long67|" X190 "x|2\n" },
	{ "read_49_byte_section", "[" X10 X10 X10 X10 "xxxxxxxxx]\nk=v\n",
	  X10 X10 X10 X10 "xxxxxxxxx|k|v|2\n" },
	{ "refuse_199_bytes", "[a]\nlong67=" X190 "xx\n", "f:2: a line of more than 198 bytes" },
	{ "refuse_long_comment", ";" X190 X10 "\n", "f:1: a line of more than 198 bytes" },
	{ "refuse_inline_comment", "[run]\ntest=make test ; make lint\n",
	  "f:2: ' ;' would start a comment; write comments on lines of their own" },
	{ "refuse_tab_comment", "k=v\t;x\n",
	  "f:1: ' ;' would start a comment; write comments on lines of their own" },
	{ "refuse_continuation", "[a]\nx=1\n indented=2\n",
	  "f:3: blanks at the start of a line (would continue the value above)" },
	{ "refuse_50_byte_section", "[" X50 "]\nk=v\n",
	  "f:1: a section name of more than 49 bytes" },
	{ "refuse_open_section", "[a\n", "f:1: no ']' after the section's name" },
	{ "refuse_after_section", "[a] k=v\n", "f:1: text after ']'" },
	{ "refuse_empty_section", "[]\n", "f:1: a section needs a name" },
	{ "refuse_no_equals", "[a]\n\nword\n", "f:3: no '=' after the key" },
	{ "refuse_no_key", "[a]\n=v\n", "f:2: no key before '='" },
	{ "refuse_by_caller", "[a]\nk=1\nstop=1\nbad line\n", "told to stop" },
};

static void check_read(void **state)
{
	const struct read_row *r = *state;
	BUF_AUTO out = BUF_INIT;
	struct err e = ERR_INIT;
	int rc = ini_read(r->text, strlen(r->text), "f", collect, &out, &e);

	if (rc < 0) {
		assert_int_equal(rc, e.code);
		assert_string_equal(e.msg, r->want);
	} else {
		assert_string_equal(out.s, r->want);
	}
}

static void refuse_nul(void **state)
{
	static const char text[] = "[a]\nk=v\0w\n";
	BUF_AUTO out = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(ini_read(text, sizeof(text) - 1, "f", collect, &out, &e), ERR_PARSE);
	assert_string_equal(e.msg, "f:2: a NUL byte");
}

static struct set_row { const char *what, *text, *section, *key, *value, *want; } sets[] = {
	{ "set_into_empty", "", "a", "k", "v", "[a]\nk=v\n" },
	{ "set_replaces", "[a]\nk=1\nl=2\n", "a", "k", "9", "[a]\nk=9\nl=2\n" },
	{ "set_keeps_comments", "; top\n[a]\n; about k\nk = 1\n\n[b]\nk=1\n", "a", "k", "2",
	  "; top\n[a]\n; about k\nk=2\n\n[b]\nk=1\n" },
	{ "set_adds_to_section", "[a]\nk=1\n\n[b]\nx=1\n", "a", "l", "2",
	  "[a]\nk=1\nl=2\n\n[b]\nx=1\n" },
	{ "set_adds_to_bare_section", "[a]\n\n[b]\n", "a", "k", "v", "[a]\nk=v\n\n[b]\n" },
	{ "set_new_section", "[a]\nk=1", "role impl", "agent", "x",
	  "[a]\nk=1\n\n[role impl]\nagent=x\n" },
	{ "set_last_of_two", "[a]\nk=1\n[a]\nk=2\n", "a", "k", "3", "[a]\nk=1\n[a]\nk=3\n" },
	{ "set_before_sections", "[a]\nk=1\n", "", "k", "v", "k=v\n[a]\nk=1\n" },
	{ "set_no_last_newline", "[a]\nk=1", "a", "k", "2", "[a]\nk=2\n" },
	{ "set_append_no_newline", "[a]\nk=1", "a", "l", "2", "[a]\nk=1\nl=2\n" },
	{ "set_bom", "\xef\xbb\xbfk=1\n", "", "k", "2", "\xef\xbb\xbfk=2\n" },
	{ "unset", "[a]\nk=1\nl=2\n", "a", "k", NULL, "[a]\nl=2\n" },
	{ "unset_all", "[a]\nk=1\nl=2\n[a]\nk=3\n", "a", "k", NULL, "[a]\nl=2\n[a]\n" },
	{ "unset_absent", "[a]\nk=1\n", "b", "k", NULL, "[a]\nk=1\n" },
	{ "refuse_value_comment", "", "a", "k", "x ;y", NULL },
	{ "refuse_value_newline", "", "a", "k", "x\ny=1", NULL },
	{ "refuse_value_blank_end", "", "a", "k", "x ", NULL },
	{ "refuse_value_blank_start", "", "a", "k", " x", NULL },
	{ "refuse_value_long", "", "a", "k", X190 X10, NULL },
	{ "refuse_key_equals", "", "a", "k=l", "v", NULL },
	{ "refuse_key_comment", "", "a", "#k", "v", NULL },
	{ "refuse_key_section", "", "a", "[k", "v", NULL },
	{ "refuse_key_empty", "", "a", "", "v", NULL },
	{ "refuse_section_bracket", "", "a]b", "k", "v", NULL },
	{ "refuse_section_newline", "", "a\nb", "k", "v", NULL },
	{ "refuse_section_long", "", X50, "k", "v", NULL },
};

static void check_set(void **state)
{
	const struct set_row *r = *state;
	BUF_AUTO text = BUF_INIT;
	struct err e = ERR_INIT;

	buf_adds(&text, r->text);
	if (r->want) {
		assert_int_equal(ini_set(&text, r->section, r->key, r->value, &e), 0);
		assert_string_equal(text.s, r->want);
	} else {
		assert_int_equal(ini_set(&text, r->section, r->key, r->value, &e), ERR_USAGE);
		assert_string_equal(text.s, r->text);
		assert_string_not_equal(e.msg, "");
	}
}

/* xorshift: the same bytes on every run */
static uint32_t dice(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

struct probe { const char *section, *key; char value[256]; int n, others; };

static int find(void *arg, const char *section, const char *key, const char *value, int line,
		struct err *e)
{
	struct probe *p = arg;

	(void)line, (void)e;
	if (strcmp(section, p->section) || strcmp(key, p->key)) {
		p->others++;
		return 0;
	}
	p->n++;
	strncpy(p->value, value, sizeof(p->value) - 1);
	return 0;
}

/* What ini_read takes, ini_set can change; the new value reads back, all other keys stay. */
static void set_then_read(struct buf *text, const char *value)
{
	struct probe was = { .section = "a", .key = "k" }, now = was;

	if (ini_read(text->s, text->len, "f", find, &was, NULL) < 0)
		return;
	assert_int_equal(ini_set(text, "a", "k", value, NULL), 0);
	assert_int_equal(ini_read(text->s, text->len, "f", find, &now, NULL), 0);
	assert_int_equal(now.others, was.others);
	if (value)
		assert_string_equal(now.value, value);
	else
		assert_int_equal(now.n, 0);
}

static void random_bytes(void **state)
{
	static const char alphabet[] = "[]a=:k; #\n\n\r\tx\"\\\0\xff";
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		BUF_AUTO text = BUF_INIT;
		size_t n = dice(&seed) % 40;

		while (n--)
			buf_addc(&text, alphabet[dice(&seed) % (sizeof(alphabet) - 1)]);
		set_then_read(&text, i % 2 ? "new value" : NULL);
	}
}

static void truncated(void **state)
{
	static const char whole[] = "; c\n[a]\nk = 1\nl=2\n\n[b c]\nk: v w\n[a]\nk=3\n";

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++) {
		BUF_AUTO text = BUF_INIT;

		buf_add(&text, whole, n);
		set_then_read(&text, n % 2 ? "x" : NULL);
	}
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int main(int argc, char **argv)
{
	struct CMUnitTest t[COUNT(reads) + COUNT(sets) + 3] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < COUNT(reads); i++)
		t[n++] = (struct CMUnitTest){ reads[i].what, check_read, NULL, NULL, &reads[i] };
	for (size_t i = 0; i < COUNT(sets); i++)
		t[n++] = (struct CMUnitTest){ sets[i].what, check_set, NULL, NULL, &sets[i] };
	t[n++] = (struct CMUnitTest)cmocka_unit_test(refuse_nul);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(random_bytes);
	t[n++] = (struct CMUnitTest)cmocka_unit_test(truncated);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
