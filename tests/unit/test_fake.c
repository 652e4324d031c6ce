/* tests/unit/test_fake.c - the scripted agent plays what its script says, and refuses a bad one */
#include "tests/unit/keeper.h"

#include "store/base/proc.h"
#include "store/base/text.h"

#define TWO "print all\n[e.* impl]\nprint any\n[e.1 impl]\nprint one\n[e.1 impl]\nprint two\n[e.1 impl 5]\nprint five\n" \
	    "[* code.2]\nprint second reviewer\n[* code 2]\nprint second look\n"

static const struct row {
	const char *what, *script, *who, *prompt;	/* who: "ISSUE ROLE ATTEMPT REVIEWER" */
	int code;
	const char *out, *err;				/* err: a part of it */
} rows[] = {
	{ "first", TWO, "e.1 impl 1 1", "", 0, "one\n", "" },
	{ "second", TWO, "e.1 impl 2 1", "", 0, "two\n", "" },
	{ "last_repeats", TWO, "e.1 impl 4 1", "", 0, "two\n", "" },
	{ "numbered", TWO, "e.1 impl 9 1", "", 0, "five\n", "" },
	{ "pattern", TWO, "e.2 impl 1 1", "", 0, "any\n", "" },
	{ "everybody", TWO, "x spec 1 1", "", 0, "all\n", "" },
	{ "by_reviewer", TWO, "x code 1 2", "", 0, "second reviewer\n", "" },
	{ "by_number", TWO, "x code 2 1", "", 0, "second look\n", "" },
	{ "nobody", "[e.9]\nok", "e.1 impl 1 1", "", 99, "", "nothing for e.1 impl 1" },
	{ "too_early", "[e.1 impl 2]\nok", "e.1 impl 1 1", "", 99, "", "nothing for" },
	{ "here", "print <<END\n a\n  b ${BDW_ROLE}\nEND\nexit 3", "e impl 1 1", "", 3,
	  " a\n  b impl\n", "" },
	{ "verdict", "verdict DONE TESTS=\"3/3 pass, exit 0\"", "e impl 1 1", "", 0,
	  "\nVERDICT: DONE\nTESTS: 3/3 pass, exit 0\n", "" },
	{ "json", "json {\"a\":1}", "e impl 1 1", "", 0, "```json\n{\"a\":1}\n```\n", "" },
	{ "usage", "usage 5 2 9", "e impl 1 1", "", 0,
	  "<usage>\ntotal_tokens: 5\ntool_uses: 2\nduration_ms: 9\n</usage>\n", "" },
	{ "raw", "raw a\\nb\\\\", "e impl 1 1", "", 0, "a\nb\\", "" },
	{ "ok_spec", "ok", "e spec 1 1", "", 0, "VERDICT: PASS\nISSUES: 0 (none)\n", "" },
	{ "prompt", "expect say\nexpect-not sea\necho-prompt", "e impl 1 1", "say it\n", 0,
	  "say it\n", "" },
	{ "not_asked", "print x\nexpect sea", "e impl 1 1", "say it\n", 98, "x\n",
	  "script:2: the prompt does not say" },
	{ "in_prompt", NULL, "e impl 1 1", "do:\nfa:\n  print a\n\n\tprint b\nfa: no\n", 99, "",
	  "no action 'no'" },
	{ "in_prompt_only", NULL, "e impl 1 1",
	  "do:\nfa: print x\nnothing\nfa:\n  print a\n\n\tprint b\nx\n", 0,
	  "x\na\nb\n", "" },
	{ "in_prompt_here", NULL, "e impl 1 1", "fa:\n    print <<X\n    a\n      b\n    X\n", 0,
	  "a\n  b\n", "" },
	{ "no_script", NULL, "e impl 1 1", "hello\n", 99, "", "neither --script" },
	{ "bad_action", "print x\nprintt y", "e impl 1 1", "", 99, "",
	  "script:2: no action 'printt'; did you mean print" },
	{ "bad_words", "sleep", "e impl 1 1", "", 99, "", "needs 1 words" },
	{ "bad_more", "sleep 1 2", "e impl 1 1", "", 99, "", "too much after 'sleep'" },
	{ "bad_text", "json", "e impl 1 1", "", 99, "", "needs a text" },
	{ "bad_header", "[a b c d]\nok", "e impl 1 1", "", 99, "", "script:1: a header is" },
	{ "bad_here", "print <<X\na", "e impl 1 1", "", 99, "", "no 'X' ends" },
	{ "bad_number", "sleep x", "e impl 1 1", "", 98, "", "'x' is not a number" },
	{ "bad_variable", "print ${NO_SUCH}", "e impl 1 1", "", 98, "", "no variable 'NO_SUCH'" },
	{ "failed_run", "run false", "e impl 1 1", "", 98, "", "ended with 1" },
};

static void check(void **state)
{
	struct keeper *k = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		static const char *const names[] = { "BDW_ISSUE", "BDW_ROLE", "BDW_ATTEMPT",
						     "BDW_REVIEWER" };
		AUTO_FREE char *path = in_dir(k, "script");
		BUF_AUTO out = BUF_INIT, err = BUF_INIT;
		STRS_AUTO env = { 0 }, who = { 0 };
		char *argv[] = { k->agent, (char *)"--model", (char *)"x", (char *)"--script",
				 path, NULL };
		struct proc p = { .argv = argv, .cwd = k->dir, .in = r->prompt,
				  .in_len = strlen(r->prompt), .timeout_ms = PATIENCE_MS };

		text_split(r->who, ' ', &who);
		for (size_t n = 0; n < 4; n++)
			vec_add(&env, xasprintf("%s=%s", names[n], who.v[n]));
		vec_add(&env, xstrdup("PATH=/usr/bin:/bin"));
		vec_add(&env, NULL);
		p.env = env.v;
		if (r->script)
			put_file(path, r->script);
		else
			argv[3] = NULL;
		print_message("# %s\n", r->what);
		assert_int_equal(proc_run(&p, &out, &err, NULL), r->code);
		assert_string_equal(out.s, r->out);
		assert_non_null(strstr(err.s, r->err));
	}
}

/* In a folder, the nearest name is taken. */
static void check_folder(void **state)
{
	static const char *const files[] = { "default", "impl", "e.1", "e.1.impl" };
	struct keeper *k = *state;
	AUTO_FREE char *folder = in_dir(k, "scripts"), *arg = xasprintf("--script");
	char *argv[] = { k->agent, arg, folder, NULL },
		*env[] = { "BDW_ISSUE=e.1", "BDW_ROLE=impl", NULL };
	struct proc p = { .argv = argv, .env = env, .cwd = k->dir, .timeout_ms = PATIENCE_MS };

	assert_int_equal(fsx_mkdirs(AT_FDCWD, folder, 0700, NULL), 0);
	assert_int_equal(proc_run(&p, NULL, NULL, NULL), 99);
	for (int i = 0; i < 4; i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", folder, files[i]),
			*script = xasprintf("exit %d", i + 1);

		put_file(path, script);
		assert_int_equal(proc_run(&p, NULL, NULL, NULL), i + 1);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(check, keeper_up, keeper_down),
		cmocka_unit_test_setup_teardown(check_folder, keeper_up, keeper_down),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
