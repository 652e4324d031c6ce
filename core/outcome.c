/* core/outcome.c - what an attempt's folder says, in the scheduler's words */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/policy.h"
#include "core/result.h"
#include "core/rundir.h"
#include "core/runner_priv.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/id.h"

enum { TAIL = 4096 };		/* bytes of output that go into prompts and comments */

/* As text: parts of it go into issues, prompts and events. */
static void read_in(const char *dir, const char *name, struct buf *out)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);

	fsx_read(AT_FDCWD, path, out, NULL);
	text_utf8_mend(out->s, out->len);
}

/* [result] alias: a file in the work tree that counts as the result, when it was written by this
 * attempt. */
static bool read_alias(struct runner *r, const struct flight *f, int64_t started_us,
		       struct buf *out)
{
	const char *alias = config_str(r->o.config, "result.alias"), *brace = strstr(alias, "{id}");
	struct sched_state st;
	BUF_AUTO path = BUF_INIT;
	struct stat sb;

	if (!*alias || !f->tree)
		return false;
	sched_state(r->sched, f->issue, &st);
	buf_addf(&path, "%s/", f->tree);
	if (brace) {
		buf_add(&path, alias, (size_t)(brace - alias));
		id_file_name(st.id, &path);
		buf_adds(&path, brace + 4);
	} else {
		buf_adds(&path, alias);
	}
	return !stat(path.s, &sb) &&
		(int64_t)sb.st_mtim.tv_sec * 1000000 + sb.st_mtim.tv_nsec / 1000 >= started_us &&
	       fsx_read(AT_FDCWD, path.s, out, NULL) == 0;
}

static enum outcome_kind kind_of(enum result_class c)
{
	static const enum outcome_kind kind[RESULT_N] = {
		[RESULT_PASSED] = OUT_PASS, [RESULT_CONCERNS] = OUT_CONCERNS,
		[RESULT_REJECTED] = OUT_REJECT, [RESULT_CANNOT_VERIFY] = OUT_CANNOT_VERIFY,
		[RESULT_NEEDS_CONTEXT] = OUT_NEEDS_CONTEXT, [RESULT_BLOCKED] = OUT_BLOCKED,
		[RESULT_FAILED] = OUT_FAIL, [RESULT_MALFORMED] = OUT_MALFORMED,
		[RESULT_UNPARSED] = OUT_MALFORMED, [RESULT_CRASHED] = OUT_CRASH,
		[RESULT_TIMEOUT] = OUT_TIMEOUT, [RESULT_CANCELLED] = OUT_CANCELLED,
		[RESULT_LIMITED] = OUT_LIMITED, [RESULT_FATAL] = OUT_FATAL,
	};

	return kind[c];
}

static void copy_exit(struct outcome *out, const struct attempt_exit *x)
{
	out->ms = x->wall_ms;
	out->user_ms = x->user_ms;
	out->sys_ms = x->sys_ms;
	out->maxrss_kb = x->maxrss_kb;
	out->exit_code = x->code;
	out->signal = x->signal;
}

/* The end of what was printed, whole lines. */
static const char *tail(const struct buf *out, const struct buf *err, struct arena *a)
{
	const struct buf *b = err->len ? err : out;
	BUF_AUTO text = BUF_INIT;

	for (int i = 0; i < 2; i++, b = out) {
		size_t from = b->len > TAIL ? b->len - TAIL : 0;

		while (from && from < b->len && b->s[from - 1] != '\n')
			from++;
		buf_add(&text, b->s + from, b->len - from);
		if (b == out)
			break;
	}
	return arena_strndup(a, text.s, text.len);
}

/* The test command: its exit code is the verdict, its output what the implementer needs. */
static void test_outcome(struct outcome *out, const struct attempt_exit *x, const struct buf *so,
			 const struct buf *se, struct arena *a)
{
	bool ok = x->end == END_EXIT && !x->code;

	out->kind = ok ? OUT_PASS : x->end == END_CANCELLED ? OUT_CANCELLED :
		x->end == END_TIMEOUT ? OUT_TIMEOUT : OUT_REJECT;
	out->verdict = ok ? "PASS" : "FAIL";
	out->summary = ok ? "tests pass" :
		arena_printf(a, "tests fail: %s %d", x->signal ? "signal" : "exit",
							x->signal ? x->signal : x->code);
	out->text = ok ? "" : arena_printf(a, "%s\n\n%s", out->summary, tail(so, se, a));
}

/* codex reports a session's total: what earlier attempts of it used is taken off (ecosystem.md
 * 1.2). */
static void take_off(struct runner *r, const struct flight *f, struct usage *u)
{
	const struct work *w = sched_work(r->sched, f->issue);
	int64_t *field[] = { &u->total_tokens, &u->input_tokens, &u->output_tokens,
			     &u->cache_creation_input_tokens, &u->cache_read_input_tokens };

	for (size_t k = 0; k < w->nattempt; k++) {
		const struct work_attempt *p = &w->attempt[k];
		const int64_t was[] = { p->usage.total_tokens, p->usage.input_tokens,
					p->usage.output_tokens,
						p->usage.cache_creation_input_tokens,
							p->usage.cache_read_input_tokens };

		if (strcmp(p->role, role_name(f->role)) || p->n >= f->n || strcmp(p->run, r->run))
			continue;
		for (size_t i = 0; i < 5; i++)
			if (*field[i] >= was[i] && was[i] > 0)
				*field[i] -= was[i];
	}
}

/* What the agent says it cost stands; else the price table speaks, of the model it says it was,
 * or that it was given. */
static void price(struct runner *r, const struct flight *f, struct result *res)
{
	const struct work_attempt *a = work_attempt_get(sched_work(r->sched, f->issue),
							role_name(f->role), f->n);
	const char *model = a ? a->model : "";

	if (res->usage.cost_usd >= 0)
		return;
	if (*model)
		res->usage.cost_usd = policy_cost(r->o.config, model, &res->usage);
	if (res->usage.cost_usd < 0 && res->model && *res->model)
		res->usage.cost_usd = policy_cost(r->o.config, res->model, &res->usage);
}

static long utc_offset(void)
{
	time_t now = time(NULL);
	struct tm tm;

	return localtime_r(&now, &tm) ? tm.tm_gmtoff : 0;
}

static void agent_outcome(struct runner *r, struct flight *f, struct outcome *out,
			  const struct attempt_exit *x, const struct buf *so, const struct buf *se,
			  struct arena *a)
{
	BUF_AUTO file = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	AUTO_FREE char *path = xasprintf("%s/result.json", f->dir);
	/* what is there, but is no file that can be read, is read as an empty one (B13) */
	bool has = fsx_read(AT_FDCWD, path, &file, NULL) != ERR_NOTFOUND ||
		read_alias(r, f, x->started_us, &file);
	struct result_input in = {
		RESULT_INPUT, .role = role_name(f->role), .format = launch_format(r, f),
		.file = has ? file.s : NULL, .nfile = file.len, .out = so->s, .nout = so->len,
		.err = se->s, .nerr = se->len, .end = x->end, .code = x->code, .signal = x->signal,
		.complete_on_result = !strcmp(config_str(r->o.config, "run.complete_on"), "result"),
		.clock = { .now_us = clock_now_us(), .utc_offset_s = utc_offset() },
	};
	struct result res;
	bool said;	/* else how it ended decided, not its word */

	in.accept_marker = config_bool(r->o.config, "result.accept_marker");
	in.block_on = r->conf.block_on;
	result_read(&res, &in, a);
	result_feedback(&res, &text);
	if (res.usage_cumulative)
		take_off(r, f, &res.usage);
	price(r, f, &res);
	said = res.agent == AGENT_OK;
	*out = (struct outcome){
		.kind = kind_of(res.class),
		.verdict = arena_strdup(a, !said ? "" : *res.word ? res.word : res.status),
		.summary = arena_strdup(a, said && *res.summary ? res.summary : res.reason),
		.evidence = said && res.evidence ? evidence_name(res.evidence) : NULL,
		.commit = arena_strdup(a, res.commit), .until_us = res.until_us, .usage = res.usage,
		.session = arena_strdup(a, res.session), .review = res.review,
	};
	if (out->kind == OUT_CONCERNS)
		out->text = arena_strdup(a, res.concerns);
	else if (*res.reason && res.class != RESULT_REJECTED && out->kind != OUT_NEEDS_CONTEXT &&
		 out->kind != OUT_BLOCKED)
		out->text = arena_printf(a, "%s%s%s", res.reason, text.len ? "\n\n" : "", text.s);
	else
		out->text = arena_strndup(a, text.s, text.len);
	if (res.review)
		res.review->reviewer = f->reviewer;
}

/* The claim of an attempt, the caller's; NULL: not known. Those of earlier attempts go. */
static char *take_claim(struct runner *r, size_t issue, long n)
{
	for (size_t i = 0; i < r->claims.n; i++) {
		struct claim c = r->claims.v[i];

		if (c.issue != issue)
			continue;
		r->claims.v[i] = r->claims.v[--r->claims.n];
		if (c.n == n)
			return c.commit;
		free(c.commit);
		return NULL;
	}
	return NULL;
}

/* What the collecting that comes next asks for: else it would read the folder again. */
static void keep_claim(struct runner *r, const struct flight *f, const char *commit)
{
	free(take_claim(r, f->issue, f->n));
	vec_add(&r->claims, (struct claim){ f->issue, f->n, xstrdup(commit) });
}

void outcome_read(struct runner *r, struct flight *f, struct outcome *out, struct arena *a)
{
	struct attempt_exit x = { .end = END_LOST };
	BUF_AUTO so = BUF_INIT;
	BUF_AUTO se = BUF_INIT;

	attempt_exit_read(f->dir, &x, NULL);	/* none: lost */
	if (f->late && x.end == END_CANCELLED)
		x.end = END_TIMEOUT;
	read_in(f->dir, "stdout.log", &so);
	read_in(f->dir, "stderr.log", &se);
	*out = (struct outcome){ .usage = USAGE_NONE, .verdict = "", .text = "", .summary = "",
				 .commit = "", .session = "" };
	if (f->role == ROLE_TEST)
		test_outcome(out, &x, &so, &se, a);
	else
		agent_outcome(r, f, out, &x, &so, &se, a);
	if (x.end == END_SPAWN_FAILED && x.error[0])
		out->text = arena_strdup(a, x.error);
	copy_exit(out, &x);
	if (f->role == ROLE_IMPL)
		keep_claim(r, f, x.end == END_EXIT && !x.code ? out->commit : "");
	events_attempt(r, x.end == END_TIMEOUT ? "timeout" : "exit", f, 0, attempt_end_name(x.end),
		       *out->summary ? out->summary : NULL);
}

char *outcome_claimed(struct runner *r, size_t issue)
{
	long n = work_attempt_last(sched_work(r->sched, issue), "impl");
	struct flight f = { .r = r, .issue = issue, .role = ROLE_IMPL, .n = n };
	ARENA_AUTO mem = ARENA_INIT;
	struct attempt_exit x = { .end = END_LOST };
	struct outcome o;
	struct sched_state st;
	BUF_AUTO dir = BUF_INIT;
	BUF_AUTO so = BUF_INIT;
	BUF_AUTO se = BUF_INIT;
	char *kept = take_claim(r, issue, n);

	if (kept)
		return kept;
	sched_state(r->sched, issue, &st);
	run_attempt_path(r->o.store, r->run, st.id, "impl", n, &dir);
	f.dir = dir.s;
	if (attempt_exit_read(dir.s, &x, NULL) < 0 || x.end != END_EXIT || x.code)
		return xstrdup("");	/* an attempt that failed has no word to keep */
	read_in(dir.s, "stdout.log", &so);
	read_in(dir.s, "stderr.log", &se);
	agent_outcome(r, &f, &o, &x, &so, &se, &mem);
	return xstrdup(o.commit);
}

/* What the next prompt must hold stands in a file, so that it survives the scheduler: first line
 * why, then the text. */
static char *feedback_path(struct runner *r, const char *id)
{
	BUF_AUTO path = BUF_INIT;

	run_path(r->o.store, r->run, "", &path);
	id_file_name(id, &path);
	buf_adds(&path, ".feedback");
	return buf_detach(&path);
}

void outcome_keep_feedback(struct runner *r, size_t issue)
{
	struct sched_state st;
	BUF_AUTO text = BUF_INIT;
	AUTO_FREE char *path = NULL;

	sched_state(r->sched, issue, &st);
	path = feedback_path(r, st.id);
	if (!*st.feedback && !*st.why) {
		/* what was said of an earlier stage must not reach a later one after a restart */
		if (r->pen[issue].told)
			unlink(path);
		r->pen[issue].told = false;
		return;
	}
	r->pen[issue].told = true;
	buf_addf(&text, "%s\n%s", st.why, st.feedback);
	/* best effort: only wording is lost */
	fsx_write_atomic(AT_FDCWD, path, text.s, text.len, 0600, 0, NULL);
}

void outcome_load_feedback(struct runner *r, size_t issue)
{
	struct sched_state st;
	BUF_AUTO text = BUF_INIT;
	AUTO_FREE char *path = NULL;
	char *nl;

	sched_state(r->sched, issue, &st);
	path = feedback_path(r, st.id);
	if (fsx_read(AT_FDCWD, path, &text, NULL) < 0 || !(nl = strchr(text.s, '\n')))
		return;
	*nl = 0;
	sched_set_feedback(r->sched, issue, text.s, nl + 1);
}
