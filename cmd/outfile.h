/* cmd/outfile.h - output that may be long, to where the user wants it, piece by piece */
#ifndef CMD_OUTFILE_H
#define CMD_OUTFILE_H
#include <stdbool.h>
#include <stdio.h>
#include "store/base/buf.h"
#include "store/base/fsx.h"
struct ctx;

struct outfile {
	struct buf text;		/* the writer's: what was not passed on yet */
	FILE *f;			/* a stream; NULL: a file that is replaced as a whole */
	bool close;
	const char *name;		/* borrowed */
	struct fsx_file file;
};
/* A file is written all of it or not at all, where a link points; a pipe or a device is written to
 * and never replaced. "-" is c->out. ERR_IO names it. */
int outfile_open(struct outfile *o, struct ctx *c, const char *name);
/* A file of the folder dirfd, with this mode. */
int outfile_open_at(struct outfile *o, struct ctx *c, int dirfd, const char *name, mode_t mode);
/* To be called now and then: passes on what has come together, once it is worth it. */
void outfile_pass(struct outfile *o);
/* After each open that went well. rc < 0: that failed which was to be written, so nothing is
 * replaced; returned as it is. Else 0, or ERR_IO. */
int outfile_close(struct outfile *o, struct ctx *c, int rc);

#endif
