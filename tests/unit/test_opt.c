/* cobra's rules for flags, a row per command line; and the texts made from the same table */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cmd/opt.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"
#include "store/base/vec.h"

/* Everything the table below can set, as one line of text. */
struct got {
	bool force, color;
	int verbose;
	long estimate;
	const char *title, *global;
	struct strs labels, reasons;
};

static void tables(struct got *g, struct opt *own, struct opt *globals)
{
	const struct opt o[] = {
		{ 'f', "force", OPT_BOOL, &g->force, NULL, "do it", 0 },
		{ 0, "color", OPT_BOOL, &g->color, NULL, "colours", OPT_NEGATE },
		{ 't', "title", OPT_STR, &g->title, "<text>", "the title", 0 },
		{ 'm', "message", OPT_STR, &g->title, "<text>", NULL, OPT_HIDDEN },
		{ 'e', "estimate", OPT_INT, &g->estimate, "<n>", "minutes", 0 },
		{ 'l', "labels", OPT_LIST, &g->labels, "<a,b>", "labels", OPT_GIVEN_EMPTY },
		{ 'r', "reason", OPT_MULTI, &g->reasons, "<text>", "why", 0 },
		{ 0 },
	};
	const struct opt w[] = {
		{ 'v', "verbose", OPT_COUNT, &g->verbose, NULL, "say more", 0 },
		{ 'C', "directory", OPT_STR, &g->global, "<dir>", "go there", 0 },
		{ 't', "title", OPT_STR, &g->global, "<x>", "hidden by the command's own", 0 },
		{ 0 },
	};

	memcpy(own, o, sizeof(o));
	memcpy(globals, w, sizeof(w));
}

static void describe(const struct got *g, int argc, char **argv, struct buf *out)
{
	if (g->force)
		buf_adds(out, "force ");
	if (g->color)
		buf_adds(out, "color ");
	if (g->verbose)
		buf_addf(out, "v%d ", g->verbose);
	if (g->estimate)
		buf_addf(out, "e=%ld ", g->estimate);
	if (g->title)
		buf_addf(out, "t=%s ", g->title);
	if (g->global)
		buf_addf(out, "C=%s ", g->global);
	for (size_t i = 0; i < g->labels.n; i++)
		buf_addf(out, "l=%s ", g->labels.v[i]);
	for (size_t i = 0; i < g->reasons.n; i++)
		buf_addf(out, "r=%s ", g->reasons.v[i]);
	for (int i = 0; i < argc; i++)
		buf_addf(out, "[%s]", argv[i]);
}

static struct row { const char *what, *line, *want; } rows[] = {
	{ "operands_only", "a b", "[a][b]" },
	{ "flags_anywhere", "a -f b --title x c", "force t=x [a][b][c]" },
	{ "long_with_equals", "--title=x=y", "t=x=y " },
	{ "long_empty_value", "--title=", "t= " },
	{ "short_glued", "-tx -e5", "e=5 t=x " },
	{ "short_with_equals", "-t=x", "t=x " },
	{ "short_bundle", "-fvv", "force v2 " },
	{ "short_bundle_with_value", "-ft x", "force t=x " },
	{ "value_that_looks_like_a_flag", "--title --force", "t=--force " },
	{ "dash_is_an_operand", "- -f", "force [-]" },
	{ "end_of_flags", "-f -- -f --title", "force [-f][--title]" },
	{ "bool_off", "-f --force=false", "" },
	{ "bool_on_by_word", "--force=T", "force " },
	{ "negated", "--color --no-color", "" },
	{ "negation_only_where_allowed", "--no-force",
	  "error: unknown flag: --no-force (did you mean --force?)" },
	{ "list_splits_and_repeats", "-l a,b -l c", "l=a l=b l=c " },
	{ "list_given_empty", "--labels=", "l= " },
	{ "multi_does_not_split", "-r a,b -r c", "r=a,b r=c " },
	{ "hidden_alias_works", "-m x", "t=x " },
	{ "own_hides_global", "-t own -C there", "t=own C=there " },
	{ "last_one_stands", "-t a -t b", "t=b " },
	{ "count_by_number", "--verbose=3", "v3 " },
	{ "unknown_long", "--tilte x", "error: unknown flag: --tilte (did you mean --title?)" },
	{ "unknown_long_far", "--zzzzzzzz", "error: unknown flag: --zzzzzzzz" },
	{ "unknown_long_with_value", "--zz=1", "error: unknown flag: --zz" },
	{ "unknown_short", "-fz", "error: unknown shorthand flag: 'z' in -fz" },
	{ "long_lacks_value", "a --title", "error: flag needs an argument: --title" },
	{ "short_lacks_value", "-ft", "error: flag needs an argument: 't' in -ft" },
	{ "bad_int", "-e five",
	  "error: invalid argument \"five\" for \"-e, --estimate\" flag: strconv.ParseInt: parsing "
	  "\"five\": invalid syntax" },
	{ "bad_bool", "--color=maybe",
	  "error: invalid argument \"maybe\" for \"--color\" flag: strconv.ParseBool: parsing "
	  "\"maybe\": invalid syntax" },
};

static void check(void **state)
{
	const struct row *r = *state;
	struct got g = { 0 };
	struct opt own[8], globals[4];
	const struct opt *both[] = { own, globals };
	struct err e = ERR_INIT;
	BUF_AUTO got = BUF_INIT;
	STRS_AUTO words = { 0 };
	char *argv[16] = { NULL };
	int argc, rc;

	tables(&g, own, globals);
	assert_int_equal(text_words(r->line, &words, NULL), 0);
	argc = (int)words.n;
	for (int i = 0; i < argc; i++)
		argv[i] = words.v[i];
	rc = opt_parse(both, 2, &argc, argv, &e);
	if (rc == 0)
		describe(&g, argc, argv, &got);
	else
		buf_addf(&got, "error: %s%s%s%s", e.msg, *e.hint ? " (" : "", e.hint,
			 *e.hint ? ")" : "");
	assert_true(rc == 0 || rc == ERR_USAGE);
	assert_string_equal(got.s, r->want);
	strs_free_all(&g.labels);
	strs_free_all(&g.reasons);
}

static void finds_first_operand(void **state)
{
	struct got g = { 0 };
	struct opt own[8], globals[4];
	char *with_value[] = { "-v", "-C", "dir", "create", "x" };
	char *glued[] = { "--directory=dir", "-Cx", "list" };
	char *none[] = { "-v", "--", "create" };

	(void)state;
	tables(&g, own, globals);
	assert_int_equal(opt_first_operand(globals, 5, with_value), 3);
	assert_int_equal(opt_first_operand(globals, 3, glued), 2);
	assert_int_equal(opt_first_operand(globals, 3, none), 3);
}

static void makes_help(void **state)
{
	struct got g = { 0 };
	struct opt own[8], globals[4];
	BUF_AUTO help = BUF_INIT;

	(void)state;
	tables(&g, own, globals);
	opt_help(own, &help);
	assert_string_equal(help.s,
			    "  -f, --force           do it\n"
			    "      --[no-]color      colours\n"
			    "  -t, --title <text>    the title\n"
			    "  -e, --estimate <n>    minutes\n"
			    "  -l, --labels <a,b>    labels\n"
			    "  -r, --reason <text>   why\n");
}

/* word, option that it names, whether its value is the next word */
static void names_options(void **state)
{
	static const struct { const char *word, *name; bool next; } known[] = {
		{ "--title", "title", true }, { "-t", "title", true },
		{ "--title=x", "title", false }, { "-tx", "title", false },
		{ "--force", "force", false }, { "-f", "force", false },
		{ "--no-color", "color", false },
		{ "--message", "message", true }, { "--nothing", NULL, false },
		{ "-z", NULL, false },
	};
	struct got g;
	struct opt own[8], globals[4];
	const struct opt *both[] = { own, globals };

	(void)state;
	tables(&g, own, globals);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		bool next;
		const struct opt *o = opt_named(both, 2, known[i].word, &next);

		assert_int_equal(next, known[i].next);
		if (known[i].name)
			assert_string_equal(o->name, known[i].name);
		else
			assert_null(o);
	}
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N + 3] = { 0 };

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].what, .test_func = check,
					    .initial_state = &rows[i] };
	t[N] = (struct CMUnitTest)cmocka_unit_test(finds_first_operand);
	t[N + 1] = (struct CMUnitTest)cmocka_unit_test(makes_help);
	t[N + 2] = (struct CMUnitTest)cmocka_unit_test(names_options);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
