/*
 * tests/unit/simworld.h - a run of the scheduler in words: issues, settings and a script in, a
 * transcript out
 *
 * issues:     "1; 2 needs=1 dur=30; 3 files=a.c,b.c pri=0 est=60 parent=e; e epic"     (nofiles,
 * nodiff, closed, held, lines=N)
 *             without files= an issue has one of its own; dur= is that of its implementer in minutes, 10 when absent,
 *             every other attempt takes one minute
 * settings:   "par=2 reviews=3 barrier=full policy=fail-fast ..." (see world_conf); the run is
 * "r" script:     "1:impl=fail,pass 1:code/2=crash 1:collect=empty 1:candidate=conflict"; past
 * the last word all is well.
 *             "pass&stop" and "pass&cancel2" are what a person does at that moment
 * transcript: "0 1:impl 2:impl; 10 1:spec; ..." with minutes; 1:impl#2+fix is the second attempt
 * and why it is made,
 *             =1 closed, !1 failed, ?1 waits for a person, ~1 open again, {1 2} a wave summary, (degraded) (open) ...;
 *             *1:impl is done by the agent that stands in
 */
#ifndef TESTS_UNIT_SIMWORLD_H
#define TESTS_UNIT_SIMWORLD_H
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/plan.h"
#include "core/sched.h"
#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/mem.h"
#include "store/base/text.h"

enum { WORLD_MAX = 40 };
#define MINUTE 60000000ll

struct world {
	struct sched_conf conf;
	struct sched_item item[WORLD_MAX];
	long dur[WORLD_MAX], lines[WORLD_MAX];
	long seen[WORLD_MAX][4];	/* git work of each kind */
	size_t n;
	const char *script;
	struct arena mem;
	struct buf log;
	int64_t logged;		/* time of the last entry, -1 none */
	struct sched *sched;
	int64_t end_us;
	bool quiet;		/* no notes in the transcript */
};

/* key=VALUE in a list of words: VALUE, or NULL. A bare word is "". */
static inline char *world_value(struct world *w, const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (!strncmp(p, key, len) && (p[len] == '=' || p[len] == ' ' || !p[len]))
			return arena_strndup(&w->mem, p + len + (p[len] == '='),
					     strcspn(p + len + (p[len] == '='), " "));
	return NULL;
}

static inline long world_number(struct world *w, const char *text, const char *key, long dflt)
{
	const char *v = world_value(w, text, key);

	return v ? strtol(v, NULL, 10) : dflt;
}

static inline int world_choice(struct world *w, const char *text, const char *key,
			       const char *const *words, int dflt)
{
	const char *v = world_value(w, text, key);

	for (int i = 0; v && words[i]; i++)
		if (!strcmp(words[i], v))
			return i;
	return dflt;
}

static inline struct sched_conf world_conf(struct world *w, const char *t)
{
	static const char *const modes[] = { "auto", "sequential", "waves", "fully", NULL };
	static const char *const barriers[] = { "none", "reviews", "full", NULL };
	static const char *const fallbacks[] = { "queue", "sequential", "agent", NULL };
	static const char *const policies[] = { "block-dependents", "keep-going", "fail-fast",
						"stop", NULL };

	return (struct sched_conf){
		.max_parallel = (int)world_number(w, t, "par", 3),
		.review_slots = (int)world_number(w, t, "slots", 9),
		.wave_cap = (int)world_number(w, t, "cap", 0),
		.mode = (enum sched_mode)world_choice(w, t, "mode", modes, 0),
		.mode_explicit = world_value(w, t, "mode") != NULL,
		.barrier = (enum sched_barrier)world_choice(w, t, "barrier", barriers, 0),
		.fifo = world_value(w, t, "fifo") != NULL,
		.fail_policy = (enum sched_policy)world_choice(w, t, "policy", policies, 0),
		.max_failures = (int)world_number(w, t, "failures", 0),
		.shared = world_value(w, t, "shared") != NULL,
		.empty_allowed = world_value(w, t, "empty") != NULL,
		.has_test = world_value(w, t, "test") != NULL,
		.fastpath = world_value(w, t, "fastpath") != NULL, .block_on = SEV_IMPORTANT,
		.reviews = (int)world_number(w, t, "reviews", 1), .trivial_lines = 10,
		.retry_max = (int)world_number(w, t, "retry", 1), .fix_rounds = 2, .redispatch = 2,
		.crash = 2, .malformed = 1, .test_rounds = 3, .verify_rounds = 3,
		.backoff = { 60000, 240000, 2, 0 },
		.breaker = { 5, 2, 10 * MINUTE },
		.fallback = (enum sched_fallback)world_choice(w, t, "fallback", fallbacks, 0),
		.alert = { world_number(w, t, "alert", 0) / 100.0,
			   world_number(w, t, "alert", 0) / 200.0, 0 },
		.budget = { .launches = world_number(w, t, "launches", 0),
			    .tokens = world_number(w, t, "tokens", 0),
			    .wall_ms = world_number(w, t, "wall", 0) * 60000 },
		.steps = { 2, (int)world_number(w, t, "steps", 2), 0 }, .run = "r",
		.earlier_ms = world_number(w, t, "earlier", 0) * 60000,
		.verify_limit = (int)world_number(w, t, "verify", 0), .seed = 1,
	};
}

static inline const char *world_body(struct world *w, const char *line, const char *id)
{
	BUF_AUTO b = BUF_INIT;
	char *files = world_value(w, line, "files"), *save = NULL;

	if (world_value(w, line, "nofiles"))
		return "";
	buf_adds(&b, "## Files\n");
	if (!files)
		buf_addf(&b, "- Modify: `own/%s.c`\n", id);
	for (char *f = files ? strtok_r(files, ",", &save) : NULL; f;
	     f = strtok_r(NULL, ",", &save))
		buf_addf(&b, "- Modify: `%s`\n", f);
	return arena_strdup(&w->mem, b.s);
}

static inline void world_item(struct world *w, const char *line)
{
	struct sched_item *it = &w->item[w->n];
	const char *id = arena_strndup(&w->mem, line, strcspn(line, " "));
	char *needs = world_value(w, line, "needs"), *save = NULL;
	const char **blockers = arena_alloc(&w->mem, 20 * sizeof(*blockers));

	*it = (struct sched_item){
		.id = id, .title = id, .type = "task",
		.priority = (int)world_number(w, line, "pri", 2),
		.estimate_min = world_number(w, line, "est", -1), .complexity = "standard",
		.body = world_body(w, line, id), .no_diff = world_value(w, line, "nodiff") != NULL,
		.epic = world_value(w, line, "epic") != NULL,
		.parent = world_value(w, line, "parent"),
		.closed = world_value(w, line, "closed") != NULL,
		.told = world_value(w, line, "told") != NULL, .blockers = blockers,
	};
	it->launchable = !it->closed && !world_value(w, line, "held");
	for (char *b = needs ? strtok_r(needs, ",", &save) : NULL; b;
	     b = strtok_r(NULL, ",", &save))
		blockers[it->nblockers++] = b;
	w->dur[w->n] = world_number(w, line, "dur", it->estimate_min > 0 ? it->estimate_min : 10);
	w->lines[w->n++] = world_number(w, line, "lines", 100);
}

/* A new scheduler of these issues. The cycle's error, or 0. */
static inline int world_open(struct world *w, const char *issues, const char *conf,
			     const char *script, struct err *e)
{
	char *copy, *save = NULL;

	*w = (struct world){ .script = script ? script : "", .log = BUF_INIT, .logged = -1 };
	w->conf = world_conf(w, conf ? conf : "");
	copy = arena_strdup(&w->mem, issues);
	for (char *p = strtok_r(copy, ";", &save); p; p = strtok_r(NULL, ";", &save))
		world_item(w, p + strspn(p, " "));
	w->sched = sched_new(&w->conf, 0);
	for (size_t i = 0; i < w->n; i++)
		sched_add(w->sched, &w->item[i]);
	return sched_link(w->sched, e);
}

/* The same as after a restart: with what is recorded of the first issue. What runs is adopted,
 * and has ended well; what reviewers said is replayed. */
static inline void world_resume(struct world *w, const char *recorded)
{
	struct work *k = arena_alloc(&w->mem, sizeof(*k));
	struct review *r;

	if (work_parse(k, recorded, strlen(recorded), "work", &w->mem, NULL) < 0)
		abort();
	w->item[0].work = k;
	sched_free(w->sched);
	w->sched = sched_new(&w->conf, 0);
	for (size_t i = 0; i < w->n; i++)
		sched_add(w->sched, &w->item[i]);
	sched_link(w->sched, NULL);
	for (size_t i = 0; i < k->nattempt; i++) {
		const struct work_attempt *a = &k->attempt[i];
		struct sched_event ev = { .kind = EVENT_ENDED,
					  .role = (enum role)role_parse(a->role), .n = a->n };

		r = arena_alloc(&w->mem, sizeof(*r));
		review_init(r, (int)a->reviewer, REVIEW_APPROVE);
		ev.outcome = (struct outcome){ .kind = strcmp(a->outcome, "unparsed") ? OUT_PASS :
					       OUT_MALFORMED, .review = a->reviewer &&
						       strcmp(a->outcome, "unparsed") ? r : NULL,
					       .usage = USAGE_NONE };
		if (!strcmp(a->outcome, "running")) {
			sched_adopt(w->sched, 0, ev.role, a->n);
			sched_event(w->sched, &ev);
		} else if (a->reviewer &&
			   (!strcmp(a->outcome, "passed") || !strcmp(a->outcome, "unparsed"))) {
			sched_replay(w->sched, 0, ev.role, a->n, &ev.outcome);
		}
	}
}

static inline void world_close(struct world *w)
{
	sched_free(w->sched);
	buf_release(&w->log);
	arena_release(&w->mem);
}

/* The script's word for the k-th (1, 2, ...) time of WHAT ("1:spec", "1:code/2"); "" when it
 * says nothing. */
static inline const char *world_word(struct world *w, const char *what, long k)
{
	const char *v = world_value(w, w->script, what);

	while (v && --k > 0)
		v = strchr(v, ',') ? strchr(v, ',') + 1 : NULL;
	return v ? arena_strndup(&w->mem, v, strcspn(v, ",")) : "";
}

/* What comes of an attempt: kind, and for a code reviewer its report. */
static inline void world_outcome_word(struct world *w, const char *word, bool code, int reviewer,
				      struct outcome *o)
{
	static const struct { const char *word; enum outcome_kind kind; } kinds[] = {
		{ "concerns", OUT_CONCERNS }, { "reject", OUT_REJECT }, { "minor", OUT_REJECT },
		{ "empty", OUT_MALFORMED },
		{ "cannot", OUT_CANNOT_VERIFY }, { "context", OUT_NEEDS_CONTEXT },
		{ "blocked", OUT_BLOCKED },
		{ "fail", OUT_FAIL }, { "malformed", OUT_MALFORMED }, { "crash", OUT_CRASH },
		{ "timeout", OUT_TIMEOUT },
		{ "limited", OUT_LIMITED }, { "fatal", OUT_FATAL }, { "cancelled", OUT_CANCELLED },
	};
	const char *text = strchr(word, ':');
	struct review *r = arena_alloc(&w->mem, sizeof(*r));
	struct finding *f = arena_alloc(&w->mem, sizeof(*f));

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(word, kinds[i].word, strlen(kinds[i].word)))
			o->kind = kinds[i].kind;
	if (text) {
		char *t = arena_strndup(&w->mem, text + 1, strcspn(text + 1, "&"));

		for (char *p = t; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		o->text = t;
		if (o->kind == OUT_LIMITED)
			o->until_us = strtol(t, NULL, 10) * MINUTE;
	}
	o->usage.total_tokens = 1000;
	if (!code || o->kind == OUT_CRASH || o->kind == OUT_TIMEOUT ||
	    !strncmp(word, "malformed", 9))
		return;
	review_init(r, reviewer, o->kind == OUT_PASS ? REVIEW_APPROVE :
		    !strcmp(word, "minor") ? REVIEW_WITH_FIXES :
		    REVIEW_REJECT);
	*f = (struct finding){ .severity = !strcmp(word, "minor") ? SEV_MINOR : SEV_IMPORTANT,
			       .category = "other", .file = "a.c", .line = 1, .text = "wrong",
			       .fix = "" };
	if (!strcmp(word, "reject") || !strcmp(word, "minor")) {
		r->finding = f;
		r->nfinding = 1;
	}
	if (!strncmp(word, "approve1", 8)) {	/* approves, and counts one Important finding */
		r->word = REVIEW_APPROVE;
		r->count[SEV_IMPORTANT] = 1;
	}
	o->review = r;
}

static inline void world_entry(struct world *w, int64_t now, const char *fmt,
			       ...) __attribute__((format(printf, 3, 4)));
static inline void world_entry(struct world *w, int64_t now, const char *fmt, ...)
{
	va_list ap;

	if (w->logged != now)
		buf_addf(&w->log, "%s%lld", w->log.len ? "; " : "", (long long)(now / MINUTE));
	w->logged = now;
	buf_addc(&w->log, ' ');
	va_start(ap, fmt);
	buf_vaddf(&w->log, fmt, ap);
	va_end(ap);
}

/* How many attempts of this role (and seat) there have been, this one included: the index into
 * the script. */
static inline long world_count(struct sched *s, size_t issue, enum role role, int reviewer)
{
	const struct work *k = sched_work(s, issue);
	long n = 0;

	for (size_t i = 0; i < k->nattempt; i++)
		n += !strcmp(k->attempt[i].role, role_name(role)) &&
			k->attempt[i].reviewer == reviewer;
	return n;
}

static inline const char *world_name(struct world *w, size_t issue, enum role role, int reviewer)
{
	return reviewer && w->conf.reviews > 1
		       ? arena_printf(&w->mem, "%s:%s/%d", w->item[issue].id,
				      role_name(role), reviewer)
		       : arena_printf(&w->mem, "%s:%s", w->item[issue].id, role_name(role));
}

static inline void world_summary(struct world *w, int64_t now, const char *text)
{
	const char *ids = strstr(text, "Closed: ");

	if (!strncmp(text, "[WAVE-SUMMARY]", 14) && ids)
		world_entry(w, now, "{%.*s}", (int)strcspn(ids + 8, "\n"), ids + 8);
}

static inline void world_change(struct world *w, const struct sched_change *c, int64_t now)
{
	const char *id = w->item[c->issue].id;

	switch (c->kind) {
	case CHANGE_CLOSE: world_entry(w, now, "=%s", id); break;
	case CHANGE_BLOCK: world_entry(w, now, "%s%s", strcmp(c->label, "failed") ? "?" : "!",
				       id); break;
	case CHANGE_STATUS:
		if (strcmp(c->text, "in_progress"))
			world_entry(w, now, "~%s", id);
		break;
	case CHANGE_COMMENT: world_summary(w, now, c->text); break;
	case CHANGE_WORK: break;
	}
}

static inline void world_turn(void *arg, const struct sched *s, const struct sched_turn *t,
			      int64_t now)
{
	struct world *w = arg;

	(void)s;
	for (size_t i = 0; i < t->changes.n; i++)
		world_change(w, &t->changes.v[i], now);
	for (size_t i = 0; i < t->notes.n && !w->quiet; i++) {
		const struct sched_note *n = &t->notes.v[i];

		if (!strcmp(n->kind, "degraded"))
			world_entry(w, now, "(degraded)");
		else if (!strcmp(n->kind, "breaker") ||
			 (!strcmp(n->kind, "alert") && strchr(n->status, '_')))
			world_entry(w, now, "(%s)", n->status);
	}
	for (size_t i = 0; i < t->acts.n; i++) {
		const struct sched_act *a = &t->acts.v[i];
		const char *name = world_name(w, a->issue, a->role, a->reviewer);

		if (a->kind == ACT_CANCEL)
			world_entry(w, now, "-%s", name);
		if (a->kind != ACT_SPAWN)
			continue;
		world_entry(w, now, "%s%s%s%s%s", a->fallback ? "*" : "", name,
			    a->role != ROLE_CODE && a->n > 1 ?
			    arena_printf(&w->mem, "#%ld", a->n) : "",
			    *a->why ? "+" : "", a->why);
	}
}

static inline int64_t world_duration(void *arg, const struct sched *s, const struct sched_act *a)
{
	struct world *w = arg;

	(void)s;
	return a->role == ROLE_IMPL ? w->dur[a->issue] * MINUTE : MINUTE;
}

/* "&stop", "&cancel2" */
static inline void world_person(struct world *w, struct sched *s, const char *word)
{
	const char *p = strchr(word, '&');

	if (p && !strcmp(p, "&stop"))
		sched_event(s, &(struct sched_event){ .kind = EVENT_STOP });
	else if (p && !strncmp(p, "&cancel", 7))
		for (size_t i = 0; i < w->n; i++)
			if (!strcmp(w->item[i].id, p + 7))
				sched_event(s, &(struct sched_event){
					    .kind = EVENT_CANCEL, .issue = i });
}

static inline void world_outcome(void *arg, const struct sched *cs, const struct sched_running *r,
				 struct outcome *o)
{
	struct world *w = arg;
	struct sched *s = w->sched;
	const char *word = world_word(w, world_name(w, r->issue, r->role, r->reviewer),
				      world_count(s, r->issue, r->role, r->reviewer));

	(void)cs;
	world_outcome_word(w, word, r->role == ROLE_CODE, r->reviewer, o);
	world_person(w, s, word);
}

static inline void world_git(void *arg, const struct sched *s, struct sched_event *ev)
{
	struct world *w = arg;
	int what = ev->kind == EVENT_COLLECTED ? 0 : ev->kind == EVENT_CANDIDATE ? 1 :
		ev->kind == EVENT_MERGED ? 2 : 3;
	static const char *const names[] = { "collect", "candidate", "merge", "look" };
	const char *word =
		world_word(w, arena_printf(&w->mem, "%s:%s", w->item[ev->issue].id, names[what]),
				      ++w->seen[ev->issue][what]);

	(void)s;
	ev->collected.lines = w->lines[ev->issue];
	if (!strcmp(word, "empty"))
		ev->collected.empty = true;
	else if (!strcmp(word, "found"))
		ev->found = true;
	else if (!strcmp(word, "false"))
		ev->collected.problem = "commit abc does not exist";
	else if (!strcmp(word, "scope"))
		ev->collected.scope = "other.c\n";
	else if (!strcmp(word, "idle"))
		ev->collected.progress = false;
	else if (!strcmp(word, "conflict"))
		ev->candidate.conflict = "both changed a.c";
	else if (!strcmp(word, "broken"))
		*ev = (struct sched_event){ .kind = EVENT_GIT_FAILED, .issue = ev->issue,
					    .text = "disk full" };
}

/* Runs it to its end. The transcript, which ends with the exit code. */
static inline const char *world_run(struct world *w)
{
	struct sim sim = { .duration_us = world_duration, .outcome = world_outcome,
			   .turn = world_turn, .git = world_git, .arg = w };

	w->end_us = sim_run(w->sched, &sim, 0);
	buf_addf(&w->log, "; exit %d", sched_exit_code(w->sched));
	return w->log.s;
}

#endif
