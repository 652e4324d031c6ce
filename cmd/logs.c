/* cmd/logs.c - bdw logs: what an attempt printed */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/runs.h"
#include "core/follow.h"
#include "core/rundir.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/issue.h"
#include "store/view.h"

struct reading {
	struct ctx *c;
	int fd;
	const char *dir;
};

/* Copies what has come since the last look; true when the attempt has ended. */
static bool copy(void *arg)
{
	struct reading *r = arg;
	AUTO_FREE char *end = xasprintf("%s/exit.json", r->dir);
	bool ended = access(end, F_OK) == 0;	/* before reading: what was printed before it is read below */
	char chunk[16384];
	ssize_t n;

	while ((n = read(r->fd, chunk, sizeof(chunk))) > 0)
		fwrite(chunk, 1, (size_t)n, r->c->out);
	fflush(r->c->out);
	return ended;
}

/* The newest attempt of an issue in a run, of one role or of any. */
static const struct work_attempt *newest(const struct metrics *m, const char *issue, const char *role, long n)
{
	const struct work_attempt *best = NULL;

	for (size_t i = 0; i < m->nissue; i++) {
		const struct work *w = m->issue[i].work;

		if (strcmp(m->issue[i].id, issue))
			continue;
		for (size_t k = 0; k < w->nattempt; k++) {
			const struct work_attempt *a = &w->attempt[k];

			if (strcmp(a->run, m->info.run) || !strcmp(a->role, "agg") || (role && strcmp(a->role, role)) ||
			    (n && a->n != n))
				continue;
			if (!best || a->started_at >= best->started_at)
				best = a;
		}
	}
	return best;
}

static int show(struct ctx *c, const struct metrics *m, const char *issue, const struct work_attempt *a, bool errs,
		bool prompt, bool follow)
{
	BUF_AUTO dir = BUF_INIT;
	struct reading r = { .c = c };
	AUTO_FREE char *path = NULL;
	int rc = 0;

	run_attempt_path(c->store, m->info.run, issue, a->role, a->n, &dir);
	path = xasprintf("%s/%s", dir.s, prompt ? "prompt.md" : errs ? "stderr.log" : "stdout.log");
	r.dir = dir.s;
	r.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r.fd < 0)
		return err_errno(&c->err, "cannot open '%s'", path);
	if (follow && !prompt)
		rc = run_follow(c->store, m->info.run, 0, path, copy, &r, &c->err);
	else
		copy(&r);
	close(r.fd);
	return rc == FOLLOW_SIGNAL ? 130 : rc < 0 ? rc : 0;
}

static int run(struct ctx *c, int argc, char **argv)
{
	bool follow = false, errs = false, prompt = false;
	const char *role = NULL, *run_id = NULL;
	long n = 0;
	const struct opt opts[] = {
		{ 'f', "follow", OPT_BOOL, &follow, NULL, "go on as it prints, until the attempt ends", 0 },
		{ 0, "role", OPT_STR, &role, "<role>", "impl, spec, code, test, verify (default: the newest attempt)", 0 },
		{ 'n', "attempt", OPT_INT, &n, "<n>", "which attempt (default: the newest)", 0 },
		{ 'e', "stderr", OPT_BOOL, &errs, NULL, "what it printed on stderr", 0 },
		{ 0, "prompt", OPT_BOOL, &prompt, NULL, "what it was told", 0 },
		{ 0, "run", OPT_STR, &run_id, "<run>", "of this run (default: the newest)", 0 },
		{ 0 },
	};
	const struct work_attempt *a;
	const struct issue *is;
	struct metrics m;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if ((rc = cmd_view(c, VIEW_QUICK, &v)) < 0 || (rc = cmd_resolve(c, v, argv[0], &is)) < 0 ||
	    (rc = runs_load(c, run_id, &m)) < 0)
		return rc;
	a = newest(&m, is->id, role, n);
	if (!a)
		rc = err_set(&c->err, ERR_NOTFOUND, "run %s has no such attempt of '%s'", m.info.run, is->id);
	else
		rc = show(c, &m, is->id, a, errs, prompt, follow);
	metrics_release(&m);
	return rc;
}

const struct cmd cmd_logs = {
	.name = "logs", .aliases = "log", .args = "<issue>", .brief = "Show what an agent printed",
	.example = "logs demo-77aa.3 -f", .group = GROUP_RUN, .need = NEED_STORE, .flags = CMD_OWN, .min_args = 1,
	.max_args = 1, .run = run,
};
