/* cmd/out.h - text for people: icons, colours on a terminal, the lines bd prints */
#ifndef CMD_OUT_H
#define CMD_OUT_H
#include <stdbool.h>
#include <stddef.h>
struct buf; struct ctx; struct issue;

/* Text for c->out or c->errs without control characters, whoever they are from; newlines, tabs
 * and, where colours are on, those stay. Appends. The three below do it with all they print. */
void out_clean(struct ctx *c, struct buf *out, const char *text);
/* To c->out. */
void out_text(struct ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* What was done, not with -q; out_done() with "✓ " in green before it. */
void out_note(struct ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void out_done(struct ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As out_done(), but with -q too: it says which id was made or taken. */
void out_made(struct ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* To c->errs, with a newline. */
void out_warn(struct ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum paint {
	PAINT_NONE, PAINT_BOLD, PAINT_DIM, PAINT_RED, PAINT_GREEN, PAINT_YELLOW, PAINT_BLUE,
	PAINT_CYAN, PAINT_MAGENTA,
};
/* Colours are used when c->out is a terminal, TERM is not dumb and NO_COLOR is unset or empty;
 * CLICOLOR=0 turns them off, CLICOLOR_FORCE (not 0) on even into a pipe. */
bool out_colored(struct ctx *c);
/* "\033[31m" and "\033[0m", or "" when colours are off. */
const char *out_paint(struct ctx *c, enum paint p);
const char *out_plain(struct ctx *c);
/* Does the user's locale know UTF-8, so that icons and frames can be read? */
bool out_utf8(void);
/* Is c->out a terminal that shows nothing but ASCII? What goes through out_text, out_done and
 * render_print is turned into that by itself; pipes get icons whatever the locale, as from bd. */
bool out_ascii(struct ctx *c);
int out_width(struct ctx *c);	/* columns of the terminal; 80 when there is none */
int out_height(struct ctx *c);	/* its lines; 24 when there is none */

/* A picture on the terminal that is redrawn in place; begin with { 0 }. */
struct screen {
	int lines, width;	/* of what stands there */
};
/* Puts text where the one before stood. Its lines must fit the width; those beyond the height
 * are left out, because what has scrolled away cannot be drawn again. */
void out_redraw(struct ctx *c, struct screen *s, const char *text);

/* Icons are printed into pipes too, as bd does. ○ open, ◐ in_progress, ● blocked, ✓ closed, ❄
 * deferred, 📌 pinned, ◇ hooked; custom ones as their class. */
const char *out_icon(struct ctx *c, const char *status);
enum paint out_status_paint(struct ctx *c, const char *status);
enum paint out_priority_paint(int priority);

/* The title as `output.title-length` wants it (default 255 characters, 0: ""). Lives in
 * c->arena. */
const char *out_title(struct ctx *c, const char *title);
/* "$1.52", "$0.0059" of less than ten cents. Lives in c->arena. */
const char *out_dollars(struct ctx *c, double usd);
/* "ID — Title", "ID" when titles are hidden; "ID (Title)" with brackets. Lives in c->arena. */
const char *out_id_title(struct ctx *c, const char *id, const char *title);
const char *out_id_bracket(struct ctx *c, const char *id, const char *title);
/* Text with each line indented; a final newline is not doubled. */
void out_indented(struct ctx *c, const char *text, int indent);
enum { OUT_TIME = 40 };	/* room for either */
/* "2026-11-21" and "2026-11-21 02:00" in the local time zone. Return out. */
char *out_date(long long us, char *out);
char *out_minute(long long us, char *out);

#endif
