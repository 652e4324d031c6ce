/* cmd/types.h - the words that status and type may be, for completion (cmd/types.c) */
#ifndef CMD_TYPES_H
#define CMD_TYPES_H
struct ctx;

typedef void (*word_fn)(void *arg, const char *word, const char *text);

/* Built-in ones with what they mean, then the project's own with "". */
void types_each(struct ctx *c, word_fn fn, void *arg);
void statuses_each(struct ctx *c, word_fn fn, void *arg);

#endif
