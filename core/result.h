/*
 * core/result.h - what an attempt gave back, out of its files and its end (contract.md 2,
 * decisions B13, B14)
 *
 * A verdict is a fact only where it can be read: an absent, torn or unknown answer is not
 * passed. Found first wins: result.json, the object asked for by schema, the last ```json fence
 * with a known status, the last VERDICT block, the marker. An exit code other than 0, or a
 * signal, is failed whatever was said.
 */
#ifndef CORE_RESULT_H
#define CORE_RESULT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/agentout.h"
#include "core/aggregate.h"
#include "core/verdict.h"
#include "store/attempt.h"
struct buf; struct strs;

enum result_class {
	RESULT_PASSED,
	RESULT_CONCERNS,	/* DONE_WITH_CONCERNS, or done with failing tests */
	RESULT_REJECTED,	/* a reviewer says no, or names what blocks */
	RESULT_CANNOT_VERIFY,
	RESULT_NEEDS_CONTEXT,
	RESULT_BLOCKED,
	RESULT_FAILED,		/* says so, or ended with another exit code than 0 */
	RESULT_MALFORMED,	/* a word of another role; a rejection without a reason */
	RESULT_UNPARSED,	/* nothing that can be read */
	RESULT_CRASHED,		/* a signal, or lost */
	RESULT_TIMEOUT,
	RESULT_CANCELLED,
	RESULT_LIMITED,		/* rate, usage, overload: wait until .until_us, does not count */
	RESULT_FATAL,		/* this agent cannot work: not found, no key, no credit */
	RESULT_N
};
const char *result_class_name(enum result_class c);	/* "passed", "needs_context" ... */

enum evidence {
	EVIDENCE_NONE, EVIDENCE_FILE, EVIDENCE_STRUCTURED, EVIDENCE_FENCE, EVIDENCE_VERDICT,
	EVIDENCE_MARKER, EVIDENCE_EXIT,
};
/* "result-file" "structured" "fence" "verdict" "marker" "exit" */
const char *evidence_name(enum evidence e);

struct result_input {
	const char *role;		/* "impl", "spec", ... */
	enum agent_format format;
	/* bytes of result.json (or of [result] alias); NULL: there is none */
	const char *file;
	size_t nfile;
	const char *out, *err;		/* stdout, end of stderr; NULL: empty */
	size_t nout, nerr;
	enum attempt_end end;
	int code, signal;
	bool accept_marker;
	/* run.complete_on=result: a finished result.json outlives how bdw ended the agent */
	bool complete_on_result;
	enum severity block_on;		/* findings of this or a higher severity reject */
	double threshold;		/* gate.threshold */
	struct agent_clock clock;
};
#define RESULT_INPUT .accept_marker = true, .block_on = SEV_IMPORTANT, .threshold = 0.9

/* Strings are never NULL, "" is absent; numbers are -1 where nothing was said. All in the arena,
 * text may point into the input. */
struct result {
	enum result_class class;
	enum evidence evidence;
	enum agent_class agent;		/* how the program ended */
	int64_t until_us;		/* RESULT_LIMITED: when it may work again; 0 unknown */
	enum meaning meaning;
	const char *word;		/* the role's word: "DONE", "APPROVE" ... */
	const char *status;		/* as it stood there */
	/* why it did not pass, one line: "exit code 3", "signal 9", "no verdict" */
	const char *reason;
	const char *summary, *notes, *blocker, *concerns, *issues, *commit, *scope;
	double score;
	long tests_ran, tests_passed, tests_failed;
	struct texts modified, created;
	struct finding *finding;
	size_t nfinding;
	long count[SEV_N];		/* as it was said; findings may be more */
	/* role code: for the aggregation; NULL when nothing can be read */
	struct review *review;
	struct verdict_pair *pair;	/* role preflight */
	size_t npair;
	struct usage usage;
	bool usage_cumulative;
	const char *session, *model;
	const char *text;		/* the final message */
	size_t ntext;
	/* offset of what could not be read, in result.json or the final message; -1 none */
	long unparsed_at;
	/* members of the result object that bdw does not know: a JSON object, or "" */
	const char *unknown;
};

/* Never fails. role code: give the reviewer's number to .review yourself. */
void result_read(struct result *r, const struct result_input *in, struct arena *a);
/* Only a result file, held against contract.md 2 to the letter: a sentence for each thing that is
 * wrong with it, none when there is nothing. Appends copies. */
void result_check(struct result *r, const char *role, const char *s, size_t n, struct strs *wrong,
		  struct arena *a);
/* The JSON schema of such a file. Appends. */
void result_schema(const char *role, struct buf *out);
/* What the next attempt must hear: findings, issues, blocker, or else the end of the final
 * message. Appends. */
void result_feedback(const struct result *r, struct buf *out);

#endif
