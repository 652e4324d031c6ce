/*
 * store/trust.h - which files that came through git this clone lets name commands (DESIGN 3
 * Trust, decisions A18)
 *
 * What is approved is content: PRIV/trust holds lines "path blob-oid", one a file. Any change,
 * by hand too, must be approved again. config.ini and the workflow file count when one of their
 * settings that hold names a program (config_commands); a prompt/NAME.md always counts, because
 * agents do what it says. Nothing else needs approval.
 */
#ifndef STORE_TRUST_H
#define STORE_TRUST_H
#include <stdbool.h>
#include "store/base/buf.h"
#include "store/base/vec.h"
#include "store/ref.h"
struct config; struct err; struct store;

struct trust_item {
	char *path;		/* below .beadwave: "config.ini" */
	struct oid oid;		/* of text; what trust_stored() lists: of what was approved */
	/* what stands there; for config.ini and the workflow: as config read it */
	struct buf text;
	/* the settings that ask for approval, "run.test=make test" a line; "" for a prompt */
	struct buf names;
	bool approved;
	bool had;		/* another content of this path was approved once: */
	struct oid was;		/* that one, a blob to show a difference against */
};
struct trust_list { struct trust_item *v; size_t n, cap; };
#define TRUST_AUTO __attribute__((cleanup(trust_list_free))) struct trust_list
void trust_list_free(struct trust_list *l);

/* Appends every file that needs approval, sorted by path. 0 when all are approved; ERR_UNTRUSTED
 * names the first that is not; ERR_IO. */
int trust_check(struct store *s, const struct config *c, struct trust_list *out, struct err *e);
/* Approves what it.text holds, and nothing that may stand in the file by now. */
int trust_approve(struct store *s, const struct trust_item *it, struct err *e);
/* Takes an approval back. ERR_NOTFOUND. */
int trust_revoke(struct store *s, const char *path, struct err *e);
/* All approvals, sorted by path; text and names are empty. Appends. */
int trust_stored(struct store *s, struct trust_list *out, struct err *e);

#endif
