/* core/held.h - a review that could not verify because another issue's code was missing
 * (spec/pipeline.md 5.3) */
#ifndef CORE_HELD_H
#define CORE_HELD_H
#include <stddef.h>
struct arena; struct err;

struct held_place { const char *path, *symbol; };
/* The "src/b.c:init" of a reviewer's words: a path holds a '.' or a '/', a symbol begins with a
 * letter or '_' (a number is a line, and says nothing). *out is in a. How many. */
size_t held_places(const char *text, struct held_place **out, struct arena *a);
/* Is every symbol that text names in its file at rev of repo? 1: yes; 0: no, or it names none;
 * or an error. Blocks while git runs: made for a thread. */
int held_settled(const char *repo, const char *rev, const char *text, struct err *e);

#endif
