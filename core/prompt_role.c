/* What differs by role: how it is asked again, and how it must answer */
#include <string.h>

#include "core/prompt_priv.h"
#include "core/verdict.h"
#include "store/base/buf.h"

#define WORKER "impl refine simplify"

static bool is_role(const struct prompt_input *in, const char *list)
{
	return verdict_role_in(in->role ? in->role : "", list);
}

static bool has(const char *s)
{
	return s && *s;
}

/* A blocker inside a sentence: one line, in quotes. */
static void quoted(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	for (; has(s); s++)
		buf_addc(out, *s == '\n' || *s == '\r' ? ' ' : *s);
	buf_addc(out, '"');
}

static void more_context(const struct prompt_input *in, const char *word, struct buf *out)
{
	buf_addf(out, "## Previous Attempt\n\nThe previous attempt returned %s: ", word);
	quoted(out, in->feedback);
	buf_addc(out, '\n');
	if (has(in->context)) {
		buf_adds(out, "\nHere is the additional context:\n\n");
		prompt_add_text(out, in->context);
	}
	buf_adds(out, "\nAll other instructions below still apply.\n");
}

static void conflict(const struct prompt_input *in, struct buf *out)
{
	buf_adds(out, "## Merge Conflict\n\nYour change and what was merged meanwhile touch the "
		      "same lines. Make both true: keep what the other side does, and what this "
		      "task asks for. The work tree holds your side; merge or rewrite by hand, "
		      "without conflict markers, and run the tests again.\n");
	if (has(in->feedback)) {
		buf_addc(out, '\n');
		prompt_add_text(out, in->feedback);
	}
	if (has(in->ours)) {
		buf_adds(out, "\n### Your side\n\n");
		prompt_add_text(out, in->ours);
	}
	if (has(in->theirs)) {
		buf_adds(out, "\n### The other side\n\n");
		prompt_add_text(out, in->theirs);
	}
}

static void continue_from(const struct prompt_input *in, struct buf *out)
{
	buf_adds(out, "## Previous Attempt\n\nAn earlier attempt ended before it could answer. "
		      "Its work is in this tree: look at it, keep what is right, and go on from "
		      "there.\n\nContinue from:\n\n");
	prompt_add_text(out, has(in->feedback) ? in->feedback :
			"the commits and changes since the base");
}

static void correction(const struct prompt_input *in, struct buf *out)
{
	buf_adds(out, "## Correction\n\nThe last answer could not be read");
	if (has(in->feedback)) {
		buf_adds(out, ": ");
		prompt_add_line(out, in->feedback);
	} else {
		buf_adds(out, ".\n");
	}
	buf_adds(out, "The work itself may be there already: check it. This time the final "
		      "response must contain only the structured verdict.\n");
}

void prompt_addendum(const struct prompt_input *in, struct buf *out)
{
	static const struct { const char *why, *title, *text; } plain[] = {
		{ "fix", "Findings to Fix", "Reviewers looked at your change and found what "
					    "follows. Fix each of them, in this "
		  "tree, on top of what is there. If one is wrong, leave it and say why in your "
		  "summary.\n\n" },
		{ "test", "Failing Tests", "The change was merged with the others and the tests "
					   "failed. Find out why, fix it in "
		  "this tree, and run them again. The end of their output:\n\n" },
	};
	const char *why = in->why ? in->why : "";

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcmp(why, plain[i].why) || !has(in->feedback))
			continue;
		buf_addf(out, "## %s\n\n%s", plain[i].title, plain[i].text);
		prompt_add_text(out, in->feedback);
	}
	if (!strcmp(why, "context"))
		more_context(in, "NEEDS_CONTEXT", out);
	else if (!strcmp(why, "blocked"))
		more_context(in, "BLOCKED", out);
	else if (!strcmp(why, "continue"))
		continue_from(in, out);
	else if (!strcmp(why, "conflict"))
		conflict(in, out);
	else if (!strcmp(why, "correction"))
		correction(in, out);
}

static const char where_to[] =
	"Write one JSON object to the file named by the environment variable BDW_RESULT. If you "
	"cannot write files, end your final message with it in a block like this:\n\n";

static const char worker_object[] =
	"```json\n{\n"
	"  \"status\": \"pass|fail|blocked\",\n"
	"  \"summary\": \"what was done, in one or two sentences\",\n"
	"  \"files_modified\": [\"path\"],\n"
	"  \"files_created\": [\"path\"],\n"
	"  \"test_results\": {\"ran\": 0, \"passed\": 0, \"failed\": 0},\n"
	"  \"blocker\": \"what stops you, what you tried, what would help; null if nothing\",\n"
	"  \"notes\": \"what the next reader must know\",\n"
	"  \"commit\": \"hash, if you committed\",\n"
	"  \"duration_minutes\": 0\n"
	"}\n```\n\n"
	"\"status\" is one word. Besides pass, fail and blocked it may be DONE_WITH_CONCERNS "
	"(done, but read \"notes\") or NEEDS_CONTEXT (something must be told to you: ask for it in "
	"\"blocker\"). A pass is checked: the commit, the files touched, and the tests are looked "
	"at, so say what is.\n\n"
	"Then state **TASK COMPLETE** on a line of its own, and stop.\n\n"
	"An answer in text is read too, as the last thing of your final message:\n\n";

static const char worker_block[] =
	"COMMIT: <hash>\n"
	"FILES: <n> changed (<ins>+/<del>-)\n"
	"TESTS: <pass>/<total> pass, exit <code>\n"
	"SCOPE: CLEAN or VIOLATION\n"
	"CONCERNS: <only with DONE_WITH_CONCERNS>\n"
	"BLOCKER: <only with NEEDS_CONTEXT or BLOCKED>\n";

static const char finding_rows[] =
	"  \"findings\": [\n"
	"    {\"severity\": \"critical|important|minor|suggestion\", \"category\": \"security, "
	"data-loss, error-handling, test-gap, requirement, concurrency, performance, style or "
	"other\", \"file\": \"path\", \"line\": 1, \"text\": \"what is wrong and why it matters\", "
	"\"fix\": \"how to fix it\"}\n"
	"  ]";

static void reviewer_object(const struct prompt_input *in, struct buf *out)
{
	buf_addf(out, "```json\n{\n  \"status\": \"%s\",\n  \"summary\": \"one sentence\",\n%s",
		 verdict_words(in->role), is_role(in, "gate") ? "  \"score\": 0.0,\n" : "");
	buf_adds(out, finding_rows);
	if (is_role(in, "code agg"))
		buf_adds(out,
			 ",\n  \"counts\": {\"critical\": 0, \"important\": 0, \"minor\": 0},\n"
			      "  \"strengths\": [\"text\"],\n  \"uncovered_paths\": [\"file: "
			      "scenario without a test\"],\n"
			      "  \"not_checked\": [\"what you did not look at\"]");
	buf_adds(out, "\n}\n```\n\nAn answer in text is read too, as the last thing of your final "
		      "message:\n\n");
}

static const char *reviewer_block(const struct prompt_input *in)
{
	if (is_role(in, "spec"))
		return "ISSUES: <count> (<one line, or none>)\n";
	if (is_role(in, "code"))
		return "CRITICAL: <n> IMPORTANT: <n> MINOR: <n>\n";
	if (is_role(in, "agg"))
		return "CRITICAL: <n> IMPORTANT: <n> REVIEWERS: <approved>/<total>\n";
	if (is_role(in, "gate"))
		return "SCORE: <0.00 to 1.00>\n";
	return "";
}

void prompt_contract(const struct prompt_input *in, struct buf *out)
{
	buf_adds(out, "## Output\n\n");
	if (is_role(in, WORKER)) {
		buf_adds(out, where_to);
		buf_adds(out, worker_object);
		buf_addf(out, "```\nVERDICT: %s\n%s```\n", verdict_words(in->role), worker_block);
	} else if (is_role(in, "spec code agg gate")) {
		buf_adds(out, where_to);
		reviewer_object(in, out);
		buf_addf(out, "```\nVERDICT: %s\n%s```\n", verdict_words(in->role),
			 reviewer_block(in));
	} else if (is_role(in, "verify")) {
		buf_adds(out, "End your final message with this table, every row filled in (PASS, "
			      "FAIL or N/A), and one verdict line below it:\n\n| Check | Status | "
			      "Key Finding |\n|---|---|---|\n| YAGNI | | |\n| Drift | | |\n"
			      "| Tests | | |\n| Regressions | | |\n| Docs | | |\n| Security | | "
			      "|\n| Rule-of-Five | | |\n\n"
			      "### Verdict: PASS | FAIL | FAIL (CANNOT_VERIFY)\n\n"
			      "List what must be done for a PASS under `## Findings`, one item "
			      "each with `file:line`.\n");
	} else {
		buf_addf(out, "End your final message with\n\n```\nVERDICT: %s\n"
			      "PAIR: <id> <id> <what contradicts what>\n```\n\n"
			      "One PAIR line for each contradiction, none when there is none.\n",
			      verdict_words(in->role));
	}
}
