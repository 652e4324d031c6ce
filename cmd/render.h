/* cmd/render.h - an issue as one line of text, in bd's forms (spec/cli.md 5); all append to a
 * buf */
#ifndef CMD_RENDER_H
#define CMD_RENDER_H
#include <stddef.h>
struct buf; struct ctx; struct issue; struct strs;

/* "● P1", coloured when it asks for attention. */
void render_priority(struct ctx *c, struct buf *out, int priority);
/* Text of unknown origin without control characters (a title could hold escape sequences);
 * newlines and tabs stay. */
void render_clean(struct buf *out, const char *text);
/* The same as one line: a title that holds newlines must not pass for lines of a list. */
void render_line(struct buf *out, const char *text);
/* The same, but colours stay: for a text of ours with such in it. */
void render_clean_colored(struct buf *out, const char *text);
/* "○ ID ● P2 [epic] Title": list, ready, show --short. No newline, like all below. */
void render_short(struct ctx *c, struct buf *out, const struct issue *is);
/* "○ ID: (EPIC) Title ● P2": the relation blocks of show. */
void render_relation(struct ctx *c, struct buf *out, const struct issue *is);
/* "ID: Title [P2] (open)": dep list, dep tree. */
void render_plain(struct buf *out, const struct issue *is);

/* What stands behind a line of list --flat; any may be NULL or empty. */
struct render_ties { const char *parent; const struct strs *blocked_by, *blocks; };
/* "○ ID [● P2] [task] @ann [a b] - Title (parent: P, blocked by: A, blocks: C)"; ● when
 * something blocks it. */
void render_flat(struct ctx *c, struct buf *out, const struct issue *is,
		 const struct render_ties *t);
/* "ID: Title (blocked by: A)", as BD_AGENT_MODE wants it. */
void render_agent(struct buf *out, const struct issue *is, const struct render_ties *t);
/* " @ann [a b]": assignee and labels, each with a blank in front. */
void render_tags(struct buf *out, const struct issue *is);
/* The lines of `search --long`, `query --long`, with their newline. */
void render_long(struct ctx *c, struct buf *out, const struct issue *is);

/* The line under trees: a rule of 80 '-', the summary, the legend of icons; with newlines. */
void render_footer(struct ctx *c, struct buf *out, const char *summary);
/* "Status: ○ open  ◐ in_progress  ...", so far to the right, without the last newline; in as many
 * lines as a narrow terminal needs. */
void render_legend(struct ctx *c, struct buf *out, int indent);

/* A title in a line of a list: on a terminal that is too narrow for the line, render_print cuts
 * it. The marks are control characters, which render_clean leaves in no other text. */
#define RENDER_TITLE "\001"
#define RENDER_TITLE_END "\002"
void render_title(struct buf *out, const char *title);
/* Columns of a part of a line of ours: colours and marks take none. */
int render_width(const char *s, size_t n);
/* Columns of the terminal that is printed to; 0 when there is none: lines are as long as they
 * are. */
int render_columns(struct ctx *c);

/* Prints it: through a pager when out is a terminal and the text is higher than it ($BDW_PAGER,
 * $BD_PAGER, $GIT_PAGER, $PAGER, else less; an empty one, cat, BD_NO_PAGER or pager false:
 * never), else as it is. */
void render_print(struct ctx *c, const struct buf *text, int pager);

#endif
