/* cmd/run.c - bdw run, bdw resume */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/beads.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/opt.h"
#include "cmd/out.h"
#include "cmd/plan.h"
#include "cmd/progress.h"
#include "cmd/run_setup.h"
#include "cmd/trust.h"
#include "core/integrate.h"
#include "core/metrics.h"
#include "core/prompt.h"
#include "core/rundir.h"
#include "core/runner.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/base/text.h"
#include "store/config.h"
#include "store/ref.h"
#include "store/store.h"
#include "store/trust.h"
#include "store/view.h"

struct session {
	struct ctx *c;
	struct run_flags flags;
	struct config *config;
	struct run_info info;
	struct trust_list trusted;	/* what a new run was allowed to use */
	bool resume;
	bool stuck;		/* it could not begin: a cycle, exit code 4 */
	int lock_fd;
	int ready_fd;		/* --detach: where the parent waits for the run id; -1 */
	struct progress *progress;
	struct oid exported;	/* what .beads/issues.jsonl was last written for */
};

/* Exit codes of errors: an untrusted command and a wrong setting are 2, a cycle 4, a held lock
 * 75. */
static int fail_code(int rc)
{
	switch (rc) {
	case ERR_USAGE:
	case ERR_PARSE:
	case ERR_UNTRUSTED:
		return 2;
	case ERR_BUSY:
		return 75;
	default:
		return 1;
	}
}

/* The newest run, when it has neither ended nor a scheduler: false when there is none. */
static bool interrupted(struct store *s, struct run_info *info)
{
	STRS_AUTO runs = { 0 };

	run_list(s, &runs);
	if (!runs.n || run_info_read(s, runs.v[runs.n - 1], info, NULL) < 0)
		return false;
	if (!info->ended_us)
		return true;
	run_info_release(info);
	return false;
}

/* Where the settings of a run are kept for its resume: one "origin<TAB>name=value" a line. */
static void config_path(struct session *s, struct buf *out)
{
	run_path(s->c->store, s->info.run, "config", out);
}

static int save_config(struct session *s)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	int rc;

	config_path(s, &path);
	config_dump(s->config, false, &text);
	if ((rc = fsx_mkparent(AT_FDCWD, path.s, 0700, &s->c->err)) < 0)
		return rc;
	return fsx_write_atomic(AT_FDCWD, path.s, text.s, text.len, 0600, 0, &s->c->err);
}

/* The prompts it uses are those that were approved, whatever becomes of the files. */
static int save_prompts(struct session *s)
{
	struct ctx *c = s->c;
	int rc = 0;

	for (size_t i = 0; i < s->trusted.n && rc == 0; i++) {
		const struct trust_item *it = &s->trusted.v[i];
		struct err doubt = ERR_INIT;
		BUF_AUTO path = BUF_INIT;

		if (!text_starts(it->path, "prompt/"))
			continue;
		if (prompt_check(it->text.s, &doubt) < 0)
			out_warn(c, "bdw: warning: '%s': %s\n", it->path, doubt.msg);
		run_path(c->store, s->info.run, it->path, &path);
		if ((rc = fsx_mkparent(AT_FDCWD, path.s, 0700, &c->err)) == 0)
			rc = fsx_write_atomic(AT_FDCWD, path.s, it->text.s, it->text.len, 0600, 0,
					      &c->err);
	}
	return rc;
}

/* A run keeps the settings it began with, whatever an agent made of the files meanwhile
 * (decisions A18). */
static int load_config(struct session *s)
{
	BUF_AUTO path = BUF_INIT;
	BUF_AUTO text = BUF_INIT;
	int rc;

	config_path(s, &path);
	if ((rc = fsx_read(AT_FDCWD, path.s, &text, &s->c->err)) < 0)
		return rc;
	s->config = config_builtin();
	return config_undump(s->config, text.s, text.len, &s->c->err);
}

static int choose_target(struct session *s)
{
	const char *set = s->flags.target ? s->flags.target :
		config_str(s->config, "project.target");
	BUF_AUTO head = BUF_INIT;
	int rc = 0;

	if (*set) {
		s->info.target = xstrdup(set);
		return 0;
	}
	if (!*store_paths(s->c->store)->worktree)
		rc = integrate_head_branch(store_paths(s->c->store)->common, &head, &s->c->err);
	else
		rc = integrate_head_branch(store_paths(s->c->store)->worktree, &head, &s->c->err);
	s->info.target = rc < 0 ? NULL : buf_detach(&head);
	return rc < 0 ?
		err_wrap(&s->c->err, ERR_USAGE, "cannot choose the branch to merge into") : 0;
}

/* A work tree needs a commit to begin at: where there is none yet, agents work in the repository
 * itself (decisions B8). */
static int choose_isolation(struct session *s)
{
	const char *tree = store_paths(s->c->store)->worktree;

	if (!*tree || strcmp(config_str(s->config, "run.isolation"), "worktree") ||
	    !integrate_unborn(tree))
		return 0;
	out_warn(s->c, "bdw: '%s' has no commit yet: this run works in the repository itself, one "
		       "issue at a time\n",
		 s->info.target);
	return config_set(s->config, "run.isolation", "shared", ORIGIN_FLAG, &s->c->err);
}

/* A new run: its settings, target and record. */
static int begin_new(struct session *s, int argc, char **argv)
{
	struct ctx *c = s->c;
	BUF_AUTO id = BUF_INIT;
	int rc;

	if ((rc = run_config(c, &s->flags, &s->config)) < 0 ||
	    (rc = run_unused(c, s->config)) < 0 ||
	    (rc = trust_require(c, s->config, &s->trusted)) < 0 ||
	    (rc = run_agents(c, s->config)) < 0)
		return rc;
	run_id_new(c->store, c->now_us, &id);
	s->info = (struct run_info){ .run = buf_detach(&id), .actor = xstrdup(cmd_actor(c)),
				     .started_us = c->now_us };
	for (int i = 0; i < argc; i++)
		strs_add(&s->info.ids, argv[i]);
	for (size_t i = 0; i < s->flags.issues.n; i++)
		strs_add(&s->info.ids, s->flags.issues.v[i]);
	return (rc = choose_target(s)) < 0 ? rc : choose_isolation(s);
}

/* Before anything else is made, so that whatever is left of a run that was killed has a record;
 * the settings go first, because a record without them could not be resumed (decisions B3). */
static int record_start(struct session *s)
{
	int rc = 0;

	run_sweep(s->c->store);
	if (!s->resume && (rc = save_config(s)) == 0)
		rc = save_prompts(s);
	s->info.pid = getpid();
	s->info.start_time = proc_start_time(getpid());
	s->info.ended_us = 0;
	if (rc == 0)
		rc = run_info_write(s->c->store, &s->info, &s->c->err);
	if (rc == 0)
		run_lock_note(s->lock_fd, s->info.run);
	return rc;
}

/* A run that was refused never was. */
static void forget(struct session *s)
{
	BUF_AUTO path = BUF_INIT;

	run_path(s->c->store, s->info.run, NULL, &path);
	fsx_remove_tree(AT_FDCWD, path.s, NULL);
}

/* Tells the waiting parent that all that can be refused was accepted, and lets go of the
 * terminal. */
static void let_go(struct session *s)
{
	BUF_AUTO log = BUF_INIT;
	int fd;

	if (s->ready_fd < 0)
		return;
	if (write(s->ready_fd, s->info.run, strlen(s->info.run)) < 0)
		fprintf(s->c->errs, "bdw: the terminal is gone\n");
	close(s->ready_fd);
	s->ready_fd = -1;
	run_path(s->c->store, s->info.run, "log", &log);
	fflush(s->c->out);
	fflush(s->c->errs);
	if ((fd = open(log.s, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		close(fd);
	}
	if ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
}

static void show_ids(struct ctx *c, const struct metrics *m, bool human)
{
	for (size_t i = 0; i < m->nissue; i++)
		if (human ? m->issue[i].human : m->issue[i].failed)
			out_text(c, "  %s  %s\n", m->issue[i].id, out_title(c, m->issue[i].title));
}

static void show_tokens(struct ctx *c, const struct usage *u)
{
	if (u->total_tokens >= 1000)
		out_text(c, "%lldk tokens, ", (long long)(u->total_tokens + 500) / 1000);
	else if (u->total_tokens >= 0)
		out_text(c, "%lld tokens, ", (long long)u->total_tokens);
	if (u->cost_usd >= 0)
		out_text(c, "%s, ", out_dollars(c, u->cost_usd));
}

/* What came of the run, besides its issues. */
struct ending { const char *behind, *stopped; };

static void show_stopped(struct ctx *c, const char *why)
{
	if (!strcmp(why, "budget"))
		out_text(c, "Stopped: the budget is spent.  With a higher one ([budget] in the "
			    "settings) go on with: bdw run\n");
	else if (*why)
		out_text(c, "Stopped: %.*s.  When that is mended, go on with: bdw run\n",
			 (int)strcspn(why, "\n"), why);
}

static void show_summary(struct session *s, const struct metrics *m, const struct ending *end)
{
	struct ctx *c = s->c;
	char took[CLOCK_TEXT], serial[CLOCK_TEXT];

	if (!m->nissue) {
		out_text(c, "Nothing to run: no issue is ready or can become so.\n%s",
			 s->info.exit_code == 4 ?
				 "What is open waits for others: bdw blocked\n" : "");
		return;
	}
	out_text(c, "%zu closed, %zu failed, %zu waiting for you.  %s", m->passed,
		 m->failed, m->human, clock_format_duration(m->makespan_ms, took));
	if (m->busy_ms > m->makespan_ms && m->makespan_ms)
		out_text(c, " instead of %s (%.1fx)", clock_format_duration(m->busy_ms, serial),
			 (double)m->busy_ms / (double)m->makespan_ms);
	out_text(c, ".  ");
	show_tokens(c, &m->usage);
	out_text(c, "%zu launch%s", m->spawned, m->spawned == 1 ? "" : "es");
	if (m->retried)
		out_text(c, ", %zu repeated", m->retried);
	out_text(c, ".\n");
	if (m->unavailable && m->usage.total_tokens >= 0)
		out_text(c, "Tokens are a known minimum: %zu launches told none.\n",
			 m->unavailable);
	else if (m->unavailable)
		out_text(c, "Tokens are unavailable: no agent told any.\n");
	show_stopped(c, end->stopped);
	if (m->failed) {
		out_text(c, "Failed (bdw show ID; try again with bdw answer ID retry):\n");
		show_ids(c, m, false);
	}
	if (m->human) {
		out_text(c, "Waiting for you (bdw show ID, then bdw answer ID ...):\n");
		show_ids(c, m, true);
	}
	if (*end->behind)
		out_text(c, "%s did not follow: %s\n"
			    "Take the work over with: git merge beadwave-run/%s\n", s->info.target,
			 end->behind, s->info.run);
	else if (*s->info.target && m->passed)
		out_text(c, "%s holds everything.  Details: bdw metrics --run %s\n", s->info.target,
			 s->info.run);
}

/* The run's last word: the object of contract.md 5, or a few lines. */
static void finish(struct session *s, const struct ending *end)
{
	struct ctx *c = s->c;
	struct metrics m;
	struct view *v;

	if (view_open(&v, c->store, VIEW_QUICK, NULL) < 0)
		return;
	if (metrics_load(&m, c->store, v, s->info.run, clock_now_us(), NULL) == 0) {
		if (c->json) {
			BUF_AUTO o = BUF_INIT;
			struct jsw w = JSW(&o, JS_COMPACT);

			js_open(&w, '{');
			metrics_write(&m, &w);
			js_close(&w, '}');
			out_text(c, "%s\n", o.s);
		} else {
			show_summary(s, &m, end);
		}
	}
	metrics_release(&m);
	view_close(v);
}

static void on_event(void *arg, const char *line, size_t n)
{
	progress_event(((struct session *)arg)->progress, line, n);
}

static void on_draw(void *arg, struct runner *r)
{
	progress_draw(((struct session *)arg)->progress, r);
}

/* After the turn's commit: who looks on through .beads/issues.jsonl sees the run go on. */
static void on_turn(void *arg, struct runner *r)
{
	struct session *s = arg;
	struct oid head;

	(void)r;
	if (store_head(s->c->store, &head, NULL) < 0 || oid_equal(&head, &s->exported))
		return;
	s->exported = head;
	beads_export(s->c);
}

/* How often a person sees that time passes: a table every second at least, lines as the settings
 * say. */
static int64_t report_ms(const struct session *s, enum progress_mode mode)
{
	int64_t tty = config_ms(s->config, "watch.report_tty"),
		log = config_ms(s->config, "watch.report_log");

	if (mode == PROGRESS_TABLE)
		return tty > 0 && tty < 1000 ? tty : 1000;
	return mode == PROGRESS_LINES && log < INT_MAX ? log : 0;
}

static int execute(struct session *s)
{
	struct ctx *c = s->c;
	enum progress_mode mode = s->flags.detach ? PROGRESS_LINES : progress_choose(c);
	int64_t tick = report_ms(s, mode);
	struct runner_opts o = {
		.store = c->store, .config = s->config, .run = s->info.run, .ids = &s->info.ids,
		.actor = s->info.actor, .email = cmd_owner(c), .target = s->info.target,
		.resume = s->resume, .event = on_event, .turn = on_turn, .draw = on_draw,
		.tick_ms = (int)tick, .arg = s,
	};
	BUF_AUTO behind = BUF_INIT;
	BUF_AUTO stopped = BUF_INIT;
	struct runner *r;
	int rc = record_start(s);

	s->progress = progress_new(c, mode);
	if (mode == PROGRESS_LINES && tick)
		progress_report_every(s->progress, tick);
	if (rc < 0 || (rc = runner_new(&r, &o, &c->err)) < 0) {
		progress_free(s->progress);
		if (!s->resume)
			forget(s);
		s->stuck = rc == ERR_REFUSED;
		return rc;
	}
	let_go(s);
	rc = runner_run(r, &c->err);
	buf_adds(&behind, runner_behind(r));
	buf_adds(&stopped, runner_stop_reason(r));
	progress_end(s->progress);
	runner_free(r);
	progress_free(s->progress);
	if (rc < 0 && !*c->err.hint)
		err_hint(&c->err, "when that is mended, go on with: bdw resume");
	if (rc < 0)
		return rc;
	s->info.exit_code = rc;
	s->info.ended_us = rc == 130 || rc == 143 ? 0 : clock_now_us();
	run_info_write(c->store, &s->info, NULL);
	finish(s, &(struct ending){ behind.s, stopped.s });
	if (!s->info.ended_us && !c->json)
		out_text(c, "State saved. Go on with: bdw resume\n");
	return rc;
}

/* Prints what went wrong before there was a run, in the parent's stead when detached; answers
 * the exit code. */
static int refuse(struct session *s, int rc)
{
	struct ctx *c = s->c;

	if (rc >= 0)
		return rc;
	if (c->json)
		json_error(c, c->out, c->err.msg, c->err.hint);
	out_warn(c, "bdw: %s", c->err.msg);
	if (*c->err.hint)
		out_warn(c, "hint: %s", c->err.hint);
	return s->stuck ? 4 : fail_code(rc);
}

static void session_release(struct session *s)
{
	config_free(s->config);
	trust_list_free(&s->trusted);
	run_info_release(&s->info);
	run_flags_release(&s->flags);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	if (s->ready_fd >= 0)
		close(s->ready_fd);
}

static int work(struct session *s, int argc, char **argv)
{
	struct ctx *c = s->c;
	struct run_info old = { 0 };
	int rc = run_lock(c->store, &s->lock_fd, &c->err);

	if (rc < 0)
		return rc;
	if (interrupted(c->store, &old)) {
		if (argc || s->flags.issues.n) {
			err_set(&c->err, ERR_USAGE,
				"run %s was interrupted and is not finished", old.run);
			err_hint(&c->err, "go on with 'bdw resume' first, or give it up with 'bdw "
					  "cancel %s'", old.run);
			run_info_release(&old);
			return ERR_USAGE;
		}
		s->resume = true;
		s->info = old;
		rc = load_config(s);
	} else if (s->resume) {
		out_text(c, c->json ? "{\"exit_code\":0,\"reason\":\"no run was interrupted\"}\n" :
			 "Nothing to resume: no run was interrupted.\n");
		return 0;
	} else {
		rc = begin_new(s, argc, argv);
	}
	return rc < 0 ? rc : execute(s);
}

/* The parent of a detached run waits until the child has passed every check (decisions B4). */
static int wait_for_child(struct session *s, int fd, pid_t pid)
{
	char run[64] = "";
	ssize_t n = 0, k;
	int status;

	while (n < (ssize_t)sizeof(run) - 1 &&
	       ((k = read(fd, run + n, sizeof(run) - 1 - (size_t)n)) > 0 ||
						 (k < 0 && errno == EINTR)))
		n += k > 0 ? k : 0;
	close(fd);
	if (n > 0) {
		run[n] = 0;
		if (s->c->json)
			out_text(s->c, "{\"run\":\"%s\"}\n", run);
		else
			out_text(s->c, "%s\n", run);
		return 0;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int detach(struct session *s, int argc, char **argv)
{
	int fds[2], rc;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_errno(&s->c->err, "cannot make a pipe");
	fflush(NULL);
	if ((pid = fork()) < 0)
		return err_errno(&s->c->err, "cannot start a process");
	if (pid) {
		close(fds[1]);
		return wait_for_child(s, fds[0], pid);
	}
	close(fds[0]);
	setsid();
	s->ready_fd = fds[1];
	rc = refuse(s, work(s, argc, argv));
	fflush(NULL);
	session_release(s);
	_exit(rc < 0 ? 1 : rc);
}

static int start(struct session *s, int argc, char **argv)
{
	int rc;

	if (s->flags.dry_run)
		rc = plan_show(s->c, &s->flags, argc, argv);
	else if (s->flags.detach)
		rc = detach(s, argc, argv);
	else
		rc = refuse(s, work(s, argc, argv));
	session_release(s);
	return rc;
}

static int run(struct ctx *c, int argc, char **argv)
{
	struct session s = { .c = c, .flags = RUN_FLAGS_INIT, .lock_fd = -1, .ready_fd = -1 };
	struct opt opts[RUN_OPTS];
	int rc;

	run_opts(&s.flags, opts);
	if ((rc = cmd_begin(c, opts, &argc, argv)) != 0) {
		run_flags_release(&s.flags);
		return rc;
	}
	return start(&s, argc, argv);
}

static int resume(struct ctx *c, int argc, char **argv)
{
	struct session s = { .c = c, .flags = RUN_FLAGS_INIT, .resume = true, .lock_fd = -1,
			     .ready_fd = -1 };
	const struct opt opts[] = {
		{ 'd', "detach", OPT_BOOL, &s.flags.detach, NULL, "go on in the background", 0 },
		{ 0 },
	};
	int rc = cmd_begin(c, opts, &argc, argv);

	return rc != 0 ? rc : start(&s, argc, argv);
}

const struct cmd cmd_run = {
	.name = "run", .args = "[<id>|<epic>]...", .brief = "Work issues off with agents, in waves",
	.help = "Starts an agent for every ready issue, has its work reviewed, tested and merged, "
		"and closes it; then those\n"
		"that became ready. Without ids: everything that is open. Ctrl-C stops the agents "
		"and saves the state.\n"
		"Exit code: 0 done, 1 some failed, 2 wrong usage, 3 waiting for a person, 4 "
		"nothing can proceed,\n"
		"5 final verification failed, 7 budget spent, 75 another scheduler is at work, "
		"130 interrupted.",
	.example = "run demo-77aa --agent claude --tier max-5x", .group = GROUP_RUN,
	.need = NEED_STORE | NEED_WRITE | NEED_OPERATOR, .flags = CMD_OWN | CMD_ALONE,
	.max_args = -1, .run = run,
};

const struct cmd cmd_resume = {
	.name = "resume", .brief = "Go on with a run that was interrupted",
	.help = "Agents that still work are taken over, what ended meanwhile is read, and nothing "
		"is done twice.",
	.example = "resume", .group = GROUP_RUN, .need = NEED_STORE | NEED_WRITE | NEED_OPERATOR,
	.flags = CMD_OWN | CMD_ALONE, .run = resume,
};
