/* tests/unit/test_trust.c - what came through git names no command until its content is approved */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/config.h"
#include "store/store.h"
#include "store/trust.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char dir[64];

static int set_up(void **state)
{
	const struct store_init o = { .prefix = "t", .actor = "tester", .quiet = true };
	struct store_inited made;
	struct store *s;
	struct err e = ERR_INIT;
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%.40s/trust.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return -1;
	setenv("HOME", dir, 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	if (store_init(dir, &o, &made, &e) < 0 || store_open(&s, dir, NULL, 0, &e) < 0)
		return print_error("%s\n", e.msg), -1;
	store_inited_release(&made);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	store_close(*state);
	return fsx_remove_tree(AT_FDCWD, dir, NULL);
}

static void write_file(struct store *s, const char *name, const char *text)
{
	assert_int_equal(fsx_mkparent(store_tree_fd(s), name, 0755, NULL), 0);
	assert_int_equal(fsx_write_atomic(store_tree_fd(s), name, text, strlen(text), 0644, 0,
					  NULL), 0);
}

static struct config *load(struct store *s)
{
	const struct config_sources src = { .tree = store_paths(s)->tree,
					    .common = store_paths(s)->common };
	struct config *c;
	struct err e = ERR_INIT;

	if (config_load(&c, &src, &e) < 0)
		fail_msg("%s", e.msg);
	return c;
}

/* What trust_check() answers; the list goes to out when there is one. */
static int check(struct store *s, struct trust_list *out, struct err *e)
{
	TRUST_AUTO mine = { 0 };
	struct config *c = load(s);
	int rc = trust_check(s, c, out ? out : &mine, e);

	config_free(c);
	return rc;
}

static void approve_all(struct store *s)
{
	TRUST_AUTO l = { 0 };

	check(s, &l, NULL);
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(trust_approve(s, &l.v[i], NULL), 0);
}

static void no_command_no_question(void **state)
{
	TRUST_AUTO l = { 0 };

	write_file(*state, "config.ini",
		   "[project]\nprefix=t\n[run]\nmax_parallel=2\n[role impl]\nagent=claude\n");
	assert_int_equal(check(*state, &l, NULL), 0);
	assert_int_equal(l.n, 0);
}

static void life_of_an_approval(void **state)
{
	struct store *s = *state;
	struct err e = ERR_INIT;
	char hex[OID_HEX];

	write_file(s, "config.ini", "[run]\ntest=true\n");
	{
		TRUST_AUTO l = { 0 };

		assert_int_equal(check(s, &l, &e), ERR_UNTRUSTED);
		assert_string_equal(e.msg, "'.beadwave/config.ini' names commands, and is not "
					   "approved in this clone");
		assert_int_equal(l.n, 1);
		assert_string_equal(l.v[0].path, "config.ini");
		assert_string_equal(l.v[0].names.s, "run.test=true\n");
		assert_string_equal(l.v[0].text.s, "[run]\ntest=true\n");
		/* printf '[run]\ntest=true\n' | git hash-object --stdin */
		assert_string_equal(oid_hex(&l.v[0].oid, hex),
				    "381f32ea63f726440c9f97b55b5876e42d5743ae");
		assert_false(l.v[0].approved || l.v[0].had);
		assert_int_equal(trust_approve(s, &l.v[0], &e), 0);
	}
	assert_int_equal(check(s, NULL, &e), 0);

	write_file(s, "config.ini", "[run]\ntest=rm\n");
	{
		TRUST_AUTO l = { 0 };

		assert_int_equal(check(s, &l, &e), ERR_UNTRUSTED);
		assert_string_equal(e.msg, "'.beadwave/config.ini' names commands, and has "
					   "changed since this clone "
				    "approved it");
		assert_true(l.v[0].had);
		assert_string_equal(oid_hex(&l.v[0].was, hex),
				    "381f32ea63f726440c9f97b55b5876e42d5743ae");
	}
	/* what was approved is approved again */
	write_file(s, "config.ini", "[run]\ntest=true\n");
	assert_int_equal(check(s, NULL, &e), 0);
	assert_int_equal(trust_revoke(s, "config.ini", &e), 0);
	assert_int_equal(check(s, NULL, &e), ERR_UNTRUSTED);
	assert_int_equal(trust_revoke(s, "config.ini", &e), ERR_NOTFOUND);
}

/* Between the question and the answer the file changes: only what was shown is approved. */
static void approves_what_was_shown(void **state)
{
	struct store *s = *state;
	TRUST_AUTO l = { 0 };

	write_file(s, "config.ini", "[run]\ntest=one\n");
	assert_int_equal(check(s, &l, NULL), ERR_UNTRUSTED);
	write_file(s, "config.ini", "[run]\ntest=two\n");
	assert_int_equal(trust_approve(s, &l.v[0], NULL), 0);
	assert_int_equal(check(s, NULL, NULL), ERR_UNTRUSTED);
	write_file(s, "config.ini", "[run]\ntest=one\n");
	assert_int_equal(check(s, NULL, NULL), 0);
}

/* The same file is read by config and hashed by trust: what config read is what counts. */
static void hashes_what_was_parsed(void **state)
{
	struct store *s = *state;
	TRUST_AUTO l = { 0 };
	struct config *c;

	write_file(s, "config.ini", "[run]\ntest=evil\n");
	c = load(s);
	write_file(s, "config.ini", "[run]\nmax_parallel=1\n");
	assert_int_equal(trust_check(s, c, &l, NULL), ERR_UNTRUSTED);
	assert_string_equal(l.v[0].text.s, "[run]\ntest=evil\n");
	config_free(c);
}

static void several_files(void **state)
{
	struct store *s = *state;
	struct err e = ERR_INIT;
	TRUST_AUTO l = { 0 };
	TRUST_AUTO stored = { 0 };

	write_file(s, "config.ini", "[run]\nworkflow=fast\n");
	write_file(s, "workflow/fast.ini", "[agent x]\ncommand=prog\n");
	write_file(s, "workflow/other.ini", "[agent y]\ncommand=not read\n");
	write_file(s, "prompt/impl.md", "Do it.\n");
	write_file(s, "prompt/.impl.md.swp", "editor\n");
	write_file(s, "prompt/notes.txt", "not a prompt\n");
	assert_int_equal(check(s, &l, &e), ERR_UNTRUSTED);
	assert_string_equal(e.msg, "'.beadwave/prompt/impl.md' instructs agents, and is not "
				   "approved in this clone; "
			    "others too");
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0].path, "prompt/impl.md");
	assert_string_equal(l.v[0].names.s, "");
	assert_string_equal(l.v[1].path, "workflow/fast.ini");
	approve_all(s);
	assert_int_equal(check(s, NULL, &e), 0);
	assert_int_equal(trust_stored(s, &stored, NULL), 0);
	assert_int_equal(stored.n, 2);
	assert_string_equal(stored.v[0].path, "prompt/impl.md");
	write_file(s, "prompt/impl.md", "Do it!\n");
	assert_int_equal(check(s, NULL, &e), ERR_UNTRUSTED);
}

/* An approval that cannot be read is none; what can be read stays. */
static void broken_lines(void **state)
{
	static const char text[] =
		"config.ini 381f32ea63f726440c9f97b55b5876e42d5743ae\n"
		"\nconfig.ini\n a\nworkflow/a b.ini 381f32ea63f726440c9f97b55b5876e42d5743ae\n"
		"x 381f32ea63f726440c9f97b55b5876e42d5743a\n"
		"y 381f32ea63f726440c9f97b55b5876e42d5743ae0\n"
		"z zz1f32ea63f726440c9f97b55b5876e42d5743ae\n"
		" 381f32ea63f726440c9f97b55b5876e42d5743ae\n";
	struct store *s = *state;
	TRUST_AUTO l = { 0 };

	assert_int_equal(fsx_write_atomic(store_priv_fd(s), "trust", text, sizeof(text) - 1, 0600,
					  0, NULL), 0);
	assert_int_equal(trust_stored(s, &l, NULL), 0);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0].path, "config.ini");
	assert_string_equal(l.v[1].path, "workflow/a b.ini");
}

#define IN_STORE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(int argc, char **argv)
{
	static const struct CMUnitTest t[] = {
		IN_STORE(no_command_no_question), IN_STORE(life_of_an_approval),
		IN_STORE(approves_what_was_shown), IN_STORE(hashes_what_was_parsed),
		IN_STORE(several_files), IN_STORE(broken_lines),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
