/* cmd/progress.c - see progress.h; the forms are those of DESIGN 6 and scheduling.md F003-17, -18 */
#include "cmd/progress.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "core/runner.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/text.h"

struct progress {
	struct ctx *c;
	enum progress_mode mode;
	bool ascii;
	int drawn;		/* lines of the table that stand on the screen */
	int64_t started_ms;
};

enum progress_mode progress_choose(struct ctx *c)
{
	const char *term = getenv("TERM");

	if (c->json)
		return PROGRESS_JSON;
	if (c->quiet)
		return PROGRESS_NONE;
	return isatty(fileno(c->out)) && term && strcmp(term, "dumb") ? PROGRESS_TABLE : PROGRESS_LINES;
}

/* By the user's locale; the program itself stays in "C", so that nothing it reads or writes depends on that. */
static bool knows_utf8(void)
{
	locale_t user = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = user && !strcmp(nl_langinfo_l(CODESET, user), "UTF-8");

	if (user)
		freelocale(user);
	return utf8;
}

struct progress *progress_new(struct ctx *c, enum progress_mode mode)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->c = c;
	p->mode = mode;
	p->ascii = !knows_utf8();
	p->started_ms = clock_mono_ms();
	return p;
}

void progress_free(struct progress *p)
{
	free(p);
}

/* Lines */

struct line_kind { const char *event, *icon, *ascii, *word; };

static const struct line_kind kinds[] = {
	{ "spawn", "⏳", ">", "IN PROGRESS" },
	{ "human", "✋", "?", "NEEDS YOU" },
	{ "blocked", "✗", "x", "FAILED" },
	{ "conflict", "⚠", "!", "CONFLICT" },
	{ "retry", "↻", "~", "RETRY" },
	{ "timeout", "⏱", "t", "TIMEOUT" },
	{ "cancel", "⊘", "-", "CANCELLED" },
	{ "commit", "✓", "+", "SUCCESS" },
};

/* First line of a text. */
static void first_line(struct buf *out, const char *text)
{
	buf_add(out, text, strcspn(text, "\n"));
}

static void describe(struct buf *out, const struct js *ev, const char *event)
{
	const char *role = js_str(ev, "role"), *reason = js_str(ev, "reason"), *status = js_str(ev, "status");

	if (role) {
		buf_addf(out, "%s", role);
		if (js_has(ev, "reviewer"))
			buf_addf(out, " %lld", js_int(ev, "reviewer", 0));
		buf_addf(out, ", attempt %lld", js_int(ev, "attempt", 1));
	}
	/* what the word in front of it says already is not said again */
	if (status && strcmp(event, "spawn") && strcmp(event, "commit") && strcmp(event, "human") &&
	    strcmp(event, "blocked"))
		buf_addf(out, "%s%s", out->len ? ": " : "", status);
	if (reason) {
		buf_adds(out, out->len ? " - " : "");
		first_line(out, reason);
	}
}

static void print_line(struct progress *p, const struct js *ev)
{
	const char *event = js_str(ev, "event"), *issue = js_str(ev, "issue");
	const char *icon = NULL, *ascii = "", *word = "";
	BUF_AUTO text = BUF_INIT;

	if (!event)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].event, event)) {
			icon = kinds[i].icon;
			ascii = kinds[i].ascii;
			word = kinds[i].word;
		}
	if (!strcmp(event, "verdict")) {
		icon = "·";
		ascii = ".";
		word = "VERDICT";
	}
	describe(&text, ev, event);
	if (!strcmp(event, "wave_open"))
		out_text(p->c, "Wave %lld\n", js_int(ev, "wave", 0));
	else if (!strcmp(event, "alert") || !strcmp(event, "degraded") || !strcmp(event, "breaker"))
		out_text(p->c, "[!] %s: %s\n", event, text.s);
	else if (!strcmp(event, "cancel") && !issue)
		out_text(p->c, "bdw: stopping %s\n", js_str(ev, "reason") ? js_str(ev, "reason") : "");
	else if (icon && issue)
		out_text(p->c, "[%s] %s: %s - %s\n", p->ascii ? ascii : icon, issue, word, text.s);
	fflush(p->c->out);
}

void progress_event(void *arg, const char *line, size_t n)
{
	struct progress *p = arg;
	struct js *ev;

	if (p->mode == PROGRESS_JSON) {
		fwrite(line, 1, n, p->c->out);
		fputc('\n', p->c->out);
		fflush(p->c->out);
		return;
	}
	if (p->mode != PROGRESS_LINES || js_parse(&ev, line, n, NULL) < 0)
		return;
	print_line(p, ev);
	js_free(ev);
}

/* The table */

struct row { const char *icon, *ascii; enum paint paint; };

static struct row row_of(const struct sched_state *st)
{
	switch (st->stage) {
	case STAGE_CLOSED: return (struct row){ "✓", "+", PAINT_GREEN };
	case STAGE_FAILED: return (struct row){ "✗", "x", PAINT_RED };
	case STAGE_HUMAN: return (struct row){ "✋", "?", PAINT_YELLOW };
	case STAGE_WAIT: return (struct row){ "⏸", "-", PAINT_DIM };
	case STAGE_IMPL: case STAGE_COLLECT: case STAGE_SPEC: case STAGE_CODE: case STAGE_HELD: case STAGE_CANDIDATE:
	case STAGE_TEST: case STAGE_MERGE: case STAGE_VERIFY: case STAGE_N: break;
	}
	return (struct row){ "⏳", ">", PAINT_CYAN };
}

static void stage_text(const struct runner *r, size_t i, const struct sched_state *st, struct buf *out)
{
	const struct sched_running *run;
	size_t n = sched_running(runner_sched(r), &run);
	int64_t now = runner_now_us(r);
	const char *holder;
	char t[CLOCK_TEXT];

	switch (st->stage) {
	case STAGE_WAIT:
		holder = sched_waits_for(runner_sched(r), i);
		buf_addf(out, "PENDING - %s%s", *holder ? "waiting for " : "ready", holder);
		return;
	case STAGE_CLOSED:
	case STAGE_FAILED:
	case STAGE_HUMAN:
		buf_adds(out, st->stage == STAGE_CLOSED ? "SUCCESS - " : st->stage == STAGE_FAILED ? "FAILED - " : "NEEDS YOU - ");
		first_line(out, st->reason);
		return;
	case STAGE_IMPL: case STAGE_COLLECT: case STAGE_SPEC: case STAGE_CODE: case STAGE_HELD: case STAGE_CANDIDATE:
	case STAGE_TEST: case STAGE_MERGE: case STAGE_VERIFY: case STAGE_N:
		break;
	}
	buf_addf(out, "IN PROGRESS - %s", stage_name(st->stage));
	for (size_t k = 0; k < n; k++)
		if (run[k].issue == i)
			buf_addf(out, " %ld", run[k].n);
	buf_addf(out, " (%s)", clock_format_duration((now - st->since_us) / 1000, t));
}

/* The end of what an issue's newest attempt printed. */
static void last_line(const struct runner *r, size_t i, struct buf *out)
{
	BUF_AUTO line = BUF_INIT;

	runner_last_line((struct runner *)r, i, &line);
	if (line.len)
		buf_addf(out, "  %s", line.s);
}

static void add_row(struct progress *p, const struct runner *r, size_t i, int width, struct buf *out)
{
	struct sched_state st;
	struct row row;
	BUF_AUTO text = BUF_INIT;
	BUF_AUTO title = BUF_INIT;

	sched_state(runner_sched(r), i, &st);
	if (!st.launchable && st.stage != STAGE_CLOSED)
		return;
	row = row_of(&st);
	text_fit(&title, st.title, width / 3, p->ascii);
	buf_addf(&text, "[%s] %s  %s", p->ascii ? row.ascii : row.icon, st.id, title.s);
	for (int pad = text_width(title.s); pad < width / 3; pad++)
		buf_addc(&text, ' ');
	buf_adds(&text, "  ");
	stage_text(r, i, &st, &text);
	if (st.stage != STAGE_WAIT && st.stage < STAGE_CLOSED)
		last_line(r, i, &text);
	buf_adds(out, out_paint(p->c, row.paint));
	text_fit(out, text.s, width - 1, p->ascii);
	buf_addf(out, "%s\n", out_plain(p->c));
}

/* "Wave 2 Progress   5/8 closed  [######----]  2 running   21:04  ETA 12:10" */
static void add_header(const struct runner *r, int width, struct buf *out)
{
	const struct sched *s = runner_sched(r);
	const struct sched_running *run;
	size_t total = 0, closed = 0, ended = 0, running = sched_running(s, &run);
	int64_t spent = (runner_now_us(r) - runner_started_us(r)) / 1000000;
	int bar = width > 90 ? 18 : 10;

	for (size_t i = 0; i < sched_count(s); i++) {
		struct sched_state st;

		sched_state(s, i, &st);
		total += st.launchable || st.wave;
		closed += st.stage == STAGE_CLOSED && (st.launchable || st.wave);
		ended += st.stage >= STAGE_CLOSED && (st.launchable || st.wave);
	}
	buf_addf(out, "Wave %d Progress   %zu/%zu closed  [", sched_wave(s), closed, total);
	for (int k = 0; k < bar; k++)
		buf_addc(out, total && (size_t)k * total < closed * (size_t)bar ? '#' : '-');
	buf_addf(out, "]  %zu running   %02d:%02d", running, (int)(spent / 60), (int)(spent % 60));
	if (ended && ended < total) {
		int64_t eta = spent * (int64_t)(total - ended) / (int64_t)ended;

		buf_addf(out, "  ETA %02d:%02d", (int)(eta / 60), (int)(eta % 60));
	}
	buf_addc(out, '\n');
	for (int k = 0; k < width - 1; k++)
		buf_addc(out, '=');
	buf_addc(out, '\n');
}

static int count_lines(const struct buf *b)
{
	int n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += b->s[i] == '\n';
	return n;
}

/* What moves stands first; what ended long ago is left out when the screen is full. */
static void draw(struct progress *p, const struct runner *r, struct buf *out)
{
	const struct sched *s = runner_sched(r);
	int width = out_width(p->c), rows = 0, room = 30;

	add_header(r, width, out);
	for (int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < sched_count(s) && rows < room; i++) {
			struct sched_state st;
			size_t before = out->len;

			sched_state(s, i, &st);
			if (pass != (st.stage == STAGE_WAIT ? 1 : st.stage >= STAGE_CLOSED ? 2 : 0))
				continue;
			add_row(p, r, i, width, out);
			rows += out->len > before;
		}
}

void progress_turn(void *arg, struct runner *r)
{
	struct progress *p = arg;
	BUF_AUTO text = BUF_INIT;

	if (p->mode != PROGRESS_TABLE)
		return;
	draw(p, r, &text);
	if (p->drawn)
		fprintf(p->c->out, "\033[%dA\033[J", p->drawn);
	fwrite(text.s, 1, text.len, p->c->out);
	fflush(p->c->out);
	p->drawn = count_lines(&text);
}

void progress_end(struct progress *p)
{
	p->drawn = 0;
}
