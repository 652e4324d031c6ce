/*
 * Every parser of files and words that has no such test of its own, fed with cut and changed
 * bytes: it answers or refuses, with a message, and reads nothing that is not there (the
 * sanitizers look). The others: test_record, _jsonl, _planmd, _work, _snapshot, _result,
 * _verdict, _finding, _agentout, _files, _prompt, _id.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/preset.h"
#include "core/qexpr.h"
#include "core/timeexpr.h"
#include "store/attempt.h"
#include "store/base/arena.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/gitconf.h"
#include "store/ini.h"
#include "store/place.h"
#include "store/ref.h"
#include "store/text3.h"
#include "tests/unit/fuzz.h"
#include "tests/unit/tmprepo.h"

static void refused(int rc, const struct err *e)
{
	if (rc < 0)
		assert_true(e->msg[0]);
}

static int one_key(void *arg, const char *section, const char *key, const char *value, int line,
		   struct err *e)
{
	(void)e;
	*(size_t *)arg += strlen(section) + strlen(key) + strlen(value) + (size_t)line;
	return 0;
}

static void ini(const char *s, size_t n)
{
	BUF_AUTO text = BUF_INIT;
	struct err e = ERR_INIT;
	size_t seen = 0;

	refused(ini_read(s, n, "x.ini", one_key, &seen, &e), &e);
	buf_add(&text, s, n);
	if (strlen(text.s) == text.len)
		refused(ini_set(&text, "run", "order", "priority", &e), &e);
}

static void json(const char *s, size_t n)
{
	BUF_AUTO out = BUF_INIT;
	struct err e = ERR_INIT;
	struct js *j = NULL;
	size_t used;
	int rc = js_parse(&j, s, n, &e);

	refused(rc, &e);
	if (rc == 0)
		js_dump(j, true, &out);
	js_free(j);
	j = NULL;
	if (js_parse_prefix(&j, s, n, &used, &e) == 0)
		assert_true(used <= n);
	js_free(j);
}

static void dump(const char *s, size_t n)
{
	struct config *c = config_builtin();
	BUF_AUTO out = BUF_INIT;
	struct err e = ERR_INIT;

	refused(config_undump(c, s, n, &e), &e);
	config_dump(c, true, &out);
	config_free(c);
}

/* What is a word takes no NUL: the bytes up to the first. */
static char *word(const char *s, size_t n)
{
	return xstrndup(s, strnlen(s, n));
}

static void setting(const char *s, size_t n)
{
	struct config *c = config_builtin();
	AUTO_FREE char *w = word(s, n);
	struct err e = ERR_INIT;

	refused(config_set_pair(c, w, &e), &e);
	config_free(c);
}

static void query(const char *s, size_t n)
{
	AUTO_FREE char *w = word(s, n);
	struct qexpr *q;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct err e = ERR_INIT;
	int rc = qexpr_parse(&q, w, 0, NULL, &a, &e);

	refused(rc, &e);
	if (rc == 0)
		qexpr_print(q, &out);
}

static void moment(const char *s, size_t n)
{
	AUTO_FREE char *w = word(s, n);
	int64_t t;

	timeexpr_parse(w, clock_now_us(), &t);
	timeexpr_parse_past(w, 0, &t);
	clock_parse(w, &t);
}

static void argv(const char *s, size_t n)
{
	AUTO_FREE char *w = word(s, n);
	struct agent_vars v = { .id = "x-1", .role = "impl" };
	struct err e = ERR_INIT;
	STRS_AUTO out = { 0 };

	refused(agent_expand(w, &v, &out, &e), &e);
}

/* Cut in three, as base, ours and theirs; the same answer when the sides change places. */
static void merge(const char *s, size_t n)
{
	struct text t[3] = { { s, n / 3 }, { s + n / 3, n / 3 }, { s + n / 3 * 2, n - n / 3 * 2 } };
	BUF_AUTO one = BUF_INIT;
	BUF_AUTO two = BUF_INIT;

	assert_int_equal(text3_merge(t[0], t[1], t[2], &one), text3_merge(t[0], t[2], t[1], &two));
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.s, two.s, one.len);
}

/* What is mended is text, as long as before, and what was text stays. */
static void mend(const char *s, size_t n)
{
	AUTO_FREE char *copy = xmalloc(n + 1);

	memcpy(copy, s, n);
	text_utf8_mend(copy, n);
	assert_int_equal(text_utf8_bad(copy, n), -1);
	if (text_utf8_bad(s, n) < 0)
		assert_memory_equal(copy, s, n);
}

static void put(const char *name, const char *s, size_t n)
{
	AUTO_FREE char *path = tmp_path(name);
	struct err e = ERR_INIT;

	fsx_mkparent(AT_FDCWD, path, 0755, &e);
	assert_int_equal(fsx_write_atomic(AT_FDCWD, path, s, n, 0644, 0, &e), 0);
}

static int one_name(void *arg, const char *name, const char *value, int line, struct err *e)
{
	(void)e, (void)line;
	*(size_t *)arg += strlen(name) + strlen(value);
	return 0;
}

static void git_config(const char *s, size_t n)
{
	AUTO_FREE char *path = tmp_path("config");
	struct err e = ERR_INIT;
	BUF_AUTO out = BUF_INIT;
	size_t seen = 0;

	put("config", s, n);
	refused(gitconf_read(path, one_name, &seen, &e), &e);
	refused(gitconf_get(tmp_dir, "user.name", &out, &e), &e);
	refused(gitconf_check_format(tmp_dir, &e), &e);
}

static void settings(const char *s, size_t n)
{
	struct config_sources src = { .tree = tmp_dir };
	struct config *c = NULL;
	struct err e = ERR_INIT;
	int rc;

	put("config.ini", s, n);
	rc = config_load(&c, &src, &e);
	refused(rc, &e);
	if (rc == 0)
		config_free(c);
}

static void place(const char *s, size_t n)
{
	struct place p = { 0 };
	struct err e = ERR_INIT;

	put("beadwave/store", s, n);
	refused(place_read(&p, tmp_dir, &e), &e);
	place_release(&p);
}

static void packed(const char *s, size_t n)
{
	struct err e = ERR_INIT;
	struct oid oid;

	put("packed-refs", s, n);
	refused(ref_read(tmp_dir, "refs/heads/beadwave", &oid, &e), &e);
	put("HEAD", s, n);
	refused(ref_read(tmp_dir, "HEAD", &oid, &e), &e);
}

static void attempt(const char *s, size_t n)
{
	struct attempt_spec spec;
	struct err e = ERR_INIT;

	put("attempt.json", s, n);
	refused(attempt_read(tmp_dir, &spec, &e), &e);
	attempt_release(&spec);
}

static void began(const char *s, size_t n)
{
	struct attempt_started started;
	struct err e = ERR_INIT;

	put("started.json", s, n);
	refused(attempt_started_read(tmp_dir, &started, &e), &e);
}

static void ended(const char *s, size_t n)
{
	struct attempt_exit x;
	struct err e = ERR_INIT;

	put("exit.json", s, n);
	refused(attempt_exit_read(tmp_dir, &x, &e), &e);
}

static void last_line(const char *s, size_t n)
{
	BUF_AUTO out = BUF_INIT;

	put("stdout.log", s, n);
	attempt_last_line(tmp_dir, &out);
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.s[i] >= ' ' && out.s[i] != 0x7f);
}

static const struct row {
	const char *name, *seed;
	void (*fn)(const char *s, size_t n);
	int rounds;
} rows[] = {
	{ "ini", "; settings\n[run]\nmax_parallel=3\norder = priority\n[tier pro]\nimpl.simple=m\n",
	  ini, 4000 },
	{ "json",
	  "{\"a\":[1,-2.5e3,true,null,\"x\\u00e9\\ud83d\\ude00\\n\"],\"b\":{\"c\":{}},\"n\":12345678901234567890}", json, 4000 },
	{ "run/R/config", "project\trun.max_parallel=3\nflag\ttier pro.review.n=1\n"
			  "env\trun.test=make\n\ttest\n", dump, 400 },
	{ "--set", "tier max-5x.impl.simple=opus", setting, 1000 },
	{ "query", "status=open AND (priority<=1 OR NOT label='a b') AND created>7d AND "
		   "metadata.k=\"x\\\"y\"", query, 4000 },
	{ "time", "next friday at 17:30 +6h 2026-11-20T10:00:00.5Z in 3 days 2 hours ago",
	  moment, 4000 },
	{ "times", "2026-11-20T10:00:00.123456+02:00", moment, 4000 },
	{ "argv", "prog --id={id} 'a {role} b' \"c\\\"{base}\" d\\ e {unknown} {", argv, 4000 },
	{ "merge", "a\nb\nc\nd\na\nB\nc\nd\na\nb\nc\nD\n", merge, 4000 },
	{ "bytes", "a \xe2\x82\xac \xf0\x9f\x92\xa5 \xff \xc3( \xed\xa0\x80 \xc0\xaf "
		   "\xf4\x90\x80\x80", mend, 2000 },
	{ "git config", "[user]\n\tname = \"A \\\"B\\\"\" ; c\n[core]\n bare\n"
			"[extensions \"x.y\"]\n\tobjectformat = sha1\\\n x\n",
	  git_config, 400 },
	{ "config.ini", "[project]\nprefix=x\n[retry]\nmax=1\n[agent a]\ncommand=\"x y\" z\n"
			"prompt=stdin\n[price m]\ninput=1.5\n",
	  settings, 400 },
	{ "store", "format 1\nref refs/heads/beadwave\ntree ../../.beadwave\n", place, 400 },
	{ "packed-refs", "# pack-refs with: peeled fully-peeled sorted\n"
			 "1111111111111111111111111111111111111111 refs/heads/beadwave\n"
	  "ref: refs/heads/main\n^1111111111111111111111111111111111111111\n", packed, 400 },
	{ "attempt.json",
	  "{\"v\":1,\"run\":\"r\",\"issue\":\"x-1\",\"role\":\"impl\",\"n\":1,\"argv\":[\"true\"],\"env\":[\"A=b\"],"
	  "\"cwd\":\"/\",\"stdin\":\"/dev/null\",\"timeout_ms\":1000,\"grace_ms\":1,\"output_max\":0}", attempt, 600 },
	{ "started.json",
	  "{\"pid\":12,\"start_time\":345,\"boot_id\":\"0123\",\"at\":\"2026-11-20T10:00:00Z\"}",
	  began, 400 },
	{ "exit.json",
	  "{\"end\":\"exit\",\"code\":0,\"signal\":0,\"wall_ms\":12,\"started\":\"2026-11-20T10:00:00Z\",\"error\":\"x\"}", ended, 400 },
	{ "stdout.log", "one\ntwo \033[31mred\033[0m\r\xc2\x9b three \xe2\x82\xac\n\n",
	  last_line, 400 },
};

static void run(void **state)
{
	const struct row *r = *state;
	char bytes[600];
	uint64_t seed = 1;

	fuzz_bytes(r->seed, strlen(r->seed), r->rounds, r->fn);
	for (int i = 0; i < 200; i++) {		/* and bytes that were nothing before */
		size_t n = fuzz_next(&seed) % sizeof(bytes);

		for (size_t k = 0; k < n; k++)
			bytes[k] = (char)fuzz_next(&seed);
		r->fn(bytes, n);
	}
}

int main(void)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N];
	int rc;

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ .name = rows[i].name, .test_func = run,
					    .initial_state = (void *)&rows[i] };
	tmp_begin();
	rc = cmocka_run_group_tests_name("fuzz", t, NULL, NULL);
	tmp_end();
	return rc;
}
