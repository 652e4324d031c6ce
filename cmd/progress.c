/* cmd/progress.c - see progress.h; the forms are those of DESIGN 6 and scheduling.md F003-17,
 * -18 */
#include "cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "core/runner.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/text.h"

struct progress {
	struct ctx *c;
	enum progress_mode mode;
	bool ascii;
	struct screen screen;
	struct buf stopping;	/* "2 agents (10.0s)" once the run is being stopped */
	int64_t report_ms, report_at;	/* lines: 0 never; when the next is due */
};

enum progress_mode progress_choose(struct ctx *c)
{
	const char *term = getenv("TERM");

	if (c->json)
		return PROGRESS_JSON;
	if (c->quiet)
		return PROGRESS_NONE;
	return isatty(fileno(c->out)) && term && strcmp(term, "dumb") ? PROGRESS_TABLE :
		PROGRESS_LINES;
}

struct progress *progress_new(struct ctx *c, enum progress_mode mode)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->c = c;
	p->mode = mode;
	p->ascii = !out_utf8();
	p->stopping = (struct buf)BUF_INIT;
	return p;
}

void progress_report_every(struct progress *p, int64_t ms)
{
	p->report_ms = ms;
	p->report_at = clock_mono_ms() + ms;
}

void progress_free(struct progress *p)
{
	buf_release(&p->stopping);
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
	{ "verdict", "·", ".", "VERDICT" },
};

/* First line of a text. */
static void first_line(struct buf *out, const char *text)
{
	buf_add(out, text, strcspn(text, "\n"));
}

static void describe(struct buf *out, const struct js *ev, const char *event)
{
	const char *role = js_str(ev, "role"), *reason = js_str(ev, "reason"),
		*status = js_str(ev, "status");

	if (role) {
		buf_addf(out, "%s", role);
		if (js_has(ev, "reviewer"))
			buf_addf(out, " %lld", js_int(ev, "reviewer", 0));
		if (js_has(ev, "attempt"))
			buf_addf(out, ", attempt %lld", js_int(ev, "attempt", 0));
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

/* The run is told to stop; a cancelled issue is named. */
static bool is_stop(const struct js *ev)
{
	const char *event = js_str(ev, "event");

	return event && !strcmp(event, "cancel") && !js_str(ev, "issue") && js_str(ev, "reason");
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
	describe(&text, ev, event);
	if (!strcmp(event, "wave_open"))
		out_text(p->c, "Wave %lld\n", js_int(ev, "wave", 0));
	else if (!strcmp(event, "alert") || !strcmp(event, "degraded") || !strcmp(event, "breaker"))
		out_text(p->c, "[!] %s: %s\n", event, text.s);
	else if (is_stop(ev))
		out_text(p->c, "bdw: stopping %s\n", js_str(ev, "reason"));
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
	if (p->mode == PROGRESS_NONE || js_parse(&ev, line, n, NULL) < 0)
		return;
	if (p->mode == PROGRESS_LINES)
		print_line(p, ev);
	else if (is_stop(ev))
		buf_addf(&p->stopping, "bdw: stopping %s; Ctrl-C again kills at once\n",
			 js_str(ev, "reason"));
	js_free(ev);
}

/* The table */

struct row { const char *icon, *ascii; enum paint paint; };
enum { PART_AT_WORK, PART_WAITING, PART_ENDED, PART_N };
struct table {
	int width, id;		/* columns of the terminal; of the longest id */
	int left[PART_N];	/* rows that are not drawn yet */
};

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

static void stage_text(const struct runner *r, size_t i, const struct sched_state *st,
		       struct buf *out)
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
		buf_adds(out, st->stage == STAGE_CLOSED ? "SUCCESS - " :
			 st->stage == STAGE_FAILED ? "FAILED - " : "NEEDS YOU - ");
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

static void pad(struct buf *out, const char *text, int width)
{
	buf_adds(out, text);
	for (int w = text_width(text); w < width; w++)
		buf_addc(out, ' ');
}

static void add_row(struct progress *p, const struct runner *r, size_t i, const struct table *t,
		    struct buf *out)
{
	struct sched_state st;
	struct row row;
	BUF_AUTO text = BUF_INIT;
	BUF_AUTO cell = BUF_INIT;

	sched_state(runner_sched(r), i, &st);
	row = row_of(&st);
	buf_addf(&cell, "[%s]", p->ascii ? row.ascii : row.icon);
	pad(&text, cell.s, p->ascii ? 4 : 5);
	buf_reset(&cell);
	text_fit(&cell, st.id, t->id, p->ascii);
	pad(&text, cell.s, t->id + 2);
	buf_reset(&cell);
	text_fit(&cell, st.title, t->width / 3, p->ascii);
	pad(&text, cell.s, t->width / 3 + 2);
	stage_text(r, i, &st, &text);
	if (st.stage != STAGE_WAIT && st.stage < STAGE_CLOSED) {
		buf_adds(&text, "  ");
		runner_last_line(r, i, &text);
	}
	buf_reset(&cell);
	text_plain(&cell, text.s, text.len);	/* titles and reasons come from anybody */
	while (cell.len && cell.s[cell.len - 1] == ' ')
		buf_cut(&cell, cell.len - 1);
	buf_adds(out, out_paint(p->c, row.paint));
	text_fit(out, cell.s, t->width - 1, p->ascii);
	buf_addf(out, "%s\n", out_plain(p->c));
}

/* "Wave 2 Progress   5/8 closed  [######----]  2 running   21:04  ETA 12:10" */
static void add_header(struct progress *p, const struct runner *r, int width, struct buf *out)
{
	const struct sched *s = runner_sched(r);
	const struct sched_running *run;
	size_t total = 0, closed = 0, ended = 0, running = sched_running(s, &run);
	int64_t spent = (runner_now_us(r) - runner_started_us(r)) / 1000000;
	int bar = width > 90 ? 18 : 10;
	BUF_AUTO line = BUF_INIT;

	for (size_t i = 0; i < sched_count(s); i++) {
		struct sched_state st;

		sched_state(s, i, &st);
		total += st.launchable || st.wave;
		closed += st.stage == STAGE_CLOSED && (st.launchable || st.wave);
		ended += st.stage >= STAGE_CLOSED && (st.launchable || st.wave);
	}
	buf_addf(&line, "Wave %d %s%zu/%zu closed  ", sched_wave(s), width < 60 ? "" :
		 "Progress   ", closed, total);
	if (width > 76) {
		buf_addc(&line, '[');
		for (int k = 0; k < bar; k++)
			buf_addc(&line,
				 total && (size_t)k * total < closed * (size_t)bar ? '#' : '-');
		buf_adds(&line, "]  ");
	}
	buf_addf(&line, "%zu running   %02d:%02d", running, (int)(spent / 60), (int)(spent % 60));
	if (ended && ended < total) {
		int64_t eta = spent * (int64_t)(total - ended) / (int64_t)ended;

		buf_addf(&line, "  ETA %02d:%02d", (int)(eta / 60), (int)(eta % 60));
	}
	text_fit(out, line.s, width - 1, p->ascii);
	buf_addc(out, '\n');
	for (int k = 0; k < width - 1; k++)
		buf_addc(out, '=');
	buf_addc(out, '\n');
}

/* What is worked on, what waits, what has ended; -1: no row, it was closed before the run or is
 * not its business. */
static int part_of(const struct sched_state *st)
{
	if (!st->launchable && !st->wave)
		return -1;
	return st->stage == STAGE_WAIT ? PART_WAITING : st->stage >= STAGE_CLOSED ? PART_ENDED :
		PART_AT_WORK;
}

static void measure(struct progress *p, const struct sched *s, struct table *t)
{
	struct sched_state st;

	*t = (struct table){ .width = out_width(p->c) };
	for (size_t i = 0; i < sched_count(s); i++) {
		sched_state(s, i, &st);
		if (part_of(&st) < 0)
			continue;
		t->left[part_of(&st)]++;
		t->id = text_width(st.id) > t->id ? text_width(st.id) : t->id;
	}
	t->id = t->id > t->width / 3 ? t->width / 3 : t->id;
}

/* "+ 13 waiting, 7 ended": for which there was no room. */
static void add_rest(const struct table *t, struct buf *out)
{
	static const char *const words[PART_N] = { "at work", "waiting", "ended" };
	const char *before = "+ ";

	for (int part = 0; part < PART_N; part++)
		if (t->left[part]) {
			buf_addf(out, "%s%d %s", before, t->left[part], words[part]);
			before = ", ";
		}
	if (*before == ',')
		buf_addc(out, '\n');
}

/* What moves stands first; what is too much for the screen is counted. */
static void draw(struct progress *p, const struct runner *r, struct buf *out)
{
	const struct sched *s = runner_sched(r);
	struct sched_state st;
	struct table t;
	char in[CLOCK_TEXT];
	/* the header's lines, the cursor's, the last */
	int room = out_height(p->c) - 3 - (p->stopping.len > 0) - (runner_poll_ms(r) > 0);

	measure(p, s, &t);
	add_header(p, r, t.width, out);
	if (t.left[0] + t.left[1] + t.left[2] > room)
		room--;
	for (int part = 0; part < PART_N; part++)
		for (size_t i = 0; i < sched_count(s) && t.left[part] && room > 0; i++) {
			sched_state(s, i, &st);
			if (part_of(&st) != part)
				continue;
			add_row(p, r, i, &t, out);
			t.left[part]--;
			room--;
		}
	add_rest(&t, out);
	if (runner_poll_ms(r))
		buf_addf(out, "Polling in %s...\n", clock_format_duration(runner_poll_ms(r), in));
	text_fit(out, p->stopping.s, t.width, p->ascii);
}

void progress_draw(void *arg, struct runner *r)
{
	struct progress *p = arg;
	BUF_AUTO text = BUF_INIT;

	if (p->mode == PROGRESS_LINES && p->report_ms && clock_mono_ms() >= p->report_at) {
		/* from when it was due, or one drawn late would leave out the next */
		while (p->report_at <= clock_mono_ms())
			p->report_at += p->report_ms;
		draw(p, r, &text);
		out_text(p->c, "%s", text.s);
		fflush(p->c->out);
	}
	if (p->mode != PROGRESS_TABLE)
		return;
	draw(p, r, &text);
	out_redraw(p->c, &p->screen, text.s);
}

void progress_end(struct progress *p)
{
	p->screen = (struct screen){ 0 };
}
