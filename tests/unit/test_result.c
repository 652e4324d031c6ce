/* tests/unit/test_result.c - what an attempt gave back: contract.md 2, decisions B13 and B14,
 * scenarios 16, 18 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "core/result.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "tests/unit/data.h"
#include "tests/unit/fuzz.h"

#define FENCE(json) "```json\n" json "\n```\n"

/* want: "class evidence WORD: reason" */
static struct row {
	const char *what, *role, *file, *out, *want;
} rows[] = {
	/* where the answer stands */
	{ "file_pass", "impl", "{\"status\":\"pass\"}", NULL, "passed result-file DONE:" },
	{ "file_before_fence", "impl", "{\"status\":\"pass\"}", FENCE("{\"status\":\"fail\"}"),
	  "passed result-file DONE:" },
	{ "file_before_verdict", "impl", "{\"status\":\"BLOCKED\",\"blocker\":\"too large\"}",
	  "VERDICT: DONE\n",
	  "blocked result-file BLOCKED: too large" },
	{ "file_torn_is_unparsed", "impl", "{\"status\":\"pa", "VERDICT: DONE\n",
	  "unparsed none : result is no JSON*" },
	{ "file_empty", "impl", " \n", "VERDICT: DONE\n", "unparsed none : result is empty*" },
	{ "file_bom", "impl", "\xef\xbb\xbf{\"status\":\"pass\"}\r\n", "", "passed result-file DONE*" },
	{ "file_no_status", "impl", "{\"summary\":\"x\"}", "VERDICT: DONE\n",
	  "unparsed none : result has no status" },
	{ "file_no_object", "impl", "[1]", "VERDICT: DONE\n",
	  "unparsed none : result is no JSON object" },
	{ "file_two_objects", "impl", "{\"status\":\"pass\"}{}", NULL,
	  "unparsed none : result has text behind its object" },
	{ "file_running", "impl", "{\"status\":\"running\"}", "VERDICT: DONE\n",
	  "unparsed none : result has the unknown status 'running'" },
	{ "file_ok_is_no_status", "impl", "{\"status\":\"ok\"}", NULL,
	  "unparsed none : result has the unknown status 'ok'" },
	{ "file_status_true", "impl", "{\"status\":true}", NULL,
	  "unparsed none : result has no status" },
	{ "file_other_role", "impl", "{\"status\":\"APPROVE\"}", NULL,
	  "malformed result-file APPROVE: status 'APPROVE' is no word of impl*" },
	{ "fence", "impl", NULL, "text\n" FENCE("{\"status\":\"pass\"}"), "passed fence DONE:" },
	{ "fence_last", "impl", NULL,
	  FENCE("{\"status\":\"pass|fail|blocked\"}") "...\n" FENCE("{\"status\":\"failed\"}"),
	  "failed fence failed: the agent says it failed" },
	{ "fence_echo_last", "impl", NULL,
	  FENCE("{\"status\":\"success\"}") FENCE("{\"status\":\"pass|fail|blocked\"}"),
	  "passed fence DONE:" },
	{ "fence_is_a_sample", "impl", NULL, FENCE("{\"name\":\"x\"}") "VERDICT: DONE\n",
	  "passed verdict DONE:" },
	{ "fence_before_verdict", "impl", NULL, "VERDICT: BLOCKED\n" FENCE("{\"status\":\"pass\"}"),
	  "passed fence DONE:" },
	{ "fence_cut", "impl", NULL, "text\n```json\n{\"status\":\"pa",
	  "unparsed none : no verdict" },
	{ "fence_cut_then_verdict", "impl", NULL, "VERDICT: DONE\n```json\n{\"status\":\"pa",
	  "passed verdict DONE:" },
	{ "fence_after_stray_fence", "impl", NULL, "```\nstray\n" FENCE("{\"status\":\"pass\"}"),
	  "passed fence DONE:" },
	{ "fence_indented", "impl", NULL, "  ```json\n  {\"status\":\"pass\"}\n  ```\n",
	  "passed fence DONE:" },
	{ "fence_other_language", "impl", NULL, "```jsonc\n{\"status\":\"pass\"}\n```\n",
	  "unparsed none : no verdict" },
	{ "fence_other_role", "code", NULL, FENCE("{\"status\":\"DONE\"}"),
	  "malformed fence DONE: status 'DONE' is no word of code*" },
	{ "verdict", "impl", NULL, "VERDICT: DONE\nCOMMIT: abc\n", "passed verdict DONE:" },
	{ "verdict_other_role", "impl", NULL, "VERDICT: PASS\n",
	  "malformed verdict PASS: verdict 'PASS' is no word of impl*" },
	{ "verdict_last_wins", "impl", NULL, "VERDICT: BLOCKED\n\nVERDICT: DONE\n",
	  "passed verdict DONE:" },
	{ "verdict_before_marker", "impl", NULL,
	  "**TASK COMPLETE**\nVERDICT: BLOCKED\nBLOCKER: x\n", "blocked verdict BLOCKED: x" },
	{ "marker", "impl", NULL, "Done.\n**TASK COMPLETE**\n", "passed marker DONE:" },
	{ "marker_plain", "refine", NULL, "TASK COMPLETE", "passed marker DONE:" },
	{ "marker_in_a_sentence", "impl", NULL, "Then state **TASK COMPLETE** and stop.\n",
	  "unparsed none : no verdict" },
	{ "marker_not_for_reviewers", "code", NULL, "**TASK COMPLETE**\n",
	  "unparsed none : no verdict" },
	{ "marker_not_for_spec", "spec", NULL, "TASK COMPLETE\n", "unparsed none : no verdict" },
	{ "prose", "impl", NULL, "All tests pass, everything is done.\n",
	  "unparsed none : no verdict" },
	{ "nothing", "impl", NULL, NULL, "unparsed none : no verdict" },
	/* what implementers say */
	{ "impl_concerns", "impl", NULL, "VERDICT: DONE_WITH_CONCERNS\nCONCERNS: x\n",
	  "done_with_concerns verdict DONE_WITH_CONCERNS:" },
	{ "impl_context", "impl", NULL, "VERDICT: NEEDS_CONTEXT\nBLOCKER: where is x\n",
	  "needs_context verdict NEEDS_CONTEXT: where is x" },
	{ "impl_fail", "impl", "{\"status\":\"fail\",\"summary\":\"no way\"}", NULL,
	  "failed result-file fail: no way" },
	{ "impl_tests_fail", "impl", NULL, "VERDICT: DONE\nTESTS: 10/12 pass, exit 1\n",
	  "done_with_concerns verdict DONE:" },
	{ "impl_tests_fail_json", "impl",
	  "{\"status\":\"pass\",\"test_results\":{\"ran\":5,\"passed\":4,\"failed\":1}}", NULL,
	  "done_with_concerns result-file DONE:" },
	/* counts and findings beat words */
	{ "code_approve", "code", NULL, "VERDICT: APPROVE\nCRITICAL: 0 IMPORTANT: 0 MINOR: 3\n",
	  "passed verdict APPROVE:" },
	{ "code_approve_important", "code", NULL,
	  "VERDICT: APPROVE\nCRITICAL: 0 IMPORTANT: 1 MINOR: 0\n",
	  "rejected verdict APPROVE: APPROVE, but its findings say otherwise" },
	{ "code_approve_finding", "code",
	  "{\"status\":\"APPROVE\",\"findings\":[{\"severity\":\"critical\",\"text\":\"x\"}]}",
	  NULL,
	  "rejected result-file APPROVE: APPROVE, but its findings say otherwise" },
	{ "code_approve_report", "code", NULL,
	  "### Important\n- no check - a.c:4\n\nVERDICT: APPROVE\n",
	  "rejected verdict APPROVE: APPROVE, but its findings say otherwise" },
	{ "code_finding_without_severity", "code",
	  "{\"status\":\"pass\",\"findings\":[\"leaks - a.c:1\"]}", NULL,
	  "rejected result-file APPROVE: APPROVE, but its findings say otherwise" },
	{ "code_with_fixes", "code", NULL, "VERDICT: WITH_FIXES\n"
					   "CRITICAL: 0 IMPORTANT: 0 MINOR: 2\n",
						   "passed verdict WITH_FIXES:" },
	{ "code_with_fixes_important", "code", NULL, "VERDICT: WITH_FIXES\nIMPORTANT: 1\n",
	  "rejected verdict WITH_FIXES: WITH_FIXES, but its findings say otherwise" },
	{ "code_reject", "code", NULL, "VERDICT: REJECT\nCRITICAL: 1\n",
	  "rejected verdict REJECT: code says REJECT" },
	{ "code_reject_minor", "code", NULL, "### Minor\n- name\n\nVERDICT: REJECT\n",
	  "rejected verdict REJECT: code says REJECT" },
	{ "code_reject_empty", "code", NULL, "VERDICT: REJECT\n",
	  "malformed verdict REJECT: REJECT without a finding" },
	{ "spec_pass", "spec", NULL, "VERDICT: PASS\nISSUES: 0 (none)\n", "passed verdict PASS:" },
	{ "spec_pass_with_issues", "spec", NULL, "VERDICT: PASS\nISSUES: 2 (a; b)\n",
	  "rejected verdict PASS: PASS, but its findings say otherwise" },
	{ "spec_fail", "spec", NULL, "VERDICT: FAIL\nISSUES: 1 (x)\n",
	  "rejected verdict FAIL: spec says FAIL" },
	{ "spec_cannot", "spec", NULL, "VERDICT: CANNOT_VERIFY\nISSUES: 1 (src/b.c:init)\n",
	  "cannot_verify verdict CANNOT_VERIFY: 1 (src/b.c:init)" },
	{ "verify_heading", "verify", NULL, "| YAGNI | PASS | ok |\n### Verdict: PASS\n",
	  "passed verdict PASS:" },
	{ "verify_fail", "verify", NULL, "### Verdict: FAIL\n",
	  "rejected verdict FAIL: verify says FAIL" },
	{ "verify_cannot", "verify", NULL, "### Verdict: FAIL (CANNOT_VERIFY)\n",
	  "cannot_verify verdict CANNOT_VERIFY: cannot verify" },
	{ "gate_pass", "gate", NULL, "VERDICT: PASS\nSCORE: 0.92\n", "passed verdict PASS:" },
	{ "gate_pass_below", "gate", NULL, "VERDICT: PASS\nSCORE: 0.85\n",
	  "rejected verdict PASS: score 0.85 is below 0.90" },
	{ "gate_refine", "gate", NULL, "VERDICT: REFINE\nSCORE: 0.85\n",
	  "rejected verdict REFINE: gate says REFINE" },
	{ "gate_refine_above", "gate", NULL, "VERDICT: REFINE\nSCORE: 0.95\n",
	  "passed verdict REFINE:" },
	{ "gate_fail_above", "gate", NULL, "VERDICT: FAIL\nSCORE: 0.95\n",
	  "rejected verdict FAIL: gate says FAIL" },
	{ "gate_json", "gate", "{\"status\":\"PASS\",\"score\":0.9}", NULL,
	  "passed result-file PASS:" },
	{ "gate_bad_score", "gate", "{\"status\":\"PASS\",\"score\":7}", NULL,
	  "passed result-file PASS:" },
	{ "agg_yes_with_counts", "agg", NULL,
	  "VERDICT: YES\nCRITICAL: 0 IMPORTANT: 2 REVIEWERS: 3/3\n",
	  "rejected verdict YES: YES, but its findings say otherwise" },
	{ "preflight_clean", "preflight", NULL, "VERDICT: CLEAN\n", "passed verdict CLEAN:" },
	{ "preflight_conflict", "preflight", NULL, "VERDICT: CONFLICT\nPAIR: a b x\n",
	  "rejected verdict CONFLICT: preflight says CONFLICT" },
	{ "unknown_role", "monitor", NULL, "VERDICT: PASS\n", "malformed verdict PASS: *" },
};

/* The end beats the words. */
static struct end_row {
	const char *what, *file, *out;
	enum attempt_end end;
	int code;
	const char *want;
} ends[] = {
	{ "exit_code", "{\"status\":\"pass\"}", NULL, END_EXIT, 3,
	  "failed result-file DONE: exit code 3" },
	{ "signal", "{\"status\":\"pass\"}", NULL, END_SIGNAL, 0,
	  "crashed result-file DONE: signal 15" },
	{ "timeout", NULL, "VERDICT: DONE\n", END_TIMEOUT, 0, "timeout verdict DONE: timed out" },
	{ "idle", NULL, NULL, END_IDLE, 0, "timeout none : no output for too long" },
	{ "cancelled", NULL, NULL, END_CANCELLED, 0, "cancelled none : cancelled" },
	{ "lost", NULL, NULL, END_LOST, 0, "crashed none : lost: its keeper died" },
	{ "spawn_failed", NULL, NULL, END_SPAWN_FAILED, 0, "fatal none : cannot start the agent" },
};

static void describe(const struct result *r, struct buf *out)
{
	buf_addf(out, "%s %s %s:%s%s", result_class_name(r->class),
		 evidence_name(r->evidence), r->word,
		 *r->reason ? " " : "", r->reason);
}

static void assert_like(const char *got, const char *want)
{
	size_t n = strlen(want);

	if (n && want[n - 1] == '*' && !strncmp(got, want, n - 1))
		return;
	assert_string_equal(got, want);
}

static void check(void **state)
{
	const struct row *row = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct result_input in = {
		RESULT_INPUT, .role = row->role, .file = row->file,
		.nfile = row->file ? strlen(row->file) : 0, .out = row->out,
		.nout = row->out ? strlen(row->out) : 0,
	};
	struct result r;

	result_read(&r, &in, &a);
	describe(&r, &got);
	assert_like(got.s, row->want);
	assert_true(r.class != RESULT_PASSED || r.unparsed_at < 0);
}

static struct result read_as(const char *role, enum agent_format format, const char *file,
			     const char *out, int code, enum attempt_end end, struct arena *a)
{
	struct result_input in = {
		RESULT_INPUT, .role = role, .format = format, .file = file,
		.nfile = file ? strlen(file) : 0, .out = out, .nout = out ? strlen(out) : 0,
		.end = end, .code = code, .signal = 15,
	};
	struct result r;

	result_read(&r, &in, a);
	return r;
}

static void check_end(void **state)
{
	const struct end_row *row = *state;
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct result r = read_as("impl", FORMAT_TEXT, row->file, row->out, row->code,
				  row->end, &a);

	describe(&r, &got);
	assert_string_equal(got.s, row->want);
}

static void object_fields(void **state)
{
	static const char file[] =
		" {\"status\":\"DONE\",\"summary\":\"sum\",\"files_modified\":[\"a.c\",3,\"b.c\"],\"files_created\":[\"c.c\"],"
		"\"test_results\":{\"ran\":12,\"passed\":12,\"failed\":0},\"notes\":\"n\",\"duration_minutes\":3,\"commit\":\"1a2b\","
		"\"mood\":\"<fine>\",\"list\":[1,{\"x\":null}],"
		"\"usage\":{\"total_tokens\":100,\"tool_uses\":7,\"duration_ms\":5,\"cost_usd\":0.25}}\n";
	ARENA_AUTO a = ARENA_INIT;
	struct result r = read_as("impl", FORMAT_TEXT, file, "", 0, END_EXIT, &a);

	(void)state;
	assert_int_equal(r.class, RESULT_PASSED);
	assert_string_equal(r.summary, "sum");
	assert_string_equal(r.commit, "1a2b");
	assert_string_equal(r.notes, "n");
	assert_int_equal(r.modified.n, 2);
	assert_string_equal(r.modified.v[1], "b.c");
	assert_string_equal(r.created.v[0], "c.c");
	assert_int_equal(r.tests_ran, 12);
	assert_int_equal(r.tests_failed, 0);
	assert_int_equal(r.usage.total_tokens, 100);
	assert_int_equal(r.usage.input_tokens, -1);
	assert_int_equal(r.usage.tool_uses, 7);
	assert_true(r.usage.cost_usd == 0.25);
	assert_string_equal(r.unknown, "{\"mood\":\"<fine>\",\"list\":[1,{\"x\":null}]}");
}

static void findings_of_an_object(void **state)
{
	static const char file[] =
		"{\"status\":\"REJECT\",\"counts\":{\"critical\":0,\"important\":2,\"minor\":-1},\"not_checked\":[\"tty\"],"
		"\"findings\":[{\"severity\":\"Minor\",\"category\":\"Error_Handling\",\"file\":\"./a.c\",\"line\":40,\"text\":\"t\","
		"\"fix\":\"f\"},\"loses data - b.c:2\",7]}";
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO out = BUF_INIT;
	struct result r = read_as("code", FORMAT_TEXT, file, "", 0, END_EXIT, &a);

	(void)state;
	assert_int_equal(r.class, RESULT_REJECTED);
	assert_int_equal(r.nfinding, 2);
	assert_string_equal(r.finding[0].file, "a.c");
	assert_string_equal(r.finding[0].category, "error-handling");
	assert_int_equal(r.finding[1].severity, SEV_IMPORTANT);
	assert_int_equal(r.finding[1].line, 2);
	assert_int_equal(r.count[SEV_MINOR], -1);
	assert_non_null(r.review);
	assert_int_equal(r.review->word, REVIEW_REJECT);
	assert_int_equal(r.review->not_checked.n, 1);
	result_feedback(&r, &out);
	assert_string_equal(out.s, "- Minor: t \u2014 a.c:40\n  Fix: f\n"
				   "- Important: loses data \u2014 b.c:2\n");
}

/* A reviewer whose findings can be read but whose verdict cannot: Important and No, after its
 * second chance (7.1.7). */
static void unreadable_review(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct result r = read_as("code", FORMAT_TEXT, NULL, "### Minor\n- name - a.c:1\n", 0,
				  END_EXIT, &a);

	(void)state;
	assert_int_equal(r.class, RESULT_UNPARSED);
	assert_non_null(r.review);
	assert_int_equal(r.review->word, REVIEW_UNREADABLE);
	r = read_as("code", FORMAT_TEXT, NULL, "looks good to me\n", 0, END_EXIT, &a);
	assert_int_equal(r.class, RESULT_UNPARSED);
	assert_null(r.review);
}

static void spec_findings(void **state)
{
	static const char out[] = "## Findings\n- the flag is missing - cmd/run.c:3\n\n"
				  "VERDICT: FAIL\nISSUES: 1 (flag)\n";
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO said = BUF_INIT;
	struct result r = read_as("spec", FORMAT_TEXT, NULL, out, 0, END_EXIT, &a);

	(void)state;
	assert_int_equal(r.nfinding, 1);
	buf_adds(&said, "before\n");
	result_feedback(&r, &said);
	assert_string_equal(said.s,
			    "before\n- Important: the flag is missing \u2014 cmd/run.c:3\n");
	r = read_as("spec", FORMAT_TEXT, NULL, "## Findings\n- all is there\n\nVERDICT: PASS\n", 0,
		    END_EXIT, &a);
	assert_int_equal(r.class, RESULT_PASSED);
}

static void feedback_falls_back(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO one = BUF_INIT;
	BUF_AUTO two = BUF_INIT;
	struct result r = read_as("impl", FORMAT_TEXT, NULL, "VERDICT: BLOCKED\nBLOCKER: a\nb\n", 0,
				  END_EXIT, &a);

	(void)state;
	result_feedback(&r, &one);
	assert_string_equal(one.s, "a\nb\n");
	r = read_as("spec", FORMAT_TEXT, NULL, "I do not know.\n", 0, END_EXIT, &a);
	result_feedback(&r, &two);
	assert_string_equal(two.s, "I do not know.\n");
}

static void usage_in_text(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct result r = read_as("impl", FORMAT_TEXT, NULL,
		"<usage>\ntotal_tokens: 1\n</usage>\nVERDICT: DONE\n<usage>\ntotal_tokens: 1200\n"
		"tool_uses: x\nduration_ms: 9\n</usage>\n",
		0, END_EXIT, &a);

	(void)state;
	assert_int_equal(r.usage.total_tokens, 1200);
	assert_int_equal(r.usage.tool_uses, -1);
	r = read_as("impl", FORMAT_TEXT, NULL, "VERDICT: DONE\n<usage>total_tokens: 41200\ntool_uses: 12</usage> 3\n"
			"tool_uses: 99\n", 0, END_EXIT, &a);
	assert_int_equal(r.usage.total_tokens, 41200);
	assert_int_equal(r.usage.tool_uses, 12);
	r = read_as("impl", FORMAT_TEXT,
		    "{\"status\":\"pass\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}",
		    "<usage>\ntotal_tokens: 1200\ntool_uses: 2\n</usage>", 0, END_EXIT, &a);
	assert_int_equal(r.usage.total_tokens, 7);
	assert_int_equal(r.usage.tool_uses, 2);
	r = read_as("impl", FORMAT_TEXT, NULL, "VERDICT: DONE\n", 0, END_EXIT, &a);
	assert_int_equal(r.usage.total_tokens, -1);
	assert_true(r.usage.cost_usd < 0);
}

static void torn_offsets(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct result r = read_as("impl", FORMAT_TEXT, "  {\"status\":\"pa", NULL, 0, END_EXIT, &a);

	(void)state;
	assert_int_equal(r.unparsed_at, 15);
	r = read_as("impl", FORMAT_TEXT, NULL, "text\n```json\n{\"status\":\"pa", 0, END_EXIT, &a);
	assert_int_equal(r.unparsed_at, 5);
	r = read_as("impl", FORMAT_TEXT, NULL, "text\n", 0, END_EXIT, &a);
	assert_int_equal(r.unparsed_at, -1);
}

static void exit_only(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	BUF_AUTO got = BUF_INIT;
	struct result r = read_as("code", FORMAT_EXIT, NULL, "VERDICT: REJECT\n", 0, END_EXIT, &a);

	(void)state;
	describe(&r, &got);
	assert_string_equal(got.s, "passed exit APPROVE:");
	assert_int_equal(read_as("impl", FORMAT_EXIT, NULL, NULL, 1, END_EXIT, &a).class,
			 RESULT_FAILED);
	assert_int_equal(read_as("impl", FORMAT_EXIT, NULL, NULL, 0, END_TIMEOUT, &a).class,
			 RESULT_TIMEOUT);
}

static void marker_switched_off(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct result_input in = { RESULT_INPUT, .role = "impl", .out = "TASK COMPLETE\n",
				   .nout = 14 };
	struct result r;

	(void)state;
	in.accept_marker = false;
	result_read(&r, &in, &a);
	assert_int_equal(r.class, RESULT_UNPARSED);
}

static void block_on(void **state)
{
	static const char out[] = "VERDICT: WITH_FIXES\nCRITICAL: 0 IMPORTANT: 1 MINOR: 1\n";
	static const struct { enum severity on; enum result_class want; } cases[] = {
		{ SEV_CRITICAL, RESULT_PASSED }, { SEV_IMPORTANT, RESULT_REJECTED },
		{ SEV_MINOR, RESULT_REJECTED },
	};
	ARENA_AUTO a = ARENA_INIT;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct result_input in = { RESULT_INPUT, .role = "code", .out = out,
					   .nout = sizeof(out) - 1 };
		struct result r;

		in.block_on = cases[i].on;
		result_read(&r, &in, &a);
		assert_int_equal(r.class, cases[i].want);
	}
}

static void structured_object(void **state)
{
	static const char ok[] =
		"{\"type\":\"result\",\"is_error\":false,\"session_id\":\"s\",\"result\":\"VERDICT: BLOCKED\","
				 "\"structured_output\":{\"status\":\"pass\",\"summary\":\"x\"},\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}";
	ARENA_AUTO a = ARENA_INIT;
	struct result r = read_as("impl", FORMAT_CLAUDE_STREAM, NULL, ok, 0, END_EXIT, &a);

	(void)state;
	assert_int_equal(r.evidence, EVIDENCE_STRUCTURED);
	assert_int_equal(r.class, RESULT_PASSED);
	assert_string_equal(r.session, "s");
	assert_int_equal(r.usage.total_tokens, 3);
}

/* B13: what stands in the closing record counts, not how bdw ended a program that hung behind
 * it. */
static void hang_after_result(void **state)
{
	static const char ok[] =
		"{\"type\":\"result\",\"is_error\":false,\"result\":\"VERDICT: DONE\"}\n";
	static const char bad[] =
		"{\"type\":\"result\",\"is_error\":true,\"api_error_status\":529,\"result\":\"Overloaded\"}\n";
	ARENA_AUTO a = ARENA_INIT;
	struct result_input in = { RESULT_INPUT, .role = "impl", .end = END_CANCELLED,
				   .complete_on_result = true, .file = "{\"status\":\"pass\"}",
				   .nfile = 17 };
	struct result r;

	(void)state;
	assert_int_equal(read_as("impl", FORMAT_CLAUDE_STREAM, NULL, ok, 143, END_TIMEOUT,
				 &a).class, RESULT_PASSED);
	assert_int_equal(read_as("impl", FORMAT_CLAUDE_STREAM, NULL, ok, 0, END_IDLE, &a).class,
			 RESULT_PASSED);
	assert_int_equal(read_as("impl", FORMAT_CLAUDE_STREAM, NULL, bad, 0, END_TIMEOUT, &a).class,
			 RESULT_LIMITED);
	assert_int_equal(read_as("impl", FORMAT_CLAUDE_STREAM, NULL, "", 0, END_TIMEOUT, &a).class,
			 RESULT_TIMEOUT);
	assert_int_equal(read_as("impl", FORMAT_CLAUDE_STREAM, NULL, ok, 143, END_EXIT, &a).class,
			 RESULT_FAILED);
	assert_int_equal(read_as("impl", FORMAT_CLAUDE_STREAM, NULL, ok, 0, END_CANCELLED,
				 &a).class, RESULT_CANCELLED);
	result_read(&r, &in, &a);
	assert_int_equal(r.class, RESULT_PASSED);
	in.complete_on_result = false;
	result_read(&r, &in, &a);
	assert_int_equal(r.class, RESULT_CANCELLED);
}

/* Recorded programs, seen as attempts. */
static struct recorded { const char *file; enum agent_format format; int code; const char *want; } recordings[] = {
	{ "claude-2.1.329-ok.jsonl", FORMAT_CLAUDE_STREAM, 0, "malformed verdict APPROVED: *" },
	{ "claude-2.1.329-429.jsonl", FORMAT_CLAUDE_STREAM, 1,
	  "limited none : rate_limited: API Error*" },
	{ "claude-2.1.329-401.jsonl", FORMAT_CLAUDE_STREAM, 1,
	  "fatal none : auth: Invalid API key*" },
	{ "claude-2.1.329-maxturns.json", FORMAT_CLAUDE_JSON, 1,
	  "failed none : max_turns: Reached*" },
	{ "claude-cut.jsonl", FORMAT_CLAUDE_STREAM, 0, "failed verdict DONE: no_result" },
	{ "cursor-ok.jsonl", FORMAT_CLAUDE_STREAM, 0, "passed verdict DONE:" },
	{ "codex-0.169.0-usage.jsonl", FORMAT_CODEX_JSONL, 1, "limited none : usage_limited: *" },
	{ "aider-ok.txt", FORMAT_AIDER_TEXT, 0, "passed verdict DONE:" },
	{ "aider-401.txt", FORMAT_AIDER_TEXT, 0,
	  "fatal none : auth: litellm.AuthenticationError*" },
};

static void recorded_programs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
		ARENA_AUTO a = ARENA_INIT;
		BUF_AUTO name = BUF_INIT;
		BUF_AUTO data = BUF_INIT;
		BUF_AUTO got = BUF_INIT;
		struct result r;

		buf_addf(&name, "tests/data/agents/%s", recordings[i].file);
		assert_true(data_read(name.s, &data));
		r = read_as("impl", recordings[i].format, NULL, data.s, recordings[i].code,
			    END_EXIT, &a);
		describe(&r, &got);
		assert_like(got.s, recordings[i].want);
	}
}

static void summary_of_text(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	struct result r = read_as("impl", FORMAT_TEXT, NULL, "### Summary\n\nDid it all.\nMore.\n"
							     "\nVERDICT: DONE\n", 0, END_EXIT, &a);

	(void)state;
	assert_string_equal(r.summary, "Did it all.");
}

static void check_file(void **state)
{
	ARENA_AUTO a = ARENA_INIT;
	static const struct { const char *role, *text, *wrong; } files[] = {
		{ "impl", "{\"status\":\"pass\"}", "" },
		{ "impl", "{\"status\":\"pass\",\"blocker\":null,\"mine\":[1]}", "" },
		{ "impl", "{\"status\":\"fail\",\"test_results\":{\"ran\":2,\"passed\":1.0}}", "" },
		{ "impl", "{\"status\":\"PASS\"}", "status 'PASS' is no word of impl "
		  "(DONE|DONE_WITH_CONCERNS|NEEDS_CONTEXT|BLOCKED);" },
		{ "impl", "{", "result is no JSON*" },
		{ "impl", "\xef\xbb\xbf{\"status\":\"pass\",\"score\":-1}",
		  "score wants a number from 0 to 1, and is -1;" },
		{ "impl", "[]", "result is no JSON object;" },
		{ "impl", "{\"score\":7}", "score wants a number from 0 to 1, "
		  "and is 7;result has no status;" },
		{ "impl", "{\"status\":\"pass\"} x", "result has text behind its object;" },
		{ "impl", "{\"status\":\"pass\",\"files_modified\":[\"a\",2],\"files_created\":\"b\"}",
		  "files_modified[1] wants text, and is 2;"
		  "files_created wants a list of texts, and is \"b\";" },
		{ "impl", "{\"status\":\"pass\",\"test_results\":{\"ran\":-1,\"passed\":\"3\"}}",
		  "test_results.ran wants a whole number from 0, and is -1;"
		  "test_results.passed wants a whole number from 0, and is \"3\";" },
		{ "code", "{\"status\":\"WITH_FIXES\",\"findings\":[{\"severity\":\"major\",\"line\":3},1]}",
		  "findings[0].severity wants critical, important, minor or suggestion, and is "
		  "\"major\";findings[1] wants an object, and is 1;" },
		{ "code", "{\"status\":\"REJECT\"}", "REJECT without a finding;" },
		{ "spec", "{\"status\":\"FAIL\"}", "" },
	};
	struct result r;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		STRS_AUTO wrong = { 0 };
		BUF_AUTO got = BUF_INIT;

		result_check(&r, files[i].role, files[i].text, strlen(files[i].text), &wrong, &a);
		for (size_t k = 0; k < wrong.n; k++)
			buf_addf(&got, "%s;", wrong.v[k]);
		assert_like(got.s, files[i].wrong);
	}
}

static void any_bytes(const char *s, size_t n)
{
	static const char *const roles[] = { "impl", "spec", "code", "verify" };

	for (size_t i = 0; i < 4; i++) {
		ARENA_AUTO a = ARENA_INIT;
		BUF_AUTO out = BUF_INIT;
		struct result_input in = { RESULT_INPUT, .role = roles[i], .out = s, .nout = n };
		struct result r;

		if (i % 2) {
			in.file = s;
			in.nfile = n;
		}
		result_read(&r, &in, &a);
		result_feedback(&r, &out);
		assert_true(r.class == RESULT_PASSED || r.class == RESULT_CONCERNS || *r.reason);
		assert_true(r.evidence != EVIDENCE_NONE || r.class != RESULT_PASSED);
	}
}

static void fuzz(void **state)
{
	static const char text[] =
		"## Findings\n### Minor\n- x - a.c:1\n" FENCE("{\"status\":\"APPROVE\",\"usage\":{\"total_tokens\":9}}")
				   "<usage>\ntotal_tokens: 5\n</usage>\nVERDICT: DONE\nCOMMIT: a\n"
				   "TASK COMPLETE\n";
	static const char file[] =
		"{\"status\":\"FAIL\",\"findings\":[{\"severity\":\"minor\",\"line\":3,\"text\":\"x\"},\"y\"],"
				   "\"counts\":{\"critical\":1},\"test_results\":{\"ran\":true},\"z\":[[{}]]}";

	(void)state;
	fuzz_bytes(text, sizeof(text) - 1, 1500, any_bytes);
	fuzz_bytes(file, sizeof(file) - 1, 1500, any_bytes);
}

int main(int argc, char **argv)
{
	enum { N = sizeof(rows) / sizeof(rows[0]), NEND = sizeof(ends) / sizeof(ends[0]) };
	const struct CMUnitTest more[] = {
		cmocka_unit_test(object_fields), cmocka_unit_test(findings_of_an_object),
		cmocka_unit_test(unreadable_review), cmocka_unit_test(spec_findings),
		cmocka_unit_test(feedback_falls_back), cmocka_unit_test(usage_in_text),
		cmocka_unit_test(torn_offsets), cmocka_unit_test(exit_only),
		cmocka_unit_test(marker_switched_off), cmocka_unit_test(block_on),
		cmocka_unit_test(structured_object), cmocka_unit_test(hang_after_result),
		cmocka_unit_test(recorded_programs), cmocka_unit_test(summary_of_text),
		cmocka_unit_test(check_file), cmocka_unit_test(fuzz),
	};
	struct CMUnitTest t[N + NEND + sizeof(more) / sizeof(more[0])];

	for (size_t i = 0; i < N; i++)
		t[i] = (struct CMUnitTest){ rows[i].what, check, NULL, NULL, &rows[i] };
	for (size_t i = 0; i < NEND; i++)
		t[N + i] = (struct CMUnitTest){ ends[i].what, check_end, NULL, NULL, &ends[i] };
	memcpy(&t[N + NEND], more, sizeof(more));
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	return cmocka_run_group_tests(t, NULL, NULL);
}
