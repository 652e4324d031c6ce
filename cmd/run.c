/* cmd/run.c - bdw run, bdw resume */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
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
#include "cmd/run_session.h"
#include "core/runner.h"
#include "store/base/clock.h"
#include "store/config.h"
#include "store/store.h"

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
	int rc = session_record(s);

	s->progress = progress_new(c, mode);
	if (mode == PROGRESS_LINES && tick)
		progress_report_every(s->progress, tick);
	if (rc < 0 || (rc = runner_new(&r, &o, &c->err)) < 0) {
		progress_free(s->progress);
		if (!s->resume)
			session_forget(s);
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
	session_summary(s, &(struct ending){ behind.s, stopped.s });
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
	if (session_interrupted(c->store, &old)) {
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
		rc = session_load(s);
	} else if (s->resume) {
		out_text(c, c->json ? "{\"exit_code\":0,\"reason\":\"no run was interrupted\"}\n" :
			 "Nothing to resume: no run was interrupted.\n");
		return 0;
	} else {
		rc = session_begin(s, argc, argv);
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
