/* store/work.h - work/HH/ID.ini: what runs did for an issue (decisions B22) */
#ifndef STORE_WORK_H
#define STORE_WORK_H
#include <stddef.h>
#include <stdint.h>
#include "store/base/arena.h"
struct buf; struct err;

/* Sums over one attempt, or (added up) over many. A token field nobody reported is -1:
 * unavailable, never 0. */
struct usage {
	int64_t total_tokens, input_tokens, output_tokens, cache_creation_input_tokens,
		cache_read_input_tokens;
	int64_t tool_uses;
	double cost_usd;	/* < 0: not reported */
};
#define USAGE_NONE { -1, -1, -1, -1, -1, -1, -1 }

/* [ROLE.N]: one attempt, recorded when it started (outcome "running") and completed when it
 * ended. */
struct work_attempt {
	const char *role;
	long n;
	long reviewer;		/* 0: not a code review */
	long wave;
	/* running passed failed blocked timeout crashed cancelled unparsed lost */
	const char *outcome;
	const char *verdict;	/* the word: DONE, PASS, APPROVE, ... or "" */
	const char *evidence;	/* what it was read from: result-file, verdict, marker, ... or "" */
	const char *model, *agent, *run;
	int64_t started_at;	/* us */
	int64_t ms;		/* wall, bdw's own clock; -1 while running */
	int64_t user_ms, sys_ms, maxrss_kb, queue_ms;
	int exit_code, signal;
	struct usage usage;
	const char *head;	/* commit it was about, hex or "" */
};
/* redispatch reject test crash fail timeout strength malformed.ROLE */
struct work_count { const char *name; long n; };

struct work {
	const char *stage;	/* name of the pipeline stage, "" none */
	const char *run;	/* run id */
	const char *base, *head, *merge_oid;	/* hex or "" */
	const char *session;	/* agent session to resume, or "" */
	int64_t since;		/* us: when the stage was entered */
	struct work_count *count;
	size_t ncount;
	struct work_attempt *attempt;	/* by role, then n */
	size_t nattempt;
	const char *unknown;	/* lines of sections and keys we do not know, exact bytes */
};

/* Empty texts, no counts, no attempts. Nothing to release: what is added lives in arenas. */
void work_init(struct work *w);
/* Unknown sections and keys are kept. ERR_PARSE "name:line: ...": what ini_read refuses, and
 * values that are no number or time where one belongs. */
int work_parse(struct work *out, const char *s, size_t n, const char *name, struct arena *a,
	       struct err *e);
/* Canonical form: [state], [count], then [ROLE.N] sorted. '%', controls and blanks at an end
 * stand as %XX; a text that would make a line longer than inih takes is cut. The tokens of a
 * usage are called tokens, tokens_in, tokens_out, tokens_cache_new, tokens_cache_read. */
void work_write(const struct work *w, struct buf *out);
long work_count_get(const struct work *w, const char *name);
void work_count_set(struct work *w, const char *name, long n, struct arena *a);	/* 0 removes */
/* NULL when absent */
struct work_attempt *work_attempt_get(struct work *w, const char *role, long n);
/* A new one, or the one there is: all zero, but ms -1 and usage none. Others move: pointers into
 * the array are void. */
struct work_attempt *work_attempt_add(struct work *w, const char *role, long n, struct arena *a);
long work_attempt_last(const struct work *w, const char *role);	/* highest n; 0 none */

#endif
