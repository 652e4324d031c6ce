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
#include "core/sched.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/base/text.h"
#include "store/issue.h"
#include "store/view.h"

struct reading {
	struct ctx *c;
	const char *run, *issue, *role;	/* role NULL: any */
	long n;				/* 0: the newest */
	const char *file;
	struct buf dir;			/* of the attempt; "" until it is found */
	int fd;				/* -1 until there is such a file */
	bool raw;			/* not to a terminal: byte for byte */
	struct buf rest;		/* read, not shown yet: what a character or colour begins with */
};

/* How much of it can be shown: a character or a colour that has come in half waits for the rest. */
static size_t whole(const struct buf *b)
{
	size_t n = b->len, k = n;
	const char *esc;

	while (k && n - k < 3 && (b->s[k - 1] & 0xc0) == 0x80)
		k--;
	if (k && (b->s[k - 1] & 0xc0) == 0xc0 && text_utf8_bad(b->s + k - 1, n - k + 1) >= 0)
		n = k - 1;
	esc = memrchr(b->s, '\033', n);
	return esc && esc + 1 + strspn(esc + 1, "[;0123456789") == b->s + n ?
		(size_t)(esc - b->s) : n;
}

/* A terminal gets only what cannot harm it. */
static void show_safely(struct reading *r, size_t n)
{
	text_utf8_mend(r->rest.s, n);
	out_text(r->c, "%.*s", (int)n, r->rest.s);
	memmove(r->rest.s, r->rest.s + n, r->rest.len - n);
	buf_cut(&r->rest, r->rest.len - n);
}

/* Copies what has come since the last look; true when the attempt has ended. */
static bool copy(void *arg)
{
	struct reading *r = arg;
	AUTO_FREE char *end = xasprintf("%s/exit.json", r->dir.s),
		*path = xasprintf("%s/%s", r->dir.s, r->file);
	/* before reading: what was printed before it is read below */
	bool ended = access(end, F_OK) == 0;
	char chunk[16384];
	ssize_t n;

	if (r->fd < 0)
		r->fd = open(path, O_RDONLY | O_CLOEXEC);
	while (r->fd >= 0 && (n = read(r->fd, chunk, sizeof(chunk))) > 0) {
		if (r->raw)
			fwrite(chunk, 1, (size_t)n, r->c->out);
		else
			buf_add(&r->rest, chunk, (size_t)n);
		show_safely(r, whole(&r->rest));
	}
	fflush(r->c->out);
	return ended;
}

/* The newest attempt of the issue in the run, of one role or of any. */
static const struct work_attempt *newest(const struct metrics *m, const struct reading *r)
{
	const struct work_attempt *best = NULL;

	for (size_t i = 0; i < m->nissue; i++) {
		const struct work *w = m->issue[i].work;

		if (strcmp(m->issue[i].id, r->issue))
			continue;
		for (size_t k = 0; k < w->nattempt; k++) {
			const struct work_attempt *a = &w->attempt[k];

			if (strcmp(a->run, m->info.run) || !strcmp(a->role, "agg") ||
			    (r->role && strcmp(a->role, r->role)) || (r->n && a->n != r->n))
				continue;
			if (!best || a->started_at >= best->started_at)
				best = a;
		}
	}
	return best;
}

/* Finds the attempt; true when it has its folder: it is recorded before it begins. */
static bool begun(void *arg)
{
	struct reading *r = arg;
	const struct work_attempt *a;
	struct metrics m;

	if (runs_load(r->c, r->run, &m) < 0)
		return false;
	if (!r->dir.len && (a = newest(&m, r)))
		run_attempt_path(r->c->store, r->run, r->issue, a->role, a->n, &r->dir);
	metrics_release(&m);
	return r->dir.len && access(r->dir.s, F_OK) == 0;
}

static int show(struct reading *r, bool follow)
{
	struct ctx *c = r->c;
	int rc = 0;

	if (follow)
		rc = run_follow(c->store, r->run, 0, 0, NULL, begun, r, &c->err);
	else
		begun(r);
	if (rc == FOLLOW_DONE && follow)
		rc = run_follow(c->store, r->run, 0, 0, r->dir.s, copy, r, &c->err);
	else if (rc >= 0 && r->dir.len)
		copy(r);
	if (rc == FOLLOW_SIGNAL)
		return 130;
	if (rc < 0 || r->fd >= 0)
		return rc < 0 ? rc : 0;
	if (!r->dir.len && !r->role && !r->n)
		return err_set(&c->err, ERR_NOTFOUND, "run %s has not worked on '%s'", r->run,
			       r->issue);
	if (!r->dir.len)
		return err_set(&c->err, ERR_NOTFOUND, "run %s has no such attempt of '%s'", r->run,
			       r->issue);
	return err_set(&c->err, ERR_NOTFOUND, "nothing was printed: there is no '%s/%s'",
		       r->dir.s, r->file);
}

static int run(struct ctx *c, int argc, char **argv)
{
	bool follow = false, errs = false, prompt = false;
	struct reading r = { .c = c, .fd = -1, .dir = BUF_INIT, .rest = BUF_INIT };
	const char *run_id = NULL;
	BUF_AUTO id = BUF_INIT;
	const struct opt opts[] = {
		{ 'f', "follow", OPT_BOOL, &follow, NULL,
		  "go on as it prints, until the attempt ends", 0 },
		{ 0, "role", OPT_STR, &r.role, "<role>",
		  "impl, spec, code, test, verify (default: the newest attempt)", 0 },
		{ 'n', "attempt", OPT_INT, &r.n, "<n>", "which attempt (default: the newest)", 0 },
		{ 'e', "stderr", OPT_BOOL, &errs, NULL, "what it printed on stderr", 0 },
		{ 0, "prompt", OPT_BOOL, &prompt, NULL, "what it was told", 0 },
		{ 0, "run", OPT_STR, &run_id, "<run>", "of this run (default: the newest)", 0 },
		{ 0 },
	};
	const struct issue *is;
	struct view *v;
	int rc = cmd_begin(c, opts, &argc, argv);

	if (rc != 0)
		return rc;
	if (r.role && (role_parse(r.role) < 0 || role_parse(r.role) == ROLE_AGG))
		return err_set(&c->err, ERR_USAGE,
			       "--role wants impl, spec, code, test or verify, not '%s'", r.role);
	if ((rc = cmd_view(c, VIEW_QUICK, &v)) < 0 || (rc = cmd_resolve(c, v, argv[0], &is)) < 0 ||
	    (rc = run_find(c->store, run_id, &id, &c->err)) < 0)
		return rc;
	r.run = id.s;
	r.issue = is->id;
	r.file = prompt ? "prompt.md" : errs ? "stderr.log" : "stdout.log";
	r.raw = !isatty(fileno(c->out));
	rc = show(&r, follow && !prompt);
	show_safely(&r, r.rest.len);
	if (!r.raw)
		out_text(c, "%s", out_plain(c));	/* what the agent's last colour was ends here */
	buf_release(&r.dir);
	buf_release(&r.rest);
	if (r.fd >= 0)
		close(r.fd);
	return rc;
}

const struct cmd cmd_logs = {
	.name = "logs", .aliases = "log", .args = "<issue>", .brief = "Show what an agent printed",
	.example = "logs demo-77aa.3 -f", .group = GROUP_RUN, .need = NEED_STORE, .flags = CMD_OWN,
	.min_args = 1, .max_args = 1, .run = run,
};
