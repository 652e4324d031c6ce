/*
 * tests/bench/commit.c - the floor of every write: one durable commit that changes one file, by
 * libgit2 alone
 *
 * commit GITDIR N: on a branch of its own that starts where the issues' branch is, file N differs.
 * No lock, no checks, no file in a work tree, nothing to recover; none of our code.
 */
#include <git2.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 1300 };	/* bytes, as an issue's file */

static const char branch[] = "refs/heads/bench-floor";

static int parent_of(git_repository *r, git_commit **out)
{
	git_oid id;

	if (git_reference_name_to_id(&id, r, branch) < 0 &&
	    git_reference_name_to_id(&id, r, "refs/heads/beadwave") < 0)
		return -1;
	return git_commit_lookup(out, r, &id);
}

static int commit(git_repository *r, const git_commit *parent, const char *number)
{
	git_tree_update change = { .action = GIT_TREE_UPDATE_UPSERT, .filemode = GIT_FILEMODE_BLOB,
				   .path = "issue/2a/bench.md" };
	git_tree *was = NULL, *tree = NULL;
	git_signature *sig = NULL;
	char text[SIZE + 64] = "";
	git_oid tree_id, made, ref_was;
	git_reference *ref = NULL;
	int rc;

	for (size_t n = 0; n < SIZE; n = strlen(text))
		snprintf(text + n, sizeof(text) - n, "line %s of the bench\n", number);
	rc = git_blob_create_from_buffer(&change.id, r, text, strlen(text)) < 0 ||
	     git_commit_tree(&was, parent) < 0 ||
		     git_tree_create_updated(&tree_id, r, was, 1, &change) < 0 ||
	     git_tree_lookup(&tree, r, &tree_id) < 0 ||
	     git_signature_now(&sig, "bench", "bench@localhost") < 0 ||
	     git_commit_create(&made, r, NULL, sig, sig, NULL, "bench\n", tree, 1, &parent) < 0 ||
	     (git_reference_name_to_id(&ref_was, r, branch) < 0
		? git_reference_create(&ref, r, branch, &made, 0, "bench")
		: git_reference_create_matching(&ref, r, branch, &made, 1, &ref_was, "bench")) < 0;
	git_reference_free(ref);
	git_signature_free(sig);
	git_tree_free(tree);
	git_tree_free(was);
	return rc ? -1 : 0;
}

int main(int argc, char **argv)
{
	git_repository *r = NULL;
	git_commit *parent = NULL;
	int rc;

	if (argc != 3)
		return 2;
	git_libgit2_init();
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	rc = git_repository_open(&r, argv[1]) < 0 || parent_of(r, &parent) < 0 ||
	     commit(r, parent, argv[2]) < 0;
	if (rc)
		fprintf(stderr, "commit: %s\n", git_error_last() ? git_error_last()->message :
			"failed");
	git_commit_free(parent);
	git_repository_free(r);
	git_libgit2_shutdown();
	return rc;
}
