#include "cmd/outfile.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "store/base/mem.h"

enum { CHUNK = 64 * 1024 };	/* memory that is warm is cheaper than more of it */

int outfile_open_at(struct outfile *o, struct ctx *c, int dirfd, const char *name, mode_t mode)
{
	*o = (struct outfile){ .text = BUF_INIT };
	return fsx_begin(&o->file, dirfd, name, mode, &c->err);
}

int outfile_open(struct outfile *o, struct ctx *c, const char *name)
{
	AUTO_FREE char *real = NULL;
	struct stat st;

	*o = (struct outfile){ .text = BUF_INIT, .name = name };
	if (!strcmp(name, "-")) {
		o->f = c->out;
		return 0;
	}
	if (stat(name, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		o->close = true;
		o->f = fopen(name, "we");
		return o->f ? 0 : err_errno(&c->err, "cannot open '%s'", name);
	}
	real = realpath(name, NULL);
	return outfile_open_at(o, c, AT_FDCWD, real ? real : name, 0644);
}

static void pass(struct outfile *o)
{
	if (o->f)
		fwrite(o->text.s, 1, o->text.len, o->f);
	else
		fsx_add(&o->file, o->text.s, o->text.len);
	buf_reset(&o->text);
}

void outfile_pass(struct outfile *o)
{
	if (o->text.len > CHUNK)
		pass(o);
}

int outfile_close(struct outfile *o, struct ctx *c, int rc)
{
	bool bad = false;
	int end = 0;

	if (rc == 0)
		pass(o);
	buf_release(&o->text);
	if (!o->f)
		end = fsx_end(&o->file, rc == 0, rc < 0 ? NULL : &c->err);
	if (o->close) {
		bad = ferror(o->f) != 0;
		bad |= fclose(o->f) != 0;
	}
	if (rc == 0 && bad)
		end = err_errno(&c->err, "cannot write '%s'", o->name);
	return rc < 0 ? rc : end;
}
