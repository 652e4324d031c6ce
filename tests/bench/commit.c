/*
 * tests/bench/commit.c - the floor of every write: one durable commit that changes one file, by libgit2 alone
 *
 * commit GITDIR N: on a branch of its own that starts where the issues' branch is, file N differs. No lock, no checks,
 * no file in a work tree, nothing to recover.
 */
#include <stdio.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/repo.h"

enum { SIZE = 1300 };	/* bytes, as an issue's file */

static int commit(struct repo *r, const char *number, struct err *e)
{
	static const char ref[] = "refs/heads/bench-floor";
	const struct repo_sig sig = { "bench", "bench@localhost", clock_now_us() };
	struct oid old, base, blob, tree, made;
	BUF_AUTO text = BUF_INIT;
	int rc = repo_ref_read(r, ref, &old, e);

	if (rc == ERR_NOTFOUND) {
		old = (struct oid){ 0 };
		rc = repo_ref_read(r, "refs/heads/beadwave", &base, e);
	} else {
		base = old;
	}
	while (text.len < SIZE)
		buf_addf(&text, "line %s of the bench\n", number);
	if (rc == 0)
		rc = repo_blob_write(r, text.s, text.len, &blob, e);
	if (rc == 0)
		rc = repo_tree_update(r, &base, &(struct repo_change){ "issue/2a/bench.md", &blob }, 1, &tree, e);
	if (rc == 0)
		rc = repo_commit_write(r, &tree, &(const struct oid *){ &base }, 1, &sig, &sig, "bench\n", &made, e);
	if (rc == 0)
		rc = repo_ref_cas(r, ref, &made, &old, "bench", e);
	return rc < 0 ? rc : repo_ref_sync(r, ref, e);
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct repo *r;
	int rc;

	if (argc != 3)
		return 2;
	rc = repo_open(&r, argv[1], true, &e);
	if (rc == 0) {
		rc = commit(r, argv[2], &e);
		repo_close(r);
	}
	if (rc < 0)
		fprintf(stderr, "commit: %s\n", e.msg);
	return rc < 0;
}
