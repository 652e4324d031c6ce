/*
 * tests/crash/txn.c - kills transactions at every step they take, and looks at what is left
 *
 *   txn kill        at each durable step (BDW_CRASH_AT), and once more while the next command recovers
 *   txn syscalls    at each system call that writes, in libgit2 too (strace); the same with ENOSPC and EIO
 *   txn writers     16 processes write at once, one reads all the time
 *   txn full        a disk that is really full
 *   txn --child WHAT DIR    one command, in the repository DIR; prints "done" when it was told that it is
 *
 * After each: the next command works by itself; the branch is the old or the new one, the new
 * one when success was reported; the files are the branch's; `git fsck` is content; no lock and
 * no temp file is left.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

#include "store/base/vec.h"
#include "store/id.h"
#include "store/store_priv.h"
#include "store/txn.h"
#include "store/view.h"
#include "tests/unit/tmprepo.h"

enum { WAIT_MS = 30000, STEPS_MAX = 400 };

static int tests, failures;

static void result(bool ok, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void result(bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("%s %d - ", ok ? "ok" : "not ok", ++tests);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
	va_end(ap);
	failures += !ok;
}

/* ---- what the killed commands do ---- */

static int edit(struct txn *t, const char *id, const char *title, struct err *e)
{
	struct issue *is;
	int rc = txn_edit(t, id, &is, e);

	if (rc == 0)
		is->title = title;
	return rc;
}

static int make(struct txn *t, const char *id, struct err *e)
{
	struct issue *is;
	int rc = txn_create(t, id, &is, e);

	if (rc == 0)
		is->title = "Made";
	return rc;
}

static int do_create(struct txn *t, struct err *e)
{
	return make(t, "demo-new", e);
}

static int do_update(struct txn *t, struct err *e)
{
	return edit(t, "demo-1", "Updated", e);
}

static int do_delete(struct txn *t, struct err *e)
{
	return txn_delete(t, "demo-2", e);
}

static int do_rename(struct txn *t, struct err *e)
{
	return txn_rename(t, "demo-2", "demo-two", e);
}

static int do_many(struct txn *t, struct err *e)
{
	int rc = edit(t, "demo-1", "Many", e);

	rc = rc ? rc : txn_delete(t, "demo-2", e);
	rc = rc ? rc : txn_put(t, "settings.json", "{}\n", 3, e);
	return rc ? rc : make(t, "demo-new", e);
}

static int do_absorb(struct txn *t, struct err *e)
{
	size_t n;
	int rc = txn_absorb_all(t, &n, e);

	return rc ? rc : edit(t, "demo-3", "After the edit", e);
}

static int do_probe(struct txn *t, struct err *e)
{
	return txn_put(t, "memory/probe.md", "probe", 5, e);
}

static const struct job {
	const char *name;
	int (*run)(struct txn *t, struct err *e);	/* NULL: the job is no transaction */
	/* starts in a clone, or a repository, without one */
	bool no_store;
} jobs[] = {
	{ "create", do_create, false }, { "update", do_update, false },
	{ "delete", do_delete, false },
	{ "rename", do_rename, false }, { "many", do_many, false }, { "absorb", do_absorb, false },
	{ "first-use", do_update, true }, { "init", NULL, true }, { "restore", NULL, false },
	{ "read", NULL, false }, { "probe", do_probe, false },
};

static int child_txn(const struct job *j, struct store *s, struct err *e)
{
	struct txn *t;
	int rc = txn_begin(&t, s, &(struct txn_opts){ "tess", WAIT_MS }, e);

	if (rc < 0)
		return rc;
	if ((rc = j->run(t, e)) == 0)
		return txn_commit(t, j->name, NULL, e);
	txn_abort(t);
	return rc;
}

static int child_init(const char *dir, struct err *e)
{
	struct store_init o = { .prefix = "demo", .actor = "tess" };
	struct store_inited done;
	int rc = store_init(dir, &o, &done, e);

	store_inited_release(&done);
	return rc;
}

static int child_read(struct store *s, struct err *e)
{
	struct view *v;
	int rc = view_open(&v, s, 0, e);

	if (rc == 0)
		view_close(v);
	return rc;
}

static int child(const char *name, const char *dir)
{
	struct err e = ERR_INIT;
	struct store *s = NULL;
	const struct job *j = jobs;
	int rc;

	while (strcmp(j->name, name))
		j++;
	if (!strcmp(name, "init")) {
		rc = child_init(dir, &e);
	} else {
		rc = store_open(&s, dir, NULL, 0, &e);
		if (rc == 0 && j->run)
			rc = child_txn(j, s, &e);
		else if (rc == 0)
			rc = !strcmp(name, "read") ? child_read(s, &e) : store_restore(s, &e);
		store_close(s);
	}
	if (rc < 0) {
		fprintf(stderr, "%s: %s\n", name, e.msg);
		return 1;
	}
	return puts("done") < 0 || fflush(stdout);
}

/* ---- the harness ---- */

static char self[4096];

/* Runs this program as a child, after the words of prefix; *acked: it was told that the change
 * is made. */
static int run_child(const char *const *prefix, const char *name, const char *dir, bool *acked,
		     struct buf *said)
{
	char *argv[24];
	struct buf out = BUF_INIT;
	struct proc p = { .argv = argv, .timeout_ms = 60000 };
	int n = 0, rc;

	for (; prefix && *prefix; prefix++)
		argv[n++] = (char *)*prefix;
	argv[n++] = self;
	argv[n++] = "--child";
	argv[n++] = (char *)name;
	argv[n++] = (char *)dir;
	argv[n] = NULL;
	rc = proc_run(&p, &out, said, NULL);
	*acked = !strcmp(out.s, "done\n");
	buf_release(&out);
	return rc;
}

static int run_at(const char *step, const char *name, const char *dir, bool *acked)
{
	int rc;

	setenv("BDW_CRASH_AT", step, 1);
	rc = run_child(NULL, name, dir, acked, NULL);
	unsetenv("BDW_CRASH_AT");
	return rc;
}

static void say(const char *dir, struct buf *out, const char *a, const char *b, const char *c)
{
	git_run(dir, out, a, b, c, NULL);
	if (out->len && out->s[out->len - 1] == '\n')
		buf_cut(out, out->len - 1);
}

/* The tree of the branch, "" when there is none; the caller's. */
static char *branch_tree(const char *dir)
{
	struct buf out = BUF_INIT;

	if (git_run(dir, &out, "rev-parse", "-q", "--verify", "beadwave^{tree}", NULL))
		buf_cut(&out, 0);
	return buf_detach(&out);
}

/* Locks and temp files, wherever they are. git may leave objects/??/tmp_obj_*; its gc removes
 * them. */
static void leftovers(const char *dir, struct buf *out)
{
	char *argv[] = { "find", (char *)dir, "-name", "*.lock", "-o", "-name", ".tmp*",
			 "-o", "-path",
			 "*/beadwave/intent", "-o", "-path", "*/beadwave/rescued", NULL };
	struct proc p = { .argv = argv };

	proc_run(&p, out, NULL, NULL);
}

/* How the files differ from the branch; "" when they do not. */
static void file_changes(const char *dir, struct buf *out)
{
	char *index = xasprintf("%s/check-index", dir),
		*tree = xasprintf("--work-tree=%s/.beadwave", dir);
	struct buf ignored = BUF_INIT;

	setenv("GIT_INDEX_FILE", index, 1);
	git_run(dir, &ignored, "read-tree", "beadwave", NULL);
	git_run(dir, out, tree, "diff", "--name-only", NULL);
	git_run(dir, out, tree, "ls-files", "--others", NULL);
	unsetenv("GIT_INDEX_FILE");
	unlink(index);
	free(index);
	free(tree);
	buf_release(&ignored);
}

struct state {
	char *old_tree, *new_tree;
	bool none_too;		/* before the start there was no branch */
	bool hand;		/* there is an edit by hand */
};

/* Everything that must hold after a command was stopped. *why says what does not. */
static bool check(const char *dir, const struct state *st, bool acked, struct buf *why)
{
	char *now = branch_tree(dir), *args[2] = { st->old_tree, st->new_tree };
	struct buf out = BUF_INIT;
	bool ok;

	if (strcmp(now, args[1]) && (acked || (strcmp(now, args[0]) && (*now || !st->none_too))))
		buf_addf(why, acked ? "an acknowledged change is lost; " :
			 "neither the old nor the new state; ");
	/* the next command, with no manual step */
	if (run_child(NULL, "probe", dir, &ok, &out) || !ok)
		buf_addf(why, "the next command fails: %s; ", out.s);
	buf_reset(&out);
	if (run_child(NULL, "read", dir, &ok, &out) || !ok)
		buf_addf(why, "reading fails: %s; ", out.s);
	buf_reset(&out);
	/* an edit waits on disk until somebody commits it; then it is on the branch */
	if (st->hand && (run_child(NULL, "absorb", dir, &ok, &out) || !ok ||
			 git_run(dir, &out, "grep", "-q", "title: Hand", "beadwave", NULL)))
		buf_addf(why, "the edit by hand is lost: %s; ", out.s);
	buf_reset(&out);
	file_changes(dir, &out);
	if (out.len)
		buf_addf(why, "files differ: %s; ", out.s);
	buf_reset(&out);
	leftovers(dir, &out);
	if (out.len)
		buf_addf(why, "left behind: %s; ", out.s);
	buf_reset(&out);
	if (git_run(dir, &out, "fsck", "--strict", NULL))
		buf_addf(why, "fsck: %s; ", out.s);
	buf_release(&out);
	free(now);
	return !why->len;
}

static void copy_tree(const char *from, const char *to)
{
	char *argv[] = { "cp", "-a", (char *)from, (char *)to, NULL };
	struct proc p = { .argv = argv };

	if (proc_run(&p, NULL, NULL, NULL))
		abort();
}

static void drop(const char *dir)
{
	fsx_remove_tree(AT_FDCWD, dir, NULL);
}

/* Three issues; for some jobs more. */
static char *template(const struct job *j)
{
	char *dir = tmp_path(j->name), *upstream;
	struct err e = ERR_INIT;
	struct store *s;
	struct txn *t;

	if (!strcmp(j->name, "init"))
		return free(dir), tmp_repo(j->name);
	upstream = tmp_store(j->no_store ? "upstream" : j->name);
	if (store_open(&s, upstream, NULL, 0, &e) ||
	    txn_begin(&t, s, &(struct txn_opts){ "tess", 0 }, &e) || make(t, "demo-1", &e) ||
	    make(t, "demo-2", &e) || make(t, "demo-3", &e) ||
	    txn_commit(t, "three", NULL, &e))
		abort();
	store_close(s);
	if (j->no_store && git_run(tmp_dir, NULL, "clone", "-q", upstream, dir, NULL))
		abort();
	free(upstream);
	if (!strcmp(j->name, "absorb")) {
		struct buf path = BUF_INIT, id = BUF_INIT;
		char *text, *at;

		id_issue_path("demo-2", &id);
		buf_addf(&path, ".beadwave/%s", id.s);
		text = file_read(dir, path.s);
		at = strstr(text, "title: Made");
		memcpy(at, "title: Hand", 11);
		file_write(dir, path.s, text);
		free(text);
		buf_release(&path);
		buf_release(&id);
	}
	if (!strcmp(j->name, "restore") || !strcmp(j->name, "read")) {
		char *gone = xasprintf("%s/.beadwave/issue", dir);

		drop(gone);
		free(gone);
	}
	return dir;
}

/* What the branch holds before and after the job, run once to its end. */
static void measure(const struct job *j, const char *tmpl, struct state *st)
{
	char *dir = tmp_path("measure");
	struct buf said = BUF_INIT;
	bool acked;

	copy_tree(tmpl, dir);
	st->old_tree = branch_tree(dir);
	st->none_too = j->no_store;
	st->hand = !strcmp(j->name, "absorb");
	if (j->run && j->no_store) {
		struct buf upstream = BUF_INIT;

		git_run(dir, &upstream, "rev-parse", "origin/beadwave^{tree}", NULL);
		free(st->old_tree);
		st->old_tree = buf_detach(&upstream);
	}
	if (run_child(NULL, j->name, dir, &acked, &said) || !acked)
		result(false, "%s: runs to its end: %s", j->name, said.s);
	st->new_tree = branch_tree(dir);
	drop(dir);
	free(dir);
	buf_release(&said);
}

/* ---- kill ---- */

/* One run that is killed at a step; false when it came to its end. second: the step at which the
 * next one is, too. */
static bool kill_once(const struct job *j, const char *tmpl, const struct state *st, int step,
		      int second, int *bad)
{
	char *dir = tmp_path("run"), at[16];
	struct buf why = BUF_INIT;
	bool acked = false, again;
	int rc;

	copy_tree(tmpl, dir);
	snprintf(at, sizeof(at), "%d", step);
	rc = run_at(at, j->name, dir, &acked);
	if (second) {
		snprintf(at, sizeof(at), "%d", second);
		run_at(at, "read", dir, &again);
		if (!strcmp(j->name, "init"))
			run_at(at, "init", dir, &again);
	}
	/* a killed init may have done nothing yet: then it is run again, as its user would */
	if (!strcmp(j->name, "init") && !file_there(dir, ".git/beadwave/store"))
		run_child(NULL, "init", dir, &again, NULL);
	if (rc != 128 + SIGKILL && (rc || !acked))
		buf_addf(&why, "exit %d; ", rc);
	if (!check(dir, st, acked, &why)) {
		printf("# %s, killed at step %d, then %d: %s\n", j->name, step, second, why.s);
		++*bad;
	}
	drop(dir);
	free(dir);
	buf_release(&why);
	return rc == 128 + SIGKILL;
}

static int kill_job(const struct job *j)
{
	struct state st;
	char *tmpl = template(j);
	int step = 1, bad = 0, runs = 0;

	measure(j, tmpl, &st);
	for (; step < STEPS_MAX && kill_once(j, tmpl, &st, step, 0, &bad); step++)
		runs++;
	for (int i = 1; i < step; i++)
		for (int second = 1 + i % 4; second < 13; second += 4, runs++)
			kill_once(j, tmpl, &st, i, second, &bad);
	result(!bad && step > 1,
	       "%s: killed at each of %d steps, and again while recovering (%d runs)", j->name,
	       step - 1, runs);
	drop(tmpl);
	free(tmpl);
	free(st.old_tree);
	free(st.new_tree);
	tmp_end();
	mkdir(tmp_dir, 0700);
	return bad;
}

static int kill_all(void)
{
	size_t n = sizeof(jobs) / sizeof(jobs[0]);

	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++)
		kill_job(&jobs[i]);
	return failures != 0;
}

/* ---- system calls ---- */

#define CALLS "openat,write,pwrite64,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,fsync," \
	      "fdatasync,close,ftruncate"

static int injected(const char *fault, const char *name, const char *dir, bool *acked,
		    struct buf *said)
{
	char *inject = xasprintf("inject=%s:%s", CALLS, fault);
	const char *strace[] = { "strace", "-qqq", "-o", "/dev/null", "-e", "trace=" CALLS, "-e",
				 inject, NULL };
	int rc = run_child(strace, name, dir, acked, said);

	free(inject);
	return rc;
}

static bool have_strace(void)
{
	char *argv[] = { "strace", "-qqq", "-o", "/dev/null", "-e", "trace=close", "-e",
			 "inject=close:signal=KILL:when=1", "true", NULL };
	struct proc p = { .argv = argv };

	return proc_run(&p, NULL, NULL, NULL) == 128 + SIGKILL;
}

/* One run with the n-th call failing, or being the last; false when that call was not reached. */
static bool inject_once(const struct job *j, const char *tmpl, const struct state *st,
			const char *fault, bool persistent, int n, int *bad)
{
	char *dir = tmp_path("run"),
		*when = xasprintf("%s:when=%d%s", fault, n, persistent ? "+" : "");
	struct buf why = BUF_INIT, said = BUF_INIT;
	bool acked, reached;
	int rc;

	copy_tree(tmpl, dir);
	rc = injected(when, j->name, dir, &acked, &said);
	reached = rc || !acked;
	if (!check(dir, st, acked, &why) || (rc && acked)) {
		printf("# %s, %s: exit %d, %s%s\n", j->name, when, rc, why.s, said.s);
		++*bad;
	}
	drop(dir);
	free(dir);
	free(when);
	buf_release(&why);
	buf_release(&said);
	return reached;
}

static int syscalls(void)
{
	static const struct { const char *fault; bool persistent; } faults[] = {
		{ "error=ENOSPC", true }, { "error=EIO", true }, { "error=ENOSPC", false },
		{ "error=EIO", false },
	};
	const size_t nfaults = sizeof(faults) / sizeof(faults[0]);
	const struct job *j = &jobs[1];		/* update */
	int calls = 0, bad = 0;
	struct state st;
	char *tmpl;

	if (!have_strace()) {
		printf("1..1\nok 1 - system calls # SKIP strace cannot start programs here\n");
		return 0;
	}
	printf("1..%zu\n", nfaults + 1);
	tmpl = template(j);
	measure(j, tmpl, &st);
	while (calls < STEPS_MAX &&
	       inject_once(j, tmpl, &st, "signal=KILL", false, calls + 1, &bad))
		calls++;
	result(!bad && calls > 20, "update: killed at each of %d system calls", calls);
	/* a single error may be survived, so the count of calls says where to stop */
	for (size_t i = 0; i < nfaults; i++) {
		bad = 0;
		for (int n = 1; n <= calls; n++)
			inject_once(j, tmpl, &st, faults[i].fault, faults[i].persistent, n, &bad);
		result(!bad, "update: %s%s at each of them", faults[i].fault,
		       faults[i].persistent ? " from there on" : "");
	}
	free(tmpl);
	free(st.old_tree);
	free(st.new_tree);
	return failures != 0;
}

/* ---- writers ---- */

enum { WRITERS = 16, ROUNDS = 62 };

/* Counts up in two issues at once. */
static int count_up(struct store *s, struct err *e)
{
	struct issue *one, *two;
	struct txn *t;
	int rc = txn_begin(&t, s, &(struct txn_opts){ "tess", 120000 }, e);

	if (rc < 0)
		return rc;
	if ((rc = txn_edit(t, "demo-1", &one, e)) == 0 &&
	    (rc = txn_edit(t, "demo-2", &two, e)) == 0) {
		one->estimate_minutes = one->estimate_minutes < 0 ? 1 : one->estimate_minutes + 1;
		two->estimate_minutes = one->estimate_minutes;
		return txn_commit(t, "count", NULL, e);
	}
	txn_abort(t);
	return rc;
}

static int writer(const char *dir)
{
	struct err e = ERR_INIT;

	for (int i = 0; i < ROUNDS; i++) {
		struct store *s;

		if (store_open(&s, dir, NULL, 0, &e) || count_up(s, &e)) {
			printf("# writer: %s\n", e.msg);
			return 1;
		}
		store_close(s);
	}
	return 0;
}

/* Sees both counters equal at any moment, and never going down. */
static int reader(const char *dir, const char *stop)
{
	struct err e = ERR_INIT;
	long last = -1;

	while (access(stop, F_OK)) {
		const struct issue *one, *two;
		struct store *s;
		struct view *v;
		bool ok;

		if (store_open(&s, dir, NULL, 0, &e) || view_open(&v, s, 0, &e)) {
			printf("# reader: %s\n", e.msg);
			return 1;
		}
		one = view_get(v, "demo-1");
		two = view_get(v, "demo-2");
		ok = one && two && one->estimate_minutes == two->estimate_minutes &&
			one->estimate_minutes >= last;
		if (!ok)
			printf("# reader: saw %ld and %ld after %ld\n",
			       one ? one->estimate_minutes : -2, two ? two->estimate_minutes :
				       -2, last);
		last = one ? one->estimate_minutes : last;
		view_close(v);
		store_close(s);
		if (!ok)
			return 1;
	}
	return 0;
}

static pid_t start(int (*fn)(const char *), const char *dir, const char *stop)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return pid;
	pid = fn ? fn(dir) : reader(dir, stop);
	fflush(stdout);
	_exit((int)pid);
}

static bool wait_ok(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static int writers(void)
{
	char *dir = template(&jobs[1]), *stop = tmp_path("stop"), want[32];
	struct buf out = BUF_INIT;
	pid_t pid[WRITERS], watch;
	bool all = true;

	printf("1..4\n");
	setenv("BDW_STORE__FSYNC", "off", 1);
	watch = start(NULL, dir, stop);
	for (int i = 0; i < WRITERS; i++)
		pid[i] = start(writer, dir, NULL);
	for (int i = 0; i < WRITERS; i++)
		all = wait_ok(pid[i]) && all;
	file_write(tmp_dir, "stop", "");
	result(all, "%d processes, %d updates each: all were told that they are done",
	       WRITERS, ROUNDS);
	result(wait_ok(watch), "a reader saw whole transactions only");
	say(dir, &out, "rev-list", "--count", "beadwave");
	snprintf(want, sizeof(want), "%d", WRITERS * ROUNDS + 2);
	result(!strcmp(out.s, want), "%s commits, want %s", out.s, want);
	buf_reset(&out);
	git_run(dir, &out, "rev-list", "--merges", "beadwave", NULL);
	git_run(dir, &out, "grep", "-h", "estimate", "beadwave", NULL);
	snprintf(want, sizeof(want), "estimate_minutes: %d\n", WRITERS * ROUNDS);
	file_changes(dir, &out);
	leftovers(dir, &out);
	result(strlen(out.s) == 2 * strlen(want) && !strncmp(out.s, want, strlen(want)),
	       "a line of commits, nothing lost, nothing left");
	if (failures)
		printf("# %s\n", out.s);
	buf_release(&out);
	free(dir);
	free(stop);
	return failures != 0;
}

/* ---- a full disk ---- */

static int fill_up(const char *dir, bool *honest)
{
	struct err e = ERR_INIT;
	int done = 0, rc = 0;

	for (; rc == 0 && done < 5000; done++) {
		struct store *s;
		struct oid before, after;

		if ((rc = store_open(&s, dir, NULL, 0, &e)) < 0)
			break;
		store_head(s, &before, NULL);
		rc = count_up(s, &e);
		/* told "done" exactly when the branch moved */
		if (store_head(s, &after, NULL) || oid_equal(&before, &after) == (rc == 0))
			*honest = false;
		store_close(s);
	}
	printf("# after %d commits: %s\n", done, e.msg);
	return done;
}

static int full(void)
{
	char *mnt = tmp_path("mnt"), *dir = tmp_path("mnt/repo"), *pad = tmp_path("mnt/pad"), *src;
	struct buf why = BUF_INIT;
	static char room[65536];	/* what is freed again */
	struct state st;
	bool honest = true;
	int done;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mkdir(mnt, 0700) || mount("none", mnt, "tmpfs", 0, "size=2m")) {
		printf("1..1\nok 1 - full disk # SKIP cannot mount a file system of our own\n");
		return 0;
	}
	printf("1..3\n");
	src = template(&jobs[1]);
	copy_tree(src, dir);
	memset(room, 'x', sizeof(room));
	if (fsx_write_atomic(AT_FDCWD, pad, room, sizeof(room), 0600, 0, NULL))
		abort();
	done = fill_up(dir, &honest);
	result(done > 5 && done < 5000, "%d commits until the disk was full", done);
	result(honest, "'done' was said exactly when the branch had moved");
	unlink(pad);
	st = (struct state){ .old_tree = branch_tree(dir) };
	st.new_tree = st.old_tree;
	result(check(dir, &st, true, &why), "with some room all is well: %s", why.s);
	umount2(mnt, MNT_DETACH);
	buf_release(&why);
	free(st.old_tree);
	free(src);
	free(mnt);
	free(dir);
	free(pad);
	return failures != 0;
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int (*run)(void); } modes[] = {
		{ "kill", kill_all }, { "syscalls", syscalls }, { "writers", writers },
		{ "full", full },
	};
	const char *mode = argc > 1 ? argv[1] : "kill";

	if (argc == 4 && !strcmp(mode, "--child"))
		return child(argv[2], argv[3]);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 2;
	tmp_begin();
	if (!strcmp(mode, "kill") || !strcmp(mode, "syscalls"))
		/* so that one change has one tree */
		setenv("BDW_NOW", "2026-11-21T02:00:00Z", 1);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, mode)) {
			int rc = modes[i].run();

			tmp_end();
			return rc;
		}
	tmp_end();
	fprintf(stderr, "usage: txn kill|syscalls|writers|full\n");
	return 2;
}
