#include "store/repo.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/sha1.h"
#include "store/gitconf.h"
#include "store/refmove.h"
#include "store/repo_priv.h"

enum { HELD_MAX = 1024 * 1024 };	/* bytes of objects in memory after they were written */

#ifdef BDW_LINK_DIRECT
static int load(struct git2 *g, struct err *e)
{
	(void)e;
#define GIT2_TAKE(name) g->name = name;
	GIT2_FUNCTIONS(GIT2_TAKE)
	return 0;
}
#else
/*
 * These stand in front of the functions of the same name in libmbedx509, libmbedcrypto and
 * libssh2, which git_libgit2_init() calls to parse all of the machine's CA certificates, to
 * gather randomness and to start OpenSSL: 5 ms. libgit2's network is never used here: `bdw sync`
 * runs the git program. The Makefile exports them.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);
int mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	(void)chain, (void)path;
	return 0;
}

int mbedtls_ctr_drbg_seed(void *ctx, void *fn, void *arg, const unsigned char *custom, size_t n);
int mbedtls_ctr_drbg_seed(void *ctx, void *fn, void *arg, const unsigned char *custom, size_t n)
{
	(void)ctx, (void)fn, (void)arg, (void)custom, (void)n;
	return 0;
}

int libssh2_init(int flags);
int libssh2_init(int flags)
{
	(void)flags;
	return 0;
}

/* The handle is not kept: the library stays until the process ends, and loading it again is only
 * a count. */
static int load(struct git2 *g, struct err *e)
{
	static const char soname[] = "libgit2.so." LIBGIT2_SOVERSION;
	void *h = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);

	if (!h) {
		err_set(e, ERR_IO, "cannot load %s: %s", soname, dlerror());
		err_hint(e, "install libgit2 %s (Debian: libgit2-%s)", LIBGIT2_SOVERSION,
			 LIBGIT2_SOVERSION);
		return ERR_IO;
	}
#define GIT2_TAKE(name) \
	if (!(g->name = (__typeof__(g->name))dlsym(h, #name))) \
		return err_set(e, ERR_IO, "%s has no function %s", soname, #name);
	GIT2_FUNCTIONS(GIT2_TAKE)
	return 0;
}
#endif

int repo_fail(struct repo *r, struct err *e, int code, const char *what)
{
	const git_error *ge = r->g.git_error_last();

	return err_set(e, code, "cannot %s: %s", what, ge && ge->message ? ge->message :
		       "unknown error");
}

static int fail_open(struct repo *r, int rc, struct err *e)
{
	const git_error *ge = r->g.git_error_last();
	const char *why = ge && ge->message ? ge->message : "unknown error";

	/* libgit2 does not speak of the owner: it stumbles over the missing setting (measured) */
	if (rc == GIT_EOWNER || strstr(why, "safe.directory")) {
		size_t n = strlen(r->dir);
		int top = (int)(n > 5 && !strcmp(r->dir + n - 5, "/.git") ? n - 5 : n);

		err_set(e, ERR_REFUSED, "detected dubious ownership in repository at '%.*s'",
			top, r->dir);
		err_hint(e, "git config --global --add safe.directory '%.*s'", top, r->dir);
		return ERR_REFUSED;
	}
	return err_set(e, rc == GIT_ENOTFOUND ? ERR_NOTFOUND : ERR_IO,
		       "cannot open repository '%s': %s", r->dir, why);
}

static void set_options(struct git2 *g)
{
	enum { CACHED_TREE = 32 * 1024, CACHE_SIZE = 4 * 1024 * 1024 };
	/* libgit2 refuses repositories with extensions it does not know; these change nothing
	 * that is used here */
	static const char *const harmless[] = { "worktreeconfig", "partialclone",
						"preciousobjects" };

	g->git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, harmless,
			    sizeof(harmless) / sizeof(harmless[0]));
	/* it looks up again what was written a moment before; every write is checked here anyway */
	g->git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
	/* zlib's sum is checked of each object, and git does not ask for more when it reads */
	g->git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
	/* it keeps no tree of more than 4 KB, and the folder of the issues' folders has 8: read
	 * anew for each issue */
	g->git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, (size_t)CACHED_TREE);
	g->git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_SIZE);
}

/* What is written is seen through libgit2 at once, and on the disk with repo_flush(): one file
 * for all of it. */
static int add_memory(struct repo *r, struct err *e)
{
	enum { BEFORE_OTHERS = 999 };
	git_odb_backend *memory;

	r->fresh.body = (struct buf)BUF_INIT;
	if (r->g.git_mempack_new(&memory) < 0)
		return repo_fail(r, e, ERR_IO, "open the object store");
	if (r->g.git_odb_add_backend(r->odb, memory, BEFORE_OTHERS) < 0) {
		memory->free(memory);
		return repo_fail(r, e, ERR_IO, "open the object store");
	}
	r->memory = memory;
	return 0;
}

/* zlib asks for 256 KB anew for each object that is written; glibc would take them from the
 * kernel every time. */
static void keep_memory(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 2 * 1024 * 1024);
#endif
}

int repo_open(struct repo **out, const char *gitdir, bool fsync_on, struct err *e)
{
	const unsigned how = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT;
	struct repo *r = xcalloc(1, sizeof(*r));
	int rc;

	keep_memory();
	pthread_mutex_init(&r->looking, NULL);
	r->dir = xstrdup(gitdir);
	r->fsync = fsync_on;
	r->packs = PACK_JOIN_AT;	/* nobody has counted yet */
	if ((rc = gitconf_check_format(gitdir, e)) < 0 || (rc = load(&r->g, e)) < 0)
		goto fail;
	if (r->g.git_libgit2_init() < 0) {
		rc = repo_fail(r, e, ERR_IO, "start libgit2");
		goto fail;
	}
	set_options(&r->g);
	rc = r->g.git_repository_open_ext(&r->git, gitdir, how, NULL);
	if (rc < 0) {
		rc = fail_open(r, rc, e);
		goto fail;
	}
	if (r->g.git_repository_odb(&r->odb, r->git) < 0) {
		rc = repo_fail(r, e, ERR_IO, "open the object store");
		goto fail;
	}
	if ((rc = add_memory(r, e)) < 0)
		goto fail;
	*out = r;
	return 0;
fail:
	repo_close(r);
	return rc;
}

/* git_libgit2_shutdown() is left out: it costs time at every exit and gives back only what
 * exit() does. */
void repo_close(struct repo *r)
{
	if (!r)
		return;
	repo_look_release(r);
	if (r->odb)
		r->g.git_odb_free(r->odb);
	if (r->git)
		r->g.git_repository_free(r->git);
	pack_release(&r->fresh);
	free(r->ident);
	free(r->dir);
	free(r);
}

static void forget(struct repo *r)
{
	r->g.git_mempack_reset(r->memory);
	r->held = 0;
}

static int flush(struct repo *r, struct err *e)
{
	int rc;

	if (!r->fresh.entry.n)
		return 0;
	rc = pack_write(&r->fresh, r->dir, 0, r->fsync, e);
	if (rc < 0)
		return rc;
	if (++r->packs >= PACK_JOIN_AT)
		r->packs = pack_join(r->dir, r->fsync);
	r->unnamed = r->fsync;
	return 0;
}

/* The folder whose names have to be synced before a ref leads there; the caller's. NULL: none. */
static char *unnamed_dir(const struct repo *r)
{
	return r->unnamed ? xasprintf("%s/objects/pack", r->dir) : NULL;
}

int repo_flush(struct repo *r, struct err *e)
{
	AUTO_FREE char *dir = NULL;
	int rc = flush(r, e);

	if (rc < 0)
		return rc;
	forget(r);
	dir = unnamed_dir(r);
	rc = dir ? fsx_sync(dir, e) : 0;
	r->unnamed = r->unnamed && rc < 0;
	return rc;
}

/* ---- refs ---- */

/* As git writes it into reflogs; asked for once. */
static const char *ident(struct repo *r)
{
	BUF_AUTO text = BUF_INIT;

	if (r->ident)
		return r->ident;
	repo_user_name(r, &text);
	if (!text.len)
		buf_adds(&text, "unknown");
	buf_adds(&text, " <");
	repo_user_email(r, &text);
	buf_addc(&text, '>');
	r->ident = buf_detach(&text);
	return r->ident;
}

int repo_ref_cas(struct repo *r, const char *ref, const struct oid *new_oid, const struct oid *old,
		 const char *log, struct err *e)
{
	AUTO_FREE char *dir = NULL;
	int rc = flush(r, e);

	if (rc < 0)
		return rc;
	dir = unnamed_dir(r);
	rc = ref_move(r->dir, ref, new_oid, old, ident(r), log, r->fsync, dir, e);
	/* the next commit begins with what this one wrote; but what no ref leads to may be pruned
	 * by others, and has to be written again */
	if (rc < 0 || r->held > HELD_MAX)
		forget(r);
	r->unnamed = r->unnamed && rc < 0;	/* who tries again syncs it */
	return rc;
}

int repo_ref_sync(struct repo *r, const char *ref, struct err *e)
{
	return r->fsync ? ref_sync(r->dir, ref, e) : 0;
}

int repo_branch_new(struct repo *r, const char *ref, const struct oid *to, struct err *e)
{
	return ref_move(r->dir, ref, to, NULL, ident(r), "bdw: branch", false, NULL, e);
}

int repo_ref_delete(struct repo *r, const char *ref, const struct oid *old, struct err *e)
{
	return ref_delete(r->dir, ref, old, e);
}

int repo_ref_keep_log(struct repo *r, const char *ref, struct err *e)
{
	return r->g.git_reference_ensure_log(r->git, ref) < 0 ?
		repo_fail(r, e, ERR_IO, "start the reflog") : 0;
}

/* ---- blobs ---- */

/* libgit2's also looks for bytes that were made to collide, which takes four times as long:
 * for blobs, whose bytes are anybody's. */
static int object_id(struct repo *r, const void *data, size_t n, enum pack_type type,
		     struct oid *out, struct err *e)
{
	char head[32];
	struct sha1 s;

	if (type == PACK_BLOB)
		return repo_blob_hash(r, data, n, out, e);
	sha1_init(&s);
	sha1_add(&s, head, (size_t)snprintf(head, sizeof(head), "%s %zu",
					    type == PACK_TREE ? "tree" : "commit", n) + 1);
	sha1_add(&s, data, n);
	sha1_end(&s, out->b);
	return 0;
}

int repo_object_write(struct repo *r, const void *data, size_t n, enum pack_type type,
		      struct oid *out, struct err *e)
{
	int rc;

	if (!n)
		data = "";
	if ((rc = object_id(r, data, n, type, out, e)) < 0)
		return rc;
	if (r->memory->exists(r->memory, as_git(out)))
		return 0;
	if ((rc = pack_add(&r->fresh, out, type, data, n, e)) < 0)
		return rc;
	r->held += n;
	return r->memory->write(r->memory, as_git(out), data, n, (git_object_t)type) < 0 ?
		repo_fail(r, e, ERR_IO, "keep an object") : 0;
}

int repo_blob_write(struct repo *r, const void *data, size_t n, struct oid *out, struct err *e)
{
	return repo_object_write(r, data, n, PACK_BLOB, out, e);
}

int repo_blob_read(struct repo *r, const struct oid *blob, struct buf *out, struct err *e)
{
	git_odb_object *o = NULL;
	char hex[OID_HEX];
	int rc = r->g.git_odb_read(&o, r->odb, as_git(blob));

	if (rc == GIT_ENOTFOUND)
		return err_set(e, ERR_NOTFOUND, "no object %s", oid_hex(blob, hex));
	if (rc < 0)
		return repo_fail(r, e, ERR_IO, "read an object");
	if (r->g.git_odb_object_type(o) == GIT_OBJECT_BLOB)
		buf_add(out, r->g.git_odb_object_data(o), r->g.git_odb_object_size(o));
	else
		rc = err_set(e, ERR_IO, "object %s is no blob", oid_hex(blob, hex));
	r->g.git_odb_object_free(o);
	return rc;
}

int repo_blob_hash(struct repo *r, const void *data, size_t n, struct oid *out, struct err *e)
{
	git_oid id;

	if (r->g.git_odb_hash(&id, n ? data : "", n, GIT_OBJECT_BLOB) < 0)
		return repo_fail(r, e, ERR_IO, "hash");
	*out = from_git(&id);
	return 0;
}

bool repo_has(struct repo *r, const struct oid *object)
{
	return r->g.git_odb_exists(r->odb, as_git(object)) == 1;
}

/* ---- commits ---- */

int repo_commit_open(struct repo *r, const struct oid *commit, git_commit **out, struct err *e)
{
	char hex[OID_HEX];
	int rc = r->g.git_commit_lookup(out, r->git, as_git(commit));

	if (rc == GIT_ENOTFOUND)
		return err_set(e, ERR_NOTFOUND, "no commit %s", oid_hex(commit, hex));
	return rc < 0 ? repo_fail(r, e, ERR_IO, "read a commit") : 0;
}

/* libgit2 refuses a name with < or > or of nothing but blanks and dots. */
static int sign(struct repo *r, const struct repo_sig *s, git_signature **out, struct err *e)
{
	AUTO_FREE char *name = xstrdup(s->name);
	AUTO_FREE char *email = xstrdup(s->email);

	for (char *p = name; *p; p++)
		if (strchr("<>\n\r", *p))
			*p = ' ';
	for (char *p = email; *p; p++)
		if (strchr("<> \n\r", *p))
			*p = '_';
	if (r->g.git_signature_new(out, name, email, s->when_us / 1000000, 0) == 0)
		return 0;
	if (r->g.git_signature_new(out, "unknown", *email ? email : "unknown",
				   s->when_us / 1000000, 0) == 0)
		return 0;
	return repo_fail(r, e, ERR_IO, "make a signature");
}

/*
 * Not git_commit_create(): in all of 1.1 to 1.9 it can answer success, and even move a ref, when
 * the commit object could not be written (a full disk). Here libgit2 only says what the commit's
 * bytes are.
 */
static int write_commit(struct repo *r, git_tree *tree, git_commit *const *parents, size_t n,
			git_signature *author, git_signature *committer, const char *message,
				struct oid *out, struct err *e)
{
	git_buf text = { 0 };
	int rc;

	if (r->g.git_commit_create_buffer(&text, r->git, author, committer, NULL, message, tree, n,
					  (const git_commit **)parents) < 0)
		return repo_fail(r, e, ERR_IO, "write a commit");
	rc = repo_object_write(r, text.ptr, text.size, PACK_COMMIT, out, e);
	r->g.git_buf_dispose(&text);
	return rc;
}

int repo_commit_write(struct repo *r, const struct oid *tree, const struct oid *const *parents,
		      size_t nparents, const struct repo_sig *author,
		      const struct repo_sig *committer, const char *message, struct oid *out,
			      struct err *e)
{
	git_commit *parent[16] = { NULL };
	git_signature *sa = NULL, *sc = NULL;
	git_tree *t = NULL;
	int rc = 0;

	if (nparents > sizeof(parent) / sizeof(parent[0]))
		return err_set(e, ERR_USAGE, "too many parents");
	if (r->g.git_tree_lookup(&t, r->git, as_git(tree)) < 0)
		rc = repo_fail(r, e, ERR_IO, "read a tree");
	for (size_t i = 0; i < nparents && rc == 0; i++)
		rc = repo_commit_open(r, parents[i], &parent[i], e);
	if (rc == 0)
		rc = sign(r, author, &sa, e);
	if (rc == 0)
		rc = sign(r, committer, &sc, e);
	if (rc == 0)
		rc = write_commit(r, t, parent, nparents, sa, sc, message, out, e);
	r->g.git_signature_free(sa);
	r->g.git_signature_free(sc);
	for (size_t i = 0; i < nparents; i++)
		r->g.git_commit_free(parent[i]);
	r->g.git_tree_free(t);
	return rc;
}

int repo_commit_parent(struct repo *r, const struct oid *commit, struct oid *parent, struct err *e)
{
	git_commit *c;
	int rc = repo_commit_open(r, commit, &c, e);

	if (rc < 0)
		return rc;
	if (r->g.git_commit_parentcount(c))
		*parent = from_git(r->g.git_commit_parent_id(c, 0));
	else
		rc = err_set(e, ERR_NOTFOUND, "the commit has no parent");
	r->g.git_commit_free(c);
	return rc;
}

static void add_config(struct repo *r, const char *name, struct buf *out)
{
	git_config *cfg = NULL;
	const char *value = "";

	if (r->g.git_repository_config_snapshot(&cfg, r->git) == 0 &&
	    r->g.git_config_get_string(&value, cfg, name) == 0)
		buf_adds(out, value);
	r->g.git_config_free(cfg);
}

void repo_user_name(struct repo *r, struct buf *out)
{
	add_config(r, "user.name", out);
}

void repo_user_email(struct repo *r, struct buf *out)
{
	add_config(r, "user.email", out);
}
