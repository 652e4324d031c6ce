/* tests/unit/test_verdict.c - the verdict grammar of every role (spec/pipeline.md 8, scenario
 * 18) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/verdict.h"
#include "store/base/buf.h"
#include "tests/unit/fuzz.h"

/* state word, then what was said of: C I M S counts, N issues, T tests, R reviewers, score, and
 * texts */
static struct row { const char *what, *role, *in, *want; } rows[] = {
	{ "impl_done", "impl",
	  "### Evidence\nbla\n\nVERDICT: DONE\nCOMMIT: 1a2b3c4\nFILES: 3 changed (10+/2-)\n"
	  "TESTS: 12/12 pass, exit 0\n"
	  "SCOPE: CLEAN\nREPORT_PERSISTED: YES\n",
	  "ok DONE T12/12/0 commit=1a2b3c4 files=3 changed (10+/2-) scope=CLEAN" },
	{ "impl_concerns", "impl",
	  "VERDICT: DONE_WITH_CONCERNS\nCONCERNS: slow\nand big\n\nnot this\n",
	  "ok DONE_WITH_CONCERNS concerns=slow\nand big" },
	{ "impl_blocked", "impl", "VERDICT: BLOCKED\nBLOCKER: multiple approaches\n",
	  "ok BLOCKED blocker=multiple approaches" },
	{ "impl_context", "refine", "VERDICT: NEEDS_CONTEXT\nBLOCKER: can't find x",
	  "ok NEEDS_CONTEXT blocker=can't find x" },
	{ "impl_says_pass", "impl", "VERDICT: PASS\n", "malformed PASS" },
	{ "impl_prose", "impl", "All tests pass. Done.\n", "none" },
	{ "impl_last_wins", "impl",
	  "VERDICT: BLOCKED\nBLOCKER: x\n\nfixed it.\nVERDICT: DONE\nCOMMIT: abc\n",
	  "ok DONE commit=abc" },
	{ "impl_last_is_wrong", "impl", "VERDICT: DONE\nVERDICT: APPROVE\n", "malformed APPROVE" },
	{ "spec_pass", "spec", "VERDICT: PASS\nISSUES: 0 (none)\n", "ok PASS N0 issues=0 (none)" },
	{ "spec_fail", "spec", "VERDICT: FAIL\nISSUES: 2 (a; b)\n", "ok FAIL N2 issues=2 (a; b)" },
	{ "spec_cannot", "spec", "VERDICT: CANNOT_VERIFY\n", "ok CANNOT_VERIFY" },
	{ "spec_says_done", "spec", "VERDICT: DONE\n", "malformed DONE" },
	{ "code_counts_one_line", "code", "VERDICT: APPROVE\nCRITICAL: 0 IMPORTANT: 1 MINOR: 12\n",
	  "ok APPROVE C0 I1 M12" },
	{ "code_counts_lines", "code",
	  "VERDICT: REJECT\nCRITICAL: 2\nIMPORTANT: 0\nSUGGESTION: 4\n", "ok REJECT C2 I0 S4" },
	{ "code_with_fixes", "code", "VERDICT: WITH_FIXES\n", "ok WITH_FIXES" },
	{ "code_approved_is_no_word", "code", "VERDICT: APPROVED\n", "malformed APPROVED" },
	{ "code_not_approved", "code", "VERDICT: NOT APPROVED\n", "malformed NOT" },
	{ "code_huge_count", "code", "VERDICT: APPROVE\nCRITICAL: 99999999999999999999\n",
	  "ok APPROVE" },
	{ "code_negative_count", "code", "VERDICT: APPROVE\nCRITICAL: -1\n", "ok APPROVE" },
	{ "agg", "agg", "VERDICT: NO\nCRITICAL: 0 IMPORTANT: 1 REVIEWERS: 2/3\n",
	  "ok NO C0 I1 R2/3" },
	{ "gate_score", "gate", "VERDICT: REFINE\nSCORE: 0.85\n", "ok REFINE score=0.85" },
	{ "gate_percent", "gate", "VERDICT: PASS\nSCORE: 92%\n", "ok PASS score=0.92" },
	{ "gate_bad_score", "gate", "VERDICT: PASS\nSCORE: 9.2\n", "ok PASS" },
	{ "gate_nan", "gate", "VERDICT: PASS\nSCORE: nan\n", "ok PASS" },
	{ "verify_line", "verify", "VERDICT: FAIL\n", "ok FAIL" },
	{ "verify_heading", "verify", "| YAGNI | PASS | ok |\n\n### Verdict: PASS\n", "ok PASS" },
	{ "verify_heading_cannot", "verify", "## Verdict:  FAIL (CANNOT_VERIFY)\n",
	  "ok CANNOT_VERIFY" },
	{ "verify_heading_question", "verify",
	  "### Verdict: PASS | FAIL | FAIL (CANNOT_VERIFY)\n", "none" },
	{ "verify_heading_other", "verify", "### Verdict: PASSED\n", "none" },
	{ "verify_later_wins", "verify", "### Verdict: PASS\nVERDICT: FAIL\n", "ok FAIL" },
	{ "heading_only_for_verify", "spec", "### Verdict: PASS\n", "none" },
	{ "preflight_clean", "preflight", "VERDICT: CLEAN\n", "ok CLEAN" },
	{ "preflight_pairs", "preflight",
	  "VERDICT: CONFLICT\nPAIR: e.1 e.2 both define /login\nPAIR: e.3\nPAIR: e.4 e.5\n",
	  "ok CONFLICT pair=e.1,e.2,both define /login pair=e.4,e.5," },
	{ "echo_of_the_question", "impl",
	  "VERDICT: DONE|DONE_WITH_CONCERNS|NEEDS_CONTEXT|BLOCKED\n", "none" },
	{ "echo_with_blanks", "impl", "VERDICT: DONE | BLOCKED\n", "none" },
	{ "answer_before_echo", "impl", "VERDICT: DONE\nVERDICT: DONE|BLOCKED\n", "ok DONE" },
	{ "not_at_line_start", "impl",
	  " VERDICT: DONE\n> VERDICT: DONE\n**VERDICT: DONE**\n", "none" },
	{ "in_a_fence", "impl", "```\nVERDICT: DONE\nCOMMIT: abc\n```\n", "ok DONE commit=abc" },
	{ "lower_case", "impl", "VERDICT: done\nverdict: DONE\n", "none" },
	{ "longer_word", "impl", "VERDICT: DONEx\n", "none" },
	{ "words_behind", "spec", "VERDICT: PASS - all there\n", "ok PASS" },
	{ "crlf", "impl", "VERDICT: DONE\r\nCOMMIT: abc\r\n", "ok DONE commit=abc" },
	{ "tab", "impl", "VERDICT:\tDONE", "ok DONE" },
	{ "no_blank", "impl", "VERDICT:DONE", "ok DONE" },
	{ "fence_ends_text", "impl", "VERDICT: BLOCKED\nBLOCKER: x\n```\ny\n",
	  "ok BLOCKED blocker=x" },
	{ "keys_after_blank_line", "impl", "VERDICT: DONE\n\nCOMMIT: abc\n", "ok DONE commit=abc" },
	{ "unknown_role", "monitor", "VERDICT: PASS\n", "malformed PASS" },
	{ "empty", "impl", "", "none" },
};

static void describe(const struct verdict *v, enum verdict_state state, struct buf *out)
{
	static const char letters[] = "SMIC";

	buf_adds(out, state == VERDICT_NONE ? "none" : state == VERDICT_OK ? "ok " : "malformed ");
	buf_adds(out, v->word);
	for (int i = SEV_N - 1; i >= 0; i--)
		if (v->count[i] >= 0)
			buf_addf(out, " %c%ld", letters[i], v->count[i]);
	if (v->nissues >= 0)
		buf_addf(out, " N%ld", v->nissues);
	if (v->tests_passed >= 0)
		buf_addf(out, " T%ld/%ld/%ld", v->tests_passed, v->tests_total, v->tests_exit);
	if (v->reviewers >= 0)
		buf_addf(out, " R%ld/%ld", v->approved, v->reviewers);
	if (v->score >= 0)
		buf_addf(out, " score=%g", v->score);
	const struct { const char *name, *text; } texts[] = {
		{ "commit", v->commit }, { "files", v->files }, { "scope", v->scope },
		{ "concerns", v->concerns }, { "blocker", v->blocker }, { "issues", v->issues },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (*texts[i].text)
			buf_addf(out, " %s=%s", texts[i].name, texts[i].text);
	for (size_t i = 0; i < v->npair; i++)
		buf_addf(out, " pair=%s,%s,%s", v->pair[i].a, v->pair[i].b, v->pair[i].reason);
}

static void check(void **state)
{
	const struct row *r = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct verdict v;

	describe(&v, verdict_parse(&v, r->role, r->in, strlen(r->in), &a), &got);
	assert_string_equal(got.s, r->want);
}

static struct status_row { const char *role, *status, *word; enum meaning want; } statuses[] = {
	{ "impl", "pass", "DONE", MEANS_PASS },
	{ "impl", "success", "DONE", MEANS_PASS },
	{ "impl", "failed", "failed", MEANS_FAIL },
	{ "impl", "blocked", "BLOCKED", MEANS_BLOCKED },
	{ "impl", "DONE_WITH_CONCERNS", "DONE_WITH_CONCERNS", MEANS_CONCERNS },
	{ "impl", "PASS", "PASS", MEANS_NOTHING },
	{ "impl", "ok", "ok", MEANS_NOTHING },
	{ "spec", "pass", "PASS", MEANS_PASS },
	{ "spec", "fail", "FAIL", MEANS_REJECT },
	{ "spec", "CANNOT_VERIFY", "CANNOT_VERIFY", MEANS_CANNOT_VERIFY },
	{ "code", "pass", "APPROVE", MEANS_PASS },
	{ "code", "fail", "REJECT", MEANS_REJECT },
	{ "code", "WITH_FIXES", "WITH_FIXES", MEANS_FIXES },
	{ "code", "blocked", "blocked", MEANS_BLOCKED },
	{ "agg", "success", "YES", MEANS_PASS },
	{ "gate", "fail", "REFINE", MEANS_REJECT },
	{ "preflight", "fail", "CONFLICT", MEANS_REJECT },
	{ "impl", "pass|fail|blocked", "pass|fail|blocked", MEANS_NOTHING },
};

static void status_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		const char *word;

		assert_int_equal(verdict_status(statuses[i].role, statuses[i].status, &word),
				 statuses[i].want);
		assert_string_equal(word, statuses[i].word);
	}
	assert_true(verdict_word_known("PASS"));
	assert_true(verdict_word_known("failed"));
	assert_false(verdict_word_known("running"));
}

static void words_for_prompts(void **state)
{
	static const char *const roles[] = { "impl", "spec", "code", "agg", "gate", "refine",
					     "verify", "simplify", "preflight" };

	(void)state;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		ARENA_AUTO a = ARENA_INIT;
		char *list = arena_strdup(&a, verdict_words(roles[i])), *save;

		assert_true(*list);
		for (char *w = strtok_r(list, "|", &save); w; w = strtok_r(NULL, "|", &save))
			assert_int_not_equal(verdict_meaning(roles[i], w), MEANS_NOTHING);
	}
	assert_string_equal(verdict_words("monitor"), "");
	assert_int_equal(verdict_meaning("", "PASS"), MEANS_NOTHING);
	assert_int_equal(verdict_meaning("imp", "DONE"), MEANS_NOTHING);
}

static void any_bytes(const char *s, size_t n)
{
	static const char *const roles[] = { "impl", "verify", "preflight", "" };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		ARENA_AUTO a = ARENA_INIT;
		struct verdict v;
		enum verdict_state state = verdict_parse(&v, roles[i], s, n, &a);

		assert_int_equal(state == VERDICT_OK, v.meaning != MEANS_NOTHING);
		assert_true(state == VERDICT_NONE || v.at < n);
		assert_true(v.score <= 1);
	}
}

static void fuzz(void **state)
{
	static const char seed[] = "text\n### Verdict: FAIL (CANNOT_VERIFY)\nVERDICT: DONE\n"
				   "COMMIT: abc\nTESTS: 1/2 pass, exit 3\n"
				   "CRITICAL: 1 IMPORTANT: 2 MINOR: 3 REVIEWERS: 1/3\nSCORE: 0.9\n"
				   "PAIR: a b c\nBLOCKER: x\ny\n";

	(void)state;
	fuzz_bytes(seed, sizeof(seed) - 1, 3000, any_bytes);
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]) };
	struct CMUnitTest t[N + 3];

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ rows[i].what, check, NULL, NULL, &rows[i] };
	t[N] = (struct CMUnitTest)cmocka_unit_test(status_words);
	t[N + 1] = (struct CMUnitTest)cmocka_unit_test(words_for_prompts);
	t[N + 2] = (struct CMUnitTest)cmocka_unit_test(fuzz);
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
