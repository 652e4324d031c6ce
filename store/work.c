#include "store/work.h"

#include <ctype.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/map.h"
#include "store/base/text.h"
#include "store/ini.h"

enum {
	LINE_MAX_LEN = 198,	/* what inih takes (decisions A15) */
	SECTION_MAX_LEN = 49,
};

/* The keys of [state] and of [ROLE.N], in the order in which they are written. */
enum key_kind {
	KEY_TEXT,		/* left out when "" */
	KEY_WORD,		/* always there: a section without keys would be lost */
	KEY_TIME,		/* left out when 0 */
	KEY_LONG,		/* left out when 0 */
	KEY_INT,
	KEY_INT64,
	KEY_KNOWN,		/* an int64_t that is left out when negative: unavailable */
	KEY_COST,		/* a double, the same */
};
struct key { const char *name; enum key_kind kind; size_t at; };

static const struct key state_keys[] = {
	{ "stage", KEY_TEXT, offsetof(struct work, stage) },
	{ "run", KEY_TEXT, offsetof(struct work, run) },
	{ "base", KEY_TEXT, offsetof(struct work, base) },
	{ "head", KEY_TEXT, offsetof(struct work, head) },
	{ "merge_oid", KEY_TEXT, offsetof(struct work, merge_oid) },
	{ "session", KEY_TEXT, offsetof(struct work, session) },
	{ "since", KEY_TIME, offsetof(struct work, since) },
	{ 0 },
};

static const struct key attempt_keys[] = {
	{ "outcome", KEY_WORD, offsetof(struct work_attempt, outcome) },
	{ "verdict", KEY_TEXT, offsetof(struct work_attempt, verdict) },
	{ "evidence", KEY_TEXT, offsetof(struct work_attempt, evidence) },
	{ "reviewer", KEY_LONG, offsetof(struct work_attempt, reviewer) },
	{ "wave", KEY_LONG, offsetof(struct work_attempt, wave) },
	{ "model", KEY_TEXT, offsetof(struct work_attempt, model) },
	{ "agent", KEY_TEXT, offsetof(struct work_attempt, agent) },
	{ "run", KEY_TEXT, offsetof(struct work_attempt, run) },
	{ "started_at", KEY_TIME, offsetof(struct work_attempt, started_at) },
	{ "ms", KEY_KNOWN, offsetof(struct work_attempt, ms) },
	{ "user_ms", KEY_INT64, offsetof(struct work_attempt, user_ms) },
	{ "sys_ms", KEY_INT64, offsetof(struct work_attempt, sys_ms) },
	{ "maxrss_kb", KEY_INT64, offsetof(struct work_attempt, maxrss_kb) },
	{ "queue_ms", KEY_INT64, offsetof(struct work_attempt, queue_ms) },
	{ "exit_code", KEY_INT, offsetof(struct work_attempt, exit_code) },
	{ "signal", KEY_INT, offsetof(struct work_attempt, signal) },
	{ "tokens", KEY_KNOWN, offsetof(struct work_attempt, usage.total_tokens) },
	{ "tokens_in", KEY_KNOWN, offsetof(struct work_attempt, usage.input_tokens) },
	{ "tokens_out", KEY_KNOWN, offsetof(struct work_attempt, usage.output_tokens) },
	{ "tokens_cache_new", KEY_KNOWN,
	  offsetof(struct work_attempt, usage.cache_creation_input_tokens) },
	{ "tokens_cache_read", KEY_KNOWN,
	  offsetof(struct work_attempt, usage.cache_read_input_tokens) },
	{ "tool_uses", KEY_KNOWN, offsetof(struct work_attempt, usage.tool_uses) },
	{ "cost_usd", KEY_COST, offsetof(struct work_attempt, usage.cost_usd) },
	{ "head", KEY_TEXT, offsetof(struct work_attempt, head) },
	{ 0 },
};

void work_init(struct work *w)
{
	*w = (struct work){
		.stage = "", .run = "", .base = "", .head = "", .merge_oid = "", .session = "",
		.unknown = "",
	};
}

static void attempt_init(struct work_attempt *x, const char *role, long n)
{
	*x = (struct work_attempt){
		.role = role, .n = n, .outcome = "", .verdict = "", .evidence = "", .model = "",
		.agent = "", .run = "", .ms = -1, .usage = USAGE_NONE, .head = "",
	};
}

static int compare_counts(const void *a, const void *b)
{
	return strcmp(((const struct work_count *)a)->name, ((const struct work_count *)b)->name);
}

static int compare_attempts(const void *a, const void *b)
{
	const struct work_attempt *x = a, *y = b;
	int diff = strcmp(x->role, y->role);

	return diff ? diff : (x->n > y->n) - (x->n < y->n);
}

long work_count_get(const struct work *w, const char *name)
{
	for (size_t i = 0; i < w->ncount; i++)
		if (!strcmp(w->count[i].name, name))
			return w->count[i].n;
	return 0;
}

void work_count_set(struct work *w, const char *name, long n, struct arena *a)
{
	size_t at = 0;
	bool here;

	while (at < w->ncount && strcmp(w->count[at].name, name) < 0)
		at++;
	here = at < w->ncount && !strcmp(w->count[at].name, name);
	if (here && n) {
		w->count[at].n = n;
	} else if (here) {
		w->ncount--;
		memmove(&w->count[at], &w->count[at + 1], (w->ncount - at) * sizeof(*w->count));
	} else if (n) {
		w->count = arena_grow(a, w->count, w->ncount, sizeof(*w->count));
		memmove(&w->count[at + 1], &w->count[at], (w->ncount++ - at) * sizeof(*w->count));
		w->count[at] = (struct work_count){ arena_strdup(a, name), n };
	}
}

struct work_attempt *work_attempt_get(struct work *w, const char *role, long n)
{
	for (size_t i = 0; i < w->nattempt; i++)
		if (w->attempt[i].n == n && !strcmp(w->attempt[i].role, role))
			return &w->attempt[i];
	return NULL;
}

struct work_attempt *work_attempt_add(struct work *w, const char *role, long n, struct arena *a)
{
	struct work_attempt *have = work_attempt_get(w, role, n), added;
	size_t at = w->nattempt;

	if (have)
		return have;
	attempt_init(&added, arena_strdup(a, role), n);
	while (at && compare_attempts(&w->attempt[at - 1], &added) > 0)
		at--;
	w->attempt = arena_grow(a, w->attempt, w->nattempt, sizeof(*w->attempt));
	memmove(&w->attempt[at + 1], &w->attempt[at], (w->nattempt++ - at) * sizeof(*w->attempt));
	w->attempt[at] = added;
	return &w->attempt[at];
}

long work_attempt_last(const struct work *w, const char *role)
{
	long last = 0;

	for (size_t i = 0; i < w->nattempt; i++)
		if (w->attempt[i].n > last && !strcmp(w->attempt[i].role, role))
			last = w->attempt[i].n;
	return last;
}

/* Reading */

struct reader {
	struct work *w;
	struct arena *a;
	const char *name;
	const char *s;			/* the text, from line number line + 1 on */
	size_t n;
	int line;
	struct map counts, attempts;	/* of a name or a section: index + 1 */
	const char *section;		/* that attempt is of */
	size_t attempt;			/* index */
	struct buf unknown;
	char unknown_section[SECTION_MAX_LEN + 1];
};

static void *index_value(size_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

static size_t value_index(const void *v)
{
	return (size_t)(uintptr_t)v - 1;
}

/* Keeps a line as it stands in the text, under a header of its section. */
static void keep(struct reader *r, const char *section, int at)
{
	const char *line = "";
	size_t len = 0;

	for (; r->line < at && text_line(&r->s, &r->n, &line, &len); )
		r->line++;
	if (!r->unknown.len || strcmp(r->unknown_section, section)) {
		buf_addf(&r->unknown, "\n[%s]\n", section);
		snprintf(r->unknown_section, sizeof(r->unknown_section), "%s", section);
	}
	text_trim(&line, &len);
	buf_add(&r->unknown, line, len);
	buf_addc(&r->unknown, '\n');
}

static int read_cost(const char *value, double *out)
{
	char *end;

	if (!isdigit((unsigned char)*value))
		return -1;
	*out = strtod(value, &end);
	return *end || !(*out >= 0 && *out < 1e15) ? -1 : 0;
}

/* 0, or -1 when the value is no such thing. */
static int read_key(const struct key *k, void *base, const char *value, struct arena *a)
{
	char *at = (char *)base + k->at, *text;
	long long n = 0;
	int rc = 0;

	switch (k->kind) {
	case KEY_TEXT:
	case KEY_WORD:
		text = arena_strdup(a, value);
		text_unescape(text);
		*(const char **)at = text;
		break;
	case KEY_TIME: return clock_parse(value, (int64_t *)at);
	case KEY_COST: return read_cost(value, (double *)at);
	case KEY_LONG:
		rc = text_int(value, LONG_MIN, LONG_MAX, &n);
		*(long *)at = (long)n;
		break;
	case KEY_INT:
		rc = text_int(value, INT_MIN, INT_MAX, &n);
		*(int *)at = (int)n;
		break;
	case KEY_INT64:
	case KEY_KNOWN:
		rc = text_int(value, k->kind == KEY_KNOWN ? 0 : INT64_MIN, INT64_MAX, &n);
		*(int64_t *)at = n;
		break;
	}
	return rc;
}

static const struct key *find_key(const struct key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (!strcmp(keys->name, name))
			return keys;
	return NULL;
}

static int read_count(struct reader *r, const char *name, const char *value)
{
	struct work *w = r->w;
	void *have = map_get(&r->counts, name);
	long long n;

	if (text_int(value, LONG_MIN, LONG_MAX, &n) < 0)
		return -1;
	if (have) {
		w->count[value_index(have)].n = (long)n;
		return 0;
	}
	w->count = arena_grow(r->a, w->count, w->ncount, sizeof(*w->count));
	w->count[w->ncount] = (struct work_count){ arena_strdup(r->a, name), (long)n };
	map_put(&r->counts, w->count[w->ncount].name, index_value(w->ncount));
	w->ncount++;
	return 0;
}

/* "code.3": the length of the role, and the number; 0 for any other section. */
static size_t split_section(const char *section, long *n)
{
	const char *dot = strrchr(section, '.');
	long long v;

	if (!dot || dot == section || dot[1] < '1' || dot[1] > '9' ||
	    text_int(dot + 1, 1, LONG_MAX, &v) < 0)
		return 0;
	*n = (long)v;
	return (size_t)(dot - section);
}

/* The attempt a section is about; it is made when it is new. */
static struct work_attempt *open_attempt(struct reader *r, const char *section,
					 size_t role_len, long n)
{
	struct work *w = r->w;
	void *have;

	if (r->section && !strcmp(r->section, section))
		return &w->attempt[r->attempt];
	have = map_get(&r->attempts, section);
	r->section = arena_strdup(r->a, section);
	r->attempt = have ? value_index(have) : w->nattempt;
	if (!have) {
		w->attempt = arena_grow(r->a, w->attempt, w->nattempt, sizeof(*w->attempt));
		attempt_init(&w->attempt[w->nattempt++], arena_strndup(r->a, section, role_len), n);
		map_put(&r->attempts, r->section, index_value(r->attempt));
	}
	return &w->attempt[r->attempt];
}

static int on_key(void *arg, const char *section, const char *key, const char *value, int line,
		  struct err *e)
{
	struct reader *r = arg;
	const struct key *k;
	size_t role_len;
	long n;
	int rc = 0;

	if (!*section)
		return err_set(e, ERR_PARSE, "%s:%d: a key before the first section",
			       r->name, line);
	if (!strcmp(section, "count")) {
		rc = read_count(r, key, value);
	} else if (!strcmp(section, "state") && (k = find_key(state_keys, key))) {
		rc = read_key(k, r->w, value, r->a);
	} else if ((role_len = split_section(section, &n)) && (k = find_key(attempt_keys, key))) {
		rc = read_key(k, open_attempt(r, section, role_len, n), value, r->a);
	} else {
		keep(r, section, line);
	}
	if (rc < 0)
		return err_set(e, ERR_PARSE, "%s:%d: '%s' is no value of %s", r->name, line,
			       value, key);
	return 0;
}

/* A count of 0 is one that is not there. */
static void drop_zeros(struct work *w)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->ncount; i++)
		if (w->count[i].n)
			w->count[kept++] = w->count[i];
	w->ncount = kept;
}

int work_parse(struct work *out, const char *s, size_t n, const char *name, struct arena *a,
	       struct err *e)
{
	struct reader r = { .w = out, .a = a, .name = name, .s = s, .n = n, .unknown = BUF_INIT };
	int rc;

	work_init(out);
	rc = ini_read(s, n, name, on_key, &r, e);
	drop_zeros(out);
	if (out->ncount > 1)
		qsort(out->count, out->ncount, sizeof(*out->count), compare_counts);
	if (out->nattempt > 1)
		qsort(out->attempt, out->nattempt, sizeof(*out->attempt), compare_attempts);
	if (r.unknown.len)
		out->unknown = arena_strndup(a, r.unknown.s, r.unknown.len);
	buf_release(&r.unknown);
	map_release(&r.counts);
	map_release(&r.attempts);
	return rc;
}

/* Writing */

/* Is byte i one that INI would take for something else, or not give back? */
static bool is_special(const char *s, size_t i)
{
	unsigned char c = (unsigned char)s[i];

	if (c == ' ')
		return i == 0 || !s[i + 1];
	return c < ' ' || c == 0x7f || c == '%' || (c == ';' && i && s[i - 1] == ' ');
}

/* What does not fit a line is cut: everything that is kept here is short, or can be found
 * elsewhere. */
static void add_text(struct buf *out, const char *key, const char *s)
{
	size_t end = out->len + LINE_MAX_LEN, last = 0;

	buf_addf(out, "%s=", key);
	for (size_t i = 0; s[i]; i++) {
		bool special = is_special(s, i);

		if (((unsigned char)s[i] & 0xc0) != 0x80)
			last = out->len;
		if (out->len + (special ? 3 : 1) > end) {
			buf_cut(out, last);
			while (out->s[out->len - 1] == ' ')
				buf_cut(out, out->len - 1);
			break;
		}
		if (special)
			buf_addf(out, "%%%02X", (unsigned char)s[i]);
		else
			buf_addc(out, s[i]);
	}
	buf_addc(out, '\n');
}

static void add_number(struct buf *out, const char *key, long long n)
{
	buf_addf(out, "%s=%lld\n", key, n);
}

static void add_cost(struct buf *out, const char *key, double v)
{
	char text[40];

	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	buf_addf(out, "%s=%s\n", key, text);
}

static void write_key(const struct key *k, const void *base, struct buf *out)
{
	const char *at = (const char *)base + k->at, *text;
	char time[CLOCK_TEXT];
	int64_t n = 0;

	switch (k->kind) {
	case KEY_TEXT:
	case KEY_WORD:
		text = *(const char *const *)at;
		if (*text || k->kind == KEY_WORD)
			add_text(out, k->name, text);
		return;
	case KEY_TIME:
		if (*(const int64_t *)at)
			add_text(out, k->name, clock_format_us(*(const int64_t *)at, time));
		return;
	case KEY_COST:
		if (*(const double *)at >= 0)
			add_cost(out, k->name, *(const double *)at);
		return;
	case KEY_KNOWN:
		if (*(const int64_t *)at >= 0)
			add_number(out, k->name, *(const int64_t *)at);
		return;
	case KEY_LONG: n = *(const long *)at; break;
	case KEY_INT: n = *(const int *)at; break;
	case KEY_INT64: n = *(const int64_t *)at; break;
	}
	if (n)
		add_number(out, k->name, n);
}

/* A header, with a blank line between it and the section before. */
static void add_header(struct buf *out, size_t start, const char *section)
{
	buf_addf(out, "%s[%s]\n", out->len > start ? "\n" : "", section);
}

void work_write(const struct work *w, struct buf *out)
{
	size_t start = out->len, at;
	char section[SECTION_MAX_LEN + 1];

	add_header(out, start, "state");
	at = out->len;
	for (const struct key *k = state_keys; k->name; k++)
		write_key(k, w, out);
	if (out->len == at)
		buf_cut(out, start);
	if (w->ncount)
		add_header(out, start, "count");
	for (size_t i = 0; i < w->ncount; i++)
		add_number(out, w->count[i].name, w->count[i].n);
	for (size_t i = 0; i < w->nattempt; i++) {
		snprintf(section, sizeof(section), "%s.%ld", w->attempt[i].role, w->attempt[i].n);
		add_header(out, start, section);
		for (const struct key *k = attempt_keys; k->name; k++)
			write_key(k, &w->attempt[i], out);
	}
	buf_adds(out, w->unknown);
}
