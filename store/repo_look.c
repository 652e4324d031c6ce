/* store/repo_look.c - what agents left in their work trees, without a git process */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "store/base/buf.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/repo_priv.h"

/* A work tree's repository, open: that costs twice what a look does, and the same trees are
 * looked at again and again. Out of the list while somebody looks through it. */
struct glass {
	struct glass *next;
	char *tree, *mark;
	git_repository *git;
};

/* What it was opened by: the tree may have been made anew since, or the settings changed, which
 * libgit2 reads once. */
static char *mark_of(const struct repo *r, const char *tree)
{
	AUTO_FREE char *config = xasprintf("%s/config", r->dir);
	AUTO_FREE char *link = xasprintf("%s/.git", tree);
	BUF_AUTO text = BUF_INIT;
	struct stat st = { 0 };

	fsx_read(AT_FDCWD, link, &text, NULL);
	stat(config, &st);
	buf_addf(&text, "%ju %jd %jd.%09ld", (uintmax_t)st.st_ino, (intmax_t)st.st_size,
		 (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	return buf_detach(&text);
}

static void glass_free(struct repo *r, struct glass *g)
{
	r->g.git_repository_free(g->git);
	free(g->tree);
	free(g->mark);
	free(g);
}

static struct glass *take(struct repo *r, const char *tree)
{
	struct glass **p = &r->glass, *g;

	pthread_mutex_lock(&r->looking);
	while (*p && strcmp((*p)->tree, tree))
		p = &(*p)->next;
	if ((g = *p))
		*p = g->next;
	pthread_mutex_unlock(&r->looking);
	return g;
}

static void give_back(struct repo *r, struct glass *g)
{
	pthread_mutex_lock(&r->looking);
	g->next = r->glass;
	r->glass = g;
	pthread_mutex_unlock(&r->looking);
}

/* NULL: libgit2 says why. */
static struct glass *glass_open(struct repo *r, const char *tree)
{
	char *mark = mark_of(r, tree);
	struct glass *g = take(r, tree);

	if (g && strcmp(g->mark, mark)) {
		glass_free(r, g);
		g = NULL;
	}
	if (g) {
		free(mark);
		return g;
	}
	g = xcalloc(1, sizeof(*g));
	g->tree = xstrdup(tree);
	g->mark = mark;
	if (r->g.git_repository_open_ext(&g->git, tree, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL) == 0)
		return g;
	glass_free(r, g);
	return NULL;
}

void repo_look_release(struct repo *r)
{
	for (struct glass *g; (g = r->glass);) {
		r->glass = g->next;
		glass_free(r, g);
	}
}

int repo_look_tree(struct repo *r, const char *worktree, struct oid *head, bool *clean,
		   struct err *e)
{
	git_status_options opts;
	git_status_list *list = NULL;
	struct glass *g = glass_open(r, worktree);
	git_oid oid;
	int rc = g ? r->g.git_reference_name_to_id(&oid, g->git, "HEAD") : -1;

	if (rc == 0)
		rc = r->g.git_status_options_init(&opts, GIT_STATUS_OPTIONS_VERSION);
	if (rc == 0) {
		opts.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED;
		rc = r->g.git_status_list_new(&list, g->git, &opts);
	}
	if (rc == 0) {
		*head = from_git(&oid);
		*clean = r->g.git_status_list_entrycount(list) == 0;
	} else {
		rc = repo_fail(r, e, ERR_IO, "look at the work tree");
	}
	r->g.git_status_list_free(list);
	if (g && rc == 0)
		give_back(r, g);
	else if (g)
		glass_free(r, g);
	return rc;
}
