#include "core/result.h"

#include <string.h>

#include "core/md.h"
#include "core/result_priv.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/text.h"

const char *result_class_name(enum result_class c)
{
	static const char *const names[RESULT_N] = {
		[RESULT_PASSED] = "passed", [RESULT_CONCERNS] = "done_with_concerns",
		[RESULT_REJECTED] = "rejected", [RESULT_CANNOT_VERIFY] = "cannot_verify",
		[RESULT_NEEDS_CONTEXT] = "needs_context", [RESULT_BLOCKED] = "blocked",
		[RESULT_FAILED] = "failed", [RESULT_MALFORMED] = "malformed",
		[RESULT_UNPARSED] = "unparsed", [RESULT_CRASHED] = "crashed",
		[RESULT_TIMEOUT] = "timeout", [RESULT_CANCELLED] = "cancelled",
		[RESULT_LIMITED] = "limited", [RESULT_FATAL] = "fatal",
	};

	return names[c];
}

const char *evidence_name(enum evidence e)
{
	static const char *const names[] = {
		[EVIDENCE_NONE] = "none", [EVIDENCE_FILE] = "result-file",
		[EVIDENCE_STRUCTURED] = "structured", [EVIDENCE_FENCE] = "fence",
		[EVIDENCE_VERDICT] = "verdict", [EVIDENCE_MARKER] = "marker",
		[EVIDENCE_EXIT] = "exit",
	};

	return names[e];
}

static bool is_reviewer(const char *role)
{
	return verdict_role_in(role, "spec code agg gate verify");
}

static void result_init(struct result *r)
{
	*r = (struct result){
		.word = "", .status = "", .reason = "", .summary = "", .notes = "", .blocker = "",
		.concerns = "", .issues = "", .commit = "", .scope = "", .score = -1,
		.tests_ran = -1, .tests_passed = -1, .tests_failed = -1,
		.count = { -1, -1, -1, -1 }, .usage = USAGE_NONE, .session = "", .model = "",
		.text = "", .unparsed_at = -1, .unknown = "",
	};
}

/* "### Summary" and what follows: the first line of it. */
static void summary(struct result *r, struct arena *a)
{
	bool next = false;
	struct md m;
	struct md_line l;

	md_start(&m, r->text, r->ntext);
	while (!*r->summary && md_next(&m, &l)) {
		if (next && (l.kind == MD_TEXT || l.kind == MD_ITEM))
			r->summary = arena_strndup(a, l.text, l.ntext < 400 ? l.ntext : 400);
		else if (l.kind != MD_BLANK)
			next = l.kind == MD_HEADING && md_starts_word(l.text, l.ntext, "summary");
	}
}

/* Findings and lists that stand in the text of a reviewer's report. */
static void read_report(struct result *r, const char *role, struct arena *a)
{
	bool spec_says_no = verdict_role_in(role, "spec verify") && r->meaning == MEANS_REJECT;
	struct report p;

	report_parse(&p, r->text, r->ntext, spec_says_no ? SEV_IMPORTANT : -1, a);
	if (!r->nfinding) {
		r->finding = p.finding;
		r->nfinding = p.nfinding;
	}
	if (!r->review)
		return;
	if (!r->review->strengths.n)
		r->review->strengths = p.strengths;
	if (!r->review->uncovered.n)
		r->review->uncovered = p.uncovered;
	if (!r->review->not_checked.n)
		r->review->not_checked = p.not_checked;
}

static void fill_review(struct result *r, enum answer answer)
{
	struct review *v = r->review;

	v->finding = r->finding;
	v->nfinding = r->nfinding;
	memcpy(v->count, r->count, sizeof(v->count));
	if (answer != ANSWER_OK)
		v->word = REVIEW_UNREADABLE;
	else if (r->meaning == MEANS_PASS)
		v->word = REVIEW_APPROVE;
	else
		v->word = r->meaning == MEANS_FIXES ? REVIEW_WITH_FIXES : REVIEW_REJECT;
	if (v->word == REVIEW_UNREADABLE && !r->nfinding)
		r->review = NULL;
}

static struct review as_review(const struct result *r)
{
	struct review v;

	review_init(&v, 1, REVIEW_REJECT);
	v.finding = r->finding;
	v.nfinding = r->nfinding;
	memcpy(v.count, r->count, sizeof(v.count));
	return v;
}

/* Do findings or counts of this or a higher severity stand against it? */
static bool blocks(const struct result *r, enum severity block_on)
{
	struct review v = as_review(r);

	for (int s = (int)block_on; s < SEV_N; s++)
		if (review_count(&v, (enum severity)s))
			return true;
	return false;
}

static enum result_class say(struct result *r, enum result_class c, const char *reason)
{
	if (reason && !*r->reason)
		r->reason = reason;
	return c;
}

/* A readable yes: findings, counts, scores and failing tests beat the word (B13). */
static enum result_class judge_pass(struct result *r, const struct result_input *in,
				    struct arena *a)
{
	if (is_reviewer(in->role) && blocks(r, in->block_on))
		return say(r, RESULT_REJECTED,
			   arena_printf(a, "%s, but its findings say otherwise", r->word));
	if (verdict_role_in(in->role, "gate") && r->score >= 0 && r->score < in->threshold)
		return say(r, RESULT_REJECTED,
			   arena_printf(a, "score %.2f is below %.2f", r->score, in->threshold));
	if (!is_reviewer(in->role) && r->tests_failed > 0) {
		if (!*r->concerns)
			r->concerns = arena_printf(a, "%ld of %ld tests fail", r->tests_failed,
						   r->tests_ran);
		return RESULT_CONCERNS;
	}
	return RESULT_PASSED;
}

static enum result_class judge_reject(struct result *r, const struct result_input *in,
				      struct arena *a)
{
	struct review v = as_review(r);

	if (verdict_role_in(in->role, "code") && review_empty_reject(&v))
		return say(r, RESULT_MALFORMED, "REJECT without a finding");
	if (!strcmp(r->word, "REFINE") && r->score >= 0 && r->score >= in->threshold)
		return RESULT_PASSED;
	return say(r, RESULT_REJECTED, arena_printf(a, "%s says %s", in->role, r->word));
}

static enum result_class judge(struct result *r, const struct result_input *in, enum answer answer,
			       struct arena *a)
{
	switch (answer) {
	case ANSWER_NONE:
		return say(r, RESULT_UNPARSED, "no verdict");
	case ANSWER_UNPARSED:
		return RESULT_UNPARSED;
	case ANSWER_MALFORMED:
		return RESULT_MALFORMED;
	case ANSWER_OK:
		break;
	}
	switch (r->meaning) {
	case MEANS_PASS:
	case MEANS_FIXES:
		return judge_pass(r, in, a);
	case MEANS_CONCERNS:
		return RESULT_CONCERNS;
	case MEANS_REJECT:
		return judge_reject(r, in, a);
	case MEANS_FAIL:
		return say(r, RESULT_FAILED, *r->summary ? r->summary : "the agent says it failed");
	case MEANS_NEEDS_CONTEXT:
		return say(r, RESULT_NEEDS_CONTEXT, *r->blocker ? r->blocker : "needs context");
	case MEANS_BLOCKED:
		return say(r, RESULT_BLOCKED, *r->blocker ? r->blocker : "blocked");
	case MEANS_CANNOT_VERIFY:
		return say(r, RESULT_CANNOT_VERIFY, *r->issues ? r->issues : "cannot verify");
	case MEANS_NOTHING:
		break;
	}
	return RESULT_MALFORMED;
}

/*
 * bdw ended it, but it had closed its own records (claude, gemini), or its result file
 * was what bdw waited for: then what it said counts, not how it was ended.
 */
static bool said_before_end(const struct result_input *in, const struct agent_out *o,
			    enum answer answer)
{
	bool by_us = in->end == END_TIMEOUT || in->end == END_IDLE;
	bool records = in->format == FORMAT_CLAUDE_JSON || in->format == FORMAT_CLAUDE_STREAM ||
		       in->format == FORMAT_GEMINI_JSON || in->format == FORMAT_GEMINI_STREAM;

	if (in->complete_on_result && in->file && answer == ANSWER_OK)
		return by_us || in->end == END_CANCELLED || in->end == END_SIGNAL;
	return by_us && records && o->ended;
}

/* RESULT_PASSED: it ended well, so what it says decides. */
static enum result_class how_it_ended(struct result *r, const struct result_input *in,
				      struct arena *a)
{
	switch (in->end) {
	case END_SPAWN_FAILED:
		r->agent = AGENT_SPAWN_FAILED;
		return say(r, RESULT_FATAL, "cannot start the agent");
	case END_CANCELLED:
		r->agent = AGENT_KILLED;
		r->reason = "cancelled";
		return RESULT_CANCELLED;
	case END_LOST:
		r->agent = AGENT_KILLED;
		r->reason = "lost: its keeper died";
		return RESULT_CRASHED;
	case END_SIGNAL:
		r->agent = AGENT_KILLED;
		r->reason = arena_printf(a, "signal %d", in->signal);
		return RESULT_CRASHED;
	case END_TIMEOUT:
	case END_IDLE:
		r->agent = AGENT_TIMEOUT;
		r->reason = in->end == END_IDLE ? "no output for too long" : "timed out";
		return RESULT_TIMEOUT;
	case END_EXIT:
	case END_N:
		break;
	}
	return RESULT_PASSED;
}

/* The words of a failed program, its first line. */
static void program_failed(struct result *r, const struct result_input *in, const char *error,
			   struct arena *a)
{
	size_t n = strcspn(error, "\n");

	if (n > 300)
		n = 300;
	if (n)
		r->reason = r->agent == AGENT_ERROR && in->code ?
			arena_printf(a, "exit code %d: %.*s", in->code, (int)n, error) :
			arena_printf(a, "%s: %.*s", agent_class_name(r->agent), (int)n, error);
	else if (in->code)
		r->reason = arena_printf(a, "exit code %d", in->code);
	else
		r->reason = agent_class_name(r->agent);
}

static enum result_class classify(struct result *r, const struct result_input *in,
				  const struct agent_out *o, enum answer answer, struct arena *a)
{
	bool said = said_before_end(in, o, answer);
	enum result_class end = said ? RESULT_PASSED : how_it_ended(r, in, a);

	if (end != RESULT_PASSED)
		return end;
	if (r->agent != AGENT_OK &&
	    !(said && answer == ANSWER_OK && in->file && in->complete_on_result)) {
		program_failed(r, in, o->error, a);
		return agent_class_waits(r->agent) ? RESULT_LIMITED :
		       agent_class_fatal(r->agent) ? RESULT_FATAL : RESULT_FAILED;
	}
	r->agent = AGENT_OK;
	if (in->format != FORMAT_EXIT)
		return judge(r, in, answer, a);
	r->evidence = EVIDENCE_EXIT;
	r->status = "pass";
	r->meaning = verdict_status(in->role, "pass", &r->word);
	r->reason = "";
	r->unparsed_at = -1;
	return RESULT_PASSED;
}

void result_read(struct result *r, const struct result_input *in, struct arena *a)
{
	struct agent_input ai = {
		.format = in->format, .out = in->out, .nout = in->nout, .err = in->err,
		.nerr = in->nerr, .code = in->end == END_EXIT ? in->code : 0, .clock = in->clock,
	};
	struct agent_out o;
	enum answer answer;

	result_init(r);
	agentout_parse(&o, &ai, a);
	r->agent = o.class;
	r->until_us = o.until_us;
	r->usage = o.usage;
	r->usage_cumulative = o.usage_cumulative;
	r->session = o.session;
	r->model = o.model;
	r->text = o.text;
	r->ntext = o.ntext;
	if (verdict_role_in(in->role, "code")) {
		r->review = arena_alloc(a, sizeof(*r->review));
		review_init(r->review, 0, REVIEW_UNREADABLE);
	}
	answer = result_answer(r, in, &o, a);
	result_usage_block(&r->usage, r->text, r->ntext);
	if (is_reviewer(in->role))
		read_report(r, in->role, a);
	if (r->review && in->format == FORMAT_EXIT)
		r->review->word = REVIEW_APPROVE;	/* unless its exit code says no */
	else if (r->review)
		fill_review(r, answer);
	if (!*r->summary)
		summary(r, a);
	r->class = classify(r, in, &o, answer, a);
}

void result_check(struct result *r, const char *role, const char *s, size_t n, struct strs *wrong,
		  struct arena *a)
{
	const struct result_input in = { RESULT_INPUT, .role = role };

	result_init(r);
	r->class = judge(r, &in, result_answer_file(r, role, s, n, wrong, a), a);
	if (r->class == RESULT_UNPARSED || r->class == RESULT_MALFORMED)
		strs_add(wrong, r->reason);
}

void result_feedback(const struct result *r, struct buf *out)
{
	enum { MOST = 4000 };
	const char *s = r->text;
	size_t n = r->ntext, before = out->len;

	findings_write(r->finding, r->nfinding, out);
	if (*r->blocker)
		buf_addf(out, "%s\n", r->blocker);
	else if (!r->nfinding && *r->issues)
		buf_addf(out, "%s\n", r->issues);
	if (out->len == before && (r->evidence == EVIDENCE_FILE || r->evidence == EVIDENCE_FENCE)) {
		if (*r->summary && strcmp(r->summary, r->reason))
			buf_addf(out, "%s\n", r->summary);
		if (*r->notes)
			buf_addf(out, "%s\n", r->notes);
	}
	if (out->len > before)
		return;
	text_trim(&s, &n);
	if (n > MOST) {
		s += n - MOST;
		n = MOST;
		while (n && ((unsigned char)*s & 0xc0) == 0x80) {
			s++;
			n--;
		}
	}
	buf_add(out, s, n);
	if (n)
		buf_addc(out, '\n');
}
