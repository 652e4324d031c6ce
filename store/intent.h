/* store/intent.h - moving the store's ref so that a killed process leaves no lock behind;
 * private to store/
 *
 * A process killed inside git's ref update leaves REF.lock, and nobody may remove a lock that
 * may be somebody's. So the commit to come is written down before, and the next command knows
 * the lock as our own (infra.md 0.2, A21). */
#ifndef STORE_INTENT_H
#define STORE_INTENT_H
#include <stdbool.h>
#include "store/ref.h"
struct err; struct store;

/* The commit point, under the writers' lock: writes the intent, moves the store's ref from old
 * (zero: it must not exist) to new by compare-and-swap; on the disk after repo_ref_sync(). Waits
 * up to 2 s for another git's REF.lock. The intent stays until intent_clear(), so that a crash
 * while the files are put in place is known too; on failure it is gone. ERR_CONFLICT: the ref
 * had moved, ERR_BUSY, ERR_IO. */
int intent_move_ref(struct store *s, const struct oid *new_oid, const struct oid *old,
		    const char *log, struct err *e);
/* Only the note that a writer is at work. */
int intent_begin(struct store *s, const struct oid *new_oid, struct err *e);
void intent_clear(struct store *s);
/* Did a writer die before intent_clear()? */
bool intent_left(struct store *s);
/* Under the writers' lock: removes the REF.lock that such a writer left, waiting until it is 2 s
 * old when its bytes do not prove that it is ours. A lock that is somebody else's stays. */
void intent_recover(struct store *s);

#endif
