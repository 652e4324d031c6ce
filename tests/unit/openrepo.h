/* tests/unit/openrepo.h - the state of a test: a throwaway repository, opened */
#ifndef TESTS_UNIT_OPENREPO_H
#define TESTS_UNIT_OPENREPO_H
#include <stdbool.h>

#include "store/repo.h"
#include "tests/unit/tmprepo.h"

struct fix { char *dir, *git; struct repo *r; };

/* sync: what is written waits for the disk. */
static inline int open_repo(void **state, bool sync)
{
	static int n;
	struct fix *f = xcalloc(1, sizeof(*f));
	char name[32];

	snprintf(name, sizeof(name), "r%d", n++);
	f->dir = tmp_repo(name);
	f->git = xasprintf("%s/.git", f->dir);
	*state = f;
	return repo_open(&f->r, f->git, sync, NULL);
}

static inline int close_repo(void **state)
{
	struct fix *f = *state;

	repo_close(f->r);
	free(f->dir);
	free(f->git);
	free(f);
	return 0;
}

#endif
