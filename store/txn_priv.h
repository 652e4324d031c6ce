/* store/txn_priv.h - what a transaction holds; shared by txn*.c only */
#ifndef STORE_TXN_PRIV_H
#define STORE_TXN_PRIV_H
#include <stdbool.h>
#include <stdint.h>
#include "store/base/arena.h"
#include "store/base/map.h"
#include "store/issue.h"
#include "store/ref.h"
#include "store/store_priv.h"
#include "store/text3.h"
#include "store/txn.h"

/* One file that the transaction has looked at. All it points to is in the txn's arena. */
struct staged {
	const char *path;
	const char *id;			/* NULL: no issue file */
	struct text disk;		/* what stands on disk; s NULL: no file */
	struct oid blob;		/* what head has; zero: nothing */
	/* an edit by hand, in canonical form, to be committed first; s NULL: none */
	struct text hand;
	const struct issue *seen;	/* as found; NULL: none, or broken */
	struct text found;		/* canonical bytes of seen, or the plain file's */
	struct issue *is;		/* staged: edited or created */
	struct text data;		/* what is to be committed; s NULL: removal */
	bool write;			/* is, data or gone counts */
	bool gone;
	bool absorb;			/* commit hand even if nothing else is written */
};

struct txn {
	struct store *s;
	struct arena a;
	const char *actor;
	int lock_fd;
	struct oid head;		/* the ref's commit, which is the stamp's too */
	struct view *view;		/* NULL until txn_view() */
	struct map by_path;		/* struct staged */
	struct map created;		/* struct staged, by the id in small letters */
	/* the same, in order of the first look */
	struct { struct staged **v; size_t n, cap; } list;
};

/* An issue's file as it is, parsed: seen, found, hand are set; *out stays the txn's. Nothing there:
 * 0 and seen NULL. ERR_PARSE: broken by hand, with the last committed version in seen when there is
 * one. ERR_IO. */
int txn_look_issue(struct txn *t, const char *id, struct staged **out, struct err *e);
/* A plain file: found and hand are set. */
int txn_look_file(struct txn *t, const char *path, struct staged **out, struct err *e);
void txn_free(struct txn *t);

#endif
