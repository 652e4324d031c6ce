/* store/promisor.h - partial clones: files of the store that git has not fetched yet; private to
 * store/ */
#ifndef STORE_PROMISOR_H
#define STORE_PROMISOR_H
struct oid; struct store;

/* In a partial clone (`git clone --filter=blob:none`) blobs come when somebody asks for them.
 * libgit2 cannot ask, so git does, for all that differ between two commits at once (from zero:
 * all of to). Nothing happens in other clones; when it fails, what is missing is said by whoever
 * reads it. */
void promisor_fetch(struct store *s, const struct oid *from, const struct oid *to);

#endif
