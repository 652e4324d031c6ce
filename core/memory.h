/* core/memory.h - bd's memories: .beadwave/memory/KEY.md, one text a file, with a final newline */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H
#include <stddef.h>
struct buf; struct err; struct store; struct strs; struct txn;

/* Keys of all memories, sorted; appends copies. */
void memory_keys(struct store *s, struct strs *out);
/* The text without its final newline; appends. ERR_NOTFOUND. */
int memory_read(struct store *s, const char *key, struct buf *out, struct err *e);
/* May it be written? ERR_USAGE: a key that is empty or too long; not valid UTF-8. */
int memory_check(const char *key, const char *value, struct err *e);
/* Stages it; value NULL removes (ERR_NOTFOUND when there is none). ERR_USAGE as
 * memory_check(). */
int memory_write(struct txn *t, const char *key, const char *value, struct err *e);

#endif
