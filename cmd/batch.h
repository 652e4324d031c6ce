/* cmd/batch.h - bdw --batch: many commands, one transaction, one commit */
#ifndef CMD_BATCH_H
#define CMD_BATCH_H
#include "store/base/buf.h"
#include "store/base/vec.h"
struct ctx; struct txn;

/* What the commands of a batch share; cmd_txn(), cmd_commit() and cmd_touch() look here first. */
struct batch {
	struct txn *t;
	struct strs done;	/* the commit messages of the commands, had each stood alone */
	struct buf last;	/* the id last touched */
	unsigned seq;		/* struct life: comments made so far */
};

/* Reads commands from c->in, one a line, split as a shell would; empty lines and lines that
 * begin with # are skipped. Their output appears, in order, once everything is committed. The
 * first that fails undoes all: "line 3: ...". */
int batch_run(struct ctx *c);
/* Can c->cmd stand in a batch? Only what changes the store can. 0, ERR_USAGE, ERR_REFUSED. */
int batch_accepts(struct ctx *c);

#endif
