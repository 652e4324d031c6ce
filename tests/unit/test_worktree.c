/* tests/unit/test_worktree.c - linked work trees that git did not make, but knows */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/repo.h"
#include "store/store.h"
#include "store/worktree_add.h"
#include "tests/unit/openrepo.h"

struct place { struct store_paths p; char *pool, *priv, head[64]; };

static void place_up(struct place *w, struct fix *f, const char *name)
{
	BUF_AUTO head = BUF_INIT;

	file_write(f->dir, "a", "1");
	git_run(f->dir, NULL, "add", "a", NULL);
	git_run(f->dir, NULL, "commit", "-qm", "a", NULL);
	assert_int_equal(git_run(f->dir, &head, "rev-parse", "HEAD", NULL), 0);
	snprintf(w->head, sizeof(w->head), "%.40s", head.s);
	w->pool = tmp_path(name);
	w->priv = xasprintf("%s/beadwave", f->git);
	assert_int_equal(mkdir(w->pool, 0700), 0);
	assert_int_equal(mkdir(w->priv, 0700), 0);
	w->p = (struct store_paths){ .common = f->git, .worktree = f->dir, .priv = w->priv };
}

static void place_down(struct place *w)
{
	free(w->pool);
	free(w->priv);
}

static int setup(void **state)
{
	return open_repo(state, false);
}

/* git takes each for one of its own, whatever its number is called already. */
static void known_to_git(void **state)
{
	struct fix *f = *state;
	struct place w;
	BUF_AUTO list = BUF_INIT;
	BUF_AUTO status = BUF_INIT;
	AUTO_FREE char *other = tmp_path("other"), *taken = xasprintf("%s/1", other);
	AUTO_FREE char *mine = NULL, *admin = NULL;

	place_up(&w, f, "pool");
	mine = xasprintf("%s/1", w.pool);
	admin = xasprintf("%s/worktrees/11", f->git);
	assert_int_equal(mkdir(other, 0700), 0);
	assert_int_equal(git_run(f->dir, NULL, "worktree", "add", "-q", "--detach", taken, NULL),
			 0);
	assert_int_equal(worktree_add(&w.p, mine, w.head, NULL), 0);
	assert_int_equal(access(admin, F_OK), 0);
	assert_int_equal(git_run(f->dir, NULL, "worktree", "prune", NULL), 0);
	assert_int_equal(git_run(f->dir, &list, "worktree", "list", "--porcelain", NULL), 0);
	assert_non_null(strstr(list.s, mine));
	assert_non_null(strstr(list.s, taken));
	assert_int_equal(git_run(mine, NULL, "checkout", "-qf", "-B", "b", w.head, NULL), 0);
	assert_int_equal(git_run(mine, &status, "status", "--porcelain", NULL), 0);
	assert_string_equal(status.s, "");
	assert_int_equal(git_run(f->dir, NULL, "worktree", "remove", mine, NULL), 0);
	assert_int_equal(access(admin, F_OK), -1);
	place_down(&w);
}

/* What a killed process left is in nobody's way; a folder that is there is not touched. */
static void half_made(void **state)
{
	struct fix *f = *state;
	struct place w;
	AUTO_FREE char *mine = NULL, *left = NULL;

	place_up(&w, f, "pool2");
	mine = xasprintf("%s/1", w.pool);
	left = xasprintf("%s/tree.new", w.priv);
	assert_int_equal(mkdir(left, 0700), 0);
	file_write(left, "HEAD", "half");
	worktree_add_sweep(&w.p);
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(mkdir(mine, 0700), 0);
	assert_int_equal(worktree_add(&w.p, mine, w.head, NULL), ERR_IO);
	assert_int_equal(rmdir(mine), 0);
	assert_int_equal(worktree_add(&w.p, mine, w.head, NULL), 0);
	assert_int_equal(access(left, F_OK), -1);
	place_down(&w);
}

/* What is set for each tree of its own is git's to hand on. */
static void sparse(void **state)
{
	struct fix *f = *state;
	struct place w;
	AUTO_FREE char *mine = NULL;

	place_up(&w, f, "pool3");
	mine = xasprintf("%s/1", w.pool);
	assert_int_equal(git_run(f->dir, NULL, "sparse-checkout", "set", "--no-cone", "a", NULL), 0);
	assert_int_equal(worktree_add(&w.p, mine, w.head, NULL), ERR_REFUSED);
	assert_int_equal(access(mine, F_OK), -1);
	place_down(&w);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, close_repo)

int main(int argc, char **argv)
{
	const struct CMUnitTest t[] = { CASE(known_to_git), CASE(half_made), CASE(sparse) };
	int rc;

	tmp_begin();
	cmocka_set_test_filter(argc > 1 ? argv[1] : "*");
	rc = cmocka_run_group_tests(t, NULL, NULL);
	tmp_end();
	return rc;
}
