/* tests/unit/test_work.c - what runs did: byte-stable INI, unavailable is not zero, nothing
 * unknown is lost */
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
#include "store/base/text.h"
#include "store/work.h"
#include "tests/unit/random_issue.h"

#define FULL \
	"[state]\n" \
	"stage=code\n" \
	"run=20261121T020000Z-1a2b3c4d\n" \
	"base=1111111111111111111111111111111111111111\n" \
	"head=2222222222222222222222222222222222222222\n" \
	"merge_oid=3333333333333333333333333333333333333333\n" \
	"session=s %3B%25\n" \
	"since=2026-11-21T02:00:00.25Z\n" \
	"\n" \
	"[count]\n" \
	"malformed.code=1\n" \
	"redispatch=2\n" \
	"\n" \
	"[code.2]\n" \
	"outcome=running\n" \
	"\n" \
	"[code.10]\n" \
	"outcome=passed\n" \
	"verdict=APPROVE\n" \
	"reviewer=2\n" \
	"wave=1\n" \
	"model=opus\n" \
	"agent=claude\n" \
	"run=20261121T020000Z-1a2b3c4d\n" \
	"started_at=2026-11-21T02:00:00Z\n" \
	"ms=0\n" \
	"user_ms=5\n" \
	"sys_ms=6\n" \
	"maxrss_kb=7\n" \
	"queue_ms=8\n" \
	"exit_code=1\n" \
	"signal=9\n" \
	"tokens=0\n" \
	"tokens_in=11\n" \
	"tokens_out=12\n" \
	"tokens_cache_new=13\n" \
	"tokens_cache_read=14\n" \
	"tool_uses=15\n" \
	"cost_usd=0.1\n" \
	"head=2222222222222222222222222222222222222222\n" \
	"\n" \
	"[impl.1]\n" \
	"outcome=\n" \
	"\n" \
	"[later]\n" \
	"odd = 1\n" \
	"\n" \
	"[impl.1]\n" \
	"new=2\n"

/* Reads and writes; want NULL: the same bytes. */
static struct form_row { const char *what, *text, *want; } forms[] = {
	{ "form_full", FULL, NULL },
	{ "form_empty", "", NULL },
	{ "form_only_count", "[count]\ntest=1\n", NULL },
	{ "form_only_unknown", "\n[x]\na=1\n", NULL },
	{ "form_order",
	  "[impl.2]\noutcome=a\n[code.1]\noutcome=b\n[count]\nz=1\na=2\n[state]\nrun=r\nstage=s\n",
	  "[state]\nstage=s\nrun=r\n\n[count]\na=2\nz=1\n\n[code.1]\noutcome=b\n\n[impl.2]\n"
	  "outcome=a\n" },
	{ "form_section_twice",
	  "[impl.1]\noutcome=a\n[impl.2]\noutcome=b\n[impl.1]\nmodel=m\noutcome=c\n",
	  "[impl.1]\noutcome=c\nmodel=m\n\n[impl.2]\noutcome=b\n" },
	{ "form_count_zero", "[count]\na=0\nb=1\nb=2\n", "[count]\nb=2\n" },
	{ "form_comments_go", "; c\n[state]\n# c\nstage = s\n", "[state]\nstage=s\n" },
	{ "form_not_attempts",
	  "[impl.0]\noutcome=a\n[impl.01]\noutcome=a\n[impl.x]\noutcome=a\n[.1]\noutcome=a\n",
	  "\n[impl.0]\noutcome=a\n\n[impl.01]\noutcome=a\n\n[impl.x]\noutcome=a\n\n[.1]\n"
	  "outcome=a\n" },
	{ "form_crlf", "[state]\r\nstage=s\r\nodd=1\r\n", "[state]\nstage=s\n\n[state]\nodd=1\n" },
	{ "form_zero_is_not_absent", "[impl.1]\nms=0\ntokens=0\ncost_usd=0\nuser_ms=0\n",
	  "[impl.1]\noutcome=\nms=0\ntokens=0\ncost_usd=0\n" },
};

static void parse(struct work *w, const char *s, size_t n, struct arena *a)
{
	struct err e = ERR_INIT;

	if (work_parse(w, s, n, "f", a, &e) < 0)
		fail_msg("%s\nin\n%.*s", e.msg, (int)n, s);
}

static void check_form(void **state)
{
	const struct form_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	BUF_AUTO again = BUF_INIT;
	struct work w;

	parse(&w, r->text, strlen(r->text), &a);
	work_write(&w, &out);
	assert_string_equal(out.s, r->want ? r->want : r->text);
	parse(&w, out.s, out.len, &a);
	work_write(&w, &again);
	assert_string_equal(again.s, out.s);
}

static void check_fields(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	const struct work_attempt *x;
	struct work w;

	(void)state;
	parse(&w, FULL, strlen(FULL), &a);
	assert_string_equal(w.stage, "code");
	assert_string_equal(w.session, "s ;%");
	assert_string_equal(w.merge_oid, "3333333333333333333333333333333333333333");
	assert_int_equal(w.since, 1795226400250000);
	assert_int_equal(work_count_get(&w, "redispatch"), 2);
	assert_int_equal(work_count_get(&w, "malformed.code"), 1);
	assert_int_equal(work_count_get(&w, "test"), 0);
	assert_int_equal(work_attempt_last(&w, "code"), 10);
	assert_int_equal(work_attempt_last(&w, "spec"), 0);
	x = work_attempt_get(&w, "code", 10);
	assert_int_equal(x->reviewer, 2);
	assert_int_equal(x->wave, 1);
	assert_int_equal(x->ms, 0);
	assert_int_equal(x->maxrss_kb, 7);
	assert_int_equal(x->signal, 9);
	assert_int_equal(x->usage.total_tokens, 0);
	assert_int_equal(x->usage.cache_creation_input_tokens, 13);
	assert_int_equal(x->usage.cache_read_input_tokens, 14);
	assert_true(x->usage.cost_usd == 0.1);
	x = work_attempt_get(&w, "code", 2);
	assert_string_equal(x->outcome, "running");
	assert_int_equal(x->ms, -1);
	assert_int_equal(x->usage.total_tokens, -1);
	assert_true(x->usage.cost_usd < 0);
	assert_null(work_attempt_get(&w, "code", 1));
	assert_string_equal(w.unknown, "\n[later]\nodd = 1\n\n[impl.1]\nnew=2\n");
}

static struct refuse_row { const char *what, *text, *why; } refuses[] = {
	{ "refuse_count", "[count]\na=x\n", "f:2: 'x' is no value of a" },
	{ "refuse_time", "[state]\nstage=s\nsince=now\n", "f:3: 'now' is no value of since" },
	{ "refuse_ms", "[impl.1]\nms=-1\n", "f:2: '-1' is no value of ms" },
	{ "refuse_tokens", "[impl.1]\ntokens=\n", "f:2: '' is no value of tokens" },
	{ "refuse_cost", "[impl.1]\ncost_usd=nan\n", "f:2: 'nan' is no value of cost_usd" },
	{ "refuse_exit_code", "[impl.1]\nexit_code=99999999999\n",
	  "f:2: '99999999999' is no value of exit_code" },
	{ "refuse_no_section", "stage=s\n", "f:1: a key before the first section" },
	{ "refuse_conflict", "<<<<<<< a\n[state]\n", "f:1: no '=' after the key" },
};

static void check_refuse(void **state)
{
	const struct refuse_row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	struct err e = ERR_INIT;
	struct work w;

	assert_int_equal(work_parse(&w, r->text, strlen(r->text), "f", &a, &e), ERR_PARSE);
	assert_string_equal(e.msg, r->why);
}

static void check_counts(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct work w;

	(void)state;
	work_init(&w);
	work_count_set(&w, "test", 1, &a);
	work_count_set(&w, "crash", 2, &a);
	work_count_set(&w, "reject", 3, &a);
	work_count_set(&w, "gone", 0, &a);
	work_count_set(&w, "crash", 0, &a);
	work_count_set(&w, "test", 4, &a);
	work_write(&w, &out);
	assert_string_equal(out.s, "[count]\nreject=3\ntest=4\n");
}

static void check_attempts(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct work_attempt *x;
	struct work w;
	const char *const roles[] = { "spec", "code", "impl", "code", "code" };
	const long numbers[] = { 1, 2, 1, 10, 1 };

	(void)state;
	work_init(&w);
	for (int i = 0; i < 5; i++) {
		x = work_attempt_add(&w, roles[i], numbers[i], &a);
		assert_string_equal(x->role, roles[i]);
		assert_string_equal(x->outcome, "");
		assert_int_equal(x->ms, -1);
		assert_int_equal(x->usage.tool_uses, -1);
		x->wave = i;
	}
	assert_int_equal(work_attempt_add(&w, "impl", 1, &a)->wave, 2);
	assert_int_equal(w.nattempt, 5);
	assert_int_equal(w.attempt[0].wave, 4);
	assert_int_equal(w.attempt[1].wave, 1);
	assert_int_equal(w.attempt[2].wave, 3);
	assert_int_equal(w.attempt[3].wave, 2);
	assert_int_equal(w.attempt[4].wave, 0);
}

/* Texts that INI could trip over come back; those too long come back cut, at a character. */
static void check_texts(void **state)
{
	struct random r = { .state = 11 };

	(void)state;
	for (int i = 0; i < 3000; i++) {
		ARENA_AUTO a = ARENA_INIT;
		BUF_AUTO out = BUF_INIT;
		BUF_AUTO again = BUF_INIT;
		struct work w, back;
		struct work_attempt *x;
		const char *got;

		r.a = &a;
		work_init(&w);
		w.session = random_text(&r, pick(&r, 3) == 0);
		x = work_attempt_add(&w, "impl", 1 + (long)pick(&r, 3), &a);
		x->model = random_text(&r, false);
		x->verdict = random_text(&r, false);
		x->usage.cost_usd = pick(&r, 1000000) / 997.0;
		work_write(&w, &out);
		parse(&back, out.s, out.len, &a);
		got = back.session;
		if (strlen(got) < 50)
			assert_string_equal(got, w.session);
		else
			assert_memory_equal(got, w.session, strlen(got));
		assert_true(text_utf8_bad(got, strlen(got)) < 0);
		assert_string_equal(back.attempt[0].model, x->model);
		assert_string_equal(back.attempt[0].verdict, x->verdict);
		assert_true(back.attempt[0].usage.cost_usd == x->usage.cost_usd);
		work_write(&back, &again);
		assert_string_equal(again.s, out.s);
	}
}

static void check_cut(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO text = BUF_INIT;
	BUF_AUTO out = BUF_INIT;
	struct work w;

	(void)state;
	while (text.len < 300)
		buf_adds(&text, "\xc3\xbc");
	work_init(&w);
	w.session = text.s;
	work_write(&w, &out);
	assert_int_equal(out.len, 8 + 198 + 1);
	parse(&w, out.s, out.len, &a);
	assert_int_equal(strlen(w.session), 190);
}

static void one(const char *s, size_t n)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	BUF_AUTO again = BUF_INIT;
	struct err e = ERR_INIT;
	struct work w;

	if (work_parse(&w, s, n, "f", &a, &e) < 0) {
		assert_memory_equal(e.msg, "f:", 2);
		return;
	}
	work_write(&w, &out);
	parse(&w, out.s, out.len, &a);
	work_write(&w, &again);
	assert_string_equal(again.s, out.s);
}

static void check_fuzz(void **state)
{
	(void)state;
	fuzz_bytes(FULL, strlen(FULL), 10000, one);
}

/* 5 MB that are all different; the alarm would end what takes the square of it. */
static struct big_row { const char *what, *format; } bigs[] = {
	{ "big_attempts", "[impl.%d]\noutcome=x\n" },
	{ "big_counts", "[count]\na%d=1\n" },
	{ "big_unknown_keys", "[state]\na%d=1\n" },
	{ "big_unknown_sections", "[a%d]\nb=1\n" },
};

static void check_big(void **state)
{
	const struct big_row *r = *state;
	BUF_AUTO text = BUF_INIT;
	char line[64];

	for (int i = 1; text.len < 5000000; i++) {
		snprintf(line, sizeof(line), "%d", (int)(i * 7919L % 1000003) + 1);
		buf_add(&text, r->format, (size_t)(strchr(r->format, '%') - r->format));
		buf_adds(&text, line);
		buf_adds(&text, strchr(r->format, '%') + 2);
	}
	alarm(60);
	one(text.s, text.len);
	alarm(0);
}

#define ROWS(rows, check) \
	for (size_t i = 0; i < sizeof(rows) / sizeof((rows)[0]); i++) \
		t[n++] = (struct CMUnitTest){ .name = (rows)[i].what, .test_func = check, .initial_state = &(rows)[i] }

int main(int argc, char **argv)
{
	struct CMUnitTest t[48] = {
		cmocka_unit_test(check_fields), cmocka_unit_test(check_counts),
		cmocka_unit_test(check_attempts), cmocka_unit_test(check_texts),
		cmocka_unit_test(check_cut), cmocka_unit_test(check_fuzz),
	};
	size_t n = 6;

	ROWS(forms, check_form);
	ROWS(refuses, check_refuse);
	ROWS(bigs, check_big);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return _cmocka_run_group_tests("work", t, n, NULL, NULL);
}
