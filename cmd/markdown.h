/* cmd/markdown.h - Markdown as a terminal shows it */
#ifndef CMD_MARKDOWN_H
#define CMD_MARKDOWN_H
struct buf; struct ctx;

/*
 * Appends the text. On a terminal: lines are broken between words at its width (at most 100
 * columns), items hang below their bullet, code keeps its lines, and with colours headings,
 * `code` and **strong** look the part. Elsewhere the text stays as it is, for programs to read.
 * Control characters go, as in render_clean. A final newline is not added.
 */
void markdown_render(struct ctx *c, struct buf *out, const char *text);

#endif
