#include "store/promisor.h"

#include <fcntl.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/gitcmd.h"
#include "store/ref.h"
#include "store/store_priv.h"

/* known to every git */
static const char empty_tree[] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

static bool is_partial(const char *common)
{
	AUTO_FREE char *path = xasprintf("%s/config", common);
	BUF_AUTO text = BUF_INIT;

	return fsx_read(AT_FDCWD, path, &text, NULL) == 0 && strstr(text.s, "promisor") != NULL;
}

void promisor_fetch(struct store *s, const struct oid *from, const struct oid *to)
{
	char old[OID_HEX], new[OID_HEX];

	if (!is_partial(s->p.common))
		return;
	/* counting the lines of a diff makes git fetch every blob in it, in one go */
	git_do(s->p.common, NULL, NULL, NULL, "diff-tree", "-r", "--numstat",
	       oid_is_zero(from) ? empty_tree : oid_hex(from, old), oid_hex(to, new), NULL);
}
