/* store/repo_priv.h - what the files of repo share; nobody else includes it */
#ifndef STORE_REPO_PRIV_H
#define STORE_REPO_PRIV_H
#include <pthread.h>
#include <string.h>

#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

#include "store/pack.h"
#include "store/repo.h"

/*
 * Linking libgit2 costs every command 2 ms before main() for its 18 dependencies, and
 * git_libgit2_init() 5 ms more, most of it parsing the CA bundle. So it is loaded when the first
 * object is needed (decisions B24).
 */
#define GIT2_FUNCTIONS(X) \
	X(git_libgit2_init) X(git_libgit2_opts) X(git_error_last) X(git_buf_dispose) \
	X(git_repository_open_ext) X(git_repository_free) X(git_repository_odb) \
	X(git_repository_config_snapshot) X(git_config_get_string) X(git_config_free) \
	X(git_odb_free) X(git_odb_add_backend) X(git_mempack_new) X(git_mempack_reset) X(git_odb_read) X(git_odb_exists) X(git_odb_hash) \
	X(git_odb_object_data) X(git_odb_object_size) X(git_odb_object_type) X(git_odb_object_free) \
	X(git_commit_lookup) X(git_commit_free) X(git_commit_tree_id) \
	X(git_commit_parentcount) X(git_commit_parent_id) X(git_commit_create_buffer) \
	X(git_tree_lookup) X(git_tree_free) X(git_tree_entrycount) X(git_tree_entry_byindex) \
	X(git_tree_entry_byname) X(git_tree_entry_bypath) X(git_tree_entry_free) X(git_tree_entry_id) \
	X(git_tree_entry_name) X(git_tree_entry_type) X(git_tree_entry_filemode) X(git_tree_entry_cmp) \
	X(git_reference_name_to_id) X(git_reference_ensure_log) \
	X(git_signature_new) X(git_signature_free) \
	X(git_status_options_init) X(git_status_list_new) X(git_status_list_entrycount) X(git_status_list_free)

#define GIT2_MEMBER(name) __typeof__(name) *name;
struct git2 { GIT2_FUNCTIONS(GIT2_MEMBER) };

struct repo {
	struct git2 g;
	git_repository *git;
	git_odb *odb;
	/* odb's: objects that were written and are not on the disk yet, or since lately */
	git_odb_backend *memory;
	size_t held;			/* bytes of these objects */
	struct pack fresh;		/* those that are not, as they go there */
	size_t packs;			/* of the lowest level, see pack_join() */
	char *dir;			/* the git common dir */
	char *ident;			/* "NAME <EMAIL>" for reflogs; NULL: not asked yet */
	struct glass *glass;		/* see repo_look.c */
	pthread_mutex_t looking;	/* held while the list of them changes */
	bool fsync;
	bool unnamed;			/* a pack's name may not be on the disk yet */
};

static inline const git_oid *as_git(const struct oid *o)
{
	return (const git_oid *)o->b;
}

static inline struct oid from_git(const git_oid *o)
{
	struct oid out;

	memcpy(out.b, o->id, sizeof(out.b));
	return out;
}

/* "cannot WHAT: what libgit2 says"; answers code. */
int repo_fail(struct repo *r, struct err *e, int code, const char *what);
/* What is written is seen at once by this process, and on the disk after repo_flush(). */
int repo_object_write(struct repo *r, const void *data, size_t n, enum pack_type type,
		      struct oid *out, struct err *e);
/* *out is the caller's: git_commit_free(). ERR_NOTFOUND. */
int repo_commit_open(struct repo *r, const struct oid *commit, git_commit **out, struct err *e);
/* Closes what repo_look_tree() keeps open. */
void repo_look_release(struct repo *r);

#endif
