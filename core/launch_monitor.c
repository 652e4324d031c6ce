/*
 * core/launch_monitor.c - [role monitor]: a program beside each attempt, which may look at its
 * log and result and nothing else (F003-19, -20). It works in the attempt's folder, never in a
 * work tree; it is told to end when the attempt ends.
 *
 * bdw itself needs none: what it says of a run comes from events. So a monitor is no attempt: it
 * has no keeper, no metrics and no verdict, dies with the scheduler, and is started again by the
 * next one.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/policy.h"
#include "core/preset.h"
#include "core/runner_priv.h"
#include "store/attempt.h"
#include "store/base/clock.h"
#include "store/base/fsx.h"
#include "store/base/mem.h"
#include "store/config.h"

struct monitor {
	struct runner *r;
	struct flight *f;	/* NULL: its attempt has ended */
	pid_t pid;		/* and process group */
	int pidfd;
	struct loop_item *ended, *grace;
};

static void on_grace(void *arg)
{
	struct monitor *m = arg;

	m->grace = NULL;
	kill(-m->pid, SIGKILL);
}

static void on_ended(void *arg, int fd)
{
	struct monitor *m = arg;

	(void)fd;
	kill(-m->pid, SIGKILL);		/* what it left behind */
	waitpid(m->pid, NULL, WNOHANG);
	loop_remove(m->ended);
	loop_remove(m->grace);
	close(m->pidfd);
	if (m->f)
		m->f->monitor = NULL;
	m->r->monitors--;
	free(m);
}

void monitor_end(struct flight *f)
{
	struct monitor *m = f->monitor;

	if (!m)
		return;
	f->monitor = NULL;
	m->f = NULL;
	kill(-m->pid, SIGTERM);
	m->grace = loop_at(m->r->loop, clock_mono_ms() + config_ms(m->r->o.config, "timeout.grace"),
			   on_grace, m);
}

/* In the child; only what is allowed between fork and exec. */
static void become(const struct strs *argv, const struct strs *env, const char *dir, const char *in,
		   const char *out)
{
	int fd;
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir(dir) < 0 || (fd = open(in, O_RDONLY)) < 0 || dup2(fd, 0) < 0 ||
	    (fd = open(out, O_WRONLY | O_CREAT | O_APPEND, 0600)) < 0 || dup2(fd, 1) < 0 ||
		    dup2(fd, 2) < 0)
		_exit(127);
	close_range(3, ~0u, 0);
	execvpe(argv->v[0], argv->v, env->v);
	_exit(127);
}

/* The attempt's own environment, so that issue, log, result and deadline are its; but the role
 * is not. */
static void monitor_env(const struct attempt_spec *a, const char *prompt, struct strs *out)
{
	for (size_t i = 0; i < a->env.n; i++)
		if (strncmp(a->env.v[i], "BDW_ROLE=", 9) &&
		    strncmp(a->env.v[i], "BDW_PROMPT_FILE=", 16))
			strs_add(out, a->env.v[i]);
	strs_add(out, "BDW_ROLE=monitor");
	vec_add(out, xasprintf("BDW_PROMPT_FILE=%s", prompt));
	vec_add(out, NULL);
}

static int write_prompt(const struct flight *f, const struct attempt_spec *a, const char *path,
			struct buf *text)
{
	buf_addf(text, "# Monitor: watch %s %ld of %s\n\n"
		       "The log grows in %s/stdout.log; a result, when there is one, stands in "
		 "%s/result.json. The deadline is %lld s after the start.\n\n"
		 "You may read these files and nothing else. Report "
		 "each change of state in one line on your standard output. You are told to end "
		 "(SIGTERM) when the attempt "
		 "ends.\n", role_name(f->role), f->n, a->issue, f->dir, f->dir,
			 (long long)(a->timeout_ms / 1000));
	return fsx_write_atomic(AT_FDCWD, path, text->s, text->len, 0600, 0, NULL);
}

static void give_up(struct monitor *m)
{
	if (m->pid > 0)
		kill(-m->pid, SIGKILL);
	if (m->pidfd >= 0)
		close(m->pidfd);
	free(m);
}

static void start(struct runner *r, struct flight *f, const struct agent *agent,
		  const struct attempt_spec *a)
{
	AUTO_FREE char *prompt = xasprintf("%s/monitor.md", f->dir);
	AUTO_FREE char *result = xasprintf("%s/result.json", f->dir);
	AUTO_FREE char *log = xasprintf("%s/monitor.log", f->dir);
	struct monitor *m = xcalloc(1, sizeof(*m));
	STRS_AUTO argv = { 0 };
	STRS_AUTO env = { 0 };
	BUF_AUTO text = BUF_INIT;
	struct agent_vars v = {
		.id = a->issue, .role = "monitor", .prompt_file = prompt, .result = result,
		.run = r->run,
		.model = policy_model(r->o.config, "monitor", "standard", 0, agent->tier_models),
	};

	*m = (struct monitor){ .r = r, .f = f, .pid = -1 };
	monitor_env(a, prompt, &env);
	if (write_prompt(f, a, prompt, &text) == 0 && (v.prompt = text.s) &&
	    agent_argv(agent, &v, &argv, NULL) == 0) {
		vec_add(&argv, NULL);
		m->pid = fork();
	}
	if (m->pid == 0)
		become(&argv, &env, f->dir, agent->prompt == PROMPT_STDIN ? prompt :
		       "/dev/null", log);
	if (m->pid > 0)
		/* both sides, so that it has a group before anyone signals it */
		setpgid(m->pid, m->pid);
	m->pidfd = m->pid > 0 ? pidfd_open(m->pid, 0) : -1;
	m->ended = m->pidfd < 0 ? NULL : loop_fd(r->loop, m->pidfd, on_ended, m, NULL);
	if (!m->ended) {	/* nobody watches, and the attempt is none the worse for it */
		give_up(m);
		return;
	}
	f->monitor = m;
	r->monitors++;
	events_attempt(r, "progress", f, m->pid, "monitored", NULL);
}

void monitor_start(struct runner *r, struct flight *f)
{
	const char *name = config_named(r->o.config, "role", "monitor", "agent");
	struct attempt_spec a = { 0 };
	struct agent agent;

	if (!name || !*name || f->role == ROLE_TEST || f->monitor ||
	    agent_load(&agent, r->o.config, name, NULL) < 0)
		return;
	if (attempt_read(f->dir, &a, NULL) == 0)
		start(r, f, &agent, &a);
	attempt_release(&a);
	agent_release(&agent);
}
