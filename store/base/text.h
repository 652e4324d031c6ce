/* store/base/text.h - bytes as text: lines, UTF-8, words */
#ifndef STORE_BASE_TEXT_H
#define STORE_BASE_TEXT_H
#include <stdbool.h>
#include <stddef.h>
struct buf; struct strs; struct err;

/* Takes the next line (without its newline) from *s with *n bytes left; false at the end. Moves
 * both. */
bool text_line(const char **s, size_t *n, const char **line, size_t *len);
/* Removes white space at both ends: moves *s and shortens *len. */
void text_trim(const char **s, size_t *len);
/* "true", "1", "yes", "on" or "t", in any case; NULL is none of them. */
bool text_true(const char *s);
/* Does a path stay below the folder it starts in, whatever that is? */
bool text_path_inside(const char *s);
bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
/* Splits at a character, trims each part, drops empty ones; appends copies to out. */
void text_split(const char *s, char sep, struct strs *out);
/* Appends the parts with sep between them. */
void text_join(struct buf *out, const struct strs *parts, const char *sep);
/* Splits into words as a POSIX shell would (quotes, backslash), no expansion. ERR_PARSE: open
 * quote. */
int text_words(const char *s, struct strs *out, struct err *e);
/* Offset of the first byte that is not valid UTF-8 (or is NUL), or -1. */
long text_utf8_bad(const char *s, size_t n);
/* Puts '?' in place of each such byte: a program's output, a message cut in the middle of a
 * character. */
void text_utf8_mend(char *s, size_t n);
/* Terminal columns of UTF-8 text by wcwidth(3) rules; control characters count 0. */
int text_width(const char *s);
/* Appends s cut to at most width columns, with "…" ("..." when ascii) when it was longer. */
void text_fit(struct buf *out, const char *s, int width, bool ascii);
/* Appends n bytes of a program's output as one line can show them: without escape sequences;
 * control characters as blanks, what is not UTF-8 as '?'. */
void text_plain(struct buf *out, const char *s, size_t n);
/* What a hex digit counts, in either case; -1: it is none. */
int text_hex(char c);
/* Replaces each %XX by its byte, in place; a percent sign that stands for none, or for NUL, stays. */
void text_unescape(char *s);
/* Edit distance (Levenshtein), for "did you mean". */
int text_distance(const char *a, const char *b);
/* Newlines, returns and tabs become blanks, in place; returns s. */
char *text_one_line(char *s);
/* The shortest of names that begins with s, else the nearest to it when close enough to suggest, else
 * NULL. Borrowed. */
const char *text_nearest(const char *s, const char *const *names, size_t n);
/* Does the string match a shell pattern with * and ? and [..]; '/' is matched by '*'. */
bool text_glob(const char *pattern, const char *s);
/* Decimal integer, the whole string, within [min,max]. 0, or -1. */
int text_int(const char *s, long long min, long long max, long long *out);

#endif
