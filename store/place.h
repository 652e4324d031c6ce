/* store/place.h - PRIV/store: where a clone's issues are (decisions A7); private to store/ */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H
struct err;

enum { PLACE_FORMAT = 1 };

/* ref's full name; absolute path of the tree. Owned: place_release() */
struct place { char *ref, *tree; };
void place_release(struct place *p);

/* ERR_NOTFOUND: no store here. ERR_PARSE: damaged, or of a newer format. */
int place_read(struct place *out, const char *common, struct err *e);
/* Durable. The tree is written relative to the common dir, so that both can be moved together. */
int place_write(const char *common, const struct place *p, struct err *e);

#endif
