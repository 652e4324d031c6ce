#include "store/attempt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/err.h"
#include "store/base/fsx.h"
#include "store/base/json.h"
#include "store/base/mem.h"
#include "store/base/proc.h"
#include "store/base/ptree.h"
#include "store/base/text.h"

enum { FORMAT = 1, KILL_WAIT_MS = 2000 };

/* Writes DIR/NAME by rename; the object is closed here. */
static int put(const char *dir, const char *name, struct jsw *w, unsigned flags, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);

	js_close(w, '}');
	buf_addc(w->out, '\n');
	return fsx_write_atomic(AT_FDCWD, path, w->out->s, w->out->len, 0600, flags, e);
}

static void begin(struct jsw *w, struct buf *text)
{
	*w = (struct jsw)JSW(text, JS_PRETTY);
	w->html = false;
	js_open(w, '{');
	js_put_int(w, "v", FORMAT);
}

/* Parses DIR/NAME, which must be an object of our format. */
static int get(const char *dir, const char *name, struct js **out, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);
	BUF_AUTO text = BUF_INIT;
	int rc = fsx_read(AT_FDCWD, path, &text, e);

	*out = NULL;
	if (rc < 0)
		return rc;
	if ((rc = js_parse(out, text.s, text.len, e)) < 0)
		return err_wrap(e, rc, "'%s'", path);
	if (js_int(*out, "v", 0) == FORMAT)
		return 0;
	js_free(*out);
	*out = NULL;
	return err_set(e, ERR_PARSE, "'%s' has a format this version does not know", path);
}

void attempt_release(struct attempt_spec *a)
{
	free(a->run);
	free(a->issue);
	free(a->role);
	free(a->cwd);
	free(a->stdin_file);
	strs_free_all(&a->argv);
	strs_free_all(&a->env);
	*a = (struct attempt_spec){ 0 };
}

static int check_text(const char *what, const char *s, struct err *e)
{
	if (s && text_utf8_bad(s, strlen(s)) >= 0)
		return err_set(e, ERR_USAGE, "%s is not valid UTF-8", what);
	return 0;
}

static int check_spec(const struct attempt_spec *a, struct err *e)
{
	int rc = 0;

	if (!a->argv.n || !*a->argv.v[0])
		return err_set(e, ERR_USAGE, "no command to start");
	if (!a->cwd)
		return err_set(e, ERR_USAGE, "no folder to start the command in");
	for (size_t i = 0; !rc && i < a->argv.n; i++)
		rc = check_text("an argument of the command", a->argv.v[i], e);
	for (size_t i = 0; !rc && i < a->env.n; i++) {
		AUTO_FREE char *name = xasprintf("variable '%.*s'", (int)strcspn(a->env.v[i], "="),
						 a->env.v[i]);

		rc = check_text(name, a->env.v[i], e);
	}
	if (!rc)
		rc = check_text("the work folder's name", a->cwd, e);
	return rc ? rc : check_text("the input file's name", a->stdin_file, e);
}

static void put_if(struct jsw *w, const char *key, const char *s)
{
	if (s)
		js_put_str(w, key, s);
}

int attempt_write(const char *dir, const struct attempt_spec *a, const char *prompt, struct err *e)
{
	AUTO_FREE char *prompt_path = xasprintf("%s/prompt.md", dir);
	BUF_AUTO text = BUF_INIT;
	struct jsw w;
	int rc = check_spec(a, e);

	if (!rc)
		rc = fsx_mkdirs(AT_FDCWD, dir, 0700, e);
	if (!rc && prompt)
		rc = fsx_write_atomic(AT_FDCWD, prompt_path, prompt, strlen(prompt), 0600, 0, e);
	if (rc < 0)
		return rc;
	begin(&w, &text);
	put_if(&w, "run", a->run);
	put_if(&w, "issue", a->issue);
	put_if(&w, "role", a->role);
	js_put_int(&w, "n", a->n);
	js_put_strs(&w, "argv", &a->argv);
	js_put_str(&w, "cwd", a->cwd);
	put_if(&w, "stdin", a->stdin_file);
	js_put_int(&w, "timeout_ms", a->timeout_ms);
	js_put_int(&w, "grace_ms", a->grace_ms);
	js_put_int(&w, "output_max", a->output_max);
	js_put_int(&w, "idle_kill_ms", a->idle_kill_ms);
	js_put_strs(&w, "env", &a->env);
	return put(dir, "attempt.json", &w, 0, e);
}

static void get_strs(const struct js *j, const char *key, struct strs *out)
{
	const struct js *a = js_get(j, key);

	for (size_t i = 0; i < js_len(a); i++)
		if (js_text(js_at(a, i)))
			strs_add(out, js_text(js_at(a, i)));
}

static char *get_str(const struct js *j, const char *key)
{
	const char *s = js_str(j, key);

	return s ? xstrdup(s) : NULL;
}

int attempt_read(const char *dir, struct attempt_spec *a, struct err *e)
{
	struct js *j;
	int rc;

	*a = (struct attempt_spec){ 0 };
	if ((rc = get(dir, "attempt.json", &j, e)) < 0)
		return rc;
	a->run = get_str(j, "run");
	a->issue = get_str(j, "issue");
	a->role = get_str(j, "role");
	a->n = (long)js_int(j, "n", 0);
	get_strs(j, "argv", &a->argv);
	get_strs(j, "env", &a->env);
	a->cwd = get_str(j, "cwd");
	a->stdin_file = get_str(j, "stdin");
	a->timeout_ms = js_int(j, "timeout_ms", 0);
	a->grace_ms = js_int(j, "grace_ms", 0);
	a->output_max = js_int(j, "output_max", 0);
	a->idle_kill_ms = js_int(j, "idle_kill_ms", 0);
	js_free(j);
	rc = check_spec(a, e);
	return rc < 0 ? err_wrap(e, ERR_PARSE, "'%s/attempt.json'", dir) : 0;
}

const char *attempt_env(const struct attempt_spec *a, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < a->env.n; i++)
		if (!strncmp(a->env.v[i], name, len) && a->env.v[i][len] == '=')
			return a->env.v[i] + len + 1;
	return NULL;
}

void attempt_started_self(struct attempt_started *s)
{
	*s = (struct attempt_started){ .pid = getpid(), .at_us = clock_now_us() };
	s->start_time = proc_start_time(s->pid);
	fsx_boot_id(s->boot_id);
}

int attempt_started_write(const char *dir, const struct attempt_started *s, struct err *e)
{
	BUF_AUTO text = BUF_INIT;
	struct jsw w;

	begin(&w, &text);
	js_put_int(&w, "pid", s->pid);
	js_put_int(&w, "start_time", (long long)s->start_time);
	js_put_str(&w, "boot_id", s->boot_id);
	js_put_int(&w, "at_us", s->at_us);
	return put(dir, "started.json", &w, 0, e);
}

int attempt_started_read(const char *dir, struct attempt_started *s, struct err *e)
{
	struct js *j;
	int rc;

	*s = (struct attempt_started){ 0 };
	if ((rc = get(dir, "started.json", &j, e)) < 0)
		return rc;
	s->pid = (pid_t)js_int(j, "pid", 0);
	s->start_time = (unsigned long long)js_int(j, "start_time", 0);
	s->at_us = js_int(j, "at_us", 0);
	snprintf(s->boot_id, sizeof(s->boot_id), "%s",
		 js_str(j, "boot_id") ? js_str(j, "boot_id") : "");
	js_free(j);
	return 0;
}

void attempt_last_line(const char *dir, struct buf *out)
{
	AUTO_FREE char *path = xasprintf("%s/stdout.log", dir);
	char tail[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n = 0, from;

	if (size > 0)
		n = pread(fd, tail, sizeof(tail),
			  size > (off_t)sizeof(tail) ? size - (off_t)sizeof(tail) : 0);
	if (fd >= 0)
		close(fd);
	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r'))
		n--;
	for (from = n; from > 0 && tail[from - 1] != '\n' && tail[from - 1] != '\r';)
		from--;
	while (from < n && ((unsigned char)tail[from] & 0xc0) == 0x80)	/* cut inside a character */
		from++;
	if (n > from)
		text_plain(out, tail + from, (size_t)(n - from));
}

static const char *const end_names[END_N] = {
	[END_EXIT] = "exit", [END_SIGNAL] = "signal", [END_TIMEOUT] = "timeout",
	[END_IDLE] = "idle", [END_CANCELLED] = "cancelled", [END_SPAWN_FAILED] = "spawn_failed",
	[END_LOST] = "lost",
};

const char *attempt_end_name(enum attempt_end end)
{
	return end_names[end];
}

int attempt_exit_write(const char *dir, const struct attempt_exit *x, struct err *e)
{
	BUF_AUTO text = BUF_INIT;
	char error[sizeof(x->error)];
	struct jsw w;

	snprintf(error, sizeof(error), "%s", x->error);
	/* a path in another encoding, or a character cut in two */
	text_utf8_mend(error, strlen(error));
	begin(&w, &text);
	js_put_str(&w, "end", attempt_end_name(x->end));
	js_put_int(&w, "code", x->code);
	js_put_int(&w, "signal", x->signal);
	js_put_int(&w, "wall_ms", x->wall_ms);
	js_put_int(&w, "user_ms", x->user_ms);
	js_put_int(&w, "sys_ms", x->sys_ms);
	js_put_int(&w, "maxrss_kb", x->maxrss_kb);
	js_put_int(&w, "started_us", x->started_us);
	js_put_int(&w, "ended_us", x->ended_us);
	js_put_bool(&w, "truncated", x->truncated);
	js_put_int(&w, "reaped", x->reaped);
	js_put_str(&w, "error", error);
	/* not the folder: it follows with the next commit of the store, which is what counts
	 * then */
	return put(dir, "exit.json", &w, FSX_SYNC_FILE, e);
}

int attempt_exit_read(const char *dir, struct attempt_exit *x, struct err *e)
{
	const char *end;
	struct js *j;
	int rc, i = 0;

	*x = (struct attempt_exit){ 0 };
	if ((rc = get(dir, "exit.json", &j, e)) < 0)
		return rc;
	end = js_str(j, "end");
	while (i < END_N && (!end || strcmp(end, end_names[i])))
		i++;
	x->end = i < END_N ? (enum attempt_end)i : END_LOST;
	x->code = (int)js_int(j, "code", 0);
	x->signal = (int)js_int(j, "signal", 0);
	x->wall_ms = js_int(j, "wall_ms", 0);
	x->user_ms = js_int(j, "user_ms", 0);
	x->sys_ms = js_int(j, "sys_ms", 0);
	x->maxrss_kb = js_int(j, "maxrss_kb", 0);
	x->started_us = js_int(j, "started_us", 0);
	x->ended_us = js_int(j, "ended_us", 0);
	x->truncated = js_bool(j, "truncated", false);
	x->reaped = (int)js_int(j, "reaped", 0);
	snprintf(x->error, sizeof(x->error), "%s", js_str(j, "error") ? js_str(j, "error") : "");
	js_free(j);
	return i < END_N ? 0 : err_set(e, ERR_PARSE, "'%s/exit.json' has no known 'end'", dir);
}

static bool there(const char *dir, const char *name)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);

	return access(path, F_OK) == 0;
}

/* Shared, so that two who look do not see each other; and only asked for where a shim has begun,
 * so that a look never keeps the first one out. */
static int is_held(const char *dir, bool *held, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/lock", dir);
	int fd, rc = fsx_lock(AT_FDCWD, path, FSX_LOCK_SH, 0, &fd, e);

	*held = rc == ERR_BUSY;
	if (!rc)
		close(fd);
	return rc == ERR_BUSY || rc == ERR_NOTFOUND ? 0 : rc;
}

int attempt_look(const char *dir, enum attempt_state *out, struct attempt_started *s, struct err *e)
{
	struct attempt_started started;
	bool held;
	int rc;

	*out = ATTEMPT_ENDED;
	if (there(dir, "exit.json"))
		return 0;
	rc = attempt_started_read(dir, &started, e);
	if (s)
		*s = started;
	if (rc == ERR_NOTFOUND) {
		*out = ATTEMPT_NEW;
		return 0;
	}
	/* garbage there (power loss) still says that a shim began */
	if (rc < 0 && rc != ERR_PARSE)
		return rc;
	if ((rc = is_held(dir, &held, e)) < 0)
		return rc;
	if (held)
		*out = ATTEMPT_RUNNING;
	else if (!there(dir, "exit.json"))	/* the shim may have ended between the two looks */
		*out = ATTEMPT_LOST;
	return 0;
}

char *attempt_log(const char *dir, const struct attempt_spec *a)
{
	const char *log = attempt_env(a, "BDW_LOG");
	char *whole, *out;

	if (log)
		return xstrdup(log);
	whole = realpath(dir, NULL);
	out = xasprintf("%s/stdout.log", whole ? whole : dir);
	free(whole);
	return out;
}

/* Kills the agent of a folder; attempt.json may be unreadable. */
static int kill_agent(const char *dir)
{
	struct attempt_spec a;
	char *log;
	int killed;

	attempt_read(dir, &a, NULL);
	log = attempt_log(dir, &a);
	killed = attempt_kill_tree(log);
	free(log);
	attempt_release(&a);
	return killed;
}

int attempt_bury(const char *dir, enum attempt_end end, const char *why, struct err *e)
{
	AUTO_FREE char *path = xasprintf("%s/lock", dir);
	struct attempt_exit x = { .end = end };
	struct attempt_started s;
	int fd, rc = fsx_lock(AT_FDCWD, path, FSX_LOCK_EX, 0, &fd, e);

	if (rc < 0)
		return rc;
	if (!there(dir, "exit.json")) {
		if (!attempt_started_read(dir, &s, NULL))
			x.started_us = s.at_us;
		x.ended_us = clock_now_us();
		x.reaped = kill_agent(dir);
		snprintf(x.error, sizeof(x.error), "%s", why);
		rc = attempt_exit_write(dir, &x, e);
	}
	close(fd);
	return rc;
}

int attempt_kill_tree(const char *log)
{
	AUTO_FREE char *entry = xasprintf("BDW_LOG=%s", log);
	int64_t until = clock_mono_ms() + KILL_WAIT_MS;
	int killed = 0;

	while (clock_mono_ms() < until) {
		PTREE_AUTO left = { 0 };
		int n;

		ptree_by_env(entry, &left);
		if (!left.n)
			break;
		killed += n = ptree_signal(&left, SIGKILL, KILL_WAIT_MS / 2);
		if (!n)	/* just gone, or not ours to kill */
			nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return killed;
}
