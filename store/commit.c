#include "store/commit.h"

#include <string.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/repo.h"
#include "store/store_priv.h"

static void find_email(struct store *s, const char *actor, struct buf *out)
{
	char host[256] = "";

	repo_user_email(s->repo, out);
	if (out->len)
		return;
	if (gethostname(host, sizeof(host) - 1) < 0 || !*host)
		memcpy(host, "localhost", sizeof("localhost"));
	buf_addf(out, "%s@%s", actor, host);
}

int commit_make(struct store *s, const struct oid *parent, const struct repo_change *c, size_t n,
		const char *actor, const char *message, struct oid *out, struct err *e)
{
	size_t len = strlen(message);
	AUTO_FREE char *text = xasprintf("%s%s", message,
					 len && message[len - 1] == '\n' ? "" : "\n");
	const char *name = actor && *actor ? actor : "unknown";
	BUF_AUTO email = BUF_INIT;
	struct repo_sig sig = { .name = name, .when_us = clock_now_us() };
	struct oid tree;
	int rc = repo_tree_update(s->repo, parent, c, n, &tree, e);

	if (rc < 0)
		return rc;
	find_email(s, name, &email);
	sig.email = email.s;
	fsx_crash_point("tree");
	rc = repo_commit_write(s->repo, &tree, &parent, oid_is_zero(parent) ? 0 : 1, &sig, &sig,
			       text, out, e);
	fsx_crash_point("commit");
	return rc;
}
