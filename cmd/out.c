#include "cmd/out.h"

#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cmd/ascii.h"
#include "cmd/cmd.h"
#include "cmd/render.h"
#include "core/settings.h"
#include "store/base/text.h"
#include "store/issue.h"

void out_clean(struct ctx *c, struct buf *out, const char *text)
{
	if (out_colored(c))
		render_clean_colored(out, text);
	else
		render_clean(out, text);
}

static void __attribute__((format(printf, 3, 0))) put_clean(struct ctx *c, FILE *f, const char *fmt,
							    va_list ap)
{
	BUF_AUTO text = BUF_INIT;
	BUF_AUTO clean = BUF_INIT;

	buf_vaddf(&text, fmt, ap);
	out_clean(c, &clean, text.s);
	if (f != c->out || !out_ascii(c)) {
		fwrite(clean.s, 1, clean.len, f);
		return;
	}
	buf_reset(&text);
	ascii_add(&text, clean.s, clean.len);
	fwrite(text.s, 1, text.len, f);
}

void out_text(struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_clean(c, c->out, fmt, ap);
	va_end(ap);
}

void out_note(struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet)
		return;
	va_start(ap, fmt);
	put_clean(c, c->out, fmt, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 2, 0))) put_done(struct ctx *c, const char *fmt,
							   va_list ap)
{
	fprintf(c->out, "%s%s%s ", out_paint(c, PAINT_GREEN), out_ascii(c) ? "+" : "✓",
		out_plain(c));
	put_clean(c, c->out, fmt, ap);
}

void out_done(struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	if (c->quiet)
		return;
	va_start(ap, fmt);
	put_done(c, fmt, ap);
	va_end(ap);
}

void out_made(struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_done(c, fmt, ap);
	va_end(ap);
}

void out_warn(struct ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put_clean(c, c->errs, fmt, ap);
	va_end(ap);
	fputc('\n', c->errs);
}

static bool is_terminal(struct ctx *c)
{
	int fd = fileno(c->out);

	return fd >= 0 && isatty(fd);
}

static bool want_colors(struct ctx *c)
{
	const char *no = getenv("NO_COLOR"), *off = getenv("CLICOLOR"),
		*force = getenv("CLICOLOR_FORCE");
	const char *term = getenv("TERM");

	if (no && *no)
		return false;
	if (force && *force && strcmp(force, "0"))
		return true;
	if (off && !strcmp(off, "0"))
		return false;
	return is_terminal(c) && !(term && !strcmp(term, "dumb"));
}

/* Asked for every word of a listing, so asked of the system only once. */
bool out_colored(struct ctx *c)
{
	if (c->colors == COLORS_UNKNOWN)
		c->colors = want_colors(c) ? COLORS_ON : COLORS_OFF;
	return c->colors == COLORS_ON;
}

const char *out_paint(struct ctx *c, enum paint p)
{
	static const char *const sgr[] = {
		[PAINT_NONE] = "", [PAINT_BOLD] = "\033[1m", [PAINT_DIM] = "\033[2m",
		[PAINT_RED] = "\033[31m", [PAINT_GREEN] = "\033[32m", [PAINT_YELLOW] = "\033[33m",
		[PAINT_BLUE] = "\033[34m", [PAINT_CYAN] = "\033[36m", [PAINT_MAGENTA] = "\033[35m",
	};

	return out_colored(c) ? sgr[p] : "";
}

const char *out_plain(struct ctx *c)
{
	return out_colored(c) ? "\033[0m" : "";
}

/* COLUMNS or LINES, when the terminal cannot say. */
static int size_from(const char *variable, int otherwise)
{
	const char *value = getenv(variable);
	long long n;

	return value && text_int(value, 5, 10000, &n) == 0 ? (int)n : otherwise;
}

static struct winsize terminal_size(struct ctx *c)
{
	struct winsize size = { 0 };

	if (is_terminal(c) && ioctl(fileno(c->out), TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	return size;
}

/* By the user's locale; the program itself stays in "C", so that nothing it reads or writes
 * depends on that. */
bool out_utf8(void)
{
	locale_t user = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = user && !strcmp(nl_langinfo_l(CODESET, user), "UTF-8");

	if (user)
		freelocale(user);
	return utf8;
}

bool out_ascii(struct ctx *c)
{
	return is_terminal(c) && !out_utf8();
}

int out_width(struct ctx *c)
{
	struct winsize size = terminal_size(c);

	return size.ws_col ? size.ws_col : size_from("COLUMNS", 80);
}

int out_height(struct ctx *c)
{
	struct winsize size = terminal_size(c);

	return size.ws_row ? size.ws_row : size_from("LINES", 24);
}

void out_redraw(struct ctx *c, struct screen *s, const char *text)
{
	int room = out_height(c) - 1, width = out_width(c);

	/* what a narrower terminal has wrapped stays above: nobody knows how many lines it takes
	 * now */
	fputs("\r", c->out);
	if (s->lines && width >= s->width)
		fprintf(c->out, "\033[%dA", s->lines < room ? s->lines : room);
	for (s->lines = 0, s->width = width; *text && s->lines < room; s->lines++) {
		size_t n = strcspn(text, "\n");

		fprintf(c->out, "%.*s\033[K\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
	fputs("\033[J", c->out);
	fflush(c->out);
}

static const struct { const char *status, *icon; enum paint paint; } icons[] = {
	{ "open", "○", PAINT_NONE },
	{ "in_progress", "◐", PAINT_YELLOW },
	{ "blocked", "●", PAINT_RED },
	{ "closed", "✓", PAINT_GREEN },
	{ "deferred", "❄", PAINT_CYAN },
	{ "pinned", "📌", PAINT_MAGENTA },
	{ "hooked", "◇", PAINT_BLUE },
};

/* A custom status looks like the built-in one of its class. */
static size_t icon_index(struct ctx *c, const char *status)
{
	struct vocab v;

	for (size_t i = 0; i < sizeof(icons) / sizeof(icons[0]); i++)
		if (!strcmp(icons[i].status, status))
			return i;
	v = settings_vocab(cmd_settings(c));
	switch (status_class(status, &v)) {
	case STATUS_WIP: return 1;
	case STATUS_DONE: return 3;
	case STATUS_FROZEN: return 4;
	case STATUS_UNKNOWN:
	case STATUS_ACTIVE: break;
	}
	return 0;
}

const char *out_icon(struct ctx *c, const char *status)
{
	return icons[icon_index(c, status)].icon;
}

enum paint out_status_paint(struct ctx *c, const char *status)
{
	return icons[icon_index(c, status)].paint;
}

enum paint out_priority_paint(int priority)
{
	switch (priority) {
	case 0: return PAINT_RED;
	case 1: return PAINT_YELLOW;
	case 2: return PAINT_BLUE;
	default: return PAINT_DIM;
	}
}

const char *out_title(struct ctx *c, const char *title)
{
	enum { DEFAULT_LEN = 255 };
	long max = settings_int(cmd_settings(c), "output.title-length", DEFAULT_LEN);
	BUF_AUTO cut = BUF_INIT;

	if (max <= 0)
		return "";
	if (title[strcspn(title, "\n\r\t")])
		title = text_one_line(arena_strdup(&c->arena, title));
	if (strlen(title) <= (size_t)max || text_width(title) <= max)
		return title;
	text_fit(&cut, title, (int)max, false);
	return arena_strdup(&c->arena, cut.s);
}

const char *out_dollars(struct ctx *c, double usd)
{
	return arena_printf(&c->arena, usd >= 0.1 || usd <= 0 ? "$%.2f" : "$%.4f", usd);
}

const char *out_id_title(struct ctx *c, const char *id, const char *title)
{
	const char *shown = out_title(c, title);

	return *shown ? arena_printf(&c->arena, "%s — %s", id, shown) : id;
}

const char *out_id_bracket(struct ctx *c, const char *id, const char *title)
{
	const char *shown = out_title(c, title);

	return *shown ? arena_printf(&c->arena, "%s (%s)", id, shown) : id;
}

void out_indented(struct ctx *c, const char *text, int indent)
{
	size_t n = strlen(text), len;
	const char *line;

	while (text_line(&text, &n, &line, &len))
		out_text(c, "%*s%.*s\n", len ? indent : 0, "", (int)len, line);
}

static struct tm local_time(long long us)
{
	time_t t = (time_t)(us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	return tm;
}

char *out_date(long long us, char *out)
{
	struct tm tm = local_time(us);

	strftime(out, OUT_TIME, "%Y-%m-%d", &tm);
	return out;
}

char *out_minute(long long us, char *out)
{
	struct tm tm = local_time(us);

	strftime(out, OUT_TIME, "%Y-%m-%d %H:%M", &tm);
	return out;
}
