/*
 * tests/fake/agent.c - an agent that plays a script, so that tests need no model and no luck
 *
 * agent [--script PATH] [--check] [anything else is ignored]
 *
 * The script is the file PATH (or BDW_FAKE_SCRIPT); in a folder, the first of ISSUE.ROLE, ISSUE,
 * ROLE, default. Without one it is what the prompt says: the indented lines below a line "fa:",
 * and lines "fa: ACTION". A script is a list of entries, one action a line; "#" begins a comment
 * line. See tests/fake/README.md for all of it.
 *
 * 	[ISSUE ROLE ATTEMPT]	shell patterns, missing ones are "*"; ROLE may be code.2, a reviewer
 * 	print hello		lines before the first header are an entry for everybody
 *
 * Of the entries that match, those that name the issue go before those with a pattern, then
 * those that name the role. Within such a class an entry without a number counts on from the one
 * before; the one with the greatest number that is not above the attempt plays, so the last one
 * repeats.
 *
 * ${NAME} is a variable of the environment, ${HEAD} the commit checked out, ${ORPHAN} the
 * process last left behind. An argument that is <<WORD is the following lines up to WORD. A bad
 * script ends with 99 and says where, before anything is done; an action that fails at run time
 * ends with 98.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <time.h>

#include "store/base/clock.h"
#include "tests/fake/script.h"

enum { WAIT_MS = 30000 };

#define fail(l, ...) die(FAILED, (l)->file, (l)->no, __VA_ARGS__)

static pid_t orphan;
extern char **environ;

static void nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* Programs */

static int run(char *const *argv)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ))
		return 127;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void head(struct buf *out)
{
	char *const argv[] = { (char *)"git", (char *)"rev-parse", (char *)"HEAD", NULL };
	posix_spawn_file_actions_t fa;
	char hex[65] = "";
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, ends[1], 1);
	if (!posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ))
		waitpid(pid, NULL, 0);
	posix_spawn_file_actions_destroy(&fa);
	close(ends[1]);
	n = read(ends[0], hex, sizeof(hex) - 1);
	close(ends[0]);
	if (n > 0)
		buf_add(out, hex, strcspn(hex, "\n"));
}

/* s with ${NAME} replaced; the caller's to free. */
static char *expand(const struct line *l, const char *s)
{
	struct buf out = BUF_INIT;

	while (*s) {
		const char *end = s[0] == '$' && s[1] == '{' ? strchr(s, '}') : NULL;
		char *name;

		if (!end) {
			buf_addc(&out, *s++);
			continue;
		}
		name = xstrndup(s + 2, (size_t)(end - s - 2));
		if (!strcmp(name, "HEAD"))
			head(&out);
		else if (!strcmp(name, "ORPHAN"))
			buf_addf(&out, "%d", (int)orphan);
		else if (getenv(name))
			buf_adds(&out, getenv(name));
		else
			fail(l, "no variable '%s'", name);
		free(name);
		s = end + 1;
	}
	return buf_detach(&out);
}

static long number(const struct line *l, const char *s)
{
	long long n;

	if (text_int(s, 0, 1LL << 40, &n) < 0)
		fail(l, "'%s' is not a number", s);
	return (long)n;
}

/* The i-th word, expanded; lives as long as we do. */
static char *word(const struct line *l, int i)
{
	return expand(l, l->word[i]);
}

static char *text(const struct line *l)
{
	return l->text ? expand(l, l->text) : xstrdup("");
}

static void words(const struct line *l, struct strs *out)
{
	AUTO_FREE char *s = text(l);
	struct err e = ERR_INIT;

	if (text_words(s, out, &e) < 0)
		fail(l, "%s", e.msg);
}

/* Saying things */

static void say(FILE *f, const char *s)
{
	fputs(s, f);
	fflush(f);
}

static void play_print(const struct line *l)
{
	AUTO_FREE char *s = text(l);

	printf("%s\n", s);
	fflush(stdout);
}

static void play_err(const struct line *l)
{
	AUTO_FREE char *s = text(l);

	fprintf(stderr, "%s\n", s);
}

/* No newline of its own; \n and \t are. */
static void play_raw(const struct line *l)
{
	AUTO_FREE char *s = text(l);

	for (const char *p = s; *p; p++) {
		bool esc = p[0] == '\\' && p[1];

		putchar(!esc ? *p : *++p == 'n' ? '\n' : *p == 't' ? '\t' : *p);
	}
	fflush(stdout);
}

static void play_lines(const struct line *l)
{
	AUTO_FREE char *n = word(l, 0), *ms = word(l, 1), *s = text(l);

	for (long i = 1; i <= number(l, n); i++) {
		printf("%s%s%ld\n", s, *s ? " " : "", i);
		fflush(stdout);
		nap(number(l, ms));
	}
}

static void play_flood(const struct line *l)
{
	AUTO_FREE char *n = word(l, 0);
	char chunk[65536];

	memset(chunk, 'x', sizeof(chunk));
	for (size_t i = 79; i < sizeof(chunk); i += 80)
		chunk[i] = '\n';
	for (long left = number(l, n); left > 0;) {
		ssize_t k = write(1, chunk, left < (long)sizeof(chunk) ? (size_t)left :
				  sizeof(chunk));

		if (k < 0)
			fail(l, "cannot write: %s", strerror(errno));
		left -= k;
	}
}

static void play_verdict(const struct line *l)
{
	AUTO_FREE char *w = word(l, 0);
	STRS_AUTO keys = { 0 };

	words(l, &keys);
	printf("\nVERDICT: %s\n", w);
	for (size_t i = 0; i < keys.n; i++) {
		size_t n = strcspn(keys.v[i], "=");

		if (!keys.v[i][n])
			fail(l, "'%s' is not KEY=VALUE", keys.v[i]);
		printf("%.*s: %s\n", (int)n, keys.v[i], keys.v[i] + n + 1);
	}
	fflush(stdout);
}

static void play_json(const struct line *l)
{
	AUTO_FREE char *s = text(l);

	printf("```json\n%s\n```\n", s);
	fflush(stdout);
}

static void play_usage(const struct line *l)
{
	AUTO_FREE char *tokens = word(l, 0), *tools = word(l, 1), *ms = word(l, 2);

	printf("<usage>\ntotal_tokens: %ld\ntool_uses: %ld\nduration_ms: %ld\n</usage>\n",
	       number(l, tokens), number(l, tools), number(l, ms));
	fflush(stdout);
}

static void play_echo_prompt(const struct line *l)
{
	(void)l;
	say(stdout, prompt()->s);
}

static void play_expect(const struct line *l)
{
	AUTO_FREE char *s = text(l);

	if (!strstr(prompt()->s, s))
		fail(l, "the prompt does not say '%s'", s);
}

static void play_expect_not(const struct line *l)
{
	AUTO_FREE char *s = text(l);

	if (strstr(prompt()->s, s))
		fail(l, "the prompt says '%s'", s);
}

/* Files */

static void put(const struct line *l, const char *path, int flags, const char *s, size_t n)
{
	int fd;

	if (fsx_mkparent(AT_FDCWD, path, 0777, NULL) < 0 ||
	    (fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666)) < 0 ||
	    write(fd, s, n) != (ssize_t)n)
		fail(l, "cannot write '%s': %s", path, strerror(errno));
	close(fd);
}

static void put_line(const struct line *l, int flags)
{
	AUTO_FREE char *path = word(l, 0), *s = text(l);
	AUTO_FREE char *whole = xasprintf("%s\n", s);

	put(l, path, flags, whole, strlen(whole));
}

static void play_write(const struct line *l)
{
	put_line(l, O_TRUNC);
}

static void play_append(const struct line *l)
{
	put_line(l, O_APPEND);
}

static void play_replace(const struct line *l)
{
	AUTO_FREE char *path = word(l, 0);
	BUF_AUTO old = BUF_INIT, new = BUF_INIT;
	STRS_AUTO w = { 0 };
	const char *at;

	words(l, &w);
	if (w.n != 2)
		fail(l, "replace PATH OLD NEW");
	if (fsx_read(AT_FDCWD, path, &old, NULL) < 0 || !(at = strstr(old.s, w.v[0])))
		fail(l, "no '%s' in '%s'", w.v[0], path);
	buf_add(&new, old.s, (size_t)(at - old.s));
	buf_adds(&new, w.v[1]);
	buf_adds(&new, at + strlen(w.v[0]));
	put(l, path, O_TRUNC, new.s, new.len);
}

static void play_remove(const struct line *l)
{
	AUTO_FREE char *path = word(l, 0);

	if (unlink(path) < 0)
		fail(l, "cannot remove '%s': %s", path, strerror(errno));
}

static void play_touch(const struct line *l)
{
	AUTO_FREE char *path = word(l, 0);

	put(l, path, 0, "", 0);
}

static const char *result_path(const struct line *l)
{
	const char *path = getenv("BDW_RESULT");

	if (!path)
		fail(l, "no BDW_RESULT to write to");
	return path;
}

static void play_result(const struct line *l)
{
	AUTO_FREE char *s = text(l);

	put(l, result_path(l), O_TRUNC, s, strlen(s));
}

static void play_result_torn(const struct line *l)
{
	AUTO_FREE char *ms = word(l, 0), *s = text(l);
	size_t half = strlen(s) / 2;

	put(l, result_path(l), O_TRUNC, s, half);
	nap(number(l, ms));
	put(l, result_path(l), O_APPEND, s + half, strlen(s) - half);
}

/* Who we are and what we can see. */
static void play_dump(const struct line *l)
{
	AUTO_FREE char *path = word(l, 0);
	BUF_AUTO out = BUF_INIT;
	char cwd[4096], name[300], target[4096];
	DIR *d = opendir("/proc/self/fd");
	struct dirent *de;

	buf_addf(&out, "pid %d\npgid %d\nsid %d\ncwd %s\n", (int)getpid(), (int)getpgrp(),
		 (int)getsid(0), getcwd(cwd, sizeof(cwd)) ? cwd : "?");
	while (d && (de = readdir(d))) {
		ssize_t n;

		snprintf(name, sizeof(name), "/proc/self/fd/%s", de->d_name);
		n = readlink(name, target, sizeof(target));
		if (n > 0 && atoi(de->d_name) != dirfd(d))
			buf_addf(&out, "fd %s %.*s\n", de->d_name, (int)n, target);
	}
	if (d)
		closedir(d);
	for (char **p = environ; *p; p++)
		buf_addf(&out, "env %s\n", *p);
	put(l, path, O_TRUNC, out.s, out.len);
}

/* Time and other processes */

static void play_sleep(const struct line *l)
{
	AUTO_FREE char *ms = word(l, 0);

	nap(number(l, ms));
}

static void play_hang(const struct line *l)
{
	(void)l;
	for (;;)
		pause();
}

/* One byte of a FIFO, or a file that is there: by inotify on its folder. */
static void play_wait(const struct line *l)
{
	AUTO_FREE char *path = word(l, 0);
	char *slash = strrchr(path, '/'), junk[4096];
	AUTO_FREE char *dir = slash ? xstrndup(path, (size_t)(slash - path + 1)) : xstrdup(".");
	int64_t until = clock_mono_ms() + WAIT_MS;
	struct pollfd f = { .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .events = POLLIN };
	struct stat st;

	inotify_add_watch(f.fd, dir, IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE);
	while (stat(path, &st) < 0) {
		int64_t left = until - clock_mono_ms();

		if (left <= 0 || poll(&f, 1, (int)left) == 0)
			fail(l, "'%s' did not come", path);
		while (read(f.fd, junk, sizeof(junk)) > 0)
			;
	}
	close(f.fd);
	if (S_ISFIFO(st.st_mode)) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || read(fd, junk, 1) < 0)
			fail(l, "cannot read '%s': %s", path, strerror(errno));
		close(fd);
	}
}

static int signal_of(const struct line *l, const char *name)
{
	static const struct { const char *name; int sig; } known[] = {
		{ "TERM", SIGTERM }, { "KILL", SIGKILL }, { "INT", SIGINT }, { "HUP", SIGHUP },
		{ "SEGV", SIGSEGV },
		{ "ABRT", SIGABRT }, { "STOP", SIGSTOP }, { "PIPE", SIGPIPE }, { "USR1", SIGUSR1 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i].name))
			return known[i].sig;
	return (int)number(l, name);
}

static void play_signal(const struct line *l)
{
	AUTO_FREE char *name = word(l, 0);
	int sig = signal_of(l, name);

	fflush(stdout);
	signal(sig, SIG_DFL);	/* a sanitizer may have its own idea */
	kill(getpid(), sig);
}

static void play_ignore(const struct line *l)
{
	AUTO_FREE char *name = word(l, 0);

	signal(signal_of(l, name), SIG_IGN);
}

/* Forks twice and makes a session of its own, as a daemon does. True in the daemon; the parent
 * knows its pid. */
static bool daemonise(void)
{
	int ends[2];
	pid_t pid;

	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		setsid();
		if (fork())
			_exit(0);
		orphan = getpid();
		if (write(ends[1], &orphan, sizeof(orphan)) < 0)
			_exit(1);
		close(ends[0]);
		close(ends[1]);
		return true;
	}
	close(ends[1]);
	waitpid(pid, NULL, 0);
	if (read(ends[0], &orphan, sizeof(orphan)) != sizeof(orphan))
		orphan = 0;
	close(ends[0]);
	return false;
}

static void play_orphan(const struct line *l)
{
	AUTO_FREE char *s = word(l, 0);
	long ms = number(l, s);

	if (!daemonise())
		return;
	if (!ms)
		play_hang(l);
	nap(ms);
	_exit(0);
}

/* A result that comes when we are gone. */
static void play_result_late(const struct line *l)
{
	AUTO_FREE char *ms = word(l, 0), *s = text(l);
	int ends[2];
	char end;

	if (pipe2(ends, O_CLOEXEC) < 0 || !daemonise())	/* ends[1] is closed by our end */
		return;
	close(ends[1]);
	if (read(ends[0], &end, 1) < 0)
		_exit(1);
	nap(number(l, ms));
	put(l, result_path(l), O_TRUNC, s, strlen(s));
	_exit(0);
}

static int run_line(const struct line *l)
{
	STRS_AUTO w = { 0 };
	int rc;

	words(l, &w);
	if (!w.n)
		fail(l, "no command");
	vec_add(&w, NULL);
	rc = run(w.v);
	w.n--;
	return rc;
}

static void play_run(const struct line *l)
{
	int rc = run_line(l);

	if (rc)
		fail(l, "the command ended with %d", rc);
}

static void play_try(const struct line *l)
{
	run_line(l);
}

static void play_commit(const struct line *l)
{
	AUTO_FREE char *message = text(l);
	char *const add[] = { (char *)"git", (char *)"add", (char *)"-A", NULL };
	char *const commit[] = {
		(char *)"git", (char *)"-c", (char *)"user.name=Fake Agent", (char *)"-c",
		(char *)"user.email=agent@example.invalid", (char *)"-c",
		(char *)"commit.gpgsign=false", (char *)"commit", (char *)"-q",
			(char *)"--no-verify", (char *)"-m", message, NULL
	};

	if (run(add) || run(commit))
		fail(l, "cannot commit");
}

static void play_exit(const struct line *l)
{
	AUTO_FREE char *code = word(l, 0);
	long n = number(l, code);

	fflush(stdout);
	_exit((int)n);	/* in the middle of everything: no look for leaks */
}

/* Does what a good agent of this role would. */
static void play_ok(const struct line *l)
{
	static const struct { const char *role, *answer; } answers[] = {
		{ "spec", "VERDICT: PASS\nISSUES: 0 (none)\n" },
		{ "code", "VERDICT: APPROVE\nCRITICAL: 0 IMPORTANT: 0 MINOR: 0\n" },
		{ "agg", "VERDICT: YES\nCRITICAL: 0 IMPORTANT: 0 REVIEWERS: 1/1\n" },
		{ "verify", "VERDICT: PASS\n" },
		{ "gate", "```json\n{\"status\":\"pass\",\"score\":1.0}\n```\n" },
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!strcmp(role, answers[i].role)) {
			say(stdout, answers[i].answer);
			return;
		}
	if (!strcmp(role, "impl") || !strcmp(role, "refine")) {
		AUTO_FREE char *given = text(l), *path = *given ? xstrdup(given) :
			xasprintf("%s.txt", issue);
		AUTO_FREE char *s = xasprintf("%s %s %ld\n", issue, role, attempt);

		put(l, path, O_APPEND, s, strlen(s));
		say(stdout, "VERDICT: DONE\nSCOPE: CLEAN\n");
		return;
	}
	say(stdout, "```json\n{\"status\":\"pass\"}\n```\n");
}

static const struct action actions[] = {
	{ "append", 1, TEXT_MAY, play_append },
	{ "commit", 0, TEXT_MUST, play_commit },
	{ "dump", 1, TEXT_NONE, play_dump },
	{ "echo-prompt", 0, TEXT_NONE, play_echo_prompt },
	{ "err", 0, TEXT_MAY, play_err },
	{ "exit", 1, TEXT_NONE, play_exit },
	{ "expect", 0, TEXT_MUST, play_expect },
	{ "expect-not", 0, TEXT_MUST, play_expect_not },
	{ "flood", 1, TEXT_NONE, play_flood },
	{ "hang", 0, TEXT_NONE, play_hang },
	{ "ignore", 1, TEXT_NONE, play_ignore },
	{ "json", 0, TEXT_MUST, play_json },
	{ "lines", 2, TEXT_MAY, play_lines },
	{ "ok", 0, TEXT_MAY, play_ok },
	{ "orphan", 1, TEXT_NONE, play_orphan },
	{ "print", 0, TEXT_MAY, play_print },
	{ "raw", 0, TEXT_MUST, play_raw },
	{ "remove", 1, TEXT_NONE, play_remove },
	{ "replace", 1, TEXT_MUST, play_replace },
	{ "result", 0, TEXT_MAY, play_result },
	{ "result-late", 1, TEXT_MUST, play_result_late },
	{ "result-torn", 1, TEXT_MUST, play_result_torn },
	{ "run", 0, TEXT_MUST, play_run },
	{ "signal", 1, TEXT_NONE, play_signal },
	{ "sleep", 1, TEXT_NONE, play_sleep },
	{ "touch", 1, TEXT_NONE, play_touch },
	{ "try", 0, TEXT_MUST, play_try },
	{ "usage", 3, TEXT_NONE, play_usage },
	{ "verdict", 1, TEXT_MAY, play_verdict },
	{ "wait", 1, TEXT_NONE, play_wait },
	{ "write", 1, TEXT_MAY, play_write },
	{ NULL, 0, TEXT_NONE, NULL },
};

int main(int argc, char **argv)
{
	const char *path = env("BDW_FAKE_SCRIPT", NULL);
	const struct entry *e;
	bool check = false;

	issue = env("BDW_ISSUE", "none");
	role = env("BDW_ROLE", "impl");
	reviewer = env("BDW_REVIEWER", "1");
	attempt = atol(env("BDW_ATTEMPT", "1"));
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--script") && i + 1 < argc)
			path = argv[++i];
		check |= !strcmp(argv[i], "--check");
	}
	script.actions = actions;
	load(path);
	e = check ? NULL : choose();
	for (size_t i = 0; e && i < e->lines.n; i++)
		e->lines.v[i].action->play(&e->lines.v[i]);
	free_script();
	return 0;
}
